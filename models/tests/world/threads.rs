//! Attempts, threads, work: what holds what for how long (*The life of a call*, 2 to 5).

use crate::common::*;
use archsim_models::plan::{Mode, Step};
use archsim_models::policy::Outcome::{self, Success};
use archsim_models::record::Cause;
use archsim_sim::{Limit, Order, Sharing, Span};

/// An app with one thread in front of a dependency without limits.
fn two_tiers(
    draft: &mut Draft,
    dependency: Vec<Step>,
    before: Vec<Step>,
    layers: Vec<archsim_models::policy::Layer>,
) {
    draft.deployable("dependency");
    let callee = draft.capability("dependency", dependency);
    draft.deployable("app").threads = Limit::AtMost(1);
    let call = draft.remote(callee, layers);
    let app = draft.capability("app", before.into_iter().chain([call]).collect());
    draft.journey("ask", app, 1.0);
}

#[test]
fn a_thread_is_held_through_own_work_stores_and_remote_calls() {
    let mut draft = Draft::every(10, 2);
    draft.store("db", 20);
    two_tiers(&mut draft, vec![wait(30)], vec![busy(10), read(0)], Vec::new());
    // The second asks 10 ms later and starts when the first is through with its 60.
    assert_eq!(draft.answers(), [(60, Success), (110, Success)]);
}

#[test]
fn a_thread_is_held_through_back_off() {
    let mut draft = Draft::every(10, 2);
    two_tiers(&mut draft, vec![wait(10)], Vec::new(), vec![retry(2, 50)]);
    draft.fault(0, 15, error(archsim_models::plan::ProgramId(0), 1.0, true));
    // First: fails at 10, tries again at 60, done at 70. Second: asks at 20, starts at 70.
    assert_eq!(draft.answers(), [(60, Success), (60, Success)]);
}

#[test]
fn who_finds_no_place_in_the_queue_is_rejected_at_the_cost_of_network_time_only() {
    let mut draft = Draft::every(10, 4);
    let server = draft.deployable("server");
    (server.threads, server.queue, server.user_hop) = (Limit::AtMost(1), Limit::AtMost(1), millis(3));
    let serve = draft.capability("serve", vec![wait(50)]);
    draft.journey("ask", serve, 1.0);
    let rejected = (6, failed(Cause::QueueFull));
    assert_eq!(draft.answers(), [(56, Success), (96, Success), rejected, rejected]);
    let window = &draft.record().deployables[0].windows[0];
    assert_eq!((window.attempts, window.rejected), (4, 2));
}

#[test]
fn the_accept_queue_goes_by_its_order() {
    let took = |order| {
        let mut draft = Draft::every(10, 4);
        let server = draft.deployable("server");
        (server.threads, server.order) = (Limit::AtMost(1), order);
        let serve = draft.capability("serve", vec![wait(100)]);
        draft.journey("ask", serve, 1.0);
        draft.answers().into_iter().map(|(ms, _)| ms).collect::<Vec<_>>()
    };
    assert_eq!(took(Order::Fifo), [100, 190, 280, 370]);
    assert_eq!(took(Order::Lifo), [100, 390, 280, 170]);
}

#[test]
fn serialisation_costs_work_on_both_sides_of_a_remote_call_and_nothing_in_process() {
    let took = |in_process: bool| {
        let mut draft = Draft::once();
        if in_process {
            draft.deployable("app").serialise = millis(4);
        } else {
            let callee = draft.deployable("dependency");
            (callee.serialise, callee.hop) = (millis(4), millis(3));
        }
        let callee = draft.capability("dependency", vec![busy(10)]);
        if !in_process {
            draft.deployable("app");
        }
        let call = draft.call(callee, in_process, Vec::new());
        let app = draft.capability("app", vec![call]);
        draft.journey("ask", app, 1.0);
        (
            draft.answer(),
            draft.record().deployables.iter().map(|d| d.cpu_nanos / 1_000_000).collect::<Vec<_>>(),
        )
    };
    assert_eq!(took(false), ((4 + 3 + 10 + 4 + 3, Success), vec![14, 4]));
    assert_eq!(took(true), ((10, Success), vec![10]));
}

