//! Differences between two arms, replication by replication.
//!
//! Replication r of every arm meets the same users, the same faults and the same dice. What those do to both
//! arms alike cancels in the difference, so its interval is often far narrower than the arms' own
//! intervals suggest; and where it is not, nothing was assumed.

use crate::interval::{self, Estimate};

/// An arm against a baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Per replication that both arms could be measured in: the baseline's value and the arm's.
    pub pairs: Vec<(f64, f64)>,
    /// Mean of arm − baseline, with Student's t interval over the replications.
    pub estimate: Estimate,
}

impl Difference {
    /// Pairs the values of two arms by replication. `None` if no replication has both.
    ///
    /// `unseen` is what either value may be off by although no replication shows it: for shares that are
    /// exactly 0 or 1 in every replication, [`interval::unseen`]; for everything else zero.
    pub fn of(arm: &[Option<f64>], baseline: &[Option<f64>], unseen: f64, confidence: f64) -> Option<Self> {
        let both = baseline.iter().zip(arm).filter_map(|(&baseline, &arm)| Some((baseline?, arm?)));
        let pairs: Vec<(f64, f64)> = both.collect();
        let differences: Vec<f64> = pairs.iter().map(|(baseline, arm)| arm - baseline).collect();
        let found = interval::mean(&differences, confidence)?;
        let (low, high) = (found.low.min(found.value - unseen), found.high.max(found.value + unseen));
        Some(Difference { pairs, estimate: Estimate { low, high, ..found } })
    }

    /// In how many replications the arm is better than the baseline.
    pub fn better(&self, more_is_better: bool) -> usize {
        let is_better =
            |&&(baseline, arm): &&(f64, f64)| if more_is_better { arm > baseline } else { arm < baseline };
        self.pairs.iter().filter(is_better).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_arms_share_cancels() {
        let luck = [0.3, 0.9, 0.1, 0.6];
        let baseline: Vec<_> = luck.iter().map(|&l| Some(l)).collect();
        let arm: Vec<_> = luck.iter().zip([0.19, 0.21, 0.20, 0.20]).map(|(l, gain)| Some(l + gain)).collect();
        let found = Difference::of(&arm, &baseline, 0.0, 0.95).unwrap();
        assert!((found.estimate.value - 0.2).abs() < 1e-12);
        assert!(found.estimate.low > 0.18 && found.estimate.high < 0.22, "{:?}", found.estimate);
        assert_eq!((found.better(true), found.better(false)), (4, 0));
    }

    #[test]
    fn only_replications_with_both_values_count() {
        let found =
            Difference::of(&[Some(1.0), None, Some(3.0)], &[Some(0.0), Some(9.0), Some(1.0)], 0.0, 0.95);
        assert_eq!(found.unwrap().pairs, [(0.0, 1.0), (1.0, 3.0)]);
        assert_eq!(Difference::of(&[None], &[Some(1.0)], 0.0, 0.95), None);
    }

    #[test]
    fn no_difference_seen_is_no_proof_of_none() {
        let ones = [Some(1.0); 8];
        let found = Difference::of(&ones, &ones, 0.01, 0.95).unwrap().estimate;
        assert_eq!((found.value, found.low, found.high), (0.0, -0.01, 0.01));
    }
}
