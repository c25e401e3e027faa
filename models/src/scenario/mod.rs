//! The scenario language: what a system does, how it may be built, what happens to it, and what is asked.
//!
//! A scenario is YAML, described in `docs/language.md`. Reading one goes in steps, and each step reports all
//! that it finds wrong before the next one begins:
//!
//! ```text
//! bytes ── tree ──── conform ──── resolve ──── read ──── checks ──── lower
//!          places    unknown      extends,     names     cycles,     one plan
//!          of all    keys,        each,        become    loads,      for each
//!          parts     units        defaults     indices   sense       arm
//! ```
//!
//! No step reads a file or prints: bytes in, values out.

#![allow(clippy::similar_names, reason = "caller and callee are the words of the design")]

pub mod arm;
mod arrivals;
pub mod case;
pub mod claim;
pub mod detail;
pub mod diagnostic;
pub mod experiment;
pub mod graph;
pub mod measure;
pub mod reference;

mod architecture;
mod caches;
mod catalogue;
mod check;
mod common;
mod conform;
mod cost;
mod data;
mod faults;
mod file;
mod jobs;
mod lower;
mod merge;
mod parse;
mod phases;
mod place;
mod policies;
mod print;
mod read;
mod report;
mod resolve;
mod retrial;
mod rooms;
mod scalar;
mod schema;
mod session;
mod set;
mod shape;
mod system;
mod traces;
mod tree;
mod understand;
mod workload;

pub use arm::{Arm, ArmKind};
pub use catalogue::{codes, explain};
pub use claim::{Bound, Claim, Subject};
pub use detail::{Detail, Statistic, Told};
pub use diagnostic::{Diagnostic, Severity, Unreadable};
pub use experiment::{Chart, Experiment, Replications};
pub use graph::{CapabilityNode, SystemGraph};
pub use measure::{Measure, Unit};
pub use schema::{case_schema, schema};
pub use traces::Files;

use conform::Spot;
use report::Report;
use tree::Node;
use understand::Understanding;

/// What came of reading a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The scenario, unless there is an error.
    pub scenario: Option<Scenario>,
    /// Errors and warnings, in the order of the file; what came by `--set` comes last.
    pub diagnostics: Vec<Diagnostic>,
}

/// A scenario that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The experiment's name, as a stable id.
    pub name: String,
    /// What people call the system.
    pub system: String,
    /// Names what the scenario says: 16 hexadecimal digits, the same for a file and its resolved form.
    pub hash: String,
    /// What is compared, controls included.
    pub arms: Vec<Arm>,
    /// What is asked.
    pub experiment: Experiment,
    /// The calls between capabilities.
    pub graph: SystemGraph,
    resolved: String,
}

impl Scenario {
    /// The whole scenario as YAML with every default spelled out, and beside each value where it comes from.
    /// Reading it gives the same scenario and the same text.
    pub fn resolved(&self) -> &str {
        &self.resolved
    }
}

/// Reads a scenario. `file` is its name in messages; each of `sets` is a path and a value that takes the place
/// of what stands there.
///
/// ```
/// let reading = archsim_models::scenario::read("shop.yaml", b"archsim: 1\nsytem: {}\n", &[]);
/// assert!(reading.scenario.is_none());
/// let first = &reading.diagnostics[0];
/// assert_eq!((first.code, first.line, first.column), ("E0203", 1, 1));
/// let typo = reading.diagnostics.iter().find(|it| it.code == "E0201").expect("a key that is not known");
/// assert_eq!(typo.help.as_deref(), Some("did you mean `system`?"));
/// ```
pub fn read(file: &str, bytes: &[u8], sets: &[(String, String)]) -> Reading {
    read_with(file, bytes, sets, &|_| Err(Unreadable::Missing))
}

/// Like [`read`], of a scenario that may name files beside it: `files` gets at them.
pub fn read_with(file: &str, bytes: &[u8], sets: &[(String, String)], files: Files<'_>) -> Reading {
    let mut report = Report::new(file, sets);
    let scenario = parse::text(bytes, &mut report)
        .and_then(|text| parse::parse(text, 0, &mut report))
        .and_then(|root| understand(file, root, sets, files, &mut report));
    let scenario = scenario.filter(|_| !report.has_errors());
    Reading { scenario, diagnostics: report.into_diagnostics() }
}

fn understand(
    file: &str,
    mut root: Node,
    sets: &[(String, String)],
    files: Files<'_>,
    report: &mut Report,
) -> Option<Scenario> {
    if !file::version(&root, report) {
        return None;
    }
    if root.get("archsim").is_none() {
        // Reported already; what follows is checked as if the line were there.
        root.set("archsim", Node::scalar(file::VERSION, root.place));
    }
    for (number, (path, value)) in (1..).zip(sets) {
        set::apply(&mut root, &file::FILE, number, path, value, report);
    }
    let mut root = conform::conform(root, &file::FILE, &Spot::top(), report);
    traces::inline(&mut root, "", files, report);
    report.conformed();
    let resolved = resolve::resolve(root, &stem(file), report);
    Understanding::of(resolved, report)
}

/// The file's name without folder and ending, as a name.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.split('.').find(|part| !part.is_empty()).unwrap_or("scenario");
    name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
