//! The JSON Schema of the language, from the same tables that check a scenario.
//!
//! Shapes that refer to themselves, such as steps in branches of steps, become definitions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::case::CASE;
use super::file::FILE;
use super::scalar::Scalar;
use super::shape::{Choice, Field, Need, Record, Shape, Use};

/// The schema, JSON Schema 2020-12, for editors and other tools.
pub fn schema() -> String {
    schema_of(&FILE, "scenario", "archsim scenario")
}

/// The schema of a file with a known answer.
pub fn case_schema() -> String {
    schema_of(&CASE, "known-answer", "archsim known answer")
}

fn schema_of(shape: &'static Shape, file: &str, title: &str) -> String {
    let mut writer = Writer { names: BTreeMap::new(), definitions: Map::new() };
    let root = writer.shape(shape);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("https://archsim.github.io/archsim/{file}.schema.json"),
        "title": title,
    });
    if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), root) {
        schema.extend(root);
        schema.insert("$defs".to_owned(), Value::Object(writer.definitions));
    }
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

struct Writer {
    /// The definition's name by the address of its table: tables are statics, each there once.
    names: BTreeMap<usize, String>,
    definitions: Map<String, Value>,
}

impl Writer {
    fn shape(&mut self, shape: &'static Shape) -> Value {
        match shape {
            Shape::Scalar(scalar) => single(scalar),
            Shape::Record(record) => self.record_or_short(record),
            Shape::Choice(choice) => self.choice(choice),
            Shape::Map(names) => {
                let of = self.shape(names.of);
                let mut map = json!({ "type": "object", "additionalProperties": of });
                if !names.may_be_empty {
                    map["minProperties"] = json!(1);
                }
                map
            }
            Shape::List(items) => {
                let of = self.shape(items.of);
                let list = json!({ "type": "array", "items": of.clone(), "minItems": items.min });
                if items.or_one { json!({ "anyOf": [list, of] }) } else { list }
            }
            Shape::Use(usage) => self.used(usage),
        }
    }

    fn record_or_short(&mut self, record: &'static Record) -> Value {
        let long = self.record(record);
        match record.short.and_then(|short| record.field(short)) {
            Some(field) => json!({ "anyOf": [long, self.shape(field.shape)] }),
            None => long,
        }
    }

