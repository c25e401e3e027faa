//! How many instances a deployable has over time, and who decides it.

use archsim_sim::{Span, Time};

/// Instances that come and go.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// There are never more than this at once, those that drain included: so many slots are set aside.
    pub most: u32,
    /// From the decision until a new instance serves.
    pub boot: Span,
    /// An instance that is to go takes nothing new, and ends when it is idle or after this.
    pub grace: Span,
    /// An instance whose process is gone is noticed after this: balancers forget it, and another boots in its place.
    /// Without it stays a member, and is back when its fault is over.
    pub replace: Option<Span>,
    /// Who decides how many there are.
    pub sizing: Sizing,
}

/// Who decides how many instances there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizing {
    /// The plan itself, in the order of time.
    Schedule(Vec<Resize>),
}

/// So many from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// When.
    pub at: Time,
    /// How many.
    pub instances: u32,
}
