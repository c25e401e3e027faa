//! `experiment`: what is asked, measured, drawn and claimed.

use super::common::{COUNT, NAME, NAMES, TEXT, TEXTS};
use super::faults::FAULTS;
use super::read::Reader;
use super::scalar::{BoundUnit, Scalar, Wrong};
use super::shape::{Items, Names, Record, Shape, default, optional, required};
use super::system::Named;
use super::tree::Node;
use super::workload::WORKLOAD_CHANGE;

/// `experiment`.
pub static EXPERIMENT: Shape = Shape::Record(&Record::new(
    "the experiment",
    &[
        optional("question", &TEXT, "nothing is asked in words", "What is asked."),
        optional(
            "expectation",
            &TEXT,
            "nothing is expected in words",
            "What is expected, written down before looking.",
        ),
        default("replications", &REPLICATIONS, "{}", "see its keys", "How often each arm is run."),
        default("confidence", &CONFIDENCE, "95%", "the usual level", "Confidence of every interval."),
        optional("arms", &ARMS, "every architecture once", "What is compared, by name."),
        default(
            "control",
            &CONTROL,
            "none",
            "no control unless said",
            "Arms run once more with their cause taken away.",
        ),
        optional("baseline", &NAME, "the first arm", "The arm that paired differences are taken against."),
        default(
            "measures",
            &MEASURES,
            "[availability, degraded, p99, amplification, blast-radius, cost]",
            "what most experiments need",
            "What is measured.",
        ),
        default(
            "charts",
            &CHARTS,
            "[blast-radius, timeline, paired]",
            "what most experiments need",
            "What is drawn.",
        ),
        default("claims", &CLAIMS, "[]", "nothing is claimed unless said", "What must come out."),
        default("notes", &TEXTS, "[]", "none", "Lines for the report: assumptions, sources."),
    ],
));
static CONFIDENCE: Shape = Shape::Scalar(Scalar::Share { zero: false });
static REPLICATIONS: Shape = Shape::Record(
    &Record::new(
        "a number of replications",
        &[
            default("default", &COUNT, "20", "assumed", "How often each arm is run."),
            default("quick", &COUNT, "5", "assumed", "How often with `--quick`."),
        ],
    )
    .or_short("default"),
);
static ARMS: Shape = Shape::Map(&Names {
    noun: "arm",
    of: &Shape::Record(&ARM),
    general: None,
    edges: false,
    may_be_empty: false,
});
static ARM: Record = Record::new(
    "an arm",
    &[
        optional("architecture", &NAME, "the architecture of the arm's name", "Which architecture runs."),
        optional("title", &TEXT, "the architecture's title", "What charts call it."),
        optional(
            "kind",
            &Shape::Scalar(Scalar::Words(&["monolith", "microservices", "resilient"])),
            "the architecture's",
            "As what it is drawn.",
        ),
        optional("workload", &WORKLOAD_CHANGE, "as in `workload`", "What is different about its workload."),
        optional("faults", &FAULTS, "as in `faults`", "Faults in place of those of `faults`."),
    ],
);
static CONTROL: Shape = Shape::Record(
    &Record::new(
        "a control",
        &[
            default(
                "without",
                &Shape::Scalar(Scalar::Words(&["faults", "none"])),
                "faults",
                "the cause, in most experiments",
                "What is taken away.",
            ),
            default("arms", &NAMES, "[all]", "every arm", "Which arms have a control."),
        ],
    )
    .or_short("without"),
);
static MEASURES: Shape = Shape::List(&Items { noun: "a measure", of: &MEASURE, or_one: true, min: 1 });
static MEASURE: Shape = Shape::Scalar(Scalar::Words(&MEASURE_NAMES));
static CHARTS: Shape = Shape::List(&Items {
    noun: "a chart",
    of: &Shape::Scalar(Scalar::Words(&["blast-radius", "graph", "timeline", "strip", "paired"])),
    or_one: true,
    min: 0,
});
static CLAIMS: Shape =
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
        optional("capability", &NAME, "all of them", "Of calls of which capability."),
        optional("deployable", &NAME, "all of them", "Of which deployable."),
        optional("store", &NAME, "all of them", "Of which store."),
        optional("arm", &NAME, "see `arms`", "Of which arm."),
        optional(
            "arms",
            &NAMES,
            "every arm that is no control",
            "Of which arms, each for itself; `all` is every one that is no control.",
        ),
        optional("during", &NAME, "`fault` if there is a fault, else `run`", "In which window."),
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
.at_most_one(&[&["journey", "journeys", "capability", "deployable", "store"], &["arm", "arms"]]);
static BOUND: Shape = Shape::Scalar(Scalar::Bound);
static BOUNDS: Shape = Shape::List(&Items { noun: "a bound", of: &BOUND, or_one: false, min: 2 });

