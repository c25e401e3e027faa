//! The lanes of an agenda, one for each constant delay, and which of them is next.
//!
//! Lanes are few, so the first keys of all of them are compared anew whenever one is taken: they lie side
//! by side, and that is cheaper than to keep the lanes in any order.

use crate::heap::NONE;
use crate::lane::Lane;
use crate::time::Span;

/// More lanes than this make finding the earliest dearer than what a lane saves.
const MOST: usize = 16;

/// Lanes with their spans.
pub(crate) struct Lanes {
    /// The first key of the earliest lane, or [`NONE`].
    least: u128,
    /// Which lane that is.
    earliest: usize,
    rings: Vec<Lane>,
    /// The first key of each lane, or [`NONE`], side by side for a quick comparison.
    firsts: Vec<u128>,
    spans: Vec<Span>,
}

impl Lanes {
    /// No lanes.
    pub(crate) const fn new() -> Self {
        Lanes { least: NONE, earliest: 0, rings: Vec::new(), firsts: Vec::new(), spans: Vec::new() }
    }

    /// The lane of a span, which is made if there is none and room for one.
    pub(crate) fn register(&mut self, span: Span) -> Option<u8> {
        let known = self.spans.iter().position(|&other| other == span);
        let lane = known.unwrap_or(self.spans.len());
        if lane == MOST {
            return None;
        }
        if known.is_none() {
            self.spans.push(span);
            self.rings.push(Lane::new());
            self.firsts.push(NONE);
        }
        Some(lane as u8)
    }

    /// The least key of all lanes, or [`NONE`].
    #[inline]
    pub(crate) fn least(&self) -> u128 {
        self.least
    }

    /// Adds a key to a lane, behind all whose bits outside `ties` are no greater; true if it is now the
    /// first of its lane.
    #[inline]
    pub(crate) fn push(&mut self, lane: u8, key: u128, ties: u128) -> bool {
        let place = usize::from(lane);
        let first = self.rings[place].push(key, ties);
        if first {
            self.firsts[place] = key;
            if key < self.least {
                self.least = key;
                self.earliest = place;
            }
        }
        first
    }

    /// Takes the least key out; there must be one.
    #[inline]
    pub(crate) fn pop(&mut self) -> u128 {
        let lane = &mut self.rings[self.earliest];
        let key = lane.pop();
        self.firsts[self.earliest] = lane.first();
        let (mut least, mut earliest) = (NONE, 0);
        for (place, &first) in self.firsts.iter().enumerate() {
            // Two selections instead of a branch, which would be guessed wrong most of the time.
            let less = first < least;
            least = if less { first } else { least };
            earliest = if less { place } else { earliest };
        }
        self.least = least;
        self.earliest = earliest;
        key
    }
}
