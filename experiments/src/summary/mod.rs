//! `summary.json`: everything that was concluded, for machines.
//!
//! Shares are from 0 to 1, times are seconds, `null` is "not measured" or "no end". Numbers are rounded to twelve
//! significant digits, far beyond their meaning, so that the last bit of a platform's logarithm does not show.

mod parts;

use archsim_models::scenario::{Arm, Measure, Subject, Unit};
use archsim_output::Verdict;
use archsim_sim::Fingerprint;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::claims::{Case, Judged};
use crate::exact::{Pair, Solved};
use crate::findings::Findings;
use crate::laws::{Law, StationFigures, stations};
use crate::measure::{Measured, Quantity, more_is_better, percentile};
use crate::monte_carlo::Run;
use crate::paired::Difference;
use crate::report::of_what;
use crate::results::{Asked, Results};
use crate::words;

use parts::{
    ArmSummary, CaseSummary, ClaimSummary, EstimateSummary, ExactSummary, FigureSummary, LawSummary,
    LawsSummary, MeasureSummary, PairedSummary, PartSummary, StationSummary, StoppedSummary,
};

/// Rises whenever a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole file.
#[derive(Debug, Serialize)]
pub struct Summary {
    schema_version: u32,
    archsim: &'static str,
    experiment: String,
    title: String,
    question: String,
    command: String,
    seed: u64,
    replications: usize,
    quick: bool,
    partial: Option<String>,
    verdict: Option<Verdict>,
    parts: Vec<PartSummary>,
}

