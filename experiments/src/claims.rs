//! Claims check themselves: does the whole interval keep the bound, break it, or neither?
//!
//! The confidence 1 − α is that of the verdict: a claim that does not hold is said to hold with a probability of at
//! most α, and one that does is said to fail with at most α.
//!
//! *Holds* asks every case (arm × journey) to keep every end of the bound, so each end is tested at α by itself, with
//! no correction for their number: the conjunction cannot be wrong unless the weakest of them is (an
//! intersection–union test; Berger 1982, and for two-sided bounds the two one-sided tests of Schuirmann 1987). That
//! is the interval of 1 − 2α, which is the one shown. *Fails* needs only one of k cases to break one end, so
//! looking at k of them would make a wrong verdict k times as likely: each is tested at α/k (Bonferroni).

use archsim_models::scenario::{Arm, Bound, Claim, Scenario, Subject};
use archsim_output::Verdict;

use crate::interval::Estimate;
use crate::measure::{Quantity, journeys, measure};
use crate::monte_carlo::Runs;
use crate::paired::Difference;

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// The verdict on all cases together.
    pub verdict: Verdict,
    /// Every arm and journey that it is about.
    pub cases: Vec<Case>,
}

/// A claim about one arm and one journey (or whatever it is about).
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The arm's name.
    pub arm: String,
    /// What is measured there.
    pub quantity: Quantity,
    /// What was found; `None` if the arm does not have it.
    pub estimate: Option<Estimate>,
    /// In how many runs a time never came within its window.
    pub censored: usize,
    /// What that says of the claim.
    pub verdict: Verdict,
}

impl Judged<'_> {
    /// The case that decides: one that fails or is undecided if there is one, else the one nearest to its bound.
    pub fn deciding(&self) -> Option<&Case> {
        let slack =
            |case: &Case| case.estimate.map_or(f64::NEG_INFINITY, |found| slack(found, self.claim.bound));
        let candidates = self.cases.iter().filter(|case| case.verdict == self.verdict);
        candidates.min_by(|a, b| slack(a).total_cmp(&slack(b)))
    }
}

/// Judges all claims of a scenario. With `partial` runs nothing is decided.
pub fn judge<'a>(scenario: &'a Scenario, runs: &Runs, partial: bool) -> Vec<Judged<'a>> {
    scenario.experiment.claims.iter().map(|claim| judge_one(claim, scenario, runs, partial)).collect()
}

fn judge_one<'a>(claim: &'a Claim, scenario: &'a Scenario, runs: &Runs, partial: bool) -> Judged<'a> {
    let subjects = each_subject(&claim.subject, scenario);
    let named = |name: &String| scenario.arms.iter().position(|arm| &arm.name == name);
    // An arm's difference from itself says nothing.
    let arms: Vec<usize> =
        claim.arms.iter().filter(|arm| claim.versus.as_ref() != Some(arm)).filter_map(named).collect();
    let looks = Looks::new(claim, arms.len() * subjects.len());
    let mut cases = Vec::new();
    for arm in arms {
        for subject in &subjects {
            let quantity = Quantity {
                detail: claim.detail,
                ..Quantity::new(claim.measure, subject.clone(), &claim.during)
            };
            let versus = claim.versus.as_ref().and_then(named);
            let look = |confidence| find(&quantity, arm, versus, scenario, runs, confidence);
            let ((estimate, censored), (wide, _)) = (look(looks.to_hold), look(looks.to_fail));
            let verdict = match (estimate, wide) {
                (Some(narrow), Some(wide)) if !partial => verdict(narrow, wide, claim.bound),
                _ => Verdict::Undecided,
            };
            cases.push(Case { arm: scenario.arms[arm].name.clone(), quantity, estimate, censored, verdict });
        }
    }
    let verdict = all_of(&cases);
    Judged { claim, verdict, cases }
}

/// A claim about journeys is about each of them for itself; one about all pools them.
fn each_subject(subject: &Subject, scenario: &Scenario) -> Vec<Subject> {
    match subject {
        Subject::Journeys(_) | Subject::Related | Subject::Unrelated => {
            let journeys = journeys(subject, &scenario.graph).unwrap_or_default();
            journeys.into_iter().map(|journey| Subject::Journeys(vec![journey])).collect()
        }
        other => vec![other.clone()],
    }
}

