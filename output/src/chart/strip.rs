//! Every seed a dot: one row per arm, the density behind, mean and interval on top.
//!
//! Dots show what a mean hides: two heaps, a lone outlier, or that all seeds agree.

use super::density::density;
use super::frame::{Field, LABEL, SMALL};
use super::scale::{Scale, Units};
use crate::figure::{Strip, StripArm};
use crate::font;
use crate::number;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};
use crate::text::{Key, fill, say};

/// No more than this goes to names; longer ones are broken.
const NAMES_MAX: f64 = 460.0;

/// Draws the rows over one value axis.
pub fn draw(scene: &mut Scene, field: Field, chart: &Strip) {
    let count = chart.arms.len().max(1);
    let names = chart.arms.iter().map(|arm| font::room(&arm.arm, LABEL, true)).fold(0.0, f64::max) + 44.0;
    let figures =
        chart.arms.iter().map(|arm| font::room(&summary(chart, arm), LABEL, false)).fold(150.0, f64::max);
    let seeds = chart.arms.iter().map(|arm| arm.values.len()).max().unwrap_or(0).to_string();
    let heading = fill(Key::MeanInterval, &[("seeds", &seeds)]);
    let figures = figures.max(font::room(&heading, SMALL, false));
    let rows = Field {
        left: field.left + names.min(NAMES_MAX),
        top: field.top + 34.0,
        right: field.right - figures.min(420.0) - 30.0,
        bottom: field.bottom - 56.0,
    };
    let scale = value_scale(chart, rows);
    grid(scene, rows, chart, &scale);
    let look = Type::new(SMALL).ink(palette::SOFT);
    scene.words((rows.right + 30.0, field.top + 14.0), heading.as_str(), look);
    let step = rows.tall() / count as f64;
    for (index, arm) in chart.arms.iter().enumerate() {
        let top = rows.top + step * index as f64;
        row(scene, Field { top, bottom: top + step, ..rows }, field.left, chart, arm, &scale);
    }
}

fn value_scale(chart: &Strip, rows: Field) -> Scale {
    let all = chart.arms.iter().flat_map(|arm| arm.values.iter().chain([&arm.low, &arm.high])).copied();
    let (low, high) = all
        .chain(chart.objective)
        .filter(|value| value.is_finite() && (!chart.log || *value > 0.0))
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low > high { (0.1, 1.0) } else { (low, high) };
    let units = if chart.percent { Units::Percent } else { Units::Plain };
    if chart.log {
        return Scale::log(low, high, rows.left, rows.right).units(units).rounded(8);
    }
    let high = if chart.percent && high <= 1.0 && high > 0.9 { 1.0 } else { high };
    Scale::linear(low.min(0.0), high, rows.left, rows.right).units(units).rounded(8)
}

fn grid(scene: &mut Scene, rows: Field, chart: &Strip, scale: &Scale) {
    let ticks = scale.ticks(8);
    for (value, words) in &ticks {
        let x = scale.at(*value);
        scene.line(vec![(x, rows.top), (x, rows.bottom)], palette::GRID, 1, &[]);
        let look = Type::new(SMALL).ink(palette::SOFT).at(Anchor::Middle);
        scene.words((x, rows.bottom + 16.0), words.as_str(), look);
    }
    let unit = if chart.percent { "%" } else { &chart.unit };
    let log = if chart.log { say(Key::LogScale) } else { "" };
    let look = Type::new(SMALL).ink(palette::SOFT).at(Anchor::Middle);
    scene.words((f64::midpoint(rows.left, rows.right), rows.bottom + 40.0), format!("{unit}{log}"), look);
    if let Some(objective) = chart.objective {
        let x = scale.at(objective);
        scene.line(vec![(x, rows.top - 6.0), (x, rows.bottom)], palette::INK, 2, palette::DASH_OBJECTIVE);
        let shown = if chart.percent {
            format!("{} %", number::percent_exact(objective))
        } else {
            with_unit(chart, objective)
        };
        let words = fill(Key::Objective, &[("value", &shown)]);
        let half = font::room(&words, SMALL, false) / 2.0;
        let x = x.min(rows.right - half + 20.0).max(rows.left + half);
        scene.words((x, rows.top - 20.0), words, Type::new(SMALL).at(Anchor::Middle));
    }
}

fn row(scene: &mut Scene, space: Field, left: f64, chart: &Strip, arm: &StripArm, scale: &Scale) {
    let colour = palette::colour(arm.look);
    let ink = palette::ink(arm.look);
    let middle = f64::midpoint(space.top, space.bottom);
    scene.line(vec![(left, space.bottom), (space.right, space.bottom)], palette::GRID, 1, &[]);
    scene.marker((left + 8.0, middle), 7.0, palette::marker(arm.look), colour);
    let lines = if space.tall() >= 44.0 { 2 } else { 1 };
    let name = font::wrap(&arm.arm, LABEL, true, space.left - left - 40.0, lines);
    let first = middle - 11.5 * (name.len() - 1) as f64;
    for (line, words) in name.into_iter().enumerate() {
        let at = (left + 26.0, first + 23.0 * line as f64);
        scene.words(at, words, Type::new(LABEL).bold().ink(ink));
    }
    scene.words((space.right + 30.0, middle), summary(chart, arm), Type::new(LABEL));

    let half = (space.tall() / 2.0 - 4.0).min(52.0);
    let at = |value: f64| scale.at(value);
    let curve = if chart.log { log_density(&arm.values) } else { density(&arm.values, 80) };
    if !curve.is_empty() {
        let mut outline: Vec<_> =
            curve.iter().map(|(value, height)| (at(*value), middle - height * half)).collect();
        outline.extend(curve.iter().rev().map(|(value, height)| (at(*value), middle + height * half)));
        scene.area(outline, palette::veil(colour, 0.18));
    }
    for (index, value) in arm.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        scene.dot((at(*value), middle + jitter(index) * half * 0.75), 4.0, palette::veil(colour, 0.7));
    }
    scene.line(vec![(at(arm.low), middle), (at(arm.high), middle)], palette::INK, 4, &[]);
    let tick = half * 0.8;
    scene.line(vec![(at(arm.mean), middle - tick), (at(arm.mean), middle + tick)], palette::INK, 3, &[]);
}

fn log_density(values: &[f64]) -> Vec<(f64, f64)> {
    let logs: Vec<f64> = values.iter().filter(|value| **value > 0.0).map(|value| libm::log(*value)).collect();
    density(&logs, 80).into_iter().map(|(place, height)| (libm::exp(place), height)).collect()
}

/// Spreads dots by the golden ratio, −1 to 1: even, and the same on every run.
fn jitter(index: usize) -> f64 {
    let turn = (index as f64 + 1.0) * 0.618_033_988_749_895;
    (turn - turn.floor()) * 2.0 - 1.0
}

fn with_unit(chart: &Strip, value: f64) -> String {
    if chart.percent {
        format!("{} %", number::percent(value))
    } else {
        format!("{} {}", number::value(value), chart.unit).trim_end().to_owned()
    }
}

fn summary(chart: &Strip, arm: &StripArm) -> String {
    let bare = |value: f64| if chart.percent { number::percent(value) } else { number::value(value) };
    format!("{} [{}, {}]", with_unit(chart, arm.mean), bare(arm.low), bare(arm.high))
}
