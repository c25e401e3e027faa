//! Read-through: a node of a cache reads what it does not have, and keeps it whoever still waits.

use super::*;
use caches::Wish;

/// Look-ups that wait for the same read.
pub(super) type Waiting = Rc<RefCell<Vec<Rc<Operate>>>>;

/// A node's reads: how many are under way, those that are to begin, and how often it has been cut off.
#[derive(Default)]
pub(super) struct Supplier {
    reading: u32,
    line: VecDeque<Supply>,
    turn: u32,
}

/// A read of a node.
#[derive(Clone)]
struct Supply {
    node: usize,
    /// Its place among the nodes of its cache.
    place: usize,
    turn: u32,
    wish: Wish,
    path: Key,
    asks: Rc<Operate>,
    waiting: Waiting,
}

impl Twin {
    /// A node does not have what is looked up; true if it reads it.
    pub(super) fn supply(&mut self, asks: &Rc<Operate>, wish: Wish, place: usize, path: Key) -> bool {
        let (node, cache) = (asks.store.get(), wish.access.cache.at());
        let Load::Through(most) = self.plan.caches[cache].load else { return false };
        self.stores[node].supplied.push(asks.clone());
        let waiting = Rc::new(RefCell::new(vec![asks.clone()]));
        if self.plan.caches[cache].coalesce != Coalesce::None {
            if let Some(others) = self.supplies.get(&(node, cache, wish.number)) {
                others.borrow_mut().push(asks.clone());
                return true;
            }
            self.supplies.insert((node, cache, wish.number), waiting.clone());
        }
        let supplier = &mut self.stores[node].supplier;
        let supply = Supply { node, place, turn: supplier.turn, wish, path, asks: asks.clone(), waiting };
        if most.admits(supplier.reading) {
            supplier.reading += 1;
            self.read_for(supply);
        } else {
            supplier.line.push_back(supply);
        }
        true
    }

    fn read_for(&mut self, supply: Supply) {
        self.scheduled += 1;
        let (asks, access) = (supply.asks.clone(), supply.wish.access);
        let item = Some(self.at_its_store(supply.wish));
        let store = self.node(
            access.store.at(),
            Operation::Read,
            item,
            (&asks.request, asks.life.instance),
            supply.path,
        );
        let settings = &self.plan.stores[store];
        let (start, node, path) = (self.now, supply.node, supply.path);
        let read = Rc::new(Operate {
            request: asks.request.clone(),
            life: asks.life.clone(),
            path,
            store: Cell::new(store),
            operation: Operation::Read,
            item,
            over: None,
            work: self.cost(access.cost, path),
            service: settings.read.sample(&mut Stream::keyed(path)),
            start,
            order: self.scheduled,
            connected: Cell::new(settings.connections.admits(self.open_connections(store))),
            connection: Cell::new(0),
            begun: Cell::new(0),
            part: transactions::Part::Alone,
            awaits: Cell::new(false),
            ends: Cell::new(false),
            served: None,
            node: Some(node),
            then: RefCell::new(Some(Box::new(move |twin, outcome| twin.supplied(&supply, start, outcome)))),
        });
        if self.quorum(store).is_none() {
            self.count_store(store, start, false);
        }
        if !read.connected.get() {
            return self.answer_operation(&read, Outcome::Failed(Cause::NoConnection));
        }
        self.stores[store].connections += 1;
        let reaches = read.clone();
        self.over_the_wire(&read, Span::ZERO, Class::Arrival, move |twin| twin.at_the_store(&reaches));
    }

    fn supplied(&mut self, supply: &Supply, start: Time, outcome: Outcome) {
        let (node, wish) = (supply.node, supply.wish);
        let cache = wish.access.cache.at();
        if self.stores[node].supplier.turn == supply.turn {
            let settings = &self.plan.caches[cache];
            let absent = self.plan.data[wish.access.data.at()].lacks(wish.drawn);
            if outcome == Outcome::Success {
                let keeps = settings.negative.is_some() || !absent;
                self.caches[cache].last_load = self.now - start;
                if keeps {
                    self.fill_node(cache, supply.place, wish, supply.path);
                }
            }
            self.supplies.remove(&(node, cache, wish.number));
            for waits in supply.waiting.take() {
                self.stores[node].supplied.retain(|other| !Rc::ptr_eq(other, &waits));
                self.answer_operation(&waits, outcome);
            }
        }
        let supplier = &mut self.stores[node].supplier;
        match supplier.line.pop_front() {
            Some(next) => self.read_for(next),
            None => supplier.reading -= 1,
        }
    }

    /// Whatever a node reads is lost with whoever waits there for it.
    pub(super) fn supplies_cut_off(&mut self, store: usize) {
        let supplier = &mut self.stores[store].supplier;
        supplier.turn += 1;
        supplier.line.clear();
        self.supplies.retain(|&(node, ..), _| node != store);
    }
}
