//! What a scenario *means* for one arm: everything resolved, every name an index, no `Option` left to guess at.
//!
//! The scenario language lowers to a [`Plan`]; the [world](crate::world) runs it and knows nothing else.
//! Times are absolute, from the start of the run (warm-up included).

mod cache;
mod databases;
mod deployable;
mod fail_over;
mod fault;
mod finding;
mod hazard;
mod nodes;
mod phase;
mod program;
mod scaling;
mod session;
mod store;
mod watch;
mod workload;
mod zone;

pub use cache::{Cache, CacheCluster, CachePlace, Coalesce, DataSet, Leases, Load, OnLoss};
pub use databases::{Cluster, ClusterKind, Link, Quorum, Reads, Replication, Sharding, Wanted, shard};
pub use deployable::{CHOICES_MAX, Crowding, Deployable, Loads, Mode, Route};
pub use fail_over::{FailOver, Shift};
pub use fault::{Effect, Fault, Group};
pub use finding::{ByKey, Discovery, Finding, Hashing, LocalState};
pub use hazard::{Clock, Crew, Environment, Hazard, HazardEffect, Workdays};
pub use nodes::{GiveBack, NodePool, first_fit};
pub use phase::Phase;
pub use program::{
    Access, FallbackCall, Guard, Operation, Program, Site, Step, TransactionStep, times_in_all,
};
pub use scaling::{Autoscaler, Goal, Metric, Resize, Rule, Scaling, Sizing, WarmUp};
pub use session::{Session, Walk};
pub use store::{LockOf, LockReads, Locks, Opening, Store};
pub use watch::{LevelName, Question, State, Watch, Watched};
pub use workload::{Arrivals, Job, JobKeys, Leaves, PatienceOver, RateSegment, Retrial, Scheduled, Workload};
pub(crate) use zone::falls;
pub use zone::{Home, RegionId, Regions, ZoneId, Zones};

use archsim_sim::{Distribution, Span, Time};

use crate::discovery::eureka::EurekaSettings;

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
    /// What an operation costs of a store's CPU.
    CostId,
    /// A cache of this architecture.
    CacheId,
    /// A pool of nodes of this architecture.
    NodePoolId,
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
    /// How users are sent to other regions while theirs is out; if it is not said they stay.
    pub fail_over: Option<FailOver>,
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
    /// Machines on which some of it runs.
    pub node_pools: Vec<NodePool>,
    /// Where data lives; caches that have servers of their own are among them.
    pub stores: Vec<Store>,
    /// The system's data sets: the same in every arm.
    pub data: Vec<DataSet>,
    /// CPU times of operations on stores.
    pub costs: Vec<Distribution>,
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
    /// Whether the latency of the slowest answers is kept by bucket: it takes memory while the run lasts.
    pub slowest: bool,
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
    /// Requests that come and find nothing: no capabilities, no deployables, no faults. They come from zero to the
    /// horizon and are measured from the end of the warm-up, in the one window `run`; the run ends a minute after the
    /// horizon.
    ///
    /// The ground on which plans are built by hand.
    pub fn empty(arm: &str, arrivals: Arrivals, warmup: Time, horizon: Time) -> Self {
        Plan {
            arm: arm.into(),
            zones: Zones::NONE,
            fail_over: None,
            capabilities: Vec::new(),
            journeys: Vec::new(),
            programs: Vec::new(),
            sites: Vec::new(),
            guards: Vec::new(),
            eureka: EurekaSettings::DEFAULT,
            deployables: Vec::new(),
            node_pools: Vec::new(),
            stores: Vec::new(),
            data: Vec::new(),
            costs: Vec::new(),
            caches: Vec::new(),
            clusters: Vec::new(),
            links: Vec::new(),
            workload: Workload::of(arrivals),
            faults: Vec::new(),
            hazards: Vec::new(),
            crews: Vec::new(),
            environments: Vec::new(),
            windows: vec![Window { name: "run".into(), from: warmup, until: horizon }],
            watches: Vec::new(),
            bucket: Span::from_secs(1),
            slowest: false,
            warmup,
            horizon,
            end: horizon + Span::from_secs(60),
            in_flight: 1_000_000,
        }
    }

    /// Where the instances that are there at the start are: by deployable, by number, on which node of its pool.
    /// Each is on the first node that has room.
    pub fn places_at_start(&self, pool: usize) -> Vec<(usize, u32, usize)> {
        let settings = &self.node_pools[pool];
        let mut rooms = vec![settings.cores; settings.min as usize];
        let mut places = Vec::new();
        for (at, deployable) in self.deployables.iter().enumerate() {
            if deployable.nodes.is_some_and(|nodes| nodes.at() == pool) {
                for number in 0..deployable.instances {
                    let node = first_fit(&mut rooms, deployable.size(), settings.cores);
                    places.push((at, number, node));
                }
            }
        }
        places
    }

    /// How many nodes a pool has at the start.
    pub fn nodes_at_start(&self, pool: usize) -> u32 {
        let last = self.places_at_start(pool).into_iter().map(|(.., node)| node as u32 + 1).max();
        last.unwrap_or(0).max(self.node_pools[pool].min)
    }

    /// All that goes wrong, once or at random.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        let random = self.hazards.iter().flat_map(|hazard| &hazard.effects).map(|hit| &hit.effect);
        self.faults.iter().map(|fault| &fault.effect).chain(random)
    }

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
