//! Transactions: operations that hold together.
//!
//! ```text
//!   pessimistic:  a connection --> the steps, their operations on that connection --done--> commit --> goes on
//!                                   |  locks are kept from one to the next          '--> locks are free
//!                                   '--a step fails--> roll back --> locks are free --> again, or fails
//!   optimistic:   the steps --the write finds the version that was read--> goes on
//!                           '--another one--> back-off --> again, or fails: conflict
//! ```
//!
//! A transaction that is pessimistic has a *session*: an operation without work of its own, which holds its connection
//! from the beginning to the commit, and owns its locks. A transaction is tried again after what another try can mend:
//! a conflict, a deadlock, a lock that did not come in time. Each try is work of its own, on the same items.
//!
//! Who is cancelled rolls back when the operation under way has ended. A process that is gone is noticed at once by
//! the database, which then does the same.

use archsim_sim::{Class, Id, Key, Span, Stream, Time, mutant};

use super::cache::Role;
use super::cluster::Item;
use super::entity::{Child, Frame, FrameEffects, Parent, Part, StoreCall, StoreState};
use super::event::Event;
use super::observe::Observer;
use super::store::Asked;
use super::{Ready, World};
use crate::plan::{Operation, Step, StoreId, TransactionStep};
use crate::policy::Outcome;
use crate::record::Cause;

const TRY: u64 = Key::of_name("try");
const BACKOFF: u64 = Key::of_name("backoff");
const COMMIT: u64 = Key::of_name("commit");

/// How far a transaction with a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It gets its connection.
    Begins,
    /// Its steps are done.
    Open,
    /// Nobody waits any more: it ends when its operation has.
    Doomed,
    /// Its commit is under way.
    Commits,
    /// It takes everything back.
    RollsBack(Cause),
}

/// What a transaction keeps in lists.
pub(crate) type Lists = (Vec<(Item, u32)>, Vec<(Option<Item>, Key)>);

/// A transaction under way.
pub(crate) struct Transaction {
    /// Whose step it is.
    pub frame: Id<Frame>,
    /// What holds its connection and its locks, if it is pessimistic.
    pub session: Option<Id<StoreCall>>,
    pub phase: Phase,
    /// Its operation at the store.
    pub under_way: Option<Id<StoreCall>>,
    /// The database has forgotten it.
    pub broken: bool,
    tries: u32,
    /// The last back-off.
    pause: Span,
    /// Optimistic: what was read, and the version that it had.
    pub seen: Vec<(Item, u32)>,
    /// Pessimistic: what replicas will have to do, with what names its draws.
    pub written: Vec<(Option<Item>, Key)>,
}

