//! Sessions: what a user asks for between coming and going.

use archsim_sim::{Count, Distribution};

use super::{DataId, JourneyId};

/// What comes at each arrival of an open workload in place of one request: a user who asks, reads the answer, and
/// asks again.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The data set of users: a session is about one item of it, drawn once.
    pub user: Option<DataId>,
    /// How many requests; `None` if the walk alone ends it.
    pub requests: Option<Count>,
    /// Time between an answer, or a failure, and the next request.
    pub think: Distribution,
    /// The probability of leaving after a request that failed.
    pub leaves: f64,
    /// What follows on what; without it each request is for any journey, by share.
    pub walk: Option<Walk>,
    /// By journey: requests for it in a session on average, if none fails.
    pub visits: Vec<f64>,
}

/// What users ask for next, given what they asked for last: a customer behaviour model graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// By journey: the share of sessions that begin with it.
    pub first: Vec<f64>,
    /// By journey: with which probability which one follows; the rest leaves.
    pub next: Vec<Vec<(JourneyId, f64)>>,
}

impl Session {
    /// A session ends at the latest when it has asked so often.
    pub const REQUESTS_MAX: u32 = 1 << 12;
    /// Of how many sessions each has requests with numbers of their own.
    pub const SESSIONS_MAX: u64 = 1 << 22;

    /// The number of a request among all: the one after `place` others of the session.
    pub const fn request(session: u64, place: u32) -> u64 {
        session * Session::REQUESTS_MAX as u64 + place as u64
    }

    /// The session of a request.
    pub const fn of_request(request: u64) -> u64 {
        request / Session::REQUESTS_MAX as u64
    }

    /// Requests in a session on average, if none fails.
    pub fn mean(&self) -> f64 {
        self.visits.iter().sum()
    }

    /// By journey, the share of all requests that are for it.
    pub fn shares(&self) -> Vec<f64> {
        let all = self.mean();
        self.visits.iter().map(|visits| visits / all).collect()
    }

    /// Requests in a session on average, by journey: the traffic equations of the walk, place after place. `shares`
    /// are those of the requests, with a walk those of the first ones.
    pub fn visits(shares: &[f64], requests: Option<&Count>, walk: Option<&Walk>) -> Vec<f64> {
        const LEFT_MIN: f64 = 1e-12;
        let mut all = vec![0.0; shares.len()];
        let mut now = shares.to_vec();
        for place in 1..=Session::REQUESTS_MAX {
            let goes_on = requests.map_or(1.0, |count| count.at_least(place));
            for (all, now) in all.iter_mut().zip(&now) {
                *all += now * goes_on;
            }
            if now.iter().sum::<f64>() * goes_on < LEFT_MIN {
                break;
            }
            if let Some(walk) = walk {
                now = walk.step(&now);
            }
        }
        all
    }
}

impl Walk {
    /// Where those are after one step who are here now, by journey.
    fn step(&self, now: &[f64]) -> Vec<f64> {
        let mut then = vec![0.0; now.len()];
        for (here, next) in now.iter().zip(&self.next) {
            for &(journey, share) in next {
                then[journey.at()] += here * share;
            }
        }
        then
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}, not {expected:?}");
    }

    /// Half go from the first to the second and 40 % back.
    fn walk() -> Walk {
        let next = vec![vec![(JourneyId(1), 0.5)], vec![(JourneyId(0), 0.4)]];
        Walk { first: vec![1.0, 0.0], next }
    }

    #[test]
    fn a_walk_visits_what_its_traffic_equations_say() {
        // V1 = 1 + 0.4 V2, V2 = 0.5 V1.
        near(&Session::visits(&[1.0, 0.0], None, Some(&walk())), &[1.25, 0.625]);
        let two = Count::Constant(2);
        near(&Session::visits(&[1.0, 0.0], Some(&two), Some(&walk())), &[1.0, 0.5]);
        // Who goes on with 1/2 each time walks with probabilities that are half as much.
        let half = Count::geometric(2.0);
        near(&Session::visits(&[1.0, 0.0], Some(&half), Some(&walk())), &[1.0 / 0.95, 0.25 / 0.95]);
    }

    #[test]
    fn without_a_walk_shares_are_those_of_all_requests() {
        let count = Count::one_of(&[(1.0, 1), (3.0, 5)]);
        near(&Session::visits(&[0.25, 0.75], Some(&count), None), &[1.0, 3.0]);
    }

    #[test]
    fn numbers_of_requests_tell_their_session() {
        let last = Session::request(Session::SESSIONS_MAX - 1, Session::REQUESTS_MAX - 1);
        assert_eq!(Session::of_request(last), Session::SESSIONS_MAX - 1);
        assert_eq!(super::super::Job::of_request(last), None);
        assert_eq!(Session::of_request(Session::request(7, 0)), 7);
    }
}
