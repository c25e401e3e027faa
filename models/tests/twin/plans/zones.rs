//! Zones for some of the random plans, drawn from a stream of their own.

use super::*;
use archsim_models::discovery::health::HealthSettings;

/// Lets callers find instances in some other way, by key perhaps, and instances hold something by themselves.
pub fn find(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "who finds whom");
    if !stream.chance(0.5) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 3_000_000, asked: Vec::new() };
    plan.eureka = EurekaSettings {
        heartbeat: ms(30),
        lease: ms(dice.one_of(&[40, 90])),
        eviction: ms(dice.one_of(&[30, 60])),
        threshold: dice.one_of(&[0.0, 0.2, 0.85]),
        cache: ms(dice.one_of(&[0, 20])),
        fetch: ms(dice.one_of(&[0, 30])),
        list: ms(dice.one_of(&[0, 25])),
    };
    let (items, key) = (1 + dice.below(20) as u32, dice.key());
    let data = DataId(plan.data.len() as u16);
    let popularity = Popularity::zipf(items, 0.5);
    plan.data.push(DataSet { name: "shards".into(), popularity, bytes: 1, absent: 0.0, key });
    for deployable in &mut plan.deployables {
        let health = HealthSettings {
            every: ms(dice.one_of(&[10, 50])),
            failures: 1 + dice.below(3) as u32,
            successes: 1 + dice.below(3) as u32,
        };
        let ways = [Discovery::None, Discovery::AtOnce, Discovery::Eureka, Discovery::Health(health)];
        deployable.finding = Finding { discovery: dice.one_of(&ways), own_zone: dice.chance(0.5) };
        if dice.chance(0.4) {
            let hashing = dice.one_of(&[Hashing::Ketama, Hashing::Modulo]);
            deployable.route = Route::ByKey(ByKey { data, hashing, rehash: dice.chance(0.5) });
        }
        if dice.chance(0.3) {
            let rebuild = ms(dice.one_of(&[0, 20, 150]));
            deployable.state = Some(LocalState { data, rebuild, gradual: dice.chance(0.5) });
        }
    }
}

/// Somebody is killed at random, once or again and again.
pub fn kill(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "who is killed");
    if seed % STAGES < FAULTS || !stream.chance(0.4) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 4_000_000, asked: Vec::new() };
    plan.caches.iter_mut().for_each(|cache| cache.late_fills = true);
    for _ in 0..=dice.below(2) {
        let deployable = DeployableId(dice.below(plan.deployables.len() as u64) as u16);
        let (silent, key) = (dice.chance(0.4), dice.key());
        let effect = Effect::CrashOne { deployable, silent, key };
        if dice.chance(0.5) {
            let from = dice.below(800);
            let until = from + 1 + dice.below(300);
            plan.faults.push(Fault { from: at(from), until: at(until), effect });
            continue;
        }
        let (every, repair) = (dice.one_of(&[30, 100]), dice.one_of(&[5, 50]));
        let share = dice.one_of(&[0.5, 1.0]);
        plan.hazards.push(Hazard {
            effects: vec![HazardEffect { effect, boot: ms(dice.one_of(&[0, 5])), key: dice.key() }],
            clock: dice.one_of(&[Clock::Each, Clock::Common { share }]),
            every: dice.distribution(every),
            repair: dice.distribution(repair),
            from: at(0),
            crew: None,
            key: dice.key(),
        });
    }
}

/// Places what there is in two or three zones, and lets something happen to them.
pub fn add(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "zones of a plan");
    if !stream.chance(0.4) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 2_000_000, asked: Vec::new() };
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
