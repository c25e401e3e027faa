//! Data sets and caches as they are written: what they mean, and what is said about mistakes.

use crate::reported;
use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::plan::{
    Access, Arrivals, CacheCluster, CachePlace, Coalesce, DataId, Effect, Hashing, JobKeys, JourneyId,
    OnLoss, Operation, Plan, Step, StoreId,
};
use archsim_models::popularity::Popularity;
use archsim_models::scenario::{self, Diagnostic};
use archsim_sim::{Span, Time};

const SHOP: &str = "\
archsim: 1
system:
  data:
    items: { items: 5_000, size: 2KiB, popularity: { zipf: 0.8 } }
    orders: { items: 100, popularity: { hot: { items: 20%, requests: 80% } } }
    prices: {}
  capabilities:
    home: { work: 1ms, reads: [items, prices], calls: [cart] }
    cart: { work: 1ms, reads: { items: { repeat: 2, key: own } }, writes: orders }
  journeys:
    browse: { share: 100%, enters: home }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  bare:
    deployables: { app: { runs: all } }
    stores: { database: { holds: all } }
  cached:
    extends: bare
    caches:
      items: { capacity: { items: 500 }, evict: segmented, ttl: 10s, sliding: true }
      far: { holds: [orders, prices], capacity: { bytes: 1MiB }, coalesce: instance, late: dropped, remote: { servers: 3 } }
faults:
  - { at: 20s, for: 10s, flush: items }
  - { at: 40s, for: 1s, outage: far }
experiment:
  control: { without: faults }
  arms: { bare: { faults: [] }, cached: {} }
  claims:
    - { that: it is asked, measure: hit-ratio, store: items, arm: cached, at-least: 10% }
";

fn plan(text: &str, arm: &str) -> Plan {
    reported::good(text).arms.into_iter().find(|it| it.name == arm).expect("the arm").plan
}

fn spoiled(old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    reported::spoiled(SHOP, old, new, code, path)
}

#[test]
fn the_shop_itself_is_good() {
    reported::is_faultless(SHOP);
}

#[test]
fn data_sets_are_the_same_in_every_arm() {
    let (bare, cached) = (plan(SHOP, "bare"), plan(SHOP, "cached"));
    assert_eq!(bare.data, cached.data);
    assert_eq!((bare.data[0].bytes, &bare.data[0].popularity), (2_048, &Popularity::zipf(5_000, 0.8)));
    assert_eq!(bare.data[1].popularity, Popularity::hot_set(100, 20, 0.8));
    assert_eq!(bare.data[2].popularity, Popularity::zipf(1_000_000, 0.9), "the default");
    assert!(bare.caches.is_empty());
}

#[test]
fn steps_ask_the_cache_where_there_is_one() {
    let cached = plan(SHOP, "cached");
    let accesses: Vec<Access> = cached
        .programs
        .iter()
        .flat_map(|program| program.blocks.iter().flatten())
        .filter_map(|step| if let Step::Cached(access) = step { Some(*access) } else { None })
        .collect();
    let seen: Vec<_> =
        accesses.iter().map(|it| (it.data.0, it.cache.0, it.operation, it.repeat, it.own_key)).collect();
    let (read, write) = (Operation::Read, Operation::Write);
    assert_eq!(
        seen,
        [(0, 0, read, 1, false), (2, 1, read, 1, false), (0, 0, read, 2, true), (1, 1, write, 1, false)]
    );
    // The draws of the reads are named as they are without a cache.
    let keys = |plan: &Plan| -> Vec<u64> {
        let steps = plan.programs.iter().flat_map(|program| program.blocks.iter().flatten());
        steps
            .filter_map(|step| match step {
                Step::Cached(Access { key, .. }) | Step::Store { key, .. } => Some(*key),
                _ => None,
            })
            .collect()
    };
    assert_eq!(keys(&cached), keys(&plan(SHOP, "bare")));
}

