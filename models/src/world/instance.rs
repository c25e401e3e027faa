//! Instances: accept queue, threads, processor.

use std::collections::VecDeque;

use archsim_sim::{Admission, Class, Id, Key, Processor, Span, Station, Time, mutant};

use super::balancer::Routing;
use super::entity::{Attempt, AttemptState, Child, OnCpu, Passage};
use super::event::Event;
use super::flow::Left;
use super::layout::{Layout, Links};
use super::observe::Observer;
use super::pool::Pool;
use super::{Ready, World};
use crate::plan::{Plan, ZoneId};
use crate::policy::{Outcome, Policy};
use crate::record::{Cause, Leftover};

/// What a processor works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The current work step of a frame.
    Step(Id<super::entity::Frame>),
    /// A caller serialises a request.
    Send(Id<Attempt>),
    /// A callee serialises its answer.
    Reply(Id<Attempt>),
}

/// A job with its size, for the account of CPU spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuJob {
    pub job: Job,
    pub work: Span,
}

/// One instance of a deployable.
pub(crate) struct Instance {
    pub deployable: usize,
    /// Among the instances of its deployable.
    pub number: u32,
    /// Where it is.
    pub zone: Option<ZoneId>,
    /// Counts restarts: what was begun before one is void.
    pub incarnation: u32,
    pub up: bool,
    /// When its process began.
    pub born: Time,
    /// While down: nobody answers, not even with a reset.
    pub silent: bool,
    pub station: Station<Id<Attempt>>,
    pub cpu: Processor<CpuJob>,
    /// The processor event that counts; older ones are stale.
    pub(super) cpu_stamp: u32,
    pub(super) cpu_due: Time,
    /// By guard of the deployable.
    pub guards: Vec<GuardState>,
    /// By callee's deployable, those that are called (`Layout::callees`).
    pub routing: Vec<Routing>,
    /// By store, those that are used (`Layout::pool`).
    pub pools: Vec<Pool>,
    /// Its processor is slower until then.
    pub(super) cold_until: Time,
    /// What the levels of the record last saw.
    seen: Levels,
    /// They may have changed since.
    touched: bool,
}

/// Levels of one instance that the record adds up over a deployable.
#[derive(Clone, Copy, Default)]
struct Levels {
    busy: u32,
    waiting: u32,
    cores: u32,
    up: u32,
}

impl Levels {
    /// All of them, to be compared at once.
    fn packed(self) -> [u64; 2] {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        [pair(self.busy, self.waiting), pair(self.cores, self.up)]
    }
}

/// The policies of one onion as one instance holds them.
pub(crate) struct GuardState {
    pub policies: Vec<Policy>,
    /// By layer: calls that wait for a permit, longest first.
    pub lines: Vec<VecDeque<Id<Passage>>>,
}

/// Which instance it is, and how often it has been started.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub deployable: usize,
    /// Among the instances of its deployable.
    pub number: u32,
    /// Among all.
    pub index: u32,
    pub incarnation: u32,
}

impl Instance {
    pub(crate) fn new(plan: &Plan, links: &Links, place: Position, born: Time, dice: Key) -> Self {
        let Position { deployable, number, index, incarnation } = place;
        let settings = &plan.deployables[deployable];
        Instance {
            deployable,
            number,
            zone: settings.zone_of(number),
            incarnation,
            up: true,
            born,
            silent: false,
            station: Station::new(settings.threads, settings.queue, settings.order),
            cpu: Processor::new(settings.cores, settings.speed, settings.sharing),
            cpu_stamp: 0,
            cpu_due: Time::NEVER,
            guards: guard_states(plan, deployable, born),
            routing: links
                .callees
                .iter()
                .map(|callee| Routing::new(&plan.deployables[callee.at()], number))
                .collect(),
            pools: links
                .stores
                .iter()
                .map(|&store| Pool::new(plan, store, index, incarnation, dice))
                .collect(),
            cold_until: Time::ZERO,
            seen: Levels { up: 1, ..Levels::default() },
            touched: false,
        }
    }
}

impl Instance {
    /// A slot in which no process runs.
    pub(crate) fn absent(self) -> Self {
        Instance { up: false, seen: Levels::default(), ..self }
    }

    /// The same instance with a new process, for which events of the old one mean nothing.
    pub(super) fn restarted(&self, plan: &Plan, links: &Links, index: u32, now: Time, dice: Key) -> Self {
        let Instance { deployable, number, incarnation, .. } = *self;
        let fresh =
            Instance::new(plan, links, Position { deployable, number, index, incarnation }, now, dice);
        Instance { cpu_stamp: self.cpu_stamp, seen: self.seen, ..fresh }
    }

