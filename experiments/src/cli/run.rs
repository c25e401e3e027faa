//! `archsim run NAME|FILE…`

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use archsim_models::scenario::{Diagnostic, Reading, Scenario, Severity};
use archsim_output::{Style, Verdict, terminal};
use clap::Args;

use super::exit::Exit;
use super::print::Printer;
use super::progress;
use super::source::{Inputs, inputs, say, understand};
use crate::findings::Findings;
use crate::folder::{Folder, Published};
use crate::monte_carlo::{self, Campaign, Runs};
use crate::report::report;
use crate::results::{Asked, Results, keep};
use crate::store::{Timing, write};
use crate::summary::{summary, worst};

#[derive(Debug, Args)]
pub struct RunCommand {
    /// A shipped experiment (see `archsim list`), or scenario files
    #[arg(required = true, value_name = "NAME|FILE")]
    inputs: Vec<String>,
    #[command(flatten)]
    options: RunOptions,
}

/// What `run` and the programs of the shipped experiments take.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Chooses the dice; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Replications of each arm, instead of the scenario's number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    replications: Option<u32>,
    /// This replication alone, counted from 1: to look at one run of an experiment again
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    replication: Option<u32>,
    /// This arm alone; nothing is claimed then
    #[arg(long, value_name = "NAME")]
    arm: Option<String>,
    /// The scenario's smaller number of replications, for a first look
    #[arg(long)]
    quick: bool,
    /// Threads to use; all cores unless said. The result does not depend on it
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    jobs: Option<u16>,
    /// The folder for the result; an earlier result there is kept beside it
    #[arg(long, short, value_name = "DIR", default_value = None)]
    out: Option<PathBuf>,
    /// Replace a value of the scenario: `--set workload.arrivals.poisson=100/s`
    #[arg(long, value_name = "PATH=VALUE", value_parser = set)]
    set: Vec<(String, String)>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Print the result's folder alone, and what went wrong: no tables, no progress, no warnings, no notes
    #[arg(long, short)]
    quiet: bool,
}

/// Splits `path=value`.
pub fn set(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write a path, `=` and the new value, such as `workload.arrivals.poisson=100/s`".to_owned()),
    }
}

pub fn run(command: &RunCommand, printer: Printer) -> Exit {
    run_inputs(&command.inputs, &command.options, printer)
}

/// Runs what the names stand for, from reading to the folder with the results.
pub fn run_inputs(names: &[String], options: &RunOptions, printer: Printer) -> Exit {
    let Some(inputs) = inputs(names, printer) else { return Exit::Usage };
    let Some(scenarios) = scenarios(&inputs, options, printer) else { return Exit::Usage };
    let mut asked = asked(names, &inputs, &scenarios, options);
    let target = options.out.clone().unwrap_or_else(|| Path::new("results").join(&asked.name));
    let folder = match Folder::at(&target) {
        Ok(folder) => folder,
        Err(refusal) => {
            printer.error(&refusal.to_string());
            return Exit::Usage;
        }
    };
    let cancelled = progress::interrupted();
    let started = Instant::now();
    let (mut all, mut left_out) = (Vec::new(), Vec::new());
    for (name, scenario, warning) in scenarios {
        match simulate(&scenario, options, &name, &cancelled) {
            Ok(runs) if runs.replications() == 0 => left_out.push(name),
            Ok(runs) => all.push(Results { name, scenario, runs, warning }),
            Err(why) => {
                printer.error(&format!("cannot start threads: {why}"));
                return Exit::Error;
            }
        }
    }
    asked.left_out = left_out;
    let timing = Timing::of(&all, started.elapsed().as_secs_f64());
    conclude(&all, &asked, options, &folder, &timing, cancelled.load(Ordering::Relaxed), printer)
}

/// A scenario with its part's name, and what there is to warn about.
type Read = (String, Scenario, Option<String>);

