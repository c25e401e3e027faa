//! What may stand under `caches`, with every default and its source.

use crate::scenario::common::{
    BYTES, COUNT, DISTRIBUTION, FLAG, LIMIT, LIMIT_ZERO, NAME, NAMES, NUMBER, RATE_ABOVE, SHARE, SPAN,
    SPAN_ABOVE, SPAN_UNBOUNDED,
};
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{
    Choice, Names, Record, Shape, bare, default, optional, required, variant, word,
};

/// `architectures.NAME.caches`.
pub static CACHES: Shape =
    Shape::Map(&Names { noun: "cache", of: &CACHE, general: None, edges: false, may_be_empty: true });
/// A cache.
pub static CACHE: Shape = Shape::Record(&Record::new(
    "a cache",
    &[
        optional(
            "holds",
            &NAMES,
            "the data set of its own name",
            "Data sets that are looked up in it first; `all` for all.",
        ),
        optional(
            "capacity",
            &CAPACITY,
            "needed, unless the architecture that is extended says it",
            "How much each copy holds; its nodes share that evenly.",
        ),
        default(
            "contents",
            &CONTENTS,
            "kept",
            "an item takes 40 to 47 bytes of the simulator's memory",
            "Whether every item that it holds is remembered, or only those used last while the others are held with the probability of Che's approximation.",
        ),
        default(
            "evict",
            &EVICT,
            "lru",
            "Redis allkeys-lru, the usual choice",
            "Who leaves when there is no room.",
        ),
        default(
            "ttl",
            &SPAN_UNBOUNDED,
            "unbounded",
            "items stay until they are evicted",
            "How long an item counts as fresh.",
        ),
        default(
            "sliding",
            &FLAG,
            "false",
            "memcached and EVCache count from the fill",
            "Whether every hit starts that time anew.",
        ),
        default(
            "load",
            &LOAD,
            "look-aside",
            "memcached and EVCache: clients read the store and bring what they have read",
            "Who reads the store after a miss: whoever missed, or the cache's server that was asked.",
        ),
        default(
            "coalesce",
            &COALESCE,
            "none",
            "clients of memcached know nothing of each other",
            "Who waits for whose read of the same item: nobody, those of an instance, or all.",
        ),
        default(
            "late",
            &LATE,
            "kept",
            "the read goes on and its answer is stored",
            "Whether an answer fills the cache for which nobody waits any more.",
        ),
        default(
            "once-per-request",
            &FLAG,
            "false",
            "services ask again",
            "Whether a request carries along what it has looked up.",
        ),
        default(
            "stale",
            &SPAN,
            "0s",
            "memcached and EVCache drop what is too old",
            "How long an item that is too old may still be used, while it is read anew (stale-while-revalidate).",
        ),
        optional(
            "early-refresh",
            &NUMBER,
            "nobody does it; XFetch uses 1",
            "How eagerly readers read an item anew before it expires: the beta of XFetch (Vattani et al. 2015).",
        ),
        default(
            "ttl-jitter",
            &SHARE,
            "0%",
            "clients give every item the same time",
            "By up to which share an item's time to live is shorter, at random.",
        ),
        optional(
            "negative",
            &SPAN_UNBOUNDED,
            "only what exists is kept",
            "How long the answer that there is no such item is kept.",
        ),
        optional(
            "leases",
            &LEASES,
            "whoever misses reads, and brings what it has read whenever that is",
            "Tokens for those who miss: one reads, and what was read before a write is not stored after it (memcache, NSDI 2013).",
        ),
        optional(
            "for",
            &NAMES,
            "it serves all journeys",
            "Journeys that it serves; others use another cache that holds the same data, or read the store.",
        ),
        default(
            "start",
            &START,
            "cold",
            "runs start empty",
            "Whether it starts empty, or full of the most popular items.",
        ),
        optional("remote", &REMOTE, "in the process of every instance that uses it", "Servers of its own."),
    ],
));
static CAPACITY: Shape = Shape::Choice(&Choice {
    noun: "a capacity",
    plain: None,
    variants: &[
        variant("items", &COUNT, "so many items, whatever their size"),
        variant("bytes", &BYTES, "items of so many bytes together"),
        word("unbounded", "everything"),
    ],
});
static CONTENTS: Shape = Shape::Scalar(Scalar::Words(&["kept", "expected"]));
static EVICT: Shape =
    Shape::Scalar(Scalar::Words(&["lru", "fifo", "clock", "sieve", "lfu", "segmented", "random"]));
