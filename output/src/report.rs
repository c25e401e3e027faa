//! A report as plain data: what was asked, what each scenario file found, and how to make it again.
//!
//! The caller measures and phrases; this crate only lays out. Everything here is public data without
//! behaviour, so that a test can write a report by hand and an experiment can fill one from its results.

use serde::Serialize;

use crate::figure::Figure;

/// One experiment's report: a question, an expectation and one part per scenario file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The experiment's title, as on a slide.
    pub title: String,
    /// The question the experiment asks.
    pub question: String,
    /// What the author expected before running it.
    pub expectation: String,
    /// Where the numbers come from.
    pub meta: Meta,
    /// One part per scenario file.
    pub parts: Vec<Part>,
}

/// Where the numbers come from, and how to make them again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meta {
    /// The experiment's stable name, e.g. `cascading-failure`.
    pub name: String,
    /// The version of archsim that ran it.
    pub version: String,
    /// The seed of the first replication.
    pub seed: u64,
    /// How many replications each arm ran.
    pub replications: u32,
    /// Whether this was a short run for a first look.
    pub quick: bool,
    /// The confidence level of all intervals, 0–1.
    pub confidence: f64,
    /// Why the result is partial, if it is.
    pub partial: Option<String>,
    /// The command that makes this result again.
    pub command: String,
}

/// What one scenario file found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Stable name, used in file names; e.g. `shop`.
    pub name: String,
    /// Title for readers.
    pub title: String,
    /// Short hash of the resolved scenario.
    pub scenario_hash: String,
    /// Assumptions, simplifications and remarks of the author.
    pub notes: Vec<String>,
    /// The finding, one sentence.
    pub headline: String,
    /// The arms in their order.
    pub arms: Vec<ArmInfo>,
    /// The results as tables, the one to look at first before the others.
    pub tables: Vec<Table>,
    /// The claims with their verdicts.
    pub claims: Vec<ClaimRow>,
    /// Checks against operational laws (Little, utilisation), one sentence each.
    pub laws: Vec<String>,
    /// What the reader must know before trusting the numbers.
    pub warnings: Vec<String>,
    /// The charts, in reading order.
    pub figures: Vec<Figure>,
}

/// One arm of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArmInfo {
    /// Stable name, as in the scenario.
    pub name: String,
    /// Title for readers.
    pub title: String,
    /// How charts draw this arm.
    pub look: Look,
    /// Whether the arm takes the cause away, so that the effect must be gone.
    pub control: bool,
}

/// The design an arm belongs to; it fixes colour, dash pattern and marker in every chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// One deployable: blue, solid, circle.
    Monolith,
    /// Bare microservices: vermillion, dashed, diamond.
    Microservices,
    /// Microservices with resilience policies: green, dash-dot, triangle.
    Resilient,
    /// One of several arms of one design: where all are of the same, colour, dash and marker tell them apart instead.
    Apart,
}

/// How charts draw an arm: its family, and how far it is from the pure design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Look {
    /// The nearest of the three designs.
    pub family: Family,
    /// 0 is the design itself; 1, 2, 3 … are lighter tints for arms between two designs. Of those apart, which one.
    pub tint: u8,
}

/// Results as shown: one row per arm (and group), one column per measure.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Table {
    /// Stable name, unique in its part, used in file names; e.g. `measures`.
    pub name: String,
    /// Title for readers.
    pub title: String,
    /// What the marks in it mean; may be empty.
    pub note: String,
    /// What the rows of control arms say together: they are shown apart, if at all. May be empty.
    pub controls: String,
    /// The measures.
    pub columns: Vec<Column>,
    /// The arms.
    pub rows: Vec<Row>,
}

/// One measure of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Stable key, used in the CSV.
    pub key: String,
    /// Title for readers.
    pub title: String,
    /// Unit of the values, empty for none.
    pub unit: String,
}

/// One arm's measures; `cells` has one entry per column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The arm's name.
    pub arm: String,
    /// A further division of the arm, e.g. a value of a sweep.
    pub group: Option<String>,
    /// One per column.
    pub cells: Vec<Cell>,
}

/// One measured value with its interval.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Cell {
    /// Mean over replications, if it could be measured.
    pub mean: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// The value as shown, e.g. `49.1 % [47.9, 50.3]`.
    pub text: String,
}

impl Part {
    /// The title of an arm; its name if the part does not know it.
    pub(crate) fn arm_title<'a>(&'a self, arm: &'a str) -> &'a str {
        self.arms.iter().find(|known| known.name == arm).map_or(arm, |known| known.title.as_str())
    }

    /// The rows of a table that are compared, or those that are controls.
    pub(crate) fn rows<'a>(&'a self, table: &'a Table, controls: bool) -> Vec<&'a Row> {
        let control = |arm: &str| self.arms.iter().any(|known| known.name == arm && known.control);
        table.rows.iter().filter(|row| control(&row.arm) == controls).collect()
    }
}

impl Cell {
    /// The shown value without the column's unit, and its interval in brackets; empty if there is none.
    pub(crate) fn parts(&self, unit: &str) -> (&str, &str) {
        let (mean, interval) = match self.text.find(" [") {
            Some(at) => (&self.text[..at], &self.text[at + 1..]),
            None => (self.text.as_str(), ""),
        };
        if unit.is_empty() {
            return (mean, interval);
        }
        (mean.strip_suffix(unit).map_or(mean, str::trim_end), interval)
    }
}

/// One claim and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimRow {
    /// The claim in plain words.
    pub that: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The measured value with its interval, as shown.
    pub measured: String,
    /// The bound it is held against, as shown.
    pub bound: String,
    /// The arm it is about.
    pub arm: String,
    /// Measure, journey and window, for those who want to check.
    pub detail: String,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is on the claimed side of the bound.
    Holds,
    /// The whole interval is on the other side.
    Fails,
    /// The interval contains the bound: more replications may decide.
    Undecided,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_value_parts_into_mean_and_interval() {
        let check = |text: &str, unit: &str, parts: (&str, &str)| {
            let cell = Cell { text: text.to_owned(), ..Cell::default() };
            assert_eq!(cell.parts(unit), parts);
        };
        check("49.1 % [47.9, 50.3]", "%", ("49.1", "[47.9, 50.3]"));
        check("2.98 [2.89, 3.07]", "×", ("2.98", "[2.89, 3.07]"));
        check("never", "s", ("never", ""));
    }
}
