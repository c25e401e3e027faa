//! From findings to a report: the words and numbers that `archsim-output` lays out.

use archsim_models::scenario::{Claim, Subject, SystemGraph};
use archsim_output::{ArmInfo, ClaimRow, Meta, Part, Report};

use crate::claims::{Case, Judged};
use crate::figures::{figures, short};
use crate::findings::Findings;
use crate::results::{Asked, look};
use crate::words::{self, Sense};

/// The report of an experiment: one part per scenario file. Title, question and expectation are the first one's.
pub fn report(findings: &[Findings<'_>], asked: &Asked) -> Report {
    let first = findings.first().map(|part| &part.results.scenario.experiment);
    let partial: Vec<String> = findings.iter().filter_map(|part| part.results.partial()).collect();
    Report {
        title: first.map_or_else(String::new, |experiment| experiment.title.clone()),
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
            partial: (!partial.is_empty()).then(|| partial.join("; ")),
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
        table: findings.table.clone(),
        claims: findings.claims.iter().map(|claim| claim_row(claim, &scenario.graph)).collect(),
        laws: vec![findings.laws.sentence()],
        warnings: findings.warnings(),
        figures: figures(results, asked),
    }
}

fn claim_row(judged: &Judged<'_>, graph: &SystemGraph) -> ClaimRow {
    let claim = judged.claim;
    let unit = claim.measure.unit();
    let deciding = judged.deciding();
    let measured = deciding.and_then(|case| case.estimate);
    ClaimRow {
        that: claim.that.clone(),
        verdict: judged.verdict,
        measured: measured
            .map_or_else(|| "not measured".to_owned(), |found| words::estimate(unit, sense(claim), found)),
        bound: words::bound(unit, sense(claim), claim.bound),
        arm: deciding.map_or_else(|| words::list(&claim.arms), |case| case.arm.clone()),
        detail: detail(judged, deciding, graph),
    }
}

/// `availability of journey search during fault, 95 % confidence; the tightest of 6 cases`.
fn detail(judged: &Judged<'_>, deciding: Option<&Case>, graph: &SystemGraph) -> String {
    let claim = judged.claim;
    let subject = deciding.map_or(&claim.subject, |case| &case.quantity.subject);
    let versus = claim.versus.as_ref().map_or_else(String::new, |versus| format!(", against {versus}"));
    let cases = match judged.cases.len() {
        0 | 1 => String::new(),
        cases => format!("; shown: the one of {cases} cases that decides"),
    };
    let (measure, of) = (words::title(claim.measure), of_what(subject, graph));
    let confidence = words::exact(archsim_models::scenario::Unit::Share, Sense::Value, claim.confidence);
    format!("{measure}{of}{versus}, window `{}`, {confidence} confidence{cases}", claim.during)
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
        Subject::Capability(capability) => format!(" of calls of {}", graph.capabilities[*capability].name),
        Subject::Deployable(name) => format!(" of deployable {name}"),
        Subject::Store(name) => format!(" of store {name}"),
    }
}

const fn sense(claim: &Claim) -> Sense {
    if claim.versus.is_some() { Sense::Difference } else { Sense::Value }
}