/// The summary of an experiment.
pub fn summary(findings: &[Findings<'_>], asked: &Asked) -> Summary {
    let first = findings.first().map(|part| &part.results.scenario.experiment);
    Summary {
        schema_version: SCHEMA_VERSION,
        archsim: env!("CARGO_PKG_VERSION"),
        experiment: asked.name.clone(),
        title: first.map_or_else(String::new, |experiment| experiment.title.clone()),
        question: first.map_or_else(String::new, |experiment| experiment.question.clone()),
        command: asked.command.clone(),
        seed: asked.seed,
        replications: findings.iter().map(|part| part.results.runs.replications()).min().unwrap_or(0),
        quick: asked.quick,
        partial: asked.partial(findings.iter().map(|part| part.results)),
        verdict: worst(findings),
        parts: findings.iter().map(part).collect(),
    }
}

/// The verdict on all claims of all parts: the worst one.
pub fn worst(findings: &[Findings<'_>]) -> Option<Verdict> {
    findings.iter().filter_map(Findings::verdict).max_by_key(|verdict| match verdict {
        Verdict::Holds => 0,
        Verdict::Undecided => 1,
        Verdict::Fails => 2,
    })
}

fn part(findings: &Findings<'_>) -> PartSummary {
    let (results, scenario) = (findings.results, &findings.results.scenario);
    let stopped = findings.stopped.iter().map(|run| StoppedSummary {
        arm: run.arm.clone(),
        replication: run.replication,
        at_seconds: run.at_nanos as f64 / 1e9,
        in_flight: run.in_flight,
    });
    PartSummary {
        name: results.name.clone(),
        title: scenario.experiment.title.clone(),
        system: scenario.system.clone(),
        scenario_hash: scenario.hash.clone(),
        replications: results.runs.replications(),
        confidence: scenario.experiment.confidence,
        baseline: scenario.experiment.baseline.clone(),
        headline: findings.headline.clone(),
        verdict: findings.verdict(),
        arms: results.arms().map(|(arm, runs)| self::arm(findings, arm, runs)).collect(),
        paired: paired(findings),
        claims: findings.claims.iter().map(|judged| claim(results, judged)).collect(),
        laws: LawsSummary {
            runs: findings.laws.runs,
            checks: findings.laws.checks,
            broken: findings.laws.broken.clone(),
            each: laws(findings),
        },
        stopped: stopped.collect(),
        warnings: findings.warnings(),
    }
}

fn arm(findings: &Findings<'_>, arm: &Arm, runs: &[Run]) -> ArmSummary {
    let results = findings.results;
    let mut fingerprint = Fingerprint::new();
    for run in runs {
        fingerprint.push(run.record.fingerprint);
    }
    let measure = |quantity: &Quantity| {
        let measured = results.measure(quantity, arm, runs);
        measured.estimate?;
        Some(measure_summary(results, quantity, &measured))
    };
    ArmSummary {
        name: arm.name.clone(),
        title: arm.title.clone(),
        architecture: arm.architecture.clone(),
        kind: arm.kind.name(),
        control_of: arm.control_of.clone(),
        cores: arm.cores,
        stations: stations(&arm.plan, runs, results.scenario.experiment.confidence)
            .into_iter()
            .map(station)
            .collect(),
        fingerprint: format!("{:016x}", fingerprint.value()),
        measures: quantities(results).iter().filter_map(measure).collect(),
        exact: findings.solved.iter().find(|solved| solved.arm == arm.name).map(exact),
    }
}

fn exact(solved: &Solved) -> ExactSummary {
    let figure = |pair: &Pair| FigureSummary {
        measure: pair.measure,
        of: pair.of.clone(),
        unit: unit(pair.unit),
        exact: significant(pair.exact),
        simulated: EstimateSummary::of(pair.simulated),
    };
    ExactSummary { model: solved.model, figures: solved.pairs.iter().map(figure).collect() }
}

fn laws(findings: &Findings<'_>) -> Vec<LawSummary> {
    let each = Law::ALL.iter().zip(findings.laws.each);
    each.map(|(law, (checks, broken))| LawSummary { law: law.name(), holds: broken == 0, checks }).collect()
}

fn station(found: StationFigures) -> StationSummary {
    let of = EstimateSummary::of;
    StationSummary {
        kind: found.kind,
        name: found.name,
        rate: of(found.rate),
        present: of(found.present),
        stay: of(found.stay),
        rate_times_stay: of(found.rate_times_stay),
        difference: of(found.difference),
        throughput: of(found.throughput),
        service: of(found.service),
        busy: of(found.busy),
        visits: of(found.visits),
    }
}

/// Every measure of the experiment in every window; those of journeys also for each journey.
fn quantities(results: &Results) -> Vec<Quantity> {
    let scenario = &results.scenario;
    let windows = scenario.arms.first().map_or(&[][..], |arm| &arm.plan.windows);
    let mut quantities = Vec::new();
    for &measure in &scenario.experiment.measures {
        for window in windows.iter().filter(|window| is_known_in(measure, &window.name, results)) {
            let of = |subject| Quantity::new(measure, subject, &window.name);
            quantities.push(of(Subject::All));
            if !per_journey(measure) {
                continue;
            }
            if results.splits_journeys() {
                quantities.extend([of(Subject::Related), of(Subject::Unrelated)]);
            }
            let journeys = 0..scenario.graph.journeys.len();
            quantities.extend(journeys.map(|journey| of(Subject::Journeys(vec![journey]))));
        }
    }
    quantities
}

/// Wasted work is known for the whole measured time only, latencies for the windows that are looked at.
fn is_known_in(measure: Measure, window: &str, results: &Results) -> bool {
    let latency = percentile(measure).is_some() || measure == Measure::MeanLatency;
    let kept = || crate::results::keep(&results.scenario).latencies.iter().any(|kept| kept == window);
    if latency { kept() } else { measure != Measure::WastedWork || window == "run" }
}

const fn per_journey(measure: Measure) -> bool {
    !matches!(
        measure,
        Measure::Amplification
            | Measure::BlastRadius
            | Measure::WastedWork
            | Measure::Utilisation
            | Measure::CpuUtilisation
            | Measure::LockQueue
            | Measure::MeanLockWait
            | Measure::Deadlocks
            | Measure::Conflicts
            | Measure::Queue
            | Measure::Up
            | Measure::Instances
            | Measure::Waited
            | Measure::MeanWait
            | Measure::Abandoned
            | Measure::HitRatio
            | Measure::StoreLoad
            | Measure::StaleReads
            | Measure::LostWrites
            | Measure::Sessions
            | Measure::SessionsEnded
            | Measure::SessionsGivenUp
            | Measure::SessionsInProgress
            | Measure::SessionLength
            | Measure::SessionRequests
            | Measure::Cost
            | Measure::InState
            | Measure::ReachedState
            | Measure::Spells
            | Measure::MeanSpell
            | Measure::TimeToState
    )
}

fn measure_summary(results: &Results, quantity: &Quantity, measured: &Measured) -> MeasureSummary {
    MeasureSummary {
        measure: quantity.measure.name(),
        of: of(results, &quantity.subject),
        window: quantity.window.clone(),
        unit: unit(quantity.measure.unit()),
        estimate: EstimateSummary::of(measured.estimate),
        values: one_line(&measured.values),
    }
}

/// A list that stays on one line in a file that is otherwise indented.
fn one_line(values: &[Option<f64>]) -> Box<RawValue> {
    let values: Vec<Option<f64>> = values.iter().map(|value| value.and_then(significant)).collect();
    // A list of numbers is always JSON.
    serde_json::value::to_raw_value(&values).unwrap_or_default()
}

/// Each arm's difference from the baseline, for each column of the main table.
fn paired(findings: &Findings<'_>) -> Vec<PairedSummary> {
    let results = findings.results;
    let Some((baseline, baseline_runs)) = results.baseline() else { return Vec::new() };
    let confidence = results.scenario.experiment.confidence;
    let mut all = Vec::new();
    for column in &findings.columns {
        let quantity = &column.quantity;
        let against = results.measure(quantity, baseline, baseline_runs);
        for (arm, runs) in results.arms().filter(|(arm, _)| arm.name != baseline.name) {
            let measured = results.measure(quantity, arm, runs);
            let unseen = measured.unseen.max(against.unseen);
            let Some(found) = Difference::of(&measured.values, &against.values, unseen, confidence) else {
                continue;
            };
            all.push(PairedSummary {
                measure: quantity.measure.name(),
                of: of(results, &quantity.subject),
                window: quantity.window.clone(),
                unit: unit(quantity.measure.unit()),
                arm: arm.name.clone(),
                baseline: baseline.name.clone(),
                better_in: found.better(more_is_better(quantity.measure)),
                of_replications: found.pairs.len(),
                difference: EstimateSummary::of(Some(found.estimate)),
            });
        }
    }
    all
}

fn claim(results: &Results, judged: &Judged<'_>) -> ClaimSummary {
    let claim = judged.claim;
    let case = |case: &Case| CaseSummary {
        arm: case.arm.clone(),
        of: of(results, &case.quantity.subject),
        verdict: case.verdict,
        estimate: EstimateSummary::of(case.estimate),
    };
    let sense = if claim.versus.is_some() { words::Sense::Difference } else { words::Sense::Value };
    ClaimSummary {
        that: claim.that.clone(),
        verdict: judged.verdict,
        measure: claim.measure.name(),
        window: claim.during.clone(),
        versus: claim.versus.clone(),
        bound: words::bound(claim.unit(), sense, claim.bound),
        confidence: claim.confidence,
        cases: judged.cases.iter().map(case).collect(),
    }
}

fn of(results: &Results, subject: &Subject) -> String {
    match subject {
        Subject::All => "all".to_owned(),
        other => of_what(other, &results.scenario.graph).trim_start_matches(" of ").to_owned(),
    }
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Seconds => "s",
        Unit::PerSecond => "1/s",
        Unit::Ratio => "ratio",
        Unit::Count => "count",
        Unit::CoreHours => "core-h",
    }
}

/// Twelve significant digits; nothing for what is not finite.
pub fn significant(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    // Writing and reading rounds correctly at any size, which scaling would not.
    format!("{value:.11e}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_twelve_digits() {
        assert_eq!(significant(0.1 + 0.2), Some(0.3));
        assert_eq!(significant(1e-300), Some(1e-300));
        assert_eq!(significant(f64::INFINITY), None);
    }
}
