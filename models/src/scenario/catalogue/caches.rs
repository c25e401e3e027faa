//! Caches of several nodes and copies, and the jobs that sweep through them.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0561",
        title: "a cache of too many nodes",
        text: "\
E0561: a cache of too many nodes

Every node is a store with a line and connections of its own, and every instance has a pool for each.

Instead of

\x20   remote: { nodes: 2_000, copies: 3 }

write

\x20   remote: { nodes: 20, copies: 3 }

with a system scaled down alike: what matters are ratios.
",
    },
    Page {
        code: "E0562",
        title: "stale and sliding at once",
        text: "\
E0562: stale and sliding at once

`stale` and `early-refresh` go by the time since an item was filled. With `sliding` every hit starts that time
anew, so that an item in use is never stale.

Instead of

\x20   { capacity: unbounded, ttl: 60s, sliding: true, stale: 30s }

write

\x20   { capacity: unbounded, ttl: 60s, stale: 30s }
",
    },
    Page {
        code: "E0563",
        title: "nodes that no arm has",
        text: "\
E0563: nodes that no arm has

`copy` and `nodes` of a fault say which nodes of a cache are hit. They need a cache with servers, and no arm has
as many.

Instead of

\x20   caches: { front: { holds: items, capacity: unbounded, remote: { nodes: 3 } } }
\x20   faults: [{ at: 10s, for: 1s, flush: { cache: front, copy: 2 } }]

write

\x20   caches: { front: { holds: items, capacity: unbounded, remote: { nodes: 3, copies: 3 } } }
\x20   faults: [{ at: 10s, for: 1s, flush: { cache: front, copy: 2 } }]
",
    },
    Page {
        code: "E0564",
        title: "too many kinds of jobs",
        text: "\
E0564: too many kinds of jobs

Requests of jobs have numbers of their own, apart from those of users; there is room for 15 kinds.
",
    },
    Page {
        code: "E0565",
        title: "a job that begins after the end",
        text: "\
E0565: a job that begins after the end

Instead of

\x20   workload: { jobs: { sweep: { journey: recompute, arrivals: { constant: 100/s }, from: 90s } } }
\x20   run: { measure: 60s }

write

\x20   workload: { jobs: { sweep: { journey: recompute, arrivals: { constant: 100/s }, from: 30s } } }
\x20   run: { measure: 60s }
",
    },
];
