//! Zones of an architecture, as written, and what is where.

use super::super::common::SHARE;
use super::super::read::Reader;
use super::super::shape::{Items, Record, Shape, Use, optional};
use super::super::system::Named;
use super::super::tree::Node;
use crate::plan::{RegionId, ZoneId, Zones};

/// `zones` of an architecture.
pub static ZONES: Shape = Shape::List(&Items { noun: "a zone", of: &ZONE, or_one: false, min: 1 });
static ZONE: Shape = Shape::Use(&Use { noun: "zone", of: &ZONE_OPTIONS, or: None });
static ZONE_OPTIONS: Record = Record::new(
    "a zone",
    &[optional(
        "users",
        &SHARE,
        "an even part of what the others leave",
        "The share of the users who come in there.",
    )],
);

/// Reads the zones of an architecture; `network` says what lies between them.
pub fn read(reader: &mut Reader<'_>, node: &Node, network: &Node, path: &str) -> Zones {
    if node.items().is_empty() {
        return Zones::NONE;
    }
    let (names, users) = listed(reader, &[], node, path);
    Zones { names, users, cross: network.at("cross-zone").span(), ..Zones::NONE }
}

/// Zones with names of their own, and the shares of the users; `others` are there already.
pub(super) fn listed(
    reader: &mut Reader<'_>,
    others: &[String],
    node: &Node,
    path: &str,
) -> (Vec<String>, Vec<f64>) {
    let mut names: Vec<String> = Vec::new();
    let mut shares = Vec::new();
    for item in node.items() {
        let (name, options) = item.choice().unwrap_or(("", item));
        if others.iter().chain(&names).any(|other| other == name) {
            reader
                .report
                .error("E0573", item.place, path, format!("there are two zones `{name}`"))
                .found(item.words())
                .allowed("names of their own");
            continue;
        }
        names.push(name.to_owned());
        shares.push(options.get("users").map(Node::share));
    }
    let users = users(reader, &shares, node, path);
    (names, users)
}

/// The shares of the users; zones that say nothing have even parts of what the others leave.
fn users(reader: &mut Reader<'_>, shares: &[Option<f64>], node: &Node, path: &str) -> Vec<f64> {
    let said: f64 = shares.iter().flatten().sum();
    let silent = shares.iter().filter(|share| share.is_none()).count();
    let whole = if silent > 0 { said <= 1.0 + 1e-9 } else { (said - 1.0).abs() < 1e-9 };
    if !whole {
        let why = "the shares of the users who come in do not add up to 100%";
        reader
            .report
            .error("E0571", node.place, path, why)
            .found(format!("{}%", (said * 1e8).round() / 1e6))
            .allowed("100% in all, or less with a zone that says nothing and gets the rest");
    }
    let rest = (1.0 - said).max(0.0) / silent.max(1) as f64;
    shares.iter().map(|share| share.unwrap_or(rest)).collect()
}

/// The zones that a deployable says it is in; all of them if it says nothing.
pub fn placement(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Vec<ZoneId> {
    match node.get("zones") {
        None => (0..zones.names.len() as u16).map(ZoneId).collect(),
        Some(said) => {
            let listed = super::listed(reader, "zone", &named(zones), said, &format!("{path}.zones"));
            listed.into_iter().map(|zone| ZoneId(zone as u16)).collect()
        }
    }
}

/// Where the nodes of a store are, one after the other and round again: in zones, or somewhere in regions.
pub fn of_nodes(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Vec<ZoneId> {
    let regions: Vec<Named> = zones.regions.names.iter().map(|name| Named::new(name)).collect();
    match node.get("regions") {
        None if node.get("zones").is_some() => placement(reader, zones, node, path),
        None => of(reader, zones, node, path).into_iter().collect(),
        Some(said) => {
            let listed = super::listed(reader, "region", &regions, said, &format!("{path}.regions"));
            listed.into_iter().map(|region| zones.somewhere(RegionId(region as u16))).collect()
        }
    }
}

/// The zone that something says it is in.
pub fn of(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Option<ZoneId> {
    let zone = reader.find("zone", &named(zones), node.get("zone")?, &format!("{path}.zone"))?;
    Some(ZoneId(zone as u16))
}

fn named(zones: &Zones) -> Vec<Named> {
    zones.names.iter().map(|name| Named::new(name)).collect()
}
