//! An item is brought to the cache, or taken out.

use archsim_sim::{Id, Key, Stream, Time};

use super::{Caches, Item, Role};
use crate::cache::Fill;
use crate::plan::{CachePlace, Operation};
use crate::world::World;
use crate::world::entity::StoreCall;
use crate::world::observe::Observer;
use crate::world::store::Asked;

const FILL: u64 = Key::of_name("fill");
const JITTER: u64 = Key::of_name("jitter");

impl<O: Observer> World<'_, O> {
    /// A cache's server has done an operation.
    pub(in crate::world) fn serve_cache(&mut self, id: Id<StoreCall>) {
        let StoreCall { role, draw, store, .. } = self.store_calls[id];
        match role {
            Role::LookUp(item, _, read) => {
                let found = self.find(item, self.place_of(item, store.0), draw);
                self.store_calls[id].role = Role::LookUp(item, found, read);
            }
            Role::Fill(item) => self.fill_copy(item, self.place_of(item, store.0), draw),
            Role::Delete(item) => {
                let at = self.place_of(item, store.0);
                self.caches.held(item.cache, at).map(|held| held.delete(item.number));
            }
            Role::Plain | Role::Load(_) | Role::Refresh(_) | Role::Follow(_) | Role::Write(_) => {}
        }
    }

    /// The place of a store among the nodes of an item's cache.
    fn place_of(&self, item: Item, store: u16) -> u32 {
        match self.plan.caches[item.cache.at()].place {
            CachePlace::Servers { store: first, .. } => u32::from(store - first.0),
            CachePlace::Process => 0,
        }
    }

    fn fill_copy(&mut self, item: Item, at: u32, draw: Key) {
        let data = &self.plan.data[item.data.at()];
        let (until, bytes) = (self.good_until(item, draw), data.bytes);
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
    fn is_absent(&self, item: Item) -> bool {
        let data = &self.plan.data[item.data.at()];
        data.lacks(item.number - self.caches.first_item_of(item))
    }

    /// An item has another value now: every cache that may have it loses it.
    pub(super) fn written(&mut self, call: &StoreCall, item: Item) {
        let number = item.number - self.caches.first_item_of(item);
        for cache in Caches::of_data(self.plan, item.data) {
            let there = Item { cache, number: 0, ..item };
            self.bring(call, Item { number: number + self.caches.first_item_of(there), ..there }, false);
        }
    }

    /// Brings an item to the cache of whoever made the call, or takes it out: all copies of it.
    pub(super) fn bring(&mut self, call: &StoreCall, item: Item, fills: bool) {
        let owner = &self.instances[call.instance as usize];
        let cache = &self.plan.caches[item.cache.at()];
        let nothing = fills && cache.negative.is_none() && self.is_absent(item);
        if !owner.up || owner.incarnation != call.incarnation || nothing {
            return;
        }
        let draw = call.draw.with(FILL);
        match cache.place {
            CachePlace::Process if fills => self.fill_copy(item, call.instance, draw),
            CachePlace::Process => {
                self.caches.held(item.cache, call.instance).map(|held| held.delete(item.number));
            }
            CachePlace::Servers { cluster, .. } => {
                for copy in 0..u32::from(cluster.copies) {
                    let role = if fills { Role::Fill(item) } else { Role::Delete(item) };
                    self.ask_store(Asked {
                        origin: call.origin,
                        frame: call.frame,
                        instance: call.instance,
                        store: self.cache_node(item, copy),
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
