//! A report for the terminal.

use crate::report::{Report, Verdict};

/// How the terminal is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used; the caller honours `NO_COLOR`.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// The headline findings, tables, claims and notes of a report.
pub fn terminal(report: &Report, style: Style) -> String {
    let mut lines = vec![report.question.clone()];
    for part in &report.parts {
        lines.push(format!("\n{}\n{}", part.title, part.headline));
        let mut table = comfy_table::Table::new();
        table.set_width(style.width.clamp(40, 400) as u16);
        table.set_header(
            std::iter::once(String::new())
                .chain(part.table.columns.iter().map(|column| column.title.clone())),
        );
        for row in &part.table.rows {
            table.add_row(
                std::iter::once(row.arm.clone()).chain(row.cells.iter().map(|cell| cell.text.clone())),
            );
        }
        lines.push(table.to_string());
        for claim in &part.claims {
            let mark = match claim.verdict {
                Verdict::Holds => '✓',
                Verdict::Fails => '✗',
                Verdict::Undecided => '?',
            };
            lines.push(format!("  {mark} {}  {} ({})", claim.measured, claim.that, claim.bound));
        }
    }
    lines.join("\n") + "\n"
}
