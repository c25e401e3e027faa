//! # Circuit breaker: no calls to what keeps failing
//!
//! **What goes wrong without it.** A service that hangs makes each of its callers wait until a timeout, call
//! after call, although the last thousand calls have shown how the next one will end. Meanwhile the callers'
//! threads are busy waiting, and the sick service gets no pause in which to recover. A breaker remembers:
//! once enough calls have failed it answers "no" at once, and later lets a single call try whether the
//! service is back.
//!
//! This is Netflix Hystrix's breaker, rule by rule.
//!
//! ```text
//!              tick: total >= volume and errors >= percent
//!   +--------+ ------------------------------------------> +------+
//!   | closed |                                             | open | <--+
//!   +--------+                                             +------+    |
//!       ^                          first call later than       |       |
//!       |                          opening + sleep window      v       |
//!       |          any success                          +-----------+  |
//!       +---------------------------------------------- | half-open | -+
//!                 (the window is emptied)               +-----------+
//!                                          failure, timeout, rejection, abandonment
//! ```
//!
//! * *Closed*: every call passes. Successes and errors are counted in buckets of `health_interval`; when one
//!   closes (a *tick*) and only then, the last `rolling_window` of closed buckets is looked at. A tick comes
//!   before a call that starts or ends at the same instant.
//! * *Open*: every call is refused (`short-circuit`) while now ≤ opening + `sleep_window`.
//! * *Half-open*: one call, the trial, is under way; the others are refused. Any success closes the circuit,
//!   any error opens it again for a full sleep window, also those of calls that passed before it opened.
//!
//! Every failure from inside is an error: timeouts, rejections by bulkheads further in, refused connections.
//! A degraded answer from inside is a success. What the breaker itself refuses is not counted, and neither is
//! a call that a layer further out has abandoned.
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `volume` | calls in the window | 20 | `circuitBreaker.requestVolumeThreshold` |
//! | `error_percent` | %, cut to a whole number | 50 | `circuitBreaker.errorThresholdPercentage` |
//! | `sleep_window` | time | 5 s | `circuitBreaker.sleepWindowInMilliseconds` |
//! | `rolling_window` | time | 10 s | `metrics.rollingStats.timeInMilliseconds` |
//! | `health_interval` | time | 500 ms | `metrics.healthSnapshot.intervalInMilliseconds` |
//! | `forced` | open, closed | neither | `circuitBreaker.forceOpen`, `.forceClosed` |
//! | `bug_1853` | yes, no | no | issue Netflix/Hystrix 1853 |
//!
//! Defaults: Netflix/Hystrix, `HystrixCommandProperties.java`; rules: `HystrixCircuitBreaker.java`,
//! `metric/consumer/HealthCountsStream.java` (commit 7c03bafe).
//!
//! **Pitfalls**
//! * State belongs to the calling instance. Twenty instances with one call a second each never see the
//!   volume of 20 in 10 s as early as one instance with twenty.
//! * Below `volume` nothing ever opens: at 1.9 calls/s all may fail for ever.
//! * Place it outside the timeout. A breaker inside an outer timeout sees abandoned calls, which count for
//!   nothing, and so never learns of a service that hangs.
//! * Inside a retry it sees every attempt, outside only what is left after the last.
//! * A trial that never returns keeps the circuit half-open for ever: there must be a timeout further in.
//! * The real library starts a new grid of ticks when the circuit closes, and the successful trial is the
//!   first call on it. Here the grid is that of the instance's start throughout, and the window is empty.
//!
//! ```
//! use archsim_models::policy::{Breaker, BreakerSettings, Enter, Outcome};
//! use archsim_models::record::Cause;
//! use archsim_sim::{Span, Time};
//!
//! let mut breaker = Breaker::new(BreakerSettings::default(), Time::ZERO);
//! for _ in 0..20 {
//!     assert_eq!(breaker.enter(Time::ZERO), Enter::Pass);
//!     breaker.leave(Time::ZERO, Outcome::Failed(Cause::Timeout));
//! }
//! let tick = Time::ZERO + Span::from_millis(500);
//! assert_eq!(breaker.enter(tick), Enter::Refuse(Cause::ShortCircuit));
//! ```

