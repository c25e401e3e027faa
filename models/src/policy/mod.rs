//! Call policies: an onion whose order is data.
//!
//! A policy answers three questions and does nothing else: it never schedules an event and never sees another
//! policy. The machine that walks calls in and out is [`crate::world`].

pub mod layer;

pub use layer::*;

use archsim_sim::Span;

use crate::record::Cause;

/// What a layer says when a call asks to pass inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enter {
    /// Go on.
    Pass,
    /// Go on, but be back within this time.
    PassWithin(Span),
    /// Wait for a place.
    Wait {
        /// Give up after this time.
        at_most: Span,
    },
    /// No.
    Refuse(Cause),
}

/// What came back from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The full answer.
    Success,
    /// An answer in which something was replaced.
    Degraded,
    /// No answer.
    Failed(Cause),
    /// A layer further out has given up; nobody waits for an answer.
    Abandoned,
}

/// What a layer says when an outcome travels back out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// This is the outcome.
    Out(Outcome),
    /// Try again.
    Again {
        /// After this pause.
        after: Span,
    },
    /// Give this answer in its place.
    Instead(Substitute),
}

/// An answer in place of a failed one. It holds a fallback permit until it is there (`substituted`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitute {
    /// Made up on the spot, after this time.
    Ready {
        /// How long it takes.
        after: Span,
        /// Whether it fails after all.
        fails: bool,
    },
    /// The answer of another capability.
    Capability,
}

/// What a layer says when the work inside it has really ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing more.
    Done,
    /// A place is free: the longest-waiting call may start on it (it is already counted as running).
    StartNext,
}

/// What a layer remembers of one call between its questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Attempts made so far.
    pub attempts: u32,
    /// The last back-off.
    pub backoff: Span,
}
