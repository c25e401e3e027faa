//! From what was typed to what is meant, tree to tree: short forms become steps, `extends`, `each` and
//! `default` are merged, presets become policies, and every default is spelled out.
//!
//! The outcome conforms to the same tables, says everything, and resolves to itself.

use std::collections::BTreeMap;

use super::architecture::{ARCHITECTURE, DEPLOYABLE, POOL, STORE};
use super::file::FILE;
use super::merge::{filled, marked, refine};
use super::place::Place;
use super::policies::preset_layers;
use super::report::Report;
use super::scalar::nearest;
use super::shape::Shape;
use super::tree::{Entry, Node, Value};
use super::workload::WORKLOAD;

static ARCHITECTURE_SHAPE: Shape = Shape::Record(&ARCHITECTURE);

/// Resolves a scenario that conforms.
pub fn resolve(mut root: Node, stem: &str, report: &mut Report) -> Node {
    let place = root.place;
    let named = |node: &Node, otherwise: String, why: &str| {
        node.text().map_or_else(|| Node::scalar(otherwise, place).from(why), |_| node.clone())
    };
    let name = named(root.at("name"), stem.to_owned(), "default: the file's name");
    let title = named(root.at("title"), name.string(), "default: the name");
    root.set("name", name.clone());
    root.set("title", title);
    if let Some(mut system) = root.remove("system") {
        let of = named(system.at("name"), name.string(), "default: the scenario's name");
        system.set("name", of);
        root.set("system", system_steps(system));
    }
    let capabilities = keys(root.at("system").at("capabilities"));
    let data = keys(root.at("system").at("data"));
    if let Some(architectures) = root.remove("architectures") {
        let merged = extended(&architectures, report);
        let expanded = merged.into_iter().map(|mut entry| {
            entry.node = expanded(entry.node, &entry.key, &capabilities, &data, report);
            entry
        });
        let value = Value::Map(expanded.collect());
        root.set("architectures", Node { value, ..architectures });
    }
    if let Some(experiment) = root.remove("experiment").or_else(|| Some(empty(place))) {
        let architectures = root.at("architectures").clone();
        root.set("experiment", arms(experiment, &architectures));
    }
    let mut root = filled(root, &FILE);
    root.set("archsim", Node::scalar(super::file::VERSION, place));
    root
}

fn empty(place: Place) -> Node {
    Node::new(Value::Map(Vec::new()), place)
}

fn keys(node: &Node) -> Vec<(String, Place)> {
    node.entries().iter().map(|entry| (entry.key.clone(), entry.place)).collect()
}

/// The parts of a capability written in short become its steps.
fn system_steps(mut system: Node) -> Node {
    if let Some(mut capabilities) = system.remove("capabilities") {
        for entry in capabilities.entries_mut().into_iter().flatten() {
            let node = std::mem::replace(&mut entry.node, empty(entry.place));
            entry.node = steps(node);
        }
        system.set("capabilities", capabilities);
    }
    system
}

fn steps(mut capability: Node) -> Node {
    if capability.is_broken() {
        return capability;
    }
    let place = capability.place;
    if let Some(mut steps) = capability.remove("steps") {
        if let Value::List(items) = &mut steps.value {
            for item in items {
                explicit_join(item);
            }
        }
        return Node::single("steps", place, steps);
    }
    let mut list = Vec::new();
    for key in ["work", "latency"] {
        if let Some(span) = capability.remove(key) {
            list.push(Node::single(key, span.place, span));
        }
    }
    for (key, step) in [("reads", "read"), ("writes", "write")] {
        for access in capability.at(key).items() {
            list.push(Node::single(step, access.place, access.clone()));
        }
    }
    for call in capability.at("calls").items() {
        list.push(call_step(call));
    }
    Node::single("steps", place, Node::new(Value::List(list), place))
}

/// A call, or calls in parallel, as a step.
fn call_step(call: &Node) -> Node {
    if let Some(cases) = call.get("one-of") {
        let cases = Node::new(Value::List(cases.items().iter().map(call_case).collect()), cases.place);
        return Node::single("one-of", call.place, cases);
    }
    let Some(branches) = call.get("parallel") else {
        return Node::single("call", call.place, call.clone());
    };
    let branch = |branch: &Node| {
        let calls = branch.items().iter().map(|call| Node::single("call", call.place, call.clone()));
        Node::new(Value::List(calls.collect()), branch.place)
    };
    let branches = Node::new(Value::List(branches.items().iter().map(branch).collect()), branches.place);
    let mut step = Node::single("parallel", call.place, branches);
    if let Some(fail_fast) = call.get("fail-fast") {
        step.set("fail-fast", fail_fast.clone());
    }
    explicit_join(&mut step);
    step
}

