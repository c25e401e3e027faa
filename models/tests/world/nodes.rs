//! Nodes behind instances: who waits for room, when nodes come, what they take with them, when they are given back.

use crate::common::*;
use archsim_models::plan::*;
use archsim_sim::{Distribution, Limit, Span};

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

/// Nodes of 4 cores that come 2 s after their order; scans every second.
fn pool(min: u32, max: u32) -> NodePool {
    NodePool {
        name: "workers".into(),
        cores: 4,
        min,
        max,
        provision: Distribution::constant(Span::from_secs(2)),
        scan: Span::from_secs(1),
        give_back: GiveBack { unneeded: Span::from_secs(3), threshold: 0.5, after_order: Span::from_secs(4) },
        key: 1,
    }
}

/// Instances of 2 cores that boot for half a second, so many from instants (in milliseconds) on.
fn sized(instances: u32, sizes: &[(u64, u32)], pool: NodePool, seconds: u64) -> Draft {
    let mut draft = Draft::every(1_000, seconds);
    draft.plan.node_pools = vec![pool];
    let resize = |&(ms, instances): &(u64, u32)| Resize { at: at(ms), instances };
    let app = draft.deployable("app");
    (app.instances, app.cores, app.nodes) = (instances, Limit::AtMost(2), Some(NodePoolId(0)));
    app.scaling = Some(Scaling {
        most: 12,
        boot: millis(500),
        grace: millis(300),
        replace: Some(millis(200)),
        sizing: Sizing::Schedule(sizes.iter().map(resize).collect()),
    });
    let answer = draft.capability("answer", vec![wait(10)]);
    draft.journey("ask", answer, 1.0);
    draft
}

#[test]
fn who_finds_no_room_waits_for_a_node() {
    // Three of 2 cores on two nodes of 4: the fourth fits at once, the fifth waits from 1.25 s, the scan at 2 s orders.
    let record = sized(3, &[(1_250, 5)], pool(1, 9), 8).record();
    let (app, nodes) = (&record.deployables[0], &record.pools[0]);
    let near_all = |found: &[f64], expected: &[f64]| {
        assert!(found.iter().zip(expected).all(|(&a, &b)| near(a, b)), "{found:?}, not {expected:?}");
    };
    near_all(&nodes.pending, &[0.0, 0.75, 1.0, 1.0, 0.0, 0.0]);
    near_all(&nodes.nodes, &[2.0, 2.0, 3.0, 3.0, 3.0, 3.0]);
    near_all(&app.up, &[3.0, 3.25, 4.0, 4.0, 4.5, 5.0]);
    near_all(&app.instances, &[3.0, 3.75, 4.0, 4.0, 5.0, 5.0]);
}

#[test]
fn as_many_nodes_are_ordered_as_are_needed_and_no_more_than_there_may_be() {
    // Seven more need three nodes and a half; a second scan orders nothing for those that a node on its way will hold.
    let record = sized(2, &[(500, 9)], pool(1, 9), 8).record();
    assert!(near(record.pools[0].nodes[1], 5.0) && near(record.pools[0].nodes[3], 5.0));
    let record = sized(2, &[(500, 9)], pool(1, 3), 8).record();
    assert!(near(record.pools[0].nodes[1], 3.0) && near(record.pools[0].nodes[7], 3.0));
    assert!(near(record.pools[0].pending[7], 3.0), "three find no room, for ever");
    assert!(near(record.deployables[0].up[7], 6.0));
}

#[test]
fn who_waits_is_the_first_to_be_wanted_no_more() {
    let record = sized(2, &[(500, 4), (1_500, 2)], pool(1, 1), 6).record();
    assert!(near(record.pools[0].pending[0], 1.0) && near(record.pools[0].pending[2], 0.0));
    assert!(near(record.deployables[0].up[3], 2.0), "nobody who serves goes");
}

