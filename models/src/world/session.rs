//! Sessions: users come, ask, think, ask again, and leave.
//!
//! What a session asks for, and how often, is drawn by its number and the place of the request in it, so that it is
//! the same in every arm, however long answers take: only *when* it asks, and whether it has left, is up to the arm.

use archsim_sim::{Class, Id, Key, Span, Stream, Time, mutant};

use super::World;
use super::arrivals::THINK;
use super::entity::Asker;
use super::event::Event;
use super::observe::Observer;
use crate::plan;
use crate::policy::Outcome;

const SESSION: u64 = Key::of_name("session");
const REQUESTS: u64 = Key::of_name("requests");
const NEXT: u64 = Key::of_name("next");
const LEAVES: u64 = Key::of_name("leaves");

/// A user between coming and going.
#[derive(Debug)]
pub(crate) struct Session {
    /// The place of its number among those of all that come.
    number: u64,
    /// Names its draws.
    pub(super) path: Key,
    /// When its user came.
    began: Time,
    /// What is asked for next, or was asked for last.
    journey: usize,
    /// Requests so far.
    asked: u32,
    /// Requests at most.
    requests: u32,
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All that the user wanted has been asked for.
    Whole,
    /// The user would have asked for more, but for a failure.
    GivenUp,
}

impl<O: Observer> World<'_, O> {
    /// A user comes, and asks at once.
    pub(super) fn begin_session(&mut self, settings: &plan::Session) {
        let path = self.dice.with(SESSION).with(self.arrivals.came);
        let most = plan::Session::REQUESTS_MAX;
        let requests = settings.requests.as_ref();
        let requests =
            requests.map_or(most, |it| it.sample(&mut Stream::keyed(path.with(REQUESTS))).min(most));
        let session = Session {
            number: self.arrivals.number,
            path,
            began: self.now(),
            journey: self.choose_journey(path.with(0)),
            asked: 0,
            requests,
        };
        self.arrivals.came += 1;
        self.arrivals.number += 1;
        self.counts.session_begins(self.now());
        let id = self.sessions.insert(session);
        self.session_asks(id);
    }

    /// The user has thought.
    pub(super) fn session_asks(&mut self, id: Id<Session>) {
        let session = &mut self.sessions[id];
        let (path, number) = (session.path.with(u64::from(session.asked)), session.next_request());
        let journey = session.journey;
        session.asked += 1;
        self.asked_on += u64::from(session.asked > 1);
        self.begin_request(path, Asker::Session(id), Some(journey), number);
    }

    /// A request of a session is over: its user asks for more, later, or leaves.
    pub(super) fn session_goes_on(&mut self, id: Id<Session>, outcome: Outcome) {
        let Some(settings) = &self.plan.workload.session else { return };
        let session = &self.sessions[id];
        // Of the request that was answered, and of the one to come.
        let (last, path) =
            (session.path.with(u64::from(session.asked) - 1), session.path.with(u64::from(session.asked)));
        let Some(journey) = self.wanted_next(session, path) else {
            return self.session_ends(id, Ended::Whole);
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        if failed && Stream::keyed(last.with(LEAVES)).chance(settings.leaves) {
            let how = if mutant!("who-gives-up-has-got-all") { Ended::Whole } else { Ended::GivenUp };
            return self.session_ends(id, how);
        }
        let thinks = settings.think.sample(&mut Stream::keyed(path.with(THINK)));
        let thinks = if mutant!("sessions-do-not-think") { Span::ZERO } else { thinks };
        let (at, rank) = (self.now() + thinks, self.layout.rank_of(session.next_request()));
        self.sessions[id].journey = journey;
        if at < self.plan.horizon {
            self.agenda.schedule(at, Class::Arrival, rank, Event::Next(id));
        }
    }

    /// What a session would ask for next, if its user stays.
    fn wanted_next(&self, session: &Session, path: Key) -> Option<usize> {
        if session.asked >= session.requests {
            return None;
        }
        match self.plan.workload.session.as_ref().and_then(|it| it.walk.as_ref()) {
            Some(walk) if !mutant!("walk-begins-anew") => {
                let mut coin = Stream::keyed(path.with(NEXT)).unit();
                // What is missing to the whole leaves.
                let next = walk.next[session.journey].iter().find(|(_, share)| {
                    coin -= share;
                    coin < 0.0
                });
                next.map(|(journey, _)| journey.at())
            }
            _ => Some(self.choose_journey(path)),
        }
    }

    fn session_ends(&mut self, id: Id<Session>, how: Ended) {
        if let Some(session) = self.sessions.remove(id) {
            self.counts.session_ends((session.began, session.asked), self.agenda.now(), how);
        }
    }
}

impl Session {
    /// The number of the request that comes next.
    const fn next_request(&self) -> u64 {
        plan::Session::request(self.number, self.asked)
    }
}
