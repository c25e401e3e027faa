//! What is no product form is not taken for one, and the reason is told.

use archsim_experiments::theory::exact;
use archsim_models::scenario::read;

const NETWORK: &str = "\
archsim: 1
system:
  capabilities:
    page: { work: { exponential: 5ms }, calls: [part] }
    part: { work: { exponential: 5ms } }
  journeys: { look: { share: 100%, enters: page } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 1s, measure: 10s }
architectures:
  net:
    deployables:
      page: { cores: 1, threads: unbounded }
      part: { cores: 1, threads: 1, queue: unbounded }
    network: { serialise: 0s }
";

/// Replaces a part of the network and requires words of the reason; none means that it is solved.
#[track_caller]
fn check(from: &str, to: &str, reason: &str) {
    assert!(NETWORK.contains(from), "{from}");
    let text = NETWORK.replace(from, to);
    let reading = read("net.yaml", text.as_bytes(), &[]);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    match exact(&scenario.arms[0].plan) {
        Ok(_) => assert!(reason.is_empty(), "{to} is solved"),
        Err(reasons) => {
            assert!(!reason.is_empty() && reasons.iter().any(|it| it.contains(reason)), "{to}: {reasons:?}");
        }
    }
}

#[test]
fn what_breaks_the_product_form_is_named() {
    check("archsim: 1", "archsim: 1", "");
    check("poisson: 50/s", "constant: 50/s", "not Poisson");
    check(
        "poisson: 50/s",
        "poisson: { ramp: [{ at: 0s, rate: 10/s }, { at: 9s, rate: 50/s }] }",
        "changes over time",
    );
    check("poisson: 50/s }", "poisson: 50/s }, patience: 1s", "patience");
    check("poisson: 50/s", "poisson: 250/s", "no steady state");
    check("threads: unbounded", "threads: 4", "threads of `page`");
    check("calls: [part]", "calls: [{ parallel: [part, part] }]", "parallel branches");
    check("part: { work: { exponential: 5ms } }", "part: { work: 5ms }", "one exponential law");
    check("cores: 1, threads: 1, queue: unbounded", "cores: 1, threads: 1, queue: 5", "queue of `part`");
    check("cores: 1, threads: unbounded", "cores: 1, instances: 2, threads: unbounded", "chosen at random");
    check("serialise: 0s }", "serialise: 100us }", "threads of `part`, held");
}

#[test]
fn what_keeps_it_is_kept() {
    // Nobody notices 5000 threads, 300 places, or policies that have nothing to do.
    check("threads: unbounded", "threads: 5000", "");
    check("threads: 1, queue: unbounded", "threads: 1, queue: 300", "");
    check("    network", "    calls: { default: [{ retry: 3 }] }\n    network", "");
    check(
        "    network",
        "    calls: { default: [{ timeout: 1s }] }\n    network",
        "a timeout around calls of `part`",
    );
    check("page: { work: { exponential: 5ms }", "page: { work: { lognormal: { mean: 5ms, cv: 3 } }", "");
    check("cores: 1, threads: unbounded", "cores: 1, instances: 2, route: random, threads: unbounded", "");
    check("poisson: 50/s", "closed: { users: 30, think: 100ms }", "");
}
