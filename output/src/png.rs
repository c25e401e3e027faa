//! Figures as PNG: plotters' bitmap back-end, with smooth edges and the carried font.
//!
//! Plotters' own rasteriser leaves stair-steps on slanted lines and puts each glyph on a whole pixel, which
//! sets text loosely. [`Smooth`] stands before it and draws paths, areas and glyphs by their exact pixel
//! coverage instead; everything else passes through.

use ab_glyph::{Font, PxScale, point};
use ab_glyph_rasterizer::Rasterizer;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea};
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};

use crate::chart::{self, Sheet};
use crate::figure::Figure;
use crate::font;
use crate::scene::{FINE, NOMINAL, Point, Scene};

/// Half the height of a lower-case letter in the carried font, in em.
const HALF_X_HEIGHT: f64 = 0.273;

/// The figure as a PNG file of 1600 × 900 pixels.
pub fn png(figure: &Figure) -> Vec<u8> {
    on(figure, Sheet::Slide)
}

/// The figure as a PNG file of 1200 × 630 pixels, the size of a picture in a README or of a link's preview.
pub fn png_card(figure: &Figure) -> Vec<u8> {
    on(figure, Sheet::Card)
}

fn on(figure: &Figure, sheet: Sheet) -> Vec<u8> {
    let scene = chart::scene(figure, sheet);
    let pixels = paint(&scene);
    encode(&pixels, scene.width as u32, scene.height as u32)
}

fn paint(scene: &Scene) -> Vec<u8> {
    let (width, height) = (scene.width as u32, scene.height as u32);
    let mut pixels = vec![0xFF; (width * height * 3) as usize];
    let area = Smooth(BitMapBackend::with_buffer(&mut pixels, (width, height))).into_drawing_area();
    scene.draw(&area).and_then(|()| area.present()).expect("a buffer in memory takes every mark");
    drop(area);
    pixels
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("the header fits into memory");
    writer.write_image_data(pixels).expect("the buffer has the size the header states");
    writer.finish().expect("the end mark fits into memory");
    file
}

/// A bitmap back-end that takes fine coordinates and blends edges by coverage.
struct Smooth<'a>(BitMapBackend<'a>);

type Drawn<'a> = Result<(), DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

impl<'a> Smooth<'a> {
    /// Fills the union of closed outlines, all of the same winding.
    fn cover(&mut self, outlines: &[Vec<Point>], color: BackendColor) -> Drawn<'a> {
        let corners = outlines.iter().flatten();
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for (x, y) in corners {
            low = (low.0.min(*x), low.1.min(*y));
            high = (high.0.max(*x), high.1.max(*y));
        }
        let (left, top) = (low.0.floor(), low.1.floor());
        let (wide, tall) = (high.0.ceil() - left + 1.0, high.1.ceil() - top + 1.0);
        if !(1.0..=1e4).contains(&wide) || !(1.0..=1e4).contains(&tall) {
            return Ok(());
        }
        let mut sheet = Rasterizer::new(wide as usize, tall as usize);
        let local = |(x, y): Point| point((x - left) as f32, (y - top) as f32);
        for outline in outlines {
            for (index, corner) in outline.iter().enumerate() {
                sheet.draw_line(local(*corner), local(outline[(index + 1) % outline.len()]));
            }
        }
        let mut covered = Vec::new();
        sheet.for_each_pixel_2d(|x, y, coverage| {
            if coverage > 0.003 {
                covered.push((x as i32 + left as i32, y as i32 + top as i32, coverage));
            }
        });
        for (x, y, coverage) in covered {
            self.blend((x, y), color, f64::from(coverage.min(1.0)))?;
        }
        Ok(())
    }

    fn blend(&mut self, at: BackendCoord, color: BackendColor, coverage: f64) -> Drawn<'a> {
        let (width, height) = self.0.get_size();
        if at.0 < 0 || at.1 < 0 || at.0 >= width as i32 || at.1 >= height as i32 {
            return Ok(());
        }
        self.0.draw_pixel(at, BackendColor { alpha: color.alpha * coverage, ..color })
    }
}

