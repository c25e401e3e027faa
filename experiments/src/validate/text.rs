//! Known answers as people and machines read them.

use std::fmt::Write;

use archsim_models::scenario::case::{Figure, Metric};
use serde_json::{Value, json};

use super::judge::{Answer, Verdict};
use super::{Asked, Tally, Tested};
use crate::words::{self, Sense};

/// A case and its metrics, one a line.
pub fn lines(tested: &Tested<'_>) -> String {
    let rows: Vec<[String; 5]> =
        tested.case.metrics.iter().zip(&tested.answers).map(|(metric, answer)| row(metric, answer)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..4).map(width).collect();
    let mut text = format!("{}: {}\n", tested.case.name, tested.case.title);
    for row in &rows {
        text.push(' ');
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, " {cell}{:1$} ", "", width - cell.chars().count());
        }
        let _ = writeln!(text, " {}", row[4]);
    }
    text
}

fn row(metric: &Metric, answer: &Answer) -> [String; 5] {
    let cells = Cells::of(metric, answer);
    let known = |text: String, word: &str| if text.is_empty() { text } else { format!("{word} {text}") };
    [
        metric.name.clone(),
        format!("expected {}", metric.expected),
        known(cells.simulated, "simulated"),
        cells.tolerance,
        match &answer.verdict {
            Verdict::Passed => "passed".to_owned(),
            Verdict::Failed(why) => format!("FAILED: {why}"),
            Verdict::Unsupported(waits_for) => format!("unsupported: waits for {waits_for}"),
        },
    ]
}

/// What a metric's line says in numbers.
pub(super) struct Cells {
    /// The value and its interval; empty if there is none.
    pub simulated: String,
    /// How far off it may be; empty if it was not measured.
    pub tolerance: String,
}

impl Cells {
    pub(super) fn of(metric: &Metric, answer: &Answer) -> Self {
        let Ok(figure) = &metric.figure else {
            return Cells { simulated: String::new(), tolerance: String::new() };
        };
        let unit = figure.measure.unit();
        let simulated = answer.simulated.map(|it| words::estimate(unit, Sense::Value, it));
        Cells { simulated: simulated.unwrap_or_default(), tolerance: tolerance(figure) }
    }
}

/// `± 1 ms, exact`: in the measure's own unit, so that a share of a share cannot be misread.
fn tolerance(figure: &Figure) -> String {
    let near = words::exact(figure.measure.unit(), Sense::Difference, rounded(figure.tolerance));
    format!("± {}{}", near.trim_start_matches('+'), if figure.exact { ", exact" } else { "" })
}

/// With two digits that count.
fn rounded(value: f64) -> f64 {
    let digit = libm::pow(10.0, libm::floor(libm::log10(value.max(1e-12))) - 1.0);
    libm::round(value / digit) * digit
}

/// The last line.
pub fn sum(tally: Tally) -> String {
    let Tally { passed, failed, unsupported } = tally;
    format!("{passed} passed, {failed} failed, {unsupported} unsupported\n")
}

/// Everything, for machines.
pub fn json(tested: &[Tested<'_>], asked: &Asked, confidence: f64) -> Value {
    let tally = Tally::of(tested);
    json!({
        "schema_version": 1,
        "quick": asked.quick,
        "seed": asked.seed,
        "confidence": confidence,
        "passed": tally.passed,
        "failed": tally.failed,
        "unsupported": tally.unsupported,
        "cases": tested.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(tested: &Tested<'_>) -> Value {
    let case = tested.case;
    let metrics = case.metrics.iter().zip(&tested.answers).map(|(m, answer)| metric(m, answer));
    json!({
        "case": case.name,
        "title": case.title,
        "source": case.source,
        "metrics": metrics.collect::<Vec<_>>(),
    })
}

fn metric(metric: &Metric, answer: &Answer) -> Value {
    let (verdict, why) = match &answer.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(why) => ("failed", Some(why)),
        Verdict::Unsupported(waits_for) => ("unsupported", Some(waits_for)),
    };
    let figure = metric.figure.as_ref().ok();
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    json!({
        "metric": metric.name,
        "is": metric.is,
        "measure": figure.map(|figure| figure.measure.name()),
        "verdict": verdict,
        "why": why,
        "written": metric.expected,
        "expected": figure.map(|figure| figure.expected),
        "tolerance": figure.map(|figure| figure.tolerance),
        "exact": figure.map(|figure| figure.exact),
        "simulated": finite(answer.simulated.map(|it| it.value)),
        "low": finite(answer.simulated.map(|it| it.low)),
        "high": finite(answer.simulated.map(|it| it.high)),
    })
}
