//! Locks of rows and tables: writes of the same wait for each other, in the order in which they came.
//!
//! ```text
//!   asked --free--> held until the answer goes, or, in a transaction, until that ends
//!     '--taken--> the line --the holder lets go--> held
//!                    |  '--waited too long--> fails: lock-timeout
//!                    '--its holder waits for the asker--> fails at once: deadlock
//! ```
//!
//! A lock is asked for where the data is, before CPU and server: whoever waits keeps the connection, and uses nothing
//! else. The holder keeps it through CPU, line and server, and through the wait for a replica. What an outage stops
//! holds no lock any more, unless the database only hangs.
//!
//! Deadlocks are looked for whenever somebody begins to wait, as `InnoDB` does; the asker is the victim. Circles that
//! close through another database, a pool of connections, or the threads of a caller, are seen by nobody: they last
//! until somebody has waited too long.

use std::collections::VecDeque;

use archsim_sim::{Class, Id, Key, Span, Time, mutant};
use hashbrown::HashTable;

use super::entity::{Part, StoreCall, StoreState};
use super::event::Event;
use super::flow::Left;
use super::observe::Observer;
use super::{Ready, World};
use crate::plan::{DataId, LockOf, LockReads, Operation, StoreId};
use crate::policy::Outcome;
use crate::record::Cause;

/// No lock.
pub(crate) const NONE: u32 = u32::MAX;

/// What is locked: a row, or (with no number) all of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    store: StoreId,
    data: DataId,
    number: Option<u32>,
}

/// All locks of a world.
#[derive(Default)]
pub(crate) struct Locks {
    /// Never walked.
    places: HashTable<(Name, u32)>,
    list: Vec<Lock>,
    free: Vec<u32>,
    held: u64,
}

/// A lock that somebody holds.
struct Lock {
    name: Name,
    /// An operation by itself, or the session of a transaction; nobody only while the lock is free.
    holder: Option<Id<StoreCall>>,
    since: Time,
    /// The next one of the same holder.
    next: u32,
    /// Who waits, longest first.
    line: VecDeque<Id<StoreCall>>,
}

impl Locks {
    fn find(&self, name: Name) -> Option<u32> {
        self.places.find(hash(name), |(other, _)| *other == name).map(|(_, place)| *place)
    }

    fn insert(&mut self, name: Name) -> u32 {
        let lock = Lock { name, holder: None, since: Time::ZERO, next: NONE, line: VecDeque::new() };
        let place = self.free.pop().unwrap_or(self.list.len() as u32);
        match self.list.get_mut(place as usize) {
            // Its line keeps the room that it has had.
            Some(old) => old.name = name,
            None => self.list.push(lock),
        }
        self.places.insert_unique(hash(name), (name, place), |(name, _)| hash(*name));
        place
    }

    /// Nobody holds it, and nobody waits.
    fn remove(&mut self, place: u32) {
        let lock = &mut self.list[place as usize];
        (lock.holder, lock.next) = (None, NONE);
        let name = lock.name;
        if let Ok(entry) = self.places.find_entry(hash(name), |(other, _)| *other == name) {
            entry.remove();
        }
        self.free.push(place);
    }

    /// How many are held.
    pub(super) const fn held(&self) -> u64 {
        self.held
    }

    /// How many are in a holder's list.
    pub(super) fn count(&self, first: u32) -> u64 {
        let next = |&at: &u32| Some(self.list[at as usize].next).filter(|&next| next != NONE);
        std::iter::successors(Some(first).filter(|&first| first != NONE), next).count() as u64
    }
}

fn hash(name: Name) -> u64 {
    let number = name.number.map_or(u64::MAX, u64::from);
    Key::new(number, u64::from(name.data.0) << 16 | u64::from(name.store.0)).bits()
}

