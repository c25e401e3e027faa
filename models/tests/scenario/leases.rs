//! Leases and reads of caches as they are written: what they mean, and what is said about mistakes.

use crate::reported::{first_plan, is_faultless, spoiled};
use archsim_models::cache::{Room, TimeToLive};
use archsim_models::evcache::Latch;
use archsim_models::plan::{CachePlace, Leases, Load, Plan};
use archsim_models::popularity::Popularity;
use archsim_sim::{Limit, Span};

const SHOP: &str = "\
archsim: 1
system:
  data: { items: { items: 5_000 } }
  capabilities:
    home: { work: 1ms, reads: items }
    edit: { work: 1ms, writes: items }
  journeys: { browse: { share: 90%, enters: home }, change: { share: 10%, enters: edit } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  cached:
    deployables: { app: { runs: all } }
    stores: { database: { holds: all } }
    caches:
      front: { holds: items, capacity: unbounded, remote: { nodes: 2 }, leases: { others: { stale: 5s }, retry: 20ms } }
";
const LEASES: &str = "architectures.cached.caches.front.leases";

fn plan(text: &str) -> Plan {
    is_faultless(text);
    first_plan(text)
}

#[test]
fn leases_are_what_is_written_and_else_those_of_the_paper() {
    let seconds = Span::from_secs;
    let written = Leases {
        every: seconds(10),
        old: seconds(5),
        retry: Span::from_millis(20),
        retries: Limit::Unbounded,
    };
    assert_eq!(plan(SHOP).caches[0].leases, Some(written));
    let bare = SHOP.replacen("{ others: { stale: 5s }, retry: 20ms }", "{ retries: 3 }", 1);
    let paper =
        Leases { old: Span::ZERO, retry: Span::from_millis(10), retries: Limit::AtMost(3), ..written };
    assert_eq!(plan(&bare).caches[0].leases, Some(paper));
}

#[test]
fn mistakes_with_leases() {
    let spoiled = |old: &str, new: &str, code: &str, path: &str| spoiled(SHOP, old, new, code, path);
    spoiled("remote: { nodes: 2 }, ", "", "E0566", LEASES);
    spoiled("nodes: 2 }", "copies: 2 }", "E0567", LEASES);
    spoiled("unbounded, ", "unbounded, coalesce: all, ", "E0568", LEASES);
    spoiled("unbounded, ", "unbounded, ttl: 9s, stale: 5s, ", "E0568", LEASES);
    spoiled("writes: items", "reads: items", "W0733", LEASES);
    spoiled("stale: 5s", "stale: 5", "E0301", &format!("{LEASES}.others.stale"));
    spoiled("others: { stale: 5s }", "others: stale", "E0209", &format!("{LEASES}.others"));
    spoiled("retry: 20ms", "retry: 0ms", "E0305", &format!("{LEASES}.retry"));
}

/// The same cache, reading through.
fn through() -> String {
    SHOP.replacen("leases: { others: { stale: 5s }, retry: 20ms }", "load: read-through", 1)
}

#[test]
fn a_cache_may_read_through() {
    let cache = |text: &str| plan(text).caches[0].clone();
    assert_eq!(cache(SHOP).load, Load::Aside);
    let CachePlace::Servers { timeout, .. } = cache(SHOP).place else { panic!("servers") };
    assert_eq!(timeout, Span::from_millis(20));
    assert_eq!(cache(&through()).load, Load::Through(Limit::AtMost(100)));
    let CachePlace::Servers { timeout, .. } = cache(&through()).place else { panic!("servers") };
    assert_eq!(timeout, Span::FOREVER, "there is nothing else to ask");
    let few = through().replacen("load: read-through", "load: { read-through: { reads: 3 } }", 1);
    assert_eq!(cache(&few).load, Load::Through(Limit::AtMost(3)));
}

#[test]
fn mistakes_with_read_through() {
    let good = through();
    let front = "architectures.cached.caches.front";
    let spoiled = |old: &str, new: &str, code: &str, path: &str| spoiled(&good, old, new, code, path);
    spoiled("remote: { nodes: 2 }, ", "", "E0566", front);
    spoiled("unbounded, ", "unbounded, coalesce: instance, ", "E0569", front);
    spoiled("unbounded, ", "unbounded, late: dropped, ", "W0734", front);
    spoiled("load: read-through", "load: read-trough", "E0206", &format!("{front}.load"));
    spoiled("load: read-through", "load: read-through, leases: {}", "E0568", &format!("{front}.leases"));
}

#[test]
fn latches_and_warmers_are_what_is_written() {
    let cluster = |remote: &str| {
        let text = through().replacen("load: read-through, ", "", 1);
        let text = text.replacen("load: read-through", "coalesce: none", 1);
        let cache = plan(&text.replacen("{ nodes: 2 }", remote, 1)).caches[0].clone();
        let CachePlace::Servers { cluster, .. } = cache.place else { panic!("servers") };
        (cluster.latch, cluster.latch_wait, cluster.warmer)
    };
    let wait = Span::from_millis(2_500);
    assert_eq!(cluster("{ nodes: 2 }"), (Latch::None, wait, None));
    let warmer = "{ copies: 3, latch: all-minus-1, latch-wait: 100ms, warmer: { rate: 500/s } }";
    assert_eq!(cluster(warmer), (Latch::AllButOne, Span::from_millis(100), Some(Span::from_millis(2))));
    assert_eq!(cluster("{ copies: 3, warmer: 10/s }").2, Some(Span::from_millis(100)));
}

#[test]
fn mistakes_with_copies() {
    let good = SHOP.replacen(", leases: { others: { stale: 5s }, retry: 20ms }", "", 1).replacen(
        "{ nodes: 2 }",
        "{ copies: 2, latch: all, warmer: 100/s }",
        1,
    );
    let remote = "architectures.cached.caches.front";
    let spoiled = |old: &str, new: &str, code: &str, path: &str| spoiled(&good, old, new, code, path);
    spoiled("copies: 2, ", "", "E0570", remote);
    spoiled("writes: items", "reads: items", "W0735", remote);
    spoiled("latch: all", "latch: most", "E0206", &format!("{remote}.remote.latch"));
    spoiled("warmer: 100/s", "warmer: 100", "E0301", &format!("{remote}.remote.warmer"));
    spoiled("unbounded, ", "unbounded, load: read-through, ", "E0569", remote);
}

#[test]
fn spare_nodes_and_near_copies_are_what_is_written() {
    let bare = SHOP.replacen(", leases: { others: { stale: 5s }, retry: 20ms }", "", 1);
    let cache = |remote: &str| plan(&bare.replacen("{ nodes: 2 }", remote, 1));
    let far = cache("{ nodes: 2, gutter: {}, near: { ttl: 1s } }");
    let CachePlace::Servers { cluster, .. } = far.caches[0].place else { panic!("servers") };
    assert_eq!((cluster.gutter, cluster.gutter_ttl, cluster.size()), (1, Span::from_secs(10), 3));
    assert_eq!(far.stores.len(), 4, "the database, two nodes and a spare one");
    let near = far.caches[0].near.expect("it is there");
    let ttl = Some(TimeToLive { span: Span::from_secs(1), sliding: false });
    assert_eq!((near.room, near.ttl), (Room::Items(100), ttl));
    assert_eq!(cache("{ nodes: 2 }").caches[0].near, None);
    let throttles = |remote: &str| cache(remote).caches[0].throttle;
    assert_eq!(throttles("{ throttle: 3 }"), Limit::AtMost(3));
    assert_eq!(throttles("{ nodes: 2 }"), Limit::Unbounded);
}

#[test]
fn mistakes_with_spare_nodes_and_near_copies() {
    let good = SHOP.replacen(", leases: { others: { stale: 5s }, retry: 20ms }", ", ttl: 9s", 1).replacen(
        "{ nodes: 2 }",
        "{ nodes: 2, gutter: { ttl: 5s }, near: { ttl: 1s } }",
        1,
    );
    let front = "architectures.cached.caches.front";
    let spoiled = |old: &str, new: &str, code: &str, path: &str| spoiled(&good, old, new, code, path);
    spoiled("nodes: 2", "copies: 2", "E0596", front);
    spoiled("nodes: 2", "nodes: 2, on-loss: rehash", "E0597", front);
    spoiled("near: { ttl: 1s }", "near: { ttl: 10s }", "W0736", front);
    spoiled("nodes: 2", "nodes: 2, throttle: 0", "E0305", &format!("{front}.remote.throttle"));
    spoiled("nodes: 2", "nodes: 2, throttle: few", "E0304", &format!("{front}.remote.throttle"));
    spoiled("nodes: 2", "nodes: 2, throtle: 3", "E0201", &format!("{front}.remote.throtle"));
    spoiled("near: { ttl: 1s }", "near: {}", "E0203", &format!("{front}.remote.near.ttl"));
    spoiled("gutter: { ttl: 5s }", "gutter: { nodes: 0 }", "E0305", &format!("{front}.remote.gutter.nodes"));
    spoiled("nodes: 2", "nodes: 1_000", "E0561", &format!("{front}.remote.nodes"));
}

#[test]
fn popularity_may_be_as_measured() {
    let measured = "items: { items: 3, popularity: { empirical: [20, 50, 30] } }";
    let text = SHOP.replacen("items: { items: 5_000 }", measured, 1);
    let expected = Popularity::empirical(&[50.0, 30.0, 20.0]);
    assert_eq!(plan(&text).data[0].popularity, expected, "the most popular first");
    let set = "system.data.items.popularity.empirical";
    spoiled(&text, "items: 3", "items: 4", "E0598", set);
    spoiled(&text, "30]", "0]", "E0305", &format!("{set}.0"));
    spoiled(&text, "[20, 50, 30]", "20", "E0205", set);
}
