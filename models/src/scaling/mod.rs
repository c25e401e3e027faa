//! Autoscalers: how many instances there should be, asked once a period. They answer and never act.
//!
//! | file | what it answers |
//! |---|---|
//! | [`replicas`](mod@replicas) | how many a metric asks for (Kubernetes' replica calculator) |
//! | [`behaviour`](mod@behaviour) | how fast that may be followed, and how long a lower wish must last |
//! | [`hpa`](mod@hpa) | the `HorizontalPodAutoscaler`'s reconciliation: both, for several metrics at once |
//! | [`tracking`](mod@tracking) | AWS target tracking: alarms, warm-up, cautious scale-in |
//! | [`steps`](mod@steps) | AWS step scaling |
//!
//! Boundary comparators, truncations and roundings are those of the originals; their own test cases run against this
//! very code (`cargo test --test conformance`).

pub mod behaviour;
pub mod hpa;
pub mod replicas;
pub mod steps;
pub mod tracking;
