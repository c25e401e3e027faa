//! From faults that are read to those of a plan, as an architecture has what they name.

use archsim_sim::{Key, Span, Time};

use super::{Again, Exposed, FaultSpec, Part, What, When, ZoneEnds};
use crate::plan::{
    CacheId, CapabilityId, Clock, Crew, DeployableId, Effect, Environment, Fault, Group, Hazard,
    HazardEffect, NodePoolId, RegionId, StoreId, ZoneId,
};
use crate::scenario::architecture::Architecture;
use crate::scenario::place::Place;
use crate::scenario::workload::Run;

/// What happens once.
pub fn faults(specs: &[FaultSpec], architecture: &Architecture, run: &Run) -> Vec<Fault> {
    let once = specs.iter().flat_map(|spec| {
        let parts = spec.once().into_iter().flat_map(|(at, lasts)| {
            let from = run.at(at);
            spec.parts.iter().map(move |part| (part, from, from + lasts))
        });
        parts.flat_map(move |(part, from, until)| {
            let effects = part.effects(architecture, spec.key).into_iter();
            let effects = effects.flat_map(move |(effect, boot)| {
                let recovers = part.recovers(until, effect.clone());
                std::iter::once(Fault { from, until: until + boot, effect }).chain(recovers)
            });
            let cut = part.cut(architecture).filter(|(after, _)| from + *after < until).into_iter();
            effects.chain(cut.flat_map(move |(after, effects)| {
                let gone = move |(effect, boot)| Fault { from: from + after, until: until + boot, effect };
                effects.into_iter().map(gone)
            }))
        })
    });
    once.collect()
}

/// What is lost with a zone, and how long each needs to be back when the zone is.
fn lost_with(architecture: &Architecture, zone: ZoneId, silent: bool) -> Vec<(Effect, Span)> {
    let deployables = architecture.deployables.iter().enumerate();
    let crashes = deployables
        .filter(|(_, it)| it.zones.contains(&zone))
        .map(|(at, it)| (Effect::ZoneCrash { deployable: DeployableId(at as u16), zone, silent }, it.boot));
    let stores = architecture.stores.iter().enumerate();
    let stores = stores.flat_map(|(at, it)| {
        let nodes = (0..).zip(architecture.nodes(at));
        nodes.filter(|(node, _)| it.place_of(*node) == Some(zone)).map(|(_, store)| store)
    });
    // Every node of a cache that is here: it does not serve, and has lost what it held.
    let nodes: Vec<(usize, u16, usize)> = (0..architecture.caches.len())
        .flat_map(|cache| {
            let first = architecture.cache_store(cache).unwrap_or(0);
            let nodes = architecture.caches[cache].stores(architecture).into_iter().enumerate();
            let here = nodes.filter(|(_, it)| it.zone == Some(zone));
            here.map(move |(node, _)| (cache, node as u16, first + node)).collect::<Vec<_>>()
        })
        .collect();
    let servers = nodes.iter().map(|&(.., store)| StoreId(store as u16));
    let outages = stores.chain(servers).map(|store| Effect::StoreOutage { store, silent });
    let losses = nodes.iter().map(|&(cache, node, _)| Effect::CacheLoss {
        cache: CacheId(cache as u16),
        from: node,
        until: node + 1,
    });
    crashes.chain(outages.chain(losses).map(|effect| (effect, Span::ZERO))).collect()
}

/// What is lost with a region: all that is in its zones, and what is somewhere in it.
fn lost_with_region(architecture: &Architecture, region: RegionId, silent: bool) -> Vec<(Effect, Span)> {
    let zones = &architecture.zones;
    let within = (0..zones.names.len() as u16).map(ZoneId).filter(|zone| zones.region(*zone) == Some(region));
    let places = within.chain([zones.somewhere(region)]);
    places.flat_map(|place| lost_with(architecture, place, silent)).collect()
}

/// What happens again and again; without what the architecture does not have.
pub fn hazards(specs: &[FaultSpec], architecture: &Architecture, run: &Run) -> Vec<Hazard> {
    let again = specs.iter().filter_map(|spec| {
        let When::Again(Again { every, repair, from, crew, common }) = &spec.when else { return None };
        let effects = |part: &Part| {
            if part.is_whole() {
                let lost = part.effects(architecture, spec.key).into_iter();
                return lost.map(|(effect, boot)| HazardEffect { effect, boot, key: part.key }).collect();
            }
            let first = part.effect(architecture, spec.key, true);
            let all = first.into_iter().flat_map(|effect| part.at_nodes(architecture, effect)).enumerate();
            let (boot, key) = (part.boot(architecture) + part.recovery(), part.key);
            let each = all.map(|(node, effect)| {
                // Each node fails by itself.
                let key = if node == 0 { key } else { Key::new(key, node as u64).bits() };
                HazardEffect { effect, boot, key }
            });
            each.collect::<Vec<_>>()
        };
        let effects: Vec<HazardEffect> = spec.parts.iter().flat_map(effects).collect();
        (!effects.is_empty()).then(|| Hazard {
            effects,
            clock: match common {
                Some(share) => Clock::Common { share: *share },
                None if spec.parts.iter().any(Part::is_whole) => Clock::Whole,
                None => Clock::Each,
            },
            every: every.clone(),
            repair: repair.clone(),
            from: from.map_or(Time::ZERO, |from| run.at(from)),
            crew: *crew,
            key: spec.key,
        })
    });
    again.chain(super::kill::lower(specs, architecture, run)).collect()
}

