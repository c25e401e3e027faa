//! What fails and is repaired at random, against what is known of it; quorums; environments.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Record};
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Span};

fn exponential(secs: f64) -> Distribution {
    Distribution::exponential(Span::from_secs_f64(secs))
}

fn constant(ms: u64) -> Distribution {
    Distribution::constant(millis(ms))
}

/// `count` instances of one deployable, which crash by a hazard for `secs` seconds.
fn group(count: u32, secs: u64, every: Distribution, repair: Distribution) -> Draft {
    let mut draft = Draft::open(0.001, 100, secs);
    draft.deployable("group").instances = count;
    let answer = draft.capability("answer", vec![wait(1)]);
    draft.journey("ask", answer, 1.0);
    draft.plan.hazards.push(Hazard {
        effects: vec![HazardEffect { effect: crash(count), boot: Span::ZERO, key: 0 }],
        clock: Clock::Each,
        every,
        repair,
        from: at(0),
        crew: None,
        key: 7,
    });
    draft
}

const fn crash(instances: u32) -> Effect {
    Effect::Crash { deployable: DeployableId(0), instances, silent: false }
}

fn crew(draft: &mut Draft, size: u32) {
    draft.plan.crews.push(Crew { name: "crew".into(), size });
    draft.plan.hazards[0].crew = Some(0);
}

fn up(record: &Record) -> f64 {
    record.deployables[0].windows[0].up
}

/// The mean number up over 20 seeds lies within 4.5 standard errors of `expected`.
fn check_mean_up(draft: &Draft, expected: f64) {
    let values: Vec<f64> = (0..20).map(|seed| up(&simulate(&draft.plan, seed, 0))).collect();
    let mean = values.iter().sum::<f64>() / 20.0;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 19.0;
    let error = (variance / 20.0).sqrt();
    assert!((mean - expected).abs() < 4.5 * error, "{mean} ± {error}, not {expected}");
    assert!(error < 0.01 * expected, "{error} tells nothing of {expected}");
}

#[test]
fn alternating_renewals_have_the_availability_of_their_means() {
    // Smith (1958): MTBF ÷ (MTBF + MTTR), whatever the distributions.
    check_mean_up(&group(4, 20_000, exponential(9.0), Distribution::lognormal(Span::from_secs(1), 2.0)), 3.6);
    check_mean_up(&group(4, 20_000, Distribution::erlang(3, Span::from_secs(3)), constant(1_000)), 3.0);
}

#[test]
fn a_crew_of_one_is_a_repairman() {
    // The finite source of Palm: 3 machines, λ = 0.1, μ = 0.5; p(n down) ∝ 3! ÷ (3 − n)! × 0.2ⁿ.
    let weights = [1.0, 0.6, 0.24, 0.048];
    let mean = weights.iter().zip([3.0, 2.0, 1.0, 0.0]).map(|(w, up)| w * up).sum::<f64>()
        / weights.iter().sum::<f64>();
    let mut draft = group(3, 40_000, exponential(10.0), exponential(2.0));
    crew(&mut draft, 1);
    check_mean_up(&draft, mean);
    // A crew that is large enough is none: the same dice, the same history.
    let alone = group(3, 4_000, exponential(10.0), exponential(2.0));
    let mut large = alone.plan.clone();
    large.crews.push(Crew { name: "crew".into(), size: 3 });
    large.hazards[0].crew = Some(0);
    assert_eq!(simulate(&alone.plan, 3, 0).fingerprint, simulate(&large, 3, 0).fingerprint);
}

#[test]
fn repairs_wait_their_turn_and_the_boot_keeps_nobody() {
    // Both fail at 1 s; repairs of 4 s one after the other; back after 1 s of boot, at 6 s and 10 s.
    let mut draft = group(2, 10, constant(1_000), constant(4_000));
    draft.plan.hazards[0].effects[0].boot = Span::from_secs(1);
    crew(&mut draft, 1);
    draft.plan.windows[0] = Window { name: "run".into(), from: at(0), until: at(10_000) };
    // Up: both for 1 s, then one from 6 s to 7 s.
    assert!((up(&draft.record()) - 0.3).abs() < 1e-9, "{}", up(&draft.record()));
}

