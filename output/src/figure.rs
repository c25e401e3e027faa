//! Figures as plain data: exactly the points that are drawn, and the words around them.
//!
//! The title of a figure states the finding, the subtitle says what was measured and how often; both are
//! the caller's. What is drawn is one of several charts, each a struct of its own. All times are seconds, all
//! shares 0–1, all rates calls per second.

use serde::Serialize;

use crate::report::Look;

/// One chart and the words around it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The stem of its files, unique in a report: lower-case letters, digits and hyphens.
    pub id: String,
    /// The finding, one sentence.
    pub title: String,
    /// Metric, unit, number of seeds, run length, seed.
    pub subtitle: String,
    /// Scenario, short hash and version.
    pub footer: String,
    /// What a reader who cannot see the chart must know.
    pub alt: String,
    /// The numbers to remember, at most three or so.
    pub key_numbers: Vec<String>,
    /// What is drawn.
    pub chart: Chart,
}

/// The kinds of chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Chart {
    /// Blast radius: which parts failed when.
    Heatmap(Heatmap),
    /// The dependency graph before, during and after.
    Graph(Graph),
    /// Several measures over one time axis.
    Timeline(Timeline),
    /// Every seed a dot, with its density.
    Strip(Strip),
    /// Two arms seed by seed, and their difference.
    Paired(Paired),
    /// Exact curves with simulated points on them.
    Curves(Curves),
    /// Many figures, each by how far it is from what is known.
    Deviations(Deviations),
    /// What was asked for against what could be done, over time.
    Capacity(Capacity),
    /// What each arm costs and what it loses.
    Frontier(Frontier),
}

/// Demand against capacity in steps, one panel per arm, all with the same scales.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Capacity {
    /// What goes up.
    pub unit: String,
    /// Where each bucket begins, in seconds.
    pub x: Vec<f64>,
    /// Length of a bucket.
    pub bucket_secs: f64,
    /// One per arm.
    pub panels: Vec<CapacityPanel>,
}

/// One arm of a [`Capacity`] chart; the vectors are parallel to `x`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapacityPanel {
    /// The arm's title.
    pub arm: String,
    /// How the arm is drawn.
    pub look: Look,
    /// What was asked for.
    pub demand: Vec<f64>,
    /// What could be done.
    pub capacity: Vec<f64>,
    /// Share of what was asked for that was beyond capacity, 0–1.
    pub missing: f64,
    /// Share of capacity that was not asked for, 0–1.
    pub idle: f64,
}

/// Arms by two quantities of which less is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frontier {
    /// What goes from left to right, with its unit.
    pub x_title: String,
    /// What goes up.
    pub y_title: String,
    /// It is a share 0–1, shown as per cent.
    pub y_percent: bool,
    /// The dots.
    pub arms: Vec<FrontierArm>,
}

/// One arm of a [`Frontier`]: low, mean and high of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontierArm {
    /// The arm's title.
    pub arm: String,
    /// How the arm is drawn.
    pub look: Look,
    /// From left to right.
    pub x: (f64, f64, f64),
    /// Upwards.
    pub y: (f64, f64, f64),
}

/// Blast radius: error share per capability and time bucket, one panel per arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heatmap {
    /// One per arm; all with the same buckets.
    pub panels: Vec<HeatPanel>,
    /// Length of a bucket.
    pub bucket_secs: f64,
    /// When the fault starts and ends, in seconds from the measured start.
    pub fault: Option<(f64, f64)>,
    /// What the fault is, e.g. `ratings slow`.
    pub fault_label: String,
}

/// One arm of a [`Heatmap`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatPanel {
    /// The arm's title.
    pub arm: String,
    /// How the arm is drawn.
    pub look: Look,
    /// The capabilities, the user's edge first, stores last.
    pub rows: Vec<HeatRow>,
    /// User-visible success per bucket, 0–1.
    pub success: Vec<f64>,
    /// Share of all user requests that were lost, 0–1.
    pub lost_share: f64,
    /// How many journeys fail, of how many.
    pub failing_journeys: (usize, usize),
}

/// One capability (or store) of a [`HeatPanel`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatRow {
    /// The capability's name.
    pub name: String,
    /// Whether its callers may do without it.
    pub optional: bool,
    /// Whether the fault was put here.
    pub faulty: bool,
    /// Error share per bucket, of all seeds together; `None` where there were no calls.
    pub share: Vec<Option<f64>>,
}

/// The dependency graph, drawn once per panel with the same layout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Graph {
    /// The capabilities and stores.
    pub nodes: Vec<GraphNode>,
    /// Caller and callee, as indices into `nodes`.
    pub edges: Vec<(usize, usize)>,
    /// The moments (or arms) compared.
    pub panels: Vec<GraphPanel>,
}

/// One node of a [`Graph`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphNode {
    /// The capability's name.
    pub name: String,
    /// Its layer: 0 is the user's edge, larger is deeper.
    pub layer: usize,
    /// Whether its callers may do without it.
    pub optional: bool,
    /// Whether the fault was put here.
    pub faulty: bool,
}

