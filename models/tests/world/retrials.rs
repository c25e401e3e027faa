//! Users who were turned away and ask again.

use crate::common::*;
use archsim_models::plan::{DeployableId, Effect, Leaves, Retrial};
use archsim_models::policy::Outcome;
use archsim_models::record::Cause;
use archsim_models::world::{Note, simulate_observed};
use archsim_sim::{Distribution, Limit, Time};

/// One thread, which the first request keeps for 10 s, and no queue; one request every 100 ms, `count` in all.
fn taken(count: u64) -> Draft {
    let mut draft = Draft::every(100, count);
    let server = draft.deployable("server");
    (server.threads, server.queue) = (Limit::AtMost(1), Limit::AtMost(0));
    let serve = draft.capability("serve", vec![wait(10_000)]);
    draft.journey("ask", serve, 1.0);
    draft
}

fn comes_back(draft: &mut Draft, ms: u64, attempts: Limit) {
    let after = Distribution::constant(millis(ms));
    draft.plan.workload.retrial = Some(Retrial { after, attempts, share: 1.0 });
}

#[test]
fn a_request_asks_as_often_as_it_may_and_then_has_failed() {
    let mut draft = taken(2);
    comes_back(&mut draft, 10, Limit::AtMost(3));
    let full = failed(Cause::QueueFull);
    assert_eq!(draft.answers(), [(10_000, Outcome::Success), (20, full)]);
    let record = draft.record();
    let window = &record.deployables[0].windows[0];
    assert_eq!((window.attempts, window.rejected), (4, 3), "the first, and three times the second");
    assert_eq!(record.requests, 2);
}

#[test]
fn whoever_comes_back_in_time_is_served_and_has_stayed_since_the_first_time() {
    let mut draft = taken(2);
    comes_back(&mut draft, 3_000, Limit::Unbounded);
    // Turned away at 200, 3200, 6200 and 9200 ms; served from 12200 ms on.
    assert_eq!(draft.answers(), [(10_000, Outcome::Success), (22_000, Outcome::Success)]);
    let record = draft.record();
    let whole = record.journeys[0].whole;
    assert_eq!((whole.arrived, whole.completed, whole.failed, whole.after()), (2, 2, 0, 0));
    assert_eq!(whole.service.level_nanos, 32_000_000_000, "in flight all the time");
}

#[test]
fn patience_goes_on_in_orbit() {
    for leaves in [Leaves::Unnoticed, Leaves::Queue] {
        let mut draft = taken(2);
        draft.patience(25, leaves);
        comes_back(&mut draft, 10, Limit::Unbounded);
        assert_eq!(draft.answers()[1], (25, failed(Cause::Patience)));
        let tries = draft.record().deployables[0].windows[0].attempts;
        assert_eq!(tries, 4, "at 0, 10 and 20 ms, and nobody asks for a request that is over");
    }
}

#[test]
fn whoever_is_in_orbit_when_the_run_ends_is_in_flight() {
    let mut draft = taken(3);
    comes_back(&mut draft, 700, Limit::Unbounded);
    draft.plan.end = at(5_000);
    let record = draft.record();
    assert_eq!(record.journeys[0].windows[0].failed[Cause::Unfinished as usize], 3);
    assert_eq!((record.leftover.requests, record.leftover.attempts, record.leftover.stranded), (3, 1, 0));
    assert_eq!(record.journeys[0].whole.after(), 3);
}

#[test]
fn an_orbit_counts_as_under_way() {
    let mut draft = taken(8);
    comes_back(&mut draft, 60_000, Limit::Unbounded);
    draft.plan.in_flight = 4;
    let record = draft.record();
    assert_eq!(record.stopped.map(|it| it.at_nanos), Some(at(500).as_nanos()));
}

#[test]
fn only_those_come_back_who_found_no_room() {
    // The process is gone from 150 ms to 250 ms; what hangs in it is reset, which is no refusal.
    let mut draft = Draft::every(100, 2);
    draft.deployable("server");
    let serve = draft.capability("serve", vec![wait(80)]);
    draft.journey("ask", serve, 1.0);
    draft.fault(150, 250, Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false });
    comes_back(&mut draft, 100, Limit::Unbounded);
    assert_eq!(draft.answers(), [(50, failed(Cause::Reset)), (180, Outcome::Success)]);
}

#[test]
fn a_share_of_those_turned_away_comes_back_each_time() {
    let mut draft = taken(2_000);
    comes_back(&mut draft, 7, Limit::AtMost(3));
    if let Some(retrial) = &mut draft.plan.workload.retrial {
        retrial.share = 0.6;
    }
    // The first request keeps the thread to the end of all this.
    draft.plan.programs[0].blocks[0] = vec![wait(1_000_000)];
    let mut returns = [0_u64; 2];
    let mut last = (Time::ZERO, 0);
    let mut before = vec![0_usize; 2_000];
    simulate_observed(&draft.plan, 1, 0, &mut |now, request: u64, note| {
        if let Note::TurnedAway(cause) = note {
            assert_eq!(cause, Cause::QueueFull);
            returns[before[request as usize]] += 1;
            before[request as usize] += 1;
            last = (now, request);
        }
    });
    // Binomial: 1999 at 0.6, and those that came back at 0.6 again.
    for (found, of) in [(returns[0], 1_999.0), (returns[1], returns[0] as f64)] {
        let (mean, deviation) = (0.6 * of, libm::sqrt(of * 0.6 * 0.4));
        assert!((found as f64 - mean).abs() < 4.5 * deviation, "{found} for {mean}");
    }
    assert!(returns[1] > 0);
}
