//! Caches: what a hit saves, what a miss costs, who waits for whom, and what fills too late.

use crate::common::*;
use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::plan::*;
use archsim_models::policy::Outcome::Success;
use archsim_models::popularity::Popularity;
use archsim_models::record::{CacheWindow, Cause, Leftover};
use archsim_sim::{Distribution, Limit, Span};

const LOCAL: CachePlace = CachePlace::Process;

/// Requests every `gap` ms that each read a data set of so many items once: 100 ms at the database, any number at
/// once, with a cache in front of it.
pub fn reading(gap: u64, count: u64, items: u32, place: CachePlace) -> Draft {
    let mut draft = Draft::every(gap, count);
    draft.store("db", 100).servers = 1_000;
    if let CachePlace::Servers { .. } = place {
        let cache = draft.store("cache", 1);
        (cache.servers, cache.write) = (1_000, Distribution::constant(millis(1)));
    }
    draft.plan.data.push(DataSet {
        name: "data".into(),
        popularity: Popularity::uniform(items),
        bytes: 1,
        absent: 0.0,
        key: 11,
    });
    draft.plan.caches.push(Cache {
        name: "cache".into(),
        data: vec![DataId(0)],
        settings: CacheSettings { room: Room::Unbounded, evict: Evict::Lru, ttl: None },
        place,
        coalesce: Coalesce::None,
        late_fills: true,
        once: false,
        warm: false,
        expected: None,
        stale: Span::ZERO,
        early: 0.0,
        jitter: 0.0,
        negative: None,
        near: None,
        throttle: Limit::Unbounded,
        leases: None,
        load: Load::Aside,
        serves: None,
        key: 12,
    });
    draft.deployable("app");
    let app = draft.capability("app", vec![cached(Operation::Read)]);
    draft.journey("ask", app, 1.0);
    draft
}

pub fn cached(operation: Operation) -> Step {
    Step::Cached(Access {
        data: DataId(0),
        cache: CacheId(0),
        store: StoreId(0),
        operation,
        repeat: 1,
        again: 0.0,
        own_key: false,
        cost: None,
        key: 3,
    })
}

fn remote(timeout: Span) -> CachePlace {
    CachePlace::Servers { store: StoreId(1), timeout, cluster: CacheCluster::ONE }
}

/// What the users of successful requests waited, in milliseconds.
pub fn waits(draft: &Draft) -> Vec<u64> {
    assert_eq!(draft.record().leftover, Leftover::default());
    let answers = draft.answers();
    assert!(answers.iter().all(|&(_, outcome)| outcome == Success), "{answers:?}");
    answers.into_iter().map(|(ms, _)| ms).collect()
}

pub fn window(draft: &Draft) -> CacheWindow {
    draft.record().caches[0].windows[0]
}

pub fn operations(draft: &Draft) -> Vec<u64> {
    draft.record().stores.iter().map(|store| store.windows[0].operations).collect()
}

#[test]
fn a_hit_in_the_process_costs_nothing_and_a_miss_the_read() {
    let draft = reading(200, 4, 1, LOCAL);
    assert_eq!(waits(&draft), [100, 0, 0, 0]);
    assert_eq!(window(&draft), CacheWindow { look_ups: 4, hits: 3, fills: 1, ..CacheWindow::default() });
    assert_eq!(operations(&draft), [1]);
}

#[test]
fn a_hit_on_servers_costs_the_look_up_and_a_miss_both() {
    let mut draft = reading(200, 4, 1, remote(Span::FOREVER));
    assert_eq!(waits(&draft), [101, 1, 1, 1]);
    // Four look-ups, and the fill that nobody waits for.
    assert_eq!(operations(&draft), [1, 5]);
    draft.plan.stores[1].hop = millis(2);
    assert_eq!(waits(&draft), [105, 5, 5, 5]);
}

