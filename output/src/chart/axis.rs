//! Axes, grid lines and the fault band, the same in every chart.

use super::frame::{Field, SMALL};
use super::scale::Scale;
use crate::font;
use crate::palette;
use crate::scene::{Anchor, Scene, Type};

/// Draws time ticks below `field`; the last one carries the unit.
pub fn time(scene: &mut Scene, field: Field, scale: &Scale) {
    let count = (field.wide() / 80.0).clamp(2.0, 10.0) as usize;
    let ticks = scale.ticks(count);
    let last = ticks.len().saturating_sub(1);
    for (index, (value, words)) in ticks.into_iter().enumerate() {
        let x = scale.at(value);
        scene.line(vec![(x, field.bottom), (x, field.bottom + 5.0)], palette::SOFT, 1, &[]);
        let words = if index == last { format!("{words} s") } else { words };
        let look = Type::new(SMALL).ink(palette::SOFT);
        // At the field's end the words end there too, so that they stay clear of a panel beside it.
        let (x, anchor) =
            if x > field.right - 8.0 { (field.right + 6.0, Anchor::End) } else { (x, Anchor::Middle) };
        scene.words((x, field.bottom + 17.0), words, look.at(anchor));
    }
}

/// Draws horizontal grid lines over `field` and their values left of it.
pub fn values(scene: &mut Scene, field: Field, scale: &Scale, unit: &str) {
    let count = (field.tall() / 34.0).clamp(2.0, 8.0) as usize;
    for (value, words) in scale.ticks(count) {
        let y = scale.at(value);
        scene.line(vec![(field.left, y), (field.right, y)], palette::GRID, 1, &[]);
        let look = Type::new(SMALL).ink(palette::SOFT).at(Anchor::End);
        scene.words((field.left - 8.0, y), format!("{words}{unit}"), look);
    }
}

/// The room that the values of [`values`] need.
pub fn gutter(field_tall: f64, scale: &Scale, unit: &str) -> f64 {
    let count = (field_tall / 34.0).clamp(2.0, 8.0) as usize;
    let widest =
        scale.ticks(count).into_iter().map(|(_, words)| font::room(&format!("{words}{unit}"), SMALL, false));
    widest.fold(0.0, f64::max) + 14.0
}

/// Draws the grey band of the fault over `field`.
pub fn fault(scene: &mut Scene, field: Field, scale: &Scale, fault: Option<(f64, f64)>) {
    if let Some((start, end)) = fault {
        let from = (scale.at(start), field.top);
        scene.fill(from, (scale.at(end), field.bottom), palette::veil(palette::INK, 0.10));
    }
}

/// Names the fault above its band, as near to its middle as the field allows.
pub fn fault_name(scene: &mut Scene, field: Field, scale: &Scale, span: Option<(f64, f64)>, name: &str) {
    let Some((start, end)) = span else { return };
    let (from, to) = (scale.at(start), scale.at(end));
    let y = field.top - 5.0;
    scene.line(vec![(from, y), (to, y)], palette::INK, 2, &[]);
    let words = font::shorten(name, SMALL, false, field.wide());
    let half = font::room(&words, SMALL, false) / 2.0;
    let x = f64::midpoint(from, to).clamp(field.left + half, (field.right - half).max(field.left + half));
    scene.words((x, y - 12.0), words, Type::new(SMALL).at(Anchor::Middle));
}
