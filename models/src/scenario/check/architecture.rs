//! An architecture against the system: everything runs somewhere, and just once where nothing says otherwise.

use super::system::accesses;
use super::{caches, finding, policies};
use crate::scenario::architecture::{Architecture, Instances};
use crate::scenario::cost::INSTANCES_MAX;
use crate::scenario::report::Report;
use crate::scenario::scalar::nearest;
use crate::scenario::system::System;

/// Plans number things with 16 bits.
const NUMBER_MAX: usize = u16::MAX as usize;

/// Checks an architecture.
pub fn architecture(architecture: &Architecture, system: &System, report: &mut Report) {
    size(architecture, system, report);
    if architecture.deployables.is_empty() {
        report
            .error(
                "E0407",
                architecture.place,
                &path(architecture, "deployables"),
                format!("nothing runs in `{}`", architecture.name),
            )
            .found("no deployables")
            .allowed("at least one deployable")
            .help("`deployables: { app: { runs: all } }` runs everything in one");
        return;
    }
    quorums(architecture, report);
    super::scaling::scaling(architecture, report);
    super::machines::machines(architecture, report);
    callers(architecture, system, report);
    entries(architecture, system, report);
    rules(architecture, system, report);
    data(architecture, system, report);
    finding::check(architecture, system, report);
    caches::caches(architecture, system, report);
    super::transactions::in_architecture(architecture, system, report);
    crate::scenario::architecture::nodes::check(architecture, report);
    policies::policies(architecture, system, report);
}

fn path(architecture: &Architecture, part: &str) -> String {
    format!("architectures.{}.{part}", architecture.name)
}

fn size(architecture: &Architecture, system: &System, report: &mut Report) {
    let instances: u64 = architecture.deployables.iter().map(|it| u64::from(it.most())).sum();
    if instances > u64::from(INSTANCES_MAX) {
        report
            .error(
                "E0510",
                architecture.place,
                &path(architecture, "deployables"),
                "this architecture is too large",
            )
            .found(format!("{instances} instances"))
            .allowed(format!("up to {INSTANCES_MAX} instances in all"));
    }
    let programs: usize = architecture.deployables.iter().map(|it| it.runs.len()).sum();
    let calls = system.capabilities.iter().map(|it| it.calls().len()).max().unwrap_or(0);
    if programs.saturating_mul(calls.max(1)).saturating_mul(2) > NUMBER_MAX {
        report
            .error(
                "E0510",
                architecture.place,
                &path(architecture, "deployables"),
                "this architecture is too large",
            )
            .found(format!("{programs} programs with up to {calls} calls each"))
            .allowed(format!("up to {} calls in all", NUMBER_MAX / 2));
    }
}

/// No more instances can be needed than there are.
fn quorums(architecture: &Architecture, report: &mut Report) {
    for deployable in &architecture.deployables {
        let Instances::Count(there) = deployable.instances else { continue };
        if deployable.needs > there {
            report
                .error(
                    "E0524",
                    deployable.place,
                    &format!("{}.needs", deployable.path),
                    format!("`{}` can never answer: it needs more instances than it has", deployable.name),
                )
                .found(format!("`needs: {}` of {there}", deployable.needs))
                .allowed(format!("up to {there}, its `instances`"))
                .help("the majority of n instances is n ÷ 2 + 1");
        }
    }
}

/// Every call finds a deployable.
fn callers(architecture: &Architecture, system: &System, report: &mut Report) {
    let mut reported = vec![false; system.capabilities.len()];
    for (caller, capability) in system.capabilities.iter().enumerate() {
        for within in architecture.runners(caller) {
            for call in capability.calls() {
                if architecture.finds(Some(caller), Some(within), call.callee).is_none()
                    && !std::mem::replace(&mut reported[call.callee], true)
                {
                    not_found(architecture, system, &capability.name, call.callee, report);
                }
            }
        }
    }
}

/// Every journey finds where to enter.
fn entries(architecture: &Architecture, system: &System, report: &mut Report) {
    for journey in &system.journeys {
        if architecture.finds(None, None, journey.enters).is_none() {
            not_found(architecture, system, "users", journey.enters, report);
        }
    }
}

fn not_found(architecture: &Architecture, system: &System, caller: &str, callee: usize, report: &mut Report) {
    let name = &system.capabilities[callee].name;
    let runners = architecture.runners(callee);
    if runners.is_empty() {
        report
            .error(
                "E0405",
                architecture.place,
                &path(architecture, "deployables"),
                format!("`{name}` runs nowhere in `{}`", architecture.name),
            )
            .found(format!("`{caller}` needs `{name}`, and no deployable runs it"))
            .allowed("a deployable for every capability that is needed")
            .help(format!("add `{name}: {{}}` to the deployables, or `each: {{}}` for all that have none"));
        return;
    }
    let places: Vec<&str> = runners.iter().map(|&at| architecture.deployables[at].name.as_str()).collect();
    let place = architecture.deployables[runners[1.min(runners.len() - 1)]].place;
    report
        .error(
            "E0406",
            place,
            &path(architecture, "routes"),
            format!("`{name}` runs in several deployables, and nothing says which of them `{caller}` uses"),
        )
        .found(places.join(", "))
        .allowed("one deployable, or a rule in `routes` for every caller from outside")
        .help(format!("add `routes: {{ \"{caller} -> {name}\": {} }}`", places[0]));
}

