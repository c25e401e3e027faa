//! Loads and empty-system latencies: with one user nobody is ever in anybody's way.

use archsim_experiments::theory::load::Load;
use archsim_models::scenario::read;
use archsim_models::world::simulate;

const ALONE: &str = "\
archsim: 1
system:
  data: { rows: {} }
  capabilities:
    page: { work: 2ms, reads: { rows: { repeat: 2 } }, calls: [inner, { parallel: [far, [inner, far]] }, { far: { repeat: 2 } }] }
    inner: { work: 1ms, latency: 3ms }
    far: { work: 4ms, writes: rows }
  journeys:
    look: { share: 100%, enters: page, objective: { within: 2s } }
workload: { arrivals: { closed: { users: 1, think: 1s } } }
run: { warmup: 10s, measure: 400s, drain: 10s }
architectures:
  one:
    deployables: { web: { runs: [page, inner], speed: ×2 }, far: { instances: 3 } }
    stores: { disk: { holds: rows, read: 5ms, write: 7ms } }
    network: { hop: 500us, user: 1ms, store: 250us, serialise: 100us }
";

#[test]
fn one_user_alone_takes_exactly_the_latency_of_the_empty_system() {
    let reading = read("alone.yaml", ALONE.as_bytes(), &[]);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    let plan = &scenario.arms[0].plan;
    let load = Load::of(plan);
    let record = simulate(plan, 1, 1);
    let tally = &record.journeys[0].windows[0];
    assert!(tally.answered > 300, "{tally:?}");
    let mean = tally.latency.sum() as f64 / tally.latency.count() as f64 / 1e9;
    // `far` beside `inner` and `far`: they share nothing but cores, of which there are enough.
    assert!((mean - load.journeys[0].seconds).abs() < 2e-9, "{mean} for {:?}", load.journeys);
    assert!(!load.journeys[0].at_least);
    // Nobody waits, so that the most that one user can ask for is what is asked for.
    let rate = tally.arrived as f64 / 400.0;
    assert!((load.rate.mean / rate - 1.0).abs() < 0.005, "{rate} for {:?}", load.rate);
    for (station, window) in load.stations.iter().zip(&record.deployables) {
        let window = &window.windows[0];
        let near =
            |found: f64, said: f64| assert!((found / said - 1.0).abs() < 0.01, "{found} for {station:?}");
        near(window.attempts as f64 / 400.0, station.arrivals);
        near(window.busy_threads, station.held);
        near(window.busy_cores, station.arrivals * station.work);
    }
    let (disk, window) = (&load.stations[2], &record.stores[0].windows[0]);
    assert!((window.operations as f64 / 400.0 / disk.arrivals - 1.0).abs() < 0.01, "{window:?} {disk:?}");
    assert!(
        (window.busy / disk.load.unwrap() / f64::from(disk.count) - 1.0).abs() < 0.01,
        "{window:?} {disk:?}"
    );
}
