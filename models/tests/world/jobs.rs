//! Requests that no user waits for: they change nobody's draws, and sweep caches out.

use crate::caches::reading;
use crate::common::*;
use archsim_models::cache::Room;
use archsim_models::plan::*;
use archsim_models::popularity::Popularity;
use archsim_models::world::{Note, simulate_observed};
use archsim_sim::Distribution;

/// So many jobs a second, evenly, for a journey of their own.
fn with_job(mut draft: Draft, rate: f64, keys: JobKeys) -> Draft {
    let enters = draft.plan.journeys[0].enters;
    draft.journey("sweep", enters, 0.0);
    let segment = RateSegment { from: at(0), until: draft.plan.horizon, rate_from: rate, rate_until: rate };
    draft.plan.workload.jobs.push(Job {
        name: "sweep".into(),
        journey: JourneyId(draft.plan.journeys.len() as u16 - 1),
        arrivals: Arrivals::Open { rate: vec![segment], poisson: false },
        keys,
        key: 4_711,
    });
    draft
}

#[test]
fn jobs_change_no_users_draws() {
    let draft = |jobs: bool| {
        let mut draft = reading(7, 300, 50, CachePlace::Process);
        draft.plan.stores[0].read = Distribution::exponential(millis(30));
        draft.plan.caches[0].settings.room = Room::Items(0);
        draft.plan.stores[0].pool = 100_000;
        draft.plan.stores[0].servers = 100_000;
        if jobs { with_job(draft, 200.0, JobKeys::Scan) } else { draft }
    };
    let users = |draft: &Draft| {
        let mut answers = Vec::new();
        simulate_observed(&draft.plan, 1, 0, &mut |now, request, note| {
            if let Note::Answered(outcome) = note
                && Job::of_request(request).is_none()
            {
                answers.push((request, now, outcome));
            }
        });
        answers
    };
    let (with, without) = (draft(true), draft(false));
    assert_eq!(users(&with), users(&without));
    let record = with.record();
    assert!(record.journeys[1].windows[0].arrived > 400, "and yet there are jobs");
    assert_eq!(record.requests, record.journeys.iter().map(|it| it.windows[0].arrived).sum::<u64>());
}

/// Ten hot items of a hundred, and room for forty: users always hit, until a job goes through all of them.
#[test]
fn a_scan_sweeps_users_items_out() {
    let hits = |jobs: Option<JobKeys>, apart: bool| {
        let mut draft = reading(100, 600, 100, CachePlace::Process);
        draft.plan.data[0].popularity = Popularity::hot_set(100, 10, 1.0);
        draft.plan.caches[0].settings.room = Room::Items(40);
        draft.plan.stores[0].read = Distribution::constant(millis(1));
        if let Some(keys) = jobs {
            draft = with_job(draft, 200.0, keys);
        }
        if apart {
            let mut second = draft.plan.caches[0].clone();
            second.serves = Some(vec![JourneyId(1)]);
            second.key = 99;
            draft.plan.caches.push(second);
        }
        let window = draft.record().caches[0].windows[0];
        (window.hits, window.look_ups)
    };
    let (users, all) = hits(None, false);
    assert_eq!((users, all), (590, 600));
    let (swept, all) = hits(Some(JobKeys::Scan), false);
    assert!(
        all > 12_000 && swept < 1_000,
        "{swept} of {all}: the scan never finds anything, and users seldom"
    );
    assert_eq!(hits(Some(JobKeys::Scan), true), (590, 600), "nothing happens to them apart");
    let (popular, all) = hits(Some(JobKeys::Popular), false);
    assert!(all - popular <= 20, "{popular} of {all}");
    let (uniform, all) = hits(Some(JobKeys::Uniform), false);
    let ratio = uniform as f64 / all as f64;
    // Forty of a hundred, whoever asks, and the users' ten asked for a little more often.
    assert!((0.38..0.50).contains(&ratio), "{ratio}");
}
