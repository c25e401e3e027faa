//! The Weibull distribution, by inversion: lifetimes whose risk grows or falls with age.

use crate::exponential::standard_exponential;
use crate::random::Stream;

/// A Weibull distribution of lengths; the parameters are those of
/// [`Distribution::weibull`](crate::Distribution::weibull).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    shape: f64,
    mean_nanos: f64,
    /// The length that a share of 1 - 1/e does not reach.
    scale_nanos: f64,
    power: f64,
}

impl Weibull {
    /// With this shape and mean.
    pub(crate) fn new(shape: f64, mean_nanos: f64) -> Self {
        debug_assert!(shape >= 0.1, "a shape of {shape} has no moments that a number can hold");
        let power = 1.0 / shape;
        Weibull { shape, mean_nanos, scale_nanos: mean_nanos / libm::tgamma(1.0 + power), power }
    }

    /// Draws a length in nanoseconds.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        self.scale_nanos * libm::pow(standard_exponential(stream), self.power)
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.mean_nanos
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        let second = self.scale_nanos * self.scale_nanos * libm::tgamma(1.0 + 2.0 * self.power);
        second - self.mean_nanos * self.mean_nanos
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Weibull::new(self.shape, self.mean_nanos * factor)
    }
}
