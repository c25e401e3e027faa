//! Stores: connections, lines, outages.

use crate::common::*;
use archsim_models::plan::{
    CostId, Effect, LevelName, Opening, Operation, Question, State, Step, StoreId, Watch, Watched, WindowId,
};
use archsim_models::policy::Outcome::Success;
use archsim_models::pool::PoolSettings;
use archsim_models::record::{Cause, Leftover, WatchRecord};
use archsim_sim::{Distribution, Limit, Span};

/// Requests every 10 ms that each read a store once, which takes 100 ms at one of its two servers.
fn reading(count: u64) -> Draft {
    let mut draft = Draft::every(10, count);
    draft.store("db", 100);
    draft.deployable("app");
    let app = draft.capability("app", vec![read(0)]);
    draft.journey("ask", app, 1.0);
    draft
}

#[test]
fn operations_wait_for_a_server_and_are_refused_where_the_line_is_full() {
    let mut draft = reading(4);
    draft.plan.stores[0].queue = Limit::AtMost(1);
    draft.plan.stores[0].hop = millis(3);
    let expected = [(106, Success), (106, Success), (186, Success), (6, failed(Cause::QueueFull))];
    assert_eq!(draft.answers(), expected);
    let window = &draft.record().stores[0].windows[0];
    assert_eq!((window.operations, window.failed), (4, 1));
}

#[test]
fn reads_and_writes_take_their_own_time_one_after_the_other() {
    let mut draft = reading(1);
    let steps = [(Operation::Read, 3), (Operation::Write, 2)].map(|(operation, repeat)| Step::Store {
        store: StoreId(0),
        operation,
        repeat,
        again: 0.0,
        item: None,
        cost: None,
        key: 3,
    });
    draft.plan.programs[0].blocks[0] = steps.to_vec();
    assert_eq!(draft.answer(), (3 * 100 + 2 * 200, Success));
}

#[test]
fn how_many_wait_for_a_connection_is_a_level() {
    let mut draft = reading(3);
    draft.plan.stores[0].pool = 1;
    let state = State { least: 2, most: u32::MAX };
    let question = Question::While { state, during: WindowId(0) };
    let of = Watched::Store(StoreId(0));
    draft.plan.windows[0].until = draft.plan.end;
    draft.plan.watches = vec![Watch { of, level: LevelName::Waiting, question }];
    // They come at 10, 20 and 30; the second gets its connection at 110.
    let WatchRecord::While { inside, reached, entered, .. } = draft.record().watched[0] else {
        panic!("a state is watched")
    };
    assert_eq!((inside, reached, entered), (80_000_000, Some(30_000_000), 1));
}

