//! A copy that has lost what it held is filled from another one before it is read again: `EVCache`'s warmer.
//!
//! ```text
//!   serves --loses anything--> is not read; all its nodes are up? --an item each `warmer`--> the other copy has no more --> serves
//! ```
//!
//! Meanwhile what is brought or taken out goes to it as to all copies (a write-only group in the original). Each item is
//! read from the other copy's node and written to its own, with their servers, at a pace that nothing slows down. It is
//! kept as long as over there; what has been taken out there in the meantime is not brought. With no other copy to be
//! filled from it serves at once, as without a warmer.

use archsim_sim::{Class, Id, Key, Stream, Time};

use super::{Item, Role};
use crate::plan::{CacheId, CachePlace, Operation, StoreId};
use crate::world::entity::{Origin, StoreCall};
use crate::world::event::Event;
use crate::world::observe::Observer;
use crate::world::{FIRST, World};

const WARMER: u64 = Key::of_name("warmer");
const BACK: u64 = Key::of_name("back");

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Warmth {
    /// It has lost something and is not read.
    pub(super) cold: bool,
    /// Its next item comes; else it waits for its nodes.
    comes: bool,
    /// The number of the item after the last that was copied.
    next: u32,
    /// How often it was begun anew: what was to come before is void.
    turn: u32,
}

