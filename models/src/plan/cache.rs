//! Data sets, and the caches before their stores.

use super::{DataId, Hashing, JourneyId, StoreId};
use crate::cache::CacheSettings;
use crate::evcache::Latch;
use crate::placement::mixed;
use crate::popularity::Popularity;
use archsim_sim::{Limit, Span};

/// A data set: items with keys, some asked for more often than others.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// How many items, and how often each is asked for.
    pub popularity: Popularity,
    /// Bytes of an item.
    pub bytes: u32,
    /// The share of its numbers, in [0, 1), that no item has: the store's answer is that there is none.
    pub absent: f64,
    /// Names the draws of keys; the same in every arm.
    pub key: u64,
}

impl DataSet {
    /// Whether there is no item of that number, whatever the run.
    pub fn lacks(&self, number: u32) -> bool {
        self.absent > 0.0 && f64::from(mixed(!number)) < self.absent * 4_294_967_296.0
    }
}

/// A cache in front of stores.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// Its name.
    pub name: String,
    /// The data sets that it holds items of.
    pub data: Vec<DataId>,
    /// Room, order of eviction, time to live; of each copy.
    pub settings: CacheSettings,
    /// Where it is.
    pub place: CachePlace,
    /// How many of the items used last a node remembers, if all others are held with Che's probability; `None` is that
    /// it remembers all. Only for LRU caches on one copy of servers, of one data set.
    pub expected: Option<u32>,
    /// Who reads the store after a miss.
    pub load: Load,
    /// Who waits for whose read after a miss.
    pub coalesce: Coalesce,
    /// Whether an answer fills the cache for which nobody waits any more.
    pub late_fills: bool,
    /// Whether a request looks each of its keys up only once, and then carries the answer along while its user waits.
    pub once: bool,
    /// Whether it starts full of the most popular items; else it starts empty.
    pub warm: bool,
    /// How long an item may still be used when it should be no longer, while it is read anew; zero for not at all.
    pub stale: Span,
    /// How eagerly readers read an item anew before it expires: the `beta` of `XFetch`; zero for not at all.
    pub early: f64,
    /// By up to which share an item's time to live is shorter, at random.
    pub jitter: f64,
    /// How long the answer that there is no such item is kept; `None` is not at all.
    pub negative: Option<Span>,
    /// What every instance that asks its servers keeps by itself of what it has got, if anything: for hot keys.
    pub near: Option<CacheSettings>,
    /// With more look-ups of an item than that under way in an instance, the next one there finds nothing.
    pub throttle: Limit,
    /// Tokens that its servers hand out, if they do.
    pub leases: Option<Leases>,
    /// Journeys that it serves; `None` is all.
    pub serves: Option<Vec<JourneyId>>,
    /// Names its own draws.
    pub key: u64,
}

/// Who reads the store after a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Whoever missed, who then brings the item to the cache (look-aside).
    Aside,
    /// The cache's server that was asked (read-through): it has as many reads of stores under way at most, and keeps what
    /// they bring whoever still waits for it.
    Through(Limit),
}

/// Leases of a cache's servers: who misses is handed a token for the key, only what is brought with a token is stored,
/// and a deletion withdraws it. Source: Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leases {
    /// A key's next token is handed out so long after its last.
    pub every: Span,
    /// How long an item that was taken out may still be had by whoever gets no token; zero is not at all.
    pub old: Span,
    /// How long whoever gets no token waits before it asks again.
    pub retry: Span,
    /// How often it asks again before it reads the store all the same, with nothing to bring.
    pub retries: Limit,
}

/// Where a cache is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachePlace {
    /// In the process of every instance that uses it, each with a copy: no network, no time, lost with the process.
    Process,
    /// On servers of its own.
    Servers {
        /// The store that is its first node; its other nodes follow, those of a copy together.
        store: StoreId,
        /// A look-up that takes longer counts as a miss.
        timeout: Span,
        /// How it is made up of nodes.
        cluster: CacheCluster,
    },
}

/// Nodes of a cache: full copies of what it holds, each shared out among nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheCluster {
    /// Nodes of each copy; they share its room evenly.
    pub nodes: u16,
    /// Copies: each has all, and is filled with all.
    pub copies: u16,
    /// Other copies that a read asks after its own brought nothing; `None` is all.
    pub others: Option<u16>,
    /// Which node of a copy a key belongs to.
    pub hashing: Hashing,
    /// What becomes of the keys of a node that is out.
    pub on_loss: OnLoss,
    /// Spare nodes, after all others: they stand in for those that are out. Only with one copy.
    pub gutter: u16,
    /// How long what a spare node is brought may be used at most.
    pub gutter_ttl: Span,
    /// How many copies a write waits for after its commit, to have taken the item out.
    pub latch: Latch,
    /// For how long it waits at most; then it goes on all the same.
    pub latch_wait: Span,
    /// A copy that has lost anything is filled from another one before it is read again, an item each so long; without,
    /// it is read at once.
    pub warmer: Option<Span>,
}

impl CacheCluster {
    /// One node that has everything.
    pub const ONE: CacheCluster = CacheCluster {
        nodes: 1,
        copies: 1,
        others: Some(0),
        hashing: Hashing::Ketama,
        on_loss: OnLoss::Miss,
        gutter: 0,
        gutter_ttl: Span::FOREVER,
        latch: Latch::None,
        latch_wait: Span::from_millis(2_500),
        warmer: None,
    };

    /// All nodes of all copies, and those that are spare.
    pub const fn size(self) -> u16 {
        self.shared() + self.gutter
    }

    /// The nodes of all copies.
    pub const fn shared(self) -> u16 {
        self.nodes * self.copies
    }
}

/// What becomes of the keys of a node that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// They are its own still, and are not found.
    Miss,
    /// They belong to the nodes that are left, at once, until it is back.
    Rehash,
}

/// Who waits for whose read after a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coalesce {
    /// Everyone reads.
    None,
    /// Of an instance, one reads an item and the others wait for its answer.
    Instance,
    /// One reads an item and all others wait for its answer.
    Cache,
}
