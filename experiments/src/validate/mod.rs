//! Known answers: systems whose figures somebody has computed otherwise, run on the ordinary path of a scenario.
//!
//! A case (see [`scenario::case`](archsim_models::scenario::case)) goes the way of every user's file: it is read,
//! checked, lowered to a plan, run many times with [`monte_carlo`] and measured with
//! [`measure`](mod@crate::measure). What comes out is held against what is known:
//!
//! | | full | quick |
//! |---|---|---|
//! | exact | within the tolerance, and inside the simulator's own interval | inside the interval |
//! | a limit, an approximation | within the tolerance | the interval meets the tolerance's band |
//!
//! The tolerance finds small biases that a wide interval would hide, the interval those that a generous tolerance
//! would. Intervals are family-wise at 99.9 %: with n exact figures each has the level 1 − 0.001 ÷ n (Bonferroni), so
//! that a correct simulator fails one of all of them in one of a thousand seeds at most. What cannot be run or
//! measured yet is *unsupported* and says what it waits for; it never passes.

pub mod deviations;
pub mod hockey_stick;
pub mod judge;
pub mod page;
pub mod shipped;
pub mod text;

use std::sync::atomic::AtomicBool;

use archsim_models::scenario::case::{Case, Figure, Trial};

use crate::measure::{self, Quantity};
use crate::monte_carlo::{self, Campaign, Keep, Run};
use judge::{Answer, Judge, Verdict};

/// How cases are run.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Chooses the dice.
    pub seed: u64,
    /// Whether the short runs are enough.
    pub quick: bool,
    /// How many threads; 0 is one per core.
    pub jobs: usize,
}

/// A case and what came of each of its metrics, in the same order.
#[derive(Clone, Debug)]
pub struct Tested<'a> {
    /// The case.
    pub case: &'a Case,
    /// By metric.
    pub answers: Vec<Answer>,
}

/// How many of the metrics went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// As it should be.
    pub passed: usize,
    /// Not as it should be.
    pub failed: usize,
    /// Not run, or not measured.
    pub unsupported: usize,
}

impl Tally {
    /// Over several cases.
    pub fn of(tested: &[Tested<'_>]) -> Self {
        let mut tally = Tally::default();
        for answer in tested.iter().flat_map(|tested| &tested.answers) {
            match answer.verdict {
                Verdict::Passed => tally.passed += 1,
                Verdict::Failed(_) => tally.failed += 1,
                Verdict::Unsupported(_) => tally.unsupported += 1,
            }
        }
        tally
    }
}

/// The level of each interval that makes all of them together hold at 99.9 %.
pub fn confidence<'a>(cases: impl IntoIterator<Item = &'a Case>) -> f64 {
    let metrics = cases.into_iter().flat_map(|case| &case.metrics);
    let exact = metrics.filter(|metric| metric.figure.as_ref().is_ok_and(|figure| figure.exact)).count();
    1.0 - 0.001 / exact.max(1) as f64
}

/// How a case is run in this way; `None` if it waits for something.
pub fn trial<'a>(case: &'a Case, asked: &Asked) -> Option<&'a Trial> {
    case.trials.as_ref().map(|trials| if asked.quick { &trials.quick } else { &trials.full })
}

/// How many runs a case takes.
pub fn runs(case: &Case, asked: &Asked) -> u64 {
    trial(case, asked).map_or(0, |trial| u64::from(trial.replications) * arms(case, trial).len() as u64)
}

/// Runs a case and judges its metrics. `None` if it was cancelled before it was complete.
///
/// # Errors
/// If the threads cannot be started.
pub fn test<'a>(
    case: &'a Case,
    asked: &Asked,
    confidence: f64,
    cancelled: &AtomicBool,
    progress: impl Fn() + Sync,
) -> Result<Option<Tested<'a>>, rayon::ThreadPoolBuildError> {
    let Some(trial) = trial(case, asked) else {
        let unsupported = |waits: &str| Answer::unsupported(waits);
        let answers = case.metrics.iter().map(|metric| unsupported(waits_for(&metric.figure))).collect();
        return Ok(Some(Tested { case, answers }));
    };
    let arms = arms(case, trial);
    let campaign = Campaign {
        plans: arms.iter().map(|&arm| &trial.scenario.arms[arm].plan).collect(),
        seed: asked.seed,
        replications: trial.replications,
        jobs: asked.jobs,
        keep: keep(case),
    };
    let runs = monte_carlo::run(&campaign, cancelled, progress)?;
    if !runs.complete {
        return Ok(None);
    }
    let judge = Judge { quick: asked.quick, confidence };
    let answer = |figure: &Result<Figure, String>| match figure {
        Ok(figure) => {
            let at = arms.iter().position(|&arm| trial.scenario.arms[arm].name == figure.arm);
            at.map_or_else(
                || Answer::failed("the scenario lost the arm"),
                |at| measured(figure, trial, arms[at], &runs.arms[at], &judge),
            )
        }
        Err(waits) => Answer::unsupported(waits),
    };
    let answers = case.metrics.iter().map(|metric| answer(&metric.figure)).collect();
    Ok(Some(Tested { case, answers }))
}

