//! What goes wrong: effects on capabilities, instances, the network and stores, each for its window; when that is, is
//! in the plan or drawn by a hazard.
//!
//! Faults of one kind on one thing may overlap: spans add up, factors multiply, coins are thrown one after the
//! other.

use std::ops::Range;

use archsim_sim::{Key, Span, Stream, Time, mutant};

use super::World;
use super::entity::FrameEffects;
use super::hazard::Trouble;
use super::observe::Observer;
use super::store_outage::Outage;
use crate::plan::{CapabilityId, DeployableId, Effect, Group, StoreId, ZoneId, Zones};
use crate::record::Cause;

/// The troubles that a capability has now.
#[derive(Clone, Debug, Default)]
pub(crate) struct CapabilityEffects {
    active: Vec<u32>,
}

impl CapabilityEffects {
    #[inline]
    pub(crate) fn any(&self) -> bool {
        !self.active.is_empty()
    }
}

/// The troubles that the network has now.
#[derive(Clone, Debug, Default)]
pub(crate) struct NetworkFaults {
    active: Vec<u32>,
}

/// What faults do to an execution that starts now.
pub(crate) struct EntryEffects {
    /// Waited before the first step.
    pub wait: Span,
    pub fails_at_once: Option<Cause>,
    pub effects: FrameEffects,
}

/// A span that a fault may have made longer; unscathed, it keeps every bit.
pub(crate) fn scaled_by_faults(span: Span, factor: f64) -> Span {
    // Comparing with the exact neutral value: the factor is 1 unless a fault has set it.
    if factor.to_bits() == 1.0_f64.to_bits() { span } else { span.scaled(factor) }
}

impl NetworkFaults {
    #[inline]
    pub(crate) fn any(&self) -> bool {
        !self.active.is_empty()
    }

