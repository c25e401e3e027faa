//! Faults against the architectures that they happen to.

use crate::scenario::architecture::Architecture;
use crate::scenario::faults::{Exposed, FaultSpec, NodesHit, Part, What, When};
use crate::scenario::place::Place;
use crate::scenario::report::Report;
use crate::scenario::scalar::nearest;
use crate::scenario::tree::Node;
use crate::scenario::understand::ArmSpec;

/// A fault on something that no arm has is an error; one that some arms lack is a warning.
pub fn faults(specs: &[ArmSpec], architectures: &[Architecture], report: &mut Report) {
    let mut seen = Vec::new();
    for fault in specs.iter().flat_map(|spec| &spec.faults) {
        if seen.contains(&fault.place) {
            continue;
        }
        seen.push(fault.place);
        let with: Vec<&ArmSpec> =
            specs.iter().filter(|spec| spec.faults.iter().any(|other| other.place == fault.place)).collect();
        for part in &fault.parts {
            there(part, &with, architectures, report);
        }
    }
}

/// What a part names is in some of the arms that have the fault, better in all.
fn there(part: &Part, with: &[&ArmSpec], architectures: &[Architecture], report: &mut Report) {
    let lacking: Vec<&str> = with
        .iter()
        .filter(|spec| !part.absent(&architectures[spec.architecture]).is_empty())
        .map(|spec| spec.name.as_str())
        .collect();
    let absent: Vec<_> =
        with.iter().flat_map(|spec| part.absent(&architectures[spec.architecture])).collect();
    let Some((noun, (name, place))) = absent.first() else {
        crashes(part, with, architectures, report);
        nodes(part, with, architectures, report);
        return;
    };
    if lacking.len() == with.len() {
        nowhere(part, noun, name, *place, architectures, report);
        return;
    }
    report
        .warning("W0705", *place, &part.path, format!("this fault does nothing in {}", lacking.join(", ")))
        .found(format!("`{name}`, which is no {noun} there"))
        .allowed(format!("a {noun} that every arm has"))
        .help("fine if that is the comparison; else give those arms faults of their own");
}

fn nowhere(
    part: &Part,
    noun: &str,
    name: &str,
    place: Place,
    architectures: &[Architecture],
    report: &mut Report,
) {
    let all: Vec<&str> = architectures
        .iter()
        .flat_map(|architecture| -> Vec<&str> {
            let caches = architecture.caches.iter();
            if noun == "store" {
                let remote = caches.filter(|it| it.remote.is_some()).map(|it| it.name.as_str());
                architecture.stores.iter().map(|it| it.name.as_str()).chain(remote).collect()
            } else if noun == "pool of nodes" {
                architecture.nodes.iter().map(|it| it.name.as_str()).collect()
            } else if noun == "region" {
                architecture.zones.regions.names.iter().map(String::as_str).collect()
            } else if noun == "zone" {
                architecture.zones.names.iter().map(String::as_str).collect()
            } else if noun == "cache" {
                caches.map(|it| it.name.as_str()).collect()
            } else {
                architecture.deployables.iter().map(|it| it.name.as_str()).collect()
            }
        })
        .collect();
    let message = format!("no arm has a {noun} `{name}` for this fault to happen to");
    let mut draft = report.error("E0413", place, &part.path, message);
    let mut names = all.clone();
    names.sort_unstable();
    names.dedup();
    draft.found(format!("`{name}`")).allowed(names.join(", "));
    if let Some(near) = nearest(name, all) {
        draft.help(format!("did you mean `{near}`?"));
    }
}