/// Rules lead to where the callee runs, and are about calls that there are.
fn rules(architecture: &Architecture, system: &System, report: &mut Report) {
    for rule in &architecture.routes {
        let callee = &system.capabilities[rule.callee].name;
        let deployable = &architecture.deployables[rule.deployable];
        if !deployable.runs.contains(&rule.callee) {
            let runners = architecture.runners(rule.callee);
            let runners: Vec<&str> =
                runners.iter().map(|&at| architecture.deployables[at].name.as_str()).collect();
            report
                .error(
                    "E0408",
                    rule.place,
                    &rule.path,
                    format!("`{}` does not run `{callee}`", deployable.name),
                )
                .found(format!("`{}`", deployable.name))
                .allowed(if runners.is_empty() {
                    "none: it runs nowhere".to_owned()
                } else {
                    runners.join(", ")
                });
        }
        let made = match rule.caller {
            Some(caller) => system.capabilities[caller].calls().iter().any(|call| call.callee == rule.callee),
            None => system.journeys.iter().any(|journey| journey.enters == rule.callee),
        };
        if !made {
            report
                .warning("W0703", rule.place, &rule.path, "this rule is about a call that nobody makes")
                .found(format!("a rule for `{callee}`"))
                .allowed("calls that the system makes")
                .help("remove it");
        }
    }
}

/// Whether some deployable uses a data set that its own instances do not hold.
fn needs_store(architecture: &Architecture, system: &System, data: usize) -> bool {
    let asks = |at: usize| {
        let runs = &architecture.deployables[at].runs;
        !architecture.is_local(at, data) && runs.iter().any(|&capability| system.uses(capability, &[data]))
    };
    (0..architecture.deployables.len()).any(asks)
}

/// Data that is used lies in one store.
fn data(architecture: &Architecture, system: &System, report: &mut Report) {
    for (at, data) in system.data.iter().enumerate() {
        let holders: Vec<_> = architecture.stores.iter().filter(|store| store.holds.contains(&at)).collect();
        if holders.is_empty() && needs_store(architecture, system, at) {
            report
                .error(
                    "E0409",
                    architecture.place,
                    &path(architecture, "stores"),
                    format!("`{}` has no store in `{}`", data.name, architecture.name),
                )
                .found(format!("data set `{}`, which is used", data.name))
                .allowed("a store for every data set that is used")
                .help(format!(
                    "add `{}: {{}}` to the stores, or `each: {{}}` for all that have none",
                    data.name
                ));
        }
        if holders.len() > 1 {
            let names: Vec<&str> = holders.iter().map(|store| store.name.as_str()).collect();
            report
                .error(
                    "E0412",
                    holders[1].place,
                    &holders[1].path,
                    format!("`{}` lies in several stores", data.name),
                )
                .found(names.join(", "))
                .allowed("one store for each data set");
        }
    }
    for store in &architecture.stores {
        if !store.holds.iter().any(|&data| accesses(system, data)) {
            report
                .warning("W0704", store.place, &store.path, format!("nobody uses the store `{}`", store.name))
                .found("a store whose data no capability reads or writes")
                .allowed("stores of data that is used")
                .help("remove it, or let it hold data that is used");
        }
    }
}

/// `equal-cost` names another architecture whose own cost does not depend on a third one.
pub fn equal_cost(architectures: &[Architecture], report: &mut Report) {
    let open = |architecture: &Architecture| {
        architecture.deployables.iter().any(|it| matches!(it.instances, Instances::EqualCost { .. }))
    };
    for deployable in architectures.iter().flat_map(|architecture| &architecture.deployables) {
        let Instances::EqualCost { name, place } = &deployable.instances else { continue };
        let path = format!("{}.instances.equal-cost", deployable.path);
        let fixed: Vec<&str> =
            architectures.iter().filter(|it| !open(it)).map(|it| it.name.as_str()).collect();
        let message = match architectures.iter().find(|it| it.name == *name) {
            Some(of) if open(of) => format!("the cost of `{name}` is itself made equal to another one"),
            Some(_) => continue,
            None => format!("there is no architecture `{name}`"),
        };
        let mut draft = report.error("E0414", *place, &path, message);
        draft.found(format!("`{name}`")).allowed(if fixed.is_empty() {
            "an architecture whose instances are all numbers".to_owned()
        } else {
            fixed.join(", ")
        });
        if let Some(near) = nearest(name, fixed) {
            draft.help(format!("did you mean `{near}`?"));
        }
    }
}
