//! What is asked of each part of an architecture, and how many instances make costs equal.

use archsim_sim::Limit;

use super::architecture::{Architecture, Instances, bounded};
use super::graph::CallGraph;
use super::report::Report;
use super::system::{Step, System};
use crate::plan::{Operation, times_in_all};

/// More instances than this are never computed; architectures with more are refused.
pub const INSTANCES_MAX: u32 = 10_000;

/// What one request asks on average, over all journeys.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// By capability, by deployable: executions per request.
    pub executions: Vec<Vec<f64>>,
    /// By deployable: core-seconds of work per request, at speed 1, serialisation included.
    pub work: Vec<f64>,
    /// By store: server-seconds per request at its busiest node, with the time that sessions wait for another database.
    pub store: Vec<f64>,
    /// By store: core-seconds of its CPU per request at its busiest node.
    pub store_cpu: Vec<f64>,
    /// By (caller, deployable, callee, callee's deployable): calls per request.
    pub calls: Vec<(usize, usize, usize, usize, f64)>,
}

impl Demand {
    /// What a system asks of an architecture in which every callee is found.
    pub fn of(architecture: &Architecture, system: &System, graph: &CallGraph) -> Demand {
        let deployables = architecture.deployables.len();
        let mut demand = Demand {
            executions: vec![vec![0.0; deployables]; system.capabilities.len()],
            work: vec![0.0; deployables],
            store: vec![0.0; architecture.stores.len()],
            store_cpu: vec![0.0; architecture.stores.len()],
            calls: Vec::new(),
        };
        let serialise = architecture.serialise.as_secs_f64();
        for journey in &system.journeys {
            if let Some(at) = architecture.finds(None, None, journey.enters) {
                demand.executions[journey.enters][at] += journey.share;
            }
        }
        for caller in graph.order().unwrap_or_default() {
            for within in 0..deployables {
                let times = demand.executions[caller][within];
                if times > 0.0 {
                    demand.steps(architecture, (caller, within), &system.capabilities[caller].steps, times);
                }
            }
        }
        for &(_, from, _, to, times) in &demand.calls {
            if from != to {
                demand.work[from] += times * serialise;
                demand.work[to] += times * serialise;
            }
        }
        demand
    }

    fn steps(&mut self, architecture: &Architecture, at: (usize, usize), steps: &[Step], times: f64) {
        let (caller, within) = at;
        for step in steps {
            match step {
                Step::Work(span) => self.work[within] += times * span.mean() / 1e9,
                Step::Latency(_) => {}
                Step::Access { data, .. } if architecture.is_local(within, *data) => {}
                Step::Access { data, operation, repeat, again, cost, .. } => {
                    if let Some(holder) = architecture.holder(*data) {
                        let mean = |store: usize| match operation {
                            Operation::Read => architecture.stores[store].read.mean() / 1e9,
                            Operation::Write => architecture.stores[store].write.mean() / 1e9,
                        };
                        let most = |store: usize| {
                            let (reads, writes) = architecture.stores[store].nodes.most();
                            if *operation == Operation::Read { reads } else { writes }
                        };
                        let times =
                            times * times_in_all(*repeat, *again) * architecture.expected(*data, *operation);
                        let asked = architecture.asked(*data).unwrap_or(holder);
                        self.store[asked] += times * most(asked) * mean(asked);
                        let cpu = cost.as_ref().map_or(0.0, |cost| cost.mean() / 1e9);
                        self.store_cpu[asked] += times * most(asked) * cpu;
                        if let Some((link, to)) = architecture.link(*data) {
                            let rows = f64::from(link.rows);
                            self.store[to] += times * rows * most(to) * mean(to);
                            self.store_cpu[to] += times * rows * most(to) * cpu;
                            // The session here is held meanwhile.
                            let held = rows * (cpu + mean(to) + 2.0 * link.hop.as_secs_f64());
                            self.store[asked] += times * most(asked) * held;
                        }
                    }
                }
                Step::Transaction(transaction) => self.steps(architecture, at, &transaction.steps, times),
                Step::Call(call) => {
                    if let Some(to) = architecture.finds(Some(caller), Some(within), call.callee) {
                        let calls = times * call.probability * times_in_all(call.repeat, call.again);
                        self.executions[call.callee][to] += calls;
                        self.calls.push((caller, within, call.callee, to, calls));
                    }
                }
                Step::Parallel { branches, .. } => {
                    for branch in branches {
                        self.steps(architecture, at, branch, times);
                    }
                }
                Step::OneOf(branches) => {
                    for (share, branch) in branches {
                        self.steps(architecture, at, branch, times * share);
                    }
                }
            }
        }
    }
}

/// The numbers of instances, by deployable, that make an architecture cost what another one costs.
pub fn instances(
    at: usize,
    architectures: &[Architecture],
    system: &System,
    graph: &CallGraph,
    report: &mut Report,
) -> Vec<(usize, u32)> {
    let own = &architectures[at];
    let open: Vec<usize> = (0..own.deployables.len())
        .filter(|&it| matches!(own.deployables[it].instances, Instances::EqualCost { .. }))
        .collect();
    let Some(Instances::EqualCost { name, place }) = open.first().map(|&it| &own.deployables[it].instances)
    else {
        return Vec::new();
    };
    let Some(target) = architectures.iter().find(|it| it.name == *name) else { return Vec::new() };
    let path = format!("{}.instances.equal-cost", own.deployables[open[0]].path);
    let wanted = target.cores();
    let fixed: f64 = own.cores() - open.iter().map(|&it| bounded(own.deployables[it].cores)).sum::<f64>();
    let work = Demand::of(own, system, graph).work;
    let counts = shared_out(own, &open, &work, wanted - fixed);
    let reached: f64 = fixed
        + open
            .iter()
            .zip(&counts)
            .map(|(&it, &n)| f64::from(n) * bounded(own.deployables[it].cores))
            .sum::<f64>();
    if wanted > 0.0 && ((reached - wanted) / wanted).abs() > 0.01 {
        report
            .warning(
                "W0708",
                *place,
                &path,
                format!("`{}` cannot be made to cost what `{name}` costs", own.name),
            )
            .found(format!("{reached} cores (instances and servers of stores)"))
            .allowed(format!("{wanted} cores, within 1 %"))
            .help("use fewer cores an instance, other numbers of servers, or a larger other architecture");
    }
    open.into_iter().zip(counts).collect()
}

/// One instance each, then one more for whoever has the most work per core, as long as cores are left.
fn shared_out(architecture: &Architecture, open: &[usize], work: &[f64], budget: f64) -> Vec<u32> {
    let cores = |it: usize| match architecture.deployables[it].cores {
        Limit::AtMost(cores) => f64::from(cores),
        Limit::Unbounded => 0.0,
    };
    let mut counts = vec![1_u32; open.len()];
    let mut left = budget - open.iter().map(|&it| cores(it)).sum::<f64>();
    for _ in 0..INSTANCES_MAX {
        let pressure = |at: usize| work[open[at]] / (f64::from(counts[at]) * cores(open[at]));
        let fits = |at: &usize| cores(open[*at]) > 0.0 && cores(open[*at]) <= left;
        let next = (0..open.len()).filter(fits).max_by(|&a, &b| {
            // Among equals the first one: the later is the lesser.
            pressure(a).total_cmp(&pressure(b)).then(b.cmp(&a))
        });
        let Some(next) = next else { return counts };
        counts[next] += 1;
        left -= cores(open[next]);
    }
    counts
}
