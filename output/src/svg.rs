//! Figures as SVG: plotters' vector back-end, with the words a screen reader needs.

use std::fmt::Write as _;

use plotters::prelude::{IntoDrawingArea, SVGBackend};

use crate::chart::{self, Sheet};
use crate::figure::Figure;
use crate::scene::Scene;

/// The figure as a self-contained SVG document of 1600 × 900 pixels.
pub fn svg(figure: &Figure) -> String {
    on(figure, Sheet::Slide)
}

/// The figure as an SVG document of 1200 × 630 pixels, the size of a picture in a README or of a link's preview.
pub fn svg_card(figure: &Figure) -> String {
    on(figure, Sheet::Card)
}

fn on(figure: &Figure, sheet: Sheet) -> String {
    let scene = chart::scene(figure, sheet);
    let plain = draw(&scene);
    describe(&plain, &scene, figure)
}

fn draw(scene: &Scene) -> String {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, scene.fine_size()).into_drawing_area();
    scene.draw(&area).and_then(|()| area.present()).expect("a string takes every mark");
    drop(area);
    text
}

/// Adds role, title and description behind the root tag, and drops attributes that say the default.
fn describe(plain: &str, scene: &Scene, figure: &Figure) -> String {
    let Some((_, body)) = plain.split_once('>') else { return plain.to_owned() };
    let id = escape(&figure.id);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" \
         role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" stroke-linejoin=\"round\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}",
        scene.width,
        scene.height,
        scene.fine_size().0,
        scene.fine_size().1,
        escape(&figure.title),
        escape(&sentence(&figure.alt))
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
