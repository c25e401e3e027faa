//! # Fallback: another answer in place of a failure
//!
//! **What goes wrong without it.** A page of thirty parts, each answered 99.9 % of the time, is whole only
//! 97 % of the time. Most of the parts would not be missed: a list of the most popular titles does for the
//! personal one, yesterday's rating for today's. A fallback says what to show instead, and the failure stays
//! where it is.
//!
//! ```text
//!   success, degraded ----------------------------------------------------------> out, as it came
//!   failed, any cause --a permit is free?-- yes --> substitute --there--> out: degraded
//!                              |                        '---- fails ----> out: fallback-failed
//!                              '----------- no --> out: fallback-rejected
//! ```
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `answer` | omit, static, stale, another capability | none: say which | ours |
//! | `permits` | fallbacks at once | 10 | `fallback.isolation.semaphore.maxConcurrentRequests` |
//! | `fails` | probability | 0 | ours |
//! | `latency` | time | none | ours; another capability takes what it takes |
//!
//! Defaults: Netflix/Hystrix, `HystrixCommandProperties.java`. `omit` and `static` differ only in what the
//! page shows. `stale` repeats the last full answer that this instance got, and fails where there was none.
//!
//! **Pitfalls**
//! * A fallback has no timeout, no breaker and no retry of its own unless layers further out bring them.
//! * A fallback that calls another service moves the load of the broken one there, all of it and at once.
//! * Whoever gets a fallback does not see an error: count degraded answers, or nobody notices the outage.
//! * Permits are few. A slow fallback under a high rate of failures is soon rejected itself.
//! * It belongs outermost: what refuses further out is not replaced.
//!
//! ```
//! use archsim_models::policy::{Fallback, FallbackAnswer, FallbackSettings, Leave, Outcome, Substitute};
//! use archsim_models::record::Cause;
//! use archsim_sim::{Span, Stream};
//!
//! let answer = FallbackAnswer::Static;
//! let mut fallback = Fallback::new(FallbackSettings { answer, permits: 10, fails: 0.0, latency: None, key: 0 });
//! let leave = fallback.leave(Outcome::Failed(Cause::ShortCircuit), |_| Stream::named(1, 0, "fallback"));
//! assert_eq!(leave, Leave::Instead(Substitute::Ready { after: Span::ZERO, fails: false }));
//! fallback.substituted();
//! ```

use archsim_sim::{Span, Stream, mutant};

use super::{FallbackAnswer, FallbackSettings, Leave, Outcome, Substitute};
use crate::record::Cause;

/// A fallback of one calling instance, for calls of one callee.
#[derive(Clone, Debug, PartialEq)]
pub struct Fallback {
    settings: FallbackSettings,
    running: u32,
    /// There is an answer to repeat.
    remembers: bool,
}

impl Fallback {
    /// A fallback that has seen no answer yet.
    pub const fn new(settings: FallbackSettings) -> Self {
        Fallback { settings, running: 0, remembers: false }
    }

    /// Replaces a failure, if a permit is free; other outcomes go on as they came.
    pub fn leave(&mut self, outcome: Outcome, draw: impl FnOnce(u64) -> Stream) -> Leave {
        match outcome {
            Outcome::Success => self.remembers = true,
            Outcome::Failed(Cause::BadRequest) if !mutant!("fallback-hides-bad-requests") => {}
            Outcome::Degraded | Outcome::Abandoned => {}
            Outcome::Failed(_) if self.running < self.settings.permits => {
                self.running += 1;
                return Leave::Instead(self.substitute(draw));
            }
            Outcome::Failed(_) => return Leave::Out(Outcome::Failed(Cause::FallbackRejected)),
        }
        Leave::Out(outcome)
    }

    /// A substitute is there, or has failed: its permit is free.
    pub fn substituted(&mut self) {
        debug_assert!(self.running > 0, "a substitute ended that nobody had asked for");
        self.running -= 1;
    }

    /// Fallbacks that are under way.
    pub const fn running(&self) -> u32 {
        self.running
    }

