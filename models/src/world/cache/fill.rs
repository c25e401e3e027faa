//! An item is brought to the cache, or taken out.

use archsim_sim::{Id, Key, Stream, Time};

use super::lease::NO_TOKEN;
use super::{Caches, Found, Item, Role};
use crate::cache::Fill;
use crate::plan::{CachePlace, Operation};
use crate::world::World;
use crate::world::entity::StoreCall;
use crate::world::observe::Observer;
use crate::world::store::Asked;

const FILL: u64 = Key::of_name("fill");
const JITTER: u64 = Key::of_name("jitter");

/// What is brought to a cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brings {
    /// The item, with a token.
    Item(u32),
    /// That it is wrong, and who waits until copies know.
    Deletion(Option<Id<StoreCall>>),
}

impl<O: Observer> World<'_, O> {
    /// A cache's server has done an operation; true if it now waits for what it does not have.
    pub(in crate::world) fn serve_cache(&mut self, id: Id<StoreCall>) -> bool {
        let StoreCall { role, draw, store, .. } = self.store_calls[id];
        match role {
            Role::LookUp(item, _, read, again) => {
                let at = self.place_of(item, store.0);
                let found = self.find(item, at, draw);
                let found = self.or_a_lease(found, item, at);
                self.store_calls[id].role = Role::LookUp(item, found, read, again);
                return found == Found::Nothing && self.supply(id, item);
            }
            Role::Fill(item, token) => {
                let at = self.place_of(item, store.0);
                if self.may_be_filled(item, at, token) {
                    self.fill_copy(item, at, draw);
                }
            }
            Role::Delete(item, _) => {
                let at = self.place_of(item, store.0);
                let held = self.caches.held(item.cache, at).is_some_and(|held| held.delete(item.number));
                self.lease_withdrawn(item, at, held);
            }
            Role::CopyTo(item, _) => self.copied(item, self.place_of(item, store.0)),
            Role::Plain
            | Role::Load(..)
            | Role::Refresh(_)
            | Role::Follow(_)
            | Role::Pause(..)
            | Role::Supply(..)
            | Role::Latch
            | Role::CopyFrom(..)
            | Role::Write(_) => {}
        }
        false
    }

    /// The place of a store among the nodes of an item's cache.
    pub(super) fn place_of(&self, item: Item, store: u16) -> u32 {
        match self.plan.caches[item.cache.at()].place {
            CachePlace::Servers { store: first, .. } => u32::from(store - first.0),
            CachePlace::Process => 0,
        }
    }

    pub(super) fn fill_copy(&mut self, item: Item, at: u32, draw: Key) {
        let data = &self.plan.data[item.data.at()];
        let until = self.good_in_gutter(item, at, self.good_until(item, draw));
        let bytes = data.bytes;
        let held = self.caches.held(item.cache, at);
        let filled = held.map(|held| held.fill_until(until, item.number, bytes));
        if matches!(filled, Some(Fill::Stored { .. })) {
            self.counts.cache_met(item.cache.at(), |window| &mut window.fills);
        }
    }

    /// Until when what fills a cache now may be used.
    fn good_until(&self, item: Item, draw: Key) -> Time {
        let cache = &self.plan.caches[item.cache.at()];
        if let Some(span) = cache.negative.filter(|_| self.is_absent(item)) {
            return self.now() + span;
        }
        let Some(ttl) = cache.settings.ttl else { return Time::NEVER };
        let span = if cache.jitter > 0.0 {
            ttl.span.scaled(1.0 - cache.jitter * Stream::keyed(draw.with(JITTER)).unit())
        } else {
            ttl.span
        };
        self.now() + span + cache.stale
    }

    /// Whether the store answers that there is no such item.
    pub(super) fn is_absent(&self, item: Item) -> bool {
        let data = &self.plan.data[item.data.at()];
        data.lacks(item.number - self.caches.first_item_of(item))
    }

    /// An item has another value now: every cache that may have it loses it. True if the writer waits until some of the
    /// copies of its own have.
    pub(super) fn written(&mut self, (id, call): (Id<StoreCall>, &StoreCall), item: Item) -> bool {
        let (latch, of) = self.latched(id, call).unzip();
        let number = item.number - self.caches.first_item_of(item);
        for cache in Caches::of_data(self.plan, item.data) {
            let there = Item { cache, number: 0, ..item };
            let there = Item { number: number + self.caches.first_item_of(there), ..there };
            self.bring(call, there, Brings::Deletion(latch.filter(|_| of == Some(cache))));
        }
        latch.is_some()
    }

    /// Brings an item to the cache of whoever made the call, or takes it out: all copies of it.
    pub(super) fn bring(&mut self, call: &StoreCall, item: Item, brings: Brings) {
        let fills = matches!(brings, Brings::Item(_));
        let owner = &self.instances[call.instance as usize];
        let cache = &self.plan.caches[item.cache.at()];
        let nothing = fills && cache.negative.is_none() && self.is_absent(item);
        let may_not = cache.leases.is_some() && brings == Brings::Item(NO_TOKEN);
        if !owner.up || owner.incarnation != call.incarnation || nothing || may_not {
            return;
        }
        let draw = call.draw.with(FILL);
        if !fills {
            self.forget_near(call.instance, item);
        }
        match cache.place {
            CachePlace::Process if fills => self.fill_copy(item, call.instance, draw),
            CachePlace::Process => {
                self.caches.held(item.cache, call.instance).map(|held| held.delete(item.number));
            }
            CachePlace::Servers { cluster, .. } => {
                for copy in 0..u32::from(cluster.copies) {
                    let node = self.cache_node(item, copy);
                    // What spare nodes have is soon too old anyway, and nobody tells them.
                    if !fills && self.place_of(item, node.0) >= u32::from(cluster.shared()) {
                        let Brings::Deletion(Some(latch)) = brings else { continue };
                        self.copy_told(latch);
                        continue;
                    }
                    let role = match brings {
                        Brings::Item(token) => Role::Fill(item, token),
                        Brings::Deletion(latch) => Role::Delete(item, latch),
                    };
                    self.ask_store(Asked {
                        origin: call.origin,
                        frame: call.frame,
                        instance: call.instance,
                        store: node,
                        operation: Operation::Write,
                        item: None,
                        draw: if copy == 0 { draw } else { draw.with(u64::from(copy)) },
                        role,
                    });
                }
            }
        }
    }
}
