//! Instances that come and go: when they serve, whom balancers choose, how they drain, what is paid for.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::Success;
use archsim_models::record::{Cause, Record};
use archsim_sim::{Limit, Span};

/// Sizes from instants on, in milliseconds; instances boot for 500 ms and drain for 300 ms.
fn scaled(sizes: &[(u64, u32)], most: u32) -> Scaling {
    let resize = |&(ms, instances): &(u64, u32)| Resize { at: at(ms), instances };
    Scaling {
        most,
        boot: millis(500),
        grace: millis(300),
        replace: None,
        sizing: Sizing::Schedule(sizes.iter().map(resize).collect()),
    }
}

/// One request every 100 ms, each of which waits for `ms` on one of the threads of an instance.
fn every_100_ms(count: u64, instances: u32, scaling: Scaling, ms: u64) -> Draft {
    let mut draft = Draft::every(100, count);
    let fresh = draft.deployable("group");
    (fresh.instances, fresh.threads, fresh.queue) = (instances, Limit::AtMost(1), Limit::AtMost(0));
    fresh.scaling = Some(scaling);
    let answer = draft.capability("answer", vec![wait(ms)]);
    draft.journey("ask", answer, 1.0);
    draft
}

fn outcomes(draft: &Draft) -> Vec<bool> {
    draft.answers().into_iter().map(|(_, outcome)| outcome == Success).collect()
}

fn mean_instances(record: &Record) -> f64 {
    record.deployables[0].windows[0].instances
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

#[test]
fn a_new_instance_serves_when_it_has_booted() {
    // Each request holds the only thread for 150 ms: every other one is turned away until the second serves.
    let draft = every_100_ms(12, 1, scaled(&[(350, 2)], 2), 150);
    let served = [true, false, true, false, true, false, true, false, true, true, true, true];
    assert_eq!(outcomes(&draft), served, "it is launched at 350 ms and serves from 850 ms on");
    assert!(near(draft.record().deployables[0].up[0], 1.15), "up for 150 ms of the first second");
    assert!(near(draft.record().deployables[0].instances[0], 1.65), "paid for from its launch on");
}

#[test]
fn who_drains_ends_what_it_has_and_takes_nothing_new() {
    // Two instances in turn: the second has the request of 200 ms until 350 ms, and is sent away at 250 ms.
    let draft = every_100_ms(6, 2, scaled(&[(250, 1)], 2), 150);
    assert_eq!(outcomes(&draft), [true, true, true, false, true, false]);
    let record = draft.record();
    assert!(near(record.deployables[0].up[0], 1.35), "it ends when it is idle");
    assert_eq!(record.leftover, archsim_models::record::Leftover::default());
}

#[test]
fn a_drain_ends_after_its_time() {
    let draft = every_100_ms(2, 2, scaled(&[(250, 1)], 2), 1_000);
    let answers = draft.answers();
    assert_eq!(answers, [(1_000, Success), (350, failed(Cause::Reset))], "250 ms and 300 ms to drain");
}

#[test]
fn an_idle_instance_ends_at_once_and_a_booting_one_never_serves() {
    let draft = every_100_ms(5, 2, scaled(&[(50, 1), (150, 2), (250, 1)], 2), 10);
    assert_eq!(outcomes(&draft), [true; 5]);
    let up = draft.record().deployables[0].up[0];
    assert!(near(up, 1.05), "{up}: one of two ended after 50 ms, the third never was there");
    assert!(near(draft.record().deployables[0].instances[0], 1.15));
}

#[test]
fn launches_wait_for_slots_that_drain() {
    // Both slots are taken: the one that drains until 550 ms makes room for the one wanted from 300 ms on.
    let draft = every_100_ms(12, 2, scaled(&[(250, 1), (300, 2)], 2), 1_000);
    let record = draft.record();
    assert!(near(record.deployables[0].up[0], 1.55), "{:?}", record.deployables[0].up);
    assert!(near(record.deployables[0].instances[0], 2.0), "never fewer, never more");
    assert!(near(record.deployables[0].up[1], 1.95), "it serves from 1,050 ms on");
}

#[test]
fn a_dead_instance_is_a_member_until_it_is_missed() {
    let kill = Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false };
    let mut draft = every_100_ms(16, 2, scaled(&[], 2), 10);
    draft.fault(150, 5_000, kill);
    let in_vain: Vec<bool> = (0..16).map(|request| request % 2 == 1 || request == 0).collect();
    assert_eq!(outcomes(&draft), in_vain, "nobody notices: every other request finds nobody");
    draft.plan.deployables[0].scaling.as_mut().expect("set").replace = Some(millis(200));
    let noticed: Vec<bool> = (0..16).map(|request| request != 2).collect();
    assert_eq!(outcomes(&draft), noticed, "missed at 350 ms, another serves from 850 ms on");
    let up = draft.record().deployables[0].up[0];
    assert!(near(up, 1.3), "{up}: down from 150 ms to 850 ms, though the fault lasts");
    assert!(near(mean_instances(&draft.record()), 2.0), "what died is paid for until it is replaced");
}

#[test]
fn a_boot_on_a_machine_that_is_down_waits_for_it() {
    let kill = Effect::Crash { deployable: DeployableId(0), instances: 2, silent: false };
    let mut draft = every_100_ms(20, 1, scaled(&[(100, 2)], 2), 10);
    draft.fault(300, 1_050, kill);
    let up = &draft.record().deployables[0].up;
    assert!(near(up[0], 0.3) && near(up[1], 1.9), "{up:?}: both from 1,050 ms on");
}

#[test]
fn a_fleet_that_keeps_its_size_is_no_other_than_a_group() {
    let mut draft = Draft::open(50.0, 0, 20);
    draft.deployable("group").instances = 3;
    let answer = draft.capability("answer", vec![work(Span::from_millis(40))]);
    draft.journey("ask", answer, 1.0);
    for route in [Route::RoundRobin, Route::Random, Route::LEAST_OUTSTANDING, Route::POWER_OF_TWO] {
        draft.plan.deployables[0].route = route;
        let mut scaled = Draft { plan: draft.plan.clone() };
        scaled.plan.deployables[0].scaling = Some(self::scaled(&[], 3));
        assert_eq!(draft.record(), scaled.record(), "{route:?}");
    }
}