#[test]
fn caches_are_what_is_written() {
    let cached = plan(SHOP, "cached");
    let [near, far] = &cached.caches[..] else { panic!("two caches") };
    assert_eq!(
        near.settings,
        CacheSettings {
            room: Room::Items(500),
            evict: Evict::Segmented,
            ttl: Some(TimeToLive { span: Span::from_secs(10), sliding: true }),
        }
    );
    assert_eq!((near.place, near.coalesce, near.late_fills), (CachePlace::Process, Coalesce::None, true));
    assert_eq!(far.data, [DataId(1), DataId(2)]);
    assert_eq!((far.coalesce, far.late_fills), (Coalesce::Instance, false));
    let cluster = CacheCluster { others: Some(1), ..CacheCluster::ONE };
    assert_eq!(far.place, CachePlace::Servers { store: StoreId(1), timeout: Span::from_millis(20), cluster });
    assert_eq!((cached.stores[1].name.as_str(), cached.stores[1].servers), ("far", 3));
    assert!(matches!(cached.faults[0].effect, Effect::CacheLoss { cache, .. } if cache.0 == 0));
    assert!(matches!(cached.faults[1].effect, Effect::StoreOutage { store, .. } if store.0 == 1));
}

#[test]
fn mistakes() {
    let cache = "architectures.cached.caches.items";
    let sized = spoiled("size: 2KiB", "size: 2048", "E0301", "system.data.items.size");
    assert!(sized.help.is_some_and(|help| help.contains("`2048KiB`")));
    spoiled("size: 2KiB", "size: 2kb", "E0302", "system.data.items.size");
    spoiled("size: 2KiB", "size: 5GiB", "E0307", "system.data.items.size");
    spoiled("zipf: 0.8", "zipf: -1", "E0303", "system.data.items.popularity.zipf");
    spoiled("items: 20%", "items: 0.1%", "E0311", "system.data.orders.popularity.hot.items");
    spoiled("capacity: { items: 500 }, ", "", "E0203", cache);
    spoiled("{ items: 500 }", "500", "E0206", &format!("{cache}.capacity"));
    let evict = spoiled("evict: segmented", "evict: lruu", "E0206", &format!("{cache}.evict"));
    assert_eq!(evict.help.as_deref(), Some("did you mean `lru`?"));
    spoiled("holds: [orders, prices]", "holds: [orders, items]", "E0420", "architectures.cached.caches.far");
    spoiled("      far: { holds", "      database: { holds", "E0421", "architectures.cached.caches.database");
    let nothing =
        spoiled("      items: { cap", "      itms: { cap", "E0508", "architectures.cached.caches.itms");
    assert_eq!(nothing.help.as_deref(), Some("did you mean `items`?"));
    spoiled("flush: items", "flush: itms", "E0413", "faults.flush");
    spoiled("key: own", "key: mine", "E0206", "system.capabilities.cart.reads.items.key");
    spoiled("reads: [items, prices]", "reads: [items]", "W0702", "system.data.prices");
    spoiled("items: 5_000,", "items: 5000.5,", "E0304", "system.data.items.items");
    spoiled("store: items, arm", "store: itms, arm", "E0401", "experiment.claims.1.store");
    spoiled(
        "items: { capacity: { items: 500 }, evict: segmented, ttl: 10s, sliding: true }",
        "items: { capacity: unbounded, holds: prices }",
        "E0420",
        "architectures.cached.caches.far",
    );
}

#[test]
fn a_cache_of_what_nobody_uses_is_reported() {
    let text = SHOP.replacen("reads: [items, prices]", "reads: items", 1).replacen(
        "holds: [orders, prices]",
        "holds: prices",
        1,
    );
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    assert!(reading.diagnostics.iter().any(|it| it.code == "W0720"), "{:#?}", reading.diagnostics);
}

/// Three copies of two nodes each, jobs, and all that is said of age.
fn clustered() -> String {
    let far = "remote: { servers: 3 }";
    let with = "remote: { nodes: 2, copies: 3, other-copies: unbounded, hashing: modulo, on-loss: rehash }";
    let aged = "stale: 5s, early-refresh: 1, ttl-jitter: 20%, negative: 2s, ttl: 60s, for: browse, ";
    SHOP.replacen(far, with, 1)
        .replacen("far: { holds: [orders, prices], ", &format!("far: {{ holds: [orders, prices], {aged}"), 1)
        .replacen("prices: {}", "prices: { absent: 25% }", 1)
        .replacen("{ at: 40s, for: 1s, outage: far }", "{ at: 40s, for: 1s, outage: { store: far, copy: 2 } }", 1)
        .replacen("browse: { share: 100%, enters: home }", "browse: { share: 100%, enters: home }\n    sweep: { share: 0%, enters: cart }", 1)
        .replacen(
            "workload: { arrivals: { poisson: 50/s } }",
            "workload: { arrivals: { poisson: 50/s }, jobs: { nightly: { journey: sweep, arrivals: { constant: 20/s }, from: 10s, for: 5s } } }",
            1,
        )
}