/// What is asked, measured, drawn and claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// What charts and reports call it.
    pub title: String,
    /// What is asked.
    pub question: String,
    /// What is expected.
    pub expectation: String,
    /// How often each arm is run.
    pub replications: Replications,
    /// Confidence of every interval, in (0, 1).
    pub confidence: f64,
    /// The arm that paired differences are taken against.
    pub baseline: String,
    /// What is measured.
    pub measures: Vec<Measure>,
    /// What is drawn.
    pub charts: Vec<Chart>,
    /// What must come out.
    pub claims: Vec<Claim>,
    /// Lines for the report.
    pub notes: Vec<String>,
}

/// How often each arm is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replications {
    /// Usually.
    pub default: u32,
    /// With `--quick`.
    pub quick: u32,
}

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the documentation's")]
pub enum Chart {
    BlastRadius,
    Graph,
    Timeline,
    Strip,
    Paired,
}

impl Chart {
    fn named(name: &str) -> Option<Chart> {
        match name {
            "blast-radius" => Some(Chart::BlastRadius),
            "graph" => Some(Chart::Graph),
            "timeline" => Some(Chart::Timeline),
            "strip" => Some(Chart::Strip),
            "paired" => Some(Chart::Paired),
            _ => None,
        }
    }
}

/// Something that is measured of an arm in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Share of requests answered in time, degraded ones included.
    Availability,
    /// Share of requests answered in time, but degraded.
    Degraded,
    /// Share of requests that failed.
    Failed,
    /// Answers in time per second.
    Goodput,
    /// Mean time to the answer.
    MeanLatency,
    /// Median time to the answer.
    P50,
    /// Time within which 90 % of the answers come.
    P90,
    /// Time within which 99 % of the answers come.
    P99,
    /// Time within which 99.9 % of the answers come.
    P999,
    /// Attempts sent ÷ calls asked for.
    Amplification,
    /// Share of journeys whose availability is below their objective.
    BlastRadius,
    /// Share of CPU spent on answers that nobody waited for.
    WastedWork,
    /// Share of cores, or of a store's servers, that are busy.
    Utilisation,
    /// Mean number waiting.
    Queue,
    /// Core-hours.
    Cost,
}

const MEASURE_NAMES: [&str; 15] = {
    let mut names = [""; 15];
    let mut at = 0;
    while at < names.len() {
        names[at] = Measure::ALL[at].name();
        at += 1;
    }
    names
};

/// What a measure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From 0 to 1; people read percents.
    Share,
    /// Seconds.
    Seconds,
    /// Per second.
    PerSecond,
    /// A pure number of how many times as much.
    Ratio,
    /// A number of things.
    Count,
    /// Cores times hours.
    CoreHours,
}

impl Measure {
    /// All measures.
    pub const ALL: [Measure; 15] = [
        Measure::Availability,
        Measure::Degraded,
        Measure::Failed,
        Measure::Goodput,
        Measure::MeanLatency,
        Measure::P50,
        Measure::P90,
        Measure::P99,
        Measure::P999,
        Measure::Amplification,
        Measure::BlastRadius,
        Measure::WastedWork,
        Measure::Utilisation,
        Measure::Queue,
        Measure::Cost,
    ];

    /// The name in scenarios and files.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Availability => "availability",
            Measure::Degraded => "degraded",
            Measure::Failed => "failed",
            Measure::Goodput => "goodput",
            Measure::MeanLatency => "mean-latency",
            Measure::P50 => "p50",
            Measure::P90 => "p90",
            Measure::P99 => "p99",
            Measure::P999 => "p999",
            Measure::Amplification => "amplification",
            Measure::BlastRadius => "blast-radius",
            Measure::WastedWork => "wasted-work",
            Measure::Utilisation => "utilisation",
            Measure::Queue => "queue",
            Measure::Cost => "cost",
        }
    }

    /// The measure of that name.
    pub fn named(name: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// What it is counted in.
    pub const fn unit(self) -> Unit {
        match self {
            Measure::Availability
            | Measure::Degraded
            | Measure::Failed
            | Measure::BlastRadius
            | Measure::WastedWork
            | Measure::Utilisation => Unit::Share,
            Measure::Goodput => Unit::PerSecond,
            Measure::MeanLatency | Measure::P50 | Measure::P90 | Measure::P99 | Measure::P999 => {
                Unit::Seconds
            }
            Measure::Amplification => Unit::Ratio,
            Measure::Queue => Unit::Count,
            Measure::Cost => Unit::CoreHours,
        }
    }

    /// What a claim about it can be about: the keys that may stand beside it.
    const fn subjects(self) -> &'static [&'static str] {
        match self {
            Measure::Availability
            | Measure::Degraded
            | Measure::Failed
            | Measure::Goodput
            | Measure::MeanLatency
            | Measure::P50
            | Measure::P90
            | Measure::P99
            | Measure::P999 => &["journey", "journeys"],
            Measure::Amplification => &["capability"],
            Measure::WastedWork => &["deployable"],
            Measure::Utilisation | Measure::Queue => &["deployable", "store"],
            Measure::BlastRadius | Measure::Cost => &[],
        }
    }

    const fn bound_unit(self) -> BoundUnit {
        match self.unit() {
            Unit::Share => BoundUnit::Share,
            Unit::Seconds => BoundUnit::Span,
            Unit::PerSecond => BoundUnit::Rate,
            Unit::Ratio | Unit::Count => BoundUnit::Number,
            Unit::CoreHours => BoundUnit::CoreHours,
        }
    }
}

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
    /// Bounds the paired difference arm − versus instead.
    pub versus: Option<String>,
    /// The bound, in base units.
    pub bound: Bound,
    /// Confidence of the verdict, in (0, 1).
    pub confidence: f64,
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
    /// The deployables of any architecture.
    pub deployables: Vec<Named>,
    /// The stores of any architecture.
    pub stores: Vec<Named>,
    /// The windows of every arm.
    pub windows: Vec<Named>,
    /// By journey: it reaches no faulty capability.
    pub unrelated: Vec<bool>,
}