fn waits_for(figure: &Result<Figure, String>) -> &str {
    figure.as_ref().err().map_or("", String::as_str)
}

/// The arms that some metric is about, by index.
fn arms(case: &Case, trial: &Trial) -> Vec<usize> {
    let asked = |name: &str| case.metrics.iter().any(|m| m.figure.as_ref().is_ok_and(|f| f.arm == name));
    let all = trial.scenario.arms.iter().enumerate();
    all.filter(|(_, arm)| asked(&arm.name)).map(|(index, _)| index).collect()
}

/// Latencies only of the windows that need them.
fn keep(case: &Case) -> Keep {
    let figures = case.metrics.iter().filter_map(|metric| metric.figure.as_ref().ok());
    let timed = measure::needs_latencies;
    let latencies = figures.clone().filter(|f| timed(f.measure)).map(|f| f.during.clone()).collect();
    let series = figures.clone().any(|figure| measure::needs_series(figure.measure));
    Keep { latencies, series }
}

fn measured(figure: &Figure, trial: &Trial, arm: usize, runs: &[Run], judge: &Judge) -> Answer {
    if runs.iter().any(|run| run.record.stopped.is_some()) {
        return Answer::failed("a run ended at its limit of attempts under way");
    }
    let quantity = Quantity {
        detail: figure.detail,
        ..Quantity::new(figure.measure, figure.subject.clone(), &figure.during)
    };
    let (arm, graph) = (&trial.scenario.arms[arm], &trial.scenario.graph);
    let found = measure::measure(&quantity, arm, graph, runs, judge.confidence);
    if found.estimate.is_none() && found.censored > 0 {
        return Answer::failed(&format!("it never came in {} of {} runs", found.censored, runs.len()));
    }
    let found = found.estimate;
    found.map_or_else(|| Answer::failed("the arm has no such thing to measure"), |it| judge.judge(figure, it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::case;

    const SMALL: &str = "\
case: small
title: A queue
source: Kleinrock
full: { replications: 8 }
scenario:
  archsim: 1
  system:
    capabilities: { serve: { work: { exponential: 10ms } } }
    journeys: { ask: { share: 100%, enters: serve } }
  workload: { arrivals: { poisson: 50/s } }
  run: { warmup: 10s, measure: 200s }
  architectures:
    one: { deployables: { server: { runs: all, cores: 1, threads: 1, queue: unbounded } } }
metrics:
  right: { measure: utilisation, deployable: server, expected: 50%, tolerance: 3%, exact: true }
  wrong: { measure: utilisation, deployable: server, expected: 60%, tolerance: 3%, exact: true }
  later: { waits-for: a measure of waiting, expected: 50% }
";

    #[test]
    fn a_right_figure_passes_a_wrong_one_fails_and_another_is_never_passed() {
        let reading = case::read("small.yaml", SMALL.as_bytes());
        let case = reading.case.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
        let asked = Asked { seed: 1, quick: false, jobs: 1 };
        let confidence = confidence([&case]);
        assert!((confidence - (1.0 - 0.001 / 2.0)).abs() < 1e-12);
        let never = AtomicBool::new(false);
        let tested = test(&case, &asked, confidence, &never, || {}).unwrap().unwrap();
        assert_eq!(Tally::of(&[tested]), Tally { passed: 1, failed: 1, unsupported: 1 });
        let cancelled = AtomicBool::new(true);
        assert!(test(&case, &asked, confidence, &cancelled, || {}).unwrap().is_none());
    }
}
