//! A known answer: an ordinary scenario, and figures of it that somebody has computed otherwise.
//!
//! ```yaml
//! case: mm1                                    # its name
//! title: M/M/1 at 80 % load
//! family: queues                               # what kind of answer it is
//! source: Kleinrock, Queueing Systems, vol. 1 (1975), ch. 3
//! quick: { measure: 50s }                      # what is shorter in a quick look
//! scenario: { archsim: 1, … }                  # as in a file of its own
//! metrics:
//!   response: { is: 1 ÷ (μ − λ), measure: mean-latency, expected: 50ms, tolerance: 2%, exact: true }
//!   present:  { expected: 4, waits-for: a measure of the number in the system }
//! ```
//!
//! A metric is read as a claim of its scenario is: what can be measured of what, and in which unit, is said once for
//! both. A case, or a metric, that the language or the engine cannot express yet says what it waits for; nothing is
//! run for it, and nothing is said to be right.

mod shape;

use super::claim::{Bound, Claim, Subject};
use super::conform::{Spot, conform};
use super::detail::Detail;
use super::diagnostic::Diagnostic;
use super::measure::{Measure, Unit};
use super::place::Place;
use super::report::Report;
use super::scalar::Wrong;
use super::tree::{Entry, Node, Value};
use super::understand::Understanding;
use super::{Scenario, parse, resolve};

pub(super) use shape::CASE;
pub use shape::FAMILIES;
use shape::REPLICATIONS;

/// A known answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The system in words.
    pub title: String,
    /// What kind of answer it is, one of [`FAMILIES`].
    pub family: String,
    /// Who has computed the figures, and how.
    pub source: String,
    /// How the scenario says what the source says; empty if there is nothing to add.
    pub note: String,
    /// How it is run; `None` if it waits for something.
    pub trials: Option<Trials>,
    /// What is known, in the order of the file.
    pub metrics: Vec<Metric>,
}

/// The two ways to run a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials {
    /// Usually.
    pub full: Trial,
    /// For a quick look.
    pub quick: Trial,
}

/// A way to run a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The scenario, with its times.
    pub scenario: Scenario,
    /// How often.
    pub replications: u32,
}

/// A figure that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// What it is, or the formula; may be empty.
    pub is: String,
    /// The known value as it was written.
    pub expected: String,
    /// What is measured, or what it waits for.
    pub figure: Result<Figure, String>,
}

/// What is measured, and what must come out; in base units: shares from 0 to 1, seconds, per second.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What is measured.
    pub measure: Measure,
    /// Of what.
    pub subject: Subject,
    /// Of which arm.
    pub arm: String,
    /// In which window.
    pub during: String,
    /// What is asked beyond the measure's name.
    pub detail: Detail,
    /// What is known.
    pub expected: f64,
    /// How far off it may be.
    pub tolerance: f64,
    /// Whether it must lie in the simulator's own interval.
    pub exact: bool,
}

impl Figure {
    /// What it is counted in.
    pub const fn unit(&self) -> Unit {
        self.detail.unit(self.measure)
    }
}

/// What came of reading a known answer.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReading {
    /// The case, unless there is an error.
    pub case: Option<Case>,
    /// Errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a known answer. `file` is its name in messages.
pub fn read(file: &str, bytes: &[u8]) -> CaseReading {
    let mut report = Report::new(file, &[]);
    let case = parse::text(bytes, &mut report)
        .and_then(|text| parse::parse(text, 0, &mut report))
        .and_then(|root| understand(root, &mut report));
    let case = case.filter(|_| !report.has_errors());
    CaseReading { case, diagnostics: report.into_diagnostics() }
}

/// A scenario by itself gets one error, not one for each of its keys.
fn is_scenario(root: &Node, report: &mut Report) -> bool {
    let Some(entry) = root.entry("archsim").filter(|_| root.get("case").is_none()) else { return false };
    report
        .error("E0203", entry.place, "case", "this is a scenario: what is known of it is missing")
        .found("`archsim` at the top")
        .allowed("case, title, source, scenario, metrics")
        .help("write the scenario under `scenario:`, or run it as it is with `archsim run`");
    true
}

fn understand(root: Node, report: &mut Report) -> Option<Case> {
    if is_scenario(&root, report) {
        return None;
    }
    let root = conform(root, &CASE, &Spot::top(), report);
    report.conformed();
    if root.is_broken() {
        return None;
    }
    let metrics = root.at("metrics").entries();
    let Some(scenario) = root.get("scenario").filter(|scenario| !scenario.is_broken()) else {
        let waits = root.at("waits-for").string();
        return Some(case(&root, None, metrics.iter().map(|it| metric(it, Err(waits.clone()))).collect()));
    };
    let measured: Vec<&Entry> = metrics.iter().filter(|it| is_measured(it, report)).collect();
    let full = trial(&root, "full", scenario, &measured, report);
    // What is wrong is wrong in both, and said once.
    let quick = trial(&root, "quick", scenario, &measured, report)?;
    let full = full?;
    let first = full.scenario.experiment.claims.len() - measured.len();
    let mut claims = full.scenario.experiment.claims[first..].iter();
    let figures = metrics.iter().filter_map(|entry| {
        let found = match entry.node.get("waits-for") {
            Some(waits) => Err(waits.string()),
            None => Ok(figure(entry, claims.next()?, report)?),
        };
        Some(metric(entry, found))
    });
    // What is wrong with one of them is reported, and the case is dropped by who asked for it.
    let figures = figures.collect();
    Some(case(&root, Some(Trials { full, quick }), figures))
}

