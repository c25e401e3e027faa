//! Nobody waits any more: what that means for an attempt that does not know (its work is wasted), and for one that
//! is told (it gives up its place, core, thread and nested calls, one network delay later).

use archsim_sim::{Id, mutant};

use super::World;
use super::entity::{Attempt, AttemptState, Child, Frame, Passage};
use super::flow::Left;
use super::observe::Observer;

impl<O: Observer> World<'_, O> {
    /// Nobody waits for this attempt any more, but it does not know: it lives on, and its work is wasted.
    pub(super) fn abandon_attempt(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        attempt.origin.wasted = true;
        let (state, caller, frame) = (attempt.state, attempt.caller, attempt.frame);
        if state == AttemptState::Lost && !self.caller_exists(caller) {
            self.remove_attempt(id);
        } else if let Some(frame) = frame {
            self.waste_frame(frame);
        }
    }

    /// Marks a frame and all that it waits for as wasted. What is marked has everything below marked.
    fn waste_frame(&mut self, id: Id<Frame>) {
        let Some(frame) = self.frames.get_mut(id) else { return };
        if std::mem::replace(&mut frame.origin.wasted, true) {
            return;
        }
        match frame.child {
            Child::Frame(child) => self.waste_frame(child),
            Child::Attempt(attempt) => self.abandon_attempt(attempt),
            Child::Passage(passage) => self.waste_passage(passage),
            Child::Branches(first) => self.waste_branches(first),
            Child::None | Child::Store(_) | Child::Cpu(_) => {}
        }
    }

    /// Marks a branch of a parallel step, and those after it.
    pub(super) fn waste_branches(&mut self, first: Id<Frame>) {
        let mut next = Some(first);
        while let Some(branch) = next {
            next = self.frames[branch].sibling;
            self.waste_frame(branch);
        }
    }

    fn waste_passage(&mut self, id: Id<Passage>) {
        let Some(passage) = self.passages.get_mut(id) else { return };
        passage.call.origin.wasted = true;
        match passage.child {
            Child::Passage(child) => self.waste_passage(child),
            Child::Attempt(attempt) => self.abandon_attempt(attempt),
            _ => {}
        }
    }

    /// Nobody waits for this attempt any more, and its instance is told.
    pub(super) fn give_up_attempt(&mut self, id: Id<Attempt>) {
        self.abandon_attempt(id);
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        match attempt.state {
            // The message has not left: it never will.
            AttemptState::Sending => {
                let (cpu, from, instance) = (attempt.cpu.take(), attempt.from, attempt.instance);
                self.undelivered(instance);
                if let (Some(cpu), Some(from)) = (cpu, from) {
                    self.cancel_job(from, cpu);
                }
                self.remove_attempt(id);
            }
            AttemptState::Lost => {
                self.remove_attempt(id);
            }
            AttemptState::Inbound => {}
            AttemptState::Running if attempt.inline => self.cancel_attempt(id),
            AttemptState::Outbound | AttemptState::Queued | AttemptState::Running => self.send_cancel(id),
        }
    }

    /// A cancellation has arrived: the attempt gives up its queue place, core, thread and nested calls.
    pub(super) fn cancel_attempt(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get_mut(id) else { return };
        let (index, frame, cpu, inline) = (attempt.instance, attempt.frame, attempt.cpu, attempt.inline);
        let since = attempt.since;
        match attempt.state {
            // It was faster than the message.
            AttemptState::Outbound => attempt.cancelled = true,
            AttemptState::Queued => self.withdraw(id),
            AttemptState::Running => {
                if let Some(frame) = frame {
                    self.cancel_frame(frame);
                }
                if let Some(cpu) = cpu {
                    self.cancel_job(index, cpu);
                }
                self.remove_attempt(id);
                if !inline {
                    self.free_thread(index, since, Left::Failed);
                }
            }
            AttemptState::Sending | AttemptState::Inbound | AttemptState::Lost => {}
        }
    }

    /// Everything below a frame is given up.
    fn cancel_frame(&mut self, id: Id<Frame>) {
        let Some(frame) = self.frames.remove(id) else { return };
        self.cancel_child(&frame);
        if let Some(transaction) = frame.transaction {
            self.frame_gone(id, transaction);
        }
    }

    /// What a frame waits for is given up.
    fn cancel_child(&mut self, frame: &Frame) {
        match frame.child {
            Child::None => {}
            Child::Frame(child) => self.cancel_frame(child),
            Child::Branches(first) => {
                let mut next = Some(first);
                while let Some(branch) = next {
                    next = self.frames[branch].sibling;
                    self.cancel_frame(branch);
                }
            }
            Child::Cpu(cpu) => self.cancel_job(frame.instance, cpu),
            Child::Attempt(attempt) if mutant!("cancel-stops-at-the-first") => self.abandon_attempt(attempt),
            Child::Attempt(attempt) => self.give_up_attempt(attempt),
            Child::Passage(passage) => self.cancel_passage(passage),
            Child::Store(call) => self.cancel_store_call(call),
        }
    }
}
