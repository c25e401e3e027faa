//! Caches of several nodes and of several copies: where a key is, who is asked next, and what a loss costs.

use crate::caches::{operations, reading, waits, window};
use crate::common::*;
use archsim_models::plan::*;
use archsim_sim::{Distribution, Span};

/// One item that is read every 200 ms from so many nodes and copies, 1 ms each; 100 ms at the database.
fn clustered(count: u64, items: u32, timeout: Span, cluster: CacheCluster) -> Draft {
    let place = CachePlace::Servers { store: StoreId(1), timeout, cluster };
    let mut draft = reading(200, count, items, place);
    for _ in 1..cluster.size() {
        let node = draft.plan.stores[1].clone();
        draft.plan.stores.push(node);
    }
    draft
}

fn copies(copies: u16, others: Option<u16>) -> CacheCluster {
    CacheCluster { copies, others, ..CacheCluster::ONE }
}

fn nodes(nodes: u16, hashing: Hashing, on_loss: OnLoss) -> CacheCluster {
    CacheCluster { nodes, hashing, on_loss, ..CacheCluster::ONE }
}

fn out(draft: &mut Draft, node: u16, silent: bool) {
    draft.fault(500, 950, Effect::StoreOutage { store: StoreId(1 + node), silent });
}

/// Each key is on one node: what is missed while each of them is out in turn is all that is asked, once.
#[test]
fn every_key_belongs_to_one_node() {
    for hashing in [Hashing::Ketama, Hashing::Modulo] {
        let misses = |node: u16| {
            let mut draft = clustered(1_000, 50, Span::FOREVER, nodes(4, hashing, OnLoss::Miss));
            draft.plan.caches[0].warm = true;
            assert_eq!(window(&draft).hits, 1_000);
            draft.fault(0, 1_000_000, Effect::StoreOutage { store: StoreId(1 + node), silent: false });
            let window = window(&draft);
            window.look_ups - window.hits
        };
        let all = [0, 1, 2, 3].map(misses);
        assert_eq!(all.iter().sum::<u64>(), 1_000, "{all:?}");
        assert!(all.iter().all(|&misses| misses > 50), "{all:?}");
    }
}

/// The node that has the one item is out from 500 to 950 ms.
#[test]
fn keys_of_a_lost_node_wait_for_it_or_move() {
    for hashing in [Hashing::Ketama, Hashing::Modulo] {
        let with = |on_loss| -> Vec<Vec<u64>> {
            let each = (0..3).map(|node| {
                let mut draft = clustered(6, 1, Span::FOREVER, nodes(3, hashing, on_loss));
                out(&mut draft, node, false);
                waits(&draft)
            });
            let mut hit: Vec<_> = each.filter(|waits| waits[2] != 1).collect();
            hit.dedup();
            hit
        };
        assert_eq!(with(OnLoss::Miss), [[101, 1, 100, 100, 1, 1]], "missed while it is out, and still there");
        // With a remainder the key may move when another node goes.
        assert!(with(OnLoss::Rehash).contains(&vec![101, 1, 101, 1, 1, 1]), "another node learns it");
    }
}

#[test]
fn a_node_that_returns_may_be_cold() {
    let mut draft = clustered(6, 1, Span::FOREVER, CacheCluster::ONE);
    out(&mut draft, 0, false);
    draft.fault(500, 501, Effect::CacheLoss { cache: CacheId(0), from: 0, until: 1 });
    assert_eq!(waits(&draft), [101, 1, 100, 100, 101, 1]);
}

/// A key that is nowhere costs two look-ups before the database is asked; a fill goes to all copies.
#[test]
fn a_miss_asks_another_copy_first() {
    for (others, look_ups) in [(Some(0), 1), (Some(1), 2), (None, 3)] {
        let draft = clustered(3, 1, Span::FOREVER, copies(3, others));
        assert_eq!(waits(&draft), [100 + look_ups, 1, 1]);
        // A fill of every copy, the look-ups of the miss, and the hits at the only instance's own copy.
        let operations = operations(&draft);
        assert_eq!(operations[1..].iter().sum::<u64>(), 3 + look_ups + 2, "{operations:?}");
        assert_eq!((window(&draft).look_ups, window(&draft).fills), (3, 3), "one look-up of three copies");
    }
}

