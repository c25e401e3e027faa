//! Regions of an architecture, as written: places that contain zones, and how far they are from each other and from where
//! users live.

use archsim_sim::Span;

use super::super::common::{NAMES, SPAN};
use super::super::read::Reader;
use super::super::shape::{Names, Record, Shape, optional};
use super::super::system::{Named, System};
use super::super::tree::{Entry, Node};
use super::Deployable;
use super::zone::{self, ZONES};
use crate::plan::{Home, RegionId, ZoneId, Zones};

/// `regions` of an architecture.
pub static REGIONS: Shape = Shape::Map(&Names {
    noun: "region",
    of: &Shape::Record(&REGION),
    general: None,
    edges: false,
    may_be_empty: false,
});
static REGION: Record = Record::new(
    "a region",
    &[
        optional(
            "zones",
            &ZONES,
            "one, of the region's own name",
            "Its zones; shares are of the region's users.",
        ),
        optional(
            "serves",
            &NAMES,
            "the home of its own name; homes that no region names go to the nearest",
            "Homes whose users are sent there while all is well.",
        ),
    ],
);
/// `network.distances`.
pub static DISTANCES: Shape =
    Shape::Map(&Names { noun: "edge", of: &SPAN, general: None, edges: true, may_be_empty: true });

/// The zones of an architecture, in regions or not.
pub fn zones(reader: &mut Reader<'_>, system: &System, node: &Node, path: &str) -> Zones {
    let network = node.at("network");
    let Some(regions) = node.get("regions") else {
        return zone::read(reader, node.at("zones"), network, &format!("{path}.zones"));
    };
    if let Some(zones) = node.get("zones") {
        reader
            .report
            .error(
                "E0579",
                zones.place,
                &format!("{path}.zones"),
                "zones both in regions and outside of them",
            )
            .found("`zones` and `regions`, one of them from what this architecture extends")
            .allowed("`regions`, each with its `zones`")
            .help("let the architecture that is extended have `regions` too, if it is only one");
    }
    read(reader, system, regions, network, &format!("{path}.regions"))
}

/// Reads the regions of an architecture, with their zones.
fn read(reader: &mut Reader<'_>, system: &System, node: &Node, network: &Node, path: &str) -> Zones {
    let mut zones = Zones { cross: network.at("cross-zone").span(), ..Zones::NONE };
    let entries = node.entries();
    if system.homes.is_empty() {
        reader
            .report
            .error("E0578", node.place, path, "there are regions, and nobody lives anywhere")
            .found("no `system.homes`")
            .allowed("`system: { homes: { us-east: 60%, europe: 40% } }`, the same for all architectures")
            .help("a home is sent to the region of its name, to the one that `serves` it, or to the nearest");
        return Zones::NONE;
    }
    for (at, entry) in entries.iter().enumerate() {
        zones.regions.names.push(entry.key.clone());
        let (names, users) = match entry.node.get("zones") {
            Some(node) => zone::listed(reader, &zones.names, node, &format!("{path}.{}.zones", entry.key)),
            None => (vec![entry.key.clone()], vec![1.0]),
        };
        zones.regions.of.extend(names.iter().map(|_| RegionId(at as u16)));
        zones.names.extend(names);
        zones.users.extend(users);
    }
    let distance = distances(reader, system, entries, network, path);
    let away = |from: &str| entries.iter().map(|to| distance(from, &to.key)).collect::<Vec<Span>>();
    zones.regions.apart = entries.iter().map(|from| away(&from.key)).collect();
    let served = served(reader, system, entries, path);
    let homes = system.homes.iter().zip(served).map(|((home, share), said)| {
        let away = away(&home.name);
        let nearest = (0..away.len()).min_by_key(|&at| (away[at], at)).unwrap_or(0);
        Home {
            name: home.name.clone(),
            share: *share,
            region: RegionId(said.unwrap_or(nearest) as u16),
            away,
        }
    });
    zones.regions.homes = homes.collect();
    zones
}

