//! Many replications of many arms, on as many threads as asked for, with the same result on any number.
//!
//! A run is a pure function of (plan, seed, replication): parallel runs share nothing, and what they leave is put
//! in order by index, so no result can depend on who was first. Nothing is added up here; sums are taken
//! later, in replication order, on one thread.
//!
//! Replication r uses the same dice in every arm. A replication therefore only counts when *every* arm
//! has run it: a run that is interrupted keeps its complete replications and drops the rest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use archsim_models::plan::Plan;
use archsim_models::record::{Record, Tally};
use archsim_models::world::simulate;
use archsim_sim::Histogram;
use rayon::prelude::*;

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
    let one = |index: usize| {
        if cancelled.load(Ordering::Relaxed) {
            return None;
        }
        let (replication, arm) = (index / arms + 1, index % arms);
        let started = Instant::now();
        let plan = campaign.plans[arm];
        let mut record = simulate(plan, campaign.seed, replication as u64);
        thin(&mut record, plan, &campaign.keep);
        progress();
        Some(Run { replication: replication as u32, record, seconds: started.elapsed().as_secs_f64() })
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(campaign.jobs).build()?;
    let tasks = arms * campaign.replications as usize;
    // `collect` keeps the order of the indices, whatever the order of the threads.
    let done: Vec<Option<Run>> = pool.install(|| (0..tasks).into_par_iter().map(one).collect());
    Ok(by_arm(done, arms))
}

/// Sorts runs by arm, and drops replications that not every arm has.
fn by_arm(mut done: Vec<Option<Run>>, arms: usize) -> Runs {
    let mut by_arm: Vec<Vec<Run>> = vec![Vec::new(); arms];
    let mut complete = true;
    for replication in done.chunks_mut(arms.max(1)) {
        if replication.iter().all(Option::is_some) {
            by_arm.iter_mut().zip(replication).for_each(|(arm, run)| arm.extend(run.take()));
        } else {
            complete = false;
        }
    }
    Runs { arms: by_arm, complete }
}

/// Drops what is not to be kept.
fn thin(record: &mut Record, plan: &Plan, keep: &Keep) {
    let kept = |name: &str| keep.latencies.iter().any(|kept| kept == name);
    for journey in &mut record.journeys {
        let dropped = |(_, window): &(&mut Tally, &archsim_models::plan::Window)| !kept(&window.name);
        journey.windows.iter_mut().zip(&plan.windows).filter(dropped).for_each(|(tally, _)| {
            tally.latency = Histogram::new();
        });
    }
    if keep.series {
        return;
    }
    for journey in &mut record.journeys {
        (journey.arrived, journey.answered) = (Vec::new(), Vec::new());
        (journey.degraded, journey.goodput) = (Vec::new(), Vec::new());
    }
    for capability in &mut record.capabilities {
        (capability.calls, capability.failed, capability.degraded) = (Vec::new(), Vec::new(), Vec::new());
    }
    for deployable in &mut record.deployables {
        (deployable.busy_threads, deployable.queued) = (Vec::new(), Vec::new());
        deployable.busy_cores = Vec::new();
    }
    for store in &mut record.stores {
        (store.operations, store.queued) = (Vec::new(), Vec::new());
    }
}
