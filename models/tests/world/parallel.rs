//! Parallel branches: concurrent waits and jobs on one thread, held to the join (*The life of a call*, 6).

use crate::common::*;
use archsim_models::plan::{BlockId, CapabilityId, Effect, ProgramId, Step};
use archsim_models::policy::Layer;
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Leftover};
use archsim_sim::Limit;

/// A program whose blocks after the first are the branches of its one parallel step.
fn parallel(draft: &mut Draft, branches: Vec<Vec<Step>>, fail_fast: bool) -> ProgramId {
    let blocks = (1..=branches.len()).map(|block| BlockId(block as u16)).collect();
    let program = draft.capability("page", vec![Step::Parallel { branches: blocks, fail_fast }]);
    draft.plan.programs[program.at()].blocks.extend(branches);
    program
}

#[test]
fn the_join_waits_for_the_last_and_the_thread_with_it() {
    let mut draft = Draft::every(10, 2);
    draft.deployable("app").threads = Limit::AtMost(1);
    let page = parallel(&mut draft, vec![vec![wait(30)], vec![wait(10), wait(50)], vec![]], true);
    draft.journey("ask", page, 1.0);
    assert_eq!(draft.answers(), [(60, Success), (110, Success)]);
}

#[test]
fn branches_share_the_cores_alike() {
    let mut draft = Draft::once();
    draft.deployable("app").sharing = archsim_sim::Sharing::Shared;
    let page = parallel(&mut draft, vec![vec![busy(10)], vec![busy(30)]], true);
    draft.journey("ask", page, 1.0);
    // Both at half speed until 20, then the longer one alone.
    assert_eq!(draft.answer(), (40, Success));
}

/// A call that fails after 10 ms beside one that works for 100 ms, behind an app.
fn one_fails(fail_fast: bool) -> Draft {
    let mut draft = Draft::once();
    draft.deployable("failing");
    let failing = draft.capability("failing", vec![wait(10)]);
    draft.deployable("working");
    let working = draft.capability("working", vec![wait(1), busy(99)]);
    draft.deployable("app");
    let (one, other) = (draft.remote(failing, Vec::new()), draft.remote(working, Vec::new()));
    let page = parallel(&mut draft, vec![vec![one], vec![other]], fail_fast);
    draft.journey("ask", page, 1.0);
    draft.fault(0, 9_000, error(failing, 1.0, false));
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

#[test]
fn a_failure_ends_the_wait_at_once_if_it_should_and_at_the_join_otherwise() {
    assert_eq!(one_fails(true).answer(), (10, failed(Cause::Error)));
    assert_eq!(one_fails(false).answer(), (100, failed(Cause::Error)));
}

#[test]
fn what_the_other_branches_still_do_is_wasted_also_if_somebody_waits_further_out() {
    let mut draft = one_fails(true);
    // The same page behind another one that goes on without it, so that the user still waits.
    let page = ProgramId(2);
    draft.deployable("front");
    let call = draft.remote(page, vec![fallback()]);
    let front = draft.capability("front", vec![call, wait(500)]);
    draft.plan.journeys[0].enters = front;
    assert_eq!(draft.answer(), (510, archsim_models::policy::Outcome::Degraded));
    let working = &draft.record().deployables[1];
    assert_eq!((working.cpu_nanos, working.wasted_nanos), (99_000_000, 99_000_000));
}

#[test]
fn a_cancellation_reaches_every_branch_also_after_the_first_has_ended() {
    let check = |inner: Vec<Layer>| {
        let mut draft = Draft::every(100, 2);
        draft.deployable("c");
        let c = draft.capability("c", vec![busy(10)]);
        draft.deployable("b");
        let call = draft.remote(c, inner);
        let page = parallel(&mut draft, vec![vec![wait(1)], vec![call], vec![wait(2)]], true);
        draft.deployable("a");
        let call = draft.remote(page, vec![cancelling(50)]);
        let a = draft.capability("a", vec![call]);
        draft.journey("ask", a, 1.0);
        draft.fault(0, 150, Effect::Busy { capability: CapabilityId(0), factor: 100.0 });
        assert_eq!(draft.answers(), [(50, failed(Cause::Timeout)), (10, Success)]);
        assert_eq!(draft.record().leftover, Leftover::default());
    };
    check(Vec::new());
    check(vec![timeout(5_000), pool(1)]);
}
