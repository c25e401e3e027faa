//! What is counted of stores, caches and clusters.

use archsim_sim::{Time, TimeBuckets};

use super::{Counts, each_window};
use crate::plan::{Plan, StoreId, Watched};
use crate::record::{CacheRecord, CacheWindow, ClusterWindow, Station, StoreRecord, StoreWindow};
use crate::world::flow::Account;
use crate::world::level::Level;
use crate::world::watch::Watchers;

/// Counters of a store.
pub(crate) struct StoreCounts {
    called: Vec<u64>,
    failed: Vec<u64>,
    operations: TimeBuckets,
    busy: Level,
    queued: Level,
    waiting: Level,
    pub up: Level,
    pub(super) watchers: Option<Box<Watchers>>,
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

/// Counters of a cache.
pub(super) struct CacheCounts {
    windows: Vec<CacheWindow>,
    look_ups: TimeBuckets,
    hits: TimeBuckets,
}

impl StoreCounts {
    pub(super) fn new(plan: &Plan, at: usize) -> Self {
        let windows = plan.windows.len();
        StoreCounts {
            called: vec![0; windows],
            failed: vec![0; windows],
            operations: TimeBuckets::new(plan.bucket, plan.end),
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
        }
    }

    pub(super) fn levels(&mut self) -> [&mut Level; 5] {
        [&mut self.busy, &mut self.queued, &mut self.waiting, &mut self.up, &mut self.busy_cores]
    }

    pub(super) fn accounts(&mut self) -> [&mut Account; 3] {
        [&mut self.account, &mut self.cpu, &mut self.locks]
    }

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

    pub(super) fn into_record(self, windows: usize, end: Time) -> StoreRecord {
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

impl CacheCounts {
    pub(super) fn new(plan: &Plan) -> Self {
        let buckets = || TimeBuckets::new(plan.bucket, plan.end);
        CacheCounts {
            windows: vec![CacheWindow::default(); plan.windows.len()],
            look_ups: buckets(),
            hits: buckets(),
        }
    }

    pub(super) fn into_record(self) -> CacheRecord {
        CacheRecord {
            windows: self.windows,
            look_ups: self.look_ups.values().to_vec(),
            hits: self.hits.values().to_vec(),
        }
    }
}

impl Counts {
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
}
