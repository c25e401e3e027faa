//! What may stand under `architectures`, with every default and its source.

use super::fail_over::{FAIL_OVER, PER_REGION};
use super::finding::{DISCOVERY, EUREKA, PREFER, STATE};
use super::locks::{LOCKS, TRANSACTIONS};
use super::machines::NODES;
use super::nodes::{LINKS, QUORUM, REPLICAS};
use super::pool::HIKARI;
use super::region::{DISTANCES, REGIONS};
use super::scaling::{SCALING, WARM_UP};
use super::zone::ZONES;
use crate::scenario::caches::{CACHES, HASHING};
use crate::scenario::common::{
    COUNT, DISTRIBUTION, FACTOR, LIMIT, LIMIT_ZERO, NAME, NAMES, SHARE, SPAN, TEXT,
};
use crate::scenario::policies;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{
    Choice, Field, Names, Record, Shape, bare, default, optional, required, variant, word,
};

/// `architectures`.
pub static ARCHITECTURES: Shape = Shape::Map(&Names {
    noun: "architecture",
    of: &Shape::Record(&ARCHITECTURE),
    general: None,
    edges: false,
    may_be_empty: false,
});
/// `architectures.NAME`.
pub static ARCHITECTURE: Record = Record::new(
    "an architecture",
    &[
        optional("extends", &NAME, "it stands alone", "Another architecture, taken whole and then refined."),
        optional("title", &TEXT, "its name", "What charts call it."),
        optional(
            "kind",
            &KIND,
            "guessed from its shape",
            "As what it is drawn: monolith, microservices or resilient.",
        ),
        optional(
            "zones",
            &ZONES,
            "everything is in one place",
            "Places that fail on their own, and perhaps the share of the users who come in there.",
        ),
        optional(
            "regions",
            &REGIONS,
            "everything is in one region",
            "Places that contain zones, far from each other, in place of `zones`; each serves the users who live near.",
        ),
        optional(
            "fail-over",
            &FAIL_OVER,
            "users stay with their region",
            "How users are sent to other regions while theirs is out, or is evacuated in a drill.",
        ),
        default("network", &NETWORK, "{}", "see its keys", "What messages cost."),
        default("eureka", &EUREKA, "{}", "see its keys", "The registry of what is found by leases."),
        default(
            "nodes",
            &NODES,
            "{}",
            "each instance has a machine whenever it wants one",
            "Pools of machines on which instances run, by name.",
        ),
        default("deployables", &DEPLOYABLES, "{}", "required in the end", "What runs."),
        default("stores", &STORES, "{}", "nothing is stored unless said", "Where data lives."),
        default("caches", &CACHES, "{}", "nothing is cached unless said", "Caches before stores."),
        default(
            "pools",
            &POOLS,
            "{}",
            "see its keys",
            "Connections that each calling instance keeps, by store.",
        ),
        default(
            "calls",
            &policies::CALLS,
            "{}",
            "calls are bare unless said",
            "Policies around calls, outermost first.",
        ),
        default(
            "routes",
            &ROUTES,
            "{}",
            "no capability runs twice unless said",
            "Which deployable a caller uses, where several run the callee.",
        ),
    ],
)
.at_most_one(&[&["zones", "regions"]]);
static KIND: Shape = Shape::Scalar(Scalar::Words(&["monolith", "microservices", "resilient"]));
static NETWORK: Shape = Shape::Record(&Record::new(
    "the network",
    &[
        default(
            "hop",
            &SPAN,
            "250us",
            "assumed: half a round trip within a data centre",
            "One way between deployables.",
        ),
        default(
            "user",
            &SPAN,
            "0s",
            "assumed: the system is watched from its edge",
            "One way between users and the entry.",
        ),
        default(
            "store",
            &SPAN,
            "250us",
            "assumed: half a round trip within a data centre",
            "One way between deployables and stores.",
        ),
        default(
            "serialise",
            &SPAN,
            "50us",
            "assumed: a few kilobytes of JSON",
            "CPU that a remote call costs its caller and its callee, each.",
        ),
        default(
            "cross-zone",
            &SPAN,
            "1ms",
            "EVCache's page of figures: under 1 ms within a zone, over 2 ms there and back to another",
            "What a message from zone to zone takes in addition, one way.",
        ),
        default(
            "cross-region",
            &SPAN,
            "35ms",
            "assumed: 70 ms there and back between the coasts of North America",
            "What a message from region to region takes in addition, one way; and from where a user lives to another region than that.",
        ),
        default(
            "distances",
            &DISTANCES,
            "{}",
            "all are `cross-region` apart",
            "The same for two regions, or a home and a region, both ways.",
        ),
    ],
));
static DEPLOYABLES: Shape = Shape::Map(&Names {
    noun: "deployable",
    of: &DEPLOYABLE,
    general: Some("each"),
    edges: false,
    may_be_empty: true,
});
/// A deployable.
pub static DEPLOYABLE: Shape = Shape::Record(&Record::new(
    "a deployable",
    &[
        optional(
            "runs",
            &NAMES,
            "the capability of its own name",
            "Capabilities that it runs; `all` for all.",
        ),
        default("instances", &INSTANCES, "1", "assumed", "How many instances."),
        default(
            "needs",
            &COUNT,
            "1",
            "each answers by itself unless said",
            "Instances that must be up; with fewer, those that are refuse what comes: a quorum.",
        ),
        default("cores", &LIMIT, "2", "assumed", "Cores of an instance."),
        default("speed", &FACTOR, "1", "what `work` is measured in", "Work per second that a core does."),
        default(
            "cpu",
            &CPU,
            "shared",
            "operating systems share",
            "Whether jobs share the cores, have one each in turn, or the most urgent take them.",
        ),
        default(
            "threads",
            &LIMIT,
            "200",
            "Tomcat maxThreads",
            "Threads of an instance; in asynchronous mode attempts under way.",
        ),
        default(
            "mode",
            &MODE,
            "blocking",
            "servlets, one thread a request",
            "Whether an attempt holds its thread while it waits.",
        ),
        default(
            "queue",
            &LIMIT_ZERO,
            "100",
            "Tomcat acceptCount",
            "Attempts that may wait for a thread of an instance.",
        ),
        default("order", &ORDER, "fifo", "first come, first served", "In which order they get one."),
        optional(
            "crowding",
            &CROWDING,
            "nobody is in anybody's way",
            "How attempts that have a thread of an instance slow each other down.",
        ),
        default(
            "route",
            &ROUTE,
            "round-robin",
            "the usual default of balancers",
            "How callers choose an instance.",
        ),
        default(
            "discovery",
            &DISCOVERY,
            "none",
            "what is not said does nothing",
            "How callers learn who is there.",
        ),
        default(
            "prefer",
            &PREFER,
            "any",
            "balancers that know no zones; with regions, registries of one region each, as Eureka's",
            "Among whom callers choose: all of their region, those of their own zone while they know of any there, or all anywhere.",
        ),
        optional(
            "state",
            &STATE,
            "instances are alike",
            "What its instances hold by themselves, each its part; needs a `route` by key.",
        ),
        optional(
            "zones",
            &NAMES,
            "all zones of the architecture",
            "Where its instances are: the first in the first one, and round again.",
        ),
        default(
            "boot",
            &SPAN,
            "0s",
            "assumed",
            "Time that an instance needs to be back after a crash has ended, and that a new one needs.",
        ),
        optional(
            "warm-up",
            &WARM_UP,
            "as fast as ever from the start",
            "Slower at first, whenever a process has started (but not when the run does).",
        ),
        optional(
            "scaling",
            &SCALING,
            "as many as there are at the start",
            "How the number of instances changes.",
        ),
        optional(
            "nodes",
            &NAME,
            "each instance has a machine whenever it wants one",
            "The pool of machines on which its instances run; it needs a `scaling`.",
        ),
    ],
));
static INSTANCES: Shape = Shape::Choice(&Choice {
    noun: "a number of instances",
    plain: Some(&Scalar::Count { min: 1 }),
    variants: &[
        variant("equal-cost", &NAME, "as many as make this architecture cost what the named one costs"),
        variant("per-region", &PER_REGION, "so many in each region"),
    ],
});
static CPU: Shape = Shape::Scalar(Scalar::Words(&["shared", "fifo", "priority"]));
static CROWDING: Shape = Shape::Record(&Record::new(
    "crowding",
    &[
        default(
            "adds",
            &SPAN,
            "0s",
            "nothing unless said",
            "What each other one adds to a `latency`, or to a store's operation.",
        ),
        default(
            "contention",
            &SHARE,
            "0%",
            "nothing unless said",
            "By how much each other one lengthens what starts: waiting for what only one can hold.",
        ),
        default(
            "coherency",
            &SHARE,
            "0%",
            "nothing unless said",
            "By how much each pair of them does, counted both ways: talking to all the others.",
        ),
    ],
));
static STORE_ORDER: Shape = Shape::Scalar(Scalar::Words(&["fifo", "priority"]));
static MODE: Shape = Shape::Scalar(Scalar::Words(&["blocking", "asynchronous"]));
static ORDER: Shape = Shape::Scalar(Scalar::Words(&["fifo", "lifo", "priority"]));
static ROUTE: Shape = Shape::Choice(&Choice {
    noun: "a way to choose an instance",
    plain: None,
    variants: &[
        word("round-robin", "one after the other"),
        word("random", "any, alike"),
        bare("least-outstanding", &LOADS, "the least loaded one"),
        bare("power-of-two", &LOADS, "the less loaded one of two at random"),
        variant("power-of", &POWER_OF, "the least loaded one of several at random"),
        variant("by-key", &BY_KEY, "the one that owns the request's item: shards, or sticky sessions"),
    ],
});
const SEES: Field = default(
    "sees",
    &Shape::Scalar(Scalar::Words(&["own", "instance"])),
    "own",
    "client-side balancers know their own calls",
    "Whose load counts: the caller's own calls, or all that the instance has.",
);
const REFRESH: Field = default(
    "refresh",
    &SPAN,
    "0s",
    "always up to date unless said",
    "With `sees: instance`: how often instances report their load.",
);
static LOADS: Shape = Shape::Record(&Record::new("what a balancer knows", &[SEES, REFRESH]));
static POWER_OF: Shape = Shape::Record(
    &Record::new(
        "a choice of several at random",
        &[
            required("choices", &Shape::Scalar(Scalar::Count { min: 2 }), "How many are looked at, 2 to 16."),
            SEES,
            REFRESH,
        ],
    )
    .or_short("choices"),
);
static BY_KEY: Shape = Shape::Record(
    &Record::new(
        "a route by key",
        &[
            required("data", &NAME, "The data set of which the request's item decides."),
            default(
                "hashing",
                &Shape::Scalar(Scalar::Words(&["ketama", "modulo"])),
                "ketama",
                "EVCache and memcached's clients",
                "How items are dealt to instances: on a ring, or by the remainder of their hash.",
            ),
            default(
                "on-loss",
                &Shape::Scalar(Scalar::Words(&["fail", "rehash"])),
                "fail",
                "EVCache keeps its ring",
                "Whether items of an instance that is not known wait for it, or go to others.",
            ),
        ],
    )
    .or_short("data"),
);
static STORES: Shape =
    Shape::Map(&Names { noun: "store", of: &STORE, general: Some("each"), edges: false, may_be_empty: true });
