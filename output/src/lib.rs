//! Reports, tables and charts of archsim, from plain data.
//!
//! The caller fills a [`Report`] with numbers and sentences; this crate lays it out:
//!
//! | function | gives |
//! |---|---|
//! | [`write()`] | a folder: `report.html`, `charts/*.{svg,png,alt.txt}`, `data/*.csv` |
//! | [`html()`] | the report as one page that opens offline |
//! | [`svg()`], [`png()`] | one figure, the same drawing in two formats, 1600 × 900 |
//! | [`svg_card`], [`png_card`] | the same on 1200 × 630, for a README or a link's preview |
//! | [`csv()`], [`table_csv`] | exactly the plotted points, and a table |
//! | [`terminal()`] | findings, tables and claims as text |
//!
//! It knows nothing of simulation, reads no clock, and the same report gives the same bytes.
//!
//! ```
//! use archsim_output::{Chart, Family, Figure, Look, Strip, StripArm, svg};
//!
//! let arm = |name: &str, family, values: Vec<f64>| StripArm {
//!     arm: name.to_owned(),
//!     look: Look { family, tint: 0 },
//!     mean: values.iter().sum::<f64>() / values.len() as f64,
//!     low: 0.70,
//!     high: 0.74,
//!     values,
//! };
//! let figure = Figure {
//!     id: "availability".into(),
//!     title: "The monolith lost a quarter of its requests in every seed".into(),
//!     subtitle: "availability · 4 seeds · 60 s · seed 1".into(),
//!     footer: "cascading-failure · 3f9a1c2e · archsim 0.1.0".into(),
//!     alt: "Four dots close together near 72 %".into(),
//!     key_numbers: vec!["Monolith: 72.1 %".into()],
//!     chart: Chart::Strip(Strip {
//!         unit: String::new(),
//!         percent: true,
//!         log: false,
//!         objective: Some(0.99),
//!         arms: vec![arm("Monolith", Family::Monolith, vec![0.71, 0.72, 0.74, 0.714])],
//!     }),
//! };
//! assert!(svg(&figure).contains("<title"));
//! ```
//!
//! # From data to picture
//!
//! ```text
//! Figure ── chart::scene ──► Scene (marks in pixels) ──┬─► plotters SVG back-end ──► svg
//!   │                                                  └─► plotters bitmap back-end ► png
//!   └────── csv_file ──► CSV
//! ```
//!
//! A chart is laid out once, as plain marks; the palette, the typeface and every word the crate itself says
//! stand in one place each (`palette.rs`, `font.rs`, `text.rs`).

mod chart;
mod csv_file;
mod figure;
mod font;
mod html;
mod number;
mod palette;
mod png;
mod report;
mod scene;
mod svg;
mod terminal;
mod text;
mod write;

pub use csv_file::{csv, table_csv};
pub use figure::{
    Capacity, CapacityPanel, Chart, Curve, CurvePoint, Curves, Deviation, Deviations, Figure, Frontier,
    FrontierArm, Graph, GraphNode, GraphPanel, HeatPanel, HeatRow, Heatmap, Paired, PairedArm, Series, Strip,
    StripArm, TimePanel, Timeline,
};
pub use html::html;
pub use number::value as plain;
pub use png::{png, png_card};
pub use report::{ArmInfo, Cell, ClaimRow, Column, Family, Look, Meta, Part, Report, Row, Table, Verdict};
pub use svg::{svg, svg_card};
pub use terminal::{Style, terminal};
pub use write::write;
