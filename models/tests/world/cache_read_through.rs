//! Read-through: the cache's server reads, for as many as it may at once, and keeps what it has read.

use crate::caches::{operations, reading, waits, window};
use crate::common::*;
use archsim_models::plan::*;
use archsim_models::record::Cause;
use archsim_sim::{Limit, Span};

/// Read every `gap` ms; 1 ms at the cache's server, 100 ms at the database.
fn through(gap: u64, count: u64, items: u32, reads: Limit) -> Draft {
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster: CacheCluster::ONE };
    let mut draft = reading(gap, count, items, place);
    draft.plan.caches[0].load = Load::Through(reads);
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

#[test]
fn a_miss_costs_the_look_up_and_the_read_and_no_fill() {
    let draft = through(300, 3, 1, Limit::Unbounded);
    assert_eq!(waits(&draft), [101, 1, 1]);
    assert_eq!(operations(&draft), [1, 3], "the node keeps what it has read by itself");
    let window = window(&draft);
    assert_eq!((window.look_ups, window.hits, window.fills), (3, 2, 1));
}

/// Both servers of the node answer others while it reads.
#[test]
fn no_server_of_the_node_is_held() {
    let mut draft = through(10, 20, 1_000_000, Limit::Unbounded);
    draft.plan.stores[1].servers = 1;
    assert_eq!(waits(&draft), [101; 20]);
}

#[test]
fn a_node_reads_so_many_at_once() {
    let draft = through(10, 4, 1_000_000, Limit::AtMost(1));
    // Each read begins when the one before has ended, 100 ms later; each request comes 10 ms later.
    assert_eq!(waits(&draft), [101, 191, 281, 371]);
    let two = through(10, 4, 1_000_000, Limit::AtMost(2));
    assert_eq!(waits(&two), [101, 101, 181, 181]);
}

#[test]
fn a_node_may_read_once_for_all_of_all_instances() {
    let with = |coalesce| {
        let mut draft = through(10, 4, 1, Limit::AtMost(1));
        draft.plan.caches[0].coalesce = coalesce;
        draft.plan.deployables[0].instances = 4;
        draft
    };
    let shared = with(Coalesce::Cache);
    assert_eq!((waits(&shared), operations(&shared)[0]), (vec![101, 91, 81, 71], 1));
    assert_eq!(window(&shared).followers, 3);
    assert_eq!(operations(&with(Coalesce::None))[0], 4);
}

/// A user of 50 ms of patience gets nothing of the first read; the second finds what it has brought.
#[test]
fn late_answers_are_kept() {
    let mut draft = through(300, 2, 1, Limit::Unbounded);
    let CachePlace::Servers { timeout, .. } = &mut draft.plan.caches[0].place else { panic!("servers") };
    *timeout = millis(50);
    draft.plan.caches[0].late_fills = false;
    let late = failed(Cause::Timeout);
    assert_eq!(draft.answers()[0], (50, late));
    assert_eq!(draft.answers()[1].0, 1);
    assert_eq!(operations(&draft)[0], 1);
}

#[test]
fn what_the_cache_cannot_answer_has_failed() {
    let mut draft = through(300, 3, 1, Limit::Unbounded);
    draft.fault(0, 500, Effect::StoreOutage { store: StoreId(0), silent: false });
    draft.fault(800, 1_000, Effect::StoreOutage { store: StoreId(1), silent: false });
    let out = failed(Cause::StoreOut);
    let answers = draft.answers();
    assert_eq!((answers[0], answers[2]), ((1, out), (0, out)), "the database is out, then the node");
    assert_eq!(answers[1].0, 101);
}

/// The node goes while it reads: who waits there hears of it, and what is read is lost.
#[test]
fn an_outage_of_the_node_cuts_off_who_waits() {
    let mut draft = through(300, 2, 1, Limit::AtMost(1));
    draft.fault(350, 360, Effect::StoreOutage { store: StoreId(1), silent: false });
    let answers = draft.answers();
    assert_eq!(answers[0], (50, failed(Cause::StoreOut)));
    assert_eq!((answers[1].0, operations(&draft)[0]), (101, 2));
    // Silent: who waits meets the node again when it is back, and its read waits for the one that was cut off.
    let mut silent = through(300, 2, 1, Limit::AtMost(1));
    silent.fault(350, 360, Effect::StoreOutage { store: StoreId(1), silent: true });
    assert_eq!(waits(&silent), [201, 1]);
}
