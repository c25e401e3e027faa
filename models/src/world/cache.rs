//! Caches in front of stores: look-ups, what is read after a miss, who waits for whose read, fills.
//!
//! ```text
//!   read --carried along by the request?--> goes on
//!        '-> look-up --hit--------------------------------------------------> goes on
//!                    '--miss, failed or too late--> somebody reads it already? --> follows them
//!                                                   '--> reads the store --> fills --> goes on, with its followers
//!   write --> the store --> takes the item out of the cache
//! ```
//!
//! The cache is filled and emptied by its clients (look-aside, as with memcached). On servers of its own it is a
//! store like any other, with its line, its connections and its outages; fills and deletions are operations that
//! nobody waits for. In the process of an instance it costs nothing and dies with the process, and a write reaches
//! no copy but its own: the others keep what they have until it is too old.

use archsim_sim::{Class, Id, Key, Stream, Time};
use hashbrown::HashTable;

use super::entity::{Child, Frame, StoreCall, StoreState};
use super::event::Event;
use super::instance::Instance;
use super::observe::Observer;
use super::store::Asked;
use super::{Ready, World};
use crate::cache::{Cache, Fill, LookUp, Room};
use crate::plan::{
    Access, CacheId, CachePlace, Coalesce, DataId, DataSet, Operation, Plan, Step, StoreId, Wanted,
};
use crate::policy::Outcome;

const KEYS: u64 = Key::of_name("keys");
const LOOK_UP: u64 = Key::of_name("look-up");
const FILL: u64 = Key::of_name("fill");
const WARM: u64 = Key::of_name("warm");

/// What an operation on a store has to do with a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing.
    Plain,
    /// It looks an item up on a cache's servers, and has found it or not.
    LookUp(Item, bool),
    /// It reads an item that a cache did not have.
    Load(Item),
    /// It waits for another's load; the next follower is after it.
    Follow(Option<Id<StoreCall>>),
    /// It writes an item that a cache may have.
    Write(Item),
    /// It brings an item to a cache's servers.
    Fill(Item),
    /// It takes an item from a cache's servers.
    Delete(Item),
}

impl Role {
    /// Whether the frame waits for it.
    pub(super) fn is_awaited(self) -> bool {
        !matches!(self, Role::Fill(_) | Role::Delete(_))
    }
}

/// An item of a data set, as a cache knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    cache: CacheId,
    data: DataId,
    /// Its number in the cache, over all its data sets.
    number: u32,
}

/// Somebody reads an item, and others wait for the answer.
#[derive(Clone, Copy, Debug)]
struct Flight {
    item: Item,
    /// The instance, or `EVERYBODY`.
    scope: u32,
    first: Option<Id<StoreCall>>,
    last: Option<Id<StoreCall>>,
}

const EVERYBODY: u32 = u32::MAX;

/// All caches of a world.
pub(super) struct Caches {
    caches: Vec<Copies>,
    /// Never walked: only asked for one flight at a time.
    flights: HashTable<Flight>,
}

/// A cache's copies.
struct Copies {
    /// One on its servers, or one for each instance, if it uses it.
    copies: Vec<Option<Cache>>,
    /// By data set: the number of its first item.
    first_items: Vec<u32>,
}

impl Caches {
    pub(super) fn new(plan: &Plan, instances: &[Instance], dice: Key) -> Self {
        let caches = (0..plan.caches.len() as u16).map(|at| Copies::new(plan, CacheId(at), instances, dice));
        Caches { caches: caches.collect(), flights: HashTable::new() }
    }

    /// A copy that an instance asks; none in the process of an instance that never asks.
    fn copy(&mut self, cache: CacheId, instance: u32) -> Option<&mut Cache> {
        let copies = &mut self.caches[cache.at()].copies;
        let at = if copies.len() == 1 { 0 } else { instance as usize };
        copies[at].as_mut()
    }

    pub(super) fn lose(&mut self, cache: CacheId) {
        self.caches[cache.at()].copies.iter_mut().flatten().for_each(Cache::clear);
    }

    /// An instance's process is gone, and what it held.
    pub(super) fn process_gone(&mut self, instance: u32) {
        for copies in self.caches.iter_mut().filter(|copies| copies.copies.len() > 1) {
            if let Some(copy) = &mut copies.copies[instance as usize] {
                copy.clear();
            }
        }
    }

    fn flight(&mut self, item: Item, scope: u32) -> Option<&mut Flight> {
        self.flights.find_mut(hash(item, scope), |flight| flight.item == item && flight.scope == scope)
    }