    /// A reference to the record's definition, which is written the first time it is met.
    fn record(&mut self, record: &'static Record) -> Value {
        let address = std::ptr::from_ref(record) as usize;
        if let Some(name) = self.names.get(&address) {
            return json!({ "$ref": format!("#/$defs/{name}") });
        }
        let name = self.unused(record.noun);
        self.names.insert(address, name.clone());
        self.definitions.insert(name.clone(), Value::Null);
        let mut properties = Map::new();
        for field in record.fields {
            let of = self.shape(field.shape);
            properties.insert(field.name.to_owned(), described(of, field));
        }
        let required: Vec<&str> = record
            .fields
            .iter()
            .filter(|field| matches!(field.need, Need::Required))
            .map(|field| field.name)
            .collect();
        let mut definition = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        let alternatives =
            |group: &[&str]| -> Vec<Value> { group.iter().map(|key| json!({ "required": [key] })).collect() };
        let mut all: Vec<Value> =
            record.exactly_one.iter().map(|group| json!({ "oneOf": alternatives(group) })).collect();
        if !record.kinds.is_empty() {
            all.push(json!({ "oneOf": alternatives(record.kinds) }));
        }
        for group in record.at_most_one {
            for (at, one) in group.iter().enumerate() {
                all.extend(
                    group[at + 1..].iter().map(|other| json!({ "not": { "required": [one, other] } })),
                );
            }
        }
        if !all.is_empty() {
            definition["allOf"] = Value::Array(all);
        }
        self.definitions.insert(name.clone(), definition);
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn unused(&self, noun: &str) -> String {
        let bare =
            ["a ", "an ", "the "].iter().find_map(|article| noun.strip_prefix(article)).unwrap_or(noun);
        let base = bare.replace([' ', '.'], "-");
        let free = |name: &String| !self.definitions.contains_key(name);
        if free(&base) {
            return base;
        }
        (2..1_000).map(|nth| format!("{base}-{nth}")).find(free).unwrap_or(base)
    }

    /// A reference to the choice's definition, which is written the first time it is met.
    fn choice(&mut self, choice: &'static Choice) -> Value {
        let address = std::ptr::from_ref(choice) as usize;
        if let Some(name) = self.names.get(&address) {
            return json!({ "$ref": format!("#/$defs/{name}") });
        }
        let name = self.unused(choice.noun);
        self.names.insert(address, name.clone());
        self.definitions.insert(name.clone(), Value::Null);
        let of = self.variants(choice);
        self.definitions.insert(name.clone(), of);
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn variants(&mut self, choice: &'static Choice) -> Value {
        let mut any: Vec<Value> = choice.plain.iter().map(|scalar| single(scalar)).collect();
        for variant in choice.variants {
            if variant.shape.is_none() || variant.bare {
                any.push(json!({ "const": variant.name, "description": variant.doc }));
            }
            if let Some(shape) = variant.shape {
                let of = self.shape(shape);
                any.push(json!({
                    "type": "object",
                    "properties": { variant.name: of },
                    "required": [variant.name],
                    "additionalProperties": false,
                    "description": variant.doc,
                }));
            }
        }
        json!({ "anyOf": any })
    }

    fn used(&mut self, usage: &'static Use) -> Value {
        let how = self.record(usage.of);
        let mut any = vec![
            single(&Scalar::Name),
            json!({ "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": how }),
        ];
        if let Some(record) = usage.or {
            any.push(self.record(record));
        }
        json!({ "anyOf": any })
    }
}

/// What the field is for and what it is by default, beside what it may hold.
fn described(of: Value, field: &Field) -> Value {
    let description = match field.need {
        Need::Required => field.doc.to_owned(),
        Need::Default { value, source } => format!("{} Default: {value} ({source}).", field.doc),
        Need::Optional(without) => format!("{} Without it: {without}.", field.doc),
    };
    let mut of = of;
    if let Some(object) = of.as_object_mut() {
        object.insert("description".to_owned(), Value::String(description));
    }
    of
}

/// A single value. YAML reads `1` as a number and `true` as a flag, so those types are allowed where such text is.
fn single(scalar: &Scalar) -> Value {
    const SPAN: &str = r"([0-9][0-9_]*(\.[0-9]+)? ?(ns|us|µs|ms|s|sec|m|min|h|hour|hours|d|day|days) ?)+";
    const NUMBER: &str = r"[0-9][0-9_]*(\.[0-9]+)?";
    let text = |pattern: String| json!({ "type": "string", "pattern": pattern });
    let or_number = |pattern: String, least: f64| json!({ "anyOf": [{ "type": "number", "minimum": least }, { "type": "string", "pattern": pattern }] });
    match scalar {
        Scalar::Text => json!({ "type": ["string", "number", "boolean"] }),
        Scalar::Flag => json!({ "type": "boolean" }),
        Scalar::Span { .. } => text(format!("^{SPAN}$")),
        Scalar::SpanOrUnbounded => text(format!("^({SPAN}|unbounded)$")),
        Scalar::Rate { .. } => text(format!("^{NUMBER} ?/(s|min|h)$")),
        Scalar::Bytes => text(format!("^{NUMBER} ?([KMGT]i)?B$")),
        Scalar::Share { .. } => text(format!("^{NUMBER} ?%$")),
        Scalar::Count { min } => or_number("^[0-9][0-9_]*$".to_owned(), f64::from(*min)),
        Scalar::CountOrAll => or_number("^([0-9][0-9_]*|all)$".to_owned(), 1.0),
        Scalar::Limit { min } => or_number("^([0-9][0-9_]*|unbounded)$".to_owned(), f64::from(*min)),
        Scalar::Factor { .. } => or_number(format!("^[×x]?{NUMBER}$"), 0.0),
        Scalar::Number => or_number(format!("^{NUMBER}$"), 0.0),
        Scalar::Name | Scalar::Bound => json!({ "type": ["string", "number"] }),
        Scalar::Words(words) if *words == ["1"] => json!({ "enum": [1, "1"] }),
        Scalar::Words(words) => json!({ "enum": words }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record that can be reached from the file, with its definition.
    fn records(shape: &'static Shape, found: &mut Vec<&'static Record>) {
        let record = |record: &'static Record, found: &mut Vec<&'static Record>| {
            if !found.iter().any(|other| std::ptr::eq(*other, record)) {
                found.push(record);
                record.fields.iter().for_each(|field| records(field.shape, found));
            }
        };
        match shape {
            Shape::Scalar(_) => {}
            Shape::Record(of) => record(of, found),
            Shape::Choice(choice) => {
                choice.variants.iter().filter_map(|it| it.shape).for_each(|shape| records(shape, found));
            }
            Shape::Map(names) => records(names.of, found),
            Shape::List(items) => records(items.of, found),
            Shape::Use(usage) => {
                record(usage.of, found);
                usage.or.into_iter().for_each(|or| record(or, found));
            }
        }
    }

    #[test]
    fn the_schema_has_exactly_the_keys_that_the_decoder_knows() {
        let schema: Value = serde_json::from_str(&schema()).expect("JSON");
        let definitions = schema["$defs"].as_object().expect("definitions");
        let mut all = Vec::new();
        records(&FILE, &mut all);
        let with_keys = definitions.values().filter(|definition| definition.get("properties").is_some());
        assert_eq!(with_keys.count(), all.len());
        for record in all {
            let mut keys: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
            keys.sort_unstable();
            let known = |definition: &Value| {
                let of = definition.get("properties").and_then(Value::as_object);
                of.is_some_and(|of| of.keys().map(String::as_str).collect::<Vec<_>>() == keys)
            };
            assert!(definitions.values().any(known), "{}: {keys:?}", record.noun);
        }
    }

    #[test]
    fn every_default_is_a_value_that_its_own_field_allows() {
        let mut all = Vec::new();
        records(&FILE, &mut all);
        for record in all {
            for (field, value, _) in crate::scenario::conform::defaults(record) {
                let mut report = crate::scenario::report::Report::new("default", &[]);
                let node = crate::scenario::parse::parse(value, 0, &mut report).expect("YAML");
                let spot = crate::scenario::conform::Spot::top();
                crate::scenario::conform::conform(node, field.shape, &spot, &mut report);
                assert!(
                    !report.has_errors(),
                    "{} of {}: {:?}",
                    field.name,
                    record.noun,
                    report.into_diagnostics()
                );
            }
        }
    }
}
