//! What is wrong with a scenario: where, what was found, what is allowed, and what to do about it.
//!
//! Diagnostics are values. They are printed as `rustc` prints them, so that a terminal, an editor and a
//! person reading a log all find the place:
//!
//! ```text
//! error[E0201]: `instnaces` is not a key of a deployable
//!   --> shop.yaml:20:38
//!    |
//! 20 |     deployables: { app: { runs: all, instnaces: 4, cores: 4 } }
//!    |                                      ^^^^^^^^^ found `instnaces`
//!    |
//!    = note: field: architectures.monolith.deployables.app.instnaces
//!    = note: allowed: runs, instances, needs, cores, speed, cpu, threads, mode, queue, order, route, boot
//!    = help: did you mean `instances`?
//! ```

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::place::Place;

/// Whether a scenario can run in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No plan is made.
    Error,
    /// The scenario runs, but probably does not say what was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// `E0201`, `W0601`; [`explain`](super::explain) has a page for each.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The file's name as it was given, or `--set PATH`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The field's way from the top of the file; empty if it is about the whole file.
    pub path: String,
    /// What stands there.
    pub found: Option<String>,
    /// What may stand there.
    pub allowed: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Bytes of the source that it is about.
    #[serde(skip)]
    pub(super) bytes: Range<usize>,
    /// The source, where it is not the file.
    #[serde(skip)]
    pub(super) source: Option<String>,
}

/// Why a file cannot be read at all: for those who open files, which this crate does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no such file.
    Missing,
    /// It is a directory.
    Directory,
    /// The operating system says why not.
    Refused(String),
}

impl Diagnostic {
    /// The diagnostic for a file that cannot be opened.
    pub fn for_file(file: &str, why: &Unreadable) -> Self {
        let (code, message, help) = match why {
            Unreadable::Missing => (
                "E0001",
                format!("there is no file `{file}`"),
                "check the name, and the folder that the command runs in",
            ),
            Unreadable::Directory => {
                ("E0002", format!("`{file}` is a directory"), "name the scenario file in it")
            }
            Unreadable::Refused(reason) => {
                ("E0003", format!("`{file}` cannot be read: {reason}"), "check who may read it")
            }
        };
        let mut diagnostic = Diagnostic::new(Severity::Error, code, message, file, Place::START);
        diagnostic.help = Some(help.to_owned());
        diagnostic
    }

    pub(super) fn new(
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
        file: &str,
        place: Place,
    ) -> Self {
        Diagnostic {
            severity,
            code,
            message: message.into(),
            file: file.to_owned(),
            line: place.line as usize,
            column: place.column as usize,
            path: String::new(),
            found: None,
            allowed: None,
            help: None,
            bytes: place.start as usize..place.end as usize,
            source: None,
        }
    }

    /// The diagnostic with the lines of `source` (the file's text) that it is about.
    pub fn render(&self, source: &str, color: bool) -> String {
        let source = self.source.as_deref().unwrap_or(source);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut report =
            level.primary_title(one_line(&self.message)).id(self.code).elements([] as [Origin; 0]);
        report = match visible(source, &self.bytes) {
            Some(bytes) => {
                let label = self.found.as_deref().map(|found| format!("found {}", one_line(found)));
                report.element(
                    Snippet::source(source)
                        .path(self.file.as_str())
                        .annotation(AnnotationKind::Primary.span(bytes).label(label)),
                )
            }
            None => report.element(Origin::path(self.file.as_str()).line(self.line).char_column(self.column)),
        };
        if !self.path.is_empty() {
            report = report.element(Level::NOTE.message(format!("field: {}", one_line(&self.path))));
        }
        if let Some(allowed) = &self.allowed {
            report = report.element(Level::NOTE.message(format!("allowed: {}", one_line(allowed))));
        }
        if let Some(help) = &self.help {
            report = report.element(Level::HELP.message(one_line(help)));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&[report])
    }
}

/// The part of `bytes` that can be shown: within the source, on character borders, on one line.
fn visible(source: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    if source.is_empty() || bytes.start > source.len() || !source.is_char_boundary(bytes.start) {
        return None;
    }
    let rest = &source[bytes.start..];
    let line = rest.find('\n').unwrap_or(rest.len());
    let mut end = bytes.end.clamp(bytes.start, bytes.start + line);
    while !source.is_char_boundary(end) {
        end += 1;
    }
    Some(bytes.start..end)
}

/// Control characters of a hostile file must not reach a terminal.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        Cow::Owned(text.chars().map(|c| if c.is_control() { '·' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}
