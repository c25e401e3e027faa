//! What each node or process of a cache holds, and which node a key belongs to.

use archsim_sim::{Key, Span, Stream, Time, mutant};
use hashbrown::HashTable;

use super::Item;
use super::load::Flight;
use super::warmer::Warmth;
use crate::cache::leases::LeaseTable;
use crate::cache::{Cache, CacheSettings, Room, TimeToLive};
use crate::contents::{Contents, Expected};
use crate::evcache::{Rotation, ZoneRead};
use crate::placement::ketama::Ring;
use crate::placement::{mixed, modulo};
use crate::plan::{
    self, Access, CacheCluster, CacheId, CachePlace, DataId, DataSet, Hashing, JourneyId, OnLoss, Plan, Step,
};
use crate::world::instance::Instance;

const NEAR: u64 = Key::of_name("near");
const WARM: u64 = Key::of_name("warm");

/// All caches of a world.
pub(crate) struct Caches {
    all: Vec<Copies>,
    /// By journey and data set: the cache that is asked first. Empty where a data set has at most one cache, for all.
    apart: Vec<Option<CacheId>>,
    data: usize,
    /// Never walked: only asked for one flight at a time.
    pub(super) flights: HashTable<Flight>,
}

/// A cache's copies.
struct Copies {
    /// Of each node, those of a copy together; in processes of each instance, if it uses the cache.
    held: Vec<Option<Contents>>,
    in_processes: bool,
    /// Of each node, the tokens that it hands out, if it does.
    leases: Vec<LeaseTable>,
    /// Of each instance, what it keeps by itself.
    near: Vec<Option<Cache>>,
    /// Of each copy, how far it is, where there is a warmer.
    warmth: Vec<Warmth>,
    /// How many items there are in all.
    items: u32,
    /// By data set: the number of its first item.
    first_items: Vec<u32>,
    /// Where keys are placed by a ring.
    ring: Option<Ring>,
    /// By instance: whose turn it is among the copies, where there are several.
    rotations: Vec<Rotation>,
    /// How long the last read after a miss took.
    last_load: Span,
}

impl Caches {
    pub(crate) fn new(plan: &Plan, instances: &[Instance], dice: Key) -> Self {
        let caches = (0..plan.caches.len() as u16).map(|at| Copies::new(plan, CacheId(at), instances, dice));
        Caches { all: caches.collect(), apart: apart(plan), data: plan.data.len(), flights: HashTable::new() }
    }

    /// The cache that a request of this journey asks first, if any.
    pub(super) fn asked_by(&self, journey: u16, access: &Access) -> Option<CacheId> {
        if self.apart.is_empty() {
            return Some(access.cache);
        }
        self.apart[usize::from(journey) * self.data + access.data.at()]
    }

    /// All caches that hold items of a data set.
    pub(super) fn of_data(plan: &Plan, data: DataId) -> impl Iterator<Item = CacheId> {
        let holds = move |at: &u16| plan.caches[usize::from(*at)].data.contains(&data);
        (0..plan.caches.len() as u16).filter(holds).map(CacheId)
    }

    /// What a node holds, or an instance; nothing in the process of one that never asks.
    pub(super) fn held(&mut self, cache: CacheId, at: u32) -> Option<&mut Contents> {
        self.all[cache.at()].held[at as usize].as_mut()
    }

    /// What an instance keeps by itself, if it does.
    pub(super) fn near(&mut self, cache: CacheId, instance: u32) -> Option<&mut Cache> {
        self.all[cache.at()].near.get_mut(instance as usize)?.as_mut()
    }

    /// Whether a node has an item that may be used; nothing hears of the question.
    pub(super) fn holds(&self, now: Time, item: Item, at: u32) -> bool {
        self.all[item.cache.at()].held[at as usize].as_ref().is_some_and(|held| held.holds(now, item.number))
    }

