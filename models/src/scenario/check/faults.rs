//! Faults against the architectures that they happen to.

use crate::scenario::architecture::Architecture;
use crate::scenario::faults::What;
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
        let lacking: Vec<&str> = with
            .iter()
            .filter(|spec| !fault.absent(&architectures[spec.architecture]).is_empty())
            .map(|spec| spec.name.as_str())
            .collect();
        let absent: Vec<_> =
            with.iter().flat_map(|spec| fault.absent(&architectures[spec.architecture])).collect();
        let Some((noun, (name, place))) = absent.first() else {
            crashes(fault, &with, architectures, report);
            continue;
        };
        let all: Vec<&str> = architectures
            .iter()
            .flat_map(|architecture| -> Vec<&str> {
                if *noun == "store" {
                    architecture.stores.iter().map(|it| it.name.as_str()).collect()
                } else {
                    architecture.deployables.iter().map(|it| it.name.as_str()).collect()
                }
            })
            .collect();
        if lacking.len() == with.len() {
            let mut draft = report.error(
                "E0413",
                *place,
                &fault.path,
                format!("no arm has a {noun} `{name}` for this fault to happen to"),
            );
            let mut names = all.clone();
            names.sort_unstable();
            names.dedup();
            draft.found(format!("`{name}`")).allowed(names.join(", "));
            if let Some(near) = nearest(name, all) {
                draft.help(format!("did you mean `{near}`?"));
            }
        } else {
            report
                .warning(
                    "W0705",
                    *place,
                    &fault.path,
                    format!("this fault does nothing in {}", lacking.join(", ")),
                )
                .found(format!("`{name}`, which is no {noun} there"))
                .allowed(format!("a {noun} that every arm has"))
                .help("fine if that is the comparison; else give those arms faults of their own");
        }
    }
}

/// More instances cannot crash than there are.
fn crashes(
    fault: &crate::scenario::faults::FaultSpec,
    with: &[&ArmSpec],
    architectures: &[Architecture],
    report: &mut Report,
) {
    let What::Crash { deployable: (name, _), instances: Some(wanted), .. } = &fault.what else { return };
    for spec in with {
        let architecture = &architectures[spec.architecture];
        let Some(deployable) = architecture.deployables.iter().find(|it| it.name == *name) else { continue };
        let there = deployable.instances.count();
        let fixed = matches!(deployable.instances, crate::scenario::architecture::Instances::Count(_));
        if fixed && *wanted > there {
            report
                .warning(
                    "W0706",
                    fault.place,
                    &fault.path,
                    format!("`{name}` has fewer instances in `{}` than are to crash", architecture.name),
                )
                .found(wanted.to_string())
                .allowed(format!("up to {there}, or `all`"))
                .help("write `instances: all`");
            return;
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
