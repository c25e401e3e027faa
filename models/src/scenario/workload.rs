//! `workload` and `run`: who comes, when, for how long it is watched.

use archsim_sim::{Distribution, Span, Time};

use super::arrivals::{self, BACKLOG, BATCH, MODULATED, SCHEDULE};
use super::common::{
    COUNT, COUNT_ZERO, DISTRIBUTION, FACTOR, PATIENCE, RATE, RATE_ABOVE, SHARE, SPAN, SPAN_ABOVE, TEXT,
};
use super::jobs::{self, JOBS};
use super::read::Reader;
use super::retrial::{self, RETRIAL};
use super::scalar::Scalar;
use super::session::{self, Asked, SESSION, SESSION_CHANGE};
use super::shape::{Choice, Items, Names, Record, Shape, default, optional, required, variant, word};
use super::tree::Node;
use crate::plan::{Arrivals, Leaves, PatienceOver, RateSegment, Window, Workload};

/// `workload`.
pub static WORKLOAD: Shape = Shape::Record(&Record::new(
    "the workload",
    &[
        required("arrivals", &ARRIVALS, "When requests come."),
        default(
            "batch",
            &BATCH,
            "1",
            "requests come one by one unless said",
            "How many come at each arrival; rates are those of the batches.",
        ),
        default(
            "schedule",
            &SCHEDULE,
            "[]",
            "none unless said",
            "Requests that come at given instants besides.",
        ),
        default(
            "backlog",
            &BACKLOG,
            "{}",
            "runs start empty",
            "Requests that are there when the run starts, before the warm-up.",
        ),
        default(
            "patience",
            &PATIENCE,
            "unbounded",
            "users wait unless said",
            "How long users wait for an answer.",
        ),
        default(
            "patience-over",
            &PATIENCE_OVER,
            "stay",
            "users do not see when a server begins with them",
            "What patience is spent on: the whole stay until the answer, or the wait in the entry's accept queue alone.",
        ),
        default(
            "leaves",
            &LEAVES,
            "unnoticed",
            "HTTP servers do not see a closed browser",
            "What happens downstream when a user stops waiting.",
        ),
        default(
            "jobs",
            &JOBS,
            "{}",
            "users alone unless said",
            "Requests that no user waits for, by name: batches, with arrivals and keys of their own.",
        ),
        optional(
            "session",
            &SESSION,
            "a request comes at each arrival",
            "What a user asks for between coming and going; arrivals are then those of sessions.",
        ),
        optional(
            "retrial",
            &RETRIAL,
            "who is turned away does not come back",
            "When users ask again who were turned away: line full, refused, rejected by a breaker, a bulkhead or a rate limit.",
        ),
    ],
));
/// `experiment.arms.NAME.workload`.
pub static WORKLOAD_CHANGE: Shape = Shape::Record(&Record::new(
    "a change of the workload",
    &[
        optional("arrivals", &ARRIVALS, "as in `workload`", "When requests come."),
        optional("batch", &BATCH, "as in `workload`", "How many come at each arrival."),
        optional("schedule", &SCHEDULE, "as in `workload`", "Requests that come at given instants besides."),
        optional("backlog", &BACKLOG, "as in `workload`", "Requests that are there when the run starts."),
        optional("patience", &PATIENCE, "as in `workload`", "How long users wait for an answer."),
        optional("patience-over", &PATIENCE_OVER, "as in `workload`", "What patience is spent on."),
        optional("leaves", &LEAVES, "as in `workload`", "What happens downstream when a user stops waiting."),
        optional("jobs", &JOBS, "as in `workload`", "Requests that no user waits for, by name."),
        optional(
            "session",
            &SESSION_CHANGE,
            "as in `workload`",
            "What a user asks for between coming and going.",
        ),
        optional("retrial", &RETRIAL, "as in `workload`", "When users ask again who were turned away."),
    ],
));
static LEAVES: Shape = Shape::Scalar(Scalar::Words(&["unnoticed", "queue", "cancels"]));
static PATIENCE_OVER: Shape = Shape::Scalar(Scalar::Words(&["stay", "wait"]));
static ARRIVALS: Shape = Shape::Choice(&Choice {
    noun: "a kind of arrivals",
    plain: None,
    variants: &[
        variant("poisson", &PROFILE, "independent users, who come whatever the system does"),
        variant("constant", &PROFILE, "as even as the rate allows"),
        variant("modulated", &MODULATED, "at random, at a rate that goes from state to state"),
        word("none", "nobody but those of `schedule` and `backlog`"),
        variant("closed", &CLOSED, "users who ask, wait for the answer, think, and ask again"),
    ],
});
static CLOSED: Shape = Shape::Record(&Record::new(
    "a closed workload",
    &[
        required("users", &COUNT, "How many users."),
        required("think", &DISTRIBUTION, "Time between an answer and the next request."),
    ],
));
pub(super) static PROFILE: Shape = Shape::Choice(&Choice {
    noun: "a rate over time",
    plain: Some(&Scalar::Rate { zero: false }),
    variants: &[
        variant("ramp", &POINTS, "straight lines between points; level before the first and after the last"),
        variant("steps", &POINTS, "from each point on its rate; level before the first"),
        variant("spike", &SPIKE, "a base rate with one peak"),
        variant("trace", &TRACE, "what was counted, period after period; the last one holds on"),
        variant("diurnal", &DIURNAL, "a day's wave"),
    ],
});
static POINTS: Shape =
    Shape::List(&Items { noun: "a point", of: &Shape::Record(&POINT), or_one: false, min: 1 });
