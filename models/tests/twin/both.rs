//! Engine and twin side by side: what both make of a plan, in the form in which it can be compared.

pub mod life;
pub mod plans;

use archsim_models::plan::Plan;
use archsim_models::record::{Record, SessionRecord};
use archsim_models::world::{Note, simulate_observed};
use life::{Fate, Seen};

/// The engine's side of what is compared.
pub fn engine(plan: &Plan, seed: u64) -> Seen {
    let (mut answers, mut turned_away) = (Vec::new(), Vec::new());
    let record = simulate_observed(plan, seed, 0, &mut |now, request, note| match note {
        Note::Answered(outcome) => answers.push((request, now, outcome)),
        Note::TurnedAway(cause) => turned_away.push((request, now, cause)),
        _ => {}
    });
    Seen { answers, turned_away, ..seen(&record) }
}

fn seen(record: &Record) -> Seen {
    let fates = |of: &[archsim_models::record::JourneyRecord]| {
        of.iter()
            .map(|journey| {
                let fate = |tally: &archsim_models::record::Tally| Fate {
                    arrived: tally.arrived,
                    answered: tally.answered,
                    degraded: tally.degraded,
                    late: tally.late,
                    failed: tally.failed,
                };
                journey.windows.iter().map(fate).collect()
            })
            .collect()
    };
    let deployables = record.deployables.iter();
    let stores = record.stores.iter();
    let caches = record.caches.iter();
    Seen {
        answers: Vec::new(),
        turned_away: Vec::new(),
        journeys: fates(&record.journeys),
        homes: fates(&record.homes),
        sites: record.sites.iter().map(|site| site.windows.clone()).collect(),
        deployables: deployables
            .map(|d| d.windows.iter().map(|w| (w.attempts, w.rejected)).collect())
            .collect(),
        stores: stores.map(|s| s.windows.iter().map(|w| (w.operations, w.failed)).collect()).collect(),
        sessions: record.sessions.iter().flat_map(sessions).collect(),
        clusters: record.clusters.iter().map(|c| c.windows.clone()).collect(),
        caches: caches.map(|c| c.windows.iter().map(|w| (w.look_ups, w.hits)).collect()).collect(),
    }
}

/// What the accounts of sessions say, by window.
fn sessions(record: &SessionRecord) -> impl Iterator<Item = [u64; 5]> {
    let windows = record.flows.iter().zip(&record.windows);
    windows.map(|(flow, window)| {
        let [begun, whole, given_up] = [flow.arrived, flow.completed, flow.failed];
        [begun, whole, given_up, window.requests, flow.service.ended_nanos as u64]
    })
}
