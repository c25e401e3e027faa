//! How often a cache hits, without running it: Che's approximation and what follows from it.
//!
//! Requests are independent, each item has its popularity. Che, Tung & Wang (2002) take the time that an item
//! stays in a full LRU cache without being asked for as the same for all items, the *characteristic time* T (in
//! requests). Then item i is held with probability 1 − e^(−pᵢT), and T is where these add up to the room. Fricker,
//! Robert & Roberts (2012) show why the error is far below a percent; Martina, Garetto & Leonardi (2014) have the
//! other orders.
//!
//! | cache | item i is held with probability | exact? |
//! |---|---|---|
//! | room, LRU | 1 − e^(−pᵢT) | no, error well below 1 % |
//! | room, FIFO or random | pᵢT / (1 + pᵢT) | no, alike |
//! | time to live from the fill, instant fills | λᵢt / (1 + λᵢt) | yes (renewal theory) |
//! | time to live from the last use | 1 − e^(−λᵢt) | yes |
//!
//! ```
//! use archsim_models::hit_ratio::{Keeps, characteristic_time, hit_ratio};
//! use archsim_models::popularity::Popularity;
//!
//! let groups = Popularity::zipf(10_000, 0.8).groups();
//! let time = characteristic_time(&groups, 1_000.0, Keeps::SinceUse);
//! assert!((time - 1_472.48).abs() < 0.01);
//! assert!((hit_ratio(&groups, time, Keeps::SinceUse) - 0.43666).abs() < 1e-5);
//! ```

use crate::cache::{CacheSettings, Evict, Room};
use crate::popularity::{Group, Popularity};

/// From when an item's time in the cache counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// From its last use: LRU, and a sliding time to live.
    SinceUse,
    /// From its fill: FIFO, random, and a fixed time to live.
    SinceFill,
}

impl Keeps {
    /// How likely an item is held that is asked for so often, on average, in the time that it stays.
    pub fn held(self, uses: f64) -> f64 {
        match self {
            Keeps::SinceUse => -libm::expm1(-uses),
            Keeps::SinceFill => uses / (1.0 + uses),
        }
    }
}

/// The time that an item stays, in requests, in a cache with room for so many items; infinite if all have room.
pub fn characteristic_time(groups: &[Group], room: f64, keeps: Keeps) -> f64 {
    let asked_for: f64 = groups.iter().filter(|group| group.probability > 0.0).map(|group| group.items).sum();
    if room >= asked_for {
        return f64::INFINITY;
    }
    let held = |time: f64| -> f64 {
        groups.iter().map(|group| group.items * keeps.held(group.probability * time)).sum()
    };
    // The sum grows with time, and is at most the time: the answer is at least the room.
    let (mut low, mut high) = (room, 2.0 * room.max(1.0));
    while held(high) < room {
        low = high;
        high *= 2.0;
    }
    while high - low > low * 1e-13 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if held(middle) < room { low = middle } else { high = middle }
    }
    high
}

/// The share of requests that hit, if an item stays for so many requests.
pub fn hit_ratio(groups: &[Group], time: f64, keeps: Keeps) -> f64 {
    groups
        .iter()
        .filter(|group| group.probability > 0.0)
        .map(|group| {
            let held = if time.is_finite() { keeps.held(group.probability * time) } else { 1.0 };
            group.items * group.probability * held
        })
        .sum()
}

/// The share of reads that a cache is expected to miss, of the data set in this place among those that it holds:
/// popularity and bytes of an item. Room is shared among them by their size. What expires, and copies that hold the
/// same items, make the share larger.
pub fn missed(settings: CacheSettings, held: &[(&Popularity, u32)], which: usize) -> f64 {
    if settings.room == Room::Unbounded {
        return 0.0;
    }
    let share = settings.room.share(held.iter().map(|(popularity, bytes)| (popularity.items(), *bytes)));
    let keeps = match settings.evict {
        Evict::Fifo | Evict::Random => Keeps::SinceFill,
        _ => Keeps::SinceUse,
    };
    let (popularity, _) = held[which];
    let groups = popularity.groups();
    let time = characteristic_time(&groups, f64::from(popularity.items()) * share, keeps);
    1.0 - hit_ratio(&groups, time, keeps)
}

