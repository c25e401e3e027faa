//! What all charts share: paper, the finding as title, the measure as subtitle, the origin as footer.

use crate::figure::Figure;
use crate::font;
use crate::palette;
use crate::scene::{Scene, Type};

/// What a chart is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// A 16 : 9 slide, 1600 × 900.
    Slide,
    /// A card of 1200 × 630, as pages show it that link to another one. It carries no footer.
    Card,
}

impl Sheet {
    const fn size(self) -> (f64, f64) {
        match self {
            Sheet::Slide => (1600.0, 900.0),
            Sheet::Card => (1200.0, 630.0),
        }
    }

    /// Free space at the left and right edge.
    const fn side(self) -> f64 {
        match self {
            Sheet::Slide => 48.0,
            Sheet::Card => 28.0,
        }
    }

    /// Sizes of type for a title, the largest first; the last may need three lines.
    const fn title_px(self) -> [f64; 3] {
        match self {
            Sheet::Slide => [36.0, 32.0, 28.0],
            Sheet::Card => [28.0, 26.0, 24.0],
        }
    }
}

/// Type size of ordinary labels; no label is smaller than [`SMALL`].
pub const LABEL: f64 = 18.0;
/// The smallest type on a slide.
pub const SMALL: f64 = 16.0;

/// A rectangle of the sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Field {
    /// Its width.
    pub fn wide(&self) -> f64 {
        self.right - self.left
    }

    /// Its height.
    pub fn tall(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A sheet with title, subtitle and footer, and the field that is left for the chart.
pub fn sheet(figure: &Figure, sheet: Sheet) -> (Scene, Field) {
    let ((width, height), side) = (sheet.size(), sheet.side());
    let mut scene = Scene::new(width, height);
    let wide = width - 2.0 * side;
    let (px, lines) = title_lines(&figure.title, wide, sheet);
    let is_card = sheet == Sheet::Card;
    let mut y = if is_card { 14.0 } else { 26.0 };
    for line in lines {
        y += px * 0.62;
        scene.words((side, y), line, Type::new(px).bold());
        y += px * 0.62;
    }
    let (px, most) = if is_card { (SMALL, 1) } else { (20.0, 2) };
    for line in font::wrap_evenly(&figure.subtitle, px, false, wide, most) {
        y += px * 0.8;
        scene.words((side, y), line, Type::new(px).ink(palette::SOFT));
        y += px * 0.6;
    }
    if is_card {
        return (scene, Field { left: side, top: y + 10.0, right: width - side, bottom: height - 8.0 });
    }
    let footer = font::shorten(&figure.footer, SMALL, false, wide);
    scene.words((side, height - 24.0), footer, Type::new(SMALL).ink(palette::SOFT));
    (scene, Field { left: side, top: y + 16.0, right: width - side, bottom: height - 48.0 })
}

/// The largest type in which the title needs at most two lines.
fn title_lines(title: &str, wide: f64, sheet: Sheet) -> (f64, Vec<String>) {
    let [large, medium, small] = sheet.title_px();
    for px in [large, medium] {
        if font::wrap(title, px, true, wide, 9).len() <= 2 {
            return (px, font::wrap_evenly(title, px, true, wide, 2));
        }
    }
    (small, font::wrap_evenly(title, small, true, wide, 3))
}
