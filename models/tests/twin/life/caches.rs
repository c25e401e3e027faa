//! Caches: asked first, filled after a miss, by whoever read; equal misses may share a read.

mod fills;
mod loads;

use super::*;
use archsim_models::cache::{Cache, CacheSettings, LookUp, Room, TimeToLive};
use archsim_models::contents::{Contents, Expected};
use archsim_models::evcache::{Rotation, ZoneRead};
use archsim_models::placement::{ketama::Ring, mixed};

/// What a cache holds, by instance, or by node through all copies.
pub(super) struct Copies {
    pub(super) held: BTreeMap<usize, Contents>,
    /// By data set: the number of its first item.
    pub(super) first: Vec<u32>,
    /// By instance: which copies it turned to so far.
    turns: Vec<Rotation>,
    /// How long the last read took.
    pub(super) last_load: Span,
    /// By node and item: the last token, when it was handed out, and whether it is out.
    tokens: BTreeMap<(usize, u32), (u64, Time, Lease)>,
    /// By node and item: until when what was taken out may still be had.
    old: BTreeMap<(usize, u32), Time>,
    handed_out: u64,
    /// By instance: what it keeps by itself.
    near: BTreeMap<usize, Cache>,
    /// Copies that are not read.
    pub(super) cold: BTreeMap<u32, warmers::Cold>,
}

#[derive(Clone, Copy, PartialEq)]
enum Lease {
    Out,
    Filled,
    Withdrawn,
}

/// Cache, instance (or everybody), item.
pub(super) type Shared = (usize, usize, u32);

/// A read that others wait for.
pub(super) struct Flight {
    leader: Rc<Operate>,
    followers: Vec<(Rc<Run>, Wish)>,
}

/// What is found, and whether it has to be read anew.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Found {
    Nothing,
    /// Nothing, but its node has read it.
    Supplied,
    Leased(u64),
    Busy,
    Old,
    Fresh,
    Stale,
}

impl Found {
    fn is_hit(self) -> bool {
        matches!(self, Found::Fresh | Found::Stale | Found::Old)
    }
}

/// What a step behind a cache is about, and where its program goes on.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) access: Access,
    pub(super) number: u32,
    /// The same among the items of its data set.
    pub(super) drawn: u32,
    place: Place,
}

/// Copies that are still to be told, and who goes on where when they have been.
type Latched = Rc<(Cell<u32>, Rc<Run>, Place)>;

/// What is brought to a cache: the item, perhaps with a token, or that it is wrong.
enum Brings {
    Item(Option<u64>),
    Deletion(Option<Latched>),
}

const EVERYBODY: usize = usize::MAX;
/// Before the instance of one that does not share its reads.
const REFRESHES: usize = 1 << 32;

pub(super) fn copies(plan: &Plan, dice: Key) -> Vec<Copies> {
    let instances: u32 = plan.deployables.iter().map(Deployable::slots).sum();
    let each = plan.caches.iter().map(|cache| {
        let mut first = vec![0; plan.data.len()];
        let mut items = 0;
        for data in &cache.data {
            first[data.at()] = items;
            items += plan.data[data.at()].popularity.items();
        }
        let (count, nodes, copies) = match cache.place {
            CachePlace::Process => (instances, 1, 1),
            CachePlace::Servers { cluster, .. } => {
                (u32::from(cluster.size()), cluster.nodes, u32::from(cluster.copies))
            }
        };
        let room = match cache.settings.room {
            Room::Items(items) => Room::Items(items.div_ceil(u32::from(nodes))),
            Room::Bytes(bytes) => Room::Bytes(bytes.div_ceil(u64::from(nodes))),
            Room::Unbounded => Room::Unbounded,
        };
        let ever = TimeToLive { span: Span::FOREVER, sliding: false };
        let ttl = cache.settings.ttl.or(cache.negative.and(Some(ever)));
        let spare = |copy: u32| match cache.place {
            CachePlace::Servers { cluster, .. } if copy >= u32::from(cluster.shared()) => {
                Some(TimeToLive { span: cluster.gutter_ttl, sliding: false })
            }
            _ => ttl,
        };
        let new = |copy: u32| {
            let key = dice.with(cache.key).with(u64::from(copy));
            let settings = CacheSettings { room, ttl: spare(copy), ..cache.settings };
            (copy as usize, contents(plan, cache, settings, key))
        };
        let turns = vec![Rotation::new(copies); instances as usize];
        Copies {
            held: (0..count).map(new).collect(),
            first,
            turns,
            last_load: Span::ZERO,
            tokens: BTreeMap::new(),
            old: BTreeMap::new(),
            handed_out: 0,
            near: cache
                .near
                .iter()
                .flat_map(|&near| {
                    let key = dice.with(cache.key).with(Key::of_name("near"));
                    (0..instances as usize).map(move |at| (at, Cache::new(near, items, key.with(at as u64))))
                })
                .collect(),
            cold: BTreeMap::new(),
        }
    });
    each.collect()
}

