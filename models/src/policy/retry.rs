//! # Retry: another attempt
//!
//! **What goes wrong without it.** One lost message, one instance that restarts, and a user sees an error
//! although the instance next door would have answered. Where failures are rare and independent, a second
//! attempt turns a failure rate p into p².
//!
//! ```text
//!   attempt --failed, cause in `on`, attempts left--> back-off --> attempt ...
//!      |                                                             |
//!      +-- success, degraded, other cause, none left --> out <-------+
//! ```
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `attempts` | calls, the first included | none: say how many | resilience4j counts the same way |
//! | `backoff` | pause before retry n = 1, 2, … | none: say which | AWS architecture blog, *Exponential Backoff And Jitter* |
//! | `on` | causes | timeout, error, queue-full, refused, reset | ours |
//! | `budget` | [a budget](super::budget) shared by all calls of the instance | none | |
//!
//! With v(n) = min(cap, base·2ⁿ⁻¹) the pauses are: `none` 0; `fixed` always the same; `exponential` v;
//! `equal-jitter` v/2 + U(0, v/2); `full-jitter` U(0, v); `decorrelated-jitter` s ← min(cap, U(base, 3s)),
//! where s is the last pause, at first `base`. Every pause is made from the layer's stream for this call and
//! attempt, so that the same request pauses alike in every arm.
//!
//! **Pitfalls**
//! * Retries multiply: three layers of three attempts make 27 calls of the last service, just when it is
//!   overloaded. Retry in one layer only, and nearest the user.
//! * Without jitter the clients that failed together come back together.
//! * The caller's thread is held through the back-off.
//! * What a timeout has given up may well have happened. This layer repeats it all the same: a real system
//!   needs idempotent calls.
//! * Inside a timeout all attempts share its time; outside of it each attempt has its own.
//! * Hystrix has no retry.
//!
//! ```
//! use archsim_models::policy::{Backoff, Leave, Memory, Outcome, Retry, RetrySettings};
//! use archsim_models::record::Cause;
//! use archsim_sim::{Span, Stream, Time};
//!
//! let backoff = Backoff::Exponential { base: Span::from_millis(50), cap: Span::from_secs(1) };
//! let settings = RetrySettings { attempts: 3, backoff, on: vec![Cause::Reset], budget: None, key: 0 };
//! let mut retry = Retry::new(&settings, Time::ZERO);
//! let (mut memory, reset) = (Memory::default(), Outcome::Failed(Cause::Reset));
//! let mut reset = || retry.leave(Time::ZERO, reset, &mut memory, |_| Stream::named(1, 0, "jitter"));
//! assert_eq!(reset(), Leave::Again { after: Span::from_millis(50) });
//! assert_eq!(reset(), Leave::Again { after: Span::from_millis(100) });
//! assert_eq!(reset(), Leave::Out(Outcome::Failed(Cause::Reset)));
//! ```

use archsim_sim::{Span, Stream, Time, mutant};

use super::{Backoff, Budget, Leave, Memory, Outcome, RetrySettings};
use crate::record::Cause;

/// A retry of one calling instance. All that it knows is in its settings, in the memory of each call, and in its
/// budget if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    attempts: u32,
    backoff: Backoff,
    /// Bit c: a failure of cause c is tried again.
    on: u32,
    budget: Option<Budget>,
    key: u64,
}

const _: () = assert!(Cause::COUNT <= u32::BITS as usize, "every cause needs a bit");

impl Retry {
    /// A retry by these settings, of an instance that starts at `born`.
    pub fn new(settings: &RetrySettings, born: Time) -> Self {
        let on = settings.on.iter().fold(0, |bits, cause| bits | bit(*cause));
        let budget = settings.budget.map(|settings| Budget::new(&settings, born));
        Retry { attempts: settings.attempts, backoff: settings.backoff, on, budget, key: settings.key }
    }

    /// A call comes for the first time.
    pub fn enter(&mut self, now: Time) {
        if let Some(budget) = &mut self.budget {
            budget.called(now);
        }
    }

    /// An attempt has come back: counts it in the call's memory, and asks for another one where that may help.
    pub fn leave(
        &mut self,
        now: Time,
        outcome: Outcome,
        memory: &mut Memory,
        draw: impl FnOnce(u64) -> Stream,
    ) -> Leave {
        memory.attempts += 1;
        match outcome {
            Outcome::Failed(cause) if self.on & bit(cause) != 0 && self.may_retry(now, memory) => {
                memory.backoff = self.backoff.pause(memory.attempts, memory.backoff, self.key, draw);
                Leave::Again { after: memory.backoff }
            }
            _ => {
                if let (Some(budget), Outcome::Success | Outcome::Degraded) = (&mut self.budget, outcome) {
                    budget.succeeded(now);
                }
                Leave::Out(outcome)
            }
        }
    }

