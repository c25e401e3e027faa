//! What happened per bucket of the measured time, over all replications.

use archsim_models::plan::{Plan, Window};
use archsim_models::record::{CapabilityRecord, Record};
use archsim_output::Series;

use crate::monte_carlo::Run;

/// The buckets of the measured time, as indices into the series of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buckets {
    from: usize,
    until: usize,
    /// Length of one, in seconds.
    pub seconds: f64,
}

impl Buckets {
    /// From the end of the warm-up to the end of arrivals.
    pub fn measured(plan: &Plan) -> Self {
        let bucket = plan.bucket.as_nanos().max(1);
        let from = plan.warmup.as_nanos().div_ceil(bucket) as usize;
        let until = plan.horizon.as_nanos().div_ceil(bucket) as usize;
        Buckets { from, until: until.max(from), seconds: plan.bucket.as_secs_f64() }
    }

    /// How many.
    pub const fn count(self) -> usize {
        self.until - self.from
    }

    /// Those that start in a window.
    pub fn within(self, plan: &Plan, window: &Window) -> Self {
        let bucket = plan.bucket.as_nanos().max(1);
        let at = |nanos: u64| (nanos.div_ceil(bucket) as usize).clamp(self.from, self.until);
        Buckets { from: at(window.from.as_nanos()), until: at(window.until.as_nanos()), ..self }
    }

    /// These of a series; empty if it was not kept.
    pub fn of<T>(self, series: &[T]) -> &[T] {
        let until = self.until.min(series.len());
        &series[self.from.min(until)..until]
    }

    /// These by `together`, those alone that are whole: where the middle of each is among these, and its index in a series
    /// of such buckets.
    pub fn coarse(self, together: usize) -> (impl Iterator<Item = usize>, std::ops::Range<usize>) {
        let whole = self.from.div_ceil(together)..self.until / together;
        let from = self.from;
        (whole.clone().map(move |at| at * together + together / 2 - from), whole)
    }

    /// The middle of each, in seconds from the measured start.
    pub fn middles(self) -> Vec<f64> {
        (0..self.count()).map(|bucket| (bucket as f64 + 0.5) * self.seconds).collect()
    }
}

/// Adds up several counting series, bucket by bucket.
pub fn sum<'a>(buckets: Buckets, series: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut total = vec![0; buckets.count()];
    for one in series {
        total.iter_mut().zip(buckets.of(one)).for_each(|(total, count)| *total += count);
    }
    total
}

/// One line per run.
pub fn by_run(runs: &[Run], line: impl Fn(&Record) -> Vec<Option<f64>>) -> Vec<Vec<Option<f64>>> {
    runs.iter().map(|run| line(&run.record)).collect()
}

/// Part ÷ whole per bucket; nothing where the whole is zero.
pub fn ratio(part: &[u64], whole: &[u64]) -> Vec<Option<f64>> {
    let share = |(&part, &whole): (&u64, &u64)| (whole > 0).then(|| part as f64 / whole as f64);
    part.iter().zip(whole).map(share).collect()
}

/// The share of a capability's calls that failed in some buckets, all runs together.
pub fn failed_share(runs: &[Run], capability: usize, buckets: Buckets) -> f64 {
    let total = |of: fn(&CapabilityRecord) -> &[u64]| -> u64 {
        runs.iter().flat_map(|run| buckets.of(of(&run.record.capabilities[capability]))).sum()
    };
    let (calls, failed) = (total(|found| &found.calls), total(|found| &found.failed));
    if calls == 0 { 0.0 } else { failed as f64 / calls as f64 }
}

/// The quantile over runs in each bucket, of the runs that have a value there.
pub fn quantile(lines: &[Vec<Option<f64>>], q: f64) -> Vec<Option<f64>> {
    let buckets = lines.first().map_or(0, Vec::len);
    let in_bucket = |bucket: usize| {
        let values: Vec<f64> = lines.iter().filter_map(|line| line.get(bucket).copied().flatten()).collect();
        quantile_of(values, q)
    };
    (0..buckets).map(in_bucket).collect()
}

/// The quantile of some values, between the two nearest ones in proportion.
pub fn quantile_of(mut values: Vec<f64>, q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let place = q * last as f64;
    let (below, rest) = (place.floor() as usize, place.fract());
    Some(values[below] + rest * (values[(below + 1).min(last)] - values[below]))
}

/// A line with its bands. A bucket without a value repeats the one before it: nothing arrived, nothing is known to have
/// changed.
pub fn banded(lines: &[Vec<Option<f64>>], empty: f64) -> Series {
    let band = |q| carried(&quantile(lines, q), empty);
    let runs =
        if two_heaps(lines) { lines.iter().map(|line| carried(line, empty)).collect() } else { Vec::new() };
    Series {
        median: band(0.5),
        p05: band(0.05),
        p25: band(0.25),
        p75: band(0.75),
        p95: band(0.95),
        runs,
        ..Series::default()
    }
}

fn carried(line: &[Option<f64>], empty: f64) -> Vec<f64> {
    let mut last = empty;
    let carry = |value: &Option<f64>| {
        last = value.unwrap_or(last);
        last
    };
    line.iter().map(carry).collect()
}

/// Whether the runs end up in two heaps, as metastable systems do: then bands would draw a middle where no run is.
fn two_heaps(lines: &[Vec<Option<f64>>]) -> bool {
    let mean = |line: &Vec<Option<f64>>| {
        let values: Vec<f64> = line[line.len() / 2..].iter().flatten().copied().collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let mut means: Vec<f64> = lines.iter().filter_map(mean).collect();
    means.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (means.first(), means.last()) else { return false };
    // A gap wider than half the range, with at least a tenth of the runs on either side, and not mere noise.
    let few = means.len().div_ceil(10);
    let noise = 0.2 * most.abs();
    means
        .windows(2)
        .enumerate()
        .skip(few - 1)
        .take((means.len() + 1).saturating_sub(2 * few))
        .any(|(_, pair)| pair[1] - pair[0] > 0.5 * (most - least) && pair[1] - pair[0] > noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(quantile_of(vec![4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
        assert_eq!(quantile_of(vec![7.0], 0.95), Some(7.0));
        assert_eq!(quantile_of(vec![], 0.5), None);
    }

    #[test]
    fn buckets_without_a_value_carry_the_last_one_on() {
        assert_eq!(carried(&[None, Some(0.5), None], 1.0), [1.0, 0.5, 0.5]);
    }

    #[test]
    fn buckets_together_are_whole_and_stand_in_their_middle() {
        let buckets = Buckets { from: 7, until: 23, seconds: 1.0 };
        let (middles, indices) = buckets.coarse(5);
        // 10–14 and 15–19; the first of them is the third after 7.
        assert_eq!((middles.collect::<Vec<_>>(), indices), (vec![5, 10], 2..4));
    }

    #[test]
    fn runs_in_two_heaps_are_drawn_one_by_one() {
        let level = |level: f64| vec![Some(level); 8];
        let heaps: Vec<_> = [0.0, 0.05, 0.9, 1.0, 0.02, 0.95].map(level).into();
        assert!(two_heaps(&heaps));
        let one: Vec<_> = [0.90, 0.92, 0.97, 1.0, 0.94].map(level).into();
        assert!(!two_heaps(&one));
        assert!(!two_heaps(&[level(1.0)]));
        assert!(!two_heaps(&[]));
    }
}
