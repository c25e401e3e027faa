//! Regions, fail-over of users and drills: what may be written, what it means, and what is said of the likeliest mistakes.

use archsim_models::plan::{Clock, Effect, Plan, RegionId, Shift, ZoneId};
use archsim_models::scenario;
use archsim_sim::{Span, Time};

use crate::reported::{first_plan, reported, spoiled};

const TEXT: &str = "\
archsim: 1
system:
  data: { rows: {}, carts: {} }
  capabilities: { home: { work: 1ms, reads: rows, calls: stock }, stock: { work: 1ms, reads: carts } }
  journeys: { browse: { share: 100%, enters: home } }
  homes: { us-east: 50%, us-west: 30%, europe: 20% }
workload: { arrivals: { poisson: 5/s } }
run: { warmup: 5s, measure: 300s }
architectures:
  two:
    regions: { us-east: { zones: [a, b] }, us-west: { zones: [{ c: { users: 80% } }, d] } }
    fail-over: { detect: 10s, decide: 20s, scale: ×2, shift: { steps: [{ share: 10% }, { after: 10s, share: 100% }] }, to: { us-west: 100% } }
    network: { cross-region: 35ms, distances: { \"europe -> us-east\": 40ms, \"us-west -> europe\": 70ms } }
    deployables: { each: { boot: 4s }, web: { runs: home, instances: { per-region: { us-east: 3, us-west: 1 } } }, stock: { instances: 4 } }
    stores: { rows: { zone: b }, carts: { regions: [us-west, us-east], replicas: { count: 1, reads: own-region, writes: own-region } } }
faults: [{ at: 100s, for: 100s, region: us-east }]
experiment: { control: { without: faults } }
";

fn with_faults(faults: &str) -> Plan {
    first_plan(&TEXT.replace("[{ at: 100s, for: 100s, region: us-east }]", faults))
}

#[test]
fn regions_contain_zones_and_serve_the_homes_of_their_name_or_the_nearest() {
    let zones = first_plan(TEXT).zones;
    let (east, west) = (RegionId(0), RegionId(1));
    assert_eq!(zones.names, ["a", "b", "c", "d"]);
    assert_eq!(
        (zones.regions.of.as_slice(), zones.users.as_slice()),
        (&[east, east, west, west][..], &[0.5, 0.5, 0.8, 1.0 - 0.8][..])
    );
    let homes: Vec<_> =
        zones.regions.homes.iter().map(|it| (it.name.as_str(), it.region, it.away.clone())).collect();
    let [near, coast, ocean, far] = [0, 35, 40, 70].map(Span::from_millis);
    let expected = [
        ("us-east", east, vec![near, coast]),
        ("us-west", west, vec![coast, near]),
        ("europe", east, vec![ocean, far]),
    ];
    assert_eq!(homes, expected);
    assert_eq!(zones.regions.apart, [[near, coast], [coast, near]]);
    // One that says what it serves does not serve the home of its name.
    let serves = TEXT.replace("us-west: { zones:", "us-west: { serves: europe, zones:");
    let regions: Vec<_> = first_plan(&serves).zones.regions.homes.iter().map(|it| it.region).collect();
    assert_eq!(regions, [east, west, west], "us-west itself goes to the nearest, which it is");
}

#[test]
fn instances_and_nodes_are_dealt_and_the_reserve_is_behind_them() {
    let plan = first_plan(TEXT);
    let [web, stock] =
        ["web", "stock"].map(|name| plan.deployables.iter().find(|it| it.name == name).expect("there"));
    let zones = |of: &archsim_models::plan::Deployable| -> Vec<usize> {
        (0..of.slots()).filter_map(|number| of.zone_of(number)).map(ZoneId::at).collect()
    };
    // Three in the east and one in the west, and as many again.
    assert_eq!((web.instances, zones(web)), (4, vec![0, 2, 1, 0, 0, 2, 1, 0]));
    assert_eq!((stock.instances, zones(stock)), (4, vec![0, 1, 2, 3, 0, 2, 1, 3]));
    let places: Vec<_> = plan.stores.iter().map(|it| it.zone.map(ZoneId::at)).collect();
    assert_eq!(
        places,
        [Some(1), Some(5), Some(4)],
        "rows; carts somewhere in the west, its replica in the east"
    );
    let rule = plan.fail_over.expect("there");
    assert_eq!([rule.detect, rule.decide, rule.ready], [10, 20, 0].map(Span::from_secs));
    assert_eq!((rule.to, rule.back), (vec![0.0, 1.0], Shift::Linear(Span::from_secs(60))));
    assert_eq!(rule.shift, Shift::Steps(vec![(Span::ZERO, 0.1), (Span::from_secs(10), 1.0)]));
}

#[test]
fn an_outage_of_a_region_takes_its_zones_and_what_is_somewhere_in_it() {
    let plan = first_plan(TEXT);
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    let mut found: Vec<_> = plan
        .faults
        .iter()
        .map(|fault| {
            assert_eq!(fault.from, at(105));
            match fault.effect {
                Effect::ZoneCrash { deployable, zone, silent: true } => {
                    assert_eq!(fault.until, at(209));
                    ("crash", deployable.at(), zone.at())
                }
                Effect::StoreOutage { store, silent: true } => ("store", store.at(), 0),
                Effect::RegionOutage { region } => ("region", region.at(), 0),
                _ => panic!("{fault:?}"),
            }
        })
        .collect();
    found.sort_unstable();
    let (web, stock) = (0, 1);
    let crashes = [("crash", web, 0), ("crash", web, 1), ("crash", stock, 0), ("crash", stock, 1)];
    assert_eq!(found[..4], crashes);
    assert_eq!(
        found[4..],
        [("region", 0, 0), ("store", 0, 0), ("store", 2, 0)],
        "rows, and the replica of carts"
    );
    let again = with_faults("[{ every: { exponential: 1h }, for: 5min, region: us-west }]");
    assert!(
        again.hazards[0].clock == Clock::Whole && again.hazards[0].effects.len() == 5,
        "{:?}",
        again.hazards
    );
}

#[test]
fn a_drill_moves_everybody_first_and_may_take_what_is_there_then() {
    let plan = with_faults(
        "[{ at: 10s, for: 60s, drill: us-east }, { at: 100s, for: 60s, drill: { zone: c, outage-after: 20s } }]",
    );
    let at = |secs| Time::ZERO + Span::from_secs(secs);
    let (first, second) = (&plan.faults[0], &plan.faults[1]);
    assert_eq!(
        (&first.effect, first.from, first.until),
        (&Effect::Evacuate { region: RegionId(0) }, at(15), at(75))
    );
    assert_eq!((&second.effect, second.from), (&Effect::Drain { zone: ZoneId(2) }, at(105)));
    let gone: Vec<_> = plan.faults[2..].iter().map(|it| (it.from, it.until)).collect();
    assert_eq!(gone, [(at(125), at(169)); 2], "its two deployables, which boot");
}

#[test]
fn mistakes_with_regions() {
    let spoiled = |old: &str, new: &str, code: &str, path: &str| spoiled(TEXT, old, new, code, path);
    spoiled("europe: 20% }", "europe: 30% }", "E0577", "system.homes");
    spoiled(
        "  homes: { us-east: 50%, us-west: 30%, europe: 20% }\n",
        "",
        "E0578",
        "architectures.two.regions",
    );
    spoiled(
        "us-east: { zones: [a, b] }",
        "us-east: { zones: [a, c] }",
        "E0573",
        "architectures.two.regions.us-west.zones",
    );
    let twice = "us-east: { serves: europe, zones: [a, b] }, us-west: { serves: europe, zones:";
    spoiled(
        "us-east: { zones: [a, b] }, us-west: { zones:",
        twice,
        "E0579",
        "architectures.two.regions.us-west.serves",
    );
    spoiled(
        ", us-west: { zones: [{ c: { users: 80% } }, d] } }",
        " }",
        "E0580",
        "architectures.two.fail-over",
    );
    spoiled("to: { us-west: 100% }", "to: { us-west: 0% }", "E0580", "architectures.two.fail-over.to");
    spoiled(
        "{ after: 10s, share: 100% }",
        "{ after: 10s, share: 5% }",
        "E0580",
        "architectures.two.fail-over.shift.steps.2",
    );
    let nearest = spoiled("region: us-east }]", "region: us-eest }]", "E0413", "faults.region");
    assert_eq!(nearest.help.as_deref(), Some("did you mean `us-east`?"));
    spoiled(
        "\"europe -> us-east\"",
        "\"europa -> us-east\"",
        "E0401",
        "architectures.two.network.distances.europa -> us-east",
    );
    spoiled(
        "us-west: 1 } }",
        "us-wets: 1 } }",
        "E0401",
        "architectures.two.deployables.web.instances.per-region.us-wets",
    );
    spoiled(
        "c: { users: 80% } }, d]",
        "c: { users: 80% } }, { d: { users: 50% } }]",
        "E0571",
        "architectures.two.regions.us-west.zones",
    );
    let claims = "without: faults }, claims: [{ that: x, measure: availability, home: us-eest, at-least: 90% }, \
                  { that: y, measure: cost, home: europe, at-most: 90core-hours }]";
    spoiled("without: faults }", claims, "E0401", "experiment.claims.1.home");
    spoiled("without: faults }", claims, "E0604", "experiment.claims.2.home");
    let again = "{ every: 1h, for: 100s, drill: { region: us-east, outage-after: 5s } }]";
    spoiled("{ at: 100s, for: 100s, region: us-east }]", again, "E0523", "faults.drill.outage-after");
}

#[test]
fn an_extended_architecture_has_zones_in_regions_or_outside_of_them() {
    let text = TEXT.replace("  two:\n", "  one: { zones: [a, b], deployables: { app: { runs: all } }, stores: { db: { holds: all } } }\n  two:\n    extends: one\n");
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    reported(&reading, "E0579", "architectures.one.zones");
}

#[test]
fn what_comes_to_nothing_is_said() {
    let warned = |old: &str, new: &str, code: &str, path: &str| {
        spoiled(TEXT, old, new, code, path);
    };
    let calm = scenario::read("shop.yaml", TEXT.as_bytes(), &[]);
    assert!(
        calm.diagnostics.iter().all(|it| !["W0743", "W0744", "W0745", "W0746"].contains(&it.code)),
        "{:#?}",
        calm.diagnostics
    );
    // 4,500/s of 1.05 ms of work in `web` are more than the four cores can do that the west has with its reserve.
    warned("poisson: 5/s", "poisson: 4500/s", "W0743", "architectures.two.fail-over");
    warned("decide: 20s", "decide: 90s", "W0745", "architectures.two.fail-over");
    let drill = TEXT.replace("at: 100s, for: 100s, region: us-east", "at: 100s, for: 100s, drill: us-east");
    let start = drill.find("    fail-over:").expect("there");
    let end = start + drill[start..].find('\n').expect("a line") + 1;
    spoiled(&drill, &drill[start..end], "", "W0746", "faults.drill");
    let nowhere = TEXT.replace("faults: [{ at: 100s, for: 100s, region: us-east }]\n", "");
    let architecture = nowhere.find("  two:").expect("there");
    let rest = nowhere.find("experiment:").expect("there");
    let plain = "  one: { deployables: { app: { runs: all } }, stores: { db: { holds: all } } }\n";
    spoiled(&nowhere, &nowhere[architecture..rest], plain, "W0744", "system.homes");
}
