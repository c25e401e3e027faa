//! Caches: who asks which, and what they say of the age of items.

use super::system::accesses;
use crate::cache::Evict;
use crate::evcache::Latch;
use crate::plan::{Coalesce, Load, OnLoss};
use crate::scenario::architecture::Architecture;
use crate::scenario::caches::Cache;
use crate::scenario::report::Report;
use crate::scenario::system::System;

/// A data set is looked up in one cache, and what caches say makes sense.
pub fn caches(architecture: &Architecture, system: &System, report: &mut Report) {
    for (at, data) in system.data.iter().enumerate() {
        let holding: Vec<&Cache> =
            architecture.caches.iter().filter(|cache| cache.holds.contains(&at)).collect();
        let pairs = holding.iter().enumerate().flat_map(|(at, one)| {
            holding[at + 1..].iter().map(move |other| (*one, *other)).filter(|(one, other)| meet(one, other))
        });
        for (first, second) in pairs.take(1) {
            report
                .error("E0420", second.place, &second.path, format!("`{}` is in several caches", data.name))
                .found(format!("{}, {}", first.name, second.name))
                .allowed("one cache for each data set and journey: which would be asked first?")
                .help("let one hold it, or say `for` which journeys each of them is");
        }
    }
    for cache in &architecture.caches {
        if architecture.stores.iter().any(|store| store.name == cache.name) {
            report
                .error(
                    "E0421",
                    cache.place,
                    &cache.path,
                    format!("a store and a cache are called `{}`", cache.name),
                )
                .found(format!("`{}`, twice", cache.name))
                .allowed("names of their own: measures and faults name them");
        }
        let items: u64 = cache.holds.iter().map(|&at| u64::from(system.sets[at].popularity.items())).sum();
        if items >= u64::from(u32::MAX) || (cache.once && cache.holds.iter().any(|&at| at >= 64)) {
            report
                .error("E0510", cache.place, &cache.path, "this cache is about too much data")
                .found(format!("{items} items in {} data sets", cache.holds.len()))
                .allowed(
                    "up to 4 thousand million items; with `once-per-request` one of the first 64 data sets",
                );
        }
        if !cache.holds.iter().any(|&data| accesses(system, data)) {
            report
                .warning("W0720", cache.place, &cache.path, format!("nobody uses the cache `{}`", cache.name))
                .found("a cache whose data no capability reads or writes")
                .allowed("caches of data that is used")
                .help("remove it, or let it hold data that is used");
        }
        sense(cache, report);
        leases(cache, system, report);
        read_through(cache, report);
        copies(cache, system, report);
        expected(cache, system, report);
        memory(cache, system, report);
    }
}

/// Whether two caches that hold the same data may be asked by the same journey.
fn meet(one: &Cache, other: &Cache) -> bool {
    match (&one.serves, &other.serves) {
        (Some(one), Some(other)) => one.iter().any(|journey| other.contains(journey)),
        (None, None) => true,
        // One that is for some journeys comes before one that is for all.
        _ => false,
    }
}

/// What a cache says of times to live makes sense.
fn sense(cache: &Cache, report: &mut Report) {
    let ttl = cache.settings.ttl;
    if ttl.is_some_and(|ttl| ttl.sliding) && (!cache.stale.is_zero() || cache.early > 0.0) {
        report
            .error(
                "E0562",
                cache.place,
                &cache.path,
                "an age that every hit starts anew says nothing of staleness",
            )
            .found("`sliding` beside `stale` or `early-refresh`")
            .allowed("one or the other")
            .help("leave `sliding` out: times to live then count from the fill");
    }
    if ttl.is_none() && (!cache.stale.is_zero() || cache.early > 0.0 || cache.jitter > 0.0) {
        report
            .warning(
                "W0731",
                cache.place,
                &cache.path,
                format!("nothing in `{}` ever gets too old", cache.name),
            )
            .found("`stale`, `early-refresh` or `ttl-jitter` without a `ttl`")
            .allowed("a `ttl`, after which items are too old")
            .help("give the cache a `ttl`, or leave them out");
    }
}

