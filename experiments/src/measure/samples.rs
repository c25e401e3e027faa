//! What each replication says of a quantity, and how the replications are put together.

use archsim_models::scenario::Statistic;
use archsim_sim::Histogram;

use crate::interval::{self, Count, Estimate, Ratio};
use crate::passage;

/// One entry per replication, in order.
pub(super) enum Samples {
    Shares(Vec<Count>),
    /// Ratios of sums, with the most that they can be.
    Ratios(Vec<Ratio>, f64),
    /// Latencies, in nanoseconds.
    Percentile {
        latencies: Vec<Histogram>,
        q: f64,
        /// Parts of a replication's window that may have fates of their own.
        units: f64,
    },
    Values(Vec<f64>),
    /// Times in seconds that did not come in every run.
    Times {
        times: Vec<Option<f64>>,
        /// How long they were waited for.
        window: f64,
        statistic: Statistic,
    },
}

const NANOS: f64 = 1e9;

impl Samples {
    /// The value of each replication by itself.
    pub(super) fn values(&self) -> Vec<Option<f64>> {
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        match self {
            Samples::Shares(counts) => counts.iter().map(|c| ratio(c.hits, c.trials)).collect(),
            Samples::Ratios(ratios, _) => ratios.iter().map(|r| ratio(r.part, r.whole)).collect(),
            Samples::Percentile { latencies, q, .. } => {
                let percentile = |h: &Histogram| (h.count() > 0).then(|| h.quantile(*q) as f64 / NANOS);
                latencies.iter().map(percentile).collect()
            }
            Samples::Values(values) => values.iter().copied().map(Some).collect(),
            Samples::Times { times, window, statistic: Statistic::RestrictedMean } => {
                times.iter().map(|time| Some(time.unwrap_or(*window))).collect()
            }
            // Those that came are the short ones: by themselves they would mislead.
            Samples::Times { times, .. } if self.censored() > 0 => vec![None; times.len()],
            Samples::Times { times, .. } => times.clone(),
        }
    }

    /// The estimate over all replications.
    pub(super) fn estimate(&self, confidence: f64) -> Option<Estimate> {
        match self {
            Samples::Shares(counts) => interval::share(counts, confidence),
            Samples::Ratios(ratios, most) => Some(interval::ratio(ratios, confidence)?.within(0.0, *most)),
            Samples::Percentile { latencies, q, units } => {
                let latencies: Vec<&Histogram> = latencies.iter().collect();
                let found = interval::percentile(&latencies, *units, *q, confidence)?;
                let (value, low, high) = (found.value / NANOS, found.low / NANOS, found.high / NANOS);
                Some(Estimate { value, low, high })
            }
            Samples::Values(values) => Some(interval::mean(values, confidence)?.within(0.0, f64::INFINITY)),
            Samples::Times { times, window, statistic } => {
                passage::estimate(times, *window, *statistic, confidence)
            }
        }
    }

    /// In how many replications a time never came.
    pub(super) fn censored(&self) -> usize {
        match self {
            Samples::Times { times, .. } => times.iter().filter(|time| time.is_none()).count(),
            _ => 0,
        }
    }

    /// What a share that never varied may still be off by.
    pub(super) fn unseen(&self, confidence: f64) -> f64 {
        match self {
            Samples::Shares(counts) => interval::unseen(counts, confidence),
            _ => 0.0,
        }
    }
}
