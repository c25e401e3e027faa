//! Collects what is wrong, so that all of it can be said at once.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Severity};
use super::place::Place;

/// More diagnostics than this help nobody; the rest is counted.
const DIAGNOSTICS_MAX: usize = 200;

/// What is wrong so far.
pub struct Report {
    file: String,
    /// Path and value of each `--set`: sources 1, 2, …
    sets: Vec<(String, String)>,
    found: Vec<(Place, Diagnostic)>,
    errors: usize,
    /// The path of what is written at a place: what is inherited or written in short is reported where it stands.
    paths: BTreeMap<Place, String>,
    conformed: bool,
}

/// A diagnostic that is being written.
pub struct Draft<'report> {
    diagnostic: &'report mut Diagnostic,
}

impl Report {
    /// An empty report about a file and the `--set`s applied to it.
    pub fn new(file: &str, sets: &[(String, String)]) -> Self {
        Report {
            file: file.to_owned(),
            sets: sets.to_vec(),
            found: Vec::new(),
            errors: 0,
            paths: BTreeMap::new(),
            conformed: false,
        }
    }

    /// Adds an error.
    pub fn error(
        &mut self,
        code: &'static str,
        place: Place,
        path: &str,
        message: impl Into<String>,
    ) -> Draft<'_> {
        self.errors += 1;
        self.add(Severity::Error, code, place, path, message.into())
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        code: &'static str,
        place: Place,
        path: &str,
        message: impl Into<String>,
    ) -> Draft<'_> {
        self.add(Severity::Warning, code, place, path, message.into())
    }

    /// Remembers the path of what is written at a place; the first one counts.
    pub fn know(&mut self, place: Place, path: &str) {
        if place.end > place.start && !self.paths.contains_key(&place) {
            self.paths.insert(place, path.to_owned());
        }
    }

    /// From now on, paths are those of what is written at the place.
    pub fn conformed(&mut self) {
        self.conformed = true;
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Everything, in the order of the file; what came by `--set` comes after.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(place, diagnostic)| (place.source, place.start, diagnostic.severity));
        let mut diagnostics = grouped(self.found);
        if diagnostics.len() > DIAGNOSTICS_MAX && self.errors > 0 {
            // Errors are what has to be mended first.
            diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        }
        diagnostics.truncate(DIAGNOSTICS_MAX);
        diagnostics
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        path: &str,
        message: String,
    ) -> Draft<'_> {
        let set = (place.source as usize).checked_sub(1).and_then(|index| self.sets.get(index));
        let file = set.map_or_else(|| self.file.clone(), |(path, _)| format!("--set {path}"));
        let mut diagnostic = Diagnostic::new(severity, code, message, &file, place);
        let written = self.paths.get(&place).filter(|_| self.conformed);
        written.map_or(path, String::as_str).clone_into(&mut diagnostic.path);
        diagnostic.source = set.map(|(_, value)| value.clone());
        self.found.push((place, diagnostic));
        let last = self.found.len() - 1;
        Draft { diagnostic: &mut self.found[last].1 }
    }
}

/// Each error once; of warnings of one kind about one place the first, which says how many more there are: what
/// one line of a scenario does to twenty deployables is one thing to mend.
fn grouped(found: Vec<(Place, Diagnostic)>) -> Vec<Diagnostic> {
    let mut groups: Vec<(Place, Diagnostic, usize)> = Vec::with_capacity(found.len());
    for (place, diagnostic) in found {
        let warning = diagnostic.severity == Severity::Warning;
        let same = groups.iter_mut().rev().take_while(|group| group.0 == place).find(|(_, other, _)| {
            *other == diagnostic || (warning && other.code == diagnostic.code && place.end > place.start)
        });
        match same {
            Some((_, other, more)) => *more += usize::from(*other != diagnostic),
            None => groups.push((place, diagnostic, 0)),
        }
    }
    let said = |(_, mut diagnostic, more): (Place, Diagnostic, usize)| {
        if let (Some(found), 1..) = (&mut diagnostic.found, more) {
            found.push_str(", and the like elsewhere");
        }
        diagnostic
    };
    groups.into_iter().map(said).collect()
}

impl Draft<'_> {
    /// Says what stands there.
    pub fn found(&mut self, found: impl Into<String>) -> &mut Self {
        self.diagnostic.found = Some(found.into());
        self
    }

    /// Says what may stand there.
    pub fn allowed(&mut self, allowed: impl Into<String>) -> &mut Self {
        self.diagnostic.allowed = Some(allowed.into());
        self
    }

    /// Says what to do about it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.diagnostic.help = Some(help.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_alike_about_one_place_are_one_and_errors_are_all_there() {
        let place = Place { start: 5, end: 9, ..Place::START };
        let mut report = Report::new("x", &[]);
        report.warning("W0714", place, "a", "one").found("1");
        report.warning("W0714", place, "a", "two").found("2");
        report.error("E0401", place, "a", "three");
        report.error("E0401", place, "a", "four");
        report.warning("W0714", Place::START, "", "elsewhere");
        let said: Vec<_> = report.into_diagnostics().into_iter().map(|it| (it.message, it.found)).collect();
        let texts: Vec<_> = said.iter().map(|(message, _)| message.as_str()).collect();
        assert_eq!(texts, ["elsewhere", "three", "four", "one"]);
        assert_eq!(said[3].1.as_deref(), Some("1, and the like elsewhere"));
    }
}
