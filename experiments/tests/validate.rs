//! `archsim validate` as scripts see it, and the page of known answers.

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;

use support::Place;

const CASE: &str = "\
case: half
title: A server at half load
source: arithmetic
full: { replications: 8 }
quick: { replications: 8, measure: 100s }
scenario:
  archsim: 1
  system:
    capabilities: { serve: { work: { exponential: 10ms } } }
    journeys: { ask: { share: 100%, enters: serve } }
  workload: { arrivals: { poisson: 50/s } }
  run: { warmup: 5s, measure: 200s, drain: 10s }
  architectures:
    one: { deployables: { server: { runs: all, cores: 1, threads: 1, queue: unbounded } } }
metrics:
  busy: { is: λ ÷ μ, measure: utilisation, deployable: server, expected: 50%, tolerance: 3%, exact: true }
  waited: { expected: 50%, waits-for: a measure of waiting }
";

#[test]
fn every_shipped_case_passes_a_quick_look() {
    let place = Place::new("validate-quick");
    let ended = place.archsim("validate --quick");
    ended.expect(0, &["mm1: M/M/1", " passed, 0 failed, "], &[]);
    assert!(ended.out.lines().last().unwrap().ends_with(" unsupported"), "{}", ended.out);
}

#[test]
fn a_case_of_ones_own_is_run_from_a_file_or_a_folder() {
    let place = Place::new("validate-own");
    std::fs::create_dir(place.path("cases")).unwrap();
    place.write("cases/half.yaml", CASE);
    place.write("cases/notes.txt", "no case");
    for name in ["cases", "cases/half.yaml"] {
        let ended = place.archsim(&format!("validate {name}"));
        ended.expect(0, &["half: A server at half load", "waits for a measure of waiting"], &[]);
        assert!(ended.out.ends_with("1 passed, 0 failed, 1 unsupported\n"), "{}", ended.out);
    }
    let (one, two) =
        (place.archsim("validate cases --jobs 1 --json"), place.archsim("validate cases --jobs 2 --json"));
    assert_eq!(one.out, two.out);
    let json: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!((&json["passed"], &json["unsupported"]), (&1.into(), &1.into()));
    let metrics = json["cases"][0]["metrics"].as_array().unwrap();
    assert_eq!((&metrics[0]["verdict"], &metrics[0]["expected"]), (&"passed".into(), &0.5.into()));
    assert_eq!((&metrics[1]["verdict"], &metrics[1]["simulated"]), (&"unsupported".into(), &().into()));
}

#[test]
fn a_figure_that_is_not_met_ends_with_3() {
    let place = Place::new("validate-fails");
    place.write("wrong.yaml", CASE.replace("expected: 50%, tolerance", "expected: 60%, tolerance"));
    let failed = &["FAILED: it is off by", "0 passed, 1 failed, 1 unsupported"];
    place.archsim("validate wrong.yaml").expect(3, failed, &[]);
    place.archsim("validate wrong.yaml --quick").expect(3, &["outside the simulator's own interval"], &[]);
}

#[test]
fn a_case_that_waits_for_a_mechanism_runs_nothing_and_passes_nothing() {
    let place = Place::new("validate-waits");
    let text =
        "case: cache\ntitle: A cache\nsource: Che\nwaits-for: caches\nmetrics:\n  hits: { expected: 43% }\n";
    place.write("cache.yaml", text);
    let ended = place.archsim("validate cache.yaml");
    ended.expect(0, &["waits for caches", "0 passed, 0 failed, 1 unsupported"], &[]);
}

/// Cases whose scenario is changed so that another answer would be right, and what must notice.
const CONTROLS: &[(&str, &str, &str)] = &[
    ("mg1", "cores: 1, threads: 1", "cores: 1, threads: unbounded"),
    ("mm3-10", "queue: 7", "queue: 8"),
    ("erlang-a", "leaves: queue", "leaves: unnoticed"),
    ("closed-network", "users: 40", "users: 38"),
    ("fork-join", "parallel: [left, right]", "parallel: [[left, right]]"),
    ("routing", "route: round-robin", "route: least-outstanding"),
    ("hystrix-pool", "size: 10", "size: 11"),
    ("retry", "attempts: 4", "attempts: 3"),
    ("serial-fallbacks", "repeat: 10", "repeat: 20"),
    ("tail-at-scale-10", "weight: 99 }", "weight: 49 }"),
    ("breaker", "[breaker]", "[{ breaker: { sleep-window: 10s } }]"),
];

#[test]
fn another_mechanism_is_noticed_even_in_a_quick_look() {
    use archsim_experiments::validate::shipped;
    let place = Place::new("validate-controls");
    for (name, right, wrong) in CONTROLS {
        let case = shipped::named(name).expect("a shipped case").text;
        let changed = case.replacen(right, wrong, 1);
        assert_ne!(changed, case, "{name}: {right}");
        let file = format!("{name}-changed.yaml");
        place.write(&file, changed);
        place.archsim(&format!("validate --quick {file}")).expect(3, &["FAILED"], &[]);
    }
}

