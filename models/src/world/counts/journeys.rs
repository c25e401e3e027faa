//! What is counted of users' requests and sessions, and of the capabilities that answer them.

use archsim_sim::{Span, Time, TimeBuckets, mutant};

use super::each_window;
use crate::plan::Plan;
use crate::policy::Outcome;
use crate::record::{CapabilityRecord, Cause, JourneyRecord, SessionWindow, Tally};
use crate::world::entity::Start;
use crate::world::flow::{Account, Left};

pub(super) struct JourneyCounts {
    pub(super) windows: Vec<Tally>,
    pub(super) arrived: TimeBuckets,
    pub(super) answered: TimeBuckets,
    pub(super) degraded: TimeBuckets,
    pub(super) goodput: TimeBuckets,
    pub(super) account: Account,
}

pub(super) struct SessionCounts {
    pub(super) windows: Vec<SessionWindow>,
    pub(super) account: Account,
}

pub(super) struct CapabilityCounts {
    pub(super) calls: TimeBuckets,
    pub(super) failed: TimeBuckets,
    pub(super) degraded: TimeBuckets,
    pub(super) attempts: TimeBuckets,
}

impl JourneyCounts {
    pub(super) fn new(plan: &Plan) -> Self {
        let buckets = || TimeBuckets::new(plan.bucket, plan.end);
        JourneyCounts {
            windows: vec![Tally::default(); plan.windows.len()],
            arrived: buckets(),
            answered: buckets(),
            degraded: buckets(),
            goodput: buckets(),
            account: Account::new(plan.windows.len()),
        }
    }

    pub(super) fn arrived(&mut self, start: Start) {
        self.arrived.add(start.at, 1);
        self.account.starts_at_once(start.at);
        self.account.levels(start.at, (0, 0), (0, 1));
        each_window(start.windows, |w| self.windows[w].arrived += 1);
    }

    pub(super) fn left(&mut self, start: Start, now: Time, outcome: Outcome) {
        let left = if matches!(outcome, Outcome::Failed(_)) { Left::Failed } else { Left::Completed };
        self.account.leaves(now, start.at, left);
        self.account.levels(now, (0, 0), (1, 0));
    }

    pub(super) fn settled(&mut self, start: Start, now: Time, within: Span, outcome: Outcome) {
        let took = now - start.at;
        let in_time = took <= within;
        let degraded = outcome == Outcome::Degraded;
        match outcome {
            Outcome::Success | Outcome::Degraded => {
                if in_time {
                    self.answered.add(start.at, 1);
                    if degraded {
                        self.degraded.add(start.at, 1);
                    }
                    self.goodput.add(now, 1);
                }
                each_window(start.windows, |w| {
                    let tally = &mut self.windows[w];
                    tally.answered += u64::from(in_time);
                    tally.degraded += u64::from(in_time && degraded);
                    tally.late += u64::from(!in_time);
                    tally.latency.record_span(took);
                });
            }
            Outcome::Failed(Cause::Patience) if mutant!("patience-not-counted") => {}
            Outcome::Failed(cause) => {
                each_window(start.windows, |w| self.windows[w].failed[cause as usize] += 1);
            }
            Outcome::Abandoned => debug_assert!(false, "a user's request is never abandoned"),
        }
    }

    pub(super) fn into_record(self, end: Time) -> JourneyRecord {
        JourneyRecord {
            whole: self.account.so_far(end),
            flows: self.account.flows,
            windows: self.windows,
            arrived: self.arrived.values().to_vec(),
            answered: self.answered.values().to_vec(),
            degraded: self.degraded.values().to_vec(),
            goodput: self.goodput.values().to_vec(),
        }
    }
}

impl CapabilityCounts {
    pub(super) fn new(plan: &Plan) -> Self {
        let buckets = || TimeBuckets::new(plan.bucket, plan.end);
        CapabilityCounts { calls: buckets(), failed: buckets(), degraded: buckets(), attempts: buckets() }
    }

    #[inline(always)]
    pub(super) fn settled(&mut self, start: Start, outcome: Outcome, in_vain: bool) {
        match outcome {
            Outcome::Success | Outcome::Degraded if in_vain => self.failed.add(start.at, 1),
            Outcome::Success => {}
            Outcome::Degraded => self.degraded.add(start.at, 1),
            Outcome::Failed(_) | Outcome::Abandoned => self.failed.add(start.at, 1),
        }
    }

    pub(super) fn into_record(self) -> CapabilityRecord {
        CapabilityRecord {
            calls: self.calls.values().to_vec(),
            failed: self.failed.values().to_vec(),
            degraded: self.degraded.values().to_vec(),
            attempts: self.attempts.values().to_vec(),
        }
    }
}
