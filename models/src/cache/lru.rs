//! Least recently used: a list in the order of the last use.
//!
//! Good where what was used will be used again soon. One scan over many items empties it of all that was
//! worth keeping: [`segmented`](super::segmented) and [`sieve`](super::sieve) do not have that weakness.

use archsim_sim::mutant;

use super::slab::{List, Slab};

/// The list, last used first.
#[derive(Clone, Debug, Default)]
pub(super) struct Lru {
    list: List,
}

impl Lru {
    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        self.list.push_front(slab, place);
    }

    #[inline]
    pub fn hit(&mut self, slab: &mut Slab, place: u32) {
        if !mutant!("lru-ignores-use") {
            self.list.move_to_front(slab, place);
        }
    }

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        self.list.unlink(slab, place);
    }

    pub fn victim(&mut self, _: &mut Slab) -> u32 {
        self.list.back
    }

    pub fn clear(&mut self) {
        *self = Lru::default();
    }
}
