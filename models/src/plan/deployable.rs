//! What runs: deployables, how callers choose an instance, how those under way slow each other down.

use archsim_sim::{Limit, Order, Sharing, Span};

use super::{ByKey, Finding, LocalState, NodePoolId, Scaling, WarmUp, ZoneId};

/// What is deployed and runs as a number of alike instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployable {
    /// Its name.
    pub name: String,
    /// How many instances at the start of the run; so many all the time unless it is scaled.
    pub instances: u32,
    /// With fewer of them up, those that are refuse whatever comes: a quorum. At least 1.
    pub needs: u32,
    /// Cores of an instance.
    pub cores: Limit,
    /// Work per second that a core does: 1 is what `work` is measured in.
    pub speed: f64,
    /// How jobs share the cores.
    pub sharing: Sharing,
    /// Threads of an instance; in asynchronous mode the in-flight limit.
    pub threads: Limit,
    /// Whether an attempt holds its thread while it waits.
    pub mode: Mode,
    /// Attempts that may wait for a thread of an instance.
    pub queue: Limit,
    /// In which order they get one.
    pub order: Order,
    /// How the attempts of an instance slow each other down.
    pub crowding: Crowding,
    /// How callers choose an instance.
    pub route: Route,
    /// How callers learn who is there, and whom they prefer.
    pub finding: Finding,
    /// What its instances hold by themselves.
    pub state: Option<LocalState>,
    /// The zones of its instances, one after the other and round again; empty without zones.
    pub zones: Vec<ZoneId>,
    /// Network time to an instance, one way, from other deployables.
    pub hop: Span,
    /// Network time from users, one way.
    pub user_hop: Span,
    /// CPU that a remote call costs its caller (to send) and its callee (to answer), each.
    pub serialise: Span,
    /// Slower at first, whenever a process begins after the start of the run.
    pub warm_up: Option<WarmUp>,
    /// How the number of instances changes; nothing if it does not.
    pub scaling: Option<Scaling>,
    /// On whose nodes its instances run; nothing if each has a machine to itself whenever it wants one.
    pub nodes: Option<NodePoolId>,
    /// Whether the slots that are empty at the start are for users of other regions: each is filled when users of
    /// another region than its own are to come.
    pub reserve: bool,
}

impl Deployable {
    /// One instance without limits: any number of cores and threads, no network, nothing that changes.
    pub fn plain(name: &str) -> Self {
        Deployable {
            name: name.into(),
            instances: 1,
            needs: 1,
            cores: Limit::Unbounded,
            speed: 1.0,
            sharing: Sharing::Shared,
            threads: Limit::Unbounded,
            mode: Mode::Blocking,
            queue: Limit::Unbounded,
            order: Order::Fifo,
            crowding: Crowding::NONE,
            route: Route::RoundRobin,
            finding: Finding::PLAIN,
            state: None,
            zones: Vec::new(),
            hop: Span::ZERO,
            user_hop: Span::ZERO,
            serialise: Span::ZERO,
            warm_up: None,
            scaling: None,
            nodes: None,
            reserve: false,
        }
    }

    /// Instances that there can be at once.
    pub fn slots(&self) -> u32 {
        self.scaling.as_ref().map_or(self.instances, |scaling| scaling.most.max(self.instances))
    }

    /// Cores that an instance takes of a node; none where there is no limit.
    pub fn size(&self) -> u32 {
        match self.cores {
            Limit::AtMost(cores) => cores,
            Limit::Unbounded => 0,
        }
    }

    /// Where its instance of that number is.
    pub fn zone_of(&self, number: u32) -> Option<ZoneId> {
        let zones = self.zones.len();
        (zones > 0).then(|| self.zones[number as usize % zones])
    }
}

/// Whether an attempt holds a thread while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Yes: from leaving the accept queue until the answer is sent.
    Blocking,
    /// No: `threads` is then how many attempts an instance has under way at most.
    Asynchronous,
}

/// How an instance is chosen. Each caller has a balancer of its own, as in a client-side balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// One after the other.
    RoundRobin,
    /// Any, alike.
    Random,
    /// The one with the least load; among equals the next in turn.
    LeastOutstanding(Loads),
    /// The one with the least load of so many different ones at random, at most [`CHOICES_MAX`]; among equals the
    /// first drawn.
    PowerOf(u32, Loads),
    /// The one that owns the request's item.
    ByKey(ByKey),
}

impl Route {
    /// The one with the fewest of this caller's attempts under way.
    pub const LEAST_OUTSTANDING: Route = Route::LeastOutstanding(Loads::Own);
    /// The better one of two at random, by this caller's own attempts.
    pub const POWER_OF_TWO: Route = Route::PowerOf(2, Loads::Own);

    /// How long a balancer goes by what it knows before it looks again; nothing if it knows at once.
    pub fn refresh(self) -> Option<Span> {
        match self {
            Route::LeastOutstanding(Loads::Instances { refresh })
            | Route::PowerOf(_, Loads::Instances { refresh }) => (!refresh.is_zero()).then_some(refresh),
            _ => None,
        }
    }
}

/// A balancer draws at most so many instances to choose from.
pub const CHOICES_MAX: u32 = 16;

/// What a balancer knows of the load of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loads {
    /// The caller's own attempts that have no answer yet: what a client knows by itself.
    Own,
    /// Everybody's attempts that an instance works on or has in its queue, as it reports them.
    Instances {
        /// Reports come at multiples of this and hold until the next; zero: always up to date.
        refresh: Span,
    },
}

/// How those who are under way at once slow each other down: the universal scalability law (Gunther 1993), and a
/// plain addition.
///
/// With `n` under way, itself included, what starts takes `1 + contention · (n − 1) + coherency · n · (n − 1)` times
/// as long: contention is waiting for what only one can hold at a time, coherency is talking to all the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crowding {
    /// Each other one adds this to a wait (to a store's operation, but not to CPU work).
    pub adds: Span,
    /// Each other one adds this share.
    pub contention: f64,
    /// Each other one adds this share for each one there is.
    pub coherency: f64,
}

impl Crowding {
    /// Nobody is in anybody's way.
    pub const NONE: Crowding = Crowding { adds: Span::ZERO, contention: 0.0, coherency: 0.0 };

    /// How long work takes with so many under way.
    pub fn work(&self, span: Span, under_way: u32) -> Span {
        let others = f64::from(under_way.saturating_sub(1));
        let more = (self.contention + self.coherency * f64::from(under_way)) * others;
        if more > 0.0 { span.scaled(1.0 + more) } else { span }
    }

    /// How long a wait takes with so many under way.
    pub fn wait(&self, span: Span, under_way: u32) -> Span {
        let wait = self.work(span, under_way);
        if self.adds.is_zero() {
            wait
        } else {
            wait + self.adds.scaled(f64::from(under_way.saturating_sub(1)))
        }
    }
}
