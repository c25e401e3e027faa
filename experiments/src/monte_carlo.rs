//! Many replications of many arms, on as many threads as asked for, with the same result on any number.
//!
//! A run is a pure function of (plan, seed, replication): parallel runs share nothing, and what they leave is put
//! in order by index, so no result can depend on who was first. Nothing is added up here; sums are taken
//! later, in replication order, on one thread.
//!
//! Replication r uses the same dice in every arm. A replication therefore only counts when *every* arm
//! has run it: a run that is interrupted keeps its complete replications and drops the rest.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use archsim_models::plan::Plan;
use archsim_models::record::{Record, Tally};
use archsim_models::world::simulate;
use archsim_sim::Histogram;

/// What to run.
#[derive(Clone, Debug)]
pub struct Campaign<'a> {
    /// One plan per arm.
    pub plans: Vec<&'a Plan>,
    /// Chooses the dice, together with the replication.
    pub seed: u64,
    /// How many replications of each arm.
    pub replications: u32,
    /// How many threads; 0 is one per core.
    pub jobs: usize,
    /// What of each record is needed afterwards.
    pub keep: Keep,
}

/// What of a record is kept: a latency histogram may take more memory than all the rest together.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Names of the windows whose latency histograms are kept.
    pub latencies: Vec<String>,
    /// Whether the series per bucket are kept.
    pub series: bool,
}

/// One run of one arm.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which replication, from 1.
    pub replication: u32,
    /// What it left behind, less what was not to be kept.
    pub record: Record,
    /// Wall-clock time that it took; reaches `timing.json` and nothing else.
    pub seconds: f64,
}

/// All runs of a campaign.
#[derive(Clone, Debug)]
pub struct Runs {
    /// By arm, then in replication order; every arm has the same replications.
    pub arms: Vec<Vec<Run>>,
    /// Whether every replication asked for is there.
    pub complete: bool,
}

impl Runs {
    /// How many replications every arm has.
    pub fn replications(&self) -> usize {
        self.arms.first().map_or(0, Vec::len)
    }
}

/// Runs a campaign. `cancelled` is looked at before every run; `progress` is called after every run, from any
/// thread.
///
/// # Errors
/// If the threads cannot be started.
pub fn run(
    campaign: &Campaign<'_>,
    cancelled: &AtomicBool,
    progress: impl Fn() + Sync,
) -> Result<Runs, rayon::ThreadPoolBuildError> {
    let arms = campaign.plans.len();
    let tasks = arms * campaign.replications as usize;
    let next = AtomicUsize::new(0);
    // Tasks are taken in order, replication by replication: an interrupted campaign has whole ones.
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&task| task < tasks);
    let work = |_: rayon::BroadcastContext<'_>| {
        let mut done = Vec::new();
        while let Some(task) = take().filter(|_| !cancelled.load(Ordering::Relaxed)) {
            done.push((task, run_one(campaign, task % arms, (task / arms) as u32 + 1)));
            progress();
        }
        done
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(campaign.jobs).build()?;
    let done = pool.broadcast(work).into_iter().flatten().collect();
    Ok(by_arm(done, arms, campaign.replications))
}

/// One replication of every arm, on this thread: the same that [`run`] would make of it among others.
pub fn replay(campaign: &Campaign<'_>, replication: u32) -> Runs {
    let arms = 0..campaign.plans.len();
    Runs { arms: arms.map(|arm| vec![run_one(campaign, arm, replication)]).collect(), complete: true }
}

fn run_one(campaign: &Campaign<'_>, arm: usize, replication: u32) -> Run {
    let started = Instant::now();
    let plan = campaign.plans[arm];
    let mut record = simulate(plan, campaign.seed, u64::from(replication));
    thin(&mut record, plan, &campaign.keep);
    Run { replication, record, seconds: started.elapsed().as_secs_f64() }
}

/// Sorts runs by arm and replication, whoever ran them, and drops replications that not every arm has.
fn by_arm(mut done: Vec<(usize, Run)>, arms: usize, replications: u32) -> Runs {
    done.sort_unstable_by_key(|&(task, _)| task);
    let of_one_replication = done.chunk_by(|a, b| a.1.replication == b.1.replication);
    let whole: BTreeSet<u32> =
        of_one_replication.filter(|runs| runs.len() == arms).map(|runs| runs[0].1.replication).collect();
    let mut by_arm: Vec<Vec<Run>> = vec![Vec::new(); arms];
    for (task, run) in done.into_iter().filter(|(_, run)| whole.contains(&run.replication)) {
        by_arm[task % arms].push(run);
    }
    Runs { arms: by_arm, complete: whole.len() == replications as usize }
}

