//! A four-ary heap of 16-byte keys, laid out so that four brothers share one line of memory.
//!
//! When more keys wait than the agenda's list holds, they wait here. A heap of four has half the levels of
//! a binary one, and the four children of a node are compared in one line of memory without a branch,
//! which is where a binary heap loses its time: on levels that are far away in memory and on comparisons
//! guessed wrong.
//!
//! ```text
//! group 0: [ .  .  .  root ]      children of node n: group n - 2   (the root, node 3, is kept elsewhere)
//! group 1: [ 4  5  6  7 ]         parent of group g:  node g + 2
//! group 2: [ 8  9 10 11 ] …       node n:             group n / 4, place n % 4
//! ```
//!
//! Empty places hold [`NONE`], which is greater than every key, so no level needs to know how full it is.

/// No key: greater than every key that the agenda makes.
pub(crate) const NONE: u128 = u128::MAX;

/// Where the root lives; see the picture in the module's documentation.
const ROOT: usize = 3;

/// Four brothers on one line of memory: 64 bytes, fetched at once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Group([u128; 4]);

const EMPTY: Group = Group([NONE; 4]);

/// A priority queue of keys, least first. Equal keys are the caller's business: there are none.
///
/// The root is the caller's: what [`Heap::pop`] gives is the next root, and the hole that this leaves
/// among its children is kept open. Most events schedule another one, whose key then sinks from the
/// hole, and a pop with a push costs no more than either alone.
pub(crate) struct Heap {
    groups: Vec<Group>,
    /// The first node beyond the heap.
    end: usize,
    /// A child of the root that is empty, or `ROOT` if there is no hole.
    hole: usize,
}

impl Heap {
    /// An empty heap.
    pub(crate) fn new() -> Self {
        Heap { groups: vec![EMPTY; 2], end: ROOT + 1, hole: ROOT }
    }

    /// How many keys there are, without the root; one more while a hole is open.
    #[inline]
    pub(crate) fn places(&self) -> usize {
        self.end - (ROOT + 1)
    }

    /// Adds a key greater than the root.
    #[inline]
    pub(crate) fn push(&mut self, key: u128) {
        if self.hole == ROOT {
            self.rise(key);
        } else {
            let hole = std::mem::replace(&mut self.hole, ROOT);
            self.sink(hole, key);
        }
    }

    /// Takes the least key out; [`NONE`] if there is none.
    #[inline]
    pub(crate) fn pop(&mut self) -> u128 {
        if self.hole != ROOT {
            self.close();
        }
        let (least, place) = least_of(&self.groups[1].0);
        if least != NONE {
            self.hole = 4 + place;
            self.groups[1].0[place] = NONE;
        }
        least
    }

    /// Takes all keys out, in no order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = u128> {
        self.hole = ROOT;
        let end = std::mem::replace(&mut self.end, ROOT + 1);
        let keys =
            (ROOT + 1..end).map(|node| std::mem::replace(&mut self.groups[node / 4].0[node % 4], NONE));
        keys.filter(|&key| key != NONE)
    }

    /// Fills the hole with the last key.
    #[inline]
    fn close(&mut self) {
        let hole = std::mem::replace(&mut self.hole, ROOT);
        self.end -= 1;
        let key = self.at(self.end);
        self.put(self.end, NONE);
        if hole != self.end {
            self.sink(hole, key);
        }
    }

    /// Puts `key` at the end or as far above as it belongs.
    #[inline(never)]
    fn rise(&mut self, key: u128) {
        let mut hole = self.end;
        self.end += 1;
        if hole / 4 == self.groups.len() {
            self.groups.push(EMPTY);
        }
        // The children of the root are nodes 4 to 7, and what rises there stays.
        while hole > 7 {
            let parent = hole / 4 + 2;
            let above = self.at(parent);
            if above <= key {
                break;
            }
            self.put(hole, above);
            hole = parent;
        }
        self.put(hole, key);
    }

    /// Puts `key` into the hole or as far below as it belongs.
    #[inline(never)]
    fn sink(&mut self, hole: usize, key: u128) {
        let groups = &mut self.groups[..];
        let (mut group, mut place) = (hole / 4, hole % 4);
        loop {
            let children = group * 4 + place - 2;
            let Some(brothers) = groups.get(children) else { break };
            let (least, least_place) = least_of(&brothers.0);
            if key <= least {
                break;
            }
            groups[group].0[place] = least;
            (group, place) = (children, least_place);
        }
        groups[group].0[place] = key;
    }

    #[inline]
    fn at(&self, node: usize) -> u128 {
        self.groups[node / 4].0[node % 4]
    }

    #[inline]
    fn put(&mut self, node: usize, key: u128) {
        self.groups[node / 4].0[node % 4] = key;
    }
}

/// The least of four keys and its place, as a little tournament without a branch to guess.
#[inline]
fn least_of(keys: &[u128; 4]) -> (u128, usize) {
    let left = usize::from(keys[1] < keys[0]);
    let right = 2 + usize::from(keys[3] < keys[2]);
    let place = if keys[right] < keys[left] { right } else { left };
    (keys[place], place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_in_order_whatever_the_order_they_went_in() {
        let mut heap = Heap::new();
        let mut state = 1_u64;
        let mut root = 0;
        let mut inside = Vec::new();
        for round in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let growing = round % 4_000 < 2_000;
            if inside.is_empty() || (state >> 60 < 11) == growing {
                let key = root + 1 + u128::from(state >> 20);
                heap.push(key);
                inside.push(key);
                inside.sort_unstable_by(|a, b| b.cmp(a));
            } else {
                root = heap.pop();
                assert_eq!(Some(root), inside.pop());
            }
            assert_eq!(heap.places() - usize::from(heap.hole != ROOT), inside.len());
        }
        (0..inside.len()).for_each(|_| assert_eq!(Some(heap.pop()), inside.pop()));
        assert_eq!(heap.pop(), NONE);
    }
}