    /// How far a copy is, where there is a warmer.
    pub(super) fn warmth(&self, cache: CacheId, copy: u32) -> Option<Warmth> {
        self.all[cache.at()].warmth.get(copy as usize).copied()
    }

    pub(super) fn warmth_mut(&mut self, cache: CacheId, copy: u32) -> Option<&mut Warmth> {
        self.all[cache.at()].warmth.get_mut(copy as usize)
    }

    /// How many items a cache is about.
    pub(super) fn items(&self, cache: CacheId) -> u32 {
        self.all[cache.at()].items
    }

    /// A cache's item of that number, which is below `items`.
    pub(super) fn numbered(&self, plan: &Plan, cache: CacheId, number: u32) -> Item {
        let first = |data: &DataId| self.all[cache.at()].first_items[data.at()];
        let sets = &plan.caches[cache.at()].data;
        let data = sets.iter().copied().filter(|data| first(data) <= number).max_by_key(first);
        Item { cache, data: data.unwrap_or(DataId(0)), number }
    }

    /// The tokens that a node hands out, if it does.
    pub(super) fn leases(&mut self, cache: CacheId, at: u32) -> Option<&mut LeaseTable> {
        self.all[cache.at()].leases.get_mut(at as usize)
    }

    pub(super) fn first_item(&self, access: &Access) -> u32 {
        self.all[access.cache.at()].first_items[access.data.at()]
    }

    pub(super) fn first_item_of(&self, item: Item) -> u32 {
        self.all[item.cache.at()].first_items[item.data.at()]
    }

    /// The next copy that a read of an instance asks: whose turn it is, of those that are read.
    pub(super) fn next_copy(&mut self, cache: CacheId, instance: u32, read: &mut ZoneRead) -> Option<u32> {
        let copies = &mut self.all[cache.at()];
        let mut only = Rotation::new(1);
        let rotation = copies.rotations.get_mut(instance as usize).unwrap_or(&mut only);
        loop {
            let copy = read.next(rotation)?;
            if copies.warmth.get(copy as usize).is_none_or(|warmth| !warmth.cold) {
                return Some(copy);
            }
        }
    }

    pub(super) fn last_load(&mut self, cache: CacheId) -> &mut Span {
        &mut self.all[cache.at()].last_load
    }

    /// The node of a copy that an item belongs to, if these nodes live.
    pub(super) fn node(&self, item: Item, cluster: CacheCluster, lives: impl Fn(u32) -> bool) -> u32 {
        let (hash, nodes) = (mixed(item.number), u32::from(cluster.nodes));
        let ring = self.all[item.cache.at()].ring.as_ref();
        match (ring, cluster.on_loss) {
            (Some(ring), OnLoss::Miss) if !mutant!("ring-always-rehashes") => ring.owner(hash),
            (Some(ring), _) => ring.owner_among(hash, lives).unwrap_or_else(|| ring.owner(hash)),
            (None, OnLoss::Rehash) if nodes > 1 => {
                let living = (0..nodes).filter(|&node| lives(node)).count() as u32;
                let chosen = modulo::owner(hash, living.max(1));
                let mut alive = (0..nodes).filter(|&node| lives(node));
                alive.nth(chosen as usize).unwrap_or_else(|| modulo::owner(hash, nodes))
            }
            _ => modulo::owner(hash, nodes),
        }
    }

    /// Nodes lose what they hold; what is in processes is lost as a whole.
    pub(crate) fn lose(&mut self, cache: CacheId, from: u16, until: u16) {
        let copies = &mut self.all[cache.at()];
        let hit = if copies.in_processes { 0..usize::MAX } else { usize::from(from)..usize::from(until) };
        let held = copies.held.iter_mut().enumerate().filter(|(at, _)| hit.contains(at));
        held.filter_map(|(_, held)| held.as_mut()).for_each(Contents::clear);
        let leases = copies.leases.iter_mut().enumerate().filter(|(at, _)| hit.contains(at));
        leases.for_each(|(_, leases)| leases.clear());
    }

