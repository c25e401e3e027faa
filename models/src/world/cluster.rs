//! Databases of several nodes: which node an operation goes to, what replicas have of what was written, and who takes
//! the place of a primary that is out.
//!
//! ```text
//!   write --> the primary --commit--> each replica has it one lag later, in the order of commits
//!   read  --> the primary, or a node that is up: stale if a commit of its item has not come there
//!   the primary is out --fail-over time--> the replica that has most is the primary; what it has not got is lost
//! ```
//!
//! A primary that is replaced is fenced: whatever it has kept fails, its connections are closed, and those who wait for
//! one turn to the new primary. When it is back it is a replica, and has caught up one lag later.

use std::collections::VecDeque;

use archsim_sim::{Class, Id, Key, Stream, Time, mutant};
use hashbrown::HashTable;

use super::entity::{Origin, Part, StoreCall, StoreState};
use super::event::Event;
use super::observe::Observer;
use super::store_outage::Outage;
use super::{FIRST, World};
use crate::plan::{ClusterKind, DataId, Operation, Plan, Reads, Replication, StoreId};
use crate::policy::Outcome;
use crate::record::Cause;

const REPLICA: u64 = Key::of_name("replica");
const LAG: u64 = Key::of_name("lag");
const RETURN: u64 = Key::of_name("return");
const FAIL_OVER: u64 = Key::of_name("fail-over");

/// An item of a data set.
pub(crate) type Item = (DataId, u32);

/// What is known of a cluster while the run goes on.
pub(crate) struct ClusterState {
    /// Which of the nodes is the primary.
    primary: usize,
    /// How often the primary went out, came back or was replaced: a fail-over that was planned before is void.
    turns: u64,
    /// When the primary went out.
    out_since: Time,
    /// The time to fail over has passed, and there was nobody to take over.
    headless: bool,
    /// By node: when it has all that was committed so far.
    applied: Vec<Time>,
    /// The last commit of each item.
    versions: Commits,
    /// Commits that some node has not got yet.
    log: VecDeque<Commit>,
}

/// By item: when each node has its last commit.
struct Commits {
    /// Never walked.
    places: HashTable<(Item, u32)>,
    applied: Vec<Vec<Time>>,
}

/// Something that was committed.
struct Commit {
    /// When the writer was told.
    told: Time,
    /// By node: when it has it.
    applied: Vec<Time>,
}

impl ClusterState {
    pub(super) fn new(nodes: usize) -> Self {
        ClusterState {
            primary: 0,
            turns: 0,
            out_since: Time::ZERO,
            headless: false,
            applied: vec![Time::ZERO; nodes],
            versions: Commits { places: HashTable::new(), applied: Vec::new() },
            log: VecDeque::new(),
        }
    }

    /// Commits of which writers were told, and which a node had not got when the primary went out.
    fn lost(&self, node: usize) -> u64 {
        let out = self.out_since;
        let lost = |commit: &&Commit| commit.told <= out && commit.applied[node] > out;
        self.log.iter().filter(lost).count() as u64
    }

    /// The node gets all that it has missed.
    fn catches_up(&mut self, node: usize, at: Time) {
        self.applied[node] = self.applied[node].max(at);
        let all =
            self.versions.applied.iter_mut().chain(self.log.iter_mut().map(|commit| &mut commit.applied));
        for applied in all {
            if applied[node] == Time::NEVER {
                applied[node] = at;
            }
        }
    }

    /// What everybody has needs no place in the log.
    fn forget_until(&mut self, now: Time) {
        let come = |at: &Time| *at <= now;
        while self.log.front().is_some_and(|commit| commit.applied.iter().all(come)) {
            self.log.pop_front();
        }
    }
}

impl Commits {
    fn find(&self, item: Item) -> Option<&[Time]> {
        let (_, place) = self.places.find(hash(item), |(other, _)| *other == item)?;
        Some(&self.applied[*place as usize])
    }

