//! What goes from phase to phase by itself.

use archsim_sim::{Span, Stream};

use crate::plan::Phase;

/// On its way through the phases, from the first one.
///
/// How long phases last and what follows have a stream each: a phase that is made longer changes nothing about what
/// comes after it.
pub(crate) struct Wanderer {
    phase: usize,
    sojourns: Stream,
    jumps: Stream,
}

impl Wanderer {
    pub(crate) fn new(sojourns: Stream, jumps: Stream) -> Self {
        Wanderer { phase: 0, sojourns, jumps }
    }

    /// What holds now.
    pub(crate) fn value(&self, phases: &[Phase]) -> f64 {
        phases[self.phase].value
    }

    /// How long the phase that has begun lasts: never no time at all.
    pub(crate) fn lasts(&mut self, phases: &[Phase]) -> Span {
        phases[self.phase].lasts.sample(&mut self.sojourns).max(Span::from_nanos(1))
    }

    /// The phase is over: another one follows, possibly the same.
    pub(crate) fn turn(&mut self, phases: &[Phase]) {
        let mut left = self.jumps.unit();
        let followers = &phases[self.phase].then;
        let chosen = followers.iter().find(|&&(_, probability)| {
            left -= probability;
            left < 0.0
        });
        // Probabilities that add up to a hair less than 1.
        self.phase = chosen.or(followers.last()).map_or(0, |&(next, _)| usize::from(next));
    }
}