impl<O: Observer> World<'_, O> {
    /// Whether a copy is read.
    pub(super) fn serves(&self, cache: CacheId, copy: u32) -> bool {
        self.caches.warmth(cache, copy).is_none_or(|warmth| !warmth.cold)
    }

    /// Nodes of a cache have lost what they held: their copies are filled, if another one can do that.
    pub(in crate::world) fn copies_lost(&mut self, cache: CacheId, from: u16, until: u16) {
        let CachePlace::Servers { cluster, .. } = self.plan.caches[cache.at()].place else { return };
        if cluster.warmer.is_none() {
            return;
        }
        let (nodes, copies) = (u32::from(cluster.nodes), u32::from(cluster.copies));
        let (from, until) = (u32::from(from), u32::from(until));
        let hit = move |copy: u32| from.max(copy * nodes) < until.min((copy + 1) * nodes);
        for copy in (0..copies).filter(|&copy| hit(copy)) {
            if let Some(warmth) = self.caches.warmth_mut(cache, copy) {
                *warmth = Warmth { cold: true, comes: false, next: 0, turn: warmth.turn + 1 };
            }
        }
        for copy in (0..copies).filter(|&copy| hit(copy)) {
            self.may_be_filled_again(cache, copy);
        }
    }

    /// A node of some cache is up again: copies that waited for it are filled.
    pub(in crate::world) fn copies_may_be_filled(&mut self) {
        for cache in 0..self.plan.caches.len() as u16 {
            let CachePlace::Servers { cluster, .. } = self.plan.caches[usize::from(cache)].place else {
                continue;
            };
            for copy in (0..u32::from(cluster.copies)).filter(|_| cluster.warmer.is_some()) {
                self.may_be_filled_again(CacheId(cache), copy);
            }
        }
    }

    fn may_be_filled_again(&mut self, cache: CacheId, copy: u32) {
        let up = self.is_copy_up(cache, copy);
        let source = self.sources(cache, copy).next();
        let Some(warmth) = self.caches.warmth_mut(cache, copy) else { return };
        if !warmth.cold || warmth.comes || !up {
            return;
        }
        (warmth.cold, warmth.comes) = (source.is_some(), source.is_some());
        let turn = warmth.turn;
        if source.is_some() {
            self.next_item_comes(cache, copy, turn);
        }
    }

    /// Whether all nodes of a copy are up.
    fn is_copy_up(&self, cache: CacheId, copy: u32) -> bool {
        let CachePlace::Servers { store, cluster, .. } = self.plan.caches[cache.at()].place else {
            return false;
        };
        let nodes = usize::from(cluster.nodes);
        let first = store.at() + copy as usize * nodes;
        (first..first + nodes).all(|node| self.stores[node].outage.is_none())
    }

    /// The other copies that are read, the next one first.
    fn sources(&self, cache: CacheId, copy: u32) -> impl Iterator<Item = u32> {
        let copies = match self.plan.caches[cache.at()].place {
            CachePlace::Servers { cluster, .. } => u32::from(cluster.copies),
            CachePlace::Process => 0,
        };
        (1..copies).map(move |step| (copy + step) % copies).filter(move |&other| self.serves(cache, other))
    }

    fn next_item_comes(&mut self, cache: CacheId, copy: u32, turn: u32) {
        let CachePlace::Servers { cluster, .. } = self.plan.caches[cache.at()].place else { return };
        let Some(every) = cluster.warmer else { return };
        let event = Event::WarmsCopy { of: u32::from(cache.0) << 16 | copy, turn };
        self.agenda.schedule(self.agenda.now() + every, Class::Timer, FIRST, event);
    }

    /// The next item of the other copy is read, or there is none left.
    pub(in crate::world) fn warms_copy(&mut self, of: u32, turn: u32) {
        let (cache, copy) = (CacheId((of >> 16) as u16), of & 0xffff);
        let Some(warmth) = self.caches.warmth(cache, copy).filter(|it| it.cold && it.turn == turn) else {
            return;
        };
        let up = self.is_copy_up(cache, copy);
        let found = self.next_to_copy(cache, copy, warmth.next);
        let Some(warmth) = self.caches.warmth_mut(cache, copy) else { return };
        match found {
            _ if !up => warmth.comes = false,
            None => (warmth.cold, warmth.comes) = (false, false),
            Some((item, from)) => {
                warmth.next = item.number + 1;
                self.copy_from(item, copy, from);
                self.next_item_comes(cache, copy, turn);
            }
        }
    }

    /// The first item, from this number on, that another copy has which is read.
    fn next_to_copy(&self, cache: CacheId, copy: u32, from: u32) -> Option<(Item, u32)> {
        let source = self.sources(cache, copy).next()?;
        let held = |item: &Item| {
            let at = self.place_of(*item, self.cache_node(*item, source).0);
            self.caches.holds(self.now(), *item, at)
        };
        let all = from..self.caches.items(cache);
        all.map(|number| self.caches.numbered(self.plan, cache, number)).find(held).map(|item| (item, source))
    }

    fn copy_from(&mut self, item: Item, copy: u32, source: u32) {
        let (node, to) = (self.cache_node(item, source), self.cache_node(item, copy));
        let cache = &self.plan.caches[item.cache.at()];
        let draw = self.dice.with(cache.key).with(WARMER).with(u64::from(copy)).with(u64::from(item.number));
        self.ask_for_node(node, Operation::Read, draw, Role::CopyFrom(item, to));
    }

    /// The item has been read: it is written.
    pub(super) fn copy_to(&mut self, read: &StoreCall, item: Item, node: StoreId) {
        self.ask_for_node(node, Operation::Write, read.draw.with(BACK), Role::CopyTo(item, node));
    }

    /// It is kept as long as where it came from; what is not there any more is not brought.
    pub(super) fn copied(&mut self, item: Item, at: u32) {
        let CachePlace::Servers { cluster, .. } = self.plan.caches[item.cache.at()].place else { return };
        let (copy, now) = (at / u32::from(cluster.nodes), self.now());
        let mut others =
            self.sources(item.cache, copy).map(|other| self.place_of(item, self.cache_node(item, other).0));
        let from = others.find(|&there| self.caches.holds(now, item, there));
        drop(others);
        let until =
            from.and_then(|there| self.caches.held(item.cache, there)).map(|held| held.until(item.number));
        let bytes = self.plan.data[item.data.at()].bytes;
        if let (Some(until), Some(held)) = (until, self.caches.held(item.cache, at)) {
            held.fill_until(until, item.number, bytes);
        }
    }

    /// An operation of no instance, at a node of a cache.
    fn ask_for_node(&mut self, store: StoreId, operation: Operation, draw: Key, role: Role) {
        let (now, order) = (self.now(), self.next_order());
        let settings = &self.plan.stores[store.at()];
        let span = if operation == Operation::Read { &settings.read } else { &settings.write };
        let nobody = Origin {
            request: Id::from_bits(u64::MAX),
            rank: FIRST,
            journey: 0,
            deadline: Time::NEVER,
            wasted: false,
            asked: 0,
        };
        let id = self.begin_unpooled(&StoreCall {
            service: span.sample(&mut Stream::keyed(draw)),
            operation,
            draw,
            ..StoreCall::new((now, order), nobody, store, role)
        });
        self.send_unpooled(id);
    }
}
