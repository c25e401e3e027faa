//! Stores that do not serve: what is served, waits or was kept when that begins, changes or ends.

use super::World;
use super::entity::{StoreCall, StoreState};
use super::flow::Left;
use super::observe::Observer;
use crate::plan::StoreId;

/// How a store does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// It says so.
    Refusing,
    /// It says nothing.
    Silent,
}

impl<O: Observer> World<'_, O> {
    /// An outage begins, changes its kind, or ends: what is served, waits, or was kept meets the store as it is
    /// now, from its beginning.
    pub(super) fn store_changes(&mut self, store: usize, outage: Option<Outage>) {
        if self.stores[store].outage == outage {
            return;
        }
        let now = self.now();
        let working = |state| matches!(state, StoreState::Served(_) | StoreState::Linked);
        let forgets = outage == Some(Outage::Refusing);
        let served = |call: &StoreCall| {
            let there = working(call.state)
                || matches!(
                    call.state,
                    StoreState::Committing(_) | StoreState::Computing | StoreState::Supplied
                )
                || (forgets && call.state == StoreState::Locking);
            call.store.at() == store && there
        };
        let mut hit: Vec<_> = self
            .store_calls
            .iter()
            .filter(|(_, call)| served(call))
            .map(|(id, call)| (call.origin.rank, call.order, id))
            .collect();
        hit.sort_unstable();
        self.clear_cpu(store);
        let waiting = self.stores[store].station.clear(now);
        let swallowed = std::mem::take(&mut self.stores[store].swallowed);
        let (was, is) = (self.stores[store].outage.is_none(), outage.is_none());
        self.counts.stores[store].up.change(now, u32::from(was), u32::from(is));
        self.stores[store].outage = outage;
        if was && !is {
            self.stores[store].out_since = now;
        }
        self.stores[store].fenced &= outage.is_some();
        if forgets {
            self.break_connections(StoreId(store as u16));
            self.clear_locks(StoreId(store as u16));
        }
        self.see_store(store);
        self.supplies_cut_off(store);
        for &(.., id) in &hit {
            let call = &mut self.store_calls[id];
            match call.state {
                StoreState::Computing => self.counts.stores[store].cpu.leaves(now, call.since, Left::Failed),
                state if working(state) => {
                    self.counts.stores[store].account.leaves(now, call.since, Left::Failed);
                }
                _ => {}
            }
            (call.waits_for, call.row) = (None, 0);
        }
        for &id in &waiting {
            self.counts.stores[store].account.drops_from_line(now, self.store_calls[id].since);
        }
        for id in hit.into_iter().map(|(.., id)| id).chain(waiting).chain(swallowed) {
            self.store_reached(id);
        }
        if was != is {
            self.node_changes(StoreId(store as u16), is);
            if is {
                self.copies_may_be_filled();
            }
            self.hand_off_next(StoreId(store as u16));
        }
    }
}
