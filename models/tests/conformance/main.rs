//! Conformance: the cases of the original systems, run against the simulator.
//!
//! A case is a fact about an original, taken from its own tests: what was done to it, and what it did. The
//! project's cases lie in `tests/data/conformance` and run with every `cargo test`. To run others of the same
//! form:
//!
//! ```text
//! ARCHSIM_CONFORMANCE=DIR cargo test --test conformance
//! ```
//!
//! Circuit breaker time lines drive the very [`Breaker`](archsim_models::policy::Breaker) that the simulator
//! uses; commands are translated into plans and run through the world, with an observer who translates what
//! happens back into the original's event names. Caches, rings, zones, pools of
//! connections and retry budgets are asked directly.
//!
//! The last line is `N passed, N failed, N skipped`, and the exit code is 1 if anything failed.

mod alone;
mod budget;
mod caches;
mod circuit;
mod command;
mod connections;
mod hashing;
mod observed;
mod outcomes;
mod planned;
mod reading;
mod report;
mod scaling;
mod zones;

use std::path::PathBuf;
use std::process::ExitCode;

use reading::Case;
use report::{Report, Verdict};

/// Runs one case.
type RunCase = fn(&Case) -> Verdict;

/// The families that this harness knows, and what runs their cases.
const FAMILIES: [(&str, RunCase); 9] = [
    ("cache_replacement", caches::run),
    ("circuit_breaker_hystrix", circuit::run),
    ("command_outcomes_hystrix", outcomes::run),
    ("connection_pool", connections::run),
    ("consistent_hash", hashing::run),
    ("hpa_behavior", scaling::behaviour),
    ("hpa_replicas", scaling::replicas),
    ("retry_budget", budget::run),
    ("zone_fallback_evcache", zones::run),
];

fn main() -> ExitCode {
    // Test runners ask every test binary for its list; this one is a single test.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asks = |what: &str| arguments.iter().any(|argument| argument == what);
    if asks("--list") {
        if !asks("--ignored") {
            println!("conformance: test");
        }
        return ExitCode::SUCCESS;
    }
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/conformance");
    let directory = std::env::var_os("ARCHSIM_CONFORMANCE").map_or(own, PathBuf::from);
    let report = run(&directory);
    print!("{report}");
    if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs every case of every file of the folder, in the order of their names.
fn run(directory: &std::path::Path) -> Report {
    let mut report = Report::new(directory);
    let paths = match reading::files(directory) {
        Ok(paths) => paths,
        Err(error) => {
            report.unreadable(error);
            return report;
        }
    };
    for path in paths {
        match reading::family(&path) {
            Err(error) => report.unreadable(error),
            Ok(family) => match FAMILIES.iter().find(|(name, _)| *name == family.name) {
                None => report.unknown(&family),
                Some((_, run_case)) => report.ran(&family, run_case),
            },
        }
    }
    report
}