use archsim_sim::{Time, mutant};

use super::health::{Counts, Health};
use super::{BreakerSettings, Enter, Forced, Leave, Outcome};
use crate::record::Cause;

/// A circuit breaker of one calling instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Breaker {
    settings: BreakerSettings,
    circuit: Circuit,
    health: Health,
}

/// Where a circuit stands, whatever is forced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// Calls pass.
    Closed,
    /// Calls are refused.
    Open {
        /// When it opened.
        since: Time,
    },
    /// One call tries whether the callee is back.
    HalfOpen,
}

impl Breaker {
    /// A closed breaker. `born` is the start of its instance, and the phase of its ticks.
    pub fn new(settings: BreakerSettings, born: Time) -> Self {
        let window = settings.rolling_window * if mutant!("breaker-window-twice") { 2 } else { 1 };
        let health = Health::new(born, window, settings.health_interval);
        Breaker { settings, circuit: Circuit::Closed, health }
    }

    /// Refuses calls while the circuit is open, save the one that becomes the trial.
    pub fn enter(&mut self, now: Time) -> Enter {
        if !self.admits(now) {
            if mutant!("breaker-counts-short-circuits") {
                self.health.count(true);
            }
            return Enter::Refuse(Cause::ShortCircuit);
        }
        if matches!(self.circuit, Circuit::Open { .. }) && self.settings.forced.is_none() {
            self.circuit = Circuit::HalfOpen;
        }
        Enter::Pass
    }

    /// Counts the outcome of a call that passed, and lets it decide a half-open circuit.
    pub fn leave(&mut self, now: Time, outcome: Outcome) -> Leave {
        self.catch_up(now);
        match outcome {
            Outcome::Success | Outcome::Degraded if self.circuit == Circuit::HalfOpen => {
                self.circuit = Circuit::Closed;
                self.health.clear();
            }
            Outcome::Success | Outcome::Degraded => self.health.count(false),
            // No fault of the callee's, and no proof of its health either.
            Outcome::Failed(Cause::BadRequest) | Outcome::Abandoned => self.reopen(now),
            Outcome::Failed(_) => {
                self.health.count(true);
                self.reopen(now);
            }
        }
        Leave::Out(outcome)
    }

    /// A call that this breaker refused is over, its fallback included. Only Hystrix's issue 1853 cares.
    pub fn refused_ended(&mut self, now: Time) {
        if self.settings.bug_1853 {
            self.catch_up(now);
            self.reopen(now);
        }
    }

    /// Whether a call that came now would pass. Asking does not use up the trial.
    pub fn admits(&mut self, now: Time) -> bool {
        self.catch_up(now);
        match (self.settings.forced, self.circuit) {
            (None, Circuit::HalfOpen) if mutant!("breaker-many-trials") => true,
            (Some(Forced::Open), _) | (None, Circuit::HalfOpen) => false,
            (Some(Forced::Closed), _) | (None, Circuit::Closed) => true,
            (None, Circuit::Open { since }) => now > since + self.settings.sleep_window,
        }
    }

    /// The circuit as of now.
    pub fn circuit(&mut self, now: Time) -> Circuit {
        self.catch_up(now);
        self.circuit
    }

    /// What the latest tick saw.
    pub fn health(&mut self, now: Time) -> Counts {
        self.catch_up(now);
        self.health.window()
    }

    /// Takes the decisions of all ticks until `now`, each as of its own time.
    fn catch_up(&mut self, now: Time) {
        while let Some(tick) = self.health.tick(now) {
            if self.circuit == Circuit::Closed && self.is_unhealthy() {
                self.circuit = Circuit::Open { since: tick };
            }
        }
    }

    fn is_unhealthy(&self) -> bool {
        let seen = self.health.window();
        let volume = u64::from(self.settings.volume) + u64::from(mutant!("breaker-volume-one-more"));
        seen.total >= volume && seen.error_percent() >= self.settings.error_percent
    }

    fn reopen(&mut self, now: Time) {
        if self.circuit == Circuit::HalfOpen {
            self.circuit = Circuit::Open { since: now };
        }
    }
}

#[cfg(test)]
mod plain;
#[cfg(test)]
mod tests;
