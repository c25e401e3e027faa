//! A quantity, looked up in the records of one arm.

use archsim_models::plan::{CachePlace, ClusterKind, DeployableId, Plan, Site, Store, Window};
use archsim_models::record::{DeployableRecord, JourneyRecord, PoolWindow, Record, StoreWindow, Tally};
use archsim_models::scenario::{Arm, Measure, Subject, SystemGraph, Told};
use archsim_sim::{Histogram, Limit, Time};

use super::samples::Samples;
use super::{Quantity, journeys, percentile};
use crate::interval::{Count, Ratio};
use crate::monte_carlo::Run;

/// What arrives within this time of the same replication is taken to share one fate where no loss was seen at all:
/// the time that a request of the shipped systems stays, rounded up. See [`crate::interval`].
const SHARED_FATE_SECS: f64 = 0.1;

/// A quantity in the terms of one arm's plan.
pub(super) struct Lens<'a> {
    pub(super) quantity: &'a Quantity,
    arm: &'a Arm,
    pub(super) plan: &'a Plan,
    /// The window's index and itself.
    pub(super) at: usize,
    pub(super) window: &'a Window,
    /// The journeys, or the home of users, that it is about; none if it is about something else.
    pub(super) journeys: Vec<usize>,
}

impl<'a> Lens<'a> {
    /// `None` if the arm has no such window.
    pub(super) fn of(quantity: &'a Quantity, arm: &'a Arm, graph: &SystemGraph) -> Option<Self> {
        let plan = &arm.plan;
        let at = plan.windows.iter().position(|window| window.name == quantity.window)?;
        let journeys = match quantity.subject {
            // An arm without regions counts nobody by where he lives.
            Subject::Home(home) => {
                plan.zones.regions.homes.get(home)?;
                vec![home]
            }
            _ => journeys(&quantity.subject, graph).unwrap_or_default(),
        };
        Some(Lens { quantity, arm, plan, at, window: &plan.windows[at], journeys })
    }

    /// One sample per run. `None` if the arm does not have the quantity.
    pub(super) fn samples(&self, runs: &[Run]) -> Option<Samples> {
        let shares = |count: &dyn Fn(&Record) -> Count| Samples::Shares(each(runs, count));
        let requests = |hits: fn(&Tally) -> u64| match self.quantity.detail.told {
            Told::Count => Samples::Values(each(runs, |record| self.requests(record, hits).hits)),
            _ => shares(&|record| self.requests(record, hits)),
        };
        if self.quantity.detail.at.is_some() {
            return self.at_instant(runs);
        }
        Some(match self.quantity.measure {
            Measure::Availability => requests(|tally| tally.answered),
            Measure::Degraded => requests(|tally| tally.degraded),
            Measure::Failed => requests(|tally| tally.failed.iter().sum()),
            Measure::Unavailability => requests(|tally| tally.arrived - tally.answered),
            Measure::BudgetSpent => Samples::Ratios(each(runs, |r| self.budget(r)), f64::INFINITY),
            Measure::Slower => self.slower(runs)?,
            Measure::Requests => {
                Samples::Values(each(runs, |record| self.requests(record, |tally| tally.arrived).hits))
            }
            Measure::InState => self.in_state(runs)?,
            Measure::ReachedState => self.reached_state(runs)?,
            Measure::Spells => self.spells(runs)?,
            Measure::MeanSpell => self.mean_spell(runs)?,
            Measure::TimeToState => self.time_to_state(runs)?,
            Measure::TimeToRecover => self.time_to_recover(runs),
            Measure::BlastRadius => shares(&|record| self.blast_radius(record)),
            Measure::MeanLatency => Samples::Ratios(each(runs, |r| self.mean_latency(r)), f64::INFINITY),
            Measure::P50 | Measure::P90 | Measure::P99 | Measure::P999 => Samples::Percentile {
                latencies: each(runs, |record| self.latencies(record)),
                q: percentile(self.quantity.measure)?,
                units: self.units(),
            },
            Measure::Amplification => {
                let sites = self.sites()?;
                Samples::Ratios(each(runs, |record| self.amplification(record, &sites)), f64::INFINITY)
            }
            Measure::WastedWork => {
                let deployables = self.deployables()?;
                Samples::Ratios(each(runs, |record| wasted_work(record, &deployables)), 1.0)
            }
            Measure::Goodput => Samples::Values(each(runs, |record| self.goodput(record))),
            Measure::Utilisation => self.utilisation(runs)?,
            Measure::CpuUtilisation => self.cpu_utilisation(runs)?,
            Measure::LockQueue | Measure::MeanLockWait | Measure::Deadlocks | Measure::Conflicts => {
                self.locks(runs)?
            }
            Measure::Queue => self.queue(runs)?,
            Measure::Up => self.up(runs)?,
            Measure::Instances => self.instances(runs)?,
            Measure::Nodes => self.pools(runs, |window| window.nodes)?,
            Measure::Pending => self.pools(runs, |window| window.pending)?,
            Measure::Present
            | Measure::Waited
            | Measure::MeanWait
            | Measure::Abandoned
            | Measure::ArrivalRate
            | Measure::Throughput => self.flow(runs)?,
            Measure::HitRatio => self.hit_ratio(runs)?,
            Measure::StoreLoad => self.store_load(runs)?,
            Measure::StaleReads => self.stale_reads(runs)?,
            Measure::LostWrites => self.lost_writes(runs)?,
            Measure::Sessions
            | Measure::SessionsEnded
            | Measure::SessionsGivenUp
            | Measure::SessionsInProgress
            | Measure::SessionLength
            | Measure::SessionRequests => self.sessions(runs)?,
            Measure::Cost => Samples::Values(self.cost(runs)),
        })
    }

