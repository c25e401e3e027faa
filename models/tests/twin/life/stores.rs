//! Stores: a connection is held until the answer is back.

use super::transactions::{Part, Tx};
use super::zones::Zoned;

/// Store, operation, data set and number of what it is about, what names the draws, and what it costs.
pub(super) type Asked = (usize, Operation, Option<(usize, u32)>, Key, Option<CostId>);
use super::*;

impl Twin {
    pub(super) fn operate(&mut self, run: &Rc<Run>, asked: Asked, place: Place) {
        let goes = run.clone();
        let then: Then = Box::new(move |twin, outcome| match outcome {
            _ if !twin.lives(&goes.life) => {}
            Outcome::Failed(cause) => twin.fail(&goes, cause),
            _ => twin.go_on(&goes, place),
        });
        let nothing: Go = Box::new(|_| ());
        self.operation((&run.request, &run.life, run.tx.as_ref()), asked, None, then, Some(nothing));
    }

    /// `served` is what the server does besides; `gone` comes after an operation that its program waited for has
    /// left the line for a connection because the program was cancelled.
    pub(super) fn operation(
        &mut self,
        (request, life, tx): (&Rc<Request>, &Rc<Life>, Option<&Rc<Tx>>),
        (store, operation, item, path, cost): Asked,
        served: Option<Serve>,
        then: Then,
        gone: Option<Go>,
    ) -> Rc<Operate> {
        let plan = self.plan.clone();
        let session = tx.and_then(|tx| tx.session.borrow().clone());
        let part = match (tx, &session) {
            (None, _) => Part::Alone,
            (Some(tx), None) => Part::Optimistic(tx.clone()),
            (Some(tx), Some(_)) => Part::Within(tx.clone()),
        };
        let primary = self.primary(store).filter(|_| tx.is_some() && operation == Operation::Read);
        let store = match (&session, primary) {
            (Some(session), _) => {
                let data = item.map(|(data, _)| data).filter(|_| !request.settled.get());
                if operation == Operation::Write {
                    request.wrote.borrow_mut().extend(data);
                }
                session.store.get()
            }
            (None, Some(primary)) => primary,
            (None, None) => self.node(store, operation, item, (request, life.instance), path),
        };
        let settings = &plan.stores[store];
        let span = match operation {
            Operation::Read => &settings.read,
            Operation::Write => &settings.write,
        };
        self.scheduled += 1;
        let operate = Rc::new(Operate {
            request: request.clone(),
            life: life.clone(),
            served,
            node: None,
            store: Cell::new(store),
            operation,
            item,
            over: None,
            work: self.cost(cost, path),
            service: span.sample(&mut Stream::keyed(path)),
            path,
            start: self.now,
            order: self.scheduled,
            connected: Cell::new(false),
            connection: Cell::new(0),
            begun: Cell::new(0),
            part,
            awaits: Cell::new(false),
            ends: Cell::new(false),
            then: RefCell::new(Some(then)),
        });
        if self.quorum(store).is_none() {
            self.count_store(store, self.now, false);
        }
        if let Part::Within(tx) = &operate.part {
            *tx.under_way.borrow_mut() = Some(operate.clone());
            let reached = operate.clone();
            self.over_the_wire(&operate, Span::ZERO, Class::Arrival, move |twin| twin.at_the_store(&reached));
        } else {
            self.acquire(&operate, gone);
        }
        operate
    }

    /// A connection, or a place in the line for one.
    pub(super) fn acquire(&mut self, operate: &Rc<Operate>, gone: Option<Go>) {
        let (at, store) = (operate.life.instance, operate.store.get());
        if let Some(checks) = self.take_connection(operate) {
            self.connect(operate, checks);
            self.tend(at, store);
            return;
        }
        self.instances[at].pools[store].line.push(operate.clone());
        let (waits, leaves) = (operate.clone(), operate.clone());
        if let Some(gone) = gone {
            stop_with(&operate.life, move |twin| {
                if twin.leave_pool_line(&leaves) {
                    gone(twin);
                }
            });
        }
        let rank = self.rank(operate.request.number);
        let wait = self.plan.stores[store].pool_wait;
        self.at(self.now + wait, Class::Timer, rank, move |twin| {
            if twin.lives(&waits.life) && twin.leave_pool_line(&waits) {
                twin.finish_operation(&waits, Outcome::Failed(Cause::NoConnection));
            }
        });
        self.tend(at, store);
    }

