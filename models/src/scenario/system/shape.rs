//! What may stand under `system`, with every default and its source.

use crate::scenario::common::{
    COUNT, COUNT_ZERO, DISTRIBUTION, FLAG, NAME, SHARE, SHARE_ABOVE, SPAN_UNBOUNDED, TEXT,
};
use crate::scenario::data::DATA_SET;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Items, Names, Record, Shape, Use, default, optional, required};

/// `system`.
pub static SYSTEM: Shape = Shape::Record(&Record::new(
    "the system",
    &[
        optional("name", &TEXT, "the scenario's name", "What people call the system."),
        default("data", &DATA_SETS, "{}", "nothing is stored unless said", "The data sets, by name."),
        required("capabilities", &CAPABILITIES, "Pieces of functionality, by name."),
        required("journeys", &JOURNEYS, "What users ask for, by name."),
        default(
            "homes",
            &HOMES,
            "{}",
            "users are at the edge unless said",
            "Where users live, by name, and which share of them; needed where architectures have regions.",
        ),
    ],
));

static HOMES: Shape =
    Shape::Map(&Names { noun: "home", of: &SHARE_ABOVE, general: None, edges: false, may_be_empty: true });

static DATA_SETS: Shape =
    Shape::Map(&Names { noun: "data set", of: &DATA_SET, general: None, edges: false, may_be_empty: true });

static CAPABILITIES: Shape = Shape::Map(&Names {
    noun: "capability",
    of: &Shape::Record(&CAPABILITY),
    general: None,
    edges: false,
    may_be_empty: false,
});

static CAPABILITY: Record = Record::new(
    "a capability",
    &[
        optional("work", &DISTRIBUTION, "no CPU time", "CPU time on one core at speed 1; the first step."),
        optional("latency", &DISTRIBUTION, "no waiting", "Waiting that needs no CPU; the second step."),
        optional("reads", &ACCESSES, "nothing is read", "Data sets that it reads, one after the other."),
        optional("writes", &ACCESSES, "nothing is written", "Data sets that it writes, after reading."),
        optional(
            "calls",
            &CALLS,
            "nothing is called",
            "Capabilities that it calls, one after the other; the last steps.",
        ),
        optional(
            "steps",
            &STEPS,
            "the order work, latency, reads, writes, calls",
            "Its steps in an order of your own, in place of the other keys.",
        ),
    ],
)
.at_most_one(&[
    &["steps", "work"],
    &["steps", "latency"],
    &["steps", "reads"],
    &["steps", "writes"],
    &["steps", "calls"],
]);

static ACCESSES: Shape = Shape::List(&Items { noun: "a data set", of: &ACCESS, or_one: true, min: 1 });
static ACCESS: Shape = Shape::Use(&Use { noun: "data set", of: &ACCESS_OPTIONS, or: None });
static ACCESS_OPTIONS: Record = Record::new(
    "an access",
    &[
        default(
            "repeat",
            &COUNT,
            "1",
            "once unless said",
            "How many operations, one after the other, each with a key of its own.",
        ),
        default(
            "again",
            &SHARE,
            "0%",
            "never unless said",
            "After those, how likely one more is, each time.",
        ),
        default(
            "key",
            &KEY,
            "request",
            "a request is about one user, one film",
            "Whose keys are asked for: the request's, the same for every capability, or the capability's own.",
        ),
        optional(
            "cost",
            &DISTRIBUTION,
            "what the data set says",
            "What an operation costs of its store's CPU, before it needs a server: cheap and dear queries.",
        ),
    ],
);

static KEY: Shape = Shape::Scalar(Scalar::Words(&["request", "own"]));

static CALLS: Shape = Shape::List(&Items { noun: "a call", of: &CALL_OR_PARALLEL, or_one: true, min: 1 });
static CALL_OR_PARALLEL: Shape =
    Shape::Use(&Use { noun: "capability", of: &CALL_OPTIONS, or: Some(&PARALLEL_CALLS) });
static CALL: Shape = Shape::Use(&Use { noun: "capability", of: &CALL_OPTIONS, or: None });
static CALL_OPTIONS: Record = Record::new(
    "a call",
    &[
        default(
            "optional",
            &FLAG,
            "false",
            "required unless said",
            "Whether a fallback may replace the answer: a permission, no more.",
        ),
        default(
            "probability",
            &SHARE_ABOVE,
            "100%",
            "always unless said",
            "How likely the call is made at all.",
        ),
        default("repeat", &COUNT, "1", "once unless said", "How many calls, one after the other."),
        default(
            "again",
            &SHARE,
            "0%",
            "never unless said",
            "After those, how likely one more is, each time.",
        ),
    ],
);
static PARALLEL_CALLS: Record = Record::new(
    "parallel calls or a choice of calls",
    &[
        optional(
            "parallel",
            &CALL_BRANCHES,
            "a choice",
            "Calls made at the same time; a list in the list is made in sequence.",
        ),
        optional("one-of", &CALL_CASES, "parallel calls", "Calls of which one branch is made."),
        optional(
            "fail-fast",
            &FLAG,
            "all branches are waited for",
            "Whether the failure of a branch ends the wait at once.",
        ),
    ],
)
.of_kinds(&["parallel", "one-of"]);
static CALL_CASES: Shape = Shape::List(&Items {
    noun: "a branch with its share",
    of: &Shape::Record(&CALL_CASE),
    or_one: false,
    min: 2,
});
static CALL_CASE: Record = Record::new(
    "a branch of calls with its share",
    &[
        required("share", &SHARE, "How likely it is this one; the shares of all branches add up to 100 %."),
        optional("calls", &CALLS, "nothing is called", "What is called then, one after the other."),
    ],
);
static CALL_BRANCHES: Shape =
    Shape::List(&Items { noun: "a branch", of: &CALL_BRANCH, or_one: false, min: 1 });
