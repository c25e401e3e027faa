//! What is seen of a command, in the words of the original.

use archsim_models::policy::Outcome;
use archsim_models::record::Cause;
use archsim_models::world::Note;
use archsim_sim::Time;

/// What was seen of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Hystrix's names of what happened, in order.
    pub events: Vec<&'static str>,
    /// What the caller got, and when.
    pub settled: Option<(Time, Outcome)>,
    /// An attempt was sent.
    pub attempted: bool,
    /// Whatever comes back now comes too late for the command.
    over: bool,
}

impl Observed {
    /// Takes down a note about this request's call. Without a fallback layer the original tells that it has none.
    pub fn note(&mut self, now: Time, note: Note, has_fallback: bool) {
        match note {
            Note::Attempted(_) => self.attempted = true,
            Note::Refused(_, _, Cause::ShortCircuit) => self.events.push("short_circuited"),
            Note::Refused(_, _, Cause::PoolRejected) => self.events.push("thread_pool_rejected"),
            Note::Refused(_, _, Cause::SemaphoreRejected) => self.events.push("semaphore_rejected"),
            Note::Refused(..) => self.events.push("refused for a reason that Hystrix does not know"),
            Note::TimedOut(..) => {
                self.over = true;
                self.events.push("timeout");
            }
            Note::Returned(_, outcome) if !self.over => match outcome {
                Outcome::Success | Outcome::Degraded => self.events.push("success"),
                Outcome::Failed(_) => self.events.push("failure"),
                Outcome::Abandoned => self.events.push("cancelled"),
            },
            Note::Substituted(_, _, Outcome::Degraded) => self.events.push("fallback_success"),
            Note::Substituted(..) => self.events.push("fallback_failure"),
            Note::Settled(_, outcome) => self.settle(now, outcome, has_fallback),
            Note::Called(_) | Note::Returned(..) | Note::TurnedAway(_) | Note::Answered(_) => {}
        }
    }

    fn settle(&mut self, now: Time, outcome: Outcome, has_fallback: bool) {
        match outcome {
            Outcome::Failed(Cause::FallbackRejected) => self.events.push("fallback_rejection"),
            Outcome::Failed(_) if !has_fallback => self.events.push("fallback_missing"),
            _ => {}
        }
        if self.settled.is_some() {
            self.events.push("answered twice");
        }
        self.settled = Some((now, outcome));
        self.over = true;
    }

    /// What the caller got, in the words of the cases.
    pub fn result(&self) -> &'static str {
        match self.settled {
            Some((_, Outcome::Success)) => "value",
            Some((_, Outcome::Degraded)) => "fallback",
            Some((_, Outcome::Failed(_) | Outcome::Abandoned)) => "error",
            None => "nothing",
        }
    }

    /// Whether a bulkhead refused it.
    pub fn is_rejected(&self) -> bool {
        self.events.iter().any(|event| matches!(*event, "thread_pool_rejected" | "semaphore_rejected"))
    }
}
