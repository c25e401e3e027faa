//! SIEVE: a hand goes from the oldest to the youngest and takes the first that was not used; who was used
//! keeps its place and has to be used again before the hand comes back.
//!
//! So items that come once are sifted out soon, whatever their age (Zhang et al., NSDI 2024).

use super::slab::{List, NOWHERE, Slab};

/// The list, youngest first, and the hand; an item's mark is whether it was used.
#[derive(Clone, Debug)]
pub(super) struct Sieve {
    list: List,
    hand: u32,
}

impl Default for Sieve {
    fn default() -> Self {
        Sieve { list: List::default(), hand: NOWHERE }
    }
}

impl Sieve {
    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        self.list.push_front(slab, place);
    }

    #[inline]
    #[allow(clippy::unused_self, reason = "the same question is put to every order")]
    pub fn hit(&mut self, slab: &mut Slab, place: u32) {
        slab[place].mark = 1;
    }

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        if self.hand == place {
            self.hand = slab.link(place).prev;
        }
        self.list.unlink(slab, place);
    }

    pub fn victim(&mut self, slab: &mut Slab) -> u32 {
        loop {
            if self.hand == NOWHERE {
                self.hand = self.list.back;
            }
            if slab[self.hand].mark == 0 {
                return self.hand;
            }
            slab[self.hand].mark = 0;
            self.hand = slab.link(self.hand).prev;
        }
    }

    pub fn clear(&mut self) {
        *self = Sieve::default();
    }
}