    /// Cores, threads and places in the queue that were last seen in use.
    pub(super) fn levels_seen(&self) -> (u32, u32, u32) {
        (self.seen.cores, self.seen.busy, self.seen.waiting)
    }

    /// Attempts that it works on or has in its queue.
    pub(crate) fn load(&self) -> u32 {
        self.station.busy() + self.station.waiting()
    }

    /// What is in use here.
    pub(crate) fn add_leftover(&self, leftover: &mut Leftover) {
        if !self.up {
            // What a process held is gone with it.
            return;
        }
        leftover.threads += u64::from(self.station.busy());
        leftover.jobs += self.cpu.active() as u64;
        leftover.outstanding += self.routing.iter().map(Routing::total).sum::<u64>();
        leftover.connections += self.pools.iter().map(Pool::taken).sum::<u64>();
        for policy in self.guards.iter().flat_map(|guard| &guard.policies) {
            leftover.permits += u64::from(match policy {
                Policy::ThreadPool(pool) => pool.running() + pool.waiting(),
                Policy::Semaphore(semaphore) => semaphore.running() + semaphore.waiting(),
                Policy::Fallback(fallback) => fallback.running(),
                _ => 0,
            });
        }
    }
}

fn guard_states(plan: &Plan, deployable: usize, born: Time) -> Vec<GuardState> {
    plan.guards
        .iter()
        .filter(|guard| guard.deployable.at() == deployable)
        .map(|guard| GuardState {
            policies: guard.layers.iter().map(|layer| Policy::new(layer, born)).collect(),
            lines: guard.layers.iter().map(|_| VecDeque::new()).collect(),
        })
        .collect()
}

