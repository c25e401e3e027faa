//! A good scenario, read as a user of the crate would: what it says is what the plans say.

use archsim_models::plan::{Arrivals, Effect, RateSegment, Step};
use archsim_models::policy::{Backoff, FallbackAnswer, Layer};
use archsim_models::scenario::{self, Arm, ArmKind, Bound, Measure, Reading, Scenario, Subject};
use archsim_sim::{Distribution, Limit, Span, Time};

const STREAMING: &[u8] = include_bytes!("streaming.yaml");

fn reading(sets: &[(&str, &str)]) -> Reading {
    let sets: Vec<_> = sets.iter().map(|&(path, value)| (path.to_owned(), value.to_owned())).collect();
    scenario::read("scenarios/streaming.yaml", STREAMING, &sets)
}

fn read(sets: &[(&str, &str)]) -> Scenario {
    let reading = reading(sets);
    assert!(reading.diagnostics.iter().all(|it| it.code.starts_with('W')), "{:#?}", reading.diagnostics);
    reading.scenario.expect("no errors")
}

fn arm<'s>(scenario: &'s Scenario, name: &str) -> &'s Arm {
    scenario.arms.iter().find(|arm| arm.name == name).expect("an arm of that name")
}

fn secs(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

#[test]
fn its_arms_are_those_named_and_their_controls() {
    let scenario = read(&[]);
    assert_eq!((scenario.name.as_str(), scenario.system.as_str()), ("streaming", "streaming"));
    let arms: Vec<_> = scenario.arms.iter().map(|arm| (arm.name.as_str(), arm.kind, arm.tint)).collect();
    let (monolith, bare, resilient) = (ArmKind::Monolith, ArmKind::Microservices, ArmKind::Resilient);
    assert_eq!(
        arms,
        [
            ("monolith", monolith, 0),
            ("bare", bare, 0),
            ("dead", bare, 1),
            ("resilient", resilient, 0),
            ("bare·control", bare, 0),
            ("resilient·control", resilient, 0)
        ]
    );
    let control = arm(&scenario, "bare·control");
    assert_eq!(control.control_of.as_deref(), Some("bare"));
    assert!(control.plan.faults.is_empty());
    assert_eq!(control.plan.windows, arm(&scenario, "bare").plan.windows);
    assert!((arm(&scenario, "resilient").cores - arm(&scenario, "monolith").cores).abs() < 0.33);
}

#[test]
fn windows_come_from_the_faults_and_count_from_the_measured_start() {
    let scenario = read(&[]);
    let windows: Vec<_> =
        scenario.arms[0].plan.windows.iter().map(|it| (it.name.as_str(), it.from, it.until)).collect();
    assert_eq!(
        windows,
        [
            ("run", secs(10), secs(100)),
            ("before", secs(10), secs(40)),
            ("fault", secs(40), secs(70)),
            ("after", secs(70), secs(100)),
            ("early", secs(10), secs(20))
        ]
    );
}

#[test]
fn a_step_is_named_alike_in_every_arm() {
    let scenario = read(&[]);
    let keys = |arm: &Arm| {
        let programs = arm.plan.programs.iter();
        let mut keys: Vec<u64> = programs
            .flat_map(|program| program.blocks.iter().flatten())
            .filter_map(|step| match step {
                Step::Work { key, .. }
                | Step::Latency { key, .. }
                | Step::Store { key, .. }
                | Step::OneOf { key, .. } => Some(*key),
                Step::Cached(access) => Some(access.key),
                Step::Transaction(step) => Some(step.key),
                Step::Call(site) => Some(arm.plan.sites[site.at()].key),
                Step::Parallel { .. } => None,
            })
            .collect();
        keys.sort_unstable();
        keys
    };
    let first = keys(&scenario.arms[0]);
    assert!(first.windows(2).all(|pair| pair[0] != pair[1]), "no two steps share a name");
    assert!(scenario.arms.iter().all(|arm| keys(arm) == first));
}

#[test]
fn a_call_within_a_deployable_is_bare_and_one_between_them_has_its_policies() {
    let scenario = read(&[]);
    let monolith = &arm(&scenario, "monolith").plan;
    assert!(monolith.sites.iter().all(|site| site.in_process && site.guard.is_none()));
    let resilient = &arm(&scenario, "resilient").plan;
    let site = resilient.sites.iter().find(|site| site.name == "home -> ratings").expect("a call");
    assert!(!site.in_process && site.optional && site.repeat == 2 && (site.probability - 0.5).abs() < 1e-12);
    let guard = &resilient.guards[site.guard.expect("policies").at()];
    let Layer::Fallback(fallback) = &guard.layers[0] else { panic!("{:?}", guard.layers) };
    assert_eq!(fallback.answer, FallbackAnswer::Static);
    let Layer::Retry(retry) = &guard.layers[1] else { panic!("{:?}", guard.layers) };
    assert_eq!(retry.backoff, Backoff::FullJitter { base: Span::from_millis(50), cap: Span::from_secs(1) });
    let [Layer::Breaker(_), Layer::Timeout(timeout), Layer::ThreadPool(pool), Layer::Timeout(socket)] =
        &guard.layers[2..]
    else {
        panic!("{:?}", guard.layers)
    };
    assert_eq!((timeout.after, pool.size, socket.after), (Span::from_millis(500), 20, Span::from_secs(30)));
}

#[test]
fn a_fallback_may_be_another_capability_called_bare() {
    let scenario = read(&[]);
    let plan = &arm(&scenario, "resilient").plan;
    let site = plan.sites.iter().find(|site| site.name == "play -> ratings").expect("a call");
    let guard = &plan.guards[site.guard.expect("policies").at()];
    let substitute = &plan.sites[guard.fallbacks[0].expect("a capability").site.at()];
    assert_eq!((substitute.name.as_str(), substitute.guard), ("play -> popular", None));
}

#[test]
fn a_fallback_of_the_default_is_left_out_where_the_call_is_required() {
    let scenario =
        read(&[("architectures.microservices.calls.default", "[{ fallback: omit }, { timeout: 1s }]")]);
    let plan = &arm(&scenario, "bare").plan;
    for site in plan.sites.iter().filter(|site| !site.in_process) {
        let layers = &plan.guards[site.guard.expect("policies").at()].layers;
        assert_eq!(matches!(layers[0], Layer::Fallback(_)), site.optional, "{}", site.name);
    }
}

#[test]
fn faults_of_an_arm_replace_those_of_all() {
    let scenario = read(&[]);
    let fault = |name| &arm(&scenario, name).plan.faults[0];
    let Effect::Slow { add: Some(add), factor, .. } = &fault("bare").effect else { panic!("slow") };
    assert_eq!((add, *factor), (&Distribution::exponential(Span::from_secs(5)), 1.0));
    assert!(matches!(fault("dead").effect, Effect::Error { at_once: false, .. }));
    assert_eq!((fault("dead").from, fault("dead").until), (secs(40), secs(70)));
}

#[test]
fn a_fault_of_a_deployable_or_store_is_about_the_capabilities_behind_it() {
    let faulty = |value: &str| {
        let scenario = read(&[("faults", value), ("experiment.claims", "[]")]);
        let graph = &scenario.graph;
        let names = graph.faulty.iter().map(|&at| graph.capabilities[at].name.clone()).collect::<Vec<_>>();
        let related = (0..3).filter(|&at| !graph.unrelated[at]).map(|at| graph.journeys[at].clone());
        (names, related.collect::<Vec<_>>())
    };
    let only_fault = "[{ at: 30s, for: 30s, crash: popular }]";
    assert_eq!(faulty(only_fault).0, ["ratings", "popular"], "`ratings` is the fault of another arm");
    let (names, related) = faulty("[{ at: 30s, for: 30s, outage: history }]");
    assert_eq!(names, ["personalize", "ratings", "play"]);
    assert_eq!(related, ["browse", "play"]);
}

#[test]
fn rates_over_time_are_segments_from_the_start_to_the_horizon() {
    let segments = |value: &str| {
        let scenario = read(&[("workload.arrivals", value)]);
        match &scenario.arms[0].plan.workload.arrivals {
            Arrivals::Open { rate, .. } => rate.clone(),
            other => panic!("{other:?}"),
        }
    };
    let segment = |from, until, rate_from, rate_until| RateSegment {
        from: secs(from),
        until: secs(until),
        rate_from,
        rate_until,
    };
    assert_eq!(segments("{ constant: 600/min }"), [segment(0, 100, 10.0, 10.0)]);
    assert_eq!(
        segments("{ poisson: { ramp: [{ at: 0s, rate: 10/s }, { at: 30s, rate: 40/s }] } }"),
        [segment(0, 10, 10.0, 10.0), segment(10, 40, 10.0, 40.0), segment(40, 100, 40.0, 40.0)]
    );
    assert_eq!(
        segments("{ poisson: { steps: [{ at: 0s, rate: 10/s }, { at: 30s, rate: 40/s }] } }"),
        [segment(0, 40, 10.0, 10.0), segment(40, 100, 40.0, 40.0)]
    );
    assert_eq!(
        segments("{ poisson: { spike: { base: 10/s, factor: 3, at: 20s, for: 30s, rise: 10s } } }"),
        [
            segment(0, 30, 10.0, 10.0),
            segment(30, 40, 10.0, 30.0),
            segment(40, 70, 30.0, 30.0),
            segment(70, 80, 30.0, 10.0),
            segment(80, 100, 10.0, 10.0)
        ]
    );
}

#[test]
fn claims_are_in_base_units() {
    let scenario = read(&[]);
    let claims = &scenario.experiment.claims;
    assert_eq!((claims[0].measure, &claims[0].subject), (Measure::Availability, &Subject::Journeys(vec![1])));
    assert_eq!((claims[0].bound, claims[0].during.as_str()), (Bound::AtLeast(0.99), "fault"));
    assert_eq!(claims[1].subject, Subject::Unrelated);
    assert_eq!(claims[1].arms, ["monolith", "bare", "dead", "resilient"]);
    assert_eq!((claims[2].bound, claims[2].versus.as_deref()), (Bound::AtMost(-0.01), Some("dead")));
    assert_eq!(claims[4].bound, Bound::AtMost(0.8));
}

#[test]
fn a_set_takes_the_place_of_what_is_written_or_left_out() {
    let scenario = read(&[
        ("architectures.microservices.deployables.each.threads", "unbounded"),
        ("architectures.resilient.calls.default.timeout", "250ms"),
        ("architectures.resilient.calls.home -> ratings.preset.hystrix-1.5.breaker.volume", "7"),
        ("faults.slow.latency", "9s"),
        ("run.bucket", "500ms"),
    ]);
    let bare = &arm(&scenario, "bare").plan;
    assert_eq!(bare.bucket, Span::from_millis(500));
    assert!(bare.deployables.iter().filter(|it| it.name != "edge").all(|it| it.threads == Limit::Unbounded));
    assert!(scenario.resolved().contains("after: 250ms") && scenario.resolved().contains("volume: 7"));
    assert!(scenario.resolved().contains("latency: 9s"));
}

#[test]
fn the_resolved_form_reads_to_the_same_and_says_where_values_come_from() {
    for sets in [
        &[][..],
        &[("workload.arrivals", "{ closed: { users: 9, think: 2s } }"), ("title", "\"a: #b\\n\\\"c\"")],
    ] {
        let first = read(sets);
        let reading = scenario::read("streaming.yaml", first.resolved().as_bytes(), &[]);
        let again = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
        assert_eq!(first.resolved(), again.resolved());
        assert_eq!(first, again);
        for origin in
            ["# <- default: Tomcat maxThreads", "# <- each", "# <- extends microservices", "# <- computed"]
        {
            assert!(first.resolved().contains(origin), "{origin}");
        }
    }
}

#[test]
fn the_hash_names_what_is_said_and_not_how() {
    let hash = read(&[]).hash;
    assert_eq!(hash.len(), 16);
    assert_eq!(hash, read(&[("architectures.monolith.deployables.app.threads", "200")]).hash);
    assert_ne!(hash, read(&[("architectures.monolith.deployables.app.threads", "201")]).hash);
}
