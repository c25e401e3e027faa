//! Whether an arm can carry its load in calm: Little's law and utilisations from the means alone.

use archsim_sim::{Limit, Span};

use crate::plan::{Mode, Operation, PatienceOver, Workload, times_in_all};
use crate::policy::Layer;
use crate::scenario::architecture::{Architecture, bounded};
use crate::scenario::cost::Demand;
use crate::scenario::policies::Policy;
use crate::scenario::report::Report;
use crate::scenario::system::{Step, System};
use crate::scenario::understand::{ArmSpec, Understanding};

/// Checks the load of an arm.
pub fn load(spec: &ArmSpec, all: &Understanding, report: &mut Report) {
    let architecture = &all.architectures[spec.architecture];
    connections(architecture, &all.system, report);
    let Some(rate) = rate(&spec.workload) else { return };
    let system = &all.system.under(&spec.workload);
    let demand = Demand::of(architecture, system, &all.calls);
    let load = Load { architecture, system, order: all.calls.order().unwrap_or_default(), demand, rate };
    load.cores(report);
    load.stores(report);
    load.store_cores(report);
    load.threads(report);
    load.hanging(report);
    load.bulkheads(report);
    let stays = spec.workload.over == PatienceOver::Stay;
    load.patience(spec.workload.patience.as_ref().filter(|_| stays), report);
    load.timeouts(report);
    if spec.workload.retrial.is_some() && spec.faults.is_empty() {
        load.retrial(report);
    }
    load.pools(report);
}

/// Requests per second over the whole run, on average; nothing for a closed workload.
pub(super) fn rate(workload: &Workload) -> Option<f64> {
    workload.rate().map(|(mean, _)| mean).filter(|&mean| mean > 0.0)
}

/// More connections than a store accepts are refused, and that looks like an outage.
fn connections(architecture: &Architecture, system: &System, report: &mut Report) {
    for (at, store) in architecture.stores.iter().enumerate() {
        let Limit::AtMost(accepted) = store.connections else { continue };
        let asked: Vec<usize> =
            (0..system.data.len()).filter(|&data| architecture.asked(data) == Some(at)).collect();
        let uses = |capability: usize| system.uses(capability, &asked);
        let callers = architecture.deployables.iter().filter(|it| it.runs.iter().any(|&at| uses(at)));
        let wanted: u64 = callers.map(|it| u64::from(it.most()) * u64::from(store.pool)).sum();
        if wanted > u64::from(accepted) {
            report
                .warning(
                    "W0715",
                    store.place,
                    &store.path,
                    format!("`{}` accepts fewer connections than its callers' pools may open", store.name),
                )
                .found(format!("{wanted} connections of pools, {accepted} accepted"))
                .allowed("instances × pool up to the store's `connections`")
                .help("make the pools smaller, or accept more connections");
        }
    }
}

/// An arm's load.
pub(super) struct Load<'a> {
    pub(super) architecture: &'a Architecture,
    pub(super) system: &'a System,
    order: Vec<usize>,
    pub(super) demand: Demand,
    /// Requests per second.
    pub(super) rate: f64,
}

