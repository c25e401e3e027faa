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
    Page {
        code: "W0725",
        title: "a target that is never missed",
        text: "\
W0725: a target that is never missed

A share of cores or threads cannot exceed 100 %. An autoscaler that does nothing within 10 % of its target adds
nothing at a target of 95 %, however much is asked of its instances: 100 ÷ 95 is 1.05. What saturates hides how much
is missing. Requests per second do not saturate.

Instead of

\x20   scaling: { hpa: { target: 95%, max: 10 } }

write

\x20   scaling: { hpa: { target: 60%, max: 10 } }
",
    },
    Page {
        code: "W0726",
        title: "a look at what was seen before",
        text: "\
W0726: a look at what was seen before

Instances are measured over windows, one after the other. An autoscaler that looks more often than a window ends sees
the same one again.

Instead of

\x20   hpa: { target: 60%, max: 10, every: 5s, window: 15s }

write

\x20   hpa: { target: 60%, max: 10, every: 5s, window: 5s }
",
    },
    Page {
        code: "W0727",
        title: "nodes on which nothing runs",
        text: "\
W0727: nodes on which nothing runs

The pool is paid for, and no deployable names it.

Instead of

\x20   nodes: { workers: { cores: 8, max: 10 } }
\x20   deployables: { each: { cores: 2 } }

write

\x20   nodes: { workers: { cores: 8, max: 10 } }
\x20   deployables: { each: { cores: 2, nodes: workers } }
",
    },
    Page {
        code: "W0728",
        title: "fewer nodes than may be wanted",
        text: "\
W0728: fewer nodes than may be wanted

If every deployable on the nodes had as many instances as it may have, some would find no room and wait. That may be
the limit that is meant; autoscalers do not know of it.

Instead of

\x20   nodes: { workers: { cores: 4, max: 2 } }
\x20   deployables: { home: { cores: 2, nodes: workers, scaling: { hpa: { target: 60%, max: 12 } } } }

write

\x20   nodes: { workers: { cores: 4, max: 6 } }
\x20   deployables: { home: { cores: 2, nodes: workers, scaling: { hpa: { target: 60%, max: 12 } } } }
",
    },
    Page {
        code: "W0729",
        title: "kills that come after the end",
        text: "\
W0729: kills that come after the end

The measured start is midnight, and kills come in working hours: with days of 24 h there is none in a run of minutes.

Instead of

\x20   { for: 30s, kill: home }

write

\x20   { for: 300ms, kill: { deployables: home, day: 60s } }
",
    },
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
    Page {
        code: "W0741",
        title: "no zone to prefer",
        text: "\
W0741: no zone to prefer

Instead of

\x20   web: { instances: 6, prefer: own-zone }

write

\x20   zones: [a, b, c]
\x20   deployables: { web: { instances: 6, prefer: own-zone } }
",
    },
    Page {
        code: "W0742",
        title: "a registry that never notices",
        text: "\
W0742: a registry that never notices

Eureka takes nobody out when no more than 85 % of the heartbeats come that it expects, cut off to a whole number: it
rather believes that its own network is broken. Of three instances one can never be taken out, for 4 of 6 heartbeats
a minute are not more than 5; of seven one can.

Instead of

\x20   web: { instances: 3, discovery: eureka }

write

\x20   web: { instances: 3, discovery: health-check }

or `eureka: { self-preservation: 0% }`.
",
    },
    Page {
        code: "W0743",
        title: "no room for the users of a lost region",
        text: "\
W0743: no room for the users of a lost region

While a region is out its users come to the others, on top of their own. Where one of those would then be asked for more
work than its cores can do, it does not hold, and fail-over takes the outage there. Headroom that stands ready helps, or
instances that are launched first: `fail-over: { scale: ×2, ready: 60s }`. Netflix calls the regions that grow saviors.
",
    },
    Page {
        code: "W0744",
        title: "homes that matter to nobody",
        text: "\
W0744: homes that matter to nobody

Where users live matters where an architecture has `regions`: which one they are sent to, and how far away it is.
",
    },
    Page {
        code: "W0745",
        title: "an outage that is over before anybody moves",
        text: "\
W0745: an outage that is over before anybody moves

Users begin to move `detect`, `decide` and `ready` after the outage. An outage that is shorter is sat out: nobody is sent
elsewhere, and the users of the region fail for as long as it lasts.
",
    },
    Page {
        code: "W0746",
        title: "a drill that moves nobody",
        text: "\
W0746: a drill that moves nobody

A drill of a region sends its users elsewhere by the architecture's `fail-over`. Without that, and without an
`outage-after`, nothing happens.
",
    },
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
    Page {
        code: "W0761",
        title: "a journey to which no walk leads",
        text: "\
W0761: a journey to which no walk leads

The `walk` says what follows on a journey that no session ever asks for: none begins with it (`share: 0%`), and nothing
leads to it.

Instead of

\x20   journeys: { home: { share: 100%, enters: home }, watch: { share: 0%, enters: player } }
\x20   walk: { home: { home: 50% }, watch: { watch: 60% } }

write

\x20   walk: { home: { home: 20%, watch: 30% }, watch: { watch: 60% } }
",
    },
    Page {
        code: "W0762",
        title: "a warm-up shorter than a session",
        text: "\
W0762: a warm-up shorter than a session

Runs start empty: at first there are only the first requests of sessions, and the load grows until as many users leave
as come. A warm-up of three times the mean length of a session, or more, leaves that out of what is measured.

Instead of

\x20   workload: { arrivals: { poisson: 10/s }, session: { requests: 10, think: 5s } }
\x20   run: { warmup: 10s }

write

\x20   workload: { arrivals: { poisson: 10/s }, session: { requests: 10, think: 5s } }
\x20   run: { warmup: 150s }
",
    },
    Page {
        code: "W0801",
        title: "a fallback that is not outermost",
        text: "\
W0801: a fallback that is not outermost

Policies outside the fallback see its good answer: a retry outside it never retries. What they
refuse or time out is not replaced.

Instead of

\x20   [{ retry: 3 }, { fallback: static }]

write

\x20   [{ fallback: static }, { retry: 3 }]
",
    },
    Page {
        code: "W0802",
        title: "a breaker in a breaker",
        text: "\
W0802: a breaker in a breaker

The inner one opens first, and its rejections open the outer one.

Instead of

\x20   [breaker, { timeout: 1s }, breaker]

write

\x20   [breaker, { timeout: 1s }]
",
    },
    Page {
        code: "W0803",
        title: "a timeout that can never fire",
        text: "\
W0803: a timeout that can never fire

A shorter timeout stands outside it. (Inside a thread pool a longer one has a meaning: it frees
the pool's thread after the caller has gone.)

Instead of

\x20   [{ timeout: 1s }, { timeout: 5s }]

write

\x20   [{ timeout: 5s }, { retry: 3 }, { timeout: 1s }]
",
    },
    Page {
        code: "W0804",
        title: "attempts cut short",
        text: "\
W0804: attempts cut short

The timeout outside the retry ends the call before all attempts have had their time.

Instead of

\x20   [{ timeout: 1s }, { retry: 3 }, { timeout: 1s }]

write

\x20   [{ timeout: 5s }, { retry: 3 }, { timeout: 1s }]
",
    },
    Page {
        code: "W0805",
        title: "policies for a call that nobody makes",
        text: "\
W0805: policies for a call that nobody makes

The edge is no call of the system: it is the wrong way round, or left over.

Instead of

\x20   calls: { \"ratings -> home\": [{ timeout: 1s }] }

write

\x20   calls: { \"home -> ratings\": [{ timeout: 1s }] }
",
    },
    Page {
        code: "W0806",
        title: "a thread pool without a timeout",
        text: "\
W0806: a thread pool without a timeout

Where the callee hangs, its calls keep the pool's threads, and the bulkhead rejects from then
on.

Instead of

\x20   [{ thread-pool: 10 }]

write

\x20   [{ timeout: 1s }, { thread-pool: 10 }, { timeout: 30s }]
",
    },
    Page {
        code: "W0807",
        title: "a fallback on a required call",
        text: "\
W0807: a fallback on a required call

`optional` is the system's permission to replace an answer. Without it a fallback is left out:
no architecture may make an answer dispensable that the system needs.

Instead of

\x20   calls: [ratings]

write

\x20   calls: [{ ratings: { optional: true } }]
",
    },
    Page {
        code: "W0808",
        title: "a timeout on an in-process call",
        text: "\
W0808: a timeout on an in-process call

A function call runs on the caller's thread, which nobody can take away from it. With a thread
pool inside the timeout it runs on a thread of its own.

Instead of

\x20   \"home -> ratings\": [{ timeout: 1s }]

write

\x20   \"home -> ratings\": [{ timeout: 1s }, { thread-pool: 10 }]
",
    },
    Page {
        code: "W0809",
        title: "default policies that do nothing",
        text: "\
W0809: default policies that do nothing

`default` holds for remote calls without policies of their own, and this architecture has none.
",
    },
    Page {
        code: "W0810",
        title: "retries that multiply",
        text: "\
W0810: retries that multiply

Retries at several places along a path multiply: three attempts at each of three calls are 27 at
the end, just when it is in trouble.

Instead of

\x20   \"a -> b\": [{ retry: 3 }]
\x20   \"b -> c\": [{ retry: 3 }]

write

\x20   \"b -> c\": [{ retry: 3 }]   # next to what fails
",
    },
];
