//! Least frequently used: a list for every number of uses, the numbers in ascending order.
//!
//! Of items used equally often the one not used for the longest time leaves, as in `libCacheSim`'s `LFU.c`. Uses
//! are counted while an item is held and forgotten when it leaves. Good for a popularity that never changes;
//! what was popular once stays long after (there is no ageing).

use super::slab::{List, NOWHERE, Slab};

/// All items used equally often, last used first.
#[derive(Clone, Copy, Debug)]
struct Level {
    uses: u64,
    items: List,
    /// The level of fewer uses.
    below: u32,
    /// The level of more uses; of a free level, the next free one.
    above: u32,
}

/// The levels; an item's mark is its level's place.
#[derive(Clone, Debug)]
pub(super) struct Lfu {
    levels: Vec<Level>,
    lowest: u32,
    free: u32,
}

impl Default for Lfu {
    fn default() -> Self {
        Lfu { levels: Vec::new(), lowest: NOWHERE, free: NOWHERE }
    }
}

impl Lfu {
    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        let lowest = self.lowest;
        let level = if lowest != NOWHERE && self.levels[lowest as usize].uses == 1 {
            lowest
        } else {
            self.open(1, NOWHERE, lowest)
        };
        self.enter(slab, place, level);
    }

    #[inline]
    pub fn hit(&mut self, slab: &mut Slab, place: u32) {
        let old = slab[place].mark;
        let Level { uses, above, .. } = self.levels[old as usize];
        let level = if above != NOWHERE && self.levels[above as usize].uses == uses + 1 {
            above
        } else {
            self.open(uses + 1, old, above)
        };
        self.removed(slab, place);
        self.enter(slab, place, level);
    }

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        let level = slab[place].mark;
        let items = &mut self.levels[level as usize].items;
        items.unlink(slab, place);
        if items.front == NOWHERE {
            self.close(level);
        }
    }

    pub fn victim(&mut self, _: &mut Slab) -> u32 {
        self.levels[self.lowest as usize].items.back
    }

    pub fn clear(&mut self) {
        self.levels.clear();
        self.lowest = NOWHERE;
        self.free = NOWHERE;
    }

    fn enter(&mut self, slab: &mut Slab, place: u32, level: u32) {
        slab[place].mark = level;
        self.levels[level as usize].items.push_front(slab, place);
    }

    /// A level between two neighbours.
    fn open(&mut self, uses: u64, below: u32, above: u32) -> u32 {
        let level = Level { uses, items: List::default(), below, above };
        let at = if self.free == NOWHERE {
            self.levels.push(level);
            self.levels.len() as u32 - 1
        } else {
            let at = self.free;
            self.free = self.levels[at as usize].above;
            self.levels[at as usize] = level;
            at
        };
        self.join(below, at);
        self.join(at, above);
        at
    }

    fn close(&mut self, at: u32) {
        let Level { below, above, .. } = self.levels[at as usize];
        self.join(below, above);
        self.levels[at as usize].above = self.free;
        self.free = at;
    }

    /// Makes two levels neighbours, or one the lowest.
    fn join(&mut self, below: u32, above: u32) {
        match below {
            NOWHERE => self.lowest = above,
            below => self.levels[below as usize].above = above,
        }
        if above != NOWHERE {
            self.levels[above as usize].below = below;
        }
    }
}
