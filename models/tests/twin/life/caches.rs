//! Caches: asked first, filled after a miss, by whoever read; equal misses may share a read.

use super::*;
use archsim_models::cache::{Cache, LookUp};

/// What a cache holds, by copy: an instance's, or the only one.
pub(super) struct Copies {
    held: BTreeMap<usize, Cache>,
    /// By data set: the number of its first item.
    first: Vec<u32>,
}

/// Cache, instance (or everybody), item.
pub(super) type Shared = (usize, usize, u32);

/// A read that others wait for.
pub(super) struct Flight {
    leader: Rc<Operate>,
    followers: Vec<(Rc<Run>, Wish)>,
}

/// What a step behind a cache is about, and where its program goes on.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    access: Access,
    number: u32,
    place: Place,
}

const EVERYBODY: usize = usize::MAX;

pub(super) fn copies(plan: &Plan, dice: Key) -> Vec<Copies> {
    let instances: u32 = plan.deployables.iter().map(Deployable::slots).sum();
    let each = plan.caches.iter().map(|cache| {
        let mut first = vec![0; plan.data.len()];
        let mut items = 0;
        for data in &cache.data {
            first[data.at()] = items;
            items += plan.data[data.at()].popularity.items();
        }
        let count = if cache.place == CachePlace::Process { instances } else { 1 };
        let new = |copy: u32| {
            let key = dice.with(cache.key).with(u64::from(copy));
            (copy as usize, Cache::new(cache.settings, items, key))
        };
        Copies { held: (0..count).map(new).collect(), first }
    });
    each.collect()
}

impl Twin {
    /// True if the program goes on at once.
    pub(super) fn access(&mut self, run: &Rc<Run>, access: Access, place: Place) -> bool {
        let plan = self.plan.clone();
        let wanted = Wanted { data: access.data, own_key: access.own_key };
        let drawn = self.drawn(run, wanted, (access.key, place.round));
        let cache = access.cache.at();
        let wish = Wish { access, number: self.caches[cache].first[access.data.at()] + drawn, place };
        let path = run.path.with(access.key).with(u64::from(place.round));
        if access.operation == Operation::Write {
            self.write_behind(run, wish, path);
            return false;
        }
        // Whoever works for a user that is gone has nothing to carry it in.
        let carried = !run.request.settled.get() && run.request.known.borrow().contains(&access.data.at());
        if carried && self.carries(wish) {
            return true;
        }
        match plan.caches[cache].place {
            CachePlace::Process => {
                let hit = self.is_held(cache, run.life.instance, wish.number);
                self.count_cache(cache, self.now, hit);
                self.looked_up(run, wish, hit, true)
            }
            CachePlace::Servers { store, timeout } => {
                self.look_up_afar(run, wish, (store.at(), path.with(Key::of_name("look-up"))), timeout);
                false
            }
        }
    }

    /// The number of the item that a step is about.
    pub(super) fn drawn(&self, run: &Run, wanted: Wanted, (step, round): (u64, u32)) -> u32 {
        let data = &self.plan.data[wanted.data.at()];
        let keys = Key::of_name("keys");
        let key = if wanted.own_key {
            run.path.with(step).with(keys)
        } else {
            self.dice.with(keys).with(data.key).with(run.request.number)
        };
        data.popularity.sample(&mut Stream::keyed(key.with(u64::from(round))))
    }

