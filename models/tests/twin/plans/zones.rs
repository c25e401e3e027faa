//! Zones for some of the random plans, drawn from a stream of their own.

use super::*;

/// Places what there is in two or three zones, and lets something happen to them.
pub fn add(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "zones of a plan");
    if !stream.chance(0.4) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 2_000_000 };
    let even = [vec![0.5, 0.5], vec![0.3, 0.7], vec![0.25, 0.25, 0.5]];
    let users = dice.one_of(&even);
    let names = (0..users.len()).map(|zone| format!("zone {zone}")).collect();
    plan.zones = Zones { names, users, cross: ms(dice.one_of(&[0, 1, 5])) };
    let zone = |dice: &mut Dice, plan: &Plan| ZoneId(dice.below(plan.zones.names.len() as u64) as u16);
    for at in 0..plan.deployables.len() {
        let all: Vec<ZoneId> = (0..plan.zones.names.len() as u16).map(ZoneId).collect();
        let one = zone(&mut dice, plan);
        plan.deployables[at].zones = dice.one_of(&[all.clone(), all, vec![one]]);
    }
    for at in 0..plan.stores.len() {
        let one = zone(&mut dice, plan);
        plan.stores[at].zone = dice.one_of(&[None, Some(one)]);
    }
    if seed % STAGES < FAULTS {
        return;
    }
    for _ in 0..dice.below(3) {
        let (zone, other, key) = (zone(&mut dice, plan), zone(&mut dice, plan), dice.key());
        let other = dice.one_of(&[None, Some(other)]).filter(|other| *other != zone);
        let deployable = DeployableId(dice.below(plan.deployables.len() as u64) as u16);
        let effect = match dice.below(4) {
            0 => Effect::ZoneDelay { zone, other, add: dice.distribution(3), key },
            1 => {
                let probability = dice.one_of(&[0.2, 0.7, 1.0]);
                Effect::ZoneLoss { zone, other, probability, key }
            }
            _ => {
                // As with other crashes: the twin does not follow who is late then.
                plan.caches.iter_mut().for_each(|cache| cache.late_fills = true);
                Effect::ZoneCrash { deployable, zone, silent: dice.chance(0.5) }
            }
        };
        let from = dice.below(800);
        let until = from + 1 + dice.below(300);
        plan.faults.push(Fault { from: at(from), until: at(until), effect });
    }
}
