//! The scenario language: what a system does, how it may be built, what happens to it, and what is asked.
//!
//! A scenario is YAML, described in `docs/language.md`. Reading one goes in steps, and each step reports all
//! that it finds wrong before the next one begins:
//!
//! ```text
//! bytes ── tree ──── conform ──── resolve ──── read ──── checks ──── lower
//!          places    unknown      extends,     names     cycles,     one plan
//!          of all    keys,        each,        become    loads,      for each
//!          parts     units        defaults     indices   sense       arm
//! ```
//!
//! No step reads a file or prints: bytes in, values out.

#![allow(clippy::similar_names, reason = "caller and callee are the words of the design")]

pub mod arm;
pub mod diagnostic;
pub mod experiment;
pub mod graph;
pub mod reference;

mod architecture;
mod catalogue;
mod check;
mod common;
mod conform;
mod cost;
mod faults;
mod file;
mod lower;
mod merge;
mod place;
mod policies;
mod print;
mod read;
mod report;
mod resolve;
mod scalar;
mod schema;
mod set;
mod shape;
mod system;
mod tree;
mod workload;

pub use arm::{Arm, ArmKind};
pub use catalogue::{codes, explain};
pub use diagnostic::{Diagnostic, Severity, Unreadable};
pub use experiment::{Bound, Chart, Claim, Experiment, Measure, Replications, Subject, Unit};
pub use graph::{CapabilityNode, SystemGraph};
pub use schema::schema;

use archsim_sim::Key;

use architecture::Architecture;
use conform::Spot;
use experiment::Known;
use faults::FaultSpec;
use graph::CallGraph;
use read::Reader;
use report::Report;
use system::{Named, System};
use tree::Node;
use workload::Run;

/// What came of reading a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The scenario, unless there is an error.
    pub scenario: Option<Scenario>,
    /// Errors and warnings, in the order of the file; what came by `--set` comes last.
    pub diagnostics: Vec<Diagnostic>,
}

/// A scenario that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The experiment's name, as a stable id.
    pub name: String,
    /// What people call the system.
    pub system: String,
    /// Names what the scenario says: 16 hexadecimal digits, the same for a file and its resolved form.
    pub hash: String,
    /// What is compared, controls included.
    pub arms: Vec<Arm>,
    /// What is asked.
    pub experiment: Experiment,
    /// The calls between capabilities.
    pub graph: SystemGraph,
    resolved: String,
}

impl Scenario {
    /// The whole scenario as YAML with every default spelled out, and beside each value where it comes from.
    /// Reading it gives the same scenario and the same text.
    pub fn resolved(&self) -> &str {
        &self.resolved
    }
}

/// Reads a scenario. `file` is its name in messages; each of `sets` is a path and a value that takes the place
/// of what stands there.
///
/// ```
/// let reading = archsim_models::scenario::read("shop.yaml", b"archsim: 1\nsytem: {}\n", &[]);
/// assert!(reading.scenario.is_none());
/// let first = &reading.diagnostics[0];
/// assert_eq!((first.code, first.line, first.column), ("E0203", 1, 1));
/// let typo = reading.diagnostics.iter().find(|it| it.code == "E0201").expect("a key that is not known");
/// assert_eq!(typo.help.as_deref(), Some("did you mean `system`?"));
/// ```
pub fn read(file: &str, bytes: &[u8], sets: &[(String, String)]) -> Reading {
    let mut report = Report::new(file, sets);
    let scenario = tree::text(bytes, &mut report)
        .and_then(|text| tree::parse(text, 0, &mut report))
        .and_then(|root| understand(file, root, sets, &mut report));
    let scenario = scenario.filter(|_| !report.has_errors());
    Reading { scenario, diagnostics: report.into_diagnostics() }
}

fn understand(
    file: &str,
    mut root: Node,
    sets: &[(String, String)],
    report: &mut Report,
) -> Option<Scenario> {
    if !file::version(&root, report) {
        return None;
    }
    if root.get("archsim").is_none() {
        // Reported already; what follows is checked as if the line were there.
        root.set("archsim", Node::scalar(file::VERSION, root.place));
    }
    for (number, (path, value)) in (1..).zip(sets) {
        set::apply(&mut root, &file::FILE, number, path, value, report);
    }
    let root = conform::conform(root, &file::FILE, &Spot::top(), report);
    report.conformed();
    let resolved = resolve::resolve(root, &stem(file), report);
    Understanding::of(resolved, report)
}

/// The file's name without folder and ending, as a name.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.split('.').find(|part| !part.is_empty()).unwrap_or("scenario");
    name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

/// What has been read of a scenario on the way to its arms.
struct Understanding {
    root: Node,
    system: System,
    calls: CallGraph,
    run: Run,
    architectures: Vec<Architecture>,
}

