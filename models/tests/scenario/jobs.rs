//! Jobs that come back: how they are written, and what is said about mistakes.

use crate::reported::{self, good, reads_again};
use archsim_models::plan::{Arrivals, RateSegment};
use archsim_models::scenario::Diagnostic;
use archsim_models::world::simulate;
use archsim_sim::{Span, Time};

const SHOP: &str = "\
archsim: 1
system:
  capabilities: { page: { work: 1ms }, count: { work: 3ms } }
  journeys: { browse: { share: 100%, enters: page }, report: { share: 0%, enters: count, priority: 9 } }
workload:
  arrivals: { poisson: 20/s }
  jobs: { stock: { journey: report, arrivals: { constant: 100/s }, from: 30s, for: 20s, every: 2min } }
run: { warmup: 10s, measure: 400s }
architectures: { shop: { deployables: { app: { runs: all } } } }
experiment: {}
";

fn spoiled(old: &str, new: &str, code: &str) -> Diagnostic {
    reported::spoiled(SHOP, old, new, code, "workload.jobs.stock.every")
}

#[test]
fn a_job_runs_at_its_hours_until_the_end() {
    reported::is_faultless(SHOP);
    let scenario = good(SHOP);
    reads_again(&scenario);
    let plan = &scenario.arms[0].plan;
    let Arrivals::Open { rate, poisson: false } = &plan.workload.jobs[0].arrivals else {
        panic!("even ones")
    };
    let at = |secs: u64| Time::ZERO + Span::from_secs(10 + secs);
    let run =
        |from| RateSegment { from: at(from), until: at(from + 20), rate_from: 100.0, rate_until: 100.0 };
    // The fourth is cut off where the measured time ends.
    let cut = RateSegment { until: at(400), ..run(390) };
    assert_eq!(*rate, [run(30), run(150), run(270), cut]);
    let record = simulate(plan, 1, 0);
    let arrived = &record.journeys[1].arrived;
    let within = |from: usize, until: usize| arrived[from..until].iter().sum::<u64>();
    // Where an arrival falls on the edge of a run, rounding decides.
    assert!((6_997..=7_000).contains(&within(0, arrived.len())), "{}", within(0, arrived.len()));
    assert_eq!([within(0, 40), within(60, 160), within(180, 280), within(300, 400)], [0; 4]);
}

#[test]
fn runs_that_overlap_or_are_too_many_are_errors() {
    let found = spoiled("every: 2min", "every: 20s", "E0615");
    assert_eq!(found.found.as_deref(), Some("`for: 20s`, every 20s"));
    let found = spoiled("for: 20s, every: 2min", "every: 2min", "E0615");
    assert_eq!(found.found.as_deref(), Some("no end, every 120s"));
    let found = spoiled("for: 20s, every: 2min", "for: 1ms, every: 10ms", "E0616");
    assert_eq!(found.found.as_deref(), Some("37000 runs"));
    spoiled("every: 2min", "every: 2", "E0301");
}
