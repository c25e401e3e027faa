//! Several measures stacked over one time axis, with the spread over seeds and labels at the lines' ends.
//!
//! The band from the 5th to the 95th percentile is pale, from the 25th to the 75th stronger, the median on
//! top. Where single runs are given they are drawn instead of bands: a band over runs that fall into two
//! heaps would show a middle in which no run ever was.

use plotters::style::RGBColor;

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::labels;
use super::scale::{Scale, Units};
use crate::figure::{Series, TimePanel, Timeline};
use crate::font;
use crate::palette;
use crate::scene::{Point, Scene, Type};
use crate::text::{Key, fill};

/// At most so many single runs are drawn.
const RUNS: usize = 30;

/// Draws the panels.
pub fn draw(scene: &mut Scene, field: Field, chart: &Timeline) {
    let count = chart.panels.len().max(1);
    let head = 46.0;
    let foot = 30.0;
    let fault = if chart.fault.is_some() { 22.0 } else { 0.0 };
    let tall = (field.tall() - foot - fault) / count as f64 - head;
    let (low, high) = (chart.x.first().copied().unwrap_or(0.0), chart.x.last().copied().unwrap_or(1.0));

    let right = field.right - label_room(chart);
    let vertical: Vec<Scale> = chart.panels.iter().map(|panel| value_scale(panel, 0.0, tall)).collect();
    let gutters =
        chart.panels.iter().zip(&vertical).map(|(panel, scale)| axis::gutter(tall, scale, sign(panel)));
    let left = field.left + gutters.fold(0.0, f64::max);
    let time = Scale::linear(low, high, left, right);
    // One band through all panels, so that the eye can follow its edges down.
    let all = Field { left, top: field.top + fault, right, bottom: field.bottom - foot };
    axis::fault(scene, all, &time, chart.fault);
    axis::fault_name(scene, all, &time, chart.fault, &chart.fault_label);
    for (index, panel) in chart.panels.iter().enumerate() {
        let top = all.top + (tall + head) * index as f64 + head;
        let space = Field { left, top, right, bottom: top + tall };
        panel_head(scene, field.left, space, panel);
        draw_panel(scene, space, chart, panel, &time);
        if index + 1 == count {
            axis::time(scene, space, &time);
        }
    }
}

fn sign(panel: &TimePanel) -> &'static str {
    if panel.unit == "%" { " %" } else { "" }
}

fn panel_head(scene: &mut Scene, left: f64, space: Field, panel: &TimePanel) {
    let unit =
        if panel.unit.is_empty() || panel.unit == "%" { String::new() } else { format!(", {}", panel.unit) };
    let log = if panel.log { fill(Key::LogScale, &[]) } else { String::new() };
    let title = font::shorten(&format!("{}{unit}{log}", panel.title), LABEL, true, space.right - left);
    scene.words((left, space.top - 24.0), title, Type::new(LABEL).bold());
}

fn value_scale(panel: &TimePanel, top: f64, bottom: f64) -> Scale {
    let drawn = panel.series.iter().flat_map(drawn_values).chain(panel.objective);
    let (low, high) = drawn
        .filter(|value| value.is_finite() && (!panel.log || *value > 0.0))
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low > high { (0.1, 1.0) } else { (low, high) };
    let ticks = ((bottom - top) / 34.0).clamp(2.0, 8.0) as usize;
    if panel.log {
        return Scale::log(low, high, bottom, top).rounded(ticks);
    }
    let units = if panel.unit == "%" { Units::Percent } else { Units::Plain };
    Scale::linear(low.min(0.0), high.max(0.0), bottom, top).units(units).rounded(ticks)
}

fn drawn_values(series: &Series) -> impl Iterator<Item = f64> + '_ {
    let bands = [&series.median, &series.p05, &series.p25, &series.p75, &series.p95];
    bands.into_iter().flatten().chain(series.runs.iter().take(RUNS).flatten()).copied()
}

fn draw_panel(scene: &mut Scene, space: Field, chart: &Timeline, panel: &TimePanel, time: &Scale) {
    let scale = value_scale(panel, space.top, space.bottom);
    axis::values(scene, space, &scale, sign(panel));
    for series in &panel.series {
        spread(scene, chart, series, time, &scale, panel.series.len());
    }
    for series in &panel.series {
        let points = curve(&chart.x, &series.median, time, &scale);
        let (width, dash) = match series.look {
            Some(look) => (3, palette::dash(look)),
            None => (2, palette::DASH_DEMAND),
        };
        scene.line(points, colour(series), width, dash);
    }
    if let Some(objective) = panel.objective {
        let y = scale.at(objective);
        scene.line(vec![(space.left, y), (space.right, y)], palette::INK, 2, palette::DASH_OBJECTIVE);
    }
    end_labels(scene, space, panel, &scale);
}

