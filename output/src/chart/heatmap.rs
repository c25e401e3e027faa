//! Blast radius: which capability failed when, one panel per arm over one time axis.
//!
//! Rows are in topological order, the user's edge on top; darker is worse. Below each panel a strip shows
//! what users saw. All panels share rows and time, so that a dark patch can be compared across arms.

use super::axis;
use super::frame::{Field, LABEL, SMALL};
use super::scale::{Scale, Units};
use crate::figure::{HeatPanel, HeatRow, Heatmap};
use crate::font;
use crate::number;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};
use crate::text::{Key, fill, say};

/// Shares are drawn in steps of this size, so that equal neighbours become one rectangle.
const STEPS: f64 = 20.0;
/// Space between panels.
const GAP: f64 = 26.0;

/// Draws the panels and the key.
pub fn draw(scene: &mut Scene, field: Field, chart: &Heatmap) {
    let names = row_names(chart);
    let widest = names.iter().map(|row| font::room(&row.name, LABEL, row.faulty)).fold(120.0, f64::max);
    let gutter = (widest + 12.0).min(320.0);
    let key_top = field.bottom - 34.0;
    key(scene, Field { top: key_top, ..field }, chart);

    let count = chart.panels.len().max(1);
    let bands = count.div_ceil(5).max(if count > 4 { 2 } else { 1 });
    let columns = count.div_ceil(bands);
    let wide = (field.wide() - gutter + GAP) / columns as f64 - GAP;
    let tall = (key_top - field.top) / bands as f64;
    for (index, panel) in chart.panels.iter().enumerate() {
        let (band, column) = (index / columns, index % columns);
        let left = field.left + gutter + (wide + GAP) * column as f64;
        let top = field.top + tall * band as f64;
        let space = Field { left, top, right: left + wide, bottom: top + tall - 6.0 };
        let parts = Parts::cut(space, bands > 1 || space.tall() < 560.0);
        if column == 0 {
            row_labels(scene, &parts, field.left, &names);
        }
        draw_panel(scene, &parts, chart, panel, &names);
    }
}

/// The fields of one panel, from top to bottom.
struct Parts {
    head: Field,
    cells: Field,
    success: Field,
}

impl Parts {
    fn cut(space: Field, compact: bool) -> Self {
        let (head, fault, strip, gap) =
            if compact { (42.0, 24.0, 32.0, 8.0) } else { (72.0, 30.0, 70.0, 10.0) };
        let foot = 28.0;
        let cells =
            Field { top: space.top + head + fault, bottom: space.bottom - foot - strip - gap, ..space };
        Parts {
            head: Field { bottom: space.top + head, ..space },
            cells,
            success: Field { top: cells.bottom + gap, bottom: space.bottom - foot, ..space },
        }
    }
}

/// Every row of any panel, in the order of first sight.
fn row_names(chart: &Heatmap) -> Vec<&HeatRow> {
    let mut names: Vec<&HeatRow> = Vec::new();
    for row in chart.panels.iter().flat_map(|panel| &panel.rows) {
        if !names.iter().any(|known| known.name == row.name) {
            names.push(row);
        }
    }
    names
}

fn row_labels(scene: &mut Scene, parts: &Parts, left: f64, names: &[&HeatRow]) {
    let step = parts.cells.tall() / names.len().max(1) as f64;
    let px = if step >= 20.0 { LABEL } else { SMALL };
    // Where rows are narrower than type, only every second or third is named, and always the faulty one.
    let every = (16.0 / step).ceil().max(1.0) as usize;
    let faulty = names.iter().position(|row| row.faulty);
    let shown = |index: usize| match faulty {
        Some(faulty) => index.abs_diff(faulty).is_multiple_of(every),
        None => index.is_multiple_of(every),
    };
    let right = parts.cells.left - 10.0;
    for (index, row) in names.iter().enumerate().filter(|(index, _)| shown(*index)) {
        let y = parts.cells.top + step * (index as f64 + 0.5);
        let label = font::shorten(&row.name, px, row.faulty, right - left);
        let ink = if row.optional && !row.faulty { palette::SOFT } else { palette::INK };
        scene.words((right, y), label, Type { bold: row.faulty, ..Type::new(px).ink(ink).at(Anchor::End) });
    }
    let middle = f64::midpoint(parts.success.top, parts.success.bottom);
    let look = Type::new(px).at(Anchor::End);
    if parts.success.tall() < 50.0 {
        scene.words((right, middle), say(Key::UserSuccess), look.bold());
    } else {
        scene.words((right, middle - 10.0), say(Key::UserSuccess), look.bold());
        let small = Type::new(SMALL).ink(palette::SOFT).at(Anchor::End);
        scene.words((right, middle + 12.0), say(Key::FromZero), small);
    }
}

