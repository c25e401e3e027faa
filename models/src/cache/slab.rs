//! Where held items lie: 32 bytes each, in lists that run through them.
//!
//! The links are kept apart from the rest: a hit of an LRU cache goes to four places of memory at random, and
//! what it needs of them is packed as densely as can be.

use std::ops::{Index, IndexMut};

use archsim_sim::Time;

/// No place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// More places than this are not set aside beforehand.
const SET_ASIDE_MAX: u32 = 1 << 24;

/// A held item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Fresh until then.
    pub until: Time,
    /// Its number in the data set.
    pub key: u32,
    /// What the order remembers of it.
    pub mark: u32,
    /// What it takes of the room.
    pub weight: u32,
}

/// Its neighbours in its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The next towards the front.
    pub prev: u32,
    /// The next towards the back; of a free place, the next free one.
    pub next: u32,
}

const _: () = assert!(size_of::<Slot>() + size_of::<Link>() == 32);

/// All held items; places of items that left are used again.
#[derive(Clone, Debug)]
pub(super) struct Slab {
    slots: Vec<Slot>,
    links: Vec<Link>,
    /// The first free place.
    free: u32,
    len: u32,
}

impl Slab {
    /// Room for so many is set aside, though not yet touched.
    pub fn new(most: u32) -> Self {
        let aside = most.min(SET_ASIDE_MAX) as usize;
        Slab { slots: Vec::with_capacity(aside), links: Vec::with_capacity(aside), free: NOWHERE, len: 0 }
    }

    pub fn insert(&mut self, key: u32, weight: u32, until: Time) -> u32 {
        let slot = Slot { until, key, mark: 0, weight };
        self.len += 1;
        if self.free == NOWHERE {
            self.slots.push(slot);
            self.links.push(Link { prev: NOWHERE, next: NOWHERE });
            return self.slots.len() as u32 - 1;
        }
        let place = self.free;
        self.free = self.link(place).next;
        self[place] = slot;
        place
    }

    pub fn remove(&mut self, place: u32) {
        self.link_mut(place).next = self.free;
        self.free = place;
        self.len -= 1;
    }

    pub fn clear(&mut self) {
        self.slots.clear();
        self.links.clear();
        self.free = NOWHERE;
        self.len = 0;
    }

    pub fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub fn link(&self, place: u32) -> Link {
        self.links[place as usize]
    }

    #[inline]
    fn link_mut(&mut self, place: u32) -> &mut Link {
        &mut self.links[place as usize]
    }
}

impl Index<u32> for Slab {
    type Output = Slot;
    #[inline]
    fn index(&self, place: u32) -> &Slot {
        &self.slots[place as usize]
    }
}

impl IndexMut<u32> for Slab {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut Slot {
        &mut self.slots[place as usize]
    }
}

/// A list through the slab; new items come to the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub front: u32,
    pub back: u32,
}

impl Default for List {
    fn default() -> Self {
        List { front: NOWHERE, back: NOWHERE }
    }
}

impl List {
    #[inline]
    pub fn push_front(&mut self, slab: &mut Slab, place: u32) {
        *slab.link_mut(place) = Link { prev: NOWHERE, next: self.front };
        match self.front {
            NOWHERE => self.back = place,
            front => slab.link_mut(front).prev = place,
        }
        self.front = place;
    }

    #[inline]
    pub fn unlink(&mut self, slab: &mut Slab, place: u32) {
        let Link { prev, next } = slab.link(place);
        match prev {
            NOWHERE => self.front = next,
            prev => slab.link_mut(prev).next = next,
        }
        match next {
            NOWHERE => self.back = prev,
            next => slab.link_mut(next).prev = prev,
        }
    }

    #[inline]
    pub fn move_to_front(&mut self, slab: &mut Slab, place: u32) {
        if self.front != place {
            self.unlink(slab, place);
            self.push_front(slab, place);
        }
    }
}
