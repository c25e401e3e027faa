//! How many: distributions of whole numbers from one up, the same to the bit on every platform.
//!
//! ```
//! use archsim_sim::{Count, Stream};
//! let batch = Count::geometric(3.0);
//! let mut stream = Stream::named(1, 0, "batches");
//! let total: u32 = (0..10_000).map(|_| batch.sample(&mut stream)).sum();
//! assert!((f64::from(total) / 10_000.0 - 3.0).abs() < 0.15);
//! ```

use std::sync::Arc;

use crate::exponential::standard_exponential;
use crate::random::Stream;

/// How many there are. All but `Constant` take one number from the stream for a draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    /// Always so many.
    Constant(u32),
    /// One, and after each another one with the same probability.
    Geometric {
        /// The mean, one or more.
        mean: f64,
    },
    /// One of several numbers: for each the share of draws up to it, itself included, and the number.
    OneOf(Arc<[(f64, u32)]>),
}

impl Count {
    /// Geometric with this mean, one or more: each number is followed by one more with probability 1 - 1/mean.
    pub fn geometric(mean: f64) -> Self {
        debug_assert!(mean >= 1.0, "a geometric count begins at one: {mean}");
        Count::Geometric { mean }
    }

    /// One of these numbers, each with its weight, above zero; at least one.
    pub fn one_of(weighted: &[(f64, u32)]) -> Self {
        let total: f64 = weighted.iter().map(|it| it.0).sum();
        let mut sum = 0.0;
        let cumulated = weighted.iter().map(|&(weight, number)| {
            sum += weight / total;
            (sum, number)
        });
        Count::OneOf(cumulated.collect())
    }

    /// Draws a number.
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        match *self {
            Count::Constant(always) => always,
            Count::Geometric { mean } => {
                // A floored exponential is geometric; for a mean of one the rate is infinite.
                let rate = -libm::log1p(-1.0 / mean);
                1 + (standard_exponential(stream) / rate) as u32
            }
            Count::OneOf(ref numbers) => {
                let unit = stream.unit();
                // Shares add up to one but for rounding.
                let chosen = numbers.iter().find(|it| unit < it.0).or(numbers.last());
                chosen.map_or(0, |it| it.1)
            }
        }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match *self {
            Count::Constant(always) => f64::from(always),
            Count::Geometric { mean } => mean,
            Count::OneOf(ref numbers) => {
                let before = std::iter::once(0.0).chain(numbers.iter().map(|it| it.0));
                numbers
                    .iter()
                    .zip(before)
                    .map(|(&(share, of), before)| (share - before) * f64::from(of))
                    .sum()
            }
        }
    }

    /// The probability of so many or more.
    pub fn at_least(&self, number: u32) -> f64 {
        match *self {
            _ if number <= 1 => 1.0,
            Count::Constant(always) => f64::from(u8::from(number <= always)),
            Count::Geometric { mean } => libm::pow(1.0 - 1.0 / mean, f64::from(number - 1)),
            Count::OneOf(ref numbers) => {
                let before = std::iter::once(0.0).chain(numbers.iter().map(|it| it.0));
                let shares = numbers.iter().zip(before);
                shares.filter(|it| it.0.1 >= number).map(|(it, before)| it.0 - before).sum()
            }
        }
    }

    /// The greatest number that is ever drawn, as far as there is one.
    pub fn most(&self) -> Option<u32> {
        match *self {
            Count::Constant(always) => Some(always),
            Count::Geometric { .. } => None,
            Count::OneOf(ref numbers) => numbers.iter().map(|it| it.1).max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;
    use rand_distr::Distribution as Oracle;

    const DRAWS: usize = 200_000;

    /// How often each of the first numbers was drawn.
    fn shares(mut draw: impl FnMut() -> u64) -> Vec<f64> {
        let mut seen = vec![0_u32; 12];
        for _ in 0..DRAWS {
            let number = draw() as usize;
            seen[number.min(11)] += 1;
        }
        seen.into_iter().map(|count| f64::from(count) / DRAWS as f64).collect()
    }

    #[test]
    fn geometric_counts_are_those_of_an_independent_library() {
        let (mut ours, mut theirs) = (Stream::named(1, 0, "ours"), Stream::named(1, 0, "theirs"));
        for mean in [1.0, 1.5, 4.0] {
            let (count, oracle) =
                (Count::geometric(mean), rand_distr::Geometric::new(1.0 / mean).expect("a probability"));
            let found = shares(|| u64::from(count.sample(&mut ours)));
            let other = shares(|| 1 + oracle.sample(&mut theirs));
            for (number, (a, b)) in found.iter().zip(&other).enumerate() {
                let error = libm::sqrt(2.0 * (a + b) / 2.0 / DRAWS as f64);
                assert!((a - b).abs() <= 4.5 * error, "mean {mean}: {number} comes with {a}, not {b}");
            }
        }
    }

    #[test]
    fn numbers_come_as_often_as_they_weigh() {
        let count = Count::one_of(&[(1.0, 1), (3.0, 2), (4.0, 7)]);
        assert!((count.mean() - 4.375).abs() < 1e-12);
        assert_eq!(count.most(), Some(7));
        let expected = [(1, 1.0), (2, 0.875), (3, 0.5), (7, 0.5), (8, 0.0)];
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(expected.into_iter().all(|(number, share)| near(count.at_least(number), share)));
        assert!(near(Count::Constant(3).at_least(3), 1.0) && near(Count::Constant(3).at_least(4), 0.0));
        assert!(near(Count::geometric(4.0).at_least(3), 0.5625));
        let mut stream = Stream::named(1, 0, "weighted");
        let found = shares(|| u64::from(count.sample(&mut stream)));
        for (number, share) in [(1, 0.125), (2, 0.375), (7, 0.5), (3, 0.0)] {
            let found: f64 = found[number];
            assert!((found - share).abs() <= 4.5 * libm::sqrt(0.25 / DRAWS as f64), "{number}: {found}");
        }
    }

    #[test]
    fn a_million_draws_are_pinned() {
        let pinned =
            [Count::Constant(3), Count::geometric(2.5), Count::one_of(&[(1.0, 1), (2.0, 9)])].map(|count| {
                let mut stream = Stream::named(99, 0, "count");
                let mut fingerprint = Fingerprint::new();
                (0..1_000_000).for_each(|_| fingerprint.push(u64::from(count.sample(&mut stream))));
                fingerprint.value()
            });
        assert_eq!(
            pinned,
            [13_118_222_371_713_371_188, 16_089_617_764_053_282_999, 6_975_717_426_727_386_048]
        );
    }
}
