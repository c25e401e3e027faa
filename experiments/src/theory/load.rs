//! The load that an arm is offered, station by station, and its latencies in an empty system: what can be known before
//! anything runs. Means and Little's law only, so it holds for any law of arrivals and service.

use archsim_models::plan::{Arrivals, CachePlace, Plan, Step, StoreId};
use archsim_sim::Limit;
use serde::Serialize;

use super::demand::{Needs, Station, calls};

/// How often requests come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Per second, on average over the run.
    pub mean: f64,
    /// Per second, at the highest.
    pub peak: f64,
    /// Whether users wait for their answers: then both are the most that can come, by the asymptotic bound
    /// min(N ÷ (Z + R), 1 ÷ D) of Denning and Buzen (1978).
    pub at_most: bool,
}

/// What a deployable or a store is asked for on average.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StationLoad {
    /// Its name.
    pub name: String,
    /// `deployable`, `store` (its servers) or `cores of a store`.
    pub kind: &'static str,
    /// Instances of a deployable, servers or cores of a store.
    pub count: u32,
    /// Attempts or operations per second.
    pub arrivals: f64,
    /// Mean work of one of them on a core or server, in seconds.
    pub work: f64,
    /// Work offered ÷ work that can be done; `null` where cores are unlimited.
    pub load: Option<f64>,
    /// The same at the highest rate.
    pub peak: Option<f64>,
    /// Threads or connections that are in use on average with nobody in the way (rate × time held).
    pub held: f64,
    /// The same at the highest rate.
    pub held_peak: f64,
    /// Threads of all instances, or connections of all pools; `null` where unlimited.
    pub there: Option<f64>,
}

/// How long a journey takes in an empty system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calm {
    /// The journey.
    pub journey: String,
    /// Mean, in seconds; see [`Needs`] for parallel branches.
    pub seconds: f64,
    /// Whether the mean is at least that, because random branches run in parallel.
    pub at_least: bool,
    /// The journey's `within`, in seconds; `null` if it has no end.
    pub within: Option<f64>,
}

/// What an arm is offered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    /// How often requests come.
    pub rate: Rate,
    /// Deployables, then stores; those that nobody asks for are left out.
    pub stations: Vec<StationLoad>,
    /// By journey.
    pub journeys: Vec<Calm>,
}

impl Load {
    /// Of an arm.
    pub fn of(plan: &Plan) -> Self {
        let needs = Needs::of(plan);
        let rate = rate(&needs);
        let deployables = (0..plan.deployables.len()).map(|at| deployable(&needs, at, rate));
        let stores = (0..plan.stores.len()).flat_map(|at| {
            [Some(store(&needs, at, rate)), store_cores(&needs, at, rate)].into_iter().flatten()
        });
        let journey = |at: usize| {
            let (work, journey) = (needs.journey(at), &plan.journeys[at]);
            let within = journey.within.as_secs_f64();
            Calm {
                journey: journey.name.clone(),
                seconds: work.seconds,
                at_least: work.at_least,
                // A span without end is as long as a span can be: centuries.
                within: (within < 1e9).then_some(within),
            }
        };
        Load {
            rate,
            stations: deployables.chain(stores).filter(|it| it.arrivals > 0.0).collect(),
            journeys: (0..plan.journeys.len()).map(journey).collect(),
        }
    }
}

/// Work per request at a station over all journeys, in seconds.
pub fn demand(needs: &Needs<'_>, station: Station) -> f64 {
    let at = needs.index(station);
    (0..needs.plan.journeys.len())
        .map(|it| needs.plan.journeys[it].share * needs.journey(it).visits[at].seconds)
        .sum()
}

fn rate(needs: &Needs<'_>) -> Rate {
    let plan = needs.plan;
    match &plan.workload.arrivals {
        Arrivals::Open { .. } | Arrivals::Modulated { .. } => {
            let (mean, peak) = plan.workload.rate().unwrap_or_default();
            Rate { mean, peak, at_most: false }
        }
        Arrivals::Closed { users, think } => {
            let journeys = 0..plan.journeys.len();
            let stay: f64 = journeys.map(|it| plan.journeys[it].share * needs.journey(it).seconds).sum();
            let unhindered = f64::from(*users) / (think.mean() / 1e9 + stay);
            let most = |(station, there): (Station, f64)| there / demand(needs, station);
            let most = capacities(plan).into_iter().map(most).fold(unhindered, f64::min);
            Rate { mean: most, peak: most, at_most: true }
        }
    }
}

/// Cores and servers, where they are limited.
fn capacities(plan: &Plan) -> Vec<(Station, f64)> {
    let cores = plan.deployables.iter().enumerate().filter_map(|(at, it)| match it.cores {
        Limit::AtMost(cores) => Some((Station::Cores(at), f64::from(cores) * f64::from(it.instances))),
        Limit::Unbounded => None,
    });
    let servers = plan.stores.iter().enumerate();
    let limited = servers.clone().filter_map(|(at, it)| match it.cores {
        Limit::AtMost(cores) => Some((Station::StoreCores(at), f64::from(cores))),
        Limit::Unbounded => None,
    });
    let servers = servers.map(|(at, it)| (Station::Store(at), f64::from(it.servers)));
    cores.chain(servers).chain(limited).collect()
}

