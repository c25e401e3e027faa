//! Distributions of lengths of time, the same to the bit on every platform.
//!
//! All are non-negative and sampled in nanoseconds. Logarithms, exponentials, powers and sines come
//! from `libm`, because those of the standard library depend on the platform; a test pins a hash of a
//! million draws of each distribution.
//!
//! How many numbers a draw takes from the stream: one, except `Constant` (none), `LogNormal` and
//! `Hyperexponential` (two), `Hypoexponential` (one for each stage), and `Gamma` (three or more, by
//! rejection). Uniform, exponential, Weibull, bounded Pareto and empirical draws grow with the number they
//! are made from, so under the same numbers a longer mean gives a longer draw.
//!
//! ```
//! use archsim_sim::{Distribution, Span, Stream};
//! let think = Distribution::exponential(Span::from_millis(7));
//! let mut stream = Stream::named(1, 0, "think");
//! let total: f64 = (0..10_000).map(|_| think.sample(&mut stream).as_secs_f64()).sum();
//! assert!((total / 10_000.0 - 0.007).abs() < 0.0003);
//! assert_eq!(think.scaled(2.0).mean(), 14e6);
//! ```

use std::sync::Arc;

use crate::exponential::standard_exponential;
pub use crate::gamma::Gamma;
pub use crate::normal::LogNormal;
pub use crate::pareto::BoundedPareto;
use crate::random::Stream;
pub use crate::stages::{Hyperexponential, Hypoexponential};
use crate::table::Table;
use crate::time::Span;
pub use crate::weibull::Weibull;

/// How a length of time is distributed.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// Every length between `low` and `high` equally likely.
    Uniform {
        /// The least length.
        low: Span,
        /// The greatest length; not less than `low`.
        high: Span,
    },
    /// Memoryless.
    Exponential {
        /// The mean length, in nanoseconds.
        mean_nanos: f64,
    },
    /// A gamma distribution; an Erlang distribution of k stages is one of shape k.
    Gamma(Gamma),
    /// A length whose logarithm is normal: most are short, some are long.
    LogNormal(LogNormal),
    /// A Pareto distribution cut off above: the heavy tail of real sizes, with all moments finite.
    BoundedPareto(BoundedPareto),
    /// A Weibull distribution: the older, the more (or the less) likely to end.
    Weibull(Weibull),
    /// One of several exponential lengths: more variable than one.
    Hyperexponential(Hyperexponential),
    /// The sum of several exponential lengths: less variable than one.
    Hypoexponential(Hypoexponential),
    /// Measured values with their weights.
    Empirical(Arc<Table>),
}

impl Distribution {
    /// Always `span`.
    pub const fn constant(span: Span) -> Self {
        Distribution::Constant(span)
    }

    /// Between `low` and `high`.
    pub const fn uniform(low: Span, high: Span) -> Self {
        Distribution::Uniform { low, high }
    }

    /// Exponential with this mean.
    pub const fn exponential(mean: Span) -> Self {
        Distribution::Exponential { mean_nanos: nanos(mean) }
    }

    /// Gamma with this shape, above zero, and mean. A shape of one is the exponential; the squared
    /// coefficient of variation is 1 / shape.
    pub fn gamma(shape: f64, mean: Span) -> Self {
        Distribution::Gamma(Gamma::new(shape, nanos(mean)))
    }

    /// The sum of `stages` equal exponential lengths, `mean` in all.
    pub fn erlang(stages: u32, mean: Span) -> Self {
        Distribution::gamma(f64::from(stages), mean)
    }

    /// Lognormal with this mean and coefficient of variation: standard deviation divided by mean.
    pub fn lognormal(mean: Span, cv: f64) -> Self {
        Distribution::LogNormal(LogNormal::new(nanos(mean), cv))
    }

    /// Pareto with this tail exponent, above zero (the smaller, the heavier), from `low`, above zero, to
    /// `high`.
    pub fn bounded_pareto(shape: f64, low: Span, high: Span) -> Self {
        Distribution::BoundedPareto(BoundedPareto::new(shape, nanos(low), nanos(high)))
    }

