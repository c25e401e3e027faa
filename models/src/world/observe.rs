//! Looking on. An observer is a type parameter: the default one has no size, and its calls vanish.

use archsim_sim::Time;

use crate::plan::SiteId;
use crate::policy::Outcome;
use crate::record::Cause;

/// Something worth telling about one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A program made a call at this site.
    Called(SiteId),
    /// A layer refused the call: layer number, cause.
    Refused(SiteId, u8, Cause),
    /// An attempt for the call was sent (or began inline).
    Attempted(SiteId),
    /// What came back from the attempt, before any layer saw it.
    Returned(SiteId, Outcome),
    /// The timeout at this layer fired.
    TimedOut(SiteId, u8),
    /// The fallback at this layer gave its answer, or failed to.
    Substituted(SiteId, u8, Outcome),
    /// The call ended for the program that made it.
    Settled(SiteId, Outcome),
    /// The user was turned away for this, and will ask again.
    TurnedAway(Cause),
    /// The user got this.
    Answered(Outcome),
}

/// Someone who looks on. Nothing it does can change the run.
pub trait Observer {
    /// Whether anybody looks; where not, nothing is even assembled.
    const LOOKS: bool = true;
    /// Told in the order of events: when, the request's number, what.
    fn note(&mut self, now: Time, request: u64, note: Note);
}

impl Observer for () {
    const LOOKS: bool = false;
    fn note(&mut self, _now: Time, _request: u64, _note: Note) {}
}

impl<F: FnMut(Time, u64, Note)> Observer for F {
    fn note(&mut self, now: Time, request: u64, note: Note) {
        self(now, request, note);
    }
}
