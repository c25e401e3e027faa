//! Users who are sent to another region: when, how fast, and back.
//!
//! ```text
//!   out --detect--> known --decide--> decided --ready--> users move by `shift` ......... over --after--> back by `shift`
//!                                     (others grow)
//! ```
//! A drill has no time to detect and to decide: it begins where it is decided.

use archsim_sim::Span;

/// How users are sent to other regions while theirs is out, or is evacuated.
#[derive(Clone, Debug, PartialEq)]
pub struct FailOver {
    /// From an outage until somebody knows.
    pub detect: Span,
    /// From then until it is decided.
    pub decide: Span,
    /// From the decision until users begin to move: what is launched for them boots.
    pub ready: Span,
    /// How fast they move.
    pub shift: Shift,
    /// By region: how large a part of those who move goes there; what counts are the regions that take part.
    pub to: Vec<f64>,
    /// From the end of an outage or a drill until users begin to move back.
    pub back_after: Span,
    /// How fast they move back.
    pub back: Shift,
}

/// How fast users move once they do: a user has moved whose own number, alike in every arm, is below the share.
#[derive(Clone, Debug, PartialEq)]
pub enum Shift {
    /// All at once.
    AtOnce,
    /// Evenly within so long: cached answers of the DNS that live for so long, asked for at any time.
    Linear(Span),
    /// The longer the fewer are left, with this mean: caches that live for all sorts of times.
    Exponential(Span),
    /// In steps: from so long after the first moment, this share.
    Steps(Vec<(Span, f64)>),
}

impl Shift {
    /// The share that has moved so long after they began to.
    pub fn share(&self, since: Span) -> f64 {
        match self {
            Shift::AtOnce => 1.0,
            Shift::Linear(all) if since >= *all => 1.0,
            Shift::Linear(all) => since.as_secs_f64() / all.as_secs_f64(),
            Shift::Exponential(mean) if mean.is_zero() => 1.0,
            Shift::Exponential(mean) => 1.0 - libm::exp(-since.as_secs_f64() / mean.as_secs_f64()),
            Shift::Steps(steps) => {
                let taken = steps.iter().take_while(|(at, _)| *at <= since);
                taken.last().map_or(0.0, |(_, share)| *share)
            }
        }
    }

    /// From the first moment until a user has moved, on average; of steps that leave users behind, of those who move.
    pub fn mean(&self) -> Span {
        match self {
            Shift::AtOnce => Span::ZERO,
            Shift::Linear(all) => all.scaled(0.5),
            Shift::Exponential(mean) => *mean,
            Shift::Steps(steps) => {
                let mut before = 0.0;
                let mut sum = 0.0;
                for (at, share) in steps {
                    sum += at.as_secs_f64() * (share - before);
                    before = *share;
                }
                if before > 0.0 { Span::from_secs_f64(sum / before) } else { Span::ZERO }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_grow_from_nothing_to_all() {
        let secs = Span::from_secs;
        let percent = |shift: &Shift, at: u64| libm::round(100.0 * shift.share(Span::from_secs(at))) as u64;
        let linear = Shift::Linear(secs(10));
        assert_eq!([0, 5, 10, 20].map(|at| percent(&linear, at)), [0, 50, 100, 100]);
        let left = 1.0 - Shift::Exponential(secs(10)).share(secs(20));
        assert!((left - 0.135_335).abs() < 1e-6, "{left}");
        let steps = Shift::Steps(vec![(secs(0), 0.1), (secs(10), 1.0)]);
        assert_eq!([0, 9, 10].map(|at| percent(&steps, at)), [10, 10, 100]);
        assert_eq!(steps.mean(), secs(9));
        assert_eq!((linear.mean(), percent(&Shift::AtOnce, 0)), (secs(5), 100));
    }
}
