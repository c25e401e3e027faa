//! The simplest systems there are, against queueing theory.

use crate::common::{Draft, latency, mean_and_error, secs, work};
use archsim_models::plan::{Arrivals, Deployable, Effect, Fault, Leaves, Plan, Step, Window};
use archsim_models::record::{Cause, Record};
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Limit, Sharing, Span};

/// One server deployable; times are in units of 10 ms, so that μ = 1 is a mean of 10 ms and λ = 1 is 100/s.
fn station(lambda: f64, seconds: u64, service: Distribution, set: impl Fn(&mut Deployable)) -> Draft {
    let mut draft = Draft::open(100.0 * lambda, seconds / 10, seconds);
    set(draft.deployable("server"));
    let serve = draft.capability("serve", vec![Step::Work { span: service, key: 1 }]);
    draft.journey("ask", serve, 1.0);
    draft
}

const UNIT: Span = Span::from_millis(10);

/// Holds a figure of twenty replications against theory.
fn check(what: &str, plan: &Plan, figure: impl Fn(&Record) -> f64, theory: f64) {
    let values: Vec<f64> = (0..20).map(|replication| figure(&simulate(plan, 1, replication))).collect();
    let (mean, error) = mean_and_error(&values);
    // 3.88: two-sided 99.9 % of Student's t with 19 degrees of freedom.
    assert!((mean - theory).abs() < 3.88 * error, "{what}: {mean} ± {error}, theory {theory}");
    assert!(3.88 * error < 0.15 * theory, "{what}: {mean} ± {error} says little");
}

/// Mean time in the system, in units.
fn sojourn(record: &Record) -> f64 {
    record.journeys[0].windows[0].latency.mean() / 1e7
}

#[test]
fn mm1_meets_its_mean_and_its_99th_percentile() {
    let draft = station(0.8, 400, Distribution::exponential(UNIT), |_| {});
    check("M/M/1", &draft.plan, sojourn, 5.0);
    // ln 100 / (1 - 0.8).
    let p99 = |record: &Record| record.journeys[0].windows[0].latency.quantile(0.99) as f64 / 1e7;
    check("M/M/1 p99", &draft.plan, p99, 23.026);
}

#[test]
fn mm5_at_four_fifths_meets_erlang_c() {
    // Erlang C for 5 servers and load 4: 0.5541; T = 1 + C / (5 - 4).
    let draft = station(4.0, 200, Distribution::exponential(UNIT), |server| server.cores = Limit::AtMost(5));
    check("M/M/5", &draft.plan, sojourn, 1.554_1);
    let busy = |record: &Record| record.deployables[0].windows[0].busy_cores;
    check("M/M/5 busy cores", &draft.plan, busy, 4.0);
}

#[test]
fn threads_before_unlimited_cores_are_servers_too() {
    let draft = station(4.0, 200, Distribution::exponential(UNIT), |server| {
        (server.cores, server.threads) = (Limit::Unbounded, Limit::AtMost(5));
    });
    check("M/M/5 by threads", &draft.plan, sojourn, 1.554_1);
    let busy = |record: &Record| record.deployables[0].windows[0].busy_threads;
    check("M/M/5 busy threads", &draft.plan, busy, 4.0);
    // Lq = C ρ / (1 - ρ).
    let queued = |record: &Record| record.deployables[0].windows[0].queued;
    check("M/M/5 queue", &draft.plan, queued, 0.554_1 * 4.0);
}

#[test]
fn md1_waits_half_as_long_as_mm1() {
    // 1 + 0.9 / (2 · 0.1).
    let draft = station(0.9, 600, Distribution::constant(UNIT), |_| {});
    check("M/D/1", &draft.plan, sojourn, 5.5);
}

#[test]
fn mg1_in_order_pays_for_variance_and_shared_does_not() {
    let service = || Distribution::lognormal(UNIT, 2.0);
    // Pollaczek and Khinchine: 1 + 0.7 · (1 + 4) / (2 · 0.3); processor sharing: 1 / 0.3.
    let draft = station(0.7, 1_000, service(), |_| {});
    check("M/G/1 in order", &draft.plan, sojourn, 6.833_3);
    let draft = station(0.7, 600, service(), |server| server.sharing = Sharing::Shared);
    check("M/G/1 shared", &draft.plan, sojourn, 3.333_3);
}

