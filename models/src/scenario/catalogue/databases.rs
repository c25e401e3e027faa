//! Databases: pools of connections, replicas, shards, quorums, links, locks.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0581",
        title: "HikariCP waits longer",
        text: "\
E0581: HikariCP waits longer

HikariCP refuses a connection timeout below 250 ms. A pool with `hikari` keeps its rules.

Instead of

\x20   pools: { db: { wait: 100ms, hikari: {} } }

write

\x20   pools: { db: { wait: 250ms, hikari: {} } }
",
    },
    Page {
        code: "E0582",
        title: "more idle connections than there can be",
        text: "\
E0582: more idle connections than there can be

`minimum-idle` says how many connections a pool keeps ready. It cannot be above `connections`.

Instead of

\x20   pools: { db: { connections: 10, hikari: { minimum-idle: 20 } } }

write

\x20   pools: { db: { connections: 20, hikari: { minimum-idle: 20 } } }
",
    },
    Page {
        code: "E0583",
        title: "a link to what has links itself",
        text: "\
E0583: a link to what has links itself

A session that is asked over a link answers by itself: links lead to stores without links.

Instead of

\x20   stores: { a: { links: { b: {} } }, b: { links: { c: {} } }, c: {} }

write

\x20   stores: { a: { links: { b: {}, c: {} } }, b: {}, c: {} }
",
    },
    Page {
        code: "E0584",
        title: "two links to one store",
        text: "\
E0584: two links to one store

Data behind a link is asked for at the store that has the link. Two links would leave open at which.

Instead of

\x20   stores: { a: { links: { c: {} } }, b: { links: { c: {} } }, c: {} }

write

\x20   stores: { a: { links: { c: {} } }, b: {}, c: {} }
",
    },
    Page {
        code: "E0585",
        title: "too many nodes",
        text: "\
E0585: too many nodes

Every instance keeps a pool of connections to each node of a database, and each node is a store of its own. More than
256 of them are a mistake more often than not.

Instead of

\x20   stores: { db: { shards: 10_000 } }

write

\x20   stores: { db: { shards: 16 } }
",
    },
    Page {
        code: "E0586",
        title: "more copies than nodes",
        text: "\
E0586: more copies than nodes

Copies of a key lie on different nodes.

Instead of

\x20   stores: { db: { quorum: { nodes: 3, copies: 5 } } }

write

\x20   stores: { db: { quorum: { nodes: 5, copies: 5 } } }
",
    },
    Page {
        code: "E0587",
        title: "more answers than copies",
        text: "\
E0587: more answers than copies

A read or a write can wait for as many answers as there are copies of its key.

Instead of

\x20   stores: { db: { quorum: { copies: 3, read: 5 } } }

write

\x20   stores: { db: { quorum: { copies: 3, read: all } } }
",
    },
    Page {
        code: "E0588",
        title: "a transaction over several databases",
        text: "\
E0588: a transaction over several databases

All that a transaction reads and writes has to lie in one database, in every architecture: there is no two-phase commit.
What was one transaction in a monolith is several where each service has a database of its own.

Instead of

\x20   steps: [{ transaction: { steps: [{ write: orders }, { write: stock }] } }]

with `orders` and `stock` in different stores, write

\x20   steps: [{ transaction: { steps: { write: orders } } }, { transaction: { steps: { write: stock } } }]
",
    },
    Page {
        code: "E0589",
        title: "a transaction that nothing holds together",
        text: "\
E0589: a transaction that nothing holds together

A transaction holds one connection to the database that has its data, and that database's locks. Quorums, shards,
databases behind a link, and what instances hold by themselves cannot give it that. An optimistic transaction may be
on shards: it holds nothing, and each item is on one of them.
",
    },
    Page {
        code: "E0591",
        title: "branches or a transaction in a transaction",
        text: "\
E0591: branches or a transaction in a transaction

A transaction has one connection, on which one thing follows the other.

Instead of

\x20   - transaction: { steps: [{ parallel: [{ read: a }, { read: b }] }] }

write

\x20   - transaction: { steps: [{ read: a }, { read: b }] }
",
    },
    Page {
        code: "E0592",
        title: "an optimistic transaction with several writes",
        text: "\
E0592: an optimistic transaction with several writes

The write of an optimistic transaction is its commit: it happens if nobody has written the item since it was read.

Instead of

\x20   - transaction: { steps: [{ read: stock }, { write: stock }, { write: orders }] }
\x20   stores: { db: { holds: all, transactions: optimistic } }

write

\x20   stores: { db: { holds: all, transactions: pessimistic, locks: row } }
",
    },
    Page {
        code: "E0593",
        title: "locks of a quorum",
        text: "\
E0593: locks of a quorum

The copies of a quorum write each for itself; nobody is there to say who comes first.

Instead of

\x20   stores: { db: { quorum: 3, locks: row } }

write

\x20   stores: { db: { replicas: 2, locks: row } }
",
    },
    Page {
        code: "E0594",
        title: "a transaction that asks nothing",
        text: "\
E0594: a transaction that asks nothing

A transaction holds reads and writes together that are among its own steps. What it calls has transactions of its own.

Instead of

\x20   - transaction: { steps: { call: order } }

write

\x20   - transaction: { steps: [{ write: stock }, { call: order }] }
",
    },
];

/// What runs, but probably does not say what was meant.
pub(super) const WARNINGS: &[Page] = &[
    Page {
        code: "W0751",
        title: "fewer nodes than are to fail",
        text: "\
W0751: fewer nodes than are to fail

The fault is to hit more nodes than the database has; it hits all of them.

Instead of

\x20   stores: { db: { replicas: 1 } }
\x20   faults: [{ at: 10s, for: 10s, outage: { store: db, nodes: 5 } }]

write

\x20   faults: [{ at: 10s, for: 10s, outage: { store: db, nodes: all } }]
",
    },
    Page {
        code: "W0752",
        title: "cores that nothing uses",
        text: "\
W0752: cores that nothing uses

A store has `cores`, and no operation on it costs any CPU: they are never busy.

Instead of

\x20   data: { orders: {} }
\x20   stores: { db: { holds: orders, cores: 8 } }

write

\x20   data: { orders: { cost: { read: 1ms, write: 2ms } } }
",
    },
    Page {
        code: "W0753",
        title: "more CPU time than a store's cores have",
        text: "\
W0753: more CPU time than a store's cores have

What a request's operations cost of the store's CPU, times the rate of requests, is at or above the store's cores. There
is no steady state: sessions pile up, and then connections run out.

Write more `cores`, a smaller `cost`, or a lower rate. It is fine if overload is what the experiment is about.
",
    },
];
