//! Pools of nodes: what may be written, what it means, and what is said of the likeliest mistakes.

use crate::reported::{good, reads_again, reported, spoiled};
use archsim_models::plan::{Effect, GiveBack, NodePoolId};
use archsim_models::scenario;
use archsim_sim::{Distribution, Span};

const SHOP: &str = "\
archsim: 1
system:
  capabilities: { home: { work: 10ms, calls: [stock] }, stock: { work: 1ms } }
  journeys: { browse: { share: 100%, enters: home } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  one:
    nodes: { workers: { cores: 4, max: 6, scale-down: { threshold: 60% } } }
    deployables:
      each: { cores: 2, nodes: workers, scaling: { hpa: { target: 60%, max: 6 } } }
      home: { instances: 3 }
faults: [{ at: 10s, for: 20s, node: workers }, { every: { exponential: 1min }, for: 30s, node: { pool: workers, silent: false } }]
experiment: { control: { without: faults } }
";

#[test]
fn pools_of_nodes_are_read() {
    let scenario = good(SHOP);
    reads_again(&scenario);
    let (arm, plan) = (&scenario.arms[0], &scenario.arms[0].plan);
    let pool = &plan.node_pools[0];
    assert_eq!((pool.cores, pool.min, pool.max, pool.scan), (4, 1, 6, Span::from_secs(10)));
    assert_eq!(pool.provision, Distribution::constant(Span::from_secs(180)));
    let ten = Span::from_secs(600);
    assert_eq!(pool.give_back, GiveBack { unneeded: ten, threshold: 0.6, after_order: ten });
    assert!(plan.deployables.iter().all(|it| it.nodes == Some(NodePoolId(0))));
    // Three instances of 2 cores and one more: two nodes of 4 are full.
    assert_eq!((plan.nodes_at_start(0), arm.cores), (2, 8.0));
    assert!(matches!(plan.faults[0].effect, Effect::NodeCrash { silent: true, .. }));
    assert!(matches!(plan.hazards[0].effects[0].effect, Effect::NodeCrash { silent: false, .. }));
}

#[test]
fn what_does_not_fit_is_reported() {
    let home = "architectures.one.deployables.home";
    spoiled(SHOP, "home: { instances: 3 }", "home: { cores: 8 }", "E0555", home);
    spoiled(SHOP, "home: { instances: 3 }", "home: { cores: unbounded }", "E0555", home);
    spoiled(SHOP, "max: 6, scale", "max: 1, scale", "E0557", "architectures.one.nodes.workers");
    spoiled(SHOP, "max: 6, scale", "max: 3, scale", "W0728", "architectures.one.nodes.workers");
}

#[test]
fn what_cannot_move_or_is_not_there_is_reported() {
    let fixed = SHOP.replace(", scaling: { hpa: { target: 60%, max: 6 } }", "");
    let read = scenario::read("shop.yaml", fixed.as_bytes(), &[]);
    reported(&read, "E0556", "architectures.one.deployables.each");
    let equal = "home: { instances: { equal-cost: one } }";
    spoiled(SHOP, "home: { instances: 3 }", equal, "E0558", "architectures.one.deployables.home");
    let found =
        spoiled(SHOP, "nodes: workers", "nodes: worker", "E0401", "architectures.one.deployables.each.nodes");
    assert!(found.help.is_some_and(|help| help.contains("workers")));
    spoiled(SHOP, "node: workers }", "node: servers }", "E0413", "faults.node");
    let none = SHOP.replace("nodes: workers, ", "");
    let read = scenario::read("shop.yaml", none.as_bytes(), &[]);
    reported(&read, "W0727", "architectures.one.nodes.workers");
}
