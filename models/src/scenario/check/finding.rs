//! Who is found where: state with its instances, zones that balancers prefer, and registries that never notice.

use crate::plan::{Discovery, Route};
use crate::scenario::architecture::Architecture;
use crate::scenario::report::Report;
use crate::scenario::system::System;

/// Checks how callers find instances.
pub fn check(architecture: &Architecture, system: &System, report: &mut Report) {
    states(architecture, system, report);
    preferences(architecture, report);
    registry(architecture, report);
}

/// What instances hold by themselves is asked for by key, and only by those who have it.
fn states(architecture: &Architecture, system: &System, report: &mut Report) {
    for deployable in &architecture.deployables {
        let Some(state) = &deployable.state else { continue };
        let name = &system.data[state.data].name;
        let dealt = match deployable.route {
            Route::ByKey(rule) => rule.data.at() == state.data && !rule.rehash,
            _ => false,
        };
        if !dealt {
            let path = format!("{}.state", deployable.path);
            let why =
                format!("requests do not find the instance of `{}` that holds their item", deployable.name);
            report
                .error("E0574", state.place, &path, why)
                .found(format!("`state` of `{name}` without a route by its keys"))
                .allowed(format!("`route: {{ by-key: {name} }}`, with `on-loss: fail`"))
                .help(
                    "where items go to others when their instance is lost, these would have nothing of them",
                );
        }
        let again = |&&at: &&usize| system.reads_again(at, state.data);
        if let Some(&capability) = deployable.runs.iter().find(again) {
            report
                .error(
                    "E0576",
                    state.place,
                    &format!("{}.state", deployable.path),
                    format!("`{}` asks `{name}` again by chance", system.capabilities[capability].name),
                )
                .found("`again` in an access to what instances hold by themselves")
                .allowed("`repeat`, a fixed number of operations");
        }
    }
}

/// Balancers can prefer a zone only where there are zones.
fn preferences(architecture: &Architecture, report: &mut Report) {
    if !architecture.zones.is_empty() {
        return;
    }
    if let Some(it) = architecture.deployables.iter().find(|it| it.finding.own_zone) {
        report
            .warning("W0741", it.place, &format!("{}.prefer", it.path), "there is no zone to prefer")
            .found("`prefer: own-zone`, and no `zones`")
            .allowed("`zones: [a, b, c]` in the architecture")
            .help("without zones everything is in one place");
    }
}

/// A registry in which one death looks like a broken network takes out nobody.
fn registry(architecture: &Architecture, report: &mut Report) {
    let leased = architecture.deployables.iter().filter(|it| it.finding.discovery == Discovery::Eureka);
    let mut first = leased.clone();
    let Some(it) = first.next() else { return };
    let all: u32 = leased.map(|it| it.instances.count()).sum();
    let settings = &architecture.eureka;
    let each = settings.eviction.as_secs_f64() / settings.heartbeat.as_secs_f64();
    let needed = (f64::from(all) * each * settings.threshold).floor();
    if settings.threshold > 0.0 && f64::from(all - 1) * each <= needed {
        report
            .warning(
                "W0742",
                it.place,
                &format!("{}.discovery", it.path),
                "the registry will never take out a dead instance",
            )
            .found(format!("{all} instances in it: without one, no more than {needed} heartbeats come"))
            .allowed("more instances, or `eureka: { self-preservation: 0% }`")
            .help("Eureka takes the silence of so many for a broken network of its own");
    }
}
