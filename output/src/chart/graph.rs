//! The dependency graph at several moments, with the same layout in every panel.
//!
//! Calls run from left to right, one layer a column. A node's fill is the share of its calls without a useful answer, its ring how full its
//! threads are; an edge's width grows with the root of its rate, and edges on which calls fail are dashed.

use plotters::style::RGBColor;

use super::frame::{Field, LABEL, SMALL};
use super::layers;
use crate::figure::{Graph, GraphNode, GraphPanel};
use crate::font;
use crate::number;
use crate::palette::{self, Marker};
use crate::scene::{Point, Scene, Type};
use crate::text::{Key, say};

/// Error share from which an edge counts as failing.
const FAILING: f64 = 0.02;
/// Error share from which a node is drawn as a diamond.
const SICK: f64 = 0.5;
/// Edges on which nothing fails.
const CALM: RGBColor = RGBColor(0xB4, 0xB4, 0xB4);
/// Dashes of failing edges.
const DASH_ERROR: &[f64] = &[8.0, 5.0];

/// Draws the panels and the key.
pub fn draw(scene: &mut Scene, field: Field, chart: &Graph) {
    let key_top = field.bottom - 36.0;
    key(scene, Field { top: key_top, ..field });
    let order = layers::order(chart);
    let count = chart.panels.len().max(1);
    let columns = if count > 3 { 2 } else { 1 };
    let rows = count.div_ceil(columns);
    let tall = (key_top - field.top) / rows as f64;
    let wide = (field.wide() + 40.0) / columns as f64 - 40.0;
    let rate = chart.panels.iter().flat_map(|panel| &panel.edge_rate).copied().fold(0.0, f64::max);
    for (index, panel) in chart.panels.iter().enumerate() {
        let left = field.left + (wide + 40.0) * (index % columns) as f64;
        let top = field.top + tall * (index / columns) as f64;
        let space = Field { left, top, right: left + wide, bottom: top + tall };
        if index / columns > 0 {
            scene.line(vec![(left, top + 2.0), (left + wide, top + 2.0)], palette::GRID, 1, &[]);
        }
        draw_panel(scene, space, chart, panel, &order, rate);
    }
}

fn draw_panel(
    scene: &mut Scene,
    space: Field,
    chart: &Graph,
    panel: &GraphPanel,
    order: &[Vec<usize>],
    rate: f64,
) {
    let side = 190.0_f64.min(space.wide() * 0.2);
    // The moments are compared, or else the arms: what differs is bold.
    let moments = chart.panels.iter().any(|other| other.title != panel.title);
    let (bold, soft) = if moments { (&panel.title, &panel.arm) } else { (&panel.arm, &panel.title) };
    let lines = font::wrap(bold, LABEL, true, side - 10.0, 3);
    let mut y = space.top + 24.0;
    for line in lines {
        scene.words((space.left, y), line, Type::new(LABEL).bold());
        y += 23.0;
    }
    for line in font::wrap(soft, SMALL, false, side - 10.0, 2) {
        scene.words((space.left, y), line, Type::new(SMALL).ink(palette::SOFT));
        y += 21.0;
    }
    let nodes =
        Field { left: space.left + side + 24.0, top: space.top + 8.0, bottom: space.bottom - 6.0, ..space };
    let layout = Layout::of(chart, order, nodes);
    for (index, (from, to)) in chart.edges.iter().enumerate() {
        let (Some(start), Some(end)) = (layout.exits.get(*from), layout.places.get(*to)) else { continue };
        edge(scene, *start, *end, at(&panel.edge_rate, index) / rate.max(1e-9), at(&panel.edge_error, index));
    }
    for (index, place) in layout.places.iter().enumerate() {
        node(scene, *place, &layout, at(&panel.node_error, index), at(&panel.node_saturation, index));
        name(scene, &chart.nodes[index], &layout.labels[index], *place, &layout);
    }
}

