//! Databases of several nodes, and links between databases.

use crate::common::*;
use archsim_models::plan::{
    Cluster, ClusterKind, DataId, DataSet, Effect, Hashing, Link, Operation, Quorum, Reads, Replication,
    Sharding, Step, StoreId, Wanted,
};
use archsim_models::policy::Outcome::Success;
use archsim_models::popularity::Popularity;
use archsim_models::record::{Cause, ClusterWindow, Leftover};
use archsim_sim::{Distribution, Limit, Span};

const ITEM: Option<Wanted> = Some(Wanted { data: DataId(0), own_key: false });

fn operation(operation: Operation) -> Step {
    Step::Store { store: StoreId(0), operation, repeat: 1, again: 0.0, item: ITEM, cost: None, key: 3 }
}

/// Requests every 10 ms that do these things, one after the other, with one of so many items; a read takes 2 ms, a write
/// 4 ms.
pub fn draft(count: u64, items: u32, operations: &[Operation]) -> Draft {
    let mut draft = Draft::every(10, count);
    let popularity = Popularity::uniform(items);
    draft.plan.data.push(DataSet { name: "items".into(), popularity, bytes: 1, absent: 0.0, key: 5 });
    draft.store("db", 2);
    draft.deployable("app");
    let app = draft.capability("app", operations.iter().map(|&it| operation(it)).collect());
    draft.journey("ask", app, 1.0);
    draft.plan.windows[0].until = draft.plan.end;
    draft
}

/// The store becomes a cluster of so many nodes.
pub fn cluster(draft: &mut Draft, nodes: u16, kind: ClusterKind) {
    for _ in 1..nodes {
        let node = draft.plan.stores[0].clone();
        draft.plan.stores.push(node);
    }
    let nodes = (0..nodes).map(StoreId).collect();
    draft.plan.clusters.push(Cluster { name: "db".into(), nodes, kind, key: 7 });
}

pub fn replication(lag: u64, reads: Reads) -> Replication {
    Replication {
        writes_own_region: false,
        lag: Distribution::constant(millis(lag)),
        reads,
        pinned: false,
        synchronous: false,
        fail_over: Distribution::constant(millis(100)),
    }
}

pub fn counted(draft: &Draft) -> ClusterWindow {
    draft.record().clusters[0].windows[0]
}

#[test]
fn writes_fail_until_a_replica_has_taken_over_and_go_there_from_then_on() {
    let mut draft = draft(40, 10, &[Operation::Write]);
    cluster(&mut draft, 2, ClusterKind::Replicated(replication(1, Reads::Primary)));
    draft.fault(105, 355, Effect::StoreOutage { store: StoreId(0), silent: false });
    let answers = draft.answers();
    // The primary is out from 105 on, the replica takes over at 205; the old one is back at 355, as a replica.
    let out = |arrived: u64| (110..=200).contains(&arrived);
    for (index, (took, outcome)) in answers.iter().enumerate() {
        let arrived = 10 * (index as u64 + 1);
        let expected = if out(arrived) { (0, failed(Cause::StoreOut)) } else { (4, Success) };
        assert_eq!((*took, *outcome), expected, "at {arrived}");
    }
    let record = draft.record();
    let stores: Vec<u64> = record.stores.iter().map(|store| store.windows[0].operations).collect();
    assert_eq!(stores, [20, 20]);
    assert_eq!(record.clusters[0].windows[0].fail_overs, 1);
    assert_eq!(record.leftover, Leftover::default());
}

