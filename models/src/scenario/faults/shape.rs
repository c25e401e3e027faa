//! What may stand under `faults` and `crews`, with every default and its source.

use super::kill::KILL;
use crate::scenario::common::{
    COUNT, DISTRIBUTION, DISTRIBUTION_ABOVE, FACTOR, FLAG, NAME, NAMES, SHARE_ABOVE, SPAN,
};
use crate::scenario::phases::{LASTS, THEN};
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Field, Items, Names, Record, Shape, default, optional, required};

/// `crews`.
pub static CREWS: Shape = Shape::Map(&Names {
    noun: "crew",
    of: &Shape::Record(&CREW),
    general: None,
    edges: false,
    may_be_empty: true,
});
static CREW: Record =
    Record::new("a crew", &[required("size", &COUNT, "How many things it repairs at once.")])
        .or_short("size");
/// `faults`.
pub static FAULTS: Shape =
    Shape::List(&Items { noun: "a fault", of: &Shape::Record(&FAULT), or_one: false, min: 0 });
/// A fault.
pub static FAULT: Record = Record::new(
    "a fault",
    &[
        optional(
            "at",
            &SPAN,
            "it has an `every`, or always holds",
            "When it starts, from the measured start; then it happens once.",
        ),
        optional(
            "every",
            &DISTRIBUTION_ABOVE,
            "it happens once, at its `at`",
            "Time to the first failure, and from each repair to the next one (MTBF); each instance for itself.",
        ),
        optional(
            "for",
            &DISTRIBUTION_ABOVE,
            "needed, except by an environment",
            "How long it lasts; of one that happens again and again the time of a repair (MTTR).",
        ),
        optional(
            "from",
            &SPAN,
            "from the start of the run, warm-up included",
            "From when on it happens again and again, from the measured start.",
        ),
        optional(
            "crew",
            &NAME,
            "nothing waits for its repair",
            "Who repairs; what fails while they are busy waits its turn.",
        ),
        optional("slow", &SLOW, "another kind of fault", "Calls of a capability that start now wait longer."),
        optional(
            "busy",
            &BUSY,
            "another kind of fault",
            "Calls of a capability that start now need more work.",
        ),
        optional("error", &ERROR, "another kind of fault", "Calls of a capability that start now fail."),
        optional(
            "hang",
            &HANG,
            "another kind of fault",
            "Calls of a capability that start now give no answer until it ends.",
        ),
        optional("crash", &CRASH, "another kind of fault", "Instances lose their process."),
        optional(
            "kill",
            &KILL,
            "another kind of fault",
            "Instances are killed at random on workdays, within working hours, as Chaos Monkey does.",
        ),
        optional(
            "node",
            &NODE,
            "another kind of fault",
            "A node is gone, one of those that are there, with all instances on it; it is back, empty, when it is over.",
        ),
        optional(
            "zone",
            &ZONE,
            "another kind of fault",
            "All that is in a zone is gone: instances, stores, and what caches there hold.",
        ),
        optional(
            "region",
            &REGION,
            "another kind of fault",
            "All that is in the zones of a region is gone, and its stores.",
        ),
        optional(
            "drill",
            &DRILL,
            "another kind of fault",
            "Everybody is kept out of a region, or out of a zone, before anything happens to it.",
        ),
        optional(
            "delay",
            &DELAY,
            "another kind of fault",
            "Messages between two deployables, or between zones, take longer.",
        ),
        optional(
            "lose",
            &LOSE,
            "another kind of fault",
            "Messages between two deployables, or between zones, are lost.",
        ),
        optional(
            "partition",
            &PARTITION,
            "another kind of fault",
            "No message between two deployables, or between zones, arrives.",
        ),
        optional("outage", &OUTAGE, "another kind of fault", "A store does not serve."),
        optional(
            "slow-store",
            &SLOW_STORE,
            "another kind of fault",
            "A store's operations that start now take longer.",
        ),
        optional("flush", &FLUSH, "another kind of fault", "A cache loses all that it holds, at once."),
        optional(
            "together",
            &TOGETHER,
            "another kind of fault",
            "A common cause that hits several things at once.",
        ),
        optional(
            "environment",
            &ENVIRONMENT,
            "another kind of fault",
            "Surroundings that change at random, and the speed of a deployable's processors with them.",
        ),
    ],
)
.of_kinds(&[
    "slow",
    "busy",
    "error",
    "hang",
    "crash",
    "kill",
    "node",
    "zone",
    "region",
    "drill",
    "delay",
    "lose",
    "partition",
    "outage",
    "slow-store",
    "flush",
    "together",
    "environment",
]);
/// What a common cause hits.
pub static STRUCK: Record = Record::new(
    "what is hit",
    &[
        optional("crash", &CRASH, "another kind", "Instances lose their process."),
        optional("outage", &OUTAGE, "another kind", "A store does not serve."),
        optional("slow-store", &SLOW_STORE, "another kind", "A store's operations take longer."),
        optional("flush", &FLUSH, "another kind", "A cache loses all that it holds, at once."),
        optional("slow", &SLOW, "another kind", "Calls of a capability wait longer."),
        optional("busy", &BUSY, "another kind", "Calls of a capability need more work."),
        optional("error", &ERROR, "another kind", "Calls of a capability fail."),
        optional("hang", &HANG, "another kind", "Calls of a capability give no answer until it ends."),
    ],
)
.of_kinds(&["crash", "outage", "slow-store", "flush", "slow", "busy", "error", "hang"]);
static TOGETHER: Shape = Shape::Record(
    &Record::new(
        "a common cause",
        &[
            required(
                "of",
                &Shape::List(&Items {
                    noun: "what is hit",
                    of: &Shape::Record(&STRUCK),
                    or_one: true,
                    min: 1,
                }),
                "What it can hit: every instance of a crash for itself.",
            ),
            default(
                "share",
                &SHARE_ABOVE,
                "100%",
                "it hits all of them unless said",
                "The probability with which it hits each of them.",
            ),
        ],
    )
    .or_short("of"),
);
static ENVIRONMENT: Shape = Shape::Record(&Record::new(
    "an environment",
    &[
        required("deployable", &NAME, "Whose processors."),
        required("states", &STATES, "Its states, by name; it starts in the first."),
        default(
            "shared",
            &FLAG,
            "false",
            "each instance has its own unless said",
            "Whether all instances have the same one.",
        ),
    ],
));
static STATES: Shape = Shape::Map(&Names {
    noun: "state",
    of: &Shape::Record(&STATE),
    general: None,
    edges: false,
    may_be_empty: false,
});
static STATE: Record = Record::new(
    "a state of an environment",
    &[
        required(
            "speed",
            &Shape::Scalar(Scalar::Factor { zero: true }),
            "Multiplies the processors' speed; at ×0 they stand still and then go on where they were.",
        ),
        LASTS,
        THEN,
    ],
);
static SLOW: Shape = Shape::Record(&Record::new(
    "slowness",
    &[
        required("capability", &NAME, "Which capability."),
        optional("latency", &DISTRIBUTION, "nothing is added", "Waiting in addition to its own."),
        default("factor", &FACTOR, "1", "its own latency stays", "Multiplies its own latency."),
    ],
));
static BUSY: Shape = Shape::Record(&Record::new(
    "more work",
    &[
        required("capability", &NAME, "Which capability."),
        required("factor", &FACTOR, "How many times the work."),
    ],
));
static ERROR: Shape = Shape::Record(
    &Record::new(
        "an error",
        &[
            required("capability", &NAME, "Which capability."),
            default(
                "share",
                &SHARE_ABOVE,
                "100%",
                "all of them unless said",
                "Which share of the calls fails.",
            ),
            default(
                "at-once",
                &FLAG,
                "false",
                "errors take the normal time",
                "Whether they fail at once, or after the normal time.",
            ),
            default(
                "bad-request",
                &FLAG,
                "false",
                "the callee's fault unless said",
                "Whether the callee calls it the caller's mistake (HTTP 4xx): no breaker counts it, no retry repeats it, no fallback replaces it.",
            ),
        ],
    )
    .or_short("capability"),
);
static HANG: Shape = Shape::Record(
    &Record::new("a hang", &[required("capability", &NAME, "Which capability.")]).or_short("capability"),
);
static CRASH: Shape = Shape::Record(
    &Record::new(
        "a crash",
        &[
            required("deployable", &NAME, "Which deployable."),
            optional(
                "instances",
                &Shape::Scalar(Scalar::CountOrAll),
                "the first one; all of them where crashes are random",
                "How many of its instances, the first ones; `all` for all.",
            ),
            // No default: spelled out it would stand beside `instances`.
            optional(
                "random",
                &FLAG,
                "the first ones",
                "Whether it is one of those that are up then, drawn anew each time, as Chaos Monkey does.",
            ),
            default(
                "silent",
                &FLAG,
                "false",
                "the machine lives and resets connections",
                "Whether nobody answers at all, because the machine is gone.",
            ),
        ],
    )
    .at_most_one(&[&["instances", "random"]])
    .or_short("deployable"),
);
static BETWEEN: Shape =
    Shape::List(&Items { noun: "a deployable, or `users`", of: &NAME, or_one: false, min: 2 });