/// Reads all scenarios; `None` if one is invalid. Errors are printed in full; of warnings only how many there are,
/// because `check` is the verb for them.
fn scenarios(inputs: &Inputs, options: &RunOptions, printer: Printer) -> Option<Vec<Read>> {
    let mut all = Vec::new();
    for source in &inputs.sources {
        let Reading { scenario, diagnostics } = understand(source, &options.set);
        say(source, diagnostics.iter().filter(|d| d.severity == Severity::Error), printer);
        // The authors of a shipped experiment have read their warnings.
        let warning = if inputs.shipped.is_none() { warning(&source.file, &diagnostics) } else { None };
        if let Some(warning) = warning.as_ref().filter(|_| !options.quiet) {
            printer.warning(warning);
        }
        all.push(scenario.map(|scenario| (source.part.clone(), scenario, warning)));
    }
    let all: Vec<Read> = all.into_iter().collect::<Option<_>>()?;
    match &options.arm {
        Some(arm) => only(arm, all, printer),
        None => Some(all),
    }
}

/// The scenarios that have the arm, with nothing else in them.
fn only(arm: &str, all: Vec<Read>, printer: Printer) -> Option<Vec<Read>> {
    let names: Vec<String> =
        all.iter().flat_map(|(_, scenario, _)| &scenario.arms).map(|arm| arm.name.clone()).collect();
    let mut kept: Vec<Read> = all;
    kept.retain(|(_, scenario, _)| scenario.arms.iter().any(|other| other.name == arm));
    for (_, scenario, _) in &mut kept {
        scenario.arms.retain(|other| other.name == arm);
        scenario.experiment.claims.clear();
        arm.clone_into(&mut scenario.experiment.baseline);
    }
    if kept.is_empty() {
        printer.error(&format!("there is no arm `{arm}`; there are: {}", names.join(", ")));
        return None;
    }
    Some(kept)
}

/// How many warnings there are, of which kinds, and how to read them.
fn warning(file: &str, diagnostics: &[Diagnostic]) -> Option<String> {
    let warnings = || diagnostics.iter().filter(|d| d.severity == Severity::Warning);
    let mut codes: Vec<&str> = warnings().map(|d| d.code).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    let (s, codes) = (if count == 1 { "" } else { "s" }, codes.join(", "));
    let read = format!("archsim check {}", quoted(file));
    (count > 0).then(|| format!("{file}: {count} warning{s} ({codes}); read with: {read}"))
}

fn asked(names: &[String], inputs: &Inputs, scenarios: &[Read], options: &RunOptions) -> Asked {
    let first = scenarios.first().map_or("scenario", |(_, scenario, _)| scenario.name.as_str());
    let mut words = vec!["archsim".to_owned(), "run".to_owned()];
    words.extend(names.iter().map(|name| quoted(name)));
    words.extend(["--seed".to_owned(), options.seed.to_string()]);
    if let Some(replications) = options.replications {
        words.extend(["--replications".to_owned(), replications.to_string()]);
    }
    if let Some(replication) = options.replication {
        words.extend(["--replication".to_owned(), replication.to_string()]);
    }
    if let Some(arm) = &options.arm {
        words.extend(["--arm".to_owned(), quoted(arm)]);
    }
    if options.quick {
        words.push("--quick".to_owned());
    }
    for (path, value) in &options.set {
        words.extend(["--set".to_owned(), quoted(&format!("{path}={value}"))]);
    }
    let name = inputs.shipped.unwrap_or(first).to_owned();
    Asked { name, command: words.join(" "), seed: options.seed, quick: options.quick, left_out: Vec::new() }
}