impl<O: Observer> World<'_, O> {
    /// A thread, a place in the accept queue, or a rejection.
    pub(super) fn admit(&mut self, id: Id<Attempt>) {
        let now = self.now();
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        let (index, priority) = (attempt.instance, attempt.origin.priority(self.plan));
        attempt.since = now;
        let instance = &mut self.instances[index as usize];
        let account = &mut self.counts.deployables[instance.deployable].account;
        match instance.station.arrive(now, id, priority) {
            Admission::Starts => {
                account.starts_at_once(now);
                attempt.state = AttemptState::Running;
                self.begin_program(id);
            }
            Admission::Waits => {
                account.waits(now);
                attempt.state = AttemptState::Queued;
                self.schedule_patience_in_line(id);
            }
            Admission::Refused => {
                account.refused();
                self.counts.attempt_rejected(instance.deployable);
                self.reply(id, Outcome::Failed(Cause::QueueFull));
            }
        }
        self.see_levels(index);
    }

    /// The attempt's program has ended: the answer is serialised, the thread freed, the answer sent.
    pub(super) fn attempt_done(&mut self, id: Id<Attempt>, outcome: Outcome) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        attempt.outcome = outcome;
        attempt.frame = None;
        let (index, priority) = (attempt.instance, attempt.origin.priority(self.plan));
        if attempt.inline {
            self.answered(id);
            return;
        }
        let serialise = self.plan.deployables[self.instances[index as usize].deployable].serialise;
        let remote = attempt.from.is_some();
        if remote && !serialise.is_zero() {
            let job = CpuJob { job: Job::Reply(id), work: serialise };
            self.attempts[id].cpu = Some(self.start_job(index, job, priority));
        } else {
            self.answer_sent(id);
        }
    }

    fn answer_sent(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id) else { return };
        let (index, outcome, since) = (attempt.instance, attempt.outcome, attempt.since);
        self.free_thread(index, since, Left::Completed);
        self.reply(id, outcome);
    }

    /// The thread that an attempt has held `since` then is free: the next attempt in the queue gets it.
    pub(super) fn free_thread(&mut self, index: u32, since: Time, left: Left) {
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        let account = &mut self.counts.deployables[instance.deployable].account;
        account.leaves(now, since, left);
        if let Some(next) = instance.station.finish(now)
            && let Some(attempt) = self.attempts.get_mut(next)
        {
            account.starts(now, std::mem::replace(&mut attempt.since, now));
            attempt.state = AttemptState::Running;
            self.begin_program(next);
        }
        self.see_levels(index);
    }

    /// Takes a waiting attempt out of the accept queue for good.
    pub(super) fn withdraw(&mut self, id: Id<Attempt>) {
        let Some((index, since)) = self.attempts.get(id).map(|a| (a.instance, a.since)) else { return };
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        if instance.station.withdraw(now, id) {
            self.counts.deployables[instance.deployable].account.withdraws(now, since);
        }
        self.remove_attempt(id);
        self.see_levels(index);
    }

    /// Gives a job to an instance's processor.
    pub(super) fn start_job(&mut self, index: u32, job: CpuJob, priority: u32) -> OnCpu {
        let now = self.now();
        let ticket = self.instances[index as usize].cpu.start_with(now, job, job.work, priority);
        self.watch_cpu(index);
        OnCpu { ticket, work: job.work }
    }

    /// Takes a job back; what it has had so far was spent in vain.
    pub(super) fn cancel_job(&mut self, index: u32, job: OnCpu) {
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        let left = instance.cpu.cancel(now, job.ticket).unwrap_or(job.work);
        self.counts.cpu_spent(instance.deployable, job.work.saturating_sub(left), true);
        self.watch_cpu(index);
    }

    /// Sees to it that an event comes when the processor's next job is done. An event that comes too early finds
    /// nothing done and asks again, so only an earlier completion needs a new one.
    pub(super) fn watch_cpu(&mut self, index: u32) {
        let instance = &mut self.instances[index as usize];
        if let Some(due) = instance.cpu.next_completion()
            && due < instance.cpu_due
        {
            instance.cpu_due = due;
            instance.cpu_stamp = instance.cpu_stamp.wrapping_add(1);
            let event = Event::Cpu { instance: index, stamp: instance.cpu_stamp };
            self.agenda.schedule(due, Class::Completion, Layout::processor_rank(index), event);
        }
        self.see_levels(index);
    }

    pub(super) fn cpu_due(&mut self, index: u32, stamp: u32) {
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        if instance.cpu_stamp != stamp {
            return;
        }
        instance.cpu_due = Time::NEVER;
        while let Some(done) = self.instances[index as usize].cpu.complete(now) {
            self.job_done(index, done);
        }
        self.watch_cpu(index);
    }

    fn job_done(&mut self, index: u32, done: CpuJob) {
        let origin = match done.job {
            Job::Step(frame) => self.frames.get(frame).map(|f| f.origin),
            Job::Send(attempt) | Job::Reply(attempt) => self.attempts.get(attempt).map(|a| a.origin),
        };
        let awaited = origin.is_some_and(|o| !o.wasted && self.is_wanted(&o));
        let deployable = self.instances[index as usize].deployable;
        self.counts.cpu_spent(deployable, done.work, !awaited && !mutant!("waste-not-counted"));
        match done.job {
            Job::Step(frame) => {
                if let Some(frame) = self.frames.get_mut(frame) {
                    frame.child = Child::None;
                }
                self.ready.push_back(Ready::Frame(frame));
            }
            Job::Send(attempt) => self.launch(attempt),
            Job::Reply(attempt) => self.answer_sent(attempt),
        }
    }

    /// Levels of the instance may have changed: the record is told once, when the event is over.
    #[inline]
    pub(super) fn see_levels(&mut self, index: u32) {
        if !std::mem::replace(&mut self.instances[index as usize].touched, true) {
            self.touched.push(index);
        }
    }

    /// Tells the record what has changed at the instances that the event has touched.
    #[inline]
    pub(super) fn settle_levels(&mut self) {
        while let Some(index) = self.touched.pop() {
            self.settle_levels_of(index);
        }
    }

    fn settle_levels_of(&mut self, index: u32) {
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        instance.touched = false;
        let active = u32::try_from(instance.cpu.active()).unwrap_or(u32::MAX);
        let cores = match self.plan.deployables[instance.deployable].cores {
            archsim_sim::Limit::AtMost(cores) => active.min(cores),
            archsim_sim::Limit::Unbounded => active,
        };
        let (busy, waiting) = (instance.station.busy(), instance.station.waiting());
        let levels = Levels { busy, waiting, cores, up: u32::from(instance.up) };
        if levels.packed() == instance.seen.packed() {
            return;
        }
        let seen = std::mem::replace(&mut instance.seen, levels);
        if let Some(scaler) = &mut self.membership.fleets[instance.deployable].scaler {
            let meter = &mut scaler.meters[instance.number as usize];
            meter.advance(now, seen.cores, seen.busy, seen.waiting);
        }
        let counts = &mut self.counts.deployables[instance.deployable];
        counts.busy_threads.change(now, seen.busy, levels.busy);
        counts.queued.change(now, seen.waiting, levels.waiting);
        counts.busy_cores.change(now, seen.cores, levels.cores);
        counts.account.levels(now, (seen.waiting, levels.waiting), (seen.busy, levels.busy));
        counts.up.change(now, seen.up, levels.up);
        counts.changed(now);
    }
}
