//! Locks of rows and tables, and transactions that keep them.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Backoff;
use archsim_models::policy::Outcome::Success;
use archsim_models::popularity::Popularity;
use archsim_models::record::{Cause, Leftover};
use archsim_sim::{Count, Limit, Span, Time};

/// A data set of one row.
fn row(name: &str, key: u64) -> DataSet {
    DataSet { name: name.into(), popularity: Popularity::uniform(1), bytes: 1, absent: 0.0, key }
}

fn operate(operation: Operation, data: u16, key: u64) -> Step {
    let item = Some(Wanted { data: DataId(data), own_key: false });
    Step::Store { store: StoreId(0), operation, repeat: 1, again: 0.0, item, cost: None, key }
}

fn write(data: u16, key: u64) -> Step {
    operate(Operation::Write, data, key)
}

fn transaction(block: u16, optimistic: bool, tries: u32) -> Step {
    let (store, block, backoff) = (StoreId(0), BlockId(block), Backoff::None);
    Step::Transaction(TransactionStep {
        store,
        block,
        optimistic,
        tries,
        backoff,
        key: 90 + u64::from(block.0),
    })
}

const LOCKS: Locks = Locks { of: LockOf::Row, reads: LockReads::Never, wait: Span::FOREVER };

/// Requests every 10 ms that do these blocks, on a database of two rows whose writes take 100 ms.
fn writing(count: u64, blocks: Vec<Vec<Step>>) -> Draft {
    let mut draft = Draft::every(10, count);
    draft.plan.windows[0].until = draft.plan.end;
    draft.plan.data = vec![row("a", 21), row("b", 22)];
    let db = draft.store("db", 50);
    (db.servers, db.locks) = (10, Some(LOCKS));
    draft.deployable("app");
    let app = draft.capability("app", Vec::new());
    draft.plan.programs[0].blocks = blocks;
    draft.journey("ask", app, 1.0);
    draft
}

