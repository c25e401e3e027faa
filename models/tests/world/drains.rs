//! Whatever goes wrong, everything comes back: after a drain no thread, permit, connection, job or message is left.

use crate::common::at;
use crate::common::gambler::Gambler;
use archsim_models::plan::Window;
use archsim_models::record::Leftover;
use archsim_models::world::simulate;

#[test]
fn after_a_drain_nothing_is_left() {
    for seed in 0..400 {
        let plan = Gambler::new(seed).plan();
        let record = simulate(&plan, seed, 0);
        assert_eq!(record.stopped, None, "plan {seed}");
        assert_eq!(record.leftover, Leftover::default(), "plan {seed}: {plan:#?}");
    }
}

#[test]
fn every_request_is_counted_once_in_every_window_it_came_in() {
    for seed in 0..100 {
        let mut plan = Gambler::new(seed).plan();
        for (from, until) in [(500, 2_500), (2_000, 4_000)] {
            plan.windows.push(Window { name: "some".into(), from: at(from), until: at(until) });
        }
        let record = simulate(&plan, seed, 0);
        for tally in &record.journeys[0].windows {
            let ended = tally.answered + tally.late + tally.failed.iter().sum::<u64>();
            assert_eq!(tally.arrived, ended, "plan {seed}");
            assert_eq!(tally.latency.count(), tally.answered + tally.late);
        }
        for site in record.sites.iter().flat_map(|site| &site.windows) {
            assert!(site.answered + site.failed.iter().sum::<u64>() <= site.calls, "plan {seed}");
        }
        assert_eq!(record.journeys[0].arrived.iter().sum::<u64>(), record.requests);
    }
}

#[test]
fn the_same_plan_and_seed_give_the_same_record() {
    for seed in 0..30 {
        let plan = Gambler::new(seed).plan();
        assert_eq!(simulate(&plan, seed, 3), simulate(&plan, seed, 3));
        let other = simulate(&plan, seed, 4);
        assert_ne!(simulate(&plan, seed, 3).fingerprint, other.fingerprint);
    }
}
