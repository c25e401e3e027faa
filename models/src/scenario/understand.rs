//! From a resolved tree to the arms of an experiment: names are read, sense is checked, plans are made.

use archsim_sim::Key;

use super::architecture::{self, Architecture};
use super::arm::{self, Arm, ArmKind};
use super::claim::Known;
use super::experiment::{Chart, Experiment};
use super::faults::{self, FaultSpec};
use super::graph::{CallGraph, SystemGraph};
use super::read::Reader;
use super::report::Report;
use super::rooms::Rooms;
use super::session::Asked;
use super::system::{Named, System};
use super::tree::Node;
use super::workload::{self, Run};
use super::{Scenario, check, cost, lower, print, resolve};

/// What has been read of a scenario on the way to its arms.
pub struct Understanding {
    /// The resolved tree.
    pub root: Node,
    /// What it does.
    pub system: System,
    /// Who calls whom.
    pub calls: CallGraph,
    /// For how long.
    pub run: Run,
    /// How it may be built.
    pub architectures: Vec<Architecture>,
    /// Who repairs.
    pub crews: Vec<crate::plan::Crew>,
}

/// An arm before it has a plan.
pub struct ArmSpec {
    /// Its name.
    pub name: String,
    /// What charts call it.
    pub title: String,
    /// As what it is drawn, if it says so.
    pub kind: Option<String>,
    /// Which architecture runs.
    pub architecture: usize,
    /// Who comes.
    pub workload: crate::plan::Workload,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
}

impl Understanding {
    /// Reads a resolved scenario.
    pub fn of(root: Node, report: &mut Report) -> Option<Scenario> {
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
        let crews = faults::read_crews(root.at("crews"));
        let mut all = Understanding { root, system, calls, run, architectures, crews };
        check::system(&all.system, &all.calls, &all.root, reader.report);
        for architecture in &all.architectures {
            check::architecture(architecture, &all.system, reader.report);
        }
        check::equal_cost(&all.architectures, reader.report);
        let specs = all.arm_specs(&mut reader);
        check::faults(&specs, &all.architectures, reader.report);
        check::idle_crews(all.root.at("crews"), &specs, reader.report);
        let graph = all.graph(&specs);
        let controlled = all.controlled(&specs, &mut reader);
        let known = all.known(&specs, &controlled, &graph, reader.report.has_errors());
        let title = all.root.at("title").string();
        let experiment = Experiment::read(&mut reader, all.root.at("experiment"), title, &known);
        if reader.report.has_errors() {
            return None;
        }
        all.equal_cost(&specs, reader.report);
        for spec in &specs {
            check::load(spec, &all, reader.report);
            check::regions(spec, &all, reader.report);
        }
        check::homes(&all, reader.report);
        Some(all.scenario(&specs, &controlled, graph, experiment))
    }

    fn graph(&self, specs: &[ArmSpec]) -> SystemGraph {
        let faults = specs.iter().flat_map(|spec| &spec.faults);
        let parts = faults.flat_map(|fault| &fault.parts);
        let faulty = parts.flat_map(|part| part.capabilities(&self.system, &self.architectures)).collect();
        let asked = |at: usize| {
            let by =
                |spec: &ArmSpec| self.system.asked_by(&spec.workload).get(at).is_some_and(|it| *it > 0.0);
            specs.iter().any(by)
        };
        let graph = SystemGraph::new(&self.system, &self.calls, faulty);
        SystemGraph {
            asked: (0..graph.asked.len()).map(|at| graph.asked[at] || asked(at)).collect(),
            ..graph
        }
    }

    /// The names that the experiment may use: what is written counts, even where something in it is wrong.
    fn known(&self, specs: &[ArmSpec], controlled: &[&ArmSpec], graph: &SystemGraph, broken: bool) -> Known {
        let names = |node: &Node| -> Vec<Named> { node.entries().iter().map(Named::from).collect() };
        let of_all = |part: &str| -> Vec<Named> {
            let architectures = self.root.at("architectures").entries().iter();
            architectures.flat_map(|entry| names(entry.node.at(part))).collect()
        };
        let system = self.root.at("system");
        let mut arms = names(self.root.at("experiment").at("arms"));
        let compared = arms.iter().map(|arm| arm.name.clone()).collect();
        arms.extend(controlled.iter().map(|spec| Named::new(&control_name(&spec.name))));
        let faults = specs.iter().map(|spec| spec.faults.as_slice()).find(|faults| !faults.is_empty());
        let windows = lower::windows(&self.run, faults.unwrap_or(&[]));
        let lengths = windows.iter().map(|window| window.until.since(window.from)).collect();
        let mut windows: Vec<Named> = windows.iter().map(|window| Named::new(&window.name)).collect();
        if broken {
            windows.extend(["before", "fault", "after"].map(Named::new));
        }
        Known {
            arms,
            compared,
            capabilities: names(system.at("capabilities")),
            journeys: names(system.at("journeys")),
            homes: names(system.at("homes")),
            deployables: of_all("deployables"),
            stores: [of_all("stores"), of_all("caches")].concat(),
            windows,
            lengths,
            rooms: Rooms::of(&self.architectures),
            unrelated: if broken { vec![true, false] } else { graph.unrelated.clone() },
        }
    }

    fn arm_specs(&self, reader: &mut Reader<'_>) -> Vec<ArmSpec> {
        let experiment = self.root.at("experiment");
        let architectures: Vec<Named> =
            self.root.at("architectures").entries().iter().map(Named::from).collect();
        let base = self.root.at("workload");
        let asked = Asked::of(self.root.at("system"));
        workload::read(reader, base, &asked, &self.run, "workload");
        let read = |reader: &mut Reader<'_>, node: &Node, path: &str| {
            faults::read(reader, &self.system, &self.run, &self.crews, node, path)
        };
        let usual = read(reader, self.root.at("faults"), "faults");
        let mut specs = Vec::new();
        for entry in experiment.at("arms").entries() {
            let path = format!("experiment.arms.{}", entry.key);
            let named = entry.node.at("architecture");
            let architecture =
                reader.find("architecture", &architectures, named, &format!("{path}.architecture"));
            let node = resolve::arm_workload(base, &entry.node);
            let workload = workload::read(reader, &node, &asked, &self.run, &format!("{path}.workload"));
            let faults = match entry.node.get("faults") {
                Some(own) => read(reader, own, &format!("{path}.faults")),
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
    fn equal_cost(&mut self, specs: &[ArmSpec], report: &mut Report) {
        for at in 0..self.architectures.len() {
            let arm = specs.iter().find(|spec| spec.architecture == at);
            let system = arm.map_or_else(|| self.system.clone(), |spec| self.system.under(&spec.workload));
            let counts = cost::instances(at, &self.architectures, &system, &self.calls, report);
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
        for arm in &mut arms {
            lower::watch(&mut arm.plan, &experiment.claims);
            arm.plan.slowest = experiment.charts.contains(&Chart::Storm);
        }
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
                crews: &self.crews,
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
            apart: None,
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
