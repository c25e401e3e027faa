//! The engine against a reference twin, on random plans: both must agree on every request, to the nanosecond.
//!
//! `ARCHSIM_TWIN_PLANS=10000` runs more plans; `ARCHSIM_TWIN_SEED=…` runs the one plan that a failure named.

mod accounts;
#[path = "both.rs"]
mod both;

use archsim_models::world::simulate;
use both::life::{self, Seen};
use both::{engine, plans};

/// Runs both; true if they agree, else what they differ in first is printed.
fn agree(seed: u64) -> bool {
    let plan = plans::plan(seed);
    let (engine, twin) = (engine(&plan, seed), life::run(&plan, seed, 0));
    if engine == twin {
        return true;
    }
    let differs = engine.answers.iter().zip(&twin.answers).find(|(engine, twin)| engine != twin);
    eprintln!("plan {seed}: ARCHSIM_TWIN_SEED={seed} cargo test -p archsim-models --test twin");
    eprintln!("  answers: engine {}, twin {}", engine.answers.len(), twin.answers.len());
    eprintln!("  first that differs (engine, twin): {differs:?}");
    if std::env::var("ARCHSIM_TWIN_SEED").is_ok() {
        eprintln!("{plan:#?}");
        let (e, t) = (Seen { answers: Vec::new(), ..engine }, Seen { answers: Vec::new(), ..twin });
        eprintln!("engine {e:?}\ntwin   {t:?}");
    }
    false
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn engine_and_twin_agree() {
    if let Some(seed) = number("ARCHSIM_TWIN_SEED") {
        assert!(agree(seed), "engine and twin differ");
        return;
    }
    let plans = number("ARCHSIM_TWIN_PLANS").unwrap_or(1_000);
    let mut differ = Vec::new();
    for seed in 0..plans {
        if !agree(seed) {
            differ.push(seed);
        }
    }
    assert!(differ.is_empty(), "{} of {plans} plans differ: {differ:?}", differ.len());
}

#[test]
fn many_who_are_turned_away_come_back() {
    let returns = (0..200).map(|seed| engine(&plans::plan(seed), seed).turned_away.len());
    let (plans, all) =
        returns.fold((0, 0), |(plans, all), found| (plans + usize::from(found > 0), all + found));
    assert!(plans >= 20 && all >= 500, "{all} in {plans} of 200 plans");
}

#[test]
fn sessions_end_whole_and_are_given_up() {
    let sessions = (0..300).filter_map(|seed| simulate(&plans::plan(seed), seed, 0).sessions);
    let seen = sessions.fold([0; 4], |[plans, whole, given_up, there], it| {
        let flow = it.whole;
        [plans + 1, whole + flow.completed, given_up + flow.failed, there + flow.after()]
    });
    assert!(seen[0] > 30 && seen.iter().all(|&count| count > 30), "{seen:?}");
}

#[test]
fn primaries_are_replaced_commits_lost_and_reads_stale() {
    let plans =
        (0..1_600).map(|seed| (seed, plans::plan(seed))).filter(|(_, plan)| !plan.clusters.is_empty());
    let windows = plans.flat_map(|(seed, plan)| engine(&plan, seed).clusters).map(|it| it[0]);
    let seen = windows.fold([0; 3], |[fail_overs, lost, stale], window| {
        [fail_overs + window.fail_overs, lost + window.lost, stale + window.stale]
    });
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

#[test]
fn nodes_are_waited_for_bought_and_given_back() {
    let plans = (0..1_800).map(|seed| (seed, plans::plan(seed))).filter(|(_, it)| !it.node_pools.is_empty());
    let (mut waited, mut more, mut fewer) = (0, 0, 0);
    for (seed, plan) in plans {
        let record = archsim_models::world::simulate(&plan, seed, 0);
        for (at, pool) in record.pools.iter().enumerate() {
            let start = f64::from(plan.nodes_at_start(at));
            waited += u32::from(pool.pending.iter().any(|&it| it > 0.0));
            more += u32::from(pool.nodes.iter().any(|&it| it > start));
            fewer += u32::from(pool.nodes.iter().any(|&it| it < start - 1e-9));
        }
    }
    assert!([waited, more, fewer].iter().all(|&count| count > 20), "{waited}, {more}, {fewer}");
}

#[test]
fn tokens_are_waited_for_withdrawn_and_refused_and_hot_keys_throttled() {
    let windows = (0..800).flat_map(|seed| simulate(&plans::plan(seed), seed, 0).caches);
    let seen = windows.fold([0; 5], |[leases, waits, old, refused, throttled], cache| {
        let window = cache.windows[0];
        let [leases, waits] = [leases + window.leases, waits + window.told_to_wait];
        [leases, waits, old + window.old, refused + window.refused, throttled + window.throttled]
    });
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

#[test]
fn rows_are_waited_for_and_transactions_fail_in_every_way() {
    let plans = (0..1_600).map(|seed| (seed, plans::plan(seed))).filter(|(_, plan)| !plan.costs.is_empty());
    let stores = plans.flat_map(|(seed, plan)| archsim_models::world::simulate(&plan, seed, 0).stores);
    let seen = stores.fold([0; 4], |[waited, timeouts, deadlocks, conflicts], store| {
        let window = store.windows[0];
        [
            waited + store.locks.whole.waited,
            timeouts + window.lock_timeouts,
            deadlocks + window.deadlocks,
            conflicts + window.conflicts,
        ]
    });
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}