fn draw_panel(scene: &mut Scene, parts: &Parts, chart: &Heatmap, panel: &HeatPanel, names: &[&HeatRow]) {
    let buckets = panel.rows.iter().map(|row| row.share.len()).max().unwrap_or(panel.success.len()).max(1);
    let time = Scale::linear(0.0, buckets as f64 * chart.bucket_secs, parts.cells.left, parts.cells.right);
    head(scene, parts.head, panel);
    axis::fault_name(scene, parts.cells, &time, chart.fault, &chart.fault_label);
    let step = parts.cells.tall() / names.len().max(1) as f64;
    for (index, name) in names.iter().enumerate() {
        let top = parts.cells.top + step * index as f64;
        let space = Field { top, bottom: top + step, ..parts.cells };
        match panel.rows.iter().find(|row| row.name == name.name) {
            Some(row) => cells(scene, space, &time, chart.bucket_secs, &row.share),
            None => scene.fill((space.left, space.top), (space.right, space.bottom), palette::NOTHING),
        }
        if index > 0 {
            scene.line(vec![(space.left, top), (space.right, top)], palette::GRID, 1, &[]);
        }
    }
    let corner = (parts.cells.left, parts.cells.top);
    scene.outline(corner, (parts.cells.right, parts.cells.bottom), palette::SOFT, 1);
    for (index, _) in names.iter().enumerate().filter(|(_, row)| row.faulty) {
        let (start, end) = chart.fault.unwrap_or((0.0, buckets as f64 * chart.bucket_secs));
        let top = parts.cells.top + step * index as f64;
        // A white line beside the black one keeps the frame visible on black cells.
        scene.outline((time.at(start), top), (time.at(end), top + step), palette::PAPER, 4);
        scene.outline((time.at(start), top), (time.at(end), top + step), palette::INK, 2);
    }
    success(scene, parts.success, chart, panel, &time);
}

/// The arm, and how much its users lost, as words and as a bar.
fn head(scene: &mut Scene, space: Field, panel: &HeatPanel) {
    let compact = space.tall() < 60.0;
    let px = if compact { SMALL } else { 20.0 };
    let y = space.top + px * 0.6;
    scene.marker((space.left + 7.0, y), 6.0, palette::marker(panel.look), palette::colour(panel.look));
    let title = font::shorten(&panel.arm, px, true, space.wide() - 20.0);
    scene.words((space.left + 20.0, y), title, Type::new(px).bold().ink(palette::ink(panel.look)));

    let (failing, journeys) = panel.failing_journeys;
    let counts = [
        ("share", number::percent(panel.lost_share)),
        ("failing", failing.to_string()),
        ("journeys", journeys.to_string()),
    ];
    let said = |key| fill(key, &counts.each_ref().map(|(name, value)| (*name, value.as_str())));
    let fits = |words: &String, size| font::room(words, size, false) <= space.wide();
    let size = px.min(LABEL);
    // Rather a size smaller than a word less, and rather fewer words than half of one.
    let forms = [(Key::RequestsLost, size), (Key::RequestsLost, SMALL), (Key::LostAndFailing, SMALL)];
    let fitting =
        forms.into_iter().map(|(key, size)| (said(key), size)).find(|(words, size)| fits(words, *size));
    let (words, size) = fitting.filter(|_| !compact).unwrap_or_else(|| (said(Key::Lost), size));
    let y = if compact { space.top + 30.0 } else { space.top + 36.0 };
    scene.words((space.left, y), words.as_str(), Type::new(size));
    // The bar stands below the words, or beside them where height is dear.
    let from = if compact { (space.left + 96.0, y - 4.0) } else { (space.left, y + 16.0) };
    let wide = space.right - from.0;
    scene.fill(from, (space.right, from.1 + 8.0), palette::NOTHING);
    scene.fill(from, (from.0 + wide * panel.lost_share.clamp(0.0, 1.0), from.1 + 8.0), palette::INK);
}

