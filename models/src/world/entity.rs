//! The short-lived things of a world: requests, attempts, frames, passages, operations on stores.
//!
//! ```text
//!   Request ── Attempt ── Frame ── Passage ── Passage ── Attempt ── Frame ── …
//!   (a user)   (message)  (program) (layers of the onion)  (message)
//! ```
//!
//! Each may outlive what asked for it: a timeout frees the caller, while the attempt, its frame, its thread and
//! the passages inside the timeout live on. So links upwards may be stale, and a stale link means that nobody waits.

use archsim_sim::{Id, Key, Span, Ticket, Time, mutant};

use super::cache::{Behind, Role};
use super::cluster::Item;
use super::lock;
use super::session::Session;
use super::transaction::Transaction;
use crate::plan::{BlockId, GuardId, Operation, Plan, ProgramId, SiteId, StoreId, ZoneId};
use crate::policy::{Memory, Outcome};
use crate::record::Cause;

const RETRY: u64 = Key::of_name("retry");

/// When and in which windows something started: what its outcome is counted under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// When.
    pub at: Time,
    /// Bit w: it started in window w.
    pub windows: u32,
}

/// What every part of a request carries along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The request; stale once the user has an answer or has left.
    pub request: Id<Request>,
    /// Orders events of the same instant.
    pub rank: u64,
    /// What its user, or its job, asks for.
    pub journey: u16,
    /// Work past this time is dropped by whoever checks it; `NEVER` unless a policy propagates a deadline.
    pub deadline: Time,
    /// Nobody waits for what comes of it any more: its CPU time is wasted. Whatever it still starts inherits this.
    pub wasted: bool,
    /// The which of its request's attempts this belongs to, as [`Request::asked`] counts (its lowest bits).
    pub asked: u16,
}

impl Origin {
    /// Lower is served first where a queue goes by priority.
    pub(crate) fn priority(&self, plan: &Plan) -> u32 {
        plan.journeys[usize::from(self.journey)].priority
    }
}

/// Who asks: what becomes of the user when a request is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A user who asks once, or nobody: a job.
    Once,
    /// A user of a closed workload.
    Circle(u32),
    /// A user who may ask for more.
    Session(Id<Session>),
}

/// A user's journey, from arrival to answer.
#[derive(Debug)]
pub(crate) struct Request {
    pub journey: u16,
    /// In order of arrival, from 0.
    pub number: u64,
    /// Who asks.
    pub asker: Asker,
    pub start: Start,
    /// Names its draws.
    pub path: Key,
    /// The attempt that carries it into the system.
    pub entry: Option<Id<Attempt>>,
    /// Bit d: it has the item of data set d that its key asks for, and carries it along.
    pub known: u64,
    /// Bit d: it has written to data set d of a database with replicas.
    pub wrote: u64,
    /// How often it has asked, the next time included while it is in orbit.
    pub asked: u32,
    /// Turned away, and not yet there again.
    pub in_orbit: bool,
    /// Where its user lives, if there are regions.
    pub home: Option<u16>,
    /// Where its user comes in.
    pub zone: Option<ZoneId>,
}

impl Request {
    /// What all parts of the current attempt carry along.
    pub(crate) const fn origin(&self, id: Id<Request>, rank: u64) -> Origin {
        Origin {
            request: id,
            rank,
            journey: self.journey,
            deadline: Time::NEVER,
            wasted: false,
            asked: self.asked as u16,
        }
    }
}

/// Who is told how an attempt or a substitute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    User(Id<Request>),
    Frame(Id<Frame>),
    Passage(Id<Passage>),
}

/// Where an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptState {
    /// Its caller spends CPU on sending it.
    Sending,
    /// On the network to its instance.
    Outbound,
    /// In the accept queue.
    Queued,
    /// A thread works on it, or it runs inline.
    Running,
    /// Its answer is on the network.
    Inbound,
    /// A message was lost, or the machine is gone: no answer will ever come.
    Lost,
}

