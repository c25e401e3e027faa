//! Regions: how far users and messages go, who is sent where, and what fail-over and drills do.

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome::{self, Success};
use archsim_models::record::Cause;
use archsim_models::world::simulate;
use archsim_sim::{Distribution, Span};

const EAST: RegionId = RegionId(0);
const WEST: RegionId = RegionId(1);

/// Two regions of a zone each, 30 ms apart; all users live in the east, 2 ms from it and 40 ms from the west.
fn two_regions() -> Zones {
    let names = ["east-a", "west-a"].map(str::to_owned).to_vec();
    let apart = vec![vec![Span::ZERO, millis(30)], vec![millis(30), Span::ZERO]];
    let home = Home { name: "coast".into(), share: 1.0, region: EAST, away: vec![millis(2), millis(40)] };
    let regions = Regions {
        names: ["east", "west"].map(str::to_owned).to_vec(),
        of: vec![EAST, WEST],
        apart,
        homes: vec![home],
    };
    Zones { names, users: vec![1.0, 1.0], cross: millis(1), regions }
}

fn rule() -> FailOver {
    FailOver {
        detect: millis(1_000),
        decide: millis(2_000),
        ready: Span::ZERO,
        shift: Shift::AtOnce,
        to: vec![1.0, 1.0],
        back_after: Span::ZERO,
        back: Shift::AtOnce,
    }
}

/// One instance in each region, asked once a second.
fn two_instances(count: u64) -> Draft {
    let mut draft = Draft::every(1_000, count);
    draft.plan.zones = two_regions();
    let app = draft.deployable("app");
    (app.instances, app.zones) = (2, vec![ZoneId(0), ZoneId(1)]);
    let app = draft.capability("app", vec![wait(10)]);
    draft.journey("ask", app, 1.0);
    draft
}

/// The east goes from 2.5 s until 7.5 s.
fn goes(draft: &mut Draft) {
    draft.fault(
        2_500,
        7_500,
        Effect::ZoneCrash { deployable: DeployableId(0), zone: ZoneId(0), silent: false },
    );
    draft.fault(2_500, 7_500, Effect::RegionOutage { region: EAST });
}

#[test]
fn users_stay_in_their_region_and_calls_too() {
    assert_eq!(two_instances(3).answers(), [(14, Success); 3]);
    // A balancer before all regions sends them anywhere, in turn.
    let mut anywhere = two_instances(3);
    anywhere.plan.deployables[0].finding.anywhere = true;
    assert_eq!(anywhere.answers(), [(14, Success), (90, Success), (14, Success)]);
    // What is in one region only is asked over the distance, by the app in the east.
    let mut draft = Draft::every(1_000, 2);
    draft.plan.zones = two_regions();
    draft.deployable("service").zones = vec![ZoneId(1)];
    let service = draft.capability("service", vec![wait(10)]);
    let app = draft.deployable("app");
    (app.instances, app.zones) = (2, vec![ZoneId(0), ZoneId(1)]);
    let call = draft.remote(service, vec![]);
    let app = draft.capability("app", vec![call]);
    draft.journey("ask", app, 1.0);
    assert_eq!(draft.answers(), [(74, Success); 2]);
}

#[test]
fn a_store_somewhere_in_a_region_is_as_near_to_all_its_zones() {
    let ask = |place: Option<ZoneId>| {
        let mut draft = Draft::once();
        draft.plan.zones = two_regions();
        draft.store("rows", 10).zone = place;
        draft.deployable("app").zones = vec![ZoneId(0)];
        let app = draft.capability("app", vec![read(0)]);
        draft.journey("ask", app, 1.0);
        draft.answer().0
    };
    let zones = two_regions();
    let found = [None, Some(zones.somewhere(EAST)), Some(zones.somewhere(WEST)), Some(ZoneId(1))].map(ask);
    assert_eq!(found, [14, 14, 74, 74]);
}

#[test]
fn users_are_sent_to_the_other_region_when_it_is_decided_and_back_when_it_is_over() {
    let refused = (4, failed(Cause::Refused));
    let mut draft = two_instances(9);
    goes(&mut draft);
    let (near, far) = ((14, Success), (90, Success));
    assert_eq!(draft.answers(), [near, near, refused, refused, refused, refused, refused, near, near]);
    // Decided after 3 s, at 5.5 s.
    draft.plan.fail_over = Some(rule());
    assert_eq!(draft.answers(), [near, near, refused, refused, refused, far, far, near, near]);
    // Decided beforehand: a drill, after which the region goes. Nobody is hurt.
    draft.fault(1_500, 8_500, Effect::Evacuate { region: EAST });
    assert_eq!(draft.answers(), [near, far, far, far, far, far, far, far, near]);
}

#[test]
fn what_is_in_reserve_is_launched_when_it_is_decided() {
    let up = |ready: u64| {
        let mut draft = two_instances(12);
        goes(&mut draft);
        draft.plan.fail_over = Some(FailOver { ready: millis(ready), ..rule() });
        let app = &mut draft.plan.deployables[0];
        (app.reserve, app.zones) = (true, vec![ZoneId(0), ZoneId(1), ZoneId(0), ZoneId(1)]);
        app.scaling = Some(Scaling {
            most: 4,
            boot: millis(500),
            grace: Span::ZERO,
            replace: None,
            sizing: Sizing::Schedule(Vec::new()),
        });
        let from = |ms| archsim_sim::Time::ZERO + millis(ms);
        draft.plan.windows[0] = Window { name: "run".into(), from: from(0), until: from(10_000) };
        let record = draft.record();
        (record.deployables[0].windows[0].instances, record.homes[0].windows[0].arrived, draft.answers())
    };
    // From 5.5 s until the end one more is there, in the west; those in the east are for others.
    let (instances, arrived, answers) = up(0);
    assert!((instances - (2.0 + 0.45)).abs() < 1e-9, "{instances}");
    assert_eq!((arrived, answers[4].1, answers[5]), (9, failed(Cause::Refused), (90, Success)));
    // Users wait for what boots.
    assert_eq!(up(1_000).2[5], (4, failed(Cause::Refused)));
}

