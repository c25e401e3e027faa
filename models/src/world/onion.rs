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

use archsim_sim::{Class, Id, Key, Span, Stream};

use super::entity::{Attempt, AttemptState, Caller, Child, Frame, Passage, PassageState};
use super::event::Event;
use super::observe::{Note, Observer};
use super::{Ready, World};
use crate::plan::SiteId;
use crate::policy::{Ended, Enter, Layer, Leave, Memory, Outcome, Policy, Substitute};
use crate::record::Cause;

const RETRY: u64 = Key::of_name("retry");
const FALLBACK: u64 = Key::of_name("fallback");

impl<O: Observer> World<'_, O> {
    /// A program calls through policies.
    pub(super) fn begin_guarded(&mut self, frame: Id<Frame>, site: SiteId, path: Key) {
        let Some(guard) = self.plan.sites[site.at()].guard else { return };
        let caller = &self.frames[frame];
        let (from, to) = self.layout.guard(guard).segments[0];
        let passage = self.passages.insert(Passage {
            origin: caller.origin,
            site,
            guard,
            from,
            to,
            state: PassageState::Inside,
            caller: Caller::Frame(frame),
            child: Child::None,
            memory: Memory::default(),
            tries: 0,
            substitute_fails: false,
            instance: caller.instance,
            path,
            start: caller.start,
            fired: false,
            abandoned: false,
            late: false,
            wasted: self.attempts.get(caller.attempt).is_none_or(|a| a.abandoned),
        });
        self.frames[frame].child = Child::Passage(passage);
        self.enter_layers(passage, from);
    }

    fn policy(&mut self, passage: &Passage, layer: u8) -> &mut Policy {
        let local = self.layout.guard(passage.guard).local;
        &mut self.instances[passage.instance as usize].guards[local].policies[layer as usize]
    }

    /// Walks inwards through the passage's layers, starting with `layer`.
    fn enter_layers(&mut self, id: Id<Passage>, layer: u8) {
        let now = self.now();
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
                    let passage = &self.passages[id];
                    let (origin, site) = (passage.origin, passage.site);
                    self.note(origin, Note::Refused(site, layer, cause));
                    self.leave_layers(id, layer, Outcome::Failed(cause));
                    return;
                }
            }
        }
        debug_assert_eq!(now, self.now());
        self.pass_inside(id);
    }

    fn ask_to_enter(&mut self, id: Id<Passage>, layer: u8) -> Enter {
        let now = self.now();
        let Some(passage) = self.passages.get_mut(id) else { return Enter::Pass };
        let local = self.layout.guards[passage.guard.at()].local;
        let state = &mut self.instances[passage.instance as usize].guards[local];
        state.policies[layer as usize].enter(now, &mut passage.memory)
    }

    fn start_timeout(&mut self, id: Id<Passage>, layer: u8, span: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        let rank = passage.origin.rank;
        if let Layer::Timeout(timeout) = &self.plan.guards[passage.guard.at()].layers[layer as usize]
            && timeout.deadline
        {
            passage.origin.deadline = passage.origin.deadline.min(now + span);
        }
        match self.layout.guards[passage.guard.at()].timeouts[layer as usize] {
            Some(delay) => self.agenda.after(delay, Class::Timer, rank, Event::Timeout(id)),
            None => self.agenda.schedule(now + span, Class::Timer, rank, Event::Timeout(id)),
        }
    }

    fn wait_for_permit(&mut self, id: Id<Passage>, layer: u8, at_most: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Waiting(layer);
        let rank = passage.origin.rank;
        let local = self.layout.guards[passage.guard.at()].local;
        let state = &mut self.instances[passage.instance as usize].guards[local];
        state.lines[layer as usize].push_back(id);
        if at_most < Span::FOREVER {
            self.agenda.schedule(now + at_most, Class::Timer, rank, Event::PermitWait(id));
        }
    }

    /// All layers of the passage are passed: on to the next segment, or to the attempt itself.
    fn pass_inside(&mut self, id: Id<Passage>) {
        let passage = &mut self.passages[id];
        passage.state = PassageState::Inside;
        let (site, guard, to) = (passage.site, passage.guard, passage.to);
        let (origin, instance, start, wasted) =
            (passage.origin, passage.instance, passage.start, passage.wasted);
        let path = passage.inner_path();
        let next = self.layout.guard(guard).segments.iter().find(|(from, _)| *from == to).copied();
        let Some((from, to)) = next else {
            self.make_attempt(id, site, path);
            return;
        };
        let child = self.passages.insert(Passage {
            origin,
            site,
            guard,
            from,
            to,
            state: PassageState::Inside,
            caller: Caller::Passage(id),
            child: Child::None,
            memory: Memory::default(),
            tries: 0,
            substitute_fails: false,
            instance,
            path,
            start,
            fired: false,
            abandoned: false,
            late: false,
            wasted,
        });
        self.passages[id].child = Child::Passage(child);
        self.enter_layers(child, from);
    }

    /// The innermost step: a message to the callee, or its program inline.
    fn make_attempt(&mut self, id: Id<Passage>, site_id: SiteId, path: Key) {
        let site = &self.plan.sites[site_id.at()];
        let passage = &self.passages[id];
        let (origin, instance, start) = (passage.origin, passage.instance, passage.start);
        self.counts.attempted(site_id, start);
        self.note(origin, Note::Attempted(site_id));
        let caller = Caller::Passage(id);
        if site.in_process {
            let attempt = self.attempts.insert(Attempt {
                origin,
                caller,
                site: Some(site_id),
                program: site.callee,
                from: Some(instance),
                instance,
                state: AttemptState::Running,
                inline: true,
                path,
                frame: None,
                outcome: Outcome::Success,
                abandoned: self.passages[id].wasted,
                outstanding: false,
            });
            self.passages[id].child = Child::Attempt(attempt);
            self.begin_program(attempt);
            return;
        }
        let wasted = self.passages[id].wasted;
        let sent = self.send(caller, Some(site_id), site.callee, origin, path, Some(instance));
        if let Some(attempt) = sent {
            self.attempts[attempt].abandoned |= wasted;
            if let Some(passage) = self.passages.get_mut(id) {
                passage.child = Child::Attempt(attempt);
            }
        }
    }

    /// An attempt (or a substitute's) has come back to the passage that made it.
    pub(super) fn attempt_returned(&mut self, id: Id<Passage>, outcome: Outcome) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        passage.child = Child::None;
        let (origin, site, to, state) = (passage.origin, passage.site, passage.to, passage.state);
        if let PassageState::Substituting(layer) = state {
            self.capability_substituted(id, layer, outcome);
            return;
        }
        self.note(origin, Note::Returned(site, outcome));
        self.leave_layers(id, to, outcome);
    }

    /// Walks outwards from the layer before `below`: what is inside has ended with `outcome`.
    fn leave_layers(&mut self, id: Id<Passage>, below: u8, outcome: Outcome) {
        let mut outcome = outcome;
        let from = self.passages[id].from;
        for layer in (from..below).rev() {
            self.work_inside_ended(id, layer);
            if self.passages[id].is_dead() {
                continue;
            }
            let timeout = matches!(self.layer(id, layer), Layer::Timeout(_));
            if timeout && self.passages[id].late {
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

    fn layer(&self, id: Id<Passage>, layer: u8) -> &Layer {
        &self.plan.guards[self.passages[id].guard.at()].layers[layer as usize]
    }

    fn ask_to_leave(&mut self, id: Id<Passage>, layer: u8, outcome: Outcome) -> Leave {
        let now = self.now();
        let passage = &mut self.passages[id];
        let (path, tries) = (passage.path, passage.tries);
        let local = self.layout.guards[passage.guard.at()].local;
        let state = &mut self.instances[passage.instance as usize].guards[local];
        let draw = |key: u64| Stream::keyed(path.with(key).with(u64::from(tries)));
        state.policies[layer as usize].leave(now, outcome, &mut passage.memory, draw)
    }

    /// The work inside a layer has really ended: a permit may come back, and the next call in line take it.
    fn work_inside_ended(&mut self, id: Id<Passage>, layer: u8) {
        let passage = &self.passages[id];
        let (instance, local) = (passage.instance, self.layout.guards[passage.guard.at()].local);
        self.layer_ended(instance, local, layer);
    }

    fn layer_ended(&mut self, instance: u32, local: usize, layer: u8) {
        let now = self.now();
        let state = &mut self.instances[instance as usize].guards[local];
        if state.policies[layer as usize].ended(now) == Ended::StartNext
            && let Some(next) = state.lines[layer as usize].pop_front()
        {
            self.ready.push_back(Ready::Passage(next));
        }
    }

    /// The whole passage is left; the caller hears of it unless its own timeout has told it before.
    fn pass_out(&mut self, id: Id<Passage>, outcome: Outcome) {
        let Some(passage) = self.passages.remove(id) else { return };
        if !passage.fired {
            self.pass_on(passage.caller, passage.site, outcome);
        }
    }

    fn pass_on(&mut self, caller: Caller, site: SiteId, outcome: Outcome) {
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

    fn try_again(&mut self, id: Id<Passage>, layer: u8, after: Span) {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Pausing(layer);
        if after.is_zero() {
            self.backed_off(id);
        } else {
            let rank = passage.origin.rank;
            self.agenda.schedule(now + after, Class::Timer, rank, Event::Backoff(id));
        }
    }

    /// The pause is over: inwards again, on a path of its own, so that this attempt meets other dice.
    pub(super) fn backed_off(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        let PassageState::Pausing(layer) = passage.state else { return };
        passage.tries += 1;
        self.enter_layers(id, layer + 1);
    }

    /// A call that waited for a permit has it, unless nobody needs it any more.
    pub(super) fn permitted(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        let PassageState::Waiting(layer) = passage.state else { return };
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
        let dead = passage.is_dead();
        if let Some(cause) = self.leave_line_for_permit(id, layer) {
            let outcome = if dead { Outcome::Abandoned } else { Outcome::Failed(cause) };
            self.leave_layers(id, layer, outcome);
        }
    }

    /// Takes a call out of the line; `None` if its permit is on the way already.
    fn leave_line_for_permit(&mut self, id: Id<Passage>, layer: u8) -> Option<Cause> {
        let now = self.now();
        let passage = &self.passages[id];
        let local = self.layout.guards[passage.guard.at()].local;
        let state = &mut self.instances[passage.instance as usize].guards[local];
        let line = &mut state.lines[layer as usize];
        let place = line.iter().position(|&waiting| waiting == id)?;
        line.remove(place);
        Some(state.policies[layer as usize].gave_up(now))
    }

    // --- substitutes -------------------------------------------------------------------------------------------

    /// Another answer instead: at once (then its outcome is returned), later, or by a call of its own.
    fn substitute(&mut self, id: Id<Passage>, layer: u8, substitute: Substitute) -> Option<Outcome> {
        let now = self.now();
        match substitute {
            Substitute::Ready { after, fails } if after.is_zero() => {
                Some(self.substituted(id, layer, if fails { None } else { Some(Outcome::Degraded) }))
            }
            Substitute::Ready { after, fails } => {
                let passage = &mut self.passages[id];
                passage.state = PassageState::Substituting(layer);
                passage.substitute_fails = fails;
                let rank = passage.origin.rank;
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

    fn call_substitute(&mut self, id: Id<Passage>, layer: u8) {
        let passage = &self.passages[id];
        let path = passage.path.with(FALLBACK).with(u64::from(layer));
        let start = passage.start;
        let call = self.plan.guards[passage.guard.at()].fallbacks[layer as usize];
        match call {
            Some(call) => {
                self.counts.called(call.site, start);
                self.make_attempt(id, call.site, path);
            }
            // A plan without the substitute's site is a fallback that fails.
            None => self.capability_substituted(id, layer, Outcome::Failed(Cause::FallbackFailed)),
        }
    }

    fn capability_substituted(&mut self, id: Id<Passage>, layer: u8, outcome: Outcome) {
        let passage = &self.passages[id];
        let start = passage.start;
        if let Some(call) = self.plan.guards[passage.guard.at()].fallbacks[layer as usize] {
            self.counts.call_settled(self.plan, call.site, start, outcome);
        }
        let answer = match outcome {
            Outcome::Success | Outcome::Degraded => Some(Outcome::Degraded),
            Outcome::Failed(_) | Outcome::Abandoned => None,
        };
        let out = self.substituted(id, layer, answer);
        self.leave_layers(id, layer, out);
    }

    /// A ready-made substitute's time is over.
    pub(super) fn substitute_ready(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        let PassageState::Substituting(layer) = passage.state else { return };
        let answer = if passage.substitute_fails { None } else { Some(Outcome::Degraded) };
        let out = self.substituted(id, layer, answer);
        self.leave_layers(id, layer, out);
    }

    /// The fallback's permit comes back; its answer, or its failure, is the outcome.
    fn substituted(&mut self, id: Id<Passage>, layer: u8, answer: Option<Outcome>) -> Outcome {
        let now = self.now();
        let passage = &mut self.passages[id];
        passage.state = PassageState::Inside;
        let (origin, site) = (passage.origin, passage.site);
        let outcome = answer.unwrap_or(Outcome::Failed(Cause::FallbackFailed));
        let local = self.layout.guards[passage.guard.at()].local;
        let state = &mut self.instances[passage.instance as usize].guards[local];
        state.policies[layer as usize].substituted(now);
        self.note(origin, Note::Substituted(site, layer, outcome));
        outcome
    }

    // --- timeouts ----------------------------------------------------------------------------------------------

    /// A passage's time is over. Whoever is outside goes on at once; what is inside lives on.
    pub(super) fn timed_out(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        if passage.fired {
            return;
        }
        let (site, guard, from, to) = (passage.site, passage.guard, passage.from, passage.to);
        let inline = self.plan.sites[site.at()].in_process;
        if inline && !self.layout.guards[guard.at()].pool_inside[from as usize] {
            // The work is on the caller's own thread: it cannot be left, only be called late when it is done.
            passage.late = true;
            return;
        }
        let (caller, origin, was_abandoned) = (passage.caller, passage.origin, passage.abandoned);
        self.note(origin, Note::TimedOut(site, from));
        let cancel = matches!(self.layer(id, from), Layer::Timeout(timeout) if timeout.cancel);
        let socket = to == from + 1 && !matches!(self.passages[id].child, Child::Passage(_));
        if cancel {
            self.cancel_passage(id);
        } else if socket {
            // Nothing but the socket was inside, and it is closed now.
            let Some(passage) = self.passages.remove(id) else { return };
            if let Child::Attempt(attempt) = passage.child {
                self.abandon_attempt(attempt);
            }
        } else {
            self.passages[id].fired = true;
            self.abandon_inside(id, from + 1);
        }
        let outcome = if was_abandoned { Outcome::Abandoned } else { Outcome::Failed(Cause::Timeout) };
        self.pass_on(caller, site, outcome);
    }

    /// Tells all layers from `first` inwards, and the passages further in, that nobody waits for them any more.
    fn abandon_inside(&mut self, id: Id<Passage>, first: u8) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        passage.wasted = true;
        let (child, state, to, told_before) = (passage.child, passage.state, passage.to, passage.abandoned);
        match child {
            Child::Passage(inner) => {
                let from = self.passages.get(inner).map_or(0, |p| p.from);
                self.abandon_inside(inner, from);
            }
            Child::Attempt(attempt) => self.abandon_attempt(attempt),
            _ => {}
        }
        if !told_before {
            let entered = match state {
                PassageState::Inside => to,
                PassageState::Waiting(layer) | PassageState::Substituting(layer) => layer,
                PassageState::Pausing(layer) => layer + 1,
            };
            for layer in (first..entered).rev() {
                self.ask_to_leave(id, layer, Outcome::Abandoned);
            }
        }
        self.passages[id].abandoned = true;
        if let PassageState::Pausing(layer) = state {
            // Nothing is under way inside a pause: its passage ends here and now.
            self.leave_layers(id, layer + 1, Outcome::Abandoned);
        }
    }

    /// Gives up a whole call: places in lines, permits, threads, nested attempts.
    pub(super) fn cancel_passage(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get(id) else { return };
        let (child, state) = (passage.child, passage.state);
        match child {
            Child::Passage(inner) => self.cancel_passage(inner),
            Child::Attempt(attempt) => {
                self.abandon_attempt(attempt);
                self.send_cancel(attempt);
            }
            _ => {}
        }
        let entered = match state {
            PassageState::Inside => self.passages[id].to,
            PassageState::Waiting(layer) => match self.leave_line_for_permit(id, layer) {
                Some(_) => layer,
                // Its permit was on the way: it comes back below.
                None => layer + 1,
            },
            PassageState::Pausing(layer) => layer + 1,
            PassageState::Substituting(layer) => {
                let now = self.now();
                let Some(passage) = self.passages.remove(id) else { return };
                self.policy(&passage, layer).substituted(now);
                self.release_layers(&passage, layer);
                return;
            }
        };
        let Some(passage) = self.passages.remove(id) else { return };
        self.release_layers(&passage, entered);
    }

    fn release_layers(&mut self, passage: &Passage, entered: u8) {
        let now = self.now();
        let local = self.layout.guards[passage.guard.at()].local;
        for layer in (passage.from..entered).rev() {
            self.layer_ended(passage.instance, local, layer);
            if !passage.is_dead() {
                let mut memory = passage.memory;
                let draw = |key: u64| Stream::keyed(passage.path.with(key));
                let policy = self.policy(passage, layer);
                policy.leave(now, Outcome::Abandoned, &mut memory, draw);
            }
        }
    }
}

impl Passage {
    /// Whether nobody outside waits for its outcome any more.
    fn is_dead(&self) -> bool {
        self.fired || self.abandoned
    }

    /// The path of what goes on inside: the call's own for the first try, so that a retry policy that never has
    /// to act changes nothing.
    fn inner_path(&self) -> Key {
        if self.tries == 0 { self.path } else { self.path.with(RETRY).with(u64::from(self.tries)) }
    }
}
