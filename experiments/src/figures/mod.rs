//! From results to charts: which points are drawn, and what the title says they show.
//!
//! A title states the finding, in numbers of this very run; nothing here knows what was expected. One chart, one
//! file.

mod capacity;
mod fault;
mod frontier;
mod graph;
mod heatmap;
mod paired;
mod series;
mod storm;
mod strip;
mod timeline;

use archsim_models::scenario::{Chart, Measure, Unit};
use archsim_output::Figure;

use crate::results::{Asked, Results};
use crate::words::{self, sentence};

use fault::FaultSpan;
use series::Buckets;

/// The charts that the scenario asks for, in its order. Runs that left nothing give none.
pub fn figures(results: &Results, asked: &Asked) -> Vec<Figure> {
    if results.runs.replications() == 0 {
        return Vec::new();
    }
    let frame = Frame::new(results, asked);
    let draw = |chart: &Chart| match chart {
        Chart::BlastRadius => vec![heatmap::figure(&frame)],
        Chart::Graph => graph::figures(&frame),
        Chart::Timeline => vec![timeline::figure(&frame)],
        Chart::Storm => storm::figure(&frame).into_iter().collect(),
        Chart::Strip => strip::figure(&frame).into_iter().collect(),
        Chart::Paired => paired::figure(&frame).into_iter().collect(),
        Chart::Capacity => capacity::figure(&frame).into_iter().collect(),
        Chart::Frontier => frontier::figure(&frame).into_iter().collect(),
    };
    results.scenario.experiment.charts.iter().flat_map(draw).collect()
}

/// What all figures of a part have in common.
struct Frame<'a> {
    results: &'a Results,
    asked: &'a Asked,
    buckets: Buckets,
    fault: Option<FaultSpan>,
}

/// A measure as a chart's axis shows it.
struct Axis {
    unit: String,
    percent: bool,
    log: bool,
    /// Values are multiplied by this.
    factor: f64,
}

impl<'a> Frame<'a> {
    fn new(results: &'a Results, asked: &'a Asked) -> Self {
        let plan = &results.scenario.arms[0].plan;
        Frame { results, asked, buckets: Buckets::measured(plan), fault: FaultSpan::of(results) }
    }

    /// A figure's file stem.
    fn id(&self, kind: &str) -> String {
        format!("{}-{kind}", self.results.name)
    }

    /// What is shown, how often it was run and how long.
    fn subtitle(&self, shown: &str) -> String {
        let (runs, seed) = (self.results.runs.replications(), self.asked.seed);
        let seconds = self.buckets.count() as f64 * self.buckets.seconds;
        let fault = self.fault.as_ref().map_or_else(String::new, |fault| {
            format!(", fault from {} s to {} s", plain(fault.from), plain(fault.until))
        });
        format!("{shown} · {runs} replications · {} s{fault} · seed {seed}", plain(seconds))
    }

    /// Which scenario, with which version.
    fn footer(&self) -> String {
        let (scenario, version) = (&self.results.scenario, env!("CARGO_PKG_VERSION"));
        format!("{} / {} · {} · archsim {version}", self.asked.name, self.results.name, short(&scenario.hash))
    }

    fn fault_span(&self) -> Option<(f64, f64)> {
        self.fault.as_ref().map(|fault| (fault.from, fault.until))
    }

    fn fault_label(&self) -> String {
        self.fault.as_ref().map(|fault| fault.label.clone()).unwrap_or_default()
    }

    /// `With ratings slow, ` – or nothing, if nothing is wrong.
    fn given(&self) -> String {
        self.fault.as_ref().map_or_else(String::new, |fault| format!("With {}, ", fault.label))
    }

    /// The buckets of the fault, or all.
    fn fault_buckets(&self) -> Buckets {
        let plan = &self.results.scenario.arms[0].plan;
        let window = plan.windows.iter().find(|window| window.name == self.results.window());
        window.map_or(self.buckets, |window| self.buckets.within(plan, window))
    }
}

impl Axis {
    fn of(measure: Measure) -> Self {
        match measure.unit() {
            Unit::Share => Axis { unit: "%".into(), percent: true, log: false, factor: 1.0 },
            Unit::Seconds => Axis { unit: "ms".into(), percent: false, log: true, factor: 1000.0 },
            unit => Axis { unit: words::unit(unit).into(), percent: false, log: false, factor: 1.0 },
        }
    }
}

/// The hash's beginning: enough to tell scenarios apart.
pub fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

/// A number without needless digits.
fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
