//! Regions: whether the others hold the users of one that is lost, and whether fail-over ever comes to anything.

use super::load::{percent, rate};
use crate::plan::Zones;
use crate::scenario::architecture::{Architecture, Deployable, FailOverSpec, bounded, region};
use crate::scenario::cost::Demand;
use crate::scenario::faults::{FaultSpec, What};
use crate::scenario::report::Report;
use crate::scenario::understand::{ArmSpec, Understanding};

/// Checks the regions of an arm.
pub fn regions(spec: &ArmSpec, all: &Understanding, report: &mut Report) {
    let architecture = &all.architectures[spec.architecture];
    let Some(fail_over) = &architecture.fail_over else {
        drills(spec, architecture, report);
        return;
    };
    too_late(spec, fail_over, report);
    if let Some(rate) = rate(&spec.workload) {
        let demand = Demand::of(architecture, &all.system.under(&spec.workload), &all.calls);
        headroom(architecture, fail_over, (&demand, rate), &lost(spec, &architecture.zones), report);
    }
}

/// Where nobody has regions, it does not matter where users live.
pub fn homes(all: &Understanding, report: &mut Report) {
    let node = all.root.at("system").at("homes");
    if !all.system.homes.is_empty() && all.architectures.iter().all(|it| it.zones.regions.is_empty()) {
        report
            .warning("W0744", node.place, "system.homes", "it matters to no architecture where users live")
            .found("no `regions` anywhere")
            .allowed("`regions` in an architecture")
            .help("without regions everything is as near to every user");
    }
}

/// A drill of a region moves users by fail-over, and without it nobody.
fn drills(spec: &ArmSpec, architecture: &Architecture, report: &mut Report) {
    for part in spec.faults.iter().flat_map(|fault| &fault.parts) {
        let What::Drill { whole: (name, place), is_zone: false, outage_after } = &part.what else { continue };
        if outage_after.is_none() && architecture.zones.regions.names.contains(name) {
            report
                .warning("W0746", *place, &part.path, format!("this drill moves nobody in `{}`", spec.name))
                .found(format!("no `fail-over` in `{}`", architecture.name))
                .allowed("`fail-over: { … }`, which says how users are sent to other regions")
                .help("fine if that is the comparison; else give the architecture `fail-over`");
        }
    }
}

/// Users begin to move while the outage lasts, or never.
fn too_late(spec: &ArmSpec, fail_over: &FailOverSpec, report: &mut Report) {
    let rule = &fail_over.rule;
    let begins = rule.detect + rule.decide + rule.ready;
    let outage = |fault: &&FaultSpec| fault.parts.iter().any(|part| matches!(part.what, What::Region { .. }));
    let outages = spec.faults.iter().filter(outage).filter_map(FaultSpec::once);
    let Some(longest) = outages.map(|(_, lasts)| lasts).max() else { return };
    if longest <= begins {
        report
            .warning(
                "W0745",
                fail_over.place,
                &fail_over.path,
                format!("in `{}` the outage is over before anybody is sent elsewhere", spec.name),
            )
            .found(format!("users would begin to move after {begins}; the region is out for {longest}"))
            .allowed("`detect`, `decide` and `ready` that are shorter than the outage")
            .help("fine if that is the comparison: so long takes a decision that somebody has to make");
    }
}

/// The regions that faults of the arm name; all of them if none does.
fn lost(spec: &ArmSpec, zones: &Zones) -> Vec<usize> {
    let names = &zones.regions.names;
    let named = spec.faults.iter().flat_map(|fault| &fault.parts).filter_map(|part| match &part.what {
        What::Region { region: (name, _), .. } | What::Drill { whole: (name, _), is_zone: false, .. } => {
            names.iter().position(|it| it == name)
        }
        _ => None,
    });
    let named: Vec<usize> = named.collect();
    if named.is_empty() { (0..names.len()).collect() } else { named }
}

/// With the users of a lost region every other one still has less than its cores can do.
fn headroom(
    architecture: &Architecture,
    fail_over: &FailOverSpec,
    (demand, rate): (&Demand, f64),
    lost: &[usize],
    report: &mut Report,
) {
    let mut worst: Option<(f64, &Deployable, usize, usize)> = None;
    for (at, deployable) in architecture.deployables.iter().enumerate() {
        for &from in lost {
            for to in 0..architecture.zones.regions.names.len() {
                let work = demand.work[at] * rate * with_users_of(architecture, fail_over, from, to);
                let there = capacity(architecture, fail_over, deployable, to);
                if from != to && there > 0.0 && worst.is_none_or(|it| work / there > it.0) {
                    worst = Some((work / there, deployable, from, to));
                }
            }
        }
    }
    let Some((load, deployable, from, to)) = worst.filter(|it| it.0 >= 1.0) else { return };
    let name = |region: usize| &architecture.zones.regions.names[region];
    report
        .warning(
            "W0743",
            fail_over.place,
            &fail_over.path,
            format!("`{}` does not hold the users of `{}` as well", name(to), name(from)),
        )
        .found(format!("`{}` there would have {} of the work its cores can do", deployable.name, percent(load)))
        .allowed("below 100% after a fail-over")
        .help("more instances there (`instances: { per-region: … }`), or `scale` and the time to be `ready`; fine if that is the experiment");
}

/// The share of all users that a region has once those of a lost one have moved.
fn with_users_of(architecture: &Architecture, fail_over: &FailOverSpec, from: usize, to: usize) -> f64 {
    let homes = &architecture.zones.regions.homes;
    let of = |region: usize| -> f64 {
        homes.iter().filter(|home| home.region.at() == region).map(|home| home.share).sum()
    };
    let shares = &fail_over.rule.to;
    let all: f64 = shares.iter().enumerate().filter(|(at, _)| *at != from).map(|(_, share)| share).sum();
    of(to) + if all > 0.0 { of(from) * shares[to] / all } else { 0.0 }
}

/// Core-seconds of work per second that a deployable can do in a region.
fn capacity(
    architecture: &Architecture,
    fail_over: &FailOverSpec,
    deployable: &Deployable,
    region: usize,
) -> f64 {
    let instances = deployable.instances.count();
    let there = region::counts(&architecture.zones, &deployable.zones, instances)[region];
    let grows = match deployable.scaling {
        Some(_) => f64::from(deployable.most()) / f64::from(instances),
        None => fail_over.scale.unwrap_or(1.0).max(1.0),
    };
    f64::from(there) * grows * bounded(deployable.cores) * deployable.speed
}