/// One message to one instance, and what becomes of it there.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub origin: Origin,
    /// Its place among all attempts and operations that were ever begun.
    pub order: u64,
    pub caller: Caller,
    /// The call site; `None` for a request's entry.
    pub site: Option<SiteId>,
    pub program: ProgramId,
    /// The calling instance; `None` for users.
    pub from: Option<u32>,
    /// Where the caller lives, if it is a user and there are regions.
    pub home: Option<u16>,
    /// Where the caller is; of a user, where he comes in.
    pub zone: Option<ZoneId>,
    /// The instance that is called.
    pub instance: u32,
    pub state: AttemptState,
    /// When it came to the place at its instance where it is: the accept queue, or its thread.
    pub since: Time,
    /// A function call on the caller's own instance: no network, no queue, no thread of its own.
    pub inline: bool,
    pub path: Key,
    pub frame: Option<Id<Frame>>,
    pub outcome: Outcome,
    /// The job that serialises its message or its answer, while there is one.
    pub cpu: Option<OnCpu>,
    /// A cancellation came before the message did, which is then dropped when it comes.
    pub cancelled: bool,
    /// Whether the caller's balancer still counts it as under way.
    pub outstanding: bool,
}

impl Attempt {
    /// A call's attempt, not yet sent.
    pub(crate) fn new(
        origin: Origin,
        caller: Caller,
        site: impl Into<Option<SiteId>>,
        program: ProgramId,
        instance: u32,
        path: Key,
    ) -> Self {
        Attempt {
            origin,
            order: 0,
            caller,
            site: site.into(),
            program,
            from: None,
            home: None,
            zone: None,
            instance,
            state: AttemptState::Sending,
            since: Time::ZERO,
            inline: false,
            path,
            frame: None,
            outcome: Outcome::Success,
            cpu: None,
            cancelled: false,
            outstanding: false,
        }
    }
}

/// A job on a processor, and what it takes in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OnCpu {
    pub ticket: Ticket,
    pub work: Span,
}

/// Who goes on when a frame has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The attempt whose program this is.
    Attempt(Id<Attempt>),
    /// The frame that made this in-process call.
    Call(Id<Frame>, SiteId),
    /// The frame of which this is a parallel branch.
    Branch(Id<Frame>),
    /// The frame of whose transaction these are the steps.
    Transaction(Id<Frame>),
}

/// What a frame waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    None,
    Frame(Id<Frame>),
    Passage(Id<Passage>),
    Attempt(Id<Attempt>),
    /// The first branch; the others follow by `sibling`.
    Branches(Id<Frame>),
    Store(Id<StoreCall>),
    Cpu(OnCpu),
}

/// A program (or a branch of it) being run.
#[derive(Debug)]
pub(crate) struct Frame {
    pub origin: Origin,
    /// The attempt on whose thread this runs.
    pub attempt: Id<Attempt>,
    pub parent: Parent,
    pub child: Child,
    pub sibling: Option<Id<Frame>>,
    pub instance: u32,
    pub program: ProgramId,
    pub block: BlockId,
    /// The next step.
    pub step: u16,
    /// How often the current call or store step has been done.
    pub round: u32,
    /// Branches that have not joined yet.
    pub pending: u16,
    pub path: Key,
    /// Names the keys of items, where the step draws its own: the same each time a transaction is tried.
    pub keys: Key,
    /// The transaction that its current step is, or that it is a part of.
    pub transaction: Option<Id<Transaction>>,
    /// The start of the call that it waits for.
    pub call_start: Start,
    /// A fallback has answered the current call in its callee's place.
    pub substituted: bool,
    pub degraded: bool,
    /// Why it will end with a failure: that of a call, of a branch, of its own.
    pub failed: Option<Cause>,
    /// Fault effects that hold for this execution.
    pub effects: FrameEffects,
}

