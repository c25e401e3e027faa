//! What may stand in a file with a known answer.

use crate::scenario::common::{FLAG, NAME, SHARE_ABOVE, SPAN, SPAN_ABOVE, TEXT};
use crate::scenario::detail::{AS, AT, OBJECTIVE, STATE, STATISTIC, THAN};
use crate::scenario::experiment::MEASURE;
use crate::scenario::file::FILE;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Names, Record, Shape, default, optional, required};

/// Replications of a case that says nothing about them.
pub const REPLICATIONS: &str = "20";

/// What known answers are about, in the order in which pages show them.
pub const FAMILIES: [&str; 11] = [
    "queues",
    "networks",
    "balancing",
    "users",
    "availability",
    "tails",
    "retries",
    "overload",
    "caches",
    "scaling",
    "other",
];

/// A known answer.
pub static CASE: Shape = Shape::Record(
    &Record::new(
        "a known answer",
        &[
            required("case", &NAME, "Its name, as a stable id."),
            required("title", &TEXT, "The system in words."),
            default(
                "family",
                &FAMILY,
                "other",
                "none of the families unless said",
                "What kind of answer it is.",
            ),
            required("source", &TEXT, "Who has computed the figures, and how."),
            optional("note", &TEXT, "nothing to add", "How the scenario says what the source says."),
            optional("scenario", &FILE, "it waits for something", "The system, as in a scenario file."),
            optional("waits-for", &TEXT, "it can be run", "What is missing before it can be run."),
            default("full", &TRIAL, "{}", "see its keys", "How it is usually run."),
            default("quick", &TRIAL, "{}", "see its keys", "How it is run with `--quick`."),
            required("metrics", &METRICS, "What is known, by name."),
        ],
    )
    .exactly_one(&[&["scenario", "waits-for"]]),
);
static FAMILY: Shape = Shape::Scalar(Scalar::Words(&FAMILIES));
static TRIAL: Shape = Shape::Record(&Record::new(
    "a way to run a case",
    &[
        default("replications", &SEVERAL, REPLICATIONS, "assumed", "How often."),
        optional("warmup", &SPAN, "as in the scenario's `run`", "Time before measuring starts."),
        optional("measure", &SPAN_ABOVE, "as in the scenario's `run`", "Measured time."),
    ],
));
/// One replication says nothing about its own precision.
static SEVERAL: Shape = Shape::Scalar(Scalar::Count { min: 2 });
static METRICS: Shape = Shape::Map(&Names {
    noun: "metric",
    of: &Shape::Record(&METRIC),
    general: None,
    edges: false,
    may_be_empty: false,
});
static METRIC: Record = Record::new(
    "a metric",
    &[
        optional("is", &TEXT, "its name says it", "What it is, or the formula."),
        optional("measure", &MEASURE, "it waits for something", "What is measured."),
        optional("waits-for", &TEXT, "it can be measured", "What is missing before it can be measured."),
        optional("journey", &NAME, "all journeys pooled", "Of which journey."),
        optional("home", &NAME, "all users", "Of the users who live where; of arms with regions."),
        optional("capability", &NAME, "all of them", "Of calls of which capability."),
        optional("deployable", &NAME, "all of them", "Of which deployable."),
        optional("store", &NAME, "all of them", "Of which store."),
        optional("arm", &NAME, "the only one", "Of which arm."),
        optional("during", &NAME, "`run`", "In which window."),
        AT,
        STATE,
        STATISTIC,
        AS,
        THAN,
        OBJECTIVE,
        required("expected", &BOUND, "What is known."),
        optional("tolerance", &SHARE_ABOVE, "`within` says it", "How far off it may be, as a share of it."),
        optional("within", &BOUND, "`tolerance` says it", "How far off it may be, in the measure's unit."),
        default(
            "exact",
            &FLAG,
            "false",
            "a limit or an approximation unless said",
            "Whether it must lie in the simulator's own interval.",
        ),
    ],
)
.at_most_one(&[
    &["measure", "waits-for"],
    &["journey", "home", "capability", "deployable", "store"],
    &["tolerance", "within"],
]);
static BOUND: Shape = Shape::Scalar(Scalar::Bound);
