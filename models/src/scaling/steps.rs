//! AWS step scaling: how far beyond its threshold the metric is decides by how much the group changes.
//!
//! Above the threshold a step holds from its lower bound (included) to its upper one (excluded), below it the other way
//! round. Per cents are rounded away from no change where they come to less than one, else towards zero.
//!
//! Source: awsdocs/amazon-ec2-auto-scaling-user-guide `as-scaling-simple-step.md`.

use super::behaviour::Bounds;

/// By how much a step changes the group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adjustment {
    /// So many more, or fewer.
    Change(i32),
    /// Per cent more, or fewer.
    Percent(f64),
    /// To exactly so many.
    Exact(u32),
}

/// One step: bounds relative to the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// From here.
    pub from: f64,
    /// Up to there.
    pub until: f64,
    /// By how much.
    pub by: Adjustment,
}

/// A step policy.
#[derive(Clone, Debug, PartialEq)]
pub struct StepScaling {
    /// Between how many and how many.
    pub bounds: Bounds,
    /// The alarm's threshold, in the metric's unit.
    pub threshold: f64,
    /// Points in a row beyond it before it acts; 1 unless said.
    pub points: u32,
    /// Steps above the threshold (`from` ≥ 0) and below it (`until` ≤ 0).
    pub steps: Vec<Step>,
    beyond: u32,
}

impl StepScaling {
    /// With its alarm quiet.
    pub fn new(bounds: Bounds, threshold: f64, points: u32, steps: Vec<Step>) -> Self {
        StepScaling { bounds, threshold, points, steps, beyond: 0 }
    }

    /// A point of the metric: how many there should be, of which `warming` are not warm yet. While they warm up, a step
    /// that asks for no more than they bring changes nothing.
    pub fn look(&mut self, metric: f64, desired: u32, warming: u32) -> u32 {
        let Some(step) = self.step_at(metric - self.threshold) else {
            self.beyond = 0;
            return desired;
        };
        self.beyond += 1;
        if self.beyond < self.points {
            return desired;
        }
        let warm = desired.saturating_sub(warming);
        let wish = adjusted(warm, step.by).clamp(self.bounds.min, self.bounds.max);
        let grows = wish > warm;
        match warming {
            0 => wish,
            _ if grows => wish.max(desired),
            // Nothing is removed while some warm up.
            _ => desired,
        }
    }

    fn step_at(&self, beyond: f64) -> Option<Step> {
        let holds = |step: &&Step| {
            if step.from >= 0.0 {
                step.from <= beyond && beyond < step.until
            } else {
                step.from < beyond && beyond <= step.until
            }
        };
        self.steps.iter().find(holds).copied()
    }
}

fn adjusted(size: u32, by: Adjustment) -> u32 {
    let change = match by {
        Adjustment::Exact(size) => return size,
        Adjustment::Change(change) => i64::from(change),
        Adjustment::Percent(percent) => {
            let change = f64::from(size) * percent / 100.0;
            if change != 0.0 && change.abs() < 1.0 { change.signum() as i64 } else { change as i64 }
        }
    };
    (i64::from(size) + change).clamp(0, i64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> StepScaling {
        let step = |from, until, percent| Step { from, until, by: Adjustment::Percent(percent) };
        let steps = vec![
            step(0.0, 10.0, 0.0),
            step(10.0, 20.0, 10.0),
            step(20.0, f64::INFINITY, 30.0),
            step(-20.0, -10.0, -10.0),
            step(f64::NEG_INFINITY, -20.0, -30.0),
        ];
        StepScaling::new(Bounds { min: 1, max: 100 }, 50.0, 1, steps)
    }

    fn check(metric: f64, size: u32, becomes: u32) {
        assert_eq!(policy().look(metric, size, 0), becomes, "{size} at {metric}");
    }

    #[test]
    fn the_documentations_own_example() {
        check(60.0, 10, 11);
        check(70.0, 11, 14);
        check(40.0, 14, 13);
        check(30.0, 13, 10);
        check(60.0, 3, 4);
        check(45.0, 10, 10);
    }

    #[test]
    fn what_warms_up_counts_towards_a_step_of_the_same_size() {
        assert_eq!(
            policy().look(70.0, 13, 3),
            13,
            "ten warm ones and 30 %: the three that warm up are those"
        );
        assert_eq!(policy().look(30.0, 13, 3), 13, "nothing is removed meanwhile");
    }
}
