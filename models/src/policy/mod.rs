//! Call policies: an onion whose order is data.
//!
//! Each call that leaves an instance may pass through layers, outermost first, and its outcome passes back
//! through them. A layer answers questions and does nothing else: it never schedules an event and never sees
//! another layer. The machine that walks calls in and out is [`crate::world`].
//!
//! ```text
//!    call --enter--> [fallback] --> [breaker] --> [timeout] --> [thread pool] --> the callee
//!            <------ [        ] <-- [       ] <-- [       ] <-- [           ] <--leave-- outcome
//!                    [        ]     [       ]     [       ]     [           ] <--ended-- work
//! ```
//!
//! `leave` is asked when an outcome passes, and `ended` when the work inside has *really* ended, which may be
//! much later: a timeout sends an outcome outwards while the work, and the thread or permit that it holds,
//! live on. What those two moments are apart is where most cascades begin.
//!
//! The order decides what a layer sees, and there is no right one for all: a breaker inside a retry counts
//! every attempt, outside only the last; a timeout inside a retry is per attempt, outside for all together.
//! Hystrix's order, outermost first: fallback, breaker, timeout (1 s), thread pool (10), and inside of that
//! the client's own socket timeout. So its breaker counts the pool's rejections, and its timer counts the
//! time in the pool's queue.
//!
//! | layer | answers a call | learns from outcomes | holds until the work ends |
//! |---|---|---|---|
//! | [`fallback`] | passes | replaces failures | a permit, until its substitute is there |
//! | [`breaker`] | refuses while open | health, trial | |
//! | [`timeout`] | passes within a time | | |
//! | [`retry`] | passes | asks for another attempt | |
//! | [`thread_pool`] | passes, waits, refuses | | a thread |
//! | [`semaphore`] | passes, waits, refuses | | a permit |
//! | [`rate_limit`] | refuses over the rate | | |
//!
//! All state belongs to one calling instance and one callee capability.

mod adder;
pub mod breaker;
pub mod budget;
pub mod fallback;
mod health;
pub mod layer;
pub mod rate_limit;
pub mod retry;
pub mod semaphore;
pub mod thread_pool;
pub mod timeout;

#[cfg(test)]
mod walk;

pub use adder::WindowedAdder;
pub use breaker::{Breaker, Circuit};
pub use budget::Budget;
pub use fallback::Fallback;
pub use health::Counts;
pub use layer::*;
pub use rate_limit::RateLimit;
pub use retry::Retry;
pub use semaphore::Semaphore;
pub use thread_pool::ThreadPool;
pub use timeout::Timeout;

use archsim_sim::{Span, Stream, Time};

use crate::record::Cause;

/// What a layer says when a call asks to pass inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enter {
    /// Go on.
    Pass,
    /// Go on, but be back within this time.
    PassWithin(Span),
    /// Wait for a place.
    Wait {
        /// Give up after this time.
        at_most: Span,
    },
    /// No.
    Refuse(Cause),
}

/// What came back from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The full answer.
    Success,
    /// An answer in which something was replaced.
    Degraded,
    /// No answer.
    Failed(Cause),
    /// A layer further out has given up; nobody waits for an answer.
    Abandoned,
}

/// What a layer says when an outcome travels back out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// This is the outcome.
    Out(Outcome),
    /// Try again.
    Again {
        /// After this pause.
        after: Span,
    },
    /// Give this answer in its place.
    Instead(Substitute),
}

/// An answer in place of a failed one. It holds a fallback permit until it is there (`substituted`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitute {
    /// Made up on the spot, after this time.
    Ready {
        /// How long it takes.
        after: Span,
        /// Whether it fails after all.
        fails: bool,
    },
    /// The answer of another capability.
    Capability,
}

/// What a layer says when the work inside it has really ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing more.
    Done,
    /// A place is free: the longest-waiting call may start on it (it is already counted as running).
    StartNext,
}

/// What a layer remembers of one call between its questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Attempts made so far.
    pub attempts: u32,
    /// The last back-off.
    pub backoff: Span,
}

