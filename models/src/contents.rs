//! What a cache holds: known item by item, or computed where there are too many to remember.
//!
//! A cluster that has room for hundreds of millions of items does not fit into a simulator's memory item by item.
//! [`Expected`] remembers the items that were used last, exactly, and answers for all others with the probability that
//! Che's approximation gives them:
//!
//! ```text
//!   look_up(key) --among those used last?--------------------------> Hit
//!                --else with 1 - e^(-p (w - r)) -------------------> Hit, and now among those used last
//!                --else--------------------------------------------> Miss
//!   p   the item's share of the requests that the node is asked
//!   r   the time, in uses, that an item stays among those used last (the characteristic time of so little room)
//!   w   the time, in uses, that it stays in the whole cache, or since the cache was empty if that is less
//! ```
//!
//! An item that is no longer among those used last was not used for r; it is held if it was used in the w − r before.
//! With Poisson arrivals these are independent, so that the two parts together are Che's answer, while the items that
//! a request asks for twice, or many users at once, are found as they would be. A use is a hit or a fill: a cache whose
//! fills fail does not fill. See [`crate::hit_ratio`] for the approximation and its sources.

use archsim_sim::{Key, Stream, Time, mutant};

use crate::cache::{Cache, CacheSettings, Evict, Fill, LookUp, Room};
use crate::hit_ratio::{Keeps, characteristic_time};
use crate::popularity::Popularity;

/// How many items that were used last are remembered one by one, unless said.
pub const RECENT: u32 = 4_096;

/// What a node or a process of a cache holds.
#[derive(Clone, Debug)]
pub enum Contents {
    /// These items.
    Kept(Cache),
    /// Any, each with its probability.
    Expected(Box<Expected>),
}

impl Contents {
    /// Asks for an item.
    #[inline]
    pub fn look_up(&mut self, now: Time, key: u32) -> LookUp {
        match self {
            Contents::Kept(cache) => cache.look_up(now, key),
            Contents::Expected(expected) => expected.look_up(now, key),
        }
    }

    /// Puts an item in that is fresh until then.
    pub fn fill_until(&mut self, until: Time, key: u32, bytes: u32) -> Fill {
        match self {
            Contents::Kept(cache) => cache.fill_until(until, key, bytes),
            Contents::Expected(expected) => expected.fill(key),
        }
    }

    /// Takes an item out, if it is known to be there. What is expected is about data that nobody writes.
    pub fn delete(&mut self, key: u32) -> bool {
        match self {
            Contents::Kept(cache) => cache.delete(key),
            Contents::Expected(_) => false,
        }
    }

    /// Loses everything, as a restart does.
    pub fn clear(&mut self) {
        match self {
            Contents::Kept(cache) => cache.clear(),
            Contents::Expected(expected) => expected.clear(),
        }
    }

    /// Whether a look-up would find the item for certain; nothing hears of the question.
    pub fn holds(&self, now: Time, key: u32) -> bool {
        match self {
            Contents::Kept(cache) => cache.holds(now, key),
            Contents::Expected(expected) => expected.recent.holds(now, key),
        }
    }

    /// Until when an item is fresh; the beginning of time if it is not held. What is expected has no end.
    pub fn until(&self, key: u32) -> Time {
        match self {
            Contents::Kept(cache) => cache.until(key),
            Contents::Expected(_) => Time::NEVER,
        }
    }
}

/// An LRU cache of which only the items used last are remembered one by one.
#[derive(Clone, Debug)]
pub struct Expected {
    popularity: Popularity,
    /// How much oftener its items are asked for here than in the whole copy: the nodes that share it.
    nodes: f64,
    recent: Cache,
    /// How many uses an item stays among those used last, and in the whole; infinite where everything has room.
    stays: (f64, f64),
    /// Uses since it was empty.
    uses: f64,
    draws: Stream,
}

