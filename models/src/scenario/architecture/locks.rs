//! `locks` and `transactions` of a store, as written.

use crate::plan::{LockOf, LockReads, Locks};
use crate::policy::Backoff;
use crate::scenario::common::{COUNT, SPAN_UNBOUNDED};
use crate::scenario::policies::{self, BACKOFF};
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Record, Shape, default};
use crate::scenario::tree::Node;

/// `locks` of a store.
pub static LOCKS: Shape = Shape::Record(
    &Record::new(
        "locks",
        &[
            default(
                "of",
                &Shape::Scalar(Scalar::Words(&["row", "table"])),
                "row",
                "InnoDB, PostgreSQL, Oracle",
                "What only one can write at a time: an item, or a whole data set.",
            ),
            default(
                "reads",
                &Shape::Scalar(Scalar::Words(&["never", "in-transactions"])),
                "never",
                "InnoDB, PostgreSQL, Oracle: plain reads see what was last committed",
                "Whether reads of pessimistic transactions lock what they read, as `select … for update` does.",
            ),
            default(
                "wait",
                &SPAN_UNBOUNDED,
                "50s",
                "InnoDB innodb_lock_wait_timeout",
                "Whoever waits longer for a lock fails: `lock-timeout`.",
            ),
        ],
    )
    .or_short("of"),
);

/// `transactions` of a store.
pub static TRANSACTIONS: Shape = Shape::Record(
    &Record::new(
        "transactions",
        &[
            default(
                "locking",
                &Shape::Scalar(Scalar::Words(&["pessimistic", "optimistic"])),
                "pessimistic",
                "what `begin … commit` does",
                "Whether they have a connection and keep their locks, or write only what nobody has written since they read it.",
            ),
            default(
                "tries",
                &COUNT,
                "1",
                "databases and ORMs leave it to their callers",
                "Tries in all, after a conflict, a deadlock, or a lock that did not come in time.",
            ),
            default("backoff", &BACKOFF, "none", "at once unless said", "Pause before another try."),
        ],
    )
    .or_short("locking"),
);

/// How a store holds transactions together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transactions {
    /// Whether they lock nothing, and look at the version when they write.
    pub optimistic: bool,
    /// Tries in all.
    pub tries: u32,
    /// Pause before another one.
    pub backoff: Backoff,
}

impl Transactions {
    /// Reads those of a resolved store.
    pub fn read(node: &Node) -> Self {
        let node = node.at("transactions");
        Transactions {
            optimistic: node.at("locking").text() == Some("optimistic"),
            tries: node.at("tries").count(),
            backoff: policies::backoff(node.at("backoff")),
        }
    }
}

/// Reads the locks of a resolved store.
pub fn read(node: &Node) -> Option<Locks> {
    let locks = node.get("locks")?;
    Some(Locks {
        of: if locks.at("of").text() == Some("table") { LockOf::Table } else { LockOf::Row },
        reads: match locks.at("reads").text() {
            Some("in-transactions") => LockReads::InTransactions,
            _ => LockReads::Never,
        },
        wait: locks.at("wait").span_or_forever(),
    })
}