static POINT: Record = Record::new(
    "a point",
    &[
        required("at", &SPAN, "When, from the measured start."),
        required("rate", &RATE, "Requests per second."),
    ],
);
static TRACE: Shape = Shape::Record(
    &Record::new(
        "a trace",
        &[
            optional("counts", &COUNTS, "they stand in a `file`", "How many requests came in each period."),
            optional(
                "file",
                &FILE,
                "they stand in `counts`",
                "A file beside the scenario that has them in a column.",
            ),
            default("every", &SPAN_ABOVE, "1min", "counts of access logs", "How long a period was."),
            default("scale", &FACTOR, "1", "as it was", "How many times as many requests are to come."),
            default(
                "speed-up",
                &FACTOR,
                "1",
                "as it was",
                "How many times as fast the periods follow each other, at the same rates.",
            ),
        ],
    )
    .exactly_one(&[&["counts", "file"]]),
);
static FILE: Shape = Shape::Record(&Record::new(
    "a file of counts",
    &[
        required("path", &TEXT, "Its path, counted from the scenario's folder; values with commas between them, a line a period."),
        optional("column", &TEXT, "the last one", "The column with the counts: its name in the first line, or its number, from 1."),
        optional("from", &SPAN, "from its first line on", "When the stretch begins that is taken, counted from its first period."),
        optional("for", &SPAN_ABOVE, "to its end", "How long that stretch is."),
    ],
).or_short("path"));
static COUNTS: Shape = Shape::List(&Items { noun: "a count", of: &COUNT_ZERO, or_one: false, min: 1 });
static DIURNAL: Shape = Shape::Record(&Record::new(
    "a day's wave",
    &[
        required("mean", &RATE_ABOVE, "The rate on average over a day."),
        default(
            "swing",
            &SHARE,
            "50%",
            "assumed",
            "How far above and below the mean it goes, as a share of it.",
        ),
        default("day", &SPAN_ABOVE, "24h", "a day", "How long a day lasts."),
        default("peak", &SPAN, "0s", "assumed", "When the first peak is, from the measured start."),
    ],
));
static SPIKE: Shape = Shape::Record(&Record::new(
    "a spike",
    &[
        required("base", &RATE_ABOVE, "The rate before and after."),
        required("factor", &FACTOR, "How many times as much at the peak."),
        required("at", &SPAN, "When it starts to rise, from the measured start."),
        required("for", &SPAN_ABOVE, "How long the peak lasts."),
        default("rise", &SPAN, "0s", "at once unless said", "How long it takes to rise."),
        optional("fall", &SPAN, "as long as the rise", "How long it takes to fall again."),
    ],
));

