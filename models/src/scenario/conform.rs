//! Holds a tree against the tables: everything unknown, missing, twice or of the wrong kind is reported, and
//! every short form is written out, so that what follows sees one form only.

use super::place::Place;
use super::report::Report;
use super::scalar::{Scalar, nearest};
use super::shape::{Choice, Field, Items, Names, Need, Record, Shape, Use, Variant};
use super::tree::{Entry, Node, Value};

/// Where the walk is: the field's path, and a place to point at when the value itself has none.
#[derive(Clone)]
pub struct Spot {
    /// From the top of the file.
    pub path: String,
    /// The key.
    pub key: Place,
    /// The one key by which the path names this entry of a list: going below it adds nothing.
    label: Option<String>,
}

impl Spot {
    /// The top of the file.
    pub fn top() -> Self {
        Spot::at(Place::START)
    }

    /// A place whose path does not matter.
    pub fn at(key: Place) -> Self {
        Spot { path: String::new(), key, label: None }
    }

    /// One step further down.
    pub fn under(&self, name: &str, key: Place) -> Self {
        let path = match &self.label {
            Some(label) if label == name => self.path.clone(),
            _ if self.path.is_empty() => name.to_owned(),
            _ => format!("{}.{name}", self.path),
        };
        Spot { path, key, label: None }
    }

    /// An entry of a list, named by its one key or by its number.
    fn entry(&self, label: &str, key: Place) -> Self {
        let base = label.split('#').next().unwrap_or(label);
        Spot { label: Some(base.to_owned()), ..self.under(label, key) }
    }
}

/// Checks `node` against `shape` and returns it in its long form; what was wrong becomes [`Value::Broken`].
pub fn conform(node: Node, shape: &Shape, spot: &Spot, report: &mut Report) -> Node {
    if node.is_broken() {
        return node;
    }
    report.know(spot.key, &spot.path);
    report.know(node.place, &spot.path);
    match shape {
        Shape::Scalar(scalar) => single(node, scalar, spot, report),
        Shape::Record(record) => fields(node, record, spot, report),
        Shape::Choice(choice) => chosen(node, choice, spot, report),
        Shape::Map(names) => named(node, names, spot, report),
        Shape::List(items) => list(node, items, spot, report),
        Shape::Use(usage) => used(node, usage, spot, report),
    }
}

fn broken(node: &Node) -> Node {
    Node::new(Value::Broken, node.place)
}

/// Where to point: at the value if it has an extent, at its key if not.
fn pointed(node: &Node, spot: &Spot) -> Place {
    match node.value {
        Value::Scalar(_) => node.place,
        Value::Nothing => spot.key,
        _ if node.place.end > node.place.start && node.place.line != spot.key.line => spot.key,
        _ => node.place,
    }
}

/// Something of another kind stands there.
fn mismatch(node: &Node, noun: &str, allowed: String, spot: &Spot, report: &mut Report) -> Node {
    let nothing = matches!(node.value, Value::Nothing);
    let message = if nothing {
        format!("nothing stands where {noun} should")
    } else {
        format!("this should be {noun}")
    };
    let mut draft =
        report.error(if nothing { "E0204" } else { "E0205" }, pointed(node, spot), &spot.path, message);
    draft.found(node.words()).allowed(allowed);
    if nothing {
        draft.help("write `{}` if nothing is to be said, or remove the key");
    }
    broken(node)
}

fn single(node: Node, scalar: &Scalar, spot: &Spot, report: &mut Report) -> Node {
    let Some(text) = node.text() else {
        return mismatch(&node, "a single value", scalar.words(), spot, report);
    };
    match scalar.check(text) {
        Ok(()) => node,
        Err(wrong) => {
            let mut draft = report.error(wrong.code, node.place, &spot.path, wrong.message);
            draft.found(node.words()).allowed(scalar.words());
            if let Some(help) = wrong.help {
                draft.help(help);
            }
            broken(&node)
        }
    }
}

