//! # Rate limit: a bounded number of calls per second
//!
//! **What goes wrong without it.** One caller in a loop, one batch job started at noon, and a service spends
//! all its capacity on a single client. A rate limit refuses what is over the agreed rate before it costs
//! anything.
//!
//! ```text
//!   tokens: 0 ... burst, `rate` more per second, continuously; full at the start
//!   call --a whole token?-- yes --> takes it and passes
//!                  '------- no ---> rate-limited
//! ```
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `rate` | calls per second | none: say how many | ours |
//! | `burst` | calls at once | none: say how many; at least 1 | ours |
//!
//! The bucket counts in whole numbers (10⁻¹⁵ calls), so that it does not matter how often it is looked at:
//! after an idle minute and after a thousand refusals there is the same in it. The rate is rounded to 10⁻⁶
//! calls per second.
//!
//! **Pitfalls**
//! * The state belongs to the calling instance: ten callers may make ten times the rate.
//! * A rate says nothing about concurrency: a callee that slows down is called at the same rate, and calls
//!   gather. Use a bulkhead against that.
//! * With a burst of 1, calls that come in pairs lose one of two even at half the rate.
//!
//! ```
//! use archsim_models::policy::{Enter, RateLimit, RateLimitSettings};
//! use archsim_models::record::Cause;
//! use archsim_sim::{Span, Time};
//!
//! let mut limit = RateLimit::new(RateLimitSettings { rate: 10.0, burst: 1 }, Time::ZERO);
//! assert_eq!(limit.enter(Time::ZERO), Enter::Pass);
//! assert_eq!(limit.enter(Time::ZERO + Span::from_millis(99)), Enter::Refuse(Cause::RateLimited));
//! assert_eq!(limit.enter(Time::ZERO + Span::from_millis(100)), Enter::Pass);
//! ```

use archsim_sim::{Time, mutant};

use super::{Enter, RateLimitSettings};
use crate::record::Cause;

/// A token bucket of one calling instance, for calls of one callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls per second, in millionths. Times nanoseconds this gives 10⁻¹⁵ calls.
    rate_micro: u64,
    /// What a full bucket holds, in 10⁻¹⁵ calls.
    full: u128,
    /// What it held at `counted`, in 10⁻¹⁵ calls.
    tokens: u128,
    counted: Time,
}

/// One call, in 10⁻¹⁵ calls.
const CALL: u128 = 1_000_000_000_000_000;

impl RateLimit {
    /// A bucket that is full at `born`.
    pub fn new(settings: RateLimitSettings, born: Time) -> Self {
        let full = u128::from(settings.burst.max(1)) * CALL;
        // `as` saturates and sends NaN to zero.
        let rate_micro = (settings.rate * 1e6 + 0.5) as u64;
        RateLimit { rate_micro, full, tokens: full, counted: born }
    }

    /// A token, or no.
    pub fn enter(&mut self, now: Time) -> Enter {
        let idle = now.since(self.counted).as_nanos();
        let poured = u128::from(idle) * u128::from(self.rate_micro);
        let full = self.full * if mutant!("bucket-twice-as-deep") { 2 } else { 1 };
        self.tokens = full.min(self.tokens.saturating_add(poured));
        self.counted = now;
        if self.tokens < CALL {
            return Enter::Refuse(Cause::RateLimited);
        }
        self.tokens -= CALL;
        Enter::Pass
    }
}

#[cfg(test)]
mod tests {
    use archsim_sim::Span;

    use super::*;

    fn at(micros: u64) -> Time {
        Time::ZERO + Span::from_micros(micros)
    }

    /// Calls at these times, in milliseconds: `P`assed or `R`efused.
    fn check(rate: f64, burst: u32, calls_ms: &[u64], expected: &str) {
        let mut limit = RateLimit::new(RateLimitSettings { rate, burst }, Time::ZERO);
        let answer = |ms: &u64| if limit.enter(at(ms * 1_000)) == Enter::Pass { 'P' } else { 'R' };
        assert_eq!(calls_ms.iter().map(answer).collect::<String>(), expected, "{calls_ms:?}");
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        check(10.0, 3, &[0, 0, 0, 0, 99, 100, 100, 199, 200], "PPPRRPRRP");
        check(10.0, 1, &[0, 50, 100, 150, 200], "PRPRP");
    }

    #[test]
    fn a_pause_fills_the_bucket_but_no_further() {
        check(10.0, 2, &[0, 0, 10_000, 10_000, 10_000], "PPPPR");
        check(1.0, 0, &[0, 0, 1_000], "PRP");
    }

    /// A bucket of floats that is asked all the time gains or loses a call by rounding; this one may not.
    #[test]
    fn looking_often_changes_nothing() {
        let mut seldom = RateLimit::new(RateLimitSettings { rate: 0.3, burst: 1 }, Time::ZERO);
        assert_eq!(seldom.enter(Time::ZERO), Enter::Pass);
        let mut often = seldom;
        for look in 1..470_000 {
            assert_eq!(often.enter(at(look * 7)), Enter::Refuse(Cause::RateLimited));
        }
        let just_before = Time::ZERO + Span::from_nanos(3_333_333_333);
        assert_eq!(often.enter(just_before), Enter::Refuse(Cause::RateLimited));
        assert_eq!(seldom.enter(just_before), Enter::Refuse(Cause::RateLimited));
        assert_eq!(often, seldom);
        assert_eq!(often.enter(just_before + Span::from_nanos(1)), Enter::Pass);
    }

    #[test]
    fn a_rate_of_zero_gives_the_burst_and_no_more() {
        check(0.0, 2, &[0, 0, 0, 1_000_000_000], "PPRR");
        check(f64::NAN, 1, &[0, 1_000_000_000], "PR");
        check(f64::INFINITY, 1, &[0, 0, 1, u64::MAX / 1_000_000], "PRPP");
    }
}
