//! What each replication says of a quantity, and how the replications are put together.

use archsim_sim::Histogram;

use crate::interval::{self, Count, Estimate, Ratio};

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
