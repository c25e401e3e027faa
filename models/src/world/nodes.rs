//! Nodes behind instances: where an instance finds room, who waits for it, and how many nodes there are.
//!
//! ```text
//!   instance:  pending ──room──► booting ─► serving …          node:  ordered ──provisioned──► ready ──needless──► gone
//!                 └─ seen by a scan: a node is ordered                                  └─► drains what it has ─┘
//! ```
//! Rooms are filled as the scheduler of Kubernetes is approximated: the first node with room, whoever waited longest
//! first. Whoever finds none waits; once every scan the autoscaler of the cluster orders as many nodes as those need
//! that still wait, less those that are on their way, and gives back what has long been unneeded: empty nodes at once,
//! others one at a time, by sending away what is on them.

use archsim_sim::{Class, Key, Span, Stream, Time, mutant};

use super::event::Event;
use super::membership::Stage;
use super::observe::Observer;
use super::{FIRST, World};
use crate::plan::{NodePoolId, Plan, first_fit};

const NODES: u64 = Key::of_name("nodes");
const VICTIM: u64 = Key::of_name("victim");

/// So many empty nodes are given back in one scan (Kubernetes, `--max-empty-bulk-delete`).
const EMPTY_AT_ONCE: usize = 10;

/// What there is of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Absent,
    /// Paid for, not there yet.
    Ordered,
    Ready,
    /// Takes nothing new, and is given back when it is empty.
    Leaving,
}

/// A place for a node.
#[derive(Clone, Copy, Debug)]
struct Node {
    state: State,
    /// Counts the nodes that were here: what was planned for an earlier one is stale.
    turn: u32,
    /// Faults that hold it down.
    down: u32,
    /// Since when scans have found that nobody needs it.
    unneeded: Option<Time>,
}

impl Node {
    const ABSENT: Node = Node { state: State::Absent, turn: 0, down: 0, unneeded: None };

    fn takes(&self) -> bool {
        self.state == State::Ready && self.down == 0
    }
}

/// The nodes of a pool, and who waits for room on one.
struct Pool {
    nodes: Vec<Node>,
    /// Instances, in the order in which they came.
    waiting: Vec<u32>,
    /// So many nodes were ordered so far.
    orders: u64,
    last_order: Option<Time>,
}

impl Pool {
    fn count(&self) -> u32 {
        self.nodes.iter().filter(|node| node.state != State::Absent).count() as u32
    }
}

/// The first node with that much room; none is on one that takes nothing new.
fn first_with_room(rooms: &[u32], size: u32) -> Option<usize> {
    rooms.iter().position(|&room| room >= size && room > 0)
}

/// All pools of nodes of a world.
pub(crate) struct Nodes {
    pools: Vec<Pool>,
    /// By instance: the node that it is on.
    places: Vec<Option<u32>>,
}

impl Nodes {
    /// Everything that is there at the start has found room on the first nodes.
    pub(crate) fn new(plan: &Plan, first_instance: &[u32]) -> Self {
        let slots = plan.deployables.iter().map(|it| it.slots() as usize).sum();
        let mut nodes = Nodes { pools: Vec::new(), places: vec![None; slots] };
        for (id, pool) in plan.node_pools.iter().enumerate() {
            for (deployable, number, node) in plan.places_at_start(id) {
                nodes.places[(first_instance[deployable] + number) as usize] = Some(node as u32);
            }
            let ready = Node { state: State::Ready, ..Node::ABSENT };
            let mut all = vec![ready; plan.nodes_at_start(id) as usize];
            all.resize(all.len().max(pool.max as usize), Node::ABSENT);
            nodes.pools.push(Pool { nodes: all, waiting: Vec::new(), orders: 0, last_order: None });
        }
        nodes
    }
}

