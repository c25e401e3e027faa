//! Which item of a data set a request is about.
//!
//! Items are numbered by popularity: 0 is asked for most. Where the number says nothing (consistent hashing, a
//! shard), it is mixed first, so that neighbours in popularity are no neighbours there.
//!
//! | law | probability of item i (from 0) of n | draws from the stream |
//! |---|---|---|
//! | [`Popularity::uniform`] | 1/n | 1 |
//! | [`Popularity::zipf`] | proportional to (i + 1)^−s, exactly | 1 or more, by rejection |
//! | [`Popularity::hot_set`] | the hot items share a part of the requests, the others the rest | 2 |
//! | [`Popularity::empirical`] | as measured | 1 |
//!
//! ```
//! use archsim_models::popularity::Popularity;
//! use archsim_sim::Stream;
//!
//! let zipf = Popularity::zipf(1_000, 0.9);
//! let mut stream = Stream::named(1, 0, "keys");
//! let first = (0..10_000).filter(|_| zipf.sample(&mut stream) == 0).count();
//! assert!((first as f64 / 10_000.0 - zipf.probability(0)).abs() < 0.02);
//! ```

mod alias;
mod groups;
mod zipf;

use std::sync::Arc;

use archsim_sim::Stream;

use alias::Alias;
pub use groups::Group;
use zipf::Zipf;

/// How often each item of a data set is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    items: u32,
    law: Law,
}

#[derive(Clone, Debug, PartialEq)]
enum Law {
    Uniform,
    Zipf(Zipf),
    HotSet { hot: u32, share: f64 },
    Empirical(Arc<Alias>),
}

impl Popularity {
    /// Every item alike.
    ///
    /// # Panics
    /// If there are no items.
    pub fn uniform(items: u32) -> Self {
        assert!(items > 0, "a data set has items");
        Popularity { items, law: Law::Uniform }
    }

    /// Item i with a probability proportional to (i + 1)^−`exponent`; exponents are finite and not negative.
    ///
    /// # Panics
    /// If there are no items, or the exponent is not as said.
    pub fn zipf(items: u32, exponent: f64) -> Self {
        assert!(items > 0, "a data set has items");
        assert!(exponent.is_finite() && exponent >= 0.0, "an exponent is finite and not negative");
        let law = if exponent == 0.0 { Law::Uniform } else { Law::Zipf(Zipf::new(items, exponent)) };
        Popularity { items, law }
    }

    /// The first `hot` items get `share` of the requests, alike, and the others the rest, alike.
    ///
    /// # Panics
    /// If none or all are hot, or the share is not one.
    pub fn hot_set(items: u32, hot: u32, share: f64) -> Self {
        assert!(0 < hot && hot < items, "some items are hot, and some are not");
        assert!((0.0..=1.0).contains(&share), "a share lies between zero and one");
        Popularity { items, law: Law::HotSet { hot, share } }
    }

    /// Item i with a probability proportional to the i-th weight; weights are finite, not negative, not all zero.
    ///
    /// # Panics
    /// If they are not as said.
    pub fn empirical(weights: &[f64]) -> Self {
        let law = Law::Empirical(Arc::new(Alias::new(weights)));
        Popularity { items: weights.len() as u32, law }
    }

    /// How many items the data set has.
    pub fn items(&self) -> u32 {
        self.items
    }

