//! What one run of one arm leaves behind: plain counts, histograms and series. No conclusions.

mod flow;

use archsim_sim::Histogram;

pub use flow::{Flow, Presence, Station};

/// So many buckets together give one point of [`Record::slowest`]: a percentile of what one of them holds would often be
/// its largest value.
pub const SLOWEST_BUCKETS: usize = 5;

/// Why a request, call or attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// The user stopped waiting.
    Patience,
    /// A timeout policy fired.
    Timeout,
    /// The capability answered with an error.
    Error,
    /// The capability refused the request as wrong (HTTP 4xx): the caller's own mistake, so that breakers do not
    /// count it, retries do not repeat it and fallbacks do not replace it.
    BadRequest,
    /// The instance's accept queue was full.
    QueueFull,
    /// The instance's process was gone, or fewer instances were up than are needed: refused at once.
    Refused,
    /// The instance's process went while it worked on the answer.
    Reset,
    /// The circuit breaker was open.
    ShortCircuit,
    /// No thread of the bulkhead's pool, and no place to wait for one.
    PoolRejected,
    /// No permit of the bulkhead's semaphore.
    SemaphoreRejected,
    /// Over the rate limit.
    RateLimited,
    /// The fallback failed itself.
    FallbackFailed,
    /// No permit for the fallback.
    FallbackRejected,
    /// No connection to the store in time.
    NoConnection,
    /// The store was out.
    StoreOut,
    /// A lock of the store was not free in time.
    LockTimeout,
    /// Whoever held the lock of a row waited for this very transaction.
    Deadlock,
    /// Somebody else had written what an optimistic transaction had read.
    Conflict,
    /// The deadline that came with the call had passed.
    Deadline,
    /// Still under way when the run ended.
    Unfinished,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Cause; 20] = [
        Cause::Patience,
        Cause::Timeout,
        Cause::Error,
        Cause::BadRequest,
        Cause::QueueFull,
        Cause::Refused,
        Cause::Reset,
        Cause::ShortCircuit,
        Cause::PoolRejected,
        Cause::SemaphoreRejected,
        Cause::RateLimited,
        Cause::FallbackFailed,
        Cause::FallbackRejected,
        Cause::NoConnection,
        Cause::StoreOut,
        Cause::LockTimeout,
        Cause::Deadlock,
        Cause::Conflict,
        Cause::Deadline,
        Cause::Unfinished,
    ];
    /// How many there are.
    pub const COUNT: usize = Cause::ALL.len();

    /// Whether there was no room, or nobody to ask, and the work was not begun: HTTP 429 and 503, a busy line.
    pub const fn turns_away(self) -> bool {
        matches!(
            self,
            Cause::QueueFull
                | Cause::Refused
                | Cause::ShortCircuit
                | Cause::PoolRejected
                | Cause::SemaphoreRejected
                | Cause::RateLimited
        )
    }

    /// The name in files and scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Patience => "patience",
            Cause::Timeout => "timeout",
            Cause::Error => "error",
            Cause::BadRequest => "bad-request",
            Cause::QueueFull => "queue-full",
            Cause::Refused => "refused",
            Cause::Reset => "reset",
            Cause::ShortCircuit => "short-circuit",
            Cause::PoolRejected => "pool-rejected",
            Cause::SemaphoreRejected => "semaphore-rejected",
            Cause::RateLimited => "rate-limited",
            Cause::FallbackFailed => "fallback-failed",
            Cause::FallbackRejected => "fallback-rejected",
            Cause::NoConnection => "no-connection",
            Cause::StoreOut => "store-out",
            Cause::LockTimeout => "lock-timeout",
            Cause::Deadlock => "deadlock",
            Cause::Conflict => "conflict",
            Cause::Deadline => "deadline",
            Cause::Unfinished => "unfinished",
        }
    }
}

/// Failures by cause.
pub type ByCause = [u64; Cause::COUNT];