/// `run`.
pub static RUN: Shape = Shape::Record(&Record::new(
    "the run",
    &[
        default("warmup", &SPAN, "10s", "assumed", "Time before measuring starts; runs start empty."),
        default(
            "measure",
            &SPAN_ABOVE,
            "60s",
            "assumed",
            "Measured time; faults and windows count from its start.",
        ),
        default(
            "drain",
            &SPAN,
            "30s",
            "assumed: the usual client timeout",
            "Time without arrivals in which the rest may finish.",
        ),
        default("bucket", &SPAN_ABOVE, "1s", "assumed", "Width of the buckets of every series."),
        default(
            "in-flight",
            &COUNT,
            "200_000",
            "assumed: bounds the memory of a run",
            "More attempts under way at once end the run.",
        ),
        default(
            "windows",
            &WINDOWS,
            "{}",
            "run, before, fault and after are always there",
            "Windows of your own, by name.",
        ),
    ],
));
static WINDOWS: Shape = Shape::Map(&Names {
    noun: "window",
    of: &Shape::Record(&WINDOW),
    general: None,
    edges: false,
    may_be_empty: true,
});
static WINDOW: Record = Record::new(
    "a window",
    &[required("from", &SPAN, "Start, from the measured start."), required("for", &SPAN_ABOVE, "How long.")],
);

/// `run`, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Measuring starts.
    pub warmup: Time,
    /// Arrivals end.
    pub horizon: Time,
    /// Everything ends.
    pub end: Time,
    /// Width of the buckets.
    pub bucket: Span,
    /// Attempts under way at most.
    pub in_flight: u32,
    /// The scenario's own windows.
    pub windows: Vec<Window>,
}

/// A run counts in 32 windows at most; four of them are always or nearly always there.
const OWN_WINDOWS_MAX: usize = 28;

impl Run {
    /// Reads the resolved `run`.
    pub fn read(reader: &mut Reader<'_>, node: &Node) -> Run {
        let warmup = Time::ZERO + node.at("warmup").span();
        let horizon = warmup + node.at("measure").span();
        let end = horizon + node.at("drain").span();
        let mut windows = Vec::new();
        for entry in node.at("windows").entries() {
            let path = format!("run.windows.{}", entry.key);
            let from = warmup + entry.node.at("from").span();
            let until = from + entry.node.at("for").span();
            if ["run", "before", "fault", "after"].contains(&entry.key.as_str()) {
                reader
                    .report
                    .error("E0402", entry.place, &path, format!("the window `{}` is always there", entry.key))
                    .found(format!("`{}`", entry.key))
                    .allowed("any name but run, before, fault, after");
            }
            if until > horizon {
                reader
                    .report
                    .error("E0502", entry.place, &path, "the window ends after the measured time")
                    .found(format!("until {}", until.since(warmup)))
                    .allowed(format!("up to {}, the measured time", horizon.since(warmup)))
                    .help("make `run.measure` longer, or the window shorter");
            }
            windows.push(Window { name: entry.key.clone(), from, until });
        }
        if windows.len() > OWN_WINDOWS_MAX {
            reader
                .report
                .error("E0511", node.at("windows").place, "run.windows", "these are too many windows")
                .found(format!("{} windows", windows.len()))
                .allowed(format!("up to {OWN_WINDOWS_MAX}"))
                .help("read finer times off the series, which have a number for every bucket");
        }
        let bucket = node.at("bucket").span();
        let buckets = end.since(Time::ZERO).as_nanos() / bucket.as_nanos().max(1);
        if buckets > 100_000 {
            reader
                .report
                .error("E0503", node.at("bucket").place, "run.bucket", "that makes too many buckets")
                .found(format!("{buckets} buckets of {bucket}"))
                .allowed("up to 100000")
                .help("make the buckets wider");
        }
        Run { warmup, horizon, end, bucket, in_flight: node.at("in-flight").count(), windows }
    }

