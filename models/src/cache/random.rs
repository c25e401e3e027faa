//! Any item leaves, all with the same probability.
//!
//! Hits as often as first in, first out, as far as the two can be told apart by independent requests
//! (Gelenbe 1973), and needs no list.

use archsim_sim::Stream;

use super::slab::Slab;

/// Places of all held items; an item's mark is where in this list its own stands.
#[derive(Clone, Debug)]
pub(super) struct Random {
    held: Vec<u32>,
    stream: Stream,
}

impl Random {
    pub fn new(stream: Stream) -> Self {
        Random { held: Vec::new(), stream }
    }

    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        slab[place].mark = self.held.len() as u32;
        self.held.push(place);
    }

    #[inline]
    #[allow(clippy::unused_self, reason = "the same question is put to every order")]
    pub fn hit(&mut self, _: &mut Slab, _: u32) {}

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        let at = slab[place].mark;
        self.held.swap_remove(at as usize);
        if let Some(&moved) = self.held.get(at as usize) {
            slab[moved].mark = at;
        }
    }

    pub fn victim(&mut self, _: &mut Slab) -> u32 {
        self.held[self.stream.below(self.held.len() as u32) as usize]
    }

    pub fn clear(&mut self) {
        self.held.clear();
    }
}