impl Frame {
    /// At the first step of `program`, untouched by faults.
    pub(crate) fn new(
        origin: Origin,
        attempt: Id<Attempt>,
        parent: Parent,
        instance: u32,
        program: ProgramId,
        path: Key,
    ) -> Self {
        Frame {
            origin,
            attempt,
            parent,
            child: Child::None,
            sibling: None,
            instance,
            program,
            block: BlockId(0),
            step: 0,
            round: 0,
            pending: 0,
            path,
            keys: path,
            transaction: None,
            call_start: Start { at: Time::ZERO, windows: 0 },
            substituted: false,
            degraded: false,
            failed: None,
            effects: FrameEffects::NONE,
        }
    }
}

/// What faults do to one execution of a program, decided when it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameEffects {
    pub work_factor: f64,
    pub latency_factor: f64,
    /// It fails when it has done everything.
    pub fails: Option<crate::record::Cause>,
}

impl FrameEffects {
    pub(crate) const NONE: FrameEffects = FrameEffects { work_factor: 1.0, latency_factor: 1.0, fails: None };
}

/// Where a passage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassageState {
    /// Something is under way further in.
    Inside,
    /// In the line of the bulkhead at this layer.
    Waiting(u8),
    /// In a back-off of the retry at this layer.
    Pausing(u8),
    /// The fallback at this layer prepares its answer.
    Substituting(u8),
}

/// Whether anybody outside waits for a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody does.
    Awaited,
    /// Its timeout has passed, but the work is on the caller's own thread and cannot be left.
    Late,
    /// A timeout further out has fired: its layers were told that nobody waits.
    Abandoned,
    /// Its own timeout has fired: whoever was outside has gone on, and its layers were told.
    Fired,
}

/// The guarded call that a passage belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuardedCall {
    pub origin: Origin,
    pub site: SiteId,
    pub guard: GuardId,
    /// The calling instance, which holds the state of the policies.
    pub instance: u32,
    pub start: Start,
}

/// One way in through some layers of an onion: a timeout or a retry starts a passage of its own, so that what was
/// left inside a timeout can live on while another attempt passes.
#[derive(Debug)]
pub(crate) struct Passage {
    pub call: GuardedCall,
    /// Which segment of the onion.
    pub segment: u8,
    /// Its layers: from (included) to (excluded).
    pub from: u8,
    pub to: u8,
    pub state: PassageState,
    /// Who called; `Passage` for the layers further out.
    pub caller: Caller,
    pub child: Child,
    pub memory: Memory,
    /// Tries made before the current one.
    pub tries: u32,
    pub path: Key,
    /// When it stops waiting for a permit; a timer of an earlier wait comes before that.
    pub wait_ends: Time,
    /// The layer that refused the current try.
    pub refused_by: Option<u8>,
    /// The substitute under preparation will fail.
    pub substitute_fails: bool,
    pub standing: Standing,
}

impl Passage {
    /// A passage through the layers of a segment that nothing has entered yet.
    pub(crate) fn new(
        call: GuardedCall,
        segment: u8,
        (from, to): (u8, u8),
        caller: Caller,
        path: Key,
    ) -> Self {
        Passage {
            call,
            segment,
            from,
            to,
            state: PassageState::Inside,
            caller,
            child: Child::None,
            memory: Memory::default(),
            tries: 0,
            path,
            wait_ends: Time::NEVER,
            refused_by: None,
            substitute_fails: false,
            standing: Standing::Awaited,
        }
    }

    /// Whether nobody outside waits for its outcome any more.
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.standing, Standing::Abandoned | Standing::Fired)
    }

    /// The path of what goes on inside: the call's own for the first try, so that a retry policy that never has
    /// to act changes nothing.
    pub(crate) fn inner_path(&self) -> Key {
        if self.tries == 0 || mutant!("retries-share-dice") {
            self.path
        } else {
            self.path.with(RETRY).with(u64::from(self.tries))
        }
    }

    /// Layers up to this one (excluded) have let the call pass inwards and have not seen it come out.
    pub(crate) fn entered(&self) -> u8 {
        match self.state {
            PassageState::Inside => self.to,
            PassageState::Waiting(layer) | PassageState::Substituting(layer) => layer,
            PassageState::Pausing(layer) => layer + 1,
        }
    }
}