/// What a node that has so much room holds: every item, or some of them and what is expected of the others.
fn contents(plan: &Plan, cache: &archsim_models::plan::Cache, settings: CacheSettings, key: Key) -> Contents {
    let items = cache.data.iter().map(|data| plan.data[data.at()].popularity.items()).sum();
    let Some(recent) = cache.expected else { return Contents::Kept(Cache::new(settings, items, key)) };
    let CachePlace::Servers { cluster, .. } = cache.place else { panic!("what is expected is on servers") };
    let set = &plan.data[cache.data[0].at()];
    let room = cache.settings.room.items(set.bytes);
    Contents::Expected(Box::new(Expected::new(&set.popularity, room, (cluster.nodes.into(), recent), key)))
}

/// A look-up in a cache's servers that somebody waits for, as long as `waits`.
pub(super) struct Looking {
    of: (usize, u32),
    life: Rc<Life>,
    waits: Rc<Cell<bool>>,
}

impl Twin {
    /// True if the program goes on at once.
    pub(super) fn access(&mut self, run: &Rc<Run>, access: Access, place: Place) -> bool {
        let plan = self.plan.clone();
        let wanted = Wanted { data: access.data, own_key: access.own_key };
        let drawn = self.drawn(run, wanted, (access.key, access.repeat, place.round));
        let path = run.path.with(access.key).with(u64::from(place.round));
        if access.operation == Operation::Write {
            self.write_behind(run, access, drawn, place, path);
            return false;
        }
        let Some(cache) = plan.cache_for(JourneyId(run.request.journey as u16), access.data) else {
            self.operate(
                run,
                (access.store.at(), Operation::Read, Some((access.data.at(), drawn)), path, access.cost),
                place,
            );
            return false;
        };
        let access = Access { cache, ..access };
        let cache = cache.at();
        let wish = Wish { access, number: self.caches[cache].first[access.data.at()] + drawn, drawn, place };
        // Whoever works for a user that is gone has nothing to carry it in.
        let carried = !run.request.settled.get() && run.request.known.borrow().contains(&access.data.at());
        if carried && self.carries(wish) {
            return true;
        }
        let now = self.now;
        let near = self.caches[cache].near.get_mut(&run.life.instance);
        if near.is_some_and(|near| near.look_up(now, wish.number) == LookUp::Hit) {
            self.count_cache(cache, now, true);
            self.remember(run, wish);
            return true;
        }
        match plan.caches[cache].place {
            CachePlace::Process => {
                let found = self.find(cache, run.life.instance, wish.number, path);
                self.count_cache(cache, self.now, found.is_hit());
                self.looked_up(run, wish, found, true)
            }
            CachePlace::Servers { cluster, .. } => {
                let throttled = self.is_throttled(run, wish);
                if throttled || !self.look_up_afar(run, wish, self.zone_read(run, cluster), 0) {
                    self.count_cache(cache, self.now, false);
                    self.fetch(run, wish, None);
                }
                false
            }
        }
    }

    /// Whether an instance looks the item up more often than it may, at this moment.
    fn is_throttled(&mut self, run: &Run, wish: Wish) -> bool {
        let (cache, at) = (wish.access.cache.at(), run.life.instance);
        let Limit::AtMost(most) = self.plan.caches[cache].throttle else { return false };
        let mut looking = std::mem::take(&mut self.looking);
        looking.retain(|it| it.waits.get() && self.lives(&it.life));
        let same =
            looking.iter().filter(|it| it.of == (cache, wish.number) && it.life.instance == at).count();
        self.looking = looking;
        same > most as usize
    }

