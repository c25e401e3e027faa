//! The connections that an instance keeps to a store: plain ones, which are there as soon as they are wanted, or those
//! of [`HikariCP`'s pool](crate::pool), which its one background worker opens one after the other.
//!
//! ```text
//!   acquire --one free--> connect          --none--> the line, until the wait is over
//!   release --> the longest-waiting has it           (or the pool closes it, and its worker opens another)
//! ```
//!
//! An outage that refuses has closed all connections. A pool is not told: whoever borrows one that was used a moment
//! ago fails with it, one that was idle for longer is found dead when it is checked, and is replaced. While the store
//! is out nothing can be opened; when it is back every pool opens its connections one by one, and all pools do so at
//! once: the connection storm. A silent outage closes nothing, and what waits there waits on; nothing can be opened.

use std::collections::VecDeque;

use archsim_sim::{Class, Id, Key, Stream, mutant};

use super::entity::{Part, StoreCall, StoreState};
use super::event::Event;
use super::layout::Layout;
use super::observe::Observer;
use super::{Ready, World};
use crate::plan::{Opening, Plan, StoreId};
use crate::policy::Outcome;
use crate::pool::{Borrow, ConnectionPool};
use crate::record::Cause;

const CONNECT: u64 = Key::of_name("connect");

/// An instance's connections to one store.
pub(crate) struct Pool {
    /// Of a plain pool.
    in_use: u32,
    /// Who waits, longest first.
    line: VecDeque<Id<StoreCall>>,
    opening: Option<Box<Opened>>,
}

/// A pool that opens its connections.
struct Opened {
    pool: ConnectionPool,
    /// Connections that the store knows to be open.
    kept: u32,
    /// Connections that its worker has set out to open.
    tried: u64,
    key: Key,
}

/// Which pool an event is about; it is void once the instance has a new process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolOf {
    pub instance: u32,
    pub incarnation: u32,
    pub store: StoreId,
}

impl PoolOf {
    /// For the fingerprint.
    pub(crate) const fn bits(self) -> u64 {
        (self.instance as u64) << 32 | (self.store.0 as u64) << 8 | (self.incarnation & 0xff) as u64
    }
}

/// What a plain pool calls its connections.
const ANY: u32 = 0;

impl Pool {
    pub(super) fn new(plan: &Plan, store: StoreId, instance: u32, incarnation: u32, dice: Key) -> Self {
        let opened = |opening: &Opening| {
            let key = dice.with(opening.key).with(u64::from(instance)).with(u64::from(incarnation));
            Box::new(Opened { pool: ConnectionPool::new(opening.settings, key), kept: 0, tried: 0, key })
        };
        Pool {
            in_use: 0,
            line: VecDeque::new(),
            opening: plan.stores[store.at()].opening.as_ref().map(opened),
        }
    }

    /// Connections in use, and those who wait for one.
    pub(super) fn taken(&self) -> u64 {
        let in_use = self.opening.as_ref().map_or(self.in_use, |opened| opened.pool.active());
        u64::from(in_use) + self.line.len() as u64
    }
}