/// An operation on a store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreCall {
    pub origin: Origin,
    /// Its place among all attempts and operations that were ever begun.
    pub order: u64,
    pub frame: Id<Frame>,
    pub store: StoreId,
    pub instance: u32,
    pub incarnation: u32,
    /// CPU time at the store, before a server; drawn with the request's key.
    pub work: Span,
    /// Time at the server; drawn with the request's key.
    pub service: Span,
    pub operation: Operation,
    /// What it is about, where that matters.
    pub item: Option<Item>,
    /// Names its draws.
    pub draw: Key,
    /// The session of another database that waits for it: it has no connection of a pool.
    pub parent: Option<Id<StoreCall>>,
    /// What its session waits for at another database.
    pub waits_for: Option<Id<StoreCall>>,
    /// What a cache's server reads if it does not have what is looked up.
    pub behind: Option<Behind>,
    /// The link that it goes over, or has come over.
    pub link: Option<u16>,
    /// Rows that it has got over the link; answers that its coordinator has got.
    pub row: u32,
    /// Answers that its coordinator may still get.
    pub open: u32,
    /// Another copy that its coordinator may ask.
    pub spare: Option<StoreId>,
    /// What it has to do with a transaction.
    pub part: Part,
    /// The lock that it waits for.
    pub awaits: u32,
    /// The first of the locks that it holds.
    pub holds: u32,
    /// What it has to do with a cache.
    pub role: Role,
    pub state: StoreState,
    /// When it came to the place at the store where it is: the line, or its server.
    pub since: Time,
    /// When it was asked for.
    pub asked: Time,
    /// Which connection of its pool it has.
    pub connection: u32,
    /// The store has accepted its connection, which is there for this operation alone.
    pub connected: bool,
    pub windows: u32,
    pub outcome: Outcome,
}

impl StoreCall {
    /// What is asked for now, of nobody, with nothing to do yet: it waits for nothing, holds nothing and takes no time.
    pub(crate) fn new((asked, order): (Time, u64), origin: Origin, store: StoreId, role: Role) -> Self {
        StoreCall {
            origin,
            order,
            frame: Id::from_bits(u64::MAX),
            store,
            instance: 0,
            incarnation: 0,
            work: Span::ZERO,
            service: Span::ZERO,
            operation: Operation::Read,
            item: None,
            draw: Key::new(0, 0),
            parent: None,
            waits_for: None,
            behind: None,
            link: None,
            row: 0,
            open: 0,
            spare: None,
            part: Part::Alone,
            awaits: lock::NONE,
            holds: lock::NONE,
            role,
            state: StoreState::Connecting,
            since: asked,
            asked,
            connection: 0,
            connected: false,
            windows: 0,
            outcome: Outcome::Success,
        }
    }
}

/// What an operation has to do with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing.
    Alone,
    /// It holds the connection and the locks of one, and has no work of its own.
    Session(Id<Transaction>),
    /// It is done on the connection of one.
    Within(Id<Transaction>),
    /// It is one of an optimistic one: by itself, but for the version that its item had when it was read, which goes
    /// along, whoever may still wait for it.
    Optimistic(Id<Transaction>, Option<u32>),
    /// Nothing: it is a write that was kept for a copy that was out.
    Hint,
}

/// Where an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreState {
    /// Waits for a connection of its instance's pool.
    Connecting,
    /// Has its pool's connection and is on its way to the store.
    Outbound,
    /// Waits for a lock.
    Locking,
    /// Is the session of a transaction whose steps are being done.
    Open,
    /// On the store's processor.
    Computing,
    /// In line for a server.
    Queued,
    /// A server works on it, until then.
    Served(Time),
    /// Its server and session wait for another database.
    Linked,
    /// The cache's node reads what it does not have.
    Supplied,
    /// Its coordinator waits for a quorum.
    Gathering,
    /// Committed, and on its way to a replica until then.
    Committing(Time),
    /// A silent outage keeps it until it ends.
    Swallowed,
    /// Is no operation: waits for the answer of another's.
    Following,
    /// Its answer is on its way.
    Inbound,
}
