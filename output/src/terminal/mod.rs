//! A report for the terminal: findings, table, claims, notes.
//!
//! Claims show the verdict and the measured value first; what is assumed stands in the report.

mod grid;

use grid::Grid;

use crate::html::{counted, sign};
use crate::report::{Part, Report, Table, Verdict};
use crate::svg::sentence;
use crate::text::{Key, fill, say};

/// How the terminal is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used; the caller honours `NO_COLOR`.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Narrower than this nothing is readable.
const NARROWEST: usize = 40;

/// The findings, tables, claims and notes of a report.
pub fn terminal(report: &Report, style: Style) -> String {
    let page = Page { color: style.color, width: style.width.max(NARROWEST) };
    let mut lines = page.wrapped(&report.question, "", Paint::Strong);
    if let Some(why) = &report.meta.partial {
        lines.extend(page.wrapped(&format!("{} {}", say(Key::Partial), sentence(why)), "! ", Paint::Fails));
    }
    if report.meta.quick {
        lines.extend(page.wrapped(say(Key::Quick), "! ", Paint::Fails));
    }
    for part in &report.parts {
        lines.extend(page.part(part));
    }
    lines.push(String::new());
    lines.push(format!("{} {}", page.paint(say(Key::Again), Paint::Soft), report.meta.command));
    lines.join("\n") + "\n"
}

/// What colours are used for; each is told by words or signs too.
#[derive(Debug, Clone, Copy)]
enum Paint {
    Plain,
    Strong,
    Soft,
    Holds,
    Fails,
}

struct Page {
    color: bool,
    width: usize,
}

impl Page {
    fn paint(&self, text: &str, paint: Paint) -> String {
        let code = match paint {
            Paint::Plain => return text.to_owned(),
            Paint::Strong => "1",
            Paint::Soft => "2",
            Paint::Holds => "1;38;5;32",
            Paint::Fails => "1;38;5;166",
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `text` broken at the width, every line behind `lead` (spaces after the first).
    fn wrapped(&self, text: &str, lead: &str, paint: Paint) -> Vec<String> {
        let indent = lead.chars().count();
        let broken = wrap(text, self.width.saturating_sub(indent).max(20));
        let lead = |index: usize| if index == 0 { lead.to_owned() } else { " ".repeat(indent) };
        broken.iter().enumerate().map(|(index, line)| lead(index) + &self.paint(line, paint)).collect()
    }

    fn part(&self, part: &Part) -> Vec<String> {
        let mut lines = vec![String::new(), self.paint(&part.title.to_uppercase(), Paint::Strong)];
        lines.extend(self.wrapped(&sentence(&part.headline), "", Paint::Plain));
        for (index, table) in part.tables.iter().enumerate() {
            let said = part.tables[..index].iter().any(|before| before.controls == table.controls);
            lines.extend(self.table(part, table, if said { "" } else { &table.controls }));
        }
        lines.extend(self.claims(part));
        for warning in &part.warnings {
            lines.extend(self.wrapped(&sentence(warning), "! ", Paint::Fails));
        }
        for law in &part.laws {
            lines.extend(self.wrapped(&sentence(law), "· ", Paint::Soft));
        }
        if !part.notes.is_empty() {
            lines.extend(self.wrapped(say(Key::NotesInReport), "· ", Paint::Soft));
        }
        lines
    }

    /// A table under its title; what controls say is one line below it.
    fn table(&self, part: &Part, table: &Table, controls: &str) -> Vec<String> {
        let rows = part.rows(table, false);
        if rows.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![String::new()];
        lines.extend(self.wrapped(&table.title, "", Paint::Strong));
        let grid = Grid::of(part, table, &rows, self.width);
        lines.extend(
            grid.lines
                .into_iter()
                .map(|line| self.paint(&line.text, if line.is_head { Paint::Soft } else { Paint::Plain })),
        );
        for below in [grid.below.as_str(), &table.note, controls].into_iter().filter(|text| !text.is_empty())
        {
            lines.extend(self.wrapped(&sentence(below), "· ", Paint::Soft));
        }
        lines
    }

    fn claims(&self, part: &Part) -> Vec<String> {
        if part.claims.is_empty() {
            return Vec::new();
        }
        let count = |verdict| part.claims.iter().filter(|claim| claim.verdict == verdict).count();
        let counts: Vec<String> = [Verdict::Holds, Verdict::Fails, Verdict::Undecided]
            .into_iter()
            .filter(|verdict| count(*verdict) > 0)
            .map(|verdict| fill(counted(verdict), &[("count", &count(verdict).to_string())]))
            .collect();
        let heading = format!("{} · {}", say(Key::Claims), counts.join(" · "));
        let mut lines = vec![String::new(), self.paint(&heading, Paint::Strong)];
        let measured = part.claims.iter().map(|claim| chars(&claim.measured)).max().unwrap_or(0);
        let bound = part.claims.iter().map(|claim| chars(&claim.bound)).max().unwrap_or(0);
        for claim in &part.claims {
            let paint = match claim.verdict {
                Verdict::Holds => Paint::Holds,
                Verdict::Fails => Paint::Fails,
                Verdict::Undecided => Paint::Strong,
            };
            let values =
                format!("{}  {}", pad_right(&claim.measured, measured), pad_right(&claim.bound, bound));
            let mark = self.paint(&sign(claim.verdict).to_string(), paint);
            let indent = 4 + chars(&values) + 2;
            let that = format!("{} ({})", claim.that, part.arm_title(&claim.arm));
            let words = wrap(&that, self.width.saturating_sub(indent).max(24));
            lines.push(format!("  {mark} {}  {}", self.paint(&values, paint), words[0]));
            lines.extend(words.iter().skip(1).map(|line| " ".repeat(indent) + line));
        }
        lines
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

fn pad_right(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(chars(text)))
}

fn pad_left(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(chars(text))) + text
}

fn cut(text: &str, width: usize) -> String {
    if chars(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).collect::<String>() + "…"
}

/// `text` in lines of at most `width` characters; at least one line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            word.clone_into(line);
        } else if chars(line) + 1 + chars(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
    }

    #[test]
    fn long_names_are_cut_visibly() {
        assert_eq!(cut("recommendations", 8), "recomme…");
    }
}