impl Expected {
    /// An empty one for all items of a data set, with room for so many (perhaps infinite), shared among so many nodes,
    /// each of which remembers so many of those used last; `key` names its draws.
    ///
    /// Finding the characteristic times takes some hundredths of a second for a long tail: make one, and
    /// [`another`](Expected::another) for each further node.
    pub fn new(popularity: &Popularity, room: f64, (nodes, recent): (u32, u32), key: Key) -> Self {
        let (groups, nodes) = (popularity.groups(), f64::from(nodes.max(1)));
        let time = |room: f64| characteristic_time(&groups, room * nodes, Keeps::SinceUse) / nodes;
        let room = room / nodes;
        let recent = f64::from(recent).min(libm::floor(room));
        let settings = CacheSettings { room: Room::Items(recent as u32), evict: Evict::Lru, ttl: None };
        Expected {
            popularity: popularity.clone(),
            nodes,
            recent: Cache::new(settings, popularity.items(), key),
            stays: (time(recent), time(room)),
            uses: 0.0,
            draws: Stream::keyed(key),
        }
    }

    /// An empty one like it, with draws of its own.
    #[must_use]
    pub fn another(&self, key: Key) -> Self {
        let mut other = self.clone();
        other.clear();
        other.draws = Stream::keyed(key);
        other
    }

    /// As it is after a long time of use.
    pub fn warm_up(&mut self) {
        self.uses = f64::INFINITY;
    }

    /// Loses everything.
    pub fn clear(&mut self) {
        self.recent.clear();
        if !mutant!("loss-leaves-expectations") {
            self.uses = 0.0;
        }
    }

    /// Asks for an item.
    pub fn look_up(&mut self, now: Time, key: u32) -> LookUp {
        if self.recent.look_up(now, key) == LookUp::Hit {
            self.uses += 1.0;
            return LookUp::Hit;
        }
        if self.is_further_back(key) {
            self.fill(key);
            return LookUp::Hit;
        }
        LookUp::Miss
    }

    /// Whether an item that is not among those used last was used long enough ago to have left these, and not so long
    /// ago that it has left the whole.
    fn is_further_back(&mut self, key: u32) -> bool {
        let (recent, whole) = self.stays;
        let recent = if mutant!("expected-twice") { 0.0 } else { recent };
        let window = self.uses.min(whole) - recent;
        let probability = self.popularity.probability(key) * self.nodes;
        // Where nothing leaves those used last, the window is not a number.
        if probability <= 0.0 || window.is_nan() || window <= 0.0 {
            return false;
        }
        self.draws.unit() < Keeps::SinceUse.held(probability * window)
    }