    fn begin_flight(&mut self, item: Item, scope: u32) {
        let flight = Flight { item, scope, first: None, last: None };
        self.flights.insert_unique(hash(item, scope), flight, |flight| hash(flight.item, flight.scope));
    }

    fn end_flight(&mut self, item: Item, scope: u32) -> Option<Flight> {
        let same = |flight: &Flight| flight.item == item && flight.scope == scope;
        let entry = self.flights.find_entry(hash(item, scope), same).ok()?;
        Some(entry.remove().0)
    }
}

fn hash(item: Item, scope: u32) -> u64 {
    Key::new(u64::from(item.number) << 32 | u64::from(scope), u64::from(item.cache.0)).bits()
}

impl Copies {
    fn new(plan: &Plan, id: CacheId, instances: &[Instance], dice: Key) -> Self {
        let cache = &plan.caches[id.at()];
        let mut first_items = vec![0; plan.data.len()];
        let mut items = 0_u32;
        for data in &cache.data {
            first_items[data.at()] = items;
            items = items.saturating_add(plan.data[data.at()].popularity.items());
        }
        let dice = dice.with(cache.key);
        let new = |copy: u32| {
            let mut held = Cache::new(cache.settings, items, dice.with(u64::from(copy)));
            if cache.warm {
                warm_up(&mut held, plan, id, &first_items, dice.with(WARM).with(u64::from(copy)));
            }
            held
        };
        let copies = match cache.place {
            CachePlace::Servers { .. } => vec![Some(new(0))],
            CachePlace::Process => {
                let uses = |instance: &Instance| uses(plan, instance.deployable, id);
                let mut copies: Vec<Option<Cache>> =
                    (0..).zip(instances).map(|(at, instance)| uses(instance).then(|| new(at))).collect();
                // One copy alone would look like one on servers.
                copies.push(None);
                copies
            }
        };
        Copies { copies, first_items }
    }
}

/// Whether a deployable runs a program that asks the cache.
fn uses(plan: &Plan, deployable: usize, cache: CacheId) -> bool {
    let programs = plan.programs.iter().filter(|program| program.deployable.at() == deployable);
    let mut steps = programs.flat_map(|program| program.blocks.iter().flatten());
    steps.any(|step| matches!(step, Step::Cached(access) if access.cache == cache))
}

