//! Databases without a primary: a coordinator asks the nodes that have copies of a key, and answers when enough of
//! them have.
//!
//! ```text
//!   asked --> fewer copies up than a quorum? --> unavailable, at once
//!         '-> the copies, over the network, each with its own line and servers --> the answer that completes the quorum
//! ```
//!
//! A write goes to all copies that are up and takes as long as the quickest so many of them; what comes later is
//! done all the same. A read goes to as many copies as it needs, by the toss of a coin among those that are up. A copy
//! that refuses is not asked again; one that hangs keeps the coordinator waiting if the others do not suffice.

use archsim_sim::{Class, Id, Key, Stream, mutant};

use super::World;
use super::entity::{Part, StoreCall, StoreState};
use super::event::Event;
use super::lock;
use super::observe::Observer;
use crate::plan::{ClusterKind, Operation, Quorum, StoreId, shard};
use crate::policy::Outcome;
use crate::record::Cause;

const COPY: u64 = Key::of_name("copy");
const PLACE: u64 = Key::of_name("place");

impl<O: Observer> World<'_, O> {
    /// What a store's cluster needs to answer, if it has no primary.
    pub(super) fn quorum(&self, store: StoreId) -> Option<Quorum> {
        let at = self.layout.cluster_of[store.at()]?;
        match self.plan.clusters[at as usize].kind {
            ClusterKind::Quorum(quorum) => Some(quorum),
            _ => None,
        }
    }

    /// An operation has come to a coordinator, which asks the nodes; false if it has come to a node.
    pub(super) fn coordinates(&mut self, id: Id<StoreCall>) -> bool {
        let call = self.store_calls[id];
        let (None, Some(quorum), Some(at)) =
            (call.parent, self.quorum(call.store), self.layout.cluster_of[call.store.at()])
        else {
            return false;
        };
        let nodes = &self.plan.clusters[at as usize].nodes;
        let first = match call.item {
            Some((data, number)) => shard(data, number, nodes.len()),
            None => Stream::keyed(call.draw.with(PLACE)).below(nodes.len() as u32) as usize,
        };
        let mut copies: Vec<StoreId> =
            (0..quorum.copies as usize).map(|copy| nodes[(first + copy) % nodes.len()]).collect();
        copies.retain(|node| self.stores[node.at()].outage.is_none());
        let needs = quorum.needs(call.operation);
        if (copies.len() as u32) < needs {
            self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
            return true;
        }
        if call.operation == Operation::Read {
            let mut coins = Stream::keyed(call.draw.with(COPY));
            while copies.len() as u32 > needs {
                copies.remove(coins.below(copies.len() as u32) as usize);
            }
        }
        let gathering = &mut self.store_calls[id];
        (gathering.state, gathering.row, gathering.open) = (StoreState::Gathering, 0, copies.len() as u32);
        for node in copies {
            self.ask_copy(id, node);
        }
        true
    }

    fn ask_copy(&mut self, id: Id<StoreCall>, node: StoreId) {
        let (now, order) = (self.now(), self.next_order());
        let call = self.store_calls[id];
        let settings = &self.plan.stores[node.at()];
        let span = if call.operation == Operation::Read { &settings.read } else { &settings.write };
        let draw = call.draw.with(COPY).with(u64::from(node.0));
        let windows = self.counts.start(now).windows;
        self.counts.store_called(node.at(), now, windows);
        let copy = self.store_calls.insert(StoreCall {
            order,
            store: node,
            service: span.sample(&mut Stream::keyed(draw)),
            draw,
            parent: Some(id),
            part: Part::Alone,
            awaits: lock::NONE,
            holds: lock::NONE,
            link: None,
            state: StoreState::Outbound,
            since: now,
            connected: false,
            windows,
            ..call
        });
        self.between_databases(copy, Class::Arrival, Event::StoreReach(copy));
    }

    /// A node has answered; the coordinator may have done so already.
    pub(super) fn copy_answered(&mut self, id: Id<StoreCall>, outcome: Outcome) {
        let Some(call) = self.store_calls.get(id).filter(|call| call.state == StoreState::Gathering) else {
            return;
        };
        let needs = self.quorum(call.store).map_or(1, |quorum| quorum.needs(call.operation));
        let needs = if mutant!("quorum-of-one") { 1 } else { needs };
        let call = &mut self.store_calls[id];
        call.open -= 1;
        if outcome == Outcome::Success {
            call.row += 1;
        }
        if call.row >= needs {
            self.answer_store_call(id, Outcome::Success);
        } else if call.row + call.open < needs {
            self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
        }
    }
}