/// More instances cannot crash than there are.
fn crashes(part: &Part, with: &[&ArmSpec], architectures: &[Architecture], report: &mut Report) {
    let What::Crash { deployable: (name, _), instances: Exposed::First(wanted), .. } = &part.what else {
        return;
    };
    for spec in with {
        let architecture = &architectures[spec.architecture];
        let Some(deployable) = architecture.deployables.iter().find(|it| it.name == *name) else { continue };
        let there = deployable.most();
        let fixed = matches!(deployable.instances, crate::scenario::architecture::Instances::Count(_));
        if fixed && *wanted > there {
            report
                .warning(
                    "W0706",
                    part.place,
                    &part.path,
                    format!("`{name}` has fewer instances in `{}` than are to crash", architecture.name),
                )
                .found(wanted.to_string())
                .allowed(format!("up to {there}, or `all`"))
                .help("write `instances: all`");
            return;
        }
    }
}

/// No more nodes can be out than there are.
fn nodes(part: &Part, with: &[&ArmSpec], architectures: &[Architecture], report: &mut Report) {
    let (What::Outage { store: (name, _), nodes, .. }
    | What::SlowStore { store: (name, _), nodes, .. }
    | What::Flush { cache: (name, _), nodes }) = &part.what
    else {
        return;
    };
    let found = |spec: &&ArmSpec| {
        let architecture = &architectures[spec.architecture];
        architecture.stores.iter().find(|it| it.name == *name).map(|store| store.nodes.count())
    };
    let databases: Vec<u32> = with.iter().filter_map(found).collect();
    match (databases.iter().max(), nodes.nodes) {
        (Some(&most), Exposed::First(wanted)) if nodes.copy.is_none() && wanted > most => {
            report
                .warning(
                    "W0751",
                    part.place,
                    &part.path,
                    format!("`{name}` has fewer nodes than are to fail"),
                )
                .found(wanted.to_string())
                .allowed(format!("up to {most}, or `all`"))
                .help("write `nodes: all`");
        }
        (Some(_), _) if nodes.copy.is_none() => {}
        _ => cache_nodes(part, name, *nodes, with, architectures, report),
    }
}

/// Only caches with servers have copies, and none has more nodes than it has.
fn cache_nodes(
    part: &Part,
    name: &str,
    nodes: NodesHit,
    with: &[&ArmSpec],
    architectures: &[Architecture],
    report: &mut Report,
) {
    let wanted = if let Exposed::First(wanted) = nodes.nodes { wanted } else { 1 };
    let copy = nodes.copy.unwrap_or(1);
    let fits = |spec: &&ArmSpec| {
        architectures[spec.architecture].cluster(name).is_some_and(|it| {
            let all = if nodes.copy.is_some() { it.nodes } else { it.size() };
            copy <= u32::from(it.copies) && wanted <= u32::from(all)
        })
    };
    // An arm with fewer is no mistake where another has them.
    if !nodes.chooses() || with.iter().any(fits) {
        return;
    }
    report
        .error("E0563", part.place, &part.path, format!("no arm has these nodes of `{name}`"))
        .found(format!("copy {copy}, nodes {wanted}"))
        .allowed("`copy` and `nodes` of a cache with `remote`, up to as many as it has")
        .help("give the cache `remote: { nodes: …, copies: … }`, or leave them out");
}

/// A crew that nothing waits for.
pub fn idle_crews(crews: &Node, specs: &[ArmSpec], report: &mut Report) {
    for (index, entry) in crews.entries().iter().enumerate() {
        let works =
            |fault: &FaultSpec| matches!(&fault.when, When::Again(again) if again.crew == Some(index as u16));
        if !specs.iter().flat_map(|spec| &spec.faults).any(works) {
            report
                .warning("W0721", entry.place, &format!("crews.{}", entry.key), "this crew repairs nothing")
                .found(format!("no fault with `crew: {}`", entry.key))
                .allowed("a crew that a fault names")
                .help("without `crew` every repair begins at once");
        }
    }
}

/// Faults without a control show an effect, but not its cause.
pub fn no_control(control: &Node, report: &mut Report) {
    report
        .warning(
            "W0707",
            control.place,
            "experiment.control",
            "there are faults, and no arm without them to compare with",
        )
        .found("`control: none`")
        .allowed("`control: { without: faults }`")
        .help("a control shows that the effect is gone where its cause is");
}