#[test]
fn an_in_process_call_needs_no_second_thread_and_no_network() {
    let mut draft = Draft::once();
    let app = draft.deployable("app");
    (app.threads, app.queue, app.hop) = (Limit::AtMost(1), Limit::AtMost(0), millis(7));
    let inner = draft.capability("inner", vec![busy(10)]);
    let call = draft.call(inner, true, Vec::new());
    let outer = draft.capability("outer", vec![busy(5), call]);
    draft.journey("ask", outer, 1.0);
    assert_eq!(draft.answer(), (15, Success));
}

#[test]
fn cores_are_shared_or_given_one_job_after_the_other() {
    let took = |sharing, cores| {
        let mut draft = Draft::every(10, 2);
        let server = draft.deployable("server");
        (server.sharing, server.cores, server.speed) = (sharing, cores, 2.0);
        let serve = draft.capability("serve", vec![busy(40)]);
        draft.journey("ask", serve, 1.0);
        draft.answers().into_iter().map(|(ms, _)| ms).collect::<Vec<_>>()
    };
    // Twenty milliseconds each at double speed; they overlap for ten of the first.
    assert_eq!(took(Sharing::Fifo, Limit::AtMost(1)), [20, 30]);
    assert_eq!(took(Sharing::Shared, Limit::AtMost(1)), [30, 30]);
    assert_eq!(took(Sharing::Shared, Limit::AtMost(2)), [20, 20]);
    assert_eq!(took(Sharing::Shared, Limit::Unbounded), [20, 20]);
}

#[test]
fn a_blocked_thread_uses_no_core() {
    let mut draft = Draft::every(10, 2);
    draft.deployable("server");
    let serve = draft.capability("serve", vec![wait(100), busy(5)]);
    draft.journey("ask", serve, 1.0);
    assert_eq!(draft.answers(), [(105, Success), (105, Success)]);
    assert_eq!(draft.record().deployables[0].cpu_nanos, 0, "done after the measured time");
}

#[test]
fn in_asynchronous_mode_the_limit_is_on_attempts_under_way() {
    let mut draft = Draft::every(10, 3);
    let server = draft.deployable("server");
    (server.mode, server.threads, server.queue) = (Mode::Asynchronous, Limit::AtMost(2), Limit::AtMost(0));
    let serve = draft.capability("serve", vec![wait(100)]);
    draft.journey("ask", serve, 1.0);
    assert_eq!(draft.answers(), [(100, Success), (100, Success), (0, failed(Cause::QueueFull))]);
}

/// Three requests over two instances of which one is slow to start with.
fn routed(route: archsim_models::plan::Route) -> Vec<(u64, Outcome)> {
    let mut draft = Draft::every(10, 4);
    let callee = draft.deployable("dependency");
    (callee.instances, callee.route, callee.threads) = (2, route, Limit::AtMost(1));
    let dependency = draft.capability("dependency", vec![wait(5)]);
    draft.deployable("app");
    let call = draft.remote(dependency, Vec::new());
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    let key = 4;
    let capability = archsim_models::plan::CapabilityId(0);
    let add = Some(archsim_sim::Distribution::constant(Span::from_secs(1)));
    draft.fault(0, 15, archsim_models::plan::Effect::Slow { capability, add, factor: 1.0, key });
    draft.answers()
}

#[test]
fn round_robin_is_blind_and_least_outstanding_is_not() {
    use archsim_models::plan::Route;
    let slow = (1_005, Success);
    // The third request comes at 30, finds the instance of the first busy until 1,015, and is served then.
    assert_eq!(routed(Route::RoundRobin), [slow, (5, Success), (990, Success), (5, Success)]);
    assert_eq!(routed(Route::LEAST_OUTSTANDING), [slow, (5, Success), (5, Success), (5, Success)]);
    assert_eq!(routed(Route::POWER_OF_TWO), [slow, (5, Success), (5, Success), (5, Success)]);
}
