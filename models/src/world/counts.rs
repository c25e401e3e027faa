//! What a run counts: by window of start time, by bucket, by level. Plain sums; conclusions are drawn elsewhere.

mod deployables;
mod journeys;
mod stores;

pub(crate) use deployables::{DeployableCounts, PoolCounts};
pub(crate) use stores::StoreCounts;

use archsim_sim::{Histogram, Span, Time, mutant};

use self::journeys::{CapabilityCounts, JourneyCounts, SessionCounts};
use self::stores::CacheCounts;
use super::entity::Start;
use super::flow::{Account, Left};
use super::level::Level;
use super::session::Ended;
use crate::plan::{Plan, SiteId, Window};
use crate::policy::Outcome;
use crate::record::{
    Cause, ClusterRecord, ClusterWindow, Leftover, Record, SLOWEST_BUCKETS, SessionRecord, SessionWindow,
    SiteRecord, SiteWindow, Stopped, WatchRecord,
};

/// What is known of a run as a whole.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    pub fingerprint: u64,
    pub events: u64,
    pub backwards: u64,
    pub quiet: bool,
    pub requests: u64,
    pub in_flight_max: u32,
    pub stopped: Option<Stopped>,
    pub leftover: Leftover,
}

/// All counters of a run.
pub(crate) struct Counts {
    windows: Vec<Window>,
    /// Bit w: window w is open now.
    open: u32,
    journeys: Vec<JourneyCounts>,
    /// By home of users.
    homes: Vec<JourneyCounts>,
    /// Of the sessions, where there are any.
    sessions: Option<SessionCounts>,
    /// Latencies of answered requests, per bucket of arrival, if they are asked for.
    latencies: Vec<Histogram>,
    bucket: Span,
    /// By journey: whether users ask for it, not jobs alone.
    is_asked_for: Vec<bool>,
    capabilities: Vec<CapabilityCounts>,
    pub deployables: Vec<DeployableCounts>,
    pub stores: Vec<StoreCounts>,
    caches: Vec<CacheCounts>,
    clusters: Vec<Vec<ClusterWindow>>,
    pub pools: Vec<PoolCounts>,
    sites: Vec<Vec<SiteWindow>>,
    /// How many watches the plan has.
    watches: usize,
    /// By journey: the capability it enters.
    entries: Vec<usize>,
}

/// The capability that is called at a site.
fn callee(plan: &Plan, site: SiteId) -> usize {
    plan.programs[plan.sites[site.at()].callee.at()].capability.at()
}

impl Counts {
    pub(crate) fn new(plan: &Plan) -> Self {
        assert!(plan.windows.len() <= 32, "a plan has at most 32 windows");
        let windows = plan.windows.len();
        Counts {
            windows: plan.windows.clone(),
            open: 0,
            latencies: if plan.slowest {
                let buckets = plan.horizon.as_nanos().div_ceil(plan.bucket.as_nanos()) as usize;
                vec![Histogram::new(); buckets.div_ceil(SLOWEST_BUCKETS)]
            } else {
                Vec::new()
            },
            bucket: plan.bucket,
            is_asked_for: plan.journeys.iter().map(|journey| journey.share > 0.0).collect(),
            journeys: plan.journeys.iter().map(|_| JourneyCounts::new(plan)).collect(),
            homes: plan.zones.regions.homes.iter().map(|_| JourneyCounts::new(plan)).collect(),
            sessions: plan.workload.session.as_ref().map(|_| SessionCounts {
                windows: vec![SessionWindow::default(); windows],
                account: Account::new(windows),
            }),
            capabilities: plan.capabilities.iter().map(|_| CapabilityCounts::new(plan)).collect(),
            deployables: (0..plan.deployables.len()).map(|at| DeployableCounts::new(plan, at)).collect(),
            stores: (0..plan.stores.len()).map(|at| StoreCounts::new(plan, at)).collect(),
            caches: plan.caches.iter().map(|_| CacheCounts::new(plan)).collect(),
            clusters: vec![vec![ClusterWindow::default(); windows]; plan.clusters.len()],
            pools: (0..plan.node_pools.len()).map(|at| PoolCounts::new(plan, at)).collect(),
            sites: vec![vec![SiteWindow::default(); windows]; plan.sites.len()],
            watches: plan.watches.len(),
            entries: plan.journeys.iter().map(|j| plan.programs[j.enters.at()].capability.at()).collect(),
        }
    }

