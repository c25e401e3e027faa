//! Randomness that is a function of names: streams of numbers and the keys that choose them.
//!
//! A run draws from many streams, each named by what it is for, so that a change in one part of a model
//! moves no draw of another. [`Stream::named`] is for what comes in sequence (arrivals of one source);
//! [`Stream::keyed`] is for draws that must not depend on when they are asked for: the key says who asks
//! and why, and the same question gets the same answer in every run that asks it.
//!
//! The generator is Xoshiro256++, seeded by a 64-bit hash of the key through `SplitMix64`, which costs
//! about seven nanoseconds; a draw then costs one or two. The scheme is frozen: the same key gives the
//! same numbers in every version, and a test pins them.
//!
//! ```
//! use archsim_sim::{Key, Stream};
//!
//! let mut arrivals = Stream::named(42, 0, "arrivals");
//! assert!(arrivals.unit() < 1.0);
//!
//! const WORK: u64 = Key::of_name("work");
//! let replication = Key::new(42, 0);
//! let draw = |number: u64| Stream::keyed(replication.with(WORK).with(number)).unit();
//! let seventh = draw(7);
//! draw(3);
//! assert_eq!(draw(7), seventh, "asked again, in another order");
//! ```

use crate::mutant;

use std::convert::Infallible;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng, TryRng};

/// A sequence of random numbers; as a [`rand::Rng`] it also feeds the samplers of other crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream called `name` of one replication of a run seeded with `seed`.
    pub fn named(seed: u64, replication: u64, name: &str) -> Self {
        Stream::keyed(Key::new(seed, replication).with(Key::of_name(name)))
    }

    /// The stream of a key. Streams of different keys are independent for all practical purposes.
    #[inline]
    pub fn keyed(key: Key) -> Self {
        Stream(Xoshiro256PlusPlus::seed_from_u64(key.0))
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        Rng::next_u64(&mut self.0)
    }

    /// A number in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A whole number below `n`, every one equally likely; `n` must not be zero.
    ///
    /// Lemire's method: one multiplication, and a second draw with probability below n · 2⁻³².
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0, "there is no number below zero");
        loop {
            let product = (self.next_u64() >> 32) * u64::from(n);
            let rest = product as u32;
            // The costly remainder is needed only when the cheap test cannot tell.
            if rest >= n || rest >= n.wrapping_neg() % n {
                return (product >> 32) as u32;
            }
        }
    }

    /// True with probability `p`; one draw is used whatever `p` is.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < if mutant!("coin-biased") { 1.02 * p } else { p }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// Who draws and what for, folded word by word into 64 well-mixed bits.
///
/// The order of the words counts. With `n` keys in use the chance that any two agree is about n² / 2⁶⁵:
/// for a hundred million keys, three in ten thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of one replication of a run.
    #[inline]
    pub const fn new(seed: u64, replication: u64) -> Key {
        // Any odd start would do; this one says which scheme it is.
        Key(0x6172_6368_7369_6d31).with(seed).with(replication)
    }

    /// This key refined by one more word.
    #[inline]
    #[must_use]
    pub const fn with(self, word: u64) -> Key {
        // The multiplication keeps words of successive calls from cancelling; the finaliser spreads
        // every bit, and each step is a bijection, so that no word alone can make two keys meet.
        Key(mix(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(word)))
    }

    /// A stable 64-bit hash of a text, for names as words; usable in constants.
    ///
    /// FNV-1a with a finaliser: slow for books, fine for names, and short enough to be written again
    /// by anyone who wants to reproduce a run.
    pub const fn of_name(name: &str) -> u64 {
        let bytes = name.as_bytes();
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut place = 0;
        while place < bytes.len() {
            hash = (hash ^ bytes[place] as u64).wrapping_mul(0x0100_0000_01b3);
            place += 1;
        }
        mix(hash)
    }

    /// The 64 bits.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// Stafford's thirteenth variant of the `MurmurHash3` finaliser, as in `SplitMix64`.
