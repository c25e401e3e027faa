//! Everything that is concluded from results, drawn once and used by report, summary and terminal alike.

use archsim_models::plan::Plan;
use archsim_output::{Table, Verdict};

use crate::claims::{Judged, judge};
use crate::exact::{self, Solved};
use crate::headline::headline;
use crate::laws::{self, Laws};
use crate::results::{Asked, Results, StoppedRun};
use crate::table::{Measurement, columns, tables};

/// The conclusions of one part.
#[derive(Debug)]
pub struct Findings<'a> {
    /// What they are drawn from.
    pub results: &'a Results,
    /// The finding in one sentence.
    pub headline: String,
    /// What the table of measures holds.
    pub columns: Vec<Measurement>,
    /// All tables.
    pub tables: Vec<Table>,
    /// The arms that queueing theory has solved.
    pub solved: Vec<Solved>,
    /// The claims with their verdicts.
    pub claims: Vec<Judged<'a>>,
    /// What the conservation laws say.
    pub laws: Laws,
    /// Runs that reached the limit of attempts under way.
    pub stopped: Vec<StoppedRun>,
}

impl<'a> Findings<'a> {
    /// Draws all conclusions.
    pub fn of(results: &'a Results, asked: &Asked) -> Self {
        let columns = columns(results);
        let plans: Vec<&Plan> = results.scenario.arms.iter().map(|arm| &arm.plan).collect();
        let solved = exact::solved(results);
        Findings {
            results,
            headline: headline(results),
            tables: tables(results, &columns).into_iter().chain(exact::tables(&solved)).collect(),
            solved,
            columns,
            claims: judge(&results.scenario, &results.runs, results.partial().is_some()),
            laws: laws::check(&plans, &results.runs, &asked.command),
            stopped: results.stopped(),
        }
    }

    /// The claims' verdicts together: the worst of them. `None` if nothing is claimed.
    pub fn verdict(&self) -> Option<Verdict> {
        let of = |wanted: Verdict| self.claims.iter().any(|claim| claim.verdict == wanted).then_some(wanted);
        of(Verdict::Fails).or_else(|| of(Verdict::Undecided)).or_else(|| of(Verdict::Holds))
    }

    /// What the reader must know before trusting the numbers: what `check` says, and what went wrong.
    pub fn warnings(&self) -> Vec<String> {
        self.results.warning.iter().cloned().chain(self.problems()).collect()
    }

    /// What went wrong while running.
    pub fn problems(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(first) = self.stopped.first() {
            warnings.push(stopped_sentence(first, self.stopped.len()));
        }
        if self.results.runs.replications() == 1 {
            warnings.push("One replication gives no intervals, and decides no claim.".to_owned());
        }
        if !self.laws.broken.is_empty() {
            warnings.push(self.laws.sentence());
        }
        warnings
    }
}

/// Which run stopped, when, at which limit, and what to do about it.
fn stopped_sentence(first: &StoppedRun, runs: usize) -> String {
    let StoppedRun { arm, replication, at_nanos, in_flight } = first;
    let at = archsim_sim::Time::from_nanos(*at_nanos).as_secs_f64();
    let others = match runs - 1 {
        0 => String::new(),
        1 => " (and one more run)".to_owned(),
        more => format!(" (and {more} more runs)"),
    };
    format!(
        "Arm `{arm}`, replication {replication}{others}: stopped at {at:.1} s of simulated time with {in_flight} attempts \
         under way, the limit `run.in-flight`. What was measured until then is kept, and no claim is decided. Bound the \
         queues that grow without end, or raise the limit: --set run.in-flight={}",
        u64::from(*in_flight) * 10
    )
}
