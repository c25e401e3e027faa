//! A fingerprint of a history: 64 bits that differ as soon as anything, or its order, does.
//!
//! ```
//! use archsim_sim::Fingerprint;
//! let of = |history: &[u64]| {
//!     let mut fingerprint = Fingerprint::new();
//!     history.iter().for_each(|&event| fingerprint.push(event));
//!     fingerprint.value()
//! };
//! assert_eq!(of(&[1, 2]), of(&[1, 2]));
//! assert_ne!(of(&[1, 2]), of(&[2, 1]));
//! ```

use crate::random::mix;

/// An order-dependent hash of words; about a nanosecond a word. Not for keeping secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

impl Fingerprint {
    /// The fingerprint of nothing.
    pub const fn new() -> Self {
        Fingerprint(0x9e37_79b9_7f4a_7c15)
    }

    /// Adds one word.
    #[inline]
    pub const fn push(&mut self, word: u64) {
        // Multiplication carries upwards only; the shift brings the high bits down again.
        let mixed = (self.0 ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.0 = mixed ^ (mixed >> 32);
    }

    /// The 64 bits so far.
    pub const fn value(&self) -> u64 {
        mix(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn short_histories_all_differ() {
        let mut seen = BTreeSet::new();
        for first in 0..100 {
            for second in 0..100 {
                let mut fingerprint = Fingerprint::new();
                fingerprint.push(first);
                seen.insert(fingerprint.value());
                fingerprint.push(second << 40);
                seen.insert(fingerprint.value());
            }
        }
        assert_eq!(seen.len(), 100 + 100 * 100);
    }

    #[test]
    fn the_value_is_pinned() {
        let mut fingerprint = Fingerprint::new();
        (0..1_000).for_each(|word| fingerprint.push(word));
        assert_eq!(fingerprint.value(), 4_913_484_380_874_326_345);
    }
}
