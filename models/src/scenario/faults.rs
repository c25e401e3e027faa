//! `faults`: what goes wrong, and when.

use archsim_sim::{Distribution, Key, Span};

use super::architecture::Architecture;
use super::common::{DISTRIBUTION, FACTOR, FLAG, NAME, SHARE_ABOVE, SPAN, SPAN_ABOVE};
use super::place::Place;
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Items, Record, Shape, default, optional, required};
use super::system::{Named, System};
use super::tree::Node;
use super::workload::Run;
use crate::plan::{CapabilityId, DeployableId, Effect, Fault, StoreId};
use crate::record::Cause;

/// `faults`.
pub static FAULTS: Shape =
    Shape::List(&Items { noun: "a fault", of: &Shape::Record(&FAULT), or_one: false, min: 0 });
/// A fault.
pub static FAULT: Record = Record::new(
    "a fault",
    &[
        required("at", &SPAN, "When it starts, from the measured start."),
        required("for", &SPAN_ABOVE, "How long it lasts."),
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
        optional("delay", &DELAY, "another kind of fault", "Messages between two deployables take longer."),
        optional("lose", &LOSE, "another kind of fault", "Messages between two deployables are lost."),
        optional(
            "partition",
            &PARTITION,
            "another kind of fault",
            "No message between two deployables arrives.",
        ),
        optional("outage", &OUTAGE, "another kind of fault", "A store does not serve."),
        optional(
            "slow-store",
            &SLOW_STORE,
            "another kind of fault",
            "A store's operations that start now take longer.",
        ),
    ],
)
.of_kinds(&["slow", "busy", "error", "hang", "crash", "delay", "lose", "partition", "outage", "slow-store"]);
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
            default(
                "instances",
                &Shape::Scalar(Scalar::CountOrAll),
                "1",
                "one instance unless said",
                "How many of its instances; `all` for all.",
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
    .or_short("deployable"),
);
static BETWEEN: Shape =
    Shape::List(&Items { noun: "a deployable, or `users`", of: &NAME, or_one: false, min: 2 });
static DELAY: Shape = Shape::Record(&Record::new(
    "a delay",
    &[
        required("between", &BETWEEN, "Two deployables; `users` for the users."),
        required("add", &DISTRIBUTION, "One way."),
    ],
));
static LOSE: Shape = Shape::Record(&Record::new(
    "a loss",
    &[
        required("between", &BETWEEN, "Two deployables; `users` for the users."),
        required("share", &SHARE_ABOVE, "Which share of the messages."),
    ],
));
static PARTITION: Shape = Shape::Record(
    &Record::new("a partition", &[required("between", &BETWEEN, "Two deployables; `users` for the users.")])
        .or_short("between"),
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
        ],
    )
    .or_short("store"),
);
static SLOW_STORE: Shape = Shape::Record(&Record::new(
    "a slow store",
    &[required("store", &NAME, "Which store."), required("factor", &FACTOR, "How many times as long.")],
));

/// A fault, read; deployables and stores are names still, because each architecture has its own.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultSpec {
    /// When, from the measured start.
    pub at: Span,
    /// How long.
    pub lasts: Span,
    /// What.
    pub what: What,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Names its draws: the same for the same fault of another arm.
    pub key: u64,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the plan's effects")]
pub enum What {
    /// A capability is slow.
    Slow { capability: usize, add: Option<Distribution>, factor: f64 },
    /// A capability needs more work.
    Busy { capability: usize, factor: f64 },
    /// A capability fails.
    Error { capability: usize, probability: f64, at_once: bool, cause: Cause },
    /// A capability hangs.
    Hang { capability: usize },
    /// Instances crash; no number means all.
    Crash { deployable: (String, Place), instances: Option<u32>, silent: bool },
    /// Messages take longer.
    Delay { between: [(String, Place); 2], add: Distribution },
    /// Messages are lost.
    Lose { between: [(String, Place); 2], probability: f64 },
    /// A store is out.
    Outage { store: (String, Place), silent: bool },
    /// A store is slow.
    SlowStore { store: (String, Place), factor: f64 },
}

