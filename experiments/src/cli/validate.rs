//! `archsim validate [NAME|FILE|DIR…]`

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use archsim_models::scenario::case::{self, Case};
use archsim_models::scenario::{Diagnostic, Severity, Unreadable, case_schema};
use archsim_output::{csv, svg};
use clap::Args;

use super::exit::Exit;
use super::print::Printer;
use super::progress;
use super::source::{Source, say};
use crate::validate::{self, Asked, Tally, Tested, deviations, hockey_stick, page, shipped, text};

#[derive(Debug, Args)]
pub struct ValidateCommand {
    /// Names of shipped cases, files with cases, or folders of them; all shipped cases unless said
    #[arg(value_name = "NAME|FILE|DIR")]
    inputs: Vec<String>,
    /// Short runs, judged by their intervals alone
    #[arg(long)]
    quick: bool,
    /// Chooses the dice; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads to use; all cores unless said. The result does not depend on it
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    jobs: Option<u16>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// Write a page with pictures instead, dated as said: `--page 2026-08-01`
    #[arg(long, value_name = "DATE", conflicts_with = "json")]
    page: Option<String>,
    /// Where the page goes: `validation.md` in this folder, its pictures beside it in `validation/`
    #[arg(long, value_name = "DIR", default_value = "docs", requires = "page")]
    out: PathBuf,
    /// Print the JSON Schema of a file with a case, and run nothing
    #[arg(long)]
    schema: bool,
}

/// Runs cases with known answers.
pub fn validate(command: &ValidateCommand, printer: Printer) -> Exit {
    if command.schema {
        return printer.results(&case_schema(), Exit::Done);
    }
    let Some(cases) = sources(&command.inputs, printer).and_then(|sources| cases(&sources, printer)) else {
        return Exit::Usage;
    };
    let asked = Asked { seed: command.seed, quick: command.quick, jobs: command.jobs.map_or(0, usize::from) };
    let lines = !command.json && command.page.is_none();
    let cancelled = progress::interrupted();
    let confidence = validate::confidence(&cases);
    let tested = match run(&cases, &asked, confidence, lines.then_some(printer), &cancelled) {
        Ok(tested) => tested,
        Err(why) => {
            printer.error(&format!("cannot start threads: {why}"));
            return Exit::Error;
        }
    };
    let tally = Tally::of(&tested);
    let exit = match () {
        () if cancelled.load(Ordering::Relaxed) => Exit::Interrupted,
        () if tally.failed > 0 => Exit::ClaimFails,
        () => Exit::Done,
    };
    let complete = tested.len() == cases.len();
    let text = match &command.page {
        Some(date) => match write_page(&tested, &asked, date, &command.out, &cancelled) {
            Ok(Some(file)) => format!("wrote {}\n{}", file.display(), text::sum(tally)),
            Ok(None) => {
                printer.error("interrupted: a page needs every case");
                return Exit::Interrupted;
            }
            Err(why) => {
                printer.error(&why);
                return Exit::Error;
            }
        },
        None if command.json => format!("{:#}\n", text::json(&tested, &asked, confidence, complete)),
        None => text::sum(tally),
    };
    printer.results(&text, exit)
}