    /// An instant counted from the measured start.
    pub fn at(&self, since: Span) -> Time {
        self.warmup + since
    }
}

/// A time to think, which is not nothing: users whom a full queue refuses at once would ask again at the same
/// instant, for ever.
fn think(reader: &mut Reader<'_>, node: &Node, path: &str) -> Distribution {
    let think = reader.distribution(node, path);
    if think.is_zero() {
        reader
            .report
            .error("E0305", node.place, path, "users who do not think ask for ever at one instant")
            .found(node.words())
            .allowed("a time above zero")
            .help("`1ms` is as good as none");
    }
    think
}

/// Reads a resolved `workload`.
pub fn read(reader: &mut Reader<'_>, node: &Node, asked: &Asked, run: &Run, path: &str) -> Workload {
    let journeys = &asked.journeys;
    let patience = node.at("patience");
    let patience = match patience.text() {
        Some("unbounded") => None,
        _ => Some(reader.distribution(patience, &format!("{path}.patience"))),
    };
    let over = match node.at("patience-over").text() {
        Some("wait") => PatienceOver::Wait,
        _ => PatienceOver::Stay,
    };
    let leaves = match node.at("leaves").text() {
        Some("queue") => Leaves::Queue,
        Some("cancels") => Leaves::Cancels,
        _ => Leaves::Unnoticed,
    };
    let closed = matches!(node.at("arrivals").choice(), Some(("closed", _)));
    let batch = arrivals::batch(reader, node.at("batch"), closed, run, &format!("{path}.batch"));
    let scheduled = arrivals::scheduled(reader, node, journeys, run, path);
    let retrial = node.get("retrial").and_then(|it| retrial::read(reader, it, &format!("{path}.retrial")));
    let jobs = jobs::read(reader, node.at("jobs"), journeys, run, &format!("{path}.jobs"));
    let at = node.get("session").map(|it| (it, format!("{path}.session")));
    let session = at.as_ref().and_then(|(it, path)| session::read(reader, it, asked, run, path));
    let path = format!("{path}.arrivals");
    let arrivals = match node.at("arrivals").choice() {
        Some(("closed", closed)) => Arrivals::Closed {
            users: closed.at("users").count(),
            think: think(reader, closed.at("think"), &format!("{path}.closed.think")),
        },
        Some(("modulated", states)) => {
            Arrivals::Modulated { states: arrivals::states(reader, states, &format!("{path}.modulated")) }
        }
        Some((kind @ ("poisson" | "constant"), profile)) => Arrivals::Open {
            rate: segments(reader, profile, run, &format!("{path}.{kind}")),
            poisson: kind == "poisson",
        },
        _ => Arrivals::Open { rate: Vec::new(), poisson: true },
    };
    let workload =
        Workload { arrivals, batch, scheduled, patience, over, leaves, retrial, jobs, session: None };
    if let Some((node, path)) = at {
        let rate = workload.rate().map_or(0.0, |(mean, _)| mean);
        let expected = rate * run.horizon.since(Time::ZERO).as_secs_f64();
        session::come(reader, node, &workload.arrivals, expected, &path);
    }
    Workload { session, ..workload }
}

/// The rate over time as segments from the start of the run to the horizon.
pub(super) fn segments(reader: &mut Reader<'_>, profile: &Node, run: &Run, path: &str) -> Vec<RateSegment> {
    let points = match profile.choice() {
        _ if profile.text().is_some() => vec![(Span::ZERO, profile.rate())],
        Some((kind @ ("ramp" | "steps"), list)) => {
            let points: Vec<_> =
                list.items().iter().map(|item| (item.at("at").span(), item.at("rate").rate())).collect();
            for (pair, item) in points.windows(2).zip(list.items().iter().skip(1)) {
                if pair[1].0 <= pair[0].0 {
                    reader
                        .report
                        .error(
                            "E0504",
                            item.place,
                            &format!("{path}.{kind}"),
                            "the points are not in the order of time",
                        )
                        .found(format!("{} after {}", pair[1].0, pair[0].0))
                        .allowed("each point later than the one before");
                    return Vec::new();
                }
            }
            if kind == "steps" { stepped(&points) } else { points }
        }
        // Without counts, of which something has been said.
        Some(("trace", trace)) if trace.at("counts").items().is_empty() => return Vec::new(),
        Some(("trace", trace)) => stepped(&traced(trace)),
        Some(("diurnal", day)) => return joined(&wave(day, run), run),
        Some((_, spike)) => {
            let (base, rise) = (spike.at("base").rate(), spike.at("rise").span());
            let (at, peak) = (spike.at("at").span(), base * spike.at("factor").factor());
            let fall = spike.get("fall").map_or(rise, Node::span);
            let falls = at + rise + spike.at("for").span();
            vec![(at, base), (at + rise, peak), (falls, peak), (falls + fall, base)]
        }
        None => return Vec::new(),
    };
    joined(&points, run)
}