/// A branch of a choice among calls, as a branch of steps.
fn call_case(case: &Node) -> Node {
    let mut case = case.clone();
    if let Some(calls) = case.remove("calls") {
        let steps = calls.items().iter().map(call_step).collect();
        case.set("steps", Node::new(Value::List(steps), calls.place));
    }
    case
}

/// Says of every parallel step whether it fails fast.
fn explicit_join(step: &mut Node) {
    let place = step.place;
    if step.get("parallel").is_some() && step.get("fail-fast").is_none() {
        step.set("fail-fast", Node::scalar("false", place).from("default: all branches are waited for"));
    }
    let branching = |entry: &&mut Entry| matches!(entry.key.as_str(), "parallel" | "one-of");
    for entry in step.entries_mut().into_iter().flatten().filter(branching) {
        if let Value::List(branches) = &mut entry.node.value {
            for branch in branches {
                let steps = match branch.entries_mut() {
                    Some(case) => case.iter_mut().find(|part| part.key == "steps").map(|part| &mut part.node),
                    None => Some(branch),
                };
                if let Some(Node { value: Value::List(steps), .. }) = steps {
                    steps.iter_mut().for_each(explicit_join);
                }
            }
        }
    }
}

/// Every architecture with what it extends taken in.
fn extended(architectures: &Node, report: &mut Report) -> Vec<Entry> {
    let mut done: BTreeMap<String, Node> = BTreeMap::new();
    for entry in architectures.entries() {
        take_in(architectures, entry, &mut Vec::new(), &mut done, report);
    }
    let merged = |entry: &Entry| Entry {
        node: done.get(&entry.key).cloned().unwrap_or_else(|| entry.node.clone()),
        ..entry.clone()
    };
    architectures.entries().iter().map(merged).collect()
}

fn take_in(
    all: &Node,
    entry: &Entry,
    below: &mut Vec<String>,
    done: &mut BTreeMap<String, Node>,
    report: &mut Report,
) {
    if done.contains_key(&entry.key) {
        return;
    }
    let mut own = entry.node.clone();
    let merged = match own.remove("extends") {
        None => own,
        Some(base) => {
            let path = format!("architectures.{}.extends", entry.key);
            let name = base.string();
            below.push(entry.key.clone());
            if let Some(at) = below.iter().position(|other| *other == name) {
                let mut ring = below[at..].to_vec();
                ring.push(name);
                report
                    .error("E0404", base.place, &path, "architectures extend each other in a ring")
                    .found(ring.join(" -> "))
                    .allowed("an architecture that does not extend this one");
                own
            } else if let Some(of) = all.entry(&name) {
                take_in(all, of, below, done, report);
                let base = done.get(&name).cloned().unwrap_or_else(|| empty(of.place));
                let mut base = marked(base, &format!("extends {name}"));
                base.remove("title");
                base.remove("kind");
                refine(&base, &own, &ARCHITECTURE_SHAPE)
            } else {
                let names: Vec<&str> = all.entries().iter().map(|entry| entry.key.as_str()).collect();
                let mut draft = report.error(
                    "E0403",
                    base.place,
                    &path,
                    format!("there is no architecture `{name}` to extend"),
                );
                draft.found(base.words()).allowed(names.join(", "));
                if let Some(near) = nearest(&name, names) {
                    draft.help(format!("did you mean `{near}`?"));
                }
                own
            }
        }
    };
    done.insert(entry.key.clone(), merged);
}

