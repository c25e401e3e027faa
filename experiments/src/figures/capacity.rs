//! What was asked for against what could be done, over time: the requests per second that the tightest deployable can
//! do with the instances that are up, beside those that come.

use archsim_models::plan::Plan;
use archsim_models::record::Record;
use archsim_models::scenario::Arm;
use archsim_output::{Capacity, CapacityPanel, Chart, Figure};

use super::series::{banded, by_run, sum};
use super::{Frame, sentence};
use crate::monte_carlo::Run;
use crate::results::look;
use crate::theory::load::Load;
use crate::words;

/// More panels than this cannot be read.
const PANELS_MAX: usize = 8;

/// `None` if no deployable has a limit that work could reach.
pub fn figure(frame: &Frame<'_>) -> Option<Figure> {
    let results = frame.results;
    // What is shown is how the same load is met, by what comes and goes undisturbed.
    let shown = |arm: &Arm| {
        let plan = &arm.plan;
        let calm = plan.faults.is_empty() && plan.hazards.is_empty();
        calm && plan.workload == results.scenario.arms[0].plan.workload
            && plan.deployables.iter().any(|it| it.scaling.is_some())
    };
    let arms = results.compared().filter(|(arm, _)| shown(arm));
    let panels: Vec<CapacityPanel> =
        arms.filter_map(|(arm, runs)| panel(frame, arm, runs)).take(PANELS_MAX).collect();
    let worst = panels.iter().max_by(|a, b| a.missing.total_cmp(&b.missing))?;
    let best = panels.iter().min_by(|a, b| a.missing.total_cmp(&b.missing))?;
    let level = |panel: &CapacityPanel| {
        format!(
            "{} of what is asked for is beyond capacity in {}",
            words::share(panel.missing),
            words::quoted(&panel.arm)
        )
    };
    let title = sentence(&format!(
        "{}, {} in {}",
        level(worst),
        words::share(best.missing),
        words::quoted(&best.arm)
    ));
    Some(Figure {
        id: frame.id("capacity"),
        alt: format!(
            "{title}. One panel for each arm: requests per second over time, and the capacity of the tightest deployable in steps"
        ),
        subtitle: frame
            .subtitle("Medians over replications of arrivals and of what the tightest deployable can do"),
        footer: frame.footer(),
        key_numbers: panels.iter().map(|panel| sentence(&level(panel))).collect(),
        title,
        chart: Chart::Capacity(Capacity {
            unit: "Requests per second".to_owned(),
            x: (0..frame.buckets.count()).map(|bucket| bucket as f64 * frame.buckets.seconds).collect(),
            bucket_secs: frame.buckets.seconds,
            panels,
        }),
    })
}

fn panel(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> Option<CapacityPanel> {
    let each = each_instance(&arm.plan);
    if each.is_empty() {
        return None;
    }
    let median = |line: &dyn Fn(&Record) -> Vec<Option<f64>>| banded(&by_run(runs, line), 0.0).median;
    let demand = median(&|record| {
        let counts = sum(frame.buckets, record.journeys.iter().map(|journey| journey.arrived.as_slice()));
        counts.into_iter().map(|count| Some(count as f64 / frame.buckets.seconds)).collect()
    });
    let capacity = median(&|record| {
        let tightest = |bucket: usize| {
            let can = each.iter().map(|&(at, rate)| {
                frame.buckets.of(&record.deployables[at].up).get(bucket).map_or(f64::INFINITY, |up| up * rate)
            });
            Some(can.fold(f64::INFINITY, f64::min))
        };
        (0..frame.buckets.count()).map(tightest).collect()
    });
    let both = || demand.iter().zip(&capacity).filter(|(_, capacity)| capacity.is_finite());
    let (asked, there): (f64, f64) = both().fold((0.0, 0.0), |(a, b), (demand, can)| (a + demand, b + can));
    let missing: f64 = both().map(|(demand, can)| (demand - can).max(0.0)).sum();
    let idle: f64 = both().map(|(demand, can)| (can - demand).max(0.0)).sum();
    let part = |of: f64, whole: f64| if whole > 0.0 { of / whole } else { 0.0 };
    Some(CapacityPanel {
        arm: arm.title.clone(),
        look: look(arm),
        missing: part(missing, asked),
        idle: part(idle, there),
        demand,
        capacity,
    })
}

/// By deployable, what one instance of it can do: requests per second of the whole system.
fn each_instance(plan: &Plan) -> Vec<(usize, f64)> {
    let load = Load::of(plan);
    let stations = load.stations.iter().filter(|station| station.kind == "deployable");
    let found = stations.filter_map(|station| {
        let at = plan.deployables.iter().position(|it| it.name == station.name)?;
        let busy = station.load.filter(|busy| *busy > 0.0)?;
        Some((at, load.rate.mean / busy / f64::from(plan.deployables[at].instances)))
    });
    found.collect()
}
