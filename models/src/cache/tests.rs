use archsim_sim::Stream;

use super::*;

fn settings(room: Room, evict: Evict) -> CacheSettings {
    CacheSettings { room, evict, ttl: None }
}

/// A cache of so many items for keys that are letters.
fn cache(items: u32, evict: Evict) -> Cache {
    Cache::new(settings(Room::Items(items), evict), 128, Key::new(1, 0))
}

/// Asks for each letter and fills what misses; at the end these are held, in the order of the alphabet.
fn check(evict: Evict, room: u32, asked: &str, expected: &str) {
    let mut cache = cache(room, evict);
    for key in asked.bytes().map(u32::from) {
        if cache.look_up(Time::ZERO, key) == LookUp::Miss {
            cache.fill(Time::ZERO, key, 1);
        }
    }
    let held: String =
        (0..128_u8).filter(|&key| cache.holds(Time::ZERO, u32::from(key))).map(char::from).collect();
    assert_eq!(held, expected, "{evict:?} with room for {room} after {asked}");
}

#[test]
fn each_order_has_its_victim() {
    check(Evict::Lru, 3, "abcad", "acd");
    check(Evict::Fifo, 3, "abcad", "bcd");
    check(Evict::Clock, 3, "abcad", "acd");
    check(Evict::Sieve, 3, "abcad", "acd");
    // The clock puts a survivor in front; the hand of a sieve leaves it where it is and goes on.
    check(Evict::Clock, 3, "abcadef", "def");
    check(Evict::Sieve, 3, "abcadef", "aef");
    check(Evict::Lfu, 3, "aabbcd", "abd");
    check(Evict::Lfu, 3, "abcbad", "abd");
}

/// memcached: what was hit twice survives a scan of one-hit items, which empties a plain LRU.
#[test]
fn a_scan_leaves_what_is_used_in_a_segmented_cache() {
    let survivors = |evict| {
        let mut cache = Cache::new(settings(Room::Items(100), evict), 1_000, Key::new(1, 0));
        for key in 0..10 {
            cache.fill(Time::ZERO, key, 1);
        }
        for key in (0..10).chain(0..10) {
            assert_eq!(cache.look_up(Time::ZERO, key), LookUp::Hit);
        }
        for key in 100..200 {
            cache.fill(Time::ZERO, key, 1);
            cache.look_up(Time::ZERO, key);
        }
        (0..10).filter(|&key| cache.holds(Time::ZERO, key)).count()
    };
    assert_eq!(survivors(Evict::Segmented), 10);
    assert_eq!(survivors(Evict::Lru), 0);
}

#[test]
fn items_grow_too_old() {
    let second = |n| Time::ZERO + Span::from_secs(n);
    for (sliding, found_at_6) in [(false, LookUp::Expired), (true, LookUp::Hit)] {
        let ttl = Some(TimeToLive { span: Span::from_secs(5), sliding });
        let mut cache =
            Cache::new(CacheSettings { ttl, ..settings(Room::Items(9), Evict::Lru) }, 10, Key::new(1, 0));
        cache.fill(second(0), 3, 1);
        assert_eq!(cache.look_up(second(4), 3), LookUp::Hit);
        assert!(cache.holds(second(4), 3));
        assert_eq!(cache.look_up(second(6), 3), found_at_6);
        cache.fill(second(7), 3, 1);
        assert_eq!(cache.look_up(second(12), 3), LookUp::Expired, "not fresh at exactly its age");
        assert_eq!(cache.look_up(second(12), 3), LookUp::Miss, "an expired item is gone");
        cache.fill(second(20), 3, 1);
        cache.fill(second(23), 3, 1);
        assert_eq!(cache.look_up(second(27), 3), LookUp::Hit, "a fill starts the time anew");
    }
}

#[test]
fn room_in_bytes_makes_room_for_large_items() {
    let mut cache = Cache::new(settings(Room::Bytes(100), Evict::Lru), 10, Key::new(1, 0));
    for key in 0..5 {
        assert_eq!(cache.fill(Time::ZERO, key, 20), Fill::Stored { evicted: 0 });
    }
    assert_eq!(cache.fill(Time::ZERO, 5, 50), Fill::Stored { evicted: 3 });
    assert_eq!((cache.len(), cache.used()), (3, 90));
    assert_eq!(cache.fill(Time::ZERO, 6, 101), Fill::TooLarge);
    assert_eq!(cache.fill(Time::ZERO, 5, 70), Fill::Stored { evicted: 1 }, "it has grown");
    assert_eq!((cache.len(), cache.used()), (2, 90));
    assert!(cache.delete(5) && !cache.delete(5));
    cache.clear();
    assert!(cache.is_empty() && cache.used() == 0);
    assert_eq!(cache.look_up(Time::ZERO, 4), LookUp::Miss);
}