/// An architecture in which `each`, `default` and presets have done their work.
fn expanded(
    mut node: Node,
    name: &str,
    capabilities: &[(String, Place)],
    data: &[(String, Place)],
    report: &mut Report,
) -> Node {
    if node.is_broken() {
        return node;
    }
    let path = format!("architectures.{name}");
    if node.get("title").is_none() {
        node.set("title", Node::scalar(name, node.place).from("default: its name"));
    }
    let place = node.place;
    let deployables = node.remove("deployables").unwrap_or_else(|| empty(place));
    let deployables = each(&deployables, &DEPLOYABLE, "runs", ("capability", capabilities), &path, report);
    node.set("deployables", deployables);
    let stores = node.remove("stores").unwrap_or_else(|| empty(place));
    let stores = each(&stores, &STORE, "holds", ("data set", data), &path, report);
    let pools = node.remove("pools").unwrap_or_else(|| empty(place));
    node.set("pools", by_store(&pools, &stores, &path, report));
    node.set("stores", stores);
    if let Some(caches) = node.remove("caches") {
        node.set("caches", caches_of(caches, data, &path, report));
    }
    if let Some(mut calls) = node.remove("calls") {
        for entry in calls.entries_mut().into_iter().flatten() {
            let layers = std::mem::replace(&mut entry.node, empty(place));
            entry.node = without_presets(layers);
        }
        node.set("calls", calls);
    }
    filled(node, &ARCHITECTURE_SHAPE)
}

/// Named entries refined from `each`, and one more for every thing that no entry claims.
fn each(
    node: &Node,
    shape: &Shape,
    list: &str,
    (noun, things): (&str, &[(String, Place)]),
    path: &str,
    report: &mut Report,
) -> Node {
    let part = if list == "runs" { "deployables" } else { "stores" };
    let general = node.get("each");
    if let Some(entry) = general.and_then(|general| general.entry(list)) {
        report
            .error(
                "E0507",
                entry.place,
                &format!("{path}.{part}.each.{list}"),
                format!("`each` cannot say `{list}`"),
            )
            .found(entry.node.words())
            .allowed(format!("`{list}` in an entry with a name"))
            .help(format!("`each` makes one entry per {noun}; to group several, name the group"));
    }
    let base = general.map(|general| {
        let mut base = general.clone();
        base.remove(list);
        marked(base, "each")
    });
    let mut entries: Vec<Entry> = Vec::new();
    for entry in node.entries().iter().filter(|entry| entry.key != "each") {
        let mut merged = match &base {
            Some(base) => refine(base, &entry.node, shape),
            None => entry.node.clone(),
        };
        if merged.get(list).is_none() && !merged.is_broken() {
            if things.iter().any(|(name, _)| *name == entry.key) {
                merged.set(list, own_name(&entry.key, entry.place));
            } else {
                let path = format!("{path}.{part}.{}", entry.key);
                claims_nothing(entry, list, noun, things, &path, report);
            }
        }
        entries.push(Entry { node: merged, ..entry.clone() });
    }
    if let Some(base) = &base {
        let place = node.entry("each").map_or(node.place, |general| general.place);
        for (name, _) in things {
            let claimed = |entry: &Entry| {
                let items = entry.node.at(list).items();
                items.iter().any(|item| item.text() == Some(name) || item.text() == Some("all"))
            };
            if !entries.iter().any(claimed) {
                let mut own = base.clone();
                own.set(list, own_name(name, place));
                entries.push(Entry { key: name.clone(), place, node: own });
            }
        }
    }
    Node { value: Value::Map(entries), place: node.place, origin: node.origin.clone() }
}

/// Caches hold the data set of their own name unless they say otherwise.
fn caches_of(mut caches: Node, data: &[(String, Place)], path: &str, report: &mut Report) -> Node {
    for entry in caches.entries_mut().into_iter().flatten() {
        if entry.node.get("holds").is_some() || entry.node.is_broken() {
            continue;
        }
        if data.iter().any(|(name, _)| *name == entry.key) {
            entry.node.set("holds", own_name(&entry.key, entry.place));
        } else {
            let path = format!("{path}.caches.{}", entry.key);
            claims_nothing(entry, "holds", "data set", data, &path, report);
        }
    }
    caches
}

/// An entry that neither says what it is for nor has the name of such a thing.
fn claims_nothing(
    entry: &Entry,
    list: &str,
    noun: &str,
    things: &[(String, Place)],
    path: &str,
    report: &mut Report,
) {
    let message = format!("`{}` is no {noun}, and does not say what it {list}", entry.key);
    let mut draft = report.error("E0508", entry.place, path, message);
    draft.found(entry.node.words()).allowed(format!("`{list}: […]`, or the name of a {noun}"));
    match nearest(&entry.key, things.iter().map(|(name, _)| name.as_str())) {
        Some(near) => draft.help(format!("did you mean `{near}`?")),
        None => draft.help(format!("say what it {list}: `{list}: all`")),
    };
}