/// Reads a resolved list of faults.
pub fn read(reader: &mut Reader<'_>, system: &System, run: &Run, node: &Node, path: &str) -> Vec<FaultSpec> {
    let capabilities: Vec<Named> = system
        .capabilities
        .iter()
        .map(|capability| Named { name: capability.name.clone(), place: capability.place })
        .collect();
    let mut labels = Vec::new();
    let mut faults = Vec::new();
    for (index, item) in node.items().iter().enumerate() {
        let label = super::conform::label(item, &Shape::Record(&FAULT), index, &mut labels);
        let key = Key::of_name(&format!("faults.{label}"));
        let path = format!("{path}.{label}");
        let Some(entry) = item.entries().iter().find(|entry| !matches!(entry.key.as_str(), "at" | "for"))
        else {
            continue;
        };
        let (at, lasts) = (item.at("at").span(), item.at("for").span());
        if run.at(at) >= run.horizon {
            reader
                .report
                .error(
                    "E0501",
                    item.at("at").place,
                    &format!("{path}.at"),
                    "the fault starts after the measured time has ended",
                )
                .found(format!("`{at}` after the measured start"))
                .allowed(format!("before {}, the measured time", run.horizon.since(run.warmup)))
                .help("make `run.measure` longer, or start the fault earlier");
        }
        let Some(what) = read_what(reader, &capabilities, &entry.key, &entry.node, &path) else { continue };
        faults.push(FaultSpec { at, lasts, what, place: entry.place, path, key });
    }
    faults
}

fn read_what(
    reader: &mut Reader<'_>,
    capabilities: &[Named],
    kind: &str,
    node: &Node,
    path: &str,
) -> Option<What> {
    let name = |node: &Node| (node.string(), node.place);
    let capability = match node.get("capability") {
        Some(name) => reader.find("capability", capabilities, name, &format!("{path}.capability"))?,
        None => 0,
    };
    let factor = node.at("factor").factor();
    Some(match kind {
        "slow" => {
            let add = node.get("latency").map(|node| reader.distribution(node, &format!("{path}.latency")));
            if add.is_none() && (factor - 1.0).abs() < f64::EPSILON {
                reader
                    .report
                    .error("E0505", node.place, path, "this slowness changes nothing")
                    .found("neither `latency` nor a `factor` other than 1")
                    .allowed("`latency: 5s`, `factor: ×10`, or both");
            }
            What::Slow { capability, add, factor }
        }
        "busy" => What::Busy { capability, factor },
        "error" => What::Error {
            capability,
            probability: node.at("share").share(),
            at_once: node.at("at-once").flag(),
            cause: if node.at("bad-request").flag() { Cause::BadRequest } else { Cause::Error },
        },
        "hang" => What::Hang { capability },
        "crash" => What::Crash {
            deployable: name(node.at("deployable")),
            instances: (node.at("instances").text() != Some("all")).then(|| node.at("instances").count()),
            silent: node.at("silent").flag(),
        },
        "delay" => What::Delay {
            between: between(reader, node, path)?,
            add: reader.distribution(node.at("add"), &format!("{path}.add")),
        },
        "lose" => What::Lose { between: between(reader, node, path)?, probability: node.at("share").share() },
        "partition" => What::Lose { between: between(reader, node, path)?, probability: 1.0 },
        "outage" => What::Outage { store: name(node.at("store")), silent: node.at("silent").flag() },
        _ => What::SlowStore { store: name(node.at("store")), factor },
    })
}

