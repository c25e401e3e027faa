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
    Page {
        code: "E0566",
        title: "something that needs servers",
        text: "\
E0566: something that needs servers

Leases are handed out by the servers of a cache, to all instances alike, and with `load: read-through` they read the
store. In the process of an instance there are none: let its readers share reads.

Instead of

\x20   front: { holds: items, capacity: unbounded, leases: {} }

write

\x20   front: { holds: items, capacity: unbounded, coalesce: instance }

or give the cache servers

\x20   front: { holds: items, capacity: unbounded, leases: {}, remote: {} }
",
    },
    Page {
        code: "E0567",
        title: "leases of several copies",
        text: "\
E0567: leases of several copies

A key's token is handed out in one place. Each of several copies would hand out its own, and a fill that goes to all of
them has but one.

Instead of

\x20   { capacity: unbounded, leases: {}, remote: { copies: 3 } }

write

\x20   { capacity: unbounded, leases: {}, remote: { nodes: 3 } }
",
    },
    Page {
        code: "E0568",
        title: "two rules for who reads",
        text: "\
E0568: two rules for who reads

With `leases` the holder of the token reads and the others wait, of all instances. `coalesce` and `stale` say otherwise.

Instead of

\x20   { capacity: unbounded, ttl: 60s, coalesce: instance, leases: {}, remote: {} }

write

\x20   { capacity: unbounded, ttl: 60s, leases: {}, remote: {} }
",
    },
    Page {
        code: "E0569",
        title: "readers beside a cache that reads itself",
        text: "\
E0569: readers beside a cache that reads itself

With `load: read-through` the node that is asked reads the store, a cold one too. `coalesce: instance` and `stale` are
about reads of instances, and a `warmer` about copies that nobody reads while they are cold.

Instead of

\x20   { capacity: unbounded, load: read-through, coalesce: instance, remote: {} }

write

\x20   { capacity: unbounded, load: read-through, coalesce: all, remote: {} }
",
    },
    Page {
        code: "E0570",
        title: "a warmer without another copy",
        text: "\
E0570: a warmer without another copy

A copy of a cache that has lost what it held is filled from another copy. There is only one.

Instead of

\x20   remote: { warmer: { rate: 500/s } }

write

\x20   remote: { copies: 3, warmer: { rate: 500/s } }
",
    },
];

/// Spare nodes, and what was measured.
pub(super) const SPARE: &[Page] = &[
    Page {
        code: "E0596",
        title: "spare nodes beside copies",
        text: "\
E0596: spare nodes beside copies

A `gutter` stands in for nodes that are out, empty at first. Where a cache has several copies, another one has what was lost.

Instead of

\x20   remote: { copies: 3, gutter: {} }

write

\x20   remote: { nodes: 3, gutter: {} }
",
    },
    Page {
        code: "E0597",
        title: "two rules for the keys of a node that is out",
        text: "\
E0597: two rules for the keys of a node that is out

With a `gutter` they belong to its nodes until the lost one is back; with `on-loss: rehash` to the other nodes.

Instead of

\x20   remote: { nodes: 3, on-loss: rehash, gutter: {} }

write

\x20   remote: { nodes: 3, gutter: {} }
",
    },
    Page {
        code: "E0598",
        title: "not a weight for each item",
        text: "\
E0598: not a weight for each item

`empirical` says how often each item of a data set was asked for: one weight for each.

Instead of

\x20   prices: { items: 1_000, popularity: { empirical: [50, 30, 20] } }

write

\x20   prices: { items: 3, popularity: { empirical: [50, 30, 20] } }
",
    },
];

/// Contents that are computed instead of remembered.
pub(super) const EXPECTED: &[Page] = &[Page {
    code: "E0618",
    title: "an expectation that knows nothing of this",
    text: "\
E0618: an expectation that knows nothing of this

With `contents: expected` a cache remembers only the items that were used last. All others are held with the
probability that Che's approximation gives them: for LRU, for one data set whose items are asked for by their
popularity, never too old, and never taken out by a write.

Instead of

\x20   { capacity: { items: 200_000_000 }, contents: expected, ttl: 10s, remote: { nodes: 100, copies: 3 } }

write

\x20   { capacity: { items: 200_000_000 }, contents: expected, remote: { nodes: 100 } }

or, with all that `ttl` and `copies` mean, a cache that is scaled down and remembers its items.
",
}];

/// What runs, but probably does not say what was meant.
pub(super) const WARNINGS: &[Page] = &[
    Page {
        code: "W0731",
        title: "an age that nothing reaches",
        text: "\
W0731: an age that nothing reaches

`stale`, `early-refresh` and `ttl-jitter` are about items that get too old. Without a `ttl` none does.

Instead of

\x20   { capacity: unbounded, stale: 30s }

write

\x20   { capacity: unbounded, ttl: 60s, stale: 30s }
",
    },
    Page {
        code: "W0732",
        title: "a journey that nobody asks for",
        text: "\
W0732: a journey that nobody asks for

A journey with `share: 0%` is for jobs, or for sessions whose `walk` leads to it. No job asks for it, and no walk leads to it.

Instead of

\x20   journeys: { recompute: { share: 0%, enters: nightly } }

write

\x20   journeys: { recompute: { share: 0%, enters: nightly } }
\x20   workload: { jobs: { sweep: { journey: recompute, arrivals: { constant: 100/s } } } }
",
    },
    Page {
        code: "W0733",
        title: "nothing is ever taken out",
        text: "\
W0733: nothing is ever taken out

`others: { stale: … }` is about items that a write has taken out of the cache. No capability writes this data.

Instead of

\x20   leases: { others: { stale: 10s } }

write

\x20   leases: { others: wait }
",
    },
    Page {
        code: "W0734",
        title: "late answers that are kept all the same",
        text: "\
W0734: late answers that are kept all the same

The server of a cache that reads through does not know who still waits: it keeps whatever it has read.

Instead of

\x20   { capacity: unbounded, load: read-through, late: dropped, remote: {} }

write

\x20   { capacity: unbounded, load: read-through, remote: {} }
",
    },
    Page {
        code: "W0735",
        title: "a latch for writes that nobody makes",
        text: "\
W0735: a latch for writes that nobody makes

With a `latch` a write waits until copies have taken the item out. No capability writes this data, and what is brought
after a miss waits for no latch.

Instead of

\x20   remote: { copies: 3, latch: quorum }

write

\x20   remote: { copies: 3 }
",
    },
    Page {
        code: "W0736",
        title: "instances that keep items longer than the cache",
        text: "\
W0736: instances that keep items longer than the cache

An item that an instance keeps by itself (`near`) may be as old as its `ttl` and that of the cache together.

Instead of

\x20   { capacity: unbounded, ttl: 10s, remote: { near: { ttl: 60s } } }

write

\x20   { capacity: unbounded, ttl: 60s, remote: { near: { ttl: 1s } } }
",
    },
];

/// What takes long, or much.
pub(super) const MEMORY: &[Page] = &[
    Page {
        code: "W0763",
        title: "a cache that takes much memory",
        text: "\
W0763: a cache that takes much memory

Every item that a cache can hold takes 40 to 47 bytes of the simulator's memory, in every copy, in every run that is
under way at the same time.

Instead of

\x20   { holds: items, capacity: { items: 1_000_000_000 }, remote: { nodes: 100 } }

write

\x20   { holds: items, capacity: { items: 1_000_000_000 }, contents: expected, remote: { nodes: 100 } }

or scale data, cache and rates down alike: what matters are ratios.
",
    },
];
