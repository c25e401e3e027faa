//! What operations cost, what they lock, and what holds together: how it is written, and what is said about mistakes.

use crate::reported::{self, first_plan};
use archsim_models::plan::Step;
use archsim_models::scenario::{self, Diagnostic};
use archsim_sim::{Distribution, Limit, Span};

const SHOP: &str = "\
archsim: 1
system:
  data:
    items: { cost: { read: 1ms } }
    orders: { cost: { write: { exponential: 2ms } } }
  capabilities:
    home: { work: 1ms, reads: [items, { items: { cost: 40ms, repeat: 2 } }] }
    buy: { work: 1ms, reads: items, writes: orders }
  journeys:
    browse: { share: 80%, enters: home }
    order: { share: 20%, enters: buy }
workload: { arrivals: { poisson: 20/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  shop:
    deployables: { app: { runs: all } }
    stores: { db: { holds: all, servers: 8, cores: 4 } }
experiment: {}
";

fn spoiled(old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    reported::spoiled(SHOP, old, new, code, path)
}

#[test]
fn the_shop_itself_is_good() {
    reported::is_faultless(SHOP);
}

#[test]
fn an_operation_costs_what_it_says_or_what_its_data_set_says() {
    let plan = first_plan(SHOP);
    assert_eq!(plan.stores[0].cores, Limit::AtMost(4));
    let cost = |step: &Step| match step {
        Step::Store { cost, .. } => cost.map(|cost| plan.costs[cost.at()].clone()),
        _ => None,
    };
    let costs: Vec<_> = plan.programs.iter().flat_map(|it| it.blocks[0].iter().filter_map(cost)).collect();
    let constant = |ms| Distribution::constant(Span::from_millis(ms));
    let orders = Distribution::exponential(Span::from_millis(2));
    assert_eq!(costs, [constant(1), constant(40), constant(1), orders]);
}

#[test]
fn cores_that_nothing_uses_and_cores_that_are_too_few_are_warned_of() {
    let idle = SHOP.replace("items: { cost: { read: 1ms } }", "items: {}").replace("cost: 40ms, ", "");
    let idle = idle.replace("orders: { cost: { write: { exponential: 2ms } } }", "orders: {}");
    let path = "architectures.shop.stores.db";
    reported::reported(&scenario::read("shop.yaml", idle.as_bytes(), &[]), "W0752", path);
    let found = spoiled("poisson: 20/s", "poisson: 100/s", "W0753", path);
    // 80 % × (1 + 2 × 40 ms) + 20 % × (1 + 2 ms) are 65.4 ms of four cores, a hundred times a second.
    assert_eq!(found.found.as_deref(), Some("164% of what its cores can do"));
}

#[test]
fn a_cost_without_a_unit_or_of_the_wrong_kind_is_an_error() {
    spoiled("cost: 40ms", "cost: 40", "E0301", "system.capabilities.home.reads.items#2.cost");
    spoiled("cost: { read: 1ms }", "cost: { reed: 1ms }", "E0201", "system.data.items.cost.reed");
    spoiled("cores: 4", "cores: many", "E0304", "architectures.shop.stores.db.cores");
}
