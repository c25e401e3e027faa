//! Intervals for what was measured, with the *replication* as the unit of everything.
//!
//! Requests of one replication share its queues, its fault and its luck: a thousand of them are not a
//! thousand observations. Replications are independent by construction, so every interval here comes from
//! how replications differ.
//!
//! | measured | point | interval |
//! |---|---|---|
//! | a number per replication ([`mean`]) | their mean | Student's t |
//! | a ratio of two sums ([`ratio`]) | pooled: Σ parts ÷ Σ wholes | Student's t on the linearised ratio |
//! | a share ([`share`]) | pooled: Σ hits ÷ Σ trials | Clopper–Pearson at the effective sample size |
//! | a latency percentile ([`percentile`]) | of the pooled histogram, never an average of percentiles | Woodruff's: the share's interval, read back through the pooled histogram |
//!
//! # Shares
//!
//! The effective sample size of a share is p(1 − p) ÷ v, where v is the variance of the pooled share as the
//! replications show it (Korn & Graubard 1998, with their correction for the degrees of freedom), and never
//! more than the number of trials. Where few replications carry most of the loss the distribution is skewed,
//! and v is small just when p is: Hall's (1992) transformation of t corrects for that, and the wider of the two
//! limits counts on either side.
//!
//! When every trial of every replication hit, or none did, v is zero and says nothing about how losses would
//! cluster if there were any. Counting requests as independent then would promise too much (30 × 20,000
//! requests: a loss below 0.001 %), counting replications alone would say nearly nothing (below 12 %). In between
//! lies a plain assumption: *a loss never seen lasts at most a tenth of a second at a time*, so that requests that
//! arrive in the same tenth of a second of the same replication share one fate and count as one
//! [unit](Count::units). With n units the bound is 1 − (α/2)^(1/n), for 95 % about 3.7 ÷ n: 20 replications of 20 s
//! bound it at 0.09 %. The same bound limits every other interval of
//! a share from within: having seen a loss never makes surer than having seen none.
//!
//! How far to trust it: `tests/coverage.rs` draws experiments whose requests are correlated within replications, and
//! counts. In the cases tested (8 and 30 replications, correlations from 0.002 to 0.3, shares from 0.1 % to 99.9 %) a
//! 95 % interval covers the truth in 94 % of all experiments and more – but for one corner that no interval can know: a
//! loss that hides in so few replications that those at hand may show hardly any of it. With a correlation of 0.1
//! and 0.3 % lost, 30 replications cover in 80 %; so do 8 with 1 % lost.
//!
//! ```
//! use archsim_experiments::interval::{Count, share};
//! // 20 replications of 1,000 requests in 60 seconds each, and not one was lost.
//! let clean = [Count { hits: 1000.0, trials: 1000.0, units: 60.0 }; 20];
//! let found = share(&clean, 0.95).expect("there were trials");
//! assert_eq!(found.value, 1.0);
//! assert!(found.low > 0.996 && found.low < 0.998);
//! ```

use archsim_sim::Histogram;

use crate::quantile;

/// More trials than this make no visible difference, and the beta distribution stays accurate below.
const TRIALS_MAX: f64 = 1e7;

/// A measured value and the interval in which the true one lies at the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// The same estimate with its interval cut to what is possible at all.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Self {
        Estimate { low: self.low.clamp(least, most), high: self.high.clamp(least, most), ..self }
    }
}

/// Hits among the trials of one replication.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// How many did.
    pub hits: f64,
    /// Of how many.
    pub trials: f64,
    /// How many of the trials could have had a fate of their own; at most `trials`.
    pub units: f64,
}

/// A part and the whole of one replication: latencies and answers, attempts and calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio {
    /// The numerator.
    pub part: f64,
    /// The denominator.
    pub whole: f64,
}

/// The mean of one value per replication. `None` without values; from one value, any mean is possible.
pub fn mean(values: &[f64], confidence: f64) -> Option<Estimate> {
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    // A sum of equal values may be off by its last digit.
    let equal = values.iter().all(|value| value.total_cmp(&values[0]).is_eq());
    let value = if equal { values[0] } else { values.iter().sum::<f64>() / n };
    let squares: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
    Some(around(value, squares / (n * (n - 1.0)), n, confidence))
}

/// Σ parts ÷ Σ wholes. Replications with a whole of zero count for nothing; `None` if all are.
pub fn ratio(ratios: &[Ratio], confidence: f64) -> Option<Estimate> {
    let (n, whole) = (ratios.iter().filter(|r| r.whole > 0.0).count() as f64, total(ratios, |r| r.whole));
    if n < 1.0 {
        return None;
    }
    let value = total(ratios, |r| r.part) / whole;
    Some(around(value, variance_of_ratio(ratios, value), n, confidence))
}