    /// Extra time of a message, or `None` if it is lost. A fault between two deployables acts both ways.
    pub(crate) fn disturb(
        &self,
        troubles: &[Trouble<'_>],
        now: Time,
        (from, to): (Option<usize>, usize),
        zones: (Option<ZoneId>, Option<ZoneId>),
        key: Key,
    ) -> Option<Span> {
        let mut extra = Span::ZERO;
        let active = self.active.iter().map(|&index| &troubles[index as usize]);
        for trouble in active.filter(|it| it.holds(now) || mutant!("network-never-heals")) {
            match trouble.effect {
                Effect::NetworkDelay { from: one, to: other, add, key: draw }
                    if joins(*one, *other, from, to) =>
                {
                    extra += add.sample(&mut Stream::keyed(key.with(*draw)));
                }
                Effect::NetworkLoss { from: one, to: other, probability, key: draw }
                    if joins(*one, *other, from, to)
                        && Stream::keyed(key.with(*draw)).chance(*probability) =>
                {
                    return None;
                }
                Effect::ZoneDelay { zone, other, add, key: draw }
                    if Zones::joins(*zone, *other, zones.0, zones.1) =>
                {
                    extra += add.sample(&mut Stream::keyed(key.with(*draw)));
                }
                Effect::ZoneLoss { zone, other, probability, key: draw }
                    if Zones::joins(*zone, *other, zones.0, zones.1)
                        && Stream::keyed(key.with(*draw)).chance(*probability) =>
                {
                    return None;
                }
                _ => {}
            }
        }
        Some(extra)
    }

    /// Extra time of what goes to a store or comes from it. What is lost is sent again until it gets through.
    pub(crate) fn hold_up(
        &self,
        troubles: &[Trouble<'_>],
        now: Time,
        zones: (Option<ZoneId>, Option<ZoneId>),
        key: Key,
    ) -> Span {
        let mut at = now;
        let active = self.active.iter().map(|&index| &troubles[index as usize]);
        for trouble in active.filter(|trouble| trouble.holds(now)) {
            match trouble.effect {
                Effect::ZoneDelay { zone, other, add, key: draw }
                    if Zones::joins(*zone, *other, zones.0, zones.1) =>
                {
                    at += add.sample(&mut Stream::keyed(key.with(*draw)));
                }
                Effect::ZoneLoss { zone, other, probability, key: draw }
                    if Zones::joins(*zone, *other, zones.0, zones.1) =>
                {
                    at = resent(at, trouble.until, *probability, &mut Stream::keyed(key.with(*draw)));
                }
                _ => {}
            }
        }
        at.since(now)
    }
}

/// When a message gets through that is sent again a fifth of a second after each loss.
fn resent(mut at: Time, until: Time, probability: f64, coins: &mut Stream) -> Time {
    if probability >= 1.0 {
        return at.max(until);
    }
    while at < until && coins.chance(probability) {
        at += RESEND;
    }
    at
}

const VICTIM: u64 = Key::of_name("victim");

/// How long TCP waits for an acknowledgement at least (Linux, `TCP_RTO_MIN`).
const RESEND: Span = Span::from_millis(200);

fn joins(one: Option<DeployableId>, other: DeployableId, from: Option<usize>, to: usize) -> bool {
    let one = one.map(DeployableId::at);
    let other = Some(other.at());
    (one == from && other == Some(to)) || (other == from && one == Some(to))
}

impl<O: Observer> World<'_, O> {
    pub(super) fn trouble_begins(&mut self, index: u32) {
        if let Effect::CrashOne { group, key, .. } = self.troubles[index as usize].effect {
            self.troubles[index as usize].instance = self.victim(group, *key);
        }
        if let Effect::NodeCrash { pool, key, .. } = self.troubles[index as usize].effect {
            self.troubles[index as usize].node = self.node_victim(*pool, *key);
        }
        let Trouble { effect, instance: only, node, .. } = self.troubles[index as usize];
        match effect {
            Effect::Slow { capability, .. }
            | Effect::Busy { capability, .. }
            | Effect::Error { capability, .. }
            | Effect::Hang { capability } => self.effects[capability.at()].active.push(index),
            Effect::NetworkDelay { .. }
            | Effect::NetworkLoss { .. }
            | Effect::ZoneDelay { .. }
            | Effect::ZoneLoss { .. } => self.network.active.push(index),
            Effect::Crash { silent, .. }
            | Effect::CrashOne { silent, .. }
            | Effect::ZoneCrash { silent, .. } => {
                for instance in self.exposed(effect, only) {
                    if self.hits(effect, instance) {
                        self.crash(instance, *silent);
                    }
                }
            }
            Effect::NodeCrash { pool, silent, .. } => {
                if let Some((node, _)) = node {
                    self.node_crashes(*pool, node, *silent);
                }
            }
            Effect::StoreOutage { store, .. } => self.store_changes(store.at(), self.outage_of(*store)),
            Effect::RegionOutage { region } | Effect::Evacuate { region } => self.region_changes(*region),
            Effect::Drain { zone } => self.zone_drains(*zone),
            // Looked up by whoever is served.
            Effect::StoreSlow { .. } => {}
            Effect::CacheLoss { cache, from, until } => {
                self.caches.lose(*cache, *from, *until);
                self.copies_lost(*cache, *from, *until);
            }
        }
    }

    pub(super) fn trouble_ends(&mut self, index: u32) {
        let Trouble { effect, instance: only, .. } = self.troubles[index as usize];
        match effect {
            Effect::Slow { capability, .. }
            | Effect::Busy { capability, .. }
            | Effect::Error { capability, .. }
            | Effect::Hang { capability } => {
                self.effects[capability.at()].active.retain(|&active| active != index);
            }
            Effect::NetworkDelay { .. }
            | Effect::NetworkLoss { .. }
            | Effect::ZoneDelay { .. }
            | Effect::ZoneLoss { .. } => {
                self.network.active.retain(|&active| active != index || mutant!("network-never-heals"));
            }
            Effect::Crash { .. } | Effect::CrashOne { .. } | Effect::ZoneCrash { .. } => {
                for instance in self.exposed(effect, only) {
                    if self.hits(effect, instance) && !self.is_crashed(instance) {
                        self.released(instance);
                    }
                }
                if let Effect::CrashOne { .. } = effect {
                    // The next time it is somebody else.
                    self.troubles[index as usize].instance = None;
                }
            }
            Effect::NodeCrash { pool, .. } => {
                if let Some(node) = self.troubles[index as usize].node.take() {
                    self.node_returns(*pool, node);
                }
            }
            Effect::StoreOutage { store, .. } => self.store_changes(store.at(), self.outage_of(*store)),
            Effect::RegionOutage { region } | Effect::Evacuate { region } => self.region_changes(*region),
            Effect::Drain { zone } => self.zone_drains(*zone),
            // Slowness is looked up by whoever is served; what is lost does not come back by itself.
            Effect::StoreSlow { .. } | Effect::CacheLoss { .. } => {}
        }
    }

    /// Troubles that hold now.
    pub(super) fn active(&self) -> impl Iterator<Item = &Trouble<'_>> {
        let now = self.now();
        self.troubles.iter().filter(move |trouble| trouble.holds(now))
    }

    /// Whether a fault holds the instance's machine down.
    pub(super) fn is_crashed(&self, instance: u32) -> bool {
        self.is_held(instance, |_| true) || self.is_node_down(instance)
    }

    /// Whether a fault holds all machines of the instance's zone down.
    pub(super) fn is_zone_down(&self, instance: u32) -> bool {
        self.is_held(instance, |effect| matches!(effect, Effect::ZoneCrash { .. }))
    }

