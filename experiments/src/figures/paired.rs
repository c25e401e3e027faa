//! Arms against the baseline, replication by replication: the same users, the same faults, the same dice.

use archsim_models::scenario::Arm;
use archsim_output::{Chart, Figure, Paired, PairedArm};

use super::{Axis, Frame, sentence};
use crate::headline::{of_whom, of_whom_shortly};
use crate::measure::{Quantity, more_is_better};
use crate::monte_carlo::Run;
use crate::paired::Difference;
use crate::results::look;
use crate::words::{self, Sense};

/// More columns than this cannot be read.
const COMPARISONS_MAX: usize = 6;

/// `None` without a baseline, or without anything to compare it with.
pub fn figure(frame: &Frame<'_>) -> Option<Figure> {
    let results = frame.results;
    let quantity = results.headline_quantity();
    let axis = Axis::of(quantity.measure);
    let (baseline, baseline_runs) = results.baseline()?;
    let others = || results.compared().filter(|(arm, _)| arm.name != baseline.name);
    let chosen: Vec<(&Arm, &[Run])> = if others().count() > COMPARISONS_MAX {
        results.representatives().into_iter().filter(|(arm, _)| arm.name != baseline.name).collect()
    } else {
        others().collect()
    };
    let against = results.measure(&quantity, baseline, baseline_runs);
    let compare = |(arm, runs): &(&Arm, &[Run])| {
        let measured = results.measure(&quantity, arm, runs);
        let unseen = measured.unseen.max(against.unseen);
        let confidence = results.scenario.experiment.confidence;
        let difference = Difference::of(&measured.values, &against.values, unseen, confidence)?;
        Some((arm.title.clone(), look(arm), difference))
    };
    let found: Vec<_> = chosen.iter().filter_map(compare).collect();
    if found.is_empty() {
        return None;
    }
    let (title, key_numbers) = finding(&quantity, &baseline.title, &found);
    let comparison = |(arm, look, difference): &(String, archsim_output::Look, Difference)| PairedArm {
        arm: arm.clone(),
        look: *look,
        pairs: difference.pairs.iter().map(|(a, b)| (a * axis.factor, b * axis.factor)).collect(),
        mean: difference.estimate.value * axis.factor,
        low: difference.estimate.low * axis.factor,
        high: difference.estimate.high * axis.factor,
        better: difference.better(more_is_better(quantity.measure)) as u32,
    };
    Some(Figure {
        id: frame.id("paired"),
        alt: format!(
            "{title}. Lines join the same replication of both arms; below, the differences with their mean and interval"
        ),
        title: sentence(&format!("{}{title}", frame.given())),
        subtitle: frame.subtitle(&format!(
            "{}{}, differences by replication",
            sentence(words::title(quantity.measure)),
            of_whom(&quantity)
        )),
        footer: frame.footer(),
        key_numbers,
        chart: Chart::Paired(Paired {
            unit: axis.unit,
            percent: axis.percent,
            baseline: baseline.title.clone(),
            comparisons: found.iter().map(comparison).collect(),
        }),
    })
}

/// The largest difference in the title, all of them as key numbers.
fn finding(
    quantity: &Quantity,
    baseline: &str,
    found: &[(String, archsim_output::Look, Difference)],
) -> (String, Vec<String>) {
    let unit = quantity.measure.unit();
    let shown = |difference: &Difference| words::estimate(unit, Sense::Difference, difference.estimate);
    let numbers =
        found.iter().map(|(arm, _, difference)| format!("{arm} − {baseline}: {}", shown(difference)));
    let largest = found.iter().max_by(|a, b| a.2.estimate.value.abs().total_cmp(&b.2.estimate.value.abs()));
    let title = largest.map_or_else(String::new, |(arm, _, difference)| {
        let what = format!("{}{}", words::title(quantity.measure), of_whom_shortly(quantity));
        let (arm, baseline) = (words::quoted(arm), words::quoted(baseline));
        let pairs = difference.pairs.len();
        let sign = difference.estimate.value;
        let alike = difference.pairs.iter().filter(|(a, b)| (b - a) * sign > 0.0).count();
        if alike == 0 {
            return format!("{what} is the same in {arm} and {baseline}, in all {pairs} replications");
        }
        let moves = if sign > 0.0 { "raises" } else { "lowers" };
        let change = words::short(unit, Sense::Difference, difference.estimate);
        let change = change.trim_start_matches(['+', '−']);
        format!("{arm} {moves} {what} by {change} against {baseline}, in {alike} of {pairs} replications")
    });
    (title, numbers.collect())
}
