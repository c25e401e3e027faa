//! What goes from phase to phase by itself: the rate of modulated arrivals, the speed of processors.

use archsim_sim::Distribution;

/// A phase: what holds while it lasts, and what may follow. Where all phases last for exponential times, they are a
/// Markov chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// What holds: arrivals per second, or the factor of a speed.
    pub value: f64,
    /// How long it lasts.
    pub lasts: Distribution,
    /// Which phase follows, with its probability; the probabilities add up to 1.
    pub then: Vec<(u16, f64)>,
}

/// The mean of the value over a long time.
pub fn mean_of(phases: &[Phase]) -> f64 {
    let visits = visits(phases);
    let spent = phases.iter().zip(visits).map(|(phase, visits)| (phase.value, visits * phase.lasts.mean()));
    let (sum, time) =
        spent.fold((0.0, 0.0), |(sum, time), (value, spent)| (sum + value * spent, time + spent));
    sum / time
}

/// How often each phase follows, in the long run.
fn visits(phases: &[Phase]) -> Vec<f64> {
    let mut visits = vec![1.0 / phases.len() as f64; phases.len()];
    // Half of it stays where it is, so that a cycle settles too.
    for _ in 0..2_000 {
        let mut next: Vec<f64> = visits.iter().map(|it| it / 2.0).collect();
        for (phase, visits) in phases.iter().zip(&visits) {
            for &(to, probability) in &phase.then {
                next[usize::from(to)] += visits / 2.0 * probability;
            }
        }
        visits = next;
    }
    visits
}
