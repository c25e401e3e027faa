//! A table in characters.
//!
//! A table that is wider than the terminal continues below itself, arms repeated, instead of wrapping: numbers
//! stay in columns at 80 characters. Names of arms and columns give way first, by breaking between words, as
//! long as that saves lines.

use super::{chars, cut, pad_left, pad_right, wrap};
use crate::report::{Cell, Column, Part, Row, Table};
use crate::text::{Key, fill};

/// Names of arms are not broken narrower than this.
const ARM_MIN: usize = 16;
/// Space between columns.
const GAP: usize = 2;

/// A table as it is printed.
pub struct Grid {
    /// The rows, heads first; an empty line stands before a table's continuation.
    pub lines: Vec<Line>,
    /// What is the same in all rows, and therefore in none of them; empty if nothing is.
    pub below: String,
}

/// One line of a [`Grid`].
pub struct Line {
    pub text: String,
    /// Whether it belongs to a head.
    pub is_head: bool,
}

impl Grid {
    /// The rows of a table in the fewest lines of `width` characters.
    pub fn of(part: &Part, table: &Table, rows: &[&Row], width: usize) -> Self {
        let arms: Vec<String> = rows.iter().map(|row| arm(part, row)).collect();
        let (same, differ): (Vec<usize>, Vec<usize>) =
            (0..table.columns.len()).partition(|&index| is_same(rows, index));
        let column = |&index: &usize| Shown::of(&table.columns[index], rows, index);
        let columns: Vec<Shown> = differ.iter().map(column).collect();
        let longest = arms.iter().map(|arm| chars(arm)).max().unwrap_or(0).min(width / 2);
        let tried = (ARM_MIN.min(longest)..=longest).rev().map(|first| lines(&arms, &columns, first, width));
        let lines = tried.min_by_key(Vec::len).unwrap_or_default();
        let same: Vec<String> = same.iter().map(|&index| said(&table.columns[index], rows, index)).collect();
        let below = if same.is_empty() {
            String::new()
        } else {
            fill(Key::InEveryArm, &[("values", &same.join(", "))])
        };
        Grid { lines, below }
    }
}

fn arm(part: &Part, row: &Row) -> String {
    let title = part.arm_title(&row.arm);
    row.group.as_ref().map_or_else(|| title.to_owned(), |group| format!("{title}, {group}"))
}

/// Whether an exactly known number is the same in all rows: a column of it would only take room.
fn is_same(rows: &[&Row], index: usize) -> bool {
    let text = |row: &Row| row.cells.get(index).map(|cell| cell.text.clone());
    let exact = |cell: &Cell| cell.mean.is_some() && cell.low == cell.high;
    rows.len() > 1
        && rows[0].cells.len() > 1
        && rows.iter().all(|row| row.cells.get(index).is_some_and(exact) && text(row) == text(rows[0]))
}

/// `cost 0.74 core-h`.
fn said(column: &Column, rows: &[&Row], index: usize) -> String {
    let value = rows.first().and_then(|row| row.cells.get(index)).map_or("", |cell| cell.text.as_str());
    format!("{} {value} {}", column.title, column.unit).trim_end().to_owned()
}

/// A column as words: its head in lines, one value per row. The unit stands in the head, and both the values and
/// their intervals in columns of their own.
struct Shown {
    head: Vec<String>,
    cells: Vec<String>,
    width: usize,
}

impl Shown {
    fn of(column: &Column, rows: &[&Row], index: usize) -> Self {
        let values: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| row.cells.get(index).map_or(("", ""), |cell| cell.parts(&column.unit)))
            .collect();
        let means = values.iter().map(|(mean, _)| chars(mean)).max().unwrap_or(0);
        let intervals = values.iter().map(|(_, interval)| chars(interval)).max().unwrap_or(0);
        let gap = if intervals > 0 { " " } else { "" };
        let cells = values
            .into_iter()
            .map(|(mean, interval)| pad_left(mean, means) + gap + &pad_right(interval, intervals))
            .collect();
        let word = column.title.split_whitespace().map(chars).max().unwrap_or(0).max(chars(&column.unit));
        let width = word.max(means + gap.len() + intervals);
        let mut head = wrap(&column.title, width);
        if !column.unit.is_empty() {
            head.push(column.unit.clone());
        }
        Shown { head, cells, width }
    }
}

