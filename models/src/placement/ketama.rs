//! Ketama: a ring of points, 160 for each node; a key belongs to the first point at or after its hash.
//!
//! As in spymemcached and `EVCache`: the points of a node are the four little-endian words of the MD5 digests of
//! `name-0` to `name-39`, and the hash of a key is the first of its digest's words. The points of two nodes that
//! fall together belong to the node that was named last.
//!
//! **Rehash or not.** When a node goes, its keys can wait for it (`EVCache`: reads go on to another copy) or go to
//! the nodes that are next on the ring (ARCUS). The first loses a share of one copy, the second sends that share
//! to the database, once, and then to other nodes.
//!
//! ```
//! use archsim_models::placement::ketama::{Ring, hash};
//! let ring = Ring::new(&["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211", "10.0.0.4:11211"]);
//! assert_eq!(ring.points(), 640);
//! assert_eq!(hash("key0"), 4_060_279_841);
//! assert_eq!(ring.owner(hash("key0")), 2);
//! assert_eq!(ring.owner_among(hash("key0"), |node| node != 2), Some(3));
//! ```

use std::collections::BTreeMap;

use archsim_sim::mutant;
use md5::{Digest, Md5};

/// Digests for a node; each gives four points.
const DIGESTS: u32 = 40;

/// Points in ascending order, with their nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    points: Vec<(u32, u32)>,
}

impl Ring {
    /// The ring of nodes with these names (`host:port`); there must be at least one.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(names: &[&str]) -> Self {
        assert!(!names.is_empty(), "a ring has nodes");
        let mut points = BTreeMap::new();
        for (node, name) in names.iter().enumerate() {
            for repetition in 0..DIGESTS {
                for point in words(&format!("{name}-{repetition}")) {
                    points.insert(point, node as u32);
                }
            }
        }
        Ring { points: points.into_iter().collect() }
    }

    /// How many points it has.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// The node that owns a hash, whether it lives or not.
    #[inline]
    pub fn owner(&self, hash: u32) -> u32 {
        self.points[self.first(hash)].1
    }

    /// The owner if only these nodes are left: the first on the way round.
    pub fn owner_among(&self, hash: u32, lives: impl Fn(u32) -> bool) -> Option<u32> {
        let (before, from) = self.points.split_at(self.first(hash));
        from.iter().chain(before).map(|&(_, node)| node).find(|&node| lives(node))
    }

    #[inline]
    fn first(&self, hash: u32) -> usize {
        let place = self.points.partition_point(|&(point, _)| point < hash);
        let place = if mutant!("ring-goes-backwards") {
            (place + self.points.len() - 1) % self.points.len()
        } else {
            place
        };
        if place == self.points.len() { 0 } else { place }
    }
}

/// The hash of a key.
pub fn hash(key: &str) -> u32 {
    words(key)[0]
}

/// The digest of a text as four little-endian words.
fn words(text: &str) -> [u32; 4] {
    let digest = Md5::digest(text.as_bytes());
    let word = |at: usize| u32::from_le_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
    [word(0), word(4), word(8), word(12)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::mixed;

    fn ring(nodes: usize) -> Ring {
        let names: Vec<String> = (1..=nodes).map(|node| format!("10.0.0.{node}:11211")).collect();
        Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn keys_are_spread_as_in_the_original() {
        let four = ring(4);
        let mut counts = [0; 4];
        (0..100_000).for_each(|key| counts[four.owner(hash(&format!("key{key}"))) as usize] += 1);
        assert_eq!(counts, [29_122, 24_458, 24_468, 21_952]);
        assert_eq!(four.owner(hash("key1")), 0);
    }

    #[test]
    fn only_the_keys_of_the_lost_node_move() {
        let (four, three) = (ring(4), ring(3));
        for key in 0..20_000 {
            let hash = hash(&format!("key{key}"));
            let after = four.owner_among(hash, |node| node != 3);
            assert_eq!(after, Some(three.owner(hash)), "skipping a node's points is a ring without it");
            assert!(four.owner(hash) == 3 || after == Some(four.owner(hash)));
        }
        let moved = (0..100_000).filter(|key| {
            let hash = hash(&format!("key{key}"));
            four.owner(hash) != ring_of_five().owner(hash)
        });
        assert_eq!(moved.count(), 20_577);
        assert_eq!(four.owner_among(0, |_| false), None);
    }

    fn ring_of_five() -> &'static Ring {
        static FIVE: std::sync::OnceLock<Ring> = std::sync::OnceLock::new();
        FIVE.get_or_init(|| ring(5))
    }

    /// Item numbers, mixed, fall on the ring as texts do: each node's share is the length of its arcs.
    #[test]
    fn mixed_numbers_fall_evenly() {
        let ring = ring(4);
        let mut arcs = [0_u64; 4];
        let mut before = 0_u64;
        for &(point, node) in &ring.points {
            arcs[node as usize] += u64::from(point) + 1 - before;
            before = u64::from(point) + 1;
        }
        arcs[ring.points[0].1 as usize] += (1 << 32) - before;
        let mut counts = [0_u32; 4];
        (0..100_000).for_each(|item| counts[ring.owner(mixed(item)) as usize] += 1);
        for (count, arc) in counts.into_iter().zip(arcs) {
            let share = arc as f64 / (1_u64 << 32) as f64;
            let deviation = libm::sqrt(share * (1.0 - share) * 100_000.0);
            assert!((f64::from(count) - share * 100_000.0).abs() < 5.0 * deviation, "{count}: {share}");
        }
    }
}