#[test]
fn items_expire() {
    let mut draft = reading(200, 8, 1, LOCAL);
    draft.plan.caches[0].settings.ttl = Some(TimeToLive { span: millis(550), sliding: false });
    // Filled 100 ms after the miss: the next three find it 100, 300 and 500 ms old.
    assert_eq!(waits(&draft), [100, 0, 0, 0, 100, 0, 0, 0]);
    draft.plan.caches[0].settings.ttl = Some(TimeToLive { span: millis(550), sliding: true });
    assert_eq!(waits(&draft), [100, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn equal_misses_share_a_read_where_they_may() {
    let with = |coalesce, instances| {
        let mut draft = reading(10, 4, 1, LOCAL);
        draft.plan.caches[0].coalesce = coalesce;
        draft.plan.deployables[0].instances = instances;
        draft
    };
    let alone = with(Coalesce::None, 1);
    assert_eq!((waits(&alone), operations(&alone)), (vec![100; 4], vec![4]));
    let shared = with(Coalesce::Instance, 1);
    assert_eq!((waits(&shared), operations(&shared)), (vec![100, 90, 80, 70], vec![1]));
    assert_eq!(window(&shared).followers, 3);
    // Requests go to two instances in turn: each has a reader of its own.
    let two = with(Coalesce::Instance, 2);
    assert_eq!((waits(&two), operations(&two)), (vec![100, 100, 80, 80], vec![2]));
    let all = with(Coalesce::Cache, 2);
    assert_eq!((waits(&all), operations(&all)), (vec![100, 90, 80, 70], vec![1]));
}

#[test]
fn followers_share_a_failure_too() {
    let mut draft = reading(10, 3, 1, LOCAL);
    draft.plan.caches[0].coalesce = Coalesce::Instance;
    draft.fault(50, 5_000, Effect::StoreOutage { store: StoreId(0), silent: false });
    let out = failed(Cause::StoreOut);
    assert_eq!(draft.answers(), [(40, out), (30, out), (20, out)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

/// The reader waits for a connection in vain; its follower, who came later, has to read itself.
#[test]
fn whoever_follows_a_reader_that_gave_up_reads() {
    let mut draft = reading(10, 3, 1, LOCAL);
    draft.plan.caches[0].coalesce = Coalesce::Instance;
    (draft.plan.stores[0].pool, draft.plan.stores[0].pool_wait) = (1, millis(25));
    // Another capability's read holds the only connection from 10 ms on.
    draft.plan.programs[0].blocks[0].insert(0, read(0));
    let answers = draft.answers();
    assert_eq!(answers[0], (200, Success));
    assert_eq!(answers[1..], [(25, failed(Cause::NoConnection)); 2]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

/// The database is slower than users are patient. If late answers fill nothing, the cache stays cold for ever.
#[test]
fn late_answers_fill_or_do_not() {
    let with = |late_fills| {
        let mut draft = reading(60, 6, 1, LOCAL);
        draft.plan.caches[0].late_fills = late_fills;
        draft.patience(50, Leaves::Unnoticed);
        draft
    };
    let late = failed(Cause::Patience);
    let kept = with(true);
    assert_eq!(kept.answers()[..4], [(50, late), (50, late), (0, Success), (0, Success)]);
    let dropped = with(false);
    assert_eq!(dropped.answers(), [(50, late); 6]);
    assert_eq!((window(&dropped).late, window(&dropped).fills), (4, 0), "two come after the window");
}

#[test]
fn losing_a_cache_empties_it() {
    let mut draft = reading(200, 5, 1, remote(Span::FOREVER));
    draft.fault(500, 510, Effect::CacheLoss { cache: CacheId(0), from: 0, until: u16::MAX });
    assert_eq!(waits(&draft), [101, 1, 101, 1, 1]);
}

#[test]
fn a_crash_empties_the_copy_in_the_process() {
    let mut draft = reading(200, 5, 1, LOCAL);
    draft.fault(500, 510, Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false });
    assert_eq!(waits(&draft), [100, 0, 100, 0, 0]);
}

#[test]
fn a_cache_that_is_out_or_too_slow_counts_as_a_miss() {
    let mut out = reading(200, 4, 1, remote(Span::FOREVER));
    out.fault(500, 700, Effect::StoreOutage { store: StoreId(1), silent: false });
    assert_eq!(waits(&out), [101, 1, 100, 1], "what it held is still there afterwards");
    let mut silent = reading(200, 4, 1, remote(millis(20)));
    silent.fault(500, 900, Effect::StoreOutage { store: StoreId(1), silent: true });
    // The fill of the third is kept back too, and the fourth's look-up is late.
    assert_eq!(waits(&silent), [101, 1, 120, 120]);
    assert_eq!(window(&silent).hits, 1);
    let mut slow = reading(200, 4, 1, remote(millis(20)));
    slow.plan.stores[1].read = Distribution::constant(millis(30));
    assert_eq!(waits(&slow), [120; 4], "never in time");
    assert_eq!(window(&slow).hits, 0);
}

#[test]
fn a_request_carries_along_what_it_has() {
    let mut draft = reading(400, 2, 1, remote(Span::FOREVER));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Read));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Read));
    assert_eq!(waits(&draft), [103, 3]);
    draft.plan.caches[0].once = true;
    assert_eq!(waits(&draft), [101, 1]);
    assert_eq!(window(&draft).look_ups, 2);
}

#[test]
fn a_write_takes_the_item_out() {
    let mut draft = reading(1_000, 3, 1, remote(Span::FOREVER));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Write));
    // A miss each time: the write (200 ms) has emptied it.
    assert_eq!(waits(&draft), [301; 3]);
    let mut local = reading(1_000, 3, 1, LOCAL);
    local.plan.programs[0].blocks[0].push(cached(Operation::Write));
    assert_eq!(waits(&local), [300; 3]);
}

/// The key is the request's: two capabilities that read it meet at the same item, whoever asks first.
#[test]
fn capabilities_of_a_request_ask_for_the_same_key_unless_they_draw_their_own() {
    let mut draft = reading(1_000, 50, 4_000_000_000, LOCAL);
    draft.plan.programs[0].blocks[0].push(cached(Operation::Read));
    assert_eq!(window(&draft).look_ups, 100);
    assert_eq!(window(&draft).hits, 50, "the second read finds what the first brought");
    let Step::Cached(access) = &mut draft.plan.programs[0].blocks[0][1] else { panic!("a cached step") };
    access.own_key = true;
    assert_eq!(window(&draft).hits, 0);
    let Step::Cached(access) = &mut draft.plan.programs[0].blocks[0][1] else { panic!("a cached step") };
    (access.own_key, access.repeat) = (false, 3);
    assert_eq!(window(&draft).hits, 50, "each further one of a step is about another item");
}

#[test]
fn a_warm_cache_holds_the_most_popular_items() {
    let mut draft = reading(10, 2_000, 100, LOCAL);
    draft.plan.data[0].popularity = Popularity::hot_set(100, 10, 1.0);
    draft.plan.caches[0].settings.room = Room::Items(10);
    draft.plan.caches[0].warm = true;
    assert_eq!(window(&draft).hits, 2_000);
    // Had they all been filled at once, all would expire at once: their ages differ.
    draft.plan.caches[0].settings.ttl = Some(TimeToLive { span: Span::from_secs(10), sliding: false });
    let record = draft.record();
    let misses = |from: usize, until: usize| -> u64 {
        (from..until).map(|second| record.caches[0].look_ups[second] - record.caches[0].hits[second]).sum()
    };
    assert!(misses(0, 5) > 0 && misses(5, 11) > 0, "{} {}", misses(0, 5), misses(5, 11));
    draft.plan.caches[0].warm = false;
    draft.plan.caches[0].settings.ttl = None;
    assert!(window(&draft).hits < 2_000);
}

/// A cache that is never hit changes nothing but the time of the look-ups: the same draws, the same service.
#[test]
fn the_reads_behind_a_cache_are_those_without_it() {
    let mut with = reading(500, 20, 1_000_000_000, LOCAL);
    with.plan.stores[0].read = Distribution::exponential(millis(100));
    let mut without = reading(500, 20, 1_000_000_000, LOCAL);
    without.plan.stores[0].read = Distribution::exponential(millis(100));
    without.plan.programs[0].blocks[0] = vec![read(0)];
    assert_eq!(waits(&with), waits(&without));
    assert_eq!(window(&with).hits, 0);
}

/// Any mixture of outages, crashes, losses, impatience and small pools: in the end nobody is left behind.
#[test]
fn nothing_is_left_over() {
    for seed in 0..40 {
        let place = if seed % 2 == 0 { LOCAL } else { remote(millis(5 + seed % 7)) };
        let mut draft = reading(3, 400, 20, place);
        draft.plan.deployables[0].instances = 3;
        draft.plan.stores[0].pool = 2 + (seed % 3) as u32;
        draft.plan.stores[0].pool_wait = millis(40 + seed);
        let cache = &mut draft.plan.caches[0];
        cache.coalesce = [Coalesce::None, Coalesce::Instance, Coalesce::Cache][seed as usize % 3];
        (cache.late_fills, cache.once) = (seed % 4 < 2, seed % 5 == 0);
        cache.settings.room = Room::Items(8);
        cache.settings.ttl = Some(TimeToLive { span: millis(150), sliding: false });
        let steps = &mut draft.plan.programs[0].blocks[0];
        steps.push(cached(if seed % 3 == 0 { Operation::Write } else { Operation::Read }));
        draft.patience(120, if seed % 2 == 0 { Leaves::Cancels } else { Leaves::Unnoticed });
        draft.fault(200, 300, Effect::StoreOutage { store: StoreId(0), silent: seed % 2 == 0 });
        draft.fault(
            400 + seed,
            600,
            Effect::Crash { deployable: DeployableId(0), instances: 2, silent: seed % 4 == 1 },
        );
        draft.fault(700, 701, Effect::CacheLoss { cache: CacheId(0), from: 0, until: u16::MAX });
        if seed % 2 == 1 {
            draft.plan.stores[1].queue = Limit::AtMost(3);
            draft.plan.stores[1].servers = 1;
            draft.fault(800, 950, Effect::StoreOutage { store: StoreId(1), silent: seed % 3 == 0 });
        }
        let record = draft.record();
        assert!(record.caches[0].windows[0].look_ups > 100, "{seed}");
        assert_eq!(record.leftover, Leftover::default(), "{seed}");
    }
}
