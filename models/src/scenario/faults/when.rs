//! When a fault happens: once, again and again, or always; and which keys go together.

use archsim_sim::Distribution;

use super::{Again, When};
use crate::scenario::read::Reader;
use crate::scenario::system::Named;
use crate::scenario::tree::{Entry, Node};
use crate::scenario::workload::Run;

/// Reads when the fault `item` happens; `kind` says what it does.
pub fn when(
    reader: &mut Reader<'_>,
    run: &Run,
    crews: &[Named],
    item: &Node,
    kind: &Entry,
    path: &str,
) -> Option<When> {
    if kind.key == "environment" {
        let mut alone = true;
        for key in ["at", "every", "for", "from", "crew"] {
            if let Some(entry) = item.entry(key) {
                alone = false;
                let why = "an environment is always there";
                misplaced(reader, entry, path, why, "`lasts` of each of its states");
            }
        }
        return alone.then_some(When::Always);
    }
    if kind.key == "kill" {
        return super::kill::when(reader, item, kind, path);
    }
    match (item.entry("at"), item.entry("every")) {
        (Some(at), None) if kind.key == "together" => {
            reader
                .report
                .error("E0521", at.place, &format!("{path}.at"), "a common cause strikes again and again")
                .found(format!("`at: {}`", at.node.words()))
                .allowed("`every: …`, the time between its strikes")
                .help("what happens together once is several faults with the same `at`");
            None
        }
        (None, Some(_)) if kind.node.entry("outage-after").is_some() => {
            if let Some(entry) = kind.node.entry("outage-after") {
                let why = "a drill that comes again and again takes nothing";
                misplaced(
                    reader,
                    entry,
                    &format!("{path}.{}", kind.key),
                    why,
                    "`at: …` for a drill with an outage",
                );
            }
            None
        }
        (Some(at), None) => once(reader, run, item, at, path),
        (None, Some(every)) => again(reader, run, crews, item, every, kind, path),
        (at, every) => {
            let both = at.is_some();
            let place = every.map_or(kind.place, |entry| entry.place);
            let mut draft = reader.report.error("E0521", place, path, "when does this fault happen?");
            draft.found(if both { "both `at` and `every`" } else { "neither `at` nor `every`" });
            draft.allowed("`at: 20s` for once, or `every: { exponential: 1h }` for again and again");
            if both {
                draft.help("for random failures from an instant on, write `every: …, from: …`");
            }
            None
        }
    }
}

/// A key that means nothing here.
fn misplaced(reader: &mut Reader<'_>, entry: &Entry, path: &str, why: &str, allowed: &str) {
    reader
        .report
        .error("E0523", entry.place, &format!("{path}.{}", entry.key), why)
        .found(format!("`{}: {}`", entry.key, entry.node.words()))
        .allowed(allowed);
}

fn once(reader: &mut Reader<'_>, run: &Run, item: &Node, at: &Entry, path: &str) -> Option<When> {
    in_time(reader, run, &at.node, &format!("{path}.at"));
    for key in ["from", "crew"] {
        if let Some(entry) = item.entry(key) {
            let why = "only of what happens again and again can this be said";
            misplaced(reader, entry, path, why, "`every: …` instead of `at`");
        }
    }
    let lasts = lasts(reader, item, at, path, "`for: 20s`")?;
    if lasts.node.text().is_none() {
        let why = "a fault that happens once has a fixed length";
        misplaced(reader, lasts, path, why, "a span of time such as `20s`");
        return None;
    }
    Some(When::Once { at: at.node.span(), lasts: lasts.node.span() })
}

fn again(
    reader: &mut Reader<'_>,
    run: &Run,
    crews: &[Named],
    item: &Node,
    every: &Entry,
    kind: &Entry,
    path: &str,
) -> Option<When> {
    if let Some(from) = item.get("from") {
        in_time(reader, run, from, &format!("{path}.from"));
    }
    let crew = item.get("crew").map(|name| reader.find("crew", crews, name, &format!("{path}.crew")));
    let lasts = lasts(reader, item, every, path, "`for: { exponential: 10min }`, the time of a repair")?;
    let again = Again {
        every: above_zero(reader, &every.node, &format!("{path}.every")),
        repair: reader.distribution(&lasts.node, &format!("{path}.for")),
        from: item.get("from").map(Node::span),
        crew: match crew {
            Some(found) => Some(found? as u16),
            None => None,
        },
        common: (kind.key == "together").then(|| kind.node.at("share").share()),
    };
    Some(When::Again(again))
}

/// The entry `for`, without which nothing would ever be repaired.
pub(super) fn lasts<'n>(
    reader: &mut Reader<'_>,
    item: &'n Node,
    when: &Entry,
    path: &str,
    allowed: &str,
) -> Option<&'n Entry> {
    let lasts = item.entry("for");
    if lasts.is_none() {
        reader
            .report
            .error("E0522", when.place, path, "this fault would never be over")
            .found("no `for`")
            .allowed(allowed);
    }
    lasts
}

/// It starts before measuring is over.
fn in_time(reader: &mut Reader<'_>, run: &Run, node: &Node, path: &str) {
    let at = node.span();
    if run.at(at) >= run.horizon {
        reader
            .report
            .error("E0501", node.place, path, "the fault starts after the measured time has ended")
            .found(format!("`{at}` after the measured start"))
            .allowed(format!("before {}, the measured time", run.horizon.since(run.warmup)))
            .help("make `run.measure` longer, or start the fault earlier");
    }
}

/// A distribution of which some lengths are above zero, or no time would pass.
pub fn above_zero(reader: &mut Reader<'_>, node: &Node, path: &str) -> Distribution {
    let errors = reader.report.errors();
    let distribution = reader.distribution(node, path);
    if distribution.is_zero() && reader.report.errors() == errors {
        reader
            .report
            .error("E0526", node.place, path, "no time would ever pass")
            .found(node.words())
            .allowed("a distribution of which some lengths are above zero");
    }
    distribution
}