#[test]
fn an_empty_node_is_given_back_when_it_was_long_unneeded() {
    // The two on the second node end at 500 ms; scans find it unneeded from 1 s on, and take it at 4 s.
    let record = sized(4, &[(500, 2)], pool(1, 9), 8).record();
    let nodes = &record.pools[0].nodes;
    assert!(near(nodes[3], 2.0) && near(nodes[4], 1.0), "{nodes:?}");
    let kept = sized(4, &[(500, 2)], pool(2, 9), 8).record();
    assert!(near(kept.pools[0].nodes[7], 2.0), "never fewer than its `min`");
}

#[test]
fn who_would_fit_nowhere_else_keeps_its_node() {
    // Two of one core on the first node, one of three cores on the second: half of the first is free, not enough.
    let mut draft = sized(2, &[], pool(1, 9), 12);
    draft.plan.deployables[0].cores = Limit::AtMost(1);
    let large = draft.plan.deployables[0].clone();
    let large = Deployable { name: "large".into(), instances: 1, cores: Limit::AtMost(3), ..large };
    draft.plan.deployables.push(large);
    draft.plan.node_pools[0].give_back.threshold = 1.0;
    assert!(near(draft.record().pools[0].nodes[11], 2.0));
}

#[test]
fn a_move_costs_a_boot_elsewhere() {
    // Sizes 2 and 2 fill the first node, 2 is alone on the second. When one on the first goes, the one on the second,
    // unneeded from the scan at 2 s to that at 5 s, is drained at once (it is idle) and boots on the first.
    let mut draft = sized(1, &[], pool(1, 9), 10);
    let last = Deployable { name: "last".into(), ..draft.plan.deployables[0].clone() };
    let mut middle = Deployable { name: "middle".into(), ..last.clone() };
    middle.scaling.as_mut().expect("set").sizing =
        Sizing::Schedule(vec![Resize { at: at(1_250), instances: 0 }]);
    draft.plan.deployables.extend([middle, last]);
    draft.plan.node_pools[0].give_back.threshold = 0.6;
    let record = draft.record();
    let up: Vec<f64> = record.deployables.iter().map(|it| it.up[5]).collect();
    // Of two nodes half full, the first is found unneeded first, and its instance goes to the second.
    assert_eq!((up[0], up[2]), (0.5, 1.0), "the one that moves is down for its boot");
    assert!(near(record.pools[0].nodes[4], 2.0) && near(record.pools[0].nodes[5], 1.0));
    assert_eq!(record.leftover, archsim_models::record::Leftover::default());
}

#[test]
fn a_node_takes_its_instances_with_it_and_comes_back_empty() {
    // One node with two instances, killed at 1.25 s: missed at 1.45 s, the scan at 2 s orders another, which is there
    // at 4 s; they serve from 4.5 s on. The node itself is back at 9 s.
    let mut draft = sized(2, &[], pool(1, 9), 12);
    draft.fault(1_250, 9_000, Effect::NodeCrash { pool: NodePoolId(0), silent: true, key: 7 });
    let record = draft.record();
    let up = &record.deployables[0].up;
    assert!(near(up[1], 0.5) && near(up[3], 0.0) && near(up[4], 1.0) && near(up[5], 2.0), "{up:?}");
    assert!(near(record.pools[0].nodes[1], 1.0) && near(record.pools[0].nodes[3], 2.0));
    // Nobody notices: what was on it boots on it again.
    draft.plan.deployables[0].scaling.as_mut().expect("set").replace = None;
    let up = &draft.record().deployables[0].up;
    assert!(near(up[8], 0.0) && near(up[9], 1.0) && near(up[10], 2.0), "{up:?}");
}

#[test]
fn with_room_to_spare_nodes_change_nothing() {
    let mut draft = sized(2, &[(1_500, 6), (4_500, 1)], pool(9, 9), 8);
    let with = draft.record();
    draft.plan.deployables[0].nodes = None;
    draft.plan.node_pools.clear();
    let without = draft.record();
    assert_eq!((with.deployables, with.journeys), (without.deployables, without.journeys));
}
