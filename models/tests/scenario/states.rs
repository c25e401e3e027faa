//! Claims about instants and states of levels: what they mean in a plan, and what is said of those that mean nothing.

use archsim_models::plan::{LevelName, Question, State, Watch, Watched, WindowId};
use archsim_models::scenario::{self, Diagnostic, Scenario, Statistic, Told, Unit};
use archsim_sim::{Span, Time};

const QUEUE: &str = "\
archsim: 1
system:
  capabilities: { serve: { work: 10ms, reads: items } }
  data: { items: {} }
  journeys: { ask: { share: 100%, enters: serve } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 10s, measure: 60s, windows: { late: { from: 50s, for: 5s } } }
architectures:
  one:
    deployables: { web: { runs: all, instances: 2, threads: 4, queue: 100 } }
    stores: { db: { holds: all, servers: 3 } }
faults:
  - { at: 20s, for: 10s, hang: serve }
experiment:
  control: { without: faults }
  claims:
    - { that: it holds, CLAIM, at-most: BOUND }
";

fn read(claim: &str, bound: &str) -> (Option<Scenario>, Vec<Diagnostic>) {
    let text = QUEUE.replace("CLAIM", claim).replace("BOUND", bound);
    let reading = scenario::read("queue.yaml", text.as_bytes(), &[]);
    (reading.scenario, reading.diagnostics)
}

fn good(claim: &str, bound: &str) -> Scenario {
    let (scenario, diagnostics) = read(claim, bound);
    scenario.unwrap_or_else(|| panic!("{claim}: {diagnostics:#?}"))
}

fn watches(claim: &str, bound: &str) -> Vec<Watch> {
    good(claim, bound).arms[0].plan.watches.clone()
}

/// The one error, its place in the file's claim, and what it says.
fn bad(claim: &str, bound: &str, code: &str, path: &str, says: &str) {
    let (scenario, diagnostics) = read(claim, bound);
    assert!(scenario.is_none(), "{claim} reads");
    let [found] = diagnostics.as_slice() else { panic!("{claim}: {diagnostics:#?}") };
    assert_eq!((found.code, found.path.as_str(), found.line), (code, path, 17), "{claim}");
    let text = format!(
        "{} {} {}",
        found.message,
        found.allowed.as_deref().unwrap_or_default(),
        found.help.as_deref().unwrap_or_default()
    );
    assert!(text.contains(says), "{claim}: {text}");
    assert!(scenario::explain(code).is_some());
}

const CLAIM: &str = "experiment.claims.1";

#[test]
fn an_instant_counts_from_its_windows_start() {
    let at = |secs| Question::At(Time::ZERO + Span::from_secs(secs));
    let web = Watched::Deployable(archsim_models::plan::DeployableId(0));
    let watch = |question| vec![Watch { of: web, level: LevelName::Queue, question }];
    assert_eq!(watches("measure: queue, deployable: web, at: 59s", "5"), watch(at(69)));
    assert_eq!(watches("measure: queue, deployable: web, during: after, at: 2s", "5"), watch(at(42)));
    assert_eq!(watches("measure: queue, deployable: web", "5"), []);
}

#[test]
fn a_state_is_watched_in_its_window() {
    let db = Watched::Store(archsim_models::plan::StoreId(0));
    let found = watches("measure: in-state, store: db, during: late, state: { busy: { at-least: 2 } }", "5%");
    let question = Question::While { state: State { least: 2, most: u32::MAX }, during: WindowId(4) };
    assert_eq!(found, [Watch { of: db, level: LevelName::Busy, question }]);
    let of = |height: &str| {
        let claim = format!("measure: time-to-state, store: db, state: {{ queue: {height} }}");
        match watches(&claim, "5s")[0].question {
            Question::While { state, .. } => (state.least, state.most),
            Question::At(_) => panic!("no instant was asked for"),
        }
    };
    assert_eq!(of("0"), (0, 0));
    assert_eq!(of("{ exactly: 3 }"), (3, 3));
    assert_eq!(of("{ at-most: 3 }"), (0, 3));
    assert_eq!(of("{ between: [2, 4] }"), (2, 4));
}

#[test]
fn a_plan_is_asked_the_same_question_once() {
    let text = QUEUE.replace("CLAIM", "measure: queue, deployable: web, at: 5s").replace("BOUND", "5");
    let claim = text.lines().last().expect("a claim").to_owned();
    let text = format!("{text}{}\n", claim.replace("that: it holds", "that: it holds again"));
    let reading = scenario::read("queue.yaml", text.as_bytes(), &[]);
    let scenario = reading.scenario.expect("it reads");
    assert_eq!((scenario.experiment.claims.len(), scenario.arms[0].plan.watches.len()), (2, 1));
}

