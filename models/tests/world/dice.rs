//! The same dice for every arm: a request does the same work however the system is cut.

use crate::common::*;
use archsim_models::plan::{Arrivals, Effect, ProgramId, Step};
use archsim_models::policy::Layer;
use archsim_models::record::Record;
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Limit, Span};

/// A shop of three capabilities, in one deployable or in three; `layers` around its first call.
fn shop(split: bool, layers: Vec<Layer>, names: [&str; 3]) -> Draft {
    let mut draft = Draft::open(200.0, 0, 5);
    let deploy = |draft: &mut Draft, name| {
        let fresh = draft.deployable(name);
        (fresh.cores, fresh.instances) = (Limit::Unbounded, if split { 3 } else { 1 });
    };
    deploy(&mut draft, names[0]);
    let stock =
        draft.capability("stock", vec![work(millis(10)), latency(Distribution::lognormal(millis(5), 2.0))]);
    if split {
        deploy(&mut draft, names[1]);
    }
    let price = draft.capability("price", vec![latency(Distribution::uniform(millis(1), millis(9)))]);
    if split {
        deploy(&mut draft, names[2]);
    }
    let (first, second) = (draft.call(stock, !split, layers), draft.call(price, !split, Vec::new()));
    let Step::Call(site) = second else { unreachable!() };
    (draft.plan.sites[site.at()].probability, draft.plan.sites[site.at()].repeat) = (0.6, 2);
    let page = draft.capability("page", vec![work(millis(3)), first, second]);
    draft.journey("browse", page, 0.7);
    draft.journey("search", stock, 0.3);
    draft
}

/// What users saw, by journey.
fn seen(record: &Record) -> Vec<(u64, f64, u64)> {
    let figures = |journey: &archsim_models::record::JourneyRecord| {
        let tally = &journey.windows[0];
        (tally.arrived, tally.latency.mean(), tally.latency.quantile(0.9))
    };
    record.journeys.iter().map(figures).collect()
}

const NAMES: [&str; 3] = ["one", "two", "three"];

#[test]
fn a_request_takes_as_long_in_one_deployable_as_in_three_without_network_and_limits() {
    let (monolith, split) = (shop(false, Vec::new(), NAMES).record(), shop(true, Vec::new(), NAMES).record());
    assert_eq!(seen(&monolith), seen(&split));
    let cpu = |record: &Record| record.deployables.iter().map(|d| d.cpu_nanos).sum::<u64>();
    assert_eq!(cpu(&monolith), cpu(&split));
    assert_ne!(monolith.fingerprint, split.fingerprint);
}

#[test]
fn a_layer_that_never_has_to_act_changes_nothing() {
    let plain = shop(true, Vec::new(), NAMES).record();
    for layers in
        [vec![retry(3, 10)], vec![timeout(60_000)], vec![breaker(), timeout(60_000), pool(1_000), fallback()]]
    {
        let guarded = shop(true, layers.clone(), NAMES).record();
        assert_eq!(seen(&guarded), seen(&plain), "{layers:?}");
        assert_eq!(guarded.sites, plain.sites, "{layers:?}");
    }
}

#[test]
fn names_of_deployables_and_instances_mean_nothing_to_the_dice() {
    let (one, other) =
        (shop(true, Vec::new(), NAMES).record(), shop(true, Vec::new(), ["x", "y", "z"]).record());
    assert_eq!(one, other);
    let mut more = shop(true, Vec::new(), NAMES);
    more.plan.deployables.iter_mut().for_each(|deployable| deployable.instances += 4);
    assert_eq!(seen(&more.record()), seen(&one));
}

#[test]
fn a_second_attempt_meets_other_dice_than_the_first() {
    // Were the coin the same, three attempts would fail as often as one.
    let failures = |attempts| {
        let mut draft = shop(true, vec![retry(attempts, 1)], NAMES);
        draft.fault(0, 60_000, error(ProgramId(0), 0.5, true));
        let site = &draft.record().sites[0].windows[0];
        site.failed.iter().sum::<u64>() as f64 / site.calls as f64
    };
    assert!((failures(3) - 0.125).abs() < 0.05);
}

#[test]
fn a_fault_does_not_move_the_dice_of_others() {
    let healthy = shop(true, Vec::new(), NAMES).record();
    let mut draft = shop(true, Vec::new(), NAMES);
    let capability = archsim_models::plan::CapabilityId(1);
    draft.fault(0, 60_000, Effect::Slow { capability, add: None, factor: 5.0, key: 4 });
    let slow = draft.record();
    assert_eq!(seen(&slow)[1], seen(&healthy)[1], "searches never meet it");
    assert!(seen(&slow)[0].1 > seen(&healthy)[0].1);
    assert_eq!(slow.deployables[0].cpu_nanos, healthy.deployables[0].cpu_nanos);
}

#[test]
fn users_of_a_closed_workload_ask_for_the_same_things_however_fast_the_answers_are() {
    let asked = |factor| {
        let mut draft = shop(true, Vec::new(), NAMES);
        let think = Distribution::exponential(millis(200));
        draft.plan.workload.arrivals = Arrivals::Closed { users: 1, think };
        let capability = archsim_models::plan::CapabilityId(0);
        draft.fault(0, 60_000, Effect::Busy { capability, factor });
        let mut journeys = Vec::new();
        archsim_models::world::simulate_observed(&draft.plan, 1, 0, &mut |_, request, note| {
            if let archsim_models::world::Note::Called(site) = note {
                journeys.push((request, site));
            }
        });
        journeys
    };
    let (fast, slow) = (asked(1.0), asked(20.0));
    assert!(slow.len() > 5 && slow.len() < fast.len());
    assert!(fast.starts_with(&slow[..slow.len() - 3]), "{fast:?} {slow:?}");
}

#[test]
fn seeds_and_replications_are_different_worlds() {
    let plan = shop(true, Vec::new(), NAMES).plan;
    let fingerprint = |seed, replication| simulate(&plan, seed, replication).fingerprint;
    assert_eq!(fingerprint(1, 2), fingerprint(1, 2));
    assert_ne!(fingerprint(1, 2), fingerprint(1, 3));
    assert_ne!(fingerprint(1, 2), fingerprint(2, 2));
}

#[test]
fn somebody_who_looks_on_changes_nothing() {
    let plan = shop(true, vec![retry(2, 1), timeout(3)], NAMES).plan;
    let mut notes = 0_u64;
    let observed = archsim_models::world::simulate_observed(&plan, 1, 0, &mut |_, _, _| notes += 1);
    assert_eq!(observed, simulate(&plan, 1, 0));
    assert!(notes > 1_000);
    assert!(plan.horizon > archsim_sim::Time::ZERO + Span::from_secs(1));
}
