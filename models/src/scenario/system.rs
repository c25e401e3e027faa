//! `system`: what the system does, whatever it is built of.

use archsim_sim::Distribution;

use super::common::{COUNT, COUNT_ZERO, DISTRIBUTION, FLAG, NAME, SHARE_ABOVE, SPAN_UNBOUNDED, TEXT};
use super::place::Place;
use super::read::Reader;
use super::shape::{Items, Names, Record, Shape, Use, default, optional, required};
use super::tree::{Entry, Node};
use crate::plan::Operation;

/// `system`.
pub static SYSTEM: Shape = Shape::Record(&Record::new(
    "the system",
    &[
        optional("name", &TEXT, "the scenario's name", "What people call the system."),
        default("data", &DATA_SETS, "{}", "nothing is stored unless said", "The data sets, by name."),
        required("capabilities", &CAPABILITIES, "Pieces of functionality, by name."),
        required("journeys", &JOURNEYS, "What users ask for, by name."),
    ],
));

static DATA_SETS: Shape = Shape::Map(&Names {
    noun: "data set",
    of: &Shape::Record(&Record::new("a data set", &[])),
    general: None,
    edges: false,
    may_be_empty: true,
});

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
    &[default("repeat", &COUNT, "1", "once unless said", "How many operations, one after the other.")],
);

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
    ],
);
static PARALLEL_CALLS: Record = Record::new(
    "parallel calls",
    &[
        required(
            "parallel",
            &CALL_BRANCHES,
            "Calls made at the same time; a list in the list is made in sequence.",
        ),
        optional(
            "fail-fast",
            &FLAG,
            "all branches are waited for",
            "Whether the failure of a branch ends the wait at once.",
        ),
    ],
);
static CALL_BRANCHES: Shape =
    Shape::List(&Items { noun: "a branch", of: &CALL_BRANCH, or_one: false, min: 1 });
static CALL_BRANCH: Shape = Shape::List(&Items { noun: "a call", of: &CALL, or_one: true, min: 1 });

/// A list of steps.
pub static STEPS: Shape = Shape::List(&Items { noun: "a step", of: &STEP, or_one: false, min: 0 });
static STEP: Shape = Shape::Record(&STEP_FIELDS);
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
        optional(
            "fail-fast",
            &FLAG,
            "all branches are waited for",
            "With `parallel`: whether the failure of a branch ends the wait at once.",
        ),
    ],
)
.of_kinds(&["work", "latency", "read", "write", "call", "parallel"]);
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
        required("share", &SHARE_ABOVE, "Its share of the requests; all shares add up to 100 %."),
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

/// The system as written, names resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// What people call it.
    pub name: String,
    /// The data sets, and whether any capability uses them.
    pub data: Vec<Named>,
    /// The capabilities.
    pub capabilities: Vec<Capability>,
    /// The journeys.
    pub journeys: Vec<Journey>,
}

/// A name and where it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it is given.
    pub place: Place,
}

impl Named {
    /// A name that stands nowhere in particular.
    pub fn new(name: &str) -> Self {
        Named { name: name.to_owned(), place: Place::START }
    }
}

impl From<&Entry> for Named {
    fn from(entry: &Entry) -> Self {
        Named { name: entry.key.clone(), place: entry.place }
    }
}

/// A piece of functionality.
#[derive(Clone, Debug, PartialEq)]
pub struct Capability {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// What it does.
    pub steps: Vec<Step>,
}

/// A step of a capability.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// CPU time.
    Work(Distribution),
    /// Waiting without CPU.
    Latency(Distribution),
    /// Operations on a data set.
    Access {
        /// Which one.
        data: usize,
        /// Read or write.
        operation: Operation,
        /// How many.
        repeat: u32,
    },
    /// A call.
    Call(Call),
    /// Branches at the same time.
    Parallel {
        /// The branches.
        branches: Vec<Vec<Step>>,
        /// Whether the failure of one ends the wait at once.
        fail_fast: bool,
    },
}

/// A call of a capability.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which one.
    pub callee: usize,
    /// Whether a fallback may replace the answer.
    pub optional: bool,
    /// How likely.
    pub probability: f64,
    /// How often.
    pub repeat: u32,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
}

/// What users ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// Share of the requests.
    pub share: f64,
    /// The capability that answers it.
    pub enters: usize,
    /// Later answers do not count.
    pub within: archsim_sim::Span,
    /// The availability it is meant to have.
    pub objective: f64,
    /// Lower is first.
    pub priority: u32,
}

