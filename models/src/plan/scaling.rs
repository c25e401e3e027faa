//! How many instances a deployable has over time, and who decides it.

use archsim_sim::{Span, Time};

use crate::scaling::steps::StepScaling;
use crate::scaling::{hpa, tracking};

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
    /// What is measured of them.
    Autoscaler(Autoscaler),
}

/// So many from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// When.
    pub at: Time,
    /// How many.
    pub instances: u32,
}

/// Looks at a metric every so often and says how many there should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscaler {
    /// It looks at multiples of this.
    pub every: Span,
    /// Instances are measured over windows of this length, one after the other.
    pub window: Span,
    /// From the end of a window until the autoscaler knows of it.
    pub delay: Span,
    /// How it decides.
    pub rule: Rule,
}

/// How an autoscaler decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// Kubernetes' `HorizontalPodAutoscaler`: the largest wish of all its metrics.
    Hpa {
        /// What it aims at.
        goals: Vec<Goal>,
        /// Everything else.
        settings: hpa::Settings,
    },
    /// AWS target tracking.
    Tracking {
        /// Of which the mean over the warm instances is a point.
        metric: Metric,
        /// Everything else.
        settings: tracking::Settings,
        /// A new instance is warm so long after it began to serve.
        warm_up: Span,
    },
    /// AWS step scaling.
    Steps {
        /// Of which the mean over the warm instances is a point.
        metric: Metric,
        /// Everything else.
        policy: StepScaling,
        /// A new instance is warm so long after it began to serve.
        warm_up: Span,
        /// After a change nothing is done for so long.
        cooldown: Span,
    },
}

/// A metric and what is aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Which metric.
    pub metric: Metric,
    /// Its target, in the metric's unit.
    pub target: f64,
}

/// What is measured of an instance over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Share of its cores that are busy: never above 1, however much is asked of it.
    Cpu,
    /// Share of its threads that are busy: never above 1 either.
    Threads,
    /// Attempts that it works on or has in its queue, on average.
    InFlight,
    /// Attempts that reach it per second, whatever becomes of them: it does not saturate.
    Requests,
    /// Attempts in its accept queue, on average.
    Queue,
}

/// An instance's first time after its process began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// How long it is slower.
    pub lasts: Span,
    /// Multiplies the speed of its cores meanwhile.
    pub speed: f64,
}
