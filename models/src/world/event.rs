//! What can happen in a world: one closed set, small enough to copy.

use archsim_sim::Id;

use super::entity::{Attempt, Frame, Passage, Request, StoreCall};
use super::pool::PoolOf;
use super::session::Session;

/// One event. A stale id matches nothing: to cancel is to forget.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// The next request of an open workload arrives.
    Arrive,
    /// The next job of a kind arrives.
    Job { kind: u32 },
    /// What was to come at a given instant comes.
    Scheduled { index: u32 },
    /// A user of a closed workload asks again.
    Ask { user: u32 },
    /// The user of a session asks for the next thing.
    Next(Id<Session>),
    /// A user who was turned away asks again.
    Retrial(Id<Request>),
    /// A user stops waiting.
    Patience(Id<Request>),
    /// A user who waits in the entry's accept queue stops waiting.
    LineTooLong(Id<Attempt>),
    /// An attempt's message reaches its instance.
    Reach(Id<Attempt>),
    /// An attempt's answer reaches its caller.
    Answer(Id<Attempt>),
    /// A cancellation reaches the instance of an attempt.
    Cancel(Id<Attempt>),
    /// The next operation on a store's processor is done, unless `stamp` is out of date.
    StoreCpu { store: u32, stamp: u32 },
    /// The next job of an instance's processor is done, unless `stamp` is out of date.
    Cpu { instance: u32, stamp: u32 },
    /// A wait without CPU is over.
    Waited(Id<Frame>),
    /// A timeout layer's time is over.
    Timeout(Id<Passage>),
    /// A back-off is over.
    Backoff(Id<Passage>),
    /// A call has waited long enough for a permit.
    PermitWait(Id<Passage>),
    /// A ready-made substitute is there.
    Substitute(Id<Passage>),
    /// A caller has waited long enough for a connection.
    ConnectionWait(Id<StoreCall>),
    /// An operation reaches its store.
    StoreReach(Id<StoreCall>),
    /// A store's server has finished an operation.
    StoreDone(Id<StoreCall>),
    /// An operation's answer reaches its caller.
    StoreAnswer(Id<StoreCall>),
    /// A coordinator has waited long enough for its copies.
    Speculate(Id<StoreCall>),
    /// An operation has waited long enough for a lock.
    LockWait(Id<StoreCall>),
    /// A look-up in a cache has taken long enough.
    LookUpLate(Id<StoreCall>),
    /// Somebody whom a cache told to wait asks again.
    AskAgain(Id<StoreCall>),
    /// A writer has waited for long enough for copies to be told.
    LatchOver(Id<StoreCall>),
    /// A copy of a cache has its next item from another one, unless `turn` is out of date.
    WarmsCopy { of: u32, turn: u32 },
    /// The time to fail over has passed, unless the primary had another turn since.
    FailOver { cluster: u32, turn: u32 },
    /// A pool's worker has opened a connection, or could not.
    PoolOpened(PoolOf),
    /// A pool's worker has rested.
    PoolRested(PoolOf),
    /// A pool's housekeeper comes.
    Housekeeper(PoolOf),
    /// The registry takes out whose lease is over.
    Evicts,
    /// A load balancer asks the instances of a deployable.
    Probes { deployable: u32 },
    /// The first heartbeat of a process.
    Heartbeat { instance: u32, incarnation: u32 },
    /// A fault begins.
    FaultBegins { fault: u32 },
    /// A fault ends.
    FaultEnds { fault: u32 },
    /// A part of a hazard fails.
    Fails { part: u32 },
    /// A part of a hazard is there again.
    Mended { part: u32 },
    /// A common cause hits the parts of its hazard.
    Strikes { hazard: u32 },
    /// A state of an environment is over.
    Turns { weather: u32 },
    /// A window of the record begins or ends.
    Boundary,
    /// The instances of a deployable report their loads.
    Report { deployable: u32 },
    /// The plan changes the number of a deployable's instances.
    Resize { deployable: u32, entry: u32 },
    /// A new instance can serve, unless `turn` is out of date.
    Booted { instance: u32, turn: u32 },
    /// It is noticed that an instance's process is gone.
    Missed { instance: u32, turn: u32 },
    /// An instance that drains has had its time.
    DrainOver { instance: u32, turn: u32 },
    /// Instances of a deployable have been measured over a window.
    Samples { deployable: u32 },
    /// An autoscaler looks at what it knows.
    Looks { deployable: u32 },
    /// The autoscaler of a cluster looks at a pool of nodes.
    Scans { pool: u32 },
    /// A node is there on which instances can boot, unless `turn` is out of date.
    NodeReady { node: u32, pool: u16, turn: u16 },
    /// It is decided to send the users of a region elsewhere: the others grow.
    Saves { region: u32 },
    /// An instance's process is as fast as it will be.
    Warm { instance: u32, incarnation: u32 },
}

