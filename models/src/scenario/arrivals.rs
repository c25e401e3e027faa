//! How many come at once, in which states, and what comes at given instants: `workload.batch`,
//! `workload.arrivals.modulated`, `workload.schedule`, `workload.backlog`.

use archsim_sim::{Count, Span, Time};

use super::common::{COUNT, COUNT_ZERO, NAME, NUMBER, RATE, SPAN};
use super::phases::{LASTS, THEN, phases};
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Choice, Items, Names, Record, Shape, default, optional, required, variant};
use super::system::Named;
use super::tree::Node;
use super::workload::Run;
use crate::plan::{Phase, Scheduled};

/// `workload.batch`.
pub static BATCH: Shape = Shape::Choice(&Choice {
    noun: "a number of requests",
    plain: Some(&Scalar::Count { min: 1 }),
    variants: &[
        variant("geometric", &GEOMETRIC, "one, and after each another one with the same probability"),
        variant("sizes", &SIZES, "one of several sizes"),
    ],
});
static GEOMETRIC: Shape = Shape::Record(
    &Record::new("a geometric size", &[required("mean", &NUMBER, "The mean, 1 or more.")]).or_short("mean"),
);
static SIZES: Shape =
    Shape::List(&Items { noun: "a size", of: &Shape::Record(&SIZE), or_one: false, min: 1 });
static SIZE: Record = Record::new(
    "a size",
    &[
        required("size", &COUNT, "How many requests."),
        required("weight", &NUMBER, "How often, in proportion to the others."),
    ],
);

/// `workload.arrivals.modulated`.
pub static MODULATED: Shape = Shape::Map(&Names {
    noun: "state",
    of: &Shape::Record(&STATE),
    general: None,
    edges: false,
    may_be_empty: false,
});
static STATE: Record = Record::new(
    "a state of arrivals",
    &[required("rate", &RATE, "Arrivals per second, at random, while it lasts."), LASTS, THEN],
);

/// `workload.schedule`.
pub static SCHEDULE: Shape =
    Shape::List(&Items { noun: "requests", of: &Shape::Record(&SCHEDULED), or_one: true, min: 0 });
static SCHEDULED: Record = Record::new(
    "scheduled requests",
    &[
        required("at", &SPAN, "When, from the measured start."),
        default("requests", &COUNT, "1", "one unless said", "How many, all at once."),
        optional("journey", &NAME, "any, by the shares of the journeys", "What they ask for."),
    ],
);

/// `workload.backlog`.
pub static BACKLOG: Shape = Shape::Record(
    &Record::new(
        "a backlog",
        &[
            default("requests", &COUNT_ZERO, "0", "runs start empty", "How many, all at once."),
            optional("journey", &NAME, "any, by the shares of the journeys", "What they ask for."),
        ],
    )
    .or_short("requests"),
);

/// Reads how many requests there are, of `whom`.
pub fn count(reader: &mut Reader<'_>, node: &Node, whom: &str, path: &str) -> Count {
    match node.choice() {
        _ if node.text().is_some() => Count::Constant(node.count()),
        Some(("geometric", of)) => {
            let mean = of.at("mean").factor();
            if mean < 1.0 {
                reader
                    .report
                    .error(
                        "E0309",
                        node.place,
                        path,
                        format!("this distribution cannot be: {whom} has at least one request"),
                    )
                    .found(node.words())
                    .allowed("a mean of 1 or more");
            }
            Count::geometric(mean.max(1.0))
        }
        Some(("sizes", sizes)) => {
            let sizes = sizes.items().iter();
            let sizes: Vec<_> = sizes.map(|it| (it.at("weight").factor(), it.at("size").count())).collect();
            Count::one_of(&sizes)
        }
        _ => Count::Constant(1),
    }
}

/// Reads `batch`; `closed` users ask one at a time.
pub fn batch(reader: &mut Reader<'_>, node: &Node, closed: bool, run: &Run, path: &str) -> Count {
    let count = count(reader, node, "a batch", path);
    fits(reader, node, count.most().map_or(count.mean(), f64::from), run, path);
    if closed && count != Count::Constant(1) {
        reader
            .report
            .error("E0542", node.place, path, "users of a closed workload ask for one thing at a time")
            .found(node.words())
            .allowed("no `batch` where arrivals are `closed`")
            .help("more users ask for more at a time; a `schedule` brings several at once");
    }
    count
}

/// All that come at once are under way at once.
fn fits(reader: &mut Reader<'_>, node: &Node, requests: f64, run: &Run, path: &str) {
    if requests <= f64::from(run.in_flight) {
        return;
    }
    reader
        .report
        .error("E0541", node.place, path, "more requests at once than may be under way")
        .found(format!("{requests} requests at once"))
        .allowed(format!("up to {}, `run.in-flight`", run.in_flight))
        .help("raise `run.in-flight`, or let fewer come at once");
}

/// Reads `arrivals.modulated`.
pub fn states(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<Phase> {
    let states = phases(reader, node, path, |state| state.at("rate").rate()).unwrap_or_default();
    if !states.is_empty() && states.iter().all(|state| state.value <= 0.0) {
        reader
            .report
            .error("E0543", node.place, path, "nobody ever comes")
            .found("a rate of zero in every state")
            .allowed("a rate above zero in at least one state");
    }
    states
}

/// Reads `schedule` and `backlog`, in the order of time.
pub fn scheduled(
    reader: &mut Reader<'_>,
    node: &Node,
    journeys: &[Named],
    run: &Run,
    path: &str,
) -> Vec<Scheduled> {
    let mut all = Vec::new();
    let backlog = node.at("backlog");
    if let Some(requests) = backlog.get("requests").map(Node::count).filter(|&it| it > 0) {
        let path = format!("{path}.backlog");
        fits(reader, backlog, f64::from(requests), run, &path);
        let journey = journey(reader, backlog, journeys, &path);
        all.push(Scheduled { at: Time::ZERO, requests, journey });
    }
    for (index, item) in node.at("schedule").items().iter().enumerate() {
        let path = format!("{path}.schedule.{}", index + 1);
        let (since, requests) = (item.at("at").span(), item.at("requests").count());
        fits(reader, item, f64::from(requests), run, &path);
        let measured: Span = run.horizon.since(run.warmup);
        if since >= measured {
            reader
                .report
                .error(
                    "E0544",
                    item.at("at").place,
                    &format!("{path}.at"),
                    "nobody comes after the measured time",
                )
                .found(format!("at {since}"))
                .allowed(format!("before {measured}, the measured time"))
                .help("make `run.measure` longer, or let them come earlier");
        }
        let journey = journey(reader, item, journeys, &path);
        all.push(Scheduled { at: run.at(since), requests, journey });
    }
    all.sort_by_key(|it| it.at);
    all
}

fn journey(reader: &mut Reader<'_>, node: &Node, journeys: &[Named], path: &str) -> Option<usize> {
    reader.find("journey", journeys, node.get("journey")?, &format!("{path}.journey"))
}
