//! Crash and restart: what dies with a process, what its callers hear of it, and what it has to learn anew.

use archsim_sim::{Class, Id, Time, mutant};

use super::entity::{Attempt, AttemptState};
use super::event::Event;
use super::flow::Left;
use super::observe::Observer;
use super::{FIRST, World};
use crate::policy::Outcome;
use crate::record::Cause;

impl<O: Observer> World<'_, O> {
    /// The process is gone: what it worked on fails at its callers, what it waited for finds nobody.
    pub(super) fn crash(&mut self, index: u32, silent: bool) {
        let now = self.now();
        let instance = &mut self.instances[index as usize];
        if !instance.up {
            return;
        }
        instance.up = false;
        self.up[instance.deployable] -= 1;
        instance.silent = silent;
        instance.incarnation += 1;
        instance.station.clear(now);
        instance.cpu.clear(now);
        instance.cpu_stamp = instance.cpu_stamp.wrapping_add(1);
        instance.cpu_due = Time::NEVER;
        self.see_levels(index);
        self.caches.process_gone(index);
        self.close_pools(index);
        self.drop_calls_of(index);
        self.fail_attempts_at(index, silent);
        self.lost_sight_of(index);
        self.process_gone(index);
    }

    /// Frames, passages and store calls of the instance are gone, without a word to anybody.
    fn drop_calls_of(&mut self, index: u32) {
        let frames: Vec<_> =
            self.frames.iter().filter(|(_, f)| f.instance == index).map(|(id, _)| id).collect();
        for frame in frames {
            self.frames.remove(frame);
        }
        let passages: Vec<_> =
            self.passages.iter().filter(|(_, p)| p.call.instance == index).map(|(id, _)| id).collect();
        for passage in passages {
            self.passages.remove(passage);
        }
        self.drop_store_calls_of(index);
        self.drop_transactions_of(index);
    }

    fn fail_attempts_at(&mut self, index: u32, silent: bool) {
        let concerned = |a: &Attempt| a.instance == index || a.from == Some(index);
        let attempts = self.attempts.iter().filter(|(_, a)| concerned(a));
        let mut hit: Vec<_> = attempts.map(|(id, a)| (a.origin.rank, a.order, id)).collect();
        // By request, then as they were sent: where they happen to lie in memory must not matter.
        hit.sort_unstable();
        for (.., id) in hit {
            self.cut_short(index, id);
            let Some(attempt) = self.attempts.get_mut(id) else { continue };
            let (here, ours) = (attempt.instance == index, attempt.from == Some(index));
            // Its balancer is gone, and the next one knows nothing of it.
            attempt.outstanding &= !ours;
            if here && attempt.state != AttemptState::Sending {
                // The job that wrote its answer went with the processor; a caller that still writes is elsewhere.
                attempt.cpu = None;
            }
            match attempt.state {
                // Inline work, unsent messages and the wait for what was lost die with the process.
                _ if attempt.inline => self.remove_attempt(id),
                AttemptState::Sending | AttemptState::Lost if ours => self.remove_attempt(id),
                AttemptState::Queued if here && mutant!("crash-forgets-the-queue") => self.lose(id),
                AttemptState::Queued | AttemptState::Running if here && silent => self.lose(id),
                AttemptState::Queued | AttemptState::Running if here => {
                    self.reply(id, Outcome::Failed(Cause::Reset));
                }
                _ if ours => self.abandon_attempt(id),
                _ => {}
            }
        }
    }

    /// Whoever was in the accept queue, or on a thread, is not there any more, and what was not sent never will be.
    fn cut_short(&mut self, index: u32, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id).filter(|a| !a.inline) else { return };
        let (now, since, instance) = (self.now(), attempt.since, attempt.instance);
        let (here, ours) = (instance == index, attempt.from == Some(index));
        let deployable = self.instances[index as usize].deployable;
        let account = &mut self.counts.deployables[deployable].account;
        match attempt.state {
            AttemptState::Queued if here => account.drops_from_line(now, since),
            AttemptState::Running if here => account.leaves(now, since, Left::Failed),
            AttemptState::Sending if ours => self.undelivered(instance),
            _ => {}
        }
    }

    /// The instance is back, with nothing of what it knew.
    pub(super) fn restart(&mut self, index: u32) {
        let now = self.now();
        let old = &self.instances[index as usize];
        if old.up {
            return;
        }
        self.up[old.deployable] += 1;
        let links = &self.layout.links[old.deployable];
        self.instances[index as usize] = old.restarted(self.plan, links, index, now, self.dice);
        if let Some(warm_up) = self.plan.deployables[self.instances[index as usize].deployable].warm_up {
            let instance = &mut self.instances[index as usize];
            instance.cold_until = now + warm_up.lasts;
            let warm = Event::Warm { instance: index, incarnation: instance.incarnation };
            self.agenda.schedule(instance.cold_until, Class::Timer, FIRST, warm);
            self.set_speed(index);
        } else if !self.weathers.is_empty() {
            self.set_speed(index);
        }
        self.start_pools(index);
        self.came_up(index);
        self.see_levels(index);
    }

    /// Its process has run for long enough.
    pub(super) fn warm(&mut self, index: u32, incarnation: u32) {
        if self.instances[index as usize].incarnation == incarnation {
            self.set_speed(index);
        }
    }
}
