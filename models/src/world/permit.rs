//! Waiting for a permit of a bulkhead: a line before each such layer, longest wait first.

use archsim_sim::{Class, Id, Span, Time, mutant};

use super::World;
use super::entity::{Passage, PassageState};
use super::event::Event;
use super::observe::Observer;
use super::onion::guard_state;
use crate::policy::Outcome;
use crate::record::Cause;

impl<O: Observer> World<'_, O> {
    pub(super) fn wait_for_permit(&mut self, id: Id<Passage>, layer: u8, at_most: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Waiting(layer);
        passage.wait_ends = now + at_most;
        let (wait_ends, rank) = (passage.wait_ends, passage.call.origin.rank);
        guard_state(&mut self.instances, &self.layout, &passage.call).lines[layer as usize].push_back(id);
        if wait_ends < Time::NEVER {
            self.agenda.schedule(wait_ends, Class::Timer, rank, Event::PermitWait(id));
        }
    }

    /// A call that waited for a permit has it, unless nobody needs it any more.
    pub(super) fn permitted(&mut self, id: Id<Passage>, layer: u8) {
        let passage = &mut self.passages[id];
        passage.state = PassageState::Inside;
        if passage.is_dead() {
            self.leave_layers(id, layer + 1, Outcome::Abandoned);
        } else {
            self.enter_layers(id, layer + 1);
        }
    }

    /// A call has waited long enough for a permit.
    pub(super) fn permit_wait_over(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        let PassageState::Waiting(layer) = passage.state else { return };
        if self.now() < passage.wait_ends && !mutant!("old-wait-still-counts") {
            // The timer of an earlier try, which had its permit in time.
            return;
        }
        let dead = passage.is_dead();
        if let Some(cause) = self.leave_permit_line(id, layer) {
            let outcome = if dead { Outcome::Abandoned } else { Outcome::Failed(cause) };
            self.leave_layers(id, layer, outcome);
        }
    }

    /// Takes a call out of the line; `None` if its permit is on the way already.
    pub(super) fn leave_permit_line(&mut self, id: Id<Passage>, layer: u8) -> Option<Cause> {
        let now = self.now();
        let state = guard_state(&mut self.instances, &self.layout, &self.passages[id].call);
        let line = &mut state.lines[layer as usize];
        let place = line.iter().position(|&waiting| waiting == id)?;
        line.remove(place);
        Some(state.policies[layer as usize].gave_up(now))
    }
}
