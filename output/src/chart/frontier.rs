//! What an arm costs against what it loses: whoever lies left of and below another is better in both.
//!
//! Each arm is a dot with the intervals of both means and its name beside it; a line joins those that nobody is better
//! than.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::labels::pack;
use super::scale::{Scale, Units};
use crate::figure::{Frontier, FrontierArm};
use crate::font;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};

/// No more than this goes to names.
const NAMES_MAX: f64 = 360.0;

/// Draws the dots over one pair of axes, each named right of the plot.
pub fn draw(scene: &mut Scene, field: Field, chart: &Frontier) {
    let names = chart.arms.iter().map(|arm| font::room(&arm.arm, LABEL, true)).fold(0.0, f64::max);
    let (top, bottom) = (field.top + 34.0, field.bottom - 56.0);
    let highest = chart.arms.iter().map(|arm| arm.y.2).fold(0.0, f64::max).max(0.01);
    let units = if chart.y_percent { Units::Percent } else { Units::Plain };
    let up = Scale::linear(0.0, highest, bottom, top).units(units).rounded(8);
    let sign = if chart.y_percent { " %" } else { "" };
    let left = field.left + axis::gutter(bottom - top, &up, sign);
    let plot = Field { left, top, right: field.right - names.min(NAMES_MAX) - 70.0, bottom };
    let title = font::shorten(&chart.y_title, LABEL, true, field.wide());
    scene.words((field.left, field.top + 12.0), title, Type::new(LABEL).bold());
    axis::values(scene, plot, &up, sign);
    let across = draw_across(scene, plot, chart);
    let mut best: Vec<&FrontierArm> = chart.arms.iter().filter(|arm| undominated(arm, &chart.arms)).collect();
    best.sort_by(|a, b| a.x.1.total_cmp(&b.x.1));
    let line = best.iter().map(|arm| (across.at(arm.x.1), up.at(arm.y.1))).collect();
    scene.line(line, palette::veil(palette::INK, 0.5), 2, palette::DASH_DEMAND);
    for arm in &chart.arms {
        draw_arm(scene, arm, &across, &up);
    }
    name_arms(scene, field, plot, chart, &across, &up);
}

/// Whether no other arm costs less and loses less.
fn undominated(arm: &FrontierArm, all: &[FrontierArm]) -> bool {
    !all.iter().any(|it| it.x.1 <= arm.x.1 && it.y.1 <= arm.y.1 && (it.x.1 < arm.x.1 || it.y.1 < arm.y.1))
}

fn draw_across(scene: &mut Scene, plot: Field, chart: &Frontier) -> Scale {
    let most = chart.arms.iter().map(|arm| arm.x.2).fold(0.0, f64::max).max(1e-9);
    let scale = Scale::linear(0.0, most, plot.left, plot.right).rounded(8);
    let look = Type::new(SMALL).ink(palette::SOFT).at(Anchor::Middle);
    for (value, words) in scale.ticks(8) {
        let x = scale.at(value);
        scene.line(vec![(x, plot.top), (x, plot.bottom)], palette::GRID, 1, &[]);
        scene.words((x, plot.bottom + 17.0), words, look);
    }
    let title = font::shorten(&chart.x_title, SMALL, false, plot.wide());
    scene.words((f64::midpoint(plot.left, plot.right), plot.bottom + 42.0), title, look);
    scale
}

fn draw_arm(scene: &mut Scene, arm: &FrontierArm, across: &Scale, up: &Scale) {
    let colour = palette::colour(arm.look);
    let (x, y) = (across.at(arm.x.1), up.at(arm.y.1));
    scene.line(vec![(across.at(arm.x.0), y), (across.at(arm.x.2), y)], colour, 3, &[]);
    scene.line(vec![(x, up.at(arm.y.0)), (x, up.at(arm.y.2))], colour, 3, &[]);
    scene.marker((x, y), 8.0, palette::marker(arm.look), colour);
}

/// The names in the order of what is lost, each led to its dot.
fn name_arms(scene: &mut Scene, field: Field, plot: Field, chart: &Frontier, across: &Scale, up: &Scale) {
    let mut arms: Vec<&FrontierArm> = chart.arms.iter().collect();
    arms.sort_by(|a, b| b.y.1.total_cmp(&a.y.1).then(b.x.1.total_cmp(&a.x.1)));
    let wanted: Vec<f64> = arms.iter().map(|arm| up.at(arm.y.1)).collect();
    let places = pack(&wanted, 24.0, plot.top, plot.bottom + 8.0);
    for (arm, place) in arms.into_iter().zip(places) {
        let colour = palette::colour(arm.look);
        let (x, y) = (across.at(arm.x.1), up.at(arm.y.1));
        scene.line(vec![(x + 10.0, y), (plot.right + 20.0, place)], palette::veil(colour, 0.5), 1, &[]);
        scene.marker((plot.right + 30.0, place), 5.0, palette::marker(arm.look), colour);
        let words = font::shorten(&arm.arm, LABEL, true, field.right - plot.right - 44.0);
        scene.words((plot.right + 42.0, place), words, Type::new(LABEL).bold().ink(palette::ink(arm.look)));
    }
}
