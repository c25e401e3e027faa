//! What is measured of an arm in a window.

use super::scalar::BoundUnit;
use crate::plan::LevelName;

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
    /// Share of a store's cores that are busy.
    CpuUtilisation,
    /// Mean number of operations that wait for a lock of a store.
    LockQueue,
    /// Mean time before a lock of a store is there; who does not wait counts as zero.
    MeanLockWait,
    /// Operations of a store that would have waited for a lock in a circle.
    Deadlocks,
    /// Writes of optimistic transactions that found another version.
    Conflicts,
    /// Mean number waiting.
    Queue,
    /// Mean number there: requests in flight; of a deployable or store, waiting or in service.
    Present,
    /// Mean number of instances that are up; of a store 1 while it is not out.
    Up,
    /// Mean number of instances that are paid for: those that boot, serve or drain.
    Instances,
    /// Mean number of nodes that are paid for, from their order on.
    Nodes,
    /// Mean number of instances that wait for room on a node.
    Pending,
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
    /// Share of look-ups in a cache that find the item.
    HitRatio,
    /// Reads and writes asked of a store ÷ the reads that its servers can do; of the most loaded one, if none is named.
    StoreLoad,
    /// Share of the reads of a database with replicas that a replica did without the item's last commit.
    StaleReads,
    /// Commits that were told to writers and lost with a primary.
    LostWrites,
    /// How many sessions began.
    Sessions,
    /// How many sessions ended because their users had asked for all they wanted.
    SessionsEnded,
    /// Share of the sessions that ended whose users left because a request had failed.
    SessionsGivenUp,
    /// Mean number of sessions in progress.
    SessionsInProgress,
    /// Mean time from the first request of a session to its end; of those that ended.
    SessionLength,
    /// Mean number of requests of a session; of those that ended.
    SessionRequests,
    /// Core-hours.
    Cost,
    /// Share of requests that were not answered in time.
    Unavailability,
    /// Unavailability ÷ what the objective leaves for it.
    BudgetSpent,
    /// Share of answers that took longer than so long.
    Slower,
    /// How many requests arrived.
    Requests,
    /// Share of the time that a level is in a state; at an instant, its probability.
    InState,
    /// Share of runs in which a level is in a state at all.
    ReachedState,
    /// How many times a level comes to be in a state.
    Spells,
    /// Time in a state ÷ how many times a level comes to be in it.
    MeanSpell,
    /// Time from the window's start until a level first is in a state.
    TimeToState,
    /// Time from the window's start from which on availability is good.
    TimeToRecover,
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

/// How many measures say by their name alone what is measured.
const WHOLE: usize = {
    let (mut count, mut at) = (0, 0);
    while at < Measure::COUNT {
        if Measure::ALL[at].is_whole() {
            count += 1;
        }
        at += 1;
    }
    count
};

