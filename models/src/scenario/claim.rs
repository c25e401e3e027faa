//! `experiment.claims`: what must come out, structured so that a machine can judge it.

use archsim_sim::Span;

use super::common::{NAME, NAMES, TEXT};
use super::detail::{AS, AT, Detail, DetailReader, OBJECTIVE, STATE, STATISTIC, THAN};
use super::experiment::{CONFIDENCE, MEASURE};
use super::measure::{Measure, Unit};
use super::read::Reader;
use super::rooms::Rooms;
use super::scalar::{Scalar, Wrong};
use super::shape::{Items, Record, Shape, optional, required};
use super::system::Named;
use super::tree::Node;

/// `experiment.claims`.
pub static CLAIMS: Shape =
    Shape::List(&Items { noun: "a claim", of: &Shape::Record(&CLAIM), or_one: false, min: 0 });
static CLAIM: Record = Record::new(
    "a claim",
    &[
        required("that", &TEXT, "The claim in words."),
        required("measure", &MEASURE, "What is bounded."),
        optional("journey", &NAME, "all journeys pooled", "Of which journey."),
        optional(
            "journeys",
            &NAMES,
            "all journeys pooled",
            "Of which journeys, each for itself: a list, `related` or `unrelated`; `all` pools them.",
        ),
        optional("home", &NAME, "all users", "Of the users who live where; of arms with regions."),
        optional("capability", &NAME, "all of them", "Of calls of which capability."),
        optional("deployable", &NAME, "all of them", "Of which deployable."),
        optional("store", &NAME, "all of them", "Of which store."),
        optional("arm", &NAME, "see `arms`", "Of which arm."),
        optional(
            "arms",
            &NAMES,
            "every arm that is no control",
            "Of which arms, each for itself; `all` is every one that is no control, `controls` every one that is.",
        ),
        optional(
            "during",
            &NAME,
            "`fault` if there is a fault (`after` for `time-to-recover`), else `run`",
            "In which window.",
        ),
        AT,
        STATE,
        STATISTIC,
        AS,
        THAN,
        OBJECTIVE,
        optional(
            "versus",
            &NAME,
            "the measure itself is bounded",
            "Bounds the paired difference from this arm instead.",
        ),
        optional("at-least", &BOUND, "no lower bound", "Lower bound."),
        optional("at-most", &BOUND, "no upper bound", "Upper bound."),
        optional("between", &BOUNDS, "one bound", "Lower and upper bound."),
        optional("confidence", &CONFIDENCE, "the experiment's", "Confidence of the verdict."),
    ],
)
.exactly_one(&[&["at-least", "at-most", "between"]])
.at_most_one(&[&["journey", "journeys", "home", "capability", "deployable", "store"], &["arm", "arms"]]);
static BOUND: Shape = Shape::Scalar(Scalar::Bound);
static BOUNDS: Shape = Shape::List(&Items { noun: "a bound", of: &BOUND, or_one: false, min: 2 });

/// Something that must come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// In words.
    pub that: String,
    /// What is bounded.
    pub measure: Measure,
    /// Of what.
    pub subject: Subject,
    /// Of which arms, each for itself.
    pub arms: Vec<String>,
    /// In which window.
    pub during: String,
    /// What is asked beyond the measure's name.
    pub detail: Detail,
    /// Bounds the paired difference arm − versus instead.
    pub versus: Option<String>,
    /// The bound, in base units.
    pub bound: Bound,
    /// Confidence of the verdict, in (0, 1).
    pub confidence: f64,
}

impl Claim {
    /// What it is counted in.
    pub const fn unit(&self) -> Unit {
        self.detail.unit(self.measure)
    }
}

/// What a claim is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// All journeys pooled, all calls, everything.
    All,
    /// Each of these journeys.
    Journeys(Vec<usize>),
    /// Each journey that cannot reach a faulty capability.
    Unrelated,
    /// Each journey that can.
    Related,
    /// Users who live in one of the system's homes.
    Home(usize),
    /// Calls of a capability.
    Capability(usize),
    /// A deployable.
    Deployable(String),
    /// A store.
    Store(String),
}

/// What bounds a measure: shares from 0 to 1, seconds, per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Not less.
    AtLeast(f64),
    /// Not more.
    AtMost(f64),
    /// Neither less than the first nor more than the second.
    Between(f64, f64),
}

