//! # Semaphore: a bounded number of calls at once
//!
//! **What goes wrong without it.** The same as without a [thread pool](super::thread_pool): one callee that
//! hangs takes every thread of its caller. A semaphore bounds the calls as well, without threads of its own:
//! cheaper, but the call runs on the caller's thread.
//!
//! ```text
//!          permit free?  --yes--> runs  ---> work really ends: permit free
//!   call --+ wait > 0?   --yes--> waits --^  (the longest-waiting starts)
//!          |                        '--- waited long enough ---> rejected
//!          '             --no---> rejected
//! ```
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `permits` | calls | 10 | `execution.isolation.semaphore.maxConcurrentRequests` |
//! | `wait` | time | none | Hystrix never waits; resilience4j's bulkhead can (`maxWaitDuration`, 0) |
//!
//! Defaults: Netflix/Hystrix, `HystrixCommandProperties.java`.
//!
//! **Pitfalls**
//! * There is no thread to leave behind: a timeout further out cannot free the caller before its own call
//!   returns. Semaphores are for calls that are known to be fast.
//! * Permits come back when the work really ends, not when somebody gives up.
//! * With `wait`, callers hold their threads in line: it turns rejections into latency.
//!
//! ```
//! use archsim_models::policy::{Enter, Semaphore, SemaphoreSettings};
//! use archsim_models::record::Cause;
//!
//! let mut semaphore = Semaphore::new(SemaphoreSettings { permits: 1, ..SemaphoreSettings::default() });
//! assert_eq!(semaphore.enter(), Enter::Pass);
//! assert_eq!(semaphore.enter(), Enter::Refuse(Cause::SemaphoreRejected));
//! ```

use archsim_sim::mutant;

use super::{Ended, Enter, SemaphoreSettings};
use crate::record::Cause;

/// A semaphore of one calling instance, for calls of one callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Semaphore {
    settings: SemaphoreSettings,
    running: u32,
    waiting: u32,
}

impl Semaphore {
    /// A semaphore whose permits are all free.
    pub const fn new(settings: SemaphoreSettings) -> Self {
        Semaphore { settings, running: 0, waiting: 0 }
    }

    /// A permit, a wait for one, or no.
    pub fn enter(&mut self) -> Enter {
        let SemaphoreSettings { permits, wait } = self.settings;
        if self.running < permits + u32::from(mutant!("one-permit-more")) {
            self.running += 1;
            return Enter::Pass;
        }
        if wait.is_zero() {
            return Enter::Refuse(Cause::SemaphoreRejected);
        }
        self.waiting += 1;
        Enter::Wait { at_most: wait }
    }

    /// The work of a call has really ended: its permit is free, or goes to the longest-waiting call.
    pub fn ended(&mut self) -> Ended {
        debug_assert!(self.running > 0, "a permit came back that nobody had");
        if self.waiting > 0 {
            self.waiting -= 1;
            return Ended::StartNext;
        }
        self.running -= 1;
        Ended::Done
    }

    /// A waiting call has waited long enough, or was withdrawn.
    pub fn gave_up(&mut self) -> Cause {
        debug_assert!(self.waiting > 0, "a call gave up that was not waiting");
        self.waiting -= 1;
        Cause::SemaphoreRejected
    }

    /// Permits in use.
    pub const fn running(&self) -> u32 {
        self.running
    }

    /// Calls that wait for a permit.
    pub const fn waiting(&self) -> u32 {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use archsim_sim::Span;

    use super::*;

    /// Every `c` is a call, `e` the end of some work, `g` a waiting call that gives up. The answer has
    /// `P`assed, `W`aiting, `R`ejected, `.` a free permit, `n`ext started, `-` given up.
    fn check(permits: u32, wait_ms: u64, events: &str, expected: &str) {
        let wait = Span::from_millis(wait_ms);
        let mut semaphore = Semaphore::new(SemaphoreSettings { permits, wait });
        let answer = |event| match event {
            'c' => match semaphore.enter() {
                Enter::Pass => 'P',
                Enter::Wait { at_most } if at_most == wait => 'W',
                Enter::Refuse(Cause::SemaphoreRejected) => 'R',
                other => panic!("{other:?}"),
            },
            'e' => match semaphore.ended() {
                Ended::Done => '.',
                Ended::StartNext => 'n',
            },
            _ => {
                assert_eq!(semaphore.gave_up(), Cause::SemaphoreRejected);
                '-'
            }
        };
        assert_eq!(events.chars().map(answer).collect::<String>(), expected, "{events}");
    }

    #[test]
    fn permits_are_counted_and_come_back_at_the_end() {
        check(2, 0, "ccc", "PPR");
        check(2, 0, "cccec", "PPR.P");
        check(0, 0, "c", "R");
    }

    #[test]
    fn calls_wait_where_they_may() {
        check(1, 50, "ccceee", "PWWnn.");
        check(1, 50, "cccgee", "PWW-n.");
        check(1, 50, "ccgec", "PW-.P");
    }
}
