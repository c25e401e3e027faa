//! Caches with real keys: which items are held, and which one goes when room is needed.
//!
//! A cache is asked and never acts: it schedules nothing, and time is what it is told. Keys are the numbers of
//! a data set's items, 0 to `items` − 1. What a miss costs, and who fills the cache after it, is the world's
//! affair.
//!
//! ```text
//!    look_up(key) --held, and not too old--> Hit       (the order hears of it)
//!                 --held, but too old------> Expired   (and it is gone)
//!                 --not held---------------> Miss
//!    fill(key)    --no room----------------> items leave, by the order, until it fits
//! ```
//!
//! | order | who leaves | remembers of a hit | source |
//! |---|---|---|---|
//! | [`lru`] | the one not used for the longest time | its time | folklore |
//! | [`fifo`] | the oldest | nothing | folklore |
//! | [`clock`] | the oldest that was not used since the hand last passed | one bit | Corbató 1968; `libCacheSim`, `Clock.c` |
//! | [`sieve`] | the same, but who survives keeps its place | one bit | Zhang et al., NSDI 2024; `libCacheSim`, `Sieve.c` |
//! | [`lfu`] | the one used least often, of equals the one not used for the longest time | how often | `libCacheSim`, `LFU.c` |
//! | [`segmented`] | the oldest of the cold segment | two bits, and a segment | memcached, `items.c` |
//! | [`random`] | any, alike | nothing | Redis's `allkeys-random`, `evict.c` |
//!
//! All of them need constant time per question (amortised), 32 bytes per held item, and about 4 bytes per item
//! of the data set or 6 to 11 per held item, whichever is less. What is best possible, with the future known,
//! is [`optimum`].
//!
//! Expiry is lazy, as in memcached and `EVCache`: an item that is too old keeps its room until it is looked up
//! or its turn to leave comes.
//!
//! ```
//! use archsim_models::cache::{Cache, CacheSettings, Evict, LookUp, Room, TimeToLive};
//! use archsim_sim::{Key, Span, Time};
//!
//! let settings = CacheSettings {
//!     room: Room::Items(2),
//!     evict: Evict::Lru,
//!     ttl: Some(TimeToLive { span: Span::from_secs(60), sliding: false }),
//! };
//! let mut cache = Cache::new(settings, 100, Key::new(1, 0));
//! assert_eq!(cache.look_up(Time::ZERO, 7), LookUp::Miss);
//! cache.fill(Time::ZERO, 7, 1);
//! assert_eq!(cache.look_up(Time::ZERO, 7), LookUp::Hit);
//! assert_eq!(cache.look_up(Time::ZERO + Span::from_secs(60), 7), LookUp::Expired);
//! ```

pub mod clock;
pub mod fifo;
mod index;
pub mod leases;
pub mod lfu;
pub mod lru;
pub mod optimum;
pub mod random;
pub mod segmented;
pub mod sieve;
mod slab;

#[cfg(test)]
mod tests;

use archsim_sim::{Key, Span, Stream, Time};

use clock::Clock;
use fifo::Fifo;
use index::Index;
use lfu::Lfu;
use lru::Lru;
use random::Random;
use segmented::Segmented;
use sieve::Sieve;
use slab::Slab;

/// How a cache is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// How much it holds.
    pub room: Room,
    /// Who leaves when there is no room.
    pub evict: Evict,
    /// How long an item counts as fresh; `None` is for ever.
    pub ttl: Option<TimeToLive>,
}

/// How much a cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// So many items, whatever their size.
    Items(u32),
    /// Items of so many bytes together.
    Bytes(u64),
    /// Everything.
    Unbounded,
}

impl Room {
    /// What an item of so many bytes takes of it, in its own unit.
    pub fn weight(self, bytes: u32) -> u32 {
        if let Room::Bytes(_) = self { bytes } else { 1 }
    }

    /// How many items of so many bytes it holds; infinite where it holds everything.
    pub fn items(self, bytes: u32) -> f64 {
        match self {
            Room::Items(items) => f64::from(items),
            Room::Bytes(size) => size as f64 / f64::from(bytes.max(1)),
            Room::Unbounded => f64::INFINITY,
        }
    }

    /// Which share of each of several data sets it holds, if they share it by their size: so many items of so many bytes.
    pub fn share(self, sets: impl Iterator<Item = (u32, u32)>) -> f64 {
        let size = |(items, bytes): (u32, u32)| f64::from(items) * f64::from(self.weight(bytes).max(1));
        (self.items(1) / sets.map(size).sum::<f64>()).min(1.0)
    }
}

/// Who leaves when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evict {
    /// The one not used for the longest time.
    Lru,
    /// The one that came first.
    Fifo,
    /// The one that came first, unless it was used: then it starts again.
    Clock,
    /// The next one that was not used, seen from a hand that goes round.
    Sieve,
    /// The one used least often.
    Lfu,
    /// memcached's segments: hot, warm and cold.
    Segmented,
    /// Any, alike.
    Random,
}

/// How long an item counts as fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeToLive {
    /// From the fill; a look-up at exactly this age no longer finds it.
    pub span: Span,
    /// Whether every hit starts the time anew.
    pub sliding: bool,
}

/// What a look-up finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// It is there.
    Hit,
    /// It is not there.
    Miss,
    /// It was there, but too old.
    Expired,
}

/// What became of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It is held now; so many others had to leave.
    Stored {
        /// How many left.
        evicted: u32,
    },
    /// It is larger than the whole cache.
    TooLarge,
}

/// A cache: which items it holds, in which order they leave, and until when each is fresh.
#[derive(Clone, Debug)]
pub struct Cache {
    settings: CacheSettings,
    index: Index,
    slab: Slab,
    order: Order,
    used: u64,
}

