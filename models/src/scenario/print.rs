//! A tree as YAML: one value a line, and beside it where it comes from if it was not written there.

use std::fmt::Write;

use super::tree::{Node, Value};

/// The tree as YAML.
pub fn yaml(node: &Node, comments: bool) -> String {
    let mut printer = Printer { out: String::new(), comments };
    printer.map(node, 0);
    printer.out
}

struct Printer {
    out: String,
    comments: bool,
}

impl Printer {
    fn map(&mut self, node: &Node, indent: usize) {
        for entry in node.entries() {
            let _ = write!(self.out, "{:indent$}{}:", "", scalar(&entry.key));
            self.value(&entry.node, indent + 2);
        }
    }

    /// What stands behind a key's colon.
    fn value(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.out.push('\n');
                self.map(node, indent);
            }
            Value::List(items) if !items.is_empty() => {
                if items.iter().all(|item| item.text().is_some()) {
                    let texts: Vec<String> = items.iter().filter_map(Node::text).map(scalar).collect();
                    let _ = write!(self.out, " [{}]", texts.join(", "));
                    let origin = node.origin.as_ref().or_else(|| items[0].origin.as_ref());
                    self.end(origin);
                } else {
                    self.out.push('\n');
                    self.list(node, indent);
                }
            }
            _ => {
                let _ = write!(self.out, " {}", leaf(node));
                self.end(node.origin.as_ref());
            }
        }
    }

    fn list(&mut self, node: &Node, indent: usize) {
        for item in node.items() {
            let _ = write!(self.out, "{:indent$}-", "");
            match &item.value {
                Value::Map(entries) if !entries.is_empty() => {
                    // The first key stands behind the dash, the others below it.
                    let start = self.out.len();
                    self.map(item, indent + 2);
                    self.out.replace_range(start..start + indent + 2, " ");
                }
                Value::List(items) if !items.is_empty() => {
                    let start = self.out.len();
                    self.list(item, indent + 2);
                    self.out.replace_range(start..start + indent + 2, " ");
                }
                _ => {
                    let _ = write!(self.out, " {}", leaf(item));
                    self.end(item.origin.as_ref());
                }
            }
        }
    }

    fn end(&mut self, origin: Option<&String>) {
        if let (true, Some(origin)) = (self.comments, origin) {
            let _ = write!(self.out, "  # <- {origin}");
        }
        self.out.push('\n');
    }
}

fn leaf(node: &Node) -> String {
    match &node.value {
        Value::Scalar(text) => scalar(text),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        Value::Nothing | Value::Broken => "~".to_owned(),
    }
}

/// A scalar as YAML reads it again: plain where that is safe.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '%' | '+');
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let words = text.split(' ').all(|word| !word.is_empty() && word.chars().all(plain));
    let word =
        !matches!(text.to_ascii_lowercase().as_str(), "null" | "y" | "n" | "yes" | "no" | "on" | "off");
    if starts_well && words && word && !text.contains("->") {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse::parse;
    use crate::scenario::report::Report;

    #[test]
    fn what_is_printed_reads_to_the_same() {
        for text in [
            "a: 1\nb: [x, y]\nc: { d: [], e: {} }\n",
            "a:\n  - b: 1\n    c: 2\n  - - d\n    - e: f\n",
            "\"a -> b\": \"- x: #y\"\n",
            "a: \"line\\nline \\\"q\\\" \\\\ \\u0007 ünï ×3\"\n",
            "a: [\"true\", \"no\", \"1,2\", \" x \"]\n",
        ] {
            let mut report = Report::new("x", &[]);
            let tree = parse(text, 0, &mut report).expect("YAML");
            let printed = yaml(&tree, true);
            let again = parse(&printed, 0, &mut report).expect("YAML");
            assert_eq!(printed, yaml(&again, true));
            let place = crate::scenario::place::Place::START;
            let bare = |node| crate::scenario::merge::placed(node, place);
            assert_eq!(bare(tree), bare(again), "{printed}");
        }
    }
}
