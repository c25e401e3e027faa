//! The standard normal draw, and the lognormal distribution made from it.

use crate::exponential::standard_exponential;
use crate::random::Stream;

/// Box and Muller's sine method, which takes two numbers every time; the second normal is dropped so
/// that a draw leaves nothing behind for the next.
pub(crate) fn standard_normal(stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(2.0 * standard_exponential(stream));
    radius * libm::cos(std::f64::consts::TAU * stream.unit())
}

/// A lognormal distribution of lengths; the parameters are those of
/// [`Distribution::lognormal`](crate::Distribution::lognormal).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    mean_nanos: f64,
    cv: f64,
    /// Mean and standard deviation of the logarithm of a length divided by the mean.
    log_mean: f64,
    log_deviation: f64,
}

impl LogNormal {
    /// With this mean and coefficient of variation.
    pub(crate) fn new(mean_nanos: f64, cv: f64) -> Self {
        let variance = libm::log1p(cv * cv);
        LogNormal { mean_nanos, cv, log_mean: -variance / 2.0, log_deviation: libm::sqrt(variance) }
    }

    /// Draws a length in nanoseconds.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        self.mean_nanos * libm::exp(self.log_deviation * standard_normal(stream) + self.log_mean)
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.mean_nanos
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        let deviation = self.mean_nanos * self.cv;
        deviation * deviation
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        LogNormal { mean_nanos: self.mean_nanos * factor, ..*self }
    }
}