/// What one run leaves behind. Lists go by the plan's indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// A hash of the whole event history: equal runs have equal fingerprints.
    pub fingerprint: u64,
    /// Events that the run took.
    pub events: u64,
    /// Requests that arrived, warm-up included.
    pub requests: u64,
    /// Whether nothing could happen any more when the run ended.
    pub quiet: bool,
    /// Events that came before the one that went before them: always zero.
    pub backwards: u64,
    /// Largest number of attempts under way at once, those included that are to be made again by their users.
    pub in_flight_max: u32,
    /// Set if the run ended before its time: what was measured until then is here.
    pub stopped: Option<Stopped>,
    /// What had not ended when the run did; nothing of it is measured.
    pub leftover: Leftover,
    /// By journey, then by window.
    pub journeys: Vec<JourneyRecord>,
    /// By home of users: the same over all journeys; nothing where there are no regions.
    pub homes: Vec<JourneyRecord>,
    /// Of the sessions; nothing where users ask once.
    pub sessions: Option<SessionRecord>,
    /// By [`SLOWEST_BUCKETS`] buckets of arrival time: the 99th percentile of the latency of all answered requests for journeys that users ask for, in
    /// nanoseconds, to within 0.4 %; zero where none was answered. Empty unless the plan asks for it.
    pub slowest: Vec<u64>,
    /// By capability.
    pub capabilities: Vec<CapabilityRecord>,
    /// By deployable.
    pub deployables: Vec<DeployableRecord>,
    /// By store.
    pub stores: Vec<StoreRecord>,
    /// By cache.
    pub caches: Vec<CacheRecord>,
    /// By cluster.
    pub clusters: Vec<ClusterRecord>,
    /// By pool of nodes.
    pub pools: Vec<PoolRecord>,
    /// By call site.
    pub sites: Vec<SiteRecord>,
    /// By watch of the plan.
    pub watched: Vec<WatchRecord>,
}

/// What a watch of a level has seen. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchRecord {
    /// How high the level was; `None` if the run had ended before.
    At(Option<u32>),
    /// How a level spent a window.
    While {
        /// In the state.
        inside: u64,
        /// Of so long: the window, cut off where the run ended.
        seen: u64,
        /// From the window's start until it was first in the state; `None` if it never was.
        reached: Option<u64>,
        /// How many times it came to be in the state within the window.
        entered: u64,
    },
}

/// What had not ended when a run did. After a drain that was long enough all of it is zero, unless something waits
/// for an answer that will never come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Requests that users wait for.
    pub requests: u64,
    /// Sessions whose users have not left.
    pub sessions: u64,
    /// Attempts on the network, in queues, at work, or waited for in vain.
    pub attempts: u64,
    /// Programs under way.
    pub frames: u64,
    /// Calls on their way through policies.
    pub passages: u64,
    /// Operations on stores.
    pub store_calls: u64,
    /// Threads that are busy.
    pub threads: u64,
    /// Jobs on processors.
    pub jobs: u64,
    /// Permits and threads of bulkheads, and permits of fallbacks, that are in use; and calls that wait for them.
    pub permits: u64,
    /// Connections to stores that are in use, at the pools and at the stores; and operations that wait for them.
    pub connections: u64,
    /// Locks that are held.
    pub locks: u64,
    /// Attempts that balancers count as under way.
    pub outstanding: u64,
    /// Of the attempts, those whose answer will never come.
    pub lost: u64,
    /// Attempts, calls and operations that wait for a thread, a permit or a connection: with nothing else to happen, they
    /// wait for each other for ever.
    pub waiting: u64,
    /// Of the requests, those for which nothing is under way: always zero.
    pub stranded: u64,
    /// What of threads, jobs, connections and balancers' counts something that still lives holds: all of it.
    pub held: Held,
}

/// What those hold that are still there when a run ends, told by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Attempts that run on a thread of their own.
    pub threads: u64,
    /// Programs and attempts that have a job on a processor.
    pub jobs: u64,
    /// Operations that hold or await a connection of their pool, and those that hold one of the store.
    pub connections: u64,
    /// Locks of operations and transactions.
    pub locks: u64,
    /// Attempts that their caller's balancer has not forgotten.
    pub outstanding: u64,
}

/// Messages to a deployable from the start of a run to its end: what was sent has come, is lost, or is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Attempts that call sites made over the network, and requests that users sent.
    pub called: u64,
    /// Messages that were sent, or are being prepared.
    pub sent: u64,
    /// Those that no instance ever looked at: lost on the way, taken back, gone with their sender.
    pub undelivered: u64,
    /// Those that are on their way when the run ends.
    pub under_way: u64,
}

