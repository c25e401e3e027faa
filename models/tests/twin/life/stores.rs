//! Stores: a connection is held until the answer is back.

use super::zones::Zoned;
use super::*;

impl Twin {
    pub(super) fn operate(
        &mut self,
        run: &Rc<Run>,
        store: usize,
        operation: Operation,
        path: Key,
        place: Place,
    ) {
        let goes = run.clone();
        let then: Then = Box::new(move |twin, outcome| match outcome {
            _ if !twin.lives(&goes.life) => {}
            Outcome::Failed(cause) => twin.fail(&goes, cause),
            _ => twin.go_on(&goes, place),
        });
        let nothing: Go = Box::new(|_| ());
        self.operation((&run.request, &run.life), (store, operation, path), None, then, Some(nothing));
    }

    /// `served` is what the server does besides; `gone` comes after an operation that its program waited for has
    /// left the line for a connection because the program was cancelled.
    pub(super) fn operation(
        &mut self,
        (request, life): (&Rc<Request>, &Rc<Life>),
        (store, operation, path): (usize, Operation, Key),
        served: Option<Go>,
        then: Then,
        gone: Option<Go>,
    ) -> Rc<Operate> {
        let plan = self.plan.clone();
        let settings = &plan.stores[store];
        let span = match operation {
            Operation::Read => &settings.read,
            Operation::Write => &settings.write,
        };
        self.scheduled += 1;
        let operate = Rc::new(Operate {
            request: request.clone(),
            life: life.clone(),
            served: RefCell::new(served),
            store,
            service: span.sample(&mut Stream::keyed(path)),
            path,
            start: self.now,
            order: self.scheduled,
            connected: Cell::new(false),
            connection: Cell::new(0),
            begun: Cell::new(0),
            then: RefCell::new(Some(then)),
        });
        self.count_store(store, self.now, false);
        let at = life.instance;
        if let Some(checks) = self.take_connection(&operate) {
            self.connect(&operate, checks);
            self.tend(at, store);
            return operate;
        }
        self.instances[at].pools[store].line.push(operate.clone());
        let (waits, leaves) = (operate.clone(), operate.clone());
        if let Some(gone) = gone {
            stop_with(life, move |twin| {
                if twin.leave_pool_line(&leaves) {
                    gone(twin);
                }
            });
        }
        let rank = self.rank(request.number);
        self.at(self.now + settings.pool_wait, Class::Timer, rank, move |twin| {
            if twin.lives(&waits.life) && twin.leave_pool_line(&waits) {
                twin.finish_operation(&waits, Outcome::Failed(Cause::NoConnection));
            }
        });
        self.tend(at, store);
        operate
    }

    pub(super) fn leave_pool_line(&mut self, operate: &Rc<Operate>) -> bool {
        let pool = &mut self.instances[operate.life.instance].pools[operate.store];
        if let Some(opened) = &mut pool.opened {
            opened.pool.gives_up(operate.order);
        }
        let line = &mut pool.line;
        let waited = line.iter().any(|other| Rc::ptr_eq(other, operate));
        line.retain(|other| !Rc::ptr_eq(other, operate));
        waited
    }

    pub(super) fn connect(&mut self, operate: &Rc<Operate>, checks: u64) {
        let settings = &self.plan.stores[operate.store];
        let reached = operate.clone();
        let plain = settings.opening.is_none();
        if plain {
            if !settings.connections.admits(self.stores[operate.store].connections) {
                return self.answer_operation(operate, Outcome::Failed(Cause::NoConnection));
            }
            self.stores[operate.store].connections += 1;
            operate.connected.set(true);
        }
        // A round trip for each that was asked.
        let asked = self.one_way(operate) * if plain { 0 } else { 2 * checks };
        self.over_the_wire(operate, asked, Class::Arrival, move |twin| twin.at_the_store(&reached));
    }

    fn zones_of(&self, operate: &Operate) -> Zoned {
        (self.zone_of(operate.life.instance), self.plan.stores[operate.store].zone)
    }

    fn one_way(&self, operate: &Operate) -> Span {
        self.plan.stores[operate.store].hop + self.across(self.zones_of(operate))
    }

    /// One way to the store or back, after what came `before`.
    fn over_the_wire(
        &mut self,
        operate: &Operate,
        before: Span,
        class: Class,
        go: impl FnOnce(&mut Twin) + 'static,
    ) {
        let purpose = if class == Class::Arrival { "send" } else { "reply" };
        let path = operate.path.with(Key::of_name(purpose));
        let way = before + self.one_way(operate) + self.gets_through(self.zones_of(operate), path);
        if way.is_zero() {
            go(self);
        } else {
            self.at(self.now + way, class, self.rank(operate.request.number), go);
        }
    }

    pub(super) fn at_the_store(&mut self, operate: &Rc<Operate>) {
        if self.is_broken(operate) {
            return self.answer_operation(operate, Outcome::Failed(Cause::StoreOut));
        }
        let settings = &self.plan.stores[operate.store];
        let store = &mut self.stores[operate.store];
        match store.out {
            Some(true) => store.swallowed.push(operate.clone()),
            Some(false) => self.answer_operation(operate, Outcome::Failed(Cause::StoreOut)),
            None if (store.serving.len() as u32) < settings.servers => self.serve(operate),
            None if settings.queue.admits(store.line.len() as u32) => {
                let priority = |o: &Operate| match settings.order {
                    Order::Priority => self.plan.journeys[o.request.journey].priority,
                    _ => 0,
                };
                let after = store.line.iter().position(|other| priority(other) > priority(operate));
                store.line.insert(after.unwrap_or(store.line.len()), operate.clone());
            }
            None => self.answer_operation(operate, Outcome::Failed(Cause::QueueFull)),
        }
    }

    pub(super) fn serve(&mut self, operate: &Rc<Operate>) {
        let factor = self.slowness(operate.store);
        self.stores[operate.store].serving.push(operate.clone());
        operate.begun.set(operate.begun.get() + 1);
        let (begun, served) = (operate.begun.get(), operate.clone());
        let under_way = self.stores[operate.store].serving.len();
        let crowding = self.plan.stores[operate.store].crowding;
        let until = self.now + crowded(crowding, times(operate.service, factor), under_way as u32, true);
        self.at(until, Class::Completion, self.rank(operate.request.number), move |twin| {
            let store = &mut twin.stores[served.store];
            let here = store.serving.iter().any(|other| Rc::ptr_eq(other, &served));
            if !here || served.begun.get() != begun {
                return;
            }
            store.serving.retain(|other| !Rc::ptr_eq(other, &served));
            if !store.line.is_empty() {
                let next = store.line.remove(0);
                twin.serve(&next);
            }
            if let Some(change) = served.served.take() {
                change(twin);
            }
            twin.answer_operation(&served, Outcome::Success);
        });
    }

    pub(super) fn answer_operation(&mut self, operate: &Rc<Operate>, outcome: Outcome) {
        let back = operate.clone();
        self.over_the_wire(operate, Span::ZERO, Class::Completion, move |twin| {
            twin.stores[back.store].connections -= u32::from(back.connected.get());
            twin.give_connection_back(&back, outcome);
            twin.finish_operation(&back, outcome);
        });
    }

    pub(super) fn finish_operation(&mut self, operate: &Operate, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(_)) {
            self.count_store(operate.store, operate.start, true);
        }
        if let Some(then) = operate.then.take() {
            then(self, outcome);
        }
    }
}
