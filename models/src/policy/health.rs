//! The health that a circuit breaker sees: calls and errors of a rolling window, looked at only on a grid.
//!
//! Hystrix publishes its health as a stream: every 500 ms a bucket closes, and with it comes the sum of the
//! last 20 *closed* buckets. What happened since the last tick is invisible, and nothing is decided between
//! ticks. Here the same sums are kept without any timer: whoever asks first catches up on the ticks that
//! have passed, oldest first.
//!
//! ```text
//!  born                                                    next tick
//!   |--bucket--|--bucket--|--bucket--| ... |--bucket--|-- open --|
//!              '------------- window: closed buckets -'  unseen
//! ```

use archsim_sim::{Span, Time};

/// Calls that ended, and how many of them were errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All calls that ended with a success or an error.
    pub total: u64,
    /// Those that ended with an error.
    pub errors: u64,
}

impl Counts {
    /// Hystrix's percentage: a double quotient times 100, cut to a whole number; 0 where nothing was counted.
    ///
    /// The order of the operations is the original's and can be seen: 29 errors of 100 make 28.
    pub fn error_percent(self) -> u32 {
        if self.total == 0 { 0 } else { (self.errors as f64 / self.total as f64 * 100.0) as u32 }
    }

    fn add(&mut self, other: Counts) {
        self.total += other.total;
        self.errors += other.errors;
    }

    fn subtract(&mut self, other: Counts) {
        self.total -= other.total;
        self.errors -= other.errors;
    }
}

/// A rolling window over closed buckets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Health {
    interval: Span,
    /// A ring of closed buckets.
    closed: Box<[Counts]>,
    /// The bucket that leaves the window at the next tick.
    oldest: usize,
    /// The sum of the closed buckets.
    window: Counts,
    /// The bucket that no tick has closed yet.
    open: Counts,
    next_tick: Time,
}

impl Health {
    /// A window over as many buckets as fit, on the grid that starts at `born`.
    pub(super) fn new(born: Time, window: Span, interval: Span) -> Self {
        // A plan has an interval above zero; without one the window is a single bucket.
        let interval = if interval.is_zero() { window.max(Span::from_nanos(1)) } else { interval };
        let buckets = (window.as_nanos() / interval.as_nanos()).max(1) as usize;
        Health {
            interval,
            closed: vec![Counts::default(); buckets].into(),
            oldest: 0,
            window: Counts::default(),
            open: Counts::default(),
            next_tick: born + interval,
        }
    }

    /// Catches up on one tick that is due at `now` or was before, and says when it was.
    ///
    /// Ticks come oldest first. Of the ticks after which nothing is left in the window only the first is
    /// told, for the others show the same; so a silence of any length costs no more than one window.
    #[inline]
    pub(super) fn tick(&mut self, now: Time) -> Option<Time> {
        if now < self.next_tick { None } else { Some(self.close_bucket(now)) }
    }

    fn close_bucket(&mut self, now: Time) -> Time {
        let tick = self.next_tick;
        let bucket = std::mem::take(&mut self.open);
        let left = std::mem::replace(&mut self.closed[self.oldest], bucket);
        self.window.add(bucket);
        self.window.subtract(left);
        self.oldest = (self.oldest + 1) % self.closed.len();
        let silent =
            if self.window.total == 0 { now.since(tick).as_nanos() / self.interval.as_nanos() } else { 0 };
        self.next_tick = tick + self.interval * (silent + 1);
        tick
    }

    /// Counts a call that has just ended.
    #[inline]
    pub(super) fn count(&mut self, error: bool) {
        self.open.add(Counts { total: 1, errors: u64::from(error) });
    }

    /// What the latest tick saw.
    pub(super) fn window(&self) -> Counts {
        self.window
    }

    /// Forgets all that was counted; the grid goes on.
    pub(super) fn clear(&mut self) {
        self.closed.fill(Counts::default());
        self.window = Counts::default();
        self.open = Counts::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(errors: u64, total: u64) -> u32 {
        Counts { total, errors }.error_percent()
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn window_of_three() -> Health {
        Health::new(Time::ZERO, Span::from_millis(300), Span::from_millis(100))
    }

    fn ticks(health: &mut Health, now: Time) -> Vec<(Time, u64)> {
        std::iter::from_fn(|| health.tick(now).map(|tick| (tick, health.window().total))).collect()
    }

    #[test]
    fn t_hys_7() {
        assert_eq!([percent(9, 19), percent(109, 220), percent(99, 199)], [47, 49, 49]);
    }

    #[test]
    fn the_percentage_is_cut_from_a_double_quotient() {
        assert_eq!([percent(0, 0), percent(1, 2), percent(2, 5), percent(2, 3)], [0, 50, 40, 66]);
        assert_eq!(percent(29, 100), 28);
    }

    #[test]
    fn an_open_bucket_is_invisible_until_its_tick() {
        let mut health = window_of_three();
        health.count(true);
        assert_eq!(health.tick(at(99)), None);
        assert_eq!(health.window(), Counts::default());
        assert_eq!(health.tick(at(100)), Some(at(100)));
        assert_eq!(health.window(), Counts { total: 1, errors: 1 });
    }

    #[test]
    fn a_bucket_leaves_after_the_window() {
        let mut health = window_of_three();
        health.count(false);
        assert_eq!(ticks(&mut health, at(399)), [(at(100), 1), (at(200), 1), (at(300), 1)]);
        assert_eq!(ticks(&mut health, at(400)), [(at(400), 0)]);
    }

    #[test]
    fn of_a_long_silence_only_the_first_tick_is_told_and_the_grid_is_kept() {
        let mut health = window_of_three();
        health.count(true);
        let told = ticks(&mut health, at(1_000_000_050));
        assert_eq!(told, [(at(100), 1), (at(200), 1), (at(300), 1), (at(400), 0)]);
        assert_eq!(health.next_tick, at(1_000_000_100));
        assert_eq!(ticks(&mut health, at(1_000_000_100)), [(at(1_000_000_100), 0)]);
        assert_eq!(health.next_tick, at(1_000_000_200));
    }

    #[test]
    fn the_grid_starts_at_birth() {
        let mut health = Health::new(at(37), Span::from_millis(300), Span::from_millis(100));
        assert_eq!(ticks(&mut health, at(136)), []);
        assert_eq!(ticks(&mut health, at(137)), [(at(137), 0)]);
    }
}