/// What an experiment may refer to, by name.
pub struct Known {
    /// All arms, controls included.
    pub arms: Vec<Named>,
    /// The arms that are no controls.
    pub compared: Vec<String>,
    /// The capabilities.
    pub capabilities: Vec<Named>,
    /// The journeys.
    pub journeys: Vec<Named>,
    /// Where users live.
    pub homes: Vec<Named>,
    /// The deployables of any architecture.
    pub deployables: Vec<Named>,
    /// The stores of any architecture.
    pub stores: Vec<Named>,
    /// The windows of every arm.
    pub windows: Vec<Named>,
    /// How long they are; fewer where something is wrong with them.
    pub lengths: Vec<Span>,
    /// How high levels can be.
    pub rooms: Rooms,
    /// By journey: it reaches no faulty capability.
    pub unrelated: Vec<bool>,
}

/// A level of confidence.
pub fn confidence(reader: &mut Reader<'_>, node: &Node, path: &str, otherwise: f64) -> f64 {
    if node.text().is_none() {
        return otherwise;
    }
    let share = node.share();
    if !(0.5..1.0).contains(&share) {
        reader
            .report
            .error("E0603", node.place, path, "this cannot be a confidence level")
            .found(node.words())
            .allowed("`50%` up to, but below, `100%`")
            .help("95% is usual");
        return otherwise;
    }
    share
}

/// Reads one claim.
pub struct ClaimReader<'a, 'report> {
    /// Where it reports.
    pub reader: &'a mut Reader<'report>,
    /// What it may refer to.
    pub known: &'a Known,
    /// The claim's path.
    pub path: String,
    /// The experiment's level of confidence.
    pub confidence: f64,
}

impl ClaimReader<'_, '_> {
    /// The claim, if it can be judged.
    pub fn read(mut self, node: &Node) -> Option<Claim> {
        let measure = Measure::named(node.at("measure").text()?)?;
        let subject = self.subject(node, measure);
        let arms = self.claimed_arms(node);
        let during = self.window(node, measure);
        let path = self.path.clone();
        let details = DetailReader { reader: &mut *self.reader, known: self.known, path: &path, measure };
        let detail = details.read(node, subject.as_ref(), &during);
        let versus = node.get("versus").map(Node::string);
        if let Some(versus) = node.get("versus") {
            self.reader.find("arm", &self.known.arms, versus, &format!("{}.versus", self.path));
        }
        let unit = detail.unwrap_or_default().unit(measure);
        let bound = self.bound(node, (measure, unit), versus.is_some());
        let confidence = match node.get("confidence") {
            Some(level) => {
                confidence(self.reader, level, &format!("{}.confidence", self.path), self.confidence)
            }
            None => self.confidence,
        };
        Some(Claim {
            that: node.at("that").string(),
            measure,
            subject: subject?,
            arms,
            during,
            detail: detail?,
            versus,
            bound: bound?,
            confidence,
        })
    }

    fn subject(&mut self, node: &Node, measure: Measure) -> Option<Subject> {
        let keys = ["journey", "journeys", "home", "capability", "deployable", "store"];
        let Some(entry) = node.entries().iter().find(|entry| keys.contains(&entry.key.as_str())) else {
            return Some(Subject::All);
        };
        let path = format!("{}.{}", self.path, entry.key);
        let may = measure.subjects();
        if !may.contains(&entry.key.as_str()) {
            self.reader
                .report
                .error(
                    "E0604",
                    entry.place,
                    &path,
                    format!("`{}` is not measured of a {}", measure.name(), entry.key),
                )
                .found(format!("`{}`", entry.key))
                .allowed(if may.is_empty() {
                    "none: it is of the whole arm".to_owned()
                } else {
                    may.join(" or ")
                });
            return None;
        }
        match entry.key.as_str() {
            "journey" | "journeys" => self.journeys(&entry.node, &path),
            "home" => {
                let all = &self.known.homes;
                self.reader.find("home", all, &entry.node, &path).map(Subject::Home)
            }
            "capability" => {
                let all = &self.known.capabilities;
                self.reader.find("capability", all, &entry.node, &path).map(Subject::Capability)
            }
            "deployable" => {
                self.reader.find("deployable", &self.known.deployables, &entry.node, &path)?;
                Some(Subject::Deployable(entry.node.string()))
            }
            _ => {
                self.reader.find("store", &self.known.stores, &entry.node, &path)?;
                Some(Subject::Store(entry.node.string()))
            }
        }
    }

    fn journeys(&mut self, node: &Node, path: &str) -> Option<Subject> {
        let journeys = &self.known.journeys;
        let one = std::slice::from_ref(node);
        let items = if node.text().is_some() { one } else { node.items() };
        if let [only] = items {
            match only.text() {
                Some("all") => return Some(Subject::All),
                Some("related") => return self.some_journey(Subject::Related, false, only, path),
                Some("unrelated") => return self.some_journey(Subject::Unrelated, true, only, path),
                _ => {}
            }
        }
        let found: Vec<_> =
            items.iter().filter_map(|item| self.reader.find("journey", journeys, item, path)).collect();
        (found.len() == items.len()).then_some(Subject::Journeys(found))
    }

