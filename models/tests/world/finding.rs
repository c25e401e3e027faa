//! Who is asked: owners of keys, the own zone, and what callers have learnt of who is there.

use crate::common::*;
use archsim_models::discovery::eureka::EurekaSettings;
use archsim_models::discovery::health::HealthSettings;
use archsim_models::placement::mixed;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::{self, Success};
use archsim_models::popularity::Popularity;
use archsim_models::record::{Cause, Leftover};
use archsim_sim::{Span, Time};

const REFUSED: Outcome = Outcome::Failed(Cause::Refused);

/// A service of so many instances that users ask every 10 ms, each about one of a thousand items.
fn service(instances: u32, count: u64) -> Draft {
    let mut draft = Draft::every(10, count);
    let popularity = Popularity::uniform(1_000);
    draft.plan.data.push(DataSet { name: "items".into(), popularity, bytes: 1, absent: 0.0, key: 9 });
    draft.deployable("service").instances = instances;
    let service = draft.capability("service", vec![wait(1)]);
    draft.journey("ask", service, 1.0);
    draft
}

fn by_key(hashing: Hashing, rehash: bool) -> Route {
    Route::ByKey(ByKey { data: DataId(0), hashing, rehash })
}

/// The first instance is down.
fn crash(draft: &mut Draft, from: u64, until: u64, silent: bool) {
    draft.fault(from, until, Effect::Crash { deployable: DeployableId(0), instances: 1, silent });
}

/// Milliseconds at which requests were refused.
fn refused(draft: &Draft) -> Vec<u64> {
    let answers = draft.answers();
    let all = answers.iter().zip(1..).filter(|((_, outcome), _)| *outcome == REFUSED);
    all.map(|(_, number)| 10 * number).collect()
}

#[test]
fn keys_of_a_lost_shard_wait_for_it_and_for_its_state() {
    for hashing in [Hashing::Modulo, Hashing::Ketama] {
        let mut draft = service(4, 1_000);
        draft.plan.deployables[0].route = by_key(hashing, false);
        let lost = refused(&draft).len();
        assert_eq!(lost, 0);
        crash(&mut draft, 2_005, 4_005, false);
        let down = refused(&draft);
        assert!(down.iter().all(|at| (2_005..4_005).contains(at)));
        // Of 200 requests a shard's share; on a ring of 160 points each, arcs differ by some 8 %.
        assert!((30..=70).contains(&down.len()), "{hashing:?}: {}", down.len());
        let rebuild = Span::from_secs(3);
        draft.plan.deployables[0].state = Some(LocalState { data: DataId(0), rebuild, gradual: false });
        let whole = refused(&draft);
        assert!(whole.len() > 2 * down.len() && whole.iter().all(|at| (2_005..7_005).contains(at)));
        draft.plan.deployables[0].state = Some(LocalState { data: DataId(0), rebuild, gradual: true });
        let gradual = refused(&draft);
        // Half of what is lost while it is rebuilt is spared.
        let (all, spared) = (whole.len() - down.len(), whole.len() - gradual.len());
        assert!((spared as f64 / all as f64 - 0.5).abs() < 0.2, "{spared} of {all}");
        assert_eq!(draft.record().leftover, Leftover::default());
    }
}

#[test]
fn keys_go_to_others_as_soon_as_it_is_known_that_their_owner_is_lost() {
    for hashing in [Hashing::Modulo, Hashing::Ketama] {
        let mut draft = service(5, 400);
        draft.plan.deployables[0].route = by_key(hashing, true);
        draft.plan.deployables[0].finding.discovery = Discovery::AtOnce;
        crash(&mut draft, 0, 90_000, false);
        assert_eq!(refused(&draft).len(), 0, "all keys have somebody");
        draft.plan.deployables[0].finding.discovery = Discovery::None;
        let lost = refused(&draft).len();
        assert!((50..=110).contains(&lost), "a fifth, while nobody knows: {lost}");
    }
}

#[test]
fn the_same_item_always_comes_to_the_same_instance() {
    // With one item all requests have one owner: no more and no less than one instance works.
    let mut draft = service(4, 200);
    draft.plan.data[0].popularity = Popularity::uniform(1);
    draft.plan.deployables[0].route = by_key(Hashing::Modulo, false);
    let owner = mixed(0) % 4;
    let count = |instances| {
        let mut draft = Draft { plan: draft.plan.clone() };
        draft.fault(0, 90_000, Effect::Crash { deployable: DeployableId(0), instances, silent: false });
        refused(&draft).len()
    };
    assert_eq!((count(owner), count(owner + 1)), (0, 200));
}

