//! The machine that walks calls in and out through their policies. It alone schedules; policies only answer.
//!
//! An onion is cut into *segments*: each timeout and each retry starts one. A call passes a segment on a
//! [`Passage`], so that what a timeout has left behind (a pool's thread, a socket) can live on in its own passage
//! while the retry outside sends another one in:
//!
//! ```text
//!   fallback breaker │ timeout 1 s  thread-pool │ timeout 30 s │ attempt
//!   ── passage 1 ────┼── passage 2 ─────────────┼── passage 3 ─┼────────
//!                       fires: passage 1 goes on with `timeout`;
//!                       passages 2 and 3 are abandoned, and end when the socket does
//! ```
//!
//! Ends travel outwards twice over: `leave` brings the outcome to whoever still waits for it, `ended` brings back
//! permits and threads when the work inside has really stopped. On the normal way out both happen together.
//!
//! This file walks; waiting for permits, answers in place of failures, and timeouts have files of their own.

use archsim_sim::{Class, Id, Key, Span, Stream, mutant};

use super::entity::{
    Attempt, AttemptState, Caller, Child, Frame, GuardedCall, Passage, PassageState, Standing,
};
use super::event::Event;
use super::instance::{GuardState, Instance};
use super::layout::Layout;
use super::observe::{Note, Observer};
use super::{Ready, World};
use crate::plan::{GuardId, SiteId};
use crate::policy::{Ended, Enter, Layer, Leave, Outcome};
use crate::record::Cause;

/// The policies around a call, as its instance holds them.
pub(super) fn guard_state<'i>(
    instances: &'i mut [Instance],
    layout: &Layout,
    call: &GuardedCall,
) -> &'i mut GuardState {
    &mut instances[call.instance as usize].guards[layout.guard(call.guard).local]
}