    /// Its own copy first.
    fn zone_read(&self, run: &Run, cluster: CacheCluster) -> ZoneRead {
        let instance = &self.instances[run.life.instance];
        let place = self.zone_of(run.life.instance).map_or(instance.number, ZoneId::at);
        ZoneRead::new((place % usize::from(cluster.copies)) as u16, cluster.others)
    }

    /// The number of the item that a step is about.
    pub(super) fn drawn(&self, run: &Run, wanted: Wanted, (step, repeat, round): (u64, u32, u32)) -> u32 {
        let data = &self.plan.data[wanted.data.at()];
        let key = if wanted.own_key {
            run.keys.with(step).with(Key::of_name("keys")).with(u64::from(round))
        } else {
            self.whose_item(wanted.data, run.request.number, round)
        };
        let mut draws = Stream::keyed(key);
        self.item_asked(data, run.request.number, (repeat, round), &mut draws)
    }

    /// Drawn as users do, or as the job says.
    pub(super) fn item_asked(
        &self,
        data: &DataSet,
        request: u64,
        (repeat, round): (u32, u32),
        draws: &mut Stream,
    ) -> u32 {
        let items = data.popularity.items();
        let Some((kind, number)) = Job::of_request(request) else { return data.popularity.sample(draws) };
        match self.plan.workload.jobs[kind].keys {
            JobKeys::Popular => data.popularity.sample(draws),
            JobKeys::Uniform => draws.below(items),
            JobKeys::Scan => ((number * u64::from(repeat) + u64::from(round - 1)) % u64::from(items)) as u32,
        }
    }

    /// The item as its store knows it.
    pub(super) fn at_its_store(&self, wish: Wish) -> (usize, u32) {
        let data = wish.access.data.at();
        (data, wish.number - self.caches[wish.access.cache.at()].first[data])
    }

    /// Only a request's own first key is carried along.
    fn carries(&self, wish: Wish) -> bool {
        let cache = &self.plan.caches[wish.access.cache.at()];
        cache.once && !wish.access.own_key && wish.place.round == 1
    }

    fn remember(&self, run: &Run, wish: Wish) {
        if self.carries(wish) && !run.request.settled.get() {
            run.request.known.borrow_mut().insert(wish.access.data.at());
        }
    }

    fn find(&mut self, cache: usize, at: usize, number: u32, path: Key) -> Found {
        let (plan, now) = (self.plan.clone(), self.now);
        let settings = &plan.caches[cache];
        let copies = &mut self.caches[cache];
        let held = copies.held.get_mut(&at).expect("every node and every instance holds something");
        let until = held.until(number);
        if held.look_up(now, number) != LookUp::Hit {
            return Found::Nothing;
        }
        if settings.early <= 0.0 && settings.stale.is_zero() {
            return Found::Fresh;
        }
        let left = until.since(now);
        if left <= settings.stale {
            return Found::Stale;
        }
        let coin = libm::log(Stream::keyed(path.with(Key::of_name("early"))).unit());
        let gap = -copies.last_load.as_secs_f64() * settings.early * coin;
        let early = settings.early > 0.0 && until < Time::NEVER;
        if early && gap >= left.as_secs_f64() - settings.stale.as_secs_f64() {
            return Found::Nothing;
        }
        Found::Fresh
    }

    /// An instance has got an item.
    fn keep_near(&mut self, at: usize, wish: Wish) {
        let data = &self.plan.data[wish.access.data.at()];
        let (bytes, now, absent) = (data.bytes, self.now, data.lacks(wish.drawn));
        let near = self.caches[wish.access.cache.at()].near.get_mut(&at);
        if let Some(near) = near.filter(|_| !absent) {
            near.fill(now, wish.number, bytes);
        }
    }

    fn keep_near_if_there(&mut self, run: &Run, wish: Wish, process: u32) {
        let instance = &self.instances[run.life.instance];
        if instance.up && instance.process == process {
            self.keep_near(run.life.instance, wish);
        }
    }