/// A store.
pub static STORE: Shape = Shape::Record(
    &Record::new(
        "a store",
        &[
            optional(
                "holds",
                &NAMES,
                "the data set of its own name",
                "Data sets that it holds; `all` for all.",
            ),
            default(
                "servers",
                &COUNT,
                "4",
                "assumed",
                "Operations that it serves at once: disks, and what else can do one thing at a time.",
            ),
            default(
                "cores",
                &LIMIT,
                "unbounded",
                "its CPU is never short unless said",
                "Cores that operations share, for as long as their data's `cost` says, before they need a server.",
            ),
            default(
                "read",
                &DISTRIBUTION,
                "{ exponential: 4ms }",
                "assumed: a disk-backed database",
                "Time of a read at a server.",
            ),
            default(
                "write",
                &DISTRIBUTION,
                "{ exponential: 8ms }",
                "assumed: twice a read",
                "Time of a write at a server.",
            ),
            default("queue", &LIMIT_ZERO, "1_000", "assumed", "Operations that may wait for a server."),
            default(
                "order",
                &STORE_ORDER,
                "fifo",
                "first come, first served",
                "In which order they get one.",
            ),
            optional(
                "crowding",
                &CROWDING,
                "nobody is in anybody's way",
                "How operations that are served at once slow each other down, as locks do.",
            ),
            default(
                "connections",
                &LIMIT,
                "100",
                "PostgreSQL max_connections",
                "Connections that it accepts in all.",
            ),
            optional(
                "locks",
                &LOCKS,
                "nobody waits for what another one writes",
                "What writes of the same wait for: whoever has it keeps it until his write, or his transaction, has ended.",
            ),
            default(
                "transactions",
                &TRANSACTIONS,
                "{}",
                "see its keys",
                "How it holds the system's transactions on its data together.",
            ),
            optional(
                "zone",
                &NAME,
                "in no zone: as near to all, and lost with none",
                "Where it is, and with what it is lost.",
            ),
            optional(
                "regions",
                &NAMES,
                "in no region: as near to all, and lost with none",
                "Where its nodes are, somewhere in each: the first in the first one, and round again.",
            ),
            optional(
                "zones",
                &NAMES,
                "all its nodes are where it is",
                "Where its nodes are: the first in the first one, and round again.",
            ),
            optional(
                "replicas",
                &REPLICAS,
                "it has one node",
                "A primary and its replicas, each such a store.",
            ),
            optional(
                "shards",
                &SHARDS,
                "it has one node",
                "So many nodes, each such a store with its share of the keys.",
            ),
            optional(
                "quorum",
                &QUORUM,
                "it has one node",
                "Nodes without a primary, copies of each key on several, and how many of them have to answer.",
            ),
            default(
                "links",
                &LINKS,
                "{}",
                "no other store is asked over a link",
                "Stores that are asked through this one: database links.",
            ),
        ],
    )
    .at_most_one(&[&["replicas", "shards", "quorum"], &["zone", "zones", "regions"]]),
);
static SHARDS: Shape = Shape::Record(
    &Record::new(
        "shards",
        &[
            required("count", &Shape::Scalar(Scalar::Count { min: 2 }), "How many."),
            default(
                "hashing",
                &HASHING,
                "modulo",
                "the simplest way",
                "Which one a key belongs to: the remainder of its hash, or the next point of a ring.",
            ),
        ],
    )
    .or_short("count"),
);
static POOLS: Shape = Shape::Map(&Names {
    noun: "store",
    of: &POOL,
    general: Some("default"),
    edges: false,
    may_be_empty: true,
});
/// A pool of connections.
pub static POOL: Shape = Shape::Record(&Record::new(
    "a pool",
    &[
        default(
            "connections",
            &COUNT,
            "10",
            "HikariCP maximumPoolSize",
            "Connections that each calling instance keeps.",
        ),
        default(
            "wait",
            &SPAN,
            "30s",
            "HikariCP connectionTimeout",
            "How long a caller waits for a free one.",
        ),
        optional(
            "hikari",
            &HIKARI,
            "connections are there as soon as they are wanted",
            "Connections are opened one after the other and get lost, by HikariCP's rules.",
        ),
    ],
));
static ROUTES: Shape =
    Shape::Map(&Names { noun: "edge", of: &NAME, general: None, edges: true, may_be_empty: true });