/// Tokens are handed out by servers, each key's by one of them, and nothing else may decide who reads.
fn leases(cache: &Cache, system: &System, report: &mut Report) {
    let Some(leases) = cache.leases else { return };
    let path = format!("{}.leases", cache.path);
    let mut wrong = |code, title: &str, found: &str, allowed: &str, help: &str| {
        report.error(code, cache.leases_at, &path, title).found(found).allowed(allowed).help(help);
    };
    match &cache.remote {
        None => wrong(
            "E0566",
            "leases without servers that hand them out",
            "a cache in the process of every instance",
            "leases of a cache with `remote` servers",
            "in a process `coalesce: instance` lets one read and the others wait",
        ),
        Some(remote) if remote.cluster.copies > 1 => wrong(
            "E0567",
            "leases of several copies",
            &format!("`copies: {}`", remote.cluster.copies),
            "`copies: 1`: a key's token is handed out in one place",
            "several `nodes` may share the keys; copies each miss by themselves",
        ),
        Some(_) => {}
    }
    if cache.coalesce != Coalesce::None || !cache.stale.is_zero() || cache.load != Load::Aside {
        wrong(
            "E0568",
            "two rules for who reads",
            "`leases` beside `coalesce`, `stale` or `load: read-through`",
            "one of them",
            "the holder of the token reads and the others wait for it; what a write has taken out is had with `others: { stale: … }`",
        );
    }
    if !leases.old.is_zero() && !cache.holds.iter().any(|&data| system.is_written(data)) {
        report
            .warning("W0733", cache.leases_at, &path, "nothing is ever taken out")
            .found("`others: { stale: … }` where no capability writes the data")
            .allowed("`others: wait`, or data that is written")
            .help("an item that has been evicted or is too old is not kept for that; leave `others` out");
    }
}

/// What is not remembered has neither an age nor a token, and cannot be taken out.
fn expected(cache: &Cache, system: &System, report: &mut Report) {
    if cache.expected.is_none() {
        return;
    }
    let mut unknown: Vec<&str> = Vec::new();
    let mut without = |is_there: bool, what: &'static str| {
        if is_there {
            unknown.push(what);
        }
    };
    without(cache.remote.is_none(), "no `remote` servers");
    if let Some(remote) = &cache.remote {
        without(remote.cluster.copies > 1, "`copies`");
        without(remote.cluster.on_loss == OnLoss::Rehash, "`on-loss: rehash`");
        without(remote.cluster.gutter > 0, "`gutter`");
    }
    without(cache.settings.evict != Evict::Lru, "another order than `lru`");
    without(cache.settings.ttl.is_some(), "`ttl`");
    without(!cache.stale.is_zero(), "`stale`");
    without(cache.early > 0.0, "`early-refresh`");
    without(cache.jitter > 0.0, "`ttl-jitter`");
    without(cache.negative.is_some(), "`negative`");
    without(cache.leases.is_some(), "`leases`");
    without(cache.holds.len() > 1, "several data sets");
    without(cache.holds.iter().any(|&data| system.is_written(data)), "data that is written");
    without(cache.holds.iter().any(|&data| system.sets[data].absent > 0.0), "data with `absent` items");
    if !unknown.is_empty() {
        report
            .error("E0618", cache.place, &cache.path, "an expectation that knows nothing of this")
            .found(format!("`contents: expected` beside {}", unknown.join(", ")))
            .allowed("an LRU cache on one copy of `remote` servers, without ages, of one data set that is read only")
            .help("leave `contents` out: ten million items take 0.4 GiB");
    }
}

/// What an item that is held takes of the simulator's memory, at most: docs/benchmarks/cache.md.
const BYTES_AN_ITEM: f64 = 47.0;
/// What one cache may take of it before that is worth a word.
const BYTES_MAX: f64 = 2.0 * 1_073_741_824.0;

/// A cache that remembers more items than a machine that is like others has memory for.
fn memory(cache: &Cache, system: &System, report: &mut Report) {
    let sets = || cache.holds.iter().map(|&at| &system.sets[at]);
    let items: f64 = sets().map(|set| f64::from(set.popularity.items())).sum();
    let smallest = sets().map(|set| set.bytes).min().unwrap_or(1);
    let room = cache.settings.room.items(smallest);
    let copies = cache.remote.as_ref().map_or(1, |remote| remote.cluster.copies);
    let bytes = room.min(items) * f64::from(copies) * BYTES_AN_ITEM;
    if cache.expected.is_some() || bytes <= BYTES_MAX {
        return;
    }
    report
        .warning("W0763", cache.place, &cache.path, format!("`{}` may take much memory", cache.name))
        .found(format!("up to {:.1} GiB in each run under way, once it is full", bytes / 1_073_741_824.0))
        .allowed("any, where there is as much")
        .help("with `contents: expected` only the items used last are remembered; or scale data, cache and rates down alike");
}