impl<O: Observer> World<'_, O> {
    pub(super) fn schedule_scans(&mut self) {
        (0..self.plan.node_pools.len()).for_each(|pool| self.schedule_scan(pool));
    }

    fn schedule_scan(&mut self, pool: usize) {
        let event = Event::Scans { pool: pool as u32 };
        // After whatever happens at its instant, so that it sees who waits since then.
        self.agenda.schedule(self.now() + self.plan.node_pools[pool].scan, Class::Arrival, FIRST, event);
    }

    fn pool_of(&self, index: u32) -> Option<usize> {
        let deployable = self.instances[index as usize].deployable;
        self.plan.deployables[deployable].nodes.map(NodePoolId::at)
    }

    fn size(&self, index: u32) -> u32 {
        self.plan.deployables[self.instances[index as usize].deployable].size()
    }

    /// The instances on a node, in ascending order.
    fn on_node(&self, pool: usize, node: u32) -> Vec<u32> {
        let placed = self.nodes.places.iter().enumerate().filter(|(_, place)| **place == Some(node));
        placed.map(|(index, _)| index as u32).filter(|&index| self.pool_of(index) == Some(pool)).collect()
    }

    /// Cores that nobody has, by node; none where nothing new is taken.
    fn rooms(&self, pool: usize) -> Vec<u32> {
        let cores = self.plan.node_pools[pool].cores;
        let open = |node: &Node| if node.takes() { cores } else { 0 };
        let mut rooms: Vec<u32> = self.nodes.pools[pool].nodes.iter().map(open).collect();
        for index in 0..self.nodes.places.len() as u32 {
            if let Some(node) = self.nodes.places[index as usize]
                && self.pool_of(index) == Some(pool)
            {
                rooms[node as usize] = rooms[node as usize].saturating_sub(self.size(index));
            }
        }
        rooms
    }

    /// An instance is to boot, if it needs a node as soon as one has room.
    pub(super) fn wants_room(&mut self, index: u32) {
        let Some(pool) = self.pool_of(index) else { return self.boot_instance(index) };
        self.turn(index, Stage::Pending);
        self.vacates(pool, index);
        self.nodes.pools[pool].waiting.push(index);
        self.fill_rooms(pool);
    }

    /// Whoever waits and finds room boots there.
    fn fill_rooms(&mut self, pool: usize) {
        let mut rooms = self.rooms(pool);
        let mut place = 0;
        while let Some(&index) = self.nodes.pools[pool].waiting.get(place) {
            let size = self.size(index);
            let Some(node) = first_with_room(&rooms, size) else {
                place += 1;
                continue;
            };
            rooms[node] -= size;
            self.nodes.pools[pool].waiting.remove(place);
            self.nodes.places[index as usize] = Some(node as u32);
            self.boot_instance(index);
        }
    }

    /// An instance is gone, or waits no more: it leaves its room to others, and a node that it was the last on may go.
    pub(super) fn leaves_room(&mut self, index: u32) {
        let Some(pool) = self.pool_of(index) else { return };
        self.nodes.pools[pool].waiting.retain(|&other| other != index);
        self.vacates(pool, index);
        self.fill_rooms(pool);
    }

    fn vacates(&mut self, pool: usize, index: u32) {
        let Some(node) = self.nodes.places[index as usize].take() else { return };
        let leaving = self.nodes.pools[pool].nodes[node as usize].state == State::Leaving;
        if leaving && self.on_node(pool, node).is_empty() {
            self.set_node(pool, node, State::Absent);
        }
    }

    fn set_node(&mut self, pool: usize, node: u32, state: State) {
        let now = self.now();
        let place = &mut self.nodes.pools[pool].nodes[node as usize];
        let paid = |state| u32::from(state != State::Absent);
        self.counts.pools[pool].nodes.change(now, paid(place.state), paid(state));
        place.state = state;
        place.unneeded = None;
    }

    /// The autoscaler of the cluster looks.
    pub(super) fn scan(&mut self, pool: usize) {
        self.order_nodes(pool);
        self.see_who_is_needed(pool);
        self.give_back(pool);
        self.schedule_scan(pool);
    }

    /// As many nodes as those need who wait and will not find room on one that is on its way.
    fn order_nodes(&mut self, pool: usize) {
        let settings = &self.plan.node_pools[pool];
        let state = &self.nodes.pools[pool];
        let on_their_way = state.nodes.iter().filter(|node| node.state == State::Ordered).count();
        let mut rooms = vec![settings.cores; on_their_way];
        for &index in &state.waiting {
            first_fit(&mut rooms, self.size(index), settings.cores);
        }
        let wanted = (rooms.len() - on_their_way) as u32;
        for _ in 0..wanted.min(settings.max.saturating_sub(state.count())) {
            self.order_node(pool);
        }
    }

    fn order_node(&mut self, pool: usize) {
        let now = self.now();
        let settings = &self.plan.node_pools[pool];
        let state = &mut self.nodes.pools[pool];
        let Some(node) = state.nodes.iter().position(|node| node.state == State::Absent) else { return };
        let turn = state.nodes[node].turn + 1;
        state.nodes[node] = Node { turn, ..Node::ABSENT };
        let key = self.dice.with(NODES).with(settings.key).with(state.orders);
        (state.orders, state.last_order) = (state.orders + 1, Some(now));
        self.set_node(pool, node as u32, State::Ordered);
        let takes = settings.provision.sample(&mut Stream::keyed(key));
        let takes = if mutant!("nodes-at-once") { Span::ZERO } else { takes };
        let ready = Event::NodeReady { node: node as u32, pool: pool as u16, turn: turn as u16 };
        self.agenda.schedule(now + takes, Class::Timer, FIRST, ready);
    }

    pub(super) fn node_ready(&mut self, pool: usize, node: u32, turn: u16) {
        let place = self.nodes.pools[pool].nodes[node as usize];
        if place.turn as u16 == turn && place.state == State::Ordered {
            self.set_node(pool, node, State::Ready);
            self.fill_rooms(pool);
        }
    }

    /// A node is unneeded while little of it is taken and all that is on it would fit on others that are needed.
    fn see_who_is_needed(&mut self, pool: usize) {
        let now = self.now();
        let settings = &self.plan.node_pools[pool];
        let little = f64::from(settings.cores) * settings.give_back.threshold;
        let mut rooms = self.rooms(pool);
        for node in 0..self.nodes.pools[pool].nodes.len() {
            let unneeded = self.nodes.pools[pool].nodes[node].takes()
                && f64::from(settings.cores - rooms[node].min(settings.cores)) < little
                && self.fits_elsewhere(pool, node, &mut rooms);
            let place = &mut self.nodes.pools[pool].nodes[node];
            place.unneeded = unneeded.then(|| place.unneeded.unwrap_or(now));
        }
    }

    /// Whether all that is on a node has room on others; if so it is taken there, and the node is closed.
    fn fits_elsewhere(&self, pool: usize, node: usize, rooms: &mut Vec<u32>) -> bool {
        let mut others = rooms.clone();
        others[node] = 0;
        for index in self.on_node(pool, node as u32) {
            let size = self.size(index);
            match first_with_room(&others, size) {
                Some(place) => others[place] -= size,
                None => return false,
            }
        }
        *rooms = others;
        true
    }

    fn give_back(&mut self, pool: usize) {
        let (now, settings) = (self.now(), &self.plan.node_pools[pool]);
        let rule = settings.give_back;
        let state = &self.nodes.pools[pool];
        if state.last_order.is_some_and(|at| now < at + rule.after_order) {
            return;
        }
        let spare = state.count().saturating_sub(settings.min) as usize;
        let long = |node: &Node| node.unneeded.is_some_and(|since| since + rule.unneeded <= now);
        let unneeded = state.nodes.iter().enumerate().filter(|(_, node)| long(node));
        let unneeded: Vec<u32> = unneeded.map(|(at, _)| at as u32).collect();
        let leaving = state.nodes.iter().any(|node| node.state == State::Leaving);
        let (empty, others): (Vec<u32>, Vec<u32>) =
            unneeded.into_iter().partition(|&node| self.on_node(pool, node).is_empty());
        for &node in empty.iter().take(spare.min(EMPTY_AT_ONCE)) {
            self.set_node(pool, node, State::Absent);
        }
        if let Some(&node) = others.first().filter(|_| empty.is_empty() && !leaving && spare > 0) {
            self.empty_node(pool, node);
        }
    }

    /// What is on the node goes, and others of its kind are launched elsewhere.
    fn empty_node(&mut self, pool: usize, node: u32) {
        self.set_node(pool, node, State::Leaving);
        let all = self.on_node(pool, node);
        for &index in &all {
            if self.stage(index) != Stage::Draining {
                self.send_away(index);
            }
        }
        let mut deployables: Vec<usize> =
            all.iter().map(|&index| self.instances[index as usize].deployable).collect();
        deployables.dedup();
        for deployable in deployables {
            self.approach(deployable);
        }
    }

    /// Whether a fault holds the node down that an instance is on.
    pub(super) fn is_node_down(&self, index: u32) -> bool {
        let place = self.pool_of(index).zip(self.nodes.places[index as usize]);
        place.is_some_and(|(pool, node)| self.nodes.pools[pool].nodes[node as usize].down > 0)
    }

    /// One of the nodes that are there, with its turn.
    pub(super) fn node_victim(&self, pool: NodePoolId, key: u64) -> Option<(u32, u32)> {
        let there = |node: &&Node| matches!(node.state, State::Ready | State::Leaving) && node.down == 0;
        let nodes = &self.nodes.pools[pool.at()].nodes;
        let count = nodes.iter().filter(there).count() as u32;
        let key = self.dice.with(VICTIM).with(key).with(self.now().as_nanos());
        let chosen = (count > 0).then(|| Stream::keyed(key).below(count) as usize)?;
        let (at, node) = nodes.iter().enumerate().filter(|(_, node)| there(node)).nth(chosen)?;
        Some((at as u32, node.turn))
    }

    /// A node is gone, and with it all that is on it; what boots there is noticed as what serves is.
    pub(super) fn node_crashes(&mut self, pool: NodePoolId, node: u32, silent: bool) {
        self.nodes.pools[pool.at()].nodes[node as usize].down += 1;
        for index in self.on_node(pool.at(), node) {
            if self.stage(index) == Stage::Booting {
                self.will_be_missed(index);
            } else {
                self.crash(index, silent);
            }
        }
    }

    /// A node is back, unless it was given back meanwhile; what nobody replaced boots on it.
    pub(super) fn node_returns(&mut self, pool: NodePoolId, (node, turn): (u32, u32)) {
        let place = &mut self.nodes.pools[pool.at()].nodes[node as usize];
        if place.turn != turn || place.down == 0 {
            return;
        }
        place.down -= 1;
        if place.down > 0 {
            return;
        }
        for index in self.on_node(pool.at(), node) {
            let gone = matches!(self.stage(index), Stage::Serving | Stage::Booting)
                && !self.instances[index as usize].up;
            if gone && !self.is_crashed(index) {
                self.boot_instance(index);
            }
        }
        self.fill_rooms(pool.at());
    }
}
