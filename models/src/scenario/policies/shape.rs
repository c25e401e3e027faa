//! What may stand under `calls`, with every default and its source.

use crate::scenario::common::{
    COUNT, COUNT_ZERO, DISTRIBUTION, FLAG, NAME, NUMBER, RATE, RATE_ABOVE, SHARE, SHARE_ABOVE, SPAN,
    SPAN_ABOVE,
};
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{
    Choice, Items, Names, Record, Shape, bare, default, optional, required, variant, word,
};

/// `calls`.
pub static CALLS: Shape = Shape::Map(&Names {
    noun: "edge",
    of: &LAYERS,
    general: Some("default"),
    edges: true,
    may_be_empty: true,
});
static LAYERS: Shape = Shape::List(&Items { noun: "a policy", of: &LAYER, or_one: false, min: 0 });
/// A policy.
pub static LAYER: Shape = Shape::Choice(&Choice {
    noun: "a policy",
    plain: None,
    variants: &[
        variant("fallback", &Shape::Record(&FALLBACK), "another answer in place of a failure"),
        bare("retry", &Shape::Record(&RETRY), "another attempt"),
        bare("breaker", &BREAKER, "no calls to what keeps failing: Hystrix's circuit breaker"),
        variant("timeout", &TIMEOUT, "no waiting beyond a time"),
        bare("thread-pool", &THREAD_POOL, "a bounded pool of threads for the calls: Hystrix's bulkhead"),
        bare(
            "semaphore",
            &Shape::Record(&SEMAPHORE),
            "a bounded number of calls at once, on the caller's thread",
        ),
        variant("rate-limit", &Shape::Record(&RATE_LIMIT), "a bounded number of calls per second"),
        variant("preset", &PRESET, "the policies of a library with its defaults"),
    ],
});

static FALLBACK: Record = Record::new(
    "a fallback",
    &[
        optional(
            "answer",
            &ANSWER,
            "`capability` says it",
            "What replaces the answer: omit, static or stale.",
        ),
        optional("capability", &NAME, "`answer` says it", "A capability that answers instead."),
        default(
            "permits",
            &COUNT,
            "10",
            "Hystrix fallback.isolation.semaphore.maxConcurrentRequests",
            "Fallbacks at once, per calling instance.",
        ),
        default("fails", &SHARE, "0%", "made-up answers do not fail", "How often the fallback fails itself."),
        optional("latency", &DISTRIBUTION, "no time at all", "How long the fallback takes."),
    ],
)
.or_short("answer")
.exactly_one(&[&["answer", "capability"]]);
static ANSWER: Shape = Shape::Scalar(Scalar::Words(&["omit", "static", "stale"]));

static RETRY: Record = Record::new(
    "a retry",
    &[
        default(
            "attempts",
            &Shape::Scalar(Scalar::Count { min: 2 }),
            "3",
            "resilience4j maxAttempts",
            "Attempts in all, the first included.",
        ),
        default(
            "backoff",
            &BACKOFF,
            "{ fixed: 500ms }",
            "resilience4j waitDuration",
            "Pause before another attempt.",
        ),
        default(
            "on",
            &CAUSES,
            "[timeout, error, queue-full, refused, reset]",
            "what another attempt can mend",
            "Failures that are tried again.",
        ),
        optional(
            "budget",
            &BUDGET,
            "every failure may be tried again",
            "What all calls of an instance have for retries together.",
        ),
    ],
)
.or_short("attempts");
static CAUSE_NAMES: &[&str] = &[
    "timeout",
    "error",
    "queue-full",
    "refused",
    "reset",
    "short-circuit",
    "pool-rejected",
    "semaphore-rejected",
    "rate-limited",
    "no-connection",
    "store-out",
    "lock-timeout",
    "deadlock",
    "conflict",
    "deadline",
];
static CAUSES: Shape = Shape::List(&Items {
    noun: "a cause of failure",
    of: &Shape::Scalar(Scalar::Words(CAUSE_NAMES)),
    or_one: true,
    min: 1,
});
static BUDGET: Shape = Shape::Choice(&Choice {
    noun: "a retry budget",
    plain: None,
    variants: &[
        bare("finagle", &FINAGLE, "a share of the calls and a reserve, forgotten after a while"),
        bare("grpc", &GRPC, "tokens that failures cost and successes bring"),
        bare("bucket", &BUCKET, "tokens that calls bring and retries cost"),
        bare("breaker", &RETRY_BREAKER, "no retries while too many attempts fail"),
    ],
});
static FINAGLE: Shape = Shape::Record(&Record::new(
    "Finagle's retry budget",
    &[
        default("ttl", &SPAN_ABOVE, "10s", "Finagle RetryBudget", "For how long calls and retries count."),
        default("reserve", &RATE, "10/s", "Finagle minRetriesPerSec", "Retries that need no calls."),
        default("share", &SHARE, "20%", "Finagle percentCanRetry", "Retries per call."),
    ],
));
static GRPC: Shape = Shape::Record(&Record::new(
    "gRPC's retry throttle",
    &[
        default(
            "tokens",
            &NUMBER,
            "10",
            "the example of proposal A6",
            "At most, and at first; retries need more than half.",
        ),
        default(
            "ratio",
            &NUMBER,
            "0.1",
            "the example of proposal A6",
            "What a success brings; a failure costs 1.",
        ),
    ],
));
static BUCKET: Shape = Shape::Record(&Record::new(
    "a bucket of retries",
    &[
        default("deposit", &NUMBER, "0.1", "M. Brooker (2022)", "What a call brings; a retry costs 1."),
        default("capacity", &NUMBER, "10", "assumed", "At most, and at first."),
    ],
));
static RETRY_BREAKER: Shape = Shape::Record(&Record::new(
    "a breaker of retries",
    &[
        default(
            "failures",
            &SHARE_ABOVE,
            "10%",
            "M. Brooker (2022)",
            "Retries are made while no larger share of attempts fails.",
        ),
        default("window", &SPAN_ABOVE, "10s", "assumed", "How far back it looks."),
    ],
));
/// A pause before another attempt.
pub static BACKOFF: Shape = Shape::Choice(&Choice {
    noun: "a back-off",
    plain: None,
    variants: &[
        word("none", "at once"),
        variant("fixed", &SPAN_ABOVE, "always the same"),
        variant("exponential", &GROWING, "doubled each time, up to the cap"),
        variant("equal-jitter", &GROWING, "half of it, plus a random half"),
        variant("full-jitter", &GROWING, "anything from zero up to it"),
        variant("decorrelated-jitter", &GROWING, "random between the base and three times the last one"),
    ],
});
static GROWING: Shape = Shape::Record(&Record::new(
    "a growing back-off",
    &[required("base", &SPAN_ABOVE, "Before the first retry."), required("cap", &SPAN_ABOVE, "At most.")],
));