/// Σ hits ÷ Σ trials, in an interval that is right at 0 and 1 too. `None` without trials.
pub fn share(counts: &[Count], confidence: f64) -> Option<Estimate> {
    let ratios: Vec<Ratio> = counts.iter().map(|c| Ratio { part: c.hits, whole: c.trials }).collect();
    let (replications, trials) =
        (ratios.iter().filter(|r| r.whole > 0.0).count(), total(&ratios, |r| r.whole));
    if replications == 0 {
        return None;
    }
    let value = total(&ratios, |r| r.part) / trials;
    if replications == 1 {
        return Some(Estimate { value, low: 0.0, high: 1.0 });
    }
    let tail = (1.0 - confidence) / 2.0;
    let variance = variance_of_ratio(&ratios, value);
    let effective = if variance > 0.0 { value * (1.0 - value) / variance } else { f64::INFINITY };
    let inflation = quantile::normal(tail) / quantile::student_t(replications as f64 - 1.0, tail);
    let effective = (effective * inflation * inflation).min(trials).min(TRIALS_MAX);
    let (exact, skewed) = (clopper_pearson(value, effective, tail), hall(&ratios, value, tail));
    let unseen = unseen(counts, confidence);
    let low = exact.0.min(skewed.0).min(1.0 - unseen).max(0.0);
    let high = exact.1.max(skewed.1).max(unseen).min(1.0);
    Some(Estimate { value, low, high })
}

/// What may be lost without a single loss seen, as a share: 1 − (α/2)^(1/n) for n units.
pub fn unseen(counts: &[Count], confidence: f64) -> f64 {
    let units: f64 = counts.iter().map(|c| c.units.min(c.trials)).sum();
    if units > 0.0 { 1.0 - libm::pow((1.0 - confidence) / 2.0, 1.0 / units) } else { 1.0 }
}

/// The `q`-quantile of all values of all replications together, in nanoseconds. `units` is what
/// [`Count::units`] is for one replication. `None` without values.
///
/// The interval is Woodruff's (1952): the interval of the share of values that are at most the point, with the
/// replications as clusters, gives two other quantiles of the same pooled histogram.
pub fn percentile(histograms: &[&Histogram], units: f64, q: f64, confidence: f64) -> Option<Estimate> {
    let mut pooled = Histogram::new();
    for histogram in histograms {
        pooled.merge(histogram);
    }
    if pooled.count() == 0 {
        return None;
    }
    let value = pooled.quantile(q);
    let below = |histogram: &&Histogram| {
        let trials = histogram.count() as f64;
        Count { hits: histogram.count_at_most(value) as f64, trials, units: units.min(trials) }
    };
    let shares: Vec<Count> = histograms.iter().map(below).collect();
    let share = share(&shares, confidence)?;
    // The point's bucket may reach beyond q: the interval is moved to lie around q itself.
    let (down, up) = (share.value - share.low, share.high - share.value);
    let at = |q: f64| pooled.quantile(q.clamp(0.0, 1.0)) as f64;
    Some(Estimate { value: value as f64, low: at(q - down), high: at(q + up) })
}

