//! What a scenario *means* for one arm: everything resolved, every name an index, no `Option` left to guess at.
//!
//! The scenario language lowers to a [`Plan`]; the [world](crate::world) runs it and knows nothing else.
//! Times are absolute, from the start of the run (warm-up included).

mod cache;
mod databases;
mod finding;
mod hazard;
mod phase;
mod scaling;
mod watch;
mod workload;
mod zone;

pub use cache::{Cache, CacheCluster, CachePlace, Coalesce, DataSet, OnLoss};
pub use databases::{Cluster, ClusterKind, Link, Quorum, Reads, Replication, Wanted, shard};
pub use finding::{ByKey, Discovery, Finding, Hashing, LocalState};
pub use hazard::{Clock, Crew, Environment, Hazard, HazardEffect};
pub use phase::Phase;
pub use scaling::{Autoscaler, Goal, Metric, Resize, Rule, Scaling, Sizing, WarmUp};
pub use watch::{LevelName, Question, State, Watch, Watched};

use archsim_sim::{Distribution, Limit, Span, Time};

use crate::discovery::eureka::EurekaSettings;
use crate::policy::Layer;
use crate::pool::PoolSettings;
use crate::record::Cause;

pub use workload::{Arrivals, Job, JobKeys, Leaves, PatienceOver, RateSegment, Retrial, Scheduled, Workload};
pub use zone::{ZoneId, Zones};

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);
        impl $name {
            /// As an index into the plan's list.
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

index! {
    /// A capability of the system: the same index in every arm.
    CapabilityId,
    /// A journey of the system: the same index in every arm.
    JourneyId,
    /// A program: one capability as one deployable runs it.
    ProgramId,
    /// A block of steps within a program; 0 is where it starts.
    BlockId,
    /// A call site: one call step of one program.
    SiteId,
    /// An onion of policies with its state: one per (deployable, callee capability, layers).
    GuardId,
    /// A deployable of this architecture.
    DeployableId,
    /// A store of this architecture.
    StoreId,
    /// A data set of the system: the same index in every arm.
    DataId,
    /// A cache of this architecture.
    CacheId,
    /// A window in which things are counted.
    WindowId,
}

/// One arm, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The arm's name.
    pub arm: String,
    /// Places that fail on their own; without any, everything is in one place.
    pub zones: Zones,
    /// Names of the system's capabilities, in the scenario's order: the same in every arm.
    pub capabilities: Vec<String>,
    /// The system's journeys: the same in every arm.
    pub journeys: Vec<Journey>,
    /// Capabilities as deployables run them.
    pub programs: Vec<Program>,
    /// Every call step of every program.
    pub sites: Vec<Site>,
    /// Policy onions, outermost layer first.
    pub guards: Vec<Guard>,
    /// The registry of those that are found by leases.
    pub eureka: EurekaSettings,
    /// What runs.
    pub deployables: Vec<Deployable>,
    /// Where data lives; caches that have servers of their own are among them.
    pub stores: Vec<Store>,
    /// The system's data sets: the same in every arm.
    pub data: Vec<DataSet>,
    /// Caches in front of stores.
    pub caches: Vec<Cache>,
    /// Databases of several nodes; each of them is a store of its own.
    pub clusters: Vec<Cluster>,
    /// Links between stores.
    pub links: Vec<Link>,
    /// Who comes, and when.
    pub workload: Workload,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// What goes wrong at random, again and again.
    pub hazards: Vec<Hazard>,
    /// Who repairs.
    pub crews: Vec<Crew>,
    /// Surroundings that change by themselves.
    pub environments: Vec<Environment>,
    /// When things are counted. Window 0 is always `run`: the whole measured time.
    pub windows: Vec<Window>,
    /// What is asked of levels beyond their means.
    pub watches: Vec<Watch>,
    /// Width of the buckets of every series.
    pub bucket: Span,
    /// Measurement starts here.
    pub warmup: Time,
    /// Arrivals stop here.
    pub horizon: Time,
    /// The run ends here at the latest; what is still under way has failed.
    pub end: Time,
    /// More attempts than this under way at once end the run (`stopped`): memory is bounded.
    pub in_flight: u32,
}

