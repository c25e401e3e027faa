//! Time cut into buckets of equal width: how often something happened in each, or how high a level was.
//!
//! ```
//! use archsim_sim::{LevelBuckets, Span, Time, TimeBuckets};
//! let (width, horizon) = (Span::from_secs(1), Time::ZERO + Span::from_secs(3));
//! let mut counts = TimeBuckets::new(width, horizon);
//! counts.add(Time::from_nanos(2_500_000_000), 7);
//! assert_eq!(counts.values(), [0, 0, 7]);
//!
//! let mut level = LevelBuckets::new(width, horizon);
//! level.set(Time::from_nanos(500_000_000), 4.0);
//! assert_eq!(level.finish(horizon), [2.0, 4.0, 4.0]);
//! ```

use crate::time::{Span, Time};

/// How many buckets of `width` it takes to reach `horizon`.
fn buckets(width: Span, horizon: Time) -> usize {
    assert!(!width.is_zero(), "a bucket must have a width");
    horizon.as_nanos().div_ceil(width.as_nanos()) as usize
}

/// A count for each bucket of time from zero to a horizon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeBuckets {
    width: Span,
    counts: Vec<u64>,
    beyond: u64,
    /// The bucket used last and where it starts: most additions go there again, and need no division.
    current: usize,
    current_start: Time,
}

impl TimeBuckets {
    /// Buckets of `width` up to `horizon`; the last one may reach beyond it. Panics if `width` is zero.
    pub fn new(width: Span, horizon: Time) -> Self {
        let counts = vec![0; buckets(width, horizon)];
        TimeBuckets { width, counts, beyond: 0, current: 0, current_start: Time::ZERO }
    }

    /// Counts `n` at the instant `at`; after the last bucket they count as [`beyond`](Self::beyond).
    #[inline]
    pub fn add(&mut self, at: Time, n: u64) {
        // An instant before the bucket wraps to a huge distance, which is as well outside it.
        let inside = at.as_nanos().wrapping_sub(self.current_start.as_nanos());
        if inside >= self.width.as_nanos() {
            self.current = (at.as_nanos() / self.width.as_nanos()) as usize;
            self.current_start = Time::ZERO + self.width * self.current as u64;
        }
        match self.counts.get_mut(self.current) {
            Some(count) => *count += n,
            None => self.beyond += n,
        }
    }

    /// The counts, bucket by bucket.
    pub fn values(&self) -> &[u64] {
        &self.counts
    }

    /// What was counted after the last bucket.
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The width of a bucket.
    pub const fn width(&self) -> Span {
        self.width
    }

    /// Adds the counts of another.
    ///
    /// # Panics
    /// If the other has another number of buckets, or of another width.
    pub fn merge(&mut self, other: &TimeBuckets) {
        assert!(
            self.width == other.width && self.counts.len() == other.counts.len(),
            "only equal buckets can be merged"
        );
        self.beyond += other.beyond;
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// The mean of a level in each bucket of time from zero to a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelBuckets {
    width: Span,
    /// Level times nanoseconds, bucket by bucket.
    integrals: Vec<f64>,
    last: Time,
    value: f64,
    current: usize,
    /// Where the current bucket ends.
    current_end: Time,
}

impl LevelBuckets {
    /// Buckets of `width` up to `horizon` for a level that is zero at time zero. Panics if `width` is zero.
    pub fn new(width: Span, horizon: Time) -> Self {
        let integrals = vec![0.0; buckets(width, horizon)];
        let current_end = Time::ZERO + width;
        LevelBuckets { width, integrals, last: Time::ZERO, value: 0.0, current: 0, current_end }
    }

    /// The level is `value` from `now` on, which must not be before the last change.
    #[inline]
    pub fn set(&mut self, now: Time, value: f64) {
        self.advance(now);
        self.value = value;
    }

    /// The level changes by `delta` at `now`.
    #[inline]
    pub fn add(&mut self, now: Time, delta: f64) {
        self.set(now, self.value + delta);
    }

    /// The mean of the level in each bucket, as known at `now`: a bucket that `now` cuts is averaged
    /// over its part before `now`, and those after it are left out.
    pub fn finish(mut self, now: Time) -> Vec<f64> {
        self.advance(now);
        let width = self.width;
        let elapsed =
            |bucket: usize| now.since(Time::ZERO + width * bucket as u64).as_nanos().min(width.as_nanos());
        let means = self.integrals.iter().enumerate().map(|(bucket, &integral)| (integral, elapsed(bucket)));
        means.take_while(|&(_, nanos)| nanos > 0).map(|(integral, nanos)| integral / nanos as f64).collect()
    }

    #[inline]
    fn advance(&mut self, now: Time) {
        while now >= self.current_end && self.current < self.integrals.len() {
            self.integrals[self.current] += self.value * self.current_end.since(self.last).as_nanos() as f64;
            self.last = self.current_end;
            self.current += 1;
            self.current_end += self.width;
        }
        if let Some(integral) = self.integrals.get_mut(self.current) {
            // Signed, because processors convert signed numbers in one step.
            *integral += self.value * now.since(self.last).as_nanos() as i64 as f64;
        }
        self.last = self.last.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: Span = Span::from_nanos(10);

    #[test]
    fn counts_go_where_their_instant_is_in_any_order() {
        let mut counts = TimeBuckets::new(WIDTH, Time::from_nanos(25));
        for (at, n) in [(0, 1), (9, 1), (10, 5), (3, 1), (29, 2), (30, 9), (20, 1)] {
            counts.add(Time::from_nanos(at), n);
        }
        assert_eq!(counts.values(), [3, 5, 3]);
        assert_eq!(counts.beyond(), 9);
        let twin = counts.clone();
        counts.merge(&twin);
        assert_eq!(counts.values(), [6, 10, 6]);
    }

    #[test]
    fn a_level_is_averaged_over_each_bucket_and_over_the_part_seen_of_the_last() {
        let mut level = LevelBuckets::new(WIDTH, Time::from_nanos(40));
        level.set(Time::from_nanos(5), 2.0);
        level.add(Time::from_nanos(5), 2.0);
        level.set(Time::from_nanos(20), 1.0);
        level.set(Time::from_nanos(21), 3.0);
        assert_eq!(level.clone().finish(Time::from_nanos(25)), [2.0, 4.0, (1.0 + 4.0 * 3.0) / 5.0]);
        level.set(Time::from_nanos(55), 9.0);
        assert_eq!(level.finish(Time::from_nanos(60)), [2.0, 4.0, 2.8, 3.0]);
    }
}
