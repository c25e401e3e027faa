//! Sums over a sliding window, in slices: twitter/util `WindowedAdder` (commit 17c8187).
//!
//! Slices begin when something is added or asked for, not on a grid: a pause ends the slice in which it began.

use archsim_sim::{Span, Time};

/// Slices of a window, the one that is written to included.
const SLICES: usize = 10;

/// A sum over the last while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowedAdder {
    /// Length of a slice.
    slice: Span,
    /// The slice that is written to.
    current: i64,
    /// When that began.
    since: Time,
    /// The slices before it; `next` is the oldest.
    before: Vec<i64>,
    next: usize,
}

impl WindowedAdder {
    /// An empty window of this length with ten slices, from `now` on.
    pub fn new(range: Span, now: Time) -> Self {
        WindowedAdder::with_slices(range, SLICES, now)
    }

    /// An empty window with some other number of slices, at least 2.
    pub fn with_slices(range: Span, slices: usize, now: Time) -> Self {
        let slices = slices.max(2);
        let slice = Span::from_nanos((range.as_nanos() / slices as u64).max(1));
        WindowedAdder { slice, current: 0, since: now, before: vec![0; slices - 1], next: 0 }
    }

    /// Adds to the current slice.
    pub fn add(&mut self, now: Time, amount: i64) {
        self.turn(now);
        self.current += amount;
    }

    /// What was added within the window.
    pub fn sum(&mut self, now: Time) -> i64 {
        self.turn(now);
        self.current + self.before.iter().sum::<i64>()
    }

    /// Begins a new slice if the current one is over; those that passed in between are empty.
    fn turn(&mut self, now: Time) {
        let passed = now.since(self.since).as_nanos() / self.slice.as_nanos();
        if passed == 0 {
            return;
        }
        let over = std::mem::take(&mut self.current);
        self.push(over);
        for _ in 0..(passed - 1).min(self.before.len() as u64) {
            self.push(0);
        }
        self.since = now;
    }

    fn push(&mut self, slice: i64) {
        self.before[self.next] = slice;
        self.next = (self.next + 1) % self.before.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `+n` adds, `=n` is the sum, `>n` passes n milliseconds; a window of 3 s in three slices.
    fn check(script: &str) {
        let mut now = Time::ZERO;
        let mut adder = WindowedAdder::with_slices(Span::from_secs(3), 3, now);
        for word in script.split_whitespace() {
            let (what, number) = word.split_at(1);
            let number: i64 = number.parse().expect("a number");
            match what {
                "+" => adder.add(now, number),
                ">" => now += Span::from_millis(number as u64),
                _ => assert_eq!(adder.sum(now), number, "{word} in {script}"),
            }
        }
    }

    /// twitter/util, `WindowedAdderTest`.
    #[test]
    fn it_forgets_as_the_original_does() {
        check(
            "+1 =1 >1000 +2 =3 >1000 +1 =4 >2000 =1 >100000 =0 +100 >1000 =100 +100 >1000 +100 =300 >100000 =0",
        );
        check("+-2 =-2 +4 =2 >1000 +-2 =0 +-2 =-2 >1000 +-2 =-4 >1000 =-6 >1000 =-2 >1000 =0 >100000 =0");
    }
}