    /// Every instant at which a window opens or closes, once each.
    pub(crate) fn edges(&self) -> Vec<Time> {
        let mut edges: Vec<Time> = self.windows.iter().flat_map(|w| [w.from, w.until]).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Windows open or close now.
    pub(crate) fn boundary(&mut self, now: Time) {
        self.open = 0;
        for (index, window) in self.windows.iter().enumerate() {
            self.open |= u32::from(window.contains(now)) << index;
        }
        let windows = &self.windows;
        for level in levels(&mut self.deployables, &mut self.stores, &mut self.pools) {
            level.boundary(now, windows);
        }
        for account in accounts(
            [&mut self.journeys, &mut self.homes],
            &mut self.sessions,
            &mut self.deployables,
            &mut self.stores,
        ) {
            account.boundary(now, windows);
        }
    }

    /// Something starts now: what it is to be counted under.
    #[inline]
    pub(crate) fn start(&self, now: Time) -> Start {
        Start { at: now, windows: self.open }
    }

    /// By journey, and by home where users have one.
    #[inline]
    fn each_of(&mut self, (journey, home): (usize, Option<u16>), mut count: impl FnMut(&mut JourneyCounts)) {
        count(&mut self.journeys[journey]);
        if let Some(home) = home {
            count(&mut self.homes[home as usize]);
        }
    }

    #[inline]
    pub(crate) fn request_arrived(&mut self, journey: usize, home: Option<u16>, start: Start) {
        self.capabilities[self.entries[journey]].calls.add(start.at, 1);
        self.each_of((journey, home), |counts| counts.arrived(start));
    }

    /// A user comes who may ask more than once.
    pub(crate) fn session_begins(&mut self, now: Time) {
        if let Some(sessions) = &mut self.sessions {
            sessions.account.starts_at_once(now);
            sessions.account.levels(now, (0, 0), (0, 1));
        }
    }

    /// A user leaves who came then and asked so often.
    pub(crate) fn session_ends(&mut self, (began, asked): (Time, u32), now: Time, how: Ended) {
        let Some(sessions) = &mut self.sessions else { return };
        let left = if how == Ended::GivenUp { Left::Failed } else { Left::Completed };
        sessions.account.leaves(now, began, left);
        sessions.account.levels(now, (0, 0), (1, 0));
        each_window(self.open, |w| sessions.windows[w].requests += u64::from(asked));
    }

    /// A request is over for its user, before the run is.
    #[inline]
    pub(crate) fn request_left(
        &mut self,
        of: (usize, Option<u16>),
        start: Start,
        now: Time,
        outcome: Outcome,
    ) {
        self.each_of(of, |counts| counts.left(start, now, outcome));
    }

    pub(crate) fn request_settled(
        &mut self,
        of: (usize, Option<u16>),
        start: Start,
        now: Time,
        within: Span,
        outcome: Outcome,
    ) {
        let start = if mutant!("counted-when-answered") { self.start(now) } else { start };
        self.capabilities[self.entries[of.0]].settled(start, outcome, false);
        if !self.latencies.is_empty() && self.is_asked_for[of.0] {
            self.answered_after(start, now, outcome);
        }
        self.each_of(of, |counts| counts.settled(start, now, within, outcome));
    }

    /// How long an answer has taken, by the bucket in which its request arrived.
    fn answered_after(&mut self, start: Start, now: Time, outcome: Outcome) {
        let bucket = start.at.as_nanos() / self.bucket.as_nanos();
        let latencies = self.latencies.get_mut(bucket as usize / SLOWEST_BUCKETS);
        if let (Some(latencies), Outcome::Success | Outcome::Degraded) = (latencies, outcome) {
            latencies.record_span(now - start.at);
        }
    }

    pub(crate) fn called(&mut self, plan: &Plan, site: SiteId, start: Start) {
        self.capabilities[callee(plan, site)].calls.add(start.at, 1);
        let windows = &mut self.sites[site.at()];
        each_window(start.windows, |w| windows[w].calls += 1);
    }

    pub(crate) fn attempted(&mut self, plan: &Plan, site: SiteId, start: Start, now: Time) {
        self.capabilities[callee(plan, site)].attempts.add(now, 1);
        let settings = &plan.sites[site.at()];
        if !settings.in_process {
            self.deployables[plan.programs[settings.callee.at()].deployable.at()].traffic.called += 1;
        }
        let windows = &mut self.sites[site.at()];
        each_window(start.windows, |w| windows[w].attempts += 1);
    }

    /// A call is over; `in_vain` if its callee's own answer helped nobody: a fallback gave another, or the user
    /// had gone.
    pub(crate) fn call_settled(
        &mut self,
        plan: &Plan,
        site: SiteId,
        start: Start,
        outcome: Outcome,
        in_vain: bool,
    ) {
        self.capabilities[callee(plan, site)].settled(start, outcome, in_vain);
        let windows = &mut self.sites[site.at()];
        each_window(start.windows, |w| match outcome {
            Outcome::Success => windows[w].answered += 1,
            Outcome::Degraded => {
                windows[w].answered += 1;
                windows[w].degraded += 1;
            }
            Outcome::Failed(cause) => windows[w].failed[cause as usize] += 1,
            Outcome::Abandoned => windows[w].failed[Cause::Unfinished as usize] += 1,
        });
    }

    /// The run has ended: windows still open close here.
    pub(crate) fn finish(&mut self, end: Time) {
        let windows = &self.windows;
        for level in levels(&mut self.deployables, &mut self.stores, &mut self.pools) {
            level.finish(end, windows);
        }
        for account in accounts(
            [&mut self.journeys, &mut self.homes],
            &mut self.sessions,
            &mut self.deployables,
            &mut self.stores,
        ) {
            account.finish(end, windows);
        }
    }

    /// All that was counted, and what is known of the run as a whole.
    pub(crate) fn into_record(mut self, end: Time, figures: Figures) -> Record {
        let Figures { fingerprint, events, backwards, quiet, requests, in_flight_max, stopped, leftover } =
            figures;
        let watched = self.watched(end);
        let windows = self.windows.len();
        Record {
            fingerprint,
            events,
            backwards,
            quiet,
            requests,
            in_flight_max,
            stopped,
            leftover,
            journeys: self.journeys.into_iter().map(|j| j.into_record(end)).collect(),
            homes: self.homes.into_iter().map(|home| home.into_record(end)).collect(),
            sessions: self.sessions.map(|it| SessionRecord {
                windows: it.windows,
                whole: it.account.so_far(end),
                flows: it.account.flows,
            }),
            slowest: self.latencies.iter().map(|latencies| latencies.quantile(0.99)).collect(),
            capabilities: self.capabilities.into_iter().map(CapabilityCounts::into_record).collect(),
            deployables: self.deployables.into_iter().map(|d| d.into_record(windows, end)).collect(),
            stores: self.stores.into_iter().map(|s| s.into_record(windows, end)).collect(),
            caches: self.caches.into_iter().map(CacheCounts::into_record).collect(),
            clusters: self.clusters.into_iter().map(|windows| ClusterRecord { windows }).collect(),
            pools: self.pools.into_iter().map(|pool| pool.into_record(end)).collect(),
            sites: self.sites.into_iter().map(|windows| SiteRecord { windows }).collect(),
            watched,
        }
    }

    fn watched(&mut self, end: Time) -> Vec<WatchRecord> {
        let mut records = vec![WatchRecord::At(None); self.watches];
        let deployables = self.deployables.iter_mut().filter_map(|d| d.watchers.take());
        for watchers in deployables.chain(self.stores.iter_mut().filter_map(|s| s.watchers.take())) {
            watchers.finish(end, &mut records);
        }
        records
    }
}

fn levels<'c>(
    deployables: &'c mut [DeployableCounts],
    stores: &'c mut [StoreCounts],
    pools: &'c mut [PoolCounts],
) -> impl Iterator<Item = &'c mut Level> {
    let deployables = deployables.iter_mut().flat_map(DeployableCounts::levels);
    let stores = stores.iter_mut().flat_map(StoreCounts::levels);
    let pools = pools.iter_mut().flat_map(|pool| [&mut pool.nodes, &mut pool.pending]);
    deployables.chain(stores).chain(pools)
}

fn accounts<'c>(
    journeys: [&'c mut Vec<JourneyCounts>; 2],
    sessions: &'c mut Option<SessionCounts>,
    deployables: &'c mut [DeployableCounts],
    stores: &'c mut [StoreCounts],
) -> impl Iterator<Item = &'c mut Account> {
    let journeys = journeys.into_iter().flatten().map(|journey| &mut journey.account);
    let deployables = deployables.iter_mut().map(|deployable| &mut deployable.account);
    journeys
        .chain(sessions.iter_mut().map(|it| &mut it.account))
        .chain(deployables)
        .chain(stores.iter_mut().flat_map(StoreCounts::accounts))
}

/// The windows whose bit is set.
fn each_window(mask: u32, mut count: impl FnMut(usize)) {
    let mut rest = mask;
    while rest != 0 {
        count(rest.trailing_zeros() as usize);
        rest &= rest - 1;
    }
}