/// Those who repair something.
pub fn crews(crews: &[Crew], hazards: &[Hazard]) -> Vec<Crew> {
    if hazards.iter().any(|hazard| hazard.crew.is_some()) { crews.to_vec() } else { Vec::new() }
}

/// What is always there.
pub fn environments(specs: &[FaultSpec], architecture: &Architecture) -> Vec<Environment> {
    let all = specs.iter().flat_map(|spec| spec.parts.iter().map(|part| (part, spec.key)));
    let environments = all.filter_map(|(part, key)| {
        let What::Environment { deployable: (name, _), shared, states } = &part.what else { return None };
        Some(Environment {
            deployable: deployable(architecture, name)?,
            shared: *shared,
            states: states.clone(),
            key,
        })
    });
    environments.collect()
}

fn deployable(architecture: &Architecture, name: &str) -> Option<DeployableId> {
    architecture.deployables.iter().position(|it| it.name == name).map(|at| DeployableId(at as u16))
}

fn store(architecture: &Architecture, name: &str) -> Option<StoreId> {
    architecture.store_named(name).map(|at| StoreId(at as u16))
}

/// The two sides of a network fault; users are nobody.
fn ends(
    architecture: &Architecture,
    between: &[(String, Place); 2],
) -> Option<(Option<DeployableId>, DeployableId)> {
    match (deployable(architecture, &between[0].0), deployable(architecture, &between[1].0)) {
        (Some(from), Some(to)) => Some((Some(from), to)),
        (Some(to), None) | (None, Some(to)) => Some((None, to)),
        (None, None) => None,
    }
}

fn zone(architecture: &Architecture, name: &str) -> Option<ZoneId> {
    architecture.zones.names.iter().position(|it| it == name).map(|at| ZoneId(at as u16))
}

fn region(architecture: &Architecture, name: &str) -> Option<RegionId> {
    let names = &architecture.zones.regions.names;
    names.iter().position(|it| it == name).map(|at| RegionId(at as u16))
}

fn zone_ends(architecture: &Architecture, zones: &ZoneEnds) -> Option<(ZoneId, Option<ZoneId>)> {
    let other = zones.1.as_ref().map(|(name, _)| zone(architecture, name));
    Some((zone(architecture, &zones.0.0)?, other.flatten()))
}

impl Part {
    /// Whether all that it takes goes and comes back together.
    const fn is_whole(&self) -> bool {
        matches!(self.what, What::Zone { .. } | What::Region { .. } | What::Drill { .. })
    }

    /// What goes in the course of a drill, and when.
    fn cut(&self, architecture: &Architecture) -> Option<(Span, Vec<(Effect, Span)>)> {
        let What::Drill { whole: (name, _), is_zone, outage_after } = &self.what else { return None };
        let lost = if *is_zone {
            lost_with(architecture, zone(architecture, name)?, true)
        } else {
            lost_with_region(architecture, region(architecture, name)?, true)
        };
        Some(((*outage_after)?, lost))
    }

    /// What follows on a store's outage: it replays its log and says so.
    fn recovers(&self, from: Time, effect: Effect) -> Option<Fault> {
        match (&self.what, effect) {
            (What::Outage { recovery, .. }, Effect::StoreOutage { store, .. }) if !recovery.is_zero() => {
                let effect = Effect::StoreOutage { store, silent: false };
                Some(Fault { from, until: from + *recovery, effect })
            }
            _ => None,
        }
    }

    /// A random outage is longer by the store's recovery.
    fn recovery(&self) -> Span {
        if let What::Outage { recovery, .. } = self.what { recovery } else { Span::ZERO }
    }

    /// Time from its end until what it hit is back.
    fn boot(&self, architecture: &Architecture) -> Span {
        let What::Crash { deployable: (name, _), .. } = &self.what else { return Span::ZERO };
        let found = architecture.deployables.iter().find(|it| it.name == *name);
        found.map_or(Span::ZERO, |deployable| deployable.boot)
    }

    /// All that it does once, and how long each thing needs to be back afterwards.
    fn effects(&self, architecture: &Architecture, key: u64) -> Vec<(Effect, Span)> {
        if let What::Zone { zone: (name, _), silent } = &self.what {
            return zone(architecture, name)
                .map_or_else(Vec::new, |zone| lost_with(architecture, zone, *silent));
        }
        if let What::Region { region: (name, _), silent } = &self.what {
            let Some(region) = region(architecture, name) else { return Vec::new() };
            let mut lost = lost_with_region(architecture, region, *silent);
            lost.push((Effect::RegionOutage { region }, Span::ZERO));
            return lost;
        }
        if let What::Drill { whole: (name, _), is_zone, .. } = &self.what {
            let effect = if *is_zone {
                zone(architecture, name).map(|zone| Effect::Drain { zone })
            } else {
                region(architecture, name).map(|region| Effect::Evacuate { region })
            };
            return effect.into_iter().map(|effect| (effect, Span::ZERO)).collect();
        }
        let first = self.effect(architecture, key, false);
        let all = first.into_iter().flat_map(|effect| self.at_nodes(architecture, effect));
        all.map(|effect| (effect, self.boot(architecture))).collect()
    }

