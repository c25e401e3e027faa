//! Requests that no user waits for: `workload.jobs`.

use archsim_sim::{Key, Span, Time};

use super::common::{NAME, SPAN, SPAN_ABOVE, SPAN_UNBOUNDED};
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Choice, Names, Record, Shape, default, optional, required, variant};
use super::system::Named;
use super::tree::{Entry, Node};
use super::workload::{PROFILE, Run, segments};
use crate::plan::{Arrivals, Job, JobKeys, JourneyId, RateSegment};

/// `workload.jobs`.
pub static JOBS: Shape = Shape::Map(&Names {
    noun: "job",
    of: &Shape::Record(&JOB),
    general: None,
    edges: false,
    may_be_empty: true,
});
static JOB: Record = Record::new(
    "a job",
    &[
        required("journey", &NAME, "What its requests ask for; a journey of `share: 0%` is for jobs alone."),
        required("arrivals", &ARRIVALS, "When its requests come."),
        default("from", &SPAN, "0s", "with the measured start", "When it begins, from the measured start."),
        default(
            "for",
            &SPAN_UNBOUNDED,
            "unbounded",
            "to the end of the measured time",
            "How long it goes on.",
        ),
        optional(
            "every",
            &SPAN_ABOVE,
            "it runs once",
            "How long after it began it begins again: a schedule of runs, each `for` so long.",
        ),
        default(
            "keys",
            &KEYS,
            "scan",
            "assumed: a batch goes through all there is",
            "Which keys it is about: as popular as users', any alike, or one after the other.",
        ),
    ],
);
static KEYS: Shape = Shape::Scalar(Scalar::Words(&["popular", "uniform", "scan"]));
static ARRIVALS: Shape = Shape::Choice(&Choice {
    noun: "a kind of arrivals of a job",
    plain: None,
    variants: &[
        variant("poisson", &PROFILE, "at random"),
        variant("constant", &PROFILE, "as even as the rate allows"),
    ],
});

/// How often a job runs at most.
const RUNS_MAX: u64 = 10_000;

/// Reads the resolved `jobs` of a workload.
pub fn read(reader: &mut Reader<'_>, node: &Node, journeys: &[Named], run: &Run, path: &str) -> Vec<Job> {
    if node.entries().len() > Job::KINDS_MAX {
        reader
            .report
            .error("E0564", node.place, path, "these are too many kinds of jobs")
            .found(format!("{} jobs", node.entries().len()))
            .allowed(format!("up to {}", Job::KINDS_MAX));
        return Vec::new();
    }
    node.entries().iter().filter_map(|entry| job(reader, entry, journeys, run, path)).collect()
}

fn job(reader: &mut Reader<'_>, entry: &Entry, journeys: &[Named], run: &Run, path: &str) -> Option<Job> {
    let (path, node) = (format!("{path}.{}", entry.key), &entry.node);
    let journey = reader.find("journey", journeys, node.at("journey"), &format!("{path}.journey"))?;
    let (kind, profile) = node.at("arrivals").choice()?;
    let rate = segments(reader, profile, run, &format!("{path}.arrivals.{kind}"));
    let (from, lasts) = (node.at("from").span(), node.at("for").span_or_forever());
    if run.at(from) >= run.horizon {
        reader
            .report
            .error("E0565", node.at("from").place, &format!("{path}.from"), "this job begins after the end")
            .found(format!("from {from}"))
            .allowed(format!("before {}, the measured time", run.horizon.since(run.warmup)))
            .help("make `run.measure` longer, or begin earlier");
    }
    let begins = begins(reader, node, (from, lasts), run, &path)?;
    let until = |from: Time| if lasts == Span::FOREVER { run.horizon } else { run.horizon.min(from + lasts) };
    Some(Job {
        name: entry.key.clone(),
        journey: JourneyId(journey as u16),
        arrivals: Arrivals::Open {
            rate: begins.into_iter().flat_map(|from| within(&rate, from, until(from))).collect(),
            poisson: kind == "poisson",
        },
        keys: match node.at("keys").text() {
            Some("popular") => JobKeys::Popular,
            Some("uniform") => JobKeys::Uniform,
            _ => JobKeys::Scan,
        },
        key: Key::of_name(&format!("jobs.{}", entry.key)),
    })
}

/// When a job's runs begin: once, or at the multiples of `every` after `from`.
fn begins(
    reader: &mut Reader<'_>,
    node: &Node,
    (from, lasts): (Span, Span),
    run: &Run,
    path: &str,
) -> Option<Vec<Time>> {
    let first = run.at(from);
    let Some(at) = node.get("every") else { return Some(vec![first]) };
    let every = at.span();
    if lasts >= every {
        let found = if lasts == Span::FOREVER { "no end".to_owned() } else { format!("`for: {lasts}`") };
        reader
            .report
            .error(
                "E0615",
                at.place,
                &format!("{path}.every"),
                "a run of this job is not over when the next begins",
            )
            .found(format!("{found}, every {every}"))
            .allowed("`for` shorter than `every`")
            .help("a job that never rests has no `every`");
        return None;
    }
    let runs = run.horizon.since(first).as_nanos().div_ceil(every.as_nanos());
    if runs > RUNS_MAX {
        reader
            .report
            .error("E0616", at.place, &format!("{path}.every"), "these are too many runs of a job")
            .found(format!("{runs} runs"))
            .allowed(format!("up to {RUNS_MAX}"))
            .help("what comes so often comes all the time: an even rate, without `every`");
        return None;
    }
    Some((0..runs.max(1)).map(|number| first + every * number).collect())
}

/// What of a rate over time lies between two instants.
fn within(rate: &[RateSegment], from: Time, until: Time) -> Vec<RateSegment> {
    let cut = |it: &RateSegment| {
        let (start, end) = (it.from.max(from), it.until.min(until));
        let length = it.until.since(it.from).as_secs_f64();
        let at = |time: Time| {
            let share = time.since(it.from).as_secs_f64() / length;
            it.rate_from + (it.rate_until - it.rate_from) * share
        };
        (start < end).then(|| RateSegment {
            from: start,
            until: end,
            rate_from: at(start),
            rate_until: at(end),
        })
    };
    rate.iter().filter_map(cut).collect()
}
