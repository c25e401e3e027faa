//! Retries: how they multiply, what they cost, and how deep they may go.

use crate::common::*;
use archsim_models::plan::ProgramId;
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Leftover};
use archsim_models::world::simulate;

/// `tiers` deployables in a row, every one trying three times.
fn tower(tiers: u64, hop: u64) -> Draft {
    let mut draft = Draft::once();
    draft.deployable("leaf").hop = millis(hop);
    let mut next = draft.capability("leaf", vec![wait(1)]);
    for _ in 0..tiers {
        draft.deployable("tier").hop = millis(hop);
        let call = draft.remote(next, vec![retry(3, 0)]);
        next = draft.capability("tier", vec![call]);
    }
    draft.journey("ask", next, 1.0);
    draft.fault(0, 60_000, error(ProgramId(0), 1.0, false));
    draft
}

#[test]
fn t_ret_1_three_layers_of_three_attempts_make_27_calls_of_the_leaf() {
    let draft = tower(3, 0);
    assert_eq!(draft.answer(), (27, failed(Cause::Error)));
    let record = draft.record();
    assert_eq!(record.deployables[0].windows[0].attempts, 27);
    let attempts: Vec<u64> = record.sites.iter().map(|site| site.windows[0].attempts).collect();
    assert_eq!(attempts, [27, 9, 3]);
    // Of the three tiers only the user's own entry is no attempt of a program.
    let over_time: Vec<u64> = record.capabilities.iter().map(|it| it.attempts.iter().sum()).collect();
    assert_eq!(over_time, [27, 9, 3, 0]);
}

#[test]
fn t_ret_1_at_one_failure_in_two_three_attempts_are_one_and_three_quarters() {
    let mut draft = Draft::every(1, 40_000);
    draft.deployable("dependency");
    let callee = draft.capability("dependency", vec![wait(1)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![retry(3, 2)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft.fault(0, 100_000, error(callee, 0.5, true));
    let site = &draft.record().sites[0].windows[0];
    let calls = site.calls as f64;
    // Standard deviations 0.83 and 0.33 a call; 3.5 standard errors of 40,000 calls.
    assert!((site.attempts as f64 / calls - 1.75).abs() < 0.015, "{}", site.attempts as f64 / calls);
    let failures = site.failed[Cause::Error as usize] as f64 / calls;
    assert!((failures - 0.125).abs() < 0.006, "{failures}");
}

#[test]
fn a_hundred_thousand_attempts_in_no_time_do_not_fill_the_stack() {
    let mut draft = Draft::once();
    draft.deployable("leaf");
    let leaf = draft.capability("leaf", vec![]);
    draft.deployable("app");
    let call = draft.remote(leaf, vec![retry(100_000, 0)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft.fault(0, 60_000, error(leaf, 1.0, true));
    assert_eq!(draft.answer(), (0, failed(Cause::Error)));
    assert_eq!(draft.record().sites[0].windows[0].attempts, 100_000);
}

/// A thousand deployables that call each other in a row.
fn chain(in_process: bool, last: u64) -> Draft {
    let mut draft = Draft::every(100, 2);
    draft.deployable("leaf");
    let mut next = draft.capability("leaf", vec![wait(last)]);
    for _ in 0..1_000 {
        if !in_process {
            draft.deployable("link");
        }
        let call = draft.call(next, in_process, Vec::new());
        next = draft.capability("link", vec![call]);
    }
    draft.journey("ask", next, 1.0);
    draft
}

#[test]
fn a_thousand_calls_in_each_other_answer_fail_and_are_cancelled() {
    for in_process in [false, true] {
        let mut draft = chain(in_process, 10);
        assert_eq!(draft.answers(), [(10, Success); 2]);
        draft.fault(0, 150, error(ProgramId(0), 1.0, false));
        assert_eq!(draft.answers(), [(10, failed(Cause::Error)), (10, Success)]);
        draft.patience(5, archsim_models::plan::Leaves::Cancels);
        assert_eq!(draft.answers(), [(5, failed(Cause::Patience)); 2]);
        assert_eq!(draft.record().leftover, Leftover::default());
        draft.plan.workload.leaves = archsim_models::plan::Leaves::Unnoticed;
        assert_eq!(draft.record().leftover, Leftover::default());
    }
}

#[test]
fn a_whole_queue_that_is_past_its_deadline_goes_in_one_instant() {
    let mut draft = Draft::every(1, 50_000);
    draft.deployable("dependency").threads = archsim_sim::Limit::AtMost(1);
    let callee = draft.capability("dependency", vec![wait(40_000), wait(1)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![deadline(10)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    let record = simulate(&draft.plan, 1, 0);
    assert_eq!(record.leftover, Leftover::default());
    assert_eq!(record.journeys[0].windows[0].failed[Cause::Timeout as usize], 50_000);
}
