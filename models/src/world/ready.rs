//! The ready list: what can go on at once, without time passing, in the order in which it became so.
//!
//! It is empty between events. So a plain list with a cursor serves as a queue: once all of it has been taken, it
//! begins anew in the same memory.

use archsim_sim::Id;

use super::entity::{Frame, Passage, StoreCall};

/// What can go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ready {
    /// A program goes on with its next step, or fails.
    Frame(Id<Frame>),
    /// A call that waited for a permit has it, or is tried again.
    Passage(Id<Passage>),
    /// An operation that waited for a connection has it.
    Connection(Id<StoreCall>),
    /// An operation that waited for a lock has it.
    Lock(Id<StoreCall>),
}

/// All that can go on now.
#[derive(Default)]
pub(super) struct ReadyList {
    list: Vec<Ready>,
    /// The first that has not been taken.
    next: usize,
}

impl ReadyList {
    #[inline]
    pub(super) fn push_back(&mut self, ready: Ready) {
        self.list.push(ready);
    }

    /// The first, if there is one.
    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<Ready> {
        let Some(&ready) = self.list.get(self.next) else {
            self.list.clear();
            self.next = 0;
            return None;
        };
        self.next += 1;
        Some(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_sim::Arena;

    #[test]
    fn first_come_first_served_also_when_it_grows_meanwhile() {
        let mut places = Arena::new();
        let ids: Vec<Id<StoreCall>> = (0..5).map(|_| Id::from_bits(places.insert(()).to_bits())).collect();
        let mut list = ReadyList::default();
        let mut taken = Vec::new();
        for round in 0..2 {
            list.push_back(Ready::Connection(ids[2 * round]));
            list.push_back(Ready::Connection(ids[2 * round + 1]));
            let mut more = round == 0;
            while let Some(Ready::Connection(id)) = list.pop_front() {
                taken.push(id);
                if std::mem::take(&mut more) {
                    list.push_back(Ready::Connection(ids[4]));
                }
            }
        }
        assert_eq!(taken, [ids[0], ids[1], ids[4], ids[2], ids[3]]);
    }
}
