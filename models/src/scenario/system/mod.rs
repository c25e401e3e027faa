//! `system`: what the system does, whatever it is built of.

mod shape;

use shape::STEP;
pub use shape::SYSTEM;

use archsim_sim::Distribution;

use super::data::DataSet;
use super::place::Place;
use super::read::Reader;
use super::tree::{Entry, Node};
use crate::plan::{Operation, Workload};

/// The system as written, names resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// What people call it.
    pub name: String,
    /// The data sets, and whether any capability uses them.
    pub data: Vec<Named>,
    /// What the data sets are.
    pub sets: Vec<DataSet>,
    /// The capabilities.
    pub capabilities: Vec<Capability>,
    /// The journeys.
    pub journeys: Vec<Journey>,
    /// Where users live, and the share of them who do.
    pub homes: Vec<(Named, f64)>,
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
        /// How likely one more, each time.
        again: f64,
        /// Whether the capability draws keys of its own.
        own_key: bool,
        /// What each costs of its store's CPU, if it does.
        cost: Option<Distribution>,
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
    /// One of several branches, each with its share.
    OneOf(Vec<(f64, Vec<Step>)>),
    /// Steps whose operations hold together.
    Transaction(Transaction),
}

/// Steps whose operations hold together.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Its steps.
    pub steps: Vec<Step>,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
}

impl Transaction {
    /// Data sets that it reads and writes, as often as they are named.
    pub fn accesses(&self) -> Vec<(usize, Operation)> {
        let mut found = Vec::new();
        each_step(&self.steps, &mut |step| {
            if let Step::Access { data, operation, .. } = step {
                found.push((*data, *operation));
            }
        });
        found
    }
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
    /// How likely once more, each time.
    pub again: f64,
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

/// Where users live: all of them somewhere.
fn homes(reader: &mut Reader<'_>, node: &Node) -> Vec<(Named, f64)> {
    let homes: Vec<_> = node.entries().iter().map(|entry| (Named::from(entry), entry.node.share())).collect();
    let all: f64 = homes.iter().map(|(_, share)| share).sum();
    if !homes.is_empty() && (all - 1.0).abs() > 1e-9 {
        let why = "the shares of the users who live somewhere do not add up to 100%";
        reader
            .report
            .error("E0577", node.place, "system.homes", why)
            .found(format!("{}%", (all * 1e8).round() / 1e6))
            .allowed("100% in all: every user lives somewhere");
    }
    homes
}

impl System {
    /// Reads the resolved `system`.
    pub fn read(reader: &mut Reader<'_>, node: &Node) -> System {
        let named = |node: &Node| -> Vec<Named> { node.entries().iter().map(Named::from).collect() };
        let data = named(node.at("data"));
        let sets = node.at("data").entries().iter();
        let sets: Vec<DataSet> =
            sets.map(|entry| DataSet::read(reader, &entry.key, entry.place, &entry.node)).collect();
        let capability_names = named(node.at("capabilities"));
        let mut steps = StepReader { reader, data: &data, sets: &sets, capabilities: &capability_names };
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
        let homes = homes(steps.reader, node.at("homes"));
        System { name: node.at("name").string(), data, sets, capabilities, journeys, homes }
    }

    /// By journey, the share of a workload's requests that are for it: where sessions walk, how often they come by.
    pub fn asked_by(&self, workload: &Workload) -> Vec<f64> {
        match &workload.session {
            Some(session) => session.shares(),
            None => self.journeys.iter().map(|journey| journey.share).collect(),
        }
    }

    /// The same system with the shares that a workload asks for.
    pub fn under(&self, workload: &Workload) -> System {
        let mut system = self.clone();
        for (journey, share) in system.journeys.iter_mut().zip(self.asked_by(workload)) {
            journey.share = share;
        }
        system
    }

    /// Whether any capability writes a data set.
    pub fn is_written(&self, wanted: usize) -> bool {
        let mut found = false;
        for capability in &self.capabilities {
            each_step(&capability.steps, &mut |step| {
                let writes = |data, operation| data == wanted && operation == Operation::Write;
                found |= matches!(step, Step::Access { data, operation, .. } if writes(*data, *operation));
            });
        }
        found
    }