#[test]
fn bounds_have_the_unit_of_what_is_told() {
    let claim = |claim: &str, bound: &str| good(claim, bound).experiment.claims[0].clone();
    let failed = claim("measure: failed, as: count", "20");
    assert_eq!((failed.detail.told, failed.unit()), (Told::Count, Unit::Count));
    let lost = claim("measure: unavailability, as: { time-of: 720h }", "45min");
    assert_eq!((lost.detail.told, lost.unit()), (Told::TimeOf(Span::from_secs(720 * 3600)), Unit::Seconds));
    let recovers = claim("measure: time-to-recover, objective: 99%, statistic: p90", "30s");
    assert_eq!((recovers.during.as_str(), recovers.detail.objective), ("after", Some(0.99)));
    assert_eq!(recovers.detail.statistic, Statistic::Quantile(0.9));
    bad(
        "measure: failed, as: count",
        "20%",
        "E0601",
        "experiment.claims.1.at-most",
        "does not bound `failed`",
    );
}

#[test]
fn details_belong_to_their_measures() {
    bad("measure: in-state, deployable: web", "5%", "E0606", CLAIM, "write `state:");
    bad("measure: slower", "5%", "E0606", CLAIM, "write `than: 250ms`");
    let path = |key: &str| format!("{CLAIM}.{key}");
    bad("measure: p99, at: 5s", "5s", "E0606", &path("at"), "`at` of queue");
    bad(
        "measure: queue, deployable: web, state: { queue: 0 }",
        "5",
        "E0606",
        &path("state.queue"),
        "in-state",
    );
    bad("measure: p99, statistic: p50", "5s", "E0606", &path("statistic"), "time-to-state");
    bad("measure: p99, as: count", "5s", "E0606", &path("as"), "availability");
    bad("measure: goodput, as: { time-of: 1h }", "5/s", "E0606", &path("as.time-of"), "shares");
    bad("measure: availability, objective: 99%", "5%", "E0606", &path("objective"), "time-to-recover");
    bad("measure: p99, than: 1s", "5s", "E0606", &path("than"), "slower");
    let drained = "measure: time-to-state, deployable: web, state: { queue: 0 }, statistic: p50, versus: one";
    bad(drained, "5s", "E0606", &path("versus"), "restricted-mean");
}

#[test]
fn how_many_are_up_is_a_level_like_the_others() {
    let up = good("measure: up, deployable: web", "2").experiment.claims[0].clone();
    assert_eq!((up.unit(), up.detail.state), (Unit::Count, None));
    let at = watches("measure: up, store: db, at: 5s", "1");
    let [Watch { of: Watched::Store(_), level: LevelName::Up, question: Question::At(_) }] = at[..] else {
        panic!("{at:?}")
    };
    bad("measure: up, journey: ask", "2", "E0604", "experiment.claims.1.journey", "deployable");
    bad("measure: up, deployable: web", "50%", "E0601", "experiment.claims.1.at-most", "does not bound `up`");
    let state = "measure: up, deployable: web, state: { up: 2 }";
    bad(state, "2", "E0606", "experiment.claims.1.state.up", "in-state");
}

#[test]
fn what_can_never_be_seen_is_said() {
    let path = |key: &str| format!("{CLAIM}.{key}");
    bad("measure: queue, deployable: web, at: 60s", "5", "E0607", &path("at"), "below 60s");
    let late = "measure: queue, deployable: web, during: late, at: 5s";
    bad(late, "5", "E0607", &path("at"), "`late`");
    bad("measure: queue, at: 5s", "5", "E0608", CLAIM, "web, db");
    bad("measure: time-to-state, state: { queue: 0 }", "5s", "E0608", CLAIM, "deployable: …");
    let state =
        |measure: &str, state: &str| format!("measure: {measure}, deployable: web, state: {{ {state} }}");
    let all_or_nothing = |level: &str, height: &str, says: &str| {
        let claim = state("in-state", &format!("{level}: {height}"));
        bad(&claim, "5%", "E0609", &path(&format!("state.{level}")), says);
    };
    all_or_nothing("busy", "{ at-least: 9 }", "can never be");
    all_or_nothing("queue", "201", "can never be");
    all_or_nothing("present", "{ at-least: 209 }", "can never be");
    all_or_nothing("busy", "{ at-most: 8 }", "always");
    all_or_nothing("queue", "{ at-least: 0 }", "always");
    good(&state("in-state", "present: { at-least: 208 }"), "5%");
    bad(&state("in-state", "busy: { between: [5, 2] }"), "5%", "E0602", &path("state.busy"), "in this order");
    bad(
        &state("in-state", "busy: { between: [5] }"),
        "5%",
        "E0211",
        &path("state.busy.between"),
        "each entry",
    );
    bad(&state("in-state", "bussy: 1"), "5%", "E0206", &path("state.bussy"), "busy");
}

#[test]
fn a_column_is_of_what_needs_nothing_but_its_name() {
    let text = QUEUE.replace("CLAIM", "measure: failed").replace("BOUND", "5%");
    let text = text.replace("experiment:\n", "experiment:\n  measures: [in-state]\n");
    let reading = scenario::read("queue.yaml", text.as_bytes(), &[]);
    assert_eq!(reading.diagnostics[0].code, "E0206", "{:#?}", reading.diagnostics);
}