impl Experiment {
    /// Reads the resolved `experiment`.
    pub fn read(reader: &mut Reader<'_>, node: &Node, title: String, known: &Known) -> Experiment {
        let confidence = confidence(reader, node.at("confidence"), "experiment.confidence", 0.95);
        let baseline = node.at("baseline");
        reader.find("arm", &known.arms, baseline, "experiment.baseline");
        let replications = node.at("replications");
        let claims = node.at("claims").items().iter().enumerate();
        let claims = claims
            .filter_map(|(index, claim)| {
                let path = format!("experiment.claims.{}", index + 1);
                ClaimReader { reader, known, path, confidence }.read(claim)
            })
            .collect();
        Experiment {
            title,
            question: node.at("question").string(),
            expectation: node.at("expectation").string(),
            replications: Replications {
                default: replications.at("default").count(),
                quick: replications.at("quick").count(),
            },
            confidence,
            baseline: baseline.string(),
            measures: words(node.at("measures"), Measure::named),
            charts: words(node.at("charts"), Chart::named),
            claims,
            notes: node.at("notes").items().iter().map(Node::string).collect(),
        }
    }
}

fn words<T>(node: &Node, named: impl Fn(&str) -> Option<T>) -> Vec<T> {
    node.items().iter().filter_map(|item| named(item.text()?)).collect()
}

fn confidence(reader: &mut Reader<'_>, node: &Node, path: &str, otherwise: f64) -> f64 {
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

struct ClaimReader<'a, 'report> {
    reader: &'a mut Reader<'report>,
    known: &'a Known,
    path: String,
    confidence: f64,
}

impl ClaimReader<'_, '_> {
    fn read(mut self, node: &Node) -> Option<Claim> {
        let measure = Measure::named(node.at("measure").text()?)?;
        let subject = self.subject(node, measure);
        let arms = self.claimed_arms(node);
        let during = self.window(node);
        let versus = node.get("versus").map(Node::string);
        if let Some(versus) = node.get("versus") {
            self.reader.find("arm", &self.known.arms, versus, &format!("{}.versus", self.path));
        }
        let bound = self.bound(node, measure, versus.is_some());
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
            versus,
            bound: bound?,
            confidence,
        })
    }

    fn subject(&mut self, node: &Node, measure: Measure) -> Option<Subject> {
        let keys = ["journey", "journeys", "capability", "deployable", "store"];
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
        if let [only] = list
            && only.text() == Some("all")
        {
            return all();
        }
        let path = format!("{}.{key}", self.path);
        list.iter()
            .filter(|item| self.reader.find("arm", &self.known.arms, item, &path).is_some())
            .map(Node::string)
            .collect()
    }

    fn window(&mut self, node: &Node) -> String {
        let all = &self.known.windows;
        match node.get("during") {
            Some(during) => {
                self.reader.find("window", all, during, &format!("{}.during", self.path));
                during.string()
            }
            None if all.iter().any(|window| window.name == "fault") => "fault".to_owned(),
            None => "run".to_owned(),
        }
    }

    fn bound(&mut self, node: &Node, measure: Measure, difference: bool) -> Option<Bound> {
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

    fn number(&mut self, node: &Node, key: &str, measure: Measure, difference: bool) -> Option<f64> {
        let unit = measure.bound_unit();
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
