//! What runs, but probably does not say what was meant.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "W0701",
        title: "an unreachable capability",
        text: "\
W0701: an unreachable capability

No journey enters it, and nothing that a journey reaches calls it.
",
    },
    Page {
        code: "W0702",
        title: "unused data",
        text: "\
W0702: unused data

No capability reads or writes the data set.
",
    },
    Page {
        code: "W0703",
        title: "a rule for a call that nobody makes",
        text: "\
W0703: a rule for a call that nobody makes

The edge in `routes` is no call of the system: it is the wrong way round, or left over.

Instead of

\x20   routes: { \"ratings -> home\": web }

write

\x20   routes: { \"home -> ratings\": web }
",
    },
    Page {
        code: "W0704",
        title: "an unused store",
        text: "\
W0704: an unused store

Its data sets are read and written by nobody. It still counts as cost.
",
    },
    Page {
        code: "W0705",
        title: "a fault that does nothing in some arms",
        text: "\
W0705: a fault that does nothing in some arms

Some arms lack the deployable or store that the fault names. That may be the comparison, or a
mistake: a monolith has no deployable `ratings` to crash.

Instead of

\x20   faults: [{ at: 5s, for: 5s, crash: ratings }]

write

\x20   faults: [{ at: 5s, for: 5s, hang: ratings }]
",
    },
    Page {
        code: "W0706",
        title: "more crashes than instances",
        text: "\
W0706: more crashes than instances

As many as there are crash.

Instead of

\x20   crash: { deployable: web, instances: 9 }

write

\x20   crash: { deployable: web, instances: all }
",
    },
    Page {
        code: "W0707",
        title: "faults without a control",
        text: "\
W0707: faults without a control

Without an arm in which nothing goes wrong, an experiment shows that something is bad, and not
that the fault is why.

Instead of

\x20   experiment: { control: none }

write

\x20   experiment: { control: { without: faults } }
",
    },
    Page {
        code: "W0708",
        title: "costs that cannot be made equal",
        text: "\
W0708: costs that cannot be made equal

At least one instance each, and whole instances: the other cost is not met within 1 %. Every
comparison of such arms favours one of them.
",
    },
    Page {
        code: "W0711",
        title: "more work than cores",
        text: "\
W0711: more work than cores

On average over the run more work arrives than the cores can do. Queues grow as long as that
lasts.
",
    },
    Page {
        code: "W0712",
        title: "more operations than servers",
        text: "\
W0712: more operations than servers

On average over the run more is asked of a store than its servers can do.
",
    },
    Page {
        code: "W0713",
        title: "too few threads in calm",
        text: "\
W0713: too few threads in calm

By Little's law rate × time held is the mean number of threads that are busy. Here it is more
than there are, with nothing going wrong.
",
    },
    Page {
        code: "W0714",
        title: "threads below rate × timeout",
        text: "\
W0714: threads below rate × timeout

Where the callee hangs, each call holds a thread of the caller for the whole timeout. By
Little's law that takes rate × timeout threads: more than there are, so the callee takes
everything else down with it. A bare timeout helps only below threads ÷ rate.

Instead of

\x20   timeout: 30s

write

\x20   timeout: 1s   # or a thread pool, or fewer calls
",
    },
    Page {
        code: "W0715",
        title: "fewer connections than pools",
        text: "\
W0715: fewer connections than pools

All pools together may open more connections than the store accepts; it refuses the rest.

Instead of

\x20   stores: { db: { connections: 50 } }   # 8 instances × 10

write

\x20   pools: { db: { connections: 5 } }
",
    },
    Page {
        code: "W0716",
        title: "a bulkhead that rejects in calm",
        text: "\
W0716: a bulkhead that rejects in calm

By Little's law rate × time is the mean number of calls under way. A bulkhead of that size turns
calls away with nothing going wrong.

Instead of

\x20   thread-pool: 2

write

\x20   thread-pool: 20
",
    },
    Page {
        code: "W0717",
        title: "a timeout below the latency in calm",
        text: "\
W0717: a timeout below the latency in calm

The call takes longer on average than the timeout allows, with nobody else in the way and nothing
going wrong: the time of all that it does, its own calls, the network and serialisation included.
Of parallel branches the longest counts.

Instead of

\x20   \"home -> report\": [{ timeout: 100ms }]   # report does 300ms of work

write

\x20   \"home -> report\": [{ timeout: 1s }]
",
    },
    Page {
        code: "W0718",
        title: "users who leave before an empty system can answer",
        text: "\
W0718: users who leave before an empty system can answer

The journey takes longer on average than its `within`, or than users are patient, with nobody
else in the way. Most of its answers count for nothing whatever the architecture.

Instead of

\x20   buy: { share: 100%, enters: pay, objective: { within: 50ms } }   # pay does 80ms of work

write

\x20   buy: { share: 100%, enters: pay, objective: { within: 500ms } }
",
    },
    Page {
        code: "W0719",
        title: "too few connections in calm",
        text: "\
W0719: too few connections in calm

By Little's law rate × time held is the mean number of connections that an instance uses; a
connection is held through the network and the server. Here it is more than its pool has, with
nothing going wrong, and operations wait for one or fail.

Instead of

\x20   pools: { db: { connections: 2 } }

write

\x20   pools: { db: { connections: 20 } }
",
    },
    Page {
        code: "W0720",
        title: "an unused cache",
        text: "\
W0720: an unused cache

No capability reads or writes what it holds. Its servers, if it has any, still count as cost.
",
    },
    Page {
        code: "W0721",
        title: "a crew that repairs nothing",
        text: "\
W0721: a crew that repairs nothing

No fault names the crew, so that every repair begins at once.

Instead of

\x20   crews: { operators: 1 }
\x20   faults: [{ every: { exponential: 1h }, for: 5min, crash: web }]

write

\x20   faults: [{ every: { exponential: 1h }, for: 5min, crash: web, crew: operators }]
",
    },
    Page {
        code: "W0722",
        title: "retrials, and nobody is turned away",
        text: "\
W0722: retrials, and nobody is turned away

`retrial` says when users ask again who were turned away: the line was full, the process was gone, a breaker,
bulkhead or rate limit rejected a call. Here there is room for everybody and nothing goes wrong.

Instead of

\x20   workload: { arrivals: { poisson: 80/s }, retrial: { after: 50ms } }
\x20   deployables: { server: { runs: all, threads: 1, queue: unbounded } }

write

\x20   deployables: { server: { runs: all, threads: 1, queue: 0 } }
",
    },
];