#[test]
fn a_common_cause_hits_all_at_once_and_shares_are_coins() {
    // Strikes at 3 s, 6 s and 9 s take all three for 1 s.
    let mut draft = group(3, 10, constant(3_000), constant(1_000));
    draft.plan.windows[0] = Window { name: "run".into(), from: at(0), until: at(9_000) };
    draft.plan.hazards[0].clock = Clock::Common { share: 1.0 };
    assert!((up(&draft.record()) - 3.0 * 7.0 / 9.0).abs() < 1e-9);
    // With exponential strikes and repairs each is by itself an alternating renewal, of rate share × strikes.
    let mut draft = group(3, 40_000, exponential(5.0), exponential(1.0));
    draft.plan.hazards[0].clock = Clock::Common { share: 0.5 };
    check_mean_up(&draft, 3.0 * 10.0 / 11.0);
}

#[test]
fn the_same_instance_fails_at_the_same_times_in_every_arm() {
    let plan = |count: u32, extra: bool| {
        let mut draft = group(count, 500, exponential(20.0), exponential(2.0));
        draft.plan.hazards[0].effects[0].effect = crash(1);
        if extra {
            // Another hazard before it, with dice of its own.
            let other = Hazard { key: 8, ..draft.plan.hazards[0].clone() };
            draft.deployable("other");
            let effect = Effect::Crash { deployable: DeployableId(1), instances: 1, silent: false };
            let effects = vec![HazardEffect { effect, boot: Span::ZERO, key: 0 }];
            draft.plan.hazards.insert(0, Hazard { effects, ..other });
        }
        let down = |record: Record| f64::from(count) - up(&record);
        down(simulate(&draft.plan, 5, 0))
    };
    let (one, four, more) = (plan(1, false), plan(4, false), plan(2, true));
    assert!(one > 0.0 && (one - four).abs() < 1e-9 && (one - more).abs() < 1e-9, "{one} {four} {more}");
}

#[test]
fn without_its_quorum_whoever_is_up_refuses() {
    let mut draft = Draft::every(1_000, 3);
    let group = draft.deployable("group");
    (group.instances, group.needs) = (3, 2);
    let answer = draft.capability("answer", vec![wait(600)]);
    draft.journey("ask", answer, 1.0);
    // The first request, at the first instance, goes on when the quorum is lost; the second finds the second
    // instance up and alone with the third; the third request finds one instance up of two that are needed.
    draft.fault(1_500, 2_500, Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false });
    draft.fault(2_500, 3_500, Effect::Crash { deployable: DeployableId(0), instances: 2, silent: false });
    let answers = draft.answers();
    assert_eq!(answers[0], (500, failed(Cause::Reset)));
    assert_eq!(answers[1], (500, failed(Cause::Reset)));
    assert_eq!(answers[2], (0, failed(Cause::Refused)));
}

#[test]
fn work_in_progress_outlives_the_quorum() {
    let mut draft = Draft::once();
    let group = draft.deployable("group");
    (group.instances, group.needs, group.route) = (2, 2, Route::LEAST_OUTSTANDING);
    let answer = draft.capability("answer", vec![wait(600)]);
    draft.journey("ask", answer, 1.0);
    // The request is at the first instance; a part of a hazard takes the second.
    draft.plan.hazards.push(Hazard {
        effects: vec![HazardEffect { effect: crash(2), boot: Span::ZERO, key: 0 }],
        clock: Clock::Common { share: 0.5 },
        every: constant(1_200),
        repair: constant(60_000),
        from: at(0),
        crew: None,
        key: 7,
    });
    let answers: Vec<_> = (0..40)
        .filter_map(|seed| {
            let record = simulate(&draft.plan, seed, 0);
            let up = record.deployables[0].windows[0].up;
            let tally = &record.journeys[0].windows[0];
            (up < 1.99 && up > 1.01).then_some((tally.answered, tally.failed[Cause::Reset as usize]))
        })
        .collect();
    assert!(answers.contains(&(1, 0)) && answers.contains(&(0, 1)), "{answers:?}");
}

#[test]
fn a_processor_that_stands_still_goes_on_where_it_was() {
    let mut draft = Draft::once();
    draft.deployable("app");
    let answer = draft.capability("answer", vec![Step::Work { span: constant(500), key: 1 }]);
    draft.journey("ask", answer, 1.0);
    let state = |speed, ms, next| Phase { value: speed, lasts: constant(ms), then: vec![(next, 1.0)] };
    // From 1,000: 100 ms at full speed, 300 ms still, 400 ms at half speed, the last 200 ms at full speed.
    let states = vec![state(1.0, 1_100, 1), state(0.0, 300, 2), state(0.5, 400, 0)];
    let environment = Environment { deployable: DeployableId(0), shared: false, states, key: 3 };
    draft.plan.environments.push(environment);
    assert_eq!(draft.answer(), (1_000, Success));
}

