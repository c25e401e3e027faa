//! A level watched over time: how high it is, was at most, and was on average.
//!
//! ```
//! use archsim_sim::{Time, TimeWeighted};
//! let at = Time::from_nanos;
//! let mut busy = TimeWeighted::new(at(0), 0.0);
//! busy.add(at(10), 2.0);
//! busy.set(at(20), 1.0);
//! assert_eq!(busy.mean(at(40)), (0.0 * 10.0 + 2.0 * 10.0 + 1.0 * 20.0) / 40.0);
//! assert_eq!(busy.max(), 2.0);
//! ```

use crate::time::Time;

/// The integral, maximum and current value of a level that changes by steps.
///
/// A step of d at the instant t adds d · (now - t) to the integral, whatever comes after it. So nothing
/// need be kept but the sum of all d, which is the level, and the sum of all d · t. Whole-number levels are
/// integrated exactly as long as the highest level times the clock stays below 2⁵³ level-nanoseconds (a
/// level of 100 for a day); beyond, each step is rounded to 16 digits.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeWeighted {
    start: Time,
    value: f64,
    /// The sum of all steps, each times its instant in nanoseconds.
    moment: f64,
    max: f64,
}

impl TimeWeighted {
    /// Watches from `now` on a level that is `value`.
    pub const fn new(now: Time, value: f64) -> Self {
        TimeWeighted { start: now, value, moment: value * nanos(now), max: value }
    }

    /// The level is `value` from `now` on, which must not be before the last change.
    #[inline]
    pub fn set(&mut self, now: Time, value: f64) {
        self.add(now, value - self.value);
    }

    /// The level changes by `delta` at `now`, which must not be before the last change.
    #[inline]
    pub fn add(&mut self, now: Time, delta: f64) {
        self.moment += delta * nanos(now);
        self.value += delta;
        // Most steps are by a constant, and then this question is answered before the program runs.
        if delta > 0.0 && self.value > self.max {
            self.max = self.value;
        }
    }

    /// The level now.
    pub const fn current(&self) -> f64 {
        self.value
    }

    /// The highest level since the last reset; a level held for no time counts too.
    pub const fn max(&self) -> f64 {
        self.max
    }

    /// The level's integral since the last reset, in level times nanoseconds.
    #[inline]
    pub fn integral(&self, now: Time) -> f64 {
        self.value * nanos(now) - self.moment
    }

    /// The mean level since the last reset; the current level if no time has passed.
    pub fn mean(&self, now: Time) -> f64 {
        let nanos = now.since(self.start).as_nanos();
        if nanos == 0 { self.value } else { self.integral(now) / nanos as f64 }
    }

    /// Forgets the past, as at the end of a warm-up; the level stays.
    pub const fn reset(&mut self, now: Time) {
        *self = TimeWeighted::new(now, self.value);
    }
}

/// Nanoseconds since zero, as a signed number first, because processors convert those in one step.
#[inline]
const fn nanos(now: Time) -> f64 {
    now.as_nanos() as i64 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_forgets_the_past_but_not_the_level() {
        let at = Time::from_nanos;
        let mut level = TimeWeighted::new(at(5), 4.0);
        level.add(at(15), -3.0);
        assert!((level.mean(at(25)) - 2.5).abs() < 1e-12);
        level.reset(at(25));
        assert!((level.max() - 1.0).abs() < 1e-12 && (level.mean(at(25)) - 1.0).abs() < 1e-12);
        level.set(at(35), 7.0);
        assert!((level.integral(at(36)) - 17.0).abs() < 1e-12);
        assert!((level.current() - 7.0).abs() < 1e-12);
    }
}
