//! The dependency graph: the designs side by side while the fault lasts, and the baseline before, during and after.

use archsim_models::plan::{DeployableId, Plan, Window};
use archsim_models::record::{Record, SiteWindow};
use archsim_models::scenario::{Arm, SystemGraph};
use archsim_output::{Chart, Figure, Graph, GraphNode, GraphPanel};
use archsim_sim::Limit;

use super::series::failed_share;
use super::{Frame, sentence};
use crate::monte_carlo::Run;
use crate::words;

/// Threads run short from this share of busy ones on.
const FULL: f64 = 0.8;
const SIDE_BY_SIDE: &str = "graph";

pub fn figures(frame: &Frame<'_>) -> Vec<Figure> {
    let window = frame.results.window().to_owned();
    let arms = frame.results.representatives();
    let side_by_side: Vec<GraphPanel> =
        arms.iter().filter_map(|(arm, runs)| panel(frame, arm, runs, &window)).collect();
    let mut figures = vec![figure(frame, SIDE_BY_SIDE, "the designs side by side", side_by_side)];
    if let Some((arm, runs)) = frame.results.baseline() {
        let moments = ["before", "fault", "after"];
        let moments: Vec<_> = moments.iter().filter_map(|window| panel(frame, arm, runs, window)).collect();
        if moments.len() > 1 {
            figures.push(figure(frame, "graph-over-time", &format!("{} over time", arm.title), moments));
        }
    }
    figures
}

fn figure(frame: &Frame<'_>, id: &str, what: &str, panels: Vec<GraphPanel>) -> Figure {
    let graph = &frame.results.scenario.graph;
    let worst = |panel: &GraphPanel| {
        let capabilities = panel.node_error.iter().zip(&graph.capabilities);
        let (share, node) = capabilities.max_by(|a, b| a.0.total_cmp(b.0))?;
        Some(format!(
            "{}, {}: {} of calls of {} without a useful answer",
            panel.arm,
            panel.title,
            words::share(*share),
            node.name
        ))
    };
    let title = sentence(&format!("{}{}", frame.given(), shortage(id, graph.capabilities.len(), &panels)));
    Figure {
        id: frame.id(id),
        alt: format!(
            "{title}. The graph of capabilities, {what}: the darker a node, the more of its calls go without a useful \
             answer; its ring shows how full its threads are; dashed edges carry failures"
        ),
        title,
        subtitle: frame.subtitle("Threads are short where more than 80 % are busy"),
        footer: frame.footer(),
        key_numbers: panels.iter().filter_map(worst).collect(),
        chart: Chart::Graph(Graph { nodes: nodes(graph), edges: graph.edges.clone(), panels }),
    }
}

/// `5 of 19 capabilities run short of threads in “Monolith”, none in …`, or `… during the fault, none before or
/// after`.
fn shortage(id: &str, capabilities: usize, panels: &[GraphPanel]) -> String {
    let short = |panel: &GraphPanel| panel.node_saturation.iter().filter(|&&busy| busy > FULL).count();
    let place = |panel: &GraphPanel| match id {
        SIDE_BY_SIDE => format!("in {}", words::quoted(&panel.arm)),
        _ => panel.title.split(',').next().unwrap_or_default().to_owned(),
    };
    let mut places: Vec<(usize, String)> = panels.iter().map(|panel| (short(panel), place(panel))).collect();
    if id != SIDE_BY_SIDE {
        // The worst moment is the finding; the others show that it has a cause.
        places.sort_by_key(|(short, _)| std::cmp::Reverse(*short));
    }
    let first = places.first().map_or(0, |(short, _)| *short);
    let whose = panels.first().filter(|_| id != SIDE_BY_SIDE);
    let whose = whose.map_or_else(String::new, |panel| format!(" of {}", words::quoted(&panel.arm)));
    let all = format!("{first} of {capabilities} capabilities{whose} run short of threads");
    let number = |short: usize| if short == 0 { "none".to_owned() } else { short.to_string() };
    let equal = places.chunk_by(|a, b| a.0 == b.0).enumerate().map(|(index, equal)| {
        let names: Vec<&str> = equal.iter().map(|(_, place)| place.as_str()).collect();
        let count = if index == 0 { all.clone() } else { number(equal[0].0) };
        let joint = if equal[0].0 == 0 { " or " } else { " and " };
        format!("{count} {}", names.join(joint))
    });
    equal.collect::<Vec<_>>().join(", ")
}