/// A run that had to end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// At which time, in nanoseconds.
    pub at_nanos: u64,
    /// The limit of attempts under way that was reached.
    pub in_flight: u32,
}

/// A journey's record.
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyRecord {
    /// By window: requests that *arrived* in it.
    pub windows: Vec<Tally>,
    /// Per bucket of arrival time, from time zero.
    pub arrived: Vec<u64>,
    /// Of those, answered in time (degraded ones included).
    pub answered: Vec<u64>,
    /// Of those, degraded.
    pub degraded: Vec<u64>,
    /// Per bucket of *answer* time: answers in time (goodput).
    pub goodput: Vec<u64>,
    /// By window: requests in flight, by the time at which they came and went.
    pub flows: Vec<Flow>,
    /// The same from the start of the run to its end.
    pub whole: Flow,
}

/// The record of sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// By window, by the time at which they ended.
    pub windows: Vec<SessionWindow>,
    /// By window: sessions in progress; one that failed is one whose user gave up.
    pub flows: Vec<Flow>,
    /// The same from the start of the run to its end.
    pub whole: Flow,
}

/// Sessions that ended in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionWindow {
    /// Requests that they made.
    pub requests: u64,
}

/// Requests (or calls) and what became of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many started.
    pub arrived: u64,
    /// Answered in time, degraded ones included.
    pub answered: u64,
    /// Answered in time, but degraded.
    pub degraded: u64,
    /// Answered, but after the objective's `within`.
    pub late: u64,
    /// Failed, by cause.
    pub failed: ByCause,
    /// Time from start to answer of all that were answered (late ones included), in nanoseconds.
    pub latency: Histogram,
}

/// A capability's record: calls of it, in-process ones included.
#[derive(Clone, Debug, PartialEq)]
pub struct CapabilityRecord {
    /// Per bucket of start time: calls of it, by users, by programs, and as substitutes. A call that is tried again
    /// counts once, one that never gets so far (refused, short-circuited) counts too.
    pub calls: Vec<u64>,
    /// Of those, to which its own answer did not help: they failed, a fallback gave another answer, or the user had
    /// gone when it came.
    pub failed: Vec<u64>,
    /// Of those, that it answered itself, but degraded.
    pub degraded: Vec<u64>,
    /// Per bucket of *sending* time: attempts that programs made of it, retries and in-process ones included.
    pub attempts: Vec<u64>,
}

/// A deployable's record.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployableRecord {
    /// By window: attempts that reached an instance, by what it did with them.
    pub windows: Vec<DeployableWindow>,
    /// Per bucket: mean threads busy, over all instances.
    pub busy_threads: Vec<f64>,
    /// Per bucket: mean attempts waiting in accept queues, over all instances.
    pub queued: Vec<f64>,
    /// Per bucket: mean cores busy, over all instances.
    pub busy_cores: Vec<f64>,
    /// Per bucket: mean instances whose process is up.
    pub up: Vec<f64>,
    /// Per bucket: mean instances that are paid for: those that boot, serve or drain.
    pub instances: Vec<f64>,
    /// CPU spent in the measured time, in core-nanoseconds.
    pub cpu_nanos: u64,
    /// Of that, on answers that nobody waited for any more.
    pub wasted_nanos: u64,
    /// Messages to it.
    pub traffic: Traffic,
    /// By window: attempts that waited and held threads.
    pub flows: Vec<Flow>,
    /// The same from the start of the run to its end.
    pub whole: Flow,
}

/// A deployable in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeployableWindow {
    /// Attempts that reached an instance.
    pub attempts: u64,
    /// Attempts that were turned away: queue full, process gone.
    pub rejected: u64,
    /// Time-averaged threads busy.
    pub busy_threads: f64,
    /// Time-averaged attempts waiting.
    pub queued: f64,
    /// Time-averaged cores busy.
    pub busy_cores: f64,
    /// Time-averaged instances up.
    pub up: f64,
    /// Time-averaged instances that are paid for.
    pub instances: f64,
}

/// The record of a pool of nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolRecord {
    /// By window.
    pub windows: Vec<PoolWindow>,
    /// Per bucket: mean nodes that are paid for, from their order on.
    pub nodes: Vec<f64>,
    /// Per bucket: mean instances that wait for room on one.
    pub pending: Vec<f64>,
}

