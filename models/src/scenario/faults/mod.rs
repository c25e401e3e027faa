//! `faults`: what goes wrong, when the file says or at random.

mod kill;
mod lower;
mod reading;
mod shape;
mod when;

use std::ops::Range;

use archsim_sim::{Distribution, Span};

use super::architecture::Architecture;
use super::place::Place;
use super::system::System;
use crate::plan::{CacheCluster, Phase, Workdays};
use crate::record::Cause;

pub use lower::{crews, environments, faults, hazards};
pub use reading::{read, read_crews};
pub use shape::{CREWS, FAULTS};

/// A fault, read; deployables and stores are names still, because each architecture has its own.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// When.
    pub when: When,
    /// What: one thing, or what a common cause can hit.
    pub parts: Vec<Part>,
    /// Where it is written.
    pub place: Place,
    /// Names its draws: the same for the same fault of another arm.
    pub key: u64,
}

/// When a fault happens.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once {
        /// From the measured start.
        at: Span,
        /// How long.
        lasts: Span,
    },
    /// Again and again.
    Again(Again),
    /// On workdays, by a calendar of its own.
    Workdays {
        /// Time of a repair.
        repair: Distribution,
    },
    /// It is always there.
    Always,
}

/// How something happens again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// Time to a failure.
    pub every: Distribution,
    /// Time of a repair.
    pub repair: Distribution,
    /// From the measured start; from the start of the run unless said.
    pub from: Option<Span>,
    /// Who repairs, by index.
    pub crew: Option<u16>,
    /// The probability with which a common cause hits each part, if it is one.
    pub common: Option<f64>,
}

/// One thing that a fault does.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What.
    pub what: What,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Names its draws within the fault.
    pub key: u64,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the plan's effects")]
pub enum What {
    /// A capability is slow.
    Slow { capability: usize, add: Option<Distribution>, factor: f64 },
    /// A capability needs more work.
    Busy { capability: usize, factor: f64 },
    /// A capability fails.
    Error { capability: usize, probability: f64, at_once: bool, cause: Cause },
    /// A capability hangs.
    Hang { capability: usize },
    /// Instances crash.
    Crash { deployable: (String, Place), instances: Exposed, silent: bool },
    /// Instances are killed on workdays, in all deployables or in some.
    Kill {
        deployables: Option<Vec<(String, Place)>>,
        groups: Vec<kill::Together>,
        /// Whether regions have groups of their own.
        apart: bool,
        clock: Workdays,
        silent: bool,
    },
    /// A node of a pool is gone.
    Node { pool: (String, Place), silent: bool },
    /// All that is in a zone is gone.
    Zone { zone: (String, Place), silent: bool },
    /// All that is in a region is gone.
    Region { region: (String, Place), silent: bool },
    /// Everybody is kept out of a region or a zone, which may then go.
    Drill { whole: (String, Place), is_zone: bool, outage_after: Option<Span> },
    /// Messages between zones take longer.
    ZoneDelay { zones: ZoneEnds, add: Distribution },
    /// Messages between zones are lost.
    ZoneLoss { zones: ZoneEnds, probability: f64 },
    /// Messages take longer.
    Delay { between: [(String, Place); 2], add: Distribution },
    /// Messages are lost.
    Lose { between: [(String, Place); 2], probability: f64 },
    /// A store is out.
    Outage { store: (String, Place), nodes: NodesHit, silent: bool, recovery: Span },
    /// A store is slow.
    SlowStore { store: (String, Place), nodes: NodesHit, factor: f64 },
    /// A cache loses all.
    Flush { cache: (String, Place), nodes: NodesHit },
    /// The speed of processors changes.
    Environment { deployable: (String, Place), shared: bool, states: Vec<Phase> },
}

/// A zone, and another one; without that all others.
pub type ZoneEnds = ((String, Place), Option<(String, Place)>);
/// Which nodes a fault is about: of a database, or of a cache, of one of its copies or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodesHit {
    /// The copy, counted from 1.
    pub copy: Option<u32>,
    /// How many.
    pub nodes: Exposed,
}

impl NodesHit {
    /// The nodes of a cluster, counted through all its copies.
    pub fn of(self, cluster: CacheCluster) -> Range<u16> {
        let nodes = u32::from(cluster.nodes);
        let (first, all) = match self.copy {
            Some(copy) => ((copy - 1).min(u32::from(cluster.copies) - 1) * nodes, nodes),
            None => (0, u32::from(cluster.size())),
        };
        let hit = if let Exposed::First(count) = self.nodes { count.min(all) } else { all };
        first as u16..(first + hit) as u16
    }

    /// Whether it says which.
    pub fn chooses(self) -> bool {
        self.copy.is_some() || matches!(self.nodes, Exposed::First(_))
    }
}

/// Which instances a crash, or which nodes an outage is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposed {
    /// The first one of a crash that happens once; all where crashes are random.
    Usual,
    /// So many, the first ones.
    First(u32),
    /// All.
    All,
    /// One at random, of those that are up then.
    OneAtRandom,
}