#[test]
fn a_zone_that_is_drained_is_asked_by_nobody_and_works_on() {
    let mut draft = Draft::every(1_000, 6);
    let names = ["a", "b"].map(str::to_owned).to_vec();
    draft.plan.zones = Zones { names, users: vec![1.0, 0.0], cross: millis(3), ..Zones::NONE };
    let app = draft.deployable("app");
    (app.instances, app.zones) = (2, vec![ZoneId(0), ZoneId(1)]);
    app.finding.own_zone = true;
    let app = draft.capability("app", vec![wait(10)]);
    draft.journey("ask", app, 1.0);
    draft.fault(1_500, 4_500, Effect::Drain { zone: ZoneId(0) });
    // Users come in at b instead, next to its instance: nobody notices when a goes.
    draft.fault(
        2_500,
        4_500,
        Effect::ZoneCrash { deployable: DeployableId(0), zone: ZoneId(0), silent: true },
    );
    assert_eq!(draft.answers(), [(10, Success); 6]);
}

/// Users who are lost are those who come until it is decided, and then those who have not moved yet.
#[test]
fn the_share_that_moves_is_the_share_that_is_answered() {
    let mut draft = Draft::open(200.0, 0, 60);
    draft.plan.zones = two_regions();
    draft.plan.in_flight = 100_000;
    let app = draft.deployable("app");
    (app.instances, app.zones, app.cores) = (2, vec![ZoneId(0), ZoneId(1)], archsim_sim::Limit::Unbounded);
    let app = draft.capability("app", vec![wait(10)]);
    draft.journey("ask", app, 1.0);
    draft.fault(
        10_000,
        60_000,
        Effect::ZoneCrash { deployable: DeployableId(0), zone: ZoneId(0), silent: false },
    );
    draft.fault(10_000, 60_000, Effect::RegionOutage { region: EAST });
    for (shift, mean) in [(Shift::Linear(millis(20_000)), 10.0), (Shift::Exponential(millis(5_000)), 5.0)] {
        draft.plan.fail_over = Some(FailOver { shift, ..rule() });
        let lost = |seed| {
            let tally = &simulate(&draft.plan, seed, 0).journeys[0].windows[0];
            tally.failed[Cause::Refused as usize] as f64
        };
        let found = (0..20).map(lost).sum::<f64>() / 20.0;
        let expected = 200.0 * (3.0 + mean);
        // Poisson: each run's deviation is the root of its mean.
        assert!((found - expected).abs() < 4.0 * (expected / 20.0).sqrt(), "{found}, {expected}");
    }
}

#[test]
fn each_region_writes_to_its_own_node_and_reads_there() {
    let answers = |writes: bool, reads: Reads| {
        let mut draft = Draft::every(1_000, 1);
        draft.plan.zones = two_regions();
        for region in [WEST, EAST] {
            let place = draft.plan.zones.somewhere(region);
            draft.store("rows", 10).zone = Some(place);
        }
        let lag = Distribution::constant(millis(500));
        let kind = ClusterKind::Replicated(Replication {
            lag,
            reads,
            pinned: false,
            synchronous: false,
            fail_over: Distribution::constant(Span::from_secs(60)),
            writes_own_region: writes,
        });
        let nodes = vec![StoreId(0), StoreId(1)];
        draft.plan.clusters.push(Cluster { name: "rows".into(), nodes, kind, key: 3 });
        draft.deployable("app").zones = vec![ZoneId(0)];
        let Step::Store { store, repeat, again, item, cost, key, .. } = read(0) else { panic!("a read") };
        let written =
            Step::Store { store, operation: Operation::Write, repeat, again, item, cost, key: key + 1 };
        let app = draft.capability("app", vec![written, read(0)]);
        draft.journey("ask", app, 1.0);
        draft.answer()
    };
    let ms = |found: (u64, Outcome)| found.0;
    // A write takes 20 ms, a read 10. The primary is in the west: each operation there costs the distance twice.
    assert_eq!(ms(answers(false, Reads::Primary)), 4 + 80 + 70);
    assert_eq!(ms(answers(false, Reads::OwnRegion)), 4 + 80 + 10);
    assert_eq!(ms(answers(true, Reads::OwnRegion)), 4 + 20 + 10);
}

/// A cache that reads through is somewhere in the west; what its nodes ask of the database is in no zone that could be cut off.
#[test]
fn what_is_somewhere_in_a_region_is_hit_by_no_fault_of_a_zone() {
    let place = CachePlace::Servers { store: StoreId(1), timeout: Span::FOREVER, cluster: CacheCluster::ONE };
    let mut draft = crate::caches::reading(1_000, 1, 1, place);
    draft.plan.zones = two_regions();
    draft.plan.zones.regions.apart = vec![vec![Span::ZERO; 2]; 2];
    draft.plan.caches[0].load = Load::Through(archsim_sim::Limit::Unbounded);
    draft.plan.stores[0].zone = Some(ZoneId(0));
    draft.plan.stores[1].zone = Some(ZoneId(3));
    let cut = Effect::ZoneLoss { zone: ZoneId(0), other: None, probability: 1.0, key: 5 };
    draft.fault(500, 5_000, cut);
    // The look-up and the read.
    assert_eq!(draft.answer(), (101, Success));
}
