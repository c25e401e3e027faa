//! Times that a run has at most once, such as the time until a queue is empty: what can be said of them although in
//! some runs they never came.
//!
//! A run in which the time did not come within its window is *censored*: all that is known is that it is longer than
//! the window. Then
//!
//! | statistic | point | interval |
//! |---|---|---|
//! | mean | none if any run is censored: it could be anything | Student's t |
//! | restricted mean | the mean of min(time, window) | Student's t |
//! | quantile | the empirical law's, with censored runs last; none if it lies among them | between order statistics |
//!
//! The interval of a quantile assumes nothing about the law: the number of runs below the true quantile is binomial,
//! so two order statistics enclose it with at least the confidence asked for (Wilks 1948; David & Nagaraja, Order
//! Statistics, 3rd ed., ch. 7.1). Where there are too few runs for that, or the upper one is censored, it has no upper
//! end; and zero is its lower end where there are too few below.

use archsim_models::scenario::Statistic;

use crate::interval::{self, Estimate};
use crate::quantile;

/// What is known of a time in seconds that every run may have once; `None` where it did not come within `window`.
pub fn estimate(
    times: &[Option<f64>],
    window: f64,
    statistic: Statistic,
    confidence: f64,
) -> Option<Estimate> {
    let found = match statistic {
        Statistic::Mean => {
            let all: Option<Vec<f64>> = times.iter().copied().collect();
            interval::mean(&all?, confidence)?
        }
        Statistic::RestrictedMean => {
            let all: Vec<f64> = times.iter().map(|time| time.unwrap_or(window)).collect();
            interval::mean(&all, confidence)?
        }
        Statistic::Quantile(q) => order(times, q, confidence)?,
    };
    Some(found.within(0.0, f64::INFINITY))
}

/// The `q`-quantile with an interval between order statistics.
fn order(times: &[Option<f64>], q: f64, confidence: f64) -> Option<Estimate> {
    let mut sorted: Vec<f64> = times.iter().map(|time| time.unwrap_or(f64::INFINITY)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let tail = (1.0 - confidence) / 2.0;
    let value = *sorted.get(((q * n as f64).ceil() as usize).saturating_sub(1))?;
    if value.is_infinite() {
        return None;
    }
    // The largest rank that so few runs below the quantile reach only in `tail` of all experiments, and the smallest
    // that so many do.
    let low =
        (1..=n).take_while(|&rank| quantile::binomial_at_most(rank as u64 - 1, n as u64, q) <= tail).last();
    let high = (1..=n).find(|&rank| 1.0 - quantile::binomial_at_most(rank as u64 - 1, n as u64, q) <= tail);
    Some(Estimate {
        value,
        low: low.map_or(0.0, |rank| sorted[rank - 1]),
        high: high.map_or(f64::INFINITY, |rank| sorted[rank - 1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(came: u32, never: usize) -> Vec<Option<f64>> {
        let all = (1..=came).map(|time| Some(f64::from(time)));
        all.chain(std::iter::repeat_n(None, never)).collect()
    }

    #[test]
    fn there_is_no_mean_of_what_never_came() {
        assert_eq!(estimate(&times(19, 1), 50.0, Statistic::Mean, 0.95), None);
        let found = estimate(&times(19, 0), 50.0, Statistic::Mean, 0.95).unwrap();
        assert!((found.value - 10.0).abs() < 1e-12);
    }

    #[test]
    fn a_restricted_mean_counts_censored_runs_with_the_window() {
        let found = estimate(&times(2, 2), 50.0, Statistic::RestrictedMean, 0.95).unwrap();
        assert!((found.value - 103.0 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_quantile_lies_between_order_statistics() {
        // Of 20 runs, 6 to 15 enclose the median with 95.9 %: the classic sign-test interval.
        let found = estimate(&times(20, 0), 50.0, Statistic::Quantile(0.5), 0.95).unwrap();
        assert_eq!((found.value, found.low, found.high), (10.0, 6.0, 15.0));
        let found = estimate(&times(12, 8), 50.0, Statistic::Quantile(0.5), 0.95).unwrap();
        assert_eq!((found.value, found.low, found.high), (10.0, 6.0, f64::INFINITY));
        assert_eq!(estimate(&times(9, 11), 50.0, Statistic::Quantile(0.5), 0.95), None);
    }

    #[test]
    fn few_runs_bound_a_quantile_on_one_side_or_on_none() {
        let found = estimate(&times(20, 0), 50.0, Statistic::Quantile(0.9), 0.95).unwrap();
        assert_eq!((found.value, found.low, found.high), (18.0, 15.0, f64::INFINITY));
        let found = estimate(&times(3, 0), 50.0, Statistic::Quantile(0.5), 0.95).unwrap();
        assert_eq!((found.low, found.high), (0.0, f64::INFINITY));
        assert_eq!(estimate(&[], 50.0, Statistic::Quantile(0.5), 0.95), None);
    }
}