/// Where nothing is ever held, the database has λ·m and the caches have λ·(1 + m): here m is 1.
#[test]
fn cold_copies_are_asked_twice_for_each_read() {
    let mut draft = clustered(500, 1_000_000_000, Span::FOREVER, copies(3, Some(1)));
    let look_ups = |draft: &Draft| operations(draft)[1..].iter().sum::<u64>();
    draft.plan.caches[0].late_fills = false;
    // The last fills come after the window.
    let (all, fills) = (look_ups(&draft), 3 * 499);
    assert_eq!((operations(&draft)[0], all - fills), (500, 1_000));
}

#[test]
fn the_loss_of_a_copy_costs_a_second_look_up_and_of_all_the_read() {
    let with = |until: u16| {
        let mut draft = clustered(5, 1, Span::FOREVER, copies(3, Some(1)));
        draft.fault(500, 501, Effect::CacheLoss { cache: CacheId(0), from: 0, until });
        waits(&draft)
    };
    assert_eq!(with(1), [102, 1, 2, 2, 2], "and nothing repairs the copy");
    assert_eq!(with(3), [102, 1, 102, 1, 1]);
}

/// Its own copy is silent: 20 ms, then the next one has it. Two silent ones: 40 ms, then the database.
#[test]
fn a_silent_copy_costs_the_timeout() {
    let mut one = clustered(5, 1, millis(20), copies(3, Some(1)));
    out(&mut one, 0, true);
    assert_eq!(waits(&one), [102, 1, 21, 21, 1]);
    let mut all = clustered(5, 1, millis(20), copies(3, Some(1)));
    (0..3).for_each(|node| out(&mut all, node, true));
    assert_eq!(waits(&all), [102, 1, 140, 140, 1]);
    let mut every = clustered(5, 1, millis(20), copies(3, None));
    (0..3).for_each(|node| out(&mut every, node, true));
    assert_eq!(waits(&every), [103, 1, 160, 160, 1]);
}

/// Instances take the copies in turn: each asks its own first.
#[test]
fn instances_ask_copies_of_their_own() {
    let mut draft = clustered(90, 1, Span::FOREVER, copies(3, Some(1)));
    draft.plan.deployables[0].instances = 3;
    let operations = operations(&draft);
    // One of them missed once and turned to the copy that is next in turn.
    let look_ups: Vec<u64> = operations[1..].iter().map(|all| all - 1).collect();
    assert_eq!((look_ups.iter().sum::<u64>(), look_ups[0], look_ups[1]), (91, 30, 30));
    assert_eq!(look_ups[2], 31, "the walk goes backwards");
}

#[test]
fn a_write_empties_every_copy() {
    let mut draft = clustered(3, 1, Span::FOREVER, copies(3, None));
    let Step::Cached(read) = draft.plan.programs[0].blocks[0][0].clone() else { panic!("a cached step") };
    draft.plan.programs[0].blocks[0].push(Step::Cached(Access { operation: Operation::Write, ..read }));
    draft.plan.stores[0].write = Distribution::constant(millis(50));
    assert_eq!(waits(&draft), [153; 3]);
}

/// A cache for each of two journeys, and none for the third: they learn nothing of each other, but a write is a write.
#[test]
fn caches_apart_serve_their_journeys() {
    let mut draft = reading(200, 300, 1, CachePlace::Process);
    let enters = draft.plan.journeys[0].enters;
    draft.plan.journeys[0].share = 1.0 / 3.0;
    draft.journey("second", enters, 1.0 / 3.0);
    draft.journey("third", enters, 1.0 / 3.0);
    let mut second = draft.plan.caches[0].clone();
    second.serves = Some(vec![JourneyId(1)]);
    (second.name, second.key) = ("second".into(), 99);
    draft.plan.caches[0].serves = Some(vec![JourneyId(0)]);
    draft.plan.caches.push(second);
    let record = draft.record();
    let arrived = |journey: usize| record.journeys[journey].windows[0].arrived;
    for cache in 0..2 {
        let window = record.caches[cache].windows[0];
        assert_eq!((window.look_ups, window.hits), (arrived(cache), arrived(cache) - 1), "{cache}");
    }
    assert_eq!(record.stores[0].windows[0].operations, 2 + arrived(2));
    // A cache for all comes second.
    draft.plan.stores[0].write = Distribution::constant(millis(50));
    draft.plan.caches[0].serves = None;
    let record = draft.record();
    assert_eq!(record.caches[0].windows[0].look_ups, arrived(0) + arrived(2));
    let Step::Cached(read) = draft.plan.programs[0].blocks[0][0].clone() else { panic!("a cached step") };
    draft.plan.programs[0].blocks[0].push(Step::Cached(Access { operation: Operation::Write, ..read }));
    assert_eq!(draft.record().caches.iter().map(|it| it.windows[0].hits).sum::<u64>(), 0);
}