/// Rows of the page's tables, up to what is simulated: one for each metric of each case.
#[test]
fn the_page_has_every_case_and_every_metric() {
    use archsim_experiments::validate::{page, shipped::SHIPPED};
    use archsim_models::scenario::case;
    let text = include_str!("../../docs/validation.md");
    let rows = || text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| case |"));
    let mut metrics = 0;
    for shipped in SHIPPED {
        let case = case::read(shipped.file, shipped.text.as_bytes()).case.expect("a shipped case is valid");
        let hint = "docs/validation.md is out of date: `archsim validate --page DATE` writes it";
        assert!(text.contains(&page::about(&case)), "{hint}: {}", case.name);
        for metric in &case.metrics {
            let start = page::start(&case, metric);
            let found: Vec<&str> = rows().filter(|row| row.starts_with(&start)).collect();
            let [row] = found.as_slice() else { panic!("{hint}: {start} {found:?}") };
            assert_eq!(row.ends_with("| passed |"), metric.figure.is_ok(), "{row}");
            metrics += 1;
        }
    }
    assert_eq!(rows().count(), metrics, "a row for each metric and no others");
    assert!(text.contains(page::EXAMPLE));
    let example = case::read("my-queue.yaml", page::EXAMPLE.as_bytes());
    assert_eq!(example.diagnostics, [], "the example is a case");
}

/// What is done to the case, and what is said of it: each with its line.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("title: A server at half load\n", "", &["needs `title`", "field: title"]),
    (
        "measure: utilisation",
        "measure: utilization",
        &["half.yaml:16:31", "field: metrics.busy.measure", "did you mean `utilisation`"],
    ),
    (
        "deployable: server, expected",
        "deployable: sever, expected",
        &["no deployable `sever`", "field: metrics.busy.deployable", "did you mean `server`"],
    ),
    (
        "deployable: server, expected",
        "journey: ask, expected",
        &["`utilisation` is not measured of a journey"],
    ),
    (
        "expected: 50%, tolerance",
        "expected: 50ms, tolerance",
        &["field: metrics.busy.expected", "a share such as"],
    ),
    ("expected: 50%, tolerance", "tolerance", &["a metric needs `expected`"]),
    ("tolerance: 3%, ", "", &["needs `tolerance` or `within`"]),
    ("tolerance: 3%", "within: 3ms", &["field: metrics.busy.within"]),
    ("exact: true", "exact: yes", &["field: metrics.busy.exact", "write `true`"]),
    ("waits-for: a measure of waiting", "during: run", &["needs `measure` or `waits-for`"]),
    ("quick: { replications: 8", "quick: { replications: many", &["field: quick.replications"]),
    ("quick: { replications: 8", "quick: { replications: 1", &["1 is too few"]),
    ("measure: 100s", "measure: 100", &["field: quick.measure", "no unit"]),
    (
        "threads: 1",
        "thraeds: 1",
        &["field: scenario.architectures.one.deployables.server.thraeds", "did you mean `threads`"],
    ),
    (
        "enters: serve",
        "enters: server",
        &["no capability `server`", "field: scenario.system.journeys.ask.enters"],
    ),
    ("case: half", "case: [half]", &["field: case"]),
    ("metrics:", "metrix:", &["`metrix` is not a key", "did you mean `metrics`"]),
    ("scenario:", "waits-for: x\nscenario:", &["only one of these at once"]),
    (
        "deployable: server, expected",
        "during: night, deployable: server, expected",
        &["there is no window `night`"],
    ),
];

#[test]
fn whatever_is_wrong_with_a_case_is_said_with_its_place_and_a_remedy() {
    let place = Place::new("validate-wrong");
    for (right, wrong, said) in WRONG {
        let text = CASE.replacen(right, wrong, 1);
        assert_ne!(text, CASE, "{right}");
        place.write("half.yaml", text);
        let ended = place.archsim("validate half.yaml");
        ended.expect(2, &[], said);
        assert!(ended.out.is_empty() && ended.err.contains("half.yaml:"), "{}", ended.err);
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let place = Place::new("validate-all");
    let many = CASE
        .replace("title: A server at half load\n", "titel: A server at half load\n")
        .replace("measure: utilisation", "measure: speed")
        .replace("threads: 1", "threads: one")
        .replace("replications: 8", "replications: 8ms")
        .replace("waits-for: a measure", "wait-for: a measure");
    place.write("many.yaml", many);
    place.write("other.yaml", "case: other\n");
    place.write("list.yaml", "- a\n");
    let said = &["titel", "`speed`", "`one`", "8ms", "wait-for", "other.yaml", "list.yaml"];
    let scenario = CASE.split("scenario:\n").nth(1).unwrap().split("metrics:").next().unwrap();
    place.write("scenario.yaml", scenario.replace("\n  ", "\n").trim_start());
    place.archsim("validate scenario.yaml").expect(2, &[], &["this is a scenario", "archsim run"]);
    place.archsim("validate many.yaml other.yaml list.yaml").expect(2, &[], said);
}

#[test]
fn what_is_not_there_ends_with_2_and_the_nearest_name() {
    let place = Place::new("validate-names");
    place.archsim("validate mg1-shring").expect(2, &[], &["did you mean `mg1-sharing`?"]);
    place.archsim("validate no-such.yaml").expect(2, &[], &["no file"]);
    std::fs::create_dir(place.path("empty")).unwrap();
    place.archsim("validate empty").expect(2, &[], &["has no case"]);
    let schema = place.archsim("validate --schema");
    schema.expect(0, &["archsim known answer", "waits-for"], &[]);
    assert!(serde_json::from_str::<serde_json::Value>(&schema.out).is_ok());
}
