//! The exact answer beside the simulated one, for arms that queueing theory has solved; see [`crate::theory`].

use archsim_models::plan::Plan;
use archsim_models::record::Record;
use archsim_models::scenario::{Arm, Measure, Subject, Unit};
use archsim_output::{Cell, Column, Row, Table};

use crate::interval::{self, Estimate};
use crate::measure::{Quantity, measure};
use crate::monte_carlo::Run;
use crate::results::Results;
use crate::theory::demand::Station;
use crate::theory::network::Queue;
use crate::theory::{self, Exact};
use crate::words;

/// So many columns are shown; everything is in `summary.json`.
const COLUMNS_MAX: usize = 12;

/// One figure, computed and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What it is: `mean-latency`, `utilisation`, `present` or `throughput`.
    pub measure: &'static str,
    /// Of which journey, deployable or store; empty for all.
    pub of: String,
    /// In which unit.
    pub unit: Unit,
    /// What it is exactly.
    pub exact: f64,
    /// What was simulated, if a run counts it.
    pub simulated: Option<Estimate>,
}

/// An arm that has been solved.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// The arm's name.
    pub arm: String,
    /// What the model is called.
    pub model: &'static str,
    /// All figures.
    pub pairs: Vec<Pair>,
}

/// The arms that have an exact answer, with it.
pub fn solved(results: &Results) -> Vec<Solved> {
    let confidence = results.scenario.experiment.confidence;
    let arm = |(arm, runs): (&Arm, &[Run])| of_arm(results, arm, runs, confidence);
    results.arms().filter_map(arm).collect()
}

/// One arm, with intervals of this confidence; `None` if it is no network that has been solved.
pub fn of_arm(results: &Results, arm: &Arm, runs: &[Run], confidence: f64) -> Option<Solved> {
    let (network, exact) = theory::exact(&arm.plan).ok()?;
    if runs.is_empty() || runs.iter().any(|run| run.record.stopped.is_some()) {
        return None;
    }
    let mut pairs: Vec<Pair> = Vec::new();
    let graph = &results.scenario.graph;
    let measured = |kind: Measure, subject: Subject| {
        let quantity = Quantity::new(kind, subject, "run");
        measure(&quantity, arm, graph, runs, confidence).estimate
    };
    for (at, (class, &response)) in network.classes.iter().zip(&exact.responses).enumerate() {
        let simulated = measured(Measure::MeanLatency, Subject::Journeys(vec![at]));
        pairs.push(Pair {
            measure: "mean-latency",
            of: class.name.clone(),
            unit: Unit::Seconds,
            exact: response,
            simulated,
        });
    }
    for (queue, state) in network.queues.iter().zip(&exact.queues) {
        let pair = |measure, unit, exact, simulated| Pair {
            measure,
            of: queue.name.clone(),
            unit,
            exact,
            simulated,
        };
        if let Some(utilisation) = state.utilisation {
            let subject = match queue.station {
                Station::Store(_) | Station::StoreCores(_) => Subject::Store(queue.name.clone()),
                _ => Subject::Deployable(queue.name.clone()),
            };
            let (name, kind) = match queue.station {
                Station::StoreCores(_) => ("cpu-utilisation", Measure::CpuUtilisation),
                _ => ("utilisation", Measure::Utilisation),
            };
            let simulated = measured(kind, subject);
            pairs.push(pair(name, Unit::Share, utilisation, simulated));
        }
        let present: Vec<f64> =
            runs.iter().filter_map(|run| present(queue, &arm.plan, &run.record)).collect();
        let there = if matches!(queue.station, Station::StoreCores(_)) { "cpu-present" } else { "present" };
        pairs.push(pair(there, Unit::Count, state.present, interval::mean(&present, confidence)));
    }
    pairs.push(throughput(&arm.plan, &exact, runs, confidence));
    Some(Solved { arm: arm.name.clone(), model: exact.model, pairs })
}

