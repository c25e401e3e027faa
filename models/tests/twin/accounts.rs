//! The accounts of stations and journeys on random plans: what came is what left and what is there, and both sides of
//! Little's law agree to the nanosecond.

use archsim_models::record::{Flow, Presence, Record};
use archsim_models::world::simulate;

use super::plans;

/// What does not add up, if anything.
fn unbalanced(flow: &Flow) -> Option<String> {
    let left = flow.refused + flow.completed + flow.withdrawn + flow.failed;
    let served = flow.service.before + flow.started == flow.service.ended + flow.service.after;
    let waited = flow.line.before + flow.waited == flow.line.ended + flow.line.after;
    let little = |presence: &Presence| presence.level_nanos == presence.visit_nanos;
    let holds = flow.before() + flow.arrived == left + flow.after()
        && served
        && waited
        && little(&flow.line)
        && little(&flow.service);
    (!holds).then(|| format!("{flow:?}"))
}

fn accounts(record: &Record) -> impl Iterator<Item = (&'static str, &Flow)> {
    let journeys = record.journeys.iter().flat_map(|j| j.flows.iter().chain([&j.whole]));
    let deployables = record.deployables.iter().flat_map(|d| d.flows.iter().chain([&d.whole]));
    let stores = record.stores.iter().flat_map(|s| s.flows.iter().chain([&s.whole]));
    let journeys = journeys.map(|flow| ("journey", flow));
    journeys.chain(deployables.map(|flow| ("deployable", flow))).chain(stores.map(|flow| ("store", flow)))
}

#[test]
fn accounts_balance_on_random_plans() {
    let mut seen = Flow::default();
    for seed in 0..400 {
        let record = simulate(&plans::plan(seed), seed, 0);
        for (of, flow) in accounts(&record) {
            assert_eq!(unbalanced(flow), None, "plan {seed}, {of}");
        }
        seen = [seen].into_iter().chain(record.deployables.iter().map(|d| d.whole)).sum();
        let in_flight: u64 = record.journeys.iter().map(|j| j.whole.after()).sum();
        assert_eq!(in_flight, record.leftover.requests, "plan {seed}");
    }
    // The plans do bring about everything that an account knows.
    assert!([seen.refused, seen.waited, seen.withdrawn, seen.failed, seen.completed].iter().all(|&n| n > 50));
}
