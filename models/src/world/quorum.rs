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
//! that refuses is not asked again; one that hangs keeps the coordinator waiting if the others do not suffice, unless it
//! asks another one after a while (*speculative* reads, Cassandra's `speculative_retry`).
//!
//! What a copy that is out has missed can be kept for it (*hinted handoff*), unless it has been out for too long. When it
//! is back it gets the writes one after the other, each as much work as it would have been. They are no news to anybody
//! who reads: that copies disagree is not modelled.

use std::collections::VecDeque;

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

/// Writes that are kept for a node.
#[derive(Default)]
pub(crate) struct Hints {
    kept: VecDeque<StoreCall>,
    /// The first of them is on its way.
    under_way: bool,
}

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
        let all = copies.clone();
        copies.retain(|node| self.stores[node.at()].outage.is_none());
        let needs = quorum.needs(call.operation);
        if (copies.len() as u32) < needs {
            self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
            return true;
        }
        let mut spare = None;
        if call.operation == Operation::Read {
            let mut coins = Stream::keyed(call.draw.with(COPY));
            while copies.len() as u32 > needs {
                let left_out = copies.remove(coins.below(copies.len() as u32) as usize);
                spare = spare.or(Some(left_out));
            }
        } else {
            for node in all.into_iter().filter(|node| !copies.contains(node)) {
                self.keep_hint(id, node, quorum);
            }
        }
        let gathering = &mut self.store_calls[id];
        (gathering.state, gathering.row, gathering.open) = (StoreState::Gathering, 0, copies.len() as u32);
        gathering.spare = spare;
        if let (Some(after), true) = (quorum.speculative, spare.is_some()) {
            self.agenda.schedule(self.now() + after, Class::Timer, call.origin.rank, Event::Speculate(id));
        }
        for node in copies {
            self.ask_copy(id, node);
        }
        true
    }

    fn ask_copy(&mut self, id: Id<StoreCall>, node: StoreId) {
        let now = self.now();
        let windows = self.counts.start(now).windows;
        self.counts.store_called(node.at(), now, windows);
        let copy = self.copy_of(id, node);
        let copy = self.store_calls.insert(copy);
        self.between_databases(copy, Class::Arrival, Event::StoreReach(copy));
    }

    /// What a node is asked for an operation.
    fn copy_of(&mut self, id: Id<StoreCall>, node: StoreId) -> StoreCall {
        let (now, order) = (self.now(), self.next_order());
        let call = self.store_calls[id];
        let settings = &self.plan.stores[node.at()];
        let span = if call.operation == Operation::Read { &settings.read } else { &settings.write };
        let draw = call.draw.with(COPY).with(u64::from(node.0));
        StoreCall {
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
            windows: self.counts.start(now).windows,
            ..call
        }
    }

    /// The copies that were asked have not answered in time: one more is.
    pub(super) fn speculate(&mut self, id: Id<StoreCall>) {
        let Some(call) = self.store_calls.get_mut(id).filter(|call| call.state == StoreState::Gathering)
        else {
            return;
        };
        let (Some(node), Some(at)) = (call.spare.take(), self.layout.cluster_of[call.store.at()]) else {
            return;
        };
        if self.stores[node.at()].outage.is_none() {
            call.open += 1;
            self.counts.cluster_met(at as usize, |window| &mut window.speculative);
            self.ask_copy(id, node);
        }
    }

    /// A copy that is out misses a write: it is kept for it, unless it has been out for too long.
    fn keep_hint(&mut self, id: Id<StoreCall>, node: StoreId, quorum: Quorum) {
        let (now, station) = (self.now(), &self.stores[node.at()]);
        let (Some(window), Some(at)) = (quorum.hints, self.layout.cluster_of[node.at()]) else { return };
        if now.since(station.out_since) > window || mutant!("hint-lost") {
            return;
        }
        let hint = self.copy_of(id, node);
        self.stores[node.at()].hints.kept.push_back(StoreCall { part: Part::Hint, ..hint });
        self.counts.cluster_met(at as usize, |window| &mut window.hints);
    }

    /// A node that is up gets the next write that was kept for it, if none is on its way.
    pub(super) fn hand_off_next(&mut self, node: StoreId) {
        let (now, order) = (self.now(), self.next_order());
        let station = &mut self.stores[node.at()];
        let Some(&hint) = station.hints.kept.front() else { return };
        if station.outage.is_some() || std::mem::replace(&mut station.hints.under_way, true) {
            return;
        }
        let windows = self.counts.start(now).windows;
        self.counts.store_called(node.at(), now, windows);
        let hint = self.store_calls.insert(StoreCall { order, since: now, windows, ..hint });
        self.between_databases(hint, Class::Arrival, Event::StoreReach(hint));
    }

    /// A write that was kept has come to its end: the next one follows, or this one is kept on.
    pub(super) fn hint_done(&mut self, node: StoreId, outcome: Outcome) {
        let hints = &mut self.stores[node.at()].hints;
        hints.under_way = false;
        if outcome == Outcome::Success {
            hints.kept.pop_front();
            if let Some(at) = self.layout.cluster_of[node.at()] {
                self.counts.cluster_met(at as usize, |window| &mut window.handed_off);
            }
            self.hand_off_next(node);
        }
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
