//! Transactions, and the locks of rows and tables.

use super::*;

/// Data set and number of what something is about.
type Item = (usize, u32);
/// Store, data set, and number of a row, or none for all of them.
type Locked = (usize, usize, Option<u32>);

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Phase {
    Begins,
    Open,
    Doomed,
    Commits,
    RollsBack(Cause),
}

/// A transaction under way.
pub(super) struct Tx {
    run: Rc<Run>,
    step: TransactionStep,
    next: Place,
    again: Place,
    pub(super) session: RefCell<Option<Rc<Operate>>>,
    phase: Cell<Phase>,
    pub(super) under_way: RefCell<Option<Rc<Operate>>>,
    pub(super) broken: Cell<bool>,
    tries: Cell<u32>,
    pause: Cell<Span>,
    /// What was read, and how often it had been written.
    seen: RefCell<BTreeMap<Item, u64>>,
    pub(super) written: RefCell<Vec<(Option<Item>, Key)>>,
}

/// What an operation has to do with a transaction.
#[derive(Clone)]
pub(super) enum Part {
    Alone,
    Session(Rc<Tx>),
    Within(Rc<Tx>),
    Optimistic(Rc<Tx>),
}

/// A lock that somebody holds: of which store, data set and number.
pub(super) struct Lock {
    of: Locked,
    /// By the place of the holder among all that was begun.
    holder: u64,
    taken: u64,
    line: Vec<Rc<Operate>>,
}

impl Twin {
    pub(super) fn transaction(&mut self, run: &Rc<Run>, step: TransactionStep, place: Place) {
        let new = || {
            Rc::new(Tx {
                run: run.clone(),
                step,
                next: Place { step: place.step + 1, round: 0, ..place },
                again: place,
                session: RefCell::new(None),
                phase: Cell::new(Phase::Begins),
                under_way: RefCell::new(None),
                broken: Cell::new(false),
                tries: Cell::new(0),
                pause: Cell::new(Span::ZERO),
                seen: RefCell::new(BTreeMap::new()),
                written: RefCell::new(Vec::new()),
            })
        };
        let tx = run.owns.take().unwrap_or_else(new);
        tx.tries.set(tx.tries.get() + 1);
        tx.broken.set(false);
        tx.phase.set(Phase::Begins);
        tx.seen.borrow_mut().clear();
        tx.written.borrow_mut().clear();
        if step.optimistic {
            return self.start_steps(&tx);
        }
        self.transactions.push(tx.clone());
        let path = run.path.with(step.key).with(u64::from(tx.tries.get()));
        let store =
            self.node(step.store.at(), Operation::Write, None, (&run.request, run.life.instance), path);
        self.scheduled += 1;
        let over = tx.clone();
        let session = Rc::new(Operate {
            request: run.request.clone(),
            life: run.life.clone(),
            served: None,
            node: None,
            store: Cell::new(store),
            operation: Operation::Write,
            item: None,
            over: None,
            work: Span::ZERO,
            service: Span::ZERO,
            path,
            start: self.now,
            order: self.scheduled,
            connected: Cell::new(false),
            connection: Cell::new(0),
            begun: Cell::new(0),
            part: Part::Session(tx.clone()),
            awaits: Cell::new(false),
            ends: Cell::new(false),
            then: RefCell::new(Some(Box::new(move |twin, outcome| twin.session_over(&over, outcome)))),
        });
        *tx.session.borrow_mut() = Some(session.clone());
        let gone = tx.clone();
        self.acquire(&session, Some(Box::new(move |twin| twin.forget_tx(&gone))));
    }

    /// A session has its connection, after so many were asked whether they live.
    pub(super) fn session_connected(&mut self, session: &Rc<Operate>, tx: &Rc<Tx>, asked: Span) {
        let opens = tx.clone();
        if asked.is_zero() {
            return self.session_open(&opens);
        }
        let rank = self.rank(session.request.number);
        self.at(self.now + asked, Class::Arrival, rank, move |twin| twin.session_open(&opens));
    }

