//! What the watches of levels have seen, and when availability was good again.

use archsim_models::plan::{Plan, State};
use archsim_models::record::{Record, WatchRecord};
use archsim_models::scenario::Measure;
use archsim_sim::Time;

use super::lens::{Lens, each};
use super::samples::Samples;
use crate::interval::{Count, Ratio};
use crate::monte_carlo::Run;

const NANOS: f64 = 1e9;

impl Lens<'_> {
    /// A level at an instant, in numbers or as the probability of a state.
    pub(super) fn at_instant(&self, runs: &[Run]) -> Option<Samples> {
        let watch = self.watch()?;
        let height = |record: &Record| match record.watched.get(watch) {
            Some(WatchRecord::At(height)) => *height,
            _ => None,
        };
        let Some((_, state)) = self.quantity.detail.state else {
            let heights: Option<Vec<f64>> =
                runs.iter().map(|run| height(&run.record).map(f64::from)).collect();
            return heights.map(Samples::Values);
        };
        Some(Samples::Shares(each(runs, |record| in_state(height(record), state))))
    }

    pub(super) fn in_state(&self, runs: &[Run]) -> Option<Samples> {
        if self.quantity.detail.at.is_some() {
            return self.at_instant(runs);
        }
        let watch = self.watch()?;
        let spent = each(runs, |record| spent(record, watch));
        let (part, whole): (f64, f64) =
            spent.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.part, sum.1 + it.whole));
        if part > 0.0 && part < whole {
            return Some(Samples::Ratios(spent, 1.0));
        }
        // What was never seen, or always, may still be off by what the time that was seen lets hide.
        let count = |it: &Ratio| {
            let units = if it.whole > 0.0 { self.units() } else { 0.0 };
            Count { hits: if part > 0.0 { units } else { 0.0 }, trials: units, units }
        };
        Some(Samples::Shares(spent.iter().map(count).collect()))
    }

    pub(super) fn reached_state(&self, runs: &[Run]) -> Option<Samples> {
        let watch = self.watch()?;
        let count = |record: &Record| {
            let hit = f64::from(u8::from(reached(record, watch).is_some()));
            Count { hits: hit, trials: 1.0, units: 1.0 }
        };
        Some(Samples::Shares(each(runs, count)))
    }

    pub(super) fn spells(&self, runs: &[Run]) -> Option<Samples> {
        let watch = self.watch()?;
        Some(Samples::Values(each(runs, |record| entered(record, watch))))
    }

    /// A spell that has begun before the window counts with its time, but not as one: over a long time, or from a
    /// system in its steady state, the ratio of both means is that of a spell.
    pub(super) fn mean_spell(&self, runs: &[Run]) -> Option<Samples> {
        let watch = self.watch()?;
        let ratio =
            |record: &Record| Ratio { part: spent(record, watch).part, whole: entered(record, watch) };
        Some(Samples::Ratios(each(runs, ratio), f64::INFINITY))
    }

    pub(super) fn time_to_state(&self, runs: &[Run]) -> Option<Samples> {
        let watch = self.watch()?;
        Some(self.times(each(runs, |record| reached(record, watch))))
    }

    pub(super) fn time_to_recover(&self, runs: &[Run]) -> Samples {
        self.times(each(runs, |record| self.recovered(record)))
    }

    fn times(&self, times: Vec<Option<f64>>) -> Samples {
        Samples::Times { times, window: self.seconds(), statistic: self.quantity.detail.statistic }
    }

    /// Which of the plan's watches this is.
    fn watch(&self) -> Option<usize> {
        let quantity = self.quantity;
        let (measure, detail) = (quantity.measure, quantity.detail);
        let asked = detail.watch(measure, &quantity.subject, &quantity.window, self.plan)?;
        self.plan.watches.iter().position(|watch| *watch == asked)
    }

    /// From the window's start until the first bucket from which on all buckets of the window are good.
    fn recovered(&self, record: &Record) -> Option<f64> {
        let width = self.plan.bucket.as_nanos();
        let begins = |bucket: usize| Time::from_nanos(bucket as u64 * width);
        let buckets = record.journeys.first().map_or(0, |journey| journey.arrived.len());
        let within: Vec<usize> =
            (0..buckets).filter(|&bucket| self.window.contains(begins(bucket))).collect();
        let good = within.iter().rev().take_while(|&&bucket| self.is_good(record, bucket)).last()?;
        if good == within.first()? {
            return Some(0.0);
        }
        Some(begins(*good).since(self.window.from).as_secs_f64())
    }

    /// A bucket in which nobody asked is no bad one.
    fn is_good(&self, record: &Record, bucket: usize) -> bool {
        let (mut answered, mut needed) = (0.0, 0.0);
        for &journey in &self.journeys {
            let series = &record.journeys[journey];
            let objective = self.quantity.detail.objective.unwrap_or(self.plan.journeys[journey].objective);
            answered += series.answered[bucket] as f64;
            needed += objective * series.arrived[bucket] as f64;
        }
        // An objective that is met exactly is met, whatever its last digit in binary.
        answered >= needed * (1.0 - 1e-12)
    }

    /// Not answered in time ÷ what the objectives leave for it.
    pub(super) fn budget(&self, record: &Record) -> Ratio {
        let left = |plan: &Plan, journey: usize| 1.0 - plan.journeys[journey].objective;
        self.tallies(record).fold(Ratio::default(), |sum, (journey, tally)| Ratio {
            part: sum.part + (tally.arrived - tally.answered) as f64,
            whole: sum.whole + tally.arrived as f64 * left(self.plan, journey),
        })
    }
}

fn spent(record: &Record, watch: usize) -> Ratio {
    match record.watched.get(watch) {
        Some(&WatchRecord::While { inside, seen, .. }) => {
            Ratio { part: inside as f64 / NANOS, whole: seen as f64 / NANOS }
        }
        _ => Ratio::default(),
    }
}

fn reached(record: &Record, watch: usize) -> Option<f64> {
    match record.watched.get(watch) {
        Some(WatchRecord::While { reached, .. }) => reached.map(|nanos| nanos as f64 / NANOS),
        _ => None,
    }
}

fn entered(record: &Record, watch: usize) -> f64 {
    match record.watched.get(watch) {
        Some(&WatchRecord::While { entered, .. }) => entered as f64,
        _ => 0.0,
    }
}

/// One trial, if the level was seen at all.
fn in_state(height: Option<u32>, state: State) -> Count {
    let hit = height.is_some_and(|height| state.contains(height));
    let seen = f64::from(u8::from(height.is_some()));
    Count { hits: f64::from(u8::from(hit)), trials: seen, units: seen }
}

/// Whether a measure needs the histograms of its window.
pub const fn needs_latencies(measure: Measure) -> bool {
    matches!(measure, Measure::MeanLatency | Measure::Slower) || super::percentile(measure).is_some()
}

/// Whether a measure needs the series per bucket.
pub const fn needs_series(measure: Measure) -> bool {
    matches!(measure, Measure::Goodput | Measure::TimeToRecover)
}
