//! Queueing theory through scenario files: what a user's own file would give, against what is known exactly.
//!
//! Each file in `tests/queueing` is run 20 times; the known value must lie inside the simulator's own interval at a
//! family-wise 99.9 % (Bonferroni over all figures tested here).

use std::path::Path;

use archsim_experiments::interval;
use archsim_models::record::{Record, Tally};
use archsim_models::{scenario, world};

const REPLICATIONS: u64 = 20;
/// Figures tested in this file.
const FIGURES: f64 = 8.0;
const CONFIDENCE: f64 = 1.0 - 0.001 / FIGURES;

/// Runs the one arm of a file and checks a figure of its one journey.
fn check(name: &str, known: f64, figure: impl Fn(&Tally) -> f64) {
    let file = format!("{name}.yaml");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queueing").join(&file);
    let bytes = std::fs::read(&path).expect("the scenario file is there");
    let reading = scenario::read(&file, &bytes, &[]);
    let text = String::from_utf8_lossy(&bytes);
    let said: String = reading.diagnostics.iter().map(|d| d.render(&text, false)).collect();
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{said}"));
    let plan = &scenario.arms[0].plan;
    let measured: Vec<f64> = (0..REPLICATIONS)
        .map(|replication| world::simulate(plan, 1, replication))
        .map(|record: Record| figure(&record.journeys[0].windows[0]))
        .collect();
    let interval = interval::mean(&measured, CONFIDENCE).expect("there are values");
    assert!(
        interval.low <= known && known <= interval.high,
        "{name}: theory {known}, simulated {interval:?}"
    );
}

fn mean_ms(tally: &Tally) -> f64 {
    tally.latency.mean() / 1e6
}

/// Erlang's C: the probability that an arrival at `c` servers with offered load `a` has to wait.
fn erlang_c(c: u32, a: f64) -> f64 {
    // Erlang's B by its recursion, then C from it.
    let b = (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b));
    let rho = a / f64::from(c);
    b / (1.0 - rho * (1.0 - b))
}

#[test]
fn mm1() {
    check("mm1", 1_000.0 / (100.0 - 80.0), mean_ms);
}

#[test]
fn mm5() {
    let wait = erlang_c(5, 4.0) / (500.0 - 400.0);
    check("mm5", 1_000.0 * (0.010 + wait), mean_ms);
}

#[test]
fn md1() {
    let rho = 0.9;
    check("md1", 10.0 * (1.0 + rho / (2.0 * (1.0 - rho))), mean_ms);
}

#[test]
fn mg1_by_pollaczek_and_khinchin() {
    let (rho, cv) = (0.7, 2.0);
    check("mg1", 10.0 * (1.0 + rho * (1.0 + cv * cv) / (2.0 * (1.0 - rho))), mean_ms);
}

#[test]
fn mg1_processor_sharing_is_insensitive() {
    check("mg1-ps", 10.0 / (1.0 - 0.7), mean_ms);
}

/// Probabilities of n = 0 … 10 customers in M/M/3/10 with offered load 6.
fn mm3_10() -> Vec<f64> {
    let mut weights = vec![1.0];
    for n in 1..=10 {
        let before = weights[n - 1];
        weights.push(before * 6.0 / n.min(3) as f64);
    }
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

#[test]
fn mm3_10_refuses_its_share() {
    check("mm3-10", 1.0 - mm3_10()[10], |tally| tally.answered as f64 / tally.arrived as f64);
}

#[test]
fn mm3_10_serves_the_rest_in_time() {
    let probabilities = mm3_10();
    let present: f64 = probabilities.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    let accepted = 600.0 * (1.0 - probabilities[10]);
    check("mm3-10", 1_000.0 * present / accepted, mean_ms);
}

#[test]
fn three_stations_in_tandem() {
    let sojourn = |mean_ms: f64| 1_000.0 / (1_000.0 / mean_ms - 60.0);
    check("tandem", sojourn(12.5) + sojourn(8.333_333) + sojourn(10.0), mean_ms);
}
