//! Whether a figure is what it should be.

use archsim_models::scenario::case::Figure;

use crate::interval::Estimate;
use crate::words::{self, Sense};

/// What came of a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be, and why.
    Failed(String),
    /// Not run or not measured; what it waits for.
    Unsupported(String),
}

/// What was simulated, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was simulated, with its interval, if it was.
    pub simulated: Option<Estimate>,
    /// What is said of it.
    pub verdict: Verdict,
}

impl Answer {
    /// Nothing was simulated, and nothing is said to be right.
    pub fn unsupported(waits_for: &str) -> Self {
        Answer { simulated: None, verdict: Verdict::Unsupported(waits_for.to_owned()) }
    }

    /// It should have been simulated but was not.
    pub fn failed(why: &str) -> Self {
        Answer { simulated: None, verdict: Verdict::Failed(why.to_owned()) }
    }
}

/// How figures are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judge {
    /// Whether runs were short: then only intervals count.
    pub quick: bool,
    /// The level of the intervals.
    pub confidence: f64,
}

impl Judge {
    /// Holds what was simulated against what is known.
    pub fn judge(&self, figure: &Figure, simulated: Estimate) -> Answer {
        let (expected, tolerance) = (figure.expected, figure.tolerance);
        let off = (simulated.value - expected).abs();
        let span = |value| words::exact(figure.unit(), Sense::Difference, value);
        let meets = |slack: f64| simulated.low - slack <= expected && expected <= simulated.high + slack;
        let why = if !self.quick && off > tolerance {
            Some(format!("it is off by {}, and may be by {}", span(off), span(tolerance)))
        } else if figure.exact && !meets(ROUNDING * expected.abs()) {
            Some("the exact value lies outside the simulator's own interval".to_owned())
        } else if self.quick && !figure.exact && !meets(tolerance) {
            Some("its interval lies beyond the tolerance".to_owned())
        } else {
            None
        };
        let verdict = why.map_or(Verdict::Passed, Verdict::Failed);
        Answer { simulated: Some(simulated), verdict }
    }
}

/// Known values are written with some digits only, and times are whole nanoseconds: where nothing is random, an
/// interval has no width that could cover that.
const ROUNDING: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::{Detail, Measure, Subject};

    fn figure(exact: bool) -> Figure {
        Figure {
            measure: Measure::MeanLatency,
            subject: Subject::All,
            arm: "one".to_owned(),
            during: "run".to_owned(),
            detail: Detail::default(),
            expected: 1.0,
            tolerance: 0.02,
            exact,
        }
    }

    /// `value low high`, exact or not, quick or full.
    fn check(value: [f64; 3], exact: bool, quick: bool, passes: bool) {
        let judge = Judge { quick, confidence: 0.999 };
        let [value, low, high] = value;
        let answer = judge.judge(&figure(exact), Estimate { value, low, high });
        assert_eq!(answer.verdict == Verdict::Passed, passes, "{answer:?}");
    }

    #[test]
    fn an_exact_figure_is_held_against_tolerance_and_interval() {
        check([1.01, 0.99, 1.03], true, false, true);
        check([1.01, 1.005, 1.015], true, false, false);
        check([1.03, 0.99, 1.07], true, false, false);
        check([1.0, 1.0, 1.0], true, false, true);
    }

    #[test]
    fn a_limit_is_held_against_the_tolerance_alone() {
        check([1.01, 1.005, 1.015], false, false, true);
        check([1.03, 0.9, 1.1], false, false, false);
    }

    #[test]
    fn a_quick_look_judges_by_intervals() {
        check([1.1, 0.99, 1.2], true, true, true);
        check([1.1, 1.01, 1.2], true, true, false);
        check([1.1, 1.01, 1.2], false, true, true);
        check([1.1, 1.03, 1.2], false, true, false);
    }
}