/// One row of cells, equal neighbours as one rectangle; white is left to the paper.
fn cells(scene: &mut Scene, space: Field, time: &Scale, bucket_secs: f64, row: &[Option<f64>]) {
    let levels: Vec<Option<i32>> =
        row.iter().map(|share| share.map(|share| (share.clamp(0.0, 1.0) * STEPS).round() as i32)).collect();
    let mut start = 0;
    for equal in levels.chunk_by(|a, b| a == b) {
        let end = start + equal.len();
        let from = (time.at(start as f64 * bucket_secs), space.top);
        let to = (time.at(end as f64 * bucket_secs), space.bottom);
        match equal[0] {
            None => scene.fill(from, to, palette::NOTHING),
            Some(0) => {}
            Some(step) => scene.fill(from, to, palette::error_ramp(f64::from(step) / STEPS)),
        }
        start = end;
    }
}

/// What users saw: success over time as a filled curve from 0 to 100 %.
fn success(scene: &mut Scene, space: Field, chart: &Heatmap, panel: &HeatPanel, time: &Scale) {
    let height = Scale::linear(0.0, 1.0, space.bottom, space.top).units(Units::Percent);
    axis::fault(scene, space, time, chart.fault);
    let line: Vec<_> = panel
        .success
        .iter()
        .enumerate()
        .flat_map(|(bucket, share)| {
            let start = bucket as f64 * chart.bucket_secs;
            [(time.at(start), height.at(*share)), (time.at(start + chart.bucket_secs), height.at(*share))]
        })
        .collect();
    if let (Some(first), Some(last)) = (line.first(), line.last()) {
        let mut area = line.clone();
        area.extend([(last.0, space.bottom), (first.0, space.bottom)]);
        scene.area(area, palette::veil(palette::colour(panel.look), 0.25));
    }
    scene.line(line, palette::colour(panel.look), 2, &[]);
    scene.outline((space.left, space.top), (space.right, space.bottom), palette::SOFT, 1);
    axis::time(scene, space, time);
}

/// What the shades mean.
fn key(scene: &mut Scene, space: Field, chart: &Heatmap) {
    let y = space.top + 20.0;
    let mut x = space.left;
    let look = Type::new(SMALL);
    let words = |scene: &mut Scene, x: &mut f64, text: &str| {
        scene.words((*x, y), text, look);
        *x += font::room(text, SMALL, false) + 10.0;
    };
    words(scene, &mut x, say(Key::ErrorShare));
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let (from, to) = ((x, y - 9.0), (x + 26.0, y + 9.0));
        scene.fill(from, to, palette::error_ramp(share));
        scene.outline(from, to, palette::SOFT, 1);
        x += 32.0;
        words(scene, &mut x, &format!("{} %", number::percent(share)));
    }
    x += 16.0;
    let (from, to) = ((x, y - 9.0), (x + 26.0, y + 9.0));
    scene.fill(from, to, palette::NOTHING);
    x += 32.0;
    words(scene, &mut x, say(Key::NoCalls));
    if chart.panels.iter().flat_map(|panel| &panel.rows).any(|row| row.faulty) {
        x += 16.0;
        scene.outline((x, y - 9.0), (x + 26.0, y + 9.0), palette::INK, 2);
        x += 32.0;
        words(scene, &mut x, say(Key::FaultHere));
    }
    let grey = say(Key::GreyIsOptional);
    let fits = x + 16.0 + font::room(grey, SMALL, false) <= space.right;
    if fits && chart.panels.iter().flat_map(|panel| &panel.rows).any(|row| row.optional) {
        scene.words((x + 16.0, y), grey, look.ink(palette::SOFT));
    }
}
