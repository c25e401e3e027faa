//! Read-through: the node that is asked reads the store itself, and keeps what it has read whoever still waits for it.
//!
//! ```text
//!   look-up --miss--> somebody has missed the same there? --> waits for that read
//!                '--> as many reads under way as the node may have? --> the node's line
//!                '--> the store --> kept --> the answers go out to all who wait for it
//! ```
//!
//! No server of the node is held meanwhile, but the connection of whoever asked is. An outage of the node cuts off those
//! who wait there, and what comes back for them is lost with it.

use std::collections::VecDeque;

use archsim_sim::{Id, Key, Limit, Span, Stream, mutant};

use super::load::Flight;
use super::{Found, Item, Role};
use crate::plan::{Access, Coalesce, Load, Operation, StoreId};
use crate::policy::Outcome;
use crate::world::World;
use crate::world::entity::{Frame, StoreCall, StoreState};
use crate::world::observe::Observer;

/// Where a node reads what it does not have, and what names the draws of that: the same as without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behind {
    store: StoreId,
    draw: Key,
    /// CPU time that it takes there.
    work: Span,
    item: crate::world::cluster::Item,
    /// Who waits for the same read next.
    next: Option<Id<StoreCall>>,
}

/// A node's reads of stores.
#[derive(Debug, Default)]
pub(crate) struct Supplier {
    under_way: u32,
    /// Look-ups whose reads are to begin, longest first.
    line: VecDeque<Id<StoreCall>>,
}

/// What its nodes read is shared by whoever asks the same node.
const NODES: u32 = 3 << 30;

impl<O: Observer> World<'_, O> {
    /// A look-up has begun: its node may have to read.
    pub(super) fn may_be_supplied(
        &mut self,
        id: Id<Frame>,
        call: Id<StoreCall>,
        access: &Access,
        item: Item,
    ) {
        let Load::Through(_) = self.plan.caches[item.cache.at()].load else { return };
        let (draw, at_its_store) = (self.draw(id, access), self.at_its_store(item));
        let work = self.cost_of(access.cost, draw);
        if let Some(call) = self.store_calls.get_mut(call) {
            call.behind = Some(Behind { store: access.store, draw, work, item: at_its_store, next: None });
        }
    }

    /// A node does not have what is looked up; true if it reads it.
    pub(super) fn supply(&mut self, id: Id<StoreCall>, item: Item) -> bool {
        let cache = &self.plan.caches[item.cache.at()];
        let Load::Through(most) = cache.load else { return false };
        let (coalesces, node) = (cache.coalesce != Coalesce::None, self.store_calls[id].store);
        let call = &mut self.store_calls[id];
        (call.state, call.waits_for) = (StoreState::Supplied, None);
        if let Some(behind) = &mut call.behind {
            behind.next = None;
        }
        if coalesces {
            if self.joins(id, item, node) {
                return true;
            }
            self.caches.begin_flight(item, NODES | u32::from(node.0));
            self.joins(id, item, node);
        }
        self.begin_supply(id, item, most);
        true
    }

    /// Whoever misses what its node reads already waits for that.
    fn joins(&mut self, id: Id<StoreCall>, item: Item, node: StoreId) -> bool {
        let Some(flight) = self.caches.flight(item, NODES | u32::from(node.0)) else { return false };
        if let Some(last) = flight.joins(id) {
            self.counts.cache_met(item.cache.at(), |window| &mut window.followers);
            if let Some(behind) = &mut self.store_calls[last].behind {
                behind.next = Some(id);
            }
        }
        true
    }

    fn begin_supply(&mut self, id: Id<StoreCall>, item: Item, most: Limit) {
        let node = self.store_calls[id].store;
        let supplier = &mut self.stores[node.at()].supplier;
        if most.admits(supplier.under_way) {
            supplier.under_way += 1;
            self.read_for(id, item, node);
        } else {
            supplier.line.push_back(id);
        }
    }

    /// The node reads the store.
    fn read_for(&mut self, id: Id<StoreCall>, item: Item, node: StoreId) {
        let (now, order, call) = (self.now(), self.next_order(), self.store_calls[id]);
        let Some(behind) = call.behind else { return };
        let store = self.node(
            (behind.store, Operation::Read),
            Some(behind.item),
            &call.origin,
            call.instance,
            behind.draw,
        );
        let service = self.plan.stores[store.at()].read.sample(&mut Stream::keyed(behind.draw));
        let read = self.begin_unpooled(&StoreCall {
            order,
            store,
            work: behind.work,
            service,
            operation: Operation::Read,
            item: Some(behind.item),
            draw: behind.draw,
            parent: None,
            waits_for: None,
            behind: None,
            link: None,
            row: 0,
            open: 0,
            role: Role::Supply(item, id, node),
            since: now,
            asked: now,
            ..call
        });
        self.store_calls[id].waits_for = Some(read);
        self.send_unpooled(read);
    }

    /// What a node has read is there, or will not come.
    pub(super) fn supplied(
        &mut self,
        (id, read): (Id<StoreCall>, &StoreCall),
        item: Item,
        (look_up, node): (Id<StoreCall>, StoreId),
        outcome: Outcome,
    ) {
        let scope = NODES | u32::from(node.0);
        // Else an outage of the node has cut it off.
        let there = self.store_calls.get(look_up).is_some_and(|call| call.waits_for == Some(id));
        let forgets = mutant!("supply-only-for-who-waits") && !self.waits_for(read.frame, look_up);
        if there && !forgets && outcome == Outcome::Success {
            *self.caches.last_load(item.cache) = self.agenda.now() - read.asked;
            if self.plan.caches[item.cache.at()].negative.is_some() || !self.is_absent(item) {
                self.fill_copy(item, self.place_of(item, node.0), read.draw);
            }
        }
        if there {
            let flight =
                self.caches.flight(item, scope).filter(|flight| flight.first == Some(look_up)).copied();
            match flight {
                Some(Flight { first, .. }) => {
                    self.caches.end_flight(item, scope);
                    let mut next = first;
                    while let Some(waiting) = next {
                        next = self.store_calls[waiting].behind.and_then(|behind| behind.next);
                        self.answer_supplied(waiting, outcome);
                    }
                }
                None => self.answer_supplied(look_up, outcome),
            }
        }
        self.next_supply(node);
    }

    fn answer_supplied(&mut self, id: Id<StoreCall>, outcome: Outcome) {
        let call = &mut self.store_calls[id];
        call.waits_for = None;
        if let Role::LookUp(item, _, read, again) = call.role {
            call.role = Role::LookUp(item, Found::Supplied, read, again);
        }
        self.answer_store_call(id, outcome);
    }

    /// A node may begin another read.
    fn next_supply(&mut self, node: StoreId) {
        let supplier = &mut self.stores[node.at()].supplier;
        let Some(next) = supplier.line.pop_front() else {
            supplier.under_way -= 1;
            return;
        };
        if let Role::LookUp(item, ..) = self.store_calls[next].role {
            self.read_for(next, item, node);
        }
    }

    /// An outage of a node: whoever waited there for what it reads is cut off.
    pub(in crate::world) fn supplies_cut_off(&mut self, store: usize) {
        let supplier = &mut self.stores[store].supplier;
        supplier.line.clear();
        if supplier.under_way == 0 {
            return;
        }
        let scope = NODES | store as u32;
        self.caches.flights.retain(|flight| flight.scope() != scope);
    }
}
