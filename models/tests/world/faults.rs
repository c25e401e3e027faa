//! Faults: what they do to calls that start in their window, from its first instant on (*The life of a call*, 8).

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::{Degraded, Success};
use archsim_models::policy::{Layer, RateLimitSettings};
use archsim_models::record::{Cause, Leftover};
use archsim_models::world::Note;
use archsim_sim::{Distribution, Limit};

const CALLEE: CapabilityId = CapabilityId(0);

/// An app that calls a dependency (5 ms away, 100 ms of latency) once in every second.
fn calling(count: u64, layers: Vec<Layer>) -> Draft {
    let mut draft = Draft::every(1_000, count);
    draft.deployable("dependency").hop = millis(5);
    let callee = draft.capability("dependency", vec![wait(100)]);
    draft.deployable("app");
    let call = draft.remote(callee, layers);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft
}

const fn crash(deployable: u16, silent: bool) -> Effect {
    Effect::Crash { deployable: DeployableId(deployable), instances: 1, silent }
}

#[test]
fn a_crash_hits_requests_in_the_order_of_their_numbers() {
    let mut draft = Draft::every(10, 4);
    draft.deployable("app");
    let app = draft.capability("app", vec![wait(25)]);
    draft.journey("ask", app, 1.0);
    // The first request has its answer; the record of its attempt is the fourth's now.
    draft.fault(42, 43, crash(0, false));
    let notes = draft.notes();
    let reset = notes.iter().filter(|(.., note)| *note == Note::Answered(failed(Cause::Reset)));
    assert!(reset.map(|(_, request, _)| *request).eq([1, 2, 3]), "{notes:?}");
}

#[test]
fn slow_adds_and_multiplies_for_calls_that_start_in_the_window() {
    let mut draft = calling(4, Vec::new());
    let add = Some(Distribution::constant(millis(30)));
    // Calls start at 1,005, 2,005, … : the first instant counts, the last does not.
    draft.fault(2_005, 4_005, Effect::Slow { capability: CALLEE, add, factor: 3.0, key: 4 });
    assert_eq!(draft.answers(), [(110, Success), (340, Success), (340, Success), (110, Success)]);
}

#[test]
fn a_call_that_a_completion_starts_at_the_first_instant_is_within() {
    let took = |from, until| {
        let mut draft = Draft::once();
        draft.deployable("app");
        let inner = draft.capability("inner", vec![wait(10)]);
        let call = draft.call(inner, true, Vec::new());
        let outer = draft.capability("outer", vec![wait(100), call]);
        draft.journey("ask", outer, 1.0);
        draft.plan.windows.push(Window { name: "fault".into(), from: at(from), until: at(until) });
        draft.fault(from, until, Effect::Slow { capability: CALLEE, add: None, factor: 2.0, key: 4 });
        (draft.answer().0, draft.record().sites[0].windows[1].calls)
    };
    assert_eq!(took(1_100, 1_200), (120, 1));
    assert_eq!(took(1_000, 1_100), (110, 0));
}

#[test]
fn slow_and_hang_act_in_process_too() {
    let mut draft = Draft::once();
    draft.deployable("app");
    let inner = draft.capability("inner", vec![wait(100)]);
    let call = draft.call(inner, true, Vec::new());
    let outer = draft.capability("outer", vec![call]);
    draft.journey("ask", outer, 1.0);
    draft.fault(500, 1_500, Effect::Slow { capability: CALLEE, add: None, factor: 2.0, key: 4 });
    draft.fault(900, 1_700, Effect::Hang { capability: CALLEE });
    assert_eq!(draft.answer(), (900, Success), "hangs until 1,700, then takes twice its 100");
}

#[test]
fn errors_come_at_once_or_after_the_normal_time() {
    for (at_once, ms) in [(true, 10), (false, 110)] {
        let mut draft = calling(1, Vec::new());
        draft.fault(0, 9_000, error(ProgramId(0), 1.0, at_once));
        assert_eq!(draft.answer(), (ms, failed(Cause::Error)));
    }
}

#[test]
fn busy_multiplies_work() {
    let mut draft = Draft::once();
    draft.deployable("server").speed = 2.0;
    let serve = draft.capability("serve", vec![busy(10)]);
    draft.journey("ask", serve, 1.0);
    draft.fault(0, 9_000, Effect::Busy { capability: CALLEE, factor: 4.0 });
    assert_eq!(draft.answer(), (20, Success));
}

#[test]
fn a_reset_tells_callers_at_once_and_later_ones_are_refused_until_the_restart() {
    let mut draft = calling(3, Vec::new());
    draft.fault(1_030, 2_500, crash(0, false));
    // One way back; there and back; normal again.
    let expected = [(35, failed(Cause::Reset)), (10, failed(Cause::Refused)), (110, Success)];
    assert_eq!(draft.answers(), expected);
    let window = &draft.record().deployables[0].windows[0];
    assert_eq!((window.attempts, window.rejected), (3, 1));
}