/// A cache that reads through has servers that do it, and nobody else reads for it.
fn read_through(cache: &Cache, report: &mut Report) {
    if cache.load == Load::Aside {
        return;
    }
    let path = format!("{}.load", cache.path);
    if cache.remote.is_none() {
        report
            .error("E0566", cache.place, &path, "reading through without servers that read")
            .found("a cache in the process of every instance")
            .allowed("`load: read-through` of a cache with `remote` servers")
            .help(
                "in a process whoever misses reads anyway; `coalesce: instance` lets the others wait for it",
            );
    }
    let warmer = cache.remote.as_ref().is_some_and(|remote| remote.cluster.warmer.is_some());
    if cache.coalesce == Coalesce::Instance || !cache.stale.is_zero() || warmer {
        report
            .error("E0569", cache.place, &path, "readers beside a cache that reads itself")
            .found("`load: read-through` beside `coalesce: instance`, `stale` or a `warmer`")
            .allowed("`coalesce: all`, with which a node reads an item once for all who wait for it there")
            .help("with read-through no instance reads the store: leave them out");
    }
    if !cache.late_fills {
        report
            .warning("W0734", cache.place, &path, "a cache that reads itself keeps what comes late")
            .found("`late: dropped` beside `load: read-through`")
            .allowed("`late: kept`")
            .help("leave `late` out: the server does not know who still waits");
    }
}

/// What is said of copies is said of several, and of writes where something is written.
fn copies(cache: &Cache, system: &System, report: &mut Report) {
    let Some(remote) = &cache.remote else { return };
    let path = format!("{}.remote", cache.path);
    if remote.cluster.warmer.is_some() && remote.cluster.copies == 1 {
        report
            .error("E0570", cache.place, &format!("{path}.warmer"), "a warmer without another copy")
            .found("`warmer` of a cache with `copies: 1`")
            .allowed("a warmer of a cache with several `copies`: one is filled from another")
            .help("say `copies`, or leave `warmer` out");
    }
    if remote.cluster.gutter > 0 && remote.cluster.copies > 1 {
        report
            .error("E0596", cache.place, &format!("{path}.gutter"), "spare nodes beside copies")
            .found(format!("`gutter` of a cache with `copies: {}`", remote.cluster.copies))
            .allowed("`gutter` of a cache with `copies: 1`")
            .help("where there are copies, another one has what a lost node had; say one or the other");
    }
    if remote.cluster.gutter > 0 && remote.cluster.on_loss == OnLoss::Rehash {
        report
            .error(
                "E0597",
                cache.place,
                &format!("{path}.gutter"),
                "two rules for the keys of a node that is out",
            )
            .found("`gutter` beside `on-loss: rehash`")
            .allowed("one of them")
            .help("with spare nodes the keys of a node that is out are theirs: leave `on-loss` out");
    }
    let ttl = cache.settings.ttl.map(|ttl| ttl.span);
    if let Some(near) = remote.near.and_then(|near| near.ttl)
        && ttl.is_some_and(|ttl| near.span > ttl)
    {
        report
            .warning(
                "W0736",
                cache.place,
                &format!("{path}.near"),
                "instances keep items longer than the cache does",
            )
            .found("a `ttl` of `near` above that of the cache")
            .allowed("a `ttl` of `near` up to the cache's own")
            .help("an item may be as old as both together; say a shorter one");
    }
    if remote.cluster.latch != Latch::None && !cache.holds.iter().any(|&data| system.is_written(data)) {
        report
            .warning("W0735", cache.place, &format!("{path}.latch"), "nobody writes what the latch is for")
            .found("`latch` where no capability writes the data")
            .allowed("`latch: none`, or data that is written")
            .help("fills after a miss wait for no latch; leave it out");
    }
}
