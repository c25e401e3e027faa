//! Caches in front of stores: look-ups, what is read after a miss, who waits for whose read, fills.
//!
//! ```text
//!   read --carried along by the request?--> goes on
//!        '-> look-up --hit--------------------------------------------------> goes on
//!              |   '--stale--> a read that nobody waits for, which fills ---> goes on
//!              |--somebody else has the token--> waits --> look-up again
//!              '--miss, failed or too late--> another copy is asked?
//!                             '--> somebody reads it already? --> follows them
//!                                  '--> reads the store --> fills --> goes on, with its followers
//!   write --> the store --> takes the item out of the cache --> waits for some of the copies? --> goes on
//! ```
//!
//! The cache is filled and emptied by its clients (look-aside, as with memcached), unless its servers read the store
//! themselves (read-through). On servers of its own it is made
//! of stores like any other, one for each node, with its line, its connections and its outages; fills and deletions
//! are operations that nobody waits for. In the process of an instance it costs nothing and dies with the process,
//! and a write reaches no copy but its own: the others keep what they have until it is too old.
//!
//! | file | what happens there |
//! |---|---|
//! | `copies` | what each node or process holds, and which node a key belongs to |
//! | `near` | what instances keep by themselves of what they have got |
//! | `look_up` | the cache is asked, one copy after the other |
//! | `load` | the store is read after a miss, by whom, and who follows |
//! | `lease` | who is handed a token, and who waits for its holder |
//! | `supply` | a node reads what it does not have |
//! | `unpooled` | what nodes ask for by themselves |
//! | `warmer` | a copy that has lost what it held is filled from another one |
//! | `latch` | a write waits until copies have been told |
//! | `fill` | an item is brought to the cache or taken out |

mod copies;
mod fill;
mod latch;
mod lease;
mod load;
mod look_up;
mod near;
mod supply;
mod unpooled;
mod warmer;

pub(super) use copies::Caches;
pub(super) use supply::{Behind, Supplier};

use archsim_sim::{Id, Key, Stream, mutant};

use super::World;
use super::entity::{Child, Frame, StoreCall};
use super::observe::Observer;
use super::store::Asked;
use crate::evcache::ZoneRead;
use crate::plan::{
    Access, CacheId, DataId, DataSet, Job, JobKeys, Operation, Session, Step, StoreId, Wanted,
};
use crate::record::Cause;

const KEYS: u64 = Key::of_name("keys");
/// Of users who have sessions.
const USERS: u64 = Key::of_name("users");

/// What an operation on a store has to do with a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing.
    Plain,
    /// It looks an item up on a cache's servers, and has found it or not; which copies were asked, and how often it was
    /// told to wait.
    LookUp(Item, Found, ZoneRead, u16),
    /// It waits before it looks an item up again; it was told so as often.
    Pause(Item, u16),
    /// It reads an item that a cache did not have; with what token it is brought there.
    Load(Item, u32),
    /// It reads an item for the node of a cache that was asked for it by that look-up, and does not have it.
    Supply(Item, Id<StoreCall>, StoreId),
    /// It reads an item that a cache had, but that was stale.
    Refresh(Item),
    /// It waits for another's load; the next follower is after it.
    Follow(Option<Id<StoreCall>>),
    /// It writes an item that a cache may have.
    Write(Item),
    /// It brings an item to a cache's servers, with a token.
    Fill(Item, u32),
    /// It takes an item from a cache's servers, and says so to a writer that waits.
    Delete(Item, Option<Id<StoreCall>>),
    /// It waits until enough copies have been told of its write.
    Latch,
    /// It reads an item for a copy that is being filled, in which that node is to have it.
    CopyFrom(Item, StoreId),
    /// It brings it there.
    CopyTo(Item, StoreId),
}

impl Role {
    /// The node of a cache that has asked for it, if no instance has.
    pub(super) fn node(self) -> Option<StoreId> {
        match self {
            Role::Supply(.., node) | Role::CopyFrom(_, node) | Role::CopyTo(_, node) => Some(node),
            _ => None,
        }
    }

    /// Whether a cache's node has asked for it, not an instance.
    pub(super) fn is_of_a_node(self) -> bool {
        self.node().is_some()
    }

    /// Whether the frame waits for it.
    pub(super) fn is_awaited(self) -> bool {
        !self.is_of_a_node() && !matches!(self, Role::Fill(..) | Role::Delete(..) | Role::Refresh(_))
    }
}

/// What a look-up finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing that may be used.
    Nothing,
    /// Nothing, and a token with which it may be brought.
    Leased(u32),
    /// Nothing, and somebody else has the token.
    Busy,
    /// Nothing, but the node has read the item.
    Supplied,
    /// What was taken out, while somebody else has the token.
    Old,
    /// The item.
    Fresh,
    /// The item, older than it should be: it may be used, and is to be read anew.
    Stale,
}

/// An item of a data set, as a cache knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    cache: CacheId,
    data: DataId,
    /// Its number in the cache, over all its data sets.
    number: u32,
}

