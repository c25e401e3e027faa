//! Timeouts: the caller is free, the callee's work, thread and place live on unless it is told (*The life of a
//! call*, 7).

use crate::common::*;
use archsim_models::plan::{BlockId, CapabilityId, Effect, Leaves, Mode, Step};
use archsim_models::policy::Layer;
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Leftover};
use archsim_sim::{Distribution, Limit};

/// A dependency with one thread whose first call takes a second longer, and what its callers get.
fn after_a_slow_call(count: u64, layer: Layer) -> Draft {
    let mut draft = Draft::every(100, count);
    let dependency = draft.deployable("dependency");
    (dependency.threads, dependency.hop) = (Limit::AtMost(1), millis(5));
    let callee = draft.capability("dependency", vec![wait(10)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![layer]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    let add = Some(Distribution::constant(millis(1_000)));
    draft.fault(0, 110, Effect::Slow { capability: CapabilityId(0), add, factor: 1.0, key: 4 });
    draft
}

const TIMEOUT: (u64, archsim_models::policy::Outcome) = (50, failed(Cause::Timeout));

#[test]
fn a_timeout_frees_the_caller_while_thread_and_queue_places_live_on() {
    let answers = after_a_slow_call(13, timeout(50)).answers();
    // Ten attempts wait for the thread until 1,115; then each is served for 10 ms, in vain.
    assert_eq!(answers[..11], [TIMEOUT; 11]);
    assert_eq!(answers[11], (30, Success), "there at 1,205, its turn at 1,215");
    assert_eq!(answers[12], (20, Success));
}

#[test]
fn a_cancellation_frees_the_thread_one_network_delay_later() {
    let mut draft = after_a_slow_call(2, cancelling(50));
    assert_eq!(draft.answers(), [TIMEOUT, (20, Success)]);
    // The cancellation is there at 155: one who asks at 150 waits for it, one who waits in the queue is next.
    draft = after_a_slow_call(2, cancelling(100));
    assert_eq!(draft.answers(), [(100, failed(Cause::Timeout)), (20, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_cancelled_attempt_leaves_the_queue() {
    let mut draft = Draft::once();
    let dependency = draft.deployable("dependency");
    (dependency.threads, dependency.hop) = (Limit::AtMost(1), millis(5));
    let callee = draft.capability("dependency", vec![busy(100)]);
    draft.deployable("app");
    let (patient, hasty) = (draft.remote(callee, Vec::new()), draft.remote(callee, vec![cancelling(50)]));
    let branches = vec![BlockId(1), BlockId(2)];
    let app = draft.capability("app", vec![Step::Parallel { branches, fail_fast: false }]);
    draft.plan.programs[app.at()].blocks.extend([vec![patient], vec![hasty]]);
    draft.journey("ask", app, 1.0);
    draft.plan.windows[0].until = draft.plan.end;
    assert_eq!(draft.answer(), (110, failed(Cause::Timeout)));
    let record = draft.record();
    assert_eq!(record.deployables[0].cpu_nanos, 100_000_000, "the second is never begun");
    let waited = record.deployables[0].windows[0].queued * draft.plan.end.as_secs_f64();
    assert!((waited - 0.050).abs() < 1e-9, "from 5 until 55: {waited}");
}

#[test]
fn those_who_wait_get_the_thread_of_a_cancelled_attempt_in_their_order() {
    let mut draft = after_a_slow_call(11, cancelling(50));
    draft.plan.guards[0].layers[0] = cancelling(995);
    let answers = draft.answers();
    assert_eq!(answers[0], (995, failed(Cause::Timeout)), "its thread is free at 1,100");
    assert_eq!(answers[1], (915, Success), "asked at 200");
    assert_eq!(answers[10], (105, Success), "asked at 1,100, the eleventh");
}

#[test]
fn with_a_deadline_the_callee_drops_what_is_too_late_when_it_comes_to_it() {
    let answers = after_a_slow_call(11, deadline(50)).answers();
    // At 1,105 the first is through with its slowness, and drops the rest of its own work; nine in line are past
    // their deadlines and are dropped in no time.
    assert_eq!(answers[..10], [TIMEOUT; 10]);
    assert_eq!(answers[10], (20, Success));
}

/// Work for three tiers; the innermost one works 10 ms, a hundred times as much in the first 150 ms.
fn three_tiers(count: u64, outer: Layer, inner: Vec<Layer>) -> Draft {
    let mut draft = Draft::every(100, count);
    draft.deployable("c").hop = millis(5);
    let c = draft.capability("c", vec![busy(10)]);
    draft.deployable("b").hop = millis(5);
    let call = draft.remote(c, inner);
    let b = draft.capability("b", vec![call]);
    draft.deployable("a");
    let call = draft.remote(b, vec![outer]);
    let a = draft.capability("a", vec![call]);
    draft.journey("ask", a, 1.0);
    draft.fault(0, 150, Effect::Busy { capability: CapabilityId(0), factor: 100.0 });
    draft
}

#[test]
fn a_cancellation_travels_on_through_nested_calls_and_takes_work_off_the_core() {
    for inner in [Vec::new(), vec![timeout(10_000)], vec![retry(3, 5), semaphore(1, 0)]] {
        let draft = three_tiers(2, cancelling(50), inner.clone());
        assert_eq!(draft.answers(), [TIMEOUT, (30, Success)], "{inner:?}");
        let record = draft.record();
        // On the core from 110 until the cancellation is there at 160; the window ends with the second request.
        assert_eq!(record.deployables[0].cpu_nanos, 60_000_000, "{inner:?}");
        assert_eq!(record.deployables[0].wasted_nanos, 50_000_000, "{inner:?}");
        assert_eq!(record.leftover, Leftover::default());
    }
    let answers = three_tiers(2, timeout(50), Vec::new()).answers();
    assert_eq!(answers, [TIMEOUT, TIMEOUT], "the core is busy for a second");
}

#[test]
fn the_nearest_deadline_holds_for_all_that_is_nested() {
    let mut draft = Draft::once();
    draft.deployable("c");
    let c = draft.capability("c", vec![busy(60), busy(60), busy(60)]);
    draft.deployable("b");
    let call = draft.remote(c, vec![deadline(1_000)]);
    let b = draft.capability("b", vec![call]);
    draft.deployable("a");
    let call = draft.remote(b, vec![deadline(100)]);
    let a = draft.capability("a", vec![call]);
    draft.journey("ask", a, 1.0);
    assert_eq!(draft.answer(), (100, failed(Cause::Timeout)));
    assert_eq!(draft.record().deployables[0].cpu_nanos, 120_000_000, "the third step is not begun");
}

#[test]
fn work_on_the_callers_own_thread_cannot_be_left_but_a_pools_thread_can() {
    let took = |layers, mode| {
        let mut draft = Draft::once();
        draft.deployable("app").mode = mode;
        let inner = draft.capability("inner", vec![wait(100)]);
        let call = draft.call(inner, true, layers);
        let app = draft.capability("app", vec![call]);
        draft.journey("ask", app, 1.0);
        draft.answer()
    };
    let timed_out = |ms| (ms, failed(Cause::Timeout));
    assert_eq!(took(vec![timeout(20)], Mode::Blocking), timed_out(100));
    assert_eq!(took(vec![timeout(20), semaphore(1, 0)], Mode::Blocking), timed_out(100));
    assert_eq!(took(vec![timeout(20), pool(1)], Mode::Blocking), timed_out(20));
    assert_eq!(took(vec![timeout(20), pool(1), timeout(50)], Mode::Blocking), timed_out(20));
    assert_eq!(took(vec![timeout(20)], Mode::Asynchronous), timed_out(20));
}

#[test]
fn a_timeout_in_the_middle_of_a_pause_ends_the_call() {
    let mut draft = Draft::once();
    draft.deployable("dependency");
    let callee = draft.capability("dependency", vec![wait(10)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![timeout(30), breaker(), retry(2, 50), timeout(500)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft.fault(0, 9_000, error(callee, 1.0, false));
    assert_eq!(draft.answer(), (30, failed(Cause::Timeout)));
    assert_eq!(draft.record().sites[0].windows[0].attempts, 1, "the pause is over before its end");
}

#[test]
fn the_timer_of_an_earlier_wait_for_a_permit_does_not_end_a_later_one() {
    let mut draft = Draft::every(10, 3);
    draft.deployable("dependency").cores = Limit::Unbounded;
    let callee = draft.capability("dependency", vec![wait(20)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![retry(2, 0), semaphore(1, 40)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft.fault(25, 35, error(callee, 1.0, false));
    // The second waits from 20 to 30, fails at 50, and waits again from 50 to 70, past 20 + 40.
    assert_eq!(draft.answers(), [(20, Success), (70, Success), (40, Success)]);
}

#[test]
fn a_permit_that_does_not_come_in_time_is_a_rejection() {
    let mut draft = Draft::every(10, 2);
    draft.deployable("dependency");
    let callee = draft.capability("dependency", vec![wait(100)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![semaphore(1, 40)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    assert_eq!(draft.answers(), [(100, Success), (40, failed(Cause::SemaphoreRejected))]);
}

#[test]
fn a_call_that_is_cancelled_while_it_is_being_sent_is_never_sent() {
    let mut draft = Draft::once();
    draft.deployable("c").serialise = millis(100);
    let c = draft.capability("c", vec![busy(10)]);
    draft.deployable("b");
    let call = draft.remote(c, Vec::new());
    let b = draft.capability("b", vec![call]);
    draft.deployable("a");
    let call = draft.remote(b, vec![cancelling(50)]);
    let a = draft.capability("a", vec![call]);
    draft.journey("ask", a, 1.0);
    assert_eq!(draft.answer(), (50, failed(Cause::Timeout)));
    let record = draft.record();
    assert_eq!(record.deployables[0].windows[0].attempts, 0);
    assert_eq!(record.deployables[1].wasted_nanos, 50_000_000);
}

/// 20 ms after it has begun to be written its instance crashes; the caller, who is elsewhere, still stops at 50.
#[test]
fn a_call_to_an_instance_that_crashes_is_cancelled_while_it_is_being_sent() {
    let mut draft = Draft::once();
    draft.deployable("dependency").serialise = millis(100);
    let callee = draft.capability("dependency", vec![busy(10)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![cancelling(50)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    let deployable = archsim_models::plan::DeployableId(0);
    draft.fault(1_020, 1_030, Effect::Crash { deployable, instances: 1, silent: false });
    draft.plan.windows[0].until = draft.plan.end;
    assert_eq!(draft.answer(), (50, failed(Cause::Timeout)));
    assert_eq!(draft.record().deployables[1].cpu_nanos, 50_000_000);
}

#[test]
fn a_cancellation_that_overtakes_its_message_is_kept_for_it() {
    let mut draft = Draft::once();
    draft.deployable("dependency").hop = millis(5);
    let callee = draft.capability("dependency", vec![busy(10)]);
    draft.deployable("app");
    let call = draft.remote(callee, vec![cancelling(50)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    let (to, from) = (archsim_models::plan::DeployableId(0), Some(archsim_models::plan::DeployableId(1)));
    let add = Distribution::constant(millis(100));
    draft.fault(990, 1_040, Effect::NetworkDelay { from, to, add, key: 4 });
    assert_eq!(draft.answer(), (50, failed(Cause::Timeout)));
    let record = draft.record();
    assert_eq!((record.deployables[0].windows[0].attempts, record.deployables[0].cpu_nanos), (1, 0));
}

#[test]
fn what_nobody_waits_for_is_wasted_work_also_where_it_calls_others() {
    let draft = three_tiers(1, timeout(50), vec![timeout(10_000)]);
    let mut draft = draft;
    draft.plan.windows[0].until = draft.plan.end;
    assert_eq!(draft.answers(), [TIMEOUT]);
    let record = draft.record();
    assert_eq!(
        (record.deployables[0].cpu_nanos, record.deployables[0].wasted_nanos),
        (1_000_000_000, 1_000_000_000)
    );
}

#[test]
fn patience_works_as_the_plan_says() {
    let served = |leaves| {
        let mut draft = Draft::every(10, 2);
        let server = draft.deployable("server");
        (server.threads, server.user_hop) = (Limit::AtMost(1), millis(2));
        let serve = draft.capability("serve", vec![busy(100)]);
        draft.journey("ask", serve, 1.0);
        draft.patience(50, leaves);
        draft.plan.windows[0].until = draft.plan.end;
        assert_eq!(draft.answers(), [(50, failed(Cause::Patience)); 2]);
        let record = draft.record();
        assert_eq!(record.leftover, Leftover::default());
        assert_eq!(record.deployables[0].cpu_nanos, record.deployables[0].wasted_nanos);
        record.deployables[0].cpu_nanos / 1_000_000
    };
    // Served in vain; the first only; the first from 12 until 62 and the second from 62 until 72.
    assert_eq!(served(Leaves::Unnoticed), 200);
    assert_eq!(served(Leaves::Queue), 100);
    assert_eq!(served(Leaves::Cancels), 60);
}