    fn session_open(&mut self, tx: &Rc<Tx>) {
        if self.lives(&tx.run.life) {
            self.start_steps(tx);
        } else {
            tx.phase.set(Phase::Doomed);
            self.end_doomed(tx);
        }
    }

    fn start_steps(&mut self, tx: &Rc<Tx>) {
        tx.phase.set(Phase::Open);
        let run = &tx.run;
        let keys = run.path.with(tx.step.key);
        let tries = tx.tries.get();
        let path = if tries > 1 { keys.with(Key::of_name("try")).with(u64::from(tries)) } else { keys };
        let ended = tx.clone();
        let steps = Rc::new(Run {
            request: run.request.clone(),
            deadline: run.deadline,
            program: run.program,
            path,
            keys,
            tx: Some(tx.clone()),
            owns: RefCell::new(None),
            life: self.new_life(run.life.instance),
            effects: Cell::new(Effects { fails: None, ..run.effects.get() }),
            degraded: Cell::new(false),
            then: RefCell::new(Some(Box::new(move |twin, outcome| twin.steps_ended(&ended, outcome)))),
        });
        self.go_on(&steps, Place { block: tx.step.block.at(), step: 0, round: 0 });
        let (life, doomed) = (steps.life.clone(), tx.clone());
        stop_with(&run.life, move |twin| {
            twin.cancel_life(&life);
            twin.doom(&doomed);
        });
    }

    fn steps_ended(&mut self, tx: &Rc<Tx>, outcome: Outcome) {
        if !self.lives(&tx.run.life) {
            return;
        }
        tx.run.life.stop.take();
        if outcome == Outcome::Degraded {
            tx.run.degraded.set(true);
        }
        tx.phase.set(match outcome {
            Outcome::Failed(cause) => Phase::RollsBack(cause),
            _ => Phase::Commits,
        });
        let session = tx.session.borrow().clone();
        match session {
            None => self.tx_over(tx, Outcome::Success),
            Some(session) if tx.broken.get() && matches!(tx.phase.get(), Phase::RollsBack(_)) => {
                self.hang_up(&session);
            }
            Some(session) => self.end_session(&session),
        }
    }

    /// The database has forgotten the session, or will notice by itself.
    fn hang_up(&mut self, session: &Rc<Operate>) {
        let lost = Outcome::Failed(Cause::StoreOut);
        self.stores[session.store.get()].connections -= u32::from(session.connected.get());
        self.give_connection_back(session, lost);
        self.finish_operation(session, lost);
    }

    fn end_session(&mut self, session: &Rc<Operate>) {
        session.ends.set(true);
        let reached = session.clone();
        self.over_the_wire(session, Span::ZERO, Class::Arrival, move |twin| twin.at_the_store(&reached));
    }

    /// When the answer to a commit goes, if not now.
    pub(super) fn session_ends_here(&mut self, session: &Operate, tx: &Tx) -> Option<Time> {
        let written = tx.written.take();
        let commits = written.into_iter().filter(|_| tx.phase.get() == Phase::Commits);
        let mut until = None;
        for (item, path) in commits.collect::<Vec<_>>() {
            until = until.max(self.commit(session.store.get(), item, path));
        }
        until
    }

    fn session_over(&mut self, tx: &Rc<Tx>, outcome: Outcome) {
        *tx.session.borrow_mut() = None;
        self.tx_over(tx, outcome);
    }

