//! Kills on workdays: what may be written, what it means, and what is said of the likeliest mistakes.

use crate::reported::{good, reads_again, spoiled};
use archsim_models::plan::{Clock, Effect, Group, Workdays};
use archsim_sim::{Span, Time};

const SHOP: &str = "\
archsim: 1
system:
  capabilities: { home: { work: 10ms, calls: [stock] }, stock: { work: 1ms } }
  journeys: { browse: { share: 100%, enters: home } }
workload: { arrivals: { poisson: 50/s } }
run: { warmup: 5s, measure: 5min }
architectures: { one: { deployables: { each: { instances: 3, boot: 2s } } } }
faults: [{ for: 300ms, kill: { mean: 2, day: 24s, first-day: friday } }]
experiment: { control: { without: faults } }
";

#[test]
fn each_deployable_is_a_group_with_the_same_calendar() {
    let scenario = good(SHOP);
    reads_again(&scenario);
    let hazards = &scenario.arms[0].plan.hazards;
    let [opens, closes, day] = [9, 15, 24].map(Span::from_secs);
    let days = Workdays { mean: 2, min: 1, day, opens, closes, first: 4 };
    assert!(hazards.iter().all(|it| it.clock == Clock::Workdays(days)));
    assert!(hazards.iter().all(|it| it.from == Time::ZERO + Span::from_secs(5)));
    assert!(hazards.iter().all(|it| it.effects[0].boot == Span::from_secs(2)));
    let of = |at: usize| match hazards[at].effects[0].effect {
        Effect::CrashOne { ref group, silent, key } => (group.deployables[0].0.at(), silent, key),
        ref other => panic!("{other:?}"),
    };
    assert_eq!((hazards.len(), of(0).0, of(1).0, of(0).1), (2, 0, 1, false));
    assert_ne!(of(0).2, of(1).2, "each group has coins of its own");
    // Friday, then Monday to Friday: 360 minutes from 9 o'clock on.
    let workdays: Vec<u64> = (0..9).filter(|&day| days.is_workday(day)).collect();
    assert_eq!(workdays, [0, 3, 4, 5, 6, 7]);
    assert_eq!((days.minutes(), days.minute(0), days.minute(180)), (360, opens, Span::from_secs(12)));
}

#[test]
fn mistakes_with_kills() {
    spoiled(SHOP, "mean: 2,", "mean: 2, closes: 8h,", "E0559", "faults.kill");
    spoiled(SHOP, "for: 300ms,", "for: 20s,", "E0560", "faults.kill.for");
    spoiled(SHOP, "day: 24s,", "day: 24h,", "W0729", "faults.kill");
    spoiled(SHOP, "for: 300ms,", "for: 300ms, at: 5s,", "E0523", "faults.kill.at");
    spoiled(SHOP, "for: 300ms,", "", "E0522", "faults.kill");
    spoiled(SHOP, "mean: 2,", "deployables: [hoem],", "E0413", "faults.kill.deployables.hoem");
}

/// The group of each hazard, by names of deployables and regions.
fn groups(text: &str) -> Vec<(Vec<String>, Option<String>)> {
    let plan = &good(text).arms[0].plan;
    let named = |group: &Group| {
        let names = group.deployables.iter().map(|(id, _)| plan.deployables[id.at()].name.clone());
        (names.collect(), group.region.map(|region| plan.zones.regions.names[region.at()].clone()))
    };
    let effects = plan.hazards.iter().map(|hazard| &hazard.effects[0].effect);
    effects
        .map(|it| if let Effect::CrashOne { group, .. } = it { named(group) } else { panic!("{it:?}") })
        .collect()
}

#[test]
fn deployables_may_be_one_group_and_regions_apart() {
    let kill = |settings: &str| SHOP.replace("mean: 2,", &format!("mean: 2, {settings},"));
    let all = |names: &[&str], region: Option<&str>| {
        (names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>(), region.map(str::to_owned))
    };
    let both = kill("groups: { shop: [home, stock] }");
    reads_again(&good(&both));
    assert_eq!(groups(&both), [all(&["home", "stock"], None)]);
    let Effect::CrashOne { group, .. } = &good(&both).arms[0].plan.hazards[0].effects[0].effect else {
        panic!()
    };
    assert!(group.deployables.iter().all(|(_, boot)| *boot == Span::from_secs(2)));
    let one = kill("groups: { shop: [home] }, deployables: [stock]");
    assert_eq!(groups(&one), [all(&["stock"], None), all(&["home"], None)]);
    let regions = "regions: { east: {}, west: {} }, deployables:";
    let apart = both.replace("one: { deployables:", &format!("one: {{ {regions}"));
    let apart = apart.replace("  capabilities:", "  homes: { east: 50%, west: 50% }\n  capabilities:");
    assert_eq!(
        groups(&apart),
        [all(&["home", "stock"], Some("east")), all(&["home", "stock"], Some("west"))]
    );
    let together = apart.replace("mean: 2,", "mean: 2, regions: together,");
    assert_eq!(groups(&together), [all(&["home", "stock"], None)]);
}

#[test]
fn mistakes_with_groups() {
    let kill = "groups: { shop: [home, stock] }";
    let text = SHOP.replace("mean: 2,", &format!("mean: 2, {kill},"));
    let twice = "groups: { shop: [home], other: [home] }";
    spoiled(&text, kill, twice, "E0617", "faults.kill.groups.other.home");
    spoiled(&text, "[home, stock]", "[home, stok]", "E0413", "faults.kill.groups.shop.stok");
    spoiled(&text, kill, "regions: apart", "E0206", "faults.kill.regions");
}