/// Fills a copy with the most popular items, so that the most popular of all was used last. Room is shared among the
/// data sets by their size. Where items live for a time, each has lived for a random part of it.
fn warm_up(held: &mut Cache, plan: &Plan, id: CacheId, first_items: &[u32], dice: Key) {
    let cache = &plan.caches[id.at()];
    let size = |data: &DataId| {
        let data = &plan.data[data.at()];
        let each = if let Room::Bytes(_) = cache.settings.room { f64::from(data.bytes.max(1)) } else { 1.0 };
        f64::from(data.popularity.items()) * each
    };
    let room = match cache.settings.room {
        Room::Items(items) => f64::from(items),
        Room::Bytes(bytes) => bytes as f64,
        Room::Unbounded => f64::INFINITY,
    };
    let share = (room / cache.data.iter().map(size).sum::<f64>()).min(1.0);
    let mut ages = Stream::keyed(dice);
    for data in &cache.data {
        let DataSet { popularity, bytes, .. } = &plan.data[data.at()];
        let most = (f64::from(popularity.items()) * share) as u32;
        for item in (0..most).rev() {
            let until =
                cache.settings.ttl.map_or(Time::NEVER, |ttl| Time::ZERO + ttl.span.scaled(ages.unit()));
            held.fill_until(until, first_items[data.at()] + item, *bytes);
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// The frame's next operation behind a cache begins; true if it is over at once.
    pub(super) fn begin_access(&mut self, id: Id<Frame>, access: &Access) -> bool {
        let item = self.item(id, access);
        if access.operation == Operation::Write {
            let asked = (access.store, Operation::Write, Some(self.drawn_of(item)));
            self.begin_for(id, asked, self.draw(id, access), Role::Write(item));
            return false;
        }
        if self.is_known(id, access, item) {
            return true;
        }
        match self.plan.caches[access.cache.at()].place {
            CachePlace::Process => self.look_up_here(id, access, item),
            CachePlace::Servers { store, timeout } => {
                let draw = self.draw(id, access).with(LOOK_UP);
                let asked = (store, Operation::Read, None);
                let call = self.begin_for(id, asked, draw, Role::LookUp(item, false));
                if self.store_calls.contains(call) && timeout < archsim_sim::Span::FOREVER {
                    let rank = self.frames[id].origin.rank;
                    let at = self.now() + timeout;
                    self.agenda.schedule(at, Class::Timer, rank, Event::LookUpLate(call));
                }
                false
            }
        }
    }

    /// The item that the frame's current operation is about.
    fn item(&self, id: Id<Frame>, access: &Access) -> Item {
        let wanted = Wanted { data: access.data, own_key: access.own_key };
        let drawn = self.drawn(id, wanted, access.key);
        let first = self.caches.caches[access.cache.at()].first_items[access.data.at()];
        Item { cache: access.cache, data: access.data, number: first + drawn }
    }

    /// The number of the item, in its data set, that the frame's current operation is about.
    pub(super) fn drawn(&self, id: Id<Frame>, wanted: Wanted, step: u64) -> u32 {
        let frame = &self.frames[id];
        let data = &self.plan.data[wanted.data.at()];
        let key = if wanted.own_key {
            frame.path.with(step).with(KEYS)
        } else {
            self.dice.with(KEYS).with(data.key).with(self.layout.number_of(frame.origin.rank))
        };
        data.popularity.sample(&mut Stream::keyed(key.with(u64::from(frame.round))))
    }

    /// An item of the cache as stores know it.
    fn drawn_of(&self, item: Item) -> super::cluster::Item {
        let first = self.caches.caches[item.cache.at()].first_items[item.data.at()];
        (item.data, item.number - first)
    }

    /// Names the draws of the frame's current operation, as it would without a cache.
    fn draw(&self, id: Id<Frame>, access: &Access) -> Key {
        let frame = &self.frames[id];
        frame.path.with(access.key).with(u64::from(frame.round))
    }

    fn begin_for(
        &mut self,
        frame: Id<Frame>,
        (store, operation, item): (StoreId, Operation, Option<super::cluster::Item>),
        draw: Key,
        role: Role,
    ) -> Id<StoreCall> {
        let Frame { origin, instance, .. } = self.frames[frame];
        self.ask_store(Asked { origin, frame, instance, store, operation, item, draw, role })
    }

    /// The step at which a frame is, if it is one behind a cache.
    fn access(&self, id: Id<Frame>) -> Option<Access> {
        let frame = self.frames.get(id)?;
        match self.plan.programs[frame.program.at()].blocks[frame.block.at()].get(frame.step as usize) {
            Some(Step::Cached(access)) => Some(*access),
            _ => None,
        }
    }

    /// Whether the request carries the item along.
    fn is_known(&self, id: Id<Frame>, access: &Access, item: Item) -> bool {
        let frame = &self.frames[id];
        self.carries(frame, access, item)
            && self.wanted(&frame.origin).is_some_and(|r| r.known & bit(item) != 0)
    }

    /// Only the request's own first key of a data set is carried along.
    fn carries(&self, frame: &Frame, access: &Access, item: Item) -> bool {
        self.plan.caches[item.cache.at()].once && !access.own_key && frame.round == 1
    }

    fn remember(&mut self, id: Id<Frame>, item: Item) {
        let (Some(access), Some(frame)) = (self.access(id), self.frames.get(id)) else { return };
        if self.carries(frame, &access, item)
            && self.is_wanted(&frame.origin)
            && let Some(request) = self.requests.get_mut(frame.origin.request)
        {
            request.known |= bit(item);
        }
    }

    fn look_up_here(&mut self, id: Id<Frame>, access: &Access, item: Item) -> bool {
        let (now, instance) = (self.now(), self.frames[id].instance);
        let found = self.caches.copy(item.cache, instance).map(|copy| copy.look_up(now, item.number));
        let hit = found == Some(LookUp::Hit);
        let windows = self.counts.start(now).windows;
        self.counts.looked_up(item.cache.at(), now, windows, hit);
        if hit {
            self.remember(id, item);
        } else {
            self.load(id, access, item);
        }
        hit
    }

    /// A cache's servers have done an operation.
    pub(super) fn serve_cache(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let call = &mut self.store_calls[id];
        let instance = call.instance;
        match &mut call.role {
            Role::LookUp(item, found) => {
                let (cache, number) = (item.cache, item.number);
                let copy = self.caches.copy(cache, instance);
                *found = copy.is_some_and(|copy| copy.look_up(now, number) == LookUp::Hit);
            }
            Role::Fill(item) => {
                let item = *item;
                self.fill_copy(item, instance);
            }
            Role::Delete(item) => {
                let (cache, number) = (item.cache, item.number);
                self.caches.copy(cache, instance).map(|copy| copy.delete(number));
            }
            Role::Plain | Role::Load(_) | Role::Follow(_) | Role::Write(_) => {}
        }
    }

    fn fill_copy(&mut self, item: Item, instance: u32) {
        let (now, bytes) = (self.now(), self.plan.data[item.data.at()].bytes);
        let filled = self.caches.copy(item.cache, instance).map(|copy| copy.fill(now, item.number, bytes));
        if matches!(filled, Some(Fill::Stored { .. })) {
            self.counts.cache_met(item.cache.at(), |window| &mut window.fills);
        }
    }

    /// A look-up has taken long enough: it counts as a miss, whatever still comes of it.
    pub(super) fn look_up_late(&mut self, id: Id<StoreCall>) {
        let Some(call) = self.store_calls.get(id) else { return };
        let (frame, state) = (call.frame, call.state);
        if !self.waits_for(frame, id) {
            return;
        }
        let Role::LookUp(item, _) = call.role else { return };
        let windows = call.windows;
        if state == StoreState::Connecting {
            self.cancel_store_call(id);
        }
        self.looked_up(frame, windows, item, false);
    }

    fn waits_for(&self, frame: Id<Frame>, call: Id<StoreCall>) -> bool {
        self.frames.get(frame).is_some_and(|frame| frame.child == Child::Store(call))
    }

    /// The cache did not have it: somebody's read is waited for, or the store is read.
    fn load(&mut self, id: Id<Frame>, access: &Access, item: Item) {
        let instance = self.frames[id].instance;
        let scope = self.scope(item.cache, instance);
        if let Some(scope) = scope
            && self.caches.flight(item, scope).is_some()
        {
            self.follow(id, access, item, scope);
            return;
        }
        let draw = self.draw(id, access);
        let asked = (access.store, Operation::Read, Some(self.drawn_of(item)));
        let call = self.begin_for(id, asked, draw, Role::Load(item));
        // A refusal may be back already.
        if let Some(scope) = scope
            && self.store_calls.contains(call)
        {
            self.caches.begin_flight(item, scope);
        }
    }

    /// Whose reads of an item an instance waits for.
    fn scope(&self, cache: CacheId, instance: u32) -> Option<u32> {
        match self.plan.caches[cache.at()].coalesce {
            Coalesce::None => None,
            Coalesce::Instance => Some(instance),
            Coalesce::Cache => Some(EVERYBODY),
        }
    }

    fn follow(&mut self, id: Id<Frame>, access: &Access, item: Item, scope: u32) {
        let (now, order) = (self.now(), self.next_order());
        let Frame { origin, instance, .. } = self.frames[id];
        let follower = self.store_calls.insert(StoreCall {
            origin,
            order,
            frame: id,
            store: access.store,
            instance,
            incarnation: self.instances[instance as usize].incarnation,
            service: archsim_sim::Span::ZERO,
            operation: Operation::Read,
            item: None,
            draw: self.dice,
            parent: None,
            waits_for: None,
            link: None,
            row: 0,
            role: Role::Follow(None),
            state: StoreState::Following,
            since: now,
            connection: 0,
            connected: false,
            windows: 0,
            outcome: Outcome::Success,
        });
        self.frames[id].child = Child::Store(follower);
        self.counts.cache_met(item.cache.at(), |window| &mut window.followers);
        let Some(flight) = self.caches.flight(item, scope) else { return };
        let last = flight.last.replace(follower);
        if flight.first.is_none() {
            flight.first = Some(follower);
        }
        if let Some(last) = last {
            self.store_calls[last].role = Role::Follow(Some(follower));
        }
    }

    /// An operation that has to do with a cache is over; true if nothing is left to do for its frame.
    pub(super) fn settled_by_cache(&mut self, id: Id<StoreCall>, call: &StoreCall, outcome: Outcome) -> bool {
        match call.role {
            Role::Plain | Role::Follow(_) => false,
            Role::Fill(_) | Role::Delete(_) => true,
            Role::LookUp(item, found) => {
                if self.waits_for(call.frame, id) {
                    let hit = found && outcome == Outcome::Success;
                    self.looked_up(call.frame, call.windows, item, hit);
                }
                true
            }
            Role::Load(item) => {
                self.loaded(call, item, outcome);
                false
            }
            Role::Write(item) => {
                if outcome == Outcome::Success {
                    self.bring(call, item, false);
                }
                false
            }
        }
    }

    /// The answer of a cache's servers is there, or will not be waited for.
    fn looked_up(&mut self, id: Id<Frame>, windows: u32, item: Item, hit: bool) {
        self.counts.looked_up(item.cache.at(), self.agenda.now(), windows, hit);
        self.frames[id].child = Child::None;
        if hit {
            self.remember(id, item);
            self.ready.push_back(Ready::Frame(id));
        } else if let Some(access) = self.access(id) {
            self.load(id, &access, item);
        }
    }

    /// A read after a miss is over: it fills the cache, and who followed goes on as its own frame does.
    fn loaded(&mut self, call: &StoreCall, item: Item, outcome: Outcome) {
        let followers = self.end_flight_of(call, item);
        if outcome == Outcome::Success {
            self.remember(call.frame, item);
            let mut awaited = self.somebody_waits(call.frame);
            let mut next = followers;
            while let Some(follower) = next {
                let (frame, after) = self.follower(follower);
                awaited |= self.waits_for(frame, follower) && self.somebody_waits(frame);
                next = after;
            }
            if awaited || self.plan.caches[item.cache.at()].late_fills {
                self.bring(call, item, true);
            } else {
                self.counts.cache_met(item.cache.at(), |window| &mut window.late);
            }
        }
        let mut next = followers;
        while let Some(follower) = next {
            let (frame, after) = self.follower(follower);
            next = after;
            let waits = self.waits_for(frame, follower);
            self.store_calls.remove(follower);
            if waits {
                self.frames[frame].child = Child::None;
                if let Outcome::Failed(cause) = outcome {
                    self.fail_frame(frame, cause);
                } else {
                    self.remember(frame, item);
                    self.ready.push_back(Ready::Frame(frame));
                }
            }
        }
    }

    fn follower(&self, id: Id<StoreCall>) -> (Id<Frame>, Option<Id<StoreCall>>) {
        let call = &self.store_calls[id];
        match call.role {
            Role::Follow(next) => (call.frame, next),
            _ => (call.frame, None),
        }
    }

    /// Whether anybody will make use of what the frame gets.
    fn somebody_waits(&self, id: Id<Frame>) -> bool {
        self.frames.get(id).is_some_and(|frame| !frame.origin.wasted && self.is_wanted(&frame.origin))
    }

    /// Ends the flight that a read led; its first follower.
    fn end_flight_of(&mut self, call: &StoreCall, item: Item) -> Option<Id<StoreCall>> {
        let scope = self.scope(item.cache, call.instance)?;
        self.caches.end_flight(item, scope)?.first
    }

    /// A read was given up before it had a connection: who followed it has to read, or to follow the first of them.
    pub(super) fn load_given_up(&mut self, call: &StoreCall) {
        let Role::Load(item) = call.role else { return };
        let mut next = self.end_flight_of(call, item);
        while let Some(follower) = next {
            let (frame, after) = self.follower(follower);
            next = after;
            let waits = self.waits_for(frame, follower);
            self.store_calls.remove(follower);
            if waits && let Some(access) = self.access(frame) {
                self.frames[frame].child = Child::None;
                self.load(frame, &access, item);
            }
        }
    }

    /// Brings an item to the cache of whoever made the call, or takes it out.
    fn bring(&mut self, call: &StoreCall, item: Item, fills: bool) {
        let owner = &self.instances[call.instance as usize];
        if !owner.up || owner.incarnation != call.incarnation {
            return;
        }
        match self.plan.caches[item.cache.at()].place {
            CachePlace::Process if fills => self.fill_copy(item, call.instance),
            CachePlace::Process => {
                self.caches.copy(item.cache, call.instance).map(|copy| copy.delete(item.number));
            }
            CachePlace::Servers { store, .. } => {
                let role = if fills { Role::Fill(item) } else { Role::Delete(item) };
                self.ask_store(Asked {
                    origin: call.origin,
                    frame: call.frame,
                    instance: call.instance,
                    store,
                    operation: Operation::Write,
                    item: None,
                    draw: call.draw.with(FILL),
                    role,
                });
            }
        }
    }
}

/// The bit of an item's data set among what a request carries along.
fn bit(item: Item) -> u64 {
    1 << (item.data.0 & 63)
}
