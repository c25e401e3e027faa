//! Databases of several nodes and links between databases, as written.

use archsim_sim::{Distribution, Key, Span};

use super::{Architecture, Store};
use crate::plan::{self, ClusterKind, DataId, Hashing, Quorum, Reads, Replication, StoreId};
use crate::scenario::caches::Cache;
use crate::scenario::common::{COUNT, DISTRIBUTION, FLAG, SPAN, SPAN_ABOVE};
use crate::scenario::place::Place;
use crate::scenario::read::Reader;
use crate::scenario::report::Report;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Choice, Names, Record, Shape, default, optional, required, word};
use crate::scenario::system::Named;
use crate::scenario::tree::Node;

/// `replicas` of a store.
pub static REPLICAS: Shape = Shape::Record(
    &Record::new(
        "replicas",
        &[
            required("count", &COUNT, "How many replicas, beside the primary."),
            default(
                "lag",
                &DISTRIBUTION,
                "100ms",
                "assumed: asynchronous replication within a region under load",
                "From a commit until a replica has it; each replica applies commits in their order.",
            ),
            default(
                "reads",
                &READS,
                "primary",
                "PostgreSQL: clients read where they write unless told otherwise",
                "Who is read from: the primary, a replica that is up, any node that is up, or one of the reader's own region.",
            ),
            default(
                "writes",
                &WRITES,
                "primary",
                "one primary unless said",
                "Who takes writes: the primary, or a node of the writer's own region, as where every region has a primary of its own.",
            ),
            default(
                "read-your-writes",
                &FLAG,
                "false",
                "replicas know nothing of requests",
                "Whether a request that has written to a data set reads it from the primary.",
            ),
            default(
                "commit",
                &COMMIT,
                "asynchronous",
                "PostgreSQL without synchronous_standby_names",
                "Whether a write waits until the quickest replica that is up has it.",
            ),
            default(
                "fail-over",
                &DISTRIBUTION,
                "{ uniform: { from: 60s, to: 120s } }",
                "Amazon RDS Multi-AZ: 60 to 120 s",
                "From the primary's outage until a replica has taken its place.",
            ),
        ],
    )
    .or_short("count"),
);
static READS: Shape = Shape::Scalar(Scalar::Words(&["primary", "replicas", "any", "own-region"]));
static WRITES: Shape = Shape::Scalar(Scalar::Words(&["primary", "own-region"]));
static COMMIT: Shape = Shape::Scalar(Scalar::Words(&["asynchronous", "synchronous"]));
/// `quorum` of a store.
pub static QUORUM: Shape = Shape::Record(
    &Record::new(
        "a quorum",
        &[
            default("nodes", &COUNT, "3", "Cassandra's smallest usual cluster", "How many nodes."),
            default("copies", &COUNT, "3", "replication factor 3, the usual one", "Copies of each key."),
            default("read", &LEVEL, "quorum", "half the copies and one more", "Answers that a read needs."),
            default("write", &LEVEL, "quorum", "half the copies and one more", "Answers that a write needs."),
            default(
                "hop",
                &SPAN,
                "250us",
                "assumed: half a round trip within a data centre",
                "Network time between the coordinator and a node, one way.",
            ),
            optional(
                "speculative",
                &SPAN_ABOVE,
                "reads wait for the copies that they have asked",
                "After so long a read asks one more copy: Cassandra's `speculative_retry`, there the 99th percentile.",
            ),
            optional(
                "hints",
                &SPAN_ABOVE,
                "what a copy that is out has missed is not its load later",
                "Writes for a copy that has been out for no longer (Cassandra: `3h`) are kept, and done when it is back.",
            ),
        ],
    )
    .or_short("nodes"),
);
static LEVEL: Shape = Shape::Choice(&Choice {
    noun: "a consistency level",
    plain: Some(&Scalar::Count { min: 1 }),
    variants: &[
        word("one", "one copy"),
        word("quorum", "half the copies, rounded down, and one more"),
        word("all", "all copies"),
    ],
});
/// `links` of a store.
pub static LINKS: Shape =
    Shape::Map(&Names { noun: "store", of: &LINK, general: None, edges: false, may_be_empty: true });
static LINK: Shape = Shape::Record(&Record::new(
    "a link",
    &[
        default(
            "rows",
            &COUNT,
            "1",
            "one statement that the other database answers at once",
            "Fetches for an operation, one after the other, each a round trip.",
        ),
        default(
            "hop",
            &SPAN,
            "250us",
            "assumed: half a round trip within a data centre",
            "Network time between the two databases, one way.",
        ),
    ],
));

/// What a store's nodes hold, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Nodes {
    /// It has one node.
    One,
    /// A primary and so many replicas.
    Replicas(u32, Replication),
    /// So many shards.
    Shards(u32, Hashing),
    /// So many nodes without a primary.
    Quorum(u32, Quorum),
}

