//! Scaling: what may be written, what it means, and what is said of the likeliest mistakes.

use crate::reported::reads_again;
use archsim_models::plan::{Arrivals, Metric, Plan, RateSegment, Rule, Sizing};
use archsim_models::scaling::behaviour::{Amount, Bounds};
use archsim_models::scenario::{self, Reading, Severity};
use archsim_sim::{Span, Time};

fn read(arrivals: &str, app: &str) -> Reading {
    let text = format!(
        "\
archsim: 1
system:
  capabilities: {{ home: {{ work: 10ms }} }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {arrivals} }}
run: {{ warmup: 5s, measure: 60s }}
architectures: {{ one: {{ deployables: {{ app: {{ runs: all, instances: 2, boot: 4s, {app} }} }} }} }}
"
    );
    scenario::read("shop.yaml", text.as_bytes(), &[])
}

fn plan(arrivals: &str, app: &str) -> Plan {
    let reading = read(arrivals, app);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    reads_again(&scenario);
    scenario.arms[0].plan.clone()
}

/// The first message: its code, whether it is an error, and its field.
fn message(app: &str) -> (&'static str, bool, String) {
    let reading = read("{ poisson: 50/s }", app);
    let first = reading.diagnostics.first().expect("a message");
    assert!(first.found.is_some() && first.allowed.is_some());
    assert!(scenario::explain(first.code).is_some_and(|page| page.starts_with(first.code)));
    (first.code, first.severity == Severity::Error, first.path.clone())
}

#[test]
fn an_autoscaler_has_the_defaults_of_its_original() {
    let plan = plan("{ poisson: 50/s }", "scaling: { hpa: { target: [60%, { requests: 80/s }], max: 9 } }");
    let app = &plan.deployables[0];
    let scaling = app.scaling.as_ref().expect("it is scaled");
    assert_eq!((app.instances, app.slots(), scaling.boot), (2, 9, Span::from_secs(4)));
    assert_eq!((scaling.grace, scaling.replace), (Span::from_secs(30), None));
    let Sizing::Autoscaler(autoscaler) = &scaling.sizing else { panic!("{scaling:?}") };
    assert_eq!([autoscaler.every, autoscaler.window, autoscaler.delay], [Span::from_secs(15); 3]);
    let Rule::Hpa { goals, settings } = &autoscaler.rule else { panic!("{autoscaler:?}") };
    let goals: Vec<(Metric, f64)> = goals.iter().map(|goal| (goal.metric, goal.target)).collect();
    assert_eq!(goals, [(Metric::Cpu, 0.6), (Metric::Requests, 80.0)]);
    let [up, down] = settings.rules.as_ref().expect("rules");
    assert_eq!(settings.bounds, Bounds { min: 1, max: 9 });
    assert_eq!([up.stabilisation, down.stabilisation], [Span::ZERO, Span::from_secs(300)]);
    assert_eq!(
        up.policies.iter().map(|it| it.amount).collect::<Vec<_>>(),
        [Amount::Pods(4), Amount::Percent(100)]
    );
}

#[test]
fn tracking_steps_and_schedules_are_read() {
    let rule =
        |app: &str| match plan("{ poisson: 50/s }", app).deployables[0].scaling.clone().map(|it| it.sizing) {
            Some(Sizing::Autoscaler(autoscaler)) => autoscaler.rule,
            other => panic!("{other:?}"),
        };
    let Rule::Tracking { metric, settings, warm_up } =
        rule("scaling: { target-tracking: { target: { queue: 5 }, max: 4 } }")
    else {
        panic!()
    };
    assert_eq!(
        (metric, settings.points_out, settings.points_in, warm_up),
        (Metric::Queue, 3, 15, Span::from_secs(300))
    );
    let steps = "scaling: { steps: { threshold: 50%, max: 9, above: [{ by: 0.2, percent: 10 }, { by: 0.4, percent: 30 }], below: [{ by: 0.2, percent: 10 }, { by: 0.4, percent: 30 }] } }";
    let Rule::Steps { policy, .. } = rule(steps) else { panic!() };
    // The documentation's own example, in shares: a threshold of 50 and steps 10 and 20 beyond it.
    for (metric, size, becomes) in [(0.61, 5, 6), (0.71, 9, 9), (0.39, 9, 8), (0.29, 9, 7), (0.55, 5, 5)] {
        assert_eq!(policy.clone().look(metric, size, 0), becomes, "{size} at {metric}");
    }
    let planned = plan(
        "{ poisson: 50/s }",
        "scaling: { schedule: [{ at: 10s, instances: 5 }, { at: 20s, instances: 1 }], replace: 3s }",
    );
    let scaling = planned.deployables[0].scaling.as_ref().expect("it is scaled");
    let Sizing::Schedule(sizes) = &scaling.sizing else { panic!() };
    let sizes: Vec<(Time, u32)> = sizes.iter().map(|it| (it.at, it.instances)).collect();
    assert_eq!(sizes, [(Time::ZERO + Span::from_secs(15), 5), (Time::ZERO + Span::from_secs(25), 1)]);
    assert_eq!((scaling.most, scaling.replace), (5, Some(Span::from_secs(3))));
}

