//! Data sets and the caches before their stores: how they are written, and what they mean.

use super::architecture::{Architecture, zone};
use super::common::{
    BYTES, COUNT, DISTRIBUTION, FLAG, LIMIT, LIMIT_ZERO, NAME, NAMES, NUMBER, SHARE_ABOVE, SPAN_UNBOUNDED,
};
use super::place::Place;
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Choice, Names, Record, Shape, default, optional, required, variant, word};
use super::system::{Named, System};
use super::tree::Node;
use crate::cache::{CacheSettings, Evict, Room, TimeToLive};
use crate::hit_ratio::missed;
use crate::plan::{self, CachePlace, Coalesce, Crowding, DataId, StoreId, ZoneId, Zones};
use crate::popularity::Popularity;
use archsim_sim::{Distribution, Key, Limit, Order, Span};

/// A data set.
pub static DATA_SET: Shape = Shape::Record(&Record::new(
    "a data set",
    &[
        default("items", &COUNT, "1_000_000", "assumed", "How many items it has, each with a key."),
        default("size", &BYTES, "1KiB", "assumed; EVCache's page of figures is for 1 KB", "Size of an item."),
        default(
            "popularity",
            &POPULARITY,
            "{ zipf: 0.9 }",
            "assumed; web traces have 0.6 to 0.9 (Breslau et al. 1999)",
            "How often each item is asked for.",
        ),
    ],
));
static POPULARITY: Shape = Shape::Choice(&Choice {
    noun: "a popularity",
    plain: None,
    variants: &[
        word("uniform", "every item alike"),
        variant("zipf", &NUMBER, "the n-th most popular in proportion to n to the power of minus this"),
        variant("hot", &HOT, "some items share a part of the requests, the others the rest"),
    ],
});
static HOT: Shape = Shape::Record(&Record::new(
    "hot items",
    &[
        required("items", &SHARE_ABOVE, "Which share of the items is hot."),
        required("requests", &SHARE_ABOVE, "Which share of the requests they get."),
    ],
));

/// `architectures.NAME.caches`.
pub static CACHES: Shape =
    Shape::Map(&Names { noun: "cache", of: &CACHE, general: None, edges: false, may_be_empty: true });
/// A cache.
pub static CACHE: Shape = Shape::Record(&Record::new(
    "a cache",
    &[
        optional(
            "holds",
            &NAMES,
            "the data set of its own name",
            "Data sets that are looked up in it first; `all` for all.",
        ),
        required("capacity", &CAPACITY, "How much it holds; in processes, each copy."),
        default(
            "evict",
            &EVICT,
            "lru",
            "Redis allkeys-lru, the usual choice",
            "Who leaves when there is no room.",
        ),
        default(
            "ttl",
            &SPAN_UNBOUNDED,
            "unbounded",
            "items stay until they are evicted",
            "How long an item counts as fresh.",
        ),
        default(
            "sliding",
            &FLAG,
            "false",
            "memcached and EVCache count from the fill",
            "Whether every hit starts that time anew.",
        ),
        default(
            "coalesce",
            &COALESCE,
            "none",
            "clients of memcached know nothing of each other",
            "Who waits for whose read of the same item: nobody, those of an instance, or all.",
        ),
        default(
            "late",
            &LATE,
            "kept",
            "the read goes on and its answer is stored",
            "Whether an answer fills the cache for which nobody waits any more.",
        ),
        default(
            "once-per-request",
            &FLAG,
            "false",
            "services ask again",
            "Whether a request carries along what it has looked up.",
        ),
        default(
            "start",
            &START,
            "cold",
            "runs start empty",
            "Whether it starts empty, or full of the most popular items.",
        ),
        optional("remote", &REMOTE, "in the process of every instance that uses it", "Servers of its own."),
    ],
));
static CAPACITY: Shape = Shape::Choice(&Choice {
    noun: "a capacity",
    plain: None,
    variants: &[
        variant("items", &COUNT, "so many items, whatever their size"),
        variant("bytes", &BYTES, "items of so many bytes together"),
        word("unbounded", "everything"),
    ],
});
static EVICT: Shape =
    Shape::Scalar(Scalar::Words(&["lru", "fifo", "clock", "sieve", "lfu", "segmented", "random"]));
static COALESCE: Shape = Shape::Scalar(Scalar::Words(&["none", "instance", "all"]));
static LATE: Shape = Shape::Scalar(Scalar::Words(&["kept", "dropped"]));
static START: Shape = Shape::Scalar(Scalar::Words(&["cold", "popular"]));
static REMOTE: Shape = Shape::Record(&Record::new(
    "servers of a cache",
    &[
        default("servers", &COUNT, "4", "memcached -t 4", "Operations that they serve at once."),
        default(
            "read",
            &DISTRIBUTION,
            "100us",
            "assumed; EVCache: under 1 ms with the network",
            "Time of a look-up.",
        ),
        default("write", &DISTRIBUTION, "100us", "assumed: as a look-up", "Time of a fill or a deletion."),
        default("queue", &LIMIT_ZERO, "1_000", "assumed", "Operations that may wait."),
        default("connections", &LIMIT, "1_024", "memcached -c 1024", "Connections that they accept in all."),
        default(
            "pool",
            &COUNT,
            "50",
            "EVCache, operations under way to a node",
            "Operations that each calling instance has under way.",
        ),
        default(
            "timeout",
            &SPAN_UNBOUNDED,
            "20ms",
            "EVCache in the cloud",
            "A look-up that takes longer counts as a miss.",
        ),
        optional(
            "zone",
            &NAME,
            "in no zone: as near to all, and lost with none",
            "Where they are, and with what their items are lost.",
        ),
    ],
));