    /// Weibull with this shape, at least 0.1, and mean. A shape of one is the exponential; below one the tail
    /// is heavier, above one lighter.
    pub fn weibull(shape: f64, mean: Span) -> Self {
        Distribution::Weibull(Weibull::new(shape, nanos(mean)))
    }

    /// One of several exponential lengths: for each its weight, above zero, and its mean. At least one.
    pub fn hyperexponential(stages: &[(f64, Span)]) -> Self {
        let stages: Vec<_> = stages.iter().map(|&(weight, mean)| (weight, nanos(mean))).collect();
        Distribution::Hyperexponential(Hyperexponential::new(&stages))
    }

    /// One of two exponential lengths with this mean and coefficient of variation, at least one; each of the
    /// two has half of the mean (balanced means; Morse 1958, Tijms 1994).
    pub fn hyperexponential_balanced(mean: Span, cv: f64) -> Self {
        Distribution::Hyperexponential(Hyperexponential::balanced(nanos(mean), cv))
    }

    /// The sum of exponential lengths with these means.
    pub fn hypoexponential(means: &[Span]) -> Self {
        Distribution::Hypoexponential(Hypoexponential::new(means.iter().map(|&mean| nanos(mean))))
    }

    /// One of the table's values.
    pub fn empirical(table: Table) -> Self {
        Distribution::Empirical(Arc::new(table))
    }

