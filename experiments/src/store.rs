//! What a result folder holds, beside what `archsim-output` writes: the summary, the resolved scenarios, one row
//! per run, and how long it took.

use std::fs;
use std::io;
use std::path::Path;

use archsim_output::Report;
use serde::Serialize;

use crate::findings::Findings;
use crate::results::Results;
use crate::rows::runs_csv;
use crate::summary::Summary;

/// `timing.json`: the only file that differs between two runs of the same seed.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// From the first run's start to the last one's end.
    wall_seconds: f64,
    /// Of all runs together, on whatever thread.
    run_seconds: f64,
    /// Events of all runs.
    events: u64,
    events_per_run_second: f64,
}

impl Timing {
    /// Of all parts.
    pub fn of(all: &[Results], wall_seconds: f64) -> Self {
        let runs = || all.iter().flat_map(|results| results.runs.arms.iter().flatten());
        let run_seconds: f64 = runs().map(|run| run.seconds).sum();
        let events = runs().map(|run| run.record.events).sum();
        let events_per_run_second = if run_seconds > 0.0 { events as f64 / run_seconds } else { 0.0 };
        Timing { wall_seconds, run_seconds, events, events_per_run_second }
    }
}

/// Writes everything into a fresh folder.
///
/// # Errors
/// If a file cannot be written.
pub fn write(
    folder: &Path,
    findings: &[Findings<'_>],
    report: &Report,
    summary: &Summary,
    timing: &Timing,
) -> io::Result<()> {
    archsim_output::write(report, folder)?;
    fs::write(folder.join("data").join("runs.csv"), runs_csv(findings)?)?;
    fs::write(folder.join("summary.json"), serde_json::to_string_pretty(summary)? + "\n")?;
    fs::write(folder.join("timing.json"), serde_json::to_string_pretty(timing)? + "\n")?;
    for part in findings {
        let name = match findings {
            [_] => "scenario.yaml".to_owned(),
            _ => format!("scenario-{}.yaml", part.results.name),
        };
        fs::write(folder.join(name), part.results.scenario.resolved())?;
    }
    Ok(())
}
