//! Leases: one reads for all instances, the others wait for it or take what was there, and what a write has overtaken is
//! not stored.

use crate::caches::{cached, operations, reading, waits, window};
use crate::common::*;
use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::plan::*;
use archsim_models::record::Record;
use archsim_sim::{Distribution, Limit, Span};

const LEASES: Leases =
    Leases { every: millis(10_000), old: Span::ZERO, retry: millis(20), retries: Limit::Unbounded };

/// One item, read every `gap` ms; 1 ms at the cache's server, 100 ms at the database.
fn leased(gap: u64, count: u64, timeout: Span, leases: Leases) -> Draft {
    let place = CachePlace::Servers { store: StoreId(1), timeout, cluster: CacheCluster::ONE };
    let mut draft = reading(gap, count, 1, place);
    draft.plan.caches[0].leases = Some(leases);
    // All of it counts, what the last request brings too.
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

/// The first has the item at 101 ms, and it is stored at 102; who asked before asks again every 21 ms.
#[test]
fn one_reads_for_all_instances_and_the_others_ask_again() {
    for instances in [1, 4] {
        let mut draft = leased(10, 4, Span::FOREVER, LEASES);
        draft.plan.deployables[0].instances = instances;
        assert_eq!(waits(&draft), [101, 106, 85, 85]);
        let window = window(&draft);
        assert_eq!((operations(&draft)[0], window.leases, window.fills), (1, 1, 1));
        assert_eq!((window.look_ups, window.hits, window.told_to_wait), (4, 3, 5 + 4 + 4));
    }
}

#[test]
fn who_has_asked_often_enough_reads_and_brings_nothing() {
    let draft = leased(10, 2, Span::FOREVER, Leases { retries: Limit::AtMost(2), ..LEASES });
    // Told so at 11, 32 and 53 ms.
    assert_eq!(waits(&draft), [101, 143]);
    assert_eq!((operations(&draft)[0], window(&draft).fills), (2, 1));
}

/// A look-up that was not answered in time has no token: its token is out, and whoever comes later waits for nobody.
#[test]
fn a_token_that_never_arrived_bars_the_others() {
    let mut draft = leased(300, 4, millis(5), Leases { every: millis(500), ..LEASES });
    draft.plan.stores[1].read = Distribution::constant(millis(1));
    draft.fault(250, 350, Effect::StoreSlow { store: StoreId(1), factor: 10.0 });
    // The first, at 300 ms, gives its look-up up after 5 ms and reads. The second asks from 601 ms on until the token of
    // 310 ms is 500 ms old, and has its answer at 911. The third is told to wait once.
    assert_eq!(waits(&draft), [105, 311, 22, 1]);
    assert_eq!((window(&draft).leases, window(&draft).fills), (2, 1));
}

/// Reads, and now and then a write of the same item.
fn written(old: u64, retries: Limit) -> Record {
    let mut draft = leased(7, 2_000, Span::FOREVER, Leases { old: millis(old), retries, ..LEASES });
    draft.plan.caches[0].leases.as_mut().expect("they are").every = millis(300);
    draft.plan.stores[0].write = Distribution::constant(millis(10));
    let write = draft.capability("write", vec![cached(Operation::Write)]);
    draft.plan.journeys[0].share = 0.9;
    draft.journey("write", write, 0.1);
    draft.record()
}

#[test]
fn what_was_read_before_a_write_is_not_stored_after_it() {
    let record = written(0, Limit::Unbounded);
    let (cache, arrived) = (record.caches[0].windows[0], record.journeys[1].windows[0].arrived);
    assert_eq!(record.stores[0].windows[0].operations, cache.leases + arrived, "one read for each token");
    assert_eq!(cache.leases, cache.fills + cache.refused, "{cache:?}");
    // A tenth of the requests write, one every 70 ms: most reads of 100 ms are overtaken.
    assert!(cache.refused > cache.fills && cache.fills > 0, "{cache:?}");
    assert!((42..=47).contains(&cache.leases), "one in 300 ms for 14 s: {cache:?}");
}

#[test]
fn who_may_take_what_was_taken_out_does_not_wait() {
    let (waits, takes) = (written(0, Limit::Unbounded), written(5_000, Limit::Unbounded));
    let old = takes.caches[0].windows[0];
    assert_eq!(waits.caches[0].windows[0].old, 0);
    assert!(old.old > 100, "{old:?}");
    let mean = |record: &Record| record.journeys[0].windows[0].latency.mean();
    assert!(mean(&takes) < mean(&waits), "{old:?}");
}

/// An item that is evicted, or too old, is missed like any other: its token was used.
#[test]
fn evicted_and_expired_items_have_new_tokens_at_once() {
    let mut draft = leased(300, 6, Span::FOREVER, LEASES);
    draft.plan.caches[0].settings.ttl = Some(TimeToLive { span: millis(550), sliding: false });
    assert_eq!(waits(&draft), [101, 1, 1, 101, 1, 1]);
    draft.plan.caches[0].settings = CacheSettings { room: Room::Bytes(0), evict: Evict::Lru, ttl: None };
    assert_eq!(window(&draft).leases, 6, "it has no room for any");
}

#[test]
fn tokens_are_lost_with_the_node() {
    let mut draft = leased(300, 3, Span::FOREVER, LEASES);
    draft.fault(550, 551, Effect::CacheLoss { cache: CacheId(0), from: 0, until: 1 });
    assert_eq!(waits(&draft), [101, 101, 1]);
}

/// While the item's node is out the first reader has a token of the other one. When it brings what it has read the node
/// is back, and the second reader has its token: only that one is good, so that the third waits for it.
#[test]
fn a_token_of_another_node_is_not_good() {
    let leases =
        Leases { every: millis(10_000), old: Span::ZERO, retry: millis(1), retries: Limit::Unbounded };
    let cluster =
        CacheCluster { nodes: 2, hashing: Hashing::Modulo, on_loss: OnLoss::Rehash, ..CacheCluster::ONE };
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster };
    let mut draft = reading(20, 3, 1, place);
    let node = draft.plan.stores[1].clone();
    draft.plan.stores.push(node);
    draft.plan.caches[0].leases = Some(leases);
    let home = StoreId(1 + (archsim_models::placement::mixed(0) % 2) as u16);
    draft.fault(10, 30, Effect::StoreOutage { store: home, silent: false });
    assert_eq!(waits(&draft), [101, 101, 83]);
}
