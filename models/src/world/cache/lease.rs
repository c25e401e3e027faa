//! Leases: who is handed a token, who waits for its holder, and what is brought with none that is good.

use archsim_sim::{Class, Id};

use super::{Found, Item, Role};
use crate::cache::leases::Answer;
use crate::evcache::ZoneRead;
use crate::plan::{Access, CachePlace};
use crate::record::CacheWindow;
use crate::world::World;
use crate::world::entity::{Child, Frame, StoreCall};
use crate::world::event::Event;
use crate::world::observe::Observer;

/// What is brought without a lease.
pub(super) const NO_TOKEN: u32 = 0;

impl<O: Observer> World<'_, O> {
    /// What a node tells somebody who finds nothing, if it hands out tokens.
    pub(super) fn or_a_lease(&mut self, found: Found, item: Item, at: u32) -> Found {
        let now = self.now();
        let Some(leases) = self.caches.leases(item.cache, at).filter(|_| found == Found::Nothing) else {
            return found;
        };
        let (found, count): (_, fn(&mut _) -> &mut u64) = match leases.ask(now, item.number) {
            Answer::Token(token) => (Found::Leased(token), |window: &mut CacheWindow| &mut window.leases),
            Answer::Old => (Found::Old, |window| &mut window.old),
            Answer::Wait => (Found::Busy, |window| &mut window.told_to_wait),
        };
        self.counts.cache_met(item.cache.at(), count);
        found
    }

    /// Whether a node stores what is brought with this token.
    pub(super) fn may_be_filled(&mut self, item: Item, at: u32, token: u32) -> bool {
        let now = self.now();
        let Some(leases) = self.caches.leases(item.cache, at) else { return true };
        let accepts = leases.accepts(now, item.number, token);
        if !accepts {
            self.counts.cache_met(item.cache.at(), |window| &mut window.refused);
        }
        accepts
    }

    /// An item was taken out of a node, where it was or was not.
    pub(super) fn lease_withdrawn(&mut self, item: Item, at: u32, held: bool) {
        let now = self.now();
        if let Some(leases) = self.caches.leases(item.cache, at) {
            leases.deleted(now, item.number, held);
        }
    }

    /// Somebody else has the token: the frame waits, to ask again; false if it has done so often enough.
    pub(super) fn asks_again(&mut self, id: Id<Frame>, access: &Access, item: Item, again: u16) -> bool {
        let Some(leases) = self.plan.caches[item.cache.at()].leases else { return false };
        if !leases.retries.admits(u32::from(again)) || again == u16::MAX {
            return false;
        }
        let pause = self.waits_without_operation(id, access.store, Role::Pause(item, again + 1));
        let (at, rank) = (self.now() + leases.retry, self.frames[id].origin.rank);
        self.agenda.schedule(at, Class::Timer, rank, Event::AskAgain(pause));
        true
    }

    /// Somebody who was told to wait has waited.
    pub(in crate::world) fn look_up_again(&mut self, pause: Id<StoreCall>) {
        let Some(StoreCall { frame: id, role, .. }) = self.store_calls.get(pause).copied() else { return };
        let waits = self.waits_for(id, pause);
        self.store_calls.remove(pause);
        let (true, Role::Pause(item, again), Some(access)) = (waits, role, self.access(id)) else { return };
        let CachePlace::Servers { cluster, .. } = self.plan.caches[item.cache.at()].place else { return };
        self.frames[id].child = Child::None;
        let read = ZoneRead::new(self.home(id, cluster), cluster.others);
        self.ask_next_copy(id, &access, item, (read, again));
    }
}