fn case(root: &Node, trials: Option<Trials>, metrics: Vec<Metric>) -> Case {
    let text = |key: &str| root.at(key).string();
    Case {
        name: text("case"),
        title: text("title"),
        family: root.get("family").map_or_else(|| "other".to_owned(), Node::string),
        source: text("source"),
        note: text("note"),
        trials,
        metrics,
    }
}

fn metric(entry: &Entry, figure: Result<Figure, String>) -> Metric {
    let text = |key: &str| entry.node.at(key).string();
    Metric { name: entry.key.clone(), is: text("is"), expected: text("expected"), figure }
}

/// Whether a metric can be measured; one that neither says how nor what it waits for is reported, and so is one
/// without a tolerance.
fn is_measured(entry: &Entry, report: &mut Report) -> bool {
    let (node, path) = (&entry.node, format!("metrics.{}", entry.key));
    if node.is_broken() || node.get("waits-for").is_some() {
        return false;
    }
    let mut needs = |one: &str, other: &str| {
        let there = node.get(one).is_some() || node.get(other).is_some();
        if !there {
            report
                .error("E0208", entry.place, &path, format!("this metric needs `{one}` or `{other}`"))
                .found(node.words())
                .allowed(format!("one of {one}, {other}"));
        }
        there
    };
    // Both are looked at, so that both are reported.
    let (how, near) = (needs("measure", "waits-for"), needs("tolerance", "within"));
    how && near
}

/// A scenario with the times of `full` or `quick`, in which each metric is a claim, the last ones there.
fn trial(root: &Node, key: &str, scenario: &Node, metrics: &[&Entry], report: &mut Report) -> Option<Trial> {
    let settings = root.at(key);
    let mut scenario = scenario.clone();
    let mut run = scenario.remove("run").unwrap_or_else(empty);
    for time in ["warmup", "measure"] {
        if let Some(span) = settings.get(time) {
            run.set(time, span.clone());
        }
    }
    scenario.set("run", run);
    let mut experiment = scenario.remove("experiment").unwrap_or_else(empty);
    let before = experiment.remove("claims").map(|node| node.items().to_vec()).unwrap_or_default();
    let claims = before.into_iter().chain(metrics.iter().map(|metric| claim(metric))).collect();
    experiment.set("claims", Node::new(Value::List(claims), Place::START));
    scenario.set("experiment", experiment);
    let resolved = resolve::resolve(scenario, &root.at("case").string(), report);
    let replications = settings.get("replications").and_then(Node::text).unwrap_or(REPLICATIONS);
    Some(Trial {
        scenario: Understanding::of(resolved, report)?,
        replications: Node::scalar(replications, Place::START).count(),
    })
}

fn empty() -> Node {
    Node::new(Value::Map(Vec::new()), Place::START)
}

/// The metric as a claim: at least what is expected.
fn claim(entry: &Entry) -> Node {
    let metric = &entry.node;
    let mut claim = Node::single("that", entry.place, Node::scalar(&entry.key, entry.place));
    let own = ["is", "waits-for", "expected", "tolerance", "within", "exact"];
    let said = metric.entries().iter().filter(|entry| !own.contains(&entry.key.as_str()));
    if let Some(entries) = claim.entries_mut() {
        entries.extend(said.cloned());
    }
    if metric.get("during").is_none() {
        claim.set("during", Node::scalar("run", entry.place));
    }
    claim.set("at-least", metric.at("expected").clone());
    claim
}

fn figure(entry: &Entry, claim: &Claim, report: &mut Report) -> Option<Figure> {
    let path = format!("metrics.{}", entry.key);
    let [arm] = claim.arms.as_slice() else {
        report
            .error(
                "E0203",
                entry.place,
                &format!("{path}.arm"),
                "the scenario has several arms: of which one?",
            )
            .found("no `arm`")
            .allowed(claim.arms.join(", "))
            .help("write `arm: …`");
        return None;
    };
    let Bound::AtLeast(expected) = claim.bound else { return None };
    let tolerance = match entry.node.get("within") {
        Some(within) => distance(within, claim, &path, report)?,
        None => entry.node.at("tolerance").share() * expected.abs(),
    };
    Some(Figure {
        measure: claim.measure,
        subject: claim.subject.clone(),
        arm: arm.clone(),
        during: claim.during.clone(),
        detail: claim.detail,
        expected,
        tolerance,
        exact: entry.node.at("exact").flag(),
    })
}

/// A tolerance in the measure's own unit.
fn distance(node: &Node, claim: &Claim, path: &str, report: &mut Report) -> Option<f64> {
    let unit = claim.unit().of_bound();
    match unit.parse(node.text()?, false) {
        Ok(distance) => Some(distance),
        Err(Wrong { message, help, .. }) => {
            let message = format!("this is no distance of `{}`: {message}", claim.measure.name());
            let mut draft = report.error("E0601", node.place, &format!("{path}.within"), message);
            draft.found(node.words()).allowed(unit.words());
            if let Some(help) = help {
                draft.help(help);
            }
            None
        }
    }
}
