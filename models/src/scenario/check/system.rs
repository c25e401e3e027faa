//! The system by itself: shares, cycles, and what nobody uses.

use crate::scenario::graph::CallGraph;
use crate::scenario::report::Report;
use crate::scenario::system::System;
use crate::scenario::tree::Node;

/// Shares of journeys may miss 100 % by this much: thirds are written with two decimals.
const SHARE_SLACK: f64 = 1e-4;

/// Checks the system.
pub fn system(system: &System, calls: &CallGraph, root: &Node, report: &mut Report) {
    let journeys = root.at("system").at("journeys").entries().iter().map(|entry| entry.node.at("share"));
    shares(journeys, "E0410", "system.journeys", "journeys", report);
    cycles(system, calls, report);
    super::transactions::in_system(system, report);
    if !report.has_errors() {
        // What is misspelt looks unused: one report of it is enough.
        unreachable(system, calls, report);
        unused_data(system, report);
        idle_journeys(system, root, report);
    }
}

/// Journeys without a share that no job asks for either, and to which no walk leads.
fn idle_journeys(system: &System, root: &Node, report: &mut Report) {
    let arms = root.at("experiment").at("arms").entries().iter().filter_map(|arm| arm.node.get("workload"));
    let workloads: Vec<&Node> = arms.chain([root.at("workload")]).collect();
    let jobs = workloads.iter().filter_map(|workload| workload.get("jobs")).flat_map(Node::entries);
    let jobs = jobs.filter_map(|job| job.node.get("journey").and_then(Node::text));
    let walks = workloads.iter().filter_map(|workload| workload.at("session").get("walk"));
    let next = walks.flat_map(Node::entries).flat_map(|from| from.node.entries());
    let asked: Vec<&str> = jobs.chain(next.map(|to| to.key.as_str())).collect();
    for journey in system.journeys.iter().filter(|it| it.share <= 0.0 && !asked.contains(&it.name.as_str())) {
        let path = format!("system.journeys.{}", journey.name);
        report
            .warning("W0732", journey.place, &path, format!("nobody asks for `{}`", journey.name))
            .found("`share: 0%`, no job with this journey, and no `walk` to it")
            .allowed("a share, a job in `workload.jobs`, or a `walk` of `workload.session` that leads to it")
            .help("remove it, or let somebody ask for it");
    }
}

/// Shares of one whole add up to it.
pub fn shares<'n>(
    shares: impl Iterator<Item = &'n Node>,
    code: &'static str,
    path: &str,
    of: &str,
    report: &mut Report,
) {
    let shares: Vec<&Node> = shares.collect();
    if shares.is_empty() || shares.iter().any(|share| share.text().is_none()) {
        return;
    }
    let sum: f64 = shares.iter().map(|share| share.share()).sum();
    if (sum - 1.0).abs() > SHARE_SLACK {
        let last = shares[shares.len() - 1];
        let mut draft =
            report.error(code, last.place, path, format!("the shares of the {of} do not add up to 100 %"));
        let texts: Vec<&str> = shares.iter().filter_map(|share| share.text()).collect();
        draft.found(format!("{} = {}", texts.join(" + "), percent(sum))).allowed("100%");
        let rest = 1.0 - (sum - last.share());
        if rest > 0.0 {
            draft.help(format!("this one would have to be {}", percent(rest)));
        }
    }
}

/// A share as people write it.
pub fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn cycles(system: &System, calls: &CallGraph, report: &mut Report) {
    for cycle in calls.cycles() {
        let (Some(&first), Some(&last)) = (cycle.first(), cycle.last()) else { continue };
        let closing = system.capabilities[last].calls().into_iter().find(|call| call.callee == first);
        let Some(closing) = closing else { continue };
        let names: Vec<&str> =
            cycle.iter().chain([&first]).map(|&at| system.capabilities[at].name.as_str()).collect();
        report
            .error(
                "E0411",
                closing.place,
                &closing.path,
                "capabilities call each other in a ring: no request would ever end",
            )
            .found(names.join(" -> "))
            .allowed("calls that lead to no capability twice")
            .help("split one of them in two, so that what is called back does not call on");
    }
}

fn unreachable(system: &System, calls: &CallGraph, report: &mut Report) {
    if system.journeys.is_empty() {
        return;
    }
    let mut reached = vec![false; system.capabilities.len()];
    for journey in &system.journeys {
        calls.reach(journey.enters).into_iter().for_each(|at| reached[at] = true);
    }
    for (capability, reached) in system.capabilities.iter().zip(reached) {
        if !reached {
            let path = format!("system.capabilities.{}", capability.name);
            report
                .warning(
                    "W0701",
                    capability.place,
                    &path,
                    format!("no journey reaches `{}`", capability.name),
                )
                .found("a capability that does nothing")
                .allowed("capabilities that a journey enters, or that are called")
                .help("call it, let a journey enter it, or remove it");
        }
    }
}

fn unused_data(system: &System, report: &mut Report) {
    for (at, data) in system.data.iter().enumerate() {
        if !accesses(system, at) {
            report
                .warning(
                    "W0702",
                    data.place,
                    &format!("system.data.{}", data.name),
                    format!("no capability reads or writes `{}`", data.name),
                )
                .found("a data set that is not used")
                .allowed("data sets that a capability reads or writes")
                .help("read it, write it, or remove it");
        }
    }
}

/// Whether any capability uses a data set.
pub fn accesses(system: &System, wanted: usize) -> bool {
    (0..system.capabilities.len()).any(|capability| system.uses(capability, &[wanted]))
}