    fn tx_over(&mut self, tx: &Rc<Tx>, outcome: Outcome) {
        self.forget_tx(tx);
        let run = tx.run.clone();
        if !self.lives(&run.life) {
            return;
        }
        run.life.stop.take();
        let failed = match (tx.phase.get(), outcome) {
            (Phase::RollsBack(cause), _) | (_, Outcome::Failed(cause)) => Some(cause),
            _ => None,
        };
        let Some(cause) = failed else { return self.go_on(&run, tx.next) };
        let mends = matches!(cause, Cause::Conflict | Cause::Deadlock | Cause::LockTimeout);
        let tries = tx.tries.get();
        if !mends || tries >= tx.step.tries {
            return self.fail(&run, cause);
        }
        let path = run.path.with(tx.step.key).with(Key::of_name("backoff"));
        let draw = |key| Stream::keyed(path.with(key).with(u64::from(tries)));
        tx.pause.set(tx.step.backoff.pause(tries, tx.pause.get(), tx.step.key, draw));
        *run.owns.borrow_mut() = Some(tx.clone());
        if tx.pause.get().is_zero() {
            self.go_on(&run, tx.again);
        } else {
            self.after_a_wait(&run, tx.pause.get(), tx.again);
        }
    }

    fn forget_tx(&mut self, tx: &Rc<Tx>) {
        self.transactions.retain(|it| !Rc::ptr_eq(it, tx));
    }

    pub(super) fn doom(&mut self, tx: &Rc<Tx>) {
        if tx.phase.get() == Phase::Open && tx.session.borrow().is_some() {
            tx.phase.set(Phase::Doomed);
            if tx.under_way.borrow().is_none() {
                self.end_doomed(tx);
            }
        }
    }

    pub(super) fn operation_over(&mut self, tx: &Rc<Tx>) {
        *tx.under_way.borrow_mut() = None;
        if tx.phase.get() == Phase::Doomed {
            self.end_doomed(tx);
        }
    }

    fn end_doomed(&mut self, tx: &Rc<Tx>) {
        tx.phase.set(Phase::RollsBack(Cause::Reset));
        let Some(session) = tx.session.borrow().clone() else { return };
        let process_lives = self.instances[session.life.instance].process == session.life.process;
        if process_lives && !tx.broken.get() {
            return self.end_session(&session);
        }
        self.release_locks(session.order);
        self.hang_up(&session);
    }

    /// The transactions of a process that is gone.
    pub(super) fn drop_transactions_of(&mut self, at: usize) {
        let order = |tx: &Rc<Tx>| tx.session.borrow().as_ref().map(|session| session.order);
        let mut mine: Vec<Rc<Tx>> =
            self.transactions.iter().filter(|tx| tx.run.life.instance == at).cloned().collect();
        mine.sort_by_key(order);
        for tx in mine {
            self.doom(&tx);
        }
    }

    /// What an operation has to lock, and who holds it then.
    fn lock_of(&self, operate: &Operate) -> Option<(Locked, u64)> {
        let locks = self.plan.stores[operate.store.get()].locks?;
        let (data, number) = operate.item?;
        let session = match &operate.part {
            Part::Within(tx) => tx.session.borrow().as_ref().map(|session| session.order),
            _ => None,
        };
        let reads = locks.reads == LockReads::InTransactions && session.is_some();
        let locks_it = operate.operation == Operation::Write || reads;
        let number = Some(number).filter(|_| locks.of == LockOf::Row);
        let of = (operate.store.get(), data, number);
        (locks_it && !self.is_far(operate, data)).then(|| (of, session.unwrap_or(operate.order)))
    }

    /// Whether a data set lies in another database than the one that is asked.
    fn is_far(&self, operate: &Operate, data: usize) -> bool {
        let mut links = self.plan.links.iter();
        operate.over.is_none() && links.any(|link| link.data.contains(&DataId(data as u16)))
    }

    pub(super) fn has_its_lock(&mut self, operate: &Rc<Operate>) -> bool {
        let Some((of, owner)) = self.lock_of(operate) else { return true };
        let Some(at) = self.locks.iter().position(|lock| lock.of == of) else {
            self.take_lock(of, owner, Vec::new());
            return true;
        };
        if self.locks[at].holder == owner {
            return true;
        }
        if self.closes_a_circle(at, owner) {
            self.answer_operation(operate, Outcome::Failed(Cause::Deadlock));
            return false;
        }
        self.locks[at].line.push(operate.clone());
        operate.awaits.set(true);
        let wait = self.plan.stores[of.0].locks.map_or(Span::FOREVER, |locks| locks.wait);
        let (rank, waits) = (self.rank(operate.request.number), operate.clone());
        self.at(self.now + wait, Class::Timer, rank, move |twin| {
            if waits.awaits.replace(false) {
                for lock in &mut twin.locks {
                    lock.line.retain(|other| !Rc::ptr_eq(other, &waits));
                }
                twin.answer_operation(&waits, Outcome::Failed(Cause::LockTimeout));
            }
        });
        false
    }

