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
        deployable.finding =
            Finding { discovery: dice.one_of(&ways), own_zone: dice.chance(0.5), anywhere: false };
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
        let effect = Effect::CrashOne { group: Group::of(deployable), silent, key };
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

/// A zone goes again and again, with all that is there.
pub fn lose(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "a zone goes again and again");
    if plan.zones.is_empty() || seed % STAGES < FAULTS || !stream.chance(0.5) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 5_000_000, asked: Vec::new() };
    plan.caches.iter_mut().for_each(|cache| cache.late_fills = true);
    let zone = ZoneId(dice.below(plan.zones.names.len() as u64) as u16);
    let silent = dice.chance(0.5);
    let mut effects = Vec::new();
    for deployable in (0..plan.deployables.len() as u16).map(DeployableId) {
        let (effect, boot) = (Effect::ZoneCrash { deployable, zone, silent }, ms(dice.one_of(&[0, 5, 40])));
        effects.push(HazardEffect { effect, boot, key: 0 });
    }
    for store in
        (0..plan.stores.len() as u16).map(StoreId).filter(|at| plan.stores[at.at()].zone == Some(zone))
    {
        effects.push(HazardEffect { effect: Effect::StoreOutage { store, silent }, boot: ms(0), key: 0 });
    }
    let times = (dice.one_of(&[30, 100]), dice.one_of(&[5, 50]));
    goes_as_a_whole(plan, &mut dice, effects, times);
}

/// All of it goes again and again, with one clock and one repair, of these means.
fn goes_as_a_whole(
    plan: &mut Plan,
    dice: &mut Dice,
    effects: Vec<HazardEffect>,
    (every, repair): (u64, u64),
) {
    plan.hazards.push(Hazard {
        effects,
        clock: Clock::Whole,
        every: dice.distribution(every),
        repair: dice.distribution(repair),
        from: at(0),
        crew: None,
        key: dice.key(),
    });
}

/// Puts the zones into two regions, from one of which users may be sent to the other.
pub fn regions(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "regions of a plan");
    if plan.zones.is_empty() || !stream.chance(0.6) {
        return;
    }
    let mut dice = Dice { stream, stage: seed % STAGES, ties: true, keys: 6_000_000, asked: Vec::new() };
    let zones = plan.zones.names.len() as u16;
    let of = (0..zones).map(|zone| RegionId(u16::from(zone > 0))).collect();
    let apart = ms(dice.one_of(&[0, 2, 7]));
    let mut home = |name: &str, share: f64| {
        let away = [dice.one_of(&[0, 3]), dice.one_of(&[0, 1, 4])].map(ms).to_vec();
        Home { name: name.to_owned(), share, region: RegionId(dice.below(2) as u16), away }
    };
    plan.zones.regions = Regions {
        names: vec!["east".to_owned(), "west".to_owned()],
        of,
        apart: vec![vec![Span::ZERO, apart], vec![apart, Span::ZERO]],
        homes: vec![home("here", 0.3), home("there", 0.6), home("elsewhere", 0.1)],
    };
    for deployable in &mut plan.deployables {
        deployable.finding.anywhere = dice.chance(0.2);
    }
    for store in &mut plan.stores {
        let somewhere = plan.zones.regions.names.len() as u64;
        let somewhere = ZoneId(zones + dice.below(somewhere) as u16);
        store.zone = dice.one_of(&[store.zone, Some(somewhere)]);
    }
    for cluster in &mut plan.clusters {
        if let ClusterKind::Replicated(replication) = &mut cluster.kind {
            replication.reads = dice.one_of(&[replication.reads, Reads::OwnRegion]);
            replication.writes_own_region = dice.chance(0.4);
        }
    }
    let shift = |dice: &mut Dice| {
        let steps = vec![(ms(10), 0.3), (ms(60), 0.8)];
        let span = ms(dice.one_of(&[20, 200]));
        dice.one_of(&[Shift::AtOnce, Shift::Linear(span), Shift::Exponential(span), Shift::Steps(steps)])
    };
    if dice.chance(0.8) {
        plan.fail_over = Some(FailOver {
            detect: ms(dice.one_of(&[0, 20])),
            decide: ms(dice.one_of(&[0, 30])),
            ready: ms(dice.one_of(&[0, 10])),
            shift: shift(&mut dice),
            to: dice.one_of(&[vec![1.0, 1.0], vec![0.2, 0.8], vec![1.0, 0.0]]),
            back_after: ms(dice.one_of(&[0, 50])),
            back: shift(&mut dice),
        });
        for at in 0..plan.deployables.len() {
            reserve(plan, at, &mut dice);
        }
    }
    if seed % STAGES >= FAULTS {
        for _ in 0..dice.below(3) {
            evacuate(plan, &mut dice);
        }
    }
}

/// Some slots more, for the users of another region.
fn reserve(plan: &mut Plan, at: usize, dice: &mut Dice) {
    let deployable = &mut plan.deployables[at];
    // Whoever owns items owns them by number.
    let by_key = matches!(deployable.route, Route::ByKey(_)) || deployable.state.is_some();
    if deployable.scaling.is_some() || by_key || !dice.chance(0.5) {
        return;
    }
    deployable.reserve = true;
    deployable.scaling = Some(Scaling {
        most: deployable.instances + 1 + dice.below(3) as u32,
        boot: ms(dice.one_of(&[0, 15])),
        grace: ms(0),
        replace: None,
        sizing: Sizing::Schedule(Vec::new()),
    });
    plan.caches.iter_mut().for_each(|cache| cache.late_fills = true);
}

/// A region goes, or its users or those of a zone are sent away, once or again and again.
fn evacuate(plan: &mut Plan, dice: &mut Dice) {
    let region = RegionId(dice.below(2) as u16);
    let zones = (0..plan.zones.names.len() as u16).map(ZoneId);
    let within: Vec<ZoneId> = zones.filter(|zone| plan.zones.regions.of[zone.at()] == region).collect();
    let mut effects = vec![match dice.below(4) {
        0 => Effect::Evacuate { region },
        1 => Effect::Drain { zone: within[0] },
        _ => Effect::RegionOutage { region },
    }];
    if let Effect::RegionOutage { .. } = effects[0] {
        plan.caches.iter_mut().for_each(|cache| cache.late_fills = true);
        let silent = dice.chance(0.5);
        for zone in within {
            for deployable in (0..plan.deployables.len() as u16).map(DeployableId) {
                effects.push(Effect::ZoneCrash { deployable, zone, silent });
            }
        }
        let stores = (0..plan.stores.len() as u16).map(StoreId);
        let there = |store: &StoreId| plan.stores[store.at()].zone == Some(plan.zones.somewhere(region));
        effects.extend(stores.filter(there).map(|store| Effect::StoreOutage { store, silent }));
    }
    if dice.chance(0.3) {
        let effects =
            effects.into_iter().map(|effect| HazardEffect { effect, boot: ms(0), key: 0 }).collect();
        let times = (dice.one_of(&[60, 150]), dice.one_of(&[30, 100]));
        goes_as_a_whole(plan, dice, effects, times);
        return;
    }
    let from = dice.below(700);
    let until = from + 1 + dice.below(400);
    plan.faults.extend(effects.into_iter().map(|effect| Fault { from: at(from), until: at(until), effect }));
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
    plan.zones = Zones { names, users, cross: ms(dice.one_of(&[0, 1, 5])), ..Zones::NONE };
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
