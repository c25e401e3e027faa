//! Warnings about what is too short or too small in an empty system: where they begin, and where they do not.

use archsim_models::scenario;

/// A call of `far` takes 2 × 1 ms on the network, 2 × 0.5 ms to serialise, and 10 ms + 7 ms in `far`: 20 ms. The journey
/// takes 1 ms more, and 2 × 2 ms to the users: 25 ms. A connection is held for 2 × 1 ms + 5 ms, 100 times a second.
const NETWORK: &str = "\
archsim: 1
system:
  data: { rows: {} }
  capabilities:
    page: { work: 1ms, calls: [far] }
    far: { work: 10ms, reads: rows }
  journeys: { look: { share: 100%, enters: page, objective: { within: 1s } } }
workload: { arrivals: { poisson: 100/s } }
run: { warmup: 1s, measure: 10s }
architectures:
  two:
    deployables: { page: { cores: 4 }, far: { cores: 4 } }
    stores: { db: { holds: rows, read: 5ms } }
    pools: { db: { connections: 10 } }
    calls: { \"page -> far\": [{ timeout: 1s }] }
    network: { hop: 1ms, user: 2ms, store: 1ms, serialise: 500us }
";

fn codes(from: &str, to: &str) -> Vec<&'static str> {
    assert!(NETWORK.contains(from), "{from}");
    let reading = scenario::read("two.yaml", NETWORK.replace(from, to).as_bytes(), &[]);
    assert!(reading.scenario.is_some(), "{:#?}", reading.diagnostics);
    reading.diagnostics.iter().map(|it| it.code).filter(|code| code.starts_with("W07")).collect()
}

/// A warning comes with `fires` in place of `from`, and none with `quiet`.
fn check(code: &str, from: &str, fires: &str, quiet: &str) {
    assert_eq!(codes(from, fires), [code], "{fires}");
    assert!(codes(from, quiet).is_empty(), "{quiet}: {:?}", codes(from, quiet));
    assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
}

#[test]
fn a_timeout_fires_in_an_empty_system_up_to_its_latency() {
    check("W0717", "timeout: 1s", "timeout: 19ms", "timeout: 20ms");
}

#[test]
fn within_and_patience_cover_the_users_network() {
    check("W0718", "within: 1s", "within: 24ms", "within: 25ms");
    check(
        "W0718",
        "poisson: 100/s }",
        "poisson: 100/s }, patience: 24ms",
        "poisson: 100/s }, patience: 25ms",
    );
}

#[test]
fn a_pool_has_to_hold_rate_times_time() {
    // 100/s × 7 ms is 0.7; at 10 times the time it is 6.2 and more than 6, but less than 7.
    check(
        "W0719",
        "read: 5ms } }\n    pools: { db: { connections: 10 } }",
        "read: 60ms, servers: 32 } }\n    pools: { db: { connections: 6 } }",
        "read: 60ms, servers: 32 } }\n    pools: { db: { connections: 7 } }",
    );
}

#[test]
fn a_faster_machine_takes_less_time() {
    assert_eq!(codes("timeout: 1s", "timeout: 15ms"), ["W0717"]);
    let fast = NETWORK
        .replace("timeout: 1s", "timeout: 15ms")
        .replace("far: { cores: 4 }", "far: { cores: 4, speed: ×4 }");
    let reading = scenario::read("two.yaml", fast.as_bytes(), &[]);
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
}

#[test]
fn whoever_asks_again_was_turned_away_by_somebody() {
    let retrial = |after: &str| {
        let workload = format!("poisson: 100/s }}, retrial: {{ after: 1s{after} }} }}");
        NETWORK.replace("poisson: 100/s } }", &workload).replace("cores: 4 }", "cores: 4, queue: unbounded }")
    };
    let codes = |text: String| -> Vec<&'static str> {
        let reading = scenario::read("two.yaml", text.as_bytes(), &[]);
        assert!(reading.scenario.is_some(), "{:#?}", reading.diagnostics);
        reading.diagnostics.iter().map(|it| it.code).filter(|code| code.starts_with("W07")).collect()
    };
    assert!(codes(retrial("")).is_empty(), "the store has a bounded queue");
    let roomy = retrial("").replace("read: 5ms", "read: 5ms, queue: unbounded");
    assert_eq!(codes(roomy.clone()), ["W0722"]);
    assert!(scenario::explain("W0722").is_some_and(|page| page.starts_with("W0722")));
    for (from, to) in [
        ("far: { cores: 4, queue: unbounded }", "far: { cores: 4, threads: 8, queue: 0 }"),
        ("[{ timeout: 1s }]", "[{ timeout: 1s }, breaker]"),
        ("after: 1s", "after: 1s, share: 0%"),
    ] {
        assert!(roomy.contains(from) && codes(roomy.replace(from, to)).is_empty(), "{to}");
    }
}