/// Drops what is not to be kept.
fn thin(record: &mut Record, plan: &Plan, keep: &Keep) {
    let kept = |name: &str| keep.latencies.iter().any(|kept| kept == name);
    for journey in record.journeys.iter_mut().chain(&mut record.homes) {
        let dropped = |(_, window): &(&mut Tally, &archsim_models::plan::Window)| !kept(&window.name);
        journey.windows.iter_mut().zip(&plan.windows).filter(dropped).for_each(|(tally, _)| {
            tally.latency = Histogram::new();
        });
    }
    if keep.series {
        return;
    }
    for journey in record.journeys.iter_mut().chain(&mut record.homes) {
        (journey.arrived, journey.answered) = (Vec::new(), Vec::new());
        (journey.degraded, journey.goodput) = (Vec::new(), Vec::new());
    }
    for capability in &mut record.capabilities {
        (capability.calls, capability.failed) = (Vec::new(), Vec::new());
        (capability.degraded, capability.attempts) = (Vec::new(), Vec::new());
    }
    for deployable in &mut record.deployables {
        (deployable.busy_threads, deployable.queued) = (Vec::new(), Vec::new());
        deployable.busy_cores = Vec::new();
        (deployable.up, deployable.instances) = (Vec::new(), Vec::new());
    }
    for store in &mut record.stores {
        (store.operations, store.queued) = (Vec::new(), Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::{Scenario, read};
    use std::sync::atomic::AtomicU32;

    fn scenario() -> Scenario {
        let text = include_str!("cli/starter.yaml").replace("NAME", "shop");
        let short =
            [("run.measure", "5s"), ("run.warmup", "1s"), ("faults", "[]"), ("experiment.claims", "[]")];
        let sets: Vec<_> =
            short.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
        let reading = read("shop.yaml", text.as_bytes(), &sets);
        reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
    }

    fn campaign(scenario: &Scenario, jobs: usize) -> Campaign<'_> {
        let plans = scenario.arms.iter().map(|arm| &arm.plan).collect();
        let keep = Keep { latencies: vec!["run".to_owned()], series: false };
        Campaign { plans, seed: 1, replications: 3, jobs, keep }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_runs_in_the_same_order() {
        let scenario = scenario();
        let (counted, never) = (AtomicU32::new(0), AtomicBool::new(false));
        let progress = || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let one = run(&campaign(&scenario, 1), &never, progress).unwrap();
        let three = run(&campaign(&scenario, 3), &never, || {}).unwrap();
        assert!(one.complete && three.complete);
        assert_eq!(counted.into_inner() as usize, 3 * scenario.arms.len());
        for (one, three) in one.arms.iter().flatten().zip(three.arms.iter().flatten()) {
            assert_eq!((one.replication, &one.record), (three.replication, &three.record));
        }
        let replications: Vec<u32> = one.arms[1].iter().map(|run| run.replication).collect();
        assert_eq!(replications, [1, 2, 3]);
    }

    #[test]
    fn only_what_is_asked_for_is_kept() {
        let scenario = scenario();
        let runs = run(&campaign(&scenario, 1), &AtomicBool::new(false), || {}).unwrap();
        let journey = &runs.arms[0][0].record.journeys[0];
        assert!(journey.windows[0].latency.count() > 0 && journey.arrived.is_empty());
        let none = Campaign { keep: Keep::default(), ..campaign(&scenario, 1) };
        let runs = run(&none, &AtomicBool::new(false), || {}).unwrap();
        assert_eq!(runs.arms[0][0].record.journeys[0].windows[0].latency.count(), 0);
    }

    #[test]
    fn an_interrupted_campaign_has_whole_replications_only() {
        let scenario = scenario();
        let (cancelled, counted) = (AtomicBool::new(false), AtomicU32::new(0));
        let arms = scenario.arms.len() as u32;
        // Interrupted in the middle of the second replication.
        let progress =
            || cancelled.store(counted.fetch_add(1, Ordering::Relaxed) + 1 > arms, Ordering::Relaxed);
        let runs = run(&campaign(&scenario, 1), &cancelled, progress).unwrap();
        assert!(!runs.complete);
        assert!(runs.arms.iter().all(|arm| arm.len() == 1 && arm[0].replication == 1));
    }
}
