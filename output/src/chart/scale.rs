//! From values to pixels: linear and logarithmic scales with round ticks.

use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;

use crate::number;

/// How values are written on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// As they are.
    Plain,
    /// Shares 0–1 as per cent.
    Percent,
}

/// A scale from values to pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
    units: Units,
}

impl Scale {
    /// A linear scale that maps `low` to pixel `from` and `high` to pixel `to`.
    pub fn linear(low: f64, high: f64, from: f64, to: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Scale { low, high, from, to, log: false, units: Units::Plain }
    }

    /// A logarithmic scale; `low` and `high` are positive.
    pub fn log(low: f64, high: f64, from: f64, to: f64) -> Self {
        let low = low.max(f64::MIN_POSITIVE);
        let high = if high > low { high } else { low * 10.0 };
        Scale { low, high, from, to, log: true, units: Units::Plain }
    }

    /// The same scale, with ticks in `units`.
    pub fn units(self, units: Units) -> Self {
        Scale { units, ..self }
    }

    /// The same scale, widened until it begins and ends at a tick.
    pub fn rounded(self, ticks: usize) -> Self {
        if self.log {
            return self.log_rounded();
        }
        // A wider range may get a larger step, so rounding is repeated until it changes nothing more.
        let mut scale = self;
        for _ in 0..3 {
            let step = scale.step(ticks);
            let low = (self.low / step + 1e-9).floor() * step;
            let high = (self.high / step - 1e-9).ceil() * step;
            scale = Scale { low, high, ..self };
        }
        scale
    }

    /// Widened to one, two or five times a power of ten, and to at least one decade.
    fn log_rounded(self) -> Self {
        let round = |value: f64, up: bool| {
            let decade = libm::pow(10.0, libm::floor(libm::log10(value) + 1e-9));
            let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
            let found = if up {
                steps.into_iter().find(|step| *step >= value * (1.0 - 1e-9))
            } else {
                steps.into_iter().rev().find(|step| *step <= value * (1.0 + 1e-9))
            };
            found.unwrap_or(value)
        };
        let low = round(self.low, false);
        let high = round(self.high, true);
        if high >= low * 10.0 { Scale { low, high, ..self } } else { Scale { low, high: low * 10.0, ..self } }
    }

    /// The pixel of a value; values beyond the ends are drawn at the ends.
    pub fn at(&self, value: f64) -> f64 {
        let part = if self.log {
            let value = value.max(self.low);
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        self.from + (self.to - self.from) * part
    }

    /// About `count` round values with the words to write at them.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        if self.log {
            return self.decades(count);
        }
        let factor = self.factor();
        let step = self.step(count) * factor;
        let points = self.round_points(count);
        points.into_iter().map(|value| (value, number::tick(value * factor, step))).collect()
    }

    fn factor(&self) -> f64 {
        if self.units == Units::Percent { 100.0 } else { 1.0 }
    }

    fn round_points(&self, count: usize) -> Vec<f64> {
        // Rounding is done in the units that are written, so that shares get round per cents.
        let factor = self.factor();
        let range: RangedCoordf64 = (self.low * factor..self.high * factor).into();
        range.key_points(BoldPoints(count.max(2))).into_iter().map(|value| value / factor).collect()
    }

    fn step(&self, count: usize) -> f64 {
        let points = self.round_points(count);
        if points.len() > 1 { points[1] - points[0] } else { self.high - self.low }
    }

    /// Powers of ten, with their double and fivefold while there is room.
    fn decades(&self, count: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.low * (1.0 - 1e-9), self.high * (1.0 + 1e-9));
        let exponents = libm::log10(self.low).floor() as i32..=libm::log10(self.high).ceil() as i32;
        let within = |steps: &[f64]| -> Vec<f64> {
            let values = exponents.clone().flat_map(|exponent| {
                let decade = libm::pow(10.0, f64::from(exponent));
                steps.iter().map(move |step| step * decade)
            });
            values.filter(|value| (low..=high).contains(value)).collect()
        };
        let fine = within(&[1.0, 2.0, 5.0]);
        let values = if fine.len() <= count { fine } else { within(&[1.0]) };
        values.into_iter().map(|value| (value, number::value(value * self.factor()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(scale: &Scale, count: usize) -> Vec<String> {
        scale.ticks(count).into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(words(&Scale::linear(0.0, 65.0, 0.0, 100.0), 5), ["0", "20", "40", "60"]);
        let shares = Scale::linear(0.0, 1.0, 0.0, 100.0).units(Units::Percent);
        assert_eq!(words(&shares, 4), ["0", "50", "100"]);
    }

    #[test]
    fn log_ticks_are_decades() {
        assert_eq!(words(&Scale::log(1.0, 10_000.0, 0.0, 1.0), 4), ["1", "10", "100", "1000", "10k"]);
    }

    #[test]
    fn rounding_widens_to_ticks() {
        let scale = Scale::linear(0.0, 937.0, 0.0, 100.0).rounded(4);
        assert_eq!(words(&scale, 4).last().map(String::as_str), Some("1000"));
        assert!((scale.at(1000.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_beyond_is_drawn_at_the_end() {
        let scale = Scale::log(1.0, 100.0, 200.0, 0.0);
        assert!((scale.at(0.0) - 200.0).abs() < 1e-9);
        assert!((scale.at(1e9)).abs() < 1e-9);
        assert!((scale.at(10.0) - 100.0).abs() < 1e-9);
    }
}
