//! The command line: one file per verb.
//!
//! Results go to standard output; progress, warnings and everything that went wrong to standard error.

mod check;
mod exit;
mod explain;
mod list;
mod loads;
mod new;
mod print;
mod progress;
mod run;
mod schema;
mod source;
mod theory;
mod validate;

use clap::{Parser, Subcommand};

pub use exit::Exit;
use print::Printer;
pub use run::quoted;

/// Runs one system as several architectures through the same random world, and shows where they differ.
#[derive(Debug, Parser)]
#[command(name = "archsim", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    color: print::ColorFlag,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done, and every claim holds
  1    internal or I/O error
  2    wrong usage or invalid scenario
  3    a claim, or a known answer, fails
  4    a claim is undecided, or a run stopped at its limit
  130  interrupted; what was complete is kept";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run an experiment: a shipped one by name, or your own scenario files
    Run(run::RunCommand),
    /// List the shipped experiments
    List(list::ListCommand),
    /// Check scenario files without running them
    Check(check::CheckCommand),
    /// Explain a code of `check`, such as E0201
    Explain(explain::ExplainCommand),
    /// Print the JSON Schema of the scenario language
    Schema,
    /// Write a commented scenario to start from
    New(new::NewCommand),
    /// Run systems whose figures are known otherwise, and hold the simulator against them
    Validate(validate::ValidateCommand),
}

/// The program `archsim`.
pub fn archsim() -> Exit {
    let command = Command::parse();
    let printer = Printer::new(command.color);
    match &command.verb {
        Verb::Run(verb) => run::run(verb, printer),
        Verb::List(verb) => list::list(verb, printer),
        Verb::Check(verb) => check::check(verb, printer),
        Verb::Explain(verb) => explain::explain(verb, printer),
        Verb::Schema => schema::schema(printer),
        Verb::New(verb) => new::new(verb, printer),
        Verb::Validate(verb) => validate::validate(verb, printer),
    }
}

/// The program of one shipped experiment: `archsim run NAME` without the first two words.
pub fn shipped(name: &str) -> Exit {
    #[derive(Debug, Parser)]
    #[command(version, after_help = EXIT_CODES)]
    struct Command {
        #[command(flatten)]
        options: run::RunOptions,
        #[command(flatten)]
        color: print::ColorFlag,
    }
    let summary = crate::shipped::named(name).map(|shipped| shipped.summary);
    let command = <Command as clap::CommandFactory>::command().about(summary.unwrap_or_default());
    let command = <Command as clap::FromArgMatches>::from_arg_matches(&command.get_matches())
        .unwrap_or_else(|error| error.exit());
    run::run_inputs(&[name.to_owned()], &command.options, Printer::new(command.color))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Command::command().debug_assert();
    }
}