/// An arm before it has a plan.
struct ArmSpec {
    name: String,
    title: String,
    kind: Option<String>,
    architecture: usize,
    workload: crate::plan::Workload,
    faults: Vec<FaultSpec>,
}

impl Understanding {
    fn of(root: Node, report: &mut Report) -> Option<Scenario> {
        let mut reader = Reader { report };
        let system = System::read(&mut reader, root.at("system"));
        let run = Run::read(&mut reader, root.at("run"));
        let architectures: Vec<Architecture> = root
            .at("architectures")
            .entries()
            .iter()
            .map(|entry| Architecture::read(&mut reader, &system, &entry.key, entry.place, &entry.node))
            .collect();
        let calls = CallGraph::new(&system);
        let mut all = Understanding { root, system, calls, run, architectures };
        check::system(&all.system, &all.calls, &all.root, reader.report);
        for architecture in &all.architectures {
            check::architecture(architecture, &all.system, reader.report);
        }
        check::equal_cost(&all.architectures, reader.report);
        let specs = all.arm_specs(&mut reader);
        check::faults(&specs, &all.architectures, reader.report);
        let graph = all.graph(&specs);
        let controlled = all.controlled(&specs, &mut reader);
        let known = all.known(&specs, &controlled, &graph, reader.report.has_errors());
        let title = all.root.at("title").string();
        let experiment = Experiment::read(&mut reader, all.root.at("experiment"), title, &known);
        if reader.report.has_errors() {
            return None;
        }
        all.equal_cost(reader.report);
        for spec in &specs {
            check::load(spec, &all, reader.report);
        }
        Some(all.scenario(&specs, &controlled, graph, experiment))
    }

    fn graph(&self, specs: &[ArmSpec]) -> SystemGraph {
        let faulty = specs.iter().flat_map(|spec| &spec.faults).filter_map(FaultSpec::capability).collect();
        SystemGraph::new(&self.system, &self.calls, faulty)
    }

    /// The names that the experiment may use: what is written counts, even where something in it is wrong.
    fn known(&self, specs: &[ArmSpec], controlled: &[&ArmSpec], graph: &SystemGraph, broken: bool) -> Known {
        let names = |node: &Node| -> Vec<Named> { node.entries().iter().map(Named::from).collect() };
        let of_all = |part: &str| {
            let architectures = self.root.at("architectures").entries().iter();
            architectures.flat_map(|entry| names(entry.node.at(part))).collect()
        };
        let system = self.root.at("system");
        let mut arms = names(self.root.at("experiment").at("arms"));
        let compared = arms.iter().map(|arm| arm.name.clone()).collect();
        arms.extend(controlled.iter().map(|spec| Named::new(&control_name(&spec.name))));
        let faults = specs.iter().map(|spec| spec.faults.as_slice()).find(|faults| !faults.is_empty());
        let windows = lower::windows(&self.run, faults.unwrap_or(&[]));
        let mut windows: Vec<Named> = windows.iter().map(|window| Named::new(&window.name)).collect();
        if broken {
            windows.extend(["before", "fault", "after"].map(Named::new));
        }
        Known {
            arms,
            compared,
            capabilities: names(system.at("capabilities")),
            journeys: names(system.at("journeys")),
            deployables: of_all("deployables"),
            stores: of_all("stores"),
            windows,
            unrelated: if broken { vec![true, false] } else { graph.unrelated.clone() },
        }
    }

    fn arm_specs(&self, reader: &mut Reader<'_>) -> Vec<ArmSpec> {
        let experiment = self.root.at("experiment");
        let architectures: Vec<Named> =
            self.root.at("architectures").entries().iter().map(Named::from).collect();
        let base = self.root.at("workload");
        workload::read(reader, base, &self.run, "workload");
        let usual = faults::read(reader, &self.system, &self.run, self.root.at("faults"), "faults");
        let mut specs = Vec::new();
        for entry in experiment.at("arms").entries() {
            let path = format!("experiment.arms.{}", entry.key);
            let named = entry.node.at("architecture");
            let architecture =
                reader.find("architecture", &architectures, named, &format!("{path}.architecture"));
            let node = resolve::arm_workload(base, &entry.node);
            let workload = workload::read(reader, &node, &self.run, &format!("{path}.workload"));
            let faults = match entry.node.get("faults") {
                Some(own) => faults::read(reader, &self.system, &self.run, own, &format!("{path}.faults")),
                None => usual.clone(),
            };
            let Some(architecture) = architecture else { continue };
            specs.push(ArmSpec {
                name: entry.key.clone(),
                title: entry.node.at("title").string(),
                kind: entry.node.get("kind").map(Node::string),
                architecture,
                workload,
                faults,
            });
        }
        specs
    }

