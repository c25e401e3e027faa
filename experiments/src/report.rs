//! From findings to a report: the words and numbers that `archsim-output` lays out.

use archsim_models::scenario::{Bound, Claim, Subject, SystemGraph};
use archsim_output::{ArmInfo, ClaimRow, Meta, Part, Report, Verdict};

use crate::claims::{Case, Judged};
use crate::figures::{figures, short};
use crate::findings::Findings;
use crate::headline::during;
use crate::interval::Estimate;
use crate::results::{Asked, Results, look};
use crate::words::{self, Sense};

/// The report of an experiment: one part per scenario file. Question and expectation are the first one's, and so
/// is the title of an only one.
pub fn report(findings: &[Findings<'_>], asked: &Asked) -> Report {
    let first = findings.first().map(|part| &part.results.scenario.experiment);
    // Of several parts, each has a title of its own.
    let only = first.filter(|_| findings.len() == 1);
    Report {
        title: only.map_or_else(|| asked.name.clone(), |experiment| experiment.title.clone()),
        question: first.map_or_else(String::new, |experiment| experiment.question.clone()),
        expectation: first.map_or_else(String::new, |experiment| experiment.expectation.clone()),
        meta: Meta {
            name: asked.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: asked.seed,
            replications: findings.iter().map(|part| part.results.runs.replications()).min().unwrap_or(0)
                as u32,
            quick: asked.quick,
            confidence: first.map_or(0.95, |experiment| experiment.confidence),
            partial: asked.partial(findings.iter().map(|part| part.results)),
            command: asked.command.clone(),
        },
        parts: findings.iter().map(|part| self::part(part, asked)).collect(),
    }
}

fn part(findings: &Findings<'_>, asked: &Asked) -> Part {
    let results = findings.results;
    let scenario = &results.scenario;
    let arm = |arm: &archsim_models::scenario::Arm| ArmInfo {
        name: arm.name.clone(),
        title: arm.title.clone(),
        look: look(arm),
        control: arm.control_of.is_some(),
    };
    Part {
        name: results.name.clone(),
        title: scenario.experiment.title.clone(),
        scenario_hash: short(&scenario.hash).to_owned(),
        notes: scenario.experiment.notes.clone(),
        headline: findings.headline.clone(),
        arms: scenario.arms.iter().map(arm).collect(),
        tables: findings.tables.clone(),
        claims: findings.claims.iter().map(|claim| claim_row(claim, results)).collect(),
        laws: vec![findings.laws.sentence()],
        warnings: findings.warnings(),
        figures: figures(results, asked),
    }
}

fn claim_row(judged: &Judged<'_>, results: &Results) -> ClaimRow {
    let claim = judged.claim;
    let unit = claim.unit();
    let deciding = judged.deciding();
    let measured = deciding.and_then(|case| case.estimate);
    ClaimRow {
        that: claim.that.clone(),
        verdict: judged.verdict,
        measured: measured
            .map_or_else(|| not_measured(deciding), |found| words::estimate(unit, sense(claim), found)),
        bound: words::bound(unit, sense(claim), claim.bound),
        arm: deciding.map_or_else(|| words::list(&claim.arms), |case| case.arm.clone()),
        detail: detail(judged, deciding, results),
    }
}

/// Why there is no number.
fn not_measured(deciding: Option<&Case>) -> String {
    match deciding.map_or(0, |case| case.censored) {
        0 => "not measured".to_owned(),
        never => format!("never came in {never} run{}", if never == 1 { "" } else { "s" }),
    }
}

/// `availability of journey search, during the fault; 95 % confidence, brackets: 90 % interval; shown: the one of 6
/// cases that decides`.
fn detail(judged: &Judged<'_>, deciding: Option<&Case>, results: &Results) -> String {
    let (graph, replications) = (&results.scenario.graph, results.runs.replications());
    let claim = judged.claim;
    let subject = deciding.map_or(&claim.subject, |case| &case.quantity.subject);
    let versus = claim.versus.as_ref().map_or_else(String::new, |versus| format!(", against {versus}"));
    let enough = deciding.filter(|_| judged.verdict == Verdict::Undecided).and_then(|case| case.estimate);
    let enough = enough.and_then(|found| enough_replications(found, claim.bound, replications));
    let enough = enough.map_or_else(String::new, |n| format!("; about {n} replications would decide"));
    let cases = match judged.cases.len() {
        0 | 1 => String::new(),
        cases => format!("; shown: the one of {cases} cases that decides"),
    };
    let (measure, of) = (words::title(claim.measure), of_what(subject, graph));
    let asked = words::asked(&claim.detail);
    let censored = match deciding.map_or(0, |case| case.censored) {
        0 => String::new(),
        never => format!("; it never came in {never} of {replications} runs"),
    };
    let percent = |share| words::exact(archsim_models::scenario::Unit::Share, Sense::Value, share);
    // Each end of the interval is held to the claim's confidence by itself: see `claims`.
    let (confidence, shown) = (percent(claim.confidence), percent(2.0 * claim.confidence - 1.0));
    let during = match claim.during.as_str() {
        window @ ("fault" | "run") => during(window).to_owned(),
        window => format!("in the window {window}"),
    };
    format!(
        "{measure}{of}{asked}{versus}, {during}; {confidence} confidence, brackets: {shown} interval{cases}{censored}{enough}"
    )
}

/// How many replications would probably decide a claim whose interval contains its bound, to two digits. `None` if
/// that cannot be told, or nobody would wait for it.
fn enough_replications(found: Estimate, bound: Bound, replications: usize) -> Option<u64> {
    let ends: &[f64] = match bound {
        Bound::AtLeast(end) | Bound::AtMost(end) => &[end],
        Bound::Between(least, most) => &[least, most],
    };
    let needed = |&end: &f64| {
        let (distance, half) = if end < found.value {
            (found.value - end, found.value - found.low)
        } else {
            (end - found.value, found.high - found.value)
        };
        // Where nothing ever varied, the interval shrinks in proportion to the replications, else with their root.
        let one_sided = found.low >= found.value || found.high <= found.value;
        let factor = half / distance;
        replications as f64 * if one_sided { factor } else { factor * factor }
    };
    let most = ends.iter().map(needed).fold(0.0, f64::max);
    if !(most > replications as f64 && most < 1e5) {
        return None;
    }
    let step = libm::pow(10.0, (libm::log10(most).floor() - 1.0).max(0.0));
    Some(((most / step).ceil() * step) as u64)
}

/// Of what a quantity is, with names.
pub fn of_what(subject: &Subject, graph: &SystemGraph) -> String {
    match subject {
        Subject::All => String::new(),
        Subject::Unrelated => " of unrelated journeys".to_owned(),
        Subject::Related => " of related journeys".to_owned(),
        Subject::Journeys(journeys) => {
            let names: Vec<&str> = journeys.iter().map(|&journey| graph.journeys[journey].as_str()).collect();
            format!(" of journey{} {}", if names.len() == 1 { "" } else { "s" }, words::list(&names))
        }
        Subject::Home(home) => format!(" of users of {}", graph.homes[*home]),
        Subject::Capability(capability) => format!(" of calls of {}", graph.capabilities[*capability].name),
        Subject::Deployable(name) => format!(" of deployable {name}"),
        Subject::Store(name) => format!(" of store {name}"),
    }
}

const fn sense(claim: &Claim) -> Sense {
    if claim.versus.is_some() { Sense::Difference } else { Sense::Value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undecided_claim_says_how_many_replications_would_do() {
        let varied = Estimate { value: 0.5, low: 0.4, high: 0.6 };
        assert_eq!(enough_replications(varied, Bound::AtLeast(0.45), 20), Some(80));
        assert_eq!(enough_replications(varied, Bound::Between(0.45, 0.52), 20), Some(500));
        let clean = Estimate { value: 1.0, low: 0.99, high: 1.0 };
        assert_eq!(enough_replications(clean, Bound::AtLeast(0.995), 20), Some(40));
        assert_eq!(enough_replications(varied, Bound::AtLeast(0.5), 20), None);
    }
}
