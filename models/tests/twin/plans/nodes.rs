//! Pools of nodes, nodes that are killed, and kills on workdays; each from a stream of its own, so that all
//! else of a plan stays as it was.

use archsim_models::plan::*;
use archsim_sim::{Distribution, Limit, Stream};

use super::{FLEETS, HAZARDS, STAGES, at, ms};

/// Puts some of what comes and goes on nodes.
pub fn add(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "nodes");
    if seed % STAGES < FLEETS || stream.chance(0.3) {
        return;
    }
    let mut below = |n: u32| stream.below(n);
    for pool in 0..=(below(2) as u16) {
        let mut on_it = Vec::new();
        for (at, deployable) in plan.deployables.iter_mut().enumerate() {
            if deployable.scaling.is_some() && deployable.nodes.is_none() && below(3) > 0 {
                deployable.cores = Limit::AtMost(deployable.size().max(1));
                deployable.nodes = Some(NodePoolId(pool));
                on_it.push(at);
            }
        }
        let takes = Distribution::constant(ms([0, 10, 50, 200][below(4) as usize]));
        plan.node_pools.push(NodePool {
            name: format!("nodes {pool}"),
            cores: 3 + below(4),
            min: below(3),
            max: 1,
            provision: if below(2) == 0 { takes } else { Distribution::exponential(ms(60)) },
            scan: ms([5, 10, 70][below(3) as usize]),
            give_back: GiveBack {
                unneeded: ms([0, 20, 100][below(3) as usize]),
                threshold: [0.5, 1.0][below(2) as usize],
                after_order: ms([0, 50][below(2) as usize]),
            },
            key: 77_000 + u64::from(pool),
        });
        // What is there at the start has room; now and then not all that may come.
        let start = plan.nodes_at_start(pool as usize);
        let settings = &mut plan.node_pools[pool as usize];
        settings.max = start.max(1) + below(3);
        if !on_it.is_empty() && below(2) == 0 {
            let (from, silent) = (u64::from(below(900)), below(2) == 0);
            let until = from + 1 + u64::from(below(300));
            let effect = Effect::NodeCrash { pool: NodePoolId(pool), silent, key: 78_000 + u64::from(pool) };
            plan.faults.push(Fault { from: at(from), until: at(until), effect });
        }
    }
}

/// Chaos Monkey, with days of a fraction of a second.
pub fn monkey(plan: &mut Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "monkey");
    if seed % STAGES < HAZARDS || stream.chance(0.6) {
        return;
    }
    let mut below = |n: u32| stream.below(n);
    let deployable = DeployableId(below(plan.deployables.len() as u32) as u16);
    let mut effect = Effect::CrashOne { group: Group::of(deployable), silent: below(2) == 0, key: 79_000 };
    let day = ms([20, 100, 144][below(3) as usize]);
    let repair = Distribution::constant(ms([1, 10, 60][below(3) as usize]));
    if let Effect::CrashOne { group, .. } = &mut effect {
        widen(group, plan, seed);
    }
    plan.hazards.push(Hazard {
        effects: vec![HazardEffect { effect, boot: ms([0, 5][below(2) as usize]), key: 79_001 }],
        clock: Clock::Workdays(Workdays {
            mean: 1 + below(4),
            min: 1 + below(3),
            day,
            opens: day.scaled(9.0 / 24.0),
            closes: day.scaled(15.0 / 24.0),
            first: below(7),
        }),
        every: repair.clone(),
        repair,
        from: at(200),
        crew: None,
        key: 79_002,
    });
}

/// Some groups have deployables that boot for longer, and are of one region alone.
fn widen(group: &mut Group, plan: &Plan, seed: u64) {
    let mut stream = Stream::named(seed, 0, "groups");
    if stream.chance(0.5) {
        let others = (0..plan.deployables.len() as u16).map(DeployableId);
        let others: Vec<DeployableId> = others.filter(|it| *it != group.deployables[0].0).collect();
        group.deployables.extend(others.into_iter().map(|it| (it, ms(1 + u64::from(stream.below(40))))));
    }
    let regions = plan.zones.regions.names.len() as u32;
    if regions > 0 && stream.chance(0.5) {
        group.region = Some(RegionId(stream.below(regions) as u16));
    }
}
