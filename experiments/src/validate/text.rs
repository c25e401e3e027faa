//! Known answers as people and machines read them.

use std::fmt::Write;

use archsim_models::scenario::Unit;
use archsim_models::scenario::case::{Figure, Metric};
use serde_json::{Value, json};

use super::judge::{Answer, Verdict};
use super::{Asked, Tally, Tested};
use crate::interval::Estimate;

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
        let scale = Scale::of(figure);
        let exact = if figure.exact { ", exact" } else { "" };
        Cells {
            simulated: answer.simulated.map(|it| scale.estimate(it)).unwrap_or_default(),
            tolerance: format!("± {}{exact}", scale.distance(figure.tolerance)),
        }
    }
}

/// How the numbers of a figure are written: with digits for a tenth of the tolerance, whatever the interval is.
struct Scale {
    unit: Unit,
    factor: f64,
    after: &'static str,
    decimals: usize,
}

impl Scale {
    fn of(figure: &Figure) -> Self {
        let unit = figure.unit();
        let (factor, after) = match unit {
            Unit::Share => (100.0, " %"),
            Unit::Seconds if figure.expected < 1.0 => (1000.0, " ms"),
            Unit::Seconds => (1.0, " s"),
            Unit::PerSecond => (1.0, "/s"),
            Unit::CoreHours => (1.0, " core-h"),
            Unit::Ratio | Unit::Count => (1.0, ""),
        };
        let digit = libm::floor(libm::log10((figure.tolerance * factor).max(1e-9)));
        Scale { unit, factor, after, decimals: (1.0 - digit).clamp(0.0, 9.0) as usize }
    }

    fn number(&self, value: f64) -> String {
        format!("{:.*}", self.decimals, value * self.factor)
    }

    /// `49.9 [49.1, 50.8] ms`; without the interval where nothing is random.
    fn estimate(&self, estimate: Estimate) -> String {
        let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(|end| self.number(end));
        let interval = if low == high { String::new() } else { format!(" [{low}, {high}]") };
        format!("{value}{interval}{}", self.after)
    }

    /// In the measure's own unit, so that a share of a share cannot be misread.
    fn distance(&self, value: f64) -> String {
        let after = if self.unit == Unit::Share { " points" } else { self.after };
        format!("{}{after}", self.number(value))
    }
}

/// The last line.
pub fn sum(tally: Tally) -> String {
    let Tally { passed, failed, unsupported } = tally;
    format!("{passed} passed, {failed} failed, {unsupported} unsupported\n")
}

/// Everything, for machines. `complete` says whether every case was run.
pub fn json(tested: &[Tested<'_>], asked: &Asked, confidence: f64, complete: bool) -> Value {
    let tally = Tally::of(tested);
    json!({
        "schema_version": 1,
        "quick": asked.quick,
        "seed": asked.seed,
        "confidence": confidence,
        "complete": complete,
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

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::{Detail, Measure, Subject};

    fn check(measure: Measure, expected: f64, tolerance: f64, simulated: [f64; 3], says: [&str; 2]) {
        let figure = Figure {
            measure,
            subject: Subject::All,
            arm: "one".to_owned(),
            during: "run".to_owned(),
            detail: Detail::default(),
            expected,
            tolerance,
            exact: true,
        };
        let metric =
            Metric { name: "it".to_owned(), is: String::new(), expected: String::new(), figure: Ok(figure) };
        let [value, low, high] = simulated;
        let simulated = Some(Estimate { value, low, high });
        let cells = Cells::of(&metric, &Answer { simulated, verdict: Verdict::Passed });
        assert_eq!([cells.simulated.as_str(), cells.tolerance.as_str()], says);
    }

    #[test]
    fn numbers_have_digits_for_a_tenth_of_the_tolerance() {
        let simulated = [0.049_91, 0.0491, 0.0508];
        check(Measure::P50, 0.05, 0.001, simulated, ["49.9 [49.1, 50.8] ms", "± 1.0 ms, exact"]);
        let simulated = [0.997_01, 0.9968, 0.9972];
        let says = ["99.7010 [99.6800, 99.7200] %", "± 0.0075 points, exact"];
        check(Measure::Availability, 0.997, 0.000_075, simulated, says);
        check(Measure::Amplification, 0.002, 0.0001, [0.002; 3], ["0.00200", "± 0.00010, exact"]);
        check(Measure::MeanLatency, 30.0, 0.45, [30.01; 3], ["30.01 s", "± 0.45 s, exact"]);
        check(Measure::Queue, 5950.0, 30.0, [5951.4; 3], ["5951", "± 30, exact"]);
    }
}
