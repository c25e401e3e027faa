//! How old an item may be: stale answers while it is read anew, early refreshes, jitter, and what does not exist.

use crate::caches::{operations, reading, waits, window};
use crate::common::*;
use archsim_models::cache::TimeToLive;
use archsim_models::plan::*;
use archsim_models::popularity::Popularity;
use archsim_sim::{Distribution, Span};

/// Filled at 110 ms, fresh for `ttl` ms from then.
fn aging(gap: u64, count: u64, ttl: u64) -> Draft {
    let mut draft = reading(gap, count, 1, CachePlace::Process);
    draft.plan.caches[0].settings.ttl = Some(TimeToLive { span: millis(ttl), sliding: false });
    draft
}

/// Fresh for 600 ms, usable for 30 more: at 610 ms the stale item and one refresh, at 631 ms a miss.
#[test]
fn a_stale_item_is_served_while_it_is_read_anew() {
    let with = |second: u64| {
        let mut draft = aging(2_000, 1, 600);
        draft.plan.caches[0].stale = millis(30);
        // A request reads at once, which fills at 100 ms, then so much later, then at 999 ms.
        let steps = &mut draft.plan.programs[0].blocks[0];
        let read = steps[0].clone();
        let wait = |ms: u64, key: u64| Step::Latency { span: Distribution::constant(millis(ms)), key };
        steps.clear();
        steps.extend([read.clone(), wait(second, 71), read.clone(), wait(899 - second, 72), read]);
        draft
    };
    // 999 ms without a second wait for the database.
    let (stale, old) = (with(610), with(631));
    assert_eq!((waits(&stale), operations(&stale)[0]), (vec![999], 2), "refreshed behind its back");
    assert_eq!((waits(&old), operations(&old)[0]), (vec![1_099], 2));
    let fresh = with(599);
    assert_eq!((waits(&fresh), operations(&fresh)[0]), (vec![1_099], 2), "but then it is 899 ms old");
    assert_eq!(waits(&with(629)), [999], "the last instant");
}

/// While a refresh is under way, stale answers go on, and no other refresh begins.
#[test]
fn a_stale_item_is_refreshed_once() {
    let mut draft = aging(10, 60, 200);
    draft.plan.caches[0].stale = millis(1_000);
    draft.plan.caches[0].coalesce = Coalesce::Instance;
    let record = draft.record();
    // Reads at 10 ms, and refreshes when a read finds it 200 ms old, at 310 ms; filled at 410 ms, stale at 610 ms.
    assert_eq!(record.stores[0].windows[0].operations, 2);
    let apart = {
        draft.plan.caches[0].coalesce = Coalesce::None;
        draft.record()
    };
    // Eleven miss before the first fill at 110 ms, and at that very instant; the refresh is shared all the same.
    let loads = apart.stores[0].windows[0].operations;
    assert!((11..=12).contains(&loads), "{loads}");
}

/// Early refreshes: of two readers of an item one reads it anew before it expires, the sooner the more eager.
#[test]
fn early_refreshes_come_before_the_end() {
    let with = |early: f64| {
        let mut draft = aging(50, 2_000, 1_000);
        draft.plan.stores[0].read = Distribution::constant(millis(100));
        (draft.plan.caches[0].early, draft.plan.caches[0].coalesce) = (early, Coalesce::Cache);
        let loads = draft.record().stores[0].windows[0].operations;
        100.0 / loads as f64
    };
    // 1.1 s for each cycle of a miss and its time to live, up to the gap between two reads.
    let (none, eager) = (with(0.0), with(1.0));
    assert!((none - 1.1).abs() < 0.06, "{none}");
    // A read finds it x before the end, at x of 0.05, 0.10, … s, and reads it anew with probability e^(-x / 0.1 s).
    let mut expected = 0.0;
    let mut still = 1.0;
    for step in 0..20 {
        let left = 1.0 - 0.05 * f64::from(step);
        let chance = libm::exp(-left / 0.1);
        expected += still * chance * (0.05 * f64::from(step));
        still *= 1.0 - chance;
    }
    expected += still;
    assert!((eager - (expected + 0.1)).abs() < 0.05, "{eager} against {expected}");
}

/// With a jitter of a half, items filled at once expire between half their time and all of it, evenly.
#[test]
fn jitter_spreads_what_expires() {
    let share = |age: u64| {
        let mut draft = reading(20_000, 1, 4_000, CachePlace::Process);
        let cache = &mut draft.plan.caches[0];
        cache.settings.ttl = Some(TimeToLive { span: millis(10_000), sliding: false });
        cache.jitter = 0.5;
        draft.plan.data[0].popularity = Popularity::uniform(4_000_000_000);
        draft.plan.workload.arrivals = Arrivals::Open { rate: Vec::new(), poisson: false };
        // Each request reads an item and, so much later, the same again.
        let both = draft.plan.programs[0].blocks[0][0].clone();
        let wait = Step::Latency { span: Distribution::constant(millis(age)), key: 77 };
        draft.plan.programs[0].blocks[0].extend([wait, both]);
        draft.plan.workload.scheduled = vec![Scheduled { at: at(0), requests: 2_000, journey: None }];
        draft.plan.stores[0].servers = 100_000;
        draft.plan.stores[0].pool = 100_000;
        window(&draft).hits as f64 / 2_000.0
    };
    assert_eq!((share(4_999), share(10_000)), (1.0, 0.0));
    let half = share(7_500);
    assert!((half - 0.5).abs() < 0.06, "{half}");
}

/// What does not exist is asked for again and again, unless that answer is kept.
#[test]
fn the_answer_that_there_is_none_may_be_kept() {
    let with = |negative: Option<Span>, number: u32| {
        let mut draft = reading(200, 6, 1, CachePlace::Process);
        draft.plan.data[0].absent = 0.5;
        draft.plan.data[0].popularity = Popularity::hot_set(1_000, 1, 1.0);
        draft.plan.caches[0].negative = negative;
        // The only one that is ever asked for is the first: whether it exists depends on nothing but its number.
        assert_eq!(number, 0);
        (draft.plan.data[0].lacks(0), waits(&draft))
    };
    let (lacks, never) = with(None, 0);
    let (_, short) = with(Some(millis(250)), 0);
    let (_, long) = with(Some(Span::FOREVER), 0);
    if lacks {
        assert_eq!(never, [100; 6]);
        assert_eq!(short, [100, 0, 100, 0, 100, 0]);
        assert_eq!(long, [100, 0, 0, 0, 0, 0]);
    } else {
        assert_eq!([never, short, long], [[100, 0, 0, 0, 0, 0]; 3]);
    }
    let data = DataSet { absent: 0.3, ..reading(1, 1, 1, CachePlace::Process).plan.data[0].clone() };
    let absent = (0..100_000).filter(|&number| data.lacks(number)).count();
    assert!((29_000..31_000).contains(&absent), "{absent}");
}

/// Without a time to live for what there is, the answer that there is none ends all the same.
#[test]
fn the_answer_that_there_is_none_ends_where_nothing_else_does() {
    let mut draft = reading(200, 6, 1, CachePlace::Process);
    draft.plan.data[0].absent = 1.0 - 1e-9;
    draft.plan.caches[0].negative = Some(millis(250));
    assert!(draft.plan.data[0].lacks(0) && draft.plan.caches[0].settings.ttl.is_none());
    assert_eq!(waits(&draft), [100, 0, 100, 0, 100, 0]);
}