/// Their names.
pub(super) const WHOLE_NAMES: [&str; WHOLE] = {
    let mut names = [""; WHOLE];
    let (mut count, mut at) = (0, 0);
    while at < Measure::COUNT {
        if Measure::ALL[at].is_whole() {
            names[count] = Measure::ALL[at].name();
            count += 1;
        }
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
    pub const COUNT: usize = 50;
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
        Measure::CpuUtilisation,
        Measure::LockQueue,
        Measure::MeanLockWait,
        Measure::Deadlocks,
        Measure::Conflicts,
        Measure::Queue,
        Measure::Present,
        Measure::Up,
        Measure::Instances,
        Measure::Nodes,
        Measure::Pending,
        Measure::Waited,
        Measure::MeanWait,
        Measure::Abandoned,
        Measure::ArrivalRate,
        Measure::Throughput,
        Measure::HitRatio,
        Measure::StoreLoad,
        Measure::StaleReads,
        Measure::LostWrites,
        Measure::Sessions,
        Measure::SessionsEnded,
        Measure::SessionsGivenUp,
        Measure::SessionsInProgress,
        Measure::SessionLength,
        Measure::SessionRequests,
        Measure::Cost,
        Measure::Unavailability,
        Measure::BudgetSpent,
        Measure::Slower,
        Measure::Requests,
        Measure::InState,
        Measure::ReachedState,
        Measure::Spells,
        Measure::MeanSpell,
        Measure::TimeToState,
        Measure::TimeToRecover,
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
            Measure::CpuUtilisation => "cpu-utilisation",
            Measure::LockQueue => "lock-queue",
            Measure::MeanLockWait => "mean-lock-wait",
            Measure::Deadlocks => "deadlocks",
            Measure::Conflicts => "conflicts",
            Measure::Queue => "queue",
            Measure::Present => "present",
            Measure::Up => "up",
            Measure::Instances => "instances",
            Measure::Nodes => "nodes",
            Measure::Pending => "pending",
            Measure::Waited => "waited",
            Measure::MeanWait => "mean-wait",
            Measure::Abandoned => "abandoned",
            Measure::ArrivalRate => "arrival-rate",
            Measure::Throughput => "throughput",
            Measure::HitRatio => "hit-ratio",
            Measure::StoreLoad => "store-load",
            Measure::StaleReads => "stale-reads",
            Measure::LostWrites => "lost-writes",
            Measure::Sessions => "sessions",
            Measure::SessionsEnded => "sessions-ended",
            Measure::SessionsGivenUp => "sessions-given-up",
            Measure::SessionsInProgress => "sessions-in-progress",
            Measure::SessionLength => "session-length",
            Measure::SessionRequests => "session-requests",
            Measure::Cost => "cost",
            Measure::Unavailability => "unavailability",
            Measure::BudgetSpent => "budget-spent",
            Measure::Slower => "slower",
            Measure::Requests => "requests",
            Measure::InState => "in-state",
            Measure::ReachedState => "reached-state",
            Measure::Spells => "spells",
            Measure::MeanSpell => "mean-spell",
            Measure::TimeToState => "time-to-state",
            Measure::TimeToRecover => "time-to-recover",
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
            | Measure::HitRatio
            | Measure::StaleReads
            | Measure::Utilisation
            | Measure::CpuUtilisation
            | Measure::Unavailability
            | Measure::Slower
            | Measure::SessionsGivenUp
            | Measure::InState
            | Measure::ReachedState => Unit::Share,
            Measure::Goodput | Measure::ArrivalRate | Measure::Throughput => Unit::PerSecond,
            Measure::MeanLatency
            | Measure::MeanWait
            | Measure::MeanLockWait
            | Measure::P50
            | Measure::P90
            | Measure::P99
            | Measure::P999
            | Measure::MeanSpell
            | Measure::SessionLength
            | Measure::TimeToState
            | Measure::TimeToRecover => Unit::Seconds,
            Measure::Amplification | Measure::BudgetSpent | Measure::StoreLoad => Unit::Ratio,
            Measure::Queue
            | Measure::LockQueue
            | Measure::Deadlocks
            | Measure::Conflicts
            | Measure::Present
            | Measure::Up
            | Measure::Instances
            | Measure::Nodes
            | Measure::Pending
            | Measure::Requests
            | Measure::LostWrites
            | Measure::Sessions
            | Measure::SessionsEnded
            | Measure::SessionsInProgress
            | Measure::SessionRequests
            | Measure::Spells => Unit::Count,
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
            | Measure::P999
            | Measure::Unavailability
            | Measure::Slower
            | Measure::Requests => &["journey", "journeys", "home"],
            // These compare with the objectives of journeys.
            Measure::BudgetSpent | Measure::TimeToRecover => &["journey", "journeys"],
            Measure::Amplification => &["capability"],
            Measure::WastedWork | Measure::Instances | Measure::Nodes | Measure::Pending => &["deployable"],
            Measure::Utilisation
            | Measure::Queue
            | Measure::Up
            | Measure::Waited
            | Measure::MeanWait
            | Measure::Abandoned
            | Measure::InState
            | Measure::ReachedState
            | Measure::Spells
            | Measure::MeanSpell
            | Measure::TimeToState => &["deployable", "store"],
            Measure::Present | Measure::ArrivalRate | Measure::Throughput => {
                &["journey", "journeys", "deployable", "store"]
            }
            Measure::CpuUtilisation
            | Measure::LockQueue
            | Measure::MeanLockWait
            | Measure::Deadlocks
            | Measure::Conflicts
            | Measure::HitRatio
            | Measure::StoreLoad
            | Measure::StaleReads
            | Measure::LostWrites => &["store"],
            Measure::BlastRadius
            | Measure::Sessions
            | Measure::SessionsEnded
            | Measure::SessionsGivenUp
            | Measure::SessionsInProgress
            | Measure::SessionLength
            | Measure::SessionRequests
            | Measure::Cost => &[],
        }
    }

    /// Whether its name alone says what is measured, so that a table can have a column of it.
    pub const fn is_whole(self) -> bool {
        !self.of_state() && !self.of_passage() && !matches!(self, Measure::Slower)
    }

    /// The level of which it is the mean, if it is one of a level.
    pub(super) const fn level(self) -> Option<LevelName> {
        match self {
            Measure::Queue => Some(LevelName::Queue),
            Measure::Present => Some(LevelName::Present),
            Measure::Up => Some(LevelName::Up),
            Measure::Instances => Some(LevelName::Instances),
            _ => None,
        }
    }

    /// Whether it can be measured at an instant.
    pub(super) const fn at_instants(self) -> bool {
        self.level().is_some() || matches!(self, Measure::InState)
    }

    /// Whether it is about a state of a level.
    pub const fn of_state(self) -> bool {
        matches!(
            self,
            Measure::InState
                | Measure::ReachedState
                | Measure::Spells
                | Measure::MeanSpell
                | Measure::TimeToState
        )
    }

    /// Whether it is a time that a run has at most once.
    pub const fn of_passage(self) -> bool {
        matches!(self, Measure::TimeToState | Measure::TimeToRecover)
    }

    /// Whether it is the share of requests with which something happened.
    pub const fn share_of_requests(self) -> bool {
        matches!(
            self,
            Measure::Availability
                | Measure::Degraded
                | Measure::Failed
                | Measure::Unavailability
                | Measure::Slower
        )
    }
}

impl Unit {
    /// What a bound is written in.
    pub(super) const fn of_bound(self) -> BoundUnit {
        match self {
            Unit::Share => BoundUnit::Share,
            Unit::Seconds => BoundUnit::Span,
            Unit::PerSecond => BoundUnit::Rate,
            Unit::Ratio | Unit::Count => BoundUnit::Number,
            Unit::CoreHours => BoundUnit::CoreHours,
        }
    }
}