#[test]
fn a_silent_crash_tells_nobody() {
    let mut draft = calling(3, vec![timeout(200)]);
    draft.fault(1_030, 2_500, crash(0, true));
    let nothing = (200, failed(Cause::Timeout));
    assert_eq!(draft.answers(), [nothing, nothing, (110, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn of_two_crashes_that_overlap_the_later_end_counts() {
    let mut draft = calling(3, Vec::new());
    draft.fault(900, 1_500, crash(0, false));
    draft.fault(1_200, 2_500, crash(0, false));
    let refused = (10, failed(Cause::Refused));
    assert_eq!(draft.answers(), [refused, refused, (110, Success)]);
}

#[test]
fn the_crash_of_a_caller_leaves_its_calls_running_for_nobody() {
    let mut draft = calling(2, vec![pool(1)]);
    draft.plan.programs[0].blocks[0] = vec![wait(1), busy(1_800)];
    draft.plan.deployables[0].cores = Limit::Unbounded;
    draft.plan.windows[0].until = draft.plan.end;
    draft.fault(1_050, 1_060, crash(1, false));
    let answers = draft.answers();
    // The pool's one thread was busy until 2,811; the new process has a new pool.
    assert_eq!(answers, [(50, failed(Cause::Reset)), (1_811, Success)]);
    let record = draft.record();
    assert_eq!(record.deployables[0].wasted_nanos, 1_800_000_000);
    assert_eq!(record.leftover, Leftover::default());
    // For nobody also where the user still waits, further out.
    let page = ProgramId(1);
    draft.deployable("front");
    let call = draft.remote(page, vec![fallback()]);
    let front = draft.capability("front", vec![call, wait(4_000)]);
    draft.plan.journeys[0].enters = front;
    assert_eq!(draft.answers()[0], (4_050, Degraded));
    assert_eq!(draft.record().deployables[0].wasted_nanos, 1_800_000_000);
}

#[test]
fn what_policies_know_is_lost_with_their_instance() {
    let limit = Layer::RateLimit(RateLimitSettings { rate: 0.001, burst: 1 });
    let limited = (0, failed(Cause::RateLimited));
    assert_eq!(calling(3, vec![limit.clone()]).answers(), [(110, Success), limited, limited]);
    let mut draft = calling(3, vec![limit]);
    draft.fault(2_400, 2_600, crash(1, false));
    assert_eq!(draft.answers(), [(110, Success), limited, (110, Success)]);
}

#[test]
fn a_crash_takes_the_work_off_the_cores_and_the_queue() {
    let mut draft = Draft::every(10, 3);
    draft.deployable("server").threads = Limit::AtMost(1);
    let serve = draft.capability("serve", vec![busy(100)]);
    draft.journey("ask", serve, 1.0);
    draft.fault(25, 28, crash(0, false));
    let reset = failed(Cause::Reset);
    assert_eq!(draft.answers(), [(15, reset), (5, reset), (100, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn the_network_delays_each_way_and_loses_what_it_is_told_to() {
    let between = (Some(DeployableId(1)), DeployableId(0));
    let mut draft = calling(2, Vec::new());
    let (from, to) = between;
    let add = Distribution::constant(millis(40));
    draft.fault(1_050, 2_050, Effect::NetworkDelay { from, to, add, key: 4 });
    // The first: only its answer; the second: only its message.
    assert_eq!(draft.answers(), [(150, Success), (150, Success)]);
    let mut draft = calling(3, vec![timeout(200)]);
    draft.fault(1_050, 2_050, Effect::NetworkLoss { from, to, probability: 1.0, key: 4 });
    let lost = (200, failed(Cause::Timeout));
    assert_eq!(draft.answers(), [lost, lost, (110, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_partition_from_the_users_leaves_the_inside_alone() {
    let mut draft = calling(2, Vec::new());
    draft.fault(0, 1_500, Effect::NetworkLoss { from: None, to: DeployableId(1), probability: 1.0, key: 4 });
    draft.patience(300, Leaves::Unnoticed);
    assert_eq!(draft.answers(), [(300, failed(Cause::Patience)), (110, Success)]);
    draft.plan.faults[0].effect =
        Effect::NetworkLoss { from: None, to: DeployableId(0), probability: 1.0, key: 4 };
    assert_eq!(draft.answers()[0], (110, Success));
}

#[test]
fn a_failure_that_a_fallback_replaces_makes_the_answer_degraded_up_to_the_user() {
    let mut draft = calling(1, vec![fallback()]);
    draft.fault(0, 9_000, error(ProgramId(0), 1.0, true));
    let page = ProgramId(1);
    draft.deployable("front");
    let call = draft.remote(page, Vec::new());
    let front = draft.capability("front", vec![call, wait(5)]);
    draft.plan.journeys[0].enters = front;
    assert_eq!(draft.answer(), (15, Degraded));
    let tally = &draft.record().journeys[0].windows[0];
    assert_eq!((tally.answered, tally.degraded), (1, 1));
}
