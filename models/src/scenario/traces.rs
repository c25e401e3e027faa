//! Traces from files: `trace: { file: day.csv }` becomes the counts that stand in a column of that file.
//!
//! Whoever reads a scenario hands in the means to get at files beside it; here their text becomes part of the tree, so
//! that the resolved form says everything.

use archsim_sim::Span;

use super::diagnostic::Unreadable;
use super::place::Place;
use super::report::Report;
use super::tree::{Node, Value};

/// Gets what is in a file that a scenario names.
pub type Files<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, Unreadable>;

/// More counts than a year of minutes are refused.
const COUNTS_MAX: usize = 527_040;

/// Puts the counts of files in the place of their names, wherever a trace has one.
pub fn inline(node: &mut Node, path: &str, files: Files<'_>, report: &mut Report) {
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
                if entry.key == "trace" && entry.node.get("file").is_some_and(|file| !file.is_broken()) {
                    read_in(&mut entry.node, &path, files, report);
                } else {
                    inline(&mut entry.node, &path, files, report);
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| inline(item, path, files, report)),
        _ => {}
    }
}

fn read_in(trace: &mut Node, path: &str, files: Files<'_>, report: &mut Report) {
    let every = trace.get("every").map_or(Span::from_secs(60), Node::span);
    let Some(file) = trace.remove("file") else { return };
    let path = format!("{path}.file");
    let name = file.at("path").string();
    let found = text(&name, &file, &path, files, report)
        .and_then(|text| column(&text, &name, &file, &path, report))
        .and_then(|counts| stretch(counts, every, &file, &path, report));
    // Where something was wrong, and has been said, any count will do: nothing comes of the scenario.
    let counts = found.unwrap_or_else(|| vec![1]);
    let count = |count: u32| Node::scalar(count.to_string(), file.place);
    let counts = Node::new(Value::List(counts.into_iter().map(count).collect()), file.place);
    trace.set("counts", counts.from(&format!("the file {name}")));
}

fn text(name: &str, file: &Node, path: &str, files: Files<'_>, report: &mut Report) -> Option<String> {
    let why = match files(name).map(String::from_utf8) {
        Ok(Ok(text)) => return Some(text),
        Ok(Err(_)) => "something that is no text in UTF-8".to_owned(),
        Err(Unreadable::Missing) => "no such file".to_owned(),
        Err(Unreadable::Directory) => "a directory".to_owned(),
        Err(Unreadable::Refused(why)) => why,
    };
    report
        .error("E0545", file.place, path, format!("the trace `{name}` cannot be read"))
        .found(why)
        .allowed("a file of values with commas between them, its path counted from the scenario's folder")
        .help("what is counted can stand in the scenario as well: `counts: [120, 134, …]`");
    None
}

/// The counts in the chosen column: of that name, of that number from 1, or the last one.
fn column(text: &str, name: &str, file: &Node, path: &str, report: &mut Report) -> Option<Vec<u32>> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let cells = |line: &str| -> Vec<String> { line.split(',').map(|it| it.trim().to_owned()).collect() };
    let first = lines.peek().map(|(_, line)| cells(line)).unwrap_or_default();
    let has_head = first.last().is_some_and(|cell| cell.parse::<u32>().is_err());
    let chosen = match file.get("column").and_then(Node::text) {
        None => Some(first.len().wrapping_sub(1)),
        Some(wanted) => match first.iter().position(|cell| has_head && cell == wanted) {
            Some(at) => Some(at),
            None => wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1)),
        },
    };
    let Some(at) = chosen.filter(|&at| at < first.len()) else {
        let names = if has_head { format!(", or {}", first.join(", ")) } else { String::new() };
        report
            .error("E0547", file.place, path, format!("`{name}` has no such column"))
            .found(file.at("column").words())
            .allowed(format!("a number from 1 to {}{names}", first.len()));
        return None;
    };
    let mut counts = Vec::new();
    for (number, line) in lines.skip(usize::from(has_head)) {
        let cell = line.split(',').nth(at).map(str::trim);
        if let Some(count) = cell.and_then(|cell| cell.parse::<u32>().ok()) {
            counts.push(count);
            continue;
        }
        let before: usize = line.split(',').take(at).map(|cell| cell.chars().count() + 1).sum();
        let spot = format!("{name}:{}:{}", number + 1, before + 1);
        report
            .error("E0546", file.place, path, format!("{spot}: this is no count"))
            .found(cell.map_or_else(|| "nothing".to_owned(), |cell| format!("`{cell}`")))
            .allowed("a whole number such as `4031`; the first line may be a head");
        return None;
    }
    Some(counts)
}

/// The counts from `from` on, for as long as `for` says.
fn stretch(counts: Vec<u32>, every: Span, file: &Node, path: &str, report: &mut Report) -> Option<Vec<u32>> {
    let periods = |span: Span| (span.as_nanos() / every.as_nanos().max(1)) as usize;
    let from = file.get("from").map_or(0, |from| periods(from.span()));
    let most = file.get("for").map_or(usize::MAX, |lasts| periods(lasts.span()));
    let all = counts.len();
    let chosen: Vec<u32> = counts.into_iter().skip(from).take(most).collect();
    if chosen.is_empty() || chosen.len() > COUNTS_MAX {
        let place: Place = file.place;
        report
            .error("E0547", place, path, "this is no stretch of the trace")
            .found(format!("{} counts from the {}th on", chosen.len(), from + 1))
            .allowed(format!("1 to {COUNTS_MAX} of its {all} counts, one every {every}"));
        return None;
    }
    Some(chosen)
}
