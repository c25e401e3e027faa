//! Zones: where instances and stores are, how far messages go, and what an outage takes with it.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::{self, Success};
use archsim_models::record::Cause;
use archsim_sim::{Distribution, Span};

fn zones(names: &[&str], users: &[f64], cross: u64) -> Zones {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    Zones { names, users: users.to_vec(), cross: millis(cross), ..Zones::NONE }
}

const A: ZoneId = ZoneId(0);
const B: ZoneId = ZoneId(1);

/// Users in zone a, an app there, and behind it a service with an instance in each of both zones.
fn two_zones(count: u64) -> Draft {
    let mut draft = Draft::every(1_000, count);
    draft.plan.zones = zones(&["a", "b"], &[1.0, 0.0], 3);
    let service = draft.deployable("service");
    (service.instances, service.zones, service.hop) = (2, vec![A, B], millis(1));
    let callee = draft.capability("service", vec![wait(10)]);
    let app = draft.deployable("app");
    (app.zones, app.user_hop) = (vec![A], millis(2));
    let call = draft.remote(callee, vec![timeout(500)]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    draft
}

#[test]
fn what_goes_from_zone_to_zone_takes_longer_both_ways() {
    // Within: 2 × 2 ms to the app, 2 × 1 ms to the service. Every other call goes to the other zone.
    assert_eq!(two_zones(4).answers(), [(16, Success), (22, Success), (16, Success), (22, Success)]);
}

#[test]
fn instances_are_spread_over_their_zones_one_after_the_other() {
    let mut draft = Draft::once();
    draft.plan.zones = zones(&["a", "b", "c"], &[0.4, 0.3, 0.3], 1);
    let all: Vec<ZoneId> = (0..3).map(ZoneId).collect();
    let deployable = draft.deployable("app");
    (deployable.instances, deployable.zones) = (5, all);
    let placed: Vec<_> = (0..5).filter_map(|number| deployable.zone_of(number)).map(ZoneId::at).collect();
    assert_eq!(placed, [0, 1, 2, 0, 1]);
    deployable.zones.clear();
    assert_eq!(deployable.zone_of(3), None);
}

#[test]
fn an_outage_takes_the_instances_of_its_zone_and_no_others() {
    let mut draft = two_zones(4);
    draft.fault(500, 3_500, Effect::ZoneCrash { deployable: DeployableId(0), zone: B, silent: false });
    let refused = failed(Cause::Refused);
    assert_eq!(draft.answers(), [(16, Success), (12, refused), (16, Success), (22, Success)]);
    let mut silent = two_zones(2);
    silent.fault(500, 9_500, Effect::ZoneCrash { deployable: DeployableId(0), zone: B, silent: true });
    assert_eq!(silent.answers(), [(16, Success), (504, failed(Cause::Timeout))]);
}

#[test]
fn a_partition_between_zones_spares_what_stays_within() {
    for other in [Some(B), None] {
        let mut draft = two_zones(4);
        draft.fault(500, 2_500, Effect::ZoneLoss { zone: A, other, probability: 1.0, key: 4 });
        let expected = [(16, Success), (504, failed(Cause::Timeout)), (16, Success), (22, Success)];
        assert_eq!(draft.answers(), expected);
    }
    let mut slow = two_zones(2);
    let add = Distribution::constant(millis(40));
    slow.fault(500, 2_500, Effect::ZoneDelay { zone: B, other: None, add, key: 4 });
    assert_eq!(slow.answers(), [(16, Success), (102, Success)]);
}

/// An app in zone a, and its database of 10 ms in zone b.
fn far_store(fault: Option<(u64, u64, Effect)>) -> (u64, Outcome) {
    let mut draft = Draft::once();
    draft.plan.zones = zones(&["a", "b"], &[1.0, 0.0], 3);
    let store = draft.store("rows", 10);
    (store.zone, store.hop) = (Some(B), millis(1));
    draft.deployable("app").zones = vec![A];
    let app = draft.capability("app", vec![read(0)]);
    draft.journey("ask", app, 1.0);
    if let Some((from, until, effect)) = fault {
        draft.fault(from, until, effect);
    }
    draft.answer()
}

#[test]
fn an_operation_on_a_store_beyond_a_partition_is_sent_again_until_it_gets_through() {
    let loss = |probability| Effect::ZoneLoss { zone: B, other: None, probability, key: 4 };
    assert_eq!(far_store(None), (18, Success));
    // Sent at 1,000: on its way when the partition ends.
    assert_eq!(far_store(Some((500, 1_300, loss(1.0)))), (318, Success));
    // Its answer is held up.
    assert_eq!(far_store(Some((1_005, 1_100, loss(1.0)))), (104, Success));
    let (ms, outcome) = far_store(Some((500, 60_000, loss(0.5))));
    assert_eq!(outcome, Success);
    assert_eq!((ms - 18) % 200, 0, "each loss costs a fifth of a second: {ms}");
}

#[test]
fn users_come_in_by_their_shares_and_a_closed_user_always_at_the_same_place() {
    // The app is in zone a: who comes in at b is 2 × 3 ms slower.
    let far = |closed: bool| {
        let mut draft = Draft::open(1_000.0, 0, 20);
        draft.plan.zones = zones(&["a", "b"], &[0.75, 0.25], 3);
        draft.deployable("app").zones = vec![A];
        let app = draft.capability("app", vec![wait(10)]);
        draft.journey("ask", app, 1.0).within = millis(12);
        if closed {
            let think = Distribution::constant(Span::from_secs(1));
            draft.plan.workload.arrivals = Arrivals::Closed { users: 1, think };
        }
        let tally = &draft.record().journeys[0].windows[0];
        assert_eq!(tally.failed.iter().sum::<u64>(), 0);
        (tally.late as f64 / tally.arrived as f64, tally.arrived)
    };
    let (share, arrived) = far(false);
    let deviation = (0.25 * 0.75 / arrived as f64).sqrt();
    assert!((share - 0.25).abs() < 4.0 * deviation, "{share}");
    let (one, arrived) = far(true);
    assert!(arrived > 10 && !(1e-9..=1.0 - 1e-9).contains(&one), "{one} of {arrived}");
}
