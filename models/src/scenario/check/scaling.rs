//! Whether a scaling can do what it says.

use archsim_sim::Limit;

use crate::plan::{Metric, Rule};
use crate::scenario::architecture::{Architecture, Deployable, Instances, ScalingSpec};
use crate::scenario::report::Report;

/// Checks every scaling of an architecture.
pub fn scaling(architecture: &Architecture, report: &mut Report) {
    for deployable in &architecture.deployables {
        if let Some(scaling) = &deployable.scaling {
            bounds(deployable, scaling, report);
            shares(deployable, scaling, report);
            reach(scaling, report);
            looks(scaling, report);
        }
    }
}

fn bounds(deployable: &Deployable, scaling: &ScalingSpec, report: &mut Report) {
    let (min, max) = (scaling.bounds.min, scaling.bounds.max);
    if min > max {
        report
            .error("E0551", scaling.place, &scaling.path, "there can be no number between these")
            .found(format!("`min: {min}`, `max: {max}`"))
            .allowed("`min` up to `max`");
        return;
    }
    let Instances::Count(instances) = deployable.instances else { return };
    let planned = scaling.autoscaler.is_none();
    if !planned && !(min..=max).contains(&instances) {
        report
            .error(
                "E0551",
                deployable.place,
                &format!("{}.instances", deployable.path),
                format!("`{}` starts with a number that it may not have", deployable.name),
            )
            .found(format!("`instances: {instances}`"))
            .allowed(format!("{min} to {max}, `min` to `max` of its scaling"))
            .help("`instances` is how many there are at the start");
    }
}

/// A share needs something that it is a share of.
fn shares(deployable: &Deployable, scaling: &ScalingSpec, report: &mut Report) {
    for goal in scaling.metrics() {
        if let Some((what, Limit::Unbounded)) =
            ScalingSpec::whole(goal.metric, deployable.cores, deployable.threads)
        {
            report
                .error(
                    "E0552",
                    scaling.place,
                    &scaling.path,
                    format!("there is no share of unlimited {what}"),
                )
                .found(format!("`{what}: unbounded` and a target that is a share of them"))
                .allowed(format!("a number of {what}, or a target such as `requests: 50/s`"));
        }
    }
}

/// What saturates may never be so far above its target that anything is done.
fn reach(scaling: &ScalingSpec, report: &mut Report) {
    let tolerance = match scaling.autoscaler.as_ref().map(|it| &it.rule) {
        Some(Rule::Hpa { settings, .. }) => settings.calculator.tolerance,
        _ => 0.0,
    };
    for goal in scaling.metrics() {
        let saturates = matches!(goal.metric, Metric::Cpu | Metric::Threads);
        if saturates && goal.target * (1.0 + tolerance) >= 1.0 {
            report
                .warning(
                    "W0725",
                    scaling.place,
                    &scaling.path,
                    "this target can never be missed by enough: nothing will be added",
                )
                .found(format!(
                    "{:.0}%, and nothing changes within {:.0}% of it",
                    goal.target * 100.0,
                    tolerance * 100.0
                ))
                .allowed("a target such that 100% is more than the tolerance above it; 50% to 80% is usual")
                .help("a share of cores or threads cannot exceed 100%; `requests: …/s` does not saturate");
        }
    }
}

/// Looking more often than there is something new.
fn looks(scaling: &ScalingSpec, report: &mut Report) {
    if let Some(autoscaler) = &scaling.autoscaler
        && autoscaler.every < autoscaler.window
    {
        report
            .warning(
                "W0726",
                scaling.place,
                &scaling.path,
                "it looks more often than there is something new to see",
            )
            .found(format!("`every: {}`, `window: {}`", autoscaler.every, autoscaler.window))
            .allowed("`every` from `window` on");
    }
}