#[test]
fn mm3_with_ten_places_turns_half_away_in_overload() {
    let draft = station(6.0, 60, Distribution::exponential(UNIT), |server| {
        (server.cores, server.threads, server.queue) = (Limit::Unbounded, Limit::AtMost(3), Limit::AtMost(7));
    });
    // States 0 to 10: weights 6ⁿ/n! up to 3, then doubling.
    let weights: Vec<f64> = (0..=10)
        .map(|n: i32| if n < 3 { [1.0, 6.0, 18.0][n as usize] } else { 36.0 * f64::from(1 << (n - 3)) })
        .collect();
    let total: f64 = weights.iter().sum();
    let blocked = weights[10] / total;
    let present = weights.iter().zip(0..).map(|(weight, n)| weight * f64::from(n)).sum::<f64>() / total;
    let lost = |record: &Record| {
        let tally = &record.journeys[0].windows[0];
        tally.failed[Cause::QueueFull as usize] as f64 / tally.arrived as f64
    };
    check("M/M/3/10 lost", &draft.plan, lost, blocked);
    check("M/M/3/10 time of those who get in", &draft.plan, sojourn, present / (6.0 * (1.0 - blocked)));
}

#[test]
fn three_stations_in_a_row_each_behave_as_if_alone() {
    let mut draft = Draft::open(60.0, 30, 500);
    let mut steps = Vec::new();
    let mut programs = Vec::new();
    for (name, ms) in [("one", 10), ("two", 8), ("three", 12)] {
        draft.deployable(name);
        let mean = Distribution::exponential(Span::from_millis(ms));
        programs.push(draft.capability(name, vec![Step::Work { span: mean, key: 1 }]));
    }
    draft.deployable("front");
    for program in programs {
        steps.push(draft.remote(program, Vec::new()));
    }
    let front = draft.capability("front", steps);
    draft.journey("ask", front, 1.0);
    // 1 / (μ - λ) each, in units of 10 ms: 1/0.4 + 0.8/0.52 + 1.2/0.28.
    check("tandem", &draft.plan, sojourn, 1.0 / 0.4 + 0.8 / 0.52 + 1.2 / 0.28);
}

#[test]
fn a_repairman_keeps_ten_machines_running_as_theory_says() {
    let mut draft = Draft::open(1.0, 10, 200);
    let think = Distribution::exponential(Span::from_millis(100));
    draft.plan.workload.arrivals = Arrivals::Closed { users: 10, think };
    draft.deployable("repairman");
    let repair = draft.capability("repair", vec![work(UNIT)]);
    draft.journey("repair", repair, 1.0);
    // Load a = 0.1: probability of k broken ∝ 10!/(10-k)! aᵏ.
    let mut weights = vec![1.0];
    for broken in 0..10 {
        weights.push(weights[broken] * (10 - broken) as f64 * 0.1);
    }
    let idle = weights[0] / weights.iter().sum::<f64>();
    // Throughput (1 - idle) μ; by Little, time at the repairman = users / throughput - think.
    check("machine repair", &draft.plan, sojourn, 10.0 / (1.0 - idle) - 10.0);
    check("repairman busy", &draft.plan, |record| record.deployables[0].windows[0].busy_cores, 1.0 - idle);
}

#[test]
fn littles_law_holds_between_levels_and_latencies() {
    let draft = station(0.7, 300, Distribution::lognormal(UNIT, 2.0), |server| {
        (server.threads, server.sharing) = (Limit::AtMost(4), Sharing::Shared);
    });
    let record = draft.record();
    let (window, tally) = (&record.deployables[0].windows[0], &record.journeys[0].windows[0]);
    let present = window.busy_threads + window.queued;
    let seconds = draft.plan.windows[0].until.since(draft.plan.windows[0].from).as_secs_f64();
    let by_latency = tally.arrived as f64 / seconds * tally.latency.mean() / 1e9;
    // Requests cut by the edges of the window are all that may differ.
    assert!((present / by_latency - 1.0).abs() < 0.01, "{present} {by_latency}");
    let cpu = record.deployables[0].cpu_nanos as f64 / 1e9 / seconds;
    assert!((cpu / window.busy_cores - 1.0).abs() < 0.01, "{cpu} {}", window.busy_cores);
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