    /// Whether a failed attempt may be followed by another one; the budget pays for it if so.
    fn may_retry(&mut self, now: Time, memory: &Memory) -> bool {
        let left = memory.attempts < self.attempts + u32::from(mutant!("retry-once-more"));
        let Some(budget) = &mut self.budget else { return left };
        budget.failed(now);
        left && (budget.allows_retry(now) || mutant!("budget-never-spent"))
    }
}

impl Backoff {
    /// The pause before retry n, where n attempts have been made and the last pause was so long.
    pub fn pause(self, attempts: u32, last: Span, key: u64, draw: impl FnOnce(u64) -> Stream) -> Span {
        let retry = if mutant!("back-off-never-grows") { 1 } else { attempts };
        let between = |low: Span, high: Span| {
            let width = high.saturating_sub(low);
            low + width.scaled(draw(key).unit())
        };
        match self {
            Backoff::None => Span::ZERO,
            Backoff::Fixed(_) if mutant!("back-off-forgotten") => Span::ZERO,
            Backoff::Fixed(pause) => pause,
            Backoff::Exponential { base, cap } => doubled(base, cap, retry),
            Backoff::EqualJitter { base, cap } => {
                let most = doubled(base, cap, retry);
                between(most.scaled(0.5), most)
            }
            Backoff::FullJitter { base, cap } => between(Span::ZERO, doubled(base, cap, retry)),
            Backoff::DecorrelatedJitter { base, cap } => {
                let last = last.max(base);
                between(base, last * 3).min(cap)
            }
        }
    }
}

const fn bit(cause: Cause) -> u32 {
    1 << cause as u32
}

/// v(n) = min(cap, base·2ⁿ⁻¹).
fn doubled(base: Span, cap: Span, retry: u32) -> Span {
    let factor = 1_u64.checked_shl(retry.saturating_sub(1)).unwrap_or(u64::MAX);
    (base * factor).min(cap)
}

#[cfg(test)]
mod tests {
    use archsim_sim::Key;

    use super::*;

    const MILLI: f64 = 1e6;

    fn millis(millis: u64) -> Span {
        Span::from_millis(millis)
    }

    fn retry(attempts: u32, backoff: Backoff) -> Retry {
        let on = vec![Cause::Error, Cause::Timeout];
        Retry::new(&RetrySettings { attempts, backoff, on, budget: None, key: 7 }, Time::ZERO)
    }

    /// The stream of attempt `attempt` of call `number`.
    fn stream(number: u64, attempt: u64) -> impl FnOnce(u64) -> Stream {
        move |layer| Stream::keyed(Key::new(number, layer).with(attempt))
    }

    /// Every letter is the outcome of one attempt (S success, D degraded, E error, T timeout, R reset,
    /// A abandoned); the answer says what became of the call, and after how many attempts.
    fn check(attempts: u32, outcomes: &str, expected: &str) {
        let mut retry = retry(attempts, Backoff::None);
        let mut memory = Memory::default();
        for letter in outcomes.chars() {
            let outcome = match letter {
                'S' => Outcome::Success,
                'D' => Outcome::Degraded,
                'E' => Outcome::Failed(Cause::Error),
                'T' => Outcome::Failed(Cause::Timeout),
                'R' => Outcome::Failed(Cause::Reset),
                _ => Outcome::Abandoned,
            };
            if let Leave::Out(out) = retry.leave(Time::ZERO, outcome, &mut memory, stream(1, 0)) {
                assert_eq!(out, outcome);
                assert_eq!(format!("out {}", memory.attempts), expected, "{outcomes}");
                return;
            }
        }
        assert_eq!("again", expected, "{outcomes}");
    }

    #[test]
    fn it_tries_again_until_success_or_the_last_attempt() {
        check(3, "S", "out 1");
        check(3, "E", "again");
        check(3, "ES", "out 2");
        check(3, "ET", "again");
        check(3, "ETE", "out 3");
        check(2, "ETE", "out 2");
    }

    #[test]
    fn only_the_causes_asked_for_are_tried_again() {
        check(3, "R", "out 1");
        check(3, "ER", "out 2");
    }

    #[test]
    fn neither_a_degraded_answer_nor_an_abandoned_call_is_tried_again() {
        check(3, "D", "out 1");
        check(3, "A", "out 1");
        check(3, "EA", "out 2");
    }

    /// The pauses before retries 1, 2, … of call `number`.
    fn pauses(backoff: Backoff, retries: u32, number: u64) -> Vec<Span> {
        let mut retry = retry(retries + 1, backoff);
        let mut memory = Memory::default();
        let failed = Outcome::Failed(Cause::Error);
        let mut pause = |attempt| match retry.leave(Time::ZERO, failed, &mut memory, stream(number, attempt))
        {
            Leave::Again { after } => after,
            other => panic!("{other:?}"),
        };
        (0..u64::from(retries)).map(&mut pause).collect()
    }

    /// The mean pause before each retry over many calls, in milliseconds.
    fn means(backoff: Backoff, retries: u32) -> Vec<f64> {
        const CALLS: u64 = 20_000;
        let mut sums = vec![0.0; retries as usize];
        for number in 0..CALLS {
            for (sum, pause) in sums.iter_mut().zip(pauses(backoff, retries, number)) {
                *sum += pause.as_nanos() as f64 / MILLI;
            }
        }
        sums.iter().map(|sum| sum / CALLS as f64).collect()
    }

