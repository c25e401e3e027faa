//! The CPU of a store: what an operation takes before it needs a server.
//!
//! ```text
//!   asked --> the processor, shared by all who are there --> the line for a server --> a server
//! ```
//!
//! Parsing, planning, sorting: nobody waits in line for it, for sessions share the cores as processes of an operating
//! system do, and each gets slower. Disks serve one after the other: that is what servers are.

use archsim_sim::{Class, Id, Key, Limit, Processor, Sharing, Span, Stream, Time, mutant};

use super::World;
use super::cache::Role;
use super::entity::{Frame, StoreCall, StoreState};
use super::event::Event;
use super::flow::Left;
use super::observe::Observer;
use crate::plan::{CostId, Step};

const CPU: u64 = Key::of_name("cpu");

/// A store's processor.
pub(crate) struct StoreCpu {
    processor: Processor<Id<StoreCall>>,
    /// The event that counts; older ones are stale.
    stamp: u32,
    due: Time,
}

impl StoreCpu {
    pub(super) fn new(cores: Limit) -> Self {
        let cores = if mutant!("store-cpu-not-shared") { Limit::Unbounded } else { cores };
        StoreCpu { processor: Processor::new(cores, 1.0, Sharing::Shared), stamp: 0, due: Time::NEVER }
    }

    /// Operations on it, and cores that are busy with them.
    fn levels(&self) -> (u32, u32) {
        let active = u32::try_from(self.processor.active()).unwrap_or(u32::MAX);
        let busy = match self.processor.cores() {
            Limit::AtMost(cores) => active.min(cores),
            Limit::Unbounded => active,
        };
        (active, busy)
    }
}

impl<O: Observer> World<'_, O> {
    /// The CPU time of an operation that a frame's step asks for: nothing for what caches do by themselves.
    pub(super) fn work_of(&self, frame: Id<Frame>, role: Role, draw: Key) -> Span {
        if self.plan.costs.is_empty() || matches!(role, Role::LookUp(..) | Role::Fill(..) | Role::Delete(..))
        {
            return Span::ZERO;
        }
        let Some(frame) = self.frames.get(frame) else { return Span::ZERO };
        let block = &self.plan.programs[frame.program.at()].blocks[frame.block.at()];
        let cost = match block.get(frame.step as usize) {
            Some(Step::Store { cost, .. }) => *cost,
            Some(Step::Cached(access)) => access.cost,
            _ => None,
        };
        self.cost_of(cost, draw)
    }

    /// The CPU time that costs so much.
    pub(super) fn cost_of(&self, cost: Option<CostId>, draw: Key) -> Span {
        let work = |law: &archsim_sim::Distribution| law.sample(&mut Stream::keyed(draw.with(CPU)));
        cost.map_or(Span::ZERO, |cost| work(&self.plan.costs[cost.at()]))
    }

    /// The operation takes its CPU time.
    pub(super) fn compute(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let call = &mut self.store_calls[id];
        (call.state, call.since) = (StoreState::Computing, now);
        let (store, work) = (call.store.at(), call.work);
        self.stores[store].cpu.processor.start(now, id, work);
        self.counts.stores[store].cpu.starts_at_once(now);
        self.watch_store_cpu(store);
    }

    /// Sees to it that an event comes when the next operation is done; see `watch_cpu`.
    fn watch_store_cpu(&mut self, store: usize) {
        let cpu = &mut self.stores[store].cpu;
        if let Some(due) = cpu.processor.next_completion()
            && due < cpu.due
        {
            cpu.due = due;
            cpu.stamp = cpu.stamp.wrapping_add(1);
            let event = Event::StoreCpu { store: store as u32, stamp: cpu.stamp };
            self.agenda.schedule(due, Class::Completion, self.layout.store_rank(store), event);
        }
        let levels = self.stores[store].cpu.levels();
        let now = self.now();
        self.counts.stores[store].see_cpu(now, levels);
    }

    /// The processor may be done with an operation.
    pub(super) fn store_cpu_due(&mut self, store: usize, stamp: u32) {
        let now = self.now();
        if self.stores[store].cpu.stamp != stamp {
            return;
        }
        self.stores[store].cpu.due = Time::NEVER;
        while let Some(id) = self.stores[store].cpu.processor.complete(now) {
            let since = self.store_calls[id].since;
            self.counts.stores[store].cpu.leaves(now, since, Left::Completed);
            self.stand_in_line(id);
        }
        self.watch_store_cpu(store);
    }

    /// What is on the processor has to begin anew, if ever.
    pub(super) fn clear_cpu(&mut self, store: usize) {
        let now = self.now();
        let cpu = &mut self.stores[store].cpu;
        cpu.processor.clear(now);
        cpu.stamp = cpu.stamp.wrapping_add(1);
        cpu.due = Time::NEVER;
        let levels = cpu.levels();
        self.counts.stores[store].see_cpu(now, levels);
    }
}
