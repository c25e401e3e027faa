//! Second chance: the oldest leaves, unless it was used since it was last considered; then it goes to the
//! front and has to be used again.
//!
//! One bit, as in `libCacheSim`'s `Clock.c`; a hit writes nothing but that bit, which is why real systems like it.

use super::slab::{List, Slab};

/// The list, youngest first; an item's mark is whether it was used.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    list: List,
}

impl Clock {
    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        self.list.push_front(slab, place);
    }

    #[inline]
    #[allow(clippy::unused_self, reason = "the same question is put to every order")]
    pub fn hit(&mut self, slab: &mut Slab, place: u32) {
        slab[place].mark = 1;
    }

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        self.list.unlink(slab, place);
    }

    pub fn victim(&mut self, slab: &mut Slab) -> u32 {
        loop {
            let oldest = self.list.back;
            if slab[oldest].mark == 0 {
                return oldest;
            }
            slab[oldest].mark = 0;
            self.list.move_to_front(slab, oldest);
        }
    }

    pub fn clear(&mut self) {
        *self = Clock::default();
    }
}