impl System {
    /// Reads the resolved `system`.
    pub fn read(reader: &mut Reader<'_>, node: &Node) -> System {
        let named = |node: &Node| -> Vec<Named> { node.entries().iter().map(Named::from).collect() };
        let data = named(node.at("data"));
        let capability_names = named(node.at("capabilities"));
        let mut steps = StepReader { reader, data: &data, capabilities: &capability_names };
        let capabilities = node
            .at("capabilities")
            .entries()
            .iter()
            .map(|entry| {
                let path = format!("system.capabilities.{}.steps", entry.key);
                Capability {
                    name: entry.key.clone(),
                    place: entry.place,
                    steps: steps.list(entry.node.at("steps"), &path),
                }
            })
            .collect();
        let journeys = node.at("journeys").entries().iter();
        let journeys = journeys
            .filter_map(|entry| {
                let path = format!("system.journeys.{}", entry.key);
                let enters = entry.node.at("enters");
                let enters =
                    steps.reader.find("capability", &capability_names, enters, &format!("{path}.enters"))?;
                let objective = entry.node.at("objective");
                Some(Journey {
                    name: entry.key.clone(),
                    place: entry.place,
                    share: entry.node.at("share").share(),
                    enters,
                    within: objective.at("within").span_or_forever(),
                    objective: objective.at("availability").share(),
                    priority: entry.node.at("priority").count(),
                })
            })
            .collect();
        System { name: node.at("name").string(), data, capabilities, journeys }
    }

    /// The capability of that name.
    pub fn capability(&self, name: &str) -> Option<usize> {
        self.capabilities.iter().position(|capability| capability.name == name)
    }
}

impl Capability {
    /// Every call it makes, however deep in branches.
    pub fn calls(&self) -> Vec<&Call> {
        let mut calls = Vec::new();
        each_step(&self.steps, &mut |step| {
            if let Step::Call(call) = step {
                calls.push(call);
            }
        });
        calls
    }
}

/// Visits every step, those of branches included.
pub fn each_step<'a>(steps: &'a [Step], visit: &mut impl FnMut(&'a Step)) {
    for step in steps {
        visit(step);
        if let Step::Parallel { branches, .. } = step {
            for branch in branches {
                each_step(branch, visit);
            }
        }
    }
}

struct StepReader<'a, 'report> {
    reader: &'a mut Reader<'report>,
    data: &'a [Named],
    capabilities: &'a [Named],
}

impl StepReader<'_, '_> {
    fn list(&mut self, node: &Node, path: &str) -> Vec<Step> {
        let mut labels = Vec::new();
        let items = node.items().iter().enumerate();
        items
            .filter_map(|(index, item)| {
                let label = super::conform::label(item, &STEP, index, &mut labels);
                self.step(item, &format!("{path}.{label}"))
            })
            .collect()
    }

    fn step(&mut self, node: &Node, path: &str) -> Option<Step> {
        if node.get("fail-fast").is_some() && node.get("parallel").is_none() {
            self.reader
                .report
                .error("E0509", node.place, path, "`fail-fast` says something about `parallel` only")
                .found(node.words())
                .allowed("`fail-fast` beside `parallel`");
        }
        let entry = node.entries().iter().find(|entry| entry.key != "fail-fast")?;
        match entry.key.as_str() {
            "work" => Some(Step::Work(self.reader.distribution(&entry.node, path))),
            "latency" => Some(Step::Latency(self.reader.distribution(&entry.node, path))),
            "read" => self.access(&entry.node, Operation::Read, path),
            "write" => self.access(&entry.node, Operation::Write, path),
            "call" => self.call(&entry.node, path),
            _ => {
                let branches = entry.node.items().iter().enumerate();
                let branches = branches
                    .map(|(index, branch)| self.list(branch, &format!("{path}.{}", index + 1)))
                    .collect();
                Some(Step::Parallel { branches, fail_fast: node.at("fail-fast").flag() })
            }
        }
    }

    fn access(&mut self, node: &Node, operation: Operation, path: &str) -> Option<Step> {
        let entry = node.entries().first()?;
        let data = self.reader.find_key("data set", self.data, entry, path)?;
        Some(Step::Access { data, operation, repeat: entry.node.at("repeat").count() })
    }

    fn call(&mut self, node: &Node, path: &str) -> Option<Step> {
        let entry = node.entries().first()?;
        let callee = self.reader.find_key("capability", self.capabilities, entry, path)?;
        let path = format!("{path}.{}", entry.key);
        Some(Step::Call(Call {
            callee,
            optional: entry.node.at("optional").flag(),
            probability: entry.node.at("probability").share(),
            repeat: entry.node.at("repeat").count(),
            place: entry.place,
            path,
        }))
    }
}
