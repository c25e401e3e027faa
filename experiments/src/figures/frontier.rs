//! What each arm costs and what it loses, with the intervals of both.

use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Chart, Figure, Frontier, FrontierArm};

use super::{Frame, sentence};
use crate::measure::Quantity;
use crate::monte_carlo::Run;
use crate::results::look;
use crate::words;

/// `None` unless there are two arms to compare.
pub fn figure(frame: &Frame<'_>) -> Option<Figure> {
    let results = frame.results;
    // Less load costs less: only those that meet the same are compared.
    let same = |arm: &Arm| arm.plan.workload == results.scenario.arms[0].plan.workload;
    let arms = results.compared().filter(|(arm, _)| same(arm));
    let arms: Vec<FrontierArm> = arms.filter_map(|(arm, runs)| place(frame, arm, runs)).collect();
    if arms.len() < 2 {
        return None;
    }
    // Of those that lose next to nothing the cheapest; else the one that loses least.
    let least = arms.iter().map(|arm| arm.y.1).fold(f64::INFINITY, f64::min);
    let good = arms.iter().filter(|arm| arm.y.1 <= least + 0.001);
    let best = good.min_by(|a, b| a.x.1.total_cmp(&b.x.1))?;
    let cheap = arms.iter().min_by(|a, b| a.x.1.total_cmp(&b.x.1))?;
    let level = |arm: &FrontierArm| {
        format!(
            "{} costs {} core-hours and loses {}",
            words::quoted(&arm.arm),
            archsim_output::plain(arm.x.1),
            words::share(arm.y.1)
        )
    };
    let title = sentence(&format!("{}; {}", level(best), level(cheap)));
    Some(Figure {
        id: frame.id("frontier"),
        alt: format!("{title}. Each arm is a dot, with the intervals of its cost and of its loss"),
        subtitle: frame.subtitle(
            "Requests not answered in time against core-hours, means over the whole run with 95 % intervals",
        ),
        footer: frame.footer(),
        key_numbers: arms.iter().map(|arm| sentence(&level(arm))).collect(),
        title,
        chart: Chart::Frontier(Frontier {
            x_title: "Cost, core-hours".to_owned(),
            y_title: "Requests not answered in time".to_owned(),
            y_percent: true,
            arms,
        }),
    })
}

fn place(frame: &Frame<'_>, arm: &Arm, runs: &[Run]) -> Option<FrontierArm> {
    let measured = |measure| {
        let quantity = Quantity::new(measure, Subject::All, "run");
        let found = frame.results.measure(&quantity, arm, runs).estimate?;
        Some((found.low, found.value, found.high))
    };
    Some(FrontierArm {
        arm: arm.title.clone(),
        look: look(arm),
        x: measured(Measure::Cost)?,
        y: measured(Measure::Unavailability)?,
    })
}
