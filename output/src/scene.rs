//! A drawing as a list of marks, and the one function that puts it on any plotters back-end.
//!
//! Charts are laid out once, in pixels, as plain marks; SVG and PNG are two back-ends behind the same
//! [`Scene::draw`]. That keeps layout testable without a renderer, and both pictures the same.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use crate::font;
use crate::palette::{self, Marker};

/// A place in pixels, from the upper left corner.
pub type Point = (f64, f64);

/// Plotters' coordinates are whole numbers; at ten of them to a pixel, curves stay round.
pub const FINE: f64 = 10.0;

/// Plotters' nominal text size for one pixel per em (its SVG back-end divides by this).
pub const NOMINAL: f64 = 1.24;

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
}

/// How words look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Type {
    /// Pixels per em.
    pub px: f64,
    /// Semi-bold.
    pub bold: bool,
    /// Colour.
    pub ink: plotters::style::RGBColor,
    /// Which end stands at the place.
    pub anchor: Anchor,
}

impl Type {
    /// Regular dark text that begins at its place.
    pub const fn new(px: f64) -> Self {
        Type { px, bold: false, ink: palette::INK, anchor: Anchor::Start }
    }

    /// The same in semi-bold.
    pub const fn bold(self) -> Self {
        Type { bold: true, ..self }
    }

    /// The same in another colour.
    pub const fn ink(self, ink: plotters::style::RGBColor) -> Self {
        Type { ink, ..self }
    }

    /// The same, anchored elsewhere.
    pub const fn at(self, anchor: Anchor) -> Self {
        Type { anchor, ..self }
    }
}

/// One thing drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A filled rectangle: upper left and lower right corner.
    Box {
        /// Upper left corner.
        from: Point,
        /// Lower right corner.
        to: Point,
        /// Fill.
        fill: RGBAColor,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Fill.
        fill: RGBAColor,
    },
    /// A line through points.
    Line {
        /// Its points.
        points: Vec<Point>,
        /// Colour.
        ink: RGBAColor,
        /// Width in pixels.
        width: u32,
        /// Dashes and gaps in pixels; empty is solid.
        dash: &'static [f64],
    },
    /// A filled circle.
    Dot {
        /// Centre.
        at: Point,
        /// Radius in pixels.
        radius: f64,
        /// Fill.
        fill: RGBAColor,
    },
    /// Words; the place is the middle of the lower-case letters' height.
    Words {
        /// Where.
        at: Point,
        /// What.
        text: String,
        /// How.
        look: Type,
    },
}

