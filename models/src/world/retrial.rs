//! Retrials: users who were turned away ask again after a while. Queueing theory says that they are in orbit.
//!
//! It stays the same request: in flight from the first time it asks, with the patience that it came with. Each attempt
//! is drawn anew, as those of a retry policy are, or a coin that failed it once would fail it for ever.

use archsim_sim::{Class, Id, Key, Limit, Stream};

use super::World;
use super::entity::{Origin, Request};
use super::event::Event;
use super::observe::{Note, Observer};
use crate::plan::Job;
use crate::policy::Outcome;
use crate::record::Cause;

const RETRIAL: u64 = Key::of_name("retrial");
const RETURNS: u64 = Key::of_name("returns");
const ORBIT: u64 = Key::of_name("orbit");

impl<O: Observer> World<'_, O> {
    /// The user has an answer, unless it was that there is no room, and there will be another time.
    pub(super) fn user_answered(&mut self, id: Id<Request>, outcome: Outcome) {
        match outcome {
            Outcome::Failed(cause) if cause.turns_away() && self.goes_into_orbit(id, cause) => {}
            _ => self.settle_request(id, outcome),
        }
    }

    fn goes_into_orbit(&mut self, id: Id<Request>, cause: Cause) -> bool {
        let Some(retrial) = &self.plan.workload.retrial else { return false };
        let Some(request) = self.requests.get_mut(id) else { return false };
        let key = request.path.with(RETRIAL).with(u64::from(request.asked));
        let is_job = Job::of_request(request.number).is_some();
        let was_last = matches!(retrial.attempts, Limit::AtMost(most) if request.asked >= most);
        if is_job || was_last || !Stream::keyed(key.with(RETURNS)).chance(retrial.share) {
            return false;
        }
        request.asked = request.asked.saturating_add(1);
        request.in_orbit = true;
        request.entry = None;
        request.known = 0;
        request.wrote = 0;
        let rank = self.layout.rank_of(request.number);
        let at = self.agenda.now() + retrial.after.sample(&mut Stream::keyed(key.with(ORBIT)));
        self.in_orbit += 1;
        if O::LOOKS {
            self.observer.note(self.agenda.now(), request.number, Note::TurnedAway(cause));
        }
        self.agenda.schedule(at, Class::Arrival, rank, Event::Retrial(id));
        true
    }

    /// The user asks again, unless there was no patience left for it.
    pub(super) fn ask_again(&mut self, id: Id<Request>) {
        let Some(request) = self.requests.get_mut(id) else { return };
        request.in_orbit = false;
        self.in_orbit -= 1;
        let path = request.path.with(RETRIAL).with(u64::from(request.asked - 1));
        self.enter(id, path);
    }

    /// Whether a user still waits for what comes of this: an attempt that was turned away may have left parts behind.
    pub(super) fn is_wanted(&self, origin: &Origin) -> bool {
        self.wanted(origin).is_some()
    }

    /// The request that waits for what comes of this.
    pub(super) fn wanted(&self, origin: &Origin) -> Option<&Request> {
        self.requests.get(origin.request).filter(|request| request.asked as u16 == origin.asked)
    }
}
