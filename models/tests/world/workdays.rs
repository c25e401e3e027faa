//! Chaos Monkey's calendar: which days, which hours, and how long who was killed is spared.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::record::Record;
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Span};

/// Days of 24 s from Monday on, four weeks; who is killed is away for a bucket of a second at most.
fn month(days: Workdays) -> Draft {
    let mut draft = Draft::every(1_000, 24 * 28);
    draft.deployable("group").instances = 5;
    let answer = draft.capability("answer", vec![wait(1)]);
    draft.journey("ask", answer, 1.0);
    let repair = Distribution::constant(millis(500));
    let effect = Effect::CrashOne { group: Group::of(DeployableId(0)), silent: false, key: 1 };
    draft.plan.hazards.push(Hazard {
        effects: vec![HazardEffect { effect, boot: Span::ZERO, key: 0 }],
        clock: Clock::Workdays(days),
        every: repair.clone(),
        repair,
        from: at(0),
        crew: None,
        key: 2,
    });
    draft
}

const DAILY: Workdays = Workdays {
    mean: 1,
    min: 1,
    day: Span::from_secs(24),
    opens: Span::from_secs(9),
    closes: Span::from_secs(15),
    first: 0,
};

/// Days, and hours of the day, in which somebody was down.
fn kills(record: &Record) -> Vec<(usize, usize)> {
    let down = record.deployables[0].up.iter().enumerate().filter(|(_, up)| **up < 5.0);
    let mut hours: Vec<(usize, usize)> = down.map(|(hour, _)| (hour / 24, hour % 24)).collect();
    hours.dedup_by_key(|it| it.0);
    // Not those of the minute in which the rest may finish.
    hours.retain(|it| it.0 < 28);
    hours
}

#[test]
fn with_a_mean_of_one_somebody_is_killed_on_every_workday_and_within_its_hours() {
    for seed in 0..20 {
        let kills = kills(&simulate(&month(DAILY).plan, seed, 0));
        let days: Vec<usize> = kills.iter().map(|it| it.0).collect();
        let workdays: Vec<usize> = (0..28).filter(|day| day % 7 < 5).collect();
        assert_eq!(days, workdays);
        assert!(kills.iter().all(|(_, hour)| (9..15).contains(hour)), "{kills:?}");
    }
}

#[test]
fn who_was_killed_is_spared_for_as_long_as_is_said() {
    let kills = kills(&simulate(&month(Workdays { min: 3, ..DAILY }).plan, 1, 0));
    let days: Vec<usize> = kills.iter().map(|it| it.0).collect();
    assert_eq!(days, [0, 3, 8, 11, 16, 21, 24], "every third workday");
}

#[test]
fn another_day_one_of_those_that_live_is_hit_and_another_seed_hits_others() {
    let fates = |seed| simulate(&month(DAILY).plan, seed, 0).fingerprint;
    assert_eq!(fates(1), fates(1));
    assert_ne!(fates(1), fates(2));
}

/// Two deployables of two instances each, in two regions; the second boots for three seconds.
fn pair(group: Group) -> Record {
    let mut draft = month(DAILY);
    draft.plan.deployables[0].instances = 2;
    let mut second = draft.plan.deployables[0].clone();
    second.name = "other".into();
    draft.plan.deployables.push(second);
    draft.plan.zones.names = vec!["a".into(), "b".into()];
    draft.plan.zones.users = vec![0.5, 0.5];
    draft.plan.zones.regions.names = vec!["east".into(), "west".into()];
    draft.plan.zones.regions.of = vec![RegionId(0), RegionId(1)];
    draft.plan.zones.regions.apart = vec![vec![Span::ZERO; 2]; 2];
    draft.plan.zones.regions.homes =
        vec![Home { name: "all".into(), share: 1.0, region: RegionId(0), away: vec![Span::ZERO; 2] }];
    for deployable in &mut draft.plan.deployables {
        deployable.zones = vec![ZoneId(0), ZoneId(1)];
    }
    draft.plan.hazards[0].effects[0].effect = Effect::CrashOne { group, silent: false, key: 1 };
    draft.record()
}

#[test]
fn one_of_all_the_instances_of_a_group_is_hit_and_boots_for_as_long_as_it_does() {
    let boots = vec![(DeployableId(0), Span::ZERO), (DeployableId(1), Span::from_secs(3))];
    let record = pair(Group { deployables: boots, region: None });
    let away = |at: usize| record.deployables[at].up.iter().take(24 * 28).map(|up| 2.0 - up).sum::<f64>();
    let (first, second) = (away(0) / 0.5, away(1) / 3.5);
    assert!((first + second - 20.0).abs() < 1e-6, "one a workday: {first} and {second}");
    assert!(first > 3.0 && second > 3.0, "{first} and {second}");
}

#[test]
fn a_group_of_one_region_leaves_the_others_alone() {
    // The only instance in the region is hit every day.
    let record = pair(Group { region: Some(RegionId(1)), ..Group::of(DeployableId(0)) });
    let away = record.deployables[0].up.iter().take(24 * 28).map(|up| 2.0 - up).sum::<f64>();
    assert!((away - 10.0).abs() < 1e-6, "{away}");
    let rehits = pair(Group { region: None, ..Group::of(DeployableId(0)) });
    assert_ne!(rehits.fingerprint, record.fingerprint);
}
