//! Caches: who asks which, and what they say of the age of items.

use super::system::accesses;
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
