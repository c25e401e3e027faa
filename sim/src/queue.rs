//! The keys that wait for their instant: a short sorted list in front of a heap.
//!
//! Many systems have few events pending at once, and for those nothing beats a sorted list: the least
//! key lies at its end, and a new one steps past the few that are less. What no longer fits is in the
//! heap, none of whose keys is less than any of the list. A key greater than the heap's least goes to
//! the heap, so with many pending the list is empty nearly always and costs one comparison; once the
//! heap holds few again, they go back to the list.
//!
//! ```text
//! keys: [ heap's least │ greatest … least │ free … ]
//!          place 0       1        length
//! ```
//!
//! The heap's least key, or [`NONE`], is kept in place 0: it ends the search of a lesser key's place, and
//! the key at `length` is the least of all, whether there is a list or not.

use crate::heap::{Heap, NONE};

/// How many places the list has, the one of the heap's least included: a power of two.
const PLACES: usize = 32;
const MASK: usize = PLACES - 1;
/// So many keys, or fewer, return from the heap to the list.
const FEW: usize = PLACES / 2;

/// A priority queue of keys, least first, all of them different and less than [`NONE`].
pub(crate) struct Queue {
    keys: [u128; PLACES],
    length: usize,
    heap: Heap,
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new() -> Self {
        Queue { keys: [NONE; PLACES], length: 0, heap: Heap::new() }
    }

    /// The least key, or [`NONE`].
    #[inline]
    pub(crate) fn least(&self) -> u128 {
        self.keys[self.length & MASK]
    }

    /// The least key and the next, if both are at hand without looking into the heap.
    #[inline]
    pub(crate) fn first_two(&self) -> Option<(u128, u128)> {
        let next = self.length.wrapping_sub(1);
        (next < MASK).then(|| (self.keys[next + 1], self.keys[next]))
    }

    /// Drops the first of [`first_two`](Self::first_two).
    #[inline]
    pub(crate) fn drop_first(&mut self) {
        debug_assert!(self.length > 0);
        self.length -= 1;
    }

    /// Adds a key.
    #[inline]
    pub(crate) fn push(&mut self, key: u128) {
        let last = self.length;
        // Comparing halves is quicker, and the other side sorts out what it does not decide.
        if key >> 64 >= self.keys[0] >> 64 || last >= MASK {
            return self.push_elsewhere(key);
        }
        self.length += 1;
        if self.keys[last] > key {
            self.keys[last + 1] = key;
        } else {
            self.keys[last + 1] = self.keys[last];
            self.insert(last, key);
        }
    }

    /// Puts a key less than the heap's least into the hole, or as far before it as it belongs.
    #[inline]
    fn insert(&mut self, mut hole: usize, key: u128) {
        // Masks instead of checks: the key in place 0 is greater, so the search ends there at the latest.
        while self.keys[(hole - 1) & MASK] < key {
            self.keys[hole & MASK] = self.keys[(hole - 1) & MASK];
            hole -= 1;
        }
        self.keys[hole & MASK] = key;
    }

    /// Adds a key to the heap, or to a list that is perhaps full.
    #[inline(never)]
    fn push_elsewhere(&mut self, key: u128) {
        if self.length == MASK {
            self.spill();
        }
        if key > self.keys[0] {
            self.heap.push(key);
        } else {
            self.length += 1;
            self.insert(self.length, key);
        }
    }

    /// Takes the least key out; [`NONE`] if there is none.
    pub(crate) fn pop(&mut self) -> u128 {
        if self.length == 0 {
            return self.pop_from_heap();
        }
        let least = self.least();
        self.length -= 1;
        least
    }

    /// Takes the least key out when the list is empty; [`NONE`] if there is none.
    #[inline(never)]
    pub(crate) fn pop_from_heap(&mut self) -> u128 {
        debug_assert!(self.length == 0);
        let least = std::mem::replace(&mut self.keys[0], self.heap.pop());
        if self.heap.places() <= FEW {
            self.refill();
        }
        least
    }

    /// The greater half of a full list goes to the heap.
    #[cold]
    #[inline(never)]
    fn spill(&mut self) {
        for &spilled in self.keys[..FEW].iter().filter(|&&spilled| spilled != NONE) {
            self.heap.push(spilled);
        }
        self.keys.copy_within(FEW.., 0);
        self.length -= FEW;
    }

    /// All keys of the heap go to the empty list.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        let least = std::mem::replace(&mut self.keys[0], NONE);
        for (place, key) in self.keys[1..].iter_mut().zip(self.heap.drain()) {
            *place = key;
            self.length += 1;
        }
        self.keys[1..=self.length].sort_unstable_by(|a, b| b.cmp(a));
        if least != NONE {
            self.length += 1;
            self.keys[self.length] = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys in and out at random, with `most` pending at once in the middle of each tide.
    fn comes_out_in_order(most: u64) {
        let mut queue = Queue::new();
        let mut state = most;
        let mut inside: Vec<u128> = Vec::new();
        for round in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let growing = round % (4 * most) < 2 * most;
            if inside.is_empty() || (state >> 60 < 12) == growing {
                let key = u128::from(state >> 20);
                queue.push(key);
                let place = inside.partition_point(|&other| other > key);
                inside.insert(place, key);
            } else {
                assert_eq!(Some(queue.pop()), inside.pop());
            }
            assert_eq!(queue.least(), inside.last().copied().unwrap_or(NONE));
        }
        while let Some(key) = inside.pop() {
            assert_eq!(queue.pop(), key);
        }
        assert_eq!((queue.pop(), queue.least()), (NONE, NONE));
    }

    #[test]
    fn keys_come_out_in_order_however_many_wait() {
        for most in [1, 10, 25, 40, 300, 3_000] {
            comes_out_in_order(most);
        }
    }
}