    /// The same at each node that it hits, if it is about a database or a cache of several.
    fn at_nodes(&self, architecture: &Architecture, effect: Effect) -> Vec<Effect> {
        let (What::Outage { store: (name, _), nodes, .. } | What::SlowStore { store: (name, _), nodes, .. }) =
            &self.what
        else {
            return vec![effect];
        };
        let (Effect::StoreOutage { store, .. } | Effect::StoreSlow { store, .. }) = effect else {
            return vec![effect];
        };
        let hit: Vec<StoreId> = if let Some(cluster) = architecture.cluster(name) {
            nodes.of(cluster).map(|node| StoreId(store.0 + node)).collect()
        } else {
            let all = architecture.nodes(store.at());
            let hit = nodes.nodes.count(false, all.len() as u32) as usize;
            all[..hit].to_vec()
        };
        let at = |node: &StoreId| match effect {
            Effect::StoreOutage { silent, .. } => Effect::StoreOutage { store: *node, silent },
            Effect::StoreSlow { factor, .. } => Effect::StoreSlow { store: *node, factor },
            _ => effect.clone(),
        };
        hit.iter().map(at).collect()
    }

    /// As `architecture` has it, if it has all that the fault names. `key` names its draws.
    fn effect(&self, architecture: &Architecture, key: u64, random: bool) -> Option<Effect> {
        if !self.absent(architecture).is_empty() {
            return None;
        }
        let id = |capability: usize| CapabilityId(capability as u16);
        Some(match &self.what {
            What::Slow { capability, add, factor } => {
                Effect::Slow { capability: id(*capability), add: add.clone(), factor: *factor, key }
            }
            What::Busy { capability, factor } => {
                Effect::Busy { capability: id(*capability), factor: *factor }
            }
            What::Error { capability, probability, at_once, cause } => Effect::Error {
                capability: id(*capability),
                probability: *probability,
                at_once: *at_once,
                cause: *cause,
                key,
            },
            What::Hang { capability } => Effect::Hang { capability: id(*capability) },
            What::Crash { deployable: (name, _), instances, silent } => {
                crash(architecture, name, *instances, random, (*silent, Key::new(key, self.key).bits()))?
            }
            What::Node { pool: (name, _), silent } => {
                let pool = architecture.nodes.iter().position(|it| it.name == *name)?;
                let pool = NodePoolId(pool as u16);
                Effect::NodeCrash { pool, silent: *silent, key: Key::new(key, self.key).bits() }
            }
            What::Delay { between, add } => {
                let (from, to) = ends(architecture, between)?;
                Effect::NetworkDelay { from, to, add: add.clone(), key }
            }
            What::Lose { between, probability } => {
                let (from, to) = ends(architecture, between)?;
                Effect::NetworkLoss { from, to, probability: *probability, key }
            }
            What::Outage { store: (name, _), silent, .. } => {
                Effect::StoreOutage { store: store(architecture, name)?, silent: *silent }
            }
            What::SlowStore { store: (name, _), factor, .. } => {
                Effect::StoreSlow { store: store(architecture, name)?, factor: *factor }
            }
            What::Flush { cache: (name, _), nodes } => {
                let at = architecture.caches.iter().position(|it| it.name == *name)?;
                let hit = architecture.cluster(name).map_or(0..u16::MAX, |cluster| nodes.of(cluster));
                Effect::CacheLoss { cache: CacheId(at as u16), from: hit.start, until: hit.end }
            }
            What::ZoneDelay { zones, add } => {
                let (zone, other) = zone_ends(architecture, zones)?;
                Effect::ZoneDelay { zone, other, add: add.clone(), key }
            }
            What::ZoneLoss { zones, probability } => {
                let (zone, other) = zone_ends(architecture, zones)?;
                Effect::ZoneLoss { zone, other, probability: *probability, key }
            }
            What::Environment { .. }
            | What::Kill { .. }
            | What::Zone { .. }
            | What::Region { .. }
            | What::Drill { .. } => {
                return None;
            }
        })
    }
}

fn crash(
    architecture: &Architecture,
    name: &str,
    instances: Exposed,
    random: bool,
    (silent, key): (bool, u64),
) -> Option<Effect> {
    let deployable = deployable(architecture, name)?;
    if instances == Exposed::OneAtRandom {
        return Some(Effect::CrashOne { group: Group::of(deployable), silent, key });
    }
    let all = architecture.deployables[deployable.at()].most();
    Some(Effect::Crash { deployable, instances: instances.count(random, all), silent })
}
