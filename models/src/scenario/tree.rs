//! A scenario as typed: maps, lists and scalars, each with its place, and nothing interpreted yet.
//!
//! The tree is kept instead of decoding straight into structs, because a decoder stops at its first error and
//! forgets where things stood. A walk over a tree can report everything that is wrong, and merging
//! architectures is a matter of trees as well.

use super::place::Place;

/// A piece of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// Where the value comes from, if it was not written right here: a default, `each`, another architecture.
    pub origin: Option<String>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text, a number, a word: a scalar, and whether it stood in quotes.
    Scalar(String),
    /// Nothing at all: `key:` without a value.
    Nothing,
    /// `[…]` or lines that start with `-`.
    List(Vec<Node>),
    /// `{…}` or lines with keys, in the order written.
    Map(Vec<Entry>),
    /// Something wrong that has been reported: nothing more is said about it.
    Broken,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub node: Node,
}

static BROKEN: Node = Node { value: Value::Broken, place: Place::START, origin: None };

impl Node {
    /// A node of our own making, which stands where `place` says.
    pub fn new(value: Value, place: Place) -> Self {
        Node { value, place, origin: None }
    }

    /// A scalar of our own making.
    pub fn scalar(text: impl Into<String>, place: Place) -> Self {
        Node::new(Value::Scalar(text.into()), place)
    }

    /// A map of our own making with one entry.
    pub fn single(key: &str, place: Place, node: Node) -> Self {
        Node::new(Value::Map(vec![Entry { key: key.to_owned(), place, node }]), place)
    }

    /// This node, said to come from somewhere else.
    #[must_use]
    pub fn from(mut self, origin: &str) -> Self {
        self.origin.get_or_insert_with(|| origin.to_owned());
        self
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entries of a map, to change; nothing else has any.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The scalar's text; nothing else has one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The entry of a map.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The value under a key; where there is none, a node about which nothing more is said.
    pub fn at(&self, key: &str) -> &Node {
        self.get(key).unwrap_or(&BROKEN)
    }

    /// Whether an error about it has been reported.
    pub fn is_broken(&self) -> bool {
        matches!(self.value, Value::Broken)
    }

    /// The one key of a choice and what it holds: `{ poisson: … }`, or a word alone.
    pub fn choice(&self) -> Option<(&str, &Node)> {
        match &self.value {
            Value::Scalar(word) => Some((word, &BROKEN)),
            Value::Map(entries) if entries.len() == 1 => Some((&entries[0].key, &entries[0].node)),
            _ => None,
        }
    }

    /// Sets the value under a key of a map, after the last one if it is new.
    pub fn set(&mut self, key: &str, node: Node) {
        let place = node.place;
        if let Some(entries) = self.entries_mut() {
            match entries.iter_mut().find(|entry| entry.key == key) {
                Some(entry) => entry.node = node,
                None => entries.push(Entry { key: key.to_owned(), place, node }),
            }
        }
    }

    /// Takes the value of a key out of a map.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at).node)
    }

    /// What it is, in words, for `found`.
    pub fn words(&self) -> String {
        match &self.value {
            Value::Scalar(text) if text.chars().count() > 60 => {
                format!("`{}…`", text.chars().take(60).collect::<String>())
            }
            Value::Scalar(text) => format!("`{text}`"),
            Value::Nothing => "nothing".to_owned(),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
            Value::Map(entries) => {
                let keys: Vec<_> = entries.iter().take(4).map(|entry| entry.key.as_str()).collect();
                let more = if entries.len() > 4 { ", …" } else { "" };
                format!("a map with {}{more}", keys.join(", "))
            }
            Value::Broken => "something else".to_owned(),
        }
    }
}
