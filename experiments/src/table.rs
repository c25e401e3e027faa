//! The main table: one row per arm, one column per measure, controls below.

use archsim_models::scenario::{Measure, Subject};
use archsim_output::{Cell, Column, Row, Table};

use crate::measure::{Measured, Quantity};
use crate::results::{Results, by_journey};
use crate::words;

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
    // Costs are paid all the time, and wasted work is only known for all of it.
    let always = matches!(measure, Measure::Cost | Measure::WastedWork);
    let window = if always { "run" } else { results.window() }.to_owned();
    Measurement { column, quantity: Quantity { measure, subject, window } }
}

/// The rows: the arms that are compared first, then the controls.
pub fn table(results: &Results, columns: &[Measurement]) -> Table {
    let row = |control: bool| {
        results.arms().filter(move |(arm, _)| arm.control_of.is_some() == control).map(move |(arm, runs)| {
            let cell = |column: &Measurement| cell(column, &results.measure(&column.quantity, arm, runs));
            let cells = columns.iter().map(cell).collect();
            Row { arm: arm.name.clone(), group: control.then(|| "control".to_owned()), cells }
        })
    };
    let rows = row(false).chain(row(true)).collect();
    Table { columns: columns.iter().map(|column| column.column.clone()).collect(), rows }
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
