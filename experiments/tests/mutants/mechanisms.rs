//! Autoscalers, rings, registries, pools and caches alone: engine and twin ask the same ones, so that no comparison of
//! the two can find fault with them.

use archsim_models::cache::{Cache, CacheSettings, Evict, LookUp, Room};
use archsim_models::contents::Expected;
use archsim_models::discovery::eureka::{EurekaSettings, Registry};
use archsim_models::hit_ratio::missed;
use archsim_models::placement::ketama::{Ring, hash};
use archsim_models::pool::{Borrow, ConnectionPool, PoolSettings};
use archsim_models::popularity::Popularity;
use archsim_models::scaling::behaviour::{Bounds, Rules};
use archsim_models::scaling::hpa::{Hpa, Metric, Settings};
use archsim_models::scaling::replicas::{Calculator, Phase, Pod, Sample, Target};
use archsim_sim::{Key, Span, Stream, Time};

use crate::detectors::Said;
use crate::kernel::same;

pub fn mechanisms() -> Said {
    scalers()?;
    rings()?;
    registries()?;
    pools()?;
    caches()?;
    expectations()
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// Sizes at looks 15 s apart, where the demand, in thousandths of a pod, is spread over whoever is there.
fn sizes(mut size: u32, demand: impl Fn(u64) -> u64) -> Vec<u32> {
    let mut hpa = Hpa::new(Settings {
        bounds: Bounds { min: 1, max: 100 },
        calculator: Calculator::default(),
        rules: Some([Rules::up(), Rules::down()]),
        down_stabilisation: Span::from_secs(300),
    });
    let looks = (0..30).map(|look| {
        let now = at(1_000 + 15 * look);
        let milli = demand(15 * look) / u64::from(size);
        let pod = Pod {
            phase: Phase::Running,
            started: Some(Time::ZERO),
            ready: Some((true, Time::ZERO)),
            sample: Some(Sample { at: now, window: Span::from_secs(15), milli }),
            request: Some(1_000),
        };
        let target = Target::Utilisation { percent: 100, cpu: false };
        size = hpa.look(now, size, &[Metric::Of(target, &vec![pod; size as usize])]).replicas;
        size
    });
    looks.collect()
}

/// Kubernetes: 10 % too much changes nothing; a fall is followed when the last high wish, of 90 s, is 300 s old.
fn scalers() -> Said {
    same("sizes at 109 %", &sizes(10, |_| 10_900), &vec![10; 30])?;
    let falls = sizes(10, |secs| if secs < 100 { 10_000 } else { 4_000 });
    let first = falls.iter().position(|&size| size < 10);
    same("the look that follows a fall", &first, &Some(26))
}

/// spymemcached's own placement of keys, and how many of 10,000 each of four nodes has.
fn rings() -> Said {
    let nodes: Vec<String> = (1..=4).map(|node| format!("10.0.0.{node}:11211")).collect();
    let ring = Ring::new(&nodes.iter().map(String::as_str).collect::<Vec<_>>());
    let owners = ["key0", "key1"].map(|key| ring.owner(hash(key)));
    same("owners of key0 and key1", &owners, &[2, 0])?;
    let after = ring.owner_among(hash("key0"), |node| node != 2);
    same("the owner of key0 without its node", &after, &Some(3))
}

/// Eureka: fourteen of a hundred that die together are taken out, fifteen are not, for self-preservation.
fn registries() -> Said {
    let gone = |dead: usize| {
        let phases: Vec<Span> = (0..100).map(|client| Span::from_millis(290 * client)).collect();
        let mut registry = Registry::new(EurekaSettings::DEFAULT, &phases);
        let mut dice = Stream::keyed(Key::new(1, 0));
        (1..=2).for_each(|run| drop(registry.evict(at(60 * run), &mut dice)));
        (0..dead).for_each(|client| registry.died(client, at(125)));
        (3..12).map(|run| registry.evict(at(60 * run), &mut dice).len()).sum::<usize>()
    };
    same("taken out of a hundred", &[gone(14), gone(15)], &[14, 0])
}

/// `HikariCP`: the maximum holds, and who has waited longest is served first.
fn pools() -> Said {
    let settings = PoolSettings { maximum: 1, minimum_idle: 1, ..PoolSettings::default() };
    let (mut pool, now) = (ConnectionPool::new(settings, Key::new(1, 0)), Time::ZERO);
    same("a first connection", &pool.opens(now), &true)?;
    same("nobody who waits for it", &pool.opened(now), &None)?;
    let Borrow::Connection(first) = pool.borrow(now, 7) else { return Err("none is idle".to_owned()) };
    for who in 8..10 {
        pool.borrow(now, who);
    }
    let later = now + Span::from_secs(1);
    same("a second connection", &pool.opens(later), &false)?;
    same("whom it is given to", &pool.give_back(later, first).map(|(who, _)| who), &Some(8))
}

/// What was used last stays.
fn caches() -> Said {
    let settings = CacheSettings { room: Room::Items(2), evict: Evict::Lru, ttl: None };
    let (mut cache, now) = (Cache::new(settings, 10, Key::new(1, 0)), Time::ZERO);
    for item in 1..3 {
        cache.fill(now, item, 1);
    }
    cache.look_up(now, 1);
    cache.fill(now, 3, 1);
    let held: Vec<u32> = (0..10).filter(|&item| cache.holds(now, item)).collect();
    same("what a cache of two holds", &held, &vec![1, 3])
}

/// What is expected of a full cache is Che's hit ratio, and of one that was emptied nothing.
fn expectations() -> Said {
    let (law, room) = (Popularity::zipf(20_000, 0.8), Room::Items(2_000));
    let che = 1.0 - missed(CacheSettings { room, evict: Evict::Lru, ttl: None }, &[(&law, 1)], 0);
    let mut cache = Expected::new(&law, room.items(1), (1, 1_000), Key::new(1, 0));
    let mut keys = Stream::named(1, 0, "keys");
    let mut hits = |cache: &mut Expected, asked: u32| {
        let mut found = 0;
        for _ in 0..asked {
            let item = law.sample(&mut keys);
            if cache.look_up(Time::ZERO, item) == LookUp::Hit {
                found += 1;
            } else {
                cache.fill(item);
            }
        }
        found
    };
    cache.warm_up();
    hits(&mut cache, 20_000);
    let share = f64::from(hits(&mut cache, 100_000)) / 1e5;
    // Ten standard errors, and as much as the approximation may be off.
    same("a full cache hits as expected", &((share - che).abs() < 0.015 + 0.002), &true)?;
    cache.clear();
    let found = (0..500).filter(|&item| cache.look_up(Time::ZERO, item) == LookUp::Hit).count();
    same("what an emptied cache finds", &found, &0)
}
