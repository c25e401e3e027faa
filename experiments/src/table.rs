//! The tables: one row per arm, controls apart; first availability by journey, then every measure.

use std::cmp::Ordering;

use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Cell, Column, Row, Table};

use crate::headline::{during, faulty};
use crate::interval::Estimate;
use crate::measure::{Measured, Quantity, more_is_better};
use crate::monte_carlo::Run;
use crate::results::{Results, by_journey};
use crate::words;

/// So many journeys have a column each; of more, those that differ most between the arms.
const JOURNEYS_MAX: usize = 8;
/// Behind the names of journeys that have no reason to fail.
const UNRELATED: &str = "*";

/// A column and what it measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// How it is shown.
    pub column: Column,
    /// What it is.
    pub quantity: Quantity,
}

/// The columns of an experiment's measures, in its order. Availability is shown for journeys that do not reach the
/// fault, for those that do, and for all.
pub fn columns(results: &Results) -> Vec<Measurement> {
    let experiment = &results.scenario.experiment;
    let mut columns = Vec::new();
    for &measure in &experiment.measures {
        if results.splits_journeys() && by_journey(measure) {
            columns.push(measurement(results, measure, Subject::Unrelated, "unrelated"));
            columns.push(measurement(results, measure, Subject::Related, "related"));
            columns.push(measurement(results, measure, Subject::All, "all"));
        } else {
            columns.push(measurement(results, measure, Subject::All, ""));
        }
    }
    columns
}

fn measurement(results: &Results, measure: Measure, subject: Subject, of: &str) -> Measurement {
    let (dash, comma) = if of.is_empty() { ("", "") } else { ("-", ", ") };
    let column = Column {
        key: format!("{}{dash}{of}", measure.name()),
        title: format!("{}{comma}{of}", words::title(measure)),
        unit: words::column_unit(measure.unit()).to_owned(),
    };
    let window = if always(measure) { "run" } else { results.window() };
    Measurement { column, quantity: Quantity::new(measure, subject, window) }
}

/// Costs are paid all the time, and wasted work is only known for all of it.
const fn always(measure: Measure) -> bool {
    matches!(measure, Measure::Cost | Measure::WastedWork)
}

/// All tables: journey by journey where there are several, then every measure in `columns`.
pub fn tables(results: &Results, columns: &[Measurement]) -> Vec<Table> {
    let everything = Table {
        name: "measures".to_owned(),
        title: measures_title(results, columns),
        ..filled(results, columns)
    };
    journeys(results).into_iter().chain([everything]).collect()
}

fn measures_title(results: &Results, columns: &[Measurement]) -> String {
    let whole = |column: &&Measurement| always(column.quantity.measure);
    let whole: Vec<&str> = columns.iter().filter(whole).map(|column| column.column.title.as_str()).collect();
    match (results.has_fault(), words::list(&whole)) {
        (false, _) => "All measures".to_owned(),
        (true, whole) if whole.is_empty() => "All measures during the fault".to_owned(),
        (true, whole) => format!("All measures during the fault; {whole} over the whole run"),
    }
}

/// Availability by journey, those that never use what is faulty first. `None` for a single journey, of which the
/// other table says all, and where availability is not asked for.
fn journeys(results: &Results) -> Option<Table> {
    let (scenario, graph) = (&results.scenario, &results.scenario.graph);
    let count = graph.journeys.len();
    if count < 2 || !scenario.experiment.measures.contains(&Measure::Availability) {
        return None;
    }
    let unrelated = |journey: usize| results.splits_journeys() && graph.unrelated[journey];
    let mut shown = most_different(results, JOURNEYS_MAX);
    shown.retain(|&journey| graph.asked[journey]);
    shown.sort_by_key(|&journey| (!unrelated(journey), journey));
    let column = |&journey: &usize| {
        let mark = if unrelated(journey) { UNRELATED } else { "" };
        let title = format!("{}{mark}", graph.journeys[journey]);
        Measurement {
            column: Column { key: graph.journeys[journey].clone(), title, unit: "%".to_owned() },
            quantity: of_journey(results, journey),
        }
    };
    let columns: Vec<Measurement> = shown.iter().map(column).collect();
    let mut notes = Vec::new();
    if shown.iter().any(|&journey| unrelated(journey)) {
        notes.push(format!("{UNRELATED} never uses {}", faulty(results)));
    }
    if shown.len() < count {
        notes.push(format!(
            "the {} of {count} journeys that differ most between the arms; all are in `summary.json`",
            shown.len()
        ));
    }
    Some(Table {
        name: "journeys".to_owned(),
        title: format!("Availability {}, by journey", during(results.window())),
        note: notes.join("; "),
        ..filled(results, &columns)
    })
}