    pub(super) fn leave_pool_line(&mut self, operate: &Rc<Operate>) -> bool {
        let pool = &mut self.instances[operate.life.instance].pools[operate.store.get()];
        if let Some(opened) = &mut pool.opened {
            opened.pool.gives_up(operate.order);
        }
        let line = &mut pool.line;
        let waited = line.iter().any(|other| Rc::ptr_eq(other, operate));
        line.retain(|other| !Rc::ptr_eq(other, operate));
        waited
    }

    pub(super) fn connect(&mut self, operate: &Rc<Operate>, checks: u64) {
        let settings = &self.plan.stores[operate.store.get()];
        let reached = operate.clone();
        let plain = settings.opening.is_none();
        if plain {
            if !settings.connections.admits(self.open_connections(operate.store.get())) {
                return self.answer_operation(operate, Outcome::Failed(Cause::NoConnection));
            }
            self.stores[operate.store.get()].connections += 1;
            operate.connected.set(true);
        }
        // A round trip for each that was asked.
        let asked = self.one_way(operate) * if plain { 0 } else { 2 * checks };
        if let Part::Session(tx) = &operate.part {
            return self.session_connected(operate, tx, asked);
        }
        self.over_the_wire(operate, asked, Class::Arrival, move |twin| twin.at_the_store(&reached));
    }

    pub(super) fn cost(&self, cost: Option<CostId>, path: Key) -> Span {
        let work = |cost: CostId| {
            self.plan.costs[cost.at()].sample(&mut Stream::keyed(path.with(Key::of_name("cpu"))))
        };
        cost.map_or(Span::ZERO, work)
    }

    /// What a copy is filled with comes before all requests.
    pub(super) fn rank_of(&self, operate: &Operate) -> u64 {
        let warms = operate.node.is_some() && operate.item.is_none();
        if warms { 0 } else { self.rank(operate.request.number) }
    }

    fn zones_of(&self, operate: &Operate) -> Zoned {
        let from = match operate.node {
            Some(node) => self.plan.stores[node].zone,
            None => self.zone_of(operate.life.instance),
        };
        (from, self.plan.stores[operate.store.get()].zone)
    }

    fn one_way(&self, operate: &Operate) -> Span {
        self.plan.stores[operate.store.get()].hop + self.across(self.zones_of(operate))
    }

    /// One way to the store or back, after what came `before`.
    pub(super) fn over_the_wire(
        &mut self,
        operate: &Operate,
        before: Span,
        class: Class,
        go: impl FnOnce(&mut Twin) + 'static,
    ) {
        let purpose = if class == Class::Arrival { "send" } else { "reply" };
        let ends = operate.path.with(Key::of_name("commit"));
        let path = if operate.ends.get() { ends } else { operate.path }.with(Key::of_name(purpose));
        let way =
            before + self.one_way(operate) + self.gets_through(self.only_zones(self.zones_of(operate)), path);
        if way.is_zero() {
            go(self);
        } else {
            self.at(self.now + way, class, self.rank_of(operate), go);
        }
    }

    pub(super) fn at_the_store(&mut self, operate: &Rc<Operate>) {
        if self.is_broken(operate) || self.is_read_only(operate) || operate.is_forgotten() {
            return self.answer_operation(operate, Outcome::Failed(Cause::StoreOut));
        }
        if self.coordinates(operate) {
            return;
        }
        let store = &mut self.stores[operate.store.get()];
        match store.out.map(|silent| silent && !store.fenced) {
            Some(true) => store.swallowed.push(operate.clone()),
            Some(false) => self.answer_operation(operate, Outcome::Failed(Cause::StoreOut)),
            None => self.at_its_node(operate),
        }
    }

    fn at_its_node(&mut self, operate: &Rc<Operate>) {
        if let Part::Session(tx) = &operate.part {
            match self.session_ends_here(operate, tx) {
                None => self.answer_operation(operate, Outcome::Success),
                Some(until) => self.commits_until(operate, until),
            }
        } else if self.has_its_lock(operate) {
            if operate.work.is_zero() {
                self.needs_a_server(operate);
            } else {
                let at = operate.store.get();
                self.stores[at].computing.push(operate.clone());
                self.jobs.push(None);
                let job = self.jobs.len() - 1;
                let (now, computed) = (self.now, operate.clone());
                self.jobs[job] = Some(Box::new(move |twin| {
                    let mine = |it: &Rc<Operate>| Rc::ptr_eq(it, &computed);
                    twin.stores[at].computing.retain(|it| !mine(it));
                    twin.needs_a_server(&computed);
                }));
                self.stores[at].cpu.start(now, job, operate.work);
                self.watch_store(at);
            }
        }
    }

