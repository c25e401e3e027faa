//! Whether pools of nodes can hold what is to run on them.

use archsim_sim::Limit;

use crate::scenario::architecture::machines::NodePool;
use crate::scenario::architecture::{Architecture, Deployable, Instances};
use crate::scenario::report::Report;

/// Checks every pool of an architecture, and every deployable on one.
pub fn machines(architecture: &Architecture, report: &mut Report) {
    for (at, pool) in architecture.nodes.iter().enumerate() {
        let on_it: Vec<&Deployable> = architecture.on_nodes(at).collect();
        if on_it.is_empty() {
            unused(pool, report);
        }
        let fit: Vec<bool> = on_it.iter().map(|it| fits(it, pool, report)).collect();
        for deployable in &on_it {
            moves(deployable, report);
        }
        if fit.iter().all(|&fits| fits) {
            room(architecture, at, report);
        }
    }
}

fn unused(pool: &NodePool, report: &mut Report) {
    report
        .warning("W0727", pool.place, &pool.path, format!("nothing runs on the nodes of `{}`", pool.name))
        .found(format!("no deployable with `nodes: {}`", pool.name))
        .allowed("a pool that a deployable names")
        .help(format!("write `nodes: {}` in a deployable, or in `each`", pool.name));
}

/// An instance needs a node that is large enough.
fn fits(deployable: &Deployable, pool: &NodePool, report: &mut Report) -> bool {
    let found = match deployable.cores {
        Limit::AtMost(cores) if cores <= pool.cores => return true,
        Limit::AtMost(cores) => format!("`cores: {cores}`"),
        Limit::Unbounded => "`cores: unbounded`".to_owned(),
    };
    let message = format!("an instance of `{}` fits on no node of `{}`", deployable.name, pool.name);
    report
        .error("E0555", deployable.place, &format!("{}.cores", deployable.path), message)
        .found(found)
        .allowed(format!("up to {} cores, those of a node", pool.cores))
        .help("make the nodes larger, or the instances smaller");
    false
}

/// Instances on nodes come and go with them, and their number is not computed.
fn moves(deployable: &Deployable, report: &mut Report) {
    if deployable.scaling.is_none() {
        let message = format!("`{}` is on nodes and cannot be launched on another one", deployable.name);
        report
            .error("E0556", deployable.place, &format!("{}.nodes", deployable.path), message)
            .found("`nodes` without `scaling`")
            .allowed("a deployable with `scaling`, whose instances can be launched anew")
            .help("to keep their number: `scaling: { schedule: [{ at: 0s, instances: 4 }], replace: 30s }`");
    }
    if let Instances::EqualCost { .. } = deployable.instances {
        let message = format!("`{}` is on nodes, which are what is paid for", deployable.name);
        report
            .error("E0558", deployable.place, &format!("{}.instances", deployable.path), message)
            .found("`equal-cost` with `nodes`")
            .allowed("a number of instances")
            .help("choose `min` and `max` of the nodes so that the costs agree");
    }
}

/// What is there at the start has room; what may be there later should.
fn room(architecture: &Architecture, at: usize, report: &mut Report) {
    let pool = &architecture.nodes[at];
    let (start, most) = (architecture.nodes_at_start(at), architecture.nodes_for(at, Deployable::most));
    if pool.min > pool.max || start > pool.max {
        let message = format!("the nodes of `{}` are too few for what is there at the start", pool.name);
        report
            .error("E0557", pool.place, &pool.path, message)
            .found(format!("{start} nodes at the start, `min: {}`, `max: {}`", pool.min, pool.max))
            .allowed("`max` from `min` and from the nodes at the start on")
            .help(format!("write `max: {}` or more", most.max(start)));
    } else if most > pool.max {
        let message = format!("the nodes of `{}` are too few for all that may be wanted", pool.name);
        report
            .warning("W0728", pool.place, &pool.path, message)
            .found(format!("`max: {}`; {most} nodes for as many instances as there may be", pool.max))
            .allowed(format!("`max: {most}` or more"))
            .help("fine if that limit is meant: what finds no room waits for it");
    }
}
