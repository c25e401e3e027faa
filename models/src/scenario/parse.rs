//! From bytes to a tree: YAML's events become nodes with places, within limits that no honest file meets.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError};

use super::place::Place;
use super::report::Report;
use super::tree::{Entry, Node, Value};

/// Larger files are refused: the largest known call graphs need a hundredth of it.
const BYTES_MAX: usize = 4 << 20;
/// Deeper nesting is refused; the deepest sensible scenario needs about 20 levels.
const DEPTH_MAX: usize = 64;
/// More nodes, aliases expanded, are refused: a few aliases of aliases can ask for billions.
const NODES_MAX: usize = 200_000;

/// The bytes as text, or a report of why they are none.
pub fn text<'bytes>(bytes: &'bytes [u8], report: &mut Report) -> Option<&'bytes str> {
    if bytes.len() > BYTES_MAX {
        report
            .error("E0103", Place::START, "", "the file is too large for a scenario")
            .found(format!("{} bytes", bytes.len()))
            .allowed(format!("up to {BYTES_MAX} bytes"));
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let before = String::from_utf8_lossy(good);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
            let place = Place { line: line as u32, column: column as u32, ..Place::START };
            report
                .error("E0102", place, "", "the file is not UTF-8 text")
                .found(format!("byte 0x{:02X}", bytes.get(good.len()).copied().unwrap_or(0)))
                .allowed("UTF-8")
                .help("save the file as UTF-8");
            return None;
        }
    };
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        report
            .error("E0101", Place::START, "", "the file is empty")
            .found("no content")
            .allowed("a scenario that starts with `archsim: 1`")
            .help("`archsim new` writes a scenario to start from");
        return None;
    }
    Some(text)
}

/// Reads YAML into a tree. Reports what is wrong; what could be read of it is lost then.
pub fn parse(text: &str, source: u32, report: &mut Report) -> Option<Node> {
    let mut options = Options::default();
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    options.disallow_directives = true;
    options.set_emit_comments(false);
    let mut builder =
        Builder { source, text, report, open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, root: None };
    for next in Parser::new_from_str_with_options(text, options) {
        let go_on = match next {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                builder.syntax(&error);
                return None;
            }
        };
        if !go_on {
            return None;
        }
    }
    builder.root
}

/// A collection that is being read.
enum Open {
    List { items: Vec<Node>, place: Place, anchor: usize },
    Map { entries: Vec<Entry>, key: Option<(String, Place)>, place: Place, anchor: usize },
}