    pub(super) fn watch_store(&mut self, at: usize) {
        self.stores[at].stamp += 1;
        let stamp = self.stores[at].stamp;
        let Some(due) = self.stores[at].cpu.next_completion() else { return };
        let rank = 1 + self.instances.len() as u64 + at as u64;
        self.at(due, Class::Completion, rank, move |twin| {
            if twin.stores[at].stamp != stamp {
                return;
            }
            while let Some(job) = twin.stores[at].cpu.complete(twin.now) {
                if let Some(done) = twin.jobs[job].take() {
                    done(twin);
                }
            }
            twin.watch_store(at);
        });
    }

    fn needs_a_server(&mut self, operate: &Rc<Operate>) {
        let settings = &self.plan.stores[operate.store.get()];
        let store = &mut self.stores[operate.store.get()];
        match () {
            () if (store.serving.len() as u32) < settings.servers => self.serve(operate),
            () if settings.queue.admits(store.line.len() as u32) => {
                let priority = |o: &Operate| match settings.order {
                    Order::Priority => self.plan.journeys[o.request.journey].priority,
                    _ => 0,
                };
                let after = store.line.iter().position(|other| priority(other) > priority(operate));
                store.line.insert(after.unwrap_or(store.line.len()), operate.clone());
            }
            () => self.answer_operation(operate, Outcome::Failed(Cause::QueueFull)),
        }
    }

    pub(super) fn serve(&mut self, operate: &Rc<Operate>) {
        let factor = self.slowness(operate.store.get());
        self.stores[operate.store.get()].serving.push(operate.clone());
        operate.begun.set(operate.begun.get() + 1);
        let (begun, served) = (operate.begun.get(), operate.clone());
        let under_way = self.stores[operate.store.get()].serving.len();
        let crowding = self.plan.stores[operate.store.get()].crowding;
        let until = self.now + crowded(crowding, times(operate.service, factor), under_way as u32, true);
        self.at(until, Class::Completion, self.rank_of(operate), move |twin| {
            let here = twin.stores[served.store.get()].serving.iter().any(|it| Rc::ptr_eq(it, &served));
            if here && served.begun.get() == begun {
                twin.fetch_row(&served, 0);
            }
        });
    }

    /// The server is free again.
    pub(super) fn leave_server(&mut self, served: &Rc<Operate>, outcome: Outcome) {
        let store = &mut self.stores[served.store.get()];
        store.serving.retain(|other| !Rc::ptr_eq(other, served));
        if !store.line.is_empty() {
            let next = store.line.remove(0);
            self.serve(&next);
        }
        if outcome != Outcome::Success {
            return self.answer_operation(served, outcome);
        }
        if !self.is_unchanged(served) {
            return self.answer_operation(served, Outcome::Failed(Cause::Conflict));
        }
        if served.served.as_ref().is_some_and(|change| change(self, served)) {
            return;
        }
        match self.done_at_node(served) {
            None => self.answer_operation(served, outcome),
            Some(until) => self.commits_until(served, until),
        }
    }

    pub(super) fn answer_operation(&mut self, operate: &Rc<Operate>, outcome: Outcome) {
        self.release_locks(operate.order);
        let back = operate.clone();
        if let Some(hop) = operate.over {
            return self.answer_row(back, hop, outcome);
        }
        self.over_the_wire(operate, Span::ZERO, Class::Completion, move |twin| {
            twin.stores[back.store.get()].connections -= u32::from(back.connected.get());
            match &back.part {
                Part::Within(tx) => twin.operation_over(tx),
                _ if back.node.is_some() => {}
                _ => twin.give_connection_back(&back, outcome),
            }
            twin.finish_operation(&back, outcome);
        });
    }

    pub(super) fn finish_operation(&mut self, operate: &Operate, outcome: Outcome) {
        let uncounted = matches!(operate.part, Part::Session(_));
        let coordinates = uncounted || (operate.over.is_none() && self.quorum(operate.store.get()).is_some());
        if matches!(outcome, Outcome::Failed(_)) && !coordinates {
            self.count_store(operate.store.get(), operate.start, true);
        }
        if let Some(then) = operate.then.take() {
            then(self, outcome);
        }
    }
}
