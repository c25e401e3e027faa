//! Databases as they are written: what they mean, and what is said about mistakes.

use crate::reported::{self, first_plan};
use archsim_models::plan::{ClusterKind, Effect, Hashing, Reads, Step};
use archsim_models::scenario::{self, Diagnostic};
use archsim_sim::{Distribution, Span};

const SHOP: &str = "\
archsim: 1
system:
  data: { items: {}, orders: {} }
  capabilities:
    home: { work: 1ms, reads: items }
    buy: { work: 1ms, reads: items, writes: orders }
  journeys:
    browse: { share: 80%, enters: home }
    order: { share: 20%, enters: buy }
workload: { arrivals: { poisson: 20/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  shop:
    deployables: { app: { runs: all } }
    stores: { db: { holds: all, servers: 8 } }
    pools: { db: { connections: 20, wait: 1s, hikari: { connect: 30ms, max-lifetime: 10min } } }
faults:
  - { at: 20s, for: 10s, outage: { store: db, silent: true, recovery: 5s } }
experiment: { control: { without: faults } }
";

fn spoiled(old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    reported::spoiled(SHOP, old, new, code, path)
}

#[test]
fn the_shop_itself_is_good() {
    reported::is_faultless(SHOP);
}

#[test]
fn a_pool_by_hikaris_rules_has_its_defaults() {
    let opening = first_plan(SHOP).stores[0].opening.clone().expect("it opens connections");
    assert_eq!(opening.connect, Distribution::constant(Span::from_millis(30)));
    let settings = opening.settings;
    assert_eq!((settings.maximum, settings.minimum_idle, settings.wait), (20, 20, Span::from_secs(1)));
    assert_eq!(settings.max_lifetime, Some(Span::from_secs(600)));
    assert_eq!(settings.idle_timeout, Some(Span::from_secs(600)));
    assert_eq!(
        first_plan(&SHOP.replace("hikari: {", "hikari: { minimum-idle: 2,")).stores[0]
            .opening
            .as_ref()
            .map(|it| it.settings.minimum_idle),
        Some(2)
    );
    let plain = SHOP.replace(", hikari: { connect: 30ms, max-lifetime: 10min }", "");
    assert_eq!(first_plan(&plain).stores[0].opening, None);
}

#[test]
fn a_recovery_refuses_after_the_outage() {
    let faults = first_plan(SHOP).faults;
    let seen: Vec<_> = faults
        .iter()
        .map(|fault| match fault.effect {
            Effect::StoreOutage { silent, .. } => {
                (fault.from.as_secs_f64(), fault.until.as_secs_f64(), silent)
            }
            _ => panic!("an outage"),
        })
        .collect();
    assert_eq!(seen, [(25.0, 35.0, true), (35.0, 40.0, false)]);
}

#[test]
fn what_hikari_refuses_is_said() {
    spoiled("wait: 1s", "wait: 100ms", "E0581", "architectures.shop.pools.db.wait");
    spoiled(
        "max-lifetime",
        "minimum-idle: 30, max-lifetime",
        "E0582",
        "architectures.shop.pools.db.hikari.minimum-idle",
    );
    spoiled("connect: 30ms", "conect: 30ms", "E0201", "architectures.shop.pools.db.hikari.conect");
}

const BANK: &str = "\
archsim: 1
system:
  data: { accounts: { items: 1_000 }, customers: { items: 500 }, audit: {} }
  capabilities:
    pay: { work: 1ms, reads: [accounts, customers], writes: [accounts, audit] }
  journeys: { pay: { share: 100%, enters: pay } }
workload: { arrivals: { poisson: 10/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  bank:
    deployables: { app: { runs: all } }
    stores:
      core: { holds: accounts, servers: 2, replicas: { count: 2, lag: 40ms, reads: any }, links: { crm: { rows: 3, hop: 1ms } } }
      crm: { holds: customers, shards: 4 }
      audit: {}
faults:
  - { at: 20s, for: 10s, outage: core }
  - { at: 20s, for: 10s, outage: { store: crm, nodes: all } }
experiment: { control: { without: faults } }
";

fn bank(old: &str, new: &str) -> scenario::Reading {
    assert!(BANK.contains(old), "`{old}` is not in the scenario");
    scenario::read("bank.yaml", BANK.replacen(old, new, 1).as_bytes(), &[])
}

#[test]
fn nodes_come_after_all_other_stores_and_links_reach_data() {
    assert!(
        bank("archsim", "archsim").diagnostics.is_empty(),
        "{:#?}",
        bank("archsim", "archsim").diagnostics
    );
    let plan = first_plan(BANK);
    let names: Vec<&str> = plan.stores.iter().map(|store| store.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "core",
            "crm",
            "audit",
            "core replica 1",
            "core replica 2",
            "crm shard 2",
            "crm shard 3",
            "crm shard 4"
        ]
    );
    let nodes: Vec<Vec<u16>> =
        plan.clusters.iter().map(|cluster| cluster.nodes.iter().map(|node| node.0).collect()).collect();
    assert_eq!(nodes, [vec![0, 3, 4], vec![1, 5, 6, 7]]);
    let ClusterKind::Replicated(replication) = &plan.clusters[0].kind else { panic!("replicas") };
    assert_eq!((replication.reads, replication.synchronous, replication.pinned), (Reads::Any, false, false));
    assert_eq!(
        replication.fail_over,
        Distribution::uniform(Span::from_secs(60), Span::from_secs(120)),
        "Amazon's"
    );
    let link = &plan.links[0];
    assert_eq!((link.from.0, link.to.0, link.rows, link.data.len()), (0, 1, 3, 1));
    // Customers are asked for at the store that has the link.
    let asked: Vec<_> = plan.programs[0].blocks[0]
        .iter()
        .filter_map(|step| match step {
            Step::Store { store, item, .. } => Some((store.0, item.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [(0, true), (0, true), (0, true), (2, false)]);
    // The first node of one, all nodes of the other.
    let out: Vec<u16> = plan
        .faults
        .iter()
        .map(|fault| match fault.effect {
            Effect::StoreOutage { store, .. } => store.0,
            _ => panic!("an outage"),
        })
        .collect();
    assert_eq!(out, [0, 1, 5, 6, 7]);
}

#[test]
fn shards_are_by_the_remainder_unless_they_are_on_a_ring() {
    let kind = |written: &str| first_plan(&BANK.replace("shards: 4", written)).clusters[1].kind.clone();
    assert_eq!(kind("shards: 4"), ClusterKind::Sharded(Hashing::Modulo));
    assert_eq!(kind("shards: { count: 4, hashing: ketama }"), ClusterKind::Sharded(Hashing::Ketama));
}

#[test]
fn a_quorum_is_half_the_copies_and_one_more() {
    for (copies, needs) in [(1, 1), (2, 2), (3, 2), (5, 3)] {
        let written = format!("quorum: {{ nodes: 5, copies: {copies}, write: all }}");
        let plan = first_plan(&BANK.replace("shards: 4", &written));
        let ClusterKind::Quorum(quorum) = plan.clusters[1].kind else { panic!("a quorum") };
        assert_eq!((quorum.read, quorum.write, quorum.copies), (needs, copies, copies));
        assert_eq!(plan.clusters[1].nodes.len(), 5);
    }
}

#[test]
fn what_links_and_nodes_cannot_be_is_said() {
    let said = |old: &str, new: &str, code: &str| {
        let reading = bank(old, new);
        let found = reading.diagnostics.iter().find(|it| it.code == code);
        let Some(found) = found else { panic!("{code} is not among {:#?}", reading.diagnostics) };
        assert!(found.found.is_some() && found.allowed.is_some(), "{code}");
        assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
    };
    said("links: { crm:", "links: { crn:", "E0401");
    said("links: { crm:", "links: { core:", "E0583");
    said("audit: {}\nfaults", "audit: { links: { crm: {} } }\nfaults", "E0584");
    said("shards: 4", "shards: 400", "E0585");
    said("shards: 4", "shards: { hashing: ketama }", "E0203");
    said("shards: 4", "shards: { count: 4, hashing: crc }", "E0206");
    said("shards: 4", "shards: { count: 1 }", "E0305");
    said("shards: 4", "shards: 4, replicas: 2", "E0208");
    said("nodes: all", "nodes: 9", "W0751");
    said("shards: 4", "quorum: { nodes: 3, copies: 5 }", "E0586");
    said("shards: 4", "quorum: { copies: 3, read: 4 }", "E0587");
    said("shards: 4", "shards: 4, quorum: 3", "E0208");
}
