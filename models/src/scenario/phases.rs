//! Phases that follow each other by themselves: `arrivals.modulated`, and `environment.states` of a fault.

use archsim_sim::Distribution;

use super::common::{DISTRIBUTION_ABOVE, SHARE_ABOVE};
use super::read::Reader;
use super::shape::{Field, Names, Shape, optional, required};
use super::system::Named;
use super::tree::Node;
use crate::plan::Phase;

/// How long a state lasts.
pub const LASTS: Field = required("lasts", &DISTRIBUTION_ABOVE, "How long it lasts.");
/// What follows a state.
pub const THEN: Field = optional(
    "then",
    &FOLLOWERS,
    "the state written after it; after the last one the first",
    "With which probability which state follows; 100 % in all.",
);
static FOLLOWERS: Shape =
    Shape::Map(&Names { noun: "state", of: &SHARE_ABOVE, general: None, edges: false, may_be_empty: false });

/// A state shorter than this on average would be work without end.
const LASTS_MIN_NANOS: f64 = 1_000.0;

/// Reads named states, each with its value; all are read, so that all that is wrong is reported.
pub fn phases(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &str,
    value: impl Fn(&Node) -> f64,
) -> Option<Vec<Phase>> {
    let names: Vec<Named> = node.entries().iter().map(Named::from).collect();
    let states = node.entries().iter().enumerate().map(|(index, entry)| {
        let path = format!("{path}.{}", entry.key);
        Some(Phase {
            value: value(&entry.node),
            lasts: lasts(reader, entry.node.at("lasts"), &format!("{path}.lasts")),
            then: match entry.node.get("then") {
                Some(then) => followers(reader, &names, then, &format!("{path}.then"))?,
                None => vec![(((index + 1) % names.len()) as u16, 1.0)],
            },
        })
    });
    let states: Vec<_> = states.collect();
    states.into_iter().collect()
}

fn lasts(reader: &mut Reader<'_>, node: &Node, path: &str) -> Distribution {
    let lasts = reader.distribution(node, path);
    if lasts.mean() < LASTS_MIN_NANOS {
        reader
            .report
            .error("E0305", node.place, path, "a state that lasts no time makes no sense here")
            .found(node.words())
            .allowed("a mean of `1us` or more");
    }
    lasts
}

/// What follows a state; the shares must be those of a whole.
fn followers(reader: &mut Reader<'_>, names: &[Named], node: &Node, path: &str) -> Option<Vec<(u16, f64)>> {
    let next = node.entries().iter().map(|entry| {
        let at = reader.find_key("state", names, entry, &format!("{path}.{}", entry.key))?;
        Some((at as u16, entry.node.share()))
    });
    // All names are looked up, so that all that are wrong are reported.
    let next: Vec<_> = next.collect();
    let next = next.into_iter().collect::<Option<Vec<_>>>()?;
    let sum: f64 = next.iter().map(|&(_, share)| share).sum();
    if (sum - 1.0).abs() > 1e-9 {
        reader
            .report
            .error("E0525", node.place, path, "the shares of the states that follow do not add up to 100%")
            .found(format!("{}%", (sum * 1e8).round() / 1e6))
            .allowed("100% in all");
    }
    Some(next)
}