/// As a shell takes it for one word.
pub fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:%+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn simulate(
    scenario: &Scenario,
    options: &RunOptions,
    name: &str,
    cancelled: &AtomicBool,
) -> Result<Runs, rayon::ThreadPoolBuildError> {
    let usual = scenario.experiment.replications;
    let replications =
        options.replications.unwrap_or(if options.quick { usual.quick } else { usual.default });
    let campaign = Campaign {
        plans: scenario.arms.iter().map(|arm| &arm.plan).collect(),
        seed: options.seed,
        replications,
        jobs: options.jobs.map_or(0, usize::from),
        keep: keep(scenario),
    };
    let bar = progress::bar(u64::from(replications) * scenario.arms.len() as u64, options.quiet);
    bar.set_prefix(name.to_owned());
    let runs = match options.replication {
        Some(replication) => Ok(monte_carlo::replay(&campaign, replication)),
        None => monte_carlo::run(&campaign, cancelled, || bar.inc(1)),
    };
    bar.finish_and_clear();
    runs
}

/// Draws the conclusions, writes the folder, prints, and says how it ended.
fn conclude(
    all: &[Results],
    asked: &Asked,
    options: &RunOptions,
    folder: &Folder,
    timing: &Timing,
    interrupted: bool,
    printer: Printer,
) -> Exit {
    if all.is_empty() {
        printer.error("interrupted before a single replication was complete: there is nothing to keep");
        return Exit::Interrupted;
    }
    let findings: Vec<Findings<'_>> = all.iter().map(|part| Findings::of(part, asked)).collect();
    let report = report(&findings, asked);
    let summary = summary(&findings, asked);
    let published = match folder.publish(|draft| write(draft, &findings, &report, &summary, timing)) {
        Ok(published) => published,
        Err(why) => {
            printer.error(&format!("cannot write the result: {why}"));
            return Exit::Error;
        }
    };
    let exit = exit(&findings, interrupted);
    let text = match options {
        RunOptions { json: true, .. } => serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n",
        RunOptions { quiet: true, .. } => format!("{}\n", published.folder.display()),
        _ => terminal(&report, Style { color: printer.color_of_results(), width: Printer::width() }),
    };
    if options.quiet {
        complaints(&findings).for_each(|complaint| printer.error(&complaint));
    }
    let exit = printer.results(&text, exit);
    if !options.quiet {
        // The report has them too, but machines read only the summary.
        for problem in findings.iter().flat_map(Findings::problems).filter(|_| options.json) {
            printer.warning(&problem);
        }
        note_places(&published);
    }
    exit
}

/// Claims that do not hold, and what went wrong, in sentences.
fn complaints(findings: &[Findings<'_>]) -> impl Iterator<Item = String> {
    findings.iter().flat_map(|part| {
        let claims = part.claims.iter().filter_map(|judged| match judged.verdict {
            Verdict::Holds => None,
            Verdict::Undecided => Some(format!("undecided: {}", judged.claim.that)),
            Verdict::Fails => Some(format!("fails: {}", judged.claim.that)),
        });
        claims.chain(part.problems()).collect::<Vec<_>>()
    })
}

fn note_places(published: &Published) {
    if let Some(earlier) = &published.earlier {
        Printer::note(&format!("kept the earlier result in {}", earlier.display()));
    }
    let folder = published.folder.display();
    Printer::note(&format!("wrote {folder}: report.html, charts/, data/, summary.json"));
}

fn exit(findings: &[Findings<'_>], interrupted: bool) -> Exit {
    let stopped = findings.iter().any(|part| !part.stopped.is_empty());
    let lawless = findings.iter().any(|part| !part.laws.broken.is_empty());
    match worst(findings) {
        _ if lawless => Exit::Error,
        _ if interrupted => Exit::Interrupted,
        Some(Verdict::Fails) => Exit::ClaimFails,
        Some(Verdict::Undecided) => Exit::Undecided,
        _ if stopped => Exit::Undecided,
        _ => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_takes_them() {
        assert_eq!(quoted("shop.yaml"), "shop.yaml");
        assert_eq!(quoted("my shop.yaml"), "'my shop.yaml'");
        assert_eq!(quoted("a={ b: 'c' }"), r"'a={ b: '\''c'\'' }'");
    }

    #[test]
    fn a_set_is_a_path_and_a_value() {
        assert_eq!(set("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
        assert!(set("a.b").is_err());
        assert!(set("=c").is_err());
    }
}