impl<O: Observer> World<'_, O> {
    /// A program calls through policies.
    pub(super) fn begin_guarded(&mut self, frame: Id<Frame>, site: SiteId, guard: GuardId, path: Key) {
        let caller = &self.frames[frame];
        let call = GuardedCall {
            origin: caller.origin,
            site,
            guard,
            instance: caller.instance,
            start: caller.call_start,
        };
        let passage = self.begin_passage(call, 0, Caller::Frame(frame), path);
        self.frames[frame].child = Child::Passage(passage);
        self.enter_layers(passage, 0);
    }

    fn begin_passage(&mut self, call: GuardedCall, segment: u8, caller: Caller, path: Key) -> Id<Passage> {
        let layers = self.layout.guard(call.guard).segments[segment as usize];
        self.passages.insert(Passage::new(call, segment, layers, caller, path))
    }

    /// Walks inwards through the passage's layers, starting with `layer`.
    pub(super) fn enter_layers(&mut self, id: Id<Passage>, layer: u8) {
        let to = self.passages[id].to;
        for layer in layer..to {
            match self.ask_to_enter(id, layer) {
                Enter::Pass => {}
                Enter::PassWithin(span) => self.start_timeout(id, layer, span),
                Enter::Wait { at_most } => {
                    self.wait_for_permit(id, layer, at_most);
                    return;
                }
                Enter::Refuse(cause) => {
                    self.refuse(id, layer, cause);
                    return;
                }
            }
        }
        self.pass_inside(id);
    }

    fn ask_to_enter(&mut self, id: Id<Passage>, layer: u8) -> Enter {
        let now = self.now();
        let passage = &mut self.passages[id];
        let state = guard_state(&mut self.instances, &self.layout, &passage.call);
        state.policies[layer as usize].enter(now, &mut passage.memory)
    }

    fn refuse(&mut self, id: Id<Passage>, layer: u8, cause: Cause) {
        let passage = &mut self.passages[id];
        passage.refused_by = Some(layer);
        let call = passage.call;
        self.note(call.origin, Note::Refused(call.site, layer, cause));
        self.leave_layers(id, layer, Outcome::Failed(cause));
    }

    /// All layers of the passage are passed: on to the next segment, or to the attempt itself.
    fn pass_inside(&mut self, id: Id<Passage>) {
        let passage = &mut self.passages[id];
        passage.state = PassageState::Inside;
        let (call, next, path) = (passage.call, passage.segment + 1, passage.inner_path());
        let Some(&(from, _)) = self.layout.guard(call.guard).segments.get(next as usize) else {
            self.make_attempt(id, call.site, path);
            return;
        };
        let inner = self.begin_passage(call, next, Caller::Passage(id), path);
        self.passages[id].child = Child::Passage(inner);
        self.enter_layers(inner, from);
    }

    /// The innermost step: a message to the callee, or its program inline.
    pub(super) fn make_attempt(&mut self, id: Id<Passage>, site_id: SiteId, path: Key) {
        let site = &self.plan.sites[site_id.at()];
        let call = self.passages[id].call;
        self.counts.attempted(self.plan, site_id, call.start, self.now());
        self.note(call.origin, Note::Attempted(site_id));
        let caller = Caller::Passage(id);
        if site.in_process {
            let order = self.next_order();
            let attempt = self.attempts.insert(Attempt {
                order,
                state: AttemptState::Running,
                inline: true,
                ..Attempt::new(call.origin, caller, site_id, site.callee, call.instance, path)
            });
            self.passages[id].child = Child::Attempt(attempt);
            self.begin_program(attempt);
            return;
        }
        let sent = self.send(caller, Some(site_id), site.callee, call.origin, path, Some(call.instance));
        if let Some(attempt) = sent {
            self.passages[id].child = Child::Attempt(attempt);
        }
    }

    /// An attempt (or a substitute's) has come back to the passage that made it.
    pub(super) fn attempt_returned(&mut self, id: Id<Passage>, outcome: Outcome) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        passage.child = Child::None;
        let (call, to, state) = (passage.call, passage.to, passage.state);
        if let PassageState::Substituting(layer) = state {
            self.capability_substituted(id, layer, outcome);
            return;
        }
        self.note(call.origin, Note::Returned(call.site, outcome));
        self.leave_layers(id, to, outcome);
    }

    /// Walks outwards from the layer before `below`: what is inside has ended with `outcome`.
    pub(super) fn leave_layers(&mut self, id: Id<Passage>, below: u8, outcome: Outcome) {
        let mut outcome = outcome;
        let from = self.passages[id].from;
        for layer in (from..below).rev() {
            let call = self.passages[id].call;
            let dead = self.passages[id].is_dead();
            if !(dead && mutant!("permit-back-at-timeout")) {
                self.layer_ended(&call, layer);
            }
            if dead {
                continue;
            }
            if self.passages[id].standing == Standing::Late
                && matches!(self.layer(&call, layer), Layer::Timeout(_))
            {
                self.note(call.origin, Note::TimedOut(call.site, layer));
                outcome = Outcome::Failed(Cause::Timeout);
            }
            match self.ask_to_leave(id, layer, outcome) {
                Leave::Out(out) => outcome = out,
                Leave::Again { after } => {
                    self.try_again(id, layer, after);
                    return;
                }
                Leave::Instead(substitute) => match self.substitute(id, layer, substitute) {
                    Some(out) => outcome = out,
                    None => return,
                },
            }
        }
        self.pass_out(id, outcome);
    }

    pub(super) fn layer(&self, call: &GuardedCall, layer: u8) -> &Layer {
        &self.plan.guards[call.guard.at()].layers[layer as usize]
    }

    pub(super) fn ask_to_leave(&mut self, id: Id<Passage>, layer: u8, outcome: Outcome) -> Leave {
        let now = self.now();
        let passage = &mut self.passages[id];
        let (path, tries) = (passage.path, passage.tries);
        let state = guard_state(&mut self.instances, &self.layout, &passage.call);
        let draw = |key: u64| Stream::keyed(path.with(key).with(u64::from(tries)));
        state.policies[layer as usize].leave(now, outcome, &mut passage.memory, draw)
    }

    /// The work inside a layer has really ended: a permit may come back, and the next call in line take it.
    pub(super) fn layer_ended(&mut self, call: &GuardedCall, layer: u8) {
        let now = self.now();
        let state = guard_state(&mut self.instances, &self.layout, call);
        if state.policies[layer as usize].ended(now) == Ended::StartNext
            && let Some(next) = state.lines[layer as usize].pop_front()
        {
            self.ready.push_back(Ready::Passage(next));
        }
    }

    /// The whole passage is left; the caller hears of it unless its own timeout has told it before.
    fn pass_out(&mut self, id: Id<Passage>, outcome: Outcome) {
        let Some(passage) = self.passages.remove(id) else { return };
        self.tell_refuser(&passage.call, passage.refused_by);
        if passage.standing != Standing::Fired {
            self.pass_on(passage.caller, passage.call.site, outcome);
        }
    }

    /// The outcome of a passage reaches the layers further out, or the program that called.
    pub(super) fn pass_on(&mut self, caller: Caller, site: SiteId, outcome: Outcome) {
        match caller {
            Caller::Frame(frame) => self.call_settled(frame, site, outcome),
            Caller::Passage(outer) => {
                let Some(passage) = self.passages.get_mut(outer) else { return };
                passage.child = Child::None;
                let to = passage.to;
                self.leave_layers(outer, to, outcome);
            }
            Caller::User(_) => {}
        }
    }

    /// The layer that refused a try hears that the try is over, with all that was made of it further out.
    pub(super) fn tell_refuser(&mut self, call: &GuardedCall, refused_by: Option<u8>) {
        if let Some(layer) = refused_by {
            let now = self.now();
            let state = guard_state(&mut self.instances, &self.layout, call);
            state.policies[layer as usize].refused_ended(now);
        }
    }

    fn try_again(&mut self, id: Id<Passage>, layer: u8, after: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Pausing(layer);
        let (call, refused_by) = (passage.call, passage.refused_by.take());
        self.tell_refuser(&call, refused_by);
        if after.is_zero() {
            self.ready.push_back(Ready::Passage(id));
        } else {
            self.agenda.schedule(now + after, Class::Timer, call.origin.rank, Event::Backoff(id));
        }
    }

    /// The pause is over: inwards again, on a path of its own, so that this attempt meets other dice.
    pub(super) fn backed_off(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        let PassageState::Pausing(layer) = passage.state else { return };
        passage.tries += 1;
        self.enter_layers(id, layer + 1);
    }

    /// A call that stood still goes on inwards without time having passed: it has its permit, or tries again.
    pub(super) fn go_on(&mut self, id: Id<Passage>) {
        match self.passages.get(id).map(|passage| passage.state) {
            Some(PassageState::Waiting(layer)) => self.permitted(id, layer),
            Some(PassageState::Pausing(_)) => self.backed_off(id),
            _ => {}
        }
    }
}
