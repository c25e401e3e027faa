//! The figures behind the laws: what each station and journey was like in the measured time.

use archsim_models::plan::Plan;
use archsim_models::record::{Flow, Record};

use crate::interval::{self, Estimate, Ratio};
use crate::monte_carlo::Run;

/// A station or journey in the measured time, over all replications.
#[derive(Clone, Debug, PartialEq)]
pub struct StationFigures {
    /// `journey`, `deployable`, `store` (its servers) or `cores of a store`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// λ: those that stayed (refused ones did not), per second.
    pub rate: Option<Estimate>,
    /// L: mean number there.
    pub present: Option<Estimate>,
    /// W: mean time from arrival to leaving, seconds.
    pub stay: Option<Estimate>,
    /// λ W, which comes to L in a steady state.
    pub rate_times_stay: Option<Estimate>,
    /// L − λ W, replication by replication: nothing, but for what the edges of the window cut.
    pub difference: Option<Estimate>,
    /// X: completions per second.
    pub throughput: Option<Estimate>,
    /// S: mean time in service, seconds.
    pub service: Option<Estimate>,
    /// U: mean number in service; X S in a steady state.
    pub busy: Option<Estimate>,
    /// V: arrivals for each request of any journey.
    pub visits: Option<Estimate>,
}

/// All journeys, deployables and stores of an arm, and the cores of stores where operations need them.
pub fn stations(plan: &Plan, runs: &[Run], confidence: f64) -> Vec<StationFigures> {
    let seconds = plan.windows.first().map_or(0.0, |run| run.until.since(run.from).as_secs_f64());
    // A run that stopped early did not see the whole of it.
    let runs: Vec<&Record> =
        runs.iter().map(|run| &run.record).filter(|record| record.stopped.is_none()).collect();
    if seconds <= 0.0 || runs.is_empty() {
        return Vec::new();
    }
    let of = |kind, name: &str, flow: &dyn Fn(&Record) -> Flow| {
        figures(kind, name, &runs, flow, seconds, confidence)
    };
    let journeys = plan.journeys.iter().enumerate();
    let deployables = plan.deployables.iter().enumerate();
    let stores = plan.stores.iter().enumerate();
    let journeys = journeys.map(|(i, j)| of("journey", &j.name, &|r| r.journeys[i].flows[0]));
    let deployables = deployables.map(|(i, d)| of("deployable", &d.name, &|r| r.deployables[i].flows[0]));
    let servers = stores.clone().map(|(i, s)| of("store", &s.name, &|r| r.stores[i].flows[0]));
    let uses_cpu = |i: usize| runs.iter().any(|record| record.stores[i].cpu.whole.arrived > 0);
    let cores = stores.filter(|(i, _)| uses_cpu(*i));
    let cores = cores.map(|(i, s)| of("cores of a store", &s.name, &|r| r.stores[i].cpu.flows[0]));
    journeys.chain(deployables).chain(servers).chain(cores).collect()
}

fn figures(
    kind: &'static str,
    name: &str,
    runs: &[&Record],
    flow: &dyn Fn(&Record) -> Flow,
    seconds: f64,
    confidence: f64,
) -> StationFigures {
    let mean = |of: &dyn Fn(&Flow) -> f64| {
        let values: Vec<f64> = runs.iter().map(|record| of(&flow(record))).collect();
        interval::mean(&values, confidence)
    };
    let ratio = |of: &dyn Fn(&Record, &Flow) -> (f64, f64)| {
        let ratios: Vec<Ratio> = runs
            .iter()
            .map(|record| {
                let (part, whole) = of(record, &flow(record));
                Ratio { part, whole }
            })
            .collect();
        interval::ratio(&ratios, confidence)
    };
    let present = |flow: &Flow| flow.level_nanos() as f64 / 1e9 / seconds;
    let rate = |flow: &Flow| (flow.arrived - flow.refused) as f64 / seconds;
    let little = |flow: &Flow| {
        let (sum, left) = stay(flow);
        if left > 0.0 { rate(flow) * sum / left } else { 0.0 }
    };
    StationFigures {
        kind,
        name: name.to_owned(),
        rate: mean(&rate),
        present: mean(&present),
        stay: ratio(&|_, flow| stay(flow)),
        rate_times_stay: mean(&little),
        difference: mean(&|flow| present(flow) - little(flow)),
        throughput: mean(&|flow| flow.completed as f64 / seconds),
        service: ratio(&|_, flow| (flow.service.ended_nanos as f64 / 1e9, flow.service.ended as f64)),
        busy: mean(&|flow| flow.service.level_nanos as f64 / 1e9 / seconds),
        visits: ratio(&|record, flow| {
            let requests: u64 = record.journeys.iter().map(|journey| journey.flows[0].arrived).sum();
            (flow.arrived as f64, requests as f64)
        }),
    }
}

/// The time of the visits that ended, and how many left the station.
fn stay(flow: &Flow) -> (f64, f64) {
    let sum = flow.line.ended_nanos + flow.service.ended_nanos;
    (sum as f64 / 1e9, (flow.completed + flow.withdrawn + flow.failed) as f64)
}
