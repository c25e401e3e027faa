//! The shapes of `summary.json` below its top.

use archsim_output::Verdict;
use serde::Serialize;
use serde_json::value::RawValue;

use super::significant;
use crate::interval::Estimate;

#[derive(Debug, Serialize)]
pub struct PartSummary {
    pub name: String,
    pub title: String,
    pub system: String,
    pub scenario_hash: String,
    pub replications: usize,
    pub confidence: f64,
    pub baseline: String,
    pub headline: String,
    pub verdict: Option<Verdict>,
    pub arms: Vec<ArmSummary>,
    pub paired: Vec<PairedSummary>,
    pub claims: Vec<ClaimSummary>,
    pub laws: LawsSummary,
    pub stopped: Vec<StoppedSummary>,
    pub warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ArmSummary {
    pub name: String,
    pub title: String,
    pub architecture: String,
    pub kind: &'static str,
    pub control_of: Option<String>,
    pub cores: f64,
    pub fingerprint: String,
    /// Journeys, deployables and stores in the measured time.
    pub stations: Vec<StationSummary>,
    pub measures: Vec<MeasureSummary>,
    /// What queueing theory knows exactly, if the arm is one of its networks.
    pub exact: Option<ExactSummary>,
}

#[derive(Debug, Serialize)]
pub struct ExactSummary {
    pub model: &'static str,
    pub figures: Vec<FigureSummary>,
}

#[derive(Debug, Serialize)]
pub struct FigureSummary {
    pub measure: &'static str,
    pub of: String,
    pub unit: &'static str,
    pub exact: Option<f64>,
    pub simulated: EstimateSummary,
}

#[derive(Debug, Serialize)]
pub struct MeasureSummary {
    pub measure: &'static str,
    pub of: String,
    pub window: String,
    pub unit: &'static str,
    #[serde(flatten)]
    pub estimate: EstimateSummary,
    /// By replication, on one line.
    pub values: Box<RawValue>,
}

#[derive(Debug, Default, Serialize)]
pub struct EstimateSummary {
    pub mean: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

#[derive(Debug, Serialize)]
pub struct PairedSummary {
    pub measure: &'static str,
    pub of: String,
    pub window: String,
    pub unit: &'static str,
    pub arm: String,
    pub baseline: String,
    #[serde(flatten)]
    pub difference: EstimateSummary,
    pub better_in: usize,
    pub of_replications: usize,
}

#[derive(Debug, Serialize)]
pub struct ClaimSummary {
    pub that: String,
    pub verdict: Verdict,
    pub measure: &'static str,
    pub window: String,
    pub versus: Option<String>,
    pub bound: String,
    pub confidence: f64,
    pub cases: Vec<CaseSummary>,
}

#[derive(Debug, Serialize)]
pub struct CaseSummary {
    pub arm: String,
    pub of: String,
    pub verdict: Verdict,
    #[serde(flatten)]
    pub estimate: EstimateSummary,
}

#[derive(Debug, Serialize)]
pub struct LawsSummary {
    pub runs: usize,
    pub checks: u64,
    pub broken: Vec<String>,
    pub each: Vec<LawSummary>,
}

#[derive(Debug, Serialize)]
pub struct LawSummary {
    pub law: &'static str,
    pub holds: bool,
    pub checks: u64,
}

#[derive(Debug, Serialize)]
pub struct StationSummary {
    pub kind: &'static str,
    pub name: String,
    pub rate: EstimateSummary,
    pub present: EstimateSummary,
    pub stay: EstimateSummary,
    pub rate_times_stay: EstimateSummary,
    pub difference: EstimateSummary,
    pub throughput: EstimateSummary,
    pub service: EstimateSummary,
    pub busy: EstimateSummary,
    pub visits: EstimateSummary,
}

#[derive(Debug, Serialize)]
pub struct StoppedSummary {
    pub arm: String,
    pub replication: u32,
    pub at_seconds: f64,
    pub in_flight: u32,
}

impl EstimateSummary {
    pub fn of(estimate: Option<Estimate>) -> Self {
        let Some(found) = estimate else { return EstimateSummary::default() };
        EstimateSummary {
            mean: significant(found.value),
            low: significant(found.low),
            high: significant(found.high),
        }
    }
}