    /// A claim about no journey at all would hold for nothing.
    fn some_journey(
        &mut self,
        subject: Subject,
        unrelated: bool,
        node: &Node,
        path: &str,
    ) -> Option<Subject> {
        if self.known.unrelated.contains(&unrelated) {
            return Some(subject);
        }
        let why = if unrelated { "every journey reaches" } else { "no journey reaches" };
        self.reader
            .report
            .error(
                "E0605",
                node.place,
                path,
                format!("{why} a capability that a fault names: this claims nothing"),
            )
            .found(node.words())
            .allowed("journeys by name, or `all`");
        None
    }

    fn claimed_arms(&mut self, node: &Node) -> Vec<String> {
        let all = || self.known.compared.clone();
        let (key, list) = match (node.get("arm"), node.get("arms")) {
            (Some(arm), _) => ("arm", std::slice::from_ref(arm)),
            (None, Some(arms)) => ("arms", arms.items()),
            (None, None) => return all(),
        };
        if let [only] = list {
            match only.text() {
                Some("all") => return all(),
                Some("controls") => return self.controls(only, key),
                _ => {}
            }
        }
        let path = format!("{}.{key}", self.path);
        list.iter()
            .filter(|item| self.reader.find("arm", &self.known.arms, item, &path).is_some())
            .map(Node::string)
            .collect()
    }

    /// The arms without their faults, of which there must be one.
    fn controls(&mut self, node: &Node, key: &str) -> Vec<String> {
        let is_control = |arm: &&Named| !self.known.compared.contains(&arm.name);
        let controls: Vec<String> =
            self.known.arms.iter().filter(is_control).map(|arm| arm.name.clone()).collect();
        if controls.is_empty() {
            let path = format!("{}.{key}", self.path);
            self.reader
                .report
                .error("E0605", node.place, &path, "there are no controls: this claims nothing")
                .found(node.words())
                .allowed("arms by name, or `all`")
                .help("ask for controls with `control: { without: faults }`");
        }
        controls
    }

    fn window(&mut self, node: &Node, measure: Measure) -> String {
        let all = &self.known.windows;
        let usual = if measure == Measure::TimeToRecover { "after" } else { "fault" };
        match node.get("during") {
            Some(during) => {
                self.reader.find("window", all, during, &format!("{}.during", self.path));
                during.string()
            }
            None if node.get("at").is_none() && all.iter().any(|it| it.name == usual) => usual.to_owned(),
            None => "run".to_owned(),
        }
    }

    fn bound(&mut self, node: &Node, measure: (Measure, Unit), difference: bool) -> Option<Bound> {
        if let Some(limits) = node.get("between") {
            let [low, high] = limits.items() else {
                self.reader
                    .report
                    .error(
                        "E0602",
                        limits.place,
                        &format!("{}.between", self.path),
                        "`between` takes two bounds",
                    )
                    .found(limits.words())
                    .allowed("`[LOW, HIGH]`");
                return None;
            };
            let (low, high) = (
                self.number(low, "between", measure, difference)?,
                self.number(high, "between", measure, difference)?,
            );
            if low > high {
                self.reader
                    .report
                    .error(
                        "E0602",
                        limits.place,
                        &format!("{}.between", self.path),
                        "the lower bound is above the upper one",
                    )
                    .found(limits.items().iter().map(Node::words).collect::<Vec<_>>().join(", "))
                    .allowed("`[LOW, HIGH]`");
                return None;
            }
            return Some(Bound::Between(low, high));
        }
        if let Some(low) = node.get("at-least") {
            return self.number(low, "at-least", measure, difference).map(Bound::AtLeast);
        }
        self.number(node.get("at-most")?, "at-most", measure, difference).map(Bound::AtMost)
    }

    fn number(
        &mut self,
        node: &Node,
        key: &str,
        (measure, unit): (Measure, Unit),
        difference: bool,
    ) -> Option<f64> {
        let unit = unit.of_bound();
        match unit.parse(node.text()?, difference) {
            Ok(number) => Some(number),
            Err(Wrong { code, message, help }) => {
                let code = if matches!(code, "E0301" | "E0302" | "E0304") { "E0601" } else { code };
                let path = format!("{}.{key}", self.path);
                let message = format!("this does not bound `{}`: {message}", measure.name());
                let mut draft = self.reader.report.error(code, node.place, &path, message);
                draft.found(node.words()).allowed(unit.words());
                if let Some(help) = help {
                    draft.help(help);
                }
                None
            }
        }
    }
}
