//! Merging trees along the tables: what holds for all, refined by what is said of one, and at last the defaults.

use super::shape::{Record, Shape};
use super::tree::{Entry, Node, Value};
use super::{conform, parse, place::Place, report::Report};

/// `over` laid on `base`: maps field by field, everything else replaced whole. Both are in their long form.
pub fn refine(base: &Node, over: &Node, shape: &Shape) -> Node {
    let (Value::Map(below), Value::Map(above)) = (&base.value, &over.value) else { return over.clone() };
    let inner = |key: &str| match shape {
        Shape::Record(record) => Some(record.field(key).map(|field| field.shape)),
        Shape::Map(names) => Some(Some(names.of)),
        _ => None,
    };
    let mut entries: Vec<Entry> = below.clone();
    for entry in above {
        let Some(shape) = inner(&entry.key) else { return over.clone() };
        match (entries.iter_mut().find(|other| other.key == entry.key), shape) {
            (Some(old), Some(shape)) => {
                old.node = refine(&old.node, &entry.node, shape);
                old.place = entry.place;
            }
            (Some(old), None) => *old = entry.clone(),
            (None, _) => entries.push(entry.clone()),
        }
    }
    Node { value: Value::Map(entries), place: over.place, origin: over.origin.clone() }
}

/// Marks everything in it as coming from `origin`, unless it says already where it comes from.
#[must_use]
pub fn marked(mut node: Node, origin: &str) -> Node {
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                let inner = std::mem::replace(&mut entry.node, Node::new(Value::Broken, Place::START));
                entry.node = marked(inner, origin);
            }
        }
        Value::List(items) => {
            let inner = std::mem::take(items);
            *items = inner.into_iter().map(|item| marked(item, origin)).collect();
        }
        _ => {}
    }
    node.from(origin)
}

/// Fills in every default that the table of `shape` has, in the table's order, however deep.
#[must_use]
pub fn filled(node: Node, shape: &Shape) -> Node {
    let Node { value, place, origin } = node;
    let value = match (value, shape) {
        (Value::Map(entries), Shape::Record(record)) => Value::Map(filled_fields(entries, record, place)),
        (Value::Map(entries), Shape::Map(names)) => Value::Map(each(entries, |_| Some(names.of))),
        (Value::Map(entries), Shape::Choice(choice)) => {
            Value::Map(each(entries, |key| choice.variant(key).and_then(|variant| variant.shape)))
        }
        (Value::Map(entries), Shape::Use(usage)) => {
            match usage.instead(entries.iter().map(|entry| entry.key.as_str())) {
                Some(record) => Value::Map(filled_fields(entries, record, place)),
                None => Value::Map(
                    entries
                        .into_iter()
                        .map(|entry| Entry { node: filled_record(entry.node, usage.of), ..entry })
                        .collect(),
                ),
            }
        }
        (Value::List(items), Shape::List(list)) => {
            Value::List(items.into_iter().map(|item| filled(item, list.of)).collect())
        }
        (value, _) => value,
    };
    Node { value, place, origin }
}

fn each(entries: Vec<Entry>, shape: impl Fn(&str) -> Option<&'static Shape>) -> Vec<Entry> {
    let fill = |entry: Entry| match shape(&entry.key) {
        Some(shape) => Entry { node: filled(entry.node, shape), ..entry },
        None => entry,
    };
    entries.into_iter().map(fill).collect()
}

fn filled_record(node: Node, record: &Record) -> Node {
    let Node { value, place, origin } = node;
    let value = match value {
        Value::Map(entries) => Value::Map(filled_fields(entries, record, place)),
        other => other,
    };
    Node { value, place, origin }
}

/// A record's entries in the order of its table, defaults among them.
fn filled_fields(mut entries: Vec<Entry>, record: &Record, place: Place) -> Vec<Entry> {
    for (field, value, source) in conform::defaults(record) {
        if !entries.iter().any(|entry| entry.key == field.name) {
            let node = marked(literal(value, field.shape, place), &format!("default: {source}"));
            entries.push(Entry { key: field.name.to_owned(), place, node });
        }
    }
    let rank = |entry: &Entry| record.fields.iter().position(|field| field.name == entry.key);
    entries.sort_by_key(rank);
    each(entries, |key| record.field(key).map(|field| field.shape))
}

/// A default as a tree that stands where its record does.
fn literal(text: &str, shape: &Shape, place: Place) -> Node {
    let mut report = Report::new("default", &[]);
    let spot = conform::Spot::at(place);
    match parse::parse(text, 0, &mut report) {
        Some(node) => conform::conform(placed(node, place), shape, &spot, &mut report),
        None => Node::new(Value::Broken, place),
    }
}

/// The tree with every part standing at `place`.
#[must_use]
pub fn placed(mut node: Node, place: Place) -> Node {
    node.place = place;
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                entry.place = place;
                let inner = std::mem::replace(&mut entry.node, Node::new(Value::Broken, place));
                entry.node = placed(inner, place);
            }
        }
        Value::List(items) => {
            let inner = std::mem::take(items);
            *items = inner.into_iter().map(|item| placed(item, place)).collect();
        }
        _ => {}
    }
    node
}