impl Plan {
    /// The cache that requests of a journey ask for items of a data set: one that is for it, else one that is for all.
    pub fn cache_for(&self, journey: JourneyId, data: DataId) -> Option<CacheId> {
        let holding = || self.caches.iter().enumerate().filter(|(_, cache)| cache.data.contains(&data));
        let own = holding().find(|(_, cache)| cache.serves.as_ref().is_some_and(|of| of.contains(&journey)));
        let general = || holding().find(|(_, cache)| cache.serves.is_none());
        own.or_else(general).map(|(at, _)| CacheId(at as u16))
    }
}

/// What users ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// Its name.
    pub name: String,
    /// Share of the arrivals, in [0, 1]; the shares of all journeys add up to 1.
    pub share: f64,
    /// The program that answers it.
    pub enters: ProgramId,
    /// Answers later than this do not count as available.
    pub within: Span,
    /// The availability it is meant to have, in [0, 1].
    pub objective: f64,
    /// Lower is served first where a queue goes by priority.
    pub priority: u32,
    /// Capabilities that it can reach, itself included.
    pub reaches: Vec<CapabilityId>,
}

/// A capability as one deployable runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Which capability.
    pub capability: CapabilityId,
    /// Which deployable.
    pub deployable: DeployableId,
    /// Its steps; block 0 is the program, others are branches of parallel steps.
    pub blocks: Vec<Vec<Step>>,
}

/// A step of a program. `key` names its draws, and is the same in every arm.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// CPU time on the instance's cores.
    Work {
        /// How much, at speed 1.
        span: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// Waiting that needs no CPU.
    Latency {
        /// How long.
        span: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// A call of another capability.
    Call(SiteId),
    /// Branches at the same time, then the join.
    Parallel {
        /// One block per branch.
        branches: Vec<BlockId>,
        /// Whether the failure of a branch ends the wait at once.
        fail_fast: bool,
    },
    /// One of several branches, by the toss of a coin.
    OneOf {
        /// The probability of each and its block; the probabilities add up to 1.
        branches: Vec<(f64, BlockId)>,
        /// Names the draw.
        key: u64,
    },
    /// Operations on a store, one after the other.
    Store {
        /// Which store.
        store: StoreId,
        /// Read or write.
        operation: Operation,
        /// How many, one after the other.
        repeat: u32,
        /// After those, and after each further one, the probability of one more, in [0, 1).
        again: f64,
        /// What they are about, where that matters to the store.
        item: Option<Wanted>,
        /// Names the draws.
        key: u64,
    },
    /// Operations on a store behind a cache, one after the other.
    Cached(Access),
}

/// Operations on a data set that a cache stands before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// Which data set.
    pub data: DataId,
    /// The cache that is asked first.
    pub cache: CacheId,
    /// The store that is asked after a miss, and for every write.
    pub store: StoreId,
    /// Read or write.
    pub operation: Operation,
    /// How many, one after the other, each with a key of its own.
    pub repeat: u32,
    /// How likely one more follows, each time, after those.
    pub again: f64,
    /// Whether the step draws keys of its own; else they are those of the request, the same for every capability.
    pub own_key: bool,
    /// Names the draws.
    pub key: u64,
}

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Takes the store's `read` time.
    Read,
    /// Takes the store's `write` time.
    Write,
}

/// A call step: who calls whom, how likely, how often, and behind which policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// `caller -> callee`, capability names.
    pub name: String,
    /// The program that calls.
    pub caller: ProgramId,
    /// The program that is called; in-process if both are of one deployable.
    pub callee: ProgramId,
    /// Whether the call is a function call.
    pub in_process: bool,
    /// Probability that the call is made at all, in (0, 1].
    pub probability: f64,
    /// How many calls, one after the other.
    pub repeat: u32,
    /// After those, and after each further one, the probability of one more, in [0, 1).
    pub again: f64,
    /// Whether a fallback may replace the answer.
    pub optional: bool,
    /// The policies, if any.
    pub guard: Option<GuardId>,
    /// Names the draws (coin, routing, network); the same in every arm.
    pub key: u64,
}

