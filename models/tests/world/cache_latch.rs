//! Writes that wait until copies have been told of them.

use crate::caches::{cached, reading, waits};
use crate::common::*;
use archsim_models::evcache::Latch;
use archsim_models::plan::*;
use archsim_sim::{Distribution, Span};

/// Each request reads an item, from its own of three copies alone, and writes it: 1 + 100 + 50 ms, and then 1 ms until a
/// copy has been told.
fn written(latch: Latch, latch_wait: Span) -> Draft {
    let cluster = CacheCluster { copies: 3, others: Some(0), latch, latch_wait, ..CacheCluster::ONE };
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster };
    let mut draft = reading(300, 3, 1, place);
    for _ in 1..3 {
        let node = draft.plan.stores[1].clone();
        draft.plan.stores.push(node);
    }
    draft.plan.stores[0].write = Distribution::constant(millis(50));
    draft.plan.programs[0].blocks[0].push(cached(Operation::Write));
    draft
}

#[test]
fn a_write_waits_for_as_many_copies_as_its_latch_says() {
    for (latch, alike, third_slow) in [
        (Latch::None, 151, 151),
        (Latch::One, 152, 152),
        (Latch::Quorum, 152, 152),
        (Latch::AllButOne, 152, 152),
        (Latch::All, 152, 161),
    ] {
        let mut draft = written(latch, Span::FOREVER);
        assert_eq!(waits(&draft), [alike; 3], "{latch:?}");
        draft.fault(0, 60_000, Effect::StoreSlow { store: StoreId(3), factor: 10.0 });
        assert_eq!(waits(&draft), [third_slow; 3], "{latch:?}");
    }
}

#[test]
fn a_copy_that_could_not_be_told_counts_and_one_that_is_silent_costs_the_wait() {
    let with = |silent| {
        let mut draft = written(Latch::All, millis(20));
        draft.fault(0, 60_000, Effect::StoreOutage { store: StoreId(3), silent });
        draft
    };
    assert_eq!(waits(&with(false)), [152; 3]);
    let answers: Vec<u64> = with(true).answers().into_iter().map(|(ms, _)| ms).collect();
    assert_eq!(answers, [171; 3]);
}