/// A link, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The other store, by name until all are read.
    pub to: String,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Fetches for an operation.
    pub rows: u32,
    /// One way.
    pub hop: Span,
}

impl Nodes {
    /// Reads the nodes of a resolved store.
    pub fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Nodes {
        if let Some(shards) = node.get("shards") {
            let hashing = match shards.at("hashing").text() {
                Some("ketama") => Hashing::Ketama,
                _ => Hashing::Modulo,
            };
            return Nodes::Shards(shards.at("count").count(), hashing);
        }
        if let Some(quorum) = node.get("quorum") {
            return read_quorum(reader, quorum, &format!("{path}.quorum"));
        }
        let Some(replicas) = node.get("replicas") else { return Nodes::One };
        let path = format!("{path}.replicas");
        let mut span =
            |key: &str| -> Distribution { reader.distribution(replicas.at(key), &format!("{path}.{key}")) };
        let replication = Replication {
            lag: span("lag"),
            fail_over: span("fail-over"),
            reads: match replicas.at("reads").text() {
                Some("replicas") => Reads::Replicas,
                Some("any") => Reads::Any,
                Some("own-region") => Reads::OwnRegion,
                _ => Reads::Primary,
            },
            writes_own_region: replicas.at("writes").text() == Some("own-region"),
            pinned: replicas.at("read-your-writes").flag(),
            synchronous: replicas.at("commit").text() == Some("synchronous"),
        };
        Nodes::Replicas(replicas.at("count").count(), replication)
    }

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        match self {
            Nodes::One => 1,
            Nodes::Replicas(replicas, _) => replicas.saturating_add(1),
            Nodes::Shards(nodes, _) | Nodes::Quorum(nodes, _) => *nodes,
        }
    }

    /// What the node is called among those of a store.
    fn name(&self, store: &str, node: u32) -> String {
        match self {
            Nodes::Replicas(..) => format!("{store} replica {node}"),
            Nodes::Quorum(..) => format!("{store} node {}", node + 1),
            _ => format!("{store} shard {}", node + 1),
        }
    }

    /// The largest share of a load of reads and writes that a node gets: reads, writes.
    pub fn most(&self) -> (f64, f64) {
        let each = 1.0 / f64::from(self.count());
        match self {
            Nodes::One => (1.0, 1.0),
            Nodes::Shards(..) => (each, each),
            Nodes::Quorum(_, quorum) => (each * f64::from(quorum.read), each * f64::from(quorum.copies)),
            Nodes::Replicas(replicas, replication) => match replication.reads {
                // How many users each region has is another matter.
                Reads::Primary | Reads::OwnRegion => (1.0, 1.0),
                Reads::Replicas => (1.0 / f64::from(*replicas), 1.0),
                Reads::Any => (each, 1.0),
            },
        }
    }
}

fn read_quorum(reader: &mut Reader<'_>, node: &Node, path: &str) -> Nodes {
    let (nodes, copies) = (node.at("nodes").count(), node.at("copies").count());
    if copies > nodes {
        reader
            .report
            .error("E0586", node.at("copies").place, &format!("{path}.copies"), "more copies than nodes")
            .found(node.at("copies").words())
            .allowed(format!("up to {nodes}, the `nodes`"));
    }
    let mut level = |key: &str| {
        let level = node.at(key);
        let needs = match level.text() {
            Some("one") => 1,
            Some("quorum") => copies / 2 + 1,
            Some("all") => copies,
            _ => level.count(),
        };
        if needs > copies {
            reader
                .report
                .error("E0587", level.place, &format!("{path}.{key}"), "more answers than copies")
                .found(level.words())
                .allowed(format!("up to {copies}, the `copies`"))
                .help("`quorum` is half the copies and one more");
        }
        needs.clamp(1, copies)
    };
    let (read, write) = (level("read"), level("write"));
    let perhaps = |key: &str| node.get(key).map(Node::span);
    let (speculative, hints) = (perhaps("speculative"), perhaps("hints"));
    let hop = node.at("hop").span();
    Nodes::Quorum(nodes, Quorum { copies: copies.min(nodes), read, write, hop, speculative, hints })
}

impl Link {
    /// Reads the links of a resolved store.
    pub fn read(node: &Node, path: &str) -> Vec<Link> {
        let links = node.at("links").entries().iter();
        let links = links.map(|entry| Link {
            to: entry.key.clone(),
            place: entry.place,
            path: format!("{path}.links.{}", entry.key),
            rows: entry.node.at("rows").count(),
            hop: entry.node.at("hop").span(),
        });
        links.collect()
    }
}

impl Architecture {
    /// The store that a program asks for a data set: the one that holds it, or the one that has a link to that.
    pub fn asked(&self, data: usize) -> Option<usize> {
        let holder = self.holder(data)?;
        let name = &self.stores[holder].name;
        let linked = self.stores.iter().position(|store| store.links.iter().any(|link| link.to == *name));
        linked.or(Some(holder))
    }

