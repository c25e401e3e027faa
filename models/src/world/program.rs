//! The interpreter: a frame runs its program step by step, until it has to wait.

use archsim_sim::{Class, Id, Key, Stream};

use super::entity::{Attempt, Caller, Child, Frame, FrameEffects, Origin, Parent};
use super::event::Event;
use super::instance::{CpuJob, Job};
use super::observe::{Note, Observer};
use super::{Ready, World};
use crate::plan::{BlockId, ProgramId, SiteId, Step};
use crate::policy::Outcome;
use crate::record::Cause;

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
        let attempt = &self.attempts[id];
        let (program, instance) = (attempt.program, attempt.instance);
        let (origin, path) = (attempt.origin, attempt.path);
        let frame = self.push_frame(Parent::Attempt(id), id, origin, program, instance, path);
        self.attempts[id].frame = Some(frame);
        self.enter_program(frame);
    }

    fn push_frame(
        &mut self,
        parent: Parent,
        attempt: Id<Attempt>,
        origin: Origin,
        program: ProgramId,
        instance: u32,
        path: Key,
    ) -> Id<Frame> {
        self.frames.insert(Frame {
            origin,
            attempt,
            parent,
            child: Child::None,
            sibling: None,
            instance,
            program,
            block: BlockId(0),
            step: 0,
            round: 0,
            pending: 0,
            path,
            start: self.counts.start(self.agenda.now()),
            degraded: false,
            failed: None,
            effects: FrameEffects::NONE,
        })
    }

    /// Faults decide what they do to this execution; then the first step may come.
    fn enter_program(&mut self, id: Id<Frame>) {
        let frame = &self.frames[id];
        let capability = self.plan.programs[frame.program.at()].capability;
        if !self.effects[capability.at()].any() {
            self.ready.push_back(Ready::Frame(id));
            return;
        }
        let entry = self.entry_effects(capability, frame.path);
        if entry.fails_at_once {
            self.end_frame(id, Outcome::Failed(Cause::Error));
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

    /// Takes steps until one has to wait or the program ends.
    pub(super) fn advance(&mut self, id: Id<Frame>) {
        let plan = self.plan;
        loop {
            let Some(frame) = self.frames.get(id) else { return };
            if self.is_past_deadline(frame.origin.deadline) {
                self.end_frame(id, Outcome::Failed(Cause::Deadline));
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
                let work = scaled(work, frame.effects.work_factor);
                if work.is_zero() {
                    return Next::Go;
                }
                let instance = frame.instance;
                let ticket = self.start_job(instance, CpuJob { job: Job::Step(id), work });
                self.frames[id].child = Child::Cpu(ticket);
            }
            Step::Latency { span, key } => {
                let frame = &mut self.frames[id];
                frame.step += 1;
                let wait = span.sample(&mut Stream::keyed(frame.path.with(*key)));
                let wait = scaled(wait, frame.effects.latency_factor);
                if wait.is_zero() {
                    return Next::Go;
                }
                let (at, rank) = (self.agenda.now() + wait, frame.origin.rank);
                self.agenda.schedule(at, Class::Completion, rank, Event::Waited(id));
            }
            Step::Call(site) => return self.call_step(id, *site),
            Step::Parallel { branches, .. } => return self.fork(id, branches),
            Step::Store { store, operation, repeat, key } => {
                let frame = &mut self.frames[id];
                if frame.round >= *repeat {
                    frame.round = 0;
                    frame.step += 1;
                    return Next::Go;
                }
                frame.round += 1;
                self.begin_store_call(id, *store, *operation, *key);
            }
        }
        Next::Wait
    }

    /// A call step: perhaps, and perhaps several times.
    fn call_step(&mut self, id: Id<Frame>, site_id: SiteId) -> Next {
        let site = &self.plan.sites[site_id.at()];
        let frame = &mut self.frames[id];
        let path = frame.path.with(site.key);
        let skipped =
            frame.round == 0 && site.probability < 1.0 && !Stream::keyed(path).chance(site.probability);
        if skipped || frame.round >= site.repeat {
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
        self.counts.called(site_id, start);
        let frame = &mut self.frames[id];
        frame.start = start;
        let (origin, instance, attempt) = (frame.origin, frame.instance, frame.attempt);
        self.note(origin, Note::Called(site_id));
        if site.guard.is_some() {
            self.begin_guarded(id, site_id, path);
        } else if site.in_process {
            self.counts.attempted(site_id, start);
            self.note(origin, Note::Attempted(site_id));
            let child =
                self.push_frame(Parent::Call(id, site_id), attempt, origin, site.callee, instance, path);
            self.frames[id].child = Child::Frame(child);
            self.enter_program(child);
        } else {
            self.counts.attempted(site_id, start);
            self.note(origin, Note::Attempted(site_id));
            let sent = self.send(Caller::Frame(id), Some(site_id), site.callee, origin, path, Some(instance));
            if let (Some(attempt), Some(frame)) = (sent, self.frames.get_mut(id)) {
                frame.child = Child::Attempt(attempt);
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
        let (start, origin) = (frame.start, frame.origin);
        self.counts.call_settled(self.plan, site, start, outcome);
        self.note(origin, Note::Settled(site, outcome));
        match outcome {
            Outcome::Success => self.ready.push_back(Ready::Frame(id)),
            Outcome::Degraded => {
                self.frames[id].degraded = true;
                self.ready.push_back(Ready::Frame(id));
            }
            Outcome::Failed(_) | Outcome::Abandoned => self.end_frame(id, outcome),
        }
    }

    /// Starts the branches of a parallel step; the frame goes on when all have joined.
    fn fork(&mut self, id: Id<Frame>, branches: &[BlockId]) -> Next {
        let parent = &self.frames[id];
        let (origin, attempt, program) = (parent.origin, parent.attempt, parent.program);
        let (instance, effects, step) = (parent.instance, parent.effects, parent.step);
        let path = parent.path;
        let mut first = None;
        // From the last to the first, so that each knows its sibling.
        for (index, block) in branches.iter().enumerate().rev() {
            // Steps of different branches have different keys, but the same site may stand in two branches.
            let path = path.with(u64::from(step) << 16 | index as u64);
            let branch = self.push_frame(Parent::Branch(id), attempt, origin, program, instance, path);
            let frame = &mut self.frames[branch];
            frame.block = *block;
            frame.effects = FrameEffects { fails: false, ..effects };
            frame.sibling = first;
            first = Some(branch);
        }
        let frame = &mut self.frames[id];
        frame.step += 1;
        frame.pending = branches.len() as u16;
        let Some(first) = first else { return Next::Go };
        frame.child = Child::Branches(first);
        let mut next = Some(first);
        while let Some(branch) = next {
            self.ready.push_back(Ready::Frame(branch));
            next = self.frames[branch].sibling;
        }
        Next::Wait
    }

    fn branch_joined(&mut self, id: Id<Frame>, outcome: Outcome) {
        let Some(frame) = self.frames.get_mut(id) else { return };
        frame.pending -= 1;
        match outcome {
            Outcome::Success => {}
            Outcome::Degraded => frame.degraded = true,
            Outcome::Failed(cause) => frame.failed = frame.failed.or(Some(cause)),
            Outcome::Abandoned => {}
        }
        let blocks = &self.plan.programs[frame.program.at()].blocks;
        // The parallel step lies behind the frame already.
        let step = &blocks[frame.block.at()][frame.step as usize - 1];
        let fail_fast = matches!(step, Step::Parallel { fail_fast: true, .. });
        if let Some(cause) = frame.failed
            && (fail_fast || frame.pending == 0)
        {
            self.end_frame(id, Outcome::Failed(cause));
        } else if frame.pending == 0 {
            frame.child = Child::None;
            self.ready.push_back(Ready::Frame(id));
        }
    }

    /// All steps are done.
    fn end_program(&mut self, id: Id<Frame>) {
        let frame = &self.frames[id];
        let outcome = match (frame.effects.fails, frame.degraded) {
            (true, _) => Outcome::Failed(Cause::Error),
            (false, true) => Outcome::Degraded,
            (false, false) => Outcome::Success,
        };
        self.end_frame(id, outcome);
    }

    /// The frame is over; whoever is above goes on.
    pub(super) fn end_frame(&mut self, id: Id<Frame>, outcome: Outcome) {
        let Some(frame) = self.frames.remove(id) else { return };
        match frame.parent {
            Parent::Attempt(attempt) => self.attempt_done(attempt, outcome),
            Parent::Branch(parent) => self.branch_joined(parent, outcome),
            Parent::Call(parent, site) => {
                self.note(frame.origin, Note::Returned(site, outcome));
                self.call_settled(parent, site, outcome);
            }
        }
    }

    /// A cancellation has reached the frame's instance: everything below is given up.
    pub(super) fn cancel_frame(&mut self, id: Id<Frame>) {
        let Some(frame) = self.frames.remove(id) else { return };
        match frame.child {
            Child::None => {}
            Child::Frame(child) => self.cancel_frame(child),
            Child::Branches(first) => {
                let mut next = Some(first);
                while let Some(branch) = next {
                    next = self.frames.get(branch).and_then(|f| f.sibling);
                    self.cancel_frame(branch);
                }
            }
            Child::Cpu(ticket) => self.cancel_job(frame.instance, ticket),
            Child::Attempt(attempt) => {
                self.abandon_attempt(attempt);
                self.send_cancel(attempt);
            }
            Child::Passage(passage) => self.cancel_passage(passage),
            Child::Store(call) => self.cancel_store_call(call),
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

fn scaled(span: archsim_sim::Span, factor: f64) -> archsim_sim::Span {
    // Comparing with the exact neutral value: the factor is 1 unless a fault has set it.
    if factor.to_bits() == 1.0_f64.to_bits() { span } else { span.scaled(factor) }
}
