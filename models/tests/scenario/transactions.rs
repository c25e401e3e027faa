//! What operations cost, what they lock, and what holds together: how it is written, and what is said about mistakes.

use crate::reported::{self, first_plan};
use archsim_models::plan::{ClusterKind, Effect, Fault, LockOf, LockReads, Locks, Step, TransactionStep};
use archsim_models::policy::Backoff;
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
    reported::of(&idle, "W0752", path);
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

const BANK: &str = "\
archsim: 1
system:
  data: { accounts: {}, journal: {} }
  capabilities:
    pay: { steps: [{ transaction: { steps: [{ read: accounts }, { work: 1ms }, { write: accounts }] } }] }
    note: { writes: journal }
  journeys:
    transfer: { share: 50%, enters: pay }
    write-down: { share: 50%, enters: note }
workload: { arrivals: { poisson: 20/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  bank:
    deployables: { app: { runs: all } }
    stores:
      db: { holds: accounts, locks: row }
      log: { holds: journal }
experiment: {}
";

fn wrong(old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    reported::spoiled(BANK, old, new, code, path)
}

fn held(text: &str) -> (TransactionStep, Option<Locks>) {
    let plan = first_plan(text);
    let step = plan.programs[0].blocks[0].iter().find_map(|step| match step {
        Step::Transaction(step) => Some(*step),
        _ => None,
    });
    (step.expect("a transaction"), plan.stores[0].locks)
}

#[test]
fn a_transaction_is_held_together_as_its_store_says() {
    let (step, locks) = held(BANK);
    assert_eq!((step.store.0, step.optimistic, step.tries, step.backoff), (0, false, 1, Backoff::None));
    let wait = Span::from_secs(50);
    assert_eq!(locks, Some(Locks { of: LockOf::Row, reads: LockReads::Never, wait }));
    let base = Span::from_millis(10);
    let optimistic =
        "transactions: { locking: optimistic, tries: 4, backoff: { full-jitter: { base: 10ms, cap: 1s } } }";
    let (step, locks) = held(&BANK.replace("locks: row", optimistic));
    assert_eq!((step.optimistic, step.tries, locks), (true, 4, None));
    assert_eq!(step.backoff, Backoff::FullJitter { base, cap: Span::from_secs(1) });
    let select = "locks: { of: table, reads: in-transactions, wait: 1s }";
    let (_, locks) = held(&BANK.replace("locks: row", select));
    let (of, reads, wait) = (LockOf::Table, LockReads::InTransactions, Span::from_secs(1));
    assert_eq!(locks, Some(Locks { of, reads, wait }));
}

#[test]
fn its_operations_know_their_rows_and_pass_caches_by() {
    let cached = BANK.replace(
        "experiment: {}",
        "    caches: { c: { holds: accounts, capacity: { items: 1_000 } } }\nexperiment: {}",
    );
    let plan = first_plan(&cached);
    let kinds: Vec<bool> = plan.programs[0].blocks[1]
        .iter()
        .filter_map(|step| match step {
            Step::Store { item, .. } => Some(item.is_some()),
            Step::Cached(_) => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [true, false], "a read at the store, a write that empties the cache");
}

#[test]
fn mistakes_with_transactions() {
    let path = "system.capabilities.pay.steps.transaction";
    wrong("{ write: accounts }] }", "{ write: journal }] }", "E0588", path);
    wrong("locks: row", "quorum: 3", "E0589", path);
    wrong("locks: row", "shards: 4", "E0589", path);
    wrong("{ work: 1ms }", "{ parallel: [{ read: accounts }, { work: 1ms }] }", "E0591", path);
    wrong("{ work: 1ms }", "{ transaction: { steps: { write: accounts } } }", "E0591", path);
    let twice = BANK.replace("locks: row", "transactions: optimistic");
    let found =
        scenario::read("shop.yaml", twice.replace("{ work: 1ms }", "{ write: accounts }").as_bytes(), &[]);
    reported::reported(&found, "E0592", path);
    wrong("locks: row", "locks: row, quorum: 3", "E0593", "architectures.bank.stores.db");
    wrong("[{ read: accounts }, { work: 1ms }, { write: accounts }]", "[{ work: 1ms }]", "E0594", path);
}

#[test]
fn mistakes_with_locks() {
    let db = "architectures.bank.stores.db";
    wrong("locks: row", "locks: page", "E0206", &format!("{db}.locks"));
    wrong("locks: row", "locks: { waits: 1s }", "E0201", &format!("{db}.locks.waits"));
    wrong("locks: row", "transactions: { tries: 0 }", "E0305", &format!("{db}.transactions.tries"));
}

#[test]
fn nodes_may_be_in_several_zones_and_quorums_keep_hints() {
    let zones = "  bank:\n    zones: [a, b, c]\n    deployables";
    let text = BANK.replace("  bank:\n    deployables", zones);
    let quorum = "quorum: { nodes: 4, speculative: 20ms, hints: 3h }, zones: [a, b]";
    let text = text.replace("log: { holds: journal }", &format!("log: {{ holds: journal, {quorum} }}"));
    let fault = "faults: [{ at: 10s, for: 5s, zone: b }]\nexperiment: { control: { without: faults } }";
    let found = first_plan(&text.replace("experiment: {}", fault));
    let cluster = &found.clusters[0];
    let zones: Vec<u16> =
        cluster.nodes.iter().map(|node| found.stores[node.at()].zone.expect("a zone").0).collect();
    assert_eq!(zones, [0, 1, 0, 1]);
    let ClusterKind::Quorum(quorum) = cluster.kind else { panic!("{cluster:?}") };
    let (after, window) = (Span::from_millis(20), Span::from_secs(3 * 3_600));
    assert_eq!((quorum.speculative, quorum.hints), (Some(after), Some(window)));
    let out = |fault: &&Fault| matches!(fault.effect, Effect::StoreOutage { .. });
    assert_eq!(found.faults.iter().filter(out).count(), 2, "two of four nodes are in the zone");
    let both = text.replace("zones: [a, b] }", "zones: [a, b], zone: a }");
    let reading = scenario::read("shop.yaml", both.as_bytes(), &[]);
    assert!(reading.diagnostics.iter().any(|it| it.path == "architectures.bank.stores.log"), "{reading:#?}");
    let log = "architectures.bank.stores.log";
    wrong("holds: journal", "holds: journal, quorum: { hints: 0s }", "E0305", &format!("{log}.quorum.hints"));
}
