//! Routes by key, state, discovery: what they mean, and what is said of the likeliest mistakes.

use archsim_models::plan::{ByKey, DataId, Discovery, Hashing, Plan, Route, Step};
use archsim_models::scenario::{self, Reading};
use archsim_sim::Span;

/// A shop whose carts are held by their service, as said; `more` is of the architecture.
fn read(carts: &str, more: &str, access: &str) -> Reading {
    let text = format!(
        "\
archsim: 1
system:
  data: {{ rows: {{}}, carts: {{ items: 80_000 }} }}
  capabilities: {{ home: {{ work: 1ms, reads: rows, calls: cart }}, cart: {{ work: 1ms, {access} }} }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {{ poisson: 5/s }} }}
architectures:
  one:
    {more}
    deployables: {{ each: {{ instances: 4 }}, cart: {carts} }}
    stores: {{ rows: {{}} }}
"
    );
    scenario::read("shop.yaml", text.as_bytes(), &[])
}

const CARTS: &str = "{ route: { by-key: carts }, state: { holds: carts, rebuild: 60s } }";
const READS: &str = "reads: { carts: { repeat: 2 } }, writes: carts";

fn plan(carts: &str, more: &str) -> Plan {
    let reading = read(carts, more, READS);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    scenario.arms[0].plan.clone()
}

fn cart(plan: &Plan) -> &archsim_models::plan::Deployable {
    plan.deployables.iter().find(|it| it.name == "cart").expect("there")
}

fn message(carts: &str, more: &str, access: &str) -> (&'static str, String) {
    let reading = read(carts, more, access);
    let first = reading.diagnostics.first().expect("a message");
    assert!(first.found.is_some() && first.allowed.is_some());
    assert!(scenario::explain(first.code).is_some_and(|page| page.starts_with(first.code)));
    (first.code, first.path.clone())
}

#[test]
fn what_instances_hold_is_read_there_without_a_store() {
    let plan = plan(CARTS, "");
    let there = cart(&plan);
    let rule = ByKey { data: DataId(1), hashing: Hashing::Ketama, rehash: false };
    assert_eq!(there.route, Route::ByKey(rule));
    let state = there.state.expect("said so");
    assert_eq!((state.data, state.rebuild, state.gradual), (DataId(1), Span::from_secs(60), false));
    let waits = plan.programs[1].blocks[0].iter().filter(|step| matches!(step, Step::Latency { .. }));
    assert_eq!(waits.count(), 3, "two reads and a write");
    assert_eq!(plan.stores.len(), 1);
    let gradual = "{ route: { by-key: { data: carts, hashing: modulo } }, state: { holds: carts, rebuild: { rate: 1_000/s } } }";
    let state = cart(&self::plan(gradual, "")).state.expect("said so");
    assert_eq!((state.rebuild, state.gradual), (Span::from_secs(20), true), "a quarter of 80,000 at 1,000/s");
}

#[test]
fn who_is_there_is_learnt_in_several_ways() {
    let read = |discovery: &str| {
        let carts = format!(
            "{{ discovery: {discovery}, route: {{ by-key: carts }}, state: {{ holds: carts, rebuild: 0s }} }}"
        );
        plan(&carts, "eureka: { heartbeat: 3s, lease: 9s, eviction: 6s, self-preservation: 0% }")
    };
    assert_eq!(cart(&read("none")).finding.discovery, Discovery::None);
    assert_eq!(cart(&read("instant")).finding.discovery, Discovery::AtOnce);
    let leased = read("eureka");
    assert_eq!(cart(&leased).finding.discovery, Discovery::Eureka);
    assert_eq!((leased.eureka.lease, leased.eureka.fetch), (Span::from_secs(9), Span::from_secs(30)));
    let Discovery::Health(check) = cart(&read("{ health-check: { every: 5s } }")).finding.discovery else {
        panic!("health checks")
    };
    assert_eq!((check.every, check.failures, check.successes), (Span::from_secs(5), 2, 5));
    assert!(matches!(cart(&read("health-check")).finding.discovery, Discovery::Health(_)));
}

#[test]
fn mistakes_with_state_and_discovery() {
    let path = "architectures.one.deployables.cart";
    let (code, at) = message("{ state: { holds: carts, rebuild: 60s } }", "", READS);
    assert_eq!((code, at), ("E0574", format!("{path}.state")), "who has whose cart?");
    let moves =
        "{ route: { by-key: { data: carts, on-loss: rehash } }, state: { holds: carts, rebuild: 60s } }";
    assert_eq!(message(moves, "", READS).0, "E0574");
    let other = "{ route: { by-key: rows }, state: { holds: carts, rebuild: 60s } }";
    assert_eq!(message(other, "", READS).0, "E0574");
    assert_eq!(message(CARTS, "", "reads: { carts: { again: 50% } }").0, "E0576");
    let unknown = read("{ route: { by-key: baskets } }", "", READS).diagnostics;
    let unknown = unknown.iter().find(|it| it.code == "E0401").expect("there are no baskets");
    assert_eq!(unknown.path, format!("{path}.route.by-key"));
    let (code, at) = message(CARTS, "eureka: { lease: 9s }", READS);
    assert_eq!((code, at.as_str()), ("E0575", "architectures.one.eureka.lease"));
    let near = "{ prefer: own-zone, route: { by-key: carts }, state: { holds: carts, rebuild: 60s } }";
    assert_eq!(message(near, "", READS).0, "W0741");
    let leased = "{ discovery: eureka, route: { by-key: carts }, state: { holds: carts, rebuild: 60s } }";
    assert_eq!(message(leased, "", READS), ("W0742", path.to_owned()));
}
