//! `archsim check FILE…`

use archsim_models::scenario::{Arm, Diagnostic, Scenario, Severity};
use clap::Args;
use serde_json::json;

use crate::theory::load::Load;

use super::exit::Exit;
use super::print::Printer;
use super::source::{Source, inputs, say, understand};

#[derive(Debug, Args)]
pub struct CheckCommand {
    /// Scenario files, or the name of a shipped experiment
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print the scenario with every default spelled out, and where it comes from
    #[arg(long, conflicts_with = "json")]
    resolved: bool,
    /// Print one JSON object with all findings
    #[arg(long)]
    json: bool,
    /// Print the exact answer of each arm that queueing theory has solved, and why it has not solved the others
    #[arg(long, conflicts_with_all = ["json", "resolved"])]
    theory: bool,
    /// Replace a value before checking: `--set workload.arrivals.poisson=100/s`
    #[arg(long, value_name = "PATH=VALUE", value_parser = super::run::set)]
    set: Vec<(String, String)>,
}

/// Checks scenario files without running them.
pub fn check(command: &CheckCommand, printer: Printer) -> Exit {
    let Some(found) = inputs(&command.files, printer) else { return Exit::Usage };
    let read: Vec<(Source, Option<Scenario>, Vec<Diagnostic>)> = found
        .sources
        .into_iter()
        .map(|source| {
            let reading = understand(&source, &command.set);
            say(&source, reading.diagnostics.iter(), printer);
            (source, reading.scenario, reading.diagnostics)
        })
        .collect();
    let valid = read.iter().all(|(_, scenario, _)| scenario.is_some());
    let exit = if valid { Exit::Done } else { Exit::Usage };
    let text: String = if command.json {
        let file = |(source, scenario, diagnostics): &(Source, Option<Scenario>, Vec<Diagnostic>)| {
            json!({
                "file": source.file, "valid": scenario.is_some(), "diagnostics": diagnostics, "arms": scenario.as_ref().map(arms),
            })
        };
        format!("{}\n", json!({ "files": read.iter().map(file).collect::<Vec<_>>() }))
    } else if command.resolved {
        read.iter().filter_map(|(_, scenario, _)| Some(scenario.as_ref()?.resolved())).collect()
    } else if command.theory {
        read.iter().filter_map(|(_, scenario, _)| scenario.as_ref()).map(super::theory::text).collect()
    } else {
        read.iter()
            .map(|(source, scenario, diagnostics)| verdict(source, scenario.as_ref(), diagnostics))
            .collect()
    };
    printer.results(&text, exit)
}

/// `ok: shop.yaml: …`, with what each arm costs.
fn verdict(source: &Source, scenario: Option<&Scenario>, diagnostics: &[Diagnostic]) -> String {
    let count = |severity: Severity, word: &str| match diagnostics
        .iter()
        .filter(|d| d.severity == severity)
        .count()
    {
        0 => String::new(),
        1 => format!(", 1 {word}"),
        some => format!(", {some} {word}s"),
    };
    let (errors, warnings) = (count(Severity::Error, "error"), count(Severity::Warning, "warning"));
    let Some(scenario) = scenario else {
        return format!("invalid: {}{errors}{warnings}\n", source.file);
    };
    let graph = &scenario.graph;
    let controls = scenario.arms.iter().filter(|arm| arm.control_of.is_some()).count();
    let mut text = format!(
        "ok: {}: {} capabilities, {} journeys, {} arms and {controls} controls, {} claims{warnings}\n",
        source.file,
        graph.capabilities.len(),
        graph.journeys.len(),
        scenario.arms.len() - controls,
        scenario.experiment.claims.len(),
    );
    let compared = || scenario.arms.iter().filter(|arm| arm.control_of.is_none());
    let width = compared().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
    let cost = |arm: &Arm| format!("    {:width$}  {:>6} cores and store servers\n", arm.name, arm.cores);
    text.extend(compared().map(cost));
    text + &super::loads::text(scenario)
}

/// What is known of each arm before it runs, for machines.
fn arms(scenario: &Scenario) -> Vec<serde_json::Value> {
    let compared = scenario.arms.iter().filter(|arm| arm.control_of.is_none());
    compared.map(|arm| json!({ "name": arm.name, "cores": arm.cores, "load": Load::of(&arm.plan) })).collect()
}
