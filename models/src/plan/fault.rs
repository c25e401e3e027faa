//! What goes wrong, and when.

use archsim_sim::{Distribution, Span, Time};

use super::{CacheId, CapabilityId, DeployableId, NodePoolId, RegionId, StoreId, ZoneId};
use crate::record::Cause;

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
        /// Among whom.
        group: Group,
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
    /// One of the nodes that are there, drawn when it begins, is gone with all instances on it; it is back, empty, at
    /// `until`.
    NodeCrash {
        /// Of which pool.
        pool: NodePoolId,
        /// Silence instead of a reset.
        silent: bool,
        /// Names the draw.
        key: u64,
    },
    /// A region is out: what is there goes by effects of its own, and this one is what fail-over looks at.
    RegionOutage {
        /// Which.
        region: RegionId,
    },
    /// Users are sent away from a region that works: a drill.
    Evacuate {
        /// Which.
        region: RegionId,
    },
    /// Users and callers choose other zones than this one, which works: a drill.
    Drain {
        /// Which.
        zone: ZoneId,
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

/// Those of whom one is hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Of which deployables, each with its boot: how much longer it takes than the repair until it is back. For faults
    /// of the plan that is part of their time already.
    pub deployables: Vec<(DeployableId, Span)>,
    /// In one region alone.
    pub region: Option<RegionId>,
}

impl Group {
    /// All instances of a deployable.
    pub fn of(deployable: DeployableId) -> Group {
        Group { deployables: vec![(deployable, Span::ZERO)], region: None }
    }
}
