//! A report as a folder of files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::csv_file::{csv, table_csv};
use crate::figure::Figure;
use crate::html::html;
use crate::png::png;
use crate::report::{Part, Report, Table};
use crate::svg::{sentence, svg};

/// Writes `report.html`, `charts/*.{svg,png,alt.txt}` and `data/*.csv` into `dir`, which should be fresh.
///
/// The caller gives a temporary directory and renames it when this has returned, so that a reader never
/// sees half a report.
pub fn write(report: &Report, dir: &Path) -> io::Result<()> {
    check_names(report)?;
    let (charts, data) = (dir.join("charts"), dir.join("data"));
    fs::create_dir_all(&charts)?;
    fs::create_dir_all(&data)?;
    for part in &report.parts {
        for table in &part.tables {
            fs::write(data.join(table_name(part, table) + ".csv"), table_csv(table))?;
        }
        for figure in &part.figures {
            fs::write(charts.join(format!("{}.svg", figure.id)), svg(figure))?;
            fs::write(charts.join(format!("{}.png", figure.id)), png(figure))?;
            fs::write(charts.join(format!("{}.alt.txt", figure.id)), alt(figure))?;
            fs::write(data.join(format!("{}.csv", figure.id)), csv(figure))?;
        }
    }
    fs::write(dir.join("report.html"), html(report))
}

/// The stem of a table's file.
fn table_name(part: &Part, table: &Table) -> String {
    format!("table-{}-{}", part.name, table.name)
}

/// Names become file names: each must be one, and no two the same.
fn check_names(report: &Report) -> io::Result<()> {
    let mut known = BTreeSet::new();
    let tables = report.parts.iter().flat_map(|part| part.tables.iter().map(|table| table_name(part, table)));
    let figures = report.parts.iter().flat_map(|part| &part.figures).map(|figure| figure.id.clone());
    for name in tables.chain(figures) {
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
            || name.is_empty()
        {
            return Err(refused(&format!("`{name}` cannot be a file name: use letters, digits and hyphens")));
        }
        if !known.insert(name.clone()) {
            return Err(refused(&format!("two files are called `{name}`: one would overwrite the other")));
        }
    }
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.to_owned())
}

/// The finding, what the chart shows and the numbers to remember, as text.
fn alt(figure: &Figure) -> String {
    let mut lines = vec![sentence(&figure.title), sentence(&figure.alt), sentence(&figure.subtitle)];
    lines.extend(figure.key_numbers.iter().map(|number| format!("- {number}")));
    lines.push(figure.footer.clone());
    lines.join("\n") + "\n"
}