    /// Puts an item in.
    pub fn fill(&mut self, key: u32) -> Fill {
        self.uses += 1.0;
        self.recent.fill(Time::ZERO, key, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit_ratio::missed;

    const SEEDS: u64 = 20;

    /// The share of look-ups that hit, of so many after the first ones, each miss being filled at once; mean over
    /// seeds, and how far it may be off: four standard errors.
    fn hits(
        contents: impl Fn(Key) -> Contents,
        law: &Popularity,
        (skipped, asked): (u32, u32),
    ) -> (f64, f64) {
        let one = |seed: u64| {
            let (mut held, mut keys) = (contents(Key::new(seed, 1)), Stream::named(seed, 0, "keys"));
            let mut hits = 0;
            for at in 0..skipped + asked {
                let key = law.sample(&mut keys);
                let found = held.look_up(Time::ZERO, key) == LookUp::Hit;
                if !found {
                    held.fill_until(Time::NEVER, key, 1);
                }
                hits += u32::from(found && at >= skipped);
            }
            f64::from(hits) / f64::from(asked)
        };
        let each: Vec<f64> = (0..SEEDS).map(one).collect();
        let mean = each.iter().sum::<f64>() / SEEDS as f64;
        let squares: f64 = each.iter().map(|it| (it - mean) * (it - mean)).sum();
        (mean, 4.0 * libm::sqrt(squares / (SEEDS - 1) as f64 / SEEDS as f64))
    }

    fn kept(items: u32, room: u32) -> impl Fn(Key) -> Contents {
        let settings = CacheSettings { room: Room::Items(room), evict: Evict::Lru, ttl: None };
        move |key| Contents::Kept(Cache::new(settings, items, key))
    }

    fn expected(law: &Popularity, room: f64) -> impl Fn(Key) -> Contents {
        let first = Expected::new(law, room, (1, RECENT), Key::new(0, 0));
        move |key| Contents::Expected(Box::new(first.another(key)))
    }

    /// In use for long, and while it fills: both as the exact one within Che's error (0.2 % here) and the seeds'.
    #[test]
    fn it_hits_as_often_as_one_that_remembers_all() {
        let laws = [
            ("zipf", Popularity::zipf(60_000, 0.8)),
            ("steep", Popularity::zipf(60_000, 1.1)),
            ("hot", Popularity::hot_set(60_000, 9_000, 0.8)),
            ("uniform", Popularity::uniform(60_000)),
        ];
        for (name, law) in laws {
            for (skipped, asked) in [(0, 4_000), (6_000, 6_000), (12_000, 20_000), (100_000, 40_000)] {
                let (exact, one) = hits(kept(60_000, 20_000), &law, (skipped, asked));
                let (computed, other) = hits(expected(&law, 20_000.0), &law, (skipped, asked));
                let difference = (exact - computed).abs();
                assert!(
                    difference < 0.002 + one + other,
                    "{name}, {asked} after {skipped}: {computed} instead of {exact}"
                );
            }
        }
    }

    /// What has room for everything fills for ever, as collectors of coupons do.
    #[test]
    fn without_an_end_to_its_room_it_fills_for_ever() {
        let law = Popularity::uniform(50_000);
        let (exact, one) = hits(kept(50_000, 50_000), &law, (60_000, 20_000));
        let (computed, other) = hits(expected(&law, f64::INFINITY), &law, (60_000, 20_000));
        assert!((exact - computed).abs() < 0.002 + one + other, "{computed} instead of {exact}");
        assert!(exact > 0.7, "{exact}");
    }

    /// One that is small enough to be remembered is exact, look-up by look-up.
    #[test]
    fn a_small_one_is_exact() {
        let law = Popularity::zipf(10_000, 0.8);
        let (mut exact, mut computed) =
            (kept(10_000, 500)(Key::new(1, 1)), expected(&law, 500.0)(Key::new(1, 1)));
        let mut keys = Stream::named(1, 0, "keys");
        for _ in 0..50_000 {
            let key = law.sample(&mut keys);
            let found = exact.look_up(Time::ZERO, key);
            assert_eq!(computed.look_up(Time::ZERO, key), found);
            if found == LookUp::Miss {
                exact.fill_until(Time::NEVER, key, 1);
                computed.fill_until(Time::NEVER, key, 1);
            }
        }
    }

    /// A warm one starts where a used one arrives, and a lost one at nothing.
    #[test]
    fn it_is_warm_at_once_and_cold_at_once() {
        let law = Popularity::zipf(2_000_000_000, 0.9);
        let mut warm = Expected::new(&law, 400_000_000.0, (1, RECENT), Key::new(0, 0));
        let settings = CacheSettings { room: Room::Items(400_000_000), evict: Evict::Lru, ttl: None };
        let che = 1.0 - missed(settings, &[(&law, 1)], 0);
        warm.warm_up();
        let start = warm.clone();
        let contents = |key: Key| {
            let mut other = start.clone();
            other.draws = Stream::keyed(key);
            Contents::Expected(Box::new(other))
        };
        let (found, deviation) = hits(contents, &law, (10_000, 30_000));
        assert!((found - che).abs() < 0.001 + deviation, "{found} instead of {che}");
        warm.clear();
        assert_eq!(warm.look_up(Time::ZERO, 0), LookUp::Miss);
        warm.fill(0);
        assert_eq!(warm.look_up(Time::ZERO, 0), LookUp::Hit);
    }
}