fn between(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<[(String, Place); 2]> {
    let between = node.at("between");
    let ends: Vec<_> = between.items().iter().map(|item| (item.string(), item.place)).collect();
    match <[_; 2]>::try_from(ends) {
        Ok([a, b]) if a.0 != b.0 => Some([a, b]),
        _ => {
            reader
                .report
                .error(
                    "E0506",
                    between.place,
                    &format!("{path}.between"),
                    "a network fault is between two different ends",
                )
                .found(between.items().iter().map(Node::words).collect::<Vec<_>>().join(", "))
                .allowed("`[a, b]`: two deployables, or `users` and a deployable");
            None
        }
    }
}

impl FaultSpec {
    /// The capabilities that it is about: the one it names, those that the crashing deployable runs, or those
    /// that use the store's data; in the architecture where these are fewest, which is where the fault is named
    /// most closely. A network fault is about calls and not about a capability.
    pub fn capabilities(&self, system: &System, architectures: &[Architecture]) -> Vec<usize> {
        let narrowest = |found: &dyn Fn(&Architecture) -> Option<Vec<usize>>| {
            architectures.iter().filter_map(found).min_by_key(Vec::len).unwrap_or_default()
        };
        match &self.what {
            What::Slow { capability, .. }
            | What::Busy { capability, .. }
            | What::Error { capability, .. }
            | What::Hang { capability } => vec![*capability],
            What::Crash { deployable: (name, _), .. } => narrowest(&|architecture| {
                architecture.deployables.iter().find(|it| it.name == *name).map(|it| it.runs.clone())
            }),
            What::Outage { store: (name, _), .. } | What::SlowStore { store: (name, _), .. } => {
                narrowest(&|architecture| {
                    let store = architecture.stores.iter().find(|it| it.name == *name)?;
                    Some((0..system.capabilities.len()).filter(|&at| system.uses(at, &store.holds)).collect())
                })
            }
            What::Delay { .. } | What::Lose { .. } => Vec::new(),
        }
    }

    /// The names of deployables or stores that `architecture` does not have.
    pub fn absent<'a>(&'a self, architecture: &Architecture) -> Vec<(&'static str, &'a (String, Place))> {
        let deployable = |name: &str| architecture.deployables.iter().any(|it| it.name == name);
        let store = |name: &str| architecture.stores.iter().any(|it| it.name == name);
        match &self.what {
            What::Crash { deployable: end, .. } if !deployable(&end.0) => vec![("deployable", end)],
            What::Delay { between, .. } | What::Lose { between, .. } => between
                .iter()
                .filter(|end| end.0 != "users" && !deployable(&end.0))
                .map(|end| ("deployable", end))
                .collect(),
            What::Outage { store: end, .. } | What::SlowStore { store: end, .. } if !store(&end.0) => {
                vec![("store", end)]
            }
            _ => Vec::new(),
        }
    }

    /// As `architecture` has it, if it has all that the fault names.
    pub fn lower(&self, architecture: &Architecture, run: &Run) -> Option<Fault> {
        if !self.absent(architecture).is_empty() {
            return None;
        }
        let deployable = |name: &str| architecture.deployables.iter().position(|it| it.name == name);
        let store = |name: &str| architecture.stores.iter().position(|it| it.name == name);
        let ends = |between: &[(String, Place); 2]| -> Option<(Option<DeployableId>, DeployableId)> {
            let id = |at: usize| DeployableId(at as u16);
            match (deployable(&between[0].0), deployable(&between[1].0)) {
                (Some(from), Some(to)) => Some((Some(id(from)), id(to))),
                (Some(to), None) | (None, Some(to)) => Some((None, id(to))),
                (None, None) => None,
            }
        };
        let key = self.key;
        let id = |capability: usize| CapabilityId(capability as u16);
        let mut until = run.at(self.at) + self.lasts;
        let effect = match &self.what {
            What::Slow { capability, add, factor } => {
                Effect::Slow { capability: id(*capability), add: add.clone(), factor: *factor, key }
            }
            What::Busy { capability, factor } => {
                Effect::Busy { capability: id(*capability), factor: *factor }
            }
            What::Error { capability, probability, at_once, cause } => Effect::Error {
                capability: id(*capability),
                probability: *probability,
                at_once: *at_once,
                cause: *cause,
                key,
            },
            What::Hang { capability } => Effect::Hang { capability: id(*capability) },
            What::Crash { deployable: (name, _), instances, silent } => {
                let at = deployable(name)?;
                until += architecture.deployables[at].boot;
                let all = architecture.deployables[at].instances.count();
                Effect::Crash {
                    deployable: DeployableId(at as u16),
                    instances: instances.unwrap_or(all).min(all),
                    silent: *silent,
                }
            }
            What::Delay { between, add } => {
                let (from, to) = ends(between)?;
                Effect::NetworkDelay { from, to, add: add.clone(), key }
            }
            What::Lose { between, probability } => {
                let (from, to) = ends(between)?;
                Effect::NetworkLoss { from, to, probability: *probability, key }
            }
            What::Outage { store: (name, _), silent } => {
                Effect::StoreOutage { store: StoreId(store(name)? as u16), silent: *silent }
            }
            What::SlowStore { store: (name, _), factor } => {
                Effect::StoreSlow { store: StoreId(store(name)? as u16), factor: *factor }
            }
        };
        Some(Fault { from: run.at(self.at), until, effect })
    }
}