fn own_name(name: &str, place: Place) -> Node {
    let item = Node::scalar(name, place);
    Node::new(Value::List(vec![item]), place).from("default: its own name")
}

/// A pool for every store.
fn by_store(pools: &Node, stores: &Node, path: &str, report: &mut Report) -> Node {
    for entry in pools.entries().iter().filter(|entry| entry.key != "default") {
        if stores.get(&entry.key).is_none() {
            let names: Vec<&str> = stores.entries().iter().map(|entry| entry.key.as_str()).collect();
            let mut draft = report.error(
                "E0401",
                entry.place,
                &format!("{path}.pools.{}", entry.key),
                format!("there is no store `{}`", entry.key),
            );
            draft.found(format!("`{}`", entry.key)).allowed(if names.is_empty() {
                "nothing: there is no store at all".to_owned()
            } else {
                names.join(", ")
            });
            if let Some(near) = nearest(&entry.key, names) {
                draft.help(format!("did you mean `{near}`?"));
            }
        }
    }
    let base = pools.get("default").map(|base| marked(base.clone(), "default"));
    let entries = stores.entries().iter().map(|store| {
        let node = match (pools.get(&store.key), &base) {
            (Some(own), Some(base)) => refine(base, own, &POOL),
            (Some(own), None) => own.clone(),
            (None, Some(base)) => base.clone(),
            (None, None) => empty(pools.place),
        };
        Entry { key: store.key.clone(), place: store.place, node }
    });
    Node { value: Value::Map(entries.collect()), place: pools.place, origin: None }
}

/// A list of policies in which each preset is replaced by what it stands for.
fn without_presets(node: Node) -> Node {
    let Value::List(items) = node.value else { return node };
    let mut layers = Vec::with_capacity(items.len());
    for item in items {
        match item.get("preset") {
            Some(preset) => {
                let shape = &super::policies::PRESET;
                layers.extend(preset_layers(&filled(preset.clone(), shape)));
            }
            None => layers.push(item),
        }
    }
    Node { value: Value::List(layers), ..node }
}

/// The arms spelled out, with the workload of each whole.
fn arms(mut experiment: Node, architectures: &Node) -> Node {
    let place = experiment.place;
    if experiment.is_broken() {
        return experiment;
    }
    let given = experiment.get("arms").filter(|arms| !arms.is_broken()).cloned();
    let mut arms = given.unwrap_or_else(|| {
        let all = architectures.entries().iter();
        let all = all.map(|entry| Entry { node: empty(place), key: entry.key.clone(), place: entry.place });
        Node::new(Value::Map(all.collect()), place).from("default: every architecture once")
    });
    for entry in arms.entries_mut().into_iter().flatten() {
        if entry.node.get("architecture").is_none() {
            let node = Node::scalar(&entry.key, entry.place).from("default: the arm's name");
            entry.node.set("architecture", node);
        }
        if entry.node.get("title").is_none() {
            let of = architectures.at(entry.node.at("architecture").text().unwrap_or_default());
            let title = if entry.node.at("architecture").text() == Some(&entry.key) {
                of.at("title").text().unwrap_or(&entry.key).to_owned()
            } else {
                entry.key.clone()
            };
            entry.node.set(
                "title",
                Node::scalar(title, entry.place).from("default: the architecture's, or its name"),
            );
        }
    }
    if experiment.get("baseline").is_none()
        && let Some(first) = arms.entries().first()
    {
        let first = first.key.clone();
        experiment.set("baseline", Node::scalar(first, place).from("default: the first arm"));
    }
    for key in ["question", "expectation"] {
        if experiment.get(key).is_none() {
            experiment.set(key, Node::scalar("", place).from("default: none"));
        }
    }
    experiment.set("arms", arms);
    experiment
}

/// The workload of an arm: what it changes, laid on the scenario's.
pub fn arm_workload(workload: &Node, arm: &Node) -> Node {
    match arm.get("workload") {
        Some(change) => filled(refine(workload, change, &WORKLOAD), &WORKLOAD),
        None => workload.clone(),
    }
}
