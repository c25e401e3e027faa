//! The blast radius: which capabilities failed when, one panel for each design at full strength.

use archsim_models::record::Record;
use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Chart, Figure, HeatPanel, HeatRow, Heatmap};

use super::series::{by_run, failed_share, quantile, ratio, sum};
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
    let journeys = frame.results.scenario.graph.journeys.len();
    let counted = |(index, (arm, runs)): (usize, &(&Arm, &[Run]))| {
        let all = if index == 0 { format!(" of {journeys} journeys fail") } else { String::new() };
        format!("{}{all} in {}", failing_journeys(frame, arm, runs), words::quoted(&arm.title))
    };
    let counts: Vec<String> = arms.iter().enumerate().map(counted).collect();
    let title = sentence(&format!("{}{}", frame.given(), words::list(&counts)));
    let limit = words::share(FAILING);
    Figure {
        id: frame.id("blast-radius"),
        alt: format!(
            "{title}. Rows are capabilities from the users' edge down, columns are time, dark is failing; \
             a journey counts as failing when more than {limit} of its requests are lost"
        ),
        title,
        subtitle: frame
            .subtitle(&format!("Share of calls that failed, median; a journey fails above {limit}")),
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

/// What is lost, and in how many capabilities calls fail.
fn key_number(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> String {
    let buckets = frame.fault_buckets();
    let all = 0..frame.results.scenario.graph.capabilities.len();
    let count = all.len();
    let failing = all.filter(|&capability| failed_share(runs, capability, buckets) > FAILING).count();
    let lost = words::share(1.0 - availability(frame, arm, runs, Subject::All, frame.results.window()));
    format!("{}: {lost} of requests lost, {failing} of {count} capabilities fail", arm.title)
}

/// The pooled availability; 1 if nothing arrived.
fn availability(frame: &Frame<'_>, arm: &Arm, runs: &[Run], subject: Subject, window: &str) -> f64 {
    let quantity = Quantity { measure: Measure::Availability, subject, window: window.to_owned() };
    frame.results.measure(&quantity, arm, runs).estimate.map_or(1.0, |found| found.value)
}

fn panel(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> HeatPanel {
    let graph = &frame.results.scenario.graph;
    let buckets = frame.buckets;
    let mut order: Vec<usize> = (0..graph.capabilities.len()).collect();
    order.sort_by_key(|&capability| (graph.capabilities[capability].layer, capability));
    let row = |capability: usize| {
        let line = |record: &Record| {
            let found = &record.capabilities[capability];
            ratio(buckets.of(&found.failed), buckets.of(&found.calls))
        };
        HeatRow {
            name: graph.capabilities[capability].name.clone(),
            optional: graph.capabilities[capability].optional,
            faulty: graph.faulty.contains(&capability),
            share: quantile(&by_run(runs, line), 0.5),
        }
    };
    let success = |record: &Record| {
        let answered = sum(buckets, record.journeys.iter().map(|journey| journey.answered.as_slice()));
        ratio(&answered, &sum(buckets, record.journeys.iter().map(|journey| journey.arrived.as_slice())))
    };
    let success = quantile(&by_run(runs, success), 0.5).into_iter().map(|share| share.unwrap_or(1.0));
    HeatPanel {
        arm: arm.title.clone(),
        look: look(arm),
        rows: order.into_iter().map(row).collect(),
        success: success.collect(),
        lost_share: 1.0 - availability(frame, arm, runs, Subject::All, "run"),
    }
}
