//! A copy of a cache that has lost what it held is filled from another one, an item at a time.

use super::*;

/// A copy that is not read.
pub(super) struct Cold {
    /// Which loss it was, among all.
    turn: u64,
    comes: bool,
    next: u32,
}

impl Twin {
    fn cluster(&self, cache: usize) -> Option<(usize, CacheCluster)> {
        match self.plan.caches[cache].place {
            CachePlace::Servers { store, cluster, .. } => Some((store.at(), cluster)),
            CachePlace::Process => None,
        }
    }

    pub(super) fn copies_lost(&mut self, cache: usize, (from, until): (u16, u16)) {
        let Some((_, cluster)) = self.cluster(cache).filter(|it| it.1.warmer.is_some()) else { return };
        let nodes = u32::from(cluster.nodes);
        let of = |copy: &u32| copy * nodes..(copy + 1) * nodes;
        let lost = |copy: &u32| of(copy).any(|node| (u32::from(from)..u32::from(until)).contains(&node));
        let lost: Vec<u32> = (0..u32::from(cluster.copies)).filter(lost).collect();
        for &copy in &lost {
            self.scheduled += 1;
            let cold = Cold { turn: self.scheduled, comes: false, next: 0 };
            self.caches[cache].cold.insert(copy, cold);
        }
        for copy in lost {
            self.fill_if_up(cache, copy);
        }
    }

    pub(super) fn copies_may_be_filled(&mut self) {
        for cache in 0..self.caches.len() {
            let cold: Vec<u32> = self.caches[cache].cold.keys().copied().collect();
            for copy in cold {
                self.fill_if_up(cache, copy);
            }
        }
    }

    fn is_up(&self, cache: usize, copy: u32) -> bool {
        let Some((store, cluster)) = self.cluster(cache) else { return false };
        let first = store + copy as usize * usize::from(cluster.nodes);
        self.stores[first..first + usize::from(cluster.nodes)].iter().all(|node| node.out.is_none())
    }

    /// The next copy that is read.
    fn source(&self, cache: usize, copy: u32) -> Option<u32> {
        let copies = self.cluster(cache).map_or(1, |it| u32::from(it.1.copies));
        let others = (copy + 1..copies).chain(0..copy);
        others.into_iter().find(|other| !self.caches[cache].cold.contains_key(other))
    }

    fn fill_if_up(&mut self, cache: usize, copy: u32) {
        if !self.is_up(cache, copy) {
            return;
        }
        if self.source(cache, copy).is_none()
            && self.caches[cache].cold.get(&copy).is_some_and(|it| !it.comes)
        {
            self.caches[cache].cold.remove(&copy);
        }
        if let Some(cold) = self.caches[cache].cold.get_mut(&copy).filter(|cold| !cold.comes) {
            cold.comes = true;
            let turn = cold.turn;
            self.next_comes(cache, copy, turn);
        }
    }

    fn next_comes(&mut self, cache: usize, copy: u32, turn: u64) {
        let Some(every) = self.cluster(cache).and_then(|it| it.1.warmer) else { return };
        self.at(self.now + every, Class::Timer, 0, move |twin| twin.fills(cache, copy, turn));
    }

    fn fills(&mut self, cache: usize, copy: u32, turn: u64) {
        let up = self.is_up(cache, copy);
        let Some(cold) = self.caches[cache].cold.get_mut(&copy).filter(|cold| cold.turn == turn) else {
            return;
        };
        if !up {
            cold.comes = false;
            return;
        }
        let next = cold.next;
        let items: u32 =
            self.plan.caches[cache].data.iter().map(|it| self.plan.data[it.at()].popularity.items()).sum();
        let source = self.source(cache, copy);
        let found =
            source.and_then(|source| (next..items).find(|&item| self.holder(cache, item, source).is_some()));
        let (Some(source), Some(item)) = (source, found) else {
            self.caches[cache].cold.remove(&copy);
            return;
        };
        self.caches[cache].cold.get_mut(&copy).expect("it is cold").next = item + 1;
        let path = self.dice.with(self.plan.caches[cache].key).with(Key::of_name("warmer"));
        let path = path.with(u64::from(copy)).with(u64::from(item));
        let (from, _) = self.cache_node(cache, item, source);
        let (to, place) = self.cache_node(cache, item, copy);
        let then: Then = Box::new(move |twin, outcome| {
            if outcome == Outcome::Success {
                let served: Serve = Rc::new(move |twin: &mut Twin, _: &Rc<Operate>| {
                    twin.copied(cache, item, (copy, place));
                    false
                });
                let path = path.with(Key::of_name("back"));
                twin.ask_for_node((to, Operation::Write, path), to, Some(served), Box::new(|_, _| ()));
            }
        });
        self.ask_for_node((from, Operation::Read, path), to, None, then);
        self.next_comes(cache, copy, turn);
    }

    /// The node of a copy that has an item which may be used.
    fn holder(&self, cache: usize, item: u32, copy: u32) -> Option<usize> {
        let (_, node) = self.cache_node(cache, item, copy);
        self.caches[cache].held[&node].holds(self.now, item).then_some(node)
    }

    fn copied(&mut self, cache: usize, item: u32, (copy, place): (u32, usize)) {
        let copies = self.cluster(cache).map_or(1, |it| u32::from(it.1.copies));
        let others = (copy + 1..copies).chain(0..copy);
        let mut read = others.filter(|other| !self.caches[cache].cold.contains_key(other));
        let Some(from) = read.find_map(|other| self.holder(cache, item, other)) else { return };
        let until = self.caches[cache].held[&from].until(item);
        let sets = &self.plan.caches[cache].data;
        let set =
            sets.iter().rev().find(|set| self.caches[cache].first[set.at()] <= item).expect("its data set");
        let bytes = self.plan.data[set.at()].bytes;
        self.caches[cache].held.get_mut(&place).expect("a node").fill_until(until, item, bytes);
    }

    /// An operation that nobody asked for.
    fn ask_for_node(
        &mut self,
        (store, operation, path): (usize, Operation, Key),
        node: usize,
        served: Option<Serve>,
        then: Then,
    ) {
        self.scheduled += 1;
        let settings = &self.plan.stores[store];
        let span = if operation == Operation::Read { &settings.read } else { &settings.write };
        let nobody = Request {
            number: 0,
            journey: 0,
            whose: sessions::Whose::Once,
            start: self.now,
            settled: Cell::new(true),
            known: RefCell::default(),
            wrote: RefCell::default(),
            path,
            zone: None,
            home: None,
            asks: 1,
        };
        let operate = Rc::new(Operate {
            request: Rc::new(nobody),
            life: self.new_life(0),
            path,
            store: Cell::new(store),
            operation,
            item: None,
            over: None,
            work: Span::ZERO,
            service: span.sample(&mut Stream::keyed(path)),
            start: self.now,
            order: self.scheduled,
            connected: Cell::new(settings.connections.admits(self.open_connections(store))),
            connection: Cell::new(0),
            begun: Cell::new(0),
            part: transactions::Part::Alone,
            awaits: Cell::new(false),
            ends: Cell::new(false),
            served,
            node: Some(node),
            then: RefCell::new(Some(then)),
        });
        self.count_store(store, self.now, false);
        if !operate.connected.get() {
            return self.answer_operation(&operate, Outcome::Failed(Cause::NoConnection));
        }
        self.stores[store].connections += 1;
        let reaches = operate.clone();
        self.over_the_wire(&operate, Span::ZERO, Class::Arrival, move |twin| twin.at_the_store(&reaches));
    }
}
