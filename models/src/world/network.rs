//! Attempts on their way: routed, sent, delivered, answered, cancelled.

use archsim_sim::{Class, Id, Key, Span, Time, mutant};

use super::World;
use super::entity::{Attempt, AttemptState, Caller, Origin};
use super::event::Event;
use super::instance::{CpuJob, Instance, Job};
use super::observe::Observer;
use crate::plan::{ProgramId, SiteId, ZoneId};
use crate::policy::Outcome;
use crate::record::Cause;

const SEND: u64 = Key::of_name("send");
const REPLY: u64 = Key::of_name("reply");
const CANCEL: u64 = Key::of_name("cancel");

/// What is on the network for an attempt.
#[derive(Clone, Copy)]
enum Message {
    /// From the caller.
    Request,
    /// From the instance.
    Answer,
    /// From the caller, who does not wait any more.
    Cancel,
}

impl<O: Observer> World<'_, O> {
    /// Makes an attempt and sends it to an instance of the callee's deployable. `None` if it ended at once.
    pub(super) fn send(
        &mut self,
        caller: Caller,
        site: Option<SiteId>,
        program: ProgramId,
        origin: Origin,
        path: Key,
        from: Option<u32>,
    ) -> Option<Id<Attempt>> {
        let deployable = self.plan.programs[program.at()].deployable;
        let (home, zone) = match from {
            Some(caller) => (None, self.instances[caller as usize].zone),
            None => self.requests.get(origin.request).map_or((None, None), |it| (it.home, it.zone)),
        };
        let instance = self.route(deployable, site, from, (path, origin.rank, zone));
        let traffic = &mut self.counts.deployables[deployable.at()].traffic;
        traffic.sent += 1;
        traffic.called += u64::from(site.is_none());
        let order = self.next_order();
        let attempt = self.attempts.insert(Attempt {
            order,
            from,
            home,
            zone,
            outstanding: true,
            ..Attempt::new(origin, caller, site, program, instance, path)
        });
        let serialise = self.plan.deployables[deployable.at()].serialise;
        match from {
            Some(caller) if !serialise.is_zero() => {
                let job = CpuJob { job: Job::Send(attempt), work: serialise };
                self.attempts[attempt].cpu = Some(self.start_job(caller, job, origin.priority(self.plan)));
            }
            _ => self.launch(attempt),
        }
        self.attempts.contains(attempt).then_some(attempt)
    }

    /// The attempt leaves its caller.
    pub(super) fn launch(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        attempt.state = AttemptState::Outbound;
        attempt.cpu = None;
        self.travel(id, Message::Request);
    }

    /// Tells the attempt's instance that nobody waits.
    pub(super) fn send_cancel(&mut self, id: Id<Attempt>) {
        self.travel(id, Message::Cancel);
    }

    /// Puts a message on the network; without network time it is there at once.
    ///
    /// Inlined, so that nothing is asked about which message it is: each place sends one kind.
    #[inline(always)]
    fn travel(&mut self, id: Id<Attempt>, message: Message) {
        let attempt = &self.attempts[id];
        let (rank, instance) = (attempt.origin.rank, attempt.instance);
        let to = self.instances[instance as usize].deployable;
        let hops = if attempt.from.is_some() { &self.layout.hops } else { &self.layout.user_hops };
        let there = self.instances[instance as usize].zone;
        let way = match attempt.home {
            Some(home) => self.layout.ways.of_user(home, attempt.zone, there),
            None => self.layout.ways.between(attempt.zone, there),
        };
        let delay = hops[to].along(way);
        let (class, event) = match message {
            Message::Request => (Class::Arrival, Event::Reach(id)),
            Message::Answer => (Class::Completion, Event::Answer(id)),
            Message::Cancel => (Class::Timer, Event::Cancel(id)),
        };
        let Some(extra) = self.network_faults(id, to, message) else {
            if matches!(message, Message::Request) {
                self.undelivered(instance);
            }
            if !matches!(message, Message::Cancel) {
                self.lose(id);
            }
            return;
        };
        let free = mutant!("answers-travel-free") && matches!(message, Message::Answer);
        let at_once = free || delay.span().is_zero();
        if !extra.is_zero() {
            let at = self.now() + delay.span() + extra;
            self.agenda.schedule(at, class, rank, event);
        } else if !at_once {
            self.agenda.after(delay, class, rank, event);
        } else {
            match message {
                Message::Request => self.reach(id),
                Message::Answer => self.answered(id),
                Message::Cancel => self.cancel_attempt(id),
            }
        }
    }

    /// Extra time of a message, or `None` if it is lost.
    #[inline]
    fn network_faults(&self, id: Id<Attempt>, to: usize, message: Message) -> Option<Span> {
        if self.network.any() { self.disturbed(id, to, message) } else { Some(Span::ZERO) }
    }

    #[inline(never)]
    fn disturbed(&self, id: Id<Attempt>, to: usize, message: Message) -> Option<Span> {
        let purpose = match message {
            Message::Request => SEND,
            Message::Answer => REPLY,
            Message::Cancel => CANCEL,
        };
        let attempt = &self.attempts[id];
        let from = attempt.from.map(|caller| self.instances[caller as usize].deployable);
        let zones = (attempt.zone, self.instances[attempt.instance as usize].zone);
        self.network.disturb(&self.troubles, self.now(), (from, to), zones, attempt.path.with(purpose))
    }

    /// No answer will ever come. If nobody holds the line either, the attempt is gone.
    pub(super) fn lose(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        attempt.state = AttemptState::Lost;
        let caller = attempt.caller;
        if !self.caller_exists(caller) {
            self.remove_attempt(id);
        }
    }

    pub(super) fn caller_exists(&self, caller: Caller) -> bool {
        match caller {
            Caller::User(request) => self.requests.contains(request),
            Caller::Frame(frame) => self.frames.contains(frame),
            Caller::Passage(passage) => self.passages.contains(passage),
        }
    }

    /// The message is there: a thread, the queue, or no.
    pub(super) fn reach(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id) else { return };
        let index = attempt.instance;
        let Instance { deployable, number, up, silent, .. } = self.instances[index as usize];
        self.counts.attempt_reached(deployable);
        if let Some(scaler) = &mut self.membership.fleets[deployable].scaler {
            scaler.meters[number as usize].reached();
        }
        if attempt.cancelled {
            self.undelivered(index);
            self.remove_attempt(id);
            return;
        }
        let settings = &self.plan.deployables[deployable];
        let serves = settings.state.is_none() || self.has_state(index as usize, attempt.origin.rank);
        if up && serves && (self.up[deployable] >= settings.needs || mutant!("quorum-ignored")) {
            self.admit(id);
            return;
        }
        self.counts.attempt_rejected(deployable);
        self.counts.deployables[deployable].account.refused();
        if !up && silent {
            self.lose(id);
        } else {
            self.reply(id, Outcome::Failed(Cause::Refused));
        }
    }

    /// The instance answers; its thread is its own again.
    pub(super) fn reply(&mut self, id: Id<Attempt>, outcome: Outcome) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        attempt.state = AttemptState::Inbound;
        attempt.outcome = outcome;
        attempt.frame = None;
        attempt.cpu = None;
        self.travel(id, Message::Answer);
    }

    /// The answer is back at the caller, if there still is one.
    pub(super) fn answered(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id) else { return };
        let (caller, site, outcome) = (attempt.caller, attempt.site, attempt.outcome);
        self.remove_attempt(id);
        self.deliver(caller, site, outcome);
    }

    /// Tells whoever waits; a stale caller means that nobody does.
    #[inline(always)]
    pub(super) fn deliver(&mut self, caller: Caller, site: Option<SiteId>, outcome: Outcome) {
        match caller {
            Caller::User(request) => self.user_answered(request, outcome),
            Caller::Frame(frame) => self.call_returned(frame, site, outcome),
            Caller::Passage(passage) => self.attempt_returned(passage, outcome),
        }
    }

    /// Forgets an attempt, and the caller's balancer with it.
    #[inline]
    pub(super) fn remove_attempt(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id) else { return };
        let (instance, site, from, zone) = (attempt.instance, attempt.site, attempt.from, attempt.zone);
        if attempt.outstanding {
            self.release_outstanding(instance, site, (from, zone));
        }
        self.attempts.discard(id);
    }

    fn release_outstanding(
        &mut self,
        instance: u32,
        site: Option<SiteId>,
        (from, zone): (Option<u32>, Option<ZoneId>),
    ) {
        let target = &self.instances[instance as usize];
        let (deployable, number) = (target.deployable, target.number);
        let routing = self.routing_mut(deployable, site, from, zone);
        let outstanding = &mut routing.outstanding[number as usize];
        debug_assert!(*outstanding > 0, "a balancer forgets an attempt that it does not know");
        *outstanding = outstanding.saturating_sub(1);
    }

    /// Whether the deadline that came with the work has passed.
    pub(super) fn is_past_deadline(&self, deadline: Time) -> bool {
        self.agenda.now() > deadline && !mutant!("deadline-ignored")
    }
}
