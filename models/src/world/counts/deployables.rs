//! What is counted of deployables, and of the nodes behind them.

use archsim_sim::{Span, Time};

use super::{Counts, each_window};
use crate::plan::{DeployableId, Plan, Watched};
use crate::record::{DeployableRecord, DeployableWindow, PoolRecord, PoolWindow, Traffic};
use crate::world::flow::Account;
use crate::world::level::Level;
use crate::world::watch::Watchers;

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
    pub(super) watchers: Option<Box<Watchers>>,
    cpu: u64,
    wasted: u64,
    pub account: Account,
    pub traffic: Traffic,
}

/// Counters of a pool of nodes.
pub(crate) struct PoolCounts {
    /// Nodes that are paid for.
    pub nodes: Level,
    /// Instances that wait for one.
    pub pending: Level,
}

impl DeployableCounts {
    pub(super) fn new(plan: &Plan, at: usize) -> Self {
        let (windows, instances) = (plan.windows.len(), plan.deployables[at].instances);
        DeployableCounts {
            attempts: vec![0; windows],
            rejected: vec![0; windows],
            busy_threads: Level::new(plan),
            queued: Level::new(plan),
            busy_cores: Level::new(plan),
            up: Level::starting_at(plan, instances),
            instances: Level::starting_at(plan, instances),
            watchers: Watchers::of(plan, Watched::Deployable(DeployableId(at as u16))),
            cpu: 0,
            wasted: 0,
            account: Account::new(windows),
            traffic: Traffic::default(),
        }
    }

    pub(super) fn levels(&mut self) -> [&mut Level; 5] {
        [&mut self.busy_threads, &mut self.queued, &mut self.busy_cores, &mut self.up, &mut self.instances]
    }

    /// Levels of one of its instances have changed.
    #[inline]
    pub(crate) fn changed(&mut self, now: Time) {
        if let Some(watchers) = &mut self.watchers {
            let (queued, busy) = (self.queued.height(), self.busy_threads.height());
            watchers.see(now, queued, busy, self.up.height(), self.instances.height());
        }
    }

    pub(super) fn into_record(self, windows: usize, end: Time) -> DeployableRecord {
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
    pub(super) fn new(plan: &Plan, at: usize) -> Self {
        PoolCounts { nodes: Level::starting_at(plan, plan.nodes_at_start(at)), pending: Level::new(plan) }
    }

    pub(super) fn into_record(self, end: Time) -> PoolRecord {
        let windows = self.nodes.means.iter().zip(&self.pending.means);
        PoolRecord {
            windows: windows.map(|(&nodes, &pending)| PoolWindow { nodes, pending }).collect(),
            nodes: self.nodes.series(end),
            pending: self.pending.series(end),
        }
    }
}

impl Counts {
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
}
