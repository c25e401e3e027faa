//! Figures and tables as CSV: exactly the plotted points, in long form, one observation per row.

use csv::Writer;

use crate::figure::{
    Capacity, Chart, Curves, Deviations, Figure, Frontier, Graph, Heatmap, Paired, Series, Strip, Timeline,
};
use crate::report::Table;

/// The points of a figure; a missing value is an empty field.
pub fn csv(figure: &Figure) -> String {
    match &figure.chart {
        Chart::Heatmap(chart) => heatmap(chart),
        Chart::Graph(chart) => graph(chart),
        Chart::Timeline(chart) => timeline(chart),
        Chart::Strip(chart) => strip(chart),
        Chart::Paired(chart) => paired(chart),
        Chart::Curves(chart) => curves(chart),
        Chart::Deviations(chart) => deviations(chart),
        Chart::Capacity(chart) => capacity(chart),
        Chart::Frontier(chart) => frontier(chart),
    }
}

/// A table, controls and all: one row per arm, group and measure.
pub fn table_csv(table: &Table) -> String {
    let mut rows = Rows::new(&["arm", "group", "measure", "unit", "mean", "low", "high"]);
    for row in &table.rows {
        for (column, cell) in table.columns.iter().zip(&row.cells) {
            let group = row.group.clone().unwrap_or_default();
            rows.add([
                row.arm.clone(),
                group,
                column.key.clone(),
                column.unit.clone(),
                maybe(cell.mean),
                maybe(cell.low),
                maybe(cell.high),
            ]);
        }
    }
    rows.finish()
}

/// CSV in memory, which cannot fail.
struct Rows(Writer<Vec<u8>>);

impl Rows {
    fn new(header: &[&str]) -> Self {
        let mut rows = Rows(Writer::from_writer(Vec::new()));
        rows.add(header.iter().map(ToString::to_string));
        rows
    }

    fn add(&mut self, fields: impl IntoIterator<Item = String>) {
        self.0.write_record(fields).expect("rows of one file have the same number of fields");
    }

    fn finish(self) -> String {
        let bytes = self.0.into_inner().expect("a vector takes every byte");
        String::from_utf8(bytes).expect("fields are text")
    }
}

fn heatmap(chart: &Heatmap) -> String {
    let mut rows = Rows::new(&["arm", "row", "optional", "faulty", "bucket_start_s", "measure", "value"]);
    for panel in &chart.panels {
        for row in &panel.rows {
            for (bucket, share) in row.share.iter().enumerate() {
                let start = number(bucket as f64 * chart.bucket_secs);
                let (arm, name) = (panel.arm.clone(), row.name.clone());
                let marks = (row.optional.to_string(), row.faulty.to_string());
                rows.add([arm, name, marks.0, marks.1, start, "error_share".into(), maybe(*share)]);
            }
        }
        for (bucket, success) in panel.success.iter().enumerate() {
            let start = number(bucket as f64 * chart.bucket_secs);
            let empty = String::new();
            let measure = "user_success".to_owned();
            rows.add([
                panel.arm.clone(),
                empty.clone(),
                empty.clone(),
                empty,
                start,
                measure,
                number(*success),
            ]);
        }
        let lost = number(panel.lost_share);
        let empty = String::new();
        let (a, b, c) = (empty.clone(), empty.clone(), empty.clone());
        rows.add([panel.arm.clone(), a, b, c, empty, "lost_share".into(), lost]);
    }
    rows.finish()
}

fn graph(chart: &Graph) -> String {
    let mut rows = Rows::new(&["panel", "arm", "kind", "from", "to", "measure", "value"]);
    for panel in &chart.panels {
        let mut add = |kind: &str, from: &str, to: &str, measure: &str, value: Option<&f64>| {
            let value = maybe(value.copied());
            rows.add([&panel.title, &panel.arm, kind, from, to, measure, &value].map(ToString::to_string));
        };
        for (index, node) in chart.nodes.iter().enumerate() {
            add("node", &node.name, "", "error_share", panel.node_error.get(index));
            add("node", &node.name, "", "saturation", panel.node_saturation.get(index));
        }
        for (index, (from, to)) in chart.edges.iter().enumerate() {
            let name = |node: &usize| chart.nodes.get(*node).map_or("", |node| node.name.as_str());
            add("edge", name(from), name(to), "calls_per_s", panel.edge_rate.get(index));
            add("edge", name(from), name(to), "error_share", panel.edge_error.get(index));
        }
    }
    rows.finish()
}

