//! What a run counts: by window of start time, by bucket, by level. Plain sums; conclusions are drawn elsewhere.

use archsim_sim::{Histogram, Span, Time, TimeBuckets, mutant};

use super::entity::Start;
use super::flow::{Account, Left};
use super::level::Level;
use super::session::Ended;
use super::watch::Watchers;
use crate::plan::{DeployableId, Plan, SiteId, StoreId, Watched, Window};
use crate::policy::Outcome;
use crate::record::{
    CacheRecord, CacheWindow, CapabilityRecord, Cause, ClusterRecord, ClusterWindow, DeployableRecord,
    DeployableWindow, JourneyRecord, Leftover, PoolRecord, PoolWindow, Record, SLOWEST_BUCKETS,
    SessionRecord, SessionWindow, SiteRecord, SiteWindow, Station, Stopped, StoreRecord, StoreWindow, Tally,
    Traffic, WatchRecord,
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

struct JourneyCounts {
    windows: Vec<Tally>,
    arrived: TimeBuckets,
    answered: TimeBuckets,
    degraded: TimeBuckets,
    goodput: TimeBuckets,
    account: Account,
}

struct SessionCounts {
    windows: Vec<SessionWindow>,
    account: Account,
}

struct CapabilityCounts {
    calls: TimeBuckets,
    failed: TimeBuckets,
    degraded: TimeBuckets,
    attempts: TimeBuckets,
}

/// Counters of a deployable.
pub(crate) struct DeployableCounts {
    attempts: Vec<u64>,
    rejected: Vec<u64>,
    pub busy_threads: Level,
    pub queued: Level,
    pub busy_cores: Level,
    pub up: Level,
    /// Instances that are paid for.
    pub instances: Level,
    watchers: Option<Box<Watchers>>,
    cpu: u64,
    wasted: u64,
    pub account: Account,
    pub traffic: Traffic,
}

/// Counters of a store.
pub(crate) struct StoreCounts {
    called: Vec<u64>,
    failed: Vec<u64>,
    operations: TimeBuckets,
    busy: Level,
    queued: Level,
    waiting: Level,
    pub up: Level,
    watchers: Option<Box<Watchers>>,
    seen: (u32, u32),
    busy_cores: Level,
    seen_cpu: (u32, u32),
    pub account: Account,
    /// Of its processor.
    pub cpu: Account,
    /// Of its locks.
    pub locks: Account,
    /// By window: what else happened.
    met: Vec<StoreWindow>,
}

/// Counters of a pool of nodes.
pub(crate) struct PoolCounts {
    /// Nodes that are paid for.
    pub nodes: Level,
    /// Instances that wait for one.
    pub pending: Level,
}

/// Counters of a cache.
struct CacheCounts {
    windows: Vec<CacheWindow>,
    look_ups: TimeBuckets,
    hits: TimeBuckets,
}

impl JourneyCounts {
    fn new(plan: &Plan) -> Self {
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

    fn arrived(&mut self, start: Start) {
        self.arrived.add(start.at, 1);
        self.account.starts_at_once(start.at);
        self.account.levels(start.at, (0, 0), (0, 1));
        each_window(start.windows, |w| self.windows[w].arrived += 1);
    }

    fn left(&mut self, start: Start, now: Time, outcome: Outcome) {
        let left = if matches!(outcome, Outcome::Failed(_)) { Left::Failed } else { Left::Completed };
        self.account.leaves(now, start.at, left);
        self.account.levels(now, (0, 0), (1, 0));
    }

    fn settled(&mut self, start: Start, now: Time, within: Span, outcome: Outcome) {
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
}

impl StoreCounts {
    /// Somebody waits for a connection, or does so no more.
    pub(crate) fn waits(&mut self, now: Time, from: u32, to: u32) {
        self.waiting.change(now, from, to);
        if let Some(watchers) = &mut self.watchers {
            watchers.see_waiting(now, self.waiting.height());
        }
    }

    /// Operations on the processor, and busy cores.
    pub(crate) fn see_cpu(&mut self, now: Time, (active, busy): (u32, u32)) {
        self.busy_cores.change(now, self.seen_cpu.1, busy);
        self.cpu.levels(now, (0, 0), (self.seen_cpu.0, active));
        self.seen_cpu = (active, busy);
    }

    pub(crate) fn see(&mut self, now: Time, busy: u32, queued: u32) {
        self.busy.change(now, self.seen.0, busy);
        self.queued.change(now, self.seen.1, queued);
        self.account.levels(now, (self.seen.1, queued), (self.seen.0, busy));
        self.seen = (busy, queued);
        if let Some(watchers) = &mut self.watchers {
            watchers.see(now, queued, busy, self.up.height(), 1);
        }
    }
}

/// The capability that is called at a site.
fn callee(plan: &Plan, site: SiteId) -> usize {
    plan.programs[plan.sites[site.at()].callee.at()].capability.at()
}

/// The windows whose bit is set.
fn each_window(mask: u32, mut count: impl FnMut(usize)) {
    let mut rest = mask;
    while rest != 0 {
        count(rest.trailing_zeros() as usize);
        rest &= rest - 1;
    }
}

impl Counts {
    pub(crate) fn new(plan: &Plan) -> Self {
        assert!(plan.windows.len() <= 32, "a plan has at most 32 windows");
        let buckets = || TimeBuckets::new(plan.bucket, plan.end);
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
            capabilities: plan
                .capabilities
                .iter()
                .map(|_| CapabilityCounts {
                    calls: buckets(),
                    failed: buckets(),
                    degraded: buckets(),
                    attempts: buckets(),
                })
                .collect(),
            deployables: plan
                .deployables
                .iter()
                .enumerate()
                .map(|(at, deployable)| DeployableCounts {
                    attempts: vec![0; windows],
                    rejected: vec![0; windows],
                    busy_threads: Level::new(plan),
                    queued: Level::new(plan),
                    busy_cores: Level::new(plan),
                    up: Level::starting_at(plan, deployable.instances),
                    instances: Level::starting_at(plan, deployable.instances),
                    watchers: Watchers::of(plan, Watched::Deployable(DeployableId(at as u16))),
                    cpu: 0,
                    wasted: 0,
                    account: Account::new(windows),
                    traffic: Traffic::default(),
                })
                .collect(),
            stores: plan
                .stores
                .iter()
                .enumerate()
                .map(|(at, _)| StoreCounts {
                    called: vec![0; windows],
                    failed: vec![0; windows],
                    operations: buckets(),
                    busy: Level::new(plan),
                    queued: Level::new(plan),
                    waiting: Level::new(plan),
                    up: Level::starting_at(plan, 1),
                    watchers: Watchers::of(plan, Watched::Store(StoreId(at as u16))),
                    seen: (0, 0),
                    busy_cores: Level::new(plan),
                    seen_cpu: (0, 0),
                    account: Account::new(windows),
                    cpu: Account::new(windows),
                    locks: Account::new(windows),
                    met: vec![StoreWindow::default(); windows],
                })
                .collect(),
            caches: plan
                .caches
                .iter()
                .map(|_| CacheCounts {
                    windows: vec![CacheWindow::default(); windows],
                    look_ups: buckets(),
                    hits: buckets(),
                })
                .collect(),
            clusters: vec![vec![ClusterWindow::default(); windows]; plan.clusters.len()],
            pools: (0..plan.node_pools.len())
                .map(|pool| PoolCounts {
                    nodes: Level::starting_at(plan, plan.nodes_at_start(pool)),
                    pending: Level::new(plan),
                })
                .collect(),
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

    pub(crate) fn attempt_reached(&mut self, deployable: usize) {
        let counts = &mut self.deployables[deployable];
        each_window(self.open, |w| counts.attempts[w] += 1);
    }

    pub(crate) fn attempt_rejected(&mut self, deployable: usize) {
        let counts = &mut self.deployables[deployable];
        each_window(self.open, |w| counts.rejected[w] += 1);
    }

    /// CPU time spent; only that of the measured time counts.
    pub(crate) fn cpu_spent(&mut self, deployable: usize, work: Span, wasted: bool) {
        if self.open & 1 == 1 {
            let counts = &mut self.deployables[deployable];
            counts.cpu += work.as_nanos();
            counts.wasted += if wasted { work.as_nanos() } else { 0 };
        }
    }

    pub(crate) fn store_called(&mut self, store: usize, now: Time, windows: u32) {
        let counts = &mut self.stores[store];
        counts.operations.add(now, 1);
        each_window(windows, |w| counts.called[w] += 1);
    }

    pub(crate) fn store_failed(&mut self, store: usize, windows: u32) {
        let counts = &mut self.stores[store];
        each_window(windows, |w| counts.failed[w] += 1);
    }

    /// A look-up that began in these windows is over.
    pub(crate) fn looked_up(&mut self, cache: usize, now: Time, windows: u32, hit: bool) {
        let counts = &mut self.caches[cache];
        counts.look_ups.add(now, 1);
        if hit {
            counts.hits.add(now, 1);
        }
        each_window(windows, |w| {
            counts.windows[w].look_ups += 1;
            counts.windows[w].hits += u64::from(hit);
        });
    }

    /// Something happens to a cache in the windows that are open.
    pub(crate) fn cache_met(&mut self, cache: usize, count: fn(&mut CacheWindow) -> &mut u64) {
        let counts = &mut self.caches[cache];
        each_window(self.open, |w| *count(&mut counts.windows[w]) += 1);
    }

    /// Something happens to a store in the windows that are open.
    pub(crate) fn store_met(&mut self, store: usize, count: fn(&mut StoreWindow) -> &mut u64) {
        let windows = &mut self.stores[store].met;
        each_window(self.open, |w| *count(&mut windows[w]) += 1);
    }

    /// Something happens to a cluster in the windows that are open.
    pub(crate) fn cluster_met(&mut self, cluster: usize, count: fn(&mut ClusterWindow) -> &mut u64) {
        self.cluster_met_times(cluster, 1, count);
    }

    /// Something happens to a cluster so many times.
    pub(crate) fn cluster_met_times(
        &mut self,
        cluster: usize,
        times: u64,
        count: fn(&mut ClusterWindow) -> &mut u64,
    ) {
        let windows = &mut self.clusters[cluster];
        each_window(self.open, |w| *count(&mut windows[w]) += times);
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
    let deployables = deployables
        .iter_mut()
        .flat_map(|d| [&mut d.busy_threads, &mut d.queued, &mut d.busy_cores, &mut d.up, &mut d.instances]);
    let stores = stores
        .iter_mut()
        .flat_map(|s| [&mut s.busy, &mut s.queued, &mut s.waiting, &mut s.up, &mut s.busy_cores]);
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
        .chain(stores.iter_mut().flat_map(|store| [&mut store.account, &mut store.cpu, &mut store.locks]))
}

impl CapabilityCounts {
    #[inline(always)]
    fn settled(&mut self, start: Start, outcome: Outcome, in_vain: bool) {
        match outcome {
            Outcome::Success | Outcome::Degraded if in_vain => self.failed.add(start.at, 1),
            Outcome::Success => {}
            Outcome::Degraded => self.degraded.add(start.at, 1),
            Outcome::Failed(_) | Outcome::Abandoned => self.failed.add(start.at, 1),
        }
    }

    fn into_record(self) -> CapabilityRecord {
        CapabilityRecord {
            calls: self.calls.values().to_vec(),
            failed: self.failed.values().to_vec(),
            degraded: self.degraded.values().to_vec(),
            attempts: self.attempts.values().to_vec(),
        }
    }
}

impl JourneyCounts {
    fn into_record(self, end: Time) -> JourneyRecord {
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

impl DeployableCounts {
    /// Levels of one of its instances have changed.
    #[inline]
    pub(crate) fn changed(&mut self, now: Time) {
        if let Some(watchers) = &mut self.watchers {
            let (queued, busy) = (self.queued.height(), self.busy_threads.height());
            watchers.see(now, queued, busy, self.up.height(), self.instances.height());
        }
    }

    fn into_record(self, windows: usize, end: Time) -> DeployableRecord {
        DeployableRecord {
            windows: (0..windows)
                .map(|w| DeployableWindow {
                    attempts: self.attempts[w],
                    rejected: self.rejected[w],
                    busy_threads: self.busy_threads.means[w],
                    queued: self.queued.means[w],
                    busy_cores: self.busy_cores.means[w],
                    up: self.up.means[w],
                    instances: self.instances.means[w],
                })
                .collect(),
            busy_threads: self.busy_threads.series(end),
            queued: self.queued.series(end),
            busy_cores: self.busy_cores.series(end),
            up: self.up.series(end),
            instances: self.instances.series(end),
            whole: self.account.so_far(end),
            flows: self.account.flows,
            traffic: self.traffic,
            cpu_nanos: self.cpu,
            wasted_nanos: self.wasted,
        }
    }
}

impl PoolCounts {
    fn into_record(self, end: Time) -> PoolRecord {
        let windows = self.nodes.means.iter().zip(&self.pending.means);
        PoolRecord {
            windows: windows.map(|(&nodes, &pending)| PoolWindow { nodes, pending }).collect(),
            nodes: self.nodes.series(end),
            pending: self.pending.series(end),
        }
    }
}

impl CacheCounts {
    fn into_record(self) -> CacheRecord {
        CacheRecord {
            windows: self.windows,
            look_ups: self.look_ups.values().to_vec(),
            hits: self.hits.values().to_vec(),
        }
    }
}

impl StoreCounts {
    fn into_record(self, windows: usize, end: Time) -> StoreRecord {
        StoreRecord {
            windows: (0..windows)
                .map(|w| StoreWindow {
                    operations: self.called[w],
                    failed: self.failed[w],
                    busy: self.busy.means[w],
                    queued: self.queued.means[w],
                    waiting: self.waiting.means[w],
                    busy_cores: self.busy_cores.means[w],
                    lock_timeouts: self.met[w].lock_timeouts,
                    deadlocks: self.met[w].deadlocks,
                    conflicts: self.met[w].conflicts,
                    up: self.up.means[w],
                })
                .collect(),
            operations: self.operations.values().to_vec(),
            whole: self.account.so_far(end),
            flows: self.account.flows,
            queued: self.queued.series(end),
            locks: Station { whole: self.locks.so_far(end), flows: self.locks.flows },
            cpu: Station { whole: self.cpu.so_far(end), flows: self.cpu.flows },
        }
    }
}
