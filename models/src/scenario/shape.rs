//! What may stand where: the language as tables.
//!
//! One table per part of a scenario says which keys there are, what they hold, what they are by default and
//! where that default comes from. Checking, filling in defaults, the JSON Schema and the reference of the
//! documentation all read the same tables, so that they cannot tell different stories.

use super::scalar::Scalar;

/// What may stand somewhere.
#[derive(Debug)]
pub enum Shape {
    /// A single value.
    Scalar(Scalar),
    /// A map with these keys and no others.
    Record(&'static Record),
    /// One of several things: a word, or a map with one key.
    Choice(&'static Choice),
    /// A map whose keys are names that the scenario gives or refers to.
    Map(&'static Names),
    /// A list.
    List(&'static Items),
    /// A name alone, or a map from that one name to how it is used.
    Use(&'static Use),
}

/// A map with known keys.
#[derive(Debug)]
pub struct Record {
    /// What it is, with its article: `a deployable`.
    pub noun: &'static str,
    /// The field that a single value in place of the map stands for.
    pub short: Option<&'static str>,
    /// Its keys.
    pub fields: &'static [Field],
    /// Exactly one of these must be there, and says what it is; in paths, an entry of a list is named by it.
    pub kinds: &'static [&'static str],
    /// Of each group exactly one must be there.
    pub exactly_one: &'static [&'static [&'static str]],
    /// Of each group one may be there.
    pub at_most_one: &'static [&'static [&'static str]],
}

/// A key of a record.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub shape: &'static Shape,
    /// What happens if it is left out.
    pub need: Need,
    /// One sentence for people.
    pub doc: &'static str,
}

/// What happens if a key is left out.
#[derive(Debug)]
pub enum Need {
    /// That is an error.
    Required,
    /// This value holds.
    Default {
        /// As it would be written.
        value: &'static str,
        /// Where it comes from.
        source: &'static str,
    },
    /// This is what it means.
    Optional(&'static str),
}

/// One of several things.
#[derive(Debug)]
pub struct Choice {
    /// What is chosen, with its article: `a distribution`.
    pub noun: &'static str,
    /// A single value that may stand there too.
    pub plain: Option<&'static Scalar>,
    /// What can be chosen.
    pub variants: &'static [Variant],
}

/// Something that can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The word, or the one key of the map.
    pub name: &'static str,
    /// What the one key holds; nothing means that the word stands alone.
    pub shape: Option<&'static Shape>,
    /// Whether the word may stand alone although it has parameters.
    pub bare: bool,
    /// One sentence for people.
    pub doc: &'static str,
}

/// A map whose keys are names.
#[derive(Debug)]
pub struct Names {
    /// What is named, without article: `capability`.
    pub noun: &'static str,
    /// What each name holds.
    pub of: &'static Shape,
    /// A key that is no name but holds for all others: `each`, `default`.
    pub general: Option<&'static str>,
    /// Whether keys are edges, `a -> b`.
    pub edges: bool,
    /// Whether there may be none.
    pub may_be_empty: bool,
}

/// A list.
#[derive(Debug)]
pub struct Items {
    /// What an item is, with its article: `a policy`.
    pub noun: &'static str,
    /// What an item holds.
    pub of: &'static Shape,
    /// Whether one item alone may stand for a list of one.
    pub or_one: bool,
    /// At least so many.
    pub min: usize,
}

/// A name that is used, with or without saying how.
#[derive(Debug)]
pub struct Use {
    /// What the name names, without article: `capability`.
    pub noun: &'static str,
    /// How it is used.
    pub of: &'static Record,
    /// A record that may stand there instead; its kinds, or else its first key, tell it apart.
    pub or: Option<&'static Record>,
}

impl Record {
    /// A record without groups.
    pub const fn new(noun: &'static str, fields: &'static [Field]) -> Self {
        Record { noun, short: None, fields, kinds: &[], exactly_one: &[], at_most_one: &[] }
    }

    /// This record, for which a single value may stand: the one of `field`.
    pub const fn or_short(mut self, field: &'static str) -> Self {
        self.short = Some(field);
        self
    }

    /// This record, of which exactly one of these keys says what it is.
    pub const fn of_kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }

    /// This record, in which exactly one of each group must be there.
    pub const fn exactly_one(mut self, groups: &'static [&'static [&'static str]]) -> Self {
        self.exactly_one = groups;
        self
    }

    /// This record, in which at most one of each group may be there.
    pub const fn at_most_one(mut self, groups: &'static [&'static [&'static str]]) -> Self {
        self.at_most_one = groups;
        self
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Use {
    /// The record that may stand there instead of a name, if one of these keys says that it does.
    pub fn instead<'k>(&self, mut keys: impl Iterator<Item = &'k str>) -> Option<&'static Record> {
        let record = self.or?;
        let first = record.fields.first().map(|field| field.name);
        keys.any(|key| record.kinds.contains(&key) || (record.kinds.is_empty() && first == Some(key)))
            .then_some(record)
    }
}

impl Choice {
    /// The variant of that name.
    pub fn variant(&self, name: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }

    /// What may be written, in words.
    pub fn words(&self) -> String {
        let mut all: Vec<String> = self.plain.iter().map(|scalar| scalar.words()).collect();
        all.extend(self.variants.iter().map(|variant| match (variant.shape, variant.bare) {
            (None, _) | (_, true) => variant.name.to_owned(),
            (Some(_), false) => format!("{{ {}: … }}", variant.name),
        }));
        all.join(", ")
    }
}

/// A key that must be there.
pub const fn required(name: &'static str, shape: &'static Shape, doc: &'static str) -> Field {
    Field { name, shape, need: Need::Required, doc }
}

/// A key that may be left out, and what it is then.
pub const fn default(
    name: &'static str,
    shape: &'static Shape,
    value: &'static str,
    source: &'static str,
    doc: &'static str,
) -> Field {
    Field { name, shape, need: Need::Default { value, source }, doc }
}

/// A key that may be left out, and what that means.
pub const fn optional(
    name: &'static str,
    shape: &'static Shape,
    without: &'static str,
    doc: &'static str,
) -> Field {
    Field { name, shape, need: Need::Optional(without), doc }
}

/// A word alone.
pub const fn word(name: &'static str, doc: &'static str) -> Variant {
    Variant { name, shape: None, bare: false, doc }
}

/// A map with one key.
pub const fn variant(name: &'static str, shape: &'static Shape, doc: &'static str) -> Variant {
    Variant { name, shape: Some(shape), bare: false, doc }
}

/// A map with one key, or that key as a word with everything left at its default.
pub const fn bare(name: &'static str, shape: &'static Shape, doc: &'static str) -> Variant {
    Variant { name, shape: Some(shape), bare: true, doc }
}