const _: () = assert!(std::mem::size_of::<Event>() <= 16, "an event must stay small enough to copy");

impl Event {
    /// Kind and subject, for the fingerprint of the run.
    pub(crate) fn bits(self) -> u64 {
        let (kind, subject) = match self {
            Event::Arrive => (1, 0),
            Event::Ask { user } => (2, u64::from(user)),
            Event::Patience(id) => (3, id.to_bits()),
            Event::Reach(id) => (4, id.to_bits()),
            Event::Answer(id) => (5, id.to_bits()),
            Event::Cancel(id) => (6, id.to_bits()),
            Event::Cpu { instance, stamp } => (7, u64::from(instance) << 32 | u64::from(stamp)),
            Event::Waited(id) => (8, id.to_bits()),
            Event::Timeout(id) => (9, id.to_bits()),
            Event::Backoff(id) => (10, id.to_bits()),
            Event::PermitWait(id) => (11, id.to_bits()),
            Event::Substitute(id) => (12, id.to_bits()),
            Event::ConnectionWait(id) => (13, id.to_bits()),
            Event::StoreReach(id) => (14, id.to_bits()),
            Event::StoreDone(id) => (15, id.to_bits()),
            Event::StoreAnswer(id) => (16, id.to_bits()),
            Event::FaultBegins { fault } => (17, u64::from(fault)),
            Event::FaultEnds { fault } => (18, u64::from(fault)),
            Event::Boundary => (19, 0),
            Event::Scheduled { index } => (26, u64::from(index)),
            Event::Next(id) => (29, id.to_bits()),
            Event::Retrial(id) => (28, id.to_bits()),
            Event::LineTooLong(id) => (20, id.to_bits()),
            Event::Fails { part } => (21, u64::from(part)),
            Event::Mended { part } => (22, u64::from(part)),
            Event::Strikes { hazard } => (23, u64::from(hazard)),
            Event::Turns { weather } => (24, u64::from(weather)),
            Event::Report { deployable } => (25, u64::from(deployable)),
            Event::LookUpLate(id) => (27, id.to_bits()),
            Event::LockWait(id) => (65, id.to_bits()),
            Event::Speculate(id) => (66, id.to_bits()),
            Event::StoreCpu { store, stamp } => (64, u64::from(store) << 32 | u64::from(stamp)),
            Event::AskAgain(id) => (70, id.to_bits()),
            Event::LatchOver(id) => (71, id.to_bits()),
            Event::WarmsCopy { of, turn } => (72, u64::from(of) << 32 | u64::from(turn)),
            Event::FailOver { cluster, turn } => (63, u64::from(cluster) << 32 | u64::from(turn)),
            Event::PoolOpened(of) => (60, of.bits()),
            Event::PoolRested(of) => (61, of.bits()),
            Event::Housekeeper(of) => (62, of.bits()),
            Event::Evicts => (50, 0),
            Event::Probes { deployable } => (51, u64::from(deployable)),
            Event::Heartbeat { instance, incarnation } => {
                (52, u64::from(instance) << 32 | u64::from(incarnation))
            }
            Event::Resize { deployable, entry } => (40, u64::from(deployable) << 32 | u64::from(entry)),
            Event::Booted { instance, turn } => (41, u64::from(instance) << 32 | u64::from(turn)),
            Event::Missed { instance, turn } => (42, u64::from(instance) << 32 | u64::from(turn)),
            Event::DrainOver { instance, turn } => (43, u64::from(instance) << 32 | u64::from(turn)),
            Event::Samples { deployable } => (44, u64::from(deployable)),
            Event::Looks { deployable } => (45, u64::from(deployable)),
            Event::Warm { instance, incarnation } => (46, u64::from(instance) << 32 | u64::from(incarnation)),
            Event::Scans { pool } => (47, u64::from(pool)),
            Event::NodeReady { node, pool, turn } => {
                (48, u64::from(node) << 32 | u64::from(pool) << 16 | u64::from(turn))
            }
            Event::Saves { region } => (53, u64::from(region)),
            Event::Job { kind } => (30, u64::from(kind)),
        };
        subject ^ (kind << 56)
    }
}