impl<O: Observer> World<'_, O> {
    /// Whether an operation has the lock that it needs, if it needs any; else it waits, or has failed.
    pub(super) fn has_its_lock(&mut self, id: Id<StoreCall>) -> bool {
        let Some((name, owner)) = self.lock_of(id) else { return true };
        let (now, store) = (self.now(), name.store.at());
        let place = self.locks.find(name).unwrap_or_else(|| self.locks.insert(name));
        match self.locks.list[place as usize].holder {
            Some(holder) if holder == owner => true,
            None => {
                self.counts.stores[store].locks.starts_at_once(now);
                self.take_lock(place, owner);
                self.see_locks(store, (0, 0), (0, 1));
                true
            }
            Some(_) if self.closes_a_circle(place, owner) => {
                self.counts.stores[store].locks.refused();
                self.counts.store_met(store, |window| &mut window.deadlocks);
                self.answer_store_call(id, Outcome::Failed(Cause::Deadlock));
                false
            }
            Some(_) => {
                self.counts.stores[store].locks.waits(now);
                self.locks.list[place as usize].line.push_back(id);
                let call = &mut self.store_calls[id];
                (call.state, call.since, call.awaits) = (StoreState::Locking, now, place);
                let (rank, settings) = (call.origin.rank, &self.plan.stores[store].locks);
                let wait = settings.as_ref().map_or(Span::FOREVER, |locks| locks.wait);
                self.agenda.schedule(now + wait, Class::Timer, rank, Event::LockWait(id));
                self.see_locks(store, (0, 1), (0, 0));
                false
            }
        }
    }

    /// The lock that an operation needs, and who is to hold it: its transaction, or the operation itself.
    fn lock_of(&self, id: Id<StoreCall>) -> Option<(Name, Id<StoreCall>)> {
        let call = &self.store_calls[id];
        let locks = self.plan.stores[call.store.at()].locks.as_ref()?;
        let (data, number) = call.item?;
        // What lies in another database is locked there.
        let far = call.parent.is_none() && self.layout.link_of.get(data.at()).copied().flatten().is_some();
        let session = match call.part {
            Part::Within(transaction) => self.transactions.get(transaction).and_then(|it| it.session),
            _ => None,
        };
        let locking = call.operation == Operation::Write
            || (locks.reads == LockReads::InTransactions && session.is_some());
        if far || !locking {
            return None;
        }
        let number = if locks.of == LockOf::Row { Some(number) } else { None };
        Some((Name { store: call.store, data, number }, session.unwrap_or(id)))
    }

    /// Whether whoever holds a lock waits, at the end of a chain of holders, for `owner`.
    fn closes_a_circle(&self, place: u32, owner: Id<StoreCall>) -> bool {
        let mut place = place;
        // Each of them waits for one lock, which has one holder.
        for _ in 0..=self.locks.list.len() {
            let Some(holder) = self.locks.list[place as usize].holder else { return false };
            if holder == owner {
                return true;
            }
            let Some(Part::Session(transaction)) = self.store_calls.get(holder).map(|call| call.part) else {
                return false;
            };
            let waits = self.transactions.get(transaction).and_then(|it| it.under_way);
            match waits.and_then(|waits| self.store_calls.get(waits)) {
                Some(call) if call.state == StoreState::Locking => place = call.awaits,
                _ => return false,
            }
        }
        false
    }

    fn take_lock(&mut self, place: u32, owner: Id<StoreCall>) {
        let now = self.now();
        let lock = &mut self.locks.list[place as usize];
        (lock.holder, lock.since) = (Some(owner), now);
        let owner = &mut self.store_calls[owner];
        lock.next = std::mem::replace(&mut owner.holds, place);
        self.locks.held += 1;
    }

    /// All that a holder holds goes to whoever waits longest for each.
    pub(super) fn release_locks(&mut self, owner: Id<StoreCall>) {
        let Some(call) = self.store_calls.get_mut(owner) else { return };
        let mut next = std::mem::replace(&mut call.holds, NONE);
        while next != NONE {
            let place = next;
            next = self.locks.list[place as usize].next;
            self.hand_on(place);
        }
    }

    fn hand_on(&mut self, place: u32) {
        let now = self.now();
        let lock = &mut self.locks.list[place as usize];
        let (store, since) = (lock.name.store.at(), lock.since);
        self.locks.held -= 1;
        self.counts.stores[store].locks.leaves(now, since, Left::Completed);
        let Some(id) = lock.line.pop_front() else {
            self.locks.remove(place);
            self.see_locks(store, (0, 0), (1, 0));
            return;
        };
        let owner = self.lock_of(id).map_or(id, |(_, owner)| owner);
        let call = &mut self.store_calls[id];
        (call.state, call.awaits) = (StoreState::Outbound, NONE);
        let waited = std::mem::replace(&mut call.since, now);
        self.counts.stores[store].locks.starts(now, waited);
        self.take_lock(place, owner);
        self.see_locks(store, (1, 0), (0, 0));
        // Not here and now, so that no line of a thousand piles up on the stack.
        self.ready.push_back(Ready::Lock(id));
    }

    /// The operation has waited long enough for a lock.
    pub(super) fn lock_wait_over(&mut self, id: Id<StoreCall>) {
        let Some(call) = self.store_calls.get_mut(id).filter(|call| call.state == StoreState::Locking) else {
            return;
        };
        let place = std::mem::replace(&mut call.awaits, NONE);
        let (store, since, now) = (call.store.at(), call.since, self.agenda.now());
        self.locks.list[place as usize].line.retain(|&waiting| waiting != id);
        self.counts.stores[store].locks.withdraws(now, since);
        self.counts.store_met(store, |window| &mut window.lock_timeouts);
        self.see_locks(store, (1, 0), (0, 0));
        self.answer_store_call(id, Outcome::Failed(Cause::LockTimeout));
    }

    /// A database has lost its locks: transactions are rolled back. Who waited for one is given back, as they came.
    pub(super) fn clear_locks(&mut self, store: StoreId) -> Vec<Id<StoreCall>> {
        let now = self.now();
        let mut waiting = Vec::new();
        for place in 0..self.locks.list.len() as u32 {
            let lock = &mut self.locks.list[place as usize];
            let Some(holder) = lock.holder.filter(|_| lock.name.store == store) else { continue };
            self.counts.stores[store.at()].locks.leaves(now, lock.since, Left::Failed);
            let line = lock.line.len() as u32;
            for id in lock.line.drain(..) {
                let call = &mut self.store_calls[id];
                call.awaits = NONE;
                self.counts.stores[store.at()].locks.drops_from_line(now, call.since);
                waiting.push(id);
            }
            self.locks.held -= 1;
            self.locks.remove(place);
            self.store_calls[holder].holds = NONE;
            self.see_locks(store.at(), (line, 0), (1, 0));
        }
        self.break_transactions(store);
        waiting.sort_unstable_by_key(|&id| self.store_calls[id].order);
        waiting
    }

    fn see_locks(&mut self, store: usize, line: (u32, u32), held: (u32, u32)) {
        let now = self.now();
        self.counts.stores[store].locks.levels(now, line, held);
    }

    /// What is read, and written again only if nobody has written it since: an operation of an optimistic transaction
    /// looks at the version. False if it has changed.
    pub(super) fn is_unchanged(&mut self, id: Id<StoreCall>) -> bool {
        let call = &self.store_calls[id];
        let Some(item) = call.item.filter(|(data, _)| self.layout.versioned[data.at()]) else { return true };
        let far = call.parent.is_none() && self.layout.link_of.get(item.0.at()).copied().flatten().is_some();
        if far {
            return true;
        }
        let (part, operation, store) = (call.part, call.operation, call.store.at());
        let version = self.versions.of(item);
        match (part, operation) {
            (Part::Optimistic(transaction, _), Operation::Read) => {
                if let Some(transaction) = self.transactions.get_mut(transaction) {
                    transaction.seen.push((item, version));
                }
            }
            (Part::Optimistic(_, Some(seen)), Operation::Write)
                if seen != version && !mutant!("versions-not-compared") =>
            {
                self.counts.store_met(store, |window| &mut window.conflicts);
                return false;
            }
            (_, Operation::Write) => self.versions.next(item),
            (_, Operation::Read) => {}
        }
        true
    }
}

/// How often each item has been written, of the data sets of which somebody asks.
#[derive(Default)]
pub(crate) struct Versions {
    /// Never walked.
    written: HashTable<(super::cluster::Item, u32)>,
}

impl Versions {
    fn of(&self, item: super::cluster::Item) -> u32 {
        self.written.find(number(item), |(other, _)| *other == item).map_or(0, |(_, times)| *times)
    }

    fn next(&mut self, item: super::cluster::Item) {
        match self.written.find_mut(number(item), |(other, _)| *other == item) {
            Some((_, times)) => *times += 1,
            None => drop(self.written.insert_unique(number(item), (item, 1), |(item, _)| number(*item))),
        }
    }
}

fn number((data, number): super::cluster::Item) -> u64 {
    Key::new(u64::from(number), u64::from(data.0)).bits()
}