    /// Whether a capability reads or writes any of these data sets.
    pub fn uses(&self, capability: usize, wanted: &[usize]) -> bool {
        let mut found = false;
        each_step(&self.capabilities[capability].steps, &mut |step| {
            found |= matches!(step, Step::Access { data, .. } if wanted.contains(data));
        });
        found
    }

    /// Whether a capability asks a data set once more by chance.
    pub fn reads_again(&self, capability: usize, wanted: usize) -> bool {
        let mut found = false;
        each_step(&self.capabilities[capability].steps, &mut |step| {
            found |= matches!(step, Step::Access { data, again, .. } if *data == wanted && *again > 0.0);
        });
        found
    }

    /// All transactions, of all capabilities.
    pub fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.capabilities.iter().flat_map(Capability::transactions)
    }

    /// The capability of that name.
    pub fn capability(&self, name: &str) -> Option<usize> {
        self.capabilities.iter().position(|capability| capability.name == name)
    }
}

impl Capability {
    /// Its transactions, however deep in branches.
    pub fn transactions(&self) -> Vec<&Transaction> {
        let mut found = Vec::new();
        each_step(&self.steps, &mut |step| {
            if let Step::Transaction(transaction) = step {
                found.push(transaction);
            }
        });
        found
    }

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
        match step {
            Step::Parallel { branches, .. } => branches.iter().for_each(|branch| each_step(branch, visit)),
            Step::OneOf(branches) => branches.iter().for_each(|(_, branch)| each_step(branch, visit)),
            Step::Transaction(transaction) => each_step(&transaction.steps, visit),
            _ => {}
        }
    }
}

struct StepReader<'a, 'report> {
    reader: &'a mut Reader<'report>,
    data: &'a [Named],
    sets: &'a [DataSet],
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
            "one-of" => Some(Step::OneOf(self.cases(&entry.node, path))),
            "transaction" => Some(Step::Transaction(self.transaction(entry, path))),
            _ => {
                let branches = entry.node.items().iter().enumerate();
                let branches = branches
                    .map(|(index, branch)| self.list(branch, &format!("{path}.{}", index + 1)))
                    .collect();
                Some(Step::Parallel { branches, fail_fast: node.at("fail-fast").flag() })
            }
        }
    }

    fn transaction(&mut self, entry: &Entry, path: &str) -> Transaction {
        let node = &entry.node;
        Transaction {
            steps: self.list(node.at("steps"), &format!("{path}.steps")),
            place: entry.place,
            path: path.to_owned(),
        }
    }

    fn access(&mut self, node: &Node, operation: Operation, path: &str) -> Option<Step> {
        let entry = node.entries().first()?;
        let data = self.reader.find_key("data set", self.data, entry, path)?;
        let path = format!("{path}.{}", entry.key);
        let again = self.again(entry.node.at("again"), &format!("{path}.again"));
        let own = self.reader.perhaps_distribution(entry.node.get("cost"), &format!("{path}.cost"));
        let cost = own.or_else(|| self.sets[data].cost(operation).cloned()).filter(|cost| !cost.is_zero());
        let (repeat, own_key) = (entry.node.at("repeat").count(), entry.node.at("key").text() == Some("own"));
        Some(Step::Access { data, operation, repeat, again, own_key, cost })
    }

    /// The branches of a choice, whose shares must add up.
    fn cases(&mut self, node: &Node, path: &str) -> Vec<(f64, Vec<Step>)> {
        let cases = node.items().iter().enumerate();
        let cases: Vec<_> = cases
            .map(|(index, case)| {
                let steps = self.list(case.at("steps"), &format!("{path}.{}.steps", index + 1));
                (case.at("share").share(), steps)
            })
            .collect();
        let shares = node.items().iter().map(|case| case.at("share"));
        super::check::shares(shares, "E0531", path, "branches", self.reader.report);
        cases
    }

    /// The probability of once more, which must leave an end in sight.
    fn again(&mut self, node: &Node, path: &str) -> f64 {
        let again = node.text().map_or(0.0, |_| node.share());
        if again < 1.0 {
            return again;
        }
        self.reader
            .report
            .error("E0532", node.place, path, "this would be done again and again, for ever")
            .found(node.words())
            .allowed("below 100%")
            .help("for a fixed number of times write `repeat`");
        0.0
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
            again: self.again(entry.node.at("again"), &format!("{path}.again")),
            place: entry.place,
            path,
        }))
    }
}