/// A drawing: its size in pixels and its marks, the first at the bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// What is drawn, in painting order.
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty sheet of paper.
    pub fn new(width: f64, height: f64) -> Self {
        let paper = Mark::Box { from: (0.0, 0.0), to: (width, height), fill: palette::PAPER.to_rgba() };
        Scene { width, height, marks: vec![paper] }
    }

    /// Adds a filled rectangle.
    pub fn fill(&mut self, from: Point, to: Point, fill: impl Color) {
        self.marks.push(Mark::Box { from, to, fill: fill.to_rgba() });
    }

    /// Adds a rectangle's outline.
    pub fn outline(&mut self, from: Point, to: Point, ink: impl Color, width: u32) {
        self.line(vec![from, (to.0, from.1), to, (from.0, to.1), from], ink, width, &[]);
    }

    /// Adds a filled polygon.
    pub fn area(&mut self, points: Vec<Point>, fill: impl Color) {
        self.marks.push(Mark::Area { points, fill: fill.to_rgba() });
    }

    /// Adds a line.
    pub fn line(&mut self, points: Vec<Point>, ink: impl Color, width: u32, dash: &'static [f64]) {
        self.marks.push(Mark::Line { points, ink: ink.to_rgba(), width, dash });
    }

    /// Adds a filled circle.
    pub fn dot(&mut self, at: Point, radius: f64, fill: impl Color) {
        self.marks.push(Mark::Dot { at, radius, fill: fill.to_rgba() });
    }

    /// Adds a marker.
    pub fn marker(&mut self, at: Point, radius: f64, shape: Marker, fill: impl Color) {
        let (x, y) = at;
        match shape {
            Marker::Circle => self.dot(at, radius, fill),
            Marker::Diamond => {
                let r = radius * 1.25;
                self.area(vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)], fill);
            }
            Marker::Triangle => {
                let r = radius * 1.2;
                self.area(vec![(x, y - r), (x + r, y + r * 0.8), (x - r, y + r * 0.8)], fill);
            }
        }
    }

    /// Adds words.
    pub fn words(&mut self, at: Point, text: impl Into<String>, look: Type) {
        self.marks.push(Mark::Words { at, text: text.into(), look });
    }

    /// Width and height in plotters' coordinates.
    pub fn fine_size(&self) -> (u32, u32) {
        ((self.width * FINE) as u32, (self.height * FINE) as u32)
    }

    /// Draws the marks on a plotters drawing area of [`fine_size`](Self::fine_size).
    pub fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        for mark in &self.marks {
            match mark {
                Mark::Box { from, to, fill } => {
                    area.draw(&Rectangle::new([fine(whole(*from)), fine(whole(*to))], fill.filled()))?;
                }
                Mark::Area { points, fill } => {
                    area.draw(&Polygon::new(points.iter().copied().map(fine).collect::<Vec<_>>(), *fill))?;
                }
                Mark::Line { points, ink, width, dash } => {
                    let style = ShapeStyle { color: *ink, filled: false, stroke_width: *width * FINE as u32 };
                    for piece in dashes(&sharp(points, *width), dash) {
                        let corners: Vec<_> = piece.into_iter().map(fine).collect();
                        area.draw(&PathElement::new(corners, style))?;
                    }
                }
                Mark::Dot { at, radius, fill } => {
                    area.draw(&Circle::new(fine(*at), (radius * FINE) as i32, fill.filled()))?;
                }
                Mark::Words { at, text, look } => {
                    area.draw(&Text::new(text.as_str(), fine(*at), text_style(look)))?;
                }
            }
        }
        Ok(())
    }
}

fn fine((x, y): Point) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

fn whole((x, y): Point) -> Point {
    (x.round(), y.round())
}

/// Level and upright lines are moved onto whole pixels, so that no renderer blurs them.
fn sharp(points: &[Point], width: u32) -> Vec<Point> {
    let Some(first) = points.first() else { return Vec::new() };
    let level = points.iter().all(|point| (point.1 - first.1).abs() < 0.01);
    let upright = points.iter().all(|point| (point.0 - first.0).abs() < 0.01);
    let boxed = points.len() == 5 && points[0] == points[4];
    if !(level || upright || boxed) {
        return points.to_vec();
    }
    let shift = if width % 2 == 1 { 0.5 } else { 0.0 };
    points.iter().map(|(x, y)| (x.round() + shift, y.round() + shift)).collect()
}

fn text_style(look: &Type) -> TextStyle<'_> {
    let weight = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
    let side = match look.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = FontDesc::new(FontFamily::Name(font::FAMILY), look.px * FINE * NOMINAL, weight);
    TextStyle::from(font).color(&look.ink).pos(Pos::new(side, VPos::Center))
}

/// `points` cut into the pieces that a dash pattern leaves visible; an empty pattern leaves all.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    if pattern.is_empty() || points.len() < 2 {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut step, mut left) = (0, pattern[0]);
    let mut piece = vec![points[0]];
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = (to.0 - from.0).hypot(to.1 - from.1);
        while rest > left {
            let part = left / rest;
            from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            rest -= left;
            piece.push(from);
            if step % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            step = (step + 1) % pattern.len();
            left = pattern[step];
            piece = vec![from];
        }
        left -= rest;
        piece.push(to);
    }
    if step % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_of_a_line_round_corners() {
        let pieces = dashes(&[(0.0, 0.0), (55.0, 0.0), (55.0, 45.0)], &[6.0, 4.0]);
        let drawn: f64 = pieces
            .iter()
            .flat_map(|piece| piece.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)))
            .sum();
        assert!((drawn - 60.0).abs() < 1e-9, "{drawn}");
        assert_eq!(pieces.len(), 10);
    }

    #[test]
    fn a_solid_line_is_one_piece() {
        assert_eq!(dashes(&[(0.0, 0.0), (9.0, 0.0)], &[]).len(), 1);
    }
}