#[test]
fn nobody_notices_or_everybody_at_once_or_a_load_balancer_after_some_probes() {
    let failures = |discovery| {
        let mut draft = service(2, 1_000);
        draft.plan.deployables[0].finding.discovery = discovery;
        crash(&mut draft, 1_005, 5_005, false);
        let refused = refused(&draft);
        (refused.len(), refused.last().copied().unwrap_or(0))
    };
    assert_eq!(failures(Discovery::None), (200, 4_990));
    assert_eq!(failures(Discovery::AtOnce).0, 0);
    let checks =
        |failures, successes| Discovery::Health(HealthSettings { every: millis(700), failures, successes });
    // Probes at 1,400 and 2,100: half of the requests until then are lost.
    let (lost, end) = failures(checks(2, 1));
    assert!((54..=56).contains(&lost) && (2_080..2_100).contains(&end), "{lost}, {end}");
    let (lost, _) = failures(checks(1, 1));
    assert!((19..=21).contains(&lost), "{lost}");
}

#[test]
fn a_load_balancer_without_anybody_healthy_asks_all() {
    let mut draft = service(2, 100);
    let check = HealthSettings { every: millis(50), failures: 1, successes: 1 };
    draft.plan.deployables[0].finding.discovery = Discovery::Health(check);
    draft.fault(0, 505, Effect::Crash { deployable: DeployableId(0), instances: 2, silent: false });
    let refused = refused(&draft);
    assert_eq!((refused.len(), refused.last()), (50, Some(&500)), "those that are back are found at once");
}

/// When requests were refused while one of twenty instances was down from 100 s on, and in all.
fn by_leases(instances: u32, seed: u64) -> (Vec<Time>, u64) {
    let mut draft = Draft::open(40.0, 0, 600);
    draft.deployable("service").instances = instances;
    let service = draft.capability("service", vec![wait(1)]);
    draft.journey("ask", service, 1.0);
    draft.plan.deployables[0].finding.discovery = Discovery::Eureka;
    draft.plan.deployables[0].route = Route::Random;
    draft.plan.eureka = EurekaSettings::DEFAULT;
    draft.fault(
        100_000,
        10_000_000,
        Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false },
    );
    let mut lost = Vec::new();
    let mut note = |now, _, note| {
        if note == archsim_models::world::Note::Answered(REFUSED) {
            lost.push(now);
        }
    };
    let record = archsim_models::world::simulate_observed(&draft.plan, seed, 0, &mut note);
    (lost, record.journeys[0].windows[0].arrived)
}

/// T-EUR-4 in a run: two leases after its last heartbeat, up to a minute until the next run, up to 90 s in caches.
#[test]
fn a_dead_instance_is_asked_until_its_lease_is_over_and_all_copies_are_new() {
    for seed in 0..20 {
        let (lost, _) = by_leases(20, seed);
        let end = lost.last().expect("some were lost").since(Time::ZERO).as_secs_f64();
        // Its last heartbeat was between 70 and 100 s; one of twenty is asked twice a second.
        assert!((247.0..=430.0).contains(&end), "{seed}: {end}");
        let expected = (end - 100.0) * 2.0;
        assert!((lost.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{} of {expected}", lost.len());
    }
}

/// T-EUR-3 in a run.
#[test]
fn of_three_instances_a_dead_one_is_asked_for_ever() {
    let (lost, arrived) = by_leases(3, 1);
    let share = lost.len() as f64 / (arrived as f64 * 500.0 / 600.0);
    assert!((share - 1.0 / 3.0).abs() < 0.02, "{share}");
}

/// An app in zone a before a service with an instance in each of two zones, of which the first crashes.
fn zoned(own_zone: bool, discovery: Discovery) -> Vec<(u64, Outcome)> {
    let mut draft = Draft::every(1_000, 4);
    let names = vec!["a".to_owned(), "b".to_owned()];
    draft.plan.zones = Zones { names, users: vec![1.0, 0.0], cross: millis(3), ..Zones::NONE };
    let (a, b) = (ZoneId(0), ZoneId(1));
    let service = draft.deployable("service");
    (service.instances, service.zones, service.hop) = (2, vec![a, b], millis(1));
    service.finding = Finding { discovery, own_zone, anywhere: false };
    let callee = draft.capability("service", vec![wait(10)]);
    draft.deployable("app").zones = vec![a];
    let call = draft.remote(callee, Vec::new());
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    crash(&mut draft, 2_500, 3_500, false);
    draft.answers()
}

#[test]
fn the_own_zone_comes_first_while_somebody_is_known_there() {
    let (near, far) = ((12, Success), (18, Success));
    assert_eq!(zoned(false, Discovery::AtOnce), [near, far, far, near], "one after the other");
    assert_eq!(zoned(true, Discovery::AtOnce), [near, near, far, near]);
    assert_eq!(zoned(true, Discovery::None), [near, near, (2, REFUSED), near], "nobody notices");
}
