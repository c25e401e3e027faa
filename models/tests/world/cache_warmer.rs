//! A copy that has lost what it held is filled from another one before it is read again.

use crate::caches::{operations, reading, waits};
use crate::common::*;
use archsim_models::plan::*;
use archsim_sim::Span;

/// Ten items, all of them in both copies, are read every 100 ms by an instance whose own copy is the first; it loses all
/// that it holds at 550 ms.
fn lost(warmer: Option<Span>) -> Draft {
    let cluster = CacheCluster { copies: 2, others: Some(1), warmer, ..CacheCluster::ONE };
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster };
    let mut draft = reading(100, 20, 10, place);
    let node = draft.plan.stores[1].clone();
    draft.plan.stores.push(node);
    draft.plan.caches[0].warm = true;
    draft.fault(550, 551, Effect::CacheLoss { cache: CacheId(0), from: 0, until: 1 });
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

#[test]
fn without_a_warmer_whoever_reads_asks_twice() {
    let (first, rest) = ([1; 5], [2; 15]);
    assert_eq!(waits(&lost(None)), [&first[..], &rest[..]].concat());
}

/// An item every 20 ms from 570 to 750 ms; at 770 there is none left.
#[test]
fn a_copy_is_not_read_until_it_has_all() {
    let draft = lost(Some(millis(20)));
    assert_eq!(waits(&draft), [1; 20]);
    // Read five times, filled with ten, and read from 800 ms on; the other one read twice meanwhile, and ten times to copy.
    assert_eq!(operations(&draft), [0, 5 + 10 + 13, 10 + 2]);
    let slow = lost(Some(millis(200)));
    // 750, 950, …, 1,950 ms: still not there.
    assert_eq!(operations(&slow)[1], 5 + 10);
}

#[test]
fn a_copy_that_is_out_is_filled_when_it_is_back() {
    let mut draft = lost(Some(millis(20)));
    draft.fault(550, 700, Effect::StoreOutage { store: StoreId(1), silent: false });
    // 720 to 900 ms; at 920 there is none left.
    assert_eq!((waits(&draft), operations(&draft)), (vec![1; 20], vec![0, 5 + 10 + 11, 10 + 4]));
    // Out while it is filled: where it was, it goes on.
    let mut again = lost(Some(millis(20)));
    again.fault(655, 690, Effect::StoreOutage { store: StoreId(1), silent: false });
    // Five items until 650 ms, none at 670, which ends the walk; from 710 to 790 ms the others.
    assert_eq!(operations(&again), [0, 5 + 10 + 12, 10 + 3]);
}

#[test]
fn with_no_other_copy_it_serves_at_once() {
    let mut draft = lost(Some(millis(20)));
    draft.fault(550, 551, Effect::CacheLoss { cache: CacheId(0), from: 1, until: 2 });
    draft.plan.data[0].popularity = archsim_models::popularity::Popularity::uniform(1);
    let waits = waits(&draft);
    // Nothing is left to be copied: both are read, empty, and the database is asked.
    assert_eq!(waits[4..8], [1, 102, 102, 1]);
}

/// Two nodes a copy: what is lost is in neither.
#[test]
fn a_loss_of_nothing_leaves_copies_as_they_are() {
    let cluster =
        CacheCluster { nodes: 2, copies: 2, others: Some(1), warmer: Some(millis(20)), ..CacheCluster::ONE };
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster };
    let mut draft = reading(100, 20, 10, place);
    let node = draft.plan.stores[1].clone();
    (0..3).for_each(|_| draft.plan.stores.push(node.clone()));
    draft.plan.caches[0].warm = true;
    let before = operations(&draft);
    draft.fault(550, 551, Effect::CacheLoss { cache: CacheId(0), from: 1, until: 1 });
    assert_eq!(operations(&draft), before);
}