    /// The item as its store knows it.
    fn at_its_store(&self, wish: Wish) -> (usize, u32) {
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

    fn copy(&mut self, cache: usize, instance: usize) -> &mut Cache {
        let held = &mut self.caches[cache].held;
        let copy = if self.plan.caches[cache].place == CachePlace::Process { instance } else { 0 };
        held.get_mut(&copy).expect("every instance has a copy")
    }

    fn is_held(&mut self, cache: usize, instance: usize, number: u32) -> bool {
        let now = self.now;
        self.copy(cache, instance).look_up(now, number) == LookUp::Hit
    }

    fn looked_up(&mut self, run: &Rc<Run>, wish: Wish, hit: bool, at_once: bool) -> bool {
        if !hit {
            self.fetch(run, wish);
            return false;
        }
        self.remember(run, wish);
        if !at_once {
            self.go_on(run, wish.place);
        }
        true
    }

    fn look_up_afar(&mut self, run: &Rc<Run>, wish: Wish, (store, path): (usize, Key), timeout: Span) {
        let (cache, at, start) = (wish.access.cache.at(), run.life.instance, self.now);
        let (waits, found) = (Rc::new(Cell::new(true)), Rc::new(Cell::new(false)));
        let finds = found.clone();
        let served: Go = Box::new(move |twin| finds.set(twin.is_held(cache, at, wish.number)));
        let (waiting, asks) = (waits.clone(), run.clone());
        let then: Then = Box::new(move |twin, outcome| {
            if waiting.replace(false) && twin.lives(&asks.life) {
                let hit = found.get() && outcome == Outcome::Success;
                twin.count_cache(cache, start, hit);
                twin.looked_up(&asks, wish, hit, false);
            }
        });
        let operate = self.operation(
            (&run.request, &run.life),
            (store, Operation::Read, None, path),
            Some(served),
            then,
            Some(Box::new(|_| ())),
        );
        if operate.then.borrow().is_none() || timeout == Span::FOREVER {
            return;
        }
        let (asks, rank) = (run.clone(), self.rank(run.request.number));
        self.at(self.now + timeout, Class::Timer, rank, move |twin| {
            if twin.lives(&asks.life) && waits.replace(false) {
                if twin.instances[at].process == operate.life.process && twin.leave_pool_line(&operate) {
                    operate.then.take();
                }
                twin.count_cache(cache, start, false);
                twin.looked_up(&asks, wish, false, false);
            }
        });
    }

    fn shared(&self, wish: Wish, instance: usize) -> Option<Shared> {
        let cache = wish.access.cache.at();
        match self.plan.caches[cache].coalesce {
            Coalesce::None => None,
            Coalesce::Instance => Some((cache, instance, wish.number)),
            Coalesce::Cache => Some((cache, EVERYBODY, wish.number)),
        }
    }

    /// Somebody's read is waited for, or the store is read.
    fn fetch(&mut self, run: &Rc<Run>, wish: Wish) {
        let shared = self.shared(wish, run.life.instance);
        if let Some(flight) = shared.and_then(|shared| self.flights.get_mut(&shared)) {
            // Its place in the order of all that was begun.
            self.scheduled += 1;
            flight.followers.push((run.clone(), wish));
            run.life.stop.take();
            return;
        }
        let path = run.path.with(wish.access.key).with(u64::from(wish.place.round));
        let reads = run.clone();
        let process = run.life.process;
        let then: Then = Box::new(move |twin, outcome| {
            twin.loaded(&reads, wish, path, process, outcome);
        });
        let gone: Go = Box::new(move |twin| twin.load_given_up(shared));
        let operate = self.operation(
            (&run.request, &run.life),
            (wish.access.store.at(), Operation::Read, Some(self.at_its_store(wish)), path),
            None,
            then,
            Some(gone),
        );
        if let Some(shared) = shared
            && operate.then.borrow().is_some()
        {
            self.flights.insert(shared, Flight { leader: operate, followers: Vec::new() });
        }
    }

    fn loaded(&mut self, run: &Rc<Run>, wish: Wish, path: Key, process: u32, outcome: Outcome) {
        let instance = run.life.instance;
        let flight = self.shared(wish, instance).and_then(|shared| self.flights.remove(&shared));
        let followers = flight.map(|flight| flight.followers).unwrap_or_default();
        if outcome == Outcome::Success {
            if self.lives(&run.life) {
                self.remember(run, wish);
            }
            let waits = |run: &Run| self.lives(&run.life) && !run.request.settled.get();
            let awaited = waits(run) || followers.iter().any(|(run, _)| waits(run));
            if awaited || self.plan.caches[wish.access.cache.at()].late_fills {
                self.bring(run, wish, path, process, true);
            }
        }
        for (follower, wish) in followers {
            if self.lives(&follower.life) {
                if outcome == Outcome::Success {
                    self.remember(&follower, wish);
                }
                self.has_it(&follower, wish, outcome);
            }
        }
        if self.lives(&run.life) {
            self.has_it(run, wish, outcome);
        }
    }

    fn has_it(&mut self, run: &Rc<Run>, wish: Wish, outcome: Outcome) {
        match outcome {
            Outcome::Failed(cause) => self.fail(run, cause),
            _ => self.go_on(run, wish.place),
        }
    }

    fn load_given_up(&mut self, shared: Option<Shared>) {
        let Some(flight) = shared.and_then(|shared| self.flights.remove(&shared)) else { return };
        for (follower, wish) in flight.followers {
            if self.lives(&follower.life) {
                self.fetch(&follower, wish);
            }
        }
    }

    /// A process is gone: with it what it held, and its reads that had no connection yet.
    pub(super) fn caches_of_process_gone(&mut self, at: usize) {
        for cache in 0..self.caches.len() {
            if self.plan.caches[cache].place == CachePlace::Process {
                self.copy(cache, at).clear();
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

    pub(super) fn flush(&mut self, cache: usize) {
        self.caches[cache].held.values_mut().for_each(Cache::clear);
    }

    fn write_behind(&mut self, run: &Rc<Run>, wish: Wish, path: Key) {
        let (writes, process) = (run.clone(), run.life.process);
        let then: Then = Box::new(move |twin, outcome| {
            if outcome == Outcome::Success {
                twin.bring(&writes, wish, path, process, false);
            }
            if twin.lives(&writes.life) {
                twin.has_it(&writes, wish, outcome);
            }
        });
        self.operation(
            (&run.request, &run.life),
            (wish.access.store.at(), Operation::Write, Some(self.at_its_store(wish)), path),
            None,
            then,
            Some(Box::new(|_| ())),
        );
    }

    /// Brings an item to the cache, or takes it out.
    fn bring(&mut self, run: &Rc<Run>, wish: Wish, path: Key, process: u32, fills: bool) {
        let (cache, at) = (wish.access.cache.at(), run.life.instance);
        if !self.instances[at].up || self.instances[at].process != process {
            return;
        }
        let bytes = self.plan.data[wish.access.data.at()].bytes;
        let change: Go = Box::new(move |twin| {
            let now = twin.now;
            let copy = twin.copy(cache, at);
            if fills {
                copy.fill(now, wish.number, bytes);
            } else {
                copy.delete(wish.number);
            }
        });
        match self.plan.caches[cache].place {
            CachePlace::Process => change(self),
            CachePlace::Servers { store, .. } => {
                let life = self.new_life(at);
                let path = path.with(Key::of_name("fill"));
                let nobody: Then = Box::new(|_, _| ());
                self.operation(
                    (&run.request, &life),
                    (store.at(), Operation::Write, None, path),
                    Some(change),
                    nobody,
                    None,
                );
            }
        }
    }
}