    /// The coin is the first number of the layer's stream, the latency comes after it.
    fn substitute(&self, draw: impl FnOnce(u64) -> Stream) -> Substitute {
        let FallbackSettings { answer, fails, latency, key, .. } = &self.settings;
        let forgot = match answer {
            FallbackAnswer::Capability => return Substitute::Capability,
            FallbackAnswer::Stale => !self.remembers,
            FallbackAnswer::Omit | FallbackAnswer::Static => false,
        };
        if *fails == 0.0 && latency.is_none() {
            return Substitute::Ready { after: Span::ZERO, fails: forgot };
        }
        let mut stream = draw(*key);
        let unlucky = stream.chance(*fails);
        let after = latency.as_ref().map_or(Span::ZERO, |latency| latency.sample(&mut stream));
        Substitute::Ready { after, fails: forgot || unlucky }
    }
}

#[cfg(test)]
mod tests {
    use archsim_sim::Distribution;

    use super::*;

    fn settings(answer: FallbackAnswer) -> FallbackSettings {
        FallbackSettings { answer, permits: 2, fails: 0.0, latency: None, key: 7 }
    }

    /// Every letter is an outcome (S success, D degraded, F failed, A abandoned) or `s`, a substitute that is
    /// there. The answer has `=` as it came, `+` substituted, `!` a substitute that will fail,
    /// `C` another capability, `R` rejected, `.` a free permit.
    fn check(answer: FallbackAnswer, events: &str, expected: &str) {
        let mut fallback = Fallback::new(settings(answer));
        let ready = |fails| Leave::Instead(Substitute::Ready { after: Span::ZERO, fails });
        let answers = events.chars().map(|event| {
            let outcome = match event {
                'S' => Outcome::Success,
                'D' => Outcome::Degraded,
                'F' => Outcome::Failed(Cause::Timeout),
                'A' => Outcome::Abandoned,
                _ => {
                    fallback.substituted();
                    return '.';
                }
            };
            match fallback.leave(outcome, |_| unreachable!("nothing is left to chance")) {
                Leave::Out(Outcome::Failed(Cause::FallbackRejected)) => 'R',
                Leave::Out(out) if out == outcome => '=',
                Leave::Instead(Substitute::Capability) => 'C',
                leave if leave == ready(false) => '+',
                leave if leave == ready(true) => '!',
                leave => panic!("{leave:?}"),
            }
        });
        assert_eq!(answers.collect::<String>(), expected, "{events}");
    }

    #[test]
    fn only_failures_are_replaced() {
        check(FallbackAnswer::Omit, "SDAF", "===+");
        check(FallbackAnswer::Static, "F", "+");
        check(FallbackAnswer::Capability, "F", "C");
    }

    #[test]
    fn every_cause_is_replaced_but_a_bad_request() {
        for cause in Cause::ALL {
            let mut fallback = Fallback::new(settings(FallbackAnswer::Static));
            let leave = fallback.leave(Outcome::Failed(cause), |_| unreachable!());
            let replaced = matches!(leave, Leave::Instead(_));
            assert_eq!(replaced, cause != Cause::BadRequest, "{cause:?}");
        }
    }

    #[test]
    fn permits_are_held_until_the_substitute_is_there() {
        check(FallbackAnswer::Static, "FFFsFF", "++R.+R");
        check(FallbackAnswer::Capability, "FFFsF", "CCR.C");
    }

    #[test]
    fn a_stale_answer_needs_a_full_one_before() {
        check(FallbackAnswer::Stale, "FsSF", "!.=+");
        check(FallbackAnswer::Stale, "DF", "=!");
    }

    #[test]
    fn chance_decides_whether_it_fails_and_how_long_it_takes() {
        let latency = Some(Distribution::exponential(Span::from_millis(10)));
        let mut fallback =
            Fallback::new(FallbackSettings { fails: 0.3, latency, ..settings(FallbackAnswer::Static) });
        let (mut failed, mut total) = (0, Span::ZERO);
        for number in 0..20_000 {
            let stream = |key| Stream::named(number, key, "fallback");
            match fallback.leave(Outcome::Failed(Cause::Error), stream) {
                Leave::Instead(Substitute::Ready { after, fails }) => {
                    failed += u32::from(fails);
                    total += after;
                }
                leave => panic!("{leave:?}"),
            }
            fallback.substituted();
        }
        assert!((failed as i32 - 6_000).abs() < 300, "{failed}");
        assert!((total.as_secs_f64() / 200.0 - 1.0).abs() < 0.04, "{total}");
    }
}