fn nodes(graph: &SystemGraph) -> Vec<GraphNode> {
    let node = |(index, node): (usize, &archsim_models::scenario::CapabilityNode)| GraphNode {
        name: node.name.clone(),
        layer: node.layer,
        optional: node.optional,
        faulty: graph.faulty.contains(&index),
    };
    graph.capabilities.iter().enumerate().map(node).collect()
}

/// One arm in one window; `None` if it has no such window, or one without time in it.
fn panel(frame: &Frame<'_>, arm: &Arm, runs: &[Run], window: &str) -> Option<GraphPanel> {
    let plan = &arm.plan;
    let at = plan.windows.iter().position(|found| found.name == window)?;
    let span = &plan.windows[at];
    let seconds = span.until.since(span.from).as_secs_f64();
    if seconds <= 0.0 {
        return None;
    }
    let graph = &frame.results.scenario.graph;
    let buckets = frame.buckets.within(plan, span);
    let capabilities = 0..graph.capabilities.len();
    let edges: Vec<(u64, u64)> = graph.edges.iter().map(|&edge| calls(plan, runs, at, edge)).collect();
    let time = seconds * runs.len() as f64;
    Some(GraphPanel {
        title: moment(span, plan),
        arm: arm.title.clone(),
        node_error: capabilities.clone().map(|id| failed_share(runs, id, buckets)).collect(),
        node_saturation: capabilities.map(|id| saturation(plan, runs, at, id)).collect(),
        edge_rate: edges.iter().map(|&(calls, _)| calls as f64 / time).collect(),
        edge_error: edges
            .iter()
            .map(|&(calls, bad)| if calls == 0 { 0.0 } else { bad as f64 / calls as f64 })
            .collect(),
    })
}

/// `during the fault, 20–40 s`, in seconds from the measured start.
fn moment(window: &Window, plan: &Plan) -> String {
    let seconds = |at: archsim_sim::Time| super::plain(at.since(plan.warmup).as_secs_f64());
    let when = if window.name == "fault" { "during the fault" } else { &window.name };
    format!("{when}, {}–{} s", seconds(window.from), seconds(window.until))
}

/// Calls from one capability to another in a window, and how many of them failed; all runs together.
fn calls(plan: &Plan, runs: &[Run], window: usize, edge: (usize, usize)) -> (u64, u64) {
    let capability = |program: archsim_models::plan::ProgramId| plan.programs[program.at()].capability.at();
    let sites: Vec<usize> = (0..plan.sites.len())
        .filter(|&site| {
            let site = &plan.sites[site];
            (capability(site.caller), capability(site.callee)) == edge
        })
        .collect();
    let total = |of: fn(&SiteWindow) -> u64| -> u64 {
        let in_run =
            |record: &Record| sites.iter().map(|&s| of(&record.sites[s].windows[window])).sum::<u64>();
        runs.iter().map(|run| in_run(&run.record)).sum()
    };
    (total(|site| site.calls), total(|site| site.failed.iter().sum()))
}

/// How full the threads are that run a capability: of the fullest deployable that does.
fn saturation(plan: &Plan, runs: &[Run], window: usize, capability: usize) -> f64 {
    let full = |id: DeployableId| {
        let deployable = &plan.deployables[id.at()];
        let Limit::AtMost(threads) = deployable.threads else { return 0.0 };
        let there = f64::from(threads) * f64::from(deployable.instances) * runs.len() as f64;
        let busy = |run: &Run| run.record.deployables[id.at()].windows[window].busy_threads;
        (runs.iter().map(busy).sum::<f64>() / there).min(1.0)
    };
    let programs = plan.programs.iter().filter(|program| program.capability.at() == capability);
    programs.map(|program| full(program.deployable)).fold(0.0, f64::max)
}