impl<O: Observer> World<'_, O> {
    /// An instance's connections to a store.
    fn pool(&mut self, instance: u32, store: usize) -> &mut Pool {
        let owner = &mut self.instances[instance as usize];
        &mut owner.pools[self.layout.links[owner.deployable].pools[store] as usize]
    }

    /// The call gets a connection of its instance's pool, or waits for one.
    pub(super) fn acquire(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let StoreCall { instance, store, origin, .. } = self.store_calls[id];
        let size = self.plan.stores[store.at()].pool;
        let pool = self.pool(instance, store.at());
        let had = match &mut pool.opening {
            None if pool.in_use < size => {
                pool.in_use += 1;
                Some((ANY, 0))
            }
            None => None,
            Some(opened) => match opened.pool.borrow(now, id.to_bits()) {
                Borrow::Connection(connection) => Some((connection, opened.pool.checks())),
                Borrow::Wait { .. } => None,
            },
        };
        if let Some((connection, checks)) = had {
            self.store_calls[id].connection = connection;
            self.connect(id, checks);
        } else {
            pool.line.push_back(id);
            self.counts.stores[store.at()].waits(now, 0, 1);
            let wait = self.layout.pool_waits[store.at()];
            if !mutant!("connection-wait-without-end") {
                self.agenda.after(wait, Class::Timer, origin.rank, Event::ConnectionWait(id));
            }
        }
        self.tend(instance, store);
    }

    /// A call that waits for a connection waits no more.
    pub(super) fn leave_line(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let StoreCall { instance, store, .. } = self.store_calls[id];
        let pool = self.pool(instance, store.at());
        if let Some(opened) = &mut pool.opening {
            opened.pool.gives_up(id.to_bits());
        }
        if let Some(place) = pool.line.iter().position(|&waiting| waiting == id) {
            pool.line.remove(place);
            self.counts.stores[store.at()].waits(now, 1, 0);
        }
    }

    /// A call gives its connection back to the pool; whoever waits longest gets it.
    pub(super) fn release(&mut self, call: &StoreCall) {
        let now = self.now();
        let StoreCall { instance, incarnation, store, connection, outcome, .. } = *call;
        if self.instances[instance as usize].incarnation != incarnation {
            return;
        }
        let pool = self.pool(instance, store.at());
        let next = match &mut pool.opening {
            None => pool.line.front().map(|_| ANY),
            Some(opened) if outcome == Outcome::Failed(Cause::StoreOut) => {
                opened.pool.evict(connection);
                None
            }
            Some(opened) => opened.pool.give_back(now, connection).map(|(_, connection)| connection),
        };
        match next {
            Some(connection) => self.hand_over(instance, store, connection),
            None => pool.in_use = pool.in_use.saturating_sub(u32::from(pool.opening.is_none())),
        }
        self.tend(instance, store);
    }

    /// The connection goes to the call that has waited longest.
    fn hand_over(&mut self, instance: u32, store: StoreId, connection: u32) {
        let now = self.now();
        let Some(next) = self.pool(instance, store.at()).line.pop_front() else { return };
        self.counts.stores[store.at()].waits(now, 1, 0);
        let call = &mut self.store_calls[next];
        call.state = StoreState::Outbound;
        call.connection = connection;
        self.ready.push_back(Ready::Connection(next));
    }

    /// Whether the store has closed the connection that a call has.
    pub(super) fn is_broken(&mut self, id: Id<StoreCall>) -> bool {
        let id = match self.store_calls[id].part {
            Part::Within(transaction) => {
                self.transactions.get(transaction).and_then(|it| it.session).unwrap_or(id)
            }
            _ => id,
        };
        let StoreCall { instance, incarnation, store, connection, parent, role, .. } = self.store_calls[id];
        if self.plan.stores[store.at()].opening.is_none()
            || parent.is_some()
            || role.is_of_a_node()
            || self.instances[instance as usize].incarnation != incarnation
        {
            return false;
        }
        let pool = self.pool(instance, store.at());
        pool.opening.as_ref().is_some_and(|opened| opened.pool.is_broken(connection))
    }

    /// The store has closed all its connections.
    pub(super) fn break_connections(&mut self, store: StoreId) {
        if self.plan.stores[store.at()].opening.is_none() {
            return;
        }
        for instance in 0..self.instances.len() as u32 {
            if let Some(opened) = self.opened(instance, store) {
                opened.pool.broken();
            }
        }
    }

    fn opened(&mut self, instance: u32, store: StoreId) -> Option<&mut Opened> {
        let owner = &mut self.instances[instance as usize];
        let place = *self.layout.links[owner.deployable].pools.get(store.at())?;
        owner.pools.get_mut(place as usize)?.opening.as_deref_mut()
    }

    /// The pools of an instance that opens its connections begin.
    pub(super) fn start_pools(&mut self, instance: u32) {
        let owner = &self.instances[instance as usize];
        if !owner.up {
            return;
        }
        let (incarnation, deployable) = (owner.incarnation, owner.deployable);
        for at in 0..self.layout.links[deployable].stores.len() {
            let store = self.layout.links[deployable].stores[at];
            if self.plan.stores[store.at()].opening.is_some() {
                self.tend(instance, store);
                self.schedule_housekeeper(PoolOf { instance, incarnation, store });
            }
        }
    }

    /// With a process go its connections.
    pub(super) fn close_pools(&mut self, instance: u32) {
        let deployable = self.instances[instance as usize].deployable;
        for at in 0..self.layout.links[deployable].stores.len() {
            let store = self.layout.links[deployable].stores[at];
            if let Some(opened) = self.opened(instance, store) {
                let kept = std::mem::take(&mut opened.kept);
                self.stores[store.at()].kept -= kept;
            }
        }
    }

    /// The worker opens a connection if one is wanted; the store is told how many there are.
    fn tend(&mut self, instance: u32, store: StoreId) {
        let now = self.now();
        let Some(opening) = &self.plan.stores[store.at()].opening else { return };
        let incarnation = self.instances[instance as usize].incarnation;
        let Some(opened) = self.opened(instance, store) else { return };
        let begins = opened.pool.opens(now);
        let (before, kept) = (opened.kept, opened.pool.total());
        opened.kept = kept;
        if begins {
            let span =
                opening.connect.sample(&mut Stream::keyed(opened.key.with(CONNECT).with(opened.tried)));
            opened.tried += 1;
            let of = PoolOf { instance, incarnation, store };
            self.agenda.schedule(
                now + span,
                Class::Timer,
                Layout::processor_rank(instance),
                Event::PoolOpened(of),
            );
        }
        let station = &mut self.stores[store.at()];
        station.kept = station.kept + kept - before;
    }

    fn is_void(&self, of: PoolOf) -> bool {
        let owner = &self.instances[of.instance as usize];
        !owner.up || owner.incarnation != of.incarnation
    }

    /// The worker has a connection, or is told that it cannot have one.
    pub(super) fn pool_opened(&mut self, of: PoolOf) {
        if self.is_void(of) {
            return;
        }
        let now = self.now();
        let station = &self.stores[of.store.at()];
        let room = self.plan.stores[of.store.at()].connections.admits(station.open());
        let there = station.outage.is_none() && (room || mutant!("store-takes-all-connections"));
        let Some(opened) = self.opened(of.instance, of.store) else { return };
        let next = if there {
            opened.pool.opened(now)
        } else {
            opened.pool.failed(now);
            None
        };
        let rests_until = opened.pool.rests_until();
        if let Some((_, connection)) = next {
            self.hand_over(of.instance, of.store, connection);
        }
        self.agenda.schedule(
            rests_until,
            Class::Timer,
            Layout::processor_rank(of.instance),
            Event::PoolRested(of),
        );
        self.tend(of.instance, of.store);
    }

    /// The worker has rested.
    pub(super) fn pool_rested(&mut self, of: PoolOf) {
        if !self.is_void(of) {
            self.tend(of.instance, of.store);
        }
    }

    /// The housekeeper comes, and will come again.
    pub(super) fn housekeep(&mut self, of: PoolOf) {
        if self.is_void(of) {
            return;
        }
        let now = self.now();
        if let Some(opened) = self.opened(of.instance, of.store) {
            opened.pool.housekeep(now);
        }
        self.tend(of.instance, of.store);
        self.schedule_housekeeper(of);
    }

    fn schedule_housekeeper(&mut self, of: PoolOf) {
        let Some(opening) = &self.plan.stores[of.store.at()].opening else { return };
        let at = self.now() + opening.settings.housekeeping;
        self.agenda.schedule(at, Class::Timer, Layout::processor_rank(of.instance), Event::Housekeeper(of));
    }
}