/// A data set, read.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// How many items, and how often each is asked for.
    pub popularity: Popularity,
    /// Bytes of an item.
    pub bytes: u32,
}

impl DataSet {
    /// Reads a resolved data set.
    pub fn read(reader: &mut Reader<'_>, name: &str, place: Place, node: &Node) -> DataSet {
        let path = format!("system.data.{name}");
        let size = node.at("size");
        let bytes = u32::try_from(size.bytes()).unwrap_or_else(|_| {
            reader
                .report
                .error("E0307", size.place, &format!("{path}.size"), "an item is too large")
                .found(size.words())
                .allowed("less than `4GiB`");
            1
        });
        let popularity = popularity(reader, node, &format!("{path}.popularity"));
        DataSet { name: name.to_owned(), place, popularity, bytes }
    }

    /// As plans have it.
    pub fn lower(&self) -> plan::DataSet {
        plan::DataSet {
            name: self.name.clone(),
            popularity: self.popularity.clone(),
            bytes: self.bytes,
            key: Key::of_name(&format!("system.data.{}", self.name)),
        }
    }
}

fn popularity(reader: &mut Reader<'_>, node: &Node, path: &str) -> Popularity {
    let items = node.at("items").count().max(1);
    match node.at("popularity").choice() {
        Some(("zipf", exponent)) => Popularity::zipf(items, exponent.factor()),
        Some(("hot", hot)) => {
            let share = hot.at("items");
            let count = (share.share() * f64::from(items)).round() as u32;
            if count == 0 || count >= items {
                reader
                    .report
                    .error(
                        "E0311",
                        share.place,
                        &format!("{path}.hot.items"),
                        "all items are alike with this",
                    )
                    .found(format!("{count} hot items of {items}"))
                    .allowed("at least one hot item, and one that is not")
                    .help("use `uniform`, or a share that leaves some of each");
                return Popularity::uniform(items);
            }
            Popularity::hot_set(items, count, hot.at("requests").share())
        }
        _ => Popularity::uniform(items),
    }
}

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
    /// Who waits for whose read.
    pub coalesce: Coalesce,
    /// Whether late answers fill it.
    pub late_fills: bool,
    /// Whether requests carry along what they have looked up.
    pub once: bool,
    /// Whether it starts full.
    pub warm: bool,
    /// Its servers, if it has any.
    pub remote: Option<Remote>,
}

/// Servers of a cache, read.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the plan's store")]
pub struct Remote {
    pub servers: u32,
    pub read: Distribution,
    pub write: Distribution,
    pub queue: Limit,
    pub connections: Limit,
    pub pool: u32,
    pub timeout: Span,
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
        let holds = super::architecture::listed(
            reader,
            "data set",
            &data,
            node.at("holds"),
            &format!("{path}.holds"),
        );
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
        Cache {
            name: name.to_owned(),
            place,
            holds,
            settings: CacheSettings { room, evict, ttl },
            coalesce: match node.at("coalesce").text() {
                Some("instance") => Coalesce::Instance,
                Some("all") => Coalesce::Cache,
                _ => Coalesce::None,
            },
            late_fills: node.at("late").text() != Some("dropped"),
            once: node.at("once-per-request").flag(),
            warm: node.at("start").text() == Some("popular"),
            remote: node
                .get("remote")
                .map(|remote| Remote::read(reader, zones, remote, &format!("{path}.remote"))),
            path,
        }
    }

    /// As plans have it; `store` is what its servers are.
    pub fn lower(&self, store: Option<StoreId>) -> plan::Cache {
        let place = match (store, &self.remote) {
            (Some(store), Some(remote)) => CachePlace::Servers { store, timeout: remote.timeout },
            _ => CachePlace::Process,
        };
        plan::Cache {
            name: self.name.clone(),
            data: self.holds.iter().map(|&at| DataId(at as u16)).collect(),
            settings: self.settings,
            place,
            coalesce: self.coalesce,
            late_fills: self.late_fills,
            once: self.once,
            warm: self.warm,
            key: Key::of_name(&format!("caches.{}", self.name)),
        }
    }

    /// Its servers as a store.
    pub fn store(&self, architecture: &Architecture) -> Option<plan::Store> {
        let Remote { servers, read, write, queue, connections, pool, timeout, zone } = self.remote.clone()?;
        Some(plan::Store {
            name: self.name.clone(),
            servers,
            read,
            write,
            queue,
            connections,
            order: Order::Fifo,
            crowding: Crowding::NONE,
            hop: architecture.store_hop,
            pool,
            pool_wait: timeout,
            opening: None,
            zone,
        })
    }
}

impl Remote {
    fn read(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Remote {
        Remote {
            servers: node.at("servers").count(),
            read: reader.distribution(node.at("read"), &format!("{path}.read")),
            write: reader.distribution(node.at("write"), &format!("{path}.write")),
            queue: node.at("queue").limit(),
            connections: node.at("connections").limit(),
            pool: node.at("pool").count(),
            timeout: node.at("timeout").span_or_forever(),
            zone: zone::of(reader, zones, node, path),
        }
    }
}

/// The share of a data set's reads that is expected to reach its store.
pub fn reaching(architecture: &Architecture, system: &System, data: usize) -> f64 {
    let Some(cache) = architecture.cache(data) else { return 1.0 };
    let cache = &architecture.caches[cache];
    let set = |&at: &usize| (&system.sets[at].popularity, system.sets[at].bytes);
    let held: Vec<_> = cache.holds.iter().map(set).collect();
    let which = cache.holds.iter().position(|&at| at == data).unwrap_or(0);
    missed(cache.settings, &held, which)
}