    /// The link over which a data set is reached, if it is, and the store that it leads to.
    pub fn link(&self, data: usize) -> Option<(&Link, usize)> {
        let holder = self.holder(data)?;
        let name = &self.stores[holder].name;
        let mut links = self.stores.iter().flat_map(|store| &store.links);
        links.find(|link| link.to == *name).map(|link| (link, holder))
    }

    /// Whether it matters to a data set's store which item an operation is about.
    pub fn by_item(&self, data: usize) -> bool {
        let several =
            |store: Option<usize>| store.is_some_and(|store| self.stores[store].nodes != Nodes::One);
        let locks = |store: usize| self.stores[store].locks.is_some();
        several(self.holder(data))
            || several(self.asked(data))
            || self.link(data).is_some()
            || self
                .holder(data)
                .is_some_and(|store| locks(store) || self.stores[store].transactions.optimistic)
    }

    /// All nodes but the first of each store, with the index of the store among the databases, its number and its name:
    /// they come after all other stores of a plan.
    pub fn more_nodes(&self) -> Vec<(usize, u32, String)> {
        let stores = self.stores.iter().enumerate();
        let nodes = stores.flat_map(|(at, store)| {
            (1..store.nodes.count()).map(move |node| (at, node, store.nodes.name(&store.name, node)))
        });
        nodes.collect()
    }

    /// The nodes of a database among the stores of a plan.
    pub fn nodes(&self, store: usize) -> Vec<StoreId> {
        let caches: usize = self.caches.iter().map(Cache::nodes).sum();
        let first = self.stores.len() + caches;
        let more = self.more_nodes();
        let mine = more.iter().enumerate().filter(|(_, node)| node.0 == store);
        let mine = mine.map(|(at, _)| StoreId((first + at) as u16));
        std::iter::once(StoreId(store as u16)).chain(mine).collect()
    }

    /// As plans have its databases of several nodes.
    pub fn clusters(&self) -> Vec<plan::Cluster> {
        let clusters = self.stores.iter().enumerate().filter_map(|(at, store)| {
            let kind = match &store.nodes {
                Nodes::One => return None,
                Nodes::Replicas(_, replication) => ClusterKind::Replicated(replication.clone()),
                Nodes::Shards(_, hashing) => ClusterKind::Sharded(*hashing),
                Nodes::Quorum(_, quorum) => ClusterKind::Quorum(*quorum),
            };
            let key = Key::of_name(&format!("stores.{}", store.name));
            Some(plan::Cluster { name: store.name.clone(), nodes: self.nodes(at), kind, key })
        });
        clusters.collect()
    }

    /// As plans have its links.
    pub fn links(&self) -> Vec<plan::Link> {
        let mut links = Vec::new();
        for (from, store) in self.stores.iter().enumerate() {
            for link in &store.links {
                let Some(to) = self.stores.iter().position(|store| store.name == link.to) else { continue };
                links.push(plan::Link {
                    from: StoreId(from as u16),
                    to: StoreId(to as u16),
                    data: self.stores[to].holds.iter().map(|&data| DataId(data as u16)).collect(),
                    rows: link.rows,
                    hop: link.hop,
                });
            }
        }
        links
    }
}

/// Links lead to another store, which is reached by that link alone and has none itself; nodes are not too many.
pub fn check(architecture: &Architecture, report: &mut Report) {
    let stores: Vec<Named> = architecture
        .stores
        .iter()
        .map(|store| Named { name: store.name.clone(), place: store.place })
        .collect();
    let mut reached: Vec<&str> = Vec::new();
    for (store, link) in architecture.stores.iter().flat_map(|it| it.links.iter().map(move |link| (it, link)))
    {
        let mut reader = Reader { report };
        let Some(to) = reader.find_name("store", &stores, &link.to, link.place, &link.path) else { continue };
        let there: &Store = &architecture.stores[to];
        if !there.links.is_empty() {
            report
                .error(
                    "E0583",
                    link.place,
                    &link.path,
                    format!("`{}` is asked over a link and has links itself", link.to),
                )
                .found(if link.to == store.name {
                    "a link to itself".to_owned()
                } else {
                    format!("links of `{}`", link.to)
                })
                .allowed("links to stores without links: the session that is asked does not ask on")
                .help("let the first store have both links");
        }
        if reached.contains(&link.to.as_str()) {
            report
                .error("E0584", link.place, &link.path, format!("two links lead to `{}`", link.to))
                .found(format!("a link of `{}`, and another one", store.name))
                .allowed("one link to each store: which one would be taken?");
        }
        reached.push(&link.to);
    }
    for store in &architecture.stores {
        let nodes = store.nodes.count();
        if nodes > NODES_MAX {
            report
                .error("E0585", store.place, &store.path, format!("`{}` has too many nodes", store.name))
                .found(format!("{nodes} nodes"))
                .allowed(format!("up to {NODES_MAX}"));
        }
    }
}

/// More nodes than this are refused.
const NODES_MAX: u32 = 256;