fn colour(series: &Series) -> RGBColor {
    series.look.map_or(palette::INK, palette::colour)
}

fn curve(x: &[f64], values: &[f64], time: &Scale, scale: &Scale) -> Vec<Point> {
    let finite = x.iter().zip(values).filter(|(_, value)| value.is_finite());
    finite.map(|(x, value)| (time.at(*x), scale.at(*value))).collect()
}

/// Single runs where there are some, else the bands; the outer band only while there are few series.
fn spread(scene: &mut Scene, chart: &Timeline, series: &Series, time: &Scale, scale: &Scale, beside: usize) {
    let base = colour(series);
    if !series.runs.is_empty() {
        // Thin lines need a darker shade than thick ones to be seen.
        let thin = series.look.map_or(palette::INK, palette::ink);
        for run in series.runs.iter().take(RUNS) {
            scene.line(curve(&chart.x, run, time, scale), palette::veil(thin, 0.35), 1, &[]);
        }
        return;
    }
    let mut band = |low: &[f64], high: &[f64], opacity: f64| {
        if low.is_empty() || high.is_empty() {
            return;
        }
        let mut points = curve(&chart.x, high, time, scale);
        points.extend(curve(&chart.x, low, time, scale).into_iter().rev());
        scene.area(points, palette::veil(base, opacity));
    };
    if beside <= 5 {
        band(&series.p05, &series.p95, 0.15);
    }
    band(&series.p25, &series.p75, 0.30);
}

/// The words at the lines' ends, pushed apart, each with its marker; the objective among them.
fn end_labels(scene: &mut Scene, space: Field, panel: &TimePanel, scale: &Scale) {
    let mut labels: Vec<(f64, Option<&Series>)> = Vec::new();
    for series in &panel.series {
        if let Some(last) = series.median.iter().rev().find(|value| value.is_finite()) {
            labels.push((scale.at(*last), Some(series)));
        }
    }
    if let Some(objective) = panel.objective {
        labels.push((scale.at(objective), None));
    }
    let wanted: Vec<f64> = labels.iter().map(|(y, _)| *y).collect();
    let gap = if labels.len() as f64 * 22.0 > space.tall() { 17.0 } else { 22.0 };
    let px = if gap < 20.0 { SMALL } else { LABEL };
    let places = labels::pack(&wanted, gap, space.top - 8.0, space.bottom + 6.0);
    for ((y, series), place) in labels.into_iter().zip(places) {
        let (ink, line) = match series.and_then(|series| series.look) {
            Some(look) => (palette::ink(look), palette::colour(look)),
            None => (palette::INK, palette::INK),
        };
        scene.line(
            vec![(space.right + 3.0, y), (space.right + 18.0, place)],
            palette::veil(line, 0.6),
            1,
            &[],
        );
        if let Some(look) = series.and_then(|series| series.look) {
            scene.marker((space.right + 26.0, place), 5.0, palette::marker(look), line);
        }
        let words = match series {
            Some(series) => label_words(series, px),
            None => objective_words(panel, panel.objective.unwrap_or_default()),
        };
        scene.words((space.right + 36.0, place), words, Type::new(px).ink(ink));
    }
}

/// The name of a line and its number; only the name is cut if there is no room for both.
fn label_words(series: &Series, px: f64) -> String {
    let gap = if series.note.is_empty() { "" } else { " " };
    let note = format!("{gap}{}", series.note);
    let room = LABELS_MAX - LABELS_PAD - font::room(&note, px, false);
    format!("{}{note}", font::shorten(&series.label, px, false, room))
}

fn objective_words(panel: &TimePanel, objective: f64) -> String {
    let shown = if panel.unit == "%" {
        format!("{} %", crate::number::percent_exact(objective))
    } else {
        format!("{} {}", crate::number::value(objective), panel.unit)
    };
    if !panel.objective_label.is_empty() {
        return panel.objective_label.clone();
    }
    fill(Key::Objective, &[("value", shown.trim())])
}

/// Room for marker and leader before a label.
const LABELS_PAD: f64 = 38.0;
/// No more than this goes to labels.
const LABELS_MAX: f64 = 420.0;

fn label_room(chart: &Timeline) -> f64 {
    let series = chart.panels.iter().flat_map(|panel| &panel.series).map(|series| label_words(series, LABEL));
    let objectives = chart
        .panels
        .iter()
        .filter_map(|panel| panel.objective.map(|objective| objective_words(panel, objective)));
    let widest = series.chain(objectives).map(|words| font::room(&words, LABEL, false)).fold(0.0, f64::max);
    (widest + LABELS_PAD).min(LABELS_MAX)
}