const ENDS: Field = optional("between", &BETWEEN, "between zones", "Two deployables; `users` for the users.");
const ZONE_ENDS: Field =
    optional("zones", &NAMES, "between deployables", "Two zones; one alone is that one and all others.");
const ONE_OF_BOTH: &[&[&str]] = &[&["between", "zones"]];
static DELAY: Shape = Shape::Record(
    &Record::new("a delay", &[ENDS, ZONE_ENDS, required("add", &DISTRIBUTION, "One way.")])
        .exactly_one(ONE_OF_BOTH),
);
static LOSE: Shape = Shape::Record(
    &Record::new(
        "a loss",
        &[ENDS, ZONE_ENDS, required("share", &SHARE_ABOVE, "Which share of the messages.")],
    )
    .exactly_one(ONE_OF_BOTH),
);
static PARTITION: Shape = Shape::Record(
    &Record::new("a partition", &[ENDS, ZONE_ENDS]).exactly_one(ONE_OF_BOTH).or_short("between"),
);
static ZONE: Shape = Shape::Record(
    &Record::new(
        "a zone's outage",
        &[
            required("zone", &NAME, "Which zone."),
            default(
                "silent",
                &FLAG,
                "true",
                "a zone without power answers nobody",
                "Whether nobody answers at all, instead of an error at once.",
            ),
        ],
    )
    .or_short("zone"),
);
static NODE: Shape = Shape::Record(
    &Record::new(
        "a node's end",
        &[
            required("pool", &NAME, "Of which pool of `nodes`; each time another one, drawn anew."),
            default(
                "silent",
                &FLAG,
                "true",
                "a machine that is gone answers nobody",
                "Whether nobody answers at all, instead of an error at once.",
            ),
        ],
    )
    .or_short("pool"),
);
static REGION: Shape = Shape::Record(
    &Record::new(
        "a region's outage",
        &[
            required("region", &NAME, "Which region."),
            default(
                "silent",
                &FLAG,
                "true",
                "a region without power answers nobody",
                "Whether nobody answers at all, instead of an error at once.",
            ),
        ],
    )
    .or_short("region"),
);
static DRILL: Shape = Shape::Record(
    &Record::new(
        "a drill",
        &[
            optional(
                "region",
                &NAME,
                "a zone",
                "Which region: its users are sent elsewhere, by `fail-over`.",
            ),
            optional(
                "zone",
                &NAME,
                "a region",
                "Which zone: users come in elsewhere, and no caller chooses its instances.",
            ),
            optional(
                "outage-after",
                &SPAN,
                "all goes on working",
                "All that is there is gone from so long after its start until its end.",
            ),
        ],
    )
    .exactly_one(&[&["region", "zone"]])
    .or_short("region"),
);
static OUTAGE: Shape = Shape::Record(
    &Record::new(
        "an outage",
        &[
            required("store", &NAME, "Which store."),
            default(
                "silent",
                &FLAG,
                "false",
                "connections are refused",
                "Whether operations get no answer instead of an error at once.",
            ),
            default(
                "recovery",
                &SPAN,
                "0s",
                "it serves again at once unless said",
                "How long it replays its log after that, and refuses whatever comes.",
            ),
            optional("copy", &COUNT, "all copies", "Of a cache with servers: which copy, counted from 1."),
            optional("nodes", &NODES, NODES_USUAL, NODES_DOC),
        ],
    )
    .or_short("store"),
);
static NODES: Shape = Shape::Scalar(Scalar::CountOrAll);
const NODES_USUAL: &str =
    "of a cache all nodes; of a database the first one, which is the primary where there are replicas";
const NODES_DOC: &str =
    "How many nodes of a cache or a database that has several, the first ones; `all` for all.";
static FLUSH: Shape = Shape::Record(
    &Record::new(
        "a flush",
        &[
            required("cache", &NAME, "Which cache; in processes, all of its copies."),
            optional("copy", &COUNT, "all copies", "Of a cache with servers: which copy, counted from 1."),
            optional("nodes", &NODES, NODES_USUAL, NODES_DOC),
        ],
    )
    .or_short("cache"),
);
static SLOW_STORE: Shape = Shape::Record(&Record::new(
    "a slow store",
    &[
        required("store", &NAME, "Which store."),
        optional("copy", &COUNT, "all copies", "Of a cache with servers: which copy, counted from 1."),
        optional("nodes", &NODES, NODES_USUAL, NODES_DOC),
        required("factor", &FACTOR, "How many times as long."),
    ],
));