fn at(values: &[f64], index: usize) -> f64 {
    values.get(index).copied().filter(|value| value.is_finite()).unwrap_or(0.0)
}

/// Where nodes stand, what is written beside them, and where their calls leave: behind the name.
struct Layout {
    places: Vec<Point>,
    exits: Vec<Point>,
    labels: Vec<String>,
    radius: f64,
    px: f64,
}

impl Layout {
    fn of(chart: &Graph, order: &[Vec<usize>], space: Field) -> Self {
        let depth = order.len().max(1) as f64;
        let widest = order.iter().map(Vec::len).max().unwrap_or(1).max(1) as f64;
        let step = space.tall() / widest;
        let radius = (step / 2.0 - 7.0).clamp(3.0, 12.0);
        let column = space.wide() / depth;
        let room = column - radius * 2.0 - 40.0;
        // The last layer has no calls behind its names.
        let rooms: Vec<f64> = chart
            .nodes
            .iter()
            .map(|node| if node.layer + 1 == order.len() { room + 26.0 } else { room })
            .collect();
        let fits = |px| {
            let long = |(node, room): (&GraphNode, &f64)| font::room(&node.name, px, node.faulty) > *room;
            !chart.nodes.iter().zip(&rooms).any(long)
        };
        let px = if step < 26.0 || !fits(LABEL) { SMALL } else { LABEL };
        let mut places = vec![(0.0, 0.0); chart.nodes.len()];
        for (layer, nodes) in order.iter().enumerate() {
            let gap = space.tall() / nodes.len().max(1) as f64;
            for (index, node) in nodes.iter().enumerate() {
                let x = space.left + column * layer as f64 + radius + 6.0;
                places[*node] = (x, space.top + gap * (index as f64 + 0.5));
            }
        }
        let labels: Vec<String> = chart
            .nodes
            .iter()
            .enumerate()
            .map(|(index, node)| {
                if !shown(chart, order, space.tall(), index) {
                    return String::new();
                }
                // The mark stays whole; the name gives way.
                let mark = if node.faulty { say(Key::FaultMark) } else { "" };
                let left = rooms[index] - font::room(mark, px, node.faulty);
                font::shorten(&node.name, px, node.faulty, left) + mark
            })
            .collect();
        let exits = places
            .iter()
            .zip(chart.nodes.iter().zip(&labels))
            .map(|((x, y), (node, label))| (x + radius + 16.0 + font::room(label, px, node.faulty), *y))
            .collect();
        Layout { places, exits, labels, radius, px }
    }
}

/// Where nodes are closer than type is high, only every second or third is named, and always the faulty one.
fn shown(chart: &Graph, order: &[Vec<usize>], tall: f64, node: usize) -> bool {
    let Some(layer) = chart.nodes.get(node).and_then(|node| order.get(node.layer)) else { return false };
    let every = (17.0 * layer.len() as f64 / tall).ceil().max(1.0) as usize;
    let faulty = layer.iter().position(|other| chart.nodes[*other].faulty).unwrap_or(0);
    layer
        .iter()
        .position(|other| *other == node)
        .is_some_and(|index| index.abs_diff(faulty).is_multiple_of(every))
}

fn edge(scene: &mut Scene, from: Point, to: Point, rate: f64, error: f64) {
    let points = bend(from, to);
    if rate <= 0.0 {
        scene.line(points, palette::GRID, 1, &[]);
        return;
    }
    let width = (1.0 + 5.0 * rate.sqrt()).round() as u32;
    let failing = error >= FAILING;
    let colour =
        if failing { palette::mix(CALM, palette::VERMILLION, (0.4 + error * 0.6).min(1.0)) } else { CALM };
    scene.line(points, colour, width, if failing { DASH_ERROR } else { &[] });
}