#[cfg(test)]
mod tests {
    use archsim_sim::{Key, Span, Stream, Time};

    use super::*;
    use crate::cache::{Cache, LookUp, TimeToLive};

    /// Hit ratio of the cache itself, over this many requests after as many to fill it.
    fn simulated(popularity: &Popularity, settings: CacheSettings, requests: u64) -> f64 {
        let mut stream = Stream::named(11, 0, "che");
        let mut cache = Cache::new(settings, popularity.items(), Key::new(11, 0));
        let mut hits = 0_u64;
        for step in 0..2 * requests {
            let (now, key) = (Time::from_nanos(step), popularity.sample(&mut stream));
            let hit = cache.look_up(now, key) == LookUp::Hit;
            hits += u64::from(hit && step >= requests);
            if !hit {
                cache.fill(now, key, 1);
            }
        }
        hits as f64 / requests as f64
    }

    /// Che's figures for ten thousand items (Zipf 0.8, room for a thousand), to all the digits of the reference.
    #[test]
    fn che_of_ten_thousand() {
        let law = Popularity::zipf(10_000, 0.8);
        let groups = law.groups();
        let time = characteristic_time(&groups, 1_000.0, Keeps::SinceUse);
        assert!((time / 1_472.479_532_206_583_4 - 1.0).abs() < 1e-9, "{time}");
        let hits = hit_ratio(&groups, time, Keeps::SinceUse);
        assert!((hits / 0.436_659_722_230_718_03 - 1.0).abs() < 1e-9, "{hits}");
        let rank_100 = Keeps::SinceUse.held(law.probability(99) * time);
        assert!((rank_100 / 0.744_440_132_802_449_5 - 1.0).abs() < 1e-9, "{rank_100}");
    }

    #[test]
    fn caches_hit_as_often_as_the_approximation_says() {
        for (popularity, room) in [
            (Popularity::zipf(10_000, 0.8), 1_000),
            (Popularity::zipf(20_000, 1.1), 500),
            (Popularity::hot_set(5_000, 500, 0.7), 700),
            (Popularity::uniform(2_000), 500),
        ] {
            let groups = popularity.groups();
            for (evict, keeps) in [
                (Evict::Lru, Keeps::SinceUse),
                (Evict::Fifo, Keeps::SinceFill),
                (Evict::Random, Keeps::SinceFill),
            ] {
                let time = characteristic_time(&groups, f64::from(room), keeps);
                let expected = hit_ratio(&groups, time, keeps);
                let settings = CacheSettings { room: Room::Items(room), evict, ttl: None };
                let found = simulated(&popularity, settings, 400_000);
                // Four standard errors of 400,000 requests are 0.003; hits come in runs, hence twice that.
                assert!((found - expected).abs() < 0.006, "{evict:?} {room}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn times_to_live_are_exact() {
        let popularity = Popularity::zipf(1_000, 0.9);
        let groups = popularity.groups();
        for (sliding, keeps) in [(false, Keeps::SinceFill), (true, Keeps::SinceUse)] {
            // One request a nanosecond: the time to live in requests.
            let ttl = Some(TimeToLive { span: Span::from_nanos(700), sliding });
            let settings = CacheSettings { room: Room::Unbounded, evict: Evict::Lru, ttl };
            let found = simulated(&popularity, settings, 400_000);
            let expected = hit_ratio(&groups, 700.0, keeps);
            assert!((found - expected).abs() < 0.006, "sliding {sliding}: {found}, expected {expected}");
        }
    }

    #[test]
    fn room_for_all_keeps_all() {
        let groups = Popularity::empirical(&[1.0, 0.0, 3.0]).groups();
        let time = characteristic_time(&groups, 2.0, Keeps::SinceUse);
        assert!(time.is_infinite());
        assert!((hit_ratio(&groups, time, Keeps::SinceUse) - 1.0).abs() < 1e-15);
        assert!(characteristic_time(&groups, 0.0, Keeps::SinceUse).abs() < 1e-300);
    }
}