    /// Draws an item.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        match &self.law {
            Law::Uniform => stream.below(self.items),
            Law::Zipf(zipf) => zipf.sample(stream),
            Law::HotSet { hot, share } => {
                if stream.chance(*share) {
                    stream.below(*hot)
                } else {
                    hot + stream.below(self.items - hot)
                }
            }
            Law::Empirical(alias) => alias.sample(stream),
        }
    }

    /// How likely a request is about this item.
    pub fn probability(&self, item: u32) -> f64 {
        debug_assert!(item < self.items);
        match &self.law {
            Law::Uniform => 1.0 / f64::from(self.items),
            Law::Zipf(zipf) => zipf.probability(item),
            Law::HotSet { hot, share } if item < *hot => share / f64::from(*hot),
            Law::HotSet { hot, share } => (1.0 - share) / f64::from(self.items - hot),
            Law::Empirical(alias) => alias.probability(item),
        }
    }

    /// All items in groups of (nearly) equal probability, for sums over a whole data set.
    pub fn groups(&self) -> Vec<Group> {
        match &self.law {
            Law::Uniform => vec![Group::alike(self.items, 1.0)],
            Law::Zipf(zipf) => zipf.groups(),
            Law::HotSet { hot, share } => {
                vec![Group::alike(*hot, *share), Group::alike(self.items - hot, 1.0 - share)]
            }
            Law::Empirical(alias) => {
                (0..self.items).map(|item| Group::alike(1, alias.probability(item))).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws so often, puts neighbours together until each cell expects at least 20, and tells by how many
    /// standard deviations chi-square is from its mean.
    fn chi_square_z(popularity: &Popularity, draws: u32, seed: u64) -> f64 {
        let mut stream = Stream::named(seed, 0, "chi-square");
        let mut counts = vec![0_u32; popularity.items() as usize];
        for _ in 0..draws {
            counts[popularity.sample(&mut stream) as usize] += 1;
        }
        let (mut statistic, mut cells) = (0.0, 0.0);
        let (mut expected, mut found) = (0.0, 0.0);
        for (item, &count) in counts.iter().enumerate() {
            expected += popularity.probability(item as u32) * f64::from(draws);
            found += f64::from(count);
            if expected >= 20.0 {
                statistic += (found - expected) * (found - expected) / expected;
                cells += 1.0;
                (expected, found) = (0.0, 0.0);
            }
        }
        if expected > 0.0 {
            statistic += (found - expected) * (found - expected) / expected;
            cells += 1.0;
        }
        (statistic - (cells - 1.0)) / libm::sqrt(2.0 * (cells - 1.0_f64).max(1.0))
    }

    #[test]
    fn items_are_drawn_as_often_as_they_should() {
        let weights: Vec<f64> = (0..300).map(|item| f64::from(item % 17)).collect();
        let laws = [
            ("uniform", Popularity::uniform(500)),
            ("zipf 0.01", Popularity::zipf(500, 0.01)),
            ("zipf 0.5", Popularity::zipf(2_000, 0.5)),
            ("zipf 0.9", Popularity::zipf(2_000, 0.9)),
            ("zipf 1", Popularity::zipf(2_000, 1.0)),
            ("zipf 1 + a trifle", Popularity::zipf(2_000, 1.0 + 1e-12)),
            ("zipf 1.2", Popularity::zipf(100_000, 1.2)),
            ("zipf 3", Popularity::zipf(100, 3.0)),
            ("zipf of two", Popularity::zipf(2, 0.7)),
            ("hot set", Popularity::hot_set(300, 30, 0.8)),
            ("empirical", Popularity::empirical(&weights)),
        ];
        for (name, law) in laws {
            let zs: Vec<f64> = (0..20).map(|seed| chi_square_z(&law, 40_000, seed)).collect();
            let mean = zs.iter().sum::<f64>() / 20.0;
            // Each is nearly standard normal (to the right for few cells), the mean of 20 within 4/√20.
            assert!(mean.abs() < 0.9, "{name}: {mean:.2} of {zs:?}");
            assert!(zs.iter().all(|&z| z < 5.5), "{name}: {zs:?}");
        }
    }

    /// The test can tell: a slightly wrong exponent does not pass it.
    #[test]
    fn the_test_above_finds_a_wrong_exponent() {
        let wrong = Popularity { items: 2_000, law: Law::Zipf(Zipf::new(2_000, 0.9)) };
        let mut stream = Stream::named(1, 0, "wrong");
        let law = Popularity::zipf(2_000, 0.95);
        let mut counts = vec![0.0; 2_000];
        for _ in 0..100_000 {
            counts[wrong.sample(&mut stream) as usize] += 1.0;
        }
        let statistic: f64 = (0..200)
            .map(|item| {
                let expected = law.probability(item) * 100_000.0;
                (counts[item as usize] - expected) * (counts[item as usize] - expected) / expected
            })
            .sum();
        assert!(statistic > 200.0 + 10.0 * 20.0, "{statistic}");
    }

    #[test]
    fn probabilities_add_up_and_groups_agree() {
        for law in [
            Popularity::uniform(7),
            Popularity::zipf(50_000, 0.8),
            Popularity::zipf(3_000_000, 1.0),
            Popularity::hot_set(10, 3, 0.5),
            Popularity::empirical(&[1.0, 0.0, 3.0]),
        ] {
            let single: f64 = (0..law.items()).map(|item| law.probability(item)).sum();
            assert!((single - 1.0).abs() < 1e-9, "{single}");
            let groups = law.groups();
            let together: f64 = groups.iter().map(|group| group.items * group.probability).sum();
            let items: f64 = groups.iter().map(|group| group.items).sum();
            assert!((together - 1.0).abs() < 1e-9 && (items - f64::from(law.items())).abs() < 1e-6);
        }
    }

    #[test]
    fn a_thousand_million_items_are_no_burden() {
        let zipf = Popularity::zipf(1_000_000_000, 0.9);
        let mut stream = Stream::named(3, 0, "large");
        let draws = 200_000;
        let among_first = (0..draws).filter(|_| zipf.sample(&mut stream) < 1_000_000).count();
        let expected: f64 = zipf
            .groups()
            .iter()
            .scan(0.0, |items, group| {
                *items += group.items;
                Some((*items, group))
            })
            .take_while(|(items, _)| *items <= 1_000_000.5)
            .map(|(_, group)| group.items * group.probability)
            .sum();
        let z = (among_first as f64 - expected * f64::from(draws))
            / libm::sqrt(expected * (1.0 - expected) * f64::from(draws));
        assert!(z.abs() < 4.5, "{among_first}, expected {}", expected * f64::from(draws));
    }

    #[test]
    fn draws_are_pinned() {
        let mut fingerprint = archsim_sim::Fingerprint::new();
        let mut stream = Stream::named(1, 2, "pinned");
        for law in [
            Popularity::zipf(5_000_000, 0.9),
            Popularity::zipf(5_000_000, 1.0),
            Popularity::hot_set(5_000_000, 100_000, 0.8),
            Popularity::empirical(&[3.0, 1.0, 2.0]),
        ] {
            for _ in 0..100_000 {
                fingerprint.push(u64::from(law.sample(&mut stream)));
            }
        }
        assert_eq!(fingerprint.value(), 10_519_616_872_456_605_290);
    }
}
