//! What has not ended when the run does, and who holds what is in use: told once by threads, pools and balancers, and
//! once by the attempts, programs and operations that are still there. Nobody may hold what nobody has.

use super::World;
use super::balancer::Routing;
use super::entity::{Attempt, AttemptState, Child, Part, PassageState, StoreCall, StoreState};
use super::observe::Observer;
use super::store::StoreStation;
use crate::record::{Held, Leftover};

impl<O: Observer> World<'_, O> {
    pub(super) fn leftover(&self) -> Leftover {
        let stranded = |request: &super::Request| {
            !(request.in_orbit || request.entry.is_some_and(|id| self.attempts.contains(id)))
        };
        let lost = |attempt: &Attempt| attempt.state == AttemptState::Lost;
        let mut leftover = Leftover {
            requests: self.requests.len() as u64,
            sessions: self.sessions.len() as u64,
            attempts: self.attempts.len() as u64,
            frames: self.frames.len() as u64,
            passages: self.passages.len() as u64,
            store_calls: self.store_calls.len() as u64,
            outstanding: self.entry_routing.iter().map(Routing::total).sum(),
            connections: self.stores.iter().map(StoreStation::connections).sum(),
            locks: self.locks.held(),
            lost: self.attempts.iter().filter(|(_, attempt)| lost(attempt)).count() as u64,
            stranded: self.requests.iter().filter(|(_, request)| stranded(request)).count() as u64,
            waiting: self.waiting(),
            held: self.held(),
            ..Leftover::default()
        };
        self.instances.iter().for_each(|instance| instance.add_leftover(&mut leftover));
        leftover
    }

    fn waiting(&self) -> u64 {
        let queued = self.attempts.iter().filter(|(_, a)| a.state == AttemptState::Queued).count();
        let calls = self.passages.iter().filter(|(_, p)| matches!(p.state, PassageState::Waiting(_))).count();
        let waits = |call: &StoreCall| matches!(call.state, StoreState::Connecting | StoreState::Locking);
        let unconnected = self.store_calls.iter().filter(|(_, call)| waits(call)).count();
        (queued + calls + unconnected) as u64
    }

    fn held(&self) -> Held {
        let attempts = || self.attempts.iter().map(|(_, attempt)| attempt);
        let runs = |a: &&Attempt| a.state == AttemptState::Running && !a.inline;
        let frames = self.frames.iter().filter(|(_, frame)| matches!(frame.child, Child::Cpu(_)));
        Held {
            threads: attempts().filter(runs).count() as u64,
            jobs: (frames.count() + attempts().filter(|a| a.cpu.is_some()).count()) as u64,
            connections: self.store_calls.iter().map(|(_, call)| self.connections_of(call)).sum(),
            locks: self.store_calls.iter().map(|(_, call)| self.locks.count(call.holds)).sum(),
            outstanding: attempts().filter(|a| a.outstanding).count() as u64,
        }
    }

    /// One of its pool, or a place in its line, unless the pool went with its process; and one of the store.
    fn connections_of(&self, call: &StoreCall) -> u64 {
        // Whoever waits for the answer of another's operation has none.
        let pool = self.instances[call.instance as usize].incarnation == call.incarnation
            && call.parent.is_none()
            && !call.role.is_of_a_node()
            && !matches!(call.part, Part::Within(_))
            && call.state != StoreState::Following;
        let there = call.connected && call.state != StoreState::Connecting;
        u64::from(pool) + u64::from(there)
    }

    /// Messages that have not come yet, for the account of what was sent.
    pub(super) fn count_messages_under_way(&mut self) {
        for (_, attempt) in self.attempts.iter() {
            if matches!(attempt.state, AttemptState::Sending | AttemptState::Outbound) && !attempt.inline {
                let deployable = self.instances[attempt.instance as usize].deployable;
                self.counts.deployables[deployable].traffic.under_way += 1;
            }
        }
    }

    /// No instance will ever look at the attempt.
    pub(super) fn undelivered(&mut self, instance: u32) {
        let deployable = self.instances[instance as usize].deployable;
        self.counts.deployables[deployable].traffic.undelivered += 1;
    }
}
