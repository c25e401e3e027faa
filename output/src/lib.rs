//! Reports, tables and charts of archsim, from plain data.
//!
//! The caller fills a [`Report`] with numbers and sentences; this crate lays it out as one offline HTML page,
//! as charts (SVG and PNG of the same drawing), as CSV with exactly the plotted points, as text that says
//! the same for those who cannot see a chart, and as a table for the terminal. It knows nothing of
//! simulation, reads no clock, and the same report gives the same bytes.

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
    Chart, Figure, Graph, GraphNode, GraphPanel, HeatPanel, HeatRow, Heatmap, Paired, PairedArm, Series,
    Strip, StripArm, TimePanel, Timeline,
};
pub use html::html;
pub use png::png;
pub use report::{ArmInfo, Cell, ClaimRow, Column, Family, Look, Meta, Part, Report, Row, Table, Verdict};
pub use svg::svg;
pub use terminal::{Style, terminal};
pub use write::write;
