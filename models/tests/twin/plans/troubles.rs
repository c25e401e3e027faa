//! What goes wrong, at given times and at random.

use archsim_models::plan::*;

use super::*;

impl Dice {
    pub(super) fn hazards(&mut self, plan: &mut Plan) {
        for index in 0..self.below(3) {
            plan.crews.push(Crew { name: format!("crew {index}"), size: 1 + self.below(2) as u32 });
        }
        for _ in 0..=self.below(3) {
            let common = self.chance(0.3);
            let mut effects = Vec::new();
            for _ in 0..if common { 1 + self.below(3) } else { 1 } {
                let boot = ms(self.one_of(&[0, 0, 5]));
                effects.push(HazardEffect { effect: self.effect(plan), boot, key: self.key() });
            }
            let share = self.one_of(&[0.5, 1.0]);
            let (every, repair) = (self.one_of(&[20, 100, 300]), self.one_of(&[1, 10, 50]));
            let hazard = Hazard {
                effects,
                clock: if common { Clock::Common { share } } else { Clock::Each },
                every: self.distribution(every),
                repair: self.distribution(repair),
                from: at(self.one_of(&[0, 0, 300])),
                crew: (!plan.crews.is_empty() && self.chance(0.6))
                    .then(|| self.below(plan.crews.len() as u64) as u16),
                key: self.key(),
            };
            plan.hazards.push(hazard);
        }
    }

    pub(super) fn environments(&mut self, plan: &mut Plan) {
        for _ in 0..self.below(3) {
            let count = 2 + self.below(2);
            let deployable = DeployableId(self.below(plan.deployables.len() as u64) as u16);
            let mut states = Vec::new();
            for index in 0..count {
                let speed = self.one_of(&[0.0, 0.5, 1.0, 2.0]);
                let mean = self.one_of(&[5, 30, 100]);
                let next = (index + 1) % count;
                let then = if self.chance(0.5) {
                    vec![(next as u16, 1.0)]
                } else {
                    vec![(self.below(count) as u16, 0.3), (next as u16, 0.7)]
                };
                states.push(Phase { value: speed, lasts: self.distribution(mean), then });
            }
            // Somewhere there is progress.
            states[0].value = 1.0;
            let (shared, key) = (self.chance(0.5), self.key());
            plan.environments.push(Environment { deployable, shared, states, key });
        }
    }

    pub(super) fn fault(&mut self, plan: &Plan) -> Fault {
        let from = self.below(800);
        // Some are over before what they hit.
        let length = 1 + if self.chance(0.2) { self.below(5) } else { self.below(400) };
        Fault { from: at(from), until: at(from + length), effect: self.effect(plan) }
    }

    pub(super) fn effect(&mut self, plan: &Plan) -> Effect {
        let key = self.key();
        let capability = CapabilityId(self.below(plan.capabilities.len() as u64) as u16);
        let deployable = DeployableId(self.below(plan.deployables.len() as u64) as u16);
        let other = self.below(plan.deployables.len() as u64 + 1) as u16;
        let other = (usize::from(other) < plan.deployables.len()).then_some(DeployableId(other));
        let factor = self.one_of(&[0.5, 2.0, 5.0]);
        match self.below(if plan.stores.is_empty() { 7 } else { 9 }) {
            0 => {
                Effect::Slow { capability, add: self.chance(0.6).then(|| self.distribution(5)), factor, key }
            }
            1 => Effect::Busy { capability, factor },
            2 => Effect::Error {
                capability,
                probability: self.one_of(&[0.3, 1.0]),
                at_once: self.chance(0.5),
                cause: self.one_of(&[Cause::Error, Cause::Error, Cause::BadRequest]),
                key,
            },
            3 => Effect::Hang { capability },
            4 => Effect::NetworkDelay { from: other, to: deployable, add: self.distribution(4), key },
            5 => Effect::NetworkLoss {
                from: other,
                to: deployable,
                probability: self.one_of(&[0.1, 1.0]),
                key,
            },
            6 => {
                let instances = 1 + self.below(2) as u32;
                Effect::Crash { deployable, instances, silent: self.chance(0.4) }
            }
            kind => {
                let store = StoreId(self.below(plan.stores.len() as u64) as u16);
                if kind == 7 {
                    Effect::StoreOutage { store, silent: self.chance(0.5) }
                } else {
                    Effect::StoreSlow { store, factor }
                }
            }
        }
    }
}