    /// An instance's process is gone, and what it held and knew.
    pub(crate) fn process_gone(&mut self, instance: u32) {
        for copies in &mut self.all {
            if let Some(rotation) = copies.rotations.get_mut(instance as usize) {
                rotation.forget();
            }
            if let Some(Some(near)) = copies.near.get_mut(instance as usize) {
                near.clear();
            }
            if copies.in_processes
                && let Some(held) = &mut copies.held[instance as usize]
            {
                held.clear();
            }
        }
    }
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
        let mut copies = Copies {
            held: Vec::new(),
            in_processes: cache.place == CachePlace::Process,
            leases: Vec::new(),
            warmth: Vec::new(),
            near: Vec::new(),
            items,
            first_items,
            ring: None,
            rotations: Vec::new(),
            last_load: Span::ZERO,
        };
        let dice = dice.with(cache.key);
        let first = cache.expected.map(|recent| expected(plan, cache, recent));
        let new = |settings: CacheSettings, at: u32| {
            let dice = dice.with(u64::from(at));
            let kept = || Contents::Kept(Cache::new(settings, items, dice));
            first.as_ref().map_or_else(kept, |first| Contents::Expected(Box::new(first.another(dice))))
        };
        match cache.place {
            CachePlace::Servers { cluster, .. } => {
                let CacheCluster { nodes, copies: full, hashing, .. } = cluster;
                copies.ring = (nodes > 1 && hashing == Hashing::Ketama).then(|| ring(cache, nodes));
                if full > 1 {
                    copies.rotations = vec![Rotation::new(u32::from(full)); instances.len()];
                }
                if let Some(leases) = cache.leases {
                    let table = LeaseTable::new(leases.every, leases.old);
                    let size = u32::from(cluster.size());
                    copies.leases = (0..size).map(|at| table.clone().of_several(at, size)).collect();
                }
                if let Some(near) = cache.near {
                    let dice = dice.with(NEAR);
                    let new = |at: u32| Cache::new(near, items, dice.with(u64::from(at)));
                    let each = (0..).zip(instances);
                    copies.near = each
                        .map(|(at, instance)| uses(plan, instance.deployable, id).then(|| new(at)))
                        .collect();
                }
                if cluster.warmer.is_some() {
                    copies.warmth = vec![Warmth::default(); usize::from(full)];
                }
                let settings = |at| of_a_node(in_general(cache), cluster, at);
                copies.held = (0..u32::from(cluster.size())).map(|at| Some(new(settings(at), at))).collect();
            }
            CachePlace::Process => {
                let uses = |instance: &Instance| uses(plan, instance.deployable, id);
                let each = (0..).zip(instances);
                copies.held =
                    each.map(|(at, instance)| uses(instance).then(|| new(in_general(cache), at))).collect();
            }
        }
        if cache.warm {
            copies.warm_up(plan, cache, dice);
        }
        copies
    }

    fn warm_up(&mut self, plan: &Plan, cache: &plan::Cache, dice: Key) {
        for at in 0..self.held.len() {
            let Some(mut held) = self.held[at].take() else { continue };
            let belongs = |number: u32| match cache.place {
                CachePlace::Process => true,
                CachePlace::Servers { cluster, .. } => {
                    let (hash, nodes) = (mixed(number), u32::from(cluster.nodes));
                    let owner =
                        self.ring.as_ref().map_or_else(|| modulo::owner(hash, nodes), |it| it.owner(hash));
                    at < usize::from(cluster.shared()) && owner == at as u32 % nodes
                }
            };
            let dice = dice.with(WARM).with(at as u64);
            warm_up(&mut held, plan, cache, &self.first_items, belongs, dice);
            self.held[at] = Some(held);
        }
    }
}

