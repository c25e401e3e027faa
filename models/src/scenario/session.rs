//! What users ask for between coming and going: `workload.session`.

use archsim_sim::{Count, Span, Time};

use super::arrivals::{BATCH, count};
use super::common::{DISTRIBUTION, NAME, SHARE, SHARE_ABOVE};
use super::read::Reader;
use super::shape::{Names, Record, Shape, default, optional, required};
use super::system::Named;
use super::tree::{Entry, Node};
use super::workload::Run;
use crate::plan::{Arrivals, DataId, JourneyId, Session, Walk};

/// `workload.session`.
pub static SESSION: Shape = Shape::Record(&Record::new(
    "a session",
    &[
        optional(
            "of",
            &NAME,
            "each request draws its items by itself",
            "The data set of the users: a session is of one item, drawn once, that all its requests ask for first.",
        ),
        optional(
            "requests",
            &BATCH,
            "until the `walk` leaves",
            "How many requests it makes, if none fails; 4096 at most.",
        ),
        required("think", &DISTRIBUTION, "Time between an answer, or a failure, and the next request."),
        default(
            "leaves-after-failure",
            &SHARE,
            "0%",
            "users go on unless said",
            "The probability that a user leaves after a request that failed.",
        ),
        optional(
            "walk",
            &WALK,
            "each request is for any journey, by share",
            "What is asked for next, given what was asked for last; the first journey goes by `share`.",
        ),
    ],
));
/// `experiment.arms.NAME.workload.session`: what it changes.
pub static SESSION_CHANGE: Shape = Shape::Record(&Record::new(
    "a change of sessions",
    &[
        optional("of", &NAME, AS_BEFORE, "The data set of the users."),
        optional("requests", &BATCH, AS_BEFORE, "How many requests it makes, if none fails."),
        optional(
            "think",
            &DISTRIBUTION,
            AS_BEFORE,
            "Time between an answer, or a failure, and the next request.",
        ),
        optional(
            "leaves-after-failure",
            &SHARE,
            AS_BEFORE,
            "The probability that a user leaves after a failure.",
        ),
        optional("walk", &WALK, AS_BEFORE, "What is asked for next, given what was asked for last."),
    ],
));
const AS_BEFORE: &str = "as in `workload.session`";
static WALK: Shape =
    Shape::Map(&Names { noun: "journey", of: &NEXT, general: None, edges: false, may_be_empty: false });
static NEXT: Shape =
    Shape::Map(&Names { noun: "journey", of: &SHARE_ABOVE, general: None, edges: false, may_be_empty: true });

/// Longer sessions than this, on average, are said otherwise: hardly one of them may reach the most requests there are.
const MEAN_MAX: f64 = 256.0;

/// What there is to ask for.
pub struct Asked {
    /// The journeys.
    pub journeys: Vec<Named>,
    /// Their shares.
    pub shares: Vec<f64>,
    /// The data sets.
    pub data: Vec<Named>,
}

impl Asked {
    /// What a resolved system has.
    pub fn of(system: &Node) -> Asked {
        let named = |node: &Node| -> Vec<Named> { node.entries().iter().map(Named::from).collect() };
        // What is no share has been reported.
        let share =
            |entry: &Entry| entry.node.get("share").filter(|it| !it.is_broken()).map_or(0.0, Node::share);
        Asked {
            journeys: named(system.at("journeys")),
            shares: system.at("journeys").entries().iter().map(share).collect(),
            data: named(system.at("data")),
        }
    }
}

/// Reads a resolved `workload.session`. What is asked for by name has to be there.
pub fn read(reader: &mut Reader<'_>, node: &Node, asked: &Asked, run: &Run, path: &str) -> Option<Session> {
    let of = node.get("of").map(|of| reader.find("data set", &asked.data, of, &format!("{path}.of")));
    let requests = node.get("requests").map(|it| count(reader, it, "a session", &format!("{path}.requests")));
    let walk = node.get("walk").map(|walk| self::walk(reader, walk, asked, &format!("{path}.walk")));
    let Some(think) = node.get("think") else {
        // Where only an arm has sessions, nothing is laid on anything.
        reader
            .report
            .error("E0203", node.place, path, "a session needs `think`")
            .found("no `think` here, and none in `workload.session`")
            .allowed("a distribution of time");
        return None;
    };
    let think = reader.distribution(think, &format!("{path}.think"));
    let user = match of {
        Some(found) => Some(DataId(found? as u16)),
        None => None,
    };
    let walk = match walk {
        Some(walk) => Some(walk?),
        None => None,
    };
    let visits = match (&requests, &walk) {
        (None, None) => vec![f64::INFINITY],
        _ => Session::visits(&asked.shares, requests.as_ref(), walk.as_ref()),
    };
    let session =
        Session { user, requests, think, leaves: node.at("leaves-after-failure").share(), walk, visits };
    if !ends(reader, node, &session, path) {
        return None;
    }
    lost(reader, node.at("walk"), asked, &session, path);
    warms_up(reader, node, &session, run, path);
    Some(session)
}

