//! The same breaker once more, written as plainly as it can be, and a comparison of both on random calls.
//!
//! It has a real tick every `health_interval`, keeps every outcome with its time, and counts them anew at each
//! tick; so it shares no idea of the other but the rules.

use archsim_sim::{Span, Stream};

use super::*;

/// A breaker that is told of each instant.
struct Plain {
    settings: BreakerSettings,
    circuit: Circuit,
    /// Time and error, of every outcome since the window was last emptied.
    outcomes: Vec<(Time, bool)>,
}

impl Plain {
    fn tick(&mut self, now: Time) {
        let (width, window) =
            (self.settings.health_interval.as_nanos(), self.settings.rolling_window.as_nanos());
        let from = now.as_nanos().saturating_sub(window / width * width);
        let seen = || self.outcomes.iter().filter(|(at, _)| at.as_nanos() >= from && *at < now);
        let (total, errors) = (seen().count(), seen().filter(|(_, error)| *error).count());
        // 100·errors / total ≥ percent, in whole numbers; at the percentages used here no double rounds otherwise.
        let unhealthy = total > 0 && 100 * errors >= self.settings.error_percent as usize * total;
        if self.circuit == Circuit::Closed && total >= self.settings.volume as usize && unhealthy {
            self.circuit = Circuit::Open { since: now };
        }
    }

    fn enter(&mut self, now: Time) -> bool {
        match self.circuit {
            Circuit::Closed => true,
            Circuit::HalfOpen => false,
            Circuit::Open { since } => {
                let passes = now.since(since) > self.settings.sleep_window;
                if passes {
                    self.circuit = Circuit::HalfOpen;
                }
                passes
            }
        }
    }

    fn leave(&mut self, now: Time, outcome: Outcome) {
        let half_open = self.circuit == Circuit::HalfOpen;
        match outcome {
            Outcome::Success | Outcome::Degraded if half_open => {
                self.circuit = Circuit::Closed;
                self.outcomes.clear();
                return;
            }
            Outcome::Abandoned => {}
            outcome => self.outcomes.push((now, matches!(outcome, Outcome::Failed(_)))),
        }
        if half_open && !matches!(outcome, Outcome::Success | Outcome::Degraded) {
            self.circuit = Circuit::Open { since: now };
        }
    }
}

/// Random calls of random length, with busy and silent times, at whole and half ticks as often as between them.
fn compare(number: u64) {
    let mut dice = Stream::named(1, number, "breakers");
    let settings = BreakerSettings {
        volume: 1 + dice.below(8),
        error_percent: [25, 50, 75, 100][dice.below(4) as usize],
        sleep_window: Span::from_millis(u64::from(50 * dice.below(40))),
        rolling_window: Span::from_millis(u64::from(100 + 50 * dice.below(20))),
        health_interval: Span::from_millis(100),
        ..BreakerSettings::default()
    };
    let mut breaker = Breaker::new(settings, Time::ZERO);
    let mut plain = Plain { settings, circuit: Circuit::Closed, outcomes: Vec::new() };
    let (mut under_way, mut busy, mut sick) = (0, true, true);
    for step in 0..2_000 {
        let now = Time::ZERO + Span::from_millis(50) * step;
        if step > 0 && step % 2 == 0 {
            plain.tick(now);
        }
        busy ^= dice.chance(0.02);
        sick ^= dice.chance(0.05);
        for _ in 0..if busy { dice.below(4) } else { 0 } {
            if under_way > 0 && dice.chance(0.5) {
                under_way -= 1;
                let failed = Outcome::Failed(Cause::Error);
                let outcome = if dice.chance(0.05) {
                    Outcome::Abandoned
                } else if dice.chance(if sick { 0.8 } else { 0.1 }) {
                    failed
                } else {
                    Outcome::Success
                };
                plain.leave(now, outcome);
                breaker.leave(now, outcome);
            } else {
                let passes = plain.enter(now);
                under_way += u32::from(passes);
                assert_eq!(breaker.enter(now) == Enter::Pass, passes, "breakers {number} at {now}");
            }
        }
        if dice.chance(0.1) {
            assert_eq!(breaker.circuit(now), plain.circuit, "breakers {number} at {now}");
        }
    }
}

#[test]
fn it_agrees_with_the_plain_one_on_random_calls() {
    (0..300).for_each(compare);
}
