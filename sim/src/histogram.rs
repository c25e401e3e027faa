//! A histogram of whole numbers whose buckets widen with the values: quantiles to within 0.4 %, at any
//! scale, at about a nanosecond a value.
//!
//! Values below 256 have a bucket each. Above, every doubling (octave) is cut into 128 equal buckets, so
//! that no bucket is wider than 1/128 of its values. Only octaves in use take memory: one kibibyte each.
//!
//! ```
//! use archsim_sim::{Histogram, Span};
//! let mut latencies = Histogram::new();
//! for millis in 1..=1000 {
//!     latencies.record_span(Span::from_millis(millis));
//! }
//! assert_eq!(latencies.mean(), 500.5e6);
//! assert_eq!(latencies.max(), 1_000_000_000);
//! let p99 = latencies.quantile(0.99);
//! assert!(p99.abs_diff(990_000_000) <= 990_000_000 / 256);
//! ```

use std::ops::Range;

use crate::time::Span;

/// Two to this power buckets an octave.
const BITS: u32 = 7;
const BUCKETS: u64 = 1 << BITS;
/// The exact values below 256 are counted as the first octave, with twice as many buckets.
const OCTAVES: usize = 64 - BITS as usize;
/// The start of an octave not in use, beyond all counts.
const UNUSED: u32 = u32::MAX / 2;

/// Counts of values, with exact count, sum, least and greatest.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// For each octave where its buckets start in `counts`, less the number of its first bucket, or
    /// `UNUSED`.
    starts: [u32; OCTAVES],
    /// The buckets of the octaves in use, in order of first use.
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Histogram {
    /// Equal when they hold the same counts and sums, whatever the order of recording was.
    fn eq(&self, other: &Self) -> bool {
        let exact = |h: &Self| (h.count, h.sum, h.min, h.max);
        exact(self) == exact(other) && self.iter().eq(other.iter())
    }
}

impl Eq for Histogram {}

impl Histogram {
    /// An empty histogram, which takes no memory beside itself.
    pub const fn new() -> Self {
        Histogram { starts: [UNUSED; OCTAVES], counts: Vec::new(), count: 0, sum: 0, min: u64::MAX, max: 0 }
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let (octave, bucket) = place(value);
        let place = self.starts[octave].wrapping_add(bucket);
        match self.counts.get_mut(place as usize) {
            Some(count) => *count += 1,
            None => self.count_in_new_octave(octave, bucket),
        }
        self.count += 1;
        self.sum += u128::from(value);
        // Two comparisons that are nearly always false cost less than two selections.
        if value < self.min {
            self.widen(value);
        }
        if value > self.max {
            self.widen(value);
        }
    }

    /// Counts one span, in nanoseconds.
    #[inline]
    pub fn record_span(&mut self, span: Span) {
        self.record(span.as_nanos());
    }

    /// How many values were recorded.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The exact sum of all values.
    pub const fn sum(&self) -> u128 {
        self.sum
    }

    /// The mean of all values, from the exact sum; zero if there are none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The least value, exactly; zero if there are none.
    pub const fn min(&self) -> u64 {
        if self.count == 0 { 0 } else { self.min }
    }