    pub(super) fn seconds(&self) -> f64 {
        self.window.until.since(self.window.from).as_secs_f64()
    }

    /// How many spells of [`SHARED_FATE_SECS`] the window spans: what arrives within one of them may share one fate.
    pub(super) fn units(&self) -> f64 {
        (self.seconds() / SHARED_FATE_SECS).ceil().max(1.0)
    }

    pub(super) fn tallies<'r>(&self, record: &'r Record) -> impl Iterator<Item = (usize, &'r Tally)> {
        self.journeys.iter().map(move |&journey| (journey, &self.users(record)[journey].windows[self.at]))
    }

    /// The records of users' requests: by journey, or by home.
    fn users<'r>(&self, record: &'r Record) -> &'r [JourneyRecord] {
        if matches!(self.quantity.subject, Subject::Home(_)) { &record.homes } else { &record.journeys }
    }

    fn requests(&self, record: &Record, hits: fn(&Tally) -> u64) -> Count {
        let hits = self.tallies(record).map(|(_, tally)| hits(tally)).sum::<u64>() as f64;
        let trials = self.tallies(record).map(|(_, tally)| tally.arrived).sum::<u64>() as f64;
        Count { hits, trials, units: self.units().min(trials) }
    }

    /// Answers that took longer than so long, of all answers.
    fn slower(&self, runs: &[Run]) -> Option<Samples> {
        let than = self.quantity.detail.than?.as_nanos();
        let count = |record: &Record| {
            let latencies = self.latencies(record);
            let trials = latencies.count() as f64;
            let hits = trials - latencies.count_at_most(than) as f64;
            Count { hits, trials, units: self.units().min(trials) }
        };
        Some(match self.quantity.detail.told {
            Told::Count => Samples::Values(each(runs, |record| count(record).hits)),
            _ => Samples::Shares(each(runs, count)),
        })
    }

    /// Each journey is one trial and one unit.
    fn blast_radius(&self, record: &Record) -> Count {
        let asked = || self.tallies(record).filter(|(_, tally)| tally.arrived > 0);
        let below = asked().filter(|&(journey, tally)| {
            (tally.answered as f64 / tally.arrived as f64) < self.plan.journeys[journey].objective
        });
        let trials = asked().count() as f64;
        Count { hits: below.count() as f64, trials, units: trials }
    }

    fn latencies(&self, record: &Record) -> Histogram {
        let mut pooled = Histogram::new();
        for (_, tally) in self.tallies(record) {
            pooled.merge(&tally.latency);
        }
        pooled
    }

    fn mean_latency(&self, record: &Record) -> Ratio {
        let latencies = self.latencies(record);
        Ratio { part: latencies.sum() as f64 / 1e9, whole: latencies.count() as f64 }
    }

    /// The call sites that amplification is about: over the network or behind policies. The user's own entry is
    /// no call site.
    fn sites(&self) -> Option<Vec<usize>> {
        let callee = match self.quantity.subject {
            Subject::Capability(capability) => Some(capability),
            _ => None,
        };
        let counts = |site: &Site| {
            let capability = self.plan.programs[site.callee.at()].capability.at();
            (!site.in_process || site.guard.is_some()) && callee.is_none_or(|callee| callee == capability)
        };
        let sites: Vec<usize> =
            (0..self.plan.sites.len()).filter(|&site| counts(&self.plan.sites[site])).collect();
        (!sites.is_empty()).then_some(sites)
    }

    fn amplification(&self, record: &Record, sites: &[usize]) -> Ratio {
        let windows = || sites.iter().map(|&site| &record.sites[site].windows[self.at]);
        let part = windows().map(|site| site.attempts).sum::<u64>() as f64;
        Ratio { part, whole: windows().map(|site| site.calls).sum::<u64>() as f64 }
    }

    fn goodput(&self, record: &Record) -> f64 {
        let bucket = self.plan.bucket.as_nanos();
        let starts_within = |index: usize| self.window.contains(Time::from_nanos(index as u64 * bucket));
        let of = |journey: &usize| {
            let series = self.users(record)[*journey].goodput.iter().enumerate();
            series.filter(|&(index, _)| starts_within(index)).map(|(_, &answers)| answers).sum::<u64>()
        };
        self.journeys.iter().map(of).sum::<u64>() as f64 / self.seconds()
    }

    /// Instances with unlimited cores have no utilisation.
    fn utilisation(&self, runs: &[Run]) -> Option<Samples> {
        if let Some(stores) = self.stores() {
            let servers: f64 = stores.iter().map(|&store| f64::from(self.plan.stores[store].servers)).sum();
            return Some(Samples::Values(each(runs, |record| {
                self.over(&stores, record, |window| window.busy) / servers
            })));
        }
        let cores = |id: DeployableId| match self.plan.deployables[id.at()].cores {
            Limit::AtMost(cores) => Some(f64::from(cores)),
            Limit::Unbounded => None,
        };
        let limited: Vec<(DeployableId, f64)> =
            self.deployables()?.into_iter().filter_map(|id| Some((id, cores(id)?))).collect();
        // Where instances come and go, those that are up are there.
        let there = |record: &Record| -> f64 {
            let of = |&(id, cores): &(DeployableId, f64)| match &self.plan.deployables[id.at()] {
                it if it.scaling.is_none() => cores * f64::from(it.instances),
                _ => cores * record.deployables[id.at()].windows[self.at].up,
            };
            limited.iter().map(of).sum()
        };
        let busy = |record: &Record| -> f64 {
            limited.iter().map(|(id, _)| record.deployables[id.at()].windows[self.at].busy_cores).sum()
        };
        let share = |record: &Record| {
            let there = there(record);
            if there > 0.0 { busy(record) / there } else { 0.0 }
        };
        (!limited.is_empty()).then(|| Samples::Values(each(runs, share)))
    }

    /// Of the named store, or of the one whose cores are busiest; none where all are unlimited.
    fn cpu_utilisation(&self, runs: &[Run]) -> Option<Samples> {
        let cores = |at: usize| match self.plan.stores[at].cores {
            Limit::AtMost(cores) => Some((at, f64::from(cores))),
            Limit::Unbounded => None,
        };
        let stores: Vec<(usize, f64)> = match self.store() {
            Some(store) => cores(store).into_iter().collect(),
            None => (0..self.plan.stores.len()).filter_map(cores).collect(),
        };
        let busy = |record: &Record| {
            let of = |&(at, cores): &(usize, f64)| record.stores[at].windows[self.at].busy_cores / cores;
            stores.iter().map(of).fold(0.0, f64::max)
        };
        (!stores.is_empty()).then(|| Samples::Values(each(runs, busy)))
    }

    fn queue(&self, runs: &[Run]) -> Option<Samples> {
        if let Some(stores) = self.stores() {
            let queued = |record: &Record| self.over(&stores, record, |window| window.queued);
            return Some(Samples::Values(each(runs, queued)));
        }
        let deployables = self.deployables()?;
        let queued = |record: &Record| -> f64 {
            deployables.iter().map(|id| record.deployables[id.at()].windows[self.at].queued).sum()
        };
        Some(Samples::Values(each(runs, queued)))
    }

    fn up(&self, runs: &[Run]) -> Option<Samples> {
        if let Some(stores) = self.stores() {
            let up = |record: &Record| self.over(&stores, record, |window| window.up);
            return Some(Samples::Values(each(runs, up)));
        }
        let deployables = self.deployables()?;
        let up = |record: &Record| -> f64 {
            deployables.iter().map(|id| record.deployables[id.at()].windows[self.at].up).sum()
        };
        Some(Samples::Values(each(runs, up)))
    }

    /// Instances that are paid for.
    fn instances(&self, runs: &[Run]) -> Option<Samples> {
        let deployables = self.deployables()?;
        let there = |record: &Record| -> f64 {
            deployables.iter().map(|id| record.deployables[id.at()].windows[self.at].instances).sum()
        };
        Some(Samples::Values(each(runs, there)))
    }

    /// Something of the pools of nodes, or of those that the named deployable is on, if the arm has any.
    fn pools(&self, runs: &[Run], of: impl Fn(&PoolWindow) -> f64) -> Option<Samples> {
        let named = self.deployables()?;
        let on = |at: usize| {
            let on = |id: &DeployableId| self.plan.deployables[id.at()].nodes;
            named.iter().filter_map(on).any(|pool| pool.at() == at)
        };
        let pools: Vec<usize> = (0..self.plan.node_pools.len()).filter(|&at| on(at)).collect();
        let mean = |record: &Record| pools.iter().map(|&at| of(&record.pools[at].windows[self.at])).sum();
        (!pools.is_empty()).then(|| Samples::Values(each(runs, mean)))
    }

    /// What is there all the time, and what comes and goes for as long as it is paid for.
    fn cost(&self, runs: &[Run]) -> Vec<f64> {
        let hours = self.seconds() / 3600.0;
        let cores = |at: usize| match self.plan.deployables[at].cores {
            Limit::AtMost(cores) => f64::from(cores),
            Limit::Unbounded => 0.0,
        };
        // Those on nodes cost what these cost.
        let deployables = self.plan.deployables.iter().enumerate();
        let scaled = deployables.filter(|(_, it)| it.scaling.is_some() && it.nodes.is_none());
        let scaled: Vec<(usize, f64)> = scaled.map(|(at, _)| (at, cores(at))).collect();
        let at_start: f64 =
            scaled.iter().map(|&(at, cores)| f64::from(self.plan.deployables[at].instances) * cores).sum();
        let pools = || self.plan.node_pools.iter().enumerate();
        let nodes_at_start: f64 =
            pools().map(|(at, pool)| f64::from(self.plan.nodes_at_start(at)) * f64::from(pool.cores)).sum();
        let at_start = at_start + nodes_at_start;
        let there = |record: &Record| -> f64 {
            let paid =
                |&(at, cores): &(usize, f64)| record.deployables[at].windows[self.at].instances * cores;
            let nodes =
                pools().map(|(at, pool)| record.pools[at].windows[self.at].nodes * f64::from(pool.cores));
            scaled.iter().map(paid).sum::<f64>() + nodes.sum::<f64>()
        };
        each(runs, |record| (self.arm.cores - at_start + there(record)) * hours)
    }

    /// Of all caches, or of the one that is named, if the arm has it.
    fn hit_ratio(&self, runs: &[Run]) -> Option<Samples> {
        let wanted = |name: &str| match &self.quantity.subject {
            Subject::Store(store) => store == name,
            _ => true,
        };
        let caches: Vec<usize> =
            (0..self.plan.caches.len()).filter(|&at| wanted(&self.plan.caches[at].name)).collect();
        let ratio = |record: &Record| {
            let windows = || caches.iter().map(|&at| &record.caches[at].windows[self.at]);
            Ratio {
                part: windows().map(|cache| cache.hits).sum::<u64>() as f64,
                whole: windows().map(|cache| cache.look_ups).sum::<u64>() as f64,
            }
        };
        (!caches.is_empty()).then(|| Samples::Ratios(each(runs, ratio), 1.0))
    }

    /// The databases with replicas, or the one of them that is named, if the arm has it.
    fn replicated(&self) -> Option<Vec<usize>> {
        let wanted = |name: &str| match &self.quantity.subject {
            Subject::Store(store) => store == name,
            _ => true,
        };
        let is = |at: &usize| {
            let cluster = &self.plan.clusters[*at];
            matches!(cluster.kind, ClusterKind::Replicated(_)) && wanted(&cluster.name)
        };
        let found: Vec<usize> = (0..self.plan.clusters.len()).filter(is).collect();
        (!found.is_empty()).then_some(found)
    }

    fn stale_reads(&self, runs: &[Run]) -> Option<Samples> {
        let clusters = self.replicated()?;
        let ratio = |record: &Record| {
            let windows = || clusters.iter().map(|&at| &record.clusters[at].windows[self.at]);
            Ratio {
                part: windows().map(|window| window.stale).sum::<u64>() as f64,
                whole: windows().map(|window| window.reads).sum::<u64>() as f64,
            }
        };
        Some(Samples::Ratios(each(runs, ratio), 1.0))
    }

    fn lost_writes(&self, runs: &[Run]) -> Option<Samples> {
        let clusters = self.replicated()?;
        let lost = |record: &Record| {
            clusters.iter().map(|&at| record.clusters[at].windows[self.at].lost).sum::<u64>() as f64
        };
        Some(Samples::Values(each(runs, lost)))
    }

    /// What is asked for counts, whether it gets a connection or not.
    fn store_load(&self, runs: &[Run]) -> Option<Samples> {
        // Nodes of one name are one store; stores that nobody names are each one.
        let each_alone = || (0..self.plan.stores.len()).map(|store| vec![store]).collect();
        let groups: Vec<Vec<usize>> = match self.quantity.subject {
            Subject::Store(_) => vec![self.stores()?],
            _ => each_alone(),
        };
        let load = |record: &Record| {
            let of = |stores: &Vec<usize>| {
                let asked: u64 =
                    stores.iter().map(|&store| record.stores[store].windows[self.at].operations).sum();
                let can: f64 = stores.iter().map(|&store| store_capacity(&self.plan.stores[store])).sum();
                asked as f64 / self.seconds() / can
            };
            groups.iter().map(of).fold(0.0, f64::max)
        };
        (!groups.is_empty()).then(|| Samples::Values(each(runs, load)))
    }

    pub(super) fn store(&self) -> Option<usize> {
        let Subject::Store(name) = &self.quantity.subject else { return None };
        self.plan.stores.iter().position(|store| &store.name == name)
    }

    /// The sum over some stores in the window.
    fn over(&self, stores: &[usize], record: &Record, of: impl Fn(&StoreWindow) -> f64) -> f64 {
        stores.iter().map(|&store| of(&record.stores[store].windows[self.at])).sum()
    }

    /// The named store, or all nodes of the cache of that name, those that are spare too.
    pub(super) fn stores(&self) -> Option<Vec<usize>> {
        let Subject::Store(name) = &self.quantity.subject else { return None };
        let cache = || self.plan.caches.iter().find(|cache| &cache.name == name);
        let nodes = || match cache()?.place {
            CachePlace::Servers { store, cluster, .. } => {
                Some((store.at()..store.at() + usize::from(cluster.size())).collect())
            }
            CachePlace::Process => None,
        };
        self.store().map(|store| vec![store]).or_else(nodes)
    }

    /// All deployables, or the one that is named, if the arm has it. An arm need not have a store that
    /// another one has.
    pub(super) fn deployables(&self) -> Option<Vec<DeployableId>> {
        let all = (0..self.plan.deployables.len() as u16).map(DeployableId);
        let named = |name: &str| all.clone().find(|id| self.plan.deployables[id.at()].name == name);
        match &self.quantity.subject {
            Subject::All => Some(all.collect()),
            Subject::Deployable(name) => Some(vec![named(name)?]),
            _ => None,
        }
    }
}

pub(super) fn each<T>(runs: &[Run], sample: impl Fn(&Record) -> T) -> Vec<T> {
    runs.iter().map(|run| sample(&run.record)).collect()
}

/// Reads that a store's servers can do in a second.
pub(crate) fn store_capacity(store: &Store) -> f64 {
    f64::from(store.servers) * 1e9 / store.read.mean().max(f64::MIN_POSITIVE)
}

fn wasted_work(record: &Record, deployables: &[DeployableId]) -> Ratio {
    let sum = |of: fn(&DeployableRecord) -> u64| {
        deployables.iter().map(|id| of(&record.deployables[id.at()])).sum::<u64>() as f64
    };
    Ratio { part: sum(|deployable| deployable.wasted_nanos), whole: sum(|deployable| deployable.cpu_nanos) }
}