    fn closes_a_circle(&self, at: usize, owner: u64) -> bool {
        let holder = self.locks[at].holder;
        if holder == owner {
            return true;
        }
        let of_holder = |tx: &&Rc<Tx>| tx.session.borrow().as_ref().is_some_and(|it| it.order == holder);
        let Some(tx) = self.transactions.iter().find(of_holder) else { return false };
        let Some(waits) = tx.under_way.borrow().clone() else { return false };
        let in_line = |lock: &Lock| lock.line.iter().any(|other| Rc::ptr_eq(other, &waits));
        self.locks.iter().position(in_line).is_some_and(|next| self.closes_a_circle(next, owner))
    }

    fn take_lock(&mut self, of: Locked, holder: u64, line: Vec<Rc<Operate>>) {
        self.scheduled += 1;
        self.locks.push(Lock { of, holder, taken: self.scheduled, line });
    }

    /// The last one taken is the first one free.
    pub(super) fn release_locks(&mut self, owner: u64) {
        let mine = |lock: &Lock| lock.holder == owner;
        while let Some(at) =
            (0..self.locks.len()).filter(|&at| mine(&self.locks[at])).max_by_key(|&at| self.locks[at].taken)
        {
            let mut free = self.locks.remove(at);
            if free.line.is_empty() {
                continue;
            }
            let next = free.line.remove(0);
            next.awaits.set(false);
            let owner = self.lock_of(&next).map_or(next.order, |(_, owner)| owner);
            self.take_lock(free.of, owner, free.line);
            self.soon(move |twin| twin.at_the_store(&next));
        }
    }

    /// A database forgets its locks and transactions; who waited, as they came.
    pub(super) fn clear_locks(&mut self, store: usize) -> Vec<Rc<Operate>> {
        let mut waiting: Vec<Rc<Operate>> = Vec::new();
        self.locks.retain_mut(|lock| {
            if lock.of.0 == store {
                waiting.append(&mut lock.line);
            }
            lock.of.0 != store
        });
        for tx in &self.transactions {
            let here = tx.session.borrow().as_ref().is_some_and(|session| session.store.get() == store);
            if here && tx.phase.get() != Phase::Begins {
                tx.broken.set(true);
            }
        }
        for operate in &waiting {
            operate.awaits.set(false);
        }
        waiting.sort_by_key(|operate| operate.order);
        waiting
    }

    /// Versions are looked at and go up; false if an optimistic transaction finds another one.
    pub(super) fn is_unchanged(&mut self, operate: &Operate) -> bool {
        let Some(item) = operate.item.filter(|&(data, _)| !self.is_far(operate, data)) else { return true };
        let version = self.versions.entry(item).or_default();
        match (&operate.part, operate.operation) {
            (Part::Optimistic(tx), Operation::Read) => {
                tx.seen.borrow_mut().insert(item, *version);
            }
            (Part::Optimistic(tx), Operation::Write)
                if tx.seen.borrow().get(&item).is_some_and(|seen| seen != version) =>
            {
                return false;
            }
            (_, Operation::Write) => *version += 1,
            (_, Operation::Read) => {}
        }
        true
    }
}

impl Operate {
    /// Whether it belongs to a transaction that the database has forgotten.
    pub(super) fn is_forgotten(&self) -> bool {
        match &self.part {
            Part::Session(tx) | Part::Within(tx) => tx.broken.get(),
            Part::Alone | Part::Optimistic(_) => false,
        }
    }
}