    /// The greatest value, exactly; zero if there are none.
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The value below or at which a fraction `q` of all values lies (nearest rank): the midpoint of
    /// its bucket, but never outside [min, max], so at most 1/256 off. Exact for `q` of 0 and 1; zero
    /// if there are no values.
    pub fn quantile(&self, q: f64) -> u64 {
        let rank = libm::ceil(q * self.count as f64) as u64;
        if rank <= 1 {
            return self.min();
        }
        if rank >= self.count {
            return self.max;
        }
        let mut below = 0;
        for (low, high, count) in self.iter() {
            below += count;
            if below >= rank {
                return (low + (high - low) / 2).clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// How many values are at most `value`, or in the same bucket with it.
    pub fn count_at_most(&self, value: u64) -> u64 {
        self.iter().take_while(|&(low, _, _)| low <= value).map(|(_, _, count)| count).sum()
    }

    /// Adds all values of another histogram; the order of merging does not matter.
    pub fn merge(&mut self, other: &Histogram) {
        for octave in (0..OCTAVES).filter(|&octave| other.starts[octave] != UNUSED) {
            if self.starts[octave] == UNUSED {
                self.add_octave(octave);
            }
            let mine = self.range(octave);
            let theirs = &other.counts[other.range(octave)];
            self.counts[mine].iter_mut().zip(theirs).for_each(|(count, more)| *count += more);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The buckets that hold anything, in ascending order: least value, greatest value, count.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let used = (0..OCTAVES).filter(|&octave| self.starts[octave] != UNUSED);
        used.flat_map(move |octave| {
            let counts = buckets(octave).zip(&self.counts[self.range(octave)]);
            counts.filter(|&(_, &count)| count > 0).map(move |(bucket, &count)| {
                let (low, high) = edges(octave, bucket);
                (low, high, count)
            })
        })
    }

    /// Where the counts of an octave in use are.
    fn range(&self, octave: usize) -> Range<usize> {
        let Range { start, end } = buckets(octave);
        let place = |bucket| self.starts[octave].wrapping_add(bucket) as usize;
        place(start)..place(end - 1) + 1
    }

    #[cold]
    #[inline(never)]
    fn widen(&mut self, value: u64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    #[cold]
    #[inline(never)]
    fn count_in_new_octave(&mut self, octave: usize, bucket: u32) {
        self.add_octave(octave);
        self.counts[self.starts[octave].wrapping_add(bucket) as usize] += 1;
    }

    fn add_octave(&mut self, octave: usize) {
        let Range { start, end } = buckets(octave);
        self.starts[octave] = (self.counts.len() as u32).wrapping_sub(start);
        self.counts.resize(self.counts.len() + (end - start) as usize, 0);
    }
}

/// The octave of a value and its bucket: what is left of the value when all but its leading bits are
/// shifted out.
#[inline]
fn place(value: u64) -> (usize, u32) {
    // With the lowest octave's bits forced on, small values need no case of their own.
    let octave = (value | (2 * BUCKETS - 1)).ilog2() - BITS;
    (octave as usize, (value >> octave) as u32)
}

/// The buckets of an octave: all values of eight bits for the first, those with the leading bit for others.
const fn buckets(octave: usize) -> Range<u32> {
    let end = 2 * BUCKETS as u32;
    if octave == 0 { 0..end } else { BUCKETS as u32..end }
}

/// The least and greatest value of a bucket.
fn edges(octave: usize, bucket: u32) -> (u64, u64) {
    let low = u64::from(bucket) << octave;
    (low, low + ((1 << octave) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    #[test]
    fn every_value_lies_in_its_bucket_and_buckets_are_narrow() {
        let powers = (0..64).flat_map(|power| [(1_u64 << power) - 1, 1 << power, (1 << power) + 1]);
        for value in powers.chain([u64::MAX, 300, 12_345_678_901]) {
            let (octave, bucket) = place(value);
            let (low, high) = edges(octave, bucket);
            assert!(low <= value && value <= high, "{value} in {low}..={high}");
            assert!(value < 256 || high - low < low / 127, "{low}..={high} is too wide");
            assert!(value >= 256 || low == high);
        }
    }

    #[test]
    fn quantiles_agree_with_sorting() {
        let mut stream = Stream::named(1, 0, "values");
        let mut histogram = Histogram::new();
        let mut values: Vec<u64> =
            (0..10_001).map(|_| (1e6 * -libm::log(1.0 - stream.unit())) as u64).collect();
        for &value in &values {
            histogram.record(value);
        }
        values.sort_unstable();
        for q in [0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0] {
            let exact = values[(libm::ceil(q * 10_001.0) as usize).max(1) - 1];
            let found = histogram.quantile(q);
            assert!(found.abs_diff(exact) <= exact / 256 + 1, "{q}: {found} for {exact}");
        }
        assert_eq!(histogram.count_at_most(u64::MAX), 10_001);
        assert_eq!(histogram.sum(), values.iter().map(|&value| u128::from(value)).sum());
        assert_eq!((histogram.min(), histogram.max()), (values[0], values[10_000]));
    }

    #[test]
    fn merging_is_recording_everything_in_one() {
        let (mut all, mut odd, mut even) = (Histogram::new(), Histogram::new(), Histogram::new());
        for value in 0..5_000_u64 {
            all.record(value * value);
            if value % 2 == 0 { &mut even } else { &mut odd }.record(value * value);
        }
        let mut merged = odd.clone();
        merged.merge(&even);
        assert_eq!(merged, all);
        even.merge(&odd);
        assert_eq!(even, all);
        assert_ne!(odd, all);
        merged.merge(&Histogram::default());
        assert_eq!(merged, all);
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        let empty = Histogram::new();
        assert_eq!((empty.quantile(0.5), empty.min(), empty.max(), empty.count_at_most(9)), (0, 0, 0, 0));
        assert!(empty.mean().abs() < f64::EPSILON);
    }
}
