//! `EVCache`'s rules: copies in every zone, reads that go on to another zone, writes that wait for some of them.
//!
//! `EVCache` keeps a full copy of the data in every zone, each sharded by [ketama](crate::placement::ketama). A
//! read asks the copy of its own zone; if it brings nothing, *a plain miss included*, it goes on to others, so a
//! key that is nowhere costs two reads of caches before the database is asked. A write goes to all copies at once,
//! and the caller waits for a latch. Sources: Netflix/EVCache, `ZoneFallbackIterator`, `EVCacheImpl`,
//! `EVCacheLatch.Policy`.
//!
//! ```
//! use archsim_models::evcache::{Latch, Rotation, ZoneRead};
//!
//! let mut rotation = Rotation::new(3);
//! let mut read = ZoneRead::new(0, Some(1));
//! assert_eq!(read.next(&mut rotation), Some(0), "its own zone first");
//! assert_eq!(read.next(&mut rotation), Some(2), "then the next in turn");
//! assert_eq!(read.next(&mut rotation), None, "then no other");
//! assert_eq!(Latch::AllButOne.needs(3), 2);
//! ```

/// The zones in turn, for reads that go on. One per client: calls of all requests turn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    zones: u32,
    at: u32,
}

impl Rotation {
    /// So many zones, numbered as they were named; at least one.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(zones: u32) -> Self {
        assert!(zones > 0, "there is a zone");
        Rotation { zones, at: 0 }
    }

    /// A client starts anew.
    pub fn forget(&mut self) {
        self.at = 0;
    }

    /// The next zone. The walk begins after the first and goes backwards, as the original's linked ring does.
    pub fn turn(&mut self) -> u32 {
        self.at = self.before(self.at);
        self.at
    }

    /// The next zone that is not `skipped`. The turn stays on the skipped zone, so the one behind it comes twice
    /// in a round: the load of a zone that is left out falls on one other, not on all. (If there is no other
    /// zone, the skipped one.)
    pub fn turn_past(&mut self, skipped: u32) -> u32 {
        let zone = self.turn();
        if zone == skipped { self.before(zone) } else { zone }
    }

    fn before(self, zone: u32) -> u32 {
        if zone == 0 { self.zones - 1 } else { zone - 1 }
    }
}

/// Where a read asks, one zone after the other, until one has the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneRead {
    local: u16,
    /// Other zones that it may ask; `u16::MAX` is all.
    others: u16,
    tries: u16,
    /// The first other zone that it asked: from there it goes round, whoever turns the rotation meanwhile.
    first: u16,
}

impl ZoneRead {
    /// A read from this zone that may ask so many others (`EVCache`'s default: 1); `None` is all of them, 0 is none
    /// (zone fallback is off).
    pub fn new(local: u16, others: Option<u16>) -> Self {
        ZoneRead { local, others: others.unwrap_or(u16::MAX), tries: 0, first: local }
    }

    /// The zone to ask next, or none: the data is nowhere.
    pub fn next(&mut self, rotation: &mut Rotation) -> Option<u32> {
        let others = rotation.zones - 1;
        if u32::from(self.tries) > u32::from(self.others).min(others) {
            return None;
        }
        self.tries += 1;
        match self.tries {
            1 => Some(u32::from(self.local)),
            2 => {
                let zone = rotation.turn_past(u32::from(self.local));
                self.first = zone as u16;
                Some(zone)
            }
            // A read that asks all zones goes round once and does not turn the rotation for each.
            tries => Some(self.nth(*rotation, tries - 2)),
        }
    }

    /// The `n`-th zone after the first other one, its own left out.
    fn nth(self, rotation: Rotation, n: u16) -> u32 {
        let mut zone = u32::from(self.first);
        for _ in 0..n {
            zone = rotation.before(zone);
            if zone == u32::from(self.local) {
                zone = rotation.before(zone);
            }
        }
        zone
    }

    /// How many zones were asked.
    pub fn tries(&self) -> u32 {
        u32::from(self.tries)
    }
}

/// How many copies must have answered before a write counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latch {
    /// None: fire and forget.
    None,
    /// The first.
    One,
    /// More than half.
    Quorum,
    /// All but one: the default.
    AllButOne,
    /// All.
    All,
}

impl Latch {
    /// So many of `copies` copies.
    pub fn needs(self, copies: u32) -> u32 {
        match self {
            Latch::None => 0,
            Latch::Quorum if copies > 2 => copies / 2 + 1,
            Latch::AllButOne if copies > 2 => copies - 1,
            Latch::One | Latch::Quorum | Latch::AllButOne => 1.min(copies),
            Latch::All => copies,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latches_wait_for_as_many_as_in_the_original() {
        assert_eq!([1, 2, 3, 4, 5].map(|copies| Latch::Quorum.needs(copies)), [1, 1, 2, 3, 3]);
        assert_eq!([1, 2, 3, 4].map(|copies| Latch::AllButOne.needs(copies)), [1, 1, 2, 3]);
        assert_eq!([Latch::None, Latch::One, Latch::All].map(|latch| latch.needs(3)), [0, 1, 3]);
        assert_eq!(Latch::One.needs(0), 0);
    }

    #[test]
    fn a_read_of_all_copies_asks_each_once() {
        for zones in 1..6_u16 {
            for local in 0..zones {
                let mut rotation = Rotation::new(u32::from(zones));
                for turned in 0..zones {
                    let mut read = ZoneRead::new(local, None);
                    let mut asked: Vec<u32> = std::iter::from_fn(|| read.next(&mut rotation)).collect();
                    assert_eq!(asked[0], u32::from(local));
                    asked.sort_unstable();
                    assert_eq!(
                        asked,
                        (0..u32::from(zones)).collect::<Vec<_>>(),
                        "{local} of {zones}, turned {turned}"
                    );
                    assert_eq!(read.tries(), u32::from(zones));
                }
            }
        }
    }

    #[test]
    fn without_fallback_only_its_own_zone_is_asked() {
        let mut rotation = Rotation::new(3);
        let mut read = ZoneRead::new(1, Some(0));
        assert_eq!((read.next(&mut rotation), read.next(&mut rotation)), (Some(1), None));
        assert_eq!(rotation, Rotation::new(3));
    }
}