/// All rows, with names of arms in `first` characters, in as many blocks as the width needs.
fn lines(arms: &[String], columns: &[Shown], first: usize, width: usize) -> Vec<Line> {
    let names: Vec<Vec<String>> =
        arms.iter().map(|arm| wrap(arm, first).iter().map(|line| cut(line, first)).collect()).collect();
    let mut lines = Vec::new();
    let mut rest = columns;
    while let Some(head) = rest.first() {
        let mut used = first + GAP + head.width;
        let more = rest[1..].iter().take_while(|column| {
            used += GAP + column.width;
            used <= width
        });
        let (block, behind) = rest.split_at(1 + more.count());
        if !lines.is_empty() {
            lines.push(Line { text: String::new(), is_head: false });
        }
        lines.extend(heads(block, first).map(|text| Line { text, is_head: true }));
        lines.extend(self::rows(&names, block, first).map(|text| Line { text, is_head: false }));
        rest = behind;
    }
    lines
}

/// The heads stand on one line at their feet.
fn heads(block: &[Shown], first: usize) -> impl Iterator<Item = String> {
    let tall = block.iter().map(|column| column.head.len()).max().unwrap_or(0);
    (0..tall).map(move |line| {
        let word = |column: &Shown| {
            let above = tall - column.head.len();
            line.checked_sub(above).map_or_else(String::new, |line| column.head[line].clone())
        };
        row("", first, block.iter().map(|column| (word(column), column.width)))
    })
}

fn rows(names: &[Vec<String>], block: &[Shown], first: usize) -> impl Iterator<Item = String> {
    names.iter().enumerate().flat_map(move |(index, name)| {
        name.iter().enumerate().map(move |(line, name)| {
            let cell = |column: &Shown| if line == 0 { column.cells[index].clone() } else { String::new() };
            row(name, first, block.iter().map(|column| (cell(column), column.width)))
        })
    })
}

fn row(name: &str, first: usize, cells: impl Iterator<Item = (String, usize)>) -> String {
    let cells: String = cells.map(|(cell, width)| " ".repeat(GAP) + &pad_left(&cell, width)).collect();
    (pad_right(name, first) + &cells).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[&str]) -> Vec<String> {
        text.iter().map(ToString::to_string).collect()
    }

    fn column(title: &str, unit: &str) -> Column {
        Column { key: String::new(), title: title.to_owned(), unit: unit.to_owned() }
    }

    fn rows_of(texts: &[&str]) -> Vec<Row> {
        let cell = |text: &&str| Cell { text: (*text).to_owned(), ..Cell::default() };
        texts.iter().map(|text| Row { arm: String::new(), group: None, cells: vec![cell(text)] }).collect()
    }

    #[test]
    fn values_and_intervals_stand_in_columns_under_a_broken_head() {
        let rows = rows_of(&["100 [99.9, 100]", "3.4 [3, 4]"]);
        let rows: Vec<&Row> = rows.iter().collect();
        let found = Shown::of(&column("availability, unrelated", "%"), &rows, 0);
        assert_eq!(found.head, ["availability,", "unrelated", "%"]);
        assert_eq!(found.cells, ["100 [99.9, 100]", "3.4 [3, 4]     "]);
    }

    #[test]
    fn what_is_too_wide_goes_on_below() {
        let rows = rows_of(&["12345", "67890"]);
        let rows: Vec<&Row> = rows.iter().collect();
        let columns = [Shown::of(&column("a", ""), &rows, 0), Shown::of(&column("b", ""), &rows, 0)];
        let text = |width| -> Vec<String> {
            lines(&shown(&["first arm", "x"]), &columns, 5, width).into_iter().map(|line| line.text).collect()
        };
        assert_eq!(text(20), ["           a      b", "first  12345  12345", "arm", "x      67890  67890"]);
        assert_eq!(text(12).len(), 9);
    }
}
