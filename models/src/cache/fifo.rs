//! First in, first out: a list in the order of arrival, which hits do not change.
//!
//! A larger cache may hit *less* often (Bélády's anomaly: 9 misses with room for three, 10 with room for four).

use super::slab::{List, Slab};

/// The list, youngest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Fifo {
    list: List,
}

impl Fifo {
    pub fn inserted(&mut self, slab: &mut Slab, place: u32) {
        self.list.push_front(slab, place);
    }

    #[inline]
    #[allow(clippy::unused_self, reason = "the same question is put to every order")]
    pub fn hit(&mut self, _: &mut Slab, _: u32) {}

    pub fn removed(&mut self, slab: &mut Slab, place: u32) {
        self.list.unlink(slab, place);
    }

    pub fn victim(&mut self, _: &mut Slab) -> u32 {
        self.list.back
    }

    pub fn clear(&mut self) {
        *self = Fifo::default();
    }
}