/// The rates of a trace, each from the start of its period.
fn traced(trace: &Node) -> Vec<(Span, f64)> {
    let every = trace.at("every").span();
    let rate = trace.at("scale").factor() / every.as_secs_f64();
    let period = every.scaled(1.0 / trace.at("speed-up").factor());
    let counts = trace.at("counts").items().iter().enumerate();
    counts.map(|(at, count)| (period * at as u64, f64::from(count.count()) * rate)).collect()
}

/// A sine wave in 96 straight pieces a day, from the measured start to the horizon.
fn wave(node: &Node, run: &Run) -> Vec<(Span, f64)> {
    const PIECES: u64 = 96;
    let (mean, swing) = (node.at("mean").rate(), node.at("swing").share());
    let (day, peak) = (node.at("day").span(), node.at("peak").span());
    let piece = Span::from_nanos((day.as_nanos() / PIECES).max(1));
    let pieces = (run.horizon.since(run.warmup).as_nanos() / piece.as_nanos()).min(100_000) + 1;
    let at = |index: u64| {
        let since = piece * index;
        let turns = (since.as_secs_f64() - peak.as_secs_f64()) / day.as_secs_f64();
        (since, mean * (1.0 + swing * libm::cos(std::f64::consts::TAU * turns)))
    };
    (0..=pieces).map(at).collect()
}

/// Steps as points: the old rate and the new one at the same instant.
fn stepped(points: &[(Span, f64)]) -> Vec<(Span, f64)> {
    let mut all = vec![points[0]];
    for pair in points.windows(2) {
        all.extend([(pair[1].0, pair[0].1), pair[1]]);
    }
    all
}

/// Points as segments without gaps, cut off at the horizon.
fn joined(points: &[(Span, f64)], run: &Run) -> Vec<RateSegment> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return Vec::new() };
    let mut all = vec![(Time::ZERO, first.1)];
    all.extend(points.iter().map(|&(at, rate)| (run.at(at), rate)));
    all.push((run.horizon.max(run.at(last.0)), last.1));
    let mut segments = Vec::new();
    for pair in all.windows(2) {
        let ((from, rate_from), (until, rate_until)) = (pair[0], pair[1]);
        if from >= until || from >= run.horizon {
            continue;
        }
        let cut = until.min(run.horizon);
        let part = cut.since(from).as_secs_f64() / until.since(from).as_secs_f64();
        let rate_until = if cut < until { rate_from + (rate_until - rate_from) * part } else { rate_until };
        segments.push(RateSegment { from, until: cut, rate_from, rate_until });
    }
    merged(segments)
}

/// Level stretches that follow each other at the same rate are one.
fn merged(segments: Vec<RateSegment>) -> Vec<RateSegment> {
    let mut all: Vec<RateSegment> = Vec::with_capacity(segments.len());
    for segment in segments {
        match all.last_mut() {
            Some(last)
                if last.rate_from.to_bits() == last.rate_until.to_bits()
                    && segment.rate_from.to_bits() == last.rate_from.to_bits()
                    && segment.rate_until.to_bits() == last.rate_from.to_bits() =>
            {
                last.until = segment.until;
            }
            _ => all.push(segment),
        }
    }
    all
}