fn fields(node: Node, record: &Record, spot: &Spot, report: &mut Report) -> Node {
    let place = pointed(&node, spot);
    let origin = node.origin.clone();
    let short = !matches!(node.value, Value::Map(_));
    let entries = match (node.value, record.short) {
        (Value::Map(entries), _) => entries,
        (value @ (Value::Scalar(_) | Value::List(_)), Some(short)) => {
            let node = Node { value, place: node.place, origin: node.origin };
            vec![Entry { key: short.to_owned(), place: node.place, node }]
        }
        (value, short) => {
            let node = Node { value, place: node.place, origin: None };
            let keys = record_keys(record);
            let allowed = match short.and_then(|short| record.field(short)) {
                Some(field) => format!("{}, or a map with {keys}", shape_words(field.shape)),
                None => format!("a map with {keys}"),
            };
            return mismatch(&node, record.noun, allowed, spot, report);
        }
    };
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        // A short form stands at the path of what it is short for.
        let under = if short {
            Spot { key: entry.place, ..spot.clone() }
        } else {
            spot.under(&entry.key, entry.place)
        };
        if twice(&kept, &entry, &under, report) {
            continue;
        }
        match record.field(&entry.key) {
            Some(field) => {
                kept.push(Entry { node: conform(entry.node, field.shape, &under, report), ..entry });
            }
            None => unknown_key(&entry, record, &under, report),
        }
    }
    missing(&kept, record, place, spot, report);
    groups(&kept, record, place, spot, report);
    Node { value: Value::Map(kept), place, origin }
}

fn record_keys(record: &Record) -> String {
    record.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

/// What a shape allows, in few words.
pub fn shape_words(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(scalar) => scalar.words(),
        Shape::Record(record) => format!("{} ({})", record.noun, record_keys(record)),
        Shape::Choice(choice) => choice.words(),
        Shape::Map(names) => format!("a map by {}", names.noun),
        Shape::List(items) => format!("a list, each entry {}", items.noun),
        Shape::Use(usage) => {
            format!("the name of a {}, or `{{ NAME: {{ {} }} }}`", usage.noun, record_keys(usage.of))
        }
    }
}

fn twice(kept: &[Entry], entry: &Entry, spot: &Spot, report: &mut Report) -> bool {
    let Some(first) = kept.iter().find(|other| other.key == entry.key) else { return false };
    report
        .error("E0202", entry.place, &spot.path, format!("`{}` stands here twice", entry.key))
        .found(format!("`{}` again", entry.key))
        .allowed("each key once")
        .help(format!("the first one is in line {}; remove one of the two", first.place.line));
    true
}

fn unknown_key(entry: &Entry, record: &Record, spot: &Spot, report: &mut Report) {
    let keys = record_keys(record);
    let mut draft = report.error(
        "E0201",
        entry.place,
        &spot.path,
        format!("`{}` is not a key of {}", entry.key, record.noun),
    );
    draft.found(format!("`{}`", entry.key)).allowed(keys);
    if let Some(near) = nearest(&entry.key, record.fields.iter().map(|field| field.name)) {
        draft.help(format!("did you mean `{near}`?"));
    } else if entry.key == "<<" {
        draft.help("YAML's merge key is not used here: `extends`, `each` and `default` do the same");
    }
}

fn missing(kept: &[Entry], record: &Record, place: Place, spot: &Spot, report: &mut Report) {
    for field in record.fields {
        if matches!(field.need, Need::Required) && !kept.iter().any(|entry| entry.key == field.name) {
            let path = spot.under(field.name, place).path;
            report
                .error("E0203", place, &path, format!("{} needs `{}`", record.noun, field.name))
                .found(found_keys(kept))
                .allowed(format!("`{}: …`, {}", field.name, shape_words(field.shape)))
                .help(field.doc);
        }
    }
}

fn found_keys(kept: &[Entry]) -> String {
    if kept.is_empty() {
        return "no keys".to_owned();
    }
    let keys: Vec<_> = kept.iter().map(|entry| entry.key.as_str()).collect();
    format!("only {}", keys.join(", "))
}

fn groups(kept: &[Entry], record: &Record, place: Place, spot: &Spot, report: &mut Report) {
    let there = |group: &[&str]| -> Vec<&Entry> {
        kept.iter().filter(|entry| group.contains(&entry.key.as_str())).collect()
    };
    let kinds = std::slice::from_ref(&record.kinds).iter().filter(|kinds| !kinds.is_empty());
    let exactly_one = || kinds.clone().chain(record.exactly_one);
    for group in exactly_one() {
        if there(group).is_empty() {
            report
                .error("E0208", place, &spot.path, format!("{} needs one of its kinds", record.noun))
                .found(found_keys(kept))
                .allowed(format!("one of {}", group.join(", ")));
        }
    }
    for group in exactly_one().chain(record.at_most_one) {
        for entry in there(group).iter().skip(1) {
            report
                .error(
                    "E0208",
                    entry.place,
                    &spot.path,
                    format!("{} can be only one of these at once", record.noun),
                )
                .found(there(group).iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join(" and "))
                .allowed(format!("one of {}", group.join(", ")))
                .help("write two entries");
        }
    }
}

