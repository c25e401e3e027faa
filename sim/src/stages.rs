//! Exponential stages, one of several or all in a row: more variable than the exponential distribution, or less.

use std::sync::Arc;

use crate::exponential::standard_exponential;
use crate::random::Stream;

/// One of several exponential lengths, chosen by weight; the parameters are those of
/// [`Distribution::hyperexponential`](crate::Distribution::hyperexponential).
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperexponential {
    /// For each stage the share of draws up to it, itself included, and its mean in nanoseconds.
    stages: Arc<[(f64, f64)]>,
}

impl Hyperexponential {
    /// With these weights, above zero, and means in nanoseconds; at least one.
    pub(crate) fn new(stages: &[(f64, f64)]) -> Self {
        debug_assert!(!stages.is_empty(), "a hyperexponential distribution has stages to choose from");
        let total: f64 = stages.iter().map(|stage| stage.0).sum();
        let mut sum = 0.0;
        let cumulated = stages.iter().map(|&(weight, mean)| {
            sum += weight / total;
            (sum, mean)
        });
        Hyperexponential { stages: cumulated.collect() }
    }

    /// Two stages that have half of the mean each, with this coefficient of variation, at least one.
    pub(crate) fn balanced(mean_nanos: f64, cv: f64) -> Self {
        debug_assert!(cv >= 1.0, "exponential stages vary at least as an exponential length, not by {cv}");
        let square = cv * cv;
        let often = f64::midpoint(1.0, libm::sqrt((square - 1.0) / (square + 1.0)));
        let seldom = 1.0 - often;
        Hyperexponential::new(&[(often, mean_nanos / (2.0 * often)), (seldom, mean_nanos / (2.0 * seldom))])
    }

    /// Draws a length in nanoseconds: one number for the stage, one for its length.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        let unit = stream.unit();
        let chosen = self.stages.iter().find(|stage| unit < stage.0);
        // Shares add up to one but for rounding.
        let mean = chosen.or(self.stages.last()).map_or(0.0, |stage| stage.1);
        mean * standard_exponential(stream)
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.weighted(|mean| mean)
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        self.weighted(|mean| 2.0 * mean * mean) - self.mean() * self.mean()
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let stages = self.stages.iter().map(|&(share, mean)| (share, mean * factor));
        Hyperexponential { stages: stages.collect() }
    }

    fn weighted(&self, of: impl Fn(f64) -> f64) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for &(share, mean) in self.stages.iter() {
            sum += (share - before) * of(mean);
            before = share;
        }
        sum
    }
}

/// The sum of exponential lengths of different means; the parameters are those of
/// [`Distribution::hypoexponential`](crate::Distribution::hypoexponential).
#[derive(Clone, Debug, PartialEq)]
pub struct Hypoexponential {
    /// In nanoseconds.
    means: Arc<[f64]>,
}

impl Hypoexponential {
    /// With these means, in nanoseconds.
    pub(crate) fn new(means: impl IntoIterator<Item = f64>) -> Self {
        Hypoexponential { means: means.into_iter().collect() }
    }

    /// Draws a length in nanoseconds: one number for each stage.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        self.means.iter().map(|mean| mean * standard_exponential(stream)).sum()
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.means.iter().sum()
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        self.means.iter().map(|mean| mean * mean).sum()
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Hypoexponential::new(self.means.iter().map(|mean| mean * factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_stages_have_the_mean_and_the_variation_that_were_asked_for() {
        for cv in [1.0, 1.5, 2.0, 10.0] {
            let stages = Hyperexponential::balanced(3e6, cv);
            assert!((stages.mean() / 3e6 - 1.0).abs() < 1e-9, "{cv}");
            assert!((stages.variance() / (3e6 * cv * 3e6 * cv) - 1.0).abs() < 1e-9, "{cv}");
        }
    }

    #[test]
    fn one_stage_is_exponential() {
        let one = Hyperexponential::new(&[(7.0, 5.0)]);
        assert!((one.mean() - 5.0).abs() < 1e-12 && (one.variance() - 25.0).abs() < 1e-12);
        let row = Hypoexponential::new([5.0]);
        assert!((row.mean() - 5.0).abs() < 1e-12 && (row.variance() - 25.0).abs() < 1e-12);
    }
}