static CALL_BRANCH: Shape = Shape::List(&Items { noun: "a call", of: &CALL, or_one: true, min: 1 });

/// A list of steps.
static STEPS: Shape = Shape::List(&Items { noun: "a step", of: &STEP, or_one: false, min: 0 });
/// A step.
pub static STEP: Shape = Shape::Record(&STEP_FIELDS);
static STEP_FIELDS: Record = Record::new(
    "a step",
    &[
        optional("work", &DISTRIBUTION, "another kind of step", "CPU time on one core at speed 1."),
        optional("latency", &DISTRIBUTION, "another kind of step", "Waiting that needs no CPU."),
        optional("read", &ACCESS, "another kind of step", "A data set that is read."),
        optional("write", &ACCESS, "another kind of step", "A data set that is written."),
        optional("call", &CALL, "another kind of step", "A capability that is called."),
        optional(
            "parallel",
            &BRANCHES,
            "another kind of step",
            "Branches at the same time, each a step or a list of steps.",
        ),
        optional("one-of", &CASES, "another kind of step", "Branches of which one is taken."),
        optional(
            "transaction",
            &TRANSACTION,
            "another kind of step",
            "Steps whose reads and writes hold together; how, says the store that has the data.",
        ),
        optional(
            "fail-fast",
            &FLAG,
            "all branches are waited for",
            "With `parallel`: whether the failure of a branch ends the wait at once.",
        ),
    ],
)
.of_kinds(&["work", "latency", "read", "write", "call", "parallel", "one-of", "transaction"]);
static TRANSACTION: Shape = Shape::Record(&Record::new(
    "a transaction",
    &[required(
        "steps",
        &TRANSACTION_STEPS,
        "What is done in it: work, latency, reads, writes, calls, choices.",
    )],
));
static TRANSACTION_STEPS: Shape = Shape::List(&Items { noun: "a step", of: &STEP, or_one: true, min: 1 });
static CASES: Shape =
    Shape::List(&Items { noun: "a branch with its share", of: &Shape::Record(&CASE), or_one: false, min: 2 });
static CASE: Record = Record::new(
    "a branch with its share",
    &[
        required("share", &SHARE, "How likely it is this one; the shares of all branches add up to 100 %."),
        default("steps", &CASE_STEPS, "[]", "nothing unless said", "What is done then."),
    ],
);
static CASE_STEPS: Shape = Shape::List(&Items { noun: "a step", of: &STEP, or_one: true, min: 0 });
static BRANCHES: Shape = Shape::List(&Items { noun: "a branch", of: &BRANCH, or_one: false, min: 1 });
static BRANCH: Shape = Shape::List(&Items { noun: "a step", of: &STEP, or_one: true, min: 1 });

static JOURNEYS: Shape = Shape::Map(&Names {
    noun: "journey",
    of: &Shape::Record(&JOURNEY),
    general: None,
    edges: false,
    may_be_empty: false,
});
static JOURNEY: Record = Record::new(
    "a journey",
    &[
        required(
            "share",
            &SHARE,
            "Its share of users' requests; all shares add up to 100 %. With a `walk` of sessions it is its share of their first requests. One of 0 % is for `workload.jobs`, and for what a walk leads to.",
        ),
        required("enters", &NAME, "The capability that answers it."),
        default("objective", &OBJECTIVE, "{}", "see its keys", "What users may expect."),
        default(
            "priority",
            &COUNT_ZERO,
            "0",
            "all alike",
            "Lower is served first where a queue goes by priority.",
        ),
    ],
);
static OBJECTIVE: Shape = Shape::Record(&Record::new(
    "an objective",
    &[
        default(
            "within",
            &SPAN_UNBOUNDED,
            "unbounded",
            "the users' patience alone decides",
            "Later answers do not count as available.",
        ),
        default(
            "availability",
            &SHARE_ABOVE,
            "99.9%",
            "assumed: three nines",
            "Share of the requests to be answered in time.",
        ),
    ],
));