struct Builder<'a, 'report> {
    source: u32,
    text: &'a str,
    report: &'report mut Report,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_, '_> {
    /// Takes the next event; false ends the reading.
    fn take(&mut self, event: Event<'_>, span: &granit_parser::Span) -> bool {
        let place = self.place(span);
        if let Some(tag) = event.tag() {
            self.report
                .error("E0109", place, "", "tags are not part of the scenario language")
                .found(format!("the tag `{}`", tag.original()))
                .allowed("values without a tag")
                .help("write the value without `!…`");
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                self.report
                    .error("E0106", place, "", "the file holds more than one YAML document")
                    .found("another document after `---`")
                    .allowed("one scenario in a file")
                    .help("split the file, or write several architectures into one scenario");
                false
            }
            Event::Scalar(text, style, anchor, _) => {
                self.plain_over_lines(&text, style, place);
                let value = match (style, text.as_ref()) {
                    (ScalarStyle::Plain, "" | "~" | "null") => Value::Nothing,
                    _ => Value::Scalar(text.into_owned()),
                };
                let mut node = Node::new(value, place);
                node.origin = self.origin_comment(place);
                self.finish(node, anchor)
            }
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                // Counted before it is copied into place; the copy above is bounded by what was counted so far.
                Some(node) => {
                    self.nodes += size(&node);
                    self.finish(node, 0)
                }
                None => self.finish(Node::new(Value::Broken, place), 0),
            },
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open::List { items: Vec::new(), place, anchor });
                true
            }
            Event::MappingStart(_, anchor, _) => {
                self.open.push(Open::Map { entries: Vec::new(), key: None, place, anchor });
                true
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { items, place: start, anchor }) => {
                    self.close(Value::List(items), start, place, anchor)
                }
                Some(Open::Map { entries, place: start, anchor, .. }) => {
                    self.close(Value::Map(entries), start, place, anchor)
                }
                None => true,
            },
            _ => true,
        }
    }

    /// A collection that ends at `end`.
    fn close(&mut self, value: Value, start: Place, end: Place, anchor: usize) -> bool {
        let mut node = Node::new(value, start);
        let bracket = self.text.as_bytes().get((end.end as usize).wrapping_sub(1));
        if matches!(bracket, Some(b']' | b'}')) {
            node.origin = self.origin_comment(end);
        }
        self.finish(node, anchor)
    }

    /// Puts a complete node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            self.report
                .error("E0104", node.place, "", "the file holds too much once its aliases are expanded")
                .found(format!("more than {NODES_MAX} values"))
                .allowed(format!("up to {NODES_MAX} values"))
                .help("use `each`, `default` and `extends` in place of aliases of aliases");
            return false;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => {
                if let Some((key, place)) = key.take() {
                    entries.push(Entry { key, place, node });
                    return true;
                }
                if node.text().is_none() {
                    self.report
                        .error("E0107", node.place, "", "a key must be a name")
                        .found(node.words())
                        .allowed("text");
                }
                *key = Some((node.text().unwrap_or("?").to_owned(), node.place));
            }
        }
        true
    }

    /// One space too many turns `key: value` lines into one long text without any error of YAML's own.
    fn plain_over_lines(&mut self, text: &str, style: ScalarStyle, place: Place) {
        let source = self.text.get(place.start as usize..place.end as usize).unwrap_or_default();
        if style == ScalarStyle::Plain && source.trim_end().contains('\n') {
            self.report
                .error("E0108", place, "", "text goes on over several lines without quotes")
                .found(Node::scalar(text, place).words())
                .allowed("a value on one line, text in quotes, or a block that starts with `>`")
                .help("usually the next line is indented one space too far");
        }
    }

    /// What the resolved form of a scenario says in a comment beside a value: `# <- default: …`.
    fn origin_comment(&self, place: Place) -> Option<String> {
        let rest = self.text.get(place.end as usize..)?;
        let line = rest.lines().next()?;
        line.strip_prefix("  # <- ").map(str::to_owned)
    }

    fn place(&self, span: &granit_parser::Span) -> Place {
        let start = span.start.byte_offset().unwrap_or(0);
        let end = span.end.byte_offset().unwrap_or(start).max(start);
        Place {
            source: self.source,
            start: start as u32,
            end: end as u32,
            line: span.start.line().max(1) as u32,
            column: span.start.col() as u32 + 1,
        }
    }

    fn syntax(&mut self, error: &ScanError) {
        let marker = error.marker();
        let mut start = marker.byte_offset().unwrap_or(0).min(self.text.len()) as u32;
        let mut column = marker.col() as u32 + 1;
        let (code, allowed, help) = syntax_words(error.kind());
        if code == TAB && self.text.as_bytes().get(start as usize) != Some(&b'\t') && start > 0 && column > 1
        {
            // The parser stops behind the tab.
            start -= 1;
            column -= 1;
        }
        let place =
            Place { source: self.source, start, end: start + 1, line: marker.line().max(1) as u32, column };
        let found = self.text.get(start as usize..).and_then(|rest| rest.chars().next());
        let found = match found {
            None | Some('\0') => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some('\t') => "a tab".to_owned(),
            Some(other) => format!("`{other}`"),
        };
        self.report
            .error(code, place, "", format!("this is not YAML: {}", error.kind()))
            .found(found)
            .allowed(allowed)
            .help(help);
    }
}

/// The code of tabs.
const TAB: &str = "E0110";

/// Code, what is allowed, and the usual remedy of an error of YAML itself.
fn syntax_words(kind: &ErrorKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            (TAB, "spaces", "YAML is indented with spaces; let the editor put two in place of a tab")
        }
        ErrorKind::RecursionLimitExceeded => {
            ("E0105", "up to 64 levels", "no scenario needs to be nested so deep: is a bracket left open?")
        }
        ErrorKind::UnknownAnchor => {
            ("E0100", "an alias of an anchor further up", "define `&name` before using `*name`")
        }
        ErrorKind::DirectiveDisallowed => ("E0100", "no `%` at the start of a line", "remove the directive"),
        _ => (
            "E0100",
            "`key: value` lines indented alike, `{ key: value }` or `[a, b]`",
            "look at brackets, quotes and indentation here and on the line above",
        ),
    }
}

/// How many nodes there are in it, itself included.
fn size(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.node)).sum::<usize>(),
        _ => 1,
    }
}
