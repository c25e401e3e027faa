//! What goes wrong, in words, and when.

use archsim_models::plan::{Effect, Plan};

use crate::results::Results;

/// The window of the faults, in seconds from the measured start, and what the first of them is.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpan {
    pub from: f64,
    pub until: f64,
    /// `ratings slow`.
    pub label: String,
}

impl FaultSpan {
    /// Of the first arm that has a fault. `None` if none has.
    pub fn of(results: &Results) -> Option<Self> {
        let plan = results.compared().map(|(arm, _)| &arm.plan).find(|plan| !plan.faults.is_empty())?;
        let window = plan.windows.iter().find(|window| window.name == "fault")?;
        let measured = plan.warmup;
        let seconds = |at: archsim_sim::Time| at.since(measured).as_secs_f64();
        let effects = || plan.faults.iter().map(|fault| &fault.effect);
        let whole = |effect: &&Effect| matches!(effect, Effect::RegionOutage { .. });
        let label = label(plan, effects().find(whole).or_else(|| effects().next())?);
        Some(FaultSpan { from: seconds(window.from), until: seconds(window.until), label })
    }
}

fn label(plan: &Plan, effect: &Effect) -> String {
    let capability = |id: &archsim_models::plan::CapabilityId| &plan.capabilities[id.at()];
    let deployable = |id: &archsim_models::plan::DeployableId| &plan.deployables[id.at()].name;
    let store = |id: &archsim_models::plan::StoreId| &plan.stores[id.at()].name;
    let zone = |id: &archsim_models::plan::ZoneId| &plan.zones.names[id.at()];
    let region_of = |id: &archsim_models::plan::RegionId| &plan.zones.regions.names[id.at()];
    match effect {
        Effect::Slow { capability: id, .. } => format!("{} slow", capability(id)),
        Effect::Busy { capability: id, .. } => format!("{} busy", capability(id)),
        Effect::Error { capability: id, .. } => format!("{} failing", capability(id)),
        Effect::Hang { capability: id } => format!("{} hanging", capability(id)),
        Effect::Crash { deployable: id, instances, .. } => {
            let all = plan.deployables[id.at()].instances;
            let part =
                if *instances < all { format!("{instances} of {all} instances of ") } else { String::new() };
            format!("{part}{} down", deployable(id))
        }
        Effect::CrashOne { group, .. } => {
            let names: Vec<&str> = group.deployables.iter().map(|(id, _)| deployable(id).as_str()).collect();
            format!("an instance of {} down", names.join(" or "))
        }
        Effect::NodeCrash { pool, .. } => format!("a node of {} down", plan.node_pools[pool.at()].name),
        Effect::ZoneCrash { zone: id, .. } => format!("zone {} down", zone(id)),
        Effect::RegionOutage { region } => format!("region {} down", region_of(region)),
        Effect::Evacuate { region } => format!("region {} evacuated", region_of(region)),
        Effect::Drain { zone: id } => format!("zone {} drained", zone(id)),
        Effect::ZoneDelay { zone: id, .. } => format!("the network to zone {} slow", zone(id)),
        Effect::ZoneLoss { zone: id, .. } => format!("the network to zone {} losing messages", zone(id)),
        Effect::NetworkDelay { to, .. } => format!("the network to {} slow", deployable(to)),
        Effect::NetworkLoss { to, .. } => format!("the network to {} losing messages", deployable(to)),
        Effect::StoreOutage { store: id, .. } => format!("{} down", store(id)),
        Effect::CacheLoss { cache, .. } => format!("{} lost", plan.caches[cache.at()].name),
        Effect::StoreSlow { store: id, .. } => format!("{} slow", store(id)),
    }
}
