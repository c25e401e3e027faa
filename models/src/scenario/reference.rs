//! Every key of the language as one Markdown table, from the tables that check a scenario.

use std::fmt::Write;

use super::catalogue::codes;
use super::file::FILE;
use super::shape::{Need, Record, Shape};

/// One row for every key: of what, what it holds, its default and where that comes from, and what it is for.
pub fn keys() -> String {
    let mut records = Vec::new();
    reachable(&FILE, &mut records);
    let mut table =
        "| of | key | holds | default | why that | what it is |\n|---|---|---|---|---|---|\n".to_owned();
    for record in records {
        for field in record.fields {
            let (default, why) = match field.need {
                Need::Required => ("*required*".to_owned(), String::new()),
                Need::Default { value, source } => (format!("`{value}`"), source.to_owned()),
                Need::Optional(without) => ("–".to_owned(), format!("without it: {without}")),
            };
            let cells =
                [record.noun, &format!("`{}`", field.name), &holds(field.shape), &default, &why, field.doc];
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(table, "| {} |", cells.join(" | "));
        }
    }
    table
}

/// One row for every code.
pub fn code_table() -> String {
    let mut table = "| code | what it says |\n|---|---|\n".to_owned();
    for (code, title) in codes() {
        let _ = writeln!(table, "| {code} | {title} |");
    }
    table
}

/// What a shape holds, in a few words; what has rows of its own is named only.
fn holds(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(scalar) => scalar.words(),
        Shape::Record(record) => match record.short.and_then(|short| record.field(short)) {
            Some(field) => format!("{}, or its `{}`: {}", record.noun, field.name, holds(field.shape)),
            None => record.noun.to_owned(),
        },
        Shape::Choice(choice) => format!("{}: {}", choice.noun, choice.words()),
        Shape::Map(names) => {
            let general =
                names.general.map(|general| format!(", and `{general}` for all")).unwrap_or_default();
            let key = if names.edges { "`\"a -> b\"`" } else { "name" };
            format!("a map by {key}{general}: {}", holds(names.of))
        }
        Shape::List(items) if items.or_one => format!("{}, or a list of them", holds(items.of)),
        Shape::List(items) => format!("a list: {}", holds(items.of)),
        Shape::Use(usage) => {
            let keys: Vec<&str> = usage.of.fields.iter().map(|field| field.name).collect();
            format!("a {}, or `{{ NAME: {{ {}: … }} }}`", usage.noun, keys.join(", "))
        }
    }
}

/// Every record that can be reached, in the order of a file.
fn reachable(shape: &'static Shape, found: &mut Vec<&'static Record>) {
    match shape {
        Shape::Scalar(_) => {}
        Shape::Record(record) => add(record, found),
        Shape::Choice(choice) => {
            for shape in choice.variants.iter().filter_map(|variant| variant.shape) {
                reachable(shape, found);
            }
        }
        Shape::Map(names) => reachable(names.of, found),
        Shape::List(items) => reachable(items.of, found),
        Shape::Use(usage) => {
            add(usage.of, found);
            if let Some(or) = usage.or {
                add(or, found);
            }
        }
    }
}

fn add(record: &'static Record, found: &mut Vec<&'static Record>) {
    if !found.iter().any(|other| std::ptr::eq(*other, record)) {
        found.push(record);
        for field in record.fields {
            reachable(field.shape, found);
        }
    }
}
