//! What a capability does, step by step, and the calls between capabilities with the policies around them.

use archsim_sim::Distribution;

use super::{
    BlockId, CacheId, CapabilityId, CostId, DataId, DeployableId, GuardId, ProgramId, SiteId, StoreId, Wanted,
};
use crate::policy::{Backoff, Layer};

/// A capability as one deployable runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Which capability.
    pub capability: CapabilityId,
    /// Which deployable.
    pub deployable: DeployableId,
    /// Its steps; block 0 is the program, others are branches of parallel steps.
    pub blocks: Vec<Vec<Step>>,
}

/// A step of a program. `key` names its draws, and is the same in every arm.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// CPU time on the instance's cores.
    Work {
        /// How much, at speed 1.
        span: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// Waiting that needs no CPU.
    Latency {
        /// How long.
        span: Distribution,
        /// Names the draw.
        key: u64,
    },
    /// A call of another capability.
    Call(SiteId),
    /// Branches at the same time, then the join.
    Parallel {
        /// One block per branch.
        branches: Vec<BlockId>,
        /// Whether the failure of a branch ends the wait at once.
        fail_fast: bool,
    },
    /// One of several branches, by the toss of a coin.
    OneOf {
        /// The probability of each and its block; the probabilities add up to 1.
        branches: Vec<(f64, BlockId)>,
        /// Names the draw.
        key: u64,
    },
    /// Operations on a store, one after the other.
    Store {
        /// Which store.
        store: StoreId,
        /// Read or write.
        operation: Operation,
        /// How many, one after the other.
        repeat: u32,
        /// After those, and after each further one, the probability of one more, in [0, 1).
        again: f64,
        /// What they are about, where that matters to the store.
        item: Option<Wanted>,
        /// What each costs of the store's CPU, if anything.
        cost: Option<CostId>,
        /// Names the draws.
        key: u64,
    },
    /// Operations on a store behind a cache, one after the other.
    Cached(Access),
    /// Steps whose operations hold together.
    Transaction(TransactionStep),
}

/// A transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransactionStep {
    /// Where all its operations are done; nodes of a cluster go by their first.
    pub store: StoreId,
    /// Its steps.
    pub block: BlockId,
    /// Whether it locks nothing, and looks at the version when it writes.
    pub optimistic: bool,
    /// Tries in all, of what another try can mend: conflicts, deadlocks, locks that did not come in time.
    pub tries: u32,
    /// Pause before another one.
    pub backoff: Backoff,
    /// Names its draws.
    pub key: u64,
}

/// Operations on a data set that a cache stands before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// Which data set.
    pub data: DataId,
    /// The cache that is asked first.
    pub cache: CacheId,
    /// The store that is asked after a miss, and for every write.
    pub store: StoreId,
    /// Read or write.
    pub operation: Operation,
    /// How many, one after the other, each with a key of its own.
    pub repeat: u32,
    /// How likely one more follows, each time, after those.
    pub again: f64,
    /// Whether the step draws keys of its own; else they are those of the request, the same for every capability.
    pub own_key: bool,
    /// What each costs of the store's CPU, if anything.
    pub cost: Option<CostId>,
    /// Names the draws.
    pub key: u64,
}

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Takes the store's `read` time.
    Read,
    /// Takes the store's `write` time.
    Write,
}

/// A call step: who calls whom, how likely, how often, and behind which policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// `caller -> callee`, capability names.
    pub name: String,
    /// The program that calls.
    pub caller: ProgramId,
    /// The program that is called; in-process if both are of one deployable.
    pub callee: ProgramId,
    /// Whether the call is a function call.
    pub in_process: bool,
    /// Probability that the call is made at all, in (0, 1].
    pub probability: f64,
    /// How many calls, one after the other.
    pub repeat: u32,
    /// After those, and after each further one, the probability of one more, in [0, 1).
    pub again: f64,
    /// Whether a fallback may replace the answer.
    pub optional: bool,
    /// The policies, if any.
    pub guard: Option<GuardId>,
    /// Names the draws (coin, routing, network); the same in every arm.
    pub key: u64,
}

impl Site {
    /// Calls that are made on average each time the program comes here.
    pub fn calls(&self) -> f64 {
        self.probability * times_in_all(self.repeat, self.again)
    }
}

/// How often something is done on average: so many times, and each time perhaps once more.
pub fn times_in_all(repeat: u32, again: f64) -> f64 {
    f64::from(repeat) + again / (1.0 - again)
}

/// Policies around a call, outermost first. Each calling instance has its own state of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The deployable whose instances hold the state.
    pub deployable: DeployableId,
    /// The capability that is called.
    pub callee: CapabilityId,
    /// The layers.
    pub layers: Vec<Layer>,
    /// Programs that fallback layers run, by layer (in the calling deployable, or called without policies).
    pub fallbacks: Vec<Option<FallbackCall>>,
}

/// A capability called in place of the one that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FallbackCall {
    /// The site of the substitute call; it has no guard of its own.
    pub site: SiteId,
}