    fn looked_up(&mut self, run: &Rc<Run>, wish: Wish, found: Found, at_once: bool) -> bool {
        if matches!(found, Found::Fresh | Found::Stale | Found::Supplied) {
            self.keep_near(run.life.instance, wish);
        }
        if found == Found::Supplied {
            self.remember(run, wish);
            self.go_on(run, wish.place);
            return false;
        }
        if !found.is_hit() {
            self.fetch(run, wish, if let Found::Leased(token) = found { Some(token) } else { None });
            return false;
        }
        self.remember(run, wish);
        if found == Found::Stale {
            self.refresh(run, wish);
        }
        if !at_once {
            self.go_on(run, wish.place);
        }
        true
    }

    /// The node of a copy to which an item belongs: of all nodes, or of those that are not out.
    pub(super) fn cache_node(&self, cache: usize, number: u32, copy: u32) -> (usize, usize) {
        let settings = &self.plan.caches[cache];
        let CachePlace::Servers { store, cluster, .. } = settings.place else { panic!("a cache on servers") };
        let nodes = usize::from(cluster.nodes);
        let first = copy as usize * nodes;
        let lives = |node: usize| {
            cluster.on_loss == OnLoss::Miss || self.stores[store.at() + first + node].out.is_none()
        };
        let mut living: Vec<usize> = (0..nodes).filter(|&node| lives(node)).collect();
        if living.is_empty() {
            living = (0..nodes).collect();
        }
        let node = match cluster.hashing {
            Hashing::Modulo => living[mixed(number) as usize % living.len()],
            Hashing::Ketama if nodes == 1 => 0,
            Hashing::Ketama => {
                // Only those that live have points: no other way round the ring is needed.
                let names: Vec<String> =
                    living.iter().map(|node| format!("{}#{}", settings.name, node + 1)).collect();
                let ring = Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
                living[ring.owner(mixed(number)) as usize]
            }
        };
        if cluster.gutter > 0 && self.stores[store.at() + first + node].out.is_some() {
            let spare = usize::from(cluster.shared()) + mixed(number) as usize % usize::from(cluster.gutter);
            return (store.at() + spare, spare);
        }
        (store.at() + first + node, first + node)
    }

    /// The next copy that is read is asked; false if there is none.
    fn look_up_afar(&mut self, run: &Rc<Run>, wish: Wish, mut read: ZoneRead, again: u32) -> bool {
        let (cache, at, start) = (wish.access.cache.at(), run.life.instance, self.now);
        let CachePlace::Servers { timeout, .. } = self.plan.caches[cache].place else { return false };
        let copies = &mut self.caches[cache];
        let Some(copy) = std::iter::from_fn(|| read.next(&mut copies.turns[at]))
            .find(|copy| !copies.cold.contains_key(copy))
        else {
            return false;
        };
        let (store, node) = self.cache_node(cache, wish.number, copy);
        let plain = run.path.with(wish.access.key).with(u64::from(wish.place.round));
        let path = plain.with(Key::of_name("look-up"));
        let path = if read.tries() == 1 { path } else { path.with(u64::from(read.tries())) };
        let path = if again == 0 { path } else { path.with(Key::of_name("again")).with(u64::from(again)) };
        let (waits, found) = (Rc::new(Cell::new(true)), Rc::new(Cell::new(Found::Nothing)));
        self.looking.push(Looking { of: (cache, wish.number), life: run.life.clone(), waits: waits.clone() });
        let finds = found.clone();
        let served: Serve = Rc::new(move |twin: &mut Twin, asks: &Rc<Operate>| {
            let found = twin.find(cache, node, wish.number, path);
            finds.set(if found == Found::Nothing { twin.lease(cache, (node, wish.number)) } else { found });
            let supplied = finds.get() == Found::Nothing && twin.supply(asks, wish, node, plain);
            if supplied {
                finds.set(Found::Supplied);
            }
            supplied
        });
        let (waiting, asks) = (waits.clone(), run.clone());
        let then: Then = Box::new(move |twin, outcome| {
            if waiting.replace(false) && twin.lives(&asks.life) {
                let (found, why) = match outcome {
                    Outcome::Failed(cause) => (Found::Nothing, cause),
                    _ => (found.get(), Cause::StoreOut),
                };
                twin.has_looked(&asks, wish, (found, why), (read, again), start);
            }
        });
        let operate = self.operation(
            (&run.request, &run.life, None),
            (store, Operation::Read, None, path, None),
            Some(served),
            then,
            Some(Box::new(|_| ())),
        );
        if operate.then.borrow().is_none() || timeout == Span::FOREVER {
            return true;
        }
        let (asks, rank) = (run.clone(), self.rank(run.request.number));
        self.at(self.now + timeout, Class::Timer, rank, move |twin| {
            if twin.lives(&asks.life) && waits.replace(false) {
                if twin.instances[at].process == operate.life.process && twin.leave_pool_line(&operate) {
                    operate.then.take();
                }
                twin.has_looked(&asks, wish, (Found::Nothing, Cause::Timeout), (read, again), start);
            }
        });
        true
    }