/// Attempts per request that reach a deployable from outside, and the seconds that each holds a thread, added up.
fn attempts(needs: &Needs<'_>, deployable: usize) -> (f64, f64) {
    let plan = needs.plan;
    let mut all = (0.0, 0.0);
    let mut add = |program: usize, times: f64, remote: bool| {
        if plan.programs[program].deployable.at() == deployable {
            all.0 += times;
            all.1 += times * needs.holds(program, remote);
        }
    };
    for journey in &plan.journeys {
        add(journey.enters.at(), journey.share, false);
    }
    for (caller, &runs) in needs.runs.iter().enumerate() {
        for (calls, site) in calls(plan, caller).into_iter().filter(|(_, site)| !site.in_process) {
            add(site.callee.at(), runs * calls, true);
        }
    }
    all
}

fn deployable(needs: &Needs<'_>, at: usize, rate: Rate) -> StationLoad {
    let settings = &needs.plan.deployables[at];
    let (attempts, held) = attempts(needs, at);
    let instances = f64::from(settings.instances);
    let work = demand(needs, Station::Cores(at));
    let load = |rate: f64| match settings.cores {
        Limit::AtMost(cores) => Some(rate * work / (instances * f64::from(cores))),
        Limit::Unbounded => None,
    };
    StationLoad {
        name: settings.name.clone(),
        kind: "deployable",
        count: settings.instances,
        arrivals: rate.mean * attempts,
        work: if attempts > 0.0 { work / attempts } else { 0.0 },
        load: load(rate.mean),
        peak: load(rate.peak),
        held: rate.mean * held,
        held_peak: rate.peak * held,
        there: match settings.threads {
            Limit::AtMost(threads) => Some(instances * f64::from(threads)),
            Limit::Unbounded => None,
        },
    }
}

/// The cores of a store that operations need.
fn store_cores(needs: &Needs<'_>, at: usize, rate: Rate) -> Option<StationLoad> {
    let settings = &needs.plan.stores[at];
    let Limit::AtMost(cores) = settings.cores else { return None };
    let index = needs.index(Station::StoreCores(at));
    let journeys = needs.plan.journeys.iter().enumerate();
    let visits: f64 =
        journeys.map(|(it, journey)| journey.share * needs.journey(it).visits[index].times).sum();
    let work = demand(needs, Station::StoreCores(at));
    let load = |rate: f64| rate * work / f64::from(cores);
    (visits > 0.0).then(|| StationLoad {
        name: settings.name.clone(),
        kind: "cores of a store",
        count: cores,
        arrivals: rate.mean * visits,
        work: work / visits,
        load: Some(load(rate.mean)),
        peak: Some(load(rate.peak)),
        held: rate.mean * work,
        held_peak: rate.peak * work,
        there: None,
    })
}

fn store(needs: &Needs<'_>, at: usize, rate: Rate) -> StationLoad {
    let settings = &needs.plan.stores[at];
    let index = needs.index(Station::Store(at));
    let shares = needs.plan.journeys.iter().enumerate();
    let operations: f64 =
        shares.map(|(it, journey)| journey.share * needs.journey(it).visits[index].times).sum();
    let work = demand(needs, Station::Store(at));
    let held = work + demand(needs, Station::StoreCores(at)) + operations * 2.0 * settings.hop.as_secs_f64();
    let load = |rate: f64| Some(rate * work / f64::from(settings.servers));
    let pools = clients(needs.plan, at) * f64::from(settings.pool);
    let there = match settings.connections {
        // Who is asked over a link has no pools.
        Limit::AtMost(connections) if pools <= 0.0 => f64::from(connections),
        Limit::AtMost(connections) => pools.min(f64::from(connections)),
        Limit::Unbounded => pools,
    };
    StationLoad {
        name: settings.name.clone(),
        kind: "store",
        count: settings.servers,
        arrivals: rate.mean * operations,
        work: if operations > 0.0 { work / operations } else { 0.0 },
        load: load(rate.mean),
        peak: load(rate.peak),
        held: rate.mean * held,
        held_peak: rate.peak * held,
        there: Some(there),
    }
}

/// Instances that have a pool of connections to the store.
fn clients(plan: &Plan, store: usize) -> f64 {
    let node = |it: StoreId| {
        let cluster = plan.clusters.iter().find(|cluster| cluster.nodes.contains(&it));
        it.at() == store || cluster.is_some_and(|cluster| cluster.nodes.contains(&StoreId(store as u16)))
    };
    let uses = |program: &archsim_models::plan::Program| {
        program.blocks.iter().flatten().any(|step| match step {
            Step::Store { store: it, .. } => node(*it),
            Step::Transaction(step) => node(step.store),
            Step::Cached(access) => {
                let servers = plan.caches[access.cache.at()].place;
                node(access.store)
                    || matches!(servers, CachePlace::Servers { store: it, cluster, .. }
                        if (it.at()..it.at() + usize::from(cluster.size())).contains(&store))
            }
            _ => false,
        })
    };
    let mut callers: Vec<usize> =
        plan.programs.iter().filter(|it| uses(it)).map(|it| it.deployable.at()).collect();
    callers.sort_unstable();
    callers.dedup();
    callers.into_iter().map(|at| f64::from(plan.deployables[at].instances)).sum()
}