static BREAKER: Shape = Shape::Record(&Record::new(
    "a breaker",
    &[
        default(
            "volume",
            &COUNT,
            "20",
            "Hystrix requestVolumeThreshold",
            "It opens only where at least so many calls are in the window.",
        ),
        default(
            "errors",
            &SHARE_ABOVE,
            "50%",
            "Hystrix errorThresholdPercentage",
            "It opens at this share of errors; whole percents.",
        ),
        default(
            "sleep-window",
            &SPAN_ABOVE,
            "5s",
            "Hystrix sleepWindowInMilliseconds",
            "How long it stays open before a trial.",
        ),
        default(
            "rolling-window",
            &SPAN_ABOVE,
            "10s",
            "Hystrix rollingStats.timeInMilliseconds",
            "Length of the window of health.",
        ),
        default(
            "health-interval",
            &SPAN_ABOVE,
            "500ms",
            "Hystrix healthSnapshot.intervalInMilliseconds",
            "How often it looks at the window.",
        ),
        optional(
            "forced",
            &Shape::Scalar(Scalar::Words(&["open", "closed"])),
            "it decides for itself",
            "Always open, or always closed.",
        ),
        default(
            "bug-1853",
            &FLAG,
            "false",
            "the intended behaviour",
            "Whether Hystrix's issue 1853 is reproduced.",
        ),
    ],
));
static TIMEOUT: Shape = Shape::Record(
    &Record::new(
        "a timeout",
        &[
            required("after", &SPAN_ABOVE, "Counted from entering this layer."),
            default(
                "cancel",
                &TOLD,
                "none",
                "HTTP/1 servers are not told",
                "Whether the callee is told, and gives the work up.",
            ),
            default(
                "deadline",
                &TOLD,
                "none",
                "HTTP/1 servers are not told",
                "Whether the callee knows the deadline, and drops late work itself.",
            ),
        ],
    )
    .or_short("after"),
);
static TOLD: Shape = Shape::Scalar(Scalar::Words(&["none", "propagates"]));
static THREAD_POOL: Shape = Shape::Record(
    &Record::new(
        "a thread pool",
        &[
            default("size", &COUNT, "10", "Hystrix coreSize", "Threads, per calling instance."),
            default(
                "queue",
                &COUNT_ZERO,
                "0",
                "Hystrix maxQueueSize -1: direct hand-off",
                "Calls that may wait for a thread.",
            ),
            default(
                "rejection-threshold",
                &COUNT,
                "5",
                "Hystrix queueSizeRejectionThreshold",
                "Waiting calls from which on calls are rejected, if there is a queue.",
            ),
        ],
    )
    .or_short("size"),
);
static SEMAPHORE: Record = Record::new(
    "a semaphore",
    &[
        default(
            "permits",
            &COUNT,
            "10",
            "Hystrix execution.isolation.semaphore.maxConcurrentRequests",
            "Calls at once, per calling instance.",
        ),
        default("wait", &SPAN, "0s", "Hystrix rejects at once", "How long a call waits for a permit."),
    ],
)
.or_short("permits");
static RATE_LIMIT: Record = Record::new(
    "a rate limit",
    &[
        required("rate", &RATE_ABOVE, "Calls per second, per calling instance."),
        default("burst", &COUNT, "1", "no burst unless said", "Calls at once after a pause."),
    ],
)
.or_short("rate");

/// What may stand under `preset`.
pub static PRESET: Shape = Shape::Choice(&Choice {
    noun: "a preset",
    plain: None,
    variants: &[bare(
        "hystrix-1.5",
        &Shape::Record(&HYSTRIX),
        "breaker, timeout, thread pool, and the socket's own timeout inside it",
    )],
});
static HYSTRIX: Record = Record::new(
    "Hystrix 1.5",
    &[
        default("breaker", &BREAKER, "{}", "Hystrix 1.5", "Its circuit breaker."),
        default(
            "timeout",
            &TIMEOUT,
            "1s",
            "Hystrix execution.isolation.thread.timeoutInMilliseconds",
            "Its timer, which counts the pool's queue.",
        ),
        default("thread-pool", &THREAD_POOL, "10", "Hystrix coreSize", "Its thread pool."),
        default(
            "socket",
            &TIMEOUT,
            "30s",
            "assumed: the client's socket timeout",
            "How long a pool's thread waits at most.",
        ),
    ],
);
