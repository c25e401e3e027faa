//! Users: who is counted when, and what they get (*The life of a call*, 1 and 10).

use crate::common::*;
use archsim_models::plan::{Arrivals, Leaves, Window};
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Record};
use archsim_sim::{Distribution, Limit};

/// One thread that needs 30 ms for a request, of which one comes every 20 ms.
fn overloaded() -> Draft {
    let mut draft = Draft::every(20, 10);
    draft.deployable("server").threads = Limit::AtMost(1);
    let serve = draft.capability("serve", vec![wait(30)]);
    draft.journey("ask", serve, 1.0).within = millis(60);
    draft
}

fn counts(record: &Record, window: usize) -> [u64; 4] {
    let tally = &record.journeys[0].windows[window];
    [tally.arrived, tally.answered, tally.late, tally.failed.iter().sum()]
}

#[test]
fn requests_count_in_the_windows_they_arrived_in_whenever_they_are_answered() {
    let mut draft = overloaded();
    for (from, until) in [(20, 100), (100, 190)] {
        draft.plan.windows.push(Window { name: "some".into(), from: at(from), until: at(until) });
    }
    // Request n takes 30 + 10 (n - 1): 30, 40, 50, 60 in time, then 70 and more. The one at 100 is the fifth.
    let record = draft.record();
    assert_eq!(counts(&record, 0), [10, 4, 6, 0]);
    assert_eq!(counts(&record, 1), [4, 4, 0, 0]);
    assert_eq!(counts(&record, 2), [5, 0, 5, 0]);
    assert_eq!(record.journeys[0].windows[1].latency.count(), 4);
    let mean = record.journeys[0].windows[0].latency.mean();
    assert!((mean - 75e6).abs() < 1.0, "late answers have a latency too: {mean}");
}

#[test]
fn series_go_by_arrival_and_goodput_by_answer() {
    let mut draft = overloaded();
    draft.plan.bucket = millis(50);
    let record = draft.record();
    let ask = &record.journeys[0];
    assert_eq!(ask.arrived[..5], [2, 2, 3, 2, 1]);
    assert_eq!(ask.answered[..5], [2, 2, 0, 0, 0]);
    assert_eq!(ask.goodput[..5], [0, 2, 2, 0, 0], "answered at 50, 80, 110, 140");
    assert_eq!(record.capabilities[0].calls[..5], [2, 2, 3, 2, 1]);
}

#[test]
fn an_answer_at_the_last_instant_of_patience_is_an_answer() {
    let mut draft = overloaded();
    draft.patience(60, Leaves::Unnoticed);
    let record = draft.record();
    assert_eq!(counts(&record, 0), [10, 4, 0, 6]);
    assert_eq!(record.journeys[0].windows[0].failed[Cause::Patience as usize], 6);
}

#[test]
fn what_is_under_way_at_the_end_has_failed() {
    let mut draft = overloaded();
    draft.plan.end = at(250);
    let record = draft.record();
    // Answers at 50, 80, … 230.
    assert_eq!(counts(&record, 0), [10, 4, 3, 3]);
    assert_eq!(record.journeys[0].windows[0].failed[Cause::Unfinished as usize], 3);
    assert_eq!((record.leftover.requests, record.leftover.threads), (3, 1));
}

#[test]
fn too_many_attempts_under_way_end_the_run() {
    let mut draft = overloaded();
    draft.plan.in_flight = 2;
    let record = draft.record();
    let stopped = record.stopped.expect("it is stopped");
    // The first is served until 50, the second comes at 40, the third at 60, the fourth at 80, the fifth at 100.
    assert_eq!((stopped.at_nanos, stopped.in_flight), (100_000_000, 2));
    assert_eq!(record.in_flight_max, 3);
    assert_eq!(record.requests, 5);
}

#[test]
fn closed_users_think_ask_and_wait() {
    let mut draft = Draft::open(1.0, 0, 1);
    draft.plan.workload.arrivals = Arrivals::Closed { users: 3, think: Distribution::constant(millis(60)) };
    draft.deployable("server").threads = Limit::AtMost(1);
    let serve = draft.capability("serve", vec![wait(30)]);
    draft.journey("ask", serve, 1.0);
    // Three at once at 60, answered at 90, 120, 150, back at 150, 180, 210: from then on nobody waits.
    // They ask at 60 + 90 k, at 60 and 180 + 90 k, at 60 and 210 + 90 k.
    let record = draft.record();
    assert_eq!(record.requests, 11 + 11 + 10);
    let tally = &record.journeys[0].windows[0];
    assert_eq!(tally.latency.count_at_most(31_000_000), tally.arrived - 2);
}

#[test]
fn an_impatient_closed_user_comes_back_after_thinking() {
    let mut draft = Draft::open(1.0, 0, 1);
    draft.plan.workload.arrivals = Arrivals::Closed { users: 1, think: Distribution::constant(millis(60)) };
    draft.deployable("server");
    let serve = draft.capability("serve", vec![wait(3_000)]);
    draft.journey("ask", serve, 1.0);
    draft.patience(40, Leaves::Cancels);
    assert_eq!(draft.record().requests, 10, "at 60, 160, …");
}

#[test]
fn a_lower_priority_number_is_served_first() {
    let mut draft = Draft::every(10, 200);
    let server = draft.deployable("server");
    (server.threads, server.order) = (Limit::AtMost(1), archsim_sim::Order::Priority);
    let serve = draft.capability("serve", vec![wait(12)]);
    draft.journey("first", serve, 0.5).priority = 1;
    draft.journey("second", serve, 0.5).priority = 2;
    let record = draft.record();
    let mean = |journey: usize| record.journeys[journey].windows[0].latency.mean() / 1e6;
    assert!(mean(0) < 40.0 && mean(1) > 100.0, "{} {}", mean(0), mean(1));
    assert!(draft.answers().iter().all(|(_, outcome)| *outcome == Success));
}
