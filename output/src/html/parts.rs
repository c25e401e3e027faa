//! One scenario's results: table, claims and charts.

use maud::{Markup, PreEscaped, html as page};

use super::{arms, class, prose, sign, word};
use crate::figure::Figure;
use crate::report::{Cell, ClaimRow, Column, Part, Row, Table};
use crate::svg::svg;
use crate::text::{Key, bind, fill, say};

/// The section of a part; with its title where there are several.
pub fn section(part: &Part, several: bool) -> Markup {
    page! {
        section id=(part.name) {
            h2 { @if several { (part.title) } @else { (say(Key::Results)) } }
            @if several { p.finding { (prose(&part.headline)) } }
            @for warning in &part.warnings { p.notice { strong { (say(Key::Mind)) } " " (prose(warning)) } }
            @if part.tables.iter().any(|table| !table.rows.is_empty()) {
                h3 { (say(Key::InNumbers)) }
                @for table in part.tables.iter().filter(|table| !table.rows.is_empty()) {
                    (titled(part, table))
                }
            }
            @if !part.claims.is_empty() {
                h3 { (say(Key::Claims)) }
                ul.claims { @for row in &part.claims { (claim(part, row)) } }
            }
            @if !part.figures.is_empty() {
                h3 { (say(Key::Charts)) }
                @for shown in &part.figures { (figure(shown)) }
            }
        }
    }
}

/// A table under its title; its controls are folded away below it.
fn titled(part: &Part, table: &Table) -> Markup {
    let controls = part.rows(table, true);
    page! {
        h4 { (bind(&table.title)) }
        (rows(part, table, &part.rows(table, false)))
        @if !table.note.is_empty() { p.detail { (prose(&table.note)) } }
        @if !controls.is_empty() {
            details {
                summary {
                    @if table.controls.is_empty() { (say(Key::Controls)) } @else { (prose(&table.controls)) }
                }
                (rows(part, table, &controls))
            }
        }
    }
}

fn rows(part: &Part, table: &Table, rows: &[&Row]) -> Markup {
    let grouped = rows.iter().any(|row| row.group != rows[0].group);
    page! {
        div.scroll role="region" tabindex="0" aria-label=(table.title) {
            table {
                thead {
                    tr {
                        th scope="col" { (say(Key::Arm)) }
                        @if grouped { th scope="col" { (say(Key::Group)) } }
                        @for column in &table.columns { th.number scope="col" { (heading(column)) } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (arms::named(part, &row.arm)) }
                            @if grouped { td { (row.group.as_deref().unwrap_or_default()) } }
                            @for (cell, column) in row.cells.iter().zip(&table.columns) {
                                td.number { (value(cell, &column.unit)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn heading(column: &Column) -> Markup {
    page! {
        (column.title)
        @if !column.unit.is_empty() { span.unit { " " (column.unit) } }
    }
}

/// The value on one line, its interval on the next; the unit stands in the heading.
fn value(cell: &Cell, unit: &str) -> Markup {
    let (mean, interval) = cell.parts(unit);
    page! { (mean) @if !interval.is_empty() { " " span.interval { (interval) } } }
}

fn claim(part: &Part, row: &ClaimRow) -> Markup {
    page! {
        li.(class(row.verdict)) {
            p.measured {
                span.verdict.(class(row.verdict)) { span aria-hidden="true" { (sign(row.verdict)) } " " (word(row.verdict)) }
                " " strong { (row.measured) } " "
                span.bound { (fill(Key::Claimed, &[("bound", &row.bound)])) }
            }
            p.that { (prose(&row.that)) }
            p.detail { (arms::named(part, &row.arm)) @if !row.detail.is_empty() { " · " (bind(&row.detail)) } }
        }
    }
}

/// A chart in a box of its own that scrolls sideways where the screen is narrow.
fn figure(shown: &Figure) -> Markup {
    page! {
        figure id=(shown.id) {
            h4 { (bind(&shown.title)) }
            div.chart role="region" tabindex="0" aria-label=(shown.title) { (PreEscaped(svg(shown))) }
            p.swipe aria-hidden="true" { (say(Key::Swipe)) }
            figcaption {
                p { (prose(&shown.alt)) }
                @if !shown.key_numbers.is_empty() {
                    ul { @for number in &shown.key_numbers { li { (number) } } }
                }
                p.files {
                    (say(Key::Files)) " "
                    a href={ "charts/" (shown.id) ".svg" } { "SVG" } " · "
                    a href={ "charts/" (shown.id) ".png" } { "PNG" } " · "
                    a href={ "data/" (shown.id) ".csv" } { "CSV" }
                }
            }
        }
    }
}
