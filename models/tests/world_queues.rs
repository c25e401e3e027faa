//! The simplest systems there are, against queueing theory.

mod common;

use archsim_models::plan::{Effect, Fault, Leaves, Window};
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Limit, Span};
use common::{Draft, latency, mean_and_error, secs, work};

#[test]
fn mm1_meets_its_mean_sojourn_time() {
    // λ = 80/s, 1/μ = 10 ms, ρ = 0.8: T = 10 ms / (1 − 0.8) = 50 ms.
    let mut draft = Draft::open(80.0, 100, 1_100);
    draft.deployable("server");
    let program = draft.capability("serve", vec![work(Span::from_millis(10))]);
    draft.journey("ask", program, 1.0);
    let means: Vec<f64> = (0..20)
        .map(|replication| simulate(&draft.plan, 1, replication).journeys[0].windows[0].latency.mean() / 1e6)
        .collect();
    let (mean, error) = mean_and_error(&means);
    // 3.88: two-sided 99.9 % of Student's t with 19 degrees of freedom.
    assert!((mean - 50.0).abs() < 3.88 * error, "{mean} ± {error} ms, theory 50 ms");
}

/// `slow-dependency` of the catalogue of experiments: one pool of 200 threads, a dependency that gets slow.
fn slow_dependency(timeout: Option<Span>, constant: bool) -> f64 {
    use archsim_models::policy::{Layer, TimeoutSettings};
    let mut draft = Draft::open(500.0, 0, 180);
    let dependency_latency = |mean: Span| {
        if constant { Distribution::constant(mean) } else { Distribution::exponential(mean) }
    };
    draft.deployable("dependency").cores = Limit::Unbounded;
    let dependency = draft.capability("dependency", vec![latency(dependency_latency(Span::from_millis(50)))]);
    let app = draft.deployable("app");
    app.cores = Limit::Unbounded;
    app.threads = Limit::AtMost(200);
    app.queue = Limit::AtMost(400);
    let layers =
        timeout.map(|after| vec![Layer::Timeout(TimeoutSettings { after, cancel: false, deadline: false })]);
    let own = work(Span::from_millis(5));
    let call = draft.call(dependency, false, layers.unwrap_or_default());
    let related = draft.capability("related", vec![own.clone(), call]);
    let unrelated = draft.capability("unrelated", vec![own]);
    draft.journey("related", related, 0.2);
    draft.journey("unrelated", unrelated, 0.8);
    draft.plan.workload.patience = Some(Distribution::constant(Span::from_secs(2)));
    draft.plan.workload.leaves = if constant { Leaves::Queue } else { Leaves::Unnoticed };
    draft.plan.faults.push(Fault {
        from: secs(60),
        until: secs(120),
        effect: Effect::Slow {
            capability: archsim_models::plan::CapabilityId(0),
            add: None,
            factor: 200.0,
            key: 9,
        },
    });
    draft.plan.windows.push(Window { name: "fault".into(), from: secs(60), until: secs(120) });
    let shares: Vec<f64> = (0..4)
        .map(|replication| {
            let record = simulate(&draft.plan, 1, replication);
            let tally = &record.journeys[1].windows[1];
            tally.answered as f64 / tally.arrived as f64
        })
        .collect();
    mean_and_error(&shares).0
}

#[test]
fn a_slow_dependency_takes_unrelated_requests_down_unless_the_timeout_fits_the_pool() {
    // Known from a prototype: 5 %, 49 % and 100 %; the pool of 200 lasts where timeout · 100/s ≤ 200.
    let share = |timeout| slow_dependency(timeout, false);
    let (nothing, five, one) =
        (share(None), share(Some(Span::from_secs(5))), share(Some(Span::from_secs(1))));
    assert!((nothing - 0.05).abs() < 0.02, "{nothing}");
    assert!((five - 0.49).abs() < 0.04, "{five}");
    assert!(one > 0.995, "{one}");
}

#[test]
fn with_constant_latencies_and_leavers_dropped_throughput_is_what_the_pool_lets_through() {
    // Calls of the slow dependency pass at pool / latency; the queue is blind to who is who, so the unrelated
    // requests pass in proportion: 200 / (100/s · 10 s) = 20 %, and 40 % where a timeout cuts 10 s to 5 s.
    let share = |timeout| slow_dependency(timeout, true);
    let (nothing, five, one) =
        (share(None), share(Some(Span::from_secs(5))), share(Some(Span::from_secs(1))));
    assert!((nothing - 0.20).abs() < 0.03, "{nothing}");
    assert!((five - 0.40).abs() < 0.03, "{five}");
    assert!(one > 0.995, "{one}");
}
