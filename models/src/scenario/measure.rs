//! What is measured of an arm in a window.

use super::scalar::BoundUnit;

/// Something that is measured of an arm in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Share of requests answered in time, degraded ones included.
    Availability,
    /// Share of requests answered in time, but degraded.
    Degraded,
    /// Share of requests that failed.
    Failed,
    /// Answers in time per second.
    Goodput,
    /// Mean time to the answer.
    MeanLatency,
    /// Median time to the answer.
    P50,
    /// Time within which 90 % of the answers come.
    P90,
    /// Time within which 99 % of the answers come.
    P99,
    /// Time within which 99.9 % of the answers come.
    P999,
    /// Attempts sent ÷ calls asked for.
    Amplification,
    /// Share of journeys whose availability is below their objective.
    BlastRadius,
    /// Share of CPU spent on answers that nobody waited for.
    WastedWork,
    /// Share of cores, or of a store's servers, that are busy.
    Utilisation,
    /// Mean number waiting.
    Queue,
    /// Mean number there: requests in flight; of a deployable or store, waiting or in service.
    Present,
    /// Share of arrivals that had to wait for a thread or a server.
    Waited,
    /// Mean time before service; who does not wait counts as zero.
    MeanWait,
    /// Share of arrivals that left the line before their service.
    Abandoned,
    /// Arrivals per second.
    ArrivalRate,
    /// Completions per second, whatever they say.
    Throughput,
    /// Core-hours.
    Cost,
}

/// The names of all measures.
pub(super) const MEASURE_NAMES: [&str; Measure::COUNT] = {
    let mut names = [""; Measure::COUNT];
    let mut at = 0;
    while at < names.len() {
        names[at] = Measure::ALL[at].name();
        at += 1;
    }
    names
};

/// What a measure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From 0 to 1; people read percents.
    Share,
    /// Seconds.
    Seconds,
    /// Per second.
    PerSecond,
    /// A pure number of how many times as much.
    Ratio,
    /// A number of things.
    Count,
    /// Cores times hours.
    CoreHours,
}

impl Measure {
    /// How many there are.
    pub const COUNT: usize = 21;
    /// All measures.
    pub const ALL: [Measure; Measure::COUNT] = [
        Measure::Availability,
        Measure::Degraded,
        Measure::Failed,
        Measure::Goodput,
        Measure::MeanLatency,
        Measure::P50,
        Measure::P90,
        Measure::P99,
        Measure::P999,
        Measure::Amplification,
        Measure::BlastRadius,
        Measure::WastedWork,
        Measure::Utilisation,
        Measure::Queue,
        Measure::Present,
        Measure::Waited,
        Measure::MeanWait,
        Measure::Abandoned,
        Measure::ArrivalRate,
        Measure::Throughput,
        Measure::Cost,
    ];

    /// The name in scenarios and files.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Availability => "availability",
            Measure::Degraded => "degraded",
            Measure::Failed => "failed",
            Measure::Goodput => "goodput",
            Measure::MeanLatency => "mean-latency",
            Measure::P50 => "p50",
            Measure::P90 => "p90",
            Measure::P99 => "p99",
            Measure::P999 => "p999",
            Measure::Amplification => "amplification",
            Measure::BlastRadius => "blast-radius",
            Measure::WastedWork => "wasted-work",
            Measure::Utilisation => "utilisation",
            Measure::Queue => "queue",
            Measure::Present => "present",
            Measure::Waited => "waited",
            Measure::MeanWait => "mean-wait",
            Measure::Abandoned => "abandoned",
            Measure::ArrivalRate => "arrival-rate",
            Measure::Throughput => "throughput",
            Measure::Cost => "cost",
        }
    }

    /// The measure of that name.
    pub fn named(name: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// What it is counted in.
    pub const fn unit(self) -> Unit {
        match self {
            Measure::Availability
            | Measure::Degraded
            | Measure::Failed
            | Measure::BlastRadius
            | Measure::WastedWork
            | Measure::Waited
            | Measure::Abandoned
            | Measure::Utilisation => Unit::Share,
            Measure::Goodput | Measure::ArrivalRate | Measure::Throughput => Unit::PerSecond,
            Measure::MeanLatency
            | Measure::MeanWait
            | Measure::P50
            | Measure::P90
            | Measure::P99
            | Measure::P999 => Unit::Seconds,
            Measure::Amplification => Unit::Ratio,
            Measure::Queue | Measure::Present => Unit::Count,
            Measure::Cost => Unit::CoreHours,
        }
    }

    /// What a claim about it can be about: the keys that may stand beside it.
    pub(super) const fn subjects(self) -> &'static [&'static str] {
        match self {
            Measure::Availability
            | Measure::Degraded
            | Measure::Failed
            | Measure::Goodput
            | Measure::MeanLatency
            | Measure::P50
            | Measure::P90
            | Measure::P99
            | Measure::P999 => &["journey", "journeys"],
            Measure::Amplification => &["capability"],
            Measure::WastedWork => &["deployable"],
            Measure::Utilisation
            | Measure::Queue
            | Measure::Waited
            | Measure::MeanWait
            | Measure::Abandoned => &["deployable", "store"],
            Measure::Present | Measure::ArrivalRate | Measure::Throughput => {
                &["journey", "journeys", "deployable", "store"]
            }
            Measure::BlastRadius | Measure::Cost => &[],
        }
    }

    /// What a bound of it is written in.
    pub(super) const fn bound_unit(self) -> BoundUnit {
        match self.unit() {
            Unit::Share => BoundUnit::Share,
            Unit::Seconds => BoundUnit::Span,
            Unit::PerSecond => BoundUnit::Rate,
            Unit::Ratio | Unit::Count => BoundUnit::Number,
            Unit::CoreHours => BoundUnit::CoreHours,
        }
    }
}
