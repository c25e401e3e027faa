//! `archsim explain CODE`

use archsim_models::scenario;
use clap::Args;

use super::exit::Exit;
use super::print::Printer;

#[derive(Debug, Args)]
pub struct ExplainCommand {
    /// The code, such as E0201; without one, all codes are listed
    code: Option<String>,
}

/// Prints the page of a code, or all codes with their titles.
pub fn explain(command: &ExplainCommand, printer: Printer) -> Exit {
    let Some(code) = &command.code else {
        let line = |(code, title): &(&str, &str)| format!("{code}  {title}\n");
        let all: String = scenario::codes().iter().map(line).collect();
        return printer.results(&all, Exit::Done);
    };
    let code = code.trim().to_uppercase();
    if let Some(page) = scenario::explain(&code) {
        return printer.results(&format!("{}\n", page.trim_end()), Exit::Done);
    }
    let near = |known: &&(&str, &str)| strsim::levenshtein(known.0, &code);
    let nearest = scenario::codes().iter().min_by_key(near).filter(|known| near(known) < 3);
    let help = nearest.map_or_else(String::new, |(code, title)| format!("; the nearest is {code}: {title}"));
    printer.error(&format!("there is no code `{code}`{help}\n  = help: `archsim explain` lists all codes"));
    Exit::Usage
}
