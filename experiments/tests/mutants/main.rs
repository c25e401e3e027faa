//! Negative controls: every mutant of the engine must be caught by some detector, or the detectors are too weak.
//!
//! ```text
//! cargo test --release -p archsim-experiments --features mutants --test mutants             # 1 if one lives
//! cargo test --release … --test mutants -- one-sharer-more                                  # only these, with reasons
//! cargo test --release … --test mutants -- --write                                          # docs/validation/mutants.md
//! ```
//!
//! A mutant is a line of the engine that is wrong on purpose and is selected by name (see
//! [`archsim_sim::mutant!`]); a detector is a test in runnable form. First all detectors must be silent without any
//! mutant; then every mutant meets them one after the other until one speaks, or all of them where the whole table is
//! wanted. Nothing here is random: the page is the same bytes on every machine.

#![allow(clippy::wildcard_imports, reason = "a binary of its own, which clippy does not take for a test")]

mod detectors;
mod hand;
mod kernel;
mod list;
mod mechanisms;
mod page;
mod policies;

#[path = "../../../models/tests/twin/both.rs"]
mod both;
#[path = "../../../models/tests/world/common/mod.rs"]
mod common;

// Small worlds with caches and databases: the models' own tests build them.
#[allow(dead_code, unused_imports, reason = "only what builds worlds is used here")]
#[path = "../../../models/tests/world/caches.rs"]
mod caches;
#[allow(dead_code, unused_imports, reason = "only what builds worlds is used here")]
#[path = "../../../models/tests/world/databases.rs"]
mod databases;

// Properties of random scenarios: their own test draws many more.
#[allow(dead_code, reason = "scenarios are not drawn here")]
#[path = "../properties/drawn.rs"]
mod drawn;
#[allow(dead_code, reason = "what the other detectors do already is not done again")]
#[path = "../properties/rules.rs"]
mod rules;
#[path = "../properties/worlds.rs"]
mod worlds;

// Conformance with Hystrix: the harness of the models' own test.
#[path = "../../../models/tests/conformance/alone.rs"]
mod alone;
#[path = "../../../models/tests/conformance/circuit.rs"]
mod circuit;
#[path = "../../../models/tests/conformance/command.rs"]
mod command;
#[path = "../../../models/tests/conformance/observed.rs"]
mod observed;
#[path = "../../../models/tests/conformance/outcomes.rs"]
mod outcomes;
#[path = "../../../models/tests/conformance/planned.rs"]
mod planned;
#[allow(dead_code, reason = "not all kinds of cases are asked here")]
#[path = "../../../models/tests/conformance/reading.rs"]
mod reading;
#[allow(dead_code, reason = "only verdicts are needed here")]
#[path = "../../../models/tests/conformance/report.rs"]
mod report;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use archsim_sim::mutant;
use detectors::{DETECTORS, Detector};
use list::{MUTANTS, Mutant};
use rayon::prelude::*;

/// What each detector that was asked said of a mutant, in their order; `None` is silence.
struct Trial {
    mutant: &'static Mutant,
    said: Vec<Option<String>>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asks = |what: &str| arguments.iter().any(|argument| argument == what);
    if asks("--list") {
        if !asks("--ignored") {
            println!("mutants: test");
        }
        return ExitCode::SUCCESS;
    }
    // A detector may well panic in a mutant: that is a way to notice, and said in the table.
    panic::set_hook(Box::new(|_| {}));
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let chosen = MUTANTS.iter().filter(|it| named.is_empty() || named.iter().any(|name| *name == it.name));
    let mut faults = list::disagreements();
    faults.extend(false_alarms());
    let whole = asks("--write") || !named.is_empty();
    let trials: Vec<Trial> = chosen.map(|mutant| tried(mutant, whole, !named.is_empty())).collect();
    mutant::select(None);
    faults.extend(trials.iter().filter(|it| it.caught() == 0).map(|it| format!("{} lives", it.mutant.name)));
    if named.is_empty() {
        faults.extend(page::check_or_write(&trials, asks("--write")));
    }
    let caught = trials.iter().filter(|trial| trial.caught() > 0).count();
    println!("{caught} of {} mutants caught by {} detectors", trials.len(), DETECTORS.len());
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Trial {
    fn caught(&self) -> usize {
        self.said.iter().flatten().count()
    }
}

/// What is said although nothing is wrong.
fn false_alarms() -> Vec<String> {
    mutant::select(None);
    let alarm = |it: &Detector| ask(it).map(|said| format!("{} without any mutant: {said}", it.name));
    DETECTORS.iter().filter_map(alarm).collect()
}

/// What the detectors say of a mutant: all of them, or those up to the first that speaks.
fn tried(mutant: &'static Mutant, whole: bool, reasons: bool) -> Trial {
    mutant::select(Some(mutant.name));
    let said: Vec<_> = if whole { DETECTORS.par_iter().map(ask).collect() } else { up_to_the_first() };
    let names = DETECTORS.iter().zip(&said).filter(|(_, said)| said.is_some()).map(|(it, _)| it.name);
    println!("{:32} {}", mutant.name, names.collect::<Vec<_>>().join(", "));
    if reasons {
        let loud = DETECTORS.iter().zip(&said).filter_map(|(it, said)| Some((it.name, said.as_ref()?)));
        loud.for_each(|(name, said)| println!("    {name}: {said}"));
    }
    Trial { mutant, said }
}

fn up_to_the_first() -> Vec<Option<String>> {
    let mut said = Vec::new();
    for detector in DETECTORS {
        said.push(ask(detector));
        if said.last().is_some_and(Option::is_some) {
            break;
        }
    }
    said
}

/// What a detector says; a panic is a saying too.
fn ask(detector: &Detector) -> Option<String> {
    match panic::catch_unwind(AssertUnwindSafe(detector.run)) {
        Ok(said) => said.err(),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(format!("panic: {}", text.unwrap_or_default()))
        }
    }
}