fn of_journey(results: &Results, journey: usize) -> Quantity {
    let subject = Subject::Journeys(vec![journey]);
    Quantity::new(Measure::Availability, subject, results.window())
}

/// The journeys whose availability differs most between the compared arms.
fn most_different(results: &Results, most: usize) -> Vec<usize> {
    let spread = |journey: usize| {
        let quantity = of_journey(results, journey);
        let found = results.compared().filter_map(|(arm, runs)| {
            results.measure(&quantity, arm, runs).estimate.map(|found| found.value)
        });
        let (low, high) = found.fold((1.0, 0.0), |(low, high), it| (f64::min(low, it), f64::max(high, it)));
        high - low
    };
    let count = results.scenario.graph.journeys.len();
    let mut all: Vec<(f64, usize)> = (0..count).map(|journey| (spread(journey), journey)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().take(most).map(|(_, journey)| journey).collect()
}

/// The rows: the arms that are compared first, then the controls.
fn filled(results: &Results, columns: &[Measurement]) -> Table {
    let row = |control: bool| {
        results.arms().filter(move |(arm, _)| arm.control_of.is_some() == control).map(move |(arm, runs)| {
            let cell = |column: &Measurement| cell(column, &results.measure(&column.quantity, arm, runs));
            let cells = columns.iter().map(cell).collect();
            Row { arm: arm.name.clone(), group: control.then(|| "control".to_owned()), cells }
        })
    };
    Table {
        columns: columns.iter().map(|column| column.column.clone()).collect(),
        rows: row(false).chain(row(true)).collect(),
        controls: controls(results, columns),
        ..Table::default()
    }
}

fn cell(column: &Measurement, measured: &Measured) -> Cell {
    let Some(found) = measured.estimate else {
        return Cell { text: "–".to_owned(), ..Cell::default() };
    };
    let unit = column.quantity.measure.unit();
    let shown = |end: f64| end.is_finite().then_some(end * words::column_factor(unit));
    Cell {
        mean: shown(found.value),
        low: shown(found.low),
        high: shown(found.high),
        text: words::cell(unit, found),
    }
}

/// What the controls say of the first measure: `Controls, the same 8 arms without the fault: availability at least
/// 100 % [99.91, 100]`. The worst value of any column in any of them is told.
fn controls(results: &Results, columns: &[Measurement]) -> String {
    let controls: Vec<_> = results.arms().filter(|(arm, _)| arm.control_of.is_some()).collect();
    let Some(first) = columns.first().map(|column| column.quantity.measure) else { return String::new() };
    let of = columns.iter().map(|column| &column.quantity).filter(|quantity| quantity.measure == first);
    let Some(worst) = worst_of(results, &of.collect::<Vec<_>>(), &controls) else { return String::new() };
    let arms = match controls.len() {
        1 => "the same arm".to_owned(),
        arms if arms == results.compared().count() => format!("the same {arms} arms"),
        arms => format!("{arms} of the arms"),
    };
    format!("Controls, {arms} without the fault: {worst}")
}

/// `availability at least 100 % [99.91, 100]`; `None` if no control has the measure.
fn worst_of(results: &Results, quantities: &[&Quantity], controls: &[(&Arm, &[Run])]) -> Option<String> {
    let measure = quantities.first()?.measure;
    let better = more_is_better(measure);
    let found = controls.iter().flat_map(|(arm, runs)| {
        quantities.iter().filter_map(|quantity| results.measure(quantity, arm, runs).estimate)
    });
    // Of equal values the one with the wider interval.
    let key = |it: &Estimate| if better { (-it.value, -it.low) } else { (it.value, it.high) };
    let found = found.max_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(Ordering::Equal))?;
    let bound = if better { "at least" } else { "at most" };
    let shown = words::estimate(measure.unit(), words::Sense::Value, found);
    Some(format!("{} {bound} {shown}", words::title(measure)))
}