/// By home: the region that names it, or that has its name.
fn served(reader: &mut Reader<'_>, system: &System, entries: &[Entry], path: &str) -> Vec<Option<usize>> {
    let homes: Vec<Named> = system.homes.iter().map(|(home, _)| home.clone()).collect();
    let mut served = vec![None; homes.len()];
    for (at, entry) in entries.iter().enumerate() {
        let Some(node) = entry.node.get("serves") else { continue };
        let path = format!("{path}.{}.serves", entry.key);
        for home in super::listed(reader, "home", &homes, node, &path) {
            if let Some(other) = served[home].filter(|&other: &usize| other != at) {
                let (name, other) = (&homes[home].name, &entries[other].key);
                reader
                    .report
                    .error("E0579", node.place, &path, format!("two regions serve `{name}`"))
                    .found(format!("`{other}` and `{}`", entry.key))
                    .allowed("one region for each home; where it is out, `fail-over` says who is asked");
            }
            served[home] = Some(at);
        }
    }
    for (home, region) in homes.iter().zip(&mut served) {
        let own = || entries.iter().position(|it| it.key == home.name && it.node.get("serves").is_none());
        *region = region.or_else(own);
    }
    served
}

/// How far it is between two places, be they regions or homes.
fn distances(
    reader: &mut Reader<'_>,
    system: &System,
    entries: &[Entry],
    network: &Node,
    path: &str,
) -> impl Fn(&str, &str) -> Span + use<> {
    let usual = network.at("cross-region").span();
    let mut places: Vec<Named> = entries.iter().map(Named::from).collect();
    places.extend(system.homes.iter().map(|(home, _)| home.clone()));
    let mut said = Vec::new();
    for entry in network.at("distances").entries() {
        let path = format!("{}.network.distances.{}", path.trim_end_matches(".regions"), entry.key);
        let Some((one, other)) = entry.key.split_once(" -> ") else { continue };
        for name in [one, other] {
            reader.find_name("region or home", &places, name, entry.place, &path);
        }
        said.push((one.to_owned(), other.to_owned(), entry.node.span()));
    }
    move |from: &str, to: &str| {
        if from == to {
            return Span::ZERO;
        }
        let joins = |one: &str, other: &str| (one, other) == (from, to) || (other, one) == (from, to);
        let found = said.iter().find(|(one, other, _)| joins(one, other));
        found.map_or(usual, |(.., span)| *span)
    }
}

/// So many instances in each region that is named.
pub fn counted(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Vec<(RegionId, u32)> {
    let regions: Vec<Named> = zones.regions.names.iter().map(|name| Named::new(name)).collect();
    let path = format!("{path}.instances.per-region");
    let mut counts = Vec::new();
    for entry in node.entries() {
        if let Some(at) = reader.find_key("region", &regions, entry, &path) {
            counts.push((RegionId(at as u16), entry.node.count()));
        }
    }
    counts
}

/// The zones of so many instances in each region, dealt in turn while there are any left.
pub fn dealt(zones: &Zones, within: &[ZoneId], counts: &[(RegionId, u32)]) -> Vec<ZoneId> {
    let of = |region: RegionId| -> Vec<ZoneId> {
        let all =
            (0..zones.names.len() as u16).map(ZoneId).filter(|zone| zones.region(*zone) == Some(region));
        let (chosen, others): (Vec<ZoneId>, Vec<ZoneId>) = all.partition(|zone| within.contains(zone));
        if chosen.is_empty() { others } else { chosen }
    };
    let places: Vec<(Vec<ZoneId>, u32)> = counts.iter().map(|&(region, count)| (of(region), count)).collect();
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let rounds = (0..most).flat_map(|round| {
        let here = places.iter().filter(move |(_, count)| round < *count);
        here.map(move |(zones, _)| zones[round as usize % zones.len()])
    });
    rounds.collect()
}

/// How many of so many instances are in each region.
pub fn counts(zones: &Zones, placed: &[ZoneId], instances: u32) -> Vec<u32> {
    let mut counts = vec![0; zones.regions.names.len()];
    for number in 0..instances as usize {
        if let Some(region) = placed.get(number % placed.len().max(1)).and_then(|zone| zones.region(*zone)) {
            counts[region.at()] += 1;
        }
    }
    counts
}

impl Deployable {
    /// Instances that other regions are to have besides, by zone, so that each has so many times as many as before.
    pub fn reserve(&self, zones: &Zones, scale: f64) -> Vec<ZoneId> {
        if self.scaling.is_some() {
            return Vec::new();
        }
        let counts = counts(zones, &self.zones, self.instances.count());
        let more = |(at, &count): (usize, &u32)| {
            let more = (f64::from(count) * (scale - 1.0) - 1e-9).ceil().max(0.0);
            (RegionId(at as u16), more as u32)
        };
        let more: Vec<_> = counts.iter().enumerate().map(more).filter(|(_, count)| *count > 0).collect();
        dealt(zones, &self.zones, &more)
    }
}
