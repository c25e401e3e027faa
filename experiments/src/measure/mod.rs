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
//! | CPU utilisation | a store's cores busy ÷ there, on average over the window; of the most loaded one, if none is named | value |
//! | lock queue | operations waiting for a lock, on average over the window; without a store of all of them | value |
//! | mean lock wait | Σ time before a lock is there ÷ locks that were waited for, or taken at once | ratio |
//! | deadlocks, conflicts | operations that failed so within the window | value |
//! | queue | attempts (a store: operations) waiting, on average over the window | value |
//! | present | requests in flight (of a deployable or store: waiting or in service), on average over the window | value |
//! | waited | had to wait for a thread or server ÷ arrived | share |
//! | mean wait | Σ time before service ÷ those whose wait ended, at once or later | ratio |
//! | abandoned | left the line ÷ those turned away, served, or gone from the line | share |
//! | store load | operations asked for ÷ seconds ÷ reads that the servers can do in a second | value |
//! | arrival rate, throughput | arrivals, completions per second | value |
//! | up, instances | instances whose process is up; those that are paid for; on average over the window | value |
//! | nodes, pending | nodes that are paid for; instances that wait for one; on average over the window | value |
//! | cost | cores and store servers × hours of the window; of scaled deployables, and of nodes, while they are paid for | value |
//! | unavailability | not answered in time ÷ arrived | share |
//! | budget spent | not answered in time ÷ (arrived × (1 − objective)) | ratio |
//! | slower | answers that took longer ÷ answers | share |
//! | requests | arrived | value |
//! | queue, present at an instant | so many then | value |
//! | in state | time in the state ÷ time of the window; at an instant: whether it is | ratio; share |
//! | reached state | whether it was in the state at all | share |
//! | spells | times that it came to be in the state within the window | value |
//! | mean spell | time in the state ÷ spells | ratio |
//! | time to state, to recover | from the window's start; nothing if it never came | see [`passage`](crate::passage) |
//!
//! A quantity that an arm does not have, as the amplification of a monolith without remote calls, is not measured:
//! no value is made up for it.

mod flow;
mod lens;
mod samples;
mod sessions;
mod states;

use archsim_models::scenario::{Arm, Detail, Measure, Subject, SystemGraph, Told};

use crate::interval::Estimate;
use crate::monte_carlo::Run;

use lens::Lens;
pub(crate) use lens::store_capacity;
pub use states::{needs_latencies, needs_series};

/// What is measured, of what, in which window.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What.
    pub measure: Measure,
    /// Of what.
    pub subject: Subject,
    /// The window's name.
    pub window: String,
    /// What is asked beyond the measure's name.
    pub detail: Detail,
}

impl Quantity {
    /// A measure of which nothing more is asked than its name says.
    pub fn new(measure: Measure, subject: Subject, window: &str) -> Self {
        Quantity { measure, subject, window: window.to_owned(), detail: Detail::default() }
    }
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
    /// In how many runs a time never came within its window.
    pub censored: usize,
}

impl Measured {
    /// Told as a share of another whole.
    fn scaled(self, factor: f64) -> Self {
        let estimate = self.estimate.map(|it| Estimate {
            value: it.value * factor,
            low: it.low * factor,
            high: it.high * factor,
        });
        let values = self.values.into_iter().map(|value| value.map(|it| it * factor)).collect();
        Measured { estimate, values, unseen: self.unseen * factor, ..self }
    }
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
        return Measured { estimate: None, values: vec![None; runs.len()], unseen: 0.0, censored: 0 };
    };
    let measured = Measured {
        estimate: samples.estimate(confidence),
        values: samples.values(),
        unseen: samples.unseen(confidence),
        censored: samples.censored(),
    };
    match quantity.detail.told {
        Told::TimeOf(whole) => measured.scaled(whole.as_secs_f64()),
        Told::AsIs | Told::Count => measured,
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
    let all = (0..graph.journeys.len()).filter(|&journey| graph.asked[journey]);
    match subject {
        Subject::All => Some(all.collect()),
        Subject::Journeys(journeys) => Some(journeys.clone()),
        Subject::Unrelated => Some(all.filter(|&journey| graph.unrelated[journey]).collect()),
        Subject::Related => Some(all.filter(|&journey| !graph.unrelated[journey]).collect()),
        Subject::Home(_) | Subject::Capability(_) | Subject::Deployable(_) | Subject::Store(_) => None,
    }
}