#[test]
fn no_room_holds_nothing() {
    let mut cache = cache(0, Evict::Lru);
    assert_eq!(cache.fill(Time::ZERO, 1, 1), Fill::TooLarge);
    assert_eq!(cache.look_up(Time::ZERO, 1), LookUp::Miss);
}

/// What a cache would be, written so that nothing can go wrong: a vector, searched from end to end.
struct Plain {
    held: Vec<(u32, u64)>,
    room: usize,
}

impl Plain {
    fn ask(&mut self, key: u32, evict: Evict) -> bool {
        let found = self.held.iter().position(|&(held, _)| held == key);
        match (found, evict) {
            (Some(at), Evict::Lru) => {
                let item = self.held.remove(at);
                self.held.push(item);
            }
            (Some(at), Evict::Lfu) => {
                let (key, uses) = self.held.remove(at);
                self.held.push((key, uses + 1));
            }
            (Some(_), _) => {}
            (None, _) => {
                if self.held.len() == self.room {
                    let least = (0..self.held.len()).min_by_key(|&at| match evict {
                        Evict::Lfu => (self.held[at].1, at),
                        _ => (0, at),
                    });
                    self.held.remove(least.expect("a full cache is not empty"));
                }
                self.held.push((key, 1));
            }
        }
        found.is_some()
    }
}

#[test]
fn lists_agree_with_a_plain_vector_whatever_the_index() {
    for evict in [Evict::Lru, Evict::Fifo, Evict::Lfu] {
        // The first data set is small enough for an array, the second needs the hash table.
        for (items, spread) in [(200, 1), (1_000_000, 4_999)] {
            let mut stream = Stream::named(5, 0, "plain");
            let mut plain = Plain { held: Vec::new(), room: 37 };
            let mut cache = Cache::new(settings(Room::Items(37), evict), items, Key::new(1, 0));
            for step in 0..20_000 {
                let key = stream.below(200).min(stream.below(200)) * spread;
                let hit = cache.look_up(Time::ZERO, key) == LookUp::Hit;
                assert_eq!(hit, plain.ask(key, evict), "{evict:?} of {items}, step {step}");
                if !hit {
                    cache.fill(Time::ZERO, key, 1);
                }
            }
        }
    }
}

/// Fills, look-ups, deletions and expiries in any order: the books stay right in every order of eviction.
#[test]
fn nothing_is_lost_and_nothing_is_held_twice() {
    for evict in
        [Evict::Lru, Evict::Fifo, Evict::Clock, Evict::Sieve, Evict::Lfu, Evict::Segmented, Evict::Random]
    {
        let mut stream = Stream::named(7, 0, "books");
        let ttl = Some(TimeToLive { span: Span::from_nanos(300), sliding: false });
        let mut cache =
            Cache::new(CacheSettings { ttl, ..settings(Room::Bytes(500), evict) }, 100, Key::new(1, 0));
        for step in 0..30_000 {
            let (now, key) = (Time::from_nanos(step), stream.below(100));
            match stream.below(8) {
                0 => {
                    cache.delete(key);
                    assert!(!cache.holds(now, key));
                }
                1..=3 => {
                    let stored = cache.fill(now, key, 1 + stream.below(40));
                    assert!(matches!(stored, Fill::Stored { .. }) && cache.holds(now, key), "{evict:?}");
                }
                _ => {
                    let held = cache.holds(now, key);
                    assert_eq!(cache.look_up(now, key) == LookUp::Hit, held, "{evict:?}");
                }
            }
            assert!(cache.used() <= 500);
            if step % 5_000 == 4_999 {
                cache.clear();
            }
        }
        for key in 0..100 {
            cache.delete(key);
        }
        assert_eq!((cache.len(), cache.used()), (0, 0), "{evict:?}");
    }
}

/// With one item asked for all the time, random eviction loses it as often as any other: once in `room` fills.
#[test]
fn random_eviction_is_fair() {
    let mut cache = cache(10, Evict::Random);
    let mut lost = 0;
    for step in 0..100_000 {
        if cache.look_up(Time::ZERO, 0) == LookUp::Miss {
            cache.fill(Time::ZERO, 0, 1);
            lost += u32::from(step > 0);
        }
        cache.fill(Time::ZERO, 1 + step % 100, 1);
    }
    // A fill of a key that was still held evicts nobody; the others take one of ten, each with the same chance.
    assert!((5_000..10_000).contains(&lost), "{lost}");
}

#[test]
fn the_optimum_knows_the_future() {
    let hits = |trace: &[u32], room| optimum::hits(trace, room).iter().filter(|&&hit| hit).count();
    let belady = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
    assert_eq!(belady.len() - hits(&belady, 3), 7);
    assert_eq!(belady.len() - hits(&belady, 4), 6);
}