    fn is_held(&self, instance: u32, by: impl Fn(&Effect) -> bool) -> bool {
        self.active().filter(|trouble| by(trouble.effect)).any(|trouble| {
            self.exposed(trouble.effect, trouble.instance).contains(&instance)
                && self.hits(trouble.effect, instance)
        })
    }

    /// Silence, if any of the outages that overlap is silent.
    fn outage_of(&self, store: StoreId) -> Option<Outage> {
        let outages = self.active().filter_map(|trouble| match trouble.effect {
            Effect::StoreOutage { store: out, silent } if *out == store => Some(*silent),
            _ => None,
        });
        outages.reduce(|one, other| one || other).map(
            |silent| {
                if silent { Outage::Silent } else { Outage::Refusing }
            },
        )
    }

    pub(super) fn slow_factor_of(&self, store: StoreId) -> f64 {
        let factors = self.active().filter_map(|trouble| match trouble.effect {
            Effect::StoreSlow { store: slow, factor } if *slow == store => Some(factor),
            _ => None,
        });
        factors.product()
    }

    /// One of those that are up.
    fn victim(&self, group: &Group, key: u64) -> Option<u32> {
        let slots = group.deployables.iter().flat_map(|(deployable, _)| {
            let first = self.layout.first_instance[deployable.at()];
            first..first + self.plan.deployables[deployable.at()].slots()
        });
        let within = |index: &u32| {
            let zone = self.instances[*index as usize].zone;
            let region = zone.and_then(|zone| self.plan.zones.region(zone));
            group.region.is_none_or(|of| region == Some(of) || mutant!("kills-across-regions"))
        };
        let mut living = slots.filter(|&index| self.instances[index as usize].up).filter(within);
        let count = living.clone().count() as u32;
        let key = self.dice.with(VICTIM).with(key).with(self.now().as_nanos());
        if count == 0 { None } else { living.nth(Stream::keyed(key).below(count) as usize) }
    }

    /// How much longer than its repair whoever is hit now will be away.
    pub(super) fn boot_of_victim(&self, effect: &Effect) -> Span {
        let Effect::CrashOne { group, key, .. } = effect else { return Span::ZERO };
        let victim = self.victim(group, *key).map(|index| self.instances[index as usize].deployable);
        let of = |(deployable, _): &&(DeployableId, Span)| Some(deployable.at()) == victim;
        group.deployables.iter().find(of).map_or(Span::ZERO, |&(_, boot)| boot)
    }

    /// Among whom those are that a crash hits: that one instance, or the deployable's first ones, or all of them.
    fn exposed(&self, effect: &Effect, only: Option<u32>) -> Range<u32> {
        if let Some(only) = only {
            return only..only + 1;
        }
        let (deployable, most) = match effect {
            Effect::Crash { deployable, instances, .. } => (deployable.at(), *instances),
            Effect::ZoneCrash { deployable, .. } => (deployable.at(), u32::MAX),
            _ => return 0..0,
        };
        let first = self.layout.first_instance[deployable];
        first..first + most.min(self.plan.deployables[deployable].slots())
    }

    /// Whether a crash hits an instance that is exposed to it.
    fn hits(&self, effect: &Effect, instance: u32) -> bool {
        match effect {
            Effect::ZoneCrash { zone, .. } => {
                let instance = &self.instances[instance as usize];
                let spared = mutant!("zone-outage-misses-one") && instance.number == 0;
                instance.zone == Some(*zone) && !spared
            }
            _ => true,
        }
    }

    /// What the capability's faults do to an execution that starts now.
    pub(super) fn entry_effects(&self, capability: CapabilityId, path: Key) -> EntryEffects {
        let now = self.now();
        let mut entry = EntryEffects { wait: Span::ZERO, fails_at_once: None, effects: FrameEffects::NONE };
        let mut hang_until = Time::ZERO;
        // One that ends at this very instant may still be listed: what holds is said by its times.
        let troubles =
            self.effects[capability.at()].active.iter().map(|&index| &self.troubles[index as usize]);
        for trouble in troubles.filter(|trouble| trouble.holds(now)) {
            match trouble.effect {
                Effect::Slow { add, factor, key, .. } => {
                    entry.effects.latency_factor *= factor;
                    if let Some(add) = add {
                        entry.wait += add.sample(&mut Stream::keyed(path.with(*key)));
                    }
                }
                Effect::Busy { factor, .. } => entry.effects.work_factor *= factor,
                Effect::Error { probability, at_once, cause, key, .. } => {
                    let hit = Stream::keyed(path.with(*key)).chance(*probability).then_some(*cause);
                    entry.fails_at_once = entry.fails_at_once.or(hit.filter(|_| *at_once));
                    entry.effects.fails = entry.effects.fails.or(hit);
                }
                Effect::Hang { .. } => hang_until = hang_until.max(trouble.until),
                _ => {}
            }
        }
        entry.wait += hang_until.since(now);
        entry
    }
}