impl Exposed {
    /// How many of `all` that are there.
    pub fn count(self, random: bool, all: u32) -> u32 {
        match self {
            Exposed::First(count) => count.min(all),
            Exposed::OneAtRandom => 1.min(all),
            Exposed::Usual if !random => 1.min(all),
            Exposed::Usual | Exposed::All => all,
        }
    }
}

impl FaultSpec {
    /// Its start and its length, if it happens once; from the measured start.
    pub fn once(&self) -> Option<(Span, Span)> {
        match self.when {
            When::Once { at, lasts } => Some((at, lasts)),
            When::Again(_) | When::Workdays { .. } | When::Always => None,
        }
    }
}

impl Part {
    /// The capabilities that it is about: the one it names, those that the crashing deployable runs, or those
    /// that use the store's data; in the architecture where these are fewest, which is where the fault is named
    /// most closely. A network fault is about calls and not about a capability, a zone
    /// about all that happens to be there.
    pub fn capabilities(&self, system: &System, architectures: &[Architecture]) -> Vec<usize> {
        let narrowest = |found: &dyn Fn(&Architecture) -> Option<Vec<usize>>| {
            architectures.iter().filter_map(found).min_by_key(Vec::len).unwrap_or_default()
        };
        match &self.what {
            What::Slow { capability, .. }
            | What::Busy { capability, .. }
            | What::Error { capability, .. }
            | What::Hang { capability } => vec![*capability],
            What::Crash { deployable: (name, _), .. } | What::Environment { deployable: (name, _), .. } => {
                narrowest(&|architecture| {
                    architecture.deployables.iter().find(|it| it.name == *name).map(|it| it.runs.clone())
                })
            }
            What::Outage { store: (name, _), .. } | What::SlowStore { store: (name, _), .. } => {
                narrowest(&|architecture| {
                    let holds = architecture.holds(name)?;
                    Some((0..system.capabilities.len()).filter(|&at| system.uses(at, holds)).collect())
                })
            }
            What::Flush { cache: (name, _), .. } => narrowest(&|architecture| {
                let cache = architecture.caches.iter().find(|it| it.name == *name)?;
                Some((0..system.capabilities.len()).filter(|&at| system.uses(at, &cache.holds)).collect())
            }),
            What::Node { pool: (name, _), .. } => narrowest(&|architecture| {
                let pool = architecture.nodes.iter().position(|it| it.name == *name)?;
                Some(architecture.on_nodes(pool).flat_map(|it| it.runs.iter().copied()).collect())
            }),
            What::Delay { .. }
            | What::Lose { .. }
            | What::Zone { .. }
            | What::Region { .. }
            | What::Drill { .. }
            | What::Kill { .. }
            | What::ZoneDelay { .. }
            | What::ZoneLoss { .. } => Vec::new(),
        }
    }

    /// The names of deployables, stores, caches, zones or regions that `architecture` does not have.
    pub fn absent<'a>(&'a self, architecture: &Architecture) -> Vec<(&'static str, &'a (String, Place))> {
        let deployable = |name: &str| architecture.deployables.iter().any(|it| it.name == name);
        let store = |name: &str| architecture.store_named(name).is_some();
        let zone = |name: &str| architecture.zones.names.iter().any(|it| it == name);
        let region = |name: &str| architecture.zones.regions.names.iter().any(|it| it == name);
        let cache = |name: &str| architecture.caches.iter().any(|it| it.name == name);
        match &self.what {
            What::Crash { deployable: end, .. } | What::Environment { deployable: end, .. }
                if !deployable(&end.0) =>
            {
                vec![("deployable", end)]
            }
            What::Delay { between, .. } | What::Lose { between, .. } => between
                .iter()
                .filter(|end| end.0 != "users" && !deployable(&end.0))
                .map(|end| ("deployable", end))
                .collect(),
            What::Outage { store: end, .. } | What::SlowStore { store: end, .. } if !store(&end.0) => {
                vec![("store", end)]
            }
            What::Kill { deployables: names, groups, .. } => {
                let names = names.iter().flatten().chain(groups.iter().flat_map(|(_, of)| of));
                names.filter(|end| !deployable(&end.0)).map(|end| ("deployable", end)).collect()
            }
            What::Node { pool: end, .. } if !architecture.nodes.iter().any(|it| it.name == end.0) => {
                vec![("pool of nodes", end)]
            }
            What::Zone { zone: end, .. } | What::Drill { whole: end, is_zone: true, .. } if !zone(&end.0) => {
                vec![("zone", end)]
            }
            What::Region { region: end, .. } | What::Drill { whole: end, is_zone: false, .. }
                if !region(&end.0) =>
            {
                vec![("region", end)]
            }
            What::ZoneDelay { zones, .. } | What::ZoneLoss { zones, .. } => {
                let ends = std::iter::once(&zones.0).chain(&zones.1);
                ends.filter(|end| !zone(&end.0)).map(|end| ("zone", end)).collect()
            }
            What::Flush { cache: end, .. } if !cache(&end.0) => vec![("cache", end)],
            _ => Vec::new(),
        }
    }
}
