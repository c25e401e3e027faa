//! `--set PATH=VALUE`: changes a scenario as if the value had been written at the path.

use super::conform::label;
use super::parse;
use super::place::Place;
use super::report::Report;
use super::scalar::nearest;
use super::shape::Shape;
use super::tree::{Entry, Node, Value};

/// Applies the `number`-th `--set` (from 1) to a tree as typed.
pub fn apply(root: &mut Node, shape: &Shape, number: u32, path: &str, value: &str, report: &mut Report) {
    let place = Place { source: number, ..Place::START };
    let Some(value) = parse::parse(value, number, report) else {
        if value.trim().is_empty() {
            report
                .error("E0114", place, path, "`--set` needs a value")
                .found("nothing")
                .allowed("`--set PATH=VALUE`");
        }
        return;
    };
    let steps = split(path);
    if path.is_empty() || steps.iter().any(|step| step.is_empty()) {
        report
            .error("E0115", place, path, format!("`{path}` is not a path"))
            .found(format!("`{path}`"))
            .allowed("keys with dots between them, such as `run.measure`");
        return;
    }
    let value = super::merge::marked(Node { origin: None, ..value }, "--set");
    if let Err((at, there)) = put(root, Some(shape), &steps, value) {
        let mut draft = report.error(
            "E0115",
            place,
            path,
            format!("the scenario has nothing at `{}`", steps[..=at].join(".")),
        );
        draft.found(format!("`{}`", steps[at])).allowed(if there.is_empty() {
            "nothing: a single value stands there".to_owned()
        } else {
            there.join(", ")
        });
        if let Some(near) = nearest(steps[at], there.iter().map(String::as_str)) {
            draft.help(format!("did you mean `{near}`?"));
        }
    }
}

/// A path's steps. The dot of a version, as in `hystrix-1.5`, is none that separates.
fn split(path: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let mut start = 0;
    for (at, _) in path.match_indices('.') {
        let (before, after) = (&path[start..at], &path[at + 1..]);
        let version = before.ends_with(|c: char| c.is_ascii_digit())
            && !before.bytes().all(|byte| byte.is_ascii_digit())
            && after.starts_with(|c: char| c.is_ascii_digit());
        if !version {
            steps.push(before);
            start = at + 1;
        }
    }
    steps.push(&path[start..]);
    steps
}

/// Puts a value where the steps lead; else the step that leads nowhere, and those that would lead somewhere.
fn put(
    node: &mut Node,
    shape: Option<&Shape>,
    steps: &[&str],
    value: Node,
) -> Result<(), (usize, Vec<String>)> {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return Ok(());
    };
    let deeper = |(at, there): (usize, Vec<String>)| (at + 1, there);
    lengthen(node, shape);
    match &mut node.value {
        Value::Map(entries) => {
            if matches!(shape, Some(Shape::Choice(_))) {
                // Another choice takes the place of the one that was made.
                entries.retain(|entry| entry.key == *step);
            }
            let inner = shape.and_then(|shape| under(shape, step));
            if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *step) {
                return put(&mut entry.node, inner, rest, value).map_err(deeper);
            }
            let known = shape.map(known_keys).unwrap_or_default();
            if inner.is_none() && !known.is_empty() {
                return Err((0, known));
            }
            let mut made = Node::new(Value::Map(Vec::new()), value.place);
            let place = value.place;
            put(&mut made, inner, rest, value).map_err(deeper)?;
            entries.push(Entry { key: (*step).to_owned(), place, node: made });
            Ok(())
        }
        Value::List(items) => {
            let of = match shape {
                Some(Shape::List(list)) => Some(list.of),
                _ => None,
            };
            let mut labels = Vec::new();
            let names: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(index, item)| label(item, of.unwrap_or(&super::common::TEXT), index, &mut labels))
                .collect();
            let number = step.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let at = names.iter().position(|name| name == step).or(number).filter(|&at| at < items.len());
            let Some(at) = at else { return Err((0, names)) };
            let item = &mut items[at];
            // A path names an entry by its one key and then goes on below that key.
            let own_field =
                |step: &&str| matches!(of, Some(Shape::Record(record)) if record.field(step).is_some());
            let by_key = names[at] == *step && !rest.first().is_some_and(own_field);
            let key = step.split('#').next().unwrap_or(step);
            if by_key && rest.is_empty() && item.text().is_some() && value.text().is_none() {
                *item = Node::single(key, value.place, value);
                return Ok(());
            }
            if by_key && item.get(key).is_some() {
                let with_key: Vec<&str> = std::iter::once(key).chain(rest.iter().copied()).collect();
                return put(item, of, &with_key, value);
            }
            if by_key && item.text() == Some(key) && !rest.is_empty() {
                *item = Node::single(key, item.place, Node::new(Value::Map(Vec::new()), item.place));
                let with_key: Vec<&str> = std::iter::once(key).chain(rest.iter().copied()).collect();
                return put(item, of, &with_key, value);
            }
            put(item, of, rest, value).map_err(deeper)
        }
        _ => Err((0, Vec::new())),
    }
}

/// A short form that a path goes into is written out first.
fn lengthen(node: &mut Node, shape: Option<&Shape>) {
    let long = match (&node.value, shape) {
        (Value::Scalar(_) | Value::List(_), Some(Shape::Record(record))) => record.short.map(str::to_owned),
        (Value::Scalar(text), Some(Shape::Use(_))) => {
            let inner = Node::new(Value::Map(Vec::new()), node.place);
            *node = Node::single(&text.clone(), node.place, inner);
            return;
        }
        (Value::Scalar(_) | Value::Map(_), Some(Shape::List(list))) if list.or_one => {
            let place = node.place;
            let inner = std::mem::replace(node, Node::new(Value::Broken, place));
            *node = Node::new(Value::List(vec![inner]), place);
            return;
        }
        (Value::Nothing, Some(Shape::Record(_) | Shape::Map(_))) => {
            node.value = Value::Map(Vec::new());
            return;
        }
        _ => None,
    };
    if let Some(key) = long {
        let place = node.place;
        let inner = std::mem::replace(node, Node::new(Value::Broken, place));
        *node = Node::single(&key, place, inner);
    }
}

/// The shape below a key.
fn under(shape: &Shape, key: &str) -> Option<&'static Shape> {
    match shape {
        Shape::Record(record) => record.field(key).map(|field| field.shape),
        Shape::Choice(choice) => choice.variant(key).and_then(|variant| variant.shape),
        Shape::Map(names) => Some(names.of),
        Shape::Use(usage) => usage.or.and_then(|record| record.field(key)).map(|field| field.shape),
        Shape::Scalar(_) | Shape::List(_) => None,
    }
}

fn known_keys(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Record(record) => record.fields.iter().map(|field| field.name.to_owned()).collect(),
        Shape::Choice(choice) => choice.variants.iter().map(|variant| variant.name.to_owned()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_path_is_split_at_dots_but_not_within_a_version() {
        assert_eq!(split("run.measure"), ["run", "measure"]);
        assert_eq!(split("preset.hystrix-1.5.timeout"), ["preset", "hystrix-1.5", "timeout"]);
        assert_eq!(split("claims.1.between.2"), ["claims", "1", "between", "2"]);
        assert_eq!(split("a..b"), ["a", "", "b"]);
    }
}