/// A pool of nodes in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PoolWindow {
    /// Time-averaged nodes that are paid for.
    pub nodes: f64,
    /// Time-averaged instances that wait for room on one.
    pub pending: f64,
}

/// A store's record.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreRecord {
    /// By window.
    pub windows: Vec<StoreWindow>,
    /// Per bucket: operations that arrived.
    pub operations: Vec<u64>,
    /// Per bucket: mean operations waiting for a server.
    pub queued: Vec<f64>,
    /// By window: operations that waited for a server and were served. Those that wait for a connection are not there yet.
    pub flows: Vec<Flow>,
    /// The same from the start of the run to its end.
    pub whole: Flow,
    /// Operations on its processor.
    pub cpu: Station,
    /// Locks: operations that wait for one, and those that are held.
    pub locks: Station,
}

/// A store in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StoreWindow {
    /// Operations asked of it.
    pub operations: u64,
    /// Operations that failed: refused, outage, no connection in time.
    pub failed: u64,
    /// Time-averaged servers busy.
    pub busy: f64,
    /// Time-averaged operations waiting for a server.
    pub queued: f64,
    /// Time-averaged callers waiting for a connection.
    pub waiting: f64,
    /// Time-averaged cores busy.
    pub busy_cores: f64,
    /// Operations whose lock was not free in time.
    pub lock_timeouts: u64,
    /// Operations that would have waited for a lock in a circle.
    pub deadlocks: u64,
    /// Writes of optimistic transactions that found another version.
    pub conflicts: u64,
    /// Share of the time that it was not out.
    pub up: f64,
}

/// A cache's record, over all its copies.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheRecord {
    /// By window.
    pub windows: Vec<CacheWindow>,
    /// Per bucket: look-ups, by the time at which their answer was there.
    pub look_ups: Vec<u64>,
    /// Of those, the ones that found the item.
    pub hits: Vec<u64>,
}

/// A cache in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheWindow {
    /// Look-ups that were begun.
    pub look_ups: u64,
    /// Of those, the ones that found the item in time.
    pub hits: u64,
    /// Of the misses, the ones that waited for another's read.
    pub followers: u64,
    /// Items that an answer brought.
    pub fills: u64,
    /// Answers that came when nobody waited any more and brought nothing.
    pub late: u64,
    /// Tokens that were handed out: leases.
    pub leases: u64,
    /// Times at which a look-up was told to wait for the holder of a token.
    pub told_to_wait: u64,
    /// Look-ups that were not made, for too many others of the item were under way.
    pub throttled: u64,
    /// Of the hits, the ones of what an instance kept by itself.
    pub near: u64,
    /// Of the hits, the ones with what had been taken out.
    pub old: u64,
    /// Items that were brought with a token that had been withdrawn, and were not stored.
    pub refused: u64,
}

/// The record of a database of several nodes; what each node did is in the records of stores.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterRecord {
    /// By window, by the time at which things happened.
    pub windows: Vec<ClusterWindow>,
}

/// A database with replicas in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterWindow {
    /// Reads that nodes have done.
    pub reads: u64,
    /// Of those, the ones by a replica that had not got the last commit of the item.
    pub stale: u64,
    /// Commits at the primary.
    pub writes: u64,
    /// Commits of which the writers had been told and which were lost with a primary.
    pub lost: u64,
    /// Replicas that have become the primary.
    pub fail_overs: u64,
    /// Copies that reads of a quorum have asked because others took too long.
    pub speculative: u64,
    /// Writes that a quorum has kept for a copy that was out.
    pub hints: u64,
    /// Of those, the ones that the copy has got.
    pub handed_off: u64,
}

/// A call site's record.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteRecord {
    /// By window: calls that *started* in it, before any policy.
    pub windows: Vec<SiteWindow>,
}

/// A call site in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteWindow {
    /// Calls that the caller's program made.
    pub calls: u64,
    /// Attempts that were sent for them (retries included; short-circuited and rejected calls send none).
    pub attempts: u64,
    /// Calls answered, degraded ones included.
    pub answered: u64,
    /// Calls answered degraded.
    pub degraded: u64,
    /// Calls that failed after their policies, by cause.
    pub failed: ByCause,
}