fn timeline(chart: &Timeline) -> String {
    let mut rows = Rows::new(&["panel", "unit", "series", "statistic", "time_s", "value"]);
    for panel in chart.panels.iter().chain(&chart.beside) {
        for series in &panel.series {
            for (statistic, values) in statistics(series) {
                let points = chart.x.iter().zip(values).filter(|(_, value)| value.is_finite());
                for (time, value) in points {
                    let words =
                        [panel.title.clone(), panel.unit.clone(), series.label.clone(), statistic.clone()];
                    rows.add(words.into_iter().chain([number(*time), number(*value)]));
                }
            }
        }
    }
    rows.finish()
}

fn statistics(series: &Series) -> impl Iterator<Item = (String, &Vec<f64>)> {
    let bands = [
        ("median", &series.median),
        ("p05", &series.p05),
        ("p25", &series.p25),
        ("p75", &series.p75),
        ("p95", &series.p95),
    ];
    let runs = series.runs.iter().enumerate().map(|(index, run)| (format!("run {}", index + 1), run));
    bands.into_iter().map(|(name, values)| (name.to_owned(), values)).chain(runs)
}

fn strip(chart: &Strip) -> String {
    let mut rows = Rows::new(&["arm", "statistic", "replication", "value"]);
    for arm in &chart.arms {
        for (replication, value) in arm.values.iter().enumerate() {
            rows.add([arm.arm.clone(), "value".into(), (replication + 1).to_string(), number(*value)]);
        }
        for (statistic, value) in [("mean", arm.mean), ("low", arm.low), ("high", arm.high)] {
            rows.add([arm.arm.clone(), statistic.into(), String::new(), number(value)]);
        }
    }
    rows.finish()
}

fn paired(chart: &Paired) -> String {
    let mut rows = Rows::new(&[
        "arm",
        "baseline",
        "statistic",
        "replication",
        "baseline_value",
        "arm_value",
        "difference",
    ]);
    for arm in &chart.comparisons {
        let names = || [arm.arm.clone(), chart.baseline.clone()];
        for (replication, (before, after)) in arm.pairs.iter().enumerate() {
            let words = ["pair".to_owned(), (replication + 1).to_string()];
            let values = [number(*before), number(*after), number(after - before)];
            rows.add(names().into_iter().chain(words).chain(values));
        }
        for (statistic, value) in [("mean", arm.mean), ("low", arm.low), ("high", arm.high)] {
            let words = [statistic.to_owned(), String::new(), String::new(), String::new(), number(value)];
            rows.add(names().into_iter().chain(words));
        }
    }
    rows.finish()
}

fn curves(chart: &Curves) -> String {
    let mut rows = Rows::new(&["curve", "kind", "x", "value", "low", "high"]);
    for curve in &chart.curves {
        for (place, value) in &curve.line {
            let ends = [number(*place), number(*value), String::new(), String::new()];
            rows.add([curve.label.clone(), "exact".to_owned()].into_iter().chain(ends));
        }
        for point in &curve.points {
            let ends = [point.x, point.y, point.low, point.high].map(number);
            rows.add([curve.label.clone(), "simulated".to_owned()].into_iter().chain(ends));
        }
    }
    rows.finish()
}

fn deviations(chart: &Deviations) -> String {
    let mut rows = Rows::new(&["group", "figure", "deviation", "low", "high", "holds"]);
    for it in &chart.figures {
        let ends = [it.value, it.low, it.high].map(number);
        let names = [it.group.clone(), it.name.clone()];
        rows.add(names.into_iter().chain(ends).chain([it.holds.to_string()]));
    }
    rows.finish()
}

fn capacity(chart: &Capacity) -> String {
    let mut rows = Rows::new(&["arm", "second", "demand", "capacity"]);
    for panel in &chart.panels {
        let both = panel.demand.iter().zip(&panel.capacity);
        for (from, (demand, capacity)) in chart.x.iter().zip(both) {
            rows.add([panel.arm.clone(), number(*from), number(*demand), number(*capacity)]);
        }
    }
    rows.finish()
}

fn frontier(chart: &Frontier) -> String {
    let mut rows = Rows::new(&["arm", "x", "x_low", "x_high", "y", "y_low", "y_high"]);
    for arm in &chart.arms {
        let values = [arm.x.1, arm.x.0, arm.x.2, arm.y.1, arm.y.0, arm.y.2].map(number);
        rows.add([arm.arm.clone()].into_iter().chain(values));
    }
    rows.finish()
}

/// Rust's shortest form that reads back to the same number.
fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

fn maybe(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}
