//! Laws that every run must obey whatever the scenario: if one is broken, archsim is wrong, not the system.
//!
//! | law | what it says |
//! |---|---|
//! | requests | arrived = answered in time + late + failed, for every journey and window |
//! | latencies | as many as answers, in time or late |
//! | calls | made ≥ answered + failed, for every call site and window; what is missing was under way at the end |
//! | capacity | no more threads, cores and servers busy than there are |
//! | windows | what arrived in the buckets of the measured time arrived in the window `run` |

use archsim_models::plan::Plan;
use archsim_models::record::Record;
use archsim_sim::{Limit, Time};

use crate::monte_carlo::Runs;

/// What the laws say of all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laws {
    /// How many runs were looked at.
    pub runs: usize,
    /// How many equations were checked.
    pub checks: u64,
    /// What was broken, with arm, replication and numbers; normally nothing.
    pub broken: Vec<String>,
}

impl Laws {
    /// One sentence for the report.
    pub fn sentence(&self) -> String {
        let (checks, runs) = (self.checks, self.runs);
        match self.broken.first() {
            None => format!(
                "Conservation holds: {checks} balances of requests, calls, threads, cores and servers add up in all {runs} runs."
            ),
            Some(first) => format!(
                "Conservation is broken {} times in {runs} runs, so archsim itself is wrong here; first: {first}",
                self.broken.len()
            ),
        }
    }
}

/// Checks all runs. Runs that stopped early are looked at too: the laws hold at any time.
pub fn check(plans: &[&Plan], runs: &Runs) -> Laws {
    let mut laws = Laws { runs: 0, checks: 0, broken: Vec::new() };
    for (plan, arm) in plans.iter().zip(&runs.arms) {
        for run in arm {
            laws.runs += 1;
            let mut balance = |holds: bool, what: &dyn Fn() -> String| {
                laws.checks += 1;
                if !holds {
                    let (arm, replication) = (&plan.arm, run.replication);
                    laws.broken.push(format!("arm {arm}, replication {replication}: {}", what()));
                }
            };
            requests(plan, &run.record, &mut balance);
            calls(plan, &run.record, &mut balance);
            capacity(plan, &run.record, &mut balance);
        }
    }
    laws
}

type Balance<'a> = dyn FnMut(bool, &dyn Fn() -> String) + 'a;

fn requests(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    for (journey, found) in plan.journeys.iter().zip(&record.journeys) {
        for (window, tally) in plan.windows.iter().zip(&found.windows) {
            let of = || format!("journey {}, window {}", journey.name, window.name);
            let failed: u64 = tally.failed.iter().sum();
            balance(tally.arrived == tally.answered + tally.late + failed, &|| {
                let (arrived, answered, late) = (tally.arrived, tally.answered, tally.late);
                format!("{}: {arrived} arrived, {answered} answered, {late} late, {failed} failed", of())
            });
            balance(tally.degraded <= tally.answered, &|| {
                format!("{}: {} degraded of {} answered", of(), tally.degraded, tally.answered)
            });
            // Histograms that nobody asked for are not kept.
            let latencies = tally.latency.count();
            balance(latencies == 0 || latencies == tally.answered + tally.late, &|| {
                format!("{}: {latencies} latencies, {} answers", of(), tally.answered + tally.late)
            });
        }
        let bucketed = within_run(plan, &found.arrived);
        let counted = found.windows.first().map_or(0, |tally| tally.arrived);
        balance(found.arrived.is_empty() || !aligned(plan) || bucketed == counted, &|| {
            format!("journey {}: {bucketed} arrived by bucket, {counted} by window", journey.name)
        });
    }
}

fn calls(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    for (site, found) in plan.sites.iter().zip(&record.sites) {
        for (window, counts) in plan.windows.iter().zip(&found.windows) {
            let failed: u64 = counts.failed.iter().sum();
            balance(counts.calls >= counts.answered + failed, &|| {
                let (calls, answered) = (counts.calls, counts.answered);
                let (site, window) = (&site.name, &window.name);
                format!("{site}, window {window}: {calls} calls, {answered} answered, {failed} failed")
            });
        }
    }
}

fn capacity(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    // Time averages are sums of fractions: leave room for their rounding.
    let fits = |busy: f64, there: f64| busy <= there * (1.0 + 1e-9);
    let all = |limit: Limit, instances: u32| match limit {
        Limit::AtMost(each) => f64::from(each) * f64::from(instances),
        Limit::Unbounded => f64::INFINITY,
    };
    for (deployable, found) in plan.deployables.iter().zip(&record.deployables) {
        for counts in &found.windows {
            let threads = all(deployable.threads, deployable.instances);
            balance(fits(counts.busy_threads, threads), &|| {
                format!("deployable {}: {} of {threads} threads busy", deployable.name, counts.busy_threads)
            });
            let cores = all(deployable.cores, deployable.instances);
            balance(fits(counts.busy_cores, cores), &|| {
                format!("deployable {}: {} of {cores} cores busy", deployable.name, counts.busy_cores)
            });
        }
    }
    for (store, found) in plan.stores.iter().zip(&record.stores) {
        for counts in &found.windows {
            balance(fits(counts.busy, f64::from(store.servers)), &|| {
                format!("store {}: {} of {} servers busy", store.name, counts.busy, store.servers)
            });
        }
    }
}

/// Whether the measured time starts and ends at the edge of a bucket.
fn aligned(plan: &Plan) -> bool {
    let bucket = plan.bucket.as_nanos().max(1);
    plan.windows
        .first()
        .is_some_and(|run| run.from.as_nanos() % bucket == 0 && run.until.as_nanos() % bucket == 0)
}

fn within_run(plan: &Plan, series: &[u64]) -> u64 {
    let bucket = plan.bucket.as_nanos();
    let starts = |&(index, _): &(usize, &u64)| {
        let start = Time::from_nanos(index as u64 * bucket);
        plan.windows.first().is_some_and(|run| run.contains(start))
    };
    series.iter().enumerate().filter(starts).map(|(_, &count)| count).sum()
}
