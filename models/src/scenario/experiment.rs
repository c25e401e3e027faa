//! `experiment`: what is asked, measured, drawn and claimed.

use super::claim::{CLAIMS, Claim, ClaimReader, Known, confidence};
use super::common::{COUNT, NAME, NAMES, TEXT, TEXTS};
use super::faults::FAULTS;
use super::measure::{MEASURE_NAMES, Measure, WHOLE_NAMES};
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Items, Names, Record, Shape, default, optional};
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
/// A level of confidence.
pub static CONFIDENCE: Shape = Shape::Scalar(Scalar::Share { zero: false });
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
static MEASURES: Shape = Shape::List(&Items { noun: "a measure", of: &WHOLE_MEASURE, or_one: true, min: 1 });
/// What needs nothing but its name.
static WHOLE_MEASURE: Shape = Shape::Scalar(Scalar::Words(&WHOLE_NAMES));
/// The name of a measure.
pub static MEASURE: Shape = Shape::Scalar(Scalar::Words(&MEASURE_NAMES));
static CHARTS: Shape = Shape::List(&Items {
    noun: "a chart",
    of: &Shape::Scalar(Scalar::Words(&[
        "blast-radius",
        "graph",
        "timeline",
        "storm",
        "strip",
        "paired",
        "capacity",
        "frontier",
    ])),
    or_one: true,
    min: 0,
});
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
    Storm,
    Strip,
    Paired,
    /// Demand against capacity in steps.
    Capacity,
    /// Cost against loss.
    Frontier,
}

impl Chart {
    fn named(name: &str) -> Option<Chart> {
        match name {
            "blast-radius" => Some(Chart::BlastRadius),
            "graph" => Some(Chart::Graph),
            "timeline" => Some(Chart::Timeline),
            "storm" => Some(Chart::Storm),
            "strip" => Some(Chart::Strip),
            "paired" => Some(Chart::Paired),
            "capacity" => Some(Chart::Capacity),
            "frontier" => Some(Chart::Frontier),
            _ => None,
        }
    }
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
