//! Caches before stores: how they are written, and what they mean.

mod leases;
mod shape;

pub use shape::{CACHES, HASHING};

use archsim_sim::{Distribution, Key, Limit, Order, Span};

use super::architecture::{Architecture, listed, zone};
use super::place::Place;
use super::read::Reader;
use super::system::{Named, System};
use super::tree::Node;
use crate::cache::{CacheSettings, Evict, Room, TimeToLive};
use crate::contents::RECENT;
use crate::evcache::Latch;
use crate::plan::{
    self, CacheCluster, CachePlace, Coalesce, Crowding, DataId, Hashing, JourneyId, Leases, Load, OnLoss,
    StoreId, ZoneId, Zones,
};

/// A cache, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Data sets that are looked up in it.
    pub holds: Vec<usize>,
    /// Room, eviction, time to live.
    pub settings: CacheSettings,
    /// How many of the items used last are remembered, where all others are held as Che expects.
    pub expected: Option<u32>,
    /// Who reads after a miss.
    pub load: Load,
    /// Who waits for whose read.
    pub coalesce: Coalesce,
    /// Whether late answers fill it.
    pub late_fills: bool,
    /// Whether requests carry along what they have looked up.
    pub once: bool,
    /// How long what is too old may be used.
    pub stale: Span,
    /// The beta of early refreshes.
    pub early: f64,
    /// By up to which share times to live are shorter.
    pub jitter: f64,
    /// How long the answer that there is no item is kept.
    pub negative: Option<Span>,
    /// Tokens for those who miss.
    pub leases: Option<Leases>,
    /// Where they are described.
    pub leases_at: Place,
    /// Journeys that it serves, if not all.
    pub serves: Option<Vec<usize>>,
    /// Whether it starts full.
    pub warm: bool,
    /// Its servers, if it has any.
    pub remote: Option<Remote>,
}

/// Servers of a cache, read.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the plan's store")]
pub struct Remote {
    pub cluster: CacheCluster,
    pub servers: u32,
    pub read: Distribution,
    pub write: Distribution,
    pub queue: Limit,
    pub connections: Limit,
    pub pool: u32,
    pub timeout: Span,
    pub near: Option<CacheSettings>,
    pub throttle: Limit,
    pub zone: Option<ZoneId>,
}

impl Cache {
    /// Reads a resolved cache.
    pub fn read(
        reader: &mut Reader<'_>,
        (system, zones): (&System, &Zones),
        name: &str,
        place: Place,
        node: &Node,
        path: String,
    ) -> Cache {
        let data: Vec<Named> =
            system.data.iter().map(|data| Named { name: data.name.clone(), place: data.place }).collect();
        let holds = listed(reader, "data set", &data, node.at("holds"), &format!("{path}.holds"));
        if node.get("capacity").is_none() {
            reader
                .report
                .error("E0203", place, &format!("{path}.capacity"), format!("`{name}` needs a `capacity`"))
                .found(node.words())
                .allowed("`{ items: … }`, `{ bytes: … }` or `unbounded`")
                .help("How much each copy holds; its nodes share that evenly.");
        }
        let room = match node.at("capacity").choice() {
            Some(("items", items)) => Room::Items(items.count()),
            Some(("bytes", bytes)) => Room::Bytes(bytes.bytes()),
            _ => Room::Unbounded,
        };
        let evict = match node.at("evict").text() {
            Some("fifo") => Evict::Fifo,
            Some("clock") => Evict::Clock,
            Some("sieve") => Evict::Sieve,
            Some("lfu") => Evict::Lfu,
            Some("segmented") => Evict::Segmented,
            Some("random") => Evict::Random,
            _ => Evict::Lru,
        };
        let span = node.at("ttl").span_or_forever();
        let ttl = (span < Span::FOREVER).then(|| TimeToLive { span, sliding: node.at("sliding").flag() });
        let load = match node.at("load").choice() {
            Some(("read-through", through)) => Load::Through(through.at("reads").limit()),
            _ => Load::Aside,
        };
        Cache {
            name: name.to_owned(),
            place,
            holds,
            settings: CacheSettings { room, evict, ttl },
            expected: (node.at("contents").text() == Some("expected")).then_some(RECENT),
            load,
            coalesce: match node.at("coalesce").text() {
                Some("instance") => Coalesce::Instance,
                Some("all") => Coalesce::Cache,
                _ => Coalesce::None,
            },
            late_fills: node.at("late").text() != Some("dropped"),
            once: node.at("once-per-request").flag(),
            stale: node.at("stale").span(),
            early: node.get("early-refresh").map_or(0.0, Node::factor),
            jitter: node.at("ttl-jitter").share().min(1.0),
            negative: node.get("negative").map(Node::span_or_forever),
            leases: node.get("leases").map(leases::read),
            leases_at: node.get("leases").map_or(place, |leases| leases.place),
            serves: node.get("for").map(|_| serves(reader, system, node, &path)),
            warm: node.at("start").text() == Some("popular"),
            remote: node
                .get("remote")
                .map(|remote| Remote::read(reader, (zones, load), remote, &format!("{path}.remote"))),
            path,
        }
    }

    /// As plans have it; `store` is what its servers are.
    pub fn lower(&self, store: Option<StoreId>) -> plan::Cache {
        let place = match (store, &self.remote) {
            (Some(store), Some(remote)) => {
                CachePlace::Servers { store, timeout: remote.timeout, cluster: remote.cluster }
            }
            _ => CachePlace::Process,
        };
        plan::Cache {
            name: self.name.clone(),
            data: self.holds.iter().map(|&at| DataId(at as u16)).collect(),
            settings: self.settings,
            expected: self.expected,
            place,
            coalesce: self.coalesce,
            late_fills: self.late_fills,
            once: self.once,
            warm: self.warm,
            stale: self.stale,
            early: self.early,
            jitter: self.jitter,
            negative: self.negative,
            leases: self.leases,
            near: self.remote.as_ref().and_then(|remote| remote.near),
            throttle: self.remote.as_ref().map_or(Limit::Unbounded, |remote| remote.throttle),
            load: self.load,
            serves: self.serves.as_ref().map(|of| of.iter().map(|&at| JourneyId(at as u16)).collect()),
            key: Key::of_name(&format!("caches.{}", self.name)),
        }
    }

