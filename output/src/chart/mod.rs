//! The charts: each lays out its data as a [`Scene`], inside a common frame.
//!
//! To add a chart: one file here with a `draw`, one struct and one variant in `figure.rs`, its rows in
//! `csv_file.rs`; the compiler asks for the rest.

mod axis;
mod capacity;
mod curves;
mod density;
mod deviations;
mod frame;
mod frontier;
mod graph;
mod heatmap;
mod labels;
mod layers;
mod paired;
mod scale;
mod strip;
mod timeline;

pub use frame::Sheet;

use crate::figure::{Chart, Figure};
use crate::scene::Scene;

/// The figure laid out on a sheet.
pub fn scene(figure: &Figure, sheet: Sheet) -> Scene {
    let (mut scene, body) = frame::sheet(figure, sheet);
    match &figure.chart {
        Chart::Heatmap(chart) => heatmap::draw(&mut scene, body, chart),
        Chart::Graph(chart) => graph::draw(&mut scene, body, chart),
        Chart::Timeline(chart) => timeline::draw(&mut scene, body, chart),
        Chart::Strip(chart) => strip::draw(&mut scene, body, chart),
        Chart::Paired(chart) => paired::draw(&mut scene, body, chart),
        Chart::Curves(chart) => curves::draw(&mut scene, body, chart),
        Chart::Deviations(chart) => deviations::draw(&mut scene, body, chart),
        Chart::Capacity(chart) => capacity::draw(&mut scene, body, chart),
        Chart::Frontier(chart) => frontier::draw(&mut scene, body, chart),
    }
    scene
}
