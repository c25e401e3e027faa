//! Reading `faults` and `crews`.

use archsim_sim::Key;

use super::shape::{FAULT, STRUCK};
use super::when::when;
use super::{Exposed, FaultSpec, NodesHit, Part, What, ZoneEnds};
use crate::plan::{Crew, Phase};
use crate::record::Cause;
use crate::scenario::conform::label;
use crate::scenario::phases::phases;
use crate::scenario::place::Place;
use crate::scenario::read::Reader;
use crate::scenario::shape::{Record, Shape};
use crate::scenario::system::{Named, System};
use crate::scenario::tree::{Entry, Node};
use crate::scenario::workload::Run;

/// Reads the resolved crews.
pub fn read_crews(node: &Node) -> Vec<Crew> {
    let crew = |entry: &Entry| Crew { name: entry.key.clone(), size: entry.node.at("size").count() };
    node.entries().iter().map(crew).collect()
}

/// Reads a resolved list of faults.
pub fn read(
    reader: &mut Reader<'_>,
    system: &System,
    run: &Run,
    crews: &[Crew],
    node: &Node,
    path: &str,
) -> Vec<FaultSpec> {
    let capabilities: Vec<Named> = system
        .capabilities
        .iter()
        .map(|capability| Named { name: capability.name.clone(), place: capability.place })
        .collect();
    let crews: Vec<Named> = crews.iter().map(|crew| Named::new(&crew.name)).collect();
    let mut labels = Vec::new();
    let mut faults = Vec::new();
    for (index, item) in node.items().iter().enumerate() {
        let label = label(item, &Shape::Record(&FAULT), index, &mut labels);
        let key = Key::of_name(&format!("faults.{label}"));
        let path = format!("{path}.{label}");
        let Some(entry) = kind(item, &FAULT) else { continue };
        let parts = if entry.key == "kill" {
            let what = super::kill::read(reader, &entry.node, &path, run);
            vec![Part { what, place: entry.place, path: path.clone(), key: 0 }]
        } else if entry.key == "together" {
            struck(reader, &capabilities, &entry.node, &path)
        } else {
            part(reader, &capabilities, entry, path.clone(), 0).into_iter().collect()
        };
        let Some(when) = when(reader, run, &crews, item, entry, &path) else { continue };
        if !parts.is_empty() {
            faults.push(FaultSpec { when, parts, place: entry.place, key });
        }
    }
    faults
}

/// The entry that says of which kind a fault is.
fn kind<'n>(item: &'n Node, record: &Record) -> Option<&'n Entry> {
    item.entries().iter().find(|entry| record.kinds.contains(&entry.key.as_str()))
}

/// What a common cause can hit.
fn struck(reader: &mut Reader<'_>, capabilities: &[Named], node: &Node, path: &str) -> Vec<Part> {
    let mut labels = Vec::new();
    let items = node.at("of").items().iter().enumerate();
    let parts = items.filter_map(|(index, item)| {
        let label = label(item, &Shape::Record(&STRUCK), index, &mut labels);
        let key = Key::of_name(&label);
        part(reader, capabilities, kind(item, &STRUCK)?, format!("{path}.of.{label}"), key)
    });
    parts.collect()
}

fn part(
    reader: &mut Reader<'_>,
    capabilities: &[Named],
    entry: &Entry,
    path: String,
    key: u64,
) -> Option<Part> {
    let what = read_what(reader, capabilities, &entry.key, &entry.node, &path)?;
    Some(Part { what, place: entry.place, path, key })
}