static COALESCE: Shape = Shape::Scalar(Scalar::Words(&["none", "instance", "all"]));
static LATE: Shape = Shape::Scalar(Scalar::Words(&["kept", "dropped"]));
static LOAD: Shape = Shape::Choice(&Choice {
    noun: "who reads the store",
    plain: None,
    variants: &[
        word("look-aside", "whoever missed, who then brings the item to the cache"),
        bare(
            "read-through",
            &READ_THROUGH,
            "the cache's server that was asked, which keeps it whoever still waits",
        ),
    ],
});
static READ_THROUGH: Shape = Shape::Record(&Record::new(
    "a cache that reads through",
    &[default(
        "reads",
        &LIMIT,
        "100",
        "assumed: a pool of connections",
        "Reads of stores that each node has under way at most; others wait there for their turn.",
    )],
));
static LEASES: Shape = Shape::Record(&Record::new(
    "leases",
    &[
        default(
            "every",
            &SPAN_ABOVE,
            "10s",
            "Nishtala et al., NSDI 2013, section 3.2.1",
            "How long after a key's token its next one may be handed out.",
        ),
        default(
            "others",
            &OTHERS,
            "wait",
            "Nishtala et al., NSDI 2013, section 3.2.1",
            "What those get who miss meanwhile.",
        ),
        default(
            "retry",
            &SPAN_ABOVE,
            "10ms",
            "assumed; the paper: a short time, a set follows within a few milliseconds",
            "How long those wait who are to wait, before they ask again.",
        ),
        default(
            "retries",
            &LIMIT_ZERO,
            "unbounded",
            "the paper names no limit; the next token is one",
            "How often they ask again before they read the store all the same, and bring nothing.",
        ),
    ],
));
static OTHERS: Shape = Shape::Choice(&Choice {
    noun: "what others get",
    plain: None,
    variants: &[
        word("wait", "they ask again after a while"),
        variant(
            "stale",
            &SPAN_ABOVE,
            "what a write has taken out, for so long afterwards; they ask again where there is none",
        ),
    ],
});
static START: Shape = Shape::Scalar(Scalar::Words(&["cold", "popular"]));
/// How keys are dealt to nodes.
pub static HASHING: Shape = Shape::Scalar(Scalar::Words(&["ketama", "modulo"]));
static ON_LOSS: Shape = Shape::Scalar(Scalar::Words(&["miss", "rehash"]));
static GUTTER: Shape = Shape::Record(&Record::new(
    "spare nodes",
    &[
        default(
            "nodes",
            &COUNT,
            "1",
            "at least one; Nishtala et al., NSDI 2013, section 3.3: about 1 % of the servers",
            "How many.",
        ),
        default(
            "ttl",
            &SPAN_ABOVE,
            "10s",
            "assumed; the paper: entries expire quickly, which spares invalidations",
            "How long what they are brought may be used at most; writes do not empty them.",
        ),
    ],
));
static NEAR: Shape = Shape::Record(&Record::new(
    "what instances keep by themselves",
    &[
        default(
            "items",
            &COUNT,
            "100",
            "EVCache, inmemory.cache.size",
            "Items of each instance; the least recently used leaves.",
        ),
        required(
            "ttl",
            &SPAN_ABOVE,
            "How long an item is kept; writes of other instances are not heard of meanwhile.",
        ),
    ],
));
static LATCH: Shape = Shape::Scalar(Scalar::Words(&["none", "one", "quorum", "all-minus-1", "all"]));
static WARMER: Shape = Shape::Record(
    &Record::new(
        "a warmer",
        &[required(
            "rate",
            &RATE_ABOVE,
            "Items that are copied in a second: each is read from the other copy and written to this one, by their servers.",
        )],
    )
    .or_short("rate"),
);
static REMOTE: Shape = Shape::Record(&Record::new(
    "servers of a cache",
    &[
        default(
            "nodes",
            &COUNT,
            "1",
            "one memcached unless said",
            "Nodes of each copy: each key is on one of them, and each has servers, a line and connections of its own.",
        ),
        default(
            "copies",
            &COUNT,
            "1",
            "memcached keeps one; EVCache one in each zone",
            "Full copies: a fill or a deletion goes to all, a read to the caller's own first.",
        ),
        default(
            "other-copies",
            &LIMIT_ZERO,
            "1",
            "EVCache, max.retry.count",
            "Other copies that a read asks after its own brought nothing, a plain miss included; `unbounded` for all.",
        ),
        default(
            "hashing",
            &HASHING,
            "ketama",
            "EVCache and spymemcached",
            "Which node a key belongs to: the next point of a ring, or the remainder of its hash.",
        ),
        default(
            "on-loss",
            &ON_LOSS,
            "miss",
            "EVCache keeps its ring until discovery drops the node",
            "What becomes of the keys of a node that is out: they are missed until it is back, or belong to the other nodes at once, as with ARCUS.",
        ),
        optional(
            "gutter",
            &GUTTER,
            "nobody stands in for a node that is out",
            "Spare nodes that stand in for those that are out (memcache's gutter, NSDI 2013).",
        ),
        optional(
            "near",
            &NEAR,
            "instances keep nothing by themselves",
            "What every instance keeps by itself of what it has got, so that a hot key is no hot node (EVCache's in-memory cache).",
        ),
        default(
            "throttle",
            &LIMIT,
            "unbounded",
            "EVCache: off unless EVCacheThrottler.throttle.hot.keys; its value is then 3",
            "With more look-ups of an item than that under way in an instance, the next one finds nothing, and is not made (EVCache's hot keys).",
        ),
        default(
            "latch",
            &LATCH,
            "none",
            "nobody waits unless said; EVCache's own default is all-minus-1",
            "How many copies a write waits for after its commit, until they have taken the item out.",
        ),
        default(
            "latch-wait",
            &SPAN_UNBOUNDED,
            "2500ms",
            "EVCache, the time of an operation",
            "How long it waits for that at most; then it goes on all the same.",
        ),
        optional(
            "warmer",
            &WARMER,
            "a copy that has lost what it held is read at once",
            "A copy that has lost what it held is filled from another one before it is read (EVCache's warmer).",
        ),
        default("servers", &COUNT, "4", "memcached -t 4", "Operations that a node serves at once."),
        default(
            "read",
            &DISTRIBUTION,
            "100us",
            "assumed; EVCache: under 1 ms with the network",
            "Time of a look-up.",
        ),
        default("write", &DISTRIBUTION, "100us", "assumed: as a look-up", "Time of a fill or a deletion."),
        default("queue", &LIMIT_ZERO, "1_000", "assumed", "Operations that may wait."),
        default(
            "connections",
            &LIMIT,
            "1_024",
            "memcached -c 1024",
            "Connections that a node accepts in all.",
        ),
        default(
            "pool",
            &COUNT,
            "50",
            "EVCache, operations under way to a node",
            "Operations that each calling instance has under way to a node.",
        ),
        optional(
            "timeout",
            &SPAN_UNBOUNDED,
            "20ms (EVCache in the cloud); `unbounded` where the cache reads through",
            "A look-up that takes longer counts as a miss; where the cache reads through, as failed.",
        ),
        optional(
            "zone",
            &NAME,
            "several copies are in the zones in turn; one is in none: as near to all, and lost with none",
            "Where they are, and with what their items are lost.",
        ),
    ],
));