fn is_calm(draft: &Draft) {
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn writes_of_a_row_wait_for_each_other_and_no_longer_than_they_may() {
    let mut draft = writing(3, vec![vec![write(0, 3)]]);
    assert_eq!(draft.answers(), [(100, Success), (190, Success), (280, Success)]);
    let record = draft.record();
    let locks = &record.stores[0].locks.whole;
    assert_eq!((locks.arrived, locks.waited, locks.completed), (3, 2, 3));
    // 90 and 180 ms.
    assert_eq!(locks.line.ended_nanos, 270_000_000);
    draft.plan.stores[0].locks = Some(Locks { wait: millis(100), ..LOCKS });
    assert_eq!(draft.answers(), [(100, Success), (190, Success), (100, failed(Cause::LockTimeout))]);
    assert_eq!(draft.record().stores[0].windows[0].lock_timeouts, 1);
    draft.plan.stores[0].locks = None;
    assert_eq!(draft.answers(), [(100, Success), (100, Success), (100, Success)]);
    is_calm(&draft);
}

#[test]
fn rows_of_one_table_wait_for_each_other_if_the_table_is_locked() {
    let mut draft = writing(2, vec![vec![write(0, 3)]]);
    draft.plan.data[0].popularity = Popularity::uniform(1_000_000);
    assert_eq!(draft.answers(), [(100, Success), (100, Success)]);
    draft.plan.stores[0].locks = Some(Locks { of: LockOf::Table, ..LOCKS });
    assert_eq!(draft.answers(), [(100, Success), (190, Success)]);
}

#[test]
fn a_transaction_keeps_its_locks_to_the_commit_and_its_connection_too() {
    let mut draft = writing(2, vec![vec![transaction(1, false, 1)], vec![write(0, 3), wait(40)]]);
    draft.plan.stores[0].hop = millis(5);
    // There, 100 ms, back; 40 ms; the commit there and back. The row is free when the commit is there: 155 after the
    // first request began, 145 after the second. From there it takes what the first took, but for the way to the row.
    assert_eq!(draft.answers(), [(160, Success), (145 + 160 - 5, Success)]);
    is_calm(&draft);
    draft.plan.stores[0].pool = 1;
    draft.plan.stores[0].pool_wait = millis(120);
    assert_eq!(draft.answers(), [(160, Success), (120, failed(Cause::NoConnection))]);
    is_calm(&draft);
}

/// Two transactions of one request lock two rows, each in another order.
fn crossing(optimistic: bool, tries: u32) -> Draft {
    let fork = Step::Parallel { branches: vec![BlockId(1), BlockId(2)], fail_fast: false };
    let blocks = vec![
        vec![fork],
        vec![transaction(3, optimistic, tries)],
        vec![transaction(4, optimistic, tries)],
        vec![write(0, 3), wait(50), write(1, 4)],
        vec![write(1, 5), wait(60), write(0, 6)],
    ];
    writing(1, blocks)
}

#[test]
fn whoever_closes_a_circle_of_locks_fails_at_once_and_may_try_again() {
    let draft = crossing(false, 1);
    // The second asks for the first one's row at 160, and fails; the first has its second row then.
    assert_eq!(draft.answers(), [(260, failed(Cause::Deadlock))]);
    assert_eq!(draft.record().stores[0].windows[0].deadlocks, 1);
    // It begins anew: waits for its first row until 260.
    let draft = crossing(false, 2);
    assert_eq!(draft.answer(), (260 + 100 + 60 + 100, Success));
}

#[test]
fn a_circle_through_a_call_lasts_until_somebody_has_waited_too_long() {
    let mut draft = Draft::every(10, 1);
    draft.plan.data = vec![row("a", 21)];
    let db = draft.store("db", 50);
    db.locks = Some(Locks { wait: millis(700), ..LOCKS });
    draft.deployable("app");
    let inner = draft.capability("inner", vec![write(0, 3)]);
    let call = draft.call(inner, true, Vec::new());
    let outer = draft.capability("outer", vec![transaction(1, false, 1)]);
    draft.plan.programs[1].blocks.push(vec![write(0, 4), call]);
    draft.journey("ask", outer, 1.0);
    assert_eq!(draft.answer(), (100 + 700, failed(Cause::LockTimeout)));
}

#[test]
fn a_transaction_that_fails_rolls_back_and_frees_its_rows() {
    let mut draft = Draft::every(10, 2);
    draft.plan.data = vec![row("a", 21)];
    draft.store("db", 50).locks = Some(LOCKS);
    draft.deployable("app");
    let sick = draft.capability("sick", vec![wait(30)]);
    let call = draft.call(sick, true, Vec::new());
    let app = draft.capability("app", vec![transaction(1, false, 5)]);
    draft.plan.programs[1].blocks.push(vec![write(0, 4), call]);
    draft.journey("ask", app, 1.0);
    draft.fault(0, 145, error(sick, 1.0, false));
    // The error is decided when the call begins, at 110; the second has the row from 140 on.
    assert_eq!(draft.answers(), [(130, failed(Cause::Error)), (120 + 130, Success)]);
    is_calm(&draft);
}

#[test]
fn an_optimistic_write_fails_if_somebody_has_written_since_it_read() {
    let blocks =
        |tries| vec![vec![transaction(1, true, tries)], vec![operate(Operation::Read, 0, 3), write(0, 4)]];
    let mut draft = writing(2, blocks(1));
    draft.plan.stores[0].locks = None;
    assert_eq!(draft.answers(), [(150, Success), (150, failed(Cause::Conflict))]);
    assert_eq!(draft.record().stores[0].windows[0].conflicts, 1);
    draft.plan.programs[0].blocks = blocks(2);
    assert_eq!(draft.answers(), [(150, Success), (300, Success)]);
    is_calm(&draft);
}

/// Both users leave while their writes are under way: the second one still finds that the first was faster.
#[test]
fn the_version_goes_along_with_a_write_that_nobody_waits_for_any_more() {
    let blocks = vec![vec![transaction(1, true, 1)], vec![operate(Operation::Read, 0, 3), write(0, 4)]];
    let mut draft = writing(2, blocks);
    draft.plan.stores[0].locks = None;
    draft.patience(120, Leaves::Cancels);
    assert_eq!(draft.answers(), [(120, failed(Cause::Patience)); 2]);
    assert_eq!(draft.record().stores[0].windows[0].conflicts, 1);
    is_calm(&draft);
}

#[test]
fn an_outage_forgets_transactions_and_their_locks() {
    let mut draft =
        writing(2, vec![vec![transaction(1, false, 1)], vec![write(0, 3), wait(40), write(1, 4)]]);
    draft.fault(120, 130, Effect::StoreOutage { store: StoreId(0), silent: false });
    // The first is between its writes, the second waits for the row: both find that the database has forgotten them.
    assert_eq!(draft.answers(), [(140, failed(Cause::StoreOut)), (100, failed(Cause::StoreOut))]);
    is_calm(&draft);
    draft.plan.faults[0].effect = Effect::StoreOutage { store: StoreId(0), silent: true };
    assert_eq!(draft.answers(), [(240, Success), (230 + 240, Success)]);
    is_calm(&draft);
}

/// Three callers who need four connections each, one in the other: 3 · (4 − 1) + 1 = 10 are enough, and 9 are not.
#[test]
fn t_hik_3_a_pool_without_a_deadlock() {
    let run = |pool: u32| {
        let mut draft = Draft::every(10, 1);
        draft.plan.workload.batch = Count::Constant(3);
        draft.plan.data = vec![row("a", 21)];
        let db = draft.store("db", 10);
        (db.pool, db.pool_wait, db.servers) = (pool, Span::from_secs(30), 100);
        draft.deployable("app").threads = Limit::AtMost(3);
        let read = operate(Operation::Read, 0, 3);
        let mut outer = draft.capability("4", vec![transaction(1, false, 1)]);
        draft.plan.programs[0].blocks.push(vec![read.clone()]);
        for level in 1..4 {
            let call = draft.call(outer, true, Vec::new());
            outer = draft.capability("of these", vec![transaction(1, false, 1)]);
            draft.plan.programs[level].blocks.push(vec![read.clone(), call]);
        }
        draft.journey("ask", outer, 1.0);
        is_calm(&draft);
        let record = draft.record();
        let tally = &record.journeys[0].windows[0];
        let last = draft.notes().last().map_or(Time::ZERO, |note| note.0);
        (tally.answered, tally.failed[Cause::NoConnection as usize], last)
    };
    let (answered, failed, _) = run(10);
    assert_eq!((answered, failed), (3, 0));
    // Each has three and waits for a fourth; after 30 s the first one gives up, and the others have it.
    let (answered, failed, last) = run(9);
    assert_eq!((answered, failed), (2, 1));
    assert!(last > secs(30), "{last}");
}
