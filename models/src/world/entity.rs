//! The short-lived things of a world: requests, attempts, frames, passages, operations on stores.
//!
//! ```text
//!   Request ── Attempt ── Frame ── Passage ── Passage ── Attempt ── Frame ── …
//!   (a user)   (message)  (program) (layers of the onion)  (message)
//! ```
//!
//! Each may outlive what asked for it: a timeout frees the caller, while the attempt, its frame, its thread and
//! the passages inside the timeout live on. So links upwards may be stale, and a stale link means that nobody waits.

use archsim_sim::{Id, Key, Span, Time};

use crate::plan::{BlockId, GuardId, ProgramId, SiteId, StoreId};
use crate::policy::{Memory, Outcome};

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
    /// Lower is served first where a queue goes by priority.
    pub priority: u32,
    /// Work past this time is dropped by whoever checks it; `NEVER` unless a policy propagates a deadline.
    pub deadline: Time,
}

/// A user's journey, from arrival to answer.
#[derive(Debug)]
pub(crate) struct Request {
    pub journey: u16,
    /// In order of arrival, from 0.
    pub number: u64,
    /// The user of a closed workload.
    pub user: Option<u32>,
    pub start: Start,
    /// The attempt that carries it into the system.
    pub entry: Option<Id<Attempt>>,
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
    pub caller: Caller,
    /// The call site; `None` for a request's entry.
    pub site: Option<SiteId>,
    pub program: ProgramId,
    /// The calling instance; `None` for users.
    pub from: Option<u32>,
    /// The instance that is called.
    pub instance: u32,
    pub state: AttemptState,
    /// A function call on the caller's own instance: no network, no queue, no thread of its own.
    pub inline: bool,
    pub path: Key,
    pub frame: Option<Id<Frame>>,
    pub outcome: Outcome,
    /// Nobody waits for the answer any more: its CPU time is wasted.
    pub abandoned: bool,
    /// Whether the caller's balancer still counts it as under way.
    pub outstanding: bool,
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
    Cpu(archsim_sim::Ticket),
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
    pub start: Start,
    pub degraded: bool,
    /// The first failure of a branch.
    pub failed: Option<crate::record::Cause>,
    /// Fault effects that hold for this execution.
    pub effects: FrameEffects,
}

/// What faults do to one execution of a program, decided when it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameEffects {
    pub work_factor: f64,
    pub latency_factor: f64,
    /// It fails when it has done everything.
    pub fails: bool,
}

impl FrameEffects {
    pub(crate) const NONE: FrameEffects =
        FrameEffects { work_factor: 1.0, latency_factor: 1.0, fails: false };
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

/// One way in through some layers of an onion: a timeout or a retry starts a passage of its own, so that what was
/// left inside a timeout can live on while another attempt passes.
#[derive(Debug)]
pub(crate) struct Passage {
    pub origin: Origin,
    pub site: SiteId,
    pub guard: GuardId,
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
    /// The substitute under preparation will fail.
    pub substitute_fails: bool,
    /// The calling instance, which holds the state of the policies.
    pub instance: u32,
    pub path: Key,
    pub start: Start,
    /// Its own timeout has fired: whoever was outside has gone on.
    pub fired: bool,
    /// A timeout further out has fired.
    pub abandoned: bool,
    /// Its timeout has passed, but the work is on the caller's own thread and cannot be left.
    pub late: bool,
    /// The attempts that carry the call are counted as wasted.
    pub wasted: bool,
}

/// An operation on a store.
#[derive(Debug)]
pub(crate) struct StoreCall {
    pub origin: Origin,
    pub frame: Id<Frame>,
    pub store: StoreId,
    pub instance: u32,
    pub incarnation: u32,
    /// Time at the server; drawn with the request's key.
    pub service: Span,
    pub state: StoreState,
    pub windows: u32,
    pub outcome: Outcome,
}

/// Where an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreState {
    /// Waits for a connection of its instance's pool.
    Connecting,
    /// Has a connection and is on its way, in line, or being served.
    Connected,
}