/// A curve that leaves and arrives level, so that edges do not run through names.
fn bend(from: Point, to: Point) -> Vec<Point> {
    const STEPS: usize = 20;
    (0..=STEPS)
        .map(|step| {
            let part = step as f64 / STEPS as f64;
            let eased = part * part * (3.0 - 2.0 * part);
            (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * eased)
        })
        .collect()
}

/// A disc filled by error share inside a ring that closes as the node's threads fill up.
fn node(scene: &mut Scene, at: Point, layout: &Layout, error: f64, saturation: f64) {
    let radius = layout.radius;
    scene.dot(at, radius + 6.0, palette::PAPER);
    scene.line(arc(at, radius + 4.0, 1.0), palette::GRID, 4, &[]);
    if saturation > 0.01 {
        scene.line(arc(at, radius + 4.0, saturation.min(1.0)), palette::INK, 4, &[]);
    }
    heart(scene, at, radius, error);
}

/// The inside of a node: a disc, or where half of the calls fail or more, a diamond.
fn heart(scene: &mut Scene, at: Point, radius: f64, error: f64) {
    let shape = if error < SICK { Marker::Circle } else { Marker::Diamond };
    let radius = if error < SICK { radius } else { radius * 0.9 };
    scene.marker(at, radius, shape, palette::SOFT);
    scene.marker(at, radius - 1.0, shape, palette::error_ramp(error));
}

/// A part of a circle, clockwise from the top.
fn arc((x, y): Point, radius: f64, part: f64) -> Vec<Point> {
    let steps = (part * 40.0).ceil().max(2.0) as usize;
    (0..=steps)
        .map(|step| {
            let angle = part * step as f64 / steps as f64 * std::f64::consts::TAU;
            (x + radius * libm::sin(angle), y - radius * libm::cos(angle))
        })
        .collect()
}

fn name(scene: &mut Scene, node: &GraphNode, label: &str, (x, y): Point, layout: &Layout) {
    let left = x + layout.radius + 12.0;
    // Paper behind the name keeps it readable where an edge of two layers passes.
    let half = layout.px * 0.62;
    let wide = font::width(label, layout.px, node.faulty) + 4.0;
    scene.fill((left - 3.0, y - half), (left + wide, y + half), palette::veil(palette::PAPER, 0.85));
    let ink = if node.optional && !node.faulty { palette::SOFT } else { palette::INK };
    scene.words((left, y), label, Type { bold: node.faulty, ..Type::new(layout.px).ink(ink) });
}

/// What fill, ring and edges mean.
fn key(scene: &mut Scene, space: Field) {
    let y = space.top + 20.0;
    let mut x = space.left;
    let words = |scene: &mut Scene, x: &mut f64, text: &str| {
        scene.words((*x, y), text, Type::new(SMALL));
        *x += font::room(text, SMALL, false) + 14.0;
    };
    words(scene, &mut x, say(Key::ErrorShare));
    for step in [0.0, 0.25, 0.5, 1.0] {
        heart(scene, (x + 9.0, y), 10.0, step);
        x += 26.0;
        words(scene, &mut x, &format!("{} %", number::percent(step)));
    }
    x += 10.0;
    scene.line(arc((x + 12.0, y), 10.0, 1.0), palette::GRID, 4, &[]);
    scene.line(arc((x + 12.0, y), 10.0, 0.7), palette::INK, 4, &[]);
    x += 32.0;
    words(scene, &mut x, say(Key::RingSaturation));
    scene.line(vec![(x, y), (x + 44.0, y)], CALM, 5, &[]);
    x += 52.0;
    words(scene, &mut x, say(Key::EdgeRate));
    scene.line(vec![(x, y), (x + 44.0, y)], palette::VERMILLION, 4, DASH_ERROR);
    x += 52.0;
    words(scene, &mut x, say(Key::EdgeErrors));
    scene.words((x + 10.0, y), say(Key::GreyIsOptional), Type::new(SMALL).ink(palette::SOFT));
}
