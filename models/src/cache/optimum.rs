//! The best that is possible: with the future known, the item leaves whose next use is farthest away.
//!
//! Bélády's rule (1966). It is a yardstick for the others, not something a system can do: it needs the whole
//! trace beforehand.

use std::collections::{BTreeMap, BTreeSet};

/// Whether each request of the trace hits a cache with room for so many items.
pub fn hits(trace: &[u32], room: usize) -> Vec<bool> {
    let nexts = next_uses(trace);
    let mut held: BTreeMap<u32, usize> = BTreeMap::new();
    // By next use; keys that never come again are told apart by their number.
    let mut order: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut answers = Vec::with_capacity(trace.len());
    for (&key, &next) in trace.iter().zip(&nexts) {
        let was = held.insert(key, next);
        answers.push(was.is_some());
        match was {
            Some(was) => {
                order.remove(&(was, key));
            }
            None if held.len() > room => {
                // The one that comes never leaves at once: it is demand-filled, as in the other orders.
                if let Some((_, victim)) = order.pop_last() {
                    held.remove(&victim);
                }
            }
            None => {}
        }
        order.insert((next, key));
    }
    answers
}

/// For each request, when its key comes next; after the end, if never.
fn next_uses(trace: &[u32]) -> Vec<usize> {
    let mut seen = BTreeMap::new();
    let mut nexts: Vec<usize> = trace
        .iter()
        .enumerate()
        .rev()
        .map(|(at, &key)| seen.insert(key, at).unwrap_or(trace.len()))
        .collect();
    nexts.reverse();
    nexts
}