    /// Draws a length.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        // The one that is most of all draws needs no call and no table of jumps.
        if let Distribution::Exponential { mean_nanos } = *self {
            return span(mean_nanos * standard_exponential(stream));
        }
        self.sample_other(stream)
    }

    #[inline(never)]
    fn sample_other(&self, stream: &mut Stream) -> Span {
        match *self {
            Distribution::Constant(always) => always,
            Distribution::Uniform { low, high } => {
                span(nanos(low) + (nanos(high) - nanos(low)) * stream.unit())
            }
            Distribution::Exponential { mean_nanos } => span(mean_nanos * standard_exponential(stream)),
            Distribution::Gamma(ref gamma) => span(gamma.sample(stream)),
            Distribution::LogNormal(ref lognormal) => span(lognormal.sample(stream)),
            Distribution::BoundedPareto(ref pareto) => span(pareto.sample(stream)),
            Distribution::Weibull(ref weibull) => span(weibull.sample(stream)),
            Distribution::Hyperexponential(ref stages) => span(stages.sample(stream)),
            Distribution::Hypoexponential(ref stages) => span(stages.sample(stream)),
            Distribution::Empirical(ref table) => table.sample(stream),
        }
    }

    /// The mean, in nanoseconds.
    pub fn mean(&self) -> f64 {
        match *self {
            Distribution::Constant(span) => nanos(span),
            Distribution::Uniform { low, high } => f64::midpoint(nanos(low), nanos(high)),
            Distribution::Exponential { mean_nanos } => mean_nanos,
            Distribution::Gamma(ref gamma) => gamma.mean(),
            Distribution::LogNormal(ref lognormal) => lognormal.mean(),
            Distribution::BoundedPareto(ref pareto) => pareto.mean(),
            Distribution::Weibull(ref weibull) => weibull.mean(),
            Distribution::Hyperexponential(ref stages) => stages.mean(),
            Distribution::Hypoexponential(ref stages) => stages.mean(),
            Distribution::Empirical(ref table) => table.mean(),
        }
    }

    /// The variance, in nanoseconds squared.
    pub fn variance(&self) -> f64 {
        let square = |x: f64| x * x;
        match *self {
            Distribution::Constant(_) => 0.0,
            Distribution::Uniform { low, high } => square(nanos(high) - nanos(low)) / 12.0,
            Distribution::Exponential { mean_nanos } => square(mean_nanos),
            Distribution::Gamma(ref gamma) => gamma.variance(),
            Distribution::LogNormal(ref lognormal) => lognormal.variance(),
            Distribution::BoundedPareto(ref pareto) => pareto.variance(),
            Distribution::Weibull(ref weibull) => weibull.variance(),
            Distribution::Hyperexponential(ref stages) => stages.variance(),
            Distribution::Hypoexponential(ref stages) => stages.variance(),
            Distribution::Empirical(ref table) => table.variance(),
        }
    }

    /// The same distribution with every length multiplied by `factor`, which must not be negative.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Distribution {
        match *self {
            Distribution::Constant(span) => Distribution::Constant(span.scaled(factor)),
            Distribution::Uniform { low, high } => {
                Distribution::Uniform { low: low.scaled(factor), high: high.scaled(factor) }
            }
            Distribution::Exponential { mean_nanos } => {
                Distribution::Exponential { mean_nanos: mean_nanos * factor }
            }
            Distribution::Gamma(ref gamma) => Distribution::Gamma(gamma.scaled(factor)),
            Distribution::LogNormal(ref lognormal) => Distribution::LogNormal(lognormal.scaled(factor)),
            Distribution::BoundedPareto(ref pareto) => Distribution::BoundedPareto(pareto.scaled(factor)),
            Distribution::Weibull(ref weibull) => Distribution::Weibull(weibull.scaled(factor)),
            Distribution::Hyperexponential(ref stages) => {
                Distribution::Hyperexponential(stages.scaled(factor))
            }
            Distribution::Hypoexponential(ref stages) => Distribution::Hypoexponential(stages.scaled(factor)),
            Distribution::Empirical(ref table) => Distribution::Empirical(Arc::new(table.scaled(factor))),
        }
    }

    /// Whether every draw is no time at all.
    pub fn is_zero(&self) -> bool {
        match *self {
            Distribution::Constant(span) => span.is_zero(),
            Distribution::Uniform { high, .. } => high.is_zero(),
            Distribution::BoundedPareto(ref pareto) => pareto.is_zero(),
            Distribution::Exponential { .. }
            | Distribution::Gamma(_)
            | Distribution::LogNormal(_)
            | Distribution::Weibull(_)
            | Distribution::Hyperexponential(_)
            | Distribution::Hypoexponential(_) => self.mean() <= 0.0,
            Distribution::Empirical(ref table) => table.mean() <= 0.0,
        }
    }
}

#[inline]
const fn nanos(span: Span) -> f64 {
    span.as_nanos() as f64
}