/// By journey and data set: the cache that serves it; nothing where none is for some journeys only.
fn apart(plan: &Plan) -> Vec<Option<CacheId>> {
    if plan.caches.iter().all(|cache| cache.serves.is_none()) {
        return Vec::new();
    }
    let journeys = 0..plan.journeys.len() as u16;
    let each = journeys.flat_map(|journey| {
        (0..plan.data.len() as u16).map(move |data| plan.cache_for(JourneyId(journey), DataId(data)))
    });
    each.collect()
}

/// The ring of a copy's nodes.
fn ring(cache: &plan::Cache, nodes: u16) -> Ring {
    let names: Vec<String> = (1..=nodes).map(|node| format!("{}#{node}", cache.name)).collect();
    Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a cache says of all that it holds. Where answers that there is no item are kept for a time, items have an end too.
fn in_general(cache: &plan::Cache) -> CacheSettings {
    let ever = TimeToLive { span: Span::FOREVER, sliding: false };
    let ttl = cache.settings.ttl.or_else(|| cache.negative.map(|_| ever));
    CacheSettings { ttl, ..cache.settings }
}

/// The room of a copy, shared evenly among its nodes; a spare one keeps nothing for long.
fn of_a_node(settings: CacheSettings, cluster: CacheCluster, at: u32) -> CacheSettings {
    let room = match settings.room {
        Room::Items(items) => Room::Items(items.div_ceil(u32::from(cluster.nodes))),
        Room::Bytes(bytes) => Room::Bytes(bytes.div_ceil(u64::from(cluster.nodes))),
        Room::Unbounded => Room::Unbounded,
    };
    let is_spare = at >= u32::from(cluster.shared());
    let ttl =
        if is_spare { Some(TimeToLive { span: cluster.gutter_ttl, sliding: false }) } else { settings.ttl };
    CacheSettings { room, ttl, ..settings }
}

/// What each node of a cache holds that does not remember its items one by one.
fn expected(plan: &Plan, cache: &plan::Cache, recent: u32) -> Expected {
    let set = &plan.data[cache.data[0].at()];
    let nodes = match cache.place {
        CachePlace::Servers { cluster, .. } => u32::from(cluster.nodes),
        CachePlace::Process => 1,
    };
    Expected::new(&set.popularity, cache.settings.room.items(set.bytes), (nodes, recent), Key::new(0, 0))
}

/// Whether a deployable runs a program that asks the cache.
fn uses(plan: &Plan, deployable: usize, cache: CacheId) -> bool {
    let programs = plan.programs.iter().filter(|program| program.deployable.at() == deployable);
    let mut steps = programs.flat_map(|program| program.blocks.iter().flatten());
    let holds = |data| plan.caches[cache.at()].data.contains(&data);
    steps.any(|step| matches!(step, Step::Cached(access) if holds(access.data)))
}

/// Fills what is held with the most popular items, so that the most popular of all was used last; what is not
/// remembered item by item is as after a long time of use. Room is shared among
/// the data sets by their size. Where items live for a time, each has lived for a random part of it. A node of several
/// gets those that belong to it, of as many as the whole copy has room for.
fn warm_up(
    held: &mut Contents,
    plan: &Plan,
    cache: &plan::Cache,
    first_items: &[u32],
    belongs: impl Fn(u32) -> bool,
    dice: Key,
) {
    if let Contents::Expected(expected) = held {
        expected.warm_up();
        return;
    }
    let sets = cache.data.iter().map(|data| &plan.data[data.at()]);
    let share = cache.settings.room.share(sets.map(|set| (set.popularity.items(), set.bytes)));
    let mut ages = Stream::keyed(dice);
    for data in &cache.data {
        let set: &DataSet = &plan.data[data.at()];
        let most = (f64::from(set.popularity.items()) * share) as u32;
        let first = first_items[data.at()];
        let there = (0..most).rev().filter(|&item| !set.lacks(item) && belongs(first + item));
        for item in there {
            let until = cache
                .settings
                .ttl
                .map_or(Time::NEVER, |ttl| Time::ZERO + ttl.span.scaled(ages.unit()) + cache.stale);
            held.fill_until(until, first + item, set.bytes);
        }
    }
}