impl<O: Observer> World<'_, O> {
    /// The item that the frame's current operation is about, as the cache at `access` knows it.
    fn item(&self, id: Id<Frame>, access: &Access) -> Item {
        let wanted = Wanted { data: access.data, own_key: access.own_key };
        let drawn = self.drawn(id, wanted, (access.key, access.repeat));
        Item { cache: access.cache, data: access.data, number: self.caches.first_item(access) + drawn }
    }

    /// The number of the item, in its data set, that the frame's current operation is about, one of `repeat`.
    pub(super) fn drawn(&self, id: Id<Frame>, wanted: Wanted, (step, repeat): (u64, u32)) -> u32 {
        let frame = &self.frames[id];
        let data = &self.plan.data[wanted.data.at()];
        let key = if wanted.own_key {
            frame.keys.with(step).with(KEYS).with(u64::from(frame.round))
        } else {
            self.request_key(wanted.data, frame.origin.rank, frame.round)
        };
        let mut draws = Stream::keyed(key);
        self.asked_item(data, frame.origin.rank, (repeat, frame.round), &mut draws)
    }

    /// Names the draw of the item of a data set that a request is about, the `round`-th of them: a session's user is
    /// the same in all of its requests.
    pub(super) fn request_key(&self, data: DataId, rank: u64, round: u32) -> Key {
        let number = self.layout.number_of(rank);
        let of_all = self.dice.with(KEYS).with(self.plan.data[data.at()].key);
        let whose = match &self.plan.workload.session {
            Some(session)
                if session.user == Some(data)
                    && round == 1
                    && Job::of_request(number).is_none()
                    && !mutant!("session-draws-its-user-anew") =>
            {
                of_all.with(USERS).with(Session::of_request(number))
            }
            _ => of_all.with(number),
        };
        whose.with(u64::from(round))
    }

    /// An item of the cache as stores know it.
    fn at_its_store(&self, item: Item) -> super::cluster::Item {
        (item.data, item.number - self.caches.first_item_of(item))
    }

    /// The number of the item that a request is about, the `round`-th of so many: drawn as users do, or as its job says.
    pub(super) fn asked_item(
        &self,
        data: &DataSet,
        rank: u64,
        (repeat, round): (u32, u32),
        draws: &mut Stream,
    ) -> u32 {
        let items = data.popularity.items();
        let job = Job::of_request(self.layout.number_of(rank));
        match job.map(|(kind, number)| (self.plan.workload.jobs[kind].keys, number)) {
            None | Some((JobKeys::Popular, _)) => data.popularity.sample(draws),
            Some((JobKeys::Uniform, _)) => draws.below(items),
            Some((JobKeys::Scan, number)) => {
                let passed = number * u64::from(repeat) + u64::from(round) - 1;
                (passed % u64::from(items)) as u32
            }
        }
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
            Some(Step::Cached(access)) => self.asked_first(frame.origin.journey, access),
            _ => None,
        }
    }

    /// The same, with the cache that requests of the journey ask; `None` if they ask none.
    fn asked_first(&self, journey: u16, access: &Access) -> Option<Access> {
        self.caches.asked_by(journey, access).map(|cache| Access { cache, ..*access })
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

    fn waits_for(&self, frame: Id<Frame>, call: Id<StoreCall>) -> bool {
        self.frames.get(frame).is_some_and(|frame| frame.child == Child::Store(call))
    }

    /// An operation that has to do with a cache is over; true if nothing is left to do for its frame.
    pub(super) fn settled_by_cache(
        &mut self,
        id: Id<StoreCall>,
        call: &StoreCall,
        outcome: crate::policy::Outcome,
    ) -> bool {
        use crate::policy::Outcome::Success;
        match call.role {
            Role::Plain | Role::Follow(_) | Role::Pause(..) | Role::Latch => false,
            Role::Fill(..) | Role::CopyTo(..) => true,
            Role::Delete(_, latch) => {
                if let Some(latch) = latch {
                    self.copy_told(latch);
                }
                true
            }
            Role::CopyFrom(item, node) => {
                if outcome == Success {
                    self.copy_to(call, item, node);
                }
                true
            }
            Role::LookUp(item, found, read, again) => {
                if self.waits_for(call.frame, id) {
                    let found = if outcome == Success { found } else { Found::Nothing };
                    let why = if let crate::policy::Outcome::Failed(cause) = outcome {
                        cause
                    } else {
                        Cause::StoreOut
                    };
                    self.looked_up((call.frame, call.windows), item, (found, why), (read, again));
                }
                true
            }
            Role::Supply(item, look_up, node) => {
                self.supplied((id, call), item, (look_up, node), outcome);
                true
            }
            Role::Load(item, _) => {
                self.loaded(call, item, outcome);
                false
            }
            Role::Refresh(item) => {
                self.loaded(call, item, outcome);
                true
            }
            Role::Write(item) => outcome == Success && self.written((id, call), item),
        }
    }
}

/// The bit of an item's data set among what a request carries along.
fn bit(item: Item) -> u64 {
    1 << (item.data.0 & 63)
}
