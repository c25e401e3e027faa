//! Laws that every run must obey whatever the scenario: if one is broken, archsim is wrong, not the system.
//!
//! | law | what it says, of every arm and replication |
//! |---|---|
//! | conservation | what came is what left and what is there: requests of journeys, attempts at deployables, operations at stores; requests and calls by their outcomes |
//! | Little | the number present, integrated over time, is the time that all visits spent: of each line, and of requests in flight |
//! | utilisation | busy threads and servers, integrated over time, are the service times of all visits; and never more than there are |
//! | forced flow | what reaches a station is what its callers and users sent, less what was lost and what is on its way |
//! | order | no event comes before the one that went before it |
//! | release | whatever holds a thread, core, connection or place in a balancer's count is still there; nobody is forgotten |
//!
//! Little's law and the utilisation law are identities of the sample path here, in whole nanoseconds: no tolerance,
//! no waiting for a steady state. See `docs/validation/laws.md`.

mod accounts;
mod stations;

use archsim_models::plan::Plan;
use archsim_models::record::{JourneyRecord, Record};
use archsim_sim::{Limit, Time};

use crate::monte_carlo::Runs;

pub use stations::{StationFigures, stations};

/// One of the laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// What came is what left and what is there.
    Conservation,
    /// L = λ W.
    Little,
    /// U = X S.
    Utilisation,
    /// What reaches a station was sent to it.
    ForcedFlow,
    /// Time does not go backwards.
    Order,
    /// Nothing is held by nobody.
    Release,
}

impl Law {
    /// All laws.
    pub const ALL: [Law; 6] =
        [Law::Conservation, Law::Little, Law::Utilisation, Law::ForcedFlow, Law::Order, Law::Release];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Law::Conservation => "conservation",
            Law::Little => "little",
            Law::Utilisation => "utilisation",
            Law::ForcedFlow => "forced-flow",
            Law::Order => "order",
            Law::Release => "release",
        }
    }
}

/// What the laws say of all runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laws {
    /// How many runs were looked at.
    pub runs: usize,
    /// How many equations were checked.
    pub checks: u64,
    /// What was broken, with arm, replication and numbers; normally nothing.
    pub broken: Vec<String>,
    /// By law, in the order of [`Law::ALL`]: checks, and how many of them failed.
    pub each: [(u64, u64); 6],
}

impl Laws {
    /// One sentence for the report.
    pub fn sentence(&self) -> String {
        let (checks, runs) = (thousands(self.checks), thousands(self.runs as u64));
        match self.broken.first() {
            None => format!("Laws hold: {checks} balances in {runs} runs."),
            Some(first) => format!(
                "Laws are broken {} times in {runs} runs, so archsim itself is wrong here; first: {first}",
                self.broken.len()
            ),
        }
    }
}

/// `12,345`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Checks all runs. Runs that stopped early are looked at too: the laws hold at any time. `command` is what made
/// them; with `--replication` and `--arm` it makes one of them again.
pub fn check(plans: &[&Plan], runs: &Runs, command: &str) -> Laws {
    let mut laws = Laws::default();
    for (plan, arm) in plans.iter().zip(&runs.arms) {
        for run in arm {
            laws.runs += 1;
            let mut balance = |law: Law, holds: bool, what: &dyn Fn() -> String| {
                laws.checks += 1;
                let (checks, broken) = &mut laws.each[law as usize];
                *checks += 1;
                if !holds {
                    *broken += 1;
                    let (arm, replication, law) = (&plan.arm, run.replication, law.name());
                    laws.broken.push(format!(
                        "{law}: arm {arm}, replication {replication}: {}; replay: {command} --replication \
                         {replication} --arm {}",
                        what(),
                        crate::cli::quoted(arm)
                    ));
                }
            };
            check_run(plan, &run.record, &mut balance);
        }
    }
    laws
}

fn check_run(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    requests(plan, record, balance);
    calls(plan, record, balance);
    capacity(plan, record, balance);
    accounts::flows(plan, record, balance);
    accounts::traffic(plan, record, balance);
    accounts::ends(record, balance);
}

type Balance<'a> = dyn FnMut(Law, bool, &dyn Fn() -> String) + 'a;

fn requests(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    let journeys = plan.journeys.iter().map(|it| format!("journey {}", it.name)).zip(&record.journeys);
    let homes = plan.zones.regions.homes.iter().map(|it| format!("home {}", it.name)).zip(&record.homes);
    if !record.homes.is_empty() {
        let all = |of: &[JourneyRecord]| -> u64 { of.iter().map(|it| it.whole.arrived).sum() };
        let (by_home, by_journey) = (all(&record.homes), all(&record.journeys));
        balance(Law::Conservation, by_home == by_journey, &|| {
            format!("{by_home} requests by where users live, {by_journey} by what they ask for")
        });
    }
    for (of_whom, found) in journeys.chain(homes) {
        for (window, tally) in plan.windows.iter().zip(&found.windows) {
            let of = || format!("{of_whom}, window {}", window.name);
            let failed: u64 = tally.failed.iter().sum();
            balance(Law::Conservation, tally.arrived == tally.answered + tally.late + failed, &|| {
                let (arrived, answered, late) = (tally.arrived, tally.answered, tally.late);
                format!("{}: {arrived} arrived, {answered} answered, {late} late, {failed} failed", of())
            });
            balance(Law::Conservation, tally.degraded <= tally.answered, &|| {
                format!("{}: {} degraded of {} answered", of(), tally.degraded, tally.answered)
            });
            // Histograms that nobody asked for are not kept.
            let latencies = tally.latency.count();
            balance(Law::Conservation, latencies == 0 || latencies == tally.answered + tally.late, &|| {
                format!("{}: {latencies} latencies, {} answers", of(), tally.answered + tally.late)
            });
        }
        let bucketed = within_run(plan, &found.arrived);
        let counted = found.windows.first().map_or(0, |tally| tally.arrived);
        balance(
            Law::Conservation,
            found.arrived.is_empty() || !aligned(plan) || bucketed == counted,
            &|| format!("{of_whom}: {bucketed} arrived by bucket, {counted} by window"),
        );
    }
}

fn calls(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    for (site, found) in plan.sites.iter().zip(&record.sites) {
        for (window, counts) in plan.windows.iter().zip(&found.windows) {
            let failed: u64 = counts.failed.iter().sum();
            balance(Law::Conservation, counts.calls >= counts.answered + failed, &|| {
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
            let threads = all(deployable.threads, deployable.slots());
            balance(Law::Utilisation, fits(counts.busy_threads, threads), &|| {
                format!("deployable {}: {} of {threads} threads busy", deployable.name, counts.busy_threads)
            });
            let cores = all(deployable.cores, deployable.slots());
            balance(Law::Utilisation, fits(counts.busy_cores, cores), &|| {
                format!("deployable {}: {} of {cores} cores busy", deployable.name, counts.busy_cores)
            });
        }
    }
    for (store, found) in plan.stores.iter().zip(&record.stores) {
        for counts in &found.windows {
            balance(Law::Utilisation, fits(counts.busy, f64::from(store.servers)), &|| {
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