#[test]
fn copies_ages_and_jobs_are_what_is_written() {
    let reading = scenario::read("shop.yaml", clustered().as_bytes(), &[]);
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    let cached = plan(&clustered(), "cached");
    let far = &cached.caches[1];
    let CachePlace::Servers { store, cluster, .. } = far.place else { panic!("servers") };
    let expected = CacheCluster {
        nodes: 2,
        copies: 3,
        others: None,
        hashing: Hashing::Modulo,
        on_loss: OnLoss::Rehash,
        latch_wait: Span::from_millis(2_500),
        ..CacheCluster::ONE
    };
    assert_eq!((store, cluster), (StoreId(1), expected));
    let names: Vec<&str> = cached.stores.iter().map(|store| store.name.as_str()).collect();
    assert_eq!(names, ["database", "far#1", "far#2", "far#3", "far#4", "far#5", "far#6"]);
    assert_eq!((far.stale, far.negative), (Span::from_secs(5), Some(Span::from_secs(2))));
    assert!((far.early - 1.0).abs() < 1e-12 && (far.jitter - 0.2).abs() < 1e-12);
    assert!((cached.data[2].absent - 0.25).abs() < 1e-12);
    assert_eq!(far.serves, Some(vec![JourneyId(0)]));
    assert_eq!(cached.cache_for(JourneyId(1), DataId(1)), None, "jobs read the store");
    let out: Vec<u16> = cached.faults[1..]
        .iter()
        .map(|fault| match fault.effect {
            Effect::StoreOutage { store, .. } => store.0,
            _ => panic!("{fault:?}"),
        })
        .collect();
    assert_eq!(out, [3, 4], "both nodes of the second copy");
    let job = &cached.workload.jobs[0];
    assert_eq!((job.journey, job.keys), (JourneyId(1), JobKeys::Scan));
    let Arrivals::Open { rate, poisson: false } = &job.arrivals else { panic!("{job:?}") };
    let seconds = |at: u64| Time::ZERO + Span::from_secs(at);
    assert_eq!((rate[0].from, rate[0].until, rate.len()), (seconds(15), seconds(20), 1));
}

#[test]
fn mistakes_with_copies_ages_and_jobs() {
    let good = clustered();
    let spoiled = |old: &str, new: &str, code: &str, path: &str| {
        assert!(good.contains(old), "{code}: `{old}` is not in the scenario");
        let reading = scenario::read("shop.yaml", good.replacen(old, new, 1).as_bytes(), &[]);
        let found = reading.diagnostics.iter().find(|it| it.code == code);
        let Some(found) = found else { panic!("{code} is not among {:#?}", reading.diagnostics) };
        assert_eq!(found.path, path, "{code}");
        assert!(found.found.is_some() && found.allowed.is_some(), "{code}");
        assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
    };
    let far = "architectures.cached.caches.far";
    spoiled("nodes: 2, ", "nodes: 900, ", "E0561", &format!("{far}.remote.nodes"));
    spoiled("ttl: 60s, ", "ttl: 60s, sliding: true, ", "E0562", far);
    spoiled("ttl: 60s, ", "", "W0731", far);
    spoiled("copy: 2", "copy: 4", "E0563", "faults.outage");
    spoiled("copy: 2", "copy: 2, nodes: 3", "E0563", "faults.outage");
    spoiled("flush: items", "flush: { cache: items, nodes: 1 }", "E0563", "faults.flush");
    spoiled("for: browse", "for: brwse", "E0401", &format!("{far}.for"));
    spoiled("hashing: modulo", "hashing: ring", "E0206", &format!("{far}.remote.hashing"));
    spoiled("journey: sweep", "journey: swep", "E0401", "workload.jobs.nightly.journey");
    spoiled("from: 10s", "from: 70s", "E0565", "workload.jobs.nightly.from");
    spoiled("journey: sweep", "journey: browse", "W0732", "system.journeys.sweep");
    spoiled("ttl-jitter: 20%", "ttl-jitter: 0.2", "E0301", &format!("{far}.ttl-jitter"));
    let many: Vec<String> =
        (0..16).map(|at| format!("job-{at}: {{ journey: sweep, arrivals: {{ constant: 1/s }} }}")).collect();
    let nightly = "nightly: { journey: sweep, arrivals: { constant: 20/s }, from: 10s, for: 5s }";
    spoiled(nightly, &many.join(", "), "E0564", "workload.jobs");
}