fn chosen(node: Node, choice: &Choice, spot: &Spot, report: &mut Report) -> Node {
    match &node.value {
        Value::Scalar(text) => match choice.variant(text) {
            Some(Variant { shape: None, .. }) => node,
            Some(Variant { shape: Some(shape), bare: true, name, .. }) => {
                let inner = Node::new(Value::Map(Vec::new()), node.place);
                let inner = conform(inner, shape, &spot.under(name, node.place), report);
                Node { origin: node.origin.clone(), ..Node::single(name, node.place, inner) }
            }
            Some(Variant { shape: Some(shape), name, .. }) => {
                report
                    .error("E0209", node.place, &spot.path, format!("`{name}` needs to be told more"))
                    .found(node.words())
                    .allowed(format!("{{ {name}: {} }}", shape_words(shape)));
                broken(&node)
            }
            None => match choice.plain {
                Some(scalar) => single(node, scalar, spot, report),
                None => unknown_choice(text, node.place, choice, spot, report),
            },
        },
        Value::Map(entries) if entries.len() == 1 => {
            let Value::Map(mut entries) = node.value else { return node };
            let Some(entry) = entries.pop() else { return Node::new(Value::Broken, node.place) };
            let under = spot.under(&entry.key, entry.place);
            match choice.variant(&entry.key) {
                Some(Variant { shape: Some(shape), name, .. }) => {
                    let inner = conform(entry.node, shape, &under, report);
                    Node { origin: node.origin, ..Node::single(name, entry.place, inner) }
                }
                Some(Variant { shape: None, name, .. }) => {
                    report
                        .error("E0209", entry.place, &under.path, format!("`{name}` has no parameters"))
                        .found(entry.node.words())
                        .allowed(format!("`{name}` alone"));
                    Node::new(Value::Broken, entry.place)
                }
                None => unknown_choice(&entry.key, entry.place, choice, &under, report),
            }
        }
        Value::Map(entries) if entries.len() > 1 => {
            report
                .error(
                    "E0210",
                    entries[1].place,
                    &spot.path,
                    format!("{} is a map with one key, and this one has {}", choice.noun, entries.len()),
                )
                .found(node.words())
                .allowed(choice.words())
                .help("is something indented too little, or a brace missing?");
            broken(&node)
        }
        _ => mismatch(&node, choice.noun, choice.words(), spot, report),
    }
}

fn unknown_choice(text: &str, place: Place, choice: &Choice, spot: &Spot, report: &mut Report) -> Node {
    let mut draft = report.error("E0206", place, &spot.path, format!("`{text}` is not {}", choice.noun));
    draft.found(format!("`{text}`")).allowed(choice.words());
    if let Some(near) = nearest(text, choice.variants.iter().map(|variant| variant.name)) {
        draft.help(format!("did you mean `{near}`?"));
    }
    Node::new(Value::Broken, place)
}

fn named(node: Node, names: &Names, spot: &Spot, report: &mut Report) -> Node {
    let place = pointed(&node, spot);
    let Value::Map(entries) = node.value else {
        let allowed = format!("`NAME: …` for each {}", names.noun);
        return mismatch(&node, &format!("a map by {}", names.noun), allowed, spot, report);
    };
    if entries.is_empty() && !names.may_be_empty {
        report
            .error("E0211", place, &spot.path, format!("there must be at least one {}", names.noun))
            .found("none")
            .allowed(format!("`NAME: …` for each {}", names.noun));
    }
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let under = spot.under(&entry.key, entry.place);
        if twice(&kept, &entry, &under, report) || !good_key(&mut entry, names, &under, report) {
            continue;
        }
        kept.push(Entry { node: conform(entry.node, names.of, &under, report), ..entry });
    }
    Node { value: Value::Map(kept), place, origin: node.origin }
}

/// Words with a meaning of their own wherever a name stands.
const RESERVED: [&str; 11] = [
    "each",
    "default",
    "all",
    "none",
    "users",
    "parallel",
    "one-of",
    "unbounded",
    "related",
    "unrelated",
    "controls",
];

