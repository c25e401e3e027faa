//! Levels: threads busy, attempts queued, cores busy, connections awaited, instances up; their means per bucket and per window.

use archsim_sim::{LevelBuckets, Time, TimeWeighted, mutant};

use crate::plan::{Plan, Window};

/// Something that goes up and down: its mean per bucket and per window.
pub(crate) struct Level {
    current: i64,
    buckets: LevelBuckets,
    average: TimeWeighted,
    /// By window: the integral when it opened; then, once closed, the mean.
    opened: Vec<f64>,
    pub means: Vec<f64>,
}

impl Level {
    pub(crate) fn new(plan: &Plan) -> Self {
        Level {
            current: 0,
            buckets: LevelBuckets::new(plan.bucket, plan.end),
            average: TimeWeighted::new(Time::ZERO, 0.0),
            opened: vec![0.0; plan.windows.len()],
            means: vec![0.0; plan.windows.len()],
        }
    }

    /// A level that starts at `height` instead of zero.
    pub(crate) fn starting_at(plan: &Plan, height: u32) -> Self {
        let mut level = Level::new(plan);
        level.change(Time::ZERO, 0, height);
        level
    }

    /// One contributor went from one value to another.
    #[inline]
    pub(crate) fn change(&mut self, now: Time, from: u32, to: u32) {
        if from == to {
            return;
        }
        self.current += i64::from(to) - i64::from(from);
        self.average.set(now, self.current as f64);
        self.buckets.set(now, self.current as f64);
    }

    /// How high it is.
    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.current).unwrap_or(u32::MAX)
    }

    pub(crate) fn boundary(&mut self, now: Time, windows: &[Window]) {
        for (index, window) in windows.iter().enumerate() {
            if window.from == now && !mutant!("levels-count-the-warm-up") {
                self.opened[index] = self.average.integral(now);
            }
            if window.until == now {
                self.close(index, window, now);
            }
        }
    }

    fn close(&mut self, index: usize, window: &Window, now: Time) {
        let length = (now.since(window.from)).as_nanos() as f64;
        let grown = self.average.integral(now) - self.opened[index];
        self.means[index] = if length > 0.0 { grown / length } else { 0.0 };
    }

    pub(crate) fn finish(&mut self, now: Time, windows: &[Window]) {
        for (index, window) in windows.iter().enumerate() {
            if window.from < now && now < window.until {
                self.close(index, window, now);
            }
        }
    }

    pub(crate) fn series(self, end: Time) -> Vec<f64> {
        self.buckets.finish(end)
    }
}