/// One panel of a [`Graph`]; the vectors are parallel to `nodes` and `edges`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphPanel {
    /// The moment, e.g. `during the fault (t = 25 s)`.
    pub title: String,
    /// The arm's title.
    pub arm: String,
    /// Error share per node, 0–1.
    pub node_error: Vec<f64>,
    /// Saturation per node, 0–1: how full its threads are.
    pub node_saturation: Vec<f64>,
    /// Calls per second per edge.
    pub edge_rate: Vec<f64>,
    /// Error share per edge, 0–1.
    pub edge_error: Vec<f64>,
}

/// Several measures stacked over one time axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// The common time axis, in seconds.
    pub x: Vec<f64>,
    /// When the fault starts and ends, in seconds.
    pub fault: Option<(f64, f64)>,
    /// What the fault is.
    pub fault_label: String,
    /// From top to bottom.
    pub panels: Vec<TimePanel>,
    /// What else was measured; not drawn, but in the data beside the picture.
    pub beside: Vec<TimePanel>,
}

/// One measure of a [`Timeline`].
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TimePanel {
    /// The measure.
    pub title: String,
    /// Its unit; `%` shows shares 0–1 as per cent.
    pub unit: String,
    /// Logarithmic y axis (base 10).
    pub log: bool,
    /// The objective, drawn as a dotted line.
    pub objective: Option<f64>,
    /// What that line is called, if it is no objective.
    pub objective_label: String,
    /// The lines.
    pub series: Vec<Series>,
}

/// One line of a [`TimePanel`] with its bands; every non-empty vector has one entry per `x`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Series {
    /// Shown at the line's end.
    pub label: String,
    /// A number that belongs to it, shown after the label and never cut.
    pub note: String,
    /// How the arm is drawn; `None` is demand: black, thin, dashed.
    pub look: Option<Look>,
    /// Median over seeds; what is not a number is left out, and the line drawn on to the next point.
    pub median: Vec<f64>,
    /// 5th percentile over seeds; empty for no band.
    pub p05: Vec<f64>,
    /// 25th percentile over seeds; empty for no band.
    pub p25: Vec<f64>,
    /// 75th percentile over seeds; empty for no band.
    pub p75: Vec<f64>,
    /// 95th percentile over seeds; empty for no band.
    pub p95: Vec<f64>,
    /// Single runs, at most 30 are drawn; may be empty.
    pub runs: Vec<Vec<f64>>,
}

/// Every seed a dot, one row per arm, with the density behind and mean and interval on top.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strip {
    /// The measure's unit.
    pub unit: String,
    /// Values are shares 0–1, shown as per cent.
    pub percent: bool,
    /// Logarithmic axis (base 10).
    pub log: bool,
    /// The objective, drawn as a dotted line.
    pub objective: Option<f64>,
    /// One row each.
    pub arms: Vec<StripArm>,
}

/// One arm of a [`Strip`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StripArm {
    /// The arm's title.
    pub arm: String,
    /// How the arm is drawn.
    pub look: Look,
    /// One value per seed.
    pub values: Vec<f64>,
    /// Mean over seeds.
    pub mean: f64,
    /// Lower end of the mean's interval.
    pub low: f64,
    /// Upper end of the mean's interval.
    pub high: f64,
}

/// Arms against a baseline under the same seeds: slopes on the left, differences on the right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paired {
    /// The measure's unit.
    pub unit: String,
    /// Values are shares 0–1, shown as per cent.
    pub percent: bool,
    /// The baseline's title.
    pub baseline: String,
    /// One panel each.
    pub comparisons: Vec<PairedArm>,
}

/// One arm of a [`Paired`] chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedArm {
    /// The arm's title.
    pub arm: String,
    /// How the arm is drawn.
    pub look: Look,
    /// Per seed: the baseline's value and the arm's.
    pub pairs: Vec<(f64, f64)>,
    /// Mean of arm − baseline.
    pub mean: f64,
    /// Lower end of the difference's interval.
    pub low: f64,
    /// Upper end of the difference's interval.
    pub high: f64,
    /// In how many seeds the arm is the better one.
    pub better: u32,
}

/// Exact curves with simulated points on them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curves {
    /// What goes from left to right.
    pub x_title: String,
    /// It is a share 0–1, shown as per cent.
    pub x_percent: bool,
    /// What goes up, with its unit.
    pub y_title: String,
    /// Logarithmic y axis (base 10).
    pub log: bool,
    /// At most four; they are told apart by colour, marker and name.
    pub curves: Vec<Curve>,
}

/// One curve of [`Curves`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Shown at the curve's end.
    pub label: String,
    /// The exact values, from left to right.
    pub line: Vec<(f64, f64)>,
    /// The simulated ones.
    pub points: Vec<CurvePoint>,
}

/// A simulated value on a [`Curve`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// From left to right.
    pub x: f64,
    /// The value.
    pub y: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// Many figures side by side, each by its distance from what is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deviations {
    /// In the order of their groups.
    pub figures: Vec<Deviation>,
}

/// One figure of [`Deviations`]: what it is off, divided by what it may be off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deviation {
    /// What it belongs to; neighbours of one group share a bracket.
    pub group: String,
    /// Its name.
    pub name: String,
    /// (simulated − known) ÷ tolerance.
    pub value: f64,
    /// Lower end of its interval, in the same terms.
    pub low: f64,
    /// Upper end of its interval, in the same terms.
    pub high: f64,
    /// Whether it is as it should be.
    pub holds: bool,
}
