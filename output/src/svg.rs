//! Figures as SVG: plotters' vector back-end, with the words a screen reader needs.

use std::fmt::Write as _;

use plotters::prelude::{IntoDrawingArea, SVGBackend};

use crate::chart;
use crate::figure::Figure;
use crate::scene::Scene;

/// The figure as a self-contained SVG document of 1600 × 900 pixels.
pub fn svg(figure: &Figure) -> String {
    let scene = chart::scene(figure);
    let plain = draw(&scene);
    describe(&plain, figure)
}

fn draw(scene: &Scene) -> String {
    let mut text = String::new();
    let area =
        SVGBackend::with_string(&mut text, (scene.width as u32, scene.height as u32)).into_drawing_area();
    scene.draw(&area).and_then(|()| area.present()).expect("a string takes every mark");
    drop(area);
    text
}

/// Adds role, title and description behind the root tag, and drops attributes that say the default.
fn describe(plain: &str, figure: &Figure) -> String {
    let Some((root, body)) = plain.split_once('>') else { return plain.to_owned() };
    let id = escape(&figure.id);
    let mut text = format!(
        "{root} role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" stroke-linejoin=\"round\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}",
        escape(&figure.title),
        escape(&figure.alt)
    );
    for number in &figure.key_numbers {
        let _ = write!(text, " {}", escape(&sentence(number)));
    }
    text.push_str("</desc>");
    text.push_str(
        &body.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace("\n</text>", "</text>"),
    );
    text
}

/// `text` with a full stop, unless it ends in one.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
