//! The cache is asked, one copy after the other.

use archsim_sim::{Class, Id, Key, Span, Stream, Time, mutant};

use super::lease::NO_TOKEN;
use super::{Found, Item, Role};
use crate::cache::LookUp;
use crate::evcache::ZoneRead;
use crate::placement::{mixed, modulo};
use crate::plan::{Access, CacheCluster, CachePlace, Load, Operation, StoreId};
use crate::record::Cause;
use crate::world::entity::{Child, Frame, StoreCall, StoreState};
use crate::world::event::Event;
use crate::world::observe::Observer;
use crate::world::{Ready, World};

const LOOK_UP: u64 = Key::of_name("look-up");
const AGAIN: u64 = Key::of_name("again");
const EARLY: u64 = Key::of_name("early");

impl<O: Observer> World<'_, O> {
    /// The frame's next operation behind a cache begins; true if it is over at once.
    pub(in crate::world) fn begin_access(&mut self, id: Id<Frame>, access: &Access) -> bool {
        let (draw, journey) = (self.draw(id, access), self.frames[id].origin.journey);
        if access.operation == Operation::Write {
            let item = self.item(id, access);
            let asked = (access.store, Operation::Write, Some(self.at_its_store(item)));
            self.begin_for(id, asked, draw, Role::Write(item));
            return false;
        }
        let Some(access) = &self.asked_first(journey, access) else {
            let asked = (access.store, Operation::Read, Some(self.at_its_store(self.item(id, access))));
            self.begin_for(id, asked, draw, Role::Plain);
            return false;
        };
        let item = self.item(id, access);
        if self.is_known(id, access, item) || self.is_near(id, item) {
            return true;
        }
        match self.plan.caches[access.cache.at()].place {
            CachePlace::Process => self.look_up_here(id, access, item),
            CachePlace::Servers { cluster, .. } => {
                let home = self.home(id, cluster);
                let others = if mutant!("own-copy-only") { Some(0) } else { cluster.others };
                let read = ZoneRead::new(home, others);
                if self.is_throttled(id, item) || !self.ask_next_copy(id, access, item, (read, 0)) {
                    // Its own copy is not read, and no other may be; or too many ask for the item already.
                    let now = self.now();
                    let windows = self.counts.start(now).windows;
                    self.counts.looked_up(item.cache.at(), now, windows, false);
                    self.load(id, access, item, NO_TOKEN);
                }
                false
            }
        }
    }

    /// The copy that an instance asks first: that of its zone; where there are no zones, those of a deployable take
    /// theirs in turn.
    pub(super) fn home(&self, id: Id<Frame>, cluster: CacheCluster) -> u16 {
        let instance = &self.instances[self.frames[id].instance as usize];
        let place = instance.zone.map_or(instance.number, |zone| u32::from(zone.0));
        (place % u32::from(cluster.copies)) as u16
    }

    /// The next copy is asked, if there is one that the read may ask.
    /// It has been told `again` times to wait.
    pub(super) fn ask_next_copy(
        &mut self,
        id: Id<Frame>,
        access: &Access,
        item: Item,
        (mut read, again): (ZoneRead, u16),
    ) -> bool {
        let CachePlace::Servers { timeout, .. } = self.plan.caches[item.cache.at()].place else {
            return false;
        };
        let instance = self.frames[id].instance;
        let Some(copy) = self.caches.next_copy(item.cache, instance, &mut read) else { return false };
        let store = self.cache_node(item, copy);
        let draw = self.draw(id, access).with(LOOK_UP);
        let draw = if read.tries() > 1 { draw.with(u64::from(read.tries())) } else { draw };
        let draw = if again > 0 { draw.with(AGAIN).with(u64::from(again)) } else { draw };
        let role = Role::LookUp(item, Found::Nothing, read, again);
        let call = self.begin_for(id, (store, Operation::Read, None), draw, role);
        self.may_be_supplied(id, call, access, item);
        if self.store_calls.contains(call) && timeout < Span::FOREVER {
            let rank = self.frames[id].origin.rank;
            let at = self.now() + timeout;
            self.agenda.schedule(at, Class::Timer, rank, Event::LookUpLate(call));
        }
        true
    }

    /// The node of a copy that has the item, if any has it.
    pub(super) fn cache_node(&self, item: Item, copy: u32) -> StoreId {
        let CachePlace::Servers { store, cluster, .. } = self.plan.caches[item.cache.at()].place else {
            return StoreId(0);
        };
        let first = u32::from(store.0) + copy * u32::from(cluster.nodes);
        let lives = |node: u32| self.stores[(first + node) as usize].outage.is_none();
        let node = self.caches.node(item, cluster, lives);
        if cluster.gutter > 0 && self.stores[(first + node) as usize].outage.is_some() {
            let spare = modulo::owner(mixed(item.number), u32::from(cluster.gutter));
            return StoreId(store.0 + cluster.shared() + spare as u16);
        }
        StoreId((first + node) as u16)
    }

    fn look_up_here(&mut self, id: Id<Frame>, access: &Access, item: Item) -> bool {
        let (now, instance) = (self.now(), self.frames[id].instance);
        let draw = self.draw(id, access);
        let found = self.find(item, instance, draw);
        let (hit, windows) = (found != Found::Nothing, self.counts.start(now).windows);
        self.counts.looked_up(item.cache.at(), now, windows, hit);
        if hit {
            self.remember(id, item);
            self.refresh_if(found, id, access, item);
        } else {
            self.load(id, access, item, NO_TOKEN);
        }
        hit
    }

    /// What a node or a process has of an item. `draw` names the coin of an early refresh.
    pub(super) fn find(&mut self, item: Item, at: u32, draw: Key) -> Found {
        let (now, cache) = (self.now(), &self.plan.caches[item.cache.at()]);
        let last_load = *self.caches.last_load(item.cache);
        let Some(held) = self.caches.held(item.cache, at) else { return Found::Nothing };
        let simple = cache.early <= 0.0 && cache.stale.is_zero();
        let until = if simple { Time::NEVER } else { held.until(item.number) };
        if held.look_up(now, item.number) != LookUp::Hit {
            return Found::Nothing;
        }
        if simple {
            return Found::Fresh;
        }
        let left = until.since(now);
        if left <= cache.stale {
            return Found::Stale;
        }
        let left = left.as_secs_f64() - cache.stale.as_secs_f64();
        if cache.early > 0.0 && until < Time::NEVER && is_early(left, cache.early, last_load, draw) {
            return Found::Nothing;
        }
        Found::Fresh
    }

    /// A look-up has taken long enough: it counts as a miss, whatever still comes of it.
    pub(in crate::world) fn look_up_late(&mut self, id: Id<StoreCall>) {
        let Some(call) = self.store_calls.get(id) else { return };
        let (frame, state) = (call.frame, call.state);
        if !self.waits_for(frame, id) {
            return;
        }
        let Role::LookUp(item, _, read, again) = call.role else { return };
        let windows = call.windows;
        if state == StoreState::Connecting {
            self.cancel_store_call(id);
        }
        self.looked_up((frame, windows), item, (Found::Nothing, Cause::Timeout), (read, again));
    }

    /// The answer of a cache's server is there, or will not be waited for: nothing was found, for this reason.
    pub(super) fn looked_up(
        &mut self,
        (id, windows): (Id<Frame>, u32),
        item: Item,
        (found, why): (Found, Cause),
        (read, again): (ZoneRead, u16),
    ) {
        self.frames[id].child = Child::None;
        let Some(access) = self.access(id) else { return };
        if found == Found::Nothing && self.ask_next_copy(id, &access, item, (read, again)) {
            return;
        }
        if found == Found::Busy && self.asks_again(id, &access, item, again) {
            return;
        }
        let hit = matches!(found, Found::Fresh | Found::Stale | Found::Old);
        self.counts.looked_up(item.cache.at(), self.agenda.now(), windows, hit);
        if hit || found == Found::Supplied {
            self.keep_near(self.frames[id].instance, item, found == Found::Old);
        }
        if hit {
            self.remember(id, item);
            self.refresh_if(found, id, &access, item);
            self.ready.push_back(Ready::Frame(id));
        } else if found == Found::Supplied {
            self.remember(id, item);
            self.ready.push_back(Ready::Frame(id));
        } else if let Load::Through(_) = self.plan.caches[item.cache.at()].load {
            self.fail_frame(id, why);
        } else {
            let token = if let Found::Leased(token) = found { token } else { NO_TOKEN };
            self.load(id, &access, item, token);
        }
    }
}

/// Whether a reader reads an item anew before it expires: Vattani, Chierichetti, Lowenstein, VLDB 2015.
fn is_early(left_seconds: f64, beta: f64, last_load: Span, draw: Key) -> bool {
    let unit = Stream::keyed(draw.with(EARLY)).unit();
    -last_load.as_secs_f64() * beta * libm::log(unit) >= left_seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chance of an early refresh is e to the power of minus the time left ÷ (beta × the last load's time).
    #[test]
    fn early_refreshes_come_as_often_as_the_paper_says() {
        const DRAWS: u64 = 100_000;
        for (left, expected) in [(2.0, 0.0067), (0.4, 0.368), (0.1, 0.779)] {
            let early = |draw: &u64| is_early(left, 1.0, Span::from_millis(400), Key::new(1, 0).with(*draw));
            let share = (0..DRAWS).filter(early).count() as f64 / DRAWS as f64;
            let deviation = libm::sqrt(expected * (1.0 - expected) / DRAWS as f64);
            assert!((share - expected).abs() < 5.0 * deviation + 0.0005, "{left}: {share}");
        }
    }
}