/// The order in which items leave, with its state.
#[derive(Clone, Debug)]
enum Order {
    Lru(Lru),
    Fifo(Fifo),
    Clock(Clock),
    Sieve(Sieve),
    Lfu(Lfu),
    Segmented(Segmented),
    Random(Random),
}

/// Sends a question to the order in use.
macro_rules! ask {
    ($order:expr, $question:ident ( $($argument:expr),* )) => {
        match $order {
            Order::Lru(order) => order.$question($($argument),*),
            Order::Fifo(order) => order.$question($($argument),*),
            Order::Clock(order) => order.$question($($argument),*),
            Order::Sieve(order) => order.$question($($argument),*),
            Order::Lfu(order) => order.$question($($argument),*),
            Order::Segmented(order) => order.$question($($argument),*),
            Order::Random(order) => order.$question($($argument),*),
        }
    };
}

impl Cache {
    /// An empty cache for a data set of so many items; `key` names the draws of random eviction.
    pub fn new(settings: CacheSettings, items: u32, key: Key) -> Self {
        let order = match settings.evict {
            Evict::Lru => Order::Lru(Lru::default()),
            Evict::Fifo => Order::Fifo(Fifo::default()),
            Evict::Clock => Order::Clock(Clock::default()),
            Evict::Sieve => Order::Sieve(Sieve::default()),
            Evict::Lfu => Order::Lfu(Lfu::default()),
            Evict::Segmented => Order::Segmented(Segmented::new(settings.capacity())),
            Evict::Random => Order::Random(Random::new(Stream::keyed(key))),
        };
        let most = u32::try_from(settings.capacity()).unwrap_or(u32::MAX).min(items);
        Cache { settings, index: Index::new(items, most), slab: Slab::new(most), order, used: 0 }
    }

    /// Asks for an item.
    #[inline]
    pub fn look_up(&mut self, now: Time, key: u32) -> LookUp {
        let Some(place) = self.index.find(&self.slab, key) else { return LookUp::Miss };
        // Without a time to live the item itself need not be touched.
        if let Some(TimeToLive { span, sliding }) = self.settings.ttl {
            if self.slab[place].until <= now {
                self.remove(place);
                return LookUp::Expired;
            }
            if sliding {
                self.slab[place].until = now + span;
            }
        }
        ask!(&mut self.order, hit(&mut self.slab, place));
        LookUp::Hit
    }

    /// Puts an item in. One that is there already is fresh again and counts as used.
    pub fn fill(&mut self, now: Time, key: u32, bytes: u32) -> Fill {
        let until = self.settings.ttl.map_or(Time::NEVER, |ttl| now + ttl.span);
        self.fill_until(until, key, bytes)
    }

    /// Puts an item in that is fresh until then.
    pub fn fill_until(&mut self, until: Time, key: u32, bytes: u32) -> Fill {
        let weight = self.settings.room.weight(bytes);
        if u64::from(weight) > self.settings.capacity() {
            self.delete(key);
            return Fill::TooLarge;
        }
        if let Some(place) = self.index.find(&self.slab, key) {
            if self.slab[place].weight == weight {
                self.slab[place].until = until;
                ask!(&mut self.order, hit(&mut self.slab, place));
                return Fill::Stored { evicted: 0 };
            }
            self.remove(place);
        }
        let evicted = self.make_room(weight);
        let place = self.slab.insert(key, weight, until);
        self.index.insert(&self.slab, key, place);
        self.used += u64::from(weight);
        ask!(&mut self.order, inserted(&mut self.slab, place));
        Fill::Stored { evicted }
    }

    fn make_room(&mut self, weight: u32) -> u32 {
        let mut evicted = 0;
        while self.used + u64::from(weight) > self.settings.capacity() {
            let victim = ask!(&mut self.order, victim(&mut self.slab));
            self.remove(victim);
            evicted += 1;
        }
        evicted
    }

    /// Takes an item out, if it is there: a write to the database has made it wrong.
    pub fn delete(&mut self, key: u32) -> bool {
        let found = self.index.find(&self.slab, key);
        if let Some(place) = found {
            self.remove(place);
        }
        found.is_some()
    }

    fn remove(&mut self, place: u32) {
        ask!(&mut self.order, removed(&mut self.slab, place));
        let (key, weight) = (self.slab[place].key, self.slab[place].weight);
        self.index.remove(&self.slab, key);
        self.slab.remove(place);
        self.used -= u64::from(weight);
    }

    /// Loses everything, as a restart does.
    pub fn clear(&mut self) {
        self.index.clear();
        self.slab.clear();
        self.used = 0;
        ask!(&mut self.order, clear());
    }

    /// Whether a look-up would find the item; nothing hears of the question.
    pub fn holds(&self, now: Time, key: u32) -> bool {
        self.index.find(&self.slab, key).is_some_and(|place| self.slab[place].until > now)
    }

    /// Until when an item is fresh, whether it still is or not; the beginning of time if it is not held.
    pub fn until(&self, key: u32) -> Time {
        self.index.find(&self.slab, key).map_or(Time::ZERO, |place| self.slab[place].until)
    }

    /// How many items it holds, those that are too old included.
    pub fn len(&self) -> u32 {
        self.slab.len()
    }

    /// Whether it holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Room that is in use: bytes if the room is in bytes, else items.
    pub fn used(&self) -> u64 {
        self.used
    }
}

impl CacheSettings {
    /// The room in its own unit.
    fn capacity(&self) -> u64 {
        match self.room {
            Room::Items(items) => u64::from(items),
            Room::Bytes(bytes) => bytes,
            Room::Unbounded => u64::MAX,
        }
    }
}
