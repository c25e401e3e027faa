//! # Thread pool: a bounded number of threads for calls of one callee
//!
//! **What goes wrong without it.** All calls of a service share its threads. When one of its callees hangs,
//! the calls of that callee gather until they hold every thread, and requests that never needed the callee
//! fail as well. A pool of its own is a bulkhead: the callee can take these threads and no more. The caller's
//! thread waits while the pool's works, so a timeout can free the caller although the pool's thread is stuck.
//!
//! ```text
//!           queue > 0 and waiting >= rejection threshold?  --yes--> rejected
//!   call --+ a thread is free?                             --yes--> runs  ---> work really ends: thread free
//!          | waiting < queue?                              --yes--> waits --^  (the longest-waiting starts)
//!          '                                               --no---> rejected
//! ```
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `size` | threads | 10 | `coreSize` |
//! | `queue` | calls | 0 | `maxQueueSize` = −1: direct hand-off, no queue |
//! | `rejection_threshold` | calls | 5 | `queueSizeRejectionThreshold` |
//!
//! Defaults: Netflix/Hystrix, `HystrixThreadPoolProperties.java`; rules: `HystrixThreadPool.java` and
//! `java.util.concurrent.ThreadPoolExecutor` with equal core and maximum sizes. Sizing, by the library's
//! authors: peak rate when healthy × 99th percentile of latency, and some room.
//!
//! **Pitfalls**
//! * A thread comes back when the work *really* ends, not when the caller gives up. A callee that hangs for
//!   30 s behind a timeout of 1 s keeps its pool full for 30 s: rejections, not timeouts, are what callers
//!   see most. That is the bulkhead at work.
//! * The rejection threshold is looked at first, even if a thread is free or the queue has room for more.
//!   A queue longer than the threshold is never used in full; a threshold of 0 rejects every call.
//! * Waiting in the queue counts against a timeout further out. Whoever has timed out keeps the place until
//!   its turn comes, and is then skipped, unless the timeout cancels. (The library's later versions take such
//!   a call out of the queue at once.)
//!
//! ```
//! use archsim_models::policy::{Ended, Enter, ThreadPool, ThreadPoolSettings};
//! use archsim_models::record::Cause;
//!
//! let mut pool = ThreadPool::new(ThreadPoolSettings { size: 1, ..ThreadPoolSettings::default() });
//! assert_eq!(pool.enter(), Enter::Pass);
//! assert_eq!(pool.enter(), Enter::Refuse(Cause::PoolRejected));
//! assert_eq!(pool.ended(), Ended::Done);
//! assert_eq!(pool.enter(), Enter::Pass);
//! ```

use archsim_sim::{Span, mutant};

use super::{Ended, Enter, ThreadPoolSettings};
use crate::record::Cause;

/// A thread pool of one calling instance, for calls of one callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadPool {
    settings: ThreadPoolSettings,
    running: u32,
    waiting: u32,
}

impl ThreadPool {
    /// A pool whose threads are all free.
    pub const fn new(settings: ThreadPoolSettings) -> Self {
        ThreadPool { settings, running: 0, waiting: 0 }
    }

    /// A pool in whose queue `waiting` calls stand although all its threads are free: an executor whose queue
    /// was filled by hand before its first thread was started. No sequence of calls leads there.
    pub const fn with_waiting(settings: ThreadPoolSettings, waiting: u32) -> Self {
        ThreadPool { settings, running: 0, waiting }
    }

    /// A thread, a place in the queue, or no.
    pub fn enter(&mut self) -> Enter {
        let ThreadPoolSettings { size, queue, rejection_threshold } = self.settings;
        if queue > 0 && self.waiting >= rejection_threshold {
            return Enter::Refuse(Cause::PoolRejected);
        }
        if self.running < size {
            self.running += 1;
            return Enter::Pass;
        }
        if self.waiting < queue + u32::from(mutant!("pool-line-one-longer")) {
            self.waiting += 1;
            return Enter::Wait { at_most: Span::FOREVER };
        }
        Enter::Refuse(Cause::PoolRejected)
    }

    /// The work of a call has really ended: its thread is free, or goes to the longest-waiting call.
    pub fn ended(&mut self) -> Ended {
        debug_assert!(self.running > 0, "a thread came back that nobody had");
        if self.waiting > 0 {
            self.waiting -= 1;
            return Ended::StartNext;
        }
        self.running -= 1;
        Ended::Done
    }

    /// A waiting call was withdrawn.
    pub fn gave_up(&mut self) -> Cause {
        debug_assert!(self.waiting > 0, "a call gave up that was not waiting");
        self.waiting -= 1;
        Cause::PoolRejected
    }

    /// Threads at work.
    pub const fn running(&self) -> u32 {
        self.running
    }

    /// Calls that wait for a thread.
    pub const fn waiting(&self) -> u32 {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `c` is a call, `e` the end of some work, `g` a waiting call that gives up. The answer has
    /// `P`assed, `W`aiting, `R`ejected, `.` a free thread, `n`ext started, `-` given up.
    fn check(size: u32, queue: u32, rejection_threshold: u32, events: &str, expected: &str) -> ThreadPool {
        let mut pool = ThreadPool::new(ThreadPoolSettings { size, queue, rejection_threshold });
        let answer = |event| match event {
            'c' => match pool.enter() {
                Enter::Pass => 'P',
                Enter::Wait { at_most } if at_most == Span::FOREVER => 'W',
                Enter::Refuse(Cause::PoolRejected) => 'R',
                other => panic!("{other:?}"),
            },
            'e' => match pool.ended() {
                Ended::Done => '.',
                Ended::StartNext => 'n',
            },
            _ => {
                pool.gave_up();
                '-'
            }
        };
        assert_eq!(events.chars().map(answer).collect::<String>(), expected, "{events}");
        pool
    }

    #[test]
    fn without_a_queue_threads_are_handed_over_or_refused() {
        check(2, 0, 5, "ccc", "PPR");
        check(2, 0, 5, "cccec", "PPR.P");
        check(2, 0, 0, "cc", "PP");
    }

    #[test]
    fn calls_wait_and_start_in_turn() {
        let pool = check(1, 3, 5, "ccccc", "PWWWR");
        assert_eq!((pool.running(), pool.waiting()), (1, 3));
        let pool = check(1, 3, 5, "cccee", "PWWnn");
        assert_eq!((pool.running(), pool.waiting()), (1, 0));
        check(1, 3, 5, "ccceeec", "PWWnn.P");
    }

    #[test]
    fn the_rejection_threshold_comes_first() {
        check(1, 10, 2, "cccc", "PWWR");
        check(1, 10, 0, "c", "R");
        check(1, 2, 5, "cccc", "PWWR");
        let settings = ThreadPoolSettings { size: 1, queue: 10, rejection_threshold: 2 };
        let mut idle = ThreadPool::with_waiting(settings, 2);
        assert_eq!(idle.enter(), Enter::Refuse(Cause::PoolRejected), "though a thread is free");
    }

    #[test]
    fn a_withdrawn_call_leaves_its_place() {
        check(1, 1, 5, "ccgce", "PW-Wn");
        check(1, 1, 5, "ccge", "PW-.");
    }
}
