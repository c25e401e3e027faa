//! Databases of several nodes, and links from one database to another.

use archsim_sim::{Distribution, Key, Span};

use super::{DataId, Hashing, Operation, StoreId};
use crate::placement::ketama::Ring;

/// The item that an operation is about: the one that its request's key, or a key of its own, asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of which data set.
    pub data: DataId,
    /// Whether the step draws keys of its own; else they are those of the request, the same for every capability.
    pub own_key: bool,
}

/// Several stores that are one database to whoever uses them: programs name the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its nodes, alike but for their names.
    pub nodes: Vec<StoreId>,
    /// Who has what.
    pub kind: ClusterKind,
    /// Names its draws.
    pub key: u64,
}

/// The shard, of so many, on which an item of a data set lies: the same in every run.
pub fn shard(data: DataId, number: u32, shards: usize) -> usize {
    (Key::new(u64::from(number), u64::from(data.0)).bits() % shards as u64) as usize
}

/// What deals the keys of a database to its shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharding {
    /// The remainder of a key's hash.
    Remainder(usize),
    /// Ketama's ring.
    Ring(Ring),
}

impl Sharding {
    /// That of a cluster; of one without shards it is of no meaning.
    pub fn of(cluster: &Cluster) -> Sharding {
        if cluster.kind != ClusterKind::Sharded(Hashing::Ketama) {
            return Sharding::Remainder(cluster.nodes.len());
        }
        let names: Vec<String> =
            (0..cluster.nodes.len()).map(|number| format!("{}-{number}", cluster.name)).collect();
        Sharding::Ring(Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// The shard on which an item lies: the same in every run.
    pub fn shard(&self, data: DataId, number: u32) -> usize {
        match self {
            Sharding::Remainder(shards) => shard(data, number, *shards),
            Sharding::Ring(ring) => {
                ring.owner(Key::new(u64::from(number), u64::from(data.0)).bits() as u32) as usize
            }
        }
    }
}

/// What the nodes of a cluster hold.
#[derive(Clone, Debug, PartialEq)]
pub enum ClusterKind {
    /// All of them everything; one is the primary and takes the writes.
    Replicated(Replication),
    /// Each its share of the keys, by a hash of the key: on a ring, or modulo their number.
    Sharded(Hashing),
    /// Copies of each key on several of them, as many of which as a quorum have to answer.
    Quorum(Quorum),
}

/// A ring of nodes without a primary, as Cassandra's. A coordinator asks the nodes that have a key's copies, all of them
/// at once, and answers with the answer that completes the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Copies of each key: on the node of its hash and on those that follow.
    pub copies: u32,
    /// Answers that a read needs; so many copies are asked.
    pub read: u32,
    /// Answers that a write needs; all copies that are up are asked.
    pub write: u32,
    /// Network time between the coordinator and a node, one way.
    pub hop: Span,
    /// After so long without enough answers a read asks one more copy, if there is one.
    pub speculative: Option<Span>,
    /// Writes for a copy that has been out for no longer than this are kept for it, and done when it is back.
    pub hints: Option<Span>,
}

impl Quorum {
    /// Answers that an operation needs.
    pub const fn needs(&self, operation: Operation) -> u32 {
        match operation {
            Operation::Read => self.read,
            Operation::Write => self.write,
        }
    }
}

/// A primary and its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// From a commit at the primary until a replica has it; each replica applies commits in their order.
    pub lag: Distribution,
    /// Who is read from.
    pub reads: Reads,
    /// Whether a request that has written to a data set reads that data set from the primary.
    pub pinned: bool,
    /// Whether a write waits until the quickest replica that is up has it.
    pub synchronous: bool,
    /// From the primary's outage until a replica has taken its place.
    pub fail_over: Distribution,
    /// Whether each region's nodes take the writes of their region, if they are up: then no node has to take another's
    /// place. Of writes of one item in two regions at once the later one holds.
    pub writes_own_region: bool,
}

/// Who is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The primary.
    Primary,
    /// A replica that is up, any alike; the primary if none is.
    Replicas,
    /// Any node that is up.
    Any,
    /// A node of the reader's own region that is up; the primary if none is.
    OwnRegion,
}

/// A link from a store to another one: operations on what the other one holds go through the first, whose session
/// works, and then waits for a session at the other one.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Who is asked.
    pub from: StoreId,
    /// Who has the data.
    pub to: StoreId,
    /// The data sets that are reached by it.
    pub data: Vec<DataId>,
    /// Fetches over the link for an operation, one after the other.
    pub rows: u32,
    /// Network time between the two, one way.
    pub hop: Span,
}
