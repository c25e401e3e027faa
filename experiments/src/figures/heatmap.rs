//! The blast radius: which capabilities failed when, one panel for each design at full strength.
//!
//! Shares are of the calls of all replications together: a capability that is called twice a second has no share of
//! its own in a replication that a reader could trust.

use archsim_models::record::Record;
use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Chart, Figure, HeatPanel, HeatRow, Heatmap};

use super::series::{Buckets, failed_share, ratio, sum};
use super::{Frame, sentence};
use crate::measure::Quantity;
use crate::monte_carlo::Run;
use crate::results::look;
use crate::words;

/// A journey or capability counts as failing from this share of lost requests or failed calls on.
const FAILING: f64 = 0.1;

pub fn figure(frame: &Frame<'_>) -> Figure {
    let arms = frame.results.representatives();
    let panels: Vec<HeatPanel> = arms.iter().map(|(arm, runs)| panel(frame, arm, runs)).collect();
    let capabilities = frame.results.scenario.graph.capabilities.len();
    let counted = |(index, (arm, runs)): (usize, &(&Arm, &[Run]))| {
        let all = if index == 0 { format!(" of {capabilities} capabilities fail") } else { String::new() };
        format!("{}{all} in {}", failing_capabilities(frame, runs), words::quoted(&arm.title))
    };
    let counts: Vec<String> = arms.iter().enumerate().map(counted).collect();
    let title = sentence(&format!("{}{}", frame.given(), words::list(&counts)));
    let limit = words::share(FAILING);
    Figure {
        id: frame.id("blast-radius"),
        alt: format!(
            "{title}. Rows are capabilities from the users' edge down, columns are time, dark is failing: the share of \
             a capability's calls that it did not answer usefully, because it failed, a fallback answered instead, or \
             the user had gone. A capability or journey counts as failing above {limit} while the fault lasts"
        ),
        title,
        subtitle: frame.subtitle(&format!("Share of calls without a useful answer; above {limit} it fails")),
        footer: frame.footer(),
        key_numbers: arms.iter().map(|(arm, runs)| key_number(frame, arm, runs)).collect(),
        chart: Chart::Heatmap(Heatmap {
            panels,
            bucket_secs: frame.buckets.seconds,
            fault: frame.fault_span(),
            fault_label: frame.fault_label(),
        }),
    }
}

/// How many journeys fail while the fault lasts.
fn failing_journeys(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> usize {
    let window = frame.results.window();
    let journeys = 0..frame.results.scenario.graph.journeys.len();
    let lost =
        |journey: &usize| 1.0 - availability(frame, arm, runs, Subject::Journeys(vec![*journey]), window);
    journeys.filter(|journey| lost(journey) > FAILING).count()
}

/// In how many capabilities calls fail while the fault lasts.
fn failing_capabilities(frame: &Frame<'_>, runs: &[Run]) -> usize {
    let buckets = frame.fault_buckets();
    let all = 0..frame.results.scenario.graph.capabilities.len();
    all.filter(|&capability| failed_share(runs, capability, buckets) > FAILING).count()
}

/// What is lost, and how many capabilities and journeys fail.
fn key_number(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> String {
    let graph = &frame.results.scenario.graph;
    let lost = words::share(1.0 - availability(frame, arm, runs, Subject::All, frame.results.window()));
    format!(
        "{}: {lost} of requests lost, {} of {} capabilities and {} of {} journeys fail",
        arm.title,
        failing_capabilities(frame, runs),
        graph.capabilities.len(),
        failing_journeys(frame, arm, runs),
        graph.journeys.len()
    )
}

/// The pooled availability; 1 if nothing arrived.
fn availability(frame: &Frame<'_>, arm: &Arm, runs: &[Run], subject: Subject, window: &str) -> f64 {
    let quantity = Quantity::new(Measure::Availability, subject, window);
    frame.results.measure(&quantity, arm, runs).estimate.map_or(1.0, |found| found.value)
}

fn panel(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> HeatPanel {
    let graph = &frame.results.scenario.graph;
    let buckets = frame.buckets;
    let mut order: Vec<usize> = (0..graph.capabilities.len()).collect();
    order.sort_by_key(|&capability| (graph.capabilities[capability].layer, capability));
    let row = |capability: usize| HeatRow {
        name: graph.capabilities[capability].name.clone(),
        optional: graph.capabilities[capability].optional,
        faulty: graph.faulty.contains(&capability),
        share: pooled(
            buckets,
            runs,
            |record| vec![&record.capabilities[capability].failed],
            |record| vec![&record.capabilities[capability].calls],
        ),
    };
    let success = pooled(
        buckets,
        runs,
        |record| record.journeys.iter().map(|journey| &journey.answered).collect(),
        |record| record.journeys.iter().map(|journey| &journey.arrived).collect(),
    );
    HeatPanel {
        arm: arm.title.clone(),
        look: look(arm),
        rows: order.into_iter().map(row).collect(),
        success: success.into_iter().map(|share| share.unwrap_or(1.0)).collect(),
        failing_journeys: (failing_journeys(frame, arm, runs), graph.journeys.len()),
        lost_share: 1.0 - availability(frame, arm, runs, Subject::All, "run"),
    }
}

/// Part ÷ whole in each bucket, of all runs together.
fn pooled(
    buckets: Buckets,
    runs: &[Run],
    part: impl Fn(&Record) -> Vec<&Vec<u64>>,
    whole: impl Fn(&Record) -> Vec<&Vec<u64>>,
) -> Vec<Option<f64>> {
    let all = |of: &dyn Fn(&Record) -> Vec<&Vec<u64>>| {
        sum(buckets, runs.iter().flat_map(|run| of(&run.record)).map(Vec::as_slice))
    };
    ratio(&all(&part), &all(&whole))
}
