//! The bounded Pareto distribution, by inversion.

use crate::random::Stream;

/// A bounded Pareto distribution of lengths; the parameters are those of
/// [`Distribution::bounded_pareto`](crate::Distribution::bounded_pareto).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundedPareto {
    shape: f64,
    low_nanos: f64,
    high_nanos: f64,
    /// What share of lengths would not be beyond the greatest if there were no bound.
    within: f64,
    power: f64,
}

impl BoundedPareto {
    /// With this exponent, between two lengths.
    pub(crate) fn new(shape: f64, low_nanos: f64, high_nanos: f64) -> Self {
        let within = 1.0 - libm::pow(low_nanos / high_nanos, shape);
        BoundedPareto { shape, low_nanos, high_nanos, within, power: -1.0 / shape }
    }

    /// Draws a length in nanoseconds: the number drawn is the share of lengths below it.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        self.low_nanos * libm::pow(1.0 - stream.unit() * self.within, self.power)
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.moment(1.0)
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        self.moment(2.0) - self.mean() * self.mean()
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        BoundedPareto::new(self.shape, self.low_nanos * factor, self.high_nanos * factor)
    }

    /// Whether every draw is no time at all.
    pub(crate) fn is_zero(&self) -> bool {
        self.high_nanos <= 0.0
    }

    /// The mean of the `order`-th power.
    fn moment(&self, order: f64) -> f64 {
        let BoundedPareto { shape, low_nanos: low, high_nanos: high, .. } = *self;
        if high <= low {
            return libm::pow(low, order);
        }
        let scale = shape * libm::pow(low, order) / self.within;
        let excess = order - shape;
        if excess.abs() < 1e-9 {
            return scale * libm::log(high / low);
        }
        scale * (libm::pow(high / low, excess) - 1.0) / excess
    }
}
