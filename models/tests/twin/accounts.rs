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
    let stores = record.stores.iter().flat_map(|s| {
        let parts = [(&s.flows, &s.whole), (&s.cpu.flows, &s.cpu.whole), (&s.locks.flows, &s.locks.whole)];
        parts.into_iter().flat_map(|(flows, whole)| flows.iter().chain([whole]))
    });
    let journeys = journeys.map(|flow| ("journey", flow));
    let sessions = record.sessions.iter().flat_map(|it| it.flows.iter().chain([&it.whole]));
    let journeys = journeys.chain(sessions.map(|flow| ("sessions", flow)));
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
        let there = record.sessions.as_ref().map_or(0, |it| it.whole.after());
        assert_eq!(there, record.leftover.sessions, "plan {seed}");
        nothing_is_lost_sight_of(&record, seed);
    }
    // The plans do bring about everything that an account knows.
    assert!([seen.refused, seen.waited, seen.withdrawn, seen.failed, seen.completed].iter().all(|&n| n > 50));
}

/// Whoever holds something is still there, and every message that was sent has come, or it is known why not.
fn nothing_is_lost_sight_of(record: &Record, seed: u64) {
    let (left, held) = (&record.leftover, &record.leftover.held);
    let there = (left.threads, left.jobs, left.connections, left.locks, left.outstanding, left.stranded);
    let known = (held.threads, held.jobs, held.connections, held.locks, held.outstanding, 0);
    assert_eq!(there, known, "plan {seed}");
    assert!(left.passages > 0 || left.permits == 0, "plan {seed}: {left:?}");
    assert!(
        !record.quiet || left.lost + left.waiting > 0 || left.frames + left.attempts == 0,
        "plan {seed}: {left:?}"
    );
    assert_eq!(record.backwards, 0);
    for deployable in &record.deployables {
        let traffic = deployable.traffic;
        assert_eq!(traffic.called, traffic.sent, "plan {seed}");
        let come = deployable.whole.arrived + traffic.undelivered + traffic.under_way;
        assert_eq!(traffic.sent, come, "plan {seed}: {traffic:?}");
    }
}
