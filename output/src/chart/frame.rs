//! What all charts share: paper, the finding as title, the measure as subtitle, the origin as footer.

use crate::figure::Figure;
use crate::font;
use crate::palette;
use crate::scene::{Scene, Type};

/// Size of every chart: a 16 : 9 slide.
pub const SIZE: (f64, f64) = (1600.0, 900.0);
/// Free space at the left and right edge.
const SIDE: f64 = 48.0;
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
pub fn sheet(figure: &Figure) -> (Scene, Field) {
    let mut scene = Scene::new(SIZE.0, SIZE.1);
    let wide = SIZE.0 - 2.0 * SIDE;
    let (px, lines) = title_lines(&figure.title, wide);
    let mut y = 26.0;
    for line in lines {
        y += px * 0.62;
        scene.words((SIDE, y), line, Type::new(px).bold());
        y += px * 0.62;
    }
    for line in font::wrap(&figure.subtitle, 20.0, false, wide, 2) {
        y += 16.0;
        scene.words((SIDE, y), line, Type::new(20.0).ink(palette::SOFT));
        y += 12.0;
    }
    let footer = font::shorten(&figure.footer, SMALL, false, wide);
    scene.words((SIDE, SIZE.1 - 24.0), footer, Type::new(SMALL).ink(palette::SOFT));
    (scene, Field { left: SIDE, top: y + 16.0, right: SIZE.0 - SIDE, bottom: SIZE.1 - 48.0 })
}

/// The largest type in which the title needs at most two lines.
fn title_lines(title: &str, wide: f64) -> (f64, Vec<String>) {
    for px in [36.0, 32.0] {
        if font::wrap(title, px, true, wide, 9).len() <= 2 {
            return (px, font::wrap_evenly(title, px, true, wide, 2));
        }
    }
    (28.0, font::wrap(title, 28.0, true, wide, 3))
}