impl Site {
    /// Calls that are made on average each time the program comes here.
    pub fn calls(&self) -> f64 {
        self.probability * times_in_all(self.repeat, self.again)
    }
}

/// How often something is done on average: so many times, and each time perhaps once more.
pub fn times_in_all(repeat: u32, again: f64) -> f64 {
    f64::from(repeat) + again / (1.0 - again)
}

/// Policies around a call, outermost first. Each calling instance has its own state of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The deployable whose instances hold the state.
    pub deployable: DeployableId,
    /// The capability that is called.
    pub callee: CapabilityId,
    /// The layers.
    pub layers: Vec<Layer>,
    /// Programs that fallback layers run, by layer (in the calling deployable, or called without policies).
    pub fallbacks: Vec<Option<FallbackCall>>,
}

/// A capability called in place of the one that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FallbackCall {
    /// The site of the substitute call; it has no guard of its own.
    pub site: SiteId,
}

/// What is deployed and runs as a number of alike instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployable {
    /// Its name.
    pub name: String,
    /// How many instances at the start of the run; so many all the time unless it is scaled.
    pub instances: u32,
    /// With fewer of them up, those that are refuse whatever comes: a quorum. At least 1.
    pub needs: u32,
    /// Cores of an instance.
    pub cores: Limit,
    /// Work per second that a core does: 1 is what `work` is measured in.
    pub speed: f64,
    /// How jobs share the cores.
    pub sharing: archsim_sim::Sharing,
    /// Threads of an instance; in asynchronous mode the in-flight limit.
    pub threads: Limit,
    /// Whether an attempt holds its thread while it waits.
    pub mode: Mode,
    /// Attempts that may wait for a thread of an instance.
    pub queue: Limit,
    /// In which order they get one.
    pub order: archsim_sim::Order,
    /// How the attempts of an instance slow each other down.
    pub crowding: Crowding,
    /// How callers choose an instance.
    pub route: Route,
    /// How callers learn who is there, and whom they prefer.
    pub finding: Finding,
    /// What its instances hold by themselves.
    pub state: Option<LocalState>,
    /// The zones of its instances, one after the other and round again; empty without zones.
    pub zones: Vec<ZoneId>,
    /// Network time to an instance, one way, from other deployables.
    pub hop: Span,
    /// Network time from users, one way.
    pub user_hop: Span,
    /// CPU that a remote call costs its caller (to send) and its callee (to answer), each.
    pub serialise: Span,
    /// Slower at first, whenever a process begins after the start of the run.
    pub warm_up: Option<WarmUp>,
    /// How the number of instances changes; nothing if it does not.
    pub scaling: Option<Scaling>,
}

impl Deployable {
    /// Instances that there can be at once.
    pub fn slots(&self) -> u32 {
        self.scaling.as_ref().map_or(self.instances, |scaling| scaling.most.max(self.instances))
    }
}

impl Deployable {
    /// Where its instance of that number is.
    pub fn zone_of(&self, number: u32) -> Option<ZoneId> {
        let zones = self.zones.len();
        (zones > 0).then(|| self.zones[number as usize % zones])
    }
}

/// Whether an attempt holds a thread while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Yes: from leaving the accept queue until the answer is sent.
    Blocking,
    /// No: `threads` is then how many attempts an instance has under way at most.
    Asynchronous,
}

/// How an instance is chosen. Each caller has a balancer of its own, as in a client-side balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// One after the other.
    RoundRobin,
    /// Any, alike.
    Random,
    /// The one with the least load; among equals the next in turn.
    LeastOutstanding(Loads),
    /// The one with the least load of so many different ones at random, at most [`CHOICES_MAX`]; among equals the
    /// first drawn.
    PowerOf(u32, Loads),
    /// The one that owns the request's item.
    ByKey(ByKey),
}