/// One layer of one calling instance, with its state.
#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// Another answer in place of a failure.
    Fallback(Fallback),
    /// No calls to what keeps failing.
    Breaker(Breaker),
    /// No waiting beyond a time.
    Timeout(Timeout),
    /// Another attempt.
    Retry(Retry),
    /// A bounded pool of threads for the calls.
    ThreadPool(ThreadPool),
    /// A bounded number of calls at once, on the caller's thread.
    Semaphore(Semaphore),
    /// A bounded number of calls per second.
    RateLimit(RateLimit),
}

impl Policy {
    /// The layer in its first state. `born` is the start of the calling instance: periodic rules go by a grid
    /// that begins there.
    pub fn new(layer: &Layer, born: Time) -> Policy {
        match layer {
            Layer::Fallback(settings) => Policy::Fallback(Fallback::new(settings.clone())),
            Layer::Breaker(settings) => Policy::Breaker(Breaker::new(*settings, born)),
            Layer::Timeout(settings) => Policy::Timeout(Timeout::new(*settings)),
            Layer::Retry(settings) => Policy::Retry(Retry::new(settings, born)),
            Layer::ThreadPool(settings) => Policy::ThreadPool(ThreadPool::new(*settings)),
            Layer::Semaphore(settings) => Policy::Semaphore(Semaphore::new(*settings)),
            Layer::RateLimit(settings) => Policy::RateLimit(RateLimit::new(*settings, born)),
        }
    }

    /// May this call pass inwards? Asked once per call and layer, and once more for each attempt of a retry
    /// further out. A call that got `Wait` has passed once [`Ended::StartNext`] gives it a place.
    #[inline]
    pub fn enter(&mut self, now: Time, _memory: &mut Memory) -> Enter {
        match self {
            Policy::Fallback(_) => Enter::Pass,
            Policy::Retry(retry) => {
                retry.enter(now);
                Enter::Pass
            }
            Policy::Breaker(breaker) => breaker.enter(now),
            Policy::Timeout(timeout) => timeout.enter(),
            Policy::ThreadPool(pool) => pool.enter(),
            Policy::Semaphore(semaphore) => semaphore.enter(),
            Policy::RateLimit(limit) => limit.enter(now),
        }
    }

    /// What becomes of this outcome on its way out? Asked once for every call that passed, with
    /// [`Outcome::Abandoned`] if a layer further out has given up. `draw` opens the stream of this layer's key
    /// for this call and attempt; `memory` is this call's own.
    #[inline]
    pub fn leave(
        &mut self,
        now: Time,
        outcome: Outcome,
        memory: &mut Memory,
        draw: impl FnOnce(u64) -> Stream,
    ) -> Leave {
        match self {
            Policy::Fallback(fallback) => fallback.leave(outcome, draw),
            Policy::Breaker(breaker) => breaker.leave(now, outcome),
            Policy::Retry(retry) => retry.leave(now, outcome, memory, draw),
            Policy::Timeout(_) | Policy::ThreadPool(_) | Policy::Semaphore(_) | Policy::RateLimit(_) => {
                Leave::Out(outcome)
            }
        }
    }

    /// The work inside has really ended, for a call that passed: what it held comes back. With
    /// [`Ended::StartNext`] the longest-waiting call starts, and counts as running already.
    #[inline]
    pub fn ended(&mut self, _now: Time) -> Ended {
        match self {
            Policy::ThreadPool(pool) => pool.ended(),
            Policy::Semaphore(semaphore) => semaphore.ended(),
            _ => Ended::Done,
        }
    }

    /// A waiting call has waited for `at_most`, or was withdrawn: it waits no longer.
    pub fn gave_up(&mut self, _now: Time) -> Cause {
        match self {
            Policy::ThreadPool(pool) => pool.gave_up(),
            Policy::Semaphore(semaphore) => semaphore.gave_up(),
            _ => unreachable!("only a bulkhead lets a call wait"),
        }
    }

    /// A substitute is there, or has failed: its permit comes back.
    pub fn substituted(&mut self, _now: Time) {
        match self {
            Policy::Fallback(fallback) => fallback.substituted(),
            _ => unreachable!("only a fallback gives a substitute"),
        }
    }

    /// A call that this layer refused is over, with everything that layers further out made of it.
    pub fn refused_ended(&mut self, now: Time) {
        if let Policy::Breaker(breaker) = self {
            breaker.refused_ended(now);
        }
    }
}
