//! Hot keys and lost nodes: what instances keep by themselves, and spare nodes.

use crate::caches::{cached, operations, reading, waits, window};
use crate::common::*;
use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::plan::*;
use archsim_sim::{Distribution, Limit, Span};

fn servers(cluster: CacheCluster) -> CachePlace {
    CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster }
}

/// One item is read every 100 ms: 1 ms at the cache's server, 100 ms at the database; kept for 250 ms.
fn near(count: u64) -> Draft {
    let mut draft = reading(100, count, 1, servers(CacheCluster::ONE));
    let ttl = Some(TimeToLive { span: millis(250), sliding: false });
    draft.plan.caches[0].near = Some(CacheSettings { room: Room::Items(10), evict: Evict::Lru, ttl });
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

#[test]
fn what_an_instance_has_itself_costs_nothing_until_it_is_too_old() {
    let draft = near(10);
    // Missed at 100 ms and there at 201; the second misses too, and has it at 301, which counts from there to 551. At 600
    // the server is asked, and again at 900.
    assert_eq!(waits(&draft), [101, 101, 0, 0, 0, 1, 0, 0, 1, 0]);
    assert_eq!((window(&draft).near, window(&draft).hits), (6, 8));
    assert_eq!(operations(&draft), [2, 4 + 2]);
    let mut two = near(10);
    two.plan.deployables[0].instances = 2;
    assert!(window(&two).near < 6, "each keeps its own");
}

#[test]
fn a_write_empties_that_of_its_own_instance() {
    let mut draft = near(3);
    let wide = Draft::every(300, 3).plan;
    (draft.plan.horizon, draft.plan.end) = (wide.horizon, wide.end);
    draft.plan.windows[0].until = wide.end;
    draft.plan.stores[0].write = Distribution::constant(millis(50));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Write));
    draft.plan.programs[0].blocks[0].insert(0, cached(Operation::Read));
    draft.plan.workload.arrivals = Draft::every(300, 3).plan.workload.arrivals;
    // Read, read again at no cost, and written.
    assert_eq!(waits(&draft), [151; 3]);
}

/// The node is out from 350 to 950 ms. Spare nodes learn its keys, for 250 ms each time.
#[test]
fn spare_nodes_stand_in_for_one_that_is_out() {
    let with = |gutter, gutter_ttl| {
        let cluster = CacheCluster { gutter, gutter_ttl, ..CacheCluster::ONE };
        let mut draft = reading(200, 6, 1, servers(cluster));
        for _ in 0..gutter {
            let spare = draft.plan.stores[1].clone();
            draft.plan.stores.push(spare);
        }
        draft.plan.caches[0].warm = true;
        draft.fault(350, 950, Effect::StoreOutage { store: StoreId(1), silent: false });
        draft
    };
    let none = with(0, Span::FOREVER);
    assert_eq!(waits(&none), [1, 100, 100, 100, 1, 1], "400, 600 and 800 ms");
    let one = with(1, Span::FOREVER);
    assert_eq!(waits(&one), [1, 101, 1, 1, 1, 1], "and its own items are there when it is back");
    let short = with(2, millis(150));
    assert_eq!(waits(&short), [1, 101, 1, 101, 1, 1], "filled at 502 ms, and good until 652");
}

/// Nobody tells spare nodes of a write.
#[test]
fn spare_nodes_are_not_emptied() {
    let cluster = CacheCluster { gutter: 1, gutter_ttl: millis(5_000), ..CacheCluster::ONE };
    let mut draft = reading(300, 3, 1, servers(cluster));
    let spare = draft.plan.stores[1].clone();
    draft.plan.stores.push(spare);
    draft.plan.stores[0].write = Distribution::constant(millis(50));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Write));
    draft.fault(0, 60_000, Effect::StoreOutage { store: StoreId(1), silent: false });
    assert_eq!(waits(&draft), [151, 51, 51]);
}

/// Eight ask for one item every 10 ms; the cache's only server needs 35 ms for a look-up, the database 100 ms for a read.
#[test]
fn an_instance_that_asks_too_often_for_an_item_finds_nothing() {
    let asked = |throttle: Limit, instances: u32| {
        let mut draft = reading(10, 8, 1, servers(CacheCluster::ONE));
        draft.plan.deployables[0].instances = instances;
        draft.plan.stores[1].read = Distribution::constant(millis(35));
        (draft.plan.caches[0].warm, draft.plan.caches[0].throttle) = (true, throttle);
        draft.plan.windows[0].until = draft.plan.end;
        (waits(&draft), window(&draft).throttled)
    };
    assert_eq!(asked(Limit::Unbounded, 1), (vec![35; 8], 0));
    // The fourth comes at 40 ms, when those of 10, 20 and 30 ms are under way: with one more than two it is the first
    // that is too much. The first has its answer at 45, so that the fifth may ask.
    assert_eq!(asked(Limit::AtMost(2), 1), (vec![35, 35, 35, 100, 35, 35, 35, 100], 2));
    assert_eq!(asked(Limit::AtMost(3), 1).1, 0, "never more than three");
    assert_eq!(asked(Limit::AtMost(2), 2).1, 0, "each instance counts its own");
}
