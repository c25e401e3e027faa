//! Timeouts: whoever is outside goes on at once; what is inside lives on, unless it is told to stop.

use archsim_sim::{Class, Id, Span, Stream, mutant};

use super::World;
use super::entity::{Child, Passage, PassageState, Standing};
use super::event::Event;
use super::observe::{Note, Observer};
use super::onion::guard_state;
use crate::plan::Mode;
use crate::policy::{Layer, Outcome};
use crate::record::Cause;

impl<O: Observer> World<'_, O> {
    pub(super) fn start_timeout(&mut self, id: Id<Passage>, layer: u8, span: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        let (origin, guard) = (&mut passage.call.origin, passage.call.guard.at());
        let rank = origin.rank;
        if let Layer::Timeout(timeout) = &self.plan.guards[guard].layers[layer as usize]
            && timeout.deadline
        {
            origin.deadline = origin.deadline.min(now + span);
        }
        match self.layout.guards[guard].timeouts[layer as usize] {
            Some(delay) => self.agenda.after(delay, Class::Timer, rank, Event::Timeout(id)),
            None => self.agenda.schedule(now + span, Class::Timer, rank, Event::Timeout(id)),
        }
    }

    /// A passage's time is over.
    pub(super) fn timed_out(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        if !self.can_be_left(passage) {
            self.call_late(id);
            return;
        }
        let (caller, call, layer) = (passage.caller, passage.call, passage.from);
        let (was_abandoned, socket) = (passage.is_dead(), self.is_socket(passage));
        self.note(call.origin, Note::TimedOut(call.site, layer));
        if matches!(self.layer(&call, layer), Layer::Timeout(timeout) if timeout.cancel) {
            self.cancel_passage(id);
        } else if socket {
            self.close_socket(id);
        } else {
            self.abandon_layers(id, layer + 1);
            self.passages[id].standing = Standing::Fired;
            self.end_pause_inside(id);
        }
        let outcome = if was_abandoned { Outcome::Abandoned } else { Outcome::Failed(Cause::Timeout) };
        self.pass_on(caller, call.site, outcome);
    }

    /// Work on the caller's own thread cannot be left, only be called late when it is done. A pool's thread can be
    /// left to it, and where attempts hold no threads there is nothing that could not be left.
    fn can_be_left(&self, passage: &Passage) -> bool {
        let guard = &self.plan.guards[passage.call.guard.at()];
        !self.plan.sites[passage.call.site.at()].in_process
            || self.layout.guard(passage.call.guard).pool_inside[passage.from as usize]
            || self.plan.deployables[guard.deployable.at()].mode == Mode::Asynchronous
    }

    fn call_late(&mut self, id: Id<Passage>) {
        let passage = &mut self.passages[id];
        if !passage.is_dead() {
            passage.standing = Standing::Late;
        }
    }

    /// Whether a timeout has nothing inside but the attempt itself: the client's socket.
    fn is_socket(&self, passage: &Passage) -> bool {
        let segments = self.layout.guard(passage.call.guard).segments.len();
        passage.to == passage.from + 1 && passage.segment as usize + 1 == segments
    }

    /// Nothing is held here any more for an attempt that may go on at its instance.
    fn close_socket(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.remove(id) else { return };
        if let Child::Attempt(attempt) = passage.child {
            self.abandon_attempt(attempt);
        }
    }

    /// Tells all layers from `first` inwards, and the passages further in, that nobody waits for them any more:
    /// innermost first, as outcomes travel.
    fn abandon_layers(&mut self, id: Id<Passage>, first: u8) {
        let passage = &mut self.passages[id];
        passage.call.origin.wasted = true;
        let told_before = passage.is_dead();
        passage.standing = Standing::Abandoned;
        let (child, entered) = (passage.child, passage.entered());
        match child {
            Child::Passage(inner) => self.abandon_layers(inner, self.passages[inner].from),
            Child::Attempt(attempt) => self.abandon_attempt(attempt),
            _ => {}
        }
        if !told_before {
            for layer in (first..entered).rev() {
                self.ask_to_leave(id, layer, Outcome::Abandoned);
                if mutant!("permit-back-at-timeout") {
                    let call = self.passages[id].call;
                    self.layer_ended(&call, layer);
                }
            }
        }
    }

    /// Nothing is under way inside a pause: abandoned passages around one end here and now.
    fn end_pause_inside(&mut self, id: Id<Passage>) {
        let mut innermost = id;
        while let Child::Passage(inner) = self.passages[innermost].child {
            innermost = inner;
        }
        if let PassageState::Pausing(layer) = self.passages[innermost].state {
            self.leave_layers(innermost, layer + 1, Outcome::Abandoned);
        }
    }

    /// Gives up a whole call: places in lines, permits, threads, nested attempts.
    pub(super) fn cancel_passage(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        let (child, state, mut entered) = (passage.child, passage.state, passage.entered());
        match child {
            Child::Passage(inner) => self.cancel_passage(inner),
            Child::Attempt(attempt) => self.give_up_attempt(attempt),
            _ => {}
        }
        if let PassageState::Waiting(layer) = state
            && self.leave_permit_line(id, layer).is_none()
        {
            // Its permit was on the way: it comes back below.
            entered = layer + u8::from(!mutant!("permit-lost-on-the-way"));
        }
        let Some(passage) = self.passages.remove(id) else { return };
        if let PassageState::Substituting(layer) = state {
            let now = self.now();
            let state = guard_state(&mut self.instances, &self.layout, &passage.call);
            state.policies[layer as usize].substituted(now);
        }
        self.release_layers(&passage, entered);
    }

    /// What the layers of a cancelled passage held comes back, and they learn that nobody waits.
    fn release_layers(&mut self, passage: &Passage, entered: u8) {
        let now = self.now();
        for layer in (passage.from..entered).rev() {
            self.layer_ended(&passage.call, layer);
            if !passage.is_dead() {
                let mut memory = passage.memory;
                let draw = |key: u64| Stream::keyed(passage.path.with(key));
                let state = guard_state(&mut self.instances, &self.layout, &passage.call);
                state.policies[layer as usize].leave(now, Outcome::Abandoned, &mut memory, draw);
            }
        }
        self.tell_refuser(&passage.call, passage.refused_by);
    }
}
