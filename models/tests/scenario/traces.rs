//! Traces from files beside a scenario: what becomes of them, and what is said of the likeliest mistakes.

use archsim_models::plan::{Arrivals, Plan};
use archsim_models::scenario::{self, Reading, Unreadable};

const DAY: &str = "minute,requests,errors\n22:00,120,1\n22:01,60,n/a\n22:02,180,3\n\n22:03,240,4\n";

fn read(trace: &str) -> Reading {
    let text = format!(
        "\
archsim: 1
system:
  capabilities: {{ home: {{ work: 10ms }} }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {{ poisson: {{ trace: {trace} }} }} }}
run: {{ warmup: 0s, measure: 4min }}
architectures: {{ one: {{ deployables: {{ app: {{ runs: all }} }} }} }}
"
    );
    let files = |name: &str| match name {
        "day.csv" => Ok(DAY.as_bytes().to_vec()),
        "picture.png" => Ok(vec![0x89, 0xff]),
        _ => Err(Unreadable::Missing),
    };
    scenario::read_with("shop.yaml", text.as_bytes(), &[], &files)
}

/// Rates, per second, of the segments that the plan has.
fn rates(plan: &Plan) -> Vec<f64> {
    let Arrivals::Open { rate, .. } = &plan.workload.arrivals else { panic!("open arrivals") };
    let level = rate.iter().filter(|it| it.until.since(it.from).as_secs_f64() > 1.0);
    level.map(|it| it.rate_from).collect()
}

fn planned(trace: &str) -> Vec<f64> {
    let reading = read(trace);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    // The resolved form needs no file.
    assert!(!scenario.resolved().contains("file:") && scenario.resolved().contains("counts:"));
    let again = scenario::read("shop.yaml", scenario.resolved().as_bytes(), &[]);
    let again = again.scenario.expect("it reads again");
    assert_eq!((again.arms[0].plan.clone(), again.hash), (scenario.arms[0].plan.clone(), scenario.hash));
    rates(&scenario.arms[0].plan)
}

#[test]
fn a_column_of_a_file_stands_for_its_counts() {
    let counts = planned("{ counts: [120, 60, 180, 240] }");
    assert_eq!(counts, [2.0, 1.0, 3.0, 4.0]);
    assert_eq!(planned("{ file: { path: day.csv, column: requests } }"), counts);
    assert_eq!(planned("{ file: { path: day.csv, column: 2 } }"), counts);
    assert_eq!(
        planned("{ scale: 2, file: { path: day.csv, column: 2, from: 1min, for: 2min } }"),
        [2.0, 6.0]
    );
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line() {
    let said = |trace: &str| {
        let reading = read(trace);
        assert!(reading.scenario.is_none());
        let first = reading.diagnostics.first().expect("a message").clone();
        assert!(first.found.is_some() && first.allowed.is_some());
        assert!(scenario::explain(first.code).is_some_and(|page| page.starts_with(first.code)));
        first
    };
    assert_eq!(said("{ file: night.csv }").code, "E0545");
    assert_eq!(said("{ file: picture.png }").code, "E0545");
    let cell = said("{ file: day.csv }");
    assert_eq!((cell.code, cell.path.as_str()), ("E0546", "workload.arrivals.poisson.trace.file"));
    assert!(cell.message.starts_with("day.csv:3:10:"), "{}", cell.message);
    let column = said("{ file: { path: day.csv, column: users } }");
    assert_eq!(column.code, "E0547");
    assert!(column.allowed.is_some_and(|allowed| allowed.contains("minute, requests, errors")));
    assert_eq!(said("{ file: { path: day.csv, column: 2, from: 5min } }").code, "E0547");
    assert_eq!(said("{ counts: [1], file: day.csv }").code, said("{ scale: 2 }").code);
}
