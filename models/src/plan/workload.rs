//! Who comes, and when.

use super::{JourneyId, Session};
use archsim_sim::{Count, Distribution, Limit, Time};

use super::phase::{Phase, mean_of};

/// Who comes, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Arrivals of requests.
    pub arrivals: Arrivals,
    /// How many requests, or sessions, come at each arrival; one for users of a closed workload.
    pub batch: Count,
    /// What comes at given instants besides, in the order of time.
    pub scheduled: Vec<Scheduled>,
    /// How long users wait at most.
    pub patience: Option<Distribution>,
    /// What their patience is spent on.
    pub over: PatienceOver,
    /// What happens when they stop waiting.
    pub leaves: Leaves,
    /// When they ask again after they were turned away, if they do.
    pub retrial: Option<Retrial>,
    /// Requests that no user waits for, each kind with arrivals of its own.
    pub jobs: Vec<Job>,
    /// What comes at each arrival, if it is more than a request.
    pub session: Option<Session>,
}

/// Requests that no user waits for, beside those of users: a batch. They have patience without end, are not tried
/// again, and have numbers and draws of their own, so that they change no user's.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// What they ask for.
    pub journey: JourneyId,
    /// When they come; from outside.
    pub arrivals: Arrivals,
    /// Which keys they are about.
    pub keys: JobKeys,
    /// Names its draws.
    pub key: u64,
}

/// Which keys jobs are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKeys {
    /// The same as users: by popularity.
    Popular,
    /// Any, alike.
    Uniform,
    /// One after the other, through the whole data set and again.
    Scan,
}

impl Job {
    /// Of how many kinds there may be jobs.
    pub const KINDS_MAX: usize = 15;
    /// Requests of users have lower numbers than this; the first kind of jobs begins here, the second at twice as
    /// much.
    const FIRST: u64 = 1 << 34;

    /// The number of a request among all: the `number`-th of the kind.
    pub const fn request(kind: usize, number: u64) -> u64 {
        Job::FIRST * (kind as u64 + 1) + number
    }

    /// The kind of job that a request is, and its number within it; nothing if it is a user's.
    pub const fn of_request(request: u64) -> Option<(usize, u64)> {
        match (request / Job::FIRST).checked_sub(1) {
            Some(kind) => Some((kind as usize, request % Job::FIRST)),
            None => None,
        }
    }
}

impl Workload {
    /// Users who come one by one, with unlimited patience.
    pub const fn of(arrivals: Arrivals) -> Self {
        Workload {
            arrivals,
            batch: Count::Constant(1),
            scheduled: Vec::new(),
            patience: None,
            over: PatienceOver::Stay,
            leaves: Leaves::Unnoticed,
            retrial: None,
            jobs: Vec::new(),
            session: None,
        }
    }

    /// Requests per second on average over the whole run, and at the peak; `None` if the users are a closed circle.
    /// Those of a session count as if all came with it.
    /// What comes at given instants, and jobs, are not counted.
    pub fn rate(&self) -> Option<(f64, f64)> {
        let (mean, peak) = match &self.arrivals {
            Arrivals::Open { rate, .. } => {
                let seconds = |it: &RateSegment| it.until.since(it.from).as_secs_f64();
                let all: f64 = rate.iter().map(RateSegment::expected).sum();
                let time: f64 = rate.iter().map(seconds).sum();
                let peak = rate.iter().map(|it| it.rate_from.max(it.rate_until)).fold(0.0, f64::max);
                (if time > 0.0 { all / time } else { 0.0 }, peak)
            }
            Arrivals::Modulated { states } => {
                (mean_of(states), states.iter().map(|it| it.value).fold(0.0, f64::max))
            }
            Arrivals::Closed { .. } => return None,
        };
        let each = self.batch.mean() * self.session.as_ref().map_or(1.0, Session::mean);
        Some((mean * each, peak * each))
    }
}

/// Arrivals of requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// From outside, whatever the system does.
    Open {
        /// Arrivals per second over time.
        rate: Vec<RateSegment>,
        /// Whether the gaps are random (Poisson) or as even as the rate allows.
        poisson: bool,
    },
    /// From outside, at random, at a rate that goes from state to state: a Markov-modulated Poisson process, where
    /// stays are exponential.
    Modulated {
        /// By arrivals per second; the first is the state at the start of the run.
        states: Vec<Phase>,
    },
    /// Users who ask, wait for the answer, think, and ask again.
    Closed {
        /// How many.
        users: u32,
        /// Time between an answer and the next request.
        think: Distribution,
    },
}

/// A stretch of time in which the rate changes linearly. Segments follow each other without gaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateSegment {
    /// Start.
    pub from: Time,
    /// End (the next one's start).
    pub until: Time,
    /// Arrivals per second at the start.
    pub rate_from: f64,
    /// Arrivals per second at the end.
    pub rate_until: f64,
}

impl RateSegment {
    /// Expected arrivals.
    pub fn expected(&self) -> f64 {
        let seconds = (self.until - self.from).as_secs_f64();
        seconds * (self.rate_from + self.rate_until) / 2.0
    }
}

/// Requests that come all at once at a given instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// When.
    pub at: Time,
    /// How many.
    pub requests: u32,
    /// What they ask for; `None` if that is left to the shares of the journeys.
    pub journey: Option<usize>,
}

/// Users who are turned away ([`Cause::turns_away`](crate::record::Cause::turns_away)) ask again: it stays the same
/// request, which is in flight from the first time to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrial {
    /// Time until they do; not always nothing.
    pub after: Distribution,
    /// How often a request asks in all, the first time included.
    pub attempts: Limit,
    /// Share of those turned away who ask again, each time anew.
    pub share: f64,
}

/// What users are patient about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatienceOver {
    /// The whole stay: from asking to the answer.
    Stay,
    /// The wait in the entry's accept queue alone: whoever is being served stays to the end.
    Wait,
}

/// What happens when a user's patience ends. The request has failed in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nobody downstream notices: the attempt keeps its place and is served in vain.
    Unnoticed,
    /// An attempt that still waits in the entry's accept queue is gone (queueing theory's reneging).
    Queue,
    /// The servers are told: queues, cores and nested calls are given up, one network delay later.
    Cancels,
}