/// The nearest whole nanosecond, at most 292 years.
#[inline]
fn span(nanos: f64) -> Span {
    /// From here on floating-point numbers have no room for fractions.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    if nanos < WHOLE {
        // The sum is rounded to a whole number, which then fills the lowest bits.
        return Span::from_nanos((nanos + WHOLE).to_bits() - WHOLE.to_bits());
    }
    Span::from_nanos(nanos as i64 as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;
    use rand_distr::Distribution as Oracle;

    const MEAN: Span = Span::from_micros(1_000);

    fn table() -> Table {
        let micros = Span::from_micros;
        Table::new(vec![(micros(10), 1.0), (micros(300), 2.5), (micros(20), 6.0)]).expect("a good table")
    }

    fn three() -> [(f64, Span); 3] {
        let micros = Span::from_micros;
        [(3.0, micros(200)), (1.5, micros(1_000)), (0.5, micros(5_000))]
    }

    fn every_kind() -> Vec<(&'static str, Distribution)> {
        let high = Span::from_micros(100_000);
        vec![
            ("constant", Distribution::constant(MEAN)),
            ("uniform", Distribution::uniform(MEAN, Span::from_micros(3_000))),
            ("exponential", Distribution::exponential(MEAN)),
            ("gamma of low shape", Distribution::gamma(0.4, MEAN)),
            ("erlang", Distribution::erlang(4, MEAN)),
            ("lognormal", Distribution::lognormal(MEAN, 1.5)),
            ("bounded pareto", Distribution::bounded_pareto(1.3, MEAN, high)),
            ("bounded pareto of shape one", Distribution::bounded_pareto(1.0, MEAN, high)),
            ("empirical", Distribution::empirical(table())),
            ("weibull of low shape", Distribution::weibull(0.6, MEAN)),
            ("weibull of high shape", Distribution::weibull(3.0, MEAN)),
            ("hyperexponential", Distribution::hyperexponential(&three())),
            ("hyperexponential of balanced means", Distribution::hyperexponential_balanced(MEAN, 2.0)),
            ("hypoexponential", Distribution::hypoexponential(&three().map(|(_, mean)| mean))),
        ]
    }

    fn draws(distribution: &Distribution, count: usize) -> Vec<f64> {
        let mut stream = Stream::named(11, 0, "draws");
        (0..count).map(|_| distribution.sample(&mut stream).as_nanos() as f64).collect()
    }

    #[test]
    fn draws_have_the_moments_they_are_said_to_have() {
        const COUNT: usize = 200_000;
        for (name, distribution) in every_kind() {
            let values = draws(&distribution, COUNT);
            let mean = values.iter().sum::<f64>() / COUNT as f64;
            let power = |n: i32| values.iter().map(|v| (v - mean).powi(n)).sum::<f64>() / COUNT as f64;
            let (variance, fourth) = (power(2), power(4));
            let mean_error = libm::sqrt(distribution.variance() / COUNT as f64);
            assert!((mean - distribution.mean()).abs() <= 4.5 * mean_error + 0.5, "{name}: {mean}");
            let variance_error = libm::sqrt((fourth - variance * variance).max(0.0) / COUNT as f64);
            let off = (variance - distribution.variance()).abs();
            assert!(off <= 5.0 * variance_error + 1e-6, "{name}: {variance} for {}", distribution.variance());
        }
    }

    /// The greatest distance between the shares of two samples below any value.
    fn kolmogorov_smirnov(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
        a.sort_unstable_by(f64::total_cmp);
        b.sort_unstable_by(f64::total_cmp);
        let (mut below, mut distance) = (0, 0.0_f64);
        for (rank, &value) in a.iter().enumerate() {
            while below < b.len() && b[below] <= value {
                below += 1;
            }
            distance =
                distance.max(((rank + 1) as f64 / a.len() as f64 - below as f64 / b.len() as f64).abs());
        }
        distance
    }

    #[test]
    fn draws_are_distributed_as_those_of_an_independent_library() {
        const COUNT: usize = 40_000;
        let mut stream = Stream::named(12, 0, "oracle");
        let mut oracle = |name: &str, ours: &Distribution, sample: &dyn Fn(&mut Stream) -> f64| {
            let theirs = (0..COUNT).map(|_| sample(&mut stream)).collect();
            let distance = kolmogorov_smirnov(draws(ours, COUNT), theirs);
            // 1.95 √(2/n) is the two-sample bound at one in a thousand.
            assert!(distance < 1.95 * libm::sqrt(2.0 / COUNT as f64), "{name}: {distance}");
        };
        oracle("exponential", &Distribution::exponential(MEAN), &|stream| {
            rand_distr::Exp::new(1e-6).expect("a rate").sample(stream)
        });
        for shape in [0.4, 1.0, 4.0, 30.0] {
            oracle("gamma", &Distribution::gamma(shape, MEAN), &|stream| {
                rand_distr::Gamma::new(shape, 1e6 / shape).expect("a shape").sample(stream)
            });
        }
        oracle("lognormal", &Distribution::lognormal(MEAN, 1.5), &|stream| {
            rand_distr::LogNormal::from_mean_cv(1e6, 1.5).expect("a mean").sample(stream)
        });
        let bounded = Distribution::bounded_pareto(1.3, MEAN, Span::from_micros(100_000));
        oracle("bounded pareto", &bounded, &|stream| {
            let pareto = rand_distr::Pareto::new(1e6, 1.3).expect("a scale");
            std::iter::repeat_with(|| pareto.sample(stream)).find(|&value| value <= 1e8).expect("one fits")
        });
        for shape in [0.6, 1.0, 3.0] {
            let scale = 1e6 / libm::tgamma(1.0 + 1.0 / shape);
            oracle("weibull", &Distribution::weibull(shape, MEAN), &|stream| {
                rand_distr::Weibull::new(scale, shape).expect("a shape").sample(stream)
            });
        }
        let exponential = |mean: f64| rand_distr::Exp::new(1.0 / mean).expect("a rate");
        oracle("hyperexponential", &Distribution::hyperexponential(&three()), &|stream| {
            let mean = match stream.below(10) {
                0..6 => 2e5,
                6..9 => 1e6,
                _ => 5e6,
            };
            exponential(mean).sample(stream)
        });
        oracle("hypoexponential", &Distribution::hypoexponential(&three().map(|it| it.1)), &|stream| {
            [2e5, 1e6, 5e6].map(|mean| exponential(mean).sample(stream)).iter().sum()
        });
        oracle("uniform", &Distribution::uniform(Span::ZERO, MEAN), &|stream| {
            rand_distr::Uniform::new(0.0, 1e6).expect("a range").sample(stream)
        });
    }

    #[test]
    fn a_million_draws_of_every_kind_are_pinned() {
        let found: Vec<(&str, u64)> = every_kind()
            .into_iter()
            .map(|(name, distribution)| {
                let mut stream = Stream::named(99, 0, name);
                let mut fingerprint = Fingerprint::new();
                (0..1_000_000).for_each(|_| fingerprint.push(distribution.sample(&mut stream).as_nanos()));
                (name, fingerprint.value())
            })
            .collect();
        let pinned: Vec<(&str, u64)> = vec![
            ("constant", 6_605_235_509_387_109_397),
            ("uniform", 18_039_342_147_192_998_011),
            ("exponential", 5_703_911_891_463_260_349),
            ("gamma of low shape", 13_355_787_104_341_873_339),
            ("erlang", 7_090_618_295_161_987_652),
            ("lognormal", 3_200_837_396_562_536_542),
            ("bounded pareto", 12_388_509_713_740_362_674),
            ("bounded pareto of shape one", 16_045_691_875_196_093_485),
            ("empirical", 3_462_231_725_723_166_912),
            ("weibull of low shape", 33_100_647_908_061_530),
            ("weibull of high shape", 2_205_643_930_107_057_068),
            ("hyperexponential", 2_942_763_263_547_920_116),
            ("hyperexponential of balanced means", 3_787_540_062_523_285_059),
            ("hypoexponential", 18_250_947_381_264_242_002),
        ];
        assert_eq!(found, pinned);
    }

    #[test]
    fn a_pareto_between_equal_bounds_is_constant() {
        for span in [Span::ZERO, MEAN] {
            let narrow = Distribution::bounded_pareto(1.3, span, span);
            let nanos = span.as_nanos() as f64;
            assert!((narrow.mean() - nanos).abs() <= 1e-9 * nanos && narrow.variance().abs() < 1e-3);
            assert_eq!(narrow.sample(&mut Stream::named(1, 0, "narrow")), span);
            assert_eq!(narrow.is_zero(), span.is_zero());
        }
    }

    #[test]
    fn scaling_scales_the_moments() {
        for (name, distribution) in every_kind() {
            let twice = distribution.scaled(2.0);
            assert!((twice.mean() / distribution.mean() - 2.0).abs() < 1e-9, "{name}");
            assert!(
                (twice.variance() - 4.0 * distribution.variance()).abs() <= 1e-6 * twice.variance(),
                "{name}"
            );
            assert!(!distribution.is_zero() && distribution.scaled(0.0).is_zero(), "{name}");
        }
    }
}