#[test]
fn capabilities_stores_and_networks_fail_at_random_too() {
    let mut draft = Draft::every(100, 50);
    draft.store("store", 1);
    draft.deployable("app");
    let answer = draft.capability("answer", vec![wait(1)]);
    draft.journey("ask", answer, 1.0);
    let hazard = |effect, key| Hazard {
        effects: vec![HazardEffect { effect, boot: Span::ZERO, key: 0 }],
        clock: Clock::Each,
        every: constant(550),
        repair: constant(450),
        from: at(0),
        crew: None,
        key,
    };
    let capability = CapabilityId(0);
    draft.plan.hazards.push(hazard(Effect::Hang { capability }, 1));
    draft.plan.hazards.push(hazard(Effect::StoreOutage { store: StoreId(0), silent: false }, 2));
    let answers = draft.answers();
    // The first five find it well, the next five wait for the full second.
    let took: Vec<u64> = answers.iter().take(10).map(|(took, _)| *took).collect();
    assert_eq!(took, [1, 1, 1, 1, 1, 401, 301, 201, 101, 1]);
    let store = draft.record().stores[0].windows[0].up;
    assert!((store - 0.55).abs() < 0.01, "{store}");
}

#[test]
fn what_goes_as_a_whole_has_one_clock_and_one_repair() {
    // The zone of two of the three is out from 3 s to 5 s, and from 8 s to 10 s. One of the two boots for 4 s: it is
    // not back before the next outage, and stays out.
    let mut draft = group(3, 12, constant(3_000), constant(2_000));
    let names = vec!["a".to_owned(), "b".to_owned()];
    draft.plan.zones = Zones { names, users: vec![1.0, 0.0], ..Zones::NONE };
    draft.plan.deployables[0].zones = vec![ZoneId(0), ZoneId(1), ZoneId(0)];
    let effect = Effect::ZoneCrash { deployable: DeployableId(0), zone: ZoneId(0), silent: false };
    let hazard = &mut draft.plan.hazards[0];
    hazard.effects = vec![HazardEffect { effect, boot: Span::ZERO, key: 0 }];
    hazard.clock = Clock::Whole;
    draft.plan.windows[0] = Window { name: "run".into(), from: at(0), until: at(10_000) };
    assert!((up(&draft.record()) - (1.0 + 2.0 * 0.6)).abs() < 1e-9, "{}", up(&draft.record()));
    draft.plan.hazards[0].effects[0].boot = Span::from_secs(4);
    assert!((up(&draft.record()) - (1.0 + 2.0 * 0.3)).abs() < 1e-9, "{}", up(&draft.record()));
}

/// Chaos Monkey: one of the group at a time, each as likely as the others.
#[test]
fn a_random_crash_hits_one_of_those_that_are_up_each_as_often_as_the_others() {
    // All requests are about one item, which the first instance owns; they come once a second.
    let mut draft = Draft::every(1_000, 4_000);
    let popularity = archsim_models::popularity::Popularity::uniform(1);
    draft.plan.data.push(DataSet { name: "item".into(), popularity, bytes: 1, key: 9, absent: 0.0 });
    let group = draft.deployable("group");
    group.instances = 4;
    group.route = Route::ByKey(ByKey { data: DataId(0), hashing: Hashing::Modulo, rehash: false });
    let answer = draft.capability("answer", vec![wait(1)]);
    draft.journey("ask", answer, 1.0);
    let effect = Effect::CrashOne { group: Group::of(DeployableId(0)), silent: false, key: 3 };
    draft.plan.hazards.push(Hazard {
        effects: vec![HazardEffect { effect, boot: Span::ZERO, key: 1 }],
        clock: Clock::Each,
        every: exponential(3.0),
        repair: constant(1_000),
        from: at(0),
        crew: None,
        key: 7,
    });
    // One of four is down for a quarter of the time, and it is the first one every fourth time.
    let refused = |draft: &Draft| {
        let tally = &draft.record().journeys[0].windows[0];
        tally.failed[Cause::Refused as usize] as f64 / tally.arrived as f64
    };
    let (found, expected) = (refused(&draft), 1.0 / 16.0);
    assert!((found - expected).abs() < 5.0 * (expected / 4_000.0_f64).sqrt(), "{found}");
    // With the others held down there is nobody else to be hit.
    draft.fault(0, 9_000_000, Effect::Crash { deployable: DeployableId(0), instances: 0, silent: false });
    assert!((up(&draft.record()) - 3.75).abs() < 0.03);
}
