//! What is too short or too small even in an empty system: patience, timeouts, pools of connections.

use archsim_sim::{Distribution, Limit, Span};

use super::load::Load;
use crate::plan::{Operation, times_in_all};
use crate::policy::Layer;
use crate::scenario::architecture::Deployable;
use crate::scenario::report::Report;
use crate::scenario::system::Step;

/// What is equal but for rounding is not above.
const BOUNDARY: f64 = 1.0 + 1e-9;

impl Load<'_> {
    /// Users who leave, or do not count an answer, before an empty system can give one.
    pub(super) fn patience(&self, patience: Option<&Distribution>, report: &mut Report) {
        let holds = self.holds();
        for journey in &self.system.journeys {
            let Some(at) = self.architecture.finds(None, None, journey.enters) else { continue };
            let takes = holds[journey.enters][at] + 2.0 * self.architecture.user_hop.as_secs_f64();
            let within = journey.within.as_secs_f64();
            let patience = patience.map_or(f64::INFINITY, |patience| patience.mean() / 1e9);
            let (least, what) =
                if within <= patience { (within, "`within`") } else { (patience, "patience on average") };
            if takes > least * BOUNDARY {
                report
                    .warning(
                        "W0718",
                        journey.place,
                        &format!("system.journeys.{}", journey.name),
                        format!(
                            "`{}` takes longer than its users wait even in an empty system",
                            journey.name
                        ),
                    )
                    .found(format!("{} on average, {} {what}", span(takes), span(least)))
                    .allowed("a time above that of an empty system")
                    .help("a larger `within` or `patience`, or less to do one after the other");
            }
        }
    }

    /// Users who would ask again after they were turned away, where nobody ever is.
    pub(super) fn retrial(&self, report: &mut Report) {
        let architecture = self.architecture;
        let refuses = |layer: &Layer| {
            use Layer::{Breaker, RateLimit, Semaphore, ThreadPool};
            matches!(layer, Breaker(_) | ThreadPool(_) | Semaphore(_) | RateLimit(_))
        };
        let guarded = |&(caller, within, callee, to, _): &(usize, usize, usize, usize, f64)| {
            architecture.policies(caller, callee, within == to).0.iter().any(|it| refuses(&it.layer))
        };
        let bounded = |it: &Deployable| it.queue != Limit::Unbounded && it.threads != Limit::Unbounded;
        let full = architecture.deployables.iter().any(bounded)
            || architecture.stores.iter().any(|it| it.queue != Limit::Unbounded);
        let mut entries = self.system.journeys.iter();
        let entry = entries.find_map(|it| architecture.finds(None, None, it.enters));
        let Some(entry) = entry.filter(|_| !full && !self.demand.calls.iter().any(guarded)) else { return };
        let entry = &architecture.deployables[entry];
        report
            .warning(
                "W0722",
                entry.place,
                &entry.path,
                "users would ask again who were turned away, and nobody ever is",
            )
            .found("room for everybody, and nothing that goes wrong")
            .allowed("a bounded `queue`, a policy that rejects calls, or a fault")
            .help("`queue: 0` turns away whoever finds no free thread");
    }

    /// Timeouts that fire although nobody is in the way.
    pub(super) fn timeouts(&self, report: &mut Report) {
        let holds = self.holds();
        for &(caller, within, callee, to, _) in &self.demand.calls {
            let (policies, _) = self.architecture.policies(caller, callee, within == to);
            let bulkhead = policies.iter().any(|policy| matches!(policy.layer, Layer::ThreadPool(_)));
            if within == to && !bulkhead {
                // It cannot fire at all, which is said elsewhere.
                continue;
            }
            let takes = holds[callee][to] + self.network(within, to);
            for policy in policies {
                let Layer::Timeout(settings) = &policy.layer else { continue };
                if takes > settings.after.as_secs_f64() * BOUNDARY {
                    let name = &self.system.capabilities[callee].name;
                    report
                        .warning(
                            "W0717",
                            policy.place,
                            &policy.path,
                            format!("this timeout ends calls of `{name}` even in an empty system"),
                        )
                        .found(format!("{}, and `{name}` takes {} on average", settings.after, span(takes)))
                        .allowed("a time above that of an empty system")
                        .help("a longer timeout; a few times the usual latency is usual");
                }
            }
        }
    }

    /// Connections that are all in use on average although nobody is in the way.
    pub(super) fn pools(&self, report: &mut Report) {
        for (at, store) in self.architecture.stores.iter().enumerate() {
            for (within, deployable) in self.architecture.deployables.iter().enumerate() {
                let held = |(capability, executions): (usize, &Vec<f64>)| {
                    executions[within] * self.connected(at, &self.system.capabilities[capability].steps)
                };
                let seconds: f64 = self.demand.executions.iter().enumerate().map(held).sum();
                let busy = self.rate * seconds / f64::from(deployable.most());
                if busy > 0.0 && busy >= f64::from(store.pool) {
                    let (name, owner) = (&store.name, &deployable.name);
                    report
                        .warning(
                            "W0719",
                            store.place,
                            &store.path,
                            format!("an instance of `{owner}` has too few connections to `{name}` even when all is well"),
                        )
                        .found(format!("{} connections, {busy:.1} in use on average (rate × time held)", store.pool))
                        .allowed("more connections than are in use on average")
                        .help("a larger pool in `pools`, or more instances");
                }
            }
        }
    }

    /// How long steps hold a connection to a store.
    fn connected(&self, store: usize, steps: &[Step]) -> f64 {
        let architecture = self.architecture;
        let one = |step: &Step| match step {
            Step::Access { data, operation, repeat, again, cost, .. }
                if architecture.asked(*data) == Some(store) =>
            {
                let read = *operation == Operation::Read;
                let mean = |store: usize| {
                    let settings = &architecture.stores[store];
                    if read { settings.read.mean() / 1e9 } else { settings.write.mean() / 1e9 }
                };
                let cpu = cost.as_ref().map_or(0.0, |cost| cost.mean() / 1e9);
                let linked = architecture.link(*data).map_or(0.0, |(link, to)| {
                    f64::from(link.rows) * (cpu + mean(to) + 2.0 * link.hop.as_secs_f64())
                });
                // Each node has a pool of its own.
                let (reads, writes) = architecture.stores[store].nodes.most();
                architecture.expected(*data, *operation)
                    * times_in_all(*repeat, *again)
                    * (if read { reads } else { writes })
                    * (cpu + mean(store) + linked + 2.0 * architecture.store_hop.as_secs_f64())
            }
            Step::Parallel { branches, .. } => {
                branches.iter().map(|branch| self.connected(store, branch)).sum()
            }
            Step::Transaction(transaction) => self.connected(store, &transaction.steps),
            Step::OneOf(branches) => {
                branches.iter().map(|(share, branch)| share * self.connected(store, branch)).sum()
            }
            _ => 0.0,
        };
        steps.iter().map(one).sum()
    }
}

/// Seconds as a person writes them: to the microsecond.
fn span(seconds: f64) -> Span {
    Span::from_micros(libm::round(seconds * 1e6) as u64)
}
