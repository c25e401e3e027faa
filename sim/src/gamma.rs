//! The gamma distribution, by rejection, with everything a draw needs worked out beforehand.

use crate::normal::standard_normal;
use crate::random::Stream;

/// A gamma distribution of lengths; the parameters are those of
/// [`Distribution::gamma`](crate::Distribution::gamma).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    mean_nanos: f64,
    /// Nanoseconds for each unit of the standard draw.
    scale: f64,
    /// Shapes below one are boosted from the next higher: by a random number to this power.
    boost: Option<f64>,
    /// Marsaglia and Tsang's d and c.
    d: f64,
    c: f64,
}

impl Gamma {
    /// With this shape, above zero, and mean.
    pub(crate) fn new(shape: f64, mean_nanos: f64) -> Self {
        debug_assert!(shape > 0.0, "a gamma distribution has a shape above zero, not {shape}");
        let boost = (shape < 1.0).then_some(1.0 / shape);
        let d = if boost.is_some() { shape + 1.0 } else { shape } - 1.0 / 3.0;
        Gamma { shape, mean_nanos, scale: mean_nanos / shape, boost, d, c: 1.0 / libm::sqrt(9.0 * d) }
    }

    /// Draws a length in nanoseconds.
    pub(crate) fn sample(&self, stream: &mut Stream) -> f64 {
        let boosted = self.boost.map_or(1.0, |power| libm::pow(1.0 - stream.unit(), power));
        self.scale * (boosted * self.standard(stream))
    }

    /// The mean, in nanoseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.mean_nanos
    }

    /// The variance, in nanoseconds squared.
    pub(crate) fn variance(&self) -> f64 {
        self.mean_nanos * self.mean_nanos / self.shape
    }

    /// With every length multiplied by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Gamma::new(self.shape, self.mean_nanos * factor)
    }

    /// Marsaglia and Tsang (2000): a cubed normal, accepted nearly always.
    fn standard(&self, stream: &mut Stream) -> f64 {
        loop {
            let normal = standard_normal(stream);
            let root = 1.0 + self.c * normal;
            if root <= 0.0 {
                continue;
            }
            let cube = root * root * root;
            let squared = normal * normal;
            let unit = 1.0 - stream.unit();
            // The squeeze spares the logarithms in all but a few per cent of draws.
            if unit < 1.0 - 0.0331 * squared * squared
                || libm::log(unit) < 0.5 * squared + self.d * (1.0 - cube + libm::log(cube))
            {
                return self.d * cube;
            }
        }
    }
}