/// A cache that does not remember its items, and is too large to.
const HUGE: &str = "\
archsim: 1
system:
  data: { profiles: { items: 1_000_000_000 } }
  capabilities: { home: { reads: profiles } }
  journeys: { browse: { share: 100%, enters: home } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  cached:
    deployables: { app: { runs: all } }
    stores: { database: { holds: all } }
    caches:
      evcache: { holds: profiles, capacity: { items: 200_000_000 }, contents: expected, start: popular, remote: { nodes: 20 } }
";

#[test]
fn contents_may_be_expected() {
    reported::is_faultless(HUGE);
    let cache = &reported::first_plan(HUGE).caches[0];
    assert_eq!((cache.expected, cache.warm), (Some(4_096), true));
    assert_eq!(reported::first_plan(SHOP).caches.len(), 0);
    assert_eq!(plan(SHOP, "cached").caches[0].expected, None, "unless it is said");
    reported::reads_again(&reported::good(HUGE));
}

#[test]
fn what_is_expected_knows_no_ages_copies_or_writes() {
    let cache = "architectures.cached.caches.evcache";
    let wrong = |old: &str, new: &str, found: &str| {
        let said = reported::spoiled(HUGE, old, new, "E0618", cache).found.expect("what was found");
        assert!(said.contains(found), "{said}");
    };
    wrong("remote: { nodes: 20 }", "evict: fifo", "no `remote` servers, another order than `lru`");
    wrong("nodes: 20", "nodes: 20, copies: 3, on-loss: rehash", "`copies`, `on-loss: rehash`");
    wrong("nodes: 20", "nodes: 20, gutter: {}", "`gutter`");
    wrong("contents: expected", "contents: expected, ttl: 60s", "`ttl`");
    wrong(
        "contents: expected",
        "contents: expected, ttl: 60s, stale: 1s, early-refresh: 1, ttl-jitter: 10%",
        "`stale`, `early-refresh`, `ttl-jitter`",
    );
    wrong("contents: expected", "contents: expected, negative: 1s, leases: {}", "`negative`, `leases`");
    wrong("reads: profiles", "reads: profiles, writes: profiles", "data that is written");
    wrong("1_000_000_000", "1_000_000_000, absent: 5%", "data with `absent` items");
    let several = HUGE
        .replacen("1_000_000_000 } }", "1_000_000_000 }, prices: {} }", 1)
        .replacen("reads: profiles", "reads: [profiles, prices]", 1)
        .replacen("holds: profiles", "holds: [profiles, prices]", 1);
    let said = reported::of(&several, "E0618", cache).found;
    assert_eq!(said.as_deref(), Some("`contents: expected` beside several data sets"));
}

#[test]
fn a_cache_that_takes_much_memory_is_reported() {
    let cache = "architectures.cached.caches.evcache";
    let said = reported::spoiled(HUGE, "contents: expected, ", "", "W0763", cache).found;
    assert_eq!(said.as_deref(), Some("up to 8.8 GiB in each run under way, once it is full"));
    let fits = HUGE.replacen("contents: expected, ", "", 1).replacen("200_000_000", "20_000_000", 1);
    reported::is_faultless(&fits);
    let bytes = fits.replacen("{ items: 20_000_000 }", "{ bytes: 400GiB }", 1);
    reported::of(&bytes, "W0763", cache);
}
