//! What goes wrong: effects on capabilities, instances, the network and stores, each for its window; when that is, is
//! in the plan or drawn by a hazard.
//!
//! Faults of one kind on one thing may overlap: spans add up, factors multiply, coins are thrown one after the
//! other.

use archsim_sim::{Key, Span, Stream, Time, mutant};

use super::World;
use super::entity::FrameEffects;
use super::hazard::Trouble;
use super::observe::Observer;
use super::store::Outage;
use crate::plan::{CapabilityId, DeployableId, Effect, StoreId};
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
        from: Option<usize>,
        to: usize,
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
                _ => {}
            }
        }
        Some(extra)
    }
}

fn joins(one: Option<DeployableId>, other: DeployableId, from: Option<usize>, to: usize) -> bool {
    let one = one.map(DeployableId::at);
    let other = Some(other.at());
    (one == from && other == Some(to)) || (other == from && one == Some(to))
}

impl<O: Observer> World<'_, O> {
    pub(super) fn trouble_begins(&mut self, index: u32) {
        let Trouble { effect, instance: only, .. } = self.troubles[index as usize];
        match effect {
            Effect::Slow { capability, .. }
            | Effect::Busy { capability, .. }
            | Effect::Error { capability, .. }
            | Effect::Hang { capability } => self.effects[capability.at()].active.push(index),
            Effect::NetworkDelay { .. } | Effect::NetworkLoss { .. } => self.network.active.push(index),
            Effect::Crash { deployable, instances, silent } => {
                for instance in self.hit(only, *deployable, *instances) {
                    self.crash(instance, *silent);
                }
            }
            Effect::StoreOutage { store, .. } => self.store_changes(store.at(), self.outage_of(*store)),
            // Looked up by whoever is served.
            Effect::StoreSlow { .. } => {}
            Effect::CacheLoss { cache } => self.caches.lose(*cache),
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
            Effect::NetworkDelay { .. } | Effect::NetworkLoss { .. } => {
                self.network.active.retain(|&active| active != index || mutant!("network-never-heals"));
            }
            Effect::Crash { deployable, instances, .. } => {
                for instance in self.hit(only, *deployable, *instances) {
                    if !self.is_crashed(instance) {
                        self.restart(instance);
                    }
                }
            }
            Effect::StoreOutage { store, .. } => self.store_changes(store.at(), self.outage_of(*store)),
            // Slowness is looked up by whoever is served; what is lost does not come back by itself.
            Effect::StoreSlow { .. } | Effect::CacheLoss { .. } => {}
        }
    }

    /// Troubles that hold now.
    fn active(&self) -> impl Iterator<Item = &Trouble<'_>> {
        let now = self.now();
        self.troubles.iter().filter(move |trouble| trouble.holds(now))
    }

    fn is_crashed(&self, instance: u32) -> bool {
        self.active().any(|trouble| match trouble.effect {
            Effect::Crash { deployable, instances, .. } => {
                self.hit(trouble.instance, *deployable, *instances).contains(&instance)
            }
            _ => false,
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

    /// Whom a crash hits: that one instance, or the deployable's first ones.
    fn hit(&self, only: Option<u32>, deployable: DeployableId, instances: u32) -> std::ops::Range<u32> {
        if let Some(only) = only {
            return only..only + 1;
        }
        let first = self.layout.first_instance[deployable.at()];
        first..first + instances.min(self.plan.deployables[deployable.at()].instances)
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
