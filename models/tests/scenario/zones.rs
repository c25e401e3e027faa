//! Zones: what may be written, what it means, and what is said of the likeliest mistakes.

use archsim_models::plan::{Clock, Effect, Plan, ZoneId};
use archsim_models::scenario::{self, Reading};
use archsim_sim::{Span, Time};

/// A shop in two architectures: one with zones, and one that knows none.
fn read(zones: &str, web: &str, faults: &str) -> Reading {
    let text = format!(
        "\
archsim: 1
system:
  data: {{ rows: {{}}, carts: {{}} }}
  capabilities: {{ home: {{ work: 1ms, reads: [rows, carts], calls: stock }}, stock: {{ work: 1ms, reads: rows }} }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {{ poisson: 5/s }} }}
run: {{ warmup: 5s, measure: 60s }}
architectures:
  zoned:
    zones: {zones}
    network: {{ cross-zone: 2ms }}
    deployables: {{ each: {{ instances: 3, boot: 4s }}, web: {web} }}
    stores: {{ rows: {{ zone: b }}, carts: {{}} }}
    caches: {{ front: {{ holds: carts, capacity: {{ items: 10 }}, remote: {{ zone: b }} }} }}
faults: {faults}
experiment: {{ control: {{ without: faults }} }}
"
    );
    scenario::read("shop.yaml", text.as_bytes(), &[])
}

const WEB: &str = "{ runs: home, zones: [b, c] }";

fn plan(zones: &str, faults: &str) -> Plan {
    let reading = read(zones, WEB, faults);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    scenario.arms[0].plan.clone()
}

/// The first message: its code and field.
fn message(zones: &str, web: &str, faults: &str) -> (&'static str, String) {
    let reading = read(zones, web, faults);
    let first = reading.diagnostics.first().expect("a message");
    assert!(first.found.is_some() && first.allowed.is_some());
    assert!(scenario::explain(first.code).is_some_and(|page| page.starts_with(first.code)));
    (first.code, first.path.clone())
}

#[test]
fn everything_is_somewhere_and_users_come_in_evenly_unless_said() {
    let plan = plan("[a, { b: { users: 50% } }, c]", "[]");
    assert_eq!(plan.zones.names, ["a", "b", "c"]);
    assert_eq!(
        (plan.zones.users.as_slice(), plan.zones.cross),
        (&[0.25, 0.5, 0.25][..], Span::from_millis(2))
    );
    let [a, b, c] = [0, 1, 2].map(ZoneId);
    let of = |name: &str| &plan.deployables.iter().find(|it| it.name == name).expect("there").zones;
    assert_eq!((of("web"), of("stock")), (&vec![b, c], &vec![a, b, c]));
    assert_eq!(plan.stores.iter().map(|it| it.zone).collect::<Vec<_>>(), [Some(b), None, Some(b)]);
}

#[test]
fn an_outage_of_a_zone_takes_all_that_is_there_and_each_comes_back_in_its_own_time() {
    let plan = plan("[a, b, c]", "[{ at: 10s, for: 20s, zone: b }]");
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    let (mut crashes, mut stores, mut caches) = (0, 0, 0);
    for fault in &plan.faults {
        assert_eq!(fault.from, at(15));
        match fault.effect {
            Effect::ZoneCrash { zone: ZoneId(1), silent: true, .. } => {
                crashes += 1;
                assert!([at(35), at(39)].contains(&fault.until), "{fault:?}");
            }
            Effect::StoreOutage { silent: true, .. } => stores += 1,
            Effect::CacheLoss { .. } => caches += 1,
            _ => panic!("{fault:?}"),
        }
    }
    assert_eq!((crashes, stores, caches), (2, 2, 1), "the database and the cache's servers; what it holds");
    let elsewhere = plan_of("[{ at: 10s, for: 20s, zone: { zone: a, silent: false } }]");
    assert!(matches!(elsewhere.faults[..], [_]), "only `stock` has an instance in a: {:?}", elsewhere.faults);
}

#[test]
fn a_zone_may_go_again_and_again_as_a_whole() {
    let plan = plan_of("[{ every: { exponential: 1h }, for: 5min, zone: b }]");
    let [hazard] = &plan.hazards[..] else { panic!("{:?}", plan.hazards) };
    assert_eq!((hazard.clock, plan.faults.len()), (Clock::Whole, 0));
    let boots: Vec<_> = hazard.effects.iter().map(|hit| hit.boot.as_secs_f64()).collect();
    assert_eq!(
        boots,
        [4.0, 4.0, 0.0, 0.0, 0.0],
        "two deployables, the database, the cache's servers, what it held"
    );
}

fn plan_of(faults: &str) -> Plan {
    plan("[a, b, c]", faults)
}

#[test]
fn network_faults_may_be_between_zones() {
    let faults = "[{ at: 1s, for: 1s, partition: { zones: [a, b] } }, { at: 1s, for: 1s, delay: { zones: [c], add: 5ms } }, \
                  { at: 1s, for: 1s, lose: { zones: c, share: 5% } }]";
    let plan = plan_of(faults);
    let (a, b, c) = (ZoneId(0), Some(ZoneId(1)), ZoneId(2));
    assert!(
        matches!(plan.faults[0].effect, Effect::ZoneLoss { zone, other, probability: 1.0, .. } if (zone, other) == (a, b))
    );
    assert!(matches!(plan.faults[1].effect, Effect::ZoneDelay { zone, other: None, .. } if zone == c));
    assert!(matches!(plan.faults[2].effect, Effect::ZoneLoss { zone, other: None, .. } if zone == c));
}

#[test]
fn mistakes_with_zones() {
    let good = "[a, b, c]";
    let (code, path) = message("[{ a: { users: 80% } }, { b: { users: 30% } }, c]", WEB, "[]");
    assert_eq!((code, path.as_str()), ("E0571", "architectures.zoned.zones"));
    let (code, path) =
        message("[{ a: { users: 50% } }, { b: { users: 20% } }, { c: { users: 20% } }]", WEB, "[]");
    assert_eq!((code, path.as_str()), ("E0571", "architectures.zoned.zones"));
    assert_eq!(message("[a, b, c, a]", WEB, "[]").0, "E0573");
    let (code, path) = message(good, "{ runs: home, zones: [b, d] }", "[]");
    assert_eq!((code, path.as_str()), ("E0401", "architectures.zoned.deployables.web.zones.d"));
    assert_eq!(message(good, WEB, "[{ at: 1s, for: 1s, zone: d }]"), ("E0413", "faults.zone".into()));
    assert_eq!(message(good, WEB, "[{ every: 1h, zone: a }]").0, "E0522", "never repaired");
    let (code, path) = message(good, WEB, "[{ at: 1s, for: 1s, partition: { zones: [a, a] } }]");
    assert_eq!((code, path.as_str()), ("E0506", "faults.partition.zones"));
    let neither = read(good, WEB, "[{ at: 1s, for: 1s, delay: { add: 5ms } }]");
    assert!(neither.scenario.is_none(), "between what?");
}