/// The quantity itself, or its paired difference from another arm.
fn find(
    quantity: &Quantity,
    arm: usize,
    versus: Option<usize>,
    scenario: &Scenario,
    runs: &Runs,
    confidence: f64,
) -> (Option<Estimate>, usize) {
    let of = |arm: usize| {
        let subject: &Arm = &scenario.arms[arm];
        measure(quantity, subject, &scenario.graph, &runs.arms[arm], confidence)
    };
    let measured = of(arm);
    let Some(versus) = versus else { return (measured.estimate, measured.censored) };
    let baseline = of(versus);
    let unseen = measured.unseen.max(baseline.unseen);
    let found = Difference::of(&measured.values, &baseline.values, unseen, confidence);
    (found.map(|found| found.estimate), measured.censored.max(baseline.censored))
}

/// At which confidence an interval is looked at, for either verdict.
struct Looks {
    to_hold: f64,
    to_fail: f64,
}

impl Looks {
    fn new(claim: &Claim, cases: usize) -> Self {
        let wrong = 1.0 - claim.confidence;
        let ends = if matches!(claim.bound, Bound::Between(..)) { 2.0 } else { 1.0 };
        Looks { to_hold: 1.0 - 2.0 * wrong, to_fail: 1.0 - 2.0 * wrong / (ends * cases.max(1) as f64) }
    }
}

fn verdict(narrow: Estimate, wide: Estimate, bound: Bound) -> Verdict {
    let (least, most) = ends(bound);
    if least <= narrow.low && narrow.high <= most {
        Verdict::Holds
    } else if wide.high < least || most < wide.low {
        Verdict::Fails
    } else {
        Verdict::Undecided
    }
}

/// How far the interval is inside its bound; negative outside.
fn slack(found: Estimate, bound: Bound) -> f64 {
    let (least, most) = ends(bound);
    (found.low - least).min(most - found.high)
}

const fn ends(bound: Bound) -> (f64, f64) {
    match bound {
        Bound::AtLeast(least) => (least, f64::INFINITY),
        Bound::AtMost(most) => (f64::NEG_INFINITY, most),
        Bound::Between(least, most) => (least, most),
    }
}

fn all_of(cases: &[Case]) -> Verdict {
    let any = |verdict: Verdict| cases.iter().any(|case| case.verdict == verdict);
    if any(Verdict::Fails) {
        Verdict::Fails
    } else if cases.is_empty() || any(Verdict::Undecided) {
        Verdict::Undecided
    } else {
        Verdict::Holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(bound: Bound, (low, high): (f64, f64), expected: Verdict) {
        let found = Estimate { value: low, low, high };
        assert_eq!(verdict(found, found, bound), expected, "{bound:?} [{low}, {high}]");
    }

    #[test]
    fn the_whole_interval_decides() {
        says(Bound::AtLeast(0.9), (0.91, 0.95), Verdict::Holds);
        says(Bound::AtLeast(0.9), (0.89, 0.95), Verdict::Undecided);
        says(Bound::AtLeast(0.9), (0.7, 0.89), Verdict::Fails);
        says(Bound::AtMost(0.1), (0.0, 0.1), Verdict::Holds);
        says(Bound::AtMost(0.1), (0.11, 0.2), Verdict::Fails);
        says(Bound::Between(1.0, 2.0), (1.0, 2.0), Verdict::Holds);
        says(Bound::Between(1.0, 2.0), (1.5, 2.5), Verdict::Undecided);
        says(Bound::Between(1.0, 2.0), (2.1, 2.5), Verdict::Fails);
        says(Bound::AtLeast(0.9), (f64::NEG_INFINITY, f64::INFINITY), Verdict::Undecided);
    }

    #[test]
    fn one_case_that_fails_is_enough_and_none_decides_nothing() {
        let case = |verdict| Case {
            arm: String::new(),
            quantity: Quantity::new(archsim_models::scenario::Measure::Failed, Subject::All, ""),
            estimate: None,
            censored: 0,
            verdict,
        };
        assert_eq!(all_of(&[case(Verdict::Holds), case(Verdict::Holds)]), Verdict::Holds);
        assert_eq!(all_of(&[case(Verdict::Holds), case(Verdict::Undecided)]), Verdict::Undecided);
        assert_eq!(all_of(&[case(Verdict::Undecided), case(Verdict::Fails)]), Verdict::Fails);
        assert_eq!(all_of(&[]), Verdict::Undecided);
    }
}
