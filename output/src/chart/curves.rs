//! Exact curves with simulated points on them: whoever trusts the curve can see whether to trust the points.
//!
//! A point is drawn with its interval; it is right if the whisker crosses the line.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::labels::pack;
use super::scale::{Scale, Units};
use crate::figure::{Curve, Curves};
use crate::font;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};
use crate::text::{Key, say};

/// Draws the curves over one pair of axes, each named at its end.
pub fn draw(scene: &mut Scene, field: Field, chart: &Curves) {
    let names = chart.curves.iter().map(|curve| font::room(&curve.label, LABEL, true)).fold(0.0, f64::max);
    let (top, bottom) = (field.top + 34.0, field.bottom - 56.0);
    let up = value_scale(chart, bottom, top);
    let left = field.left + axis::gutter(bottom - top, &up, "");
    let plot = Field { left, top, right: field.right - names.min(300.0) - 20.0, bottom };
    let log = if chart.log { say(Key::LogScale) } else { "" };
    let title = font::shorten(&format!("{}{log}", chart.y_title), LABEL, true, field.wide());
    scene.words((field.left, field.top + 12.0), title, Type::new(LABEL).bold());
    axis::values(scene, plot, &up, "");
    let across = draw_across(scene, plot, chart);
    for (index, curve) in chart.curves.iter().enumerate() {
        draw_curve(scene, index, curve, &across, &up);
    }
    name_ends(scene, field, plot, chart, &up);
}

fn value_scale(chart: &Curves, bottom: f64, top: f64) -> Scale {
    let lines = chart.curves.iter().flat_map(|curve| curve.line.iter().map(|&(_, value)| value));
    let points = chart.curves.iter().flat_map(|curve| curve.points.iter().flat_map(|p| [p.low, p.high]));
    let (low, high) = lines
        .chain(points)
        .filter(|value| value.is_finite() && (!chart.log || *value > 0.0))
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if chart.log {
        Scale::log(low, high, bottom, top).rounded(8)
    } else {
        Scale::linear(0.0, high, bottom, top).rounded(8)
    }
}

/// The horizontal axis: from zero, with its title.
fn draw_across(scene: &mut Scene, plot: Field, chart: &Curves) -> Scale {
    let ends = chart.curves.iter().flat_map(|curve| curve.line.iter().map(|&(place, _)| place));
    let most = ends.fold(0.0, f64::max);
    let units = if chart.x_percent { Units::Percent } else { Units::Plain };
    let scale = Scale::linear(0.0, most, plot.left, plot.right).units(units).rounded(10);
    let sign = if chart.x_percent { " %" } else { "" };
    let look = Type::new(SMALL).ink(palette::SOFT).at(Anchor::Middle);
    for (value, words) in scale.ticks(10) {
        let x = scale.at(value);
        scene.line(vec![(x, plot.top), (x, plot.bottom)], palette::GRID, 1, &[]);
        scene.words((x, plot.bottom + 17.0), format!("{words}{sign}"), look);
    }
    let title = font::shorten(&chart.x_title, SMALL, false, plot.wide());
    scene.words((f64::midpoint(plot.left, plot.right), plot.bottom + 42.0), title, look);
    scale
}

fn draw_curve(scene: &mut Scene, index: usize, curve: &Curve, across: &Scale, up: &Scale) {
    let colour = palette::neutral(index);
    let line = curve.line.iter().map(|&(place, value)| (across.at(place), up.at(value))).collect();
    scene.line(line, palette::veil(colour, 0.55), 2, &[]);
    for point in &curve.points {
        let x = across.at(point.x);
        let ends = [point.low, point.high].map(|end| up.at(end));
        scene.line(vec![(x, ends[0]), (x, ends[1])], colour, 3, &[]);
        for end in ends {
            scene.line(vec![(x - 6.0, end), (x + 6.0, end)], colour, 2, &[]);
        }
        scene.marker((x, up.at(point.y)), 6.0, palette::neutral_marker(index), colour);
    }
}

fn name_ends(scene: &mut Scene, field: Field, plot: Field, chart: &Curves, up: &Scale) {
    let ends: Vec<f64> =
        chart.curves.iter().map(|c| c.line.last().map_or(plot.bottom, |&(_, value)| up.at(value))).collect();
    let places = pack(&ends, 24.0, plot.top + 8.0, plot.bottom - 8.0);
    for (index, (curve, y)) in chart.curves.iter().zip(places).enumerate() {
        let words = font::shorten(&curve.label, LABEL, true, field.right - plot.right - 14.0);
        let look = Type::new(LABEL).bold().ink(palette::neutral(index));
        scene.words((plot.right + 14.0, y), words, look);
    }
}
