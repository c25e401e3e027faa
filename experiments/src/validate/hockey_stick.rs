//! Mean stay against load: M/M/c for one, five and twenty servers, simulated at many loads, on Erlang's exact curves.
//!
//! The picture that every architect should know by heart, and the one that shows at a glance whether a simulator of
//! queues is one. Its points go the way of every user's file.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use archsim_models::scenario::{Measure, Scenario, Subject, read};
use archsim_output::{Chart, Curve, CurvePoint, Curves, Figure};

use super::Asked;
use crate::measure::{self, Quantity};
use crate::monte_carlo::{self, Campaign, Keep, Runs};
use crate::theory::erlang;

/// How many servers, each a curve.
const SERVERS: [u32; 3] = [1, 5, 20];
/// Loads that are simulated, in per cent.
const LOADS: [u32; 10] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95];
/// The mean service, in milliseconds.
const SERVICE_MS: f64 = 10.0;
/// Of each point.
const REPLICATIONS: u32 = 20;
const QUICK_REPLICATIONS: u32 = 8;

/// Simulates all points and draws them; `None` if it was cancelled.
///
/// # Errors
/// If the threads cannot be started.
pub fn figure(asked: &Asked, cancelled: &AtomicBool) -> Result<Option<Figure>, rayon::ThreadPoolBuildError> {
    let scenario = scenario(asked.quick);
    let replications = if asked.quick { QUICK_REPLICATIONS } else { REPLICATIONS };
    let campaign = Campaign {
        plans: scenario.arms.iter().map(|arm| &arm.plan).collect(),
        seed: asked.seed,
        replications,
        jobs: asked.jobs,
        keep: Keep { latencies: vec!["run".to_owned()], series: false },
    };
    let runs = monte_carlo::run(&campaign, cancelled, || {})?;
    Ok(runs.complete.then(|| draw(&scenario, &runs, asked)))
}

/// One architecture for each number of servers, one arm for each load of it.
fn scenario(quick: bool) -> Scenario {
    let measure = if quick { "20s" } else { "200s" };
    let mut text = format!(
        "archsim: 1\n\
        system:\n  capabilities: {{ serve: {{ work: {{ exponential: {SERVICE_MS}ms }} }} }}\n  \
        journeys: {{ ask: {{ share: 100%, enters: serve }} }}\n\
        workload: {{ arrivals: {{ poisson: 1/s }} }}\n\
        run: {{ warmup: 20s, measure: {measure}, drain: 60s }}\n\
        architectures:\n"
    );
    for servers in SERVERS {
        let _ = writeln!(
            text,
            "  servers-{servers}: {{ deployables: {{ server: {{ runs: all, cores: {servers}, threads: {servers}, \
             queue: unbounded }} }}, network: {{ hop: 0s, user: 0s, serialise: 0s }} }}"
        );
    }
    text.push_str("experiment:\n  arms:\n");
    for (servers, load) in points() {
        let _ = writeln!(
            text,
            "    {}: {{ architecture: servers-{servers}, workload: {{ arrivals: {{ poisson: {}/s }} }} }}",
            name(servers, load),
            rate(servers, load)
        );
    }
    read("hockey-stick.yaml", text.as_bytes(), &[]).scenario.expect("the text above is a valid scenario")
}

fn points() -> impl Iterator<Item = (u32, u32)> {
    SERVERS.into_iter().flat_map(|servers| LOADS.into_iter().map(move |load| (servers, load)))
}

fn name(servers: u32, load: u32) -> String {
    format!("servers-{servers}-load-{load}")
}

fn rate(servers: u32, load: u32) -> f64 {
    f64::from(servers) * f64::from(load) / 100.0 * 1000.0 / SERVICE_MS
}

/// Mean stay in milliseconds: service, and Erlang's wait.
fn stay_ms(servers: u32, load: f64) -> f64 {
    let wait = erlang::waits(servers, load * f64::from(servers)) / (f64::from(servers) * (1.0 - load));
    SERVICE_MS * (1.0 + wait)
}

fn draw(scenario: &Scenario, runs: &Runs, asked: &Asked) -> Figure {
    // All intervals together hold at 99.9 %, as those of the known answers do.
    let confidence = 1.0 - 0.001 / (SERVERS.len() * LOADS.len()) as f64;
    let point = |servers: u32, load: u32| {
        let arm = scenario.arms.iter().position(|arm| arm.name == name(servers, load))?;
        let quantity = Quantity::new(Measure::MeanLatency, Subject::All, "run");
        let (arm, runs) = (&scenario.arms[arm], &runs.arms[arm]);
        let found = measure::measure(&quantity, arm, &scenario.graph, runs, confidence).estimate?;
        let [y, low, high] = [found.value, found.low, found.high].map(|seconds| seconds * 1000.0);
        Some(CurvePoint { x: f64::from(load) / 100.0, y, low, high })
    };
    let curves = SERVERS.map(|servers| Curve {
        label: if servers == 1 { "1 server".to_owned() } else { format!("{servers} servers") },
        line: (1..=96).map(f64::from).map(|load| (load / 100.0, stay_ms(servers, load / 100.0))).collect(),
        points: LOADS.into_iter().filter_map(|load| point(servers, load)).collect(),
    });
    let on_curve = |curve: &Curve, servers: u32| {
        let on = |p: &&CurvePoint| (p.low..=p.high).contains(&stay_ms(servers, p.x));
        curve.points.iter().filter(on).count()
    };
    let on: usize = curves.iter().zip(SERVERS).map(|(curve, servers)| on_curve(curve, servers)).sum();
    let all = SERVERS.len() * LOADS.len();
    let title = if on == all {
        format!(
            "At all {all} loads the simulated stay is the exact one: twenty servers behind one queue hardly wait at 80 %"
        )
    } else {
        format!("At {} of {all} loads the simulated stay is not the exact one", all - on)
    };
    let replications = runs.replications();
    Figure {
        id: "hockey-stick".to_owned(),
        title,
        subtitle: format!(
            "mean stay at M/M/c, service {SERVICE_MS} ms · lines: Erlang C · points: {replications} seeds, intervals together at 99.9 % · seed {}",
            asked.seed
        ),
        footer: format!("archsim validate · archsim {}", env!("CARGO_PKG_VERSION")),
        alt: "Three curves that rise steeply towards full load, the more servers the later, with simulated points on them"
            .to_owned(),
        key_numbers: SERVERS
            .iter()
            .map(|&servers| format!("{servers} servers at 80 %: {:.1} ms", stay_ms(servers, 0.8)))
            .collect(),
        chart: Chart::Curves(Curves {
            x_title: "load of each server".to_owned(),
            x_percent: true,
            y_title: "mean stay, ms".to_owned(),
            log: true,
            curves: curves.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_a_quick_look_is_drawn_with_its_interval() {
        let asked = Asked { seed: 1, quick: true, jobs: 0 };
        let figure = figure(&asked, &AtomicBool::new(false)).unwrap().unwrap();
        let Chart::Curves(chart) = &figure.chart else { panic!("{figure:?}") };
        let points: Vec<_> = chart.curves.iter().flat_map(|curve| &curve.points).collect();
        assert_eq!(points.len(), 30);
        assert!(points.iter().all(|p| p.low < p.y && p.y < p.high));
        assert!(figure.title.starts_with("At all 30 loads"), "{}", figure.title);
    }
}