impl Load<'_> {
    fn cores(&self, report: &mut Report) {
        for (deployable, work) in self.architecture.deployables.iter().zip(&self.demand.work) {
            let capacity = f64::from(deployable.most()) * bounded(deployable.cores) * deployable.speed;
            let load = work * self.rate / capacity;
            if capacity > 0.0 && load >= 1.0 {
                report
                    .warning(
                        "W0711",
                        deployable.place,
                        &deployable.path,
                        format!("`{}` is asked for more work than its cores can do", deployable.name),
                    )
                    .found(format!("{} of the work its cores can do", percent(load)))
                    .allowed("below 100%; 60% to 80% is usual")
                    .help("more instances or cores, or a lower rate; fine if overload is the experiment");
            }
        }
    }

    fn stores(&self, report: &mut Report) {
        for (store, seconds) in self.architecture.stores.iter().zip(&self.demand.store) {
            let load = seconds * self.rate / f64::from(store.servers);
            if load >= 1.0 {
                report
                    .warning("W0712", store.place, &store.path, format!("`{}` is asked for more than its servers can do", store.name))
                    .found(format!("{} of what its servers can do", percent(load)))
                    .allowed("below 100%; 60% to 80% is usual")
                    .help("more servers, shorter operations, or a lower rate; fine if overload is the experiment");
            }
        }
    }

    /// A store's cores are for operations that cost CPU, and have to be enough for them.
    fn store_cores(&self, report: &mut Report) {
        for (at, store) in self.architecture.stores.iter().enumerate() {
            let (work, cores) = (self.demand.store_cpu[at], bounded(store.cores));
            if cores <= 0.0 {
                continue;
            }
            if work <= 0.0 {
                report
                    .warning(
                        "W0752",
                        store.place,
                        &store.path,
                        format!("nothing uses the cores of `{}`", store.name),
                    )
                    .found("no operation on it costs CPU")
                    .allowed("a `cost` of its data sets, or of reads and writes of them")
                    .help("write `cost: { read: 1ms, write: 2ms }` at a data set, or leave `cores` out");
            } else if work * self.rate / cores >= 1.0 {
                report
                    .warning(
                        "W0753",
                        store.place,
                        &store.path,
                        format!("`{}` is asked for more CPU time than its cores have", store.name),
                    )
                    .found(format!("{} of what its cores can do", percent(work * self.rate / cores)))
                    .allowed("below 100%; 60% to 80% is usual")
                    .help("more cores, cheaper queries, or a lower rate; fine if overload is the experiment");
            }
        }
    }

    /// How long each capability holds a thread at least, by capability and deployable, with every call answered.
    pub(super) fn holds(&self) -> Vec<Vec<f64>> {
        let deployables = self.architecture.deployables.len();
        let mut holds = vec![vec![0.0; deployables]; self.system.capabilities.len()];
        for &capability in self.order.iter().rev() {
            for within in 0..deployables {
                let steps = &self.system.capabilities[capability].steps;
                holds[capability][within] = self.duration(capability, within, steps, &holds);
            }
        }
        holds
    }

    fn duration(&self, caller: usize, within: usize, steps: &[Step], holds: &[Vec<f64>]) -> f64 {
        let architecture = self.architecture;
        let one = |step: &Step| match step {
            Step::Work(span) => span.mean() / 1e9 / architecture.deployables[within].speed,
            Step::Latency(span) => span.mean() / 1e9,
            Step::Access { data, .. } if architecture.is_local(within, *data) => 0.0,
            Step::Access { data, operation, repeat, again, cost, .. } => {
                let cpu = cost.as_ref().map_or(0.0, |cost| cost.mean() / 1e9);
                architecture.holder(*data).map_or(0.0, |holder| {
                    let mean = |store: usize| {
                        let store = &architecture.stores[store];
                        let read = *operation == Operation::Read;
                        if read { store.read.mean() / 1e9 } else { store.write.mean() / 1e9 }
                    };
                    let linked = architecture.link(*data).map_or(0.0, |(link, to)| {
                        f64::from(link.rows) * (cpu + mean(to) + 2.0 * link.hop.as_secs_f64())
                    });
                    let asked = architecture.asked(*data).unwrap_or(holder);
                    architecture.expected(*data, *operation)
                        * times_in_all(*repeat, *again)
                        * (cpu + mean(asked) + linked + 2.0 * architecture.store_hop.as_secs_f64())
                })
            }
            Step::Call(call) => {
                let Some(to) = architecture.finds(Some(caller), Some(within), call.callee) else {
                    return 0.0;
                };
                call.probability
                    * times_in_all(call.repeat, call.again)
                    * (self.network(within, to) + holds[call.callee][to])
            }
            Step::Parallel { branches, .. } => {
                let branches = branches.iter().map(|branch| self.duration(caller, within, branch, holds));
                branches.fold(0.0, f64::max)
            }
            Step::Transaction(transaction) => {
                let commit = 2.0 * architecture.store_hop.as_secs_f64();
                self.duration(caller, within, &transaction.steps, holds) + commit
            }
            Step::OneOf(branches) => branches
                .iter()
                .map(|(share, branch)| share * self.duration(caller, within, branch, holds))
                .sum(),
        };
        steps.iter().map(one).sum()
    }

    /// What a call adds to the time of the callee: there and back, and serialisation on both sides.
    pub(super) fn network(&self, from: usize, to: usize) -> f64 {
        if from == to {
            return 0.0;
        }
        let speed = |at: usize| self.architecture.deployables[at].speed;
        let serialise = self.architecture.serialise.as_secs_f64();
        2.0 * self.architecture.hop.as_secs_f64() + serialise / speed(from) + serialise / speed(to)
    }

    /// Attempts per second that arrive at a deployable from outside, weighted by how long each holds a thread.
    fn threads(&self, report: &mut Report) {
        let holds = self.holds();
        for (at, deployable) in self.architecture.deployables.iter().enumerate() {
            let Limit::AtMost(threads) = deployable.threads else { continue };
            let entering = self.system.journeys.iter().filter_map(|journey| {
                let entered = self.architecture.finds(None, None, journey.enters)?;
                (entered == at).then(|| journey.share * holds[journey.enters][at])
            });
            let called = self.demand.calls.iter().filter(|call| call.3 == at && call.1 != at);
            let called = called.map(|&(_, _, callee, to, times)| times * holds[callee][to]);
            let busy = self.rate * (entering.sum::<f64>() + called.sum::<f64>());
            let there = f64::from(threads) * f64::from(deployable.most());
            if busy >= there {
                report
                    .warning(
                        "W0713",
                        deployable.place,
                        &deployable.path,
                        format!("`{}` has too few threads even when all is well", deployable.name),
                    )
                    .found(format!("{there} threads, {busy:.1} busy on average (rate × time held)"))
                    .allowed("more threads than are busy on average")
                    .help("more threads or instances, or a lower rate");
            }
        }
    }

    /// A callee that hangs takes rate × timeout threads of its caller.
    fn hanging(&self, report: &mut Report) {
        for (at, deployable) in self.architecture.deployables.iter().enumerate() {
            let Limit::AtMost(threads) = deployable.threads else { continue };
            if deployable.mode == Mode::Asynchronous {
                continue;
            }
            let instances = f64::from(deployable.most());
            let mut worst: Option<(f64, Span, usize, &Policy)> = None;
            for &(caller, within, callee, to, times) in &self.demand.calls {
                if within != at || to == at {
                    continue;
                }
                let (policies, _) = self.architecture.policies(caller, callee, false);
                let Some((policy, after)) = first_timeout(policies) else { continue };
                let taken = times * self.rate / instances * after.as_secs_f64();
                if taken > f64::from(threads) && worst.as_ref().is_none_or(|it| taken > it.0) {
                    worst = Some((taken, after, callee, policy));
                }
            }
            if let Some((taken, after, callee, policy)) = worst {
                let callee = &self.system.capabilities[callee].name;
                report
                    .warning(
                        "W0714",
                        policy.place,
                        &policy.path,
                        format!(
                            "where `{callee}` hangs, this timeout lets it take all threads of `{}`",
                            deployable.name
                        ),
                    )
                    .found(format!("{taken:.0} threads wanted (rate × {after}), {threads} there"))
                    .allowed("threads above rate × timeout (Little's law)")
                    .help("a shorter timeout, a bulkhead, or more threads; fine if that is the experiment");
            }
        }
    }

    /// A bulkhead smaller than rate × time rejects calls when all is well.
    fn bulkheads(&self, report: &mut Report) {
        let holds = self.holds();
        for &(caller, within, callee, to, times) in &self.demand.calls {
            let (policies, _) = self.architecture.policies(caller, callee, within == to);
            let instances = f64::from(self.architecture.deployables[within].most());
            for policy in policies {
                let size = match &policy.layer {
                    Layer::ThreadPool(pool) => pool.size,
                    Layer::Semaphore(semaphore) => semaphore.permits,
                    _ => continue,
                };
                let busy = times * self.rate / instances * holds[callee][to];
                if busy >= f64::from(size) {
                    report
                        .warning(
                            "W0716",
                            policy.place,
                            &policy.path,
                            "this bulkhead rejects calls even when all is well",
                        )
                        .found(format!("{size} places, {busy:.1} taken on average (rate × time)"))
                        .allowed("more places than are taken on average")
                        .help("a larger bulkhead, or more calling instances");
                }
            }
        }
    }
}

/// The timeout that fires first, unless a bulkhead keeps the calls few.
fn first_timeout(policies: &[Policy]) -> Option<(&Policy, Span)> {
    if policies.iter().any(|policy| matches!(policy.kind, "thread-pool" | "semaphore")) {
        return None;
    }
    let timeouts = policies.iter().filter_map(|policy| match &policy.layer {
        Layer::Timeout(settings) => Some((policy, settings.after)),
        _ => None,
    });
    timeouts.min_by_key(|timeout| timeout.1)
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
