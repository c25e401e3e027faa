//! Every replication a dot: how much luck matters, arm by arm.

use archsim_models::scenario::Measure;
use archsim_output::{Chart, Figure, Strip, StripArm};

use super::{Axis, Frame, sentence};
use crate::headline::{of_whom, of_whom_shortly, values};
use crate::results::look;
use crate::words;

/// A title names no more arms than this.
const SHOWN_MAX: usize = 3;

/// `None` if no arm could be measured.
pub fn figure(frame: &Frame<'_>) -> Option<Figure> {
    let quantity = frame.results.headline_quantity();
    let axis = Axis::of(quantity.measure);
    let arm = |(arm, runs)| {
        let measured = frame.results.measure(&quantity, arm, runs);
        let found = measured.estimate?;
        let finite = |end: f64| if end.is_finite() { end * axis.factor } else { found.value * axis.factor };
        Some(StripArm {
            arm: arm.title.clone(),
            look: look(arm),
            values: measured.values.iter().flatten().map(|value| value * axis.factor).collect(),
            mean: found.value * axis.factor,
            low: finite(found.low),
            high: finite(found.high),
        })
    };
    let arms: Vec<StripArm> = frame.results.compared().filter_map(arm).collect();
    if arms.is_empty() {
        return None;
    }
    let found = values(frame.results, &quantity);
    // Of many the least and the most.
    let shown = if found.len() > SHOWN_MAX { extremes(frame, &arms, &found) } else { found.clone() };
    let title = sentence(&format!(
        "{}{}{} is {}",
        frame.given(),
        words::title(quantity.measure),
        of_whom_shortly(&quantity),
        words::list(&shown)
    ));
    let objectives = frame.results.scenario.arms[0].plan.journeys.iter().map(|journey| journey.objective);
    let objective =
        if quantity.measure == Measure::Availability { objectives.reduce(f64::min) } else { None };
    Some(Figure {
        id: frame.id("strip"),
        alt: format!(
            "{title}. One row for each arm, one dot for each replication, the mean with its interval"
        ),
        title,
        subtitle: frame.subtitle(&format!(
            "{}{}",
            sentence(words::title(quantity.measure)),
            of_whom(&quantity)
        )),
        footer: frame.footer(),
        key_numbers: found,
        chart: Chart::Strip(Strip { unit: axis.unit, percent: axis.percent, log: axis.log, objective, arms }),
    })
}

/// What was found in the arms that stand for their kinds where it was least, and where most.
fn extremes(frame: &Frame<'_>, arms: &[StripArm], found: &[String]) -> Vec<String> {
    let mean = |title: &str| arms.iter().find(|arm| arm.arm == title).map(|arm| arm.mean);
    let shown = frame.results.representatives().into_iter().filter_map(|(arm, _)| mean(&arm.title));
    let mut by_mean: Vec<(f64, &String)> = shown.zip(found).collect();
    by_mean.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = [by_mean.first(), by_mean.last()];
    ends.into_iter().flatten().map(|(_, words)| (*words).clone()).collect()
}
