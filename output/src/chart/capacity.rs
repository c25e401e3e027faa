//! What was asked for against what could be done: capacity goes in steps, and what lies between is either refused or
//! paid for in vain.
//!
//! Small panels of one scale, because what is compared is areas.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::scale::Scale;
use crate::figure::{Capacity, CapacityPanel};
use crate::font;
use crate::number;
use crate::palette;
use crate::scene::{Point, Scene, Type};
use crate::text::{Key, fill, say};

/// Draws the panels, up to four in a row.
pub fn draw(scene: &mut Scene, field: Field, chart: &Capacity) {
    let count = chart.panels.len().max(1);
    let across = match count {
        1 | 2 => count,
        3 | 4 => 2,
        5 | 6 => 3,
        _ => 4,
    };
    let down = count.div_ceil(across);
    let (head, foot, gap) = (62.0, 30.0, 26.0);
    let title = font::shorten(&chart.unit, LABEL, true, field.wide());
    scene.words((field.left, field.top + 8.0), title, Type::new(LABEL).bold());
    key(scene, field, font::room(&chart.unit, LABEL, true));
    let most = chart.panels.iter().flat_map(|panel| panel.demand.iter().chain(&panel.capacity));
    let most = most.copied().filter(|value| value.is_finite()).fold(1e-9, f64::max);
    let step = (field.tall() - 24.0) / down as f64;
    let up = |top: f64, bottom: f64| Scale::linear(0.0, most, bottom, top).rounded(6);
    let gutter = axis::gutter(step - head - foot, &up(0.0, step - head - foot), "");
    let wide = (field.wide() - gap * (across - 1) as f64) / across as f64;
    for (index, panel) in chart.panels.iter().enumerate() {
        let left = field.left + (wide + gap) * (index % across) as f64;
        let top = field.top + 24.0 + step * (index / across) as f64;
        let right = left + wide;
        let space = Field { left: left + gutter, top: top + head, right, bottom: top + step - foot };
        draw_panel(scene, left, space, chart, panel, &up(space.top, space.bottom));
    }
}

/// What the two fills mean, right of the unit.
fn key(scene: &mut Scene, field: Field, after: f64) {
    let mut x = field.left + after + 40.0;
    for (key, colour, opacity) in [(Key::Missing, palette::VERMILLION, 0.8), (Key::Idle, palette::SKY, 0.3)] {
        let words = say(key);
        let room = font::room(words, SMALL, false) + 30.0;
        if x + room > field.right {
            return;
        }
        scene.fill((x, field.top), (x + 18.0, field.top + 16.0), palette::veil(colour, opacity));
        scene.words((x + 24.0, field.top + 8.0), words, Type::new(SMALL));
        x += room + 18.0;
    }
}

fn draw_panel(
    scene: &mut Scene,
    left: f64,
    space: Field,
    chart: &Capacity,
    panel: &CapacityPanel,
    up: &Scale,
) {
    let ink = palette::ink(panel.look);
    scene.marker(
        (left + 8.0, space.top - 42.0),
        6.0,
        palette::marker(panel.look),
        palette::colour(panel.look),
    );
    let name = font::shorten(&panel.arm, LABEL, true, space.right - left - 26.0);
    scene.words((left + 24.0, space.top - 42.0), name, Type::new(LABEL).bold().ink(ink));
    let said = fill(
        Key::MissingAndIdle,
        &[("missing", &number::percent(panel.missing)), ("idle", &number::percent(panel.idle))],
    );
    let said = font::shorten(&said, SMALL, false, space.right - left);
    scene.words((left, space.top - 19.0), said, Type::new(SMALL).ink(palette::SOFT));
    axis::values(scene, space, up, "");
    let end = chart.x.last().map_or(1.0, |last| last + chart.bucket_secs);
    let time = Scale::linear(0.0, end, space.left, space.right);
    for (index, from) in chart.x.iter().enumerate() {
        let at = |series: &[f64]| series.get(index).copied().filter(|value| value.is_finite());
        let (Some(demand), Some(capacity)) = (at(&panel.demand), at(&panel.capacity)) else { continue };
        let (colour, opacity) =
            if demand > capacity { (palette::VERMILLION, 0.8) } else { (palette::SKY, 0.3) };
        let (low, high) = (up.at(demand.min(capacity)), up.at(demand.max(capacity)));
        let until = time.at(from + chart.bucket_secs);
        scene.fill((time.at(*from), high), (until, low), palette::veil(colour, opacity));
    }
    let line = |series: &[f64]| steps(chart, series, &time, up);
    scene.line(line(&panel.capacity), palette::colour(panel.look), 3, palette::dash(panel.look));
    scene.line(line(&panel.demand), palette::INK, 2, &[]);
    axis::time(scene, space, &time);
}

/// A line that goes on level until it changes.
fn steps(chart: &Capacity, series: &[f64], time: &Scale, up: &Scale) -> Vec<Point> {
    let mut points = Vec::with_capacity(2 * series.len());
    for (from, value) in chart.x.iter().zip(series).filter(|(_, value)| value.is_finite()) {
        let y = up.at(*value);
        points.extend([(time.at(*from), y), (time.at(from + chart.bucket_secs), y)]);
    }
    points
}
