//! What is told by the account of sessions.

use archsim_models::record::{Flow, Record, SessionWindow};
use archsim_models::scenario::Measure;

use super::lens::{Lens, each};
use super::samples::Samples;
use crate::interval::Ratio;
use crate::monte_carlo::Run;

impl Lens<'_> {
    /// A quantity of sessions. `None` if users of the arm ask once.
    pub(super) fn sessions(&self, runs: &[Run]) -> Option<Samples> {
        self.plan.workload.session.as_ref()?;
        let values =
            |of: &dyn Fn(&Flow) -> f64| Samples::Values(each(runs, |record| of(&self.visits(record).0)));
        let by_ended = |of: &dyn Fn(&Flow, &SessionWindow) -> f64| {
            let ratio = |record: &Record| {
                let (flow, window) = self.visits(record);
                Ratio { part: of(&flow, &window), whole: flow.service.ended as f64 }
            };
            Samples::Ratios(each(runs, ratio), f64::INFINITY)
        };
        Some(match self.quantity.measure {
            Measure::Sessions => values(&|flow| flow.arrived as f64),
            Measure::SessionsEnded => values(&|flow| flow.completed as f64),
            Measure::SessionsGivenUp => Samples::Shares(each(runs, |record| {
                let (flow, _) = self.visits(record);
                self.share(flow.failed, flow.service.ended)
            })),
            Measure::SessionLength => by_ended(&|flow, _| flow.service.ended_nanos as f64 / 1e9),
            Measure::SessionRequests => by_ended(&|_, window| window.requests as f64),
            _ => Samples::Values(each(runs, |record| {
                self.visits(record).0.level_nanos() as f64 / 1e9 / self.seconds_of(record)
            })),
        })
    }

    fn visits(&self, record: &Record) -> (Flow, SessionWindow) {
        let found = record.sessions.as_ref().map(|it| (it.flows[self.at], it.windows[self.at]));
        found.unwrap_or_default()
    }
}