#[test]
fn the_likeliest_mistakes_are_told() {
    let error = |app: &str| {
        let (code, error, path) = message(app);
        (code, error, path.replace("architectures.one.deployables.app.", ""))
    };
    assert_eq!(
        error("scaling: { hpa: { target: 60%, min: 4, max: 9 } }"),
        ("E0551", true, "architectures.one.deployables.app".into())
    );
    assert_eq!(error("scaling: { hpa: { target: 60%, min: 4, max: 3 } }"), ("E0551", true, "scaling".into()));
    assert_eq!(
        error("cores: unbounded, scaling: { hpa: { target: 60%, max: 9 } }"),
        ("E0552", true, "scaling".into())
    );
    assert_eq!(
        error(
            "scaling: { steps: { threshold: 50%, max: 9, above: [{ by: 1, add: 2 }, { by: 0.5, add: 1 }] } }"
        ),
        ("E0553", true, "scaling.steps.above.2".into())
    );
    assert_eq!(
        error("scaling: { steps: { threshold: 50%, max: 9 } }"),
        ("E0553", true, "scaling.steps".into())
    );
    assert_eq!(
        error("scaling: { schedule: [{ at: 20s, instances: 5 }, { at: 10s, instances: 1 }] }"),
        ("E0554", true, "scaling.schedule.2".into())
    );
    assert_eq!(error("scaling: { hpa: { target: 95%, max: 9 } }"), ("W0725", false, "scaling".into()));
    assert_eq!(
        error("scaling: { hpa: { target: 60%, max: 9, every: 5s } }"),
        ("W0726", false, "scaling".into())
    );
}

fn rates(arrivals: &str) -> Vec<RateSegment> {
    let Arrivals::Open { rate, .. } = plan(arrivals, "cores: 8").workload.arrivals else { panic!() };
    rate
}

#[test]
fn a_trace_is_scaled_and_hurried() {
    let rate = rates("{ poisson: { trace: { counts: [600, 1200, 0, 60], scale: 0.5, speed-up: 6 } } }");
    let found: Vec<(u64, f64)> =
        rate.iter().map(|it| (it.from.as_nanos() / 1_000_000_000, it.rate_from)).collect();
    // Ten seconds for each minute; during the warm-up the first rate holds.
    assert_eq!(found, [(0, 5.0), (15, 10.0), (25, 0.0), (35, 0.5)]);
}

#[test]
fn a_days_wave_has_its_mean_and_its_peak() {
    let rate = rates("{ poisson: { diurnal: { mean: 100/s, swing: 40%, day: 30s, peak: 10s } } }");
    let measured = rate.iter().filter(|it| it.from >= Time::ZERO + Span::from_secs(5));
    let all: f64 = measured.map(RateSegment::expected).sum();
    assert!((all - 6_000.0).abs() < 1.0, "{all} requests in two days of 30 s");
    let peak = rate.iter().max_by(|a, b| a.rate_from.total_cmp(&b.rate_from)).expect("a peak");
    assert!((peak.rate_from - 140.0).abs() < 0.1, "{peak:?}");
    assert!([15, 45].contains(&(peak.from.as_nanos() / 1_000_000_000)), "{peak:?}");
}