/// Student's t interval around `value` from `n` replications.
fn around(value: f64, variance: f64, n: f64, confidence: f64) -> Estimate {
    if n < 2.0 {
        return Estimate { value, low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    let half = quantile::student_t(n - 1.0, f64::midpoint(1.0, confidence)) * variance.max(0.0).sqrt();
    Estimate { value, low: value - half, high: value + half }
}

/// How far each replication is off the pooled ratio, as a share of a mean replication's whole.
fn residuals(ratios: &[Ratio], value: f64) -> Vec<f64> {
    let used = || ratios.iter().filter(|r| r.whole > 0.0);
    let whole_mean = used().map(|r| r.whole).sum::<f64>() / used().count() as f64;
    used().map(|r| (r.part - value * r.whole) / whole_mean).collect()
}

/// The variance of a pooled ratio as the replications show it, to first order.
fn variance_of_ratio(ratios: &[Ratio], value: f64) -> f64 {
    let residuals = residuals(ratios, value);
    let n = residuals.len() as f64;
    residuals.iter().map(|r| r * r).sum::<f64>() / (n * (n - 1.0))
}

/// Student's t limits corrected for the skewness of the replications: Hall (1992), "On the removal of skewness by
/// transformation", with the cubic that is monotone and so has one inverse.
fn hall(ratios: &[Ratio], value: f64, tail: f64) -> (f64, f64) {
    let residuals = residuals(ratios, value);
    let n = residuals.len() as f64;
    let deviation = (residuals.iter().map(|r| r * r).sum::<f64>() / (n - 1.0)).sqrt();
    let third: f64 = residuals.iter().map(|r| r * r * r).sum::<f64>() / n;
    let skewness = third / (deviation * deviation * deviation * n.sqrt());
    if !skewness.is_finite() || skewness.abs() < 1e-9 {
        return (value, value);
    }
    let inverse = |t: f64| 3.0 / skewness * (libm::cbrt(1.0 + skewness * (t - skewness / 6.0)) - 1.0);
    let limit = |tail: f64| value - inverse(quantile::student_t(n - 1.0, tail)) * deviation / n.sqrt();
    (limit(1.0 - tail), limit(tail))
}

/// Clopper and Pearson's interval of a share seen in `trials` trials, which need not be whole.
fn clopper_pearson(share: f64, trials: f64, tail: f64) -> (f64, f64) {
    let (hits, misses) = (share * trials, (1.0 - share) * trials);
    let low = if hits > 0.0 { quantile::beta(hits, misses + 1.0, tail) } else { 0.0 };
    let high = if misses > 0.0 { quantile::beta(hits + 1.0, misses, 1.0 - tail) } else { 1.0 };
    (low, high)
}

fn total(ratios: &[Ratio], of: impl Fn(&Ratio) -> f64) -> f64 {
    ratios.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(hits: &[u32], trials: u32, units: u32) -> Vec<Count> {
        hits.iter()
            .map(|&h| Count { hits: f64::from(h), trials: f64::from(trials), units: f64::from(units) })
            .collect()
    }

    #[test]
    fn a_mean_has_students_interval() {
        let found = mean(&[1.0, 2.0, 3.0, 4.0], 0.95).unwrap();
        assert!((found.value - 2.5).abs() < 1e-12);
        // t(3) = 3.182446, s / √n = 0.645497.
        assert!((found.high - 4.554_260).abs() < 1e-5, "{found:?}");
        assert_eq!(mean(&[], 0.95), None);
        assert!(mean(&[1.0], 0.95).unwrap().high.is_infinite());
    }

    #[test]
    fn a_ratio_pools_and_does_not_average_ratios() {
        let ratios = [Ratio { part: 1.0, whole: 1.0 }, Ratio { part: 0.0, whole: 9.0 }];
        assert!((ratio(&ratios, 0.95).unwrap().value - 0.1).abs() < 1e-12);
        assert_eq!(ratio(&[Ratio::default()], 0.95), None);
    }

    #[test]
    fn without_a_loss_the_units_bound_what_may_be_lost() {
        let found = share(&counts(&[20_000; 30], 20_000, 60), 0.95).unwrap();
        assert_eq!((found.value, found.high), (1.0, 1.0));
        assert!((1.0 - found.low - 3.689 / 1800.0).abs() < 1e-5, "{found:?}");
        let none = share(&counts(&[0; 30], 20_000, 60), 0.95).unwrap();
        assert!((none.high - (1.0 - found.low)).abs() < 1e-12);
    }

    #[test]
    fn having_seen_a_loss_never_makes_surer() {
        let mut hits = [20_000; 30];
        let clean = share(&counts(&hits, 20_000, 60), 0.95).unwrap();
        hits[3] -= 1;
        let scratched = share(&counts(&hits, 20_000, 60), 0.95).unwrap();
        assert!(scratched.low <= clean.low && scratched.value < clean.value);
    }

    #[test]
    fn one_replication_decides_nothing() {
        let found = share(&counts(&[7], 10, 10), 0.95).unwrap();
        assert_eq!((found.low, found.high), (0.0, 1.0));
    }

    #[test]
    fn clustered_requests_count_for_less_than_independent_ones() {
        let even = share(&counts(&[480, 520, 500, 510, 490], 1000, 60), 0.95).unwrap();
        let clustered = share(&counts(&[0, 1000, 500, 900, 100], 1000, 60), 0.95).unwrap();
        assert!(clustered.high - clustered.low > 5.0 * (even.high - even.low));
    }

    #[test]
    fn a_percentile_is_of_all_values_together() {
        let (mut fast, mut slow) = (Histogram::new(), Histogram::new());
        (0..900).for_each(|_| fast.record(10));
        (0..100).for_each(|_| slow.record(100));
        // The mean of the two p50 would be 55.
        let p50 = percentile(&[&fast, &slow], 10.0, 0.5, 0.95).unwrap();
        assert!((p50.value - 10.0).abs() < 1e-12);
        assert!(p50.low <= p50.value && p50.value <= p50.high);
        assert_eq!(percentile(&[], 1.0, 0.5, 0.95), None);
    }
}
