//! Answers in place of failures (*The life of a call*, 9).

use crate::common::*;
use archsim_models::plan::{FallbackCall, GuardId, ProgramId, Step};
use archsim_models::policy::Outcome::{Degraded, Success};
use archsim_models::policy::{FallbackAnswer, FallbackSettings, Layer};
use archsim_models::record::{Cause, Leftover};
use archsim_sim::{Distribution, Limit};

fn settings(answer: FallbackAnswer) -> FallbackSettings {
    FallbackSettings { answer, permits: 10, fails: 0.0, latency: None, key: 6 }
}

/// A dependency that fails after 10 ms, from the second request on, and what it is replaced with.
fn failing(count: u64, settings: FallbackSettings) -> Draft {
    let mut draft = Draft::every(20, count);
    draft.deployable("dependency");
    let callee = draft.capability("dependency", vec![wait(10)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![Layer::Fallback(settings)]);
    let app = draft.capability("app", vec![call, wait(5)]);
    draft.journey("ask", app, 1.0);
    draft.fault(30, 9_000, error(callee, 1.0, false));
    draft
}

#[test]
fn omit_and_static_answer_at_once_and_the_program_goes_on() {
    for answer in [FallbackAnswer::Omit, FallbackAnswer::Static] {
        let draft = failing(2, settings(answer));
        assert_eq!(draft.answers(), [(15, Success), (15, Degraded)]);
        let site = &draft.record().sites[0].windows[0];
        assert_eq!((site.calls, site.answered, site.degraded), (2, 2, 1));
    }
}

#[test]
fn a_fallback_takes_its_time() {
    let latency = Some(Distribution::constant(millis(7)));
    let draft = failing(2, FallbackSettings { latency, ..settings(FallbackAnswer::Static) });
    assert_eq!(draft.answers(), [(15, Success), (22, Degraded)]);
}

#[test]
fn a_fallback_may_fail_and_needs_a_permit() {
    let draft = failing(2, FallbackSettings { fails: 1.0, ..settings(FallbackAnswer::Static) });
    assert_eq!(draft.answers()[1], (10, failed(Cause::FallbackFailed)));
    let latency = Some(Distribution::constant(millis(25)));
    let draft = failing(4, FallbackSettings { latency, permits: 1, ..settings(FallbackAnswer::Static) });
    // The second holds the permit from 50 until 75; the third fails at 70, the fourth at 90.
    let rejected = (10, failed(Cause::FallbackRejected));
    assert_eq!(draft.answers(), [(15, Success), (40, Degraded), rejected, (40, Degraded)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_stale_answer_is_the_last_one_this_instance_got() {
    let draft = failing(2, settings(FallbackAnswer::Stale));
    assert_eq!(draft.answers()[1], (15, Degraded));
    let mut draft = failing(2, settings(FallbackAnswer::Stale));
    draft.plan.deployables[1].instances = 2;
    assert_eq!(draft.answers()[1], (10, failed(Cause::FallbackFailed)), "the other instance has seen none");
}

/// The fallback calls another capability of a deployable of its own, which takes 30 ms.
fn elsewhere(count: u64) -> Draft {
    let mut draft = failing(count, settings(FallbackAnswer::Capability));
    draft.deployable("spare").cores = Limit::Unbounded;
    let spare = draft.capability("spare", vec![wait(1), busy(29)]);
    let Step::Call(site) = draft.remote(spare, Vec::new()) else { unreachable!() };
    draft.plan.sites[site.at()].caller = ProgramId(1);
    draft.plan.guards[0].fallbacks[0] = Some(FallbackCall { site });
    draft
}

#[test]
fn another_capability_answers_and_its_failure_is_the_fallbacks() {
    let draft = elsewhere(2);
    assert_eq!(draft.answers(), [(15, Success), (45, Degraded)]);
    let record = draft.record();
    assert_eq!((record.sites[1].windows[0].calls, record.sites[1].windows[0].answered), (1, 1));
    assert_eq!(record.capabilities[2].calls.iter().sum::<u64>(), 1);
    let mut draft = elsewhere(2);
    draft.fault(0, 9_000, error(ProgramId(2), 1.0, true));
    assert_eq!(draft.answers()[1], (10, failed(Cause::FallbackFailed)));
}

#[test]
fn a_timeout_leaves_a_substitute_that_takes_too_long() {
    for (layer, wasted) in [(timeout(20), 29), (cancelling(20), 9)] {
        let mut draft = elsewhere(2);
        draft.plan.windows[0].until = draft.plan.end;
        let fallback = draft.plan.guards[0].layers.remove(0);
        draft.plan.guards[0].layers = vec![layer, fallback];
        draft.plan.guards[0].fallbacks.insert(0, None);
        assert_eq!(draft.answers(), [(15, Success), (20, failed(Cause::Timeout))]);
        let record = draft.record();
        assert_eq!(record.deployables[2].wasted_nanos, wasted * 1_000_000);
        assert_eq!(record.leftover, Leftover::default());
    }
}

#[test]
fn without_its_site_another_capability_is_a_fallback_that_fails() {
    let draft = failing(2, settings(FallbackAnswer::Capability));
    assert_eq!(draft.plan.guards[GuardId(0).at()].fallbacks, [None]);
    assert_eq!(draft.answers()[1], (10, failed(Cause::FallbackFailed)));
}

#[test]
fn what_a_fallback_replaced_or_nobody_waited_for_is_no_answer_of_the_callee() {
    let record = failing(2, settings(FallbackAnswer::Static)).record();
    // The dependency was asked twice and answered once; the app answered both, the second time degraded.
    let count = |series: &[u64]| series.iter().sum::<u64>();
    let [dependency, app] = record.capabilities.as_slice() else { panic!("two capabilities") };
    assert_eq!((count(&dependency.calls), count(&dependency.failed), count(&dependency.degraded)), (2, 1, 0));
    assert_eq!((count(&app.calls), count(&app.failed), count(&app.degraded)), (2, 0, 1));

    let mut impatient = failing(2, settings(FallbackAnswer::Static));
    impatient.plan.faults.clear();
    impatient.plan.workload.patience = Some(Distribution::constant(millis(5)));
    let record = impatient.record();
    assert_eq!((count(&record.capabilities[0].calls), count(&record.capabilities[0].failed)), (2, 2));
}

#[test]
fn a_bad_request_is_neither_replaced_nor_an_error() {
    let mut draft = failing(2, settings(FallbackAnswer::Static));
    for fault in &mut draft.plan.faults {
        if let archsim_models::plan::Effect::Error { cause, .. } = &mut fault.effect {
            *cause = Cause::BadRequest;
        }
    }
    assert_eq!(draft.answers(), [(15, Success), (10, failed(Cause::BadRequest))]);
}

#[test]
fn a_layer_around_a_fallback_leaves_its_substitutes_dice_alone() {
    let answers = |around: Vec<Layer>| {
        let mut draft = Draft::every(100, 10);
        draft.deployable("dependency");
        let callee = draft.capability("dependency", vec![wait(10)]);
        let other = draft.capability("other", vec![latency(Distribution::exponential(millis(20)))]);
        draft.deployable("app");
        let place = around.len();
        let layers = around.into_iter().chain([Layer::Fallback(settings(FallbackAnswer::Capability))]);
        let call = draft.remote(callee, layers.collect());
        let Step::Call(site) = draft.remote(other, Vec::new()) else { unreachable!() };
        draft.plan.guards[0].fallbacks[place] = Some(FallbackCall { site });
        let app = draft.capability("app", vec![call]);
        draft.journey("ask", app, 1.0);
        draft.fault(0, 9_000, error(callee, 1.0, false));
        draft.answers()
    };
    let bare = answers(Vec::new());
    assert!(bare.iter().all(|(_, outcome)| *outcome == Degraded) && bare[0] != bare[1]);
    assert_eq!(bare, answers(vec![semaphore(100, 0)]));
    assert_eq!(bare, answers(vec![breaker(), timeout(5_000)]));
}