    /// Its nodes as stores, those of a copy together.
    pub fn stores(&self, architecture: &Architecture) -> Vec<plan::Store> {
        let Some(remote) = &self.remote else { return Vec::new() };
        let Remote { cluster, servers, read, write, queue, connections, pool, timeout, zone, .. } =
            remote.clone();
        let store = |at: u16| plan::Store {
            cores: archsim_sim::Limit::Unbounded,
            locks: None,
            name: if cluster.size() == 1 { self.name.clone() } else { format!("{}#{}", self.name, at + 1) },
            servers,
            read: read.clone(),
            write: write.clone(),
            queue,
            connections,
            order: Order::Fifo,
            crowding: Crowding::NONE,
            hop: architecture.store_hop,
            pool,
            pool_wait: timeout,
            opening: None,
            zone: zone.or_else(|| zone_of_copy(cluster, at, architecture)),
        };
        (0..cluster.size()).map(store).collect()
    }

    /// How many stores it is.
    pub fn nodes(&self) -> usize {
        self.remote.as_ref().map_or(0, |remote| usize::from(remote.cluster.size()))
    }
}

/// Several copies are in the zones in turn.
fn zone_of_copy(cluster: CacheCluster, node: u16, architecture: &Architecture) -> Option<ZoneId> {
    let zones = architecture.zones.names.len() as u16;
    (cluster.copies > 1 && zones > 0).then(|| ZoneId(node / cluster.nodes % zones))
}

/// The journeys that a cache is for.
fn serves(reader: &mut Reader<'_>, system: &System, node: &Node, path: &str) -> Vec<usize> {
    let named = |journey: &super::system::Journey| Named { name: journey.name.clone(), place: journey.place };
    let journeys: Vec<Named> = system.journeys.iter().map(named).collect();
    listed(reader, "journey", &journeys, node.at("for"), &format!("{path}.for"))
}

/// More nodes than this are not believed to be meant.
const NODES_MAX: u32 = 1_000;

/// The nodes of a cache, of which there are not too many.
fn cluster(reader: &mut Reader<'_>, node: &Node, path: &str) -> CacheCluster {
    let (nodes, copies) = (node.at("nodes"), node.at("copies"));
    let spare = node.get("gutter").map_or(0, |gutter| gutter.at("nodes").count());
    let all = nodes.count().saturating_mul(copies.count()).saturating_add(spare);
    if all > NODES_MAX {
        reader
            .report
            .error("E0561", nodes.place, &format!("{path}.nodes"), "a cache of too many nodes")
            .found(format!("{all} nodes in {} copies", copies.count()))
            .allowed(format!("up to {NODES_MAX} nodes in all"))
            .help("scale the system down: what matters are ratios");
        return CacheCluster::ONE;
    }
    CacheCluster {
        nodes: nodes.count() as u16,
        copies: copies.count() as u16,
        others: match node.at("other-copies").limit() {
            Limit::AtMost(most) => Some(most.min(u32::from(u16::MAX - 1)) as u16),
            Limit::Unbounded => None,
        },
        hashing: match node.at("hashing").text() {
            Some("modulo") => Hashing::Modulo,
            _ => Hashing::Ketama,
        },
        on_loss: match node.at("on-loss").text() {
            Some("rehash") => OnLoss::Rehash,
            _ => OnLoss::Miss,
        },
        gutter: node.get("gutter").map_or(0, |gutter| gutter.at("nodes").count() as u16),
        gutter_ttl: node.get("gutter").map_or(Span::FOREVER, |gutter| gutter.at("ttl").span()),
        latch: match node.at("latch").text() {
            Some("one") => Latch::One,
            Some("quorum") => Latch::Quorum,
            Some("all-minus-1") => Latch::AllButOne,
            Some("all") => Latch::All,
            _ => Latch::None,
        },
        latch_wait: node.at("latch-wait").span_or_forever(),
        warmer: node.get("warmer").map(|warmer| Span::from_secs_f64(1.0 / warmer.at("rate").rate())),
    }
}

/// For how long a look-up is waited for unless something is said: `EVCache` in the cloud.
const TIMEOUT: Span = Span::from_millis(20);

impl Remote {
    fn read(reader: &mut Reader<'_>, (zones, load): (&Zones, Load), node: &Node, path: &str) -> Remote {
        let timeout = if load == Load::Aside { TIMEOUT } else { Span::FOREVER };
        Remote {
            cluster: cluster(reader, node, path),
            servers: node.at("servers").count(),
            read: reader.distribution(node.at("read"), &format!("{path}.read")),
            write: reader.distribution(node.at("write"), &format!("{path}.write")),
            queue: node.at("queue").limit(),
            connections: node.at("connections").limit(),
            pool: node.at("pool").count(),
            timeout: node.get("timeout").map_or(timeout, Node::span_or_forever),
            near: node.get("near").map(|near| CacheSettings {
                room: Room::Items(near.at("items").count()),
                evict: Evict::Lru,
                ttl: Some(TimeToLive { span: near.at("ttl").span(), sliding: false }),
            }),
            throttle: node.at("throttle").limit(),
            zone: zone::of(reader, zones, node, path),
        }
    }
}
