//! What became of the cases.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::reading::{Case, Family};

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The simulator does what the original did.
    Passed,
    /// It does something else.
    Differs(String),
    /// The case is not in the form that its kind has.
    Unreadable(String),
    /// The case was not run, and why.
    Skipped(String),
}

impl Verdict {
    /// Of a comparison: passed, or what differs.
    pub fn equal<T: PartialEq + fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), Verdict> {
        if expected == found {
            return Ok(());
        }
        Err(Verdict::Differs(format!("{what}: expected {expected:?}, found {found:?}")))
    }

    /// Of a run that ends early with the first thing to be told.
    pub fn of(result: Result<(), Verdict>) -> Verdict {
        result.err().unwrap_or(Verdict::Passed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Passed => f.write_str("passed"),
            Verdict::Differs(what) | Verdict::Unreadable(what) | Verdict::Skipped(what) => f.write_str(what),
        }
    }
}

/// All that is to be said about one run of the harness.
pub struct Report {
    directory: PathBuf,
    families: Vec<Tally>,
    /// Names of families that nothing here runs, and how many cases they have.
    unknown: Vec<(String, usize)>,
    unreadable: Vec<String>,
}

#[derive(Default)]
struct Tally {
    name: String,
    cases: usize,
    passed: usize,
    failed: Vec<(String, String)>,
    skipped: Vec<(String, String)>,
}

impl Report {
    /// Nothing has been run yet.
    pub fn new(directory: &Path) -> Self {
        Report {
            directory: directory.into(),
            families: Vec::new(),
            unknown: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// A file could not be read: that is a failure.
    pub fn unreadable(&mut self, error: String) {
        self.unreadable.push(error);
    }

    /// Nothing here runs this family: that is listed, not failed.
    pub fn unknown(&mut self, family: &Family) {
        self.unknown.push((family.name.clone(), family.cases.len()));
    }

    /// Runs all cases of a family.
    pub fn ran(&mut self, family: &Family, run_case: &impl Fn(&Case) -> Verdict) {
        let mut tally = Tally { name: family.name.clone(), cases: family.cases.len(), ..Tally::default() };
        for case in &family.cases {
            match run_case(case) {
                Verdict::Passed => tally.passed += 1,
                Verdict::Skipped(why) => tally.skipped.push((case.id.clone(), why)),
                Verdict::Differs(what) if case.ambiguous => {
                    tally
                        .skipped
                        .push((case.id.clone(), format!("ambiguous, and not as the case says: {what}")));
                }
                Verdict::Differs(what) | Verdict::Unreadable(what) => {
                    tally.failed.push((case.id.clone(), what));
                }
            }
        }
        self.families.push(tally);
    }

    /// Cases that failed, and files that could not be read.
    pub fn failed(&self) -> usize {
        self.families.iter().map(|tally| tally.failed.len()).sum::<usize>() + self.unreadable.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nconformance: {}", self.directory.display())?;
        for tally in &self.families {
            let Tally { name, cases, passed, failed, skipped } = tally;
            let (failures, skips) = (failed.len(), skipped.len());
            writeln!(f, "  {name}: {cases} cases, {passed} passed, {failures} failed, {skips} skipped")?;
            for (id, why) in failed {
                writeln!(f, "    FAILED {id}: {why}")?;
            }
            for (id, why) in skipped {
                writeln!(f, "    skipped {id}: {why}")?;
            }
        }
        for (name, cases) in &self.unknown {
            writeln!(f, "  {name}: {cases} cases, not run: nothing here knows this family")?;
        }
        for error in &self.unreadable {
            writeln!(f, "  FAILED {error}")?;
        }
        let passed: usize = self.families.iter().map(|tally| tally.passed).sum();
        let skipped: usize = self.families.iter().map(|tally| tally.skipped.len()).sum();
        writeln!(f, "{passed} passed, {} failed, {skipped} skipped", self.failed())
    }
}
