//! What a cache costs: CPU time of a look-up (and the fill after a miss), bytes of memory for every held item.
//!
//! ```text
//! cargo bench -p archsim-models --bench cache              all orders, and contents that are expected; ten million held items
//! cargo bench -p archsim-models --bench cache -- 100000    so many held items
//! ```
//!
//! The data set is twice as large as the cache, then a hundred times; popularity is Zipf 0.9. Drawing the key is
//! measured beside it and not counted.

use std::alloc::System;
use std::hint::black_box;

use archsim_models::cache::{Cache, CacheSettings, Evict, LookUp, Room};
use archsim_models::contents::{Contents, Expected, RECENT};
use archsim_models::popularity::Popularity;
use archsim_sim::{Key, Stream, Time};
use cpu_time::ProcessTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const REQUESTS: u32 = 4_000_000;

fn main() {
    let room: u32 = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000_000);
    println!("{room} held items, Zipf 0.9, CPU ns a request");
    for factor in [2, 100] {
        let items = room.saturating_mul(factor);
        let popularity = Popularity::zipf(items, 0.9);
        let keys = keys(&popularity);
        for (name, evict) in [
            ("LRU", Evict::Lru),
            ("FIFO", Evict::Fifo),
            ("clock", Evict::Clock),
            ("SIEVE", Evict::Sieve),
            ("LFU", Evict::Lfu),
            ("segmented", Evict::Segmented),
            ("random", Evict::Random),
        ] {
            measure(name, room, &keys, || Contents::Kept(full(evict, room, items)));
        }
        measure("expected", room, &keys, || {
            let (room, one) = (f64::from(room), (1, RECENT));
            let mut expected = Expected::new(&popularity, room, one, Key::new(1, 0));
            expected.warm_up();
            Contents::Expected(Box::new(expected))
        });
    }
}

fn keys(popularity: &Popularity) -> Vec<u32> {
    let mut stream = Stream::named(1, 0, "bench");
    let start = ProcessTime::now();
    let keys: Vec<u32> = (0..REQUESTS).map(|_| popularity.sample(&mut stream)).collect();
    let each = start.elapsed().as_nanos() as f64 / f64::from(REQUESTS);
    println!("of {} items; drawing a key: {each:.0} ns", popularity.items());
    keys
}

/// Full from the start: the most popular items, the least popular of them first.
fn full(evict: Evict, room: u32, items: u32) -> Cache {
    let settings = CacheSettings { room: Room::Items(room), evict, ttl: None };
    let mut cache = Cache::new(settings, items, Key::new(1, 0));
    for key in (0..room).rev() {
        cache.fill(Time::ZERO, key, 1);
    }
    cache
}

fn measure(name: &str, room: u32, keys: &[u32], made: impl FnOnce() -> Contents) {
    let region = Region::new(ALLOCATOR);
    let mut cache = made();
    let stats = region.change();
    let bytes = (stats.bytes_allocated - stats.bytes_deallocated) as f64 / f64::from(room);
    let start = ProcessTime::now();
    let mut hits = 0_u32;
    for &key in keys {
        if cache.look_up(Time::ZERO, black_box(key)) == LookUp::Hit {
            hits += 1;
        } else {
            cache.fill_until(Time::NEVER, key, 1);
        }
    }
    let each = start.elapsed().as_nanos() as f64 / keys.len() as f64;
    let share = f64::from(hits) / keys.len() as f64;
    println!("  {name:<10} {each:5.0} ns   {bytes:5.1} bytes an item   {share:.4} hits");
}
