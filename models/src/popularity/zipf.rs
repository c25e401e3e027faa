//! Zipf's law, drawn exactly for any number of items: rejection-inversion (Hörmann & Derflinger 1996).
//!
//! The histogram of k^−s lies under the curve x^−s taken from k − ½ to k + ½. A point under the curve is drawn by
//! inverting its integral; the nearest whole number is taken if the point lies in its bar. Nothing is stored
//! but five numbers, so a thousand million items cost what ten do.

use archsim_sim::Stream;

use super::Group;

/// Ranks up to this one are summed one by one.
const SINGLE_MAX: u32 = 1 << 14;
/// Ranks beyond are taken together in blocks of this share of their number: the error of a sum over a smooth
/// function is below 10⁻⁷.
const BLOCK_SHARE: u32 = 1_024;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zipf {
    items: u32,
    exponent: f64,
    /// The integral at ½ + 1, less the bar of the first item.
    integral_first: f64,
    /// The integral at n + ½.
    integral_last: f64,
    /// Points so near above a whole number lie in its bar for certain.
    squeeze: f64,
    /// Σ k^−s.
    total: f64,
}

impl Zipf {
    pub fn new(items: u32, exponent: f64) -> Self {
        let mut zipf =
            Zipf { items, exponent, integral_first: 0.0, integral_last: 0.0, squeeze: 0.0, total: 0.0 };
        zipf.integral_first = zipf.integral(1.5) - 1.0;
        zipf.integral_last = zipf.integral(f64::from(items) + 0.5);
        zipf.squeeze = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.bar(2.0));
        zipf.total = zipf.blocks().map(|(items, weight)| items * weight).sum();
        zipf
    }

    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        let last = f64::from(self.items);
        loop {
            let point = self.integral_last + stream.unit() * (self.integral_first - self.integral_last);
            let x = self.inverse(point);
            let rank = libm::floor(x + 0.5).clamp(1.0, last);
            if rank - x <= self.squeeze || point >= self.integral(rank + 0.5) - self.bar(rank) {
                return rank as u32 - 1;
            }
        }
    }

    pub fn probability(&self, item: u32) -> f64 {
        self.bar(f64::from(item) + 1.0) / self.total
    }

    pub fn groups(&self) -> Vec<Group> {
        self.blocks().map(|(items, weight)| Group { items, probability: weight / self.total }).collect()
    }

    /// How many ranks, and their mean k^−s: one by one at first, then in blocks.
    fn blocks(&self) -> impl Iterator<Item = (f64, f64)> {
        let mut from = 1_u32;
        std::iter::from_fn(move || {
            if from > self.items {
                return None;
            }
            let width = if from <= SINGLE_MAX { 1 } else { (from / BLOCK_SHARE).min(self.items - from + 1) };
            let first = f64::from(from);
            from = from.saturating_add(width);
            if width == 1 {
                return Some((1.0, self.bar(first)));
            }
            let n = f64::from(width);
            // The midpoint rule with its first correction gives the sum of whole ranks from the integral.
            let integral = self.integral(first + n - 0.5) - self.integral(first - 0.5);
            let slope = |x: f64| -self.exponent * self.bar(x) / x;
            let correction = (slope(first + n - 0.5) - slope(first - 0.5)) / 24.0;
            Some((n, (integral - correction) / n))
        })
    }

    /// x^−s.
    #[inline]
    fn bar(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The integral of the curve from 1 to x: (x^(1−s) − 1) / (1 − s), or ln x if s is 1.
    #[inline]
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        exp_ratio((1.0 - self.exponent) * log) * log
    }

    /// Where the integral has this value.
    #[inline]
    fn inverse(&self, value: f64) -> f64 {
        // Rounding may lead below the least value that the integral has.
        let t = (value * (1.0 - self.exponent)).max(-1.0);
        libm::exp(log_ratio(t) * value)
    }
}

/// (eˣ − 1) / x, also near zero.
#[inline]
fn exp_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::expm1(x) / x } else { 1.0 + x * 0.5 * (1.0 + x / 3.0) }
}

/// ln(1 + x) / x, also near zero.
#[inline]
fn log_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::log1p(x) / x } else { 1.0 - x * (0.5 - x / 3.0) }
}