/// Whether a key can be what the map is keyed by; edges are brought into their one form.
fn good_key(entry: &mut Entry, names: &Names, spot: &Spot, report: &mut Report) -> bool {
    if names.general == Some(entry.key.as_str()) {
        return true;
    }
    if names.edges {
        let ends = entry.key.split_once("->").map(|(from, to)| (from.trim(), to.trim()));
        return match ends {
            Some((from, to)) if Scalar::Name.check(from).is_ok() && Scalar::Name.check(to).is_ok() => {
                entry.key = format!("{from} -> {to}");
                true
            }
            _ => {
                report
                    .error("E0212", entry.place, &spot.path, format!("`{}` is not an edge", entry.key))
                    .found(format!("`{}`", entry.key))
                    .allowed(match names.general {
                        Some(general) => format!("`\"caller -> callee\"`, or `{general}`"),
                        None => "`\"caller -> callee\"`".to_owned(),
                    });
                false
            }
        };
    }
    if RESERVED.contains(&entry.key.as_str()) {
        report
            .error("E0213", entry.place, &spot.path, format!("`{}` cannot name a {}", entry.key, names.noun))
            .found(format!("`{}`", entry.key))
            .allowed(format!("any name but {}", RESERVED.join(", ")));
        return false;
    }
    match Scalar::Name.check(&entry.key) {
        Ok(()) => true,
        Err(wrong) => {
            report
                .error(wrong.code, entry.place, &spot.path, wrong.message)
                .found(format!("`{}`", entry.key))
                .allowed("letters, digits, `-` and `_`");
            false
        }
    }
}

fn list(node: Node, items: &Items, spot: &Spot, report: &mut Report) -> Node {
    let place = pointed(&node, spot);
    let origin = node.origin.clone();
    let entries = match node.value {
        Value::List(entries) => entries,
        Value::Scalar(_) | Value::Map(_) if items.or_one => vec![node],
        _ => {
            let allowed = format!("a list: each entry {}", items.noun);
            return mismatch(&node, "a list", allowed, spot, report);
        }
    };
    if entries.len() < items.min {
        report
            .error("E0211", place, &spot.path, format!("the list needs {} or more entries", items.min))
            .found(match entries.len() {
                0 => "an empty list".to_owned(),
                1 => "one entry".to_owned(),
                more => format!("{more} entries"),
            })
            .allowed(format!("each entry {}", items.noun));
    }
    let mut labels: Vec<String> = Vec::with_capacity(entries.len());
    let mut kept = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let label = label(&entry, items.of, index, &mut labels);
        let under = spot.entry(&label, entry.place);
        kept.push(conform(entry, items.of, &under, report));
    }
    Node { value: Value::List(kept), place, origin }
}

/// How an entry of a list is named in a path: by its one key, `timeout#2` if it is the second; else by number.
pub fn label(entry: &Node, shape: &Shape, index: usize, before: &mut Vec<String>) -> String {
    let key = match shape {
        Shape::Record(record) => {
            let kind = |entry: &&Entry| record.kinds.contains(&entry.key.as_str());
            entry.entries().iter().find(kind).map(|entry| entry.key.clone())
        }
        _ => entry.choice().map(|(key, _)| key.to_owned()),
    };
    let Some(key) = key.filter(|key| Scalar::Name.check(key).is_ok()) else {
        return (index + 1).to_string();
    };
    before.push(key.clone());
    match before.iter().filter(|other| **other == key).count() {
        1 => key,
        nth => format!("{key}#{nth}"),
    }
}

fn used(node: Node, usage: &Use, spot: &Spot, report: &mut Report) -> Node {
    if let Some(record) = usage.instead(node.entries().iter().map(|entry| entry.key.as_str())) {
        return fields(node, record, spot, report);
    }
    match &node.value {
        Value::Scalar(text) => {
            let place = node.place;
            let name = text.clone();
            if let Err(wrong) = Scalar::Name.check(&name) {
                report
                    .error(wrong.code, place, &spot.path, wrong.message)
                    .found(node.words())
                    .allowed("a name, made of letters, digits, `-` and `_`");
                return broken(&node);
            }
            let inner = Node::new(Value::Map(Vec::new()), place);
            Node { origin: node.origin.clone(), ..Node::single(&name, place, inner) }
        }
        Value::Map(entries) if entries.len() == 1 => {
            let Value::Map(mut entries) = node.value else { return node };
            let Some(entry) = entries.pop() else { return Node::new(Value::Broken, node.place) };
            let under = spot.under(&entry.key, entry.place);
            let inner = fields(entry.node, usage.of, &under, report);
            Node { origin: node.origin, ..Node::single(&entry.key, entry.place, inner) }
        }
        _ => {
            let noun = format!("the name of a {}", usage.noun);
            let allowed = format!("`NAME`, or `{{ NAME: {{ {} }} }}`", record_keys(usage.of));
            mismatch(&node, &noun, allowed, spot, report)
        }
    }
}

/// All fields of a record that have a default, for filling in.
pub fn defaults(record: &Record) -> impl Iterator<Item = (&'static Field, &'static str, &'static str)> {
    record.fields.iter().filter_map(|field| match field.need {
        Need::Default { value, source } => Some((field, value, source)),
        _ => None,
    })
}