#[test]
fn what_waits_for_a_silent_primary_is_told_when_it_is_replaced_and_its_callers_turn_to_the_new_one() {
    let mut draft = draft(12, 10, &[Operation::Write]);
    draft.plan.stores[0].pool = 2;
    cluster(&mut draft, 2, ClusterKind::Replicated(replication(1, Reads::Primary)));
    draft.fault(15, 1_000, Effect::StoreOutage { store: StoreId(0), silent: true });
    let answers = draft.answers();
    assert_eq!(answers[0], (4, Success));
    // At 20 and 30 they get the two connections, and no answer; the others wait for one; all until 115.
    assert_eq!(answers[1..3], [(95, failed(Cause::StoreOut)), (85, failed(Cause::StoreOut))]);
    // Two at a time at the new primary: those that came at 40 and 50 first.
    assert_eq!(answers[3..6], [(79, Success), (69, Success), (63, Success)]);
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn a_primary_that_comes_back_in_time_stays_the_primary() {
    let mut draft = draft(20, 10, &[Operation::Write]);
    cluster(&mut draft, 3, ClusterKind::Replicated(replication(1, Reads::Primary)));
    draft.fault(55, 75, Effect::StoreOutage { store: StoreId(0), silent: false });
    assert_eq!(draft.answers().iter().filter(|answer| answer.1 != Success).count(), 2);
    assert_eq!(counted(&draft).fail_overs, 0);
}

#[test]
fn commits_that_no_replica_has_are_lost_unless_writers_wait_for_one() {
    let mut draft = draft(20, 10, &[Operation::Write]);
    cluster(&mut draft, 3, ClusterKind::Replicated(replication(35, Reads::Primary)));
    draft.fault(155, 5_000, Effect::StoreOutage { store: StoreId(0), silent: false });
    // Commits at 14, 24, …, 154; those at 124, 134, 144 and 154 had 35 ms to go.
    assert_eq!((counted(&draft).writes, counted(&draft).lost), (15, 4));
    if let ClusterKind::Replicated(replication) = &mut draft.plan.clusters[0].kind {
        replication.synchronous = true;
    }
    assert_eq!(counted(&draft).lost, 0);
    let answers = draft.answers();
    assert_eq!(answers[0], (4 + 35, Success), "it waits for the quickest replica");
    assert_eq!(answers[11], (35, failed(Cause::StoreOut)), "it was never told that it is committed");
}

#[test]
fn replicas_answer_with_what_they_have() {
    // One item: each request writes it at once, and reads it.
    let both = [Operation::Write, Operation::Read];
    for (lag, stale) in [(0, 0), (1, 0), (2, 0), (3, 20), (50, 20)] {
        let mut draft = draft(20, 1, &both);
        cluster(&mut draft, 3, ClusterKind::Replicated(replication(lag, Reads::Replicas)));
        assert_eq!((counted(&draft).reads, counted(&draft).stale), (20, stale), "lag {lag}");
        if let ClusterKind::Replicated(replication) = &mut draft.plan.clusters[0].kind {
            replication.pinned = true;
        }
        assert_eq!(counted(&draft).stale, 0, "read from where it was written");
    }
    let mut draft = draft(20, 1, &both);
    cluster(&mut draft, 3, ClusterKind::Replicated(replication(0, Reads::Replicas)));
    draft.fault(5, 5_000, Effect::StoreOutage { store: StoreId(1), silent: false });
    let record = draft.record();
    let stores: Vec<u64> = record.stores.iter().map(|store| store.windows[0].operations).collect();
    assert_eq!(stores, [20, 0, 20], "only those that are up are read from");
}

#[test]
fn a_shard_that_is_out_takes_its_keys_with_it_and_no_others() {
    for (hashing, part) in [(Hashing::Modulo, 200..=300), (Hashing::Ketama, 150..=350)] {
        let mut draft = draft(200, 1_000, &[Operation::Read]);
        cluster(&mut draft, 4, ClusterKind::Sharded(hashing));
        let all: Vec<u64> = draft.record().stores.iter().map(|store| store.windows[0].operations).collect();
        assert_eq!(all.iter().sum::<u64>(), 200);
        draft.fault(5, 5_000, Effect::StoreOutage { store: StoreId(2), silent: false });
        let lost = draft.answers().iter().filter(|answer| answer.1 == failed(Cause::StoreOut)).count();
        assert_eq!(lost as u64, all[2]);
        let sharding = Sharding::of(&draft.plan.clusters[0]);
        let items = (0..1_000).filter(|&item| sharding.shard(DataId(0), item) == 2).count();
        assert!(part.contains(&items), "{items} of 1,000 items");
    }
}

/// With one shard more a ring moves what the new one gets, and the remainder nearly all.
#[test]
fn a_shard_more_moves_few_keys_on_a_ring() {
    let moved = |hashing| {
        let cluster = |shards: u16| Cluster {
            name: "db".into(),
            nodes: (0..shards).map(StoreId).collect(),
            kind: ClusterKind::Sharded(hashing),
            key: 1,
        };
        let (before, after) = (Sharding::of(&cluster(4)), Sharding::of(&cluster(5)));
        let shards = (0..10_000).map(|item| (before.shard(DataId(0), item), after.shard(DataId(0), item)));
        let moved: Vec<_> = shards.filter(|(before, after)| before != after).collect();
        (moved.len(), moved.iter().all(|(_, after)| *after == 4))
    };
    // A fifth, as far as 160 points a node are even; and four of five.
    let (few, to_the_new_one) = moved(Hashing::Ketama);
    assert!((1_500..2_500).contains(&few) && to_the_new_one, "{few}");
    let (most, _) = moved(Hashing::Modulo);
    assert!((7_800..8_200).contains(&most), "{most}");
}

fn quorum(copies: u32, read: u32, write: u32) -> ClusterKind {
    ClusterKind::Quorum(Quorum { copies, read, write, hop: millis(1), speculative: None, hints: None })
}

#[test]
fn a_quorum_answers_with_the_answer_that_completes_it() {
    for (write, took) in [(1, 6), (2, 9), (3, 10)] {
        let mut draft = draft(1, 10, &[Operation::Write]);
        cluster(&mut draft, 3, quorum(3, 1, write));
        for (node, ms) in [4, 8, 7].into_iter().enumerate() {
            draft.plan.stores[node].write = Distribution::constant(millis(ms));
        }
        // There and back, 1 ms each, and the first, second or third of 4, 7 and 8 ms.
        assert_eq!(draft.answer(), (took, Success), "{write} of 3");
        let record = draft.record();
        assert!(record.stores.iter().all(|store| store.windows[0].operations == 1), "all copies are written");
        assert_eq!(record.leftover, Leftover::default());
    }
}

#[test]
fn with_too_few_copies_up_it_is_unavailable_at_once() {
    let mut draft = draft(20, 1_000, &[Operation::Read]);
    cluster(&mut draft, 3, quorum(3, 2, 2));
    draft.fault(5, 5_000, Effect::StoreOutage { store: StoreId(0), silent: true });
    assert!(draft.answers().iter().all(|answer| *answer == (4, Success)), "two of three are up");
    draft.fault(5, 5_000, Effect::StoreOutage { store: StoreId(1), silent: true });
    assert!(draft.answers().iter().all(|answer| *answer == (0, failed(Cause::StoreOut))));
}

#[test]
fn reads_ask_as_many_copies_as_they_need() {
    let mut draft = draft(60, 1_000, &[Operation::Read]);
    cluster(&mut draft, 5, quorum(3, 2, 2));
    let record = draft.record();
    let asked: Vec<u64> = record.stores.iter().map(|store| store.windows[0].operations).collect();
    assert_eq!(asked.iter().sum::<u64>(), 120);
    assert!(asked.iter().all(|&count| count > 10), "{asked:?}: keys lie on all nodes");
}

/// Two databases, the second of which is reached over a link.
fn linked(count: u64, rows: u32, hop: Span) -> Draft {
    let mut draft = draft(count, 10, &[Operation::Read]);
    draft.store("far", 5);
    draft.plan.links.push(Link { from: StoreId(0), to: StoreId(1), data: vec![DataId(0)], rows, hop });
    draft
}

#[test]
fn row_by_row_each_fetch_is_a_round_trip() {
    let mut draft = linked(1, 53, Span::from_micros(59_350));
    for store in &mut draft.plan.stores {
        store.read = Distribution::constant(Span::ZERO);
    }
    // 53 × 118.7 ms.
    assert_eq!(draft.answer(), (6_291, Success));
    assert_eq!(draft.record().stores[1].windows[0].operations, 53);
}

#[test]
fn a_session_keeps_its_server_while_the_other_database_works() {
    let mut draft = linked(2, 2, millis(3));
    draft.plan.stores[0].servers = 1;
    // 2 ms here, then twice 3 + 5 + 3: the second one waits for the server until 34.
    assert_eq!(draft.answers(), [(24, Success), (38, Success)]);
    let record = draft.record();
    let length = draft.plan.end.as_secs_f64();
    assert!((record.stores[0].windows[0].busy * length - 0.048).abs() < 1e-9);
    assert!((record.stores[1].windows[0].busy * length - 0.020).abs() < 1e-9);
    assert_eq!(record.leftover, Leftover::default());
}

#[test]
fn a_stop_of_the_other_database_stops_all_servers_here() {
    let mut draft = linked(30, 1, millis(1));
    // A second capability reads what is here.
    let near = Step::Store {
        store: StoreId(0),
        operation: Operation::Read,
        repeat: 1,
        again: 0.0,
        item: None,
        cost: None,
        key: 4,
    };
    let other = draft.capability("near", vec![near]);
    draft.plan.journeys[0].share = 0.5;
    draft.journey("near", other, 0.5);
    draft.fault(55, 255, Effect::StoreOutage { store: StoreId(1), silent: true });
    let answers = draft.answers();
    let late = answers.iter().filter(|answer| answer.0 > 20).count();
    assert!(late >= 15, "both servers wait for the other database: {late}");
    // Told at once, nothing is held.
    draft.plan.faults.clear();
    draft.fault(55, 255, Effect::StoreOutage { store: StoreId(1), silent: false });
    let answers = draft.answers();
    assert!(answers.iter().all(|answer| answer.0 < 20));
    assert!(answers.iter().any(|answer| answer.1 == failed(Cause::StoreOut)));
    assert_eq!(draft.record().leftover, Leftover::default());
}

#[test]
fn sessions_over_a_link_count_at_the_other_database() {
    let mut draft = linked(3, 1, millis(30));
    draft.plan.stores[0].servers = 3;
    draft.plan.stores[1].connections = Limit::AtMost(1);
    let answers = draft.answers();
    assert_eq!(answers[0], (67, Success));
    assert_eq!(answers[1..], [(32, failed(Cause::NoConnection)); 2]);
}

/// A write every 10 ms; one of three copies is out for 50 ms and misses five of them. How many were kept for it so long,
/// how many it got, and all that it did.
pub fn missed(hints: Option<u64>) -> (u64, u64, u64) {
    let mut draft = draft(20, 10, &[Operation::Write]);
    draft.plan.windows[0].until = draft.plan.end;
    let ClusterKind::Quorum(settings) = quorum(3, 2, 2) else { panic!("a quorum") };
    cluster(&mut draft, 3, ClusterKind::Quorum(Quorum { hints: hints.map(millis), ..settings }));
    draft.fault(35, 85, Effect::StoreOutage { store: StoreId(2), silent: false });
    assert!(draft.answers().iter().all(|answer| answer.1 == Success));
    let record = draft.record();
    assert_eq!(record.leftover, Leftover::default());
    let window = &record.clusters[0].windows[0];
    (window.hints, window.handed_off, record.stores[2].windows[0].operations)
}

#[test]
fn what_a_copy_has_missed_is_kept_for_it_unless_it_is_out_for_too_long() {
    assert_eq!(missed(None), (0, 0, 15));
    assert_eq!(missed(Some(60_000)), (5, 5, 20));
    assert_eq!(missed(Some(20)), (2, 2, 17), "those of 40 and 50 ms");
}

#[test]
fn a_read_that_waits_asks_one_more_copy() {
    let answers = |after: Option<u64>| {
        let mut draft = draft(40, 1_000, &[Operation::Read]);
        draft.plan.windows[0].until = draft.plan.end;
        let ClusterKind::Quorum(settings) = quorum(3, 1, 3) else { panic!("a quorum") };
        cluster(&mut draft, 3, ClusterKind::Quorum(Quorum { speculative: after.map(millis), ..settings }));
        for node in 0..3 {
            draft.plan.stores[node].read = Distribution::constant(millis([4, 4, 100][node]));
        }
        let slow = draft.answers().iter().filter(|answer| answer.0 > 50).count() as u64;
        (draft.answers(), slow, draft.record().clusters[0].windows[0].speculative)
    };
    let (_, slow, asked) = answers(None);
    assert!(slow > 5 && asked == 0, "{slow}");
    let (all, still_slow, asked) = answers(Some(20));
    // The others take 4 ms, there and back 2.
    assert!(all.iter().all(|&(ms, outcome)| (ms == 6 || ms == 26) && outcome == Success), "{all:?}");
    assert_eq!((still_slow, asked), (0, slow));
}
