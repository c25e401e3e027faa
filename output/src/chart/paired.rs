//! Arms against a baseline, seed by seed: slopes above, differences below.
//!
//! Under the same dice a difference is far less noisy than the two values it comes from; the slopes show
//! that the seeds agree, the lower panels by how much, with the mean's interval and the line of no effect.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::scale::{Scale, Units};
use crate::figure::{Paired, PairedArm};
use crate::font;
use crate::number;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};
use crate::text::{Key, fill, say};

/// Height of the words above a column.
const HEAD: f64 = 74.0;

/// Draws one column per comparison; all share both value axes.
pub fn draw(scene: &mut Scene, field: Field, chart: &Paired) {
    let count = chart.comparisons.len().max(1);
    let top = field.top + 34.0 + HEAD;
    let tall = (field.bottom - top - 116.0) * 0.5;
    let slopes = Field { top, bottom: top + tall, ..field };
    let differences = Field { top: top + tall + 70.0, bottom: field.bottom - 44.0, ..field };
    let above = value_scale(chart, slopes);
    let below = difference_scale(chart, differences);
    let sign = if chart.percent { " %" } else { "" };
    let gutter = axis::gutter(slopes.tall(), &above, sign).max(axis::gutter(differences.tall(), &below, ""));
    let left = field.left + gutter;
    titles(scene, field, differences.top, chart);
    axis::values(scene, Field { left, ..slopes }, &above, sign);
    axis::values(scene, Field { left, ..differences }, &below, "");

    let wide = (field.right - left) / count as f64;
    for column in 1..count {
        let x = left + wide * column as f64;
        scene.line(vec![(x, slopes.top), (x, slopes.bottom)], palette::GRID, 1, &[]);
        scene.line(vec![(x, differences.top), (x, differences.bottom)], palette::GRID, 1, &[]);
    }
    let zero = below.at(0.0);
    scene.line(vec![(left, zero), (field.right, zero)], palette::INK, 2, &[]);
    for (index, arm) in chart.comparisons.iter().enumerate() {
        let column = left + wide * index as f64;
        let within = |field: Field| Field { left: column, right: column + wide, ..field };
        head(scene, within(slopes), arm);
        draw_slopes(scene, within(slopes), arm, &above);
        draw_differences(scene, within(differences), chart, arm, &below);
    }
}

fn titles(scene: &mut Scene, field: Field, differences: f64, chart: &Paired) {
    let (value, difference) = if chart.percent {
        ("%", say(Key::PercentagePoints))
    } else {
        (chart.unit.as_str(), chart.unit.as_str())
    };
    for (key, unit, y) in
        [(Key::Slopes, value, field.top + 12.0), (Key::Difference, difference, differences - 26.0)]
    {
        let words = fill(key, &[("baseline", &chart.baseline), ("unit", unit)]);
        let words = font::shorten(words.trim_end_matches(", "), LABEL, true, field.wide());
        scene.words((field.left, y), words, Type::new(LABEL).bold());
    }
}

fn units(chart: &Paired) -> Units {
    if chart.percent { Units::Percent } else { Units::Plain }
}

fn value_scale(chart: &Paired, space: Field) -> Scale {
    let all = chart
        .comparisons
        .iter()
        .flat_map(|arm| arm.pairs.iter().flat_map(|(before, after)| [*before, *after]));
    let high = all.filter(|value| value.is_finite()).fold(0.0, f64::max);
    Scale::linear(0.0, high, space.bottom, space.top)
        .units(units(chart))
        .rounded((space.tall() / 34.0) as usize)
}

fn difference_scale(chart: &Paired, space: Field) -> Scale {
    let all = chart.comparisons.iter().flat_map(|arm| {
        let single = arm.pairs.iter().map(|(before, after)| after - before);
        single.chain([arm.low, arm.high])
    });
    let (low, high) = all
        .filter(|value| value.is_finite())
        .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    Scale::linear(low, high, space.bottom, space.top)
        .units(units(chart))
        .rounded((space.tall() / 34.0) as usize)
}

fn head(scene: &mut Scene, space: Field, arm: &PairedArm) {
    let middle = f64::midpoint(space.left, space.right);
    let ink = palette::ink(arm.look);
    let lines = font::wrap(&arm.arm, LABEL, true, space.wide() - 16.0, 2);
    for (above, line) in lines.into_iter().rev().enumerate() {
        let at = (middle, space.top - 38.0 - 23.0 * above as f64);
        scene.words(at, line, Type::new(LABEL).bold().ink(ink).at(Anchor::Middle));
    }
    let (better, seeds) = (arm.better.to_string(), arm.pairs.len().to_string());
    let counts = [("better", better.as_str()), ("seeds", seeds.as_str())];
    let long = fill(Key::BetterIn, &counts);
    let wide = space.wide() - 8.0;
    let fits = font::room(&long, SMALL, false) <= wide;
    let better =
        if fits { long } else { font::shorten(&fill(Key::BetterShort, &counts), SMALL, false, wide) };
    scene.words((middle, space.top - 16.0), better, Type::new(SMALL).at(Anchor::Middle));
}

fn draw_slopes(scene: &mut Scene, space: Field, arm: &PairedArm, scale: &Scale) {
    let inset = (space.wide() * 0.24).min(150.0);
    let (from, to) = (space.left + inset, space.right - inset);
    let colour = palette::colour(arm.look);
    for (before, after) in arm.pairs.iter().filter(|(before, after)| before.is_finite() && after.is_finite())
    {
        let points = vec![(from, scale.at(*before)), (to, scale.at(*after))];
        scene.line(points, palette::veil(colour, 0.45), 2, &[]);
    }
    for (before, after) in arm.pairs.iter().filter(|(before, after)| before.is_finite() && after.is_finite())
    {
        scene.dot((from, scale.at(*before)), 4.0, palette::SOFT);
        scene.marker((to, scale.at(*after)), 4.0, palette::marker(arm.look), colour);
    }
}

fn draw_differences(scene: &mut Scene, space: Field, chart: &Paired, arm: &PairedArm, scale: &Scale) {
    let middle = f64::midpoint(space.left, space.right);
    let colour = palette::colour(arm.look);
    let differences =
        arm.pairs.iter().map(|(before, after)| after - before).filter(|value| value.is_finite());
    for (index, difference) in differences.enumerate() {
        let turn = (index as f64 + 1.0) * 0.618_033_988_749_895;
        let x = middle + ((turn - turn.floor()) * 2.0 - 1.0) * (space.wide() * 0.16).min(60.0);
        scene.dot((x, scale.at(difference)), 4.0, palette::veil(colour, 0.5));
    }
    scene.line(vec![(middle, scale.at(arm.low)), (middle, scale.at(arm.high))], palette::INK, 4, &[]);
    let tick = (space.wide() * 0.18).min(40.0);
    let y = scale.at(arm.mean);
    scene.line(vec![(middle - tick, y), (middle + tick, y)], palette::INK, 3, &[]);
    let bare = |value: f64| if chart.percent { number::percent(value) } else { number::value(value) };
    let long = format!("{} [{}, {}]", bare(arm.mean), bare(arm.low), bare(arm.high));
    let words = if font::room(&long, SMALL, true) <= space.wide() - 8.0 { long } else { bare(arm.mean) };
    scene.words((middle, space.bottom + 20.0), words, Type::new(SMALL).bold().at(Anchor::Middle));
}
