//! Which instance is asked for which key, who knows of it, and what it keeps for itself.

use archsim_sim::{Span, Time};

use super::DataId;
use crate::discovery::health::HealthSettings;

/// How callers find instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How they learn who is there.
    pub discovery: Discovery,
    /// Whether they choose among the instances of their own zone while they know of any there.
    pub own_zone: bool,
    /// Whether they choose among the instances of all regions; else of those of their own, if it is to have any.
    pub anywhere: bool,
}

impl Finding {
    /// All members are known, wherever they are, and nobody notices who has died.
    pub const PLAIN: Finding = Finding { discovery: Discovery::None, own_zone: false, anywhere: false };
}

/// How it becomes known that an instance has come or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Members are known at once, and it is not noticed that one is dead.
    None,
    /// At once.
    AtOnce,
    /// By leases in the architecture's registry, which each caller copies now and then.
    Eureka,
    /// By probes of one load balancer before all callers.
    Health(HealthSettings),
}

/// A balancer that asks for each key the instance that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByKey {
    /// The data set of which the request's item decides.
    pub data: DataId,
    /// How items are dealt to instances.
    pub hashing: Hashing,
    /// Whether the items of an instance that is not known (any more) go to others; else they wait for it.
    pub rehash: bool,
}

/// How items are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// By the remainder of their hash.
    Modulo,
    /// On a ring.
    Ketama,
}

/// What an instance holds by itself: lost with its process, and rebuilt from somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalState {
    /// Items of which data set.
    pub data: DataId,
    /// How long it takes to rebuild all that an instance holds.
    pub rebuild: Span,
    /// Whether each item can be served as soon as it is there; else none before all are.
    pub gradual: bool,
}

impl LocalState {
    /// When an instance whose process began then can serve an item; `fraction` is its place in the order of
    /// rebuilding, from 0 to 1.
    pub fn ready(&self, born: Time, fraction: f64) -> Time {
        match () {
            // Who was there from the start has all.
            () if born == Time::ZERO => born,
            () if self.gradual => born + self.rebuild.scaled(fraction),
            () => born + self.rebuild,
        }
    }
}