/// The mean number at a queue over the whole measured time, which is window 0.
fn present(queue: &Queue, plan: &Plan, record: &Record) -> Option<f64> {
    match queue.station {
        Station::Cores(at) if queue.counted => {
            record.deployables[at].windows.first().map(|window| window.busy_threads + window.queued)
        }
        Station::Store(at) => record.stores[at].windows.first().map(|window| window.busy + window.queued),
        Station::StoreCores(at) => {
            let nanos = plan.horizon.since(plan.warmup).as_nanos() as f64;
            record.stores[at].cpu.flows.first().map(|flow| flow.level_nanos() as f64 / nanos)
        }
        _ => None,
    }
}

fn throughput(plan: &Plan, exact: &Exact, runs: &[Run], confidence: f64) -> Pair {
    let seconds = plan.horizon.since(plan.warmup).as_secs_f64();
    let answers = |run: &Run| {
        let tallies = run.record.journeys.iter().filter_map(|journey| journey.windows.first());
        tallies.map(|tally| tally.answered + tally.late).sum::<u64>() as f64 / seconds
    };
    let values: Vec<f64> = runs.iter().map(answers).collect();
    Pair {
        measure: "throughput",
        of: String::new(),
        unit: Unit::PerSecond,
        exact: exact.throughput,
        simulated: interval::mean(&values, confidence),
    }
}

/// Exact and simulated figures of all solved arms, under each other; nothing if no arm is solved.
pub fn tables(solved: &[Solved]) -> Option<Table> {
    let mut columns: Vec<(&'static str, &str, Unit)> = Vec::new();
    for pair in solved.iter().flat_map(|arm| &arm.pairs) {
        let column = (pair.measure, pair.of.as_str(), pair.unit);
        if !columns.contains(&column) && columns.len() < COLUMNS_MAX {
            columns.push(column);
        }
    }
    let find = |arm: &'_ Solved, column: &(&'static str, &str, Unit)| {
        arm.pairs.iter().find(|pair| (pair.measure, pair.of.as_str(), pair.unit) == *column).cloned()
    };
    let row = |arm: &Solved, group: &str, value: &dyn Fn(Pair) -> Option<Estimate>| Row {
        arm: arm.arm.clone(),
        group: Some(group.to_owned()),
        cells: columns.iter().map(|column| cell(column.2, find(arm, column).and_then(value))).collect(),
    };
    let exactly = |pair: Pair| Some(Estimate { value: pair.exact, low: pair.exact, high: pair.exact });
    let rows = solved
        .iter()
        .flat_map(|arm| [row(arm, "exact", &exactly), row(arm, "simulated", &|pair: Pair| pair.simulated)]);
    let mut models: Vec<&str> = solved.iter().map(|arm| arm.model).collect();
    models.dedup();
    (!solved.is_empty()).then(|| Table {
        name: "exact".to_owned(),
        title: "Exact answers beside simulated ones, over the whole run".to_owned(),
        note: format!("Known from queueing theory: {}", models.join("; ")),
        controls: String::new(),
        columns: columns.iter().map(column).collect(),
        rows: rows.collect(),
    })
}

fn column(&(measure, of, unit): &(&'static str, &str, Unit)) -> Column {
    let word = match measure {
        "mean-latency" => "mean latency",
        "present" => "number present",
        other => other,
    };
    let (dash, comma) = if of.is_empty() { ("", "") } else { ("-", ", ") };
    Column {
        key: format!("{measure}{dash}{of}"),
        title: format!("{word}{comma}{of}"),
        unit: words::column_unit(unit).to_owned(),
    }
}

fn cell(unit: Unit, estimate: Option<Estimate>) -> Cell {
    let Some(found) = estimate else { return Cell { text: "–".to_owned(), ..Cell::default() } };
    let shown = |end: f64| end.is_finite().then_some(end * words::column_factor(unit));
    let text = words::cell(unit, found);
    Cell { mean: shown(found.value), low: shown(found.low), high: shown(found.high), text }
}

/// Whether a network is what a run saw, for tests: every figure lies in its interval.
pub fn disagreements(solved: &Solved) -> Vec<String> {
    let outside = |pair: &&Pair| {
        pair.simulated.is_some_and(|found| {
            let slack = 1e-6 * pair.exact.abs();
            pair.exact < found.low - slack || pair.exact > found.high + slack
        })
    };
    solved.pairs.iter().filter(outside).map(|pair| format!("{pair:?}")).collect()
}
