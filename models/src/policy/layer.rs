//! The layers of an onion as data: what a scenario may put around a call, and every default with its source.

use archsim_sim::{Distribution, Span};

/// One layer of an onion.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Another answer in place of a failure.
    Fallback(FallbackSettings),
    /// No calls to what keeps failing.
    Breaker(BreakerSettings),
    /// No waiting beyond a time.
    Timeout(TimeoutSettings),
    /// Another attempt.
    Retry(RetrySettings),
    /// A bounded pool of threads for the calls.
    ThreadPool(ThreadPoolSettings),
    /// A bounded number of calls at once, on the caller's thread.
    Semaphore(SemaphoreSettings),
    /// A bounded number of calls per second.
    RateLimit(RateLimitSettings),
}

/// Settings of a fallback.
#[derive(Clone, Debug, PartialEq)]
pub struct FallbackSettings {
    /// What replaces the answer.
    pub answer: FallbackAnswer,
    /// Fallbacks of one calling instance and callee at once; Hystrix: 10 (`fallback.isolation.semaphore.maxConcurrentRequests`).
    pub permits: u32,
    /// Probability that a fallback fails itself; default 0.
    pub fails: f64,
    /// Time that it takes; default none. Not used by [`FallbackAnswer::Capability`], which takes what it takes.
    pub latency: Option<Distribution>,
    /// Names the draws of this layer.
    pub key: u64,
}

/// What replaces a failed answer.
#[derive(Clone, Debug, PartialEq)]
pub enum FallbackAnswer {
    /// Nothing: the page goes without.
    Omit,
    /// A fixed answer.
    Static,
    /// The last answer this instance got from the callee; fails where there was none.
    Stale,
    /// The answer of another capability; which one is in [`Guard::fallbacks`](crate::plan::Guard::fallbacks).
    Capability,
}

/// Settings of Hystrix's circuit breaker.
/// Defaults: Netflix/Hystrix, `HystrixCommandProperties.java` (commit 7c03bafe).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerSettings {
    /// It opens only at a tick that sees at least this many calls in the window; 20.
    pub volume: u32,
    /// It opens where the truncated error percentage is at least this; 50.
    pub error_percent: u32,
    /// The first trial comes strictly later than this after opening; 5 s.
    pub sleep_window: Span,
    /// Length of the health window; 10 s.
    pub rolling_window: Span,
    /// Health is looked at on a grid of this width, and only there; above zero, and as many of them as fit into
    /// the window make its length; 500 ms.
    pub health_interval: Span,
    /// Always open or always closed, whatever is counted; default neither.
    pub forced: Option<Forced>,
    /// Reproduces Hystrix issue 1853: a short-circuited call that ends while the trial is in flight re-opens
    /// the circuit; default false (the intended behaviour).
    pub bug_1853: bool,
}

/// A breaker that does not decide for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// Rejects every call. Beats [`Forced::Closed`] in Hystrix.
    Open,
    /// Lets every call pass, but counts.
    Closed,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        BreakerSettings {
            volume: 20,
            error_percent: 50,
            sleep_window: Span::from_secs(5),
            rolling_window: Span::from_secs(10),
            health_interval: Span::from_millis(500),
            forced: None,
            bug_1853: false,
        }
    }
}

/// Settings of a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutSettings {
    /// Counted from entering the layer.
    pub after: Span,
    /// Whether the callee is told: its queue place, core and nested calls are given up one network delay later.
    pub cancel: bool,
    /// Whether the callee knows the deadline: it drops the work itself in the queue and between steps.
    pub deadline: bool,
}

/// Settings of a retry.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrySettings {
    /// Attempts in all, the first included; at least 2.
    pub attempts: u32,
    /// Pause before another attempt.
    pub backoff: Backoff,
    /// Which failures are tried again; default: timeout, error, queue-full, refused, reset.
    pub on: Vec<crate::record::Cause>,
    /// What all calls of the instance have for retries together; default: as much as they like.
    pub budget: Option<BudgetSettings>,
    /// Names the draws of this layer.
    pub key: u64,
}

/// What the calls of one instance have for retries together; see [`budget`](super::budget).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BudgetSettings {
    /// Finagle's `RetryBudget` (commit 4feb34c): 10 s, 10/s, 20 %.
    Finagle {
        /// After this a call's deposit is forgotten, and so is what a retry took.
        ttl: Span,
        /// Retries per second that need no deposit.
        reserve: f64,
        /// Retries per call.
        share: f64,
    },
    /// gRPC's retry throttling (proposal A6; its example has 10 tokens and a ratio of 0.1).
    Grpc {
        /// At most so many, and at first; a failure costs one; retries need more than half.
        tokens: f64,
        /// What a success brings.
        ratio: f64,
    },
    /// A token bucket; M. Brooker (2022): 0.1 for each call.
    Bucket {
        /// What a call brings.
        deposit: f64,
        /// At most so many, and at first; a retry costs one.
        capacity: f64,
    },
    /// A breaker of retries only; M. Brooker (2022): 10 %.
    Breaker {
        /// Retries are made while at most this share of attempts has failed.
        failures: f64,
        /// Looked at so far back; 10 s.
        window: Span,
    },
}

/// Pause before retry n = 1, 2, … Formulas: AWS architecture blog "Exponential Backoff And Jitter"
/// (aws-samples/aws-arch-backoff-simulator) with v(n) = min(cap, base·2ⁿ⁻¹).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// At once.
    None,
    /// Always the same.
    Fixed(Span),
    /// v(n).
    Exponential {
        /// Before the first retry.
        base: Span,
        /// At most.
        cap: Span,
    },
    /// v/2 + U(0, v/2).
    EqualJitter {
        /// Before the first retry, on average 3/4 of it.
        base: Span,
        /// At most.
        cap: Span,
    },
    /// U(0, v).
    FullJitter {
        /// Before the first retry, at most.
        base: Span,
        /// At most.
        cap: Span,
    },
    /// s ← min(cap, U(base, 3·s)), s₀ = base.
    DecorrelatedJitter {
        /// At least.
        base: Span,
        /// At most.
        cap: Span,
    },
}

/// Settings of a thread-pool bulkhead. Defaults: Netflix/Hystrix, `HystrixThreadPoolProperties.java`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadPoolSettings {
    /// Threads; 10.
    pub size: u32,
    /// Calls that may wait for a thread; 0 is Hystrix's −1: direct hand-off.
    pub queue: u32,
    /// Waiting calls from which on calls are rejected, looked at first and only if `queue` is not 0; 5.
    pub rejection_threshold: u32,
}

impl Default for ThreadPoolSettings {
    fn default() -> Self {
        ThreadPoolSettings { size: 10, queue: 0, rejection_threshold: 5 }
    }
}

/// Settings of a semaphore bulkhead. Hystrix: 10 permits, no wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemaphoreSettings {
    /// Calls at once; 10.
    pub permits: u32,
    /// How long a call waits for a permit; none.
    pub wait: Span,
}

impl Default for SemaphoreSettings {
    fn default() -> Self {
        SemaphoreSettings { permits: 10, wait: Span::ZERO }
    }
}

/// Settings of a rate limit (token bucket, refilled continuously, full at the start).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimitSettings {
    /// Calls per second.
    pub rate: f64,
    /// Calls at once after a pause; at least 1.
    pub burst: u32,
}