    /// Computes the numbers of instances that are said to make costs equal.
    fn equal_cost(&mut self, report: &mut Report) {
        for at in 0..self.architectures.len() {
            let counts = cost::instances(at, &self.architectures, &self.system, &self.calls, report);
            for (deployable, count) in counts {
                self.architectures[at].deployables[deployable].instances =
                    architecture::Instances::Count(count);
                self.spell_out(at, deployable, count);
            }
        }
    }

    /// Writes a computed number of instances into the resolved tree.
    fn spell_out(&mut self, architecture: usize, deployable: usize, count: u32) {
        let name = &self.architectures[architecture].name;
        let part = &self.architectures[architecture].deployables[deployable].name;
        let node =
            ["architectures", name, "deployables", part].iter().try_fold(&mut self.root, |node, key| {
                node.entries_mut()?.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
            });
        if let Some(node) = node {
            let place = node.place;
            node.set("instances", Node::scalar(count.to_string(), place).from("computed: equal cost"));
        }
    }

    fn scenario(
        &self,
        specs: &[ArmSpec],
        controlled: &[&ArmSpec],
        graph: SystemGraph,
        experiment: Experiment,
    ) -> Scenario {
        let mut arms: Vec<Arm> = specs.iter().map(|spec| self.arm(spec, specs, false)).collect();
        arms.extend(controlled.iter().map(|spec| self.arm(spec, specs, true)));
        arm::tint(&mut arms);
        let bare = print::yaml(&self.root, false);
        Scenario {
            name: self.root.at("name").string(),
            system: self.system.name.clone(),
            hash: format!("{:016x}", Key::of_name(&bare)),
            arms,
            experiment,
            graph,
            resolved: print::yaml(&self.root, true),
        }
    }

    /// The arms that have a control.
    fn controlled<'s>(&self, specs: &'s [ArmSpec], reader: &mut Reader<'_>) -> Vec<&'s ArmSpec> {
        let control = self.root.at("experiment").at("control");
        let list = control.at("arms");
        let with_faults = |spec: &&ArmSpec| !spec.faults.is_empty();
        if control.at("without").text() != Some("faults") {
            if specs.iter().any(|spec| !spec.faults.is_empty()) {
                check::no_control(control, reader.report);
            }
            return Vec::new();
        }
        if list.items().len() == 1 && list.items()[0].text() == Some("all") {
            return specs.iter().filter(with_faults).collect();
        }
        let names: Vec<Named> = specs.iter().map(|spec| Named::new(&spec.name)).collect();
        let items = list.items().iter();
        items
            .filter_map(|item| reader.find("arm", &names, item, "experiment.control.arms"))
            .map(|at| &specs[at])
            .collect()
    }

    fn arm(&self, spec: &ArmSpec, specs: &[ArmSpec], control: bool) -> Arm {
        let architecture = &self.architectures[spec.architecture];
        let name = if control { control_name(&spec.name) } else { spec.name.clone() };
        // An arm without faults is watched in the windows of the others.
        let others = || specs.iter().map(|spec| &spec.faults).find(|faults| !faults.is_empty());
        let window_faults =
            if spec.faults.is_empty() { others().unwrap_or(&spec.faults) } else { &spec.faults };
        let plan = lower::plan(
            &name,
            &lower::Parts {
                system: &self.system,
                calls: &self.calls,
                architecture,
                run: &self.run,
                workload: &spec.workload,
                faults: if control { &[] } else { &spec.faults },
                window_faults,
            },
        );
        let said = spec.kind.as_deref().or(architecture.kind.as_deref()).and_then(ArmKind::named);
        Arm {
            title: if control { format!("{}, no fault", spec.title) } else { spec.title.clone() },
            name,
            architecture: architecture.name.clone(),
            control_of: control.then(|| spec.name.clone()),
            kind: said.unwrap_or_else(|| guess(&plan)),
            tint: 0,
            cores: architecture.cores(),
            plan,
        }
    }
}

/// The name of an arm's control.
fn control_name(arm: &str) -> String {
    format!("{arm}·control")
}

/// As what an arm is drawn that does not say so: one deployable is a monolith; calls with more than timeouts
/// make it resilient.
fn guess(plan: &crate::plan::Plan) -> ArmKind {
    if plan.deployables.len() == 1 {
        return ArmKind::Monolith;
    }
    let protects = |layer: &crate::policy::Layer| !matches!(layer, crate::policy::Layer::Timeout(_));
    if plan.guards.iter().flat_map(|guard| &guard.layers).any(protects) {
        ArmKind::Resilient
    } else {
        ArmKind::Microservices
    }
}