impl<O: Observer> World<'_, O> {
    /// A transaction step begins, or is tried again.
    pub(super) fn begin_transaction(&mut self, id: Id<Frame>, step: &TransactionStep) {
        let transaction = self.frames[id].transaction.unwrap_or_else(|| {
            let (seen, written) = self.spare.pop().unwrap_or_default();
            let new = Transaction {
                frame: id,
                session: None,
                phase: Phase::Begins,
                under_way: None,
                broken: false,
                tries: 0,
                pause: Span::ZERO,
                seen,
                written,
            };
            self.transactions.insert(new)
        });
        self.frames[id].transaction = Some(transaction);
        let state = &mut self.transactions[transaction];
        state.tries += 1;
        (state.session, state.phase, state.under_way, state.broken) = (None, Phase::Begins, None, false);
        state.seen.clear();
        state.written.clear();
        if step.optimistic {
            self.transactions[transaction].phase = Phase::Open;
            self.start_steps(id, transaction, step);
            return;
        }
        let frame = &self.frames[id];
        let draw = frame.path.with(step.key).with(u64::from(self.transactions[transaction].tries));
        let asked = Asked {
            origin: frame.origin,
            frame: id,
            instance: frame.instance,
            store: step.store,
            operation: Operation::Write,
            item: None,
            draw,
            role: Role::Plain,
        };
        self.open_session(asked, transaction);
    }

    /// The session has its connection: the steps may come.
    pub(super) fn session_open(&mut self, id: Id<StoreCall>, transaction: Id<Transaction>) {
        self.store_calls[id].state = StoreState::Open;
        let owner = self.transactions[transaction].frame;
        let Some(step) = self.transaction_step(owner) else {
            self.transactions[transaction].phase = Phase::Doomed;
            self.end_doomed(transaction);
            return;
        };
        self.transactions[transaction].phase = Phase::Open;
        self.start_steps(owner, transaction, &step);
    }

    /// The transaction at which a frame is, if there still is one.
    fn transaction_step(&self, id: Id<Frame>) -> Option<TransactionStep> {
        let frame = self.frames.get(id)?;
        let block = &self.plan.programs[frame.program.at()].blocks[frame.block.at()];
        match block.get(frame.step as usize) {
            Some(Step::Transaction(step)) => Some(*step),
            _ => None,
        }
    }

    fn start_steps(&mut self, id: Id<Frame>, transaction: Id<Transaction>, step: &TransactionStep) {
        let tries = self.transactions[transaction].tries;
        let owner = &self.frames[id];
        let path = owner.path.with(step.key);
        let draws = if tries > 1 { path.with(TRY).with(u64::from(tries)) } else { path };
        let (attempt, instance, program) = (owner.attempt, owner.instance, owner.program);
        let steps = Frame {
            block: step.block,
            effects: FrameEffects { fails: None, ..owner.effects },
            transaction: Some(transaction),
            keys: path,
            ..Frame::new(owner.origin, attempt, Parent::Transaction(id), instance, program, draws)
        };
        let steps = self.frames.insert(steps);
        self.frames[id].child = Child::Branches(steps);
        self.ready.push_back(Ready::Frame(steps));
    }

    /// The steps have ended, one way or another.
    pub(super) fn steps_ended(&mut self, id: Id<Frame>, outcome: Outcome) {
        let Some(owner) = self.frames.get_mut(id) else { return };
        owner.child = Child::None;
        owner.degraded |= outcome == Outcome::Degraded;
        let Some(transaction) = owner.transaction else { return };
        let state = &mut self.transactions[transaction];
        state.phase = match outcome {
            Outcome::Failed(cause) => Phase::RollsBack(cause),
            _ => Phase::Commits,
        };
        match (state.session, state.broken, state.phase) {
            (None, ..) => self.transaction_over(transaction, Outcome::Success),
            // Neither side has anything left to say.
            (Some(session), true, Phase::RollsBack(_)) => {
                self.frames[id].child = Child::Store(session);
                self.store_calls[session].outcome = Outcome::Failed(Cause::StoreOut);
                self.store_answered(session);
            }
            (Some(session), ..) => {
                self.frames[id].child = Child::Store(session);
                self.end_session(session);
            }
        }
    }

    /// The session tells the store how it ends.
    fn end_session(&mut self, id: Id<StoreCall>) {
        let call = &mut self.store_calls[id];
        call.state = StoreState::Outbound;
        call.draw = call.draw.with(COMMIT);
        self.send_to_store(id, 0);
    }

    /// The end of a transaction has come to its store. When its answer may go, if not now.
    pub(super) fn session_ends_here(
        &mut self,
        id: Id<StoreCall>,
        transaction: Id<Transaction>,
    ) -> Option<Time> {
        let state = &mut self.transactions[transaction];
        let mut written = std::mem::take(&mut state.written);
        let mut until = None;
        if state.phase == Phase::Commits {
            for &(item, draw) in &written {
                let commit = self.commit_of(&StoreCall { item, draw, ..self.store_calls[id] });
                until = until.max(commit);
            }
        }
        written.clear();
        self.transactions[transaction].written = written;
        until
    }

    /// The session is over, or could not begin.
    pub(super) fn session_over(&mut self, transaction: Id<Transaction>, outcome: Outcome) {
        let Some(state) = self.transactions.get_mut(transaction) else { return };
        state.session = None;
        let owner = state.frame;
        if let Some(owner) = self.frames.get_mut(owner) {
            owner.child = Child::None;
        }
        self.transaction_over(transaction, outcome);
    }

    /// All is done, or is to be tried again, or has failed.
    fn transaction_over(&mut self, transaction: Id<Transaction>, outcome: Outcome) {
        let state = &self.transactions[transaction];
        let (owner, tries, phase) = (state.frame, state.tries, state.phase);
        let failed = match (phase, outcome) {
            (Phase::RollsBack(cause), _) | (_, Outcome::Failed(cause)) => Some(cause),
            _ => None,
        };
        let Some(step) = self.transaction_step(owner) else {
            self.forget_transaction(transaction);
            return;
        };
        if failed.is_some_and(|cause| mends(cause) && tries < step.tries) {
            let path = self.frames[owner].path.with(step.key).with(BACKOFF);
            let draw = |key| Stream::keyed(path.with(key).with(u64::from(tries)));
            let state = &mut self.transactions[transaction];
            state.pause = step.backoff.pause(tries, state.pause, step.key, draw);
            let (rank, at) = (self.frames[owner].origin.rank, self.agenda.now() + state.pause);
            if at > self.agenda.now() {
                self.agenda.schedule(at, Class::Completion, rank, Event::Waited(owner));
            } else {
                self.ready.push_back(Ready::Frame(owner));
            }
            return;
        }
        self.forget_transaction(transaction);
        self.frames[owner].transaction = None;
        if let Some(cause) = failed {
            self.fail_frame(owner, cause);
        } else {
            self.frames[owner].step += 1;
            self.ready.push_back(Ready::Frame(owner));
        }
    }

    fn forget_transaction(&mut self, transaction: Id<Transaction>) {
        if let Some(Transaction { mut seen, mut written, .. }) = self.transactions.remove(transaction) {
            seen.clear();
            written.clear();
            self.spare.push((seen, written));
        }
    }

    /// A frame is gone; so is the transaction, if it was a step of this frame.
    pub(super) fn frame_gone(&mut self, id: Id<Frame>, transaction: Id<Transaction>) {
        if self.transactions.get(transaction).is_some_and(|it| it.frame == id) {
            self.doom(transaction);
        }
    }

    /// The frame whose step a transaction was is gone.
    pub(super) fn doom(&mut self, transaction: Id<Transaction>) {
        let Some(state) = self.transactions.get_mut(transaction) else { return };
        match (state.session, state.phase) {
            (None, _) => self.forget_transaction(transaction),
            (Some(_), Phase::Open) => {
                state.phase = Phase::Doomed;
                if state.under_way.is_none() {
                    self.end_doomed(transaction);
                }
            }
            _ => {}
        }
    }

    /// An operation of a transaction has its answer.
    pub(super) fn operation_over(&mut self, transaction: Id<Transaction>) {
        let Some(state) = self.transactions.get_mut(transaction) else { return };
        state.under_way = None;
        if state.phase == Phase::Doomed {
            self.end_doomed(transaction);
        }
    }

    /// Nobody waits for the transaction, and nothing of it is under way: its process rolls it back, or the database
    /// does if there is no process any more.
    fn end_doomed(&mut self, transaction: Id<Transaction>) {
        let state = &mut self.transactions[transaction];
        state.phase = Phase::RollsBack(Cause::Reset);
        let (Some(session), broken) = (state.session, state.broken) else { return };
        let call = self.store_calls[session];
        let lives = self.instances[call.instance as usize].incarnation == call.incarnation;
        if lives && !broken {
            self.end_session(session);
            return;
        }
        self.release_locks(session);
        self.store_calls[session].outcome = Outcome::Failed(Cause::StoreOut);
        self.store_answered(session);
    }

    /// A process is gone: so are its transactions, once the operations under way have ended.
    pub(super) fn drop_transactions_of(&mut self, index: u32) {
        let mut mine: Vec<_> = Vec::new();
        for (id, state) in self.transactions.iter() {
            match state.session {
                Some(session) if self.store_calls[session].instance == index => {
                    mine.push((self.store_calls[session].order, id));
                }
                None if !self.frames.contains(state.frame) => mine.push((0, id)),
                _ => {}
            }
        }
        mine.sort_unstable();
        for (_, transaction) in mine {
            self.doom(transaction);
        }
    }

    /// A database has forgotten all its transactions.
    pub(super) fn break_transactions(&mut self, store: StoreId) {
        let sessions: Vec<_> = self.transactions.iter().map(|(id, state)| (id, state.session)).collect();
        for (id, session) in sessions {
            if session.is_some_and(|session| self.store_calls[session].store == store) {
                let state = &mut self.transactions[id];
                state.broken |= state.phase != Phase::Begins;
            }
        }
    }

    /// Whether an operation belongs to a transaction that its database has forgotten.
    pub(super) fn is_forgotten(&self, call: &StoreCall) -> bool {
        match call.part {
            Part::Session(transaction) | Part::Within(transaction) => {
                self.transactions.get(transaction).is_some_and(|it| it.broken)
            }
            Part::Alone | Part::Optimistic(..) | Part::Hint => false,
        }
    }

    /// Whether the locks of an operation are free as soon as its answer goes.
    pub(super) fn ends_its_locks(&self, call: &StoreCall) -> Option<Id<StoreCall>> {
        let Part::Within(transaction) = call.part else { return None };
        let early = mutant!("locks-free-before-commit");
        self.transactions.get(transaction).and_then(|it| it.session).filter(|_| early)
    }
}

/// What another try can mend.
const fn mends(cause: Cause) -> bool {
    matches!(cause, Cause::Conflict | Cause::Deadlock | Cause::LockTimeout)
}