impl Route {
    /// The one with the fewest of this caller's attempts under way.
    pub const LEAST_OUTSTANDING: Route = Route::LeastOutstanding(Loads::Own);
    /// The better one of two at random, by this caller's own attempts.
    pub const POWER_OF_TWO: Route = Route::PowerOf(2, Loads::Own);

    /// How long a balancer goes by what it knows before it looks again; nothing if it knows at once.
    pub fn refresh(self) -> Option<Span> {
        match self {
            Route::LeastOutstanding(Loads::Instances { refresh })
            | Route::PowerOf(_, Loads::Instances { refresh }) => (!refresh.is_zero()).then_some(refresh),
            _ => None,
        }
    }
}

/// A balancer draws at most so many instances to choose from.
pub const CHOICES_MAX: u32 = 16;

/// What a balancer knows of the load of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loads {
    /// The caller's own attempts that have no answer yet: what a client knows by itself.
    Own,
    /// Everybody's attempts that an instance works on or has in its queue, as it reports them.
    Instances {
        /// Reports come at multiples of this and hold until the next; zero: always up to date.
        refresh: Span,
    },
}

/// How those who are under way at once slow each other down: the universal scalability law (Gunther 1993), and a
/// plain addition.
///
/// With `n` under way, itself included, what starts takes `1 + contention · (n − 1) + coherency · n · (n − 1)` times
/// as long: contention is waiting for what only one can hold at a time, coherency is talking to all the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crowding {
    /// Each other one adds this to a wait (to a store's operation, but not to CPU work).
    pub adds: Span,
    /// Each other one adds this share.
    pub contention: f64,
    /// Each other one adds this share for each one there is.
    pub coherency: f64,
}

impl Crowding {
    /// Nobody is in anybody's way.
    pub const NONE: Crowding = Crowding { adds: Span::ZERO, contention: 0.0, coherency: 0.0 };

    /// How long work takes with so many under way.
    pub fn work(&self, span: Span, under_way: u32) -> Span {
        let others = f64::from(under_way.saturating_sub(1));
        let more = (self.contention + self.coherency * f64::from(under_way)) * others;
        if more > 0.0 { span.scaled(1.0 + more) } else { span }
    }

    /// How long a wait takes with so many under way.
    pub fn wait(&self, span: Span, under_way: u32) -> Span {
        let wait = self.work(span, under_way);
        if self.adds.is_zero() {
            wait
        } else {
            wait + self.adds.scaled(f64::from(under_way.saturating_sub(1)))
        }
    }
}

/// A database.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Operations that it serves at once.
    pub servers: u32,
    /// Time of a read at a server.
    pub read: Distribution,
    /// Time of a write at a server.
    pub write: Distribution,
    /// Operations that may wait for a server.
    pub queue: Limit,
    /// In which order they get one: first come, first served, or by priority.
    pub order: archsim_sim::Order,
    /// How operations that are served at once slow each other down.
    pub crowding: Crowding,
    /// Connections that it accepts in all; one more is refused.
    pub connections: Limit,
    /// Where it is; without, it is as near to every zone and lost with none.
    pub zone: Option<ZoneId>,
    /// Network time to it, one way.
    pub hop: Span,
    /// Connections that each calling instance keeps.
    pub pool: u32,
    /// How long a caller waits for a free connection of its pool.
    pub pool_wait: Span,
    /// How pools open connections, if they do; else connections are there as soon as they are wanted.
    pub opening: Option<Opening>,
}

/// How a pool opens connections, by [`HikariCP`'s rules](crate::pool).
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The pool's settings; `maximum` and `wait` are those of the store.
    pub settings: PoolSettings,
    /// Time to open one.
    pub connect: Distribution,
    /// Names the draws.
    pub key: u64,
}

