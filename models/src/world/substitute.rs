//! Another answer in place of a failed one: ready-made, now or after a while, or a call of another capability.

use archsim_sim::{Class, Id, Key, mutant};

use super::World;
use super::entity::{Caller, Passage, PassageState};
use super::event::Event;
use super::observe::{Note, Observer};
use super::onion::guard_state;
use crate::plan::FallbackCall;
use crate::policy::{Layer, Outcome, Substitute};
use crate::record::Cause;

const FALLBACK: u64 = Key::of_name("fallback");

impl<O: Observer> World<'_, O> {
    /// Another answer instead: at once (then its outcome is returned), later, or by a call of its own.
    pub(super) fn substitute(
        &mut self,
        id: Id<Passage>,
        layer: u8,
        substitute: Substitute,
    ) -> Option<Outcome> {
        let now = self.now();
        match substitute {
            Substitute::Ready { after, fails } if after.is_zero() => {
                Some(self.substituted(id, layer, !fails))
            }
            Substitute::Ready { after, fails } => {
                let passage = &mut self.passages[id];
                passage.state = PassageState::Substituting(layer);
                passage.substitute_fails = fails;
                let rank = passage.call.origin.rank;
                self.agenda.schedule(now + after, Class::Completion, rank, Event::Substitute(id));
                None
            }
            Substitute::Capability => {
                self.passages[id].state = PassageState::Substituting(layer);
                self.call_substitute(id, layer);
                None
            }
        }
    }

    /// A ready-made substitute's time is over.
    pub(super) fn substitute_ready(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        let PassageState::Substituting(layer) = passage.state else { return };
        let out = self.substituted(id, layer, !passage.substitute_fails);
        self.leave_layers(id, layer, out);
    }

    fn fallback_call(&self, id: Id<Passage>, layer: u8) -> Option<FallbackCall> {
        self.plan.guards[self.passages[id].call.guard.at()].fallbacks[layer as usize]
    }

    fn call_substitute(&mut self, id: Id<Passage>, layer: u8) {
        // A plan without the substitute's site is a fallback that fails.
        let Some(FallbackCall { site }) = self.fallback_call(id, layer) else {
            self.capability_substituted(id, layer, Outcome::Failed(Cause::FallbackFailed));
            return;
        };
        let passage = &self.passages[id];
        // By the fallback's own name, not its place: a layer around it must not change its dice.
        let key = match self.layer(&passage.call, layer) {
            Layer::Fallback(settings) => settings.key,
            _ => 0,
        };
        let path = passage.inner_path().with(FALLBACK).with(key);
        self.counts.called(self.plan, site, passage.call.start);
        self.make_attempt(id, site, path);
    }

    /// The other capability's answer is there, or is not to be had.
    pub(super) fn capability_substituted(&mut self, id: Id<Passage>, layer: u8, outcome: Outcome) {
        if let Some(FallbackCall { site }) = self.fallback_call(id, layer) {
            let call = self.passages[id].call;
            let in_vain = !self.is_wanted(&call.origin);
            self.counts.call_settled(self.plan, site, call.start, outcome, in_vain);
        }
        let answered = matches!(outcome, Outcome::Success | Outcome::Degraded);
        let out = self.substituted(id, layer, answered);
        self.leave_layers(id, layer, out);
    }

    /// The fallback's permit comes back; its answer, or its failure, is the outcome.
    fn substituted(&mut self, id: Id<Passage>, layer: u8, answered: bool) -> Outcome {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Inside;
        let call = passage.call;
        let outcome = if answered && mutant!("fallback-passes-for-success") {
            Outcome::Success
        } else if answered {
            Outcome::Degraded
        } else {
            Outcome::Failed(Cause::FallbackFailed)
        };
        guard_state(&mut self.instances, &self.layout, &call).policies[layer as usize].substituted(now);
        self.note(call.origin, Note::Substituted(call.site, layer, outcome));
        if answered {
            self.mark_substituted(id);
        }
        outcome
    }

    /// Tells the program that called, if it still waits, that its callee did not answer itself.
    fn mark_substituted(&mut self, id: Id<Passage>) {
        let mut caller = Caller::Passage(id);
        while let Caller::Passage(passage) = caller {
            let Some(passage) = self.passages.get(passage) else { return };
            caller = passage.caller;
        }
        if let Caller::Frame(frame) = caller
            && let Some(frame) = self.frames.get_mut(frame)
        {
            frame.substituted = true;
        }
    }
}
