//! What is told by the account of a station, or of the requests of a journey: see [`Flow`].

use archsim_models::plan::DeployableId;
use archsim_models::record::{Flow, Record, StoreWindow};
use archsim_models::scenario::Measure;
use archsim_sim::Time;

use super::lens::{Lens, each};
use super::samples::Samples;
use crate::interval::{Count, Ratio};
use crate::monte_carlo::Run;

/// Whose account.
enum Station {
    Journeys,
    Deployables(Vec<DeployableId>),
    Stores(Vec<usize>),
}

impl Lens<'_> {
    /// A quantity that an account tells. `None` if the arm does not have the station.
    pub(super) fn flow(&self, runs: &[Run]) -> Option<Samples> {
        let station = self.station()?;
        let account = |record: &Record| self.account(record, &station);
        let per_second = |things: fn(&Flow) -> f64| {
            Samples::Values(each(runs, |record| things(&account(record)) / self.seconds_of(record)))
        };
        Some(match self.quantity.measure {
            Measure::Waited => Samples::Shares(each(runs, |record| {
                let flow = account(record);
                self.share(flow.waited, flow.arrived)
            })),
            Measure::Abandoned => Samples::Shares(each(runs, |record| {
                let flow = account(record);
                self.share(flow.withdrawn, flow.refused + waits_ended(&flow))
            })),
            Measure::MeanWait => {
                let wait = |record: &Record| {
                    let flow = account(record);
                    Ratio { part: flow.line.ended_nanos as f64 / 1e9, whole: waits_ended(&flow) as f64 }
                };
                Samples::Ratios(each(runs, wait), f64::INFINITY)
            }
            Measure::ArrivalRate => per_second(|flow| flow.arrived as f64),
            Measure::Throughput => per_second(|flow| flow.completed as f64),
            _ => per_second(|flow| flow.level_nanos() as f64 / 1e9),
        })
    }

    /// What locks and versions did, of the named store or of all of them.
    pub(super) fn locks(&self, runs: &[Run]) -> Option<Samples> {
        let stores: Vec<usize> = match self.store() {
            Some(store) => vec![store],
            None => (0..self.plan.stores.len()).collect(),
        };
        let account = |record: &Record| -> Flow {
            stores.iter().map(|&at| record.stores[at].locks.flows[self.at]).sum()
        };
        let number = |things: fn(&StoreWindow) -> u64| {
            let all = |record: &Record| -> f64 {
                let windows = stores.iter().map(|&at| &record.stores[at].windows[self.at]);
                windows.map(things).sum::<u64>() as f64
            };
            Samples::Values(each(runs, all))
        };
        (!stores.is_empty()).then(|| match self.quantity.measure {
            Measure::Deadlocks => number(|window| window.deadlocks),
            Measure::Conflicts => number(|window| window.conflicts),
            Measure::MeanLockWait => {
                let wait = |record: &Record| {
                    let flow = account(record);
                    Ratio { part: flow.line.ended_nanos as f64 / 1e9, whole: waits_ended(&flow) as f64 }
                };
                Samples::Ratios(each(runs, wait), f64::INFINITY)
            }
            _ => {
                let waiting =
                    |record: &Record| account(record).line.level_nanos as f64 / 1e9 / self.seconds_of(record);
                Samples::Values(each(runs, waiting))
            }
        })
    }

    pub(super) fn share(&self, hits: u64, trials: u64) -> Count {
        let (hits, trials) = (hits as f64, trials as f64);
        Count { hits, trials, units: self.units().min(trials) }
    }

    /// Numbers and rates of nothing in particular are those of the requests; waits of nothing in particular are those
    /// at all deployables.
    fn station(&self) -> Option<Station> {
        if let Some(stores) = self.stores() {
            return Some(Station::Stores(stores));
        }
        let of_requests =
            matches!(self.quantity.measure, Measure::Present | Measure::ArrivalRate | Measure::Throughput);
        if of_requests && !self.journeys.is_empty() {
            return Some(Station::Journeys);
        }
        self.deployables().map(Station::Deployables)
    }

    fn account(&self, record: &Record, station: &Station) -> Flow {
        match station {
            Station::Journeys => self.journeys.iter().map(|&j| record.journeys[j].flows[self.at]).sum(),
            Station::Deployables(all) => {
                all.iter().map(|id| record.deployables[id.at()].flows[self.at]).sum()
            }
            Station::Stores(all) => all.iter().map(|&store| record.stores[store].flows[self.at]).sum(),
        }
    }

    /// The part of the window that the run has seen.
    pub(super) fn seconds_of(&self, record: &Record) -> f64 {
        let end = record.stopped.map_or(Time::NEVER, |stopped| Time::from_nanos(stopped.at_nanos));
        self.window.until.min(end).since(self.window.from).as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// How many waits ended: those that did not have to wait, and those that have left the line, for whatever reason.
const fn waits_ended(flow: &Flow) -> u64 {
    flow.arrived - flow.refused - flow.waited + flow.line.ended
}
