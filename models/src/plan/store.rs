//! Where data lives.

use archsim_sim::{Distribution, Limit, Order, Span};

use super::{Crowding, ZoneId};
use crate::pool::PoolSettings;

/// A database.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Operations that it serves at once.
    pub servers: u32,
    /// Cores that all operations share; what an operation's CPU costs is said by the step.
    pub cores: Limit,
    /// Time of a read at a server.
    pub read: Distribution,
    /// Time of a write at a server.
    pub write: Distribution,
    /// Operations that may wait for a server.
    pub queue: Limit,
    /// In which order they get one: first come, first served, or by priority.
    pub order: Order,
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
    /// What writes of the same wait for, if they do.
    pub locks: Option<Locks>,
    /// How pools open connections, if they do; else connections are there as soon as they are wanted.
    pub opening: Option<Opening>,
}

/// Writes of the same wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// The same what.
    pub of: LockOf,
    /// Whether reads take them too.
    pub reads: LockReads,
    /// Who waits longer fails.
    pub wait: Span,
}

/// What a lock is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockOf {
    /// An item.
    Row,
    /// A data set.
    Table,
}

/// Which reads take locks, as writes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockReads {
    /// None: they see what was last committed.
    Never,
    /// Those of transactions that are pessimistic: `select … for update`.
    InTransactions,
}

impl Store {
    /// One server without limits or network; nobody waits for a connection.
    pub fn plain(name: &str, read: Distribution, write: Distribution) -> Self {
        Store {
            name: name.into(),
            servers: 1,
            cores: Limit::Unbounded,
            read,
            write,
            queue: Limit::Unbounded,
            order: Order::Fifo,
            crowding: Crowding::NONE,
            connections: Limit::Unbounded,
            zone: None,
            hop: Span::ZERO,
            pool: 1_000,
            pool_wait: Span::FOREVER,
            locks: None,
            opening: None,
        }
    }
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