fn read_what(
    reader: &mut Reader<'_>,
    capabilities: &[Named],
    kind: &str,
    node: &Node,
    path: &str,
) -> Option<What> {
    let name = |node: &Node| (node.string(), node.place);
    let capability = match node.get("capability") {
        Some(name) => reader.find("capability", capabilities, name, &format!("{path}.capability"))?,
        None => 0,
    };
    let factor = node.at("factor").factor();
    Some(match kind {
        "slow" => {
            let add = node.get("latency").map(|node| reader.distribution(node, &format!("{path}.latency")));
            if add.is_none() && (factor - 1.0).abs() < f64::EPSILON {
                reader
                    .report
                    .error("E0505", node.place, path, "this slowness changes nothing")
                    .found("neither `latency` nor a `factor` other than 1")
                    .allowed("`latency: 5s`, `factor: ×10`, or both");
            }
            What::Slow { capability, add, factor }
        }
        "busy" => What::Busy { capability, factor },
        "error" => What::Error {
            capability,
            probability: node.at("share").share(),
            at_once: node.at("at-once").flag(),
            cause: if node.at("bad-request").flag() { Cause::BadRequest } else { Cause::Error },
        },
        "hang" => What::Hang { capability },
        "crash" => What::Crash {
            deployable: name(node.at("deployable")),
            instances: if node.get("random").is_some_and(Node::flag) {
                Exposed::OneAtRandom
            } else {
                exposed(node.get("instances"))
            },
            silent: node.at("silent").flag(),
        },
        "node" => What::Node { pool: name(node.at("pool")), silent: node.at("silent").flag() },
        "zone" => What::Zone { zone: name(node.at("zone")), silent: node.at("silent").flag() },
        "region" => What::Region { region: name(node.at("region")), silent: node.at("silent").flag() },
        "drill" => What::Drill {
            whole: name(node.get("zone").unwrap_or(node.at("region"))),
            is_zone: node.get("zone").is_some(),
            outage_after: node.get("outage-after").map(Node::span),
        },
        "delay" | "lose" | "partition" if node.get("zones").is_some() => {
            let zones = zones(reader, node.at("zones"), path)?;
            match kind {
                "delay" => {
                    let add = reader.distribution(node.at("add"), &format!("{path}.add"));
                    What::ZoneDelay { zones, add }
                }
                "lose" => What::ZoneLoss { zones, probability: node.at("share").share() },
                _ => What::ZoneLoss { zones, probability: 1.0 },
            }
        }
        "delay" => What::Delay {
            between: between(reader, node, path)?,
            add: reader.distribution(node.at("add"), &format!("{path}.add")),
        },
        "lose" => What::Lose { between: between(reader, node, path)?, probability: node.at("share").share() },
        "partition" => What::Lose { between: between(reader, node, path)?, probability: 1.0 },
        "environment" => What::Environment {
            deployable: name(node.at("deployable")),
            shared: node.at("shared").flag(),
            states: states(reader, node.at("states"), &format!("{path}.states"))?,
        },
        "outage" => What::Outage {
            store: name(node.at("store")),
            silent: node.at("silent").flag(),
            recovery: node.at("recovery").span(),
            nodes: nodes_hit(node),
        },
        "flush" => What::Flush { cache: name(node.at("cache")), nodes: nodes_hit(node) },
        _ => What::SlowStore { store: name(node.at("store")), nodes: nodes_hit(node), factor },
    })
}

fn nodes_hit(node: &Node) -> NodesHit {
    NodesHit { copy: node.get("copy").map(Node::count), nodes: exposed(node.get("nodes")) }
}

fn exposed(node: Option<&Node>) -> Exposed {
    match node {
        None => Exposed::Usual,
        Some(all) if all.text() == Some("all") => Exposed::All,
        Some(count) => Exposed::First(count.count()),
    }
}

fn between(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<[(String, Place); 2]> {
    let between = node.at("between");
    let ends: Vec<_> = between.items().iter().map(|item| (item.string(), item.place)).collect();
    match <[_; 2]>::try_from(ends) {
        Ok([a, b]) if a.0 != b.0 => Some([a, b]),
        _ => {
            reader
                .report
                .error(
                    "E0506",
                    between.place,
                    &format!("{path}.between"),
                    "a network fault is between two different ends",
                )
                .found(between.items().iter().map(Node::words).collect::<Vec<_>>().join(", "))
                .allowed("`[a, b]`: two deployables, or `users` and a deployable");
            None
        }
    }
}

/// One zone against all others, or two different ones.
fn zones(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<ZoneEnds> {
    let ends: Vec<_> = node.items().iter().map(|item| (item.string(), item.place)).collect();
    match &ends[..] {
        [one] => Some((one.clone(), None)),
        [one, other] if one.0 != other.0 => Some((one.clone(), Some(other.clone()))),
        _ => {
            let why = "a network fault is between two different zones, or one and all others";
            reader
                .report
                .error("E0506", node.place, &format!("{path}.zones"), why)
                .found(node.items().iter().map(Node::words).collect::<Vec<_>>().join(", "))
                .allowed("`[a, b]`, or `[a]` for `a` and all others");
            None
        }
    }
}

/// The states of an environment, by index.
fn states(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Vec<Phase>> {
    if node.entries().len() < 2 {
        reader
            .report
            .error("E0525", node.place, path, "an environment with one state never changes")
            .found("one state")
            .allowed("two states or more");
        return None;
    }
    phases(reader, node, path, |state| state.at("speed").factor())
}