    fn set(&mut self, item: Item, applied: &[Time]) {
        if let Some((_, place)) = self.places.find(hash(item), |(other, _)| *other == item) {
            self.applied[*place as usize].copy_from_slice(applied);
            return;
        }
        self.places.insert_unique(hash(item), (item, self.applied.len() as u32), |(item, _)| hash(*item));
        self.applied.push(applied.to_vec());
    }

    fn clear(&mut self) {
        self.places.clear();
        self.applied.clear();
    }
}

fn hash((data, number): Item) -> u64 {
    Key::new(u64::from(number), u64::from(data.0)).bits()
}

/// A cluster whose nodes are all alike in what they hold.
pub(super) fn replication(plan: &Plan, cluster: u16) -> Option<&Replication> {
    match &plan.clusters[cluster as usize].kind {
        ClusterKind::Replicated(replication) => Some(replication),
        ClusterKind::Sharded(_) | ClusterKind::Quorum(_) => None,
    }
}

impl<O: Observer> World<'_, O> {
    /// The node to which an operation goes.
    pub(super) fn node(
        &mut self,
        (store, operation): (StoreId, Operation),
        item: Option<Item>,
        origin: &Origin,
        instance: u32,
        draw: Key,
    ) -> StoreId {
        let Some(at) = self.layout.cluster_of[store.at()] else { return store };
        let plan = self.plan;
        let nodes = &plan.clusters[at as usize].nodes;
        match &plan.clusters[at as usize].kind {
            ClusterKind::Sharded(_) if mutant!("shard-by-remainder") => {
                nodes[item.map_or(0, |(_, number)| number as usize % nodes.len())]
            }
            ClusterKind::Sharded(_) => {
                let sharding = &self.layout.shardings[at as usize];
                nodes[item.map_or(0, |(data, number)| sharding.shard(data, number))]
            }
            // Its address; the copies are asked when the operation is there.
            ClusterKind::Quorum(_) => nodes[0],
            ClusterKind::Replicated(replication) => {
                let primary = nodes[self.clusters[at as usize].primary];
                let here = self.instances[instance as usize].zone.and_then(|zone| plan.zones.region(zone));
                let near = |node: &StoreId| {
                    here.is_some()
                        && plan.stores[node.at()].zone.and_then(|zone| plan.zones.region(zone)) == here
                };
                if operation == Operation::Write {
                    self.remember_write(origin, item);
                    let serves = |node: &&StoreId| near(node) && self.stores[node.at()].outage.is_none();
                    let own = nodes.iter().find(serves).filter(|_| replication.writes_own_region);
                    return own.copied().unwrap_or(primary);
                }
                let pinned =
                    replication.pinned && self.has_written(origin, item) && !mutant!("writers-not-pinned");
                if replication.reads == Reads::Primary || (pinned && !replication.writes_own_region) {
                    return primary;
                }
                let takes_part = |node: &&StoreId| {
                    let chosen = match replication.reads {
                        Reads::Any => true,
                        Reads::OwnRegion => near(node),
                        _ => **node != primary,
                    };
                    chosen && self.stores[node.at()].outage.is_none()
                };
                let up = nodes.iter().filter(takes_part).count() as u32;
                if up == 0 {
                    return primary;
                }
                let chosen = Stream::keyed(draw.with(REPLICA)).below(up);
                nodes.iter().filter(takes_part).nth(chosen as usize).copied().unwrap_or(primary)
            }
        }
    }

    /// The primary of a store's cluster, if it has one.
    pub(super) fn primary(&self, store: StoreId) -> Option<StoreId> {
        let at = self.layout.cluster_of[store.at()]?;
        replication(self.plan, at)?;
        Some(self.plan.clusters[at as usize].nodes[self.clusters[at as usize].primary])
    }

    pub(super) fn remember_write(&mut self, origin: &Origin, item: Option<Item>) {
        let wanted = self.is_wanted(origin);
        if let (Some(item), true, Some(request)) = (item, wanted, self.requests.get_mut(origin.request)) {
            request.wrote |= bit(item);
        }
    }

    fn has_written(&self, origin: &Origin, item: Option<Item>) -> bool {
        let wrote = self.wanted(origin).map_or(0, |request| request.wrote);
        item.is_some_and(|item| wrote & bit(item) != 0)
    }

    /// Which node of which cluster a store is, if it is one with a primary.
    fn replica(&self, store: StoreId) -> Option<(u16, usize)> {
        let at = self.layout.cluster_of[store.at()]?;
        replication(self.plan, at)?;
        let node = self.plan.clusters[at as usize].nodes.iter().position(|&node| node == store)?;
        Some((at, node))
    }

    /// Whether an operation has come to a node that does not do such things: a write to what is no primary any more.
    pub(super) fn is_read_only(&self, call: &StoreCall) -> bool {
        call.operation == Operation::Write
            && self.replica(call.store).is_some_and(|(at, node)| {
                let all = replication(self.plan, at).is_some_and(|it| it.writes_own_region);
                !all && self.clusters[at as usize].primary != node
            })
    }

    /// A node of a cluster has done an operation; when its answer may go, if not now.
    pub(super) fn done_at_node(&mut self, id: Id<StoreCall>) -> Option<Time> {
        let call = self.store_calls[id];
        let (at, node) = self.replica(call.store)?;
        if call.operation == Operation::Read {
            let now = self.now();
            let applied = call.item.and_then(|item| self.clusters[at as usize].versions.find(item));
            let stale =
                applied.is_some_and(|applied| applied[node] > now) && !mutant!("replicas-never-stale");
            self.counts.cluster_met(at as usize, |window| &mut window.reads);
            if stale {
                self.counts.cluster_met(at as usize, |window| &mut window.stale);
            }
            return None;
        }
        if let Part::Within(transaction) = call.part
            && let Some(transaction) = self.transactions.get_mut(transaction)
        {
            transaction.written.push((call.item, call.draw));
            return None;
        }
        self.commit(at, node, &call)
    }

    /// A transaction commits one of its writes; when its answer may go, if not now.
    pub(super) fn commit_of(&mut self, call: &StoreCall) -> Option<Time> {
        let (at, node) = self.replica(call.store)?;
        self.commit(at, node, call)
    }

    fn commit(&mut self, at: u16, primary: usize, call: &StoreCall) -> Option<Time> {
        let (now, plan) = (self.now(), self.plan);
        let cluster = &plan.clusters[at as usize];
        let replication = replication(plan, at)?;
        let state = &mut self.clusters[at as usize];
        let mut applied = vec![now; cluster.nodes.len()];
        for (node, store) in cluster.nodes.iter().enumerate().filter(|(node, _)| *node != primary) {
            applied[node] = Time::NEVER;
            if self.stores[store.at()].outage.is_none() {
                let lag = replication.lag.sample(&mut Stream::keyed(call.draw.with(LAG).with(node as u64)));
                let in_order = state.applied[node];
                applied[node] =
                    if mutant!("commits-overtake") { now + lag } else { (now + lag).max(in_order) };
                state.applied[node] = applied[node];
            }
        }
        let first = (0..applied.len()).filter(|&node| node != primary).map(|node| applied[node]).min();
        let waits = first.filter(|&first| replication.synchronous && first < Time::NEVER && first > now);
        if let Some(item) = call.item.filter(|_| replication.reads != Reads::Primary) {
            state.versions.set(item, &applied);
        }
        state.forget_until(now);
        state.log.push_back(Commit { told: waits.unwrap_or(now), applied });
        self.counts.cluster_met(at as usize, |window| &mut window.writes);
        waits
    }

    /// A store went out or is back: so is a node of its cluster.
    pub(super) fn node_changes(&mut self, store: StoreId, up: bool) {
        let Some((at, node)) = self.replica(store) else { return };
        let now = self.now();
        let Some(replication) = replication(self.plan, at) else { return };
        if replication.writes_own_region {
            if up {
                let draw = self.dice.with(self.plan.clusters[at as usize].key).with(RETURN).with(node as u64);
                let lag = replication.lag.sample(&mut Stream::keyed(draw.with(now.as_nanos())));
                self.clusters[at as usize].catches_up(node, now + lag);
            }
            return;
        }
        let key = self.dice.with(self.plan.clusters[at as usize].key);
        let state = &mut self.clusters[at as usize];
        match (node == state.primary, up) {
            (true, true) => {
                state.turns += 1;
                state.headless = false;
            }
            (true, false) => {
                state.turns += 1;
                state.out_since = now;
                let turn = state.turns;
                let wait = replication.fail_over.sample(&mut Stream::keyed(key.with(FAIL_OVER).with(turn)));
                let event = Event::FailOver { cluster: u32::from(at), turn: turn as u32 };
                let at = if mutant!("promoted-at-once") { now } else { now + wait };
                self.agenda.schedule(at, Class::Timer, FIRST, event);
            }
            (false, true) => {
                let draw = key.with(RETURN).with(node as u64).with(now.as_nanos());
                let lag = replication.lag.sample(&mut Stream::keyed(draw));
                state.catches_up(node, now + lag);
                if state.headless {
                    self.promote(at, node);
                }
            }
            (false, false) => {}
        }
    }

    /// The time to fail over has passed.
    pub(super) fn fail_over(&mut self, cluster: u32, turn: u32) {
        let state = &self.clusters[cluster as usize];
        if state.turns as u32 != turn {
            return;
        }
        let nodes = &self.plan.clusters[cluster as usize].nodes;
        let up = |&node: &usize| node != state.primary && self.stores[nodes[node].at()].outage.is_none();
        let chosen = (0..nodes.len()).filter(up).min_by_key(|&node| (state.lost(node), node));
        match chosen {
            Some(node) => self.promote(cluster as u16, node),
            None => self.clusters[cluster as usize].headless = true,
        }
    }

    /// A replica takes the primary's place.
    fn promote(&mut self, at: u16, node: usize) {
        let now = self.now();
        let nodes = &self.plan.clusters[at as usize].nodes;
        let state = &mut self.clusters[at as usize];
        let (old, lost) = (state.primary, state.lost(node));
        state.primary = node;
        state.turns += 1;
        state.headless = false;
        state.applied.fill(now);
        state.versions.clear();
        state.log.clear();
        self.counts.cluster_met(at as usize, |window| &mut window.fail_overs);
        self.counts.cluster_met_times(at as usize, lost, |window| &mut window.lost);
        self.fence(nodes[old], nodes[node]);
    }

    /// Nobody may be served by the old primary any more.
    fn fence(&mut self, old: StoreId, new: StoreId) {
        self.stores[old.at()].fenced = true;
        let waits = |call: &StoreCall| call.store == old && call.state == StoreState::Connecting;
        let waiting = self.store_calls.iter().filter(|(_, call)| waits(call));
        let mut waiting: Vec<_> = waiting.map(|(id, call)| (call.order, id)).collect();
        waiting.sort_unstable();
        for (_, id) in waiting {
            self.leave_line(id);
            self.store_calls[id].store = new;
            self.acquire(id);
        }
        let locking = self.clear_locks(old);
        for id in std::mem::take(&mut self.stores[old.at()].swallowed).into_iter().chain(locking) {
            self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
        }
        self.break_connections(old);
    }

    /// How a store that is out meets what comes: one that was replaced keeps nothing.
    pub(super) fn outage_met(&self, store: usize) -> Option<Outage> {
        let station = &self.stores[store];
        if station.fenced { station.outage.map(|_| Outage::Refusing) } else { station.outage }
    }
}

/// The bit of an item's data set among what a request has written.
fn bit(item: Item) -> u64 {
    1 << (item.0.0 & 63)
}