impl<'a> DrawingBackend for Smooth<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.0.get_size();
        (width * FINE as u32, height * FINE as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn<'a> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<'a> {
        self.0.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn<'a> {
        self.0.draw_pixel(at, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        let whole = |(x, y): BackendCoord| ((f64::from(x) / FINE) as i32, (f64::from(y) / FINE) as i32);
        self.0.draw_rect(whole(from), whole(to), style, fill)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn<'a> {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<'a> {
        let points: Vec<Point> = path.into_iter().map(pixel).collect();
        self.cover(&stroke(&points, f64::from(style.stroke_width()) / FINE), style.color())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<'a> {
        self.cover(&[path.into_iter().map(pixel).collect()], style.color())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        at: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn<'a> {
        let outline = disc(pixel(at), f64::from(radius) / FINE);
        let outlines =
            if fill { vec![outline] } else { stroke(&outline, f64::from(style.stroke_width()) / FINE) };
        self.cover(&outlines, style.color())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn<'a> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let em = style.size() / NOMINAL / FINE;
        let face = font::carried(bold);
        let wide = font::width(text, em, bold);
        let (left, middle) = pixel(at);
        let mut x = left
            - match style.anchor().h_pos {
                HPos::Left => 0.0,
                HPos::Center => wide / 2.0,
                HPos::Right => wide,
            };
        let baseline = middle + HALF_X_HEIGHT * em;
        let units = f64::from(face.units_per_em().unwrap_or(1000.0));
        let scale = PxScale::from((em * f64::from(face.height_unscaled()) / units) as f32);
        for letter in text.chars() {
            let id = face.glyph_id(letter);
            let glyph = id.with_scale_and_position(scale, point(x as f32, baseline as f32));
            x += f64::from(face.h_advance_unscaled(id)) / units * em;
            let Some(outline) = face.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let mut covered = Vec::new();
            outline.draw(|dx, dy, coverage| {
                covered.push((corner.x as i32 + dx as i32, corner.y as i32 + dy as i32, coverage));
            });
            for (px, py, coverage) in covered {
                self.blend((px, py), style.color(), f64::from(coverage.clamp(0.0, 1.0)))?;
            }
        }
        Ok(())
    }
}

fn pixel((x, y): BackendCoord) -> Point {
    (f64::from(x) / FINE, f64::from(y) / FINE)
}

/// The outlines, all of one winding, whose union is a line of `width` with round joints.
fn stroke(points: &[Point], width: f64) -> Vec<Vec<Point>> {
    let half = width / 2.0;
    let mut outlines = Vec::new();
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        if length == 0.0 {
            continue;
        }
        let (nx, ny) = (-(y1 - y0) / length * half, (x1 - x0) / length * half);
        outlines.push(vec![(x0 + nx, y0 + ny), (x0 - nx, y0 - ny), (x1 - nx, y1 - ny), (x1 + nx, y1 + ny)]);
    }
    if width > 1.0 && points.len() > 2 {
        outlines.extend(points[1..points.len() - 1].iter().map(|joint| disc(*joint, half)));
    }
    outlines
}

/// A circle as a polygon, of the same winding as the quads of [`stroke`].
fn disc((x, y): Point, radius: f64) -> Vec<Point> {
    let sides = if radius < 3.0 { 12 } else { 32 };
    (0..sides)
        .map(|side| {
            let angle = f64::from(side) / f64::from(sides) * std::f64::consts::TAU;
            (x + radius * libm::cos(angle), y + radius * libm::sin(angle))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette;
    use crate::scene::Type;

    fn dark(pixels: &[u8], x: u32, y: u32, width: u32) -> f64 {
        1.0 - f64::from(pixels[((y * width + x) * 3) as usize]) / 255.0
    }

    #[test]
    fn straight_lines_are_sharp_and_slanted_ones_smooth() {
        let mut scene = Scene::new(40.0, 40.0);
        scene.line(vec![(5.0, 20.0), (35.0, 20.0)], palette::INK, 1, &[]);
        scene.line(vec![(5.0, 2.0), (35.0, 9.0)], palette::INK, 2, &[]);
        let pixels = paint(&scene);
        assert!(dark(&pixels, 20, 20, 40) > 0.85 && dark(&pixels, 20, 19, 40) < 0.01);
        let shades = (0..14).filter(|y| (0.1..0.8).contains(&dark(&pixels, 20, *y, 40))).count();
        assert!(shades >= 1, "a slanted line has partly covered pixels");
    }

    #[test]
    fn the_joints_of_a_line_are_drawn_once() {
        let mut scene = Scene::new(60.0, 60.0);
        let half = palette::veil(palette::INK, 0.5);
        scene.line(vec![(5.0, 50.0), (30.0, 10.0), (55.0, 50.0)], half, 9, &[]);
        let pixels = paint(&scene);
        let darkest =
            (0..60).flat_map(|y| (0..60).map(move |x| (x, y))).map(|(x, y)| dark(&pixels, x, y, 60));
        assert!(darkest.fold(0.0, f64::max) < 0.5, "a half-transparent line is nowhere darker than half");
        assert!(dark(&pixels, 30, 11, 60) > 0.4, "and not lighter at its joints");
    }

    #[test]
    fn rectangles_that_touch_leave_no_gap() {
        let mut scene = Scene::new(30.0, 10.0);
        scene.fill((0.0, 0.0), (15.0, 10.0), palette::INK);
        scene.fill((15.0, 0.0), (30.0, 10.0), palette::INK);
        let pixels = paint(&scene);
        assert!((0..30).all(|x| dark(&pixels, x, 5, 30) > 0.85));
    }

    #[test]
    fn words_need_no_font_on_the_machine() {
        let mut scene = Scene::new(120.0, 40.0);
        scene.words((5.0, 20.0), "p99 ≥ 1 s", Type::new(20.0));
        assert!(paint(&scene).iter().any(|channel| *channel < 0x40));
    }
}
