//! The charts: each lays out its data as a [`Scene`] of 1600 × 900 pixels, inside a common frame.

mod frame;

use crate::figure::Figure;
use crate::scene::Scene;

/// The figure laid out.
pub fn scene(figure: &Figure) -> Scene {
    let (mut scene, body) = frame::sheet(figure);
    for (line, number) in figure.key_numbers.iter().enumerate() {
        scene.words((body.left, body.top + 40.0 * line as f64 + 30.0), number, crate::scene::Type::new(24.0));
    }
    scene
}
