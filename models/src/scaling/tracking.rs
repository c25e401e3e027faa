//! AWS target tracking: a high alarm adds, a low alarm removes, both after several points in a row.
//!
//! ```text
//!   metric > target, 3 points in a row ──► at once as many as the ratio says, rounded up
//!   metric < 90 % of target, 15 in a row ─► as few as the ratio says, the removal rounded down
//! ```
//! Instances that warm up count as there when more are asked for, are left out of the metric, and nothing is removed
//! while there are any. A point that is missing is no point.
//!
//! | knob | default | source |
//! |---|---|---|
//! | period of a point | 60 s | detailed monitoring |
//! | points to add, to remove | 3, 15 | the two alarms that the service makes |
//! | warm-up | 300 s | `DefaultInstanceWarmup`, else the cooldown |
//!
//! Source: awsdocs/amazon-ec2-auto-scaling-user-guide `as-scaling-target-tracking.md`,
//! `ec2-auto-scaling-default-instance-warmup.md`.

use super::behaviour::Bounds;

/// What it is told once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Between how many and how many.
    pub bounds: Bounds,
    /// What is aimed at, in the metric's unit.
    pub target: f64,
    /// Points in a row above the target before it adds; 3.
    pub points_out: u32,
    /// Points in a row below before it removes; 15.
    pub points_in: u32,
    /// Below this share of the target is low; 0.9.
    pub low: f64,
}

impl Settings {
    /// With the service's own alarms.
    pub fn new(bounds: Bounds, target: f64) -> Self {
        Settings { bounds, target, points_out: 3, points_in: 15, low: 0.9 }
    }
}

/// A target-tracking policy and its two alarms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetTracking {
    settings: Settings,
    above: u32,
    below: u32,
}

impl TargetTracking {
    /// With both alarms quiet.
    pub fn new(settings: Settings) -> Self {
        TargetTracking { settings, above: 0, below: 0 }
    }

    /// A point: the metric's mean over the instances that are warm, if there was one. `desired` is what was last asked
    /// for, `warming` how many of that are not warm yet. How many there should be now.
    pub fn look(&mut self, metric: Option<f64>, desired: u32, warming: u32) -> u32 {
        let Settings { bounds, target, points_out, points_in, low } = self.settings;
        let clamped = |wish: f64| (wish.max(0.0) as u32).clamp(bounds.min, bounds.max);
        let Some(metric) = metric else {
            (self.above, self.below) = (0, 0);
            return desired;
        };
        self.above = if metric > target { self.above + 1 } else { 0 };
        self.below = if metric < target * low { self.below + 1 } else { 0 };
        let warm = desired.saturating_sub(warming);
        if self.above >= points_out {
            let wish = clamped((f64::from(warm) * metric / target).ceil());
            return wish.max(desired);
        }
        if self.below >= points_in && warming == 0 {
            let removed = (f64::from(desired) - f64::from(desired) * metric / target).floor();
            return clamped(f64::from(desired) - removed).min(desired);
        }
        desired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracking() -> TargetTracking {
        TargetTracking::new(Settings::new(Bounds { min: 1, max: 100 }, 50.0))
    }

    /// Sizes after each of the points.
    fn run(points: &[f64], mut size: u32) -> Vec<u32> {
        let mut tracking = tracking();
        points
            .iter()
            .map(|&point| {
                size = tracking.look(Some(point), size, 0);
                size
            })
            .collect()
    }

    #[test]
    fn the_third_high_point_adds_what_the_ratio_says() {
        assert_eq!(run(&[80.0, 80.0, 80.0], 2), [2, 2, 4]);
        assert_eq!(run(&[80.0, 80.0, 40.0, 80.0, 80.0], 2), [2; 5], "a point below begins anew");
    }

    #[test]
    fn the_fifteenth_low_point_removes_rounded_down() {
        let sizes = run(&[30.0; 15], 5);
        assert_eq!((sizes[13], sizes[14]), (5, 3));
        assert_eq!(run(&[46.0; 20], 5), [5; 20], "within a tenth of the target nothing happens");
    }

    #[test]
    fn nothing_is_removed_while_one_warms_up_and_a_gap_begins_anew() {
        let mut tracking = tracking();
        for _ in 0..20 {
            assert_eq!(tracking.look(Some(10.0), 5, 1), 5);
        }
        assert_eq!(tracking.look(None, 5, 0), 5);
        assert_eq!(tracking.look(Some(10.0), 5, 0), 5);
    }
}
