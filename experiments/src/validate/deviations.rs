//! Every figure at a glance: how far each is from what is known, in units of its tolerance.

use archsim_models::scenario::case::FAMILIES;
use archsim_output::{Chart, Deviation, Deviations, Figure};

use super::judge::{Answer, Verdict};
use super::{Asked, Tested};

/// The picture; figures whose tolerance is zero have no place in it.
pub fn figure(tested: &[Tested<'_>], asked: &Asked) -> Figure {
    let mut figures = Vec::new();
    for family in FAMILIES {
        figures.extend(tested.iter().filter(|tested| tested.case.family == family).flat_map(of_case));
    }
    let (all, off) = (figures.len(), figures.iter().filter(|figure| !figure.holds).count());
    let title = match off {
        0 => format!("All {all} simulated figures are where theory and published runs say"),
        _ => format!("{off} of {all} simulated figures are not where theory and published runs say"),
    };
    let farthest = figures.iter().map(|figure| figure.value.abs()).fold(0.0, f64::max);
    Figure {
        id: "deviations".to_owned(),
        title,
        subtitle: format!(
            "a dot for each figure of the known answers, with its interval (of all exact ones together at 99.9 %) · seed {}",
            asked.seed
        ),
        footer: format!("archsim validate · archsim {}", env!("CARGO_PKG_VERSION")),
        alt: "Dots with intervals scattered about a zero line, within a band that marks their tolerance"
            .to_owned(),
        key_numbers: vec![format!("farthest from what is known: {farthest:.2} tolerances")],
        chart: Chart::Deviations(Deviations { figures }),
    }
}

fn of_case<'a>(tested: &'a Tested<'a>) -> impl Iterator<Item = Deviation> + 'a {
    let case = tested.case;
    case.metrics.iter().zip(&tested.answers).filter_map(move |(metric, answer)| {
        let figure = metric.figure.as_ref().ok()?;
        let Answer { simulated: Some(found), verdict } = answer else { return None };
        let off = |value: f64| (value - figure.expected) / figure.tolerance;
        (figure.tolerance > 0.0).then(|| Deviation {
            group: case.family.clone(),
            name: format!("{} · {}", case.name, metric.name),
            value: off(found.value),
            low: off(found.low),
            high: off(found.high),
            holds: *verdict == Verdict::Passed,
        })
    })
}