/// Writes the page and its pictures; `None` if it was interrupted, and then nothing is written.
fn write_page(
    tested: &[Tested<'_>],
    asked: &Asked,
    date: &str,
    out: &Path,
    cancelled: &AtomicBool,
) -> Result<Option<PathBuf>, String> {
    let curve =
        hockey_stick::figure(asked, cancelled).map_err(|why| format!("cannot start threads: {why}"))?;
    let Some(curve) = curve.filter(|_| !cancelled.load(Ordering::Relaxed)) else { return Ok(None) };
    let figures = [deviations::figure(tested, asked), curve];
    let refused = |file: &Path, why: std::io::Error| format!("`{}` cannot be written: {why}", file.display());
    let folder = out.join(page::PICTURES);
    fs::create_dir_all(&folder).map_err(|why| refused(&folder, why))?;
    let write = |file: PathBuf, text: String| {
        fs::write(&file, text).map(|()| file.clone()).map_err(|why| refused(&file, why))
    };
    for figure in &figures {
        write(folder.join(format!("{}.svg", figure.id)), svg(figure))?;
        write(folder.join(format!("{}.csv", figure.id)), csv(figure))?;
    }
    write(out.join(page::FILE), page::page(tested, asked, date, &figures)).map(Some)
}

/// Runs all cases, and says of each what came of it as soon as it is known.
fn run<'a>(
    cases: &'a [Case],
    asked: &Asked,
    confidence: f64,
    printer: Option<Printer>,
    cancelled: &AtomicBool,
) -> Result<Vec<Tested<'a>>, rayon::ThreadPoolBuildError> {
    let bar = progress::bar(cases.iter().map(|case| validate::runs(case, asked)).sum(), false);
    let mut all = Vec::with_capacity(cases.len());
    for case in cases {
        bar.set_prefix(case.name.clone());
        let Some(tested) = validate::test(case, asked, confidence, cancelled, || bar.inc(1))? else { break };
        if let Some(printer) = printer {
            bar.suspend(|| printer.results(&text::lines(&tested), Exit::Done));
        }
        all.push(tested);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// Reads all cases; `None` if one is invalid, after everything that is wrong with any of them has been said.
fn cases(sources: &[Source], printer: Printer) -> Option<Vec<Case>> {
    let mut cases: Vec<Option<Case>> = Vec::with_capacity(sources.len());
    for source in sources {
        let case::CaseReading { case, diagnostics } = case::read(&source.file, &source.bytes);
        say(source, diagnostics.iter().filter(|d| d.severity == Severity::Error), printer);
        cases.push(case);
    }
    cases.into_iter().collect()
}

/// What the command line names; says on standard error what cannot be found.
fn sources(names: &[String], printer: Printer) -> Option<Vec<Source>> {
    if names.is_empty() {
        return Some(shipped::SHIPPED.iter().map(embedded).collect());
    }
    let mut found = Vec::new();
    let mut all = true;
    for name in names {
        match named(name) {
            Ok(mut sources) => found.append(&mut sources),
            Err(message) => {
                printer.error(&message);
                all = false;
            }
        }
    }
    all.then_some(found)
}

fn embedded(case: &shipped::Shipped) -> Source {
    Source {
        part: case.name.to_owned(),
        file: case.file.to_owned(),
        bytes: case.text.as_bytes().to_vec(),
        folder: None,
    }
}

/// The case of that name, the file, or all files of the folder, in order.
fn named(name: &str) -> Result<Vec<Source>, String> {
    if let Some(case) = shipped::named(name) {
        return Ok(vec![embedded(case)]);
    }
    let path = Path::new(name);
    if !path.is_dir() {
        return Ok(vec![open(path, name)?]);
    }
    let refused = |why: std::io::Error| format!("the folder `{name}` cannot be read: {why}");
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(refused)? {
        let file = entry.map_err(refused)?.path();
        if file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(format!("the folder `{name}` has no case\n  = note: cases are files that end in .yaml"));
    }
    files.sort();
    files.iter().map(|file| open(file, name)).collect()
}

/// The file, or why it cannot be had: a word that is no file may be a mistyped case.
fn open(path: &Path, name: &str) -> Result<Source, String> {
    let file = path.display().to_string();
    let why = match fs::read(path) {
        Ok(bytes) => return Ok(Source { part: String::new(), file, bytes, folder: None }),
        Err(why) => why,
    };
    if why.kind() != std::io::ErrorKind::NotFound {
        let found = Diagnostic::for_file(&file, &Unreadable::Refused(why.to_string()));
        return Err(format!("{} [{}]", found.message, found.code));
    }
    let near = shipped::nearest(name);
    let help = near.map_or_else(String::new, |near| format!("\n  = help: did you mean `{near}`?"));
    Err(format!("there is no known answer, no file and no folder called `{name}`{help}"))
}
