//! The store is read after a miss: by whom, and who follows whose read.

use archsim_sim::{Id, Key, mutant};

use super::copies::Caches;
use super::fill::Brings;
use super::lease::NO_TOKEN;
use super::{Found, Item, Role};
use crate::plan::{Access, CacheId, Coalesce, Load, Operation, StoreId};
use crate::policy::Outcome;
use crate::world::entity::{Child, Frame, StoreCall, StoreState};
use crate::world::observe::Observer;
use crate::world::store::Asked;
use crate::world::{Ready, World};

const REFRESH: u64 = Key::of_name("refresh");

/// Somebody reads an item, and others wait for the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    item: Item,
    /// The instance, or `EVERYBODY`.
    scope: u32,
    pub(super) first: Option<Id<StoreCall>>,
    last: Option<Id<StoreCall>>,
}

impl Flight {
    pub(super) fn scope(&self) -> u32 {
        self.scope
    }

    /// Somebody waits for the answer too; behind whom, if not as the first.
    pub(super) fn joins(&mut self, id: Id<StoreCall>) -> Option<Id<StoreCall>> {
        let last = self.last.replace(id);
        if last.is_none() {
            self.first = Some(id);
        }
        last
    }
}

/// All instances share their reads.
const EVERYBODY: u32 = u32::MAX >> 1;
/// A refresh where reads are not shared.
const REFRESHES: u32 = 1 << 31;

impl Caches {
    pub(super) fn flight(&mut self, item: Item, scope: u32) -> Option<&mut Flight> {
        self.flights.find_mut(hash(item, scope), |flight| flight.item == item && flight.scope == scope)
    }

    pub(super) fn begin_flight(&mut self, item: Item, scope: u32) {
        let flight = Flight { item, scope, first: None, last: None };
        self.flights.insert_unique(hash(item, scope), flight, |flight| hash(flight.item, flight.scope));
    }

    pub(super) fn end_flight(&mut self, item: Item, scope: u32) -> Option<Flight> {
        let same = |flight: &Flight| flight.item == item && flight.scope == scope;
        let entry = self.flights.find_entry(hash(item, scope), same).ok()?;
        Some(entry.remove().0)
    }
}

fn hash(item: Item, scope: u32) -> u64 {
    Key::new(u64::from(item.number) << 32 | u64::from(scope), u64::from(item.cache.0)).bits()
}

