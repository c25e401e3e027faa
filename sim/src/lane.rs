//! A lane: the pending entries of one constant delay, which come due in the order they were scheduled.
//!
//! What is scheduled "now plus a constant" never overtakes what was scheduled so before, hence a ring
//! does the work of a heap with one store and one load. The exception is entries of one instant, which
//! the agenda orders by class and rank: those step back past their betters.

use crate::heap::NONE;

/// A ring of keys, kept in order of all bits above the agenda's slot.
pub(crate) struct Lane {
    /// A power of two of places, so that a position wraps by a mask.
    keys: Vec<u128>,
    head: usize,
    len: usize,
    /// The key added last or a greater one, whether it is still here or not.
    last: u128,
}

impl Lane {
    /// An empty lane.
    pub(crate) fn new() -> Self {
        Lane { keys: vec![NONE; 16], head: 0, len: 0, last: 0 }
    }

    /// The first key, or [`NONE`].
    #[inline]
    pub(crate) fn first(&self) -> u128 {
        if self.len == 0 { NONE } else { self.at(0) }
    }

    /// Adds a key behind all whose bits outside `ties` are no greater; true if it is now the first.
    #[inline]
    pub(crate) fn push(&mut self, key: u128, ties: u128) -> bool {
        if self.len == self.keys.len() {
            self.grow();
        }
        let place = self.len;
        self.len += 1;
        if self.last > (key | ties) {
            return self.step_back(place, key, ties);
        }
        self.last = key;
        self.put(place, key);
        place == 0
    }

    /// Puts a key that is perhaps less than others at the empty `place` or as far before it as it belongs.
    #[cold]
    fn step_back(&mut self, mut place: usize, key: u128, ties: u128) -> bool {
        while place > 0 && self.at(place - 1) > (key | ties) {
            let behind = self.at(place - 1);
            self.put(place, behind);
            place -= 1;
        }
        self.put(place, key);
        place == 0
    }

    /// Takes the first key out; the lane must not be empty.
    #[inline]
    pub(crate) fn pop(&mut self) -> u128 {
        debug_assert!(self.len > 0);
        let first = self.at(0);
        self.head = (self.head + 1) & (self.keys.len() - 1);
        self.len -= 1;
        first
    }

    #[inline]
    fn at(&self, place: usize) -> u128 {
        self.keys[(self.head + place) & (self.keys.len() - 1)]
    }

    #[inline]
    fn put(&mut self, place: usize, key: u128) {
        let mask = self.keys.len() - 1;
        self.keys[(self.head + place) & mask] = key;
    }

    #[cold]
    fn grow(&mut self) {
        self.keys.rotate_left(self.head);
        self.head = 0;
        self.keys.resize(self.keys.len() * 2, NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_first_in_first_out_and_grows_while_it_wraps() {
        let mut lane = Lane::new();
        let (mut pushed, mut popped) = (0_u128, 0_u128);
        for round in 0..200 {
            for _ in 0..(round % 7) {
                lane.push(pushed << 8, 0xff);
                pushed += 1;
            }
            for _ in 0..(round % 5).min((pushed - popped) as usize) {
                assert_eq!(lane.pop(), popped << 8);
                popped += 1;
            }
        }
        assert!(pushed - popped > 64, "the test must make the lane grow");
    }

    #[test]
    fn a_lesser_key_steps_back_but_a_tie_stays_behind() {
        let mut lane = Lane::new();
        lane.push(0x2_09, 0xff);
        lane.push(0x3_00, 0xff);
        lane.push(0x2_01, 0xff);
        lane.push(0x1_00, 0xff);
        let out: Vec<u128> = (0..4).map(|_| lane.pop()).collect();
        assert_eq!(out, [0x1_00, 0x2_09, 0x2_01, 0x3_00]);
        assert_eq!(lane.first(), NONE);
    }
}
