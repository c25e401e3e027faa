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
];