/// Journeys of a walk that nobody gets to.
fn lost(reader: &mut Reader<'_>, walk: &Node, asked: &Asked, session: &Session, path: &str) {
    for entry in walk.entries() {
        let at = asked.journeys.iter().position(|journey| journey.name == entry.key);
        if at.is_some_and(|at| session.visits[at] <= 0.0) {
            let path = format!("{path}.walk.{}", entry.key);
            reader
                .report
                .warning("W0761", entry.place, &path, format!("no session comes to `{}`", entry.key))
                .found("`share: 0%`, and nothing that leads there")
                .allowed("journeys that sessions begin with, or that follow on another one")
                .help("let it follow on another journey, or remove it from the walk");
        }
    }
}

/// Whether the first sessions are over when it is measured.
fn warms_up(reader: &mut Reader<'_>, node: &Node, session: &Session, run: &Run, path: &str) {
    let thinks = Span::from_secs_f64((session.mean() - 1.0).max(0.0) * session.think.mean() / 1e9);
    let warmup = run.warmup.since(Time::ZERO);
    if warmup < thinks {
        reader
            .report
            .warning("W0762", node.place, path, "it is measured before sessions are in their stride")
            .found(format!("sessions that think for {thinks} in all, a warm-up of {warmup}"))
            .allowed(format!("{thinks} or more, better three times as long"))
            .help("make `run.warmup` longer; fine if the beginning is the experiment");
    }
}

/// Whether a session ends, and soon enough.
fn ends(reader: &mut Reader<'_>, node: &Node, session: &Session, path: &str) -> bool {
    let (mean, most) = (session.mean(), session.requests.as_ref().and_then(Count::most));
    let (found, key) = if mean.is_infinite() {
        ("neither `requests` nor a `walk`".to_owned(), None)
    } else if let Some(most) = most.filter(|&most| most > Session::REQUESTS_MAX) {
        (format!("{most} requests"), Some("requests"))
    } else if mean > MEAN_MAX && session.requests.is_none() {
        ("a walk that hardly anybody leaves".to_owned(), Some("walk"))
    } else if mean > MEAN_MAX && most.is_none() {
        (format!("{mean:.0} requests on average"), Some("requests"))
    } else {
        return true;
    };
    let place = key.map_or(node, |key| node.at(key)).place;
    let path = key.map_or_else(|| path.to_owned(), |key| format!("{path}.{key}"));
    reader
        .report
        .error("E0611", place, &path, "these sessions do not end, or not soon enough")
        .found(found)
        .allowed(format!("up to {} requests, {MEAN_MAX} on average", Session::REQUESTS_MAX))
        .help("say how many `requests`, or let some users leave the `walk`: what is missing to 100% leaves");
    false
}

/// Users of a session come from outside, and no more of them than can be told apart.
pub fn come(reader: &mut Reader<'_>, node: &Node, arrivals: &Arrivals, expected: f64, path: &str) {
    let nobody = match arrivals {
        Arrivals::Closed { .. } => Some("users of a closed workload, who never leave"),
        Arrivals::Open { rate, .. } if rate.is_empty() => Some("`arrivals: none`"),
        _ => None,
    };
    if let Some(nobody) = nobody {
        reader
            .report
            .error("E0613", node.place, path, "there is nobody whose sessions these could be")
            .found(nobody)
            .allowed("arrivals that are `poisson`, `constant` or `modulated`: those of sessions")
            .help("users of a `closed` workload think and ask for ever; remove `session`, or let users come and go");
    }
    // Some more come than are expected.
    let most = 0.95 * Session::SESSIONS_MAX as f64;
    if expected > most {
        reader
            .report
            .error("E0614", node.place, path, "these are more sessions than a run can tell apart")
            .found(format!("{expected:.0} sessions"))
            .allowed(format!("up to {most:.0}"))
            .help("a shorter run, or fewer users: rates are those of sessions, not of requests");
    }
}

fn walk(reader: &mut Reader<'_>, node: &Node, asked: &Asked, path: &str) -> Option<Walk> {
    let mut next = vec![Vec::new(); asked.journeys.len()];
    let mut whole = true;
    for entry in node.entries() {
        let path = format!("{path}.{}", entry.key);
        let from = reader.find_key("journey", &asked.journeys, entry, &path);
        let then = followers(reader, &entry.node, &asked.journeys, &path);
        match (from, then) {
            (Some(from), Some(then)) => next[from] = then,
            _ => whole = false,
        }
    }
    whole.then(|| Walk { first: asked.shares.clone(), next })
}

/// What follows on a journey: what is missing to the whole leaves.
fn followers(
    reader: &mut Reader<'_>,
    node: &Node,
    journeys: &[Named],
    path: &str,
) -> Option<Vec<(JourneyId, f64)>> {
    let next = node.entries().iter().map(|entry| {
        let at = reader.find_key("journey", journeys, entry, &format!("{path}.{}", entry.key))?;
        Some((JourneyId(at as u16), entry.node.share()))
    });
    // All names are looked up, so that all that are wrong are reported.
    let next: Vec<_> = next.collect();
    let next = next.into_iter().collect::<Option<Vec<_>>>()?;
    let sum: f64 = next.iter().map(|&(_, share)| share).sum();
    if sum > 1.0 + 1e-9 {
        reader
            .report
            .error("E0612", node.place, path, "more than all users go on")
            .found(format!("{}%", (sum * 1e8).round() / 1e6))
            .allowed("up to 100%; what is missing leaves");
        return None;
    }
    Some(next)
}