impl<O: Observer> World<'_, O> {
    /// The cache did not have it: somebody's read is waited for, or the store is read.
    pub(super) fn load(&mut self, id: Id<Frame>, access: &Access, item: Item, token: u32) {
        let instance = self.frames[id].instance;
        let scope = self.scope(item.cache, instance);
        if let Some(scope) = scope
            && self.caches.flight(item, scope).is_some()
        {
            self.follow(id, access, item, scope);
            return;
        }
        let draw = self.draw(id, access);
        let asked = (access.store, Operation::Read, Some(self.at_its_store(item)));
        let call = self.begin_for(id, asked, draw, Role::Load(item, token));
        // A refusal may be back already.
        if let Some(scope) = scope
            && self.store_calls.contains(call)
        {
            self.caches.begin_flight(item, scope);
        }
    }

    /// Whose reads of an item an instance waits for.
    fn scope(&self, cache: CacheId, instance: u32) -> Option<u32> {
        let cache = &self.plan.caches[cache.at()];
        match cache.coalesce {
            Coalesce::None => None,
            // One of them reads already, or the cache itself.
            _ if cache.leases.is_some() || cache.load != Load::Aside => None,
            Coalesce::Instance => Some(instance),
            Coalesce::Cache => Some(EVERYBODY),
        }
    }

    /// Whose refreshes of an item an instance leaves it to: at least its own.
    fn refresh_scope(&self, cache: CacheId, instance: u32) -> u32 {
        self.scope(cache, instance).unwrap_or(instance | REFRESHES)
    }

    /// A stale item was found: it is read anew, unless somebody does that already.
    pub(super) fn refresh_if(&mut self, found: Found, id: Id<Frame>, access: &Access, item: Item) {
        let Frame { origin, instance, .. } = self.frames[id];
        let scope = self.refresh_scope(item.cache, instance);
        if found != Found::Stale || self.caches.flight(item, scope).is_some() {
            return;
        }
        let draw = self.draw(id, access).with(REFRESH);
        let (store, operation, role) = (access.store, Operation::Read, Role::Refresh(item));
        let item_read = Some(self.at_its_store(item));
        let asked = Asked { origin, frame: id, instance, store, operation, item: item_read, draw, role };
        let call = self.ask_store(asked);
        // A refusal may be back already.
        if self.store_calls.contains(call) {
            self.caches.begin_flight(item, scope);
        }
    }

    fn follow(&mut self, id: Id<Frame>, access: &Access, item: Item, scope: u32) {
        let follower = self.waits_without_operation(id, access.store, Role::Follow(None));
        self.counts.cache_met(item.cache.at(), |window| &mut window.followers);
        let Some(flight) = self.caches.flight(item, scope) else { return };
        if let Some(last) = flight.joins(follower) {
            self.store_calls[last].role = Role::Follow(Some(follower));
        }
    }

    /// The frame waits for something that is no operation of its own on a store.
    pub(super) fn waits_without_operation(
        &mut self,
        id: Id<Frame>,
        store: StoreId,
        role: Role,
    ) -> Id<StoreCall> {
        let (now, order) = (self.now(), self.next_order());
        let Frame { origin, instance, .. } = self.frames[id];
        let waits = self.store_calls.insert(StoreCall {
            frame: id,
            instance,
            incarnation: self.instances[instance as usize].incarnation,
            state: StoreState::Following,
            ..StoreCall::new((now, order), origin, store, role)
        });
        self.frames[id].child = Child::Store(waits);
        waits
    }

    /// A read after a miss is over: it fills the cache, and who followed goes on as its own frame does.
    pub(super) fn loaded(&mut self, call: &StoreCall, item: Item, outcome: Outcome) {
        let followers = self.end_flight_of(call, item);
        let refreshes = call.role == Role::Refresh(item);
        if outcome == Outcome::Success {
            *self.caches.last_load(item.cache) = self.agenda.now() - call.asked;
            if !refreshes {
                self.remember(call.frame, item);
            }
            let owner = &self.instances[call.instance as usize];
            if owner.up && owner.incarnation == call.incarnation {
                self.keep_near(call.instance, item, false);
            }
            let mut awaited = refreshes || self.somebody_waits(call.frame);
            let mut next = followers;
            while let Some(follower) = next {
                let (frame, after) = self.follower(follower);
                awaited |= self.waits_for(frame, follower) && self.somebody_waits(frame);
                next = after;
            }
            if awaited || self.plan.caches[item.cache.at()].late_fills || mutant!("late-fill-kept") {
                let token = if let Role::Load(_, token) = call.role { token } else { NO_TOKEN };
                self.bring(call, item, Brings::Item(token));
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
        let scope = match call.role {
            Role::Refresh(_) => self.refresh_scope(item.cache, call.instance),
            _ => self.scope(item.cache, call.instance)?,
        };
        self.caches.end_flight(item, scope)?.first
    }

    /// A read was given up before it had a connection: who followed it has to read, or to follow the first of them.
    pub(in crate::world) fn load_given_up(&mut self, call: &StoreCall) {
        let (Role::Load(item, _) | Role::Refresh(item)) = call.role else { return };
        let mut next = self.end_flight_of(call, item);
        while let Some(follower) = next {
            let (frame, after) = self.follower(follower);
            next = after;
            let waits = self.waits_for(frame, follower);
            self.store_calls.remove(follower);
            if waits && let Some(access) = self.access(frame) {
                self.frames[frame].child = Child::None;
                self.load(frame, &access, item, NO_TOKEN);
            }
        }
    }
}
