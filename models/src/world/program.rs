//! The interpreter: a frame runs its program step by step, until it has to wait.

use archsim_sim::{Class, Id, Key, Stream, mutant};

use super::entity::{Attempt, Caller, Child, Frame, FrameEffects, Origin, Parent};
use super::event::Event;
use super::faults::scaled_by_faults;
use super::flow::Left;
use super::instance::{CpuJob, Job};
use super::observe::{Note, Observer};
use super::{Ready, World};
use crate::plan::{BlockId, Crowding, SiteId, Step};
use crate::policy::Outcome;
use crate::record::Cause;

const AGAIN: u64 = Key::of_name("again");

/// What a step leads to.
enum Next {
    /// The frame has to wait for something.
    Wait,
    /// The next step may follow at once.
    Go,
}

impl<O: Observer> World<'_, O> {
    /// Starts the program of an attempt.
    pub(super) fn begin_program(&mut self, id: Id<Attempt>) {
        let attempt = &mut self.attempts[id];
        let (program, instance) = (attempt.program, attempt.instance);
        let (origin, path) = (attempt.origin, attempt.path);
        let frame = self.frames.insert(Frame::new(origin, id, Parent::Attempt(id), instance, program, path));
        attempt.frame = Some(frame);
        self.enter_program(frame);
    }

    /// Faults decide what they do to this execution; then the first step may come.
    #[inline(always)]
    fn enter_program(&mut self, id: Id<Frame>) {
        let frame = &self.frames[id];
        if self.is_past_deadline(frame.origin.deadline) {
            self.fail_frame(id, Cause::Deadline);
            return;
        }
        let capability = self.plan.programs[frame.program.at()].capability;
        if !self.effects[capability.at()].any() {
            self.ready.push_back(Ready::Frame(id));
            return;
        }
        let entry = self.entry_effects(capability, frame.path);
        if let Some(cause) = entry.fails_at_once {
            self.fail_frame(id, cause);
            return;
        }
        self.frames[id].effects = entry.effects;
        if entry.wait.is_zero() {
            self.ready.push_back(Ready::Frame(id));
        } else {
            let at = self.now() + entry.wait;
            let rank = self.frames[id].origin.rank;
            self.agenda.schedule(at, Class::Completion, rank, Event::Waited(id));
        }
    }

    /// The frame ends with a failure as soon as it is its turn: not here and now, so that no failure of a hundred
    /// calls in each other, or of a whole queue, piles up on the stack.
    pub(super) fn fail_frame(&mut self, id: Id<Frame>, cause: Cause) {
        let Some(frame) = self.frames.get_mut(id) else { return };
        frame.failed = Some(cause);
        self.ready.push_back(Ready::Frame(id));
    }

    /// Takes steps until one has to wait or the program ends.
    pub(super) fn advance(&mut self, id: Id<Frame>) {
        let plan = self.plan;
        loop {
            let Some(frame) = self.frames.get(id) else { return };
            let too_late = self.is_past_deadline(frame.origin.deadline).then_some(Cause::Deadline);
            if let Some(cause) = frame.failed.or(too_late) {
                self.end_frame(id, Outcome::Failed(cause));
                return;
            }
            let block = &plan.programs[frame.program.at()].blocks[frame.block.at()];
            let Some(step) = block.get(frame.step as usize) else {
                self.end_program(id);
                return;
            };
            match self.take_step(id, step) {
                Next::Go => {}
                Next::Wait => return,
            }
        }
    }

    fn take_step(&mut self, id: Id<Frame>, step: &Step) -> Next {
        match step {
            Step::Work { span, key } => {
                let frame = &mut self.frames[id];
                frame.step += 1;
                let work = span.sample(&mut Stream::keyed(frame.path.with(*key)));
                let work = scaled_by_faults(work, frame.effects.work_factor);
                let (instance, priority) = (frame.instance, frame.origin.priority(self.plan));
                let (crowding, under_way) = self.crowd(instance);
                let work = crowding.work(work, under_way);
                if work.is_zero() {
                    return Next::Go;
                }
                let job = self.start_job(instance, CpuJob { job: Job::Step(id), work }, priority);
                self.frames[id].child = Child::Cpu(job);
            }
            Step::Latency { span, key } => {
                let frame = &mut self.frames[id];
                frame.step += 1;
                let wait = span.sample(&mut Stream::keyed(frame.path.with(*key)));
                let wait = scaled_by_faults(wait, frame.effects.latency_factor);
                let (instance, rank) = (frame.instance, frame.origin.rank);
                let (crowding, under_way) = self.crowd(instance);
                let wait = crowding.wait(wait, under_way);
                if wait.is_zero() {
                    return Next::Go;
                }
                let at = self.agenda.now() + wait;
                self.agenda.schedule(at, Class::Completion, rank, Event::Waited(id));
            }
            Step::Call(site) => return self.call_step(id, *site),
            Step::Parallel { branches, .. } => {
                return self.fork(id, branches.iter().copied().enumerate().rev());
            }
            Step::OneOf { branches, key } => {
                let coin = Stream::keyed(self.frames[id].path.with(*key)).unit();
                let chosen = chosen_branch(branches, coin);
                return self.fork(id, chosen.into_iter());
            }
            Step::Store { store, operation, repeat, again, item, key, .. } => {
                let frame = &mut self.frames[id];
                if !goes_on(frame.path.with(*key), frame.round, *repeat, *again) {
                    frame.round = 0;
                    frame.step += 1;
                    return Next::Go;
                }
                frame.round += 1;
                self.begin_store_call(id, (*store, *operation), *item, (*key, *repeat));
            }
            Step::Transaction(step) => self.begin_transaction(id, step),
            Step::Cached(access) => {
                let frame = &mut self.frames[id];
                if !goes_on(frame.path.with(access.key), frame.round, access.repeat, access.again) {
                    frame.round = 0;
                    frame.step += 1;
                    return Next::Go;
                }
                frame.round += 1;
                if self.begin_access(id, access) {
                    return Next::Go;
                }
            }
        }
        Next::Wait
    }

    /// How the attempts of an instance slow each other down, and how many have a thread.
    fn crowd(&self, instance: u32) -> (&Crowding, u32) {
        let instance = &self.instances[instance as usize];
        (&self.plan.deployables[instance.deployable].crowding, instance.station.busy())
    }

    /// A call step: perhaps, and perhaps several times.
    fn call_step(&mut self, id: Id<Frame>, site_id: SiteId) -> Next {
        let site = &self.plan.sites[site_id.at()];
        let frame = &mut self.frames[id];
        let path = frame.path.with(site.key);
        let skipped =
            frame.round == 0 && site.probability < 1.0 && !Stream::keyed(path).chance(site.probability);
        if skipped || !goes_on(path, frame.round, site.repeat, site.again) {
            frame.round = 0;
            frame.step += 1;
            return Next::Go;
        }
        let path = path.with(u64::from(frame.round));
        frame.round += 1;
        self.begin_call(id, site_id, path);
        Next::Wait
    }

    fn begin_call(&mut self, id: Id<Frame>, site_id: SiteId, path: Key) {
        let site = &self.plan.sites[site_id.at()];
        let start = self.counts.start(self.agenda.now());
        self.counts.called(self.plan, site_id, start);
        let frame = &mut self.frames[id];
        frame.call_start = start;
        let (origin, instance, attempt) = (frame.origin, frame.instance, frame.attempt);
        self.note(origin, Note::Called(site_id));
        if let Some(guard) = site.guard {
            self.begin_guarded(id, site_id, guard, path);
            return;
        }
        self.counts.attempted(self.plan, site_id, start, self.now());
        self.note(origin, Note::Attempted(site_id));
        if site.in_process {
            let parent = Parent::Call(id, site_id);
            let callee = self.frames.insert(Frame::new(origin, attempt, parent, instance, site.callee, path));
            self.frames[id].child = Child::Frame(callee);
            self.enter_program(callee);
        } else {
            let sent = self.send(Caller::Frame(id), Some(site_id), site.callee, origin, path, Some(instance));
            if let Some(attempt) = sent {
                self.frames[id].child = Child::Attempt(attempt);
            }
            if mutant!("thread-free-while-calling") {
                self.free_thread(instance, start.at, Left::Completed);
            }
        }
    }

    /// An unguarded remote call has its answer.
    pub(super) fn call_returned(&mut self, id: Id<Frame>, site: Option<SiteId>, outcome: Outcome) {
        let Some(site) = site else { return };
        if let Some(frame) = self.frames.get(id) {
            self.note(frame.origin, Note::Returned(site, outcome));
        }
        self.call_settled(id, site, outcome);
    }

    /// A call is over for the program that made it: counted, and the program goes on or fails.
    pub(super) fn call_settled(&mut self, id: Id<Frame>, site: SiteId, outcome: Outcome) {
        let Some(frame) = self.frames.get_mut(id) else { return };
        frame.child = Child::None;
        let (start, origin) = (frame.call_start, frame.origin);
        let in_vain = std::mem::take(&mut frame.substituted) || !self.is_wanted(&origin);
        self.counts.call_settled(self.plan, site, start, outcome, in_vain);
        self.note(origin, Note::Settled(site, outcome));
        match outcome {
            Outcome::Success => self.ready.push_back(Ready::Frame(id)),
            Outcome::Degraded => {
                self.frames[id].degraded = !mutant!("degraded-mark-lost");
                self.ready.push_back(Ready::Frame(id));
            }
            Outcome::Failed(cause) => self.fail_frame(id, cause),
            Outcome::Abandoned => debug_assert!(false, "a program that waits is not abandoned"),
        }
    }

    /// Starts branches, given from the last to the first with their numbers; the frame goes on when all have joined.
    fn fork(&mut self, id: Id<Frame>, branches: impl Iterator<Item = (usize, BlockId)>) -> Next {
        let parent = &self.frames[id];
        let (origin, attempt, program) = (parent.origin, parent.attempt, parent.program);
        let (instance, effects, step) = (parent.instance, parent.effects, parent.step);
        let (path, keys, transaction) = (parent.path, parent.keys, parent.transaction);
        let (mut first, mut pending) = (None, 0);
        // From the last to the first, so that each knows its sibling.
        for (index, block) in branches {
            pending += 1;
            // Steps of different branches have different keys, but the same site may stand in two branches.
            let place = u64::from(step) << 16 | index as u64;
            first = Some(self.frames.insert(Frame {
                block,
                effects: FrameEffects { fails: None, ..effects },
                sibling: first,
                keys: keys.with(place),
                transaction,
                ..Frame::new(origin, attempt, Parent::Branch(id), instance, program, path.with(place))
            }));
        }
        let frame = &mut self.frames[id];
        frame.step += 1;
        frame.pending = pending;
        let Some(first) = first else { return Next::Go };
        frame.child = Child::Branches(first);
        let mut next = Some(first);
        while let Some(branch) = next {
            self.ready.push_back(Ready::Frame(branch));
            next = self.frames[branch].sibling;
        }
        Next::Wait
    }

    fn branch_joined(
        &mut self,
        id: Id<Frame>,
        branch: Id<Frame>,
        after: Option<Id<Frame>>,
        outcome: Outcome,
    ) {
        self.unlink_branch(id, branch, after);
        let Some(frame) = self.frames.get_mut(id) else { return };
        frame.pending -= 1;
        match outcome {
            Outcome::Success | Outcome::Abandoned => {}
            Outcome::Degraded => frame.degraded = true,
            Outcome::Failed(cause) => frame.failed = frame.failed.or(Some(cause)),
        }
        let blocks = &self.plan.programs[frame.program.at()].blocks;
        // The parallel step lies behind the frame already.
        let step = &blocks[frame.block.at()][frame.step as usize - 1];
        let fail_fast = matches!(step, Step::Parallel { fail_fast: true, .. });
        let (child, failed, pending) = (frame.child, frame.failed, frame.pending);
        // One branch of several joins here too: it is the only one there was.
        let left = match step {
            Step::Parallel { branches, .. } if mutant!("join-at-the-first") => branches.len() as u16 - 1,
            _ => 0,
        };
        if pending == left {
            self.ready.push_back(Ready::Frame(id));
        } else if let (true, Some(cause)) = (fail_fast, failed) {
            // The other branches live on, for nobody.
            if let Child::Branches(first) = child {
                self.waste_branches(first);
            }
            self.end_frame(id, Outcome::Failed(cause));
        }
    }

    /// Takes a branch that has ended out of its parent's list. Lists are short.
    fn unlink_branch(&mut self, parent: Id<Frame>, branch: Id<Frame>, after: Option<Id<Frame>>) {
        let Some(Child::Branches(first)) = self.frames.get(parent).map(|p| p.child) else { return };
        if first == branch {
            self.frames[parent].child = after.map_or(Child::None, Child::Branches);
            return;
        }
        let mut before = first;
        while let Some(next) = self.frames[before].sibling {
            if next == branch {
                self.frames[before].sibling = after;
                return;
            }
            before = next;
        }
    }

    /// All steps are done.
    fn end_program(&mut self, id: Id<Frame>) {
        let frame = &self.frames[id];
        let outcome = match (frame.effects.fails, frame.degraded) {
            (Some(cause), _) => Outcome::Failed(cause),
            (None, true) => Outcome::Degraded,
            (None, false) => Outcome::Success,
        };
        self.end_frame(id, outcome);
    }

    /// The frame is over; whoever is above goes on.
    pub(super) fn end_frame(&mut self, id: Id<Frame>, outcome: Outcome) {
        let Some(frame) = self.frames.get(id) else { return };
        let (parent, sibling, origin) = (frame.parent, frame.sibling, frame.origin);
        if let Some(transaction) = frame.transaction {
            self.frame_gone(id, transaction);
        }
        self.frames.discard(id);
        match parent {
            Parent::Attempt(attempt) => self.attempt_done(attempt, outcome),
            Parent::Branch(parent) => self.branch_joined(parent, id, sibling, outcome),
            Parent::Transaction(owner) => self.steps_ended(owner, outcome),
            Parent::Call(parent, site) => {
                self.note(origin, Note::Returned(site, outcome));
                self.call_settled(parent, site, outcome);
            }
        }
    }

    /// Tells the observer, if there is one.
    pub(super) fn note(&mut self, origin: Origin, note: Note) {
        if O::LOOKS {
            let number = self.layout.number_of(origin.rank);
            self.observer.note(self.agenda.now(), number, note);
        }
    }
}

/// Whether a step that may be done several times is done once more after `round` times. The coins are named by
/// `path`, and only those of rounds past `repeat` are tossed.
fn goes_on(path: Key, round: u32, repeat: u32, again: f64) -> bool {
    let repeat = repeat + u32::from(again > 0.0 && mutant!("repeats-once-more"));
    round < repeat || (again > 0.0 && Stream::keyed(path.with(AGAIN).with(u64::from(round))).chance(again))
}

/// The branch into whose part of the unit interval the coin falls, with its number.
fn chosen_branch(branches: &[(f64, BlockId)], coin: f64) -> Option<(usize, BlockId)> {
    let mut below = 0.0;
    let within = branches.iter().position(|&(share, _)| {
        below += share;
        coin < below
    });
    // Shares written in decimals may miss 1 by a hair: what is left is the last one's.
    let chosen = within.or(branches.len().checked_sub(1))?;
    Some((chosen, branches[chosen].1))
}