#[inline]
pub(crate) const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;

    #[test]
    fn a_million_draws_are_pinned() {
        let mut fingerprint = Fingerprint::new();
        let mut stream = Stream::named(1, 2, "pinned");
        for round in 0..1_000_000 {
            match round % 3 {
                0 => fingerprint.push(stream.next_u64()),
                1 => fingerprint.push(stream.unit().to_bits()),
                _ => fingerprint.push(u64::from(stream.below(1 + round))),
            }
        }
        assert_eq!(fingerprint.value(), 6_571_754_709_426_488_259);
    }

    #[test]
    fn keys_depend_on_every_word_and_on_their_order() {
        let key = Key::new(1, 2);
        assert_ne!(key, Key::new(2, 1));
        assert_ne!(key.with(0), key);
        assert_ne!(key.with(3).with(4), key.with(4).with(3));
        assert_ne!(Key::of_name("ab"), Key::of_name("ba"));
        assert_ne!(Stream::named(1, 2, "a"), Stream::named(1, 2, "b"));
        assert_eq!(Stream::named(1, 2, "a"), Stream::keyed(key.with(Key::of_name("a"))));
    }

    /// Were neighbouring keys to give related streams, the means of their draws would scatter more or
    /// less than independent ones, or each would resemble its neighbour.
    #[test]
    fn streams_of_neighbouring_keys_are_unrelated() {
        const STREAMS: u32 = 40_000;
        const DRAWS: u32 = 16;
        for (label, key_of) in [
            ("one word", (|n| Key::new(7, 0).with(n)) as fn(u64) -> Key),
            ("replication", |n| Key::new(7, n).with(5)),
            ("seed", |n| Key::new(n, 0)),
            ("packed word", |n| Key::new(7, 0).with(n << 8)),
        ] {
            let mean = |n: u64| {
                let mut stream = Stream::keyed(key_of(n));
                (0..DRAWS).map(|_| stream.unit() - 0.5).sum::<f64>() / f64::from(DRAWS)
            };
            let means: Vec<f64> = (0..u64::from(STREAMS)).map(mean).collect();
            let expected = 1.0 / 12.0 / f64::from(DRAWS);
            let variance = means.iter().map(|m| m * m).sum::<f64>() / f64::from(STREAMS);
            // The variance of a sample variance is about 2/n of its square: four standard errors.
            let tolerance = 4.0 * libm::sqrt(2.0 / f64::from(STREAMS));
            assert!((variance / expected - 1.0).abs() < tolerance, "{label}: {}", variance / expected);
            let pairs = means.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
            let correlation = pairs / f64::from(STREAMS) / expected;
            assert!(correlation.abs() < 4.0 / libm::sqrt(f64::from(STREAMS)), "{label}: {correlation}");
        }
    }

    #[test]
    fn first_bits_of_neighbouring_keys_are_fair() {
        let mut ones = [0_u32; 64];
        let key = Key::new(0, 0);
        for n in 0..20_000 {
            let flipped = Stream::keyed(key.with(n)).next_u64() ^ Stream::keyed(key.with(n + 1)).next_u64();
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += (flipped >> bit) as u32 & 1;
            }
        }
        // 10,000 expected, standard deviation 71; five of them over 64 bits.
        assert!(ones.iter().all(|count| count.abs_diff(10_000) < 354), "{ones:?}");
    }

    #[test]
    fn whole_numbers_are_equally_likely_and_chances_are_kept() {
        let mut stream = Stream::named(3, 0, "dice");
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[stream.below(6) as usize] += 1;
        }
        // 10,000 expected, standard deviation 91.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 457), "{counts:?}");
        assert!((0..1_000).all(|_| stream.below(1) == 0));
        let hits = (0..100_000).filter(|_| stream.chance(0.3)).count();
        assert!(hits.abs_diff(30_000) < 5 * 145, "{hits}");
        assert!(!(0..1_000).any(|_| stream.chance(0.0)) && (0..1_000).all(|_| stream.chance(1.0)));
    }
}
