//! memcached's segmented LRU: what is used only once never pushes out what is used again and again.
//!
//! ```text
//!   fill --> HOT --too many--> COLD --no room--> out
//!             |                 | ^
//!         used twice      used twice |
//!             v                 v |
//!            WARM <-------------' |
//!             '------too many-----'
//! ```
//!
//! The rules are those of memcached's `items.c` (`do_item_get`, `do_item_update`, `lru_pull_tail`): the first
//! hit marks an item as fetched, the second as active. An active item of COLD moves to WARM at once. An active
//! item at HOT's end moves to WARM, at WARM's end back to WARM's front; either way it has to be used again.
//! HOT takes at most 20 % of the room and WARM 40 %; what they have too much goes to COLD, and only COLD loses
//! items. (If COLD is empty, WARM's last leaves, then HOT's.)
//!
//! Three things are simpler than in the original: its maintenance thread is always up to date; there is one
//! class of sizes, not one LRU per slab class; and segments have no limit of age, only of size.

use super::slab::{List, NOWHERE, Slab};

const COLD: u32 = 0;
const HOT: u32 = 1;
const WARM: u32 = 2;
const SEGMENT: u32 = 3;
const FETCHED: u32 = 4;
const ACTIVE: u32 = 8;

/// memcached 1.5 and later, `settings.hot_lru_pct`.
const HOT_PERCENT: u64 = 20;
/// memcached 1.5 and later, `settings.warm_lru_pct`.
const WARM_PERCENT: u64 = 40;

/// The three lists; an item's mark is its segment and whether it was fetched and is active.
#[derive(Clone, Debug)]
pub(super) struct Segmented {
    lists: [List; 3],
    weights: [u64; 3],
    capacity: u64,
}

impl Segmented {
    pub fn new(capacity: u64) -> Self {
        Segmented { lists: [List::default(); 3], weights: [0; 3], capacity }
    }

    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        self.link(slab, place, HOT);
        self.juggle(slab);
    }

    #[inline]
    pub fn hit(&mut self, slab: &mut Slab, place: u32) {
        let mark = &mut slab[place].mark;
        if *mark & ACTIVE != 0 {
            return;
        }
        if *mark & FETCHED == 0 {
            *mark |= FETCHED;
            return;
        }
        if *mark & SEGMENT == COLD {
            self.relink(slab, place, WARM);
        } else {
            *mark |= ACTIVE;
        }
        self.juggle(slab);
    }

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        let segment = (slab[place].mark & SEGMENT) as usize;
        self.weights[segment] -= u64::from(slab[place].weight);
        self.lists[segment].unlink(slab, place);
    }

    pub fn victim(&mut self, _: &mut Slab) -> u32 {
        let last = |segment: u32| self.lists[segment as usize].back;
        [last(COLD), last(WARM), last(HOT)].into_iter().find(|&place| place != NOWHERE).unwrap_or(NOWHERE)
    }

    pub fn clear(&mut self) {
        *self = Segmented::new(self.capacity);
    }

    /// What the maintenance thread does: takes the ends of HOT and WARM while there is something to do.
    fn juggle(&mut self, slab: &mut Slab) {
        while self.pull(slab, HOT, HOT_PERCENT) {}
        while self.pull(slab, WARM, WARM_PERCENT) {}
    }

    /// Moves a segment's last item, if it is active or the segment too large.
    fn pull(&mut self, slab: &mut Slab, segment: u32, percent: u64) -> bool {
        let last = self.lists[segment as usize].back;
        if last == NOWHERE {
            return false;
        }
        let too_large = self.weights[segment as usize]
            > self.capacity / 100 * percent + self.capacity % 100 * percent / 100;
        if slab[last].mark & ACTIVE != 0 {
            self.relink(slab, last, WARM);
        } else if too_large {
            self.relink(slab, last, COLD);
        } else {
            return false;
        }
        true
    }

    fn link(&mut self, slab: &mut Slab, place: u32, segment: u32) {
        slab[place].mark = slab[place].mark & FETCHED | segment;
        self.weights[segment as usize] += u64::from(slab[place].weight);
        self.lists[segment as usize].push_front(slab, place);
    }

    /// To the front of a segment; it has to be used again to count as active.
    fn relink(&mut self, slab: &mut Slab, place: u32, segment: u32) {
        self.removed(slab, place);
        self.link(slab, place, segment);
    }
}
