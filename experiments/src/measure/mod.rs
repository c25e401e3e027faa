//! From what a run left behind to numbers: one per replication, and one estimate over all of them.
//!
//! A [`Quantity`] says what is measured, of what, and in which window. Each measure has one *shape*, and the shape
//! decides how replications are put together (see [`interval`](crate::interval)):
//!
//! | measure | in one replication | shape |
//! |---|---|---|
//! | availability | answered in time, degraded included ÷ arrived | share |
//! | degraded | answered in time but degraded ÷ arrived | share |
//! | failed | failed, with whatever cause ÷ arrived; late answers are in neither this nor availability | share |
//! | blast radius | journeys whose availability is below their objective ÷ journeys that were asked for | share |
//! | mean latency | Σ latency ÷ answers, late ones included | ratio |
//! | percentiles | of all answers, late ones included | percentile |
//! | amplification | attempts sent ÷ calls asked for, over remote and guarded call sites | ratio |
//! | wasted work | CPU on answers that nobody waited for ÷ CPU, over the whole measured time | ratio |
//! | goodput | answers in time per second, by the time of the answer | value |
//! | utilisation | cores (a store: servers) busy ÷ there, on average over the window | value |
//! | queue | attempts (a store: operations) waiting, on average over the window | value |
//! | present | requests in flight (of a deployable or store: waiting or in service), on average over the window | value |
//! | waited | had to wait for a thread or server ÷ arrived | share |
//! | mean wait | Σ time before service ÷ those whose wait ended, at once or later | ratio |
//! | abandoned | left the line ÷ those turned away, served, or gone from the line | share |
//! | arrival rate, throughput | arrivals, completions per second | value |
//! | cost | cores and store servers × hours of the window | value |
//!
//! A quantity that an arm does not have, as the amplification of a monolith without remote calls, is not measured:
//! no value is made up for it.

mod flow;
mod lens;
mod samples;

use archsim_models::scenario::{Arm, Measure, Subject, SystemGraph};

use crate::interval::Estimate;
use crate::monte_carlo::Run;

use lens::Lens;

/// What is measured, of what, in which window.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What.
    pub measure: Measure,
    /// Of what.
    pub subject: Subject,
    /// The window's name.
    pub window: String,
}

/// A quantity of one arm over all its replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Over all replications; `None` where the arm does not have the quantity.
    pub estimate: Option<Estimate>,
    /// By replication.
    pub values: Vec<Option<f64>>,
    /// What a share that never varied may still be off by; zero for everything else.
    pub unseen: f64,
}

/// Measures a quantity of one arm.
pub fn measure(
    quantity: &Quantity,
    arm: &Arm,
    graph: &SystemGraph,
    runs: &[Run],
    confidence: f64,
) -> Measured {
    let lens = Lens::of(quantity, arm, graph);
    let Some(samples) = lens.and_then(|lens| lens.samples(runs)) else {
        return Measured { estimate: None, values: vec![None; runs.len()], unseen: 0.0 };
    };
    Measured {
        estimate: samples.estimate(confidence),
        values: samples.values(),
        unseen: samples.unseen(confidence),
    }
}

/// Whether more of it is better.
pub const fn more_is_better(measure: Measure) -> bool {
    matches!(measure, Measure::Availability | Measure::Goodput | Measure::Throughput)
}

/// The fraction that a percentile is about; `None` for every other measure.
pub const fn percentile(measure: Measure) -> Option<f64> {
    match measure {
        Measure::P50 => Some(0.5),
        Measure::P90 => Some(0.9),
        Measure::P99 => Some(0.99),
        Measure::P999 => Some(0.999),
        _ => None,
    }
}

/// The journeys that a subject is about, if it is about journeys.
pub fn journeys(subject: &Subject, graph: &SystemGraph) -> Option<Vec<usize>> {
    let all = 0..graph.journeys.len();
    match subject {
        Subject::All => Some(all.collect()),
        Subject::Journeys(journeys) => Some(journeys.clone()),
        Subject::Unrelated => Some(all.filter(|&journey| graph.unrelated[journey]).collect()),
        Subject::Related => Some(all.filter(|&journey| !graph.unrelated[journey]).collect()),
        Subject::Capability(_) | Subject::Deployable(_) | Subject::Store(_) => None,
    }
}