#[test]
fn a_caller_waits_for_a_connection_of_its_pool_for_so_long() {
    let mut draft = reading(3);
    (draft.plan.stores[0].pool, draft.plan.stores[0].pool_wait) = (1, millis(95));
    // The second gets the connection at 110, the third would get it at 210 and gives up at 125.
    assert_eq!(draft.answers(), [(100, Success), (190, Success), (95, failed(Cause::NoConnection))]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_refused_connection_is_nobodys_and_its_place_in_the_pool_is_free_again() {
    let mut draft = reading(12);
    let store = &mut draft.plan.stores[0];
    (store.connections, store.pool, store.hop) = (Limit::AtMost(1), 2, millis(1));
    let answers = draft.answers();
    let refused = (1, failed(Cause::NoConnection));
    assert_eq!(answers[0], (102, Success));
    assert_eq!(answers[1..10], [refused; 9]);
    // The connection is free at 112: the refused ones have not counted.
    assert_eq!(answers[10], refused, "asks at 110");
    assert_eq!(answers[11], (102, Success), "asks at 120");
}

#[test]
fn a_long_line_of_refused_callers_does_not_fill_the_stack() {
    let mut draft = Draft::every(10, 3);
    draft.store("db", 20).pool = 1;
    draft.deployable("app").cores = Limit::Unbounded;
    let app = draft.capability("app", vec![read(0)]);
    let branches: Vec<_> = (0..30_000).map(|_| archsim_models::plan::BlockId(1)).collect();
    draft.plan.programs[app.at()].blocks =
        vec![vec![Step::Parallel { branches, fail_fast: false }], vec![read(0)]];
    draft.journey("ask", app, 1.0);
    draft.fault(25, 300, Effect::StoreOutage { store: StoreId(0), silent: false });
    assert_eq!(draft.answers()[0], (15, failed(Cause::StoreOut)));
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn an_outage_fails_what_is_served_and_what_comes() {
    let mut draft = reading(4);
    draft.plan.stores[0].servers = 1;
    draft.fault(25, 35, Effect::StoreOutage { store: StoreId(0), silent: false });
    let out = failed(Cause::StoreOut);
    assert_eq!(draft.answers(), [(15, out), (5, out), (0, out), (100, Success)]);
}

#[test]
fn a_silent_outage_answers_nothing_until_it_ends_and_then_begins_anew() {
    let mut draft = reading(4);
    draft.plan.stores[0].servers = 1;
    draft.fault(25, 205, Effect::StoreOutage { store: StoreId(0), silent: true });
    // From 205 on, one after the other, in their order.
    assert_eq!(draft.answers(), [(295, Success), (385, Success), (475, Success), (565, Success)]);
    draft.fault(105, 305, Effect::StoreOutage { store: StoreId(0), silent: true });
    assert_eq!(draft.answers()[0], (395, Success), "the later end counts");
}

#[test]
fn where_a_silent_outage_ends_within_a_refusing_one_what_it_kept_is_refused() {
    let mut draft = reading(4);
    draft.fault(25, 105, Effect::StoreOutage { store: StoreId(0), silent: true });
    draft.fault(25, 205, Effect::StoreOutage { store: StoreId(0), silent: false });
    let out = failed(Cause::StoreOut);
    assert_eq!(draft.answers(), [(95, out), (85, out), (75, out), (65, out)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_slow_store_is_slow_for_operations_that_start_in_the_window() {
    let mut draft = reading(2);
    draft.plan.stores[0].servers = 1;
    draft.fault(5, 105, Effect::StoreSlow { store: StoreId(0), factor: 2.0 });
    draft.fault(5, 15, Effect::StoreSlow { store: StoreId(0), factor: 1.5 });
    // Three times as long; the second starts at 310, long after.
    assert_eq!(draft.answers(), [(300, Success), (390, Success)]);
}

#[test]
fn a_connection_is_held_until_the_answer_although_nobody_waits() {
    let mut draft = Draft::every(10, 4);
    draft.store("db", 100).pool = 1;
    draft.deployable("service");
    let service = draft.capability("service", vec![read(0)]);
    draft.deployable("app");
    let call = draft.remote(service, vec![cancelling(15)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft.plan.windows[0].until = draft.plan.end;
    assert_eq!(draft.answers(), [(15, failed(Cause::Timeout)); 4]);
    let record = draft.record();
    assert_eq!(record.leftover, Leftover::default());
    // The first statement runs to its end; those that waited for the connection are gone.
    let length = draft.plan.end.as_secs_f64();
    assert!((record.stores[0].windows[0].busy * length - 0.1).abs() < 1e-9);
    assert!((record.stores[0].windows[0].waiting * length - 0.045).abs() < 1e-9);
}

/// A pool of so many connections that its worker opens in 20 ms each.
fn opening(pool: u32) -> Opening {
    let settings = PoolSettings { maximum: pool, minimum_idle: pool, ..PoolSettings::default() };
    Opening { settings, connect: Distribution::constant(millis(20)), key: 9 }
}

#[test]
fn a_pool_opens_its_connections_one_by_one_and_rests_in_between() {
    let mut draft = reading(3);
    let store = &mut draft.plan.stores[0];
    (store.servers, store.pool, store.opening) = (10, 3, Some(opening(3)));
    // They come at 10, 20 and 30; connections are there at 20, 70 and 120.
    assert_eq!(draft.answers(), [(110, Success), (150, Success), (190, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn open_connections_count_although_nobody_uses_them() {
    let mut draft = reading(100);
    let store = &mut draft.plan.stores[0];
    (store.servers, store.pool, store.opening) = (10, 5, Some(opening(5)));
    (store.connections, store.pool_wait) = (Limit::AtMost(2), millis(40));
    draft.plan.deployables[0].instances = 2;
    // One connection each, and no third.
    let answers = draft.answers();
    assert!(answers.iter().filter(|answer| **answer == (40, failed(Cause::NoConnection))).count() > 50);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn after_an_outage_each_pool_opens_its_connections_anew() {
    let mut draft = reading(30);
    draft.plan.stores[0].read = Distribution::constant(millis(1));
    let store = &mut draft.plan.stores[0];
    (store.pool, store.opening, store.hop) = (2, Some(opening(2)), millis(1));
    draft.fault(100, 200, Effect::StoreOutage { store: StoreId(0), silent: false });
    let answers = draft.answers();
    let out = failed(Cause::StoreOut);
    assert_eq!(answers[7], (3, Success), "at 80");
    // Whoever comes at 100 and 110 has a broken connection that was used a moment ago.
    assert_eq!(answers[9..11], [(2, out); 2]);
    // From 112 on the worker is told that there is nothing: at 132, 162, 202 and so on. What waits has one at 202.
    assert_eq!(answers[11].1, Success);
    assert_eq!(draft.record().leftover, Leftover::default());
    // Nobody had asked for a connection when the store was back: those idle for longer are asked whether they live.
    let mut idle = reading(30);
    idle.plan.stores[0].read = Distribution::constant(millis(1));
    let store = &mut idle.plan.stores[0];
    (store.pool, store.opening, store.hop) = (1, Some(opening(1)), millis(1));
    idle.plan.workload.arrivals = Draft::every(700, 3).plan.workload.arrivals;
    (idle.plan.horizon, idle.plan.end) = (at(3_000), at(9_000));
    idle.fault(800, 900, Effect::StoreOutage { store: StoreId(0), silent: false });
    // Checked and alive at 700: a round trip more. Dead at 1,400: another is opened in 20 ms. Alive at 2,100.
    assert_eq!(idle.answers(), [(5, Success), (23, Success), (5, Success), (5, Success)]);
}

#[test]
fn where_a_database_stalls_ten_wait_in_it_and_the_others_give_up_after_their_time() {
    let mut draft = Draft::every(10, 6_000);
    draft.store("db", 20).pool = 10;
    let store = &mut draft.plan.stores[0];
    (store.servers, store.opening, store.pool_wait) = (10, Some(opening(10)), Span::from_secs(30));
    draft.deployable("tomcat").threads = Limit::AtMost(200);
    let app = draft.capability("app", vec![read(0)]);
    draft.journey("ask", app, 1.0);
    let stall = 10_005;
    draft.fault(stall, 60_005, Effect::StoreOutage { store: StoreId(0), silent: true });
    let answers = draft.answers();
    // 100 come each second: two are at work, eight more get a connection, the next 190 wait for one for 30 s.
    let after = &answers[998..];
    let back = 60_005 + 20;
    assert_eq!(after[0], (back - 9_990, Success), "it begins anew");
    assert!(after[..10].iter().all(|&(took, outcome)| took > 49_000 && outcome == Success));
    assert_eq!(after[10..200], [(30_000, failed(Cause::NoConnection)); 190]);
    // With them all 200 threads are stuck, 2 s after the stall; who comes then waits for a thread first.
    assert!(after[200..1_000].iter().all(|&(took, _)| took > 30_000));
}

/// Two reads that come 10 ms apart need 100 ms of the one core: they share it, and the disk comes after.
#[test]
fn operations_share_the_cores_before_they_need_a_server() {
    let mut draft = reading(2);
    draft.plan.stores[0].cores = Limit::AtMost(1);
    draft.plan.costs = vec![Distribution::constant(millis(100))];
    if let Step::Store { cost, .. } = &mut draft.plan.programs[0].blocks[0][0] {
        *cost = Some(CostId(0));
    }
    // 10 ms alone, then each at half the speed: the first is done after 190, the second after 200 in all.
    assert_eq!(draft.answers(), [(190 + 100, Success), (190 + 100, Success)]);
    let record = draft.record();
    let cpu = &record.stores[0].cpu.whole;
    assert_eq!((cpu.arrived, cpu.completed, cpu.service.ended_nanos), (2, 2, 380_000_000));
    assert_eq!(record.leftover, Leftover::default());
    draft.plan.stores[0].cores = Limit::Unbounded;
    assert_eq!(draft.answers(), [(200, Success), (200, Success)]);
}

/// An outage takes what is on the processor too: it begins anew when the store is back.
#[test]
fn an_outage_takes_operations_from_the_cores() {
    let mut draft = reading(1);
    draft.plan.costs = vec![Distribution::constant(millis(100))];
    if let Step::Store { cost, .. } = &mut draft.plan.programs[0].blocks[0][0] {
        *cost = Some(CostId(0));
    }
    draft.fault(60, 200, Effect::StoreOutage { store: StoreId(0), silent: true });
    assert_eq!(draft.answer(), (190 + 100 + 100, Success));
    draft.plan.faults[0].effect = Effect::StoreOutage { store: StoreId(0), silent: false };
    assert_eq!(draft.answer(), (50, failed(Cause::StoreOut)));
    let flow = draft.record().stores[0].cpu.whole;
    assert_eq!((flow.arrived, flow.failed, flow.completed), (1, 1, 0));
}