    fn assert_close(means: &[f64], expected: &[f64]) {
        assert_eq!(means.len(), expected.len());
        for (mean, expected) in means.iter().zip(expected) {
            assert!((mean / expected - 1.0).abs() < 0.02, "{means:?}");
        }
    }

    #[test]
    fn pauses_without_chance() {
        assert_eq!(pauses(Backoff::None, 2, 1), [Span::ZERO; 2]);
        assert_eq!(pauses(Backoff::Fixed(millis(7)), 2, 1), [millis(7); 2]);
        let exponential = Backoff::Exponential { base: millis(10), cap: millis(35) };
        assert_eq!(pauses(exponential, 4, 1), [millis(10), millis(20), millis(35), millis(35)]);
        let long = Backoff::Exponential { base: millis(10), cap: millis(2_000) };
        assert_eq!(pauses(long, 80, 1)[79], millis(2_000), "no overflow");
    }

    #[test]
    fn t_jit_1_full_jitter_is_half_of_v_on_average() {
        let full = Backoff::FullJitter { base: millis(10), cap: millis(2_000) };
        let means = means(full, 9);
        assert_close(&means[..3], &[5.0, 10.0, 20.0]);
        assert_close(&means[7..], &[640.0, 1_000.0]);
    }

    #[test]
    fn t_jit_2_equal_jitter_is_three_quarters_of_v_on_average() {
        let equal = Backoff::EqualJitter { base: millis(10), cap: millis(2_000) };
        assert_close(&means(equal, 3), &[7.5, 15.0, 30.0]);
        let least = (0..1_000).map(|number| pauses(equal, 1, number)[0]).min();
        assert!(least >= Some(millis(5)) && least < Some(Span::from_micros(5_050)), "{least:?}");
    }

    #[test]
    fn t_jit_3_decorrelated_jitter_grows_from_the_last_pause() {
        let decorrelated = Backoff::DecorrelatedJitter { base: millis(10), cap: millis(100_000) };
        assert_close(&means(decorrelated, 4), &[20.0, 35.0, 57.5, 91.25]);
        let capped = Backoff::DecorrelatedJitter { base: millis(10), cap: millis(40) };
        let all = (0..200).flat_map(|number| pauses(capped, 6, number));
        assert!(all.into_iter().all(|pause| pause >= millis(10) && pause <= millis(40)));
    }

    #[test]
    fn the_pauses_of_one_call_differ_and_can_be_asked_again() {
        let full = Backoff::FullJitter { base: millis(100), cap: millis(100) };
        let first = pauses(full, 3, 5);
        assert!(first[0] != first[1] && first[1] != first[2], "{first:?}");
        assert_eq!(first, pauses(full, 3, 5));
    }

    /// A tenth of a token for a call, one for a retry: in the long run one call in ten is tried again.
    #[test]
    fn a_budget_is_shared_by_all_calls() {
        const CALLS: u32 = 10_000;
        let budget = Some(super::super::BudgetSettings::Bucket { deposit: 0.1, capacity: 5.0 });
        let on = vec![Cause::Error];
        let settings = RetrySettings { attempts: 9, backoff: Backoff::None, on, budget, key: 7 };
        let mut retry = Retry::new(&settings, Time::ZERO);
        let mut attempts = 0;
        for _ in 0..CALLS {
            let (mut memory, failed) = (Memory::default(), Outcome::Failed(Cause::Error));
            retry.enter(Time::ZERO);
            while retry.leave(Time::ZERO, failed, &mut memory, stream(0, 0)) != Leave::Out(failed) {}
            attempts += memory.attempts;
        }
        // Five tokens were there at the start; the first call's own deposit was too much for the bucket.
        assert!((11_004..=11_005).contains(&attempts), "{attempts}");
    }

    /// T-RET-1: with half of all attempts failing, three attempts make 1.75 on average, and one call in eight fails.
    #[test]
    fn t_ret_1() {
        const CALLS: u64 = 40_000;
        let mut retry = retry(3, Backoff::None);
        let mut coin = Stream::named(9, 0, "coin");
        let (mut attempts, mut failed) = (0, 0);
        for _ in 0..CALLS {
            let mut memory = Memory::default();
            let out = loop {
                let outcome = if coin.chance(0.5) { Outcome::Failed(Cause::Error) } else { Outcome::Success };
                if let Leave::Out(out) = retry.leave(Time::ZERO, outcome, &mut memory, stream(0, 0)) {
                    break out;
                }
            };
            attempts += u64::from(memory.attempts);
            failed += u64::from(out != Outcome::Success);
        }
        assert_close(&[attempts as f64 / CALLS as f64], &[1.75]);
        assert!((failed as f64 / CALLS as f64 - 0.125).abs() < 0.005);
    }
}
