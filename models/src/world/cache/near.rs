//! What an instance keeps by itself of what it has got from a cache's servers, so that a hot key is no hot node:
//! `EVCache`'s in-memory cache; and how many of them may ask for one at once.
//!
//! It is asked before anything else, costs nothing, and dies with its process. A write empties that of its own instance;
//! the others keep what they have until it is too old.

use archsim_sim::{Id, Limit, Time, mutant};

use super::{Item, Role};
use crate::cache::LookUp;
use crate::world::World;
use crate::world::entity::Frame;
use crate::world::observe::Observer;

impl<O: Observer> World<'_, O> {
    /// Whether the frame's instance has an item itself, and nobody else need be asked.
    pub(super) fn is_near(&mut self, id: Id<Frame>, item: Item) -> bool {
        let (now, instance) = (self.now(), self.frames[id].instance);
        let Some(near) = self.caches.near(item.cache, instance) else { return false };
        if near.look_up(now, item.number) != LookUp::Hit {
            return false;
        }
        let windows = self.counts.start(now).windows;
        self.counts.looked_up(item.cache.at(), now, windows, true);
        self.counts.cache_met(item.cache.at(), |window| &mut window.near);
        self.remember(id, item);
        true
    }

    /// Whether too many look-ups of an item are under way in the frame's instance for one more: `EVCache`'s throttle of
    /// hot keys, whose client answers then as if there were no such item.
    pub(super) fn is_throttled(&mut self, id: Id<Frame>, item: Item) -> bool {
        let Limit::AtMost(most) = self.plan.caches[item.cache.at()].throttle else { return false };
        let instance = self.frames[id].instance;
        let calls = self.store_calls.iter().filter(|(call, it)| {
            it.instance == instance
                && matches!(it.role, Role::LookUp(asked, ..) if asked == item)
                && self.waits_for(it.frame, *call)
        });
        let throttled = calls.count() > most as usize && !mutant!("hot-keys-not-throttled");
        if throttled {
            self.counts.cache_met(item.cache.at(), |window| &mut window.throttled);
        }
        throttled
    }

    /// An instance has got an item. What there is not, or is said to be old, it does not keep.
    pub(super) fn keep_near(&mut self, instance: u32, item: Item, old: bool) {
        if self.plan.caches[item.cache.at()].near.is_none() || old || self.is_absent(item) {
            return;
        }
        let (now, bytes) = (self.now(), self.plan.data[item.data.at()].bytes);
        if let Some(near) = self.caches.near(item.cache, instance) {
            near.fill(now, item.number, bytes);
        }
    }

    /// An item that an instance has written is not what it keeps.
    pub(super) fn forget_near(&mut self, instance: u32, item: Item) {
        self.caches.near(item.cache, instance).map(|near| near.delete(item.number));
    }

    /// Until when what a spare node is brought may be used.
    pub(super) fn good_in_gutter(&self, item: Item, at: u32, until: Time) -> Time {
        match self.plan.caches[item.cache.at()].place {
            crate::plan::CachePlace::Servers { cluster, .. } if at >= u32::from(cluster.shared()) => {
                until.min(self.now() + cluster.gutter_ttl)
            }
            _ => until,
        }
    }
}