/// Something that goes wrong from `from` (included) until `until` (excluded).
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Start.
    pub from: Time,
    /// End.
    pub until: Time,
    /// What.
    pub effect: Effect,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Calls of the capability that start in the window wait longer.
    Slow {
        /// Which capability.
        capability: CapabilityId,
        /// Replaces nothing: waited in addition, if any.
        add: Option<Distribution>,
        /// Multiplies every `latency` step of the capability.
        factor: f64,
        /// Names the draw.
        key: u64,
    },
    /// Calls that start in the window need `factor` times the work.
    Busy {
        /// Which capability.
        capability: CapabilityId,
        /// How many times.
        factor: f64,
    },
    /// Calls that start in the window fail.
    Error {
        /// Which capability.
        capability: CapabilityId,
        /// With this probability.
        probability: f64,
        /// At once, or after the normal time.
        at_once: bool,
        /// As what: an error, or a bad request.
        cause: Cause,
        /// Names the coin.
        key: u64,
    },
    /// Calls that start in the window give no answer until it ends, then go on normally.
    Hang {
        /// Which capability.
        capability: CapabilityId,
    },
    /// Instances (the first ones) lose their process; they are back at `until`.
    Crash {
        /// Which deployable.
        deployable: DeployableId,
        /// How many instances.
        instances: u32,
        /// Silence instead of a reset: the machine is gone, nobody answers.
        silent: bool,
    },
    /// One of the instances that are up, drawn when it begins, loses its process; it is back at `until`.
    CrashOne {
        /// Of which deployable.
        deployable: DeployableId,
        /// Silence instead of a reset.
        silent: bool,
        /// Names the draw.
        key: u64,
    },
    /// All instances in a zone lose their process; they are back at `until`.
    ZoneCrash {
        /// Which deployable.
        deployable: DeployableId,
        /// Where.
        zone: ZoneId,
        /// Silence instead of a reset.
        silent: bool,
    },
    /// Messages between zones take longer, operations on stores too.
    ZoneDelay {
        /// One side.
        zone: ZoneId,
        /// The other side; `None` is every other zone.
        other: Option<ZoneId>,
        /// One way.
        add: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// Messages between zones are lost with this probability; 1 is a partition. What goes to a store or comes from it
    /// is sent again until it gets through, as by TCP.
    ZoneLoss {
        /// One side.
        zone: ZoneId,
        /// The other side; `None` is every other zone.
        other: Option<ZoneId>,
        /// Probability per message.
        probability: f64,
        /// Names the coin.
        key: u64,
    },
    /// Messages between the two deployables take longer.
    NetworkDelay {
        /// One side; `None` is the users.
        from: Option<DeployableId>,
        /// The other side.
        to: DeployableId,
        /// One way.
        add: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// Messages between the two deployables are lost with this probability; 1 is a partition.
    NetworkLoss {
        /// One side; `None` is the users.
        from: Option<DeployableId>,
        /// The other side.
        to: DeployableId,
        /// Probability per message.
        probability: f64,
        /// Names the coin.
        key: u64,
    },
    /// The store does not serve.
    StoreOutage {
        /// Which store.
        store: StoreId,
        /// Operations get no answer until the window ends, instead of an error at once.
        silent: bool,
    },
    /// The store's operations that start in the window take `factor` times as long.
    StoreSlow {
        /// Which store.
        store: StoreId,
        /// How many times.
        factor: f64,
    },
    /// The cache loses what some of its nodes hold, when the fault begins.
    CacheLoss {
        /// Which cache.
        cache: CacheId,
        /// The first of those nodes, counted through all copies.
        from: u16,
        /// The first node behind them; `u16::MAX` for all.
        until: u16,
    },
}

/// A stretch of time in which things are counted, by the time at which requests or calls *start*.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `run`, `before`, `fault`, `after`, or a name of the scenario's own.
    pub name: String,
    /// Start, included.
    pub from: Time,
    /// End, excluded.
    pub until: Time,
}

impl Window {
    /// Whether `at` lies in it.
    pub fn contains(&self, at: Time) -> bool {
        self.from <= at && at < self.until
    }
}
