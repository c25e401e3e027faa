//! How far each of many figures is from what is known, in units of what it may be off: one dot with its interval each.
//!
//! Figures of very different kinds share one axis that way. The band is where they may lie; what lies outside is named.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::scale::Scale;
use crate::figure::{Deviation, Deviations};
use crate::font;
use crate::palette::{self, Marker};
use crate::scene::{Anchor, Scene, Type};
use crate::text::{Key, say};

/// Draws all figures side by side, group by group.
pub fn draw(scene: &mut Scene, field: Field, chart: &Deviations) {
    let (top, bottom) = (field.top + 34.0, field.bottom - 64.0);
    let scale = value_scale(chart, bottom, top);
    let left = field.left + axis::gutter(bottom - top, &scale, "");
    let plot = Field { left, top, right: field.right - 8.0, bottom };
    let title = font::shorten(say(Key::OfTolerance), LABEL, true, field.wide());
    scene.words((field.left, field.top + 12.0), title, Type::new(LABEL).bold());
    let band = palette::veil(palette::INK, 0.06);
    scene.fill((plot.left, scale.at(1.0)), (plot.right, scale.at(-1.0)), band);
    axis::values(scene, plot, &scale, "");
    scene.line(vec![(plot.left, scale.at(0.0)), (plot.right, scale.at(0.0))], palette::INK, 2, &[]);
    let step = plot.wide() / chart.figures.len().max(1) as f64;
    for (index, figure) in chart.figures.iter().enumerate() {
        let x = plot.left + step * (index as f64 + 0.5);
        draw_figure(scene, plot, x, figure, &scale);
    }
    name_groups(scene, plot, step, chart);
}

/// At least twice the band on each side, and as far as the farthest figure; whiskers may leave the sheet.
fn value_scale(chart: &Deviations, bottom: f64, top: f64) -> Scale {
    let farthest = chart.figures.iter().map(|figure| figure.value.abs()).filter(|value| value.is_finite());
    let most = farthest.fold(2.0, f64::max).min(10.0);
    Scale::linear(-most, most, bottom, top).rounded(8)
}

fn draw_figure(scene: &mut Scene, plot: Field, x: f64, figure: &Deviation, scale: &Scale) {
    let (colour, shape) = if figure.holds {
        (palette::neutral(0), Marker::Circle)
    } else {
        (palette::VERMILLION, Marker::Diamond)
    };
    scene.line(
        vec![(x, scale.at(figure.low)), (x, scale.at(figure.high))],
        palette::veil(colour, 0.45),
        2,
        &[],
    );
    scene.marker((x, scale.at(figure.value)), 4.0, shape, colour);
    if !figure.holds {
        let words = font::shorten(&figure.name, SMALL, true, plot.wide() / 3.0);
        let anchor = if x > f64::midpoint(plot.left, plot.right) { Anchor::End } else { Anchor::Start };
        let aside = if anchor == Anchor::End { -9.0 } else { 9.0 };
        let look = Type::new(SMALL).bold().ink(palette::INK).at(anchor);
        scene.words((x + aside, scale.at(figure.value)), words, look);
    }
}

/// A bracket below each run of figures of one group, with its name; one that is wider than its bracket stands a line
/// lower, unless another one is there.
fn name_groups(scene: &mut Scene, plot: Field, step: f64, chart: &Deviations) {
    let (mut from, mut taken) = (0, f64::MIN);
    for group in chart.figures.chunk_by(|a, b| a.group == b.group) {
        let until = from + group.len();
        let (left, right) = (plot.left + step * from as f64 + 2.0, plot.left + step * until as f64 - 2.0);
        let y = plot.bottom + 10.0;
        scene.line(vec![(left, y), (right, y)], palette::SOFT, 2, &[]);
        let words = font::shorten(&group[0].group, SMALL, false, plot.wide() / 8.0);
        let half = font::room(&words, SMALL, false) / 2.0;
        let middle = f64::midpoint(left, right).clamp(plot.left + half, plot.right - half);
        let lower = 2.0 * half > right - left;
        if !lower || middle - half > taken + 8.0 {
            let at = (middle, y + if lower { 36.0 } else { 17.0 });
            scene.words(at, words, Type::new(SMALL).ink(palette::SOFT).at(Anchor::Middle));
            taken = if lower { middle + half } else { taken };
        }
        from = until;
    }
}
