//! Hystrix's onion, with its times: breaker outside the timer, timer outside the pool, the client's socket inside.

use crate::common::*;
use archsim_models::plan::{DeployableId, Effect};
use archsim_models::policy::Outcome::{self, Degraded, Success};
use archsim_models::policy::{Layer, ThreadPoolSettings};
use archsim_models::record::{Cause, Leftover};
use archsim_models::world::Note;
use archsim_sim::{Limit, Time};

/// A command: its layers around a call that takes `work_ms`, asked for every `gap` milliseconds.
fn command(gap: u64, count: u64, work_ms: u64, layers: Vec<Layer>) -> Draft {
    let mut draft = Draft::every(gap, count);
    draft.deployable("dependency");
    let callee = draft.capability("dependency", vec![wait(work_ms)]);
    draft.deployable("app");
    let call = draft.remote(callee, layers);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft
}

/// When which layer refused.
fn refusals(draft: &Draft) -> Vec<(Time, Cause)> {
    let refused = |(now, _, note)| match note {
        Note::Refused(_, _, cause) => Some((now, cause)),
        _ => None,
    };
    draft.notes().into_iter().filter_map(refused).collect()
}

const REJECTED: Outcome = failed(Cause::PoolRejected);
const SHORT: Outcome = failed(Cause::ShortCircuit);
const LATE: Outcome = failed(Cause::Timeout);

#[test]
fn t_hys_8_of_15_calls_at_once_the_pool_takes_10() {
    let draft = command(1, 15, 200, vec![breaker(), timeout(1_000), pool(10), timeout(30_000)]);
    let answers = draft.answers();
    assert_eq!(answers[..10], [(200, Success); 10]);
    assert_eq!(answers[10..], [(0, REJECTED); 5]);
}

#[test]
fn t_hys_9_a_hung_dependency_is_rejected_timed_out_and_short_circuited() {
    let layers = vec![breaker(), timeout(1_000), pool(10), timeout(30_000)];
    let draft = command(20, 200, 60_000, layers);
    let answers = draft.answers();
    assert_eq!(answers[..10], [(1_000, LATE); 10], "the timer frees the caller");
    // Rejections are errors to the breaker: at the tick at 1,000 they are 39 of 39 outcomes, and it opens.
    assert_eq!(answers[10..49], [(0, REJECTED); 39]);
    assert_eq!(answers[49..], [(0, SHORT); 151]);
    let refusals = refusals(&draft);
    assert_eq!(refusals[0], (at(220), Cause::PoolRejected), "the eleventh");
    assert_eq!(refusals[39], (at(1_000), Cause::ShortCircuit));
    assert_eq!(draft.record().leftover, Leftover::default(), "after 30 s the sockets are closed");
}

#[test]
fn the_worker_is_busy_until_its_own_socket_gives_up() {
    let draft = command(100, 400, 60_000, vec![timeout(1_000), pool(1), timeout(30_000)]);
    let answers = draft.answers();
    assert_eq!(answers[0], (1_000, LATE));
    // Asked at 100, the socket is closed at 30,100: the call that comes then finds the worker free.
    assert_eq!(answers[1..300], [(0, REJECTED); 299]);
    assert_eq!(answers[300], (1_000, LATE));
    let record = draft.record();
    assert_eq!(record.sites[0].windows[0].attempts, 2);
}

#[test]
fn the_timer_counts_the_time_in_the_pools_queue() {
    let queue = Layer::ThreadPool(ThreadPoolSettings { size: 1, queue: 5, rejection_threshold: 5 });
    let draft = command(10, 4, 600, vec![timeout(1_000), queue]);
    // One after the other: done at 610, 1,210, …; the second has waited 590 and gets 410 of its 600.
    assert_eq!(draft.answers(), [(600, Success), (1_000, LATE), (1_000, LATE), (1_000, LATE)]);
    let record = draft.record();
    assert_eq!(record.sites[0].windows[0].attempts, 2, "who timed out in the queue is skipped");
    assert_eq!(record.leftover, Leftover::default());
}

#[test]
fn the_onion_with_a_fallback_hides_everything_from_the_user() {
    let layers = vec![fallback(), breaker(), timeout(1_000), pool(10), timeout(30_000)];
    let draft = command(20, 200, 60_000, layers);
    let answers = draft.answers();
    assert_eq!(answers[..10], [(1_000, Degraded); 10]);
    assert_eq!(answers[10..], [(0, Degraded); 190]);
}

#[test]
fn the_breaker_closes_after_a_trial_and_forgets() {
    let mut draft = command(20, 400, 10, vec![breaker(), timeout(1_000), pool(10), timeout(30_000)]);
    let dependency = DeployableId(0);
    draft.fault(0, 2_000, Effect::Crash { deployable: dependency, instances: 1, silent: false });
    let answers = draft.answers();
    let refused = (0, failed(Cause::Refused));
    // The tick at 500 sees 24 errors; the first call strictly later than 5,500 is the trial.
    assert_eq!(answers[..24], [refused; 24]);
    assert_eq!(answers[24..275], [(0, SHORT); 251]);
    assert_eq!(answers[275..], [(10, Success); 125]);
}

#[test]
fn a_bulkhead_in_process_runs_on_the_pools_thread() {
    let mut draft = Draft::every(10, 3);
    let app = draft.deployable("app");
    (app.threads, app.cores) = (Limit::AtMost(1), Limit::Unbounded);
    let inner = draft.capability("inner", vec![busy(100)]);
    let call = draft.call(inner, true, vec![timeout(25), pool(2)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    // The app's one thread is free again at each timeout; the pool's two are not.
    assert_eq!(draft.answers(), [(25, LATE), (40, LATE), (30, REJECTED)]);
}