    /// One copy has answered, or takes too long.
    fn has_looked(
        &mut self,
        run: &Rc<Run>,
        wish: Wish,
        (found, why): (Found, Cause),
        (read, again): (ZoneRead, u32),
        start: Time,
    ) {
        let cache = wish.access.cache.at();
        if found == Found::Busy && self.pauses(run, wish, again) {
            return;
        }
        if found == Found::Nothing && self.look_up_afar(run, wish, read, again) {
            return;
        }
        self.count_cache(cache, start, found.is_hit());
        if found == Found::Nothing && self.plan.caches[cache].load != Load::Aside {
            return self.fail(run, why);
        }
        self.looked_up(run, wish, found, false);
    }

    /// Somebody else has the token: it asks again, unless it has done so often enough.
    fn pauses(&mut self, run: &Rc<Run>, wish: Wish, again: u32) -> bool {
        let settings = &self.plan.caches[wish.access.cache.at()];
        let (Some(leases), CachePlace::Servers { cluster, .. }) = (settings.leases, settings.place) else {
            return false;
        };
        if !leases.retries.admits(again) {
            return false;
        }
        // Its place in the order of all that was begun.
        self.scheduled += 1;
        run.life.stop.take();
        let (asks, rank) = (run.clone(), self.rank(run.request.number));
        self.at(self.now + leases.retry, Class::Timer, rank, move |twin| {
            if twin.lives(&asks.life) {
                let read = twin.zone_read(&asks, cluster);
                twin.look_up_afar(&asks, wish, read, again + 1);
            }
        });
        true
    }

    /// A process is gone: with it what it held, and its reads that had no connection yet.
    pub(super) fn caches_of_process_gone(&mut self, at: usize) {
        for cache in 0..self.caches.len() {
            let copies = &mut self.caches[cache];
            copies.turns[at].forget();
            if let Some(near) = copies.near.get_mut(&at) {
                near.clear();
            }
            if self.plan.caches[cache].place == CachePlace::Process {
                copies.held.get_mut(&at).expect("every instance has a copy").clear();
            }
        }
        let lines = &self.instances[at].pools;
        let waits = |flight: &Flight| {
            let line = &lines[flight.leader.store.get()].line;
            flight.leader.life.instance == at && line.iter().any(|it| Rc::ptr_eq(it, &flight.leader))
        };
        let given_up = self.flights.iter().filter(|(_, flight)| waits(flight));
        let mut given_up: Vec<(u64, Shared)> =
            given_up.map(|(shared, flight)| (flight.leader.order, *shared)).collect();
        given_up.sort_unstable();
        for (_, shared) in given_up {
            self.load_given_up(Some(shared));
        }
    }

    pub(super) fn flush(&mut self, cache: usize, from: u16, until: u16) {
        let local = self.plan.caches[cache].place == CachePlace::Process;
        let hit = |at: usize| local || (usize::from(from)..usize::from(until)).contains(&at);
        let copies = &mut self.caches[cache];
        copies.held.iter_mut().filter(|(at, _)| hit(**at)).for_each(|(_, held)| held.clear());
        copies.tokens.retain(|&(at, _), _| !hit(at));
        copies.old.retain(|&(at, _), _| !hit(at));
        self.copies_lost(cache, (from, until));
    }
}
