//! The remainder of the hash: even, simple, and when the number of nodes changes nearly every key moves.

/// The owner among `nodes` nodes, which must not be zero.
#[inline]
pub const fn owner(hash: u32, nodes: u32) -> u32 {
    hash % nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::mixed;

    /// From n to n + 1 nodes a key stays only if both remainders agree: one of n + 1.
    #[test]
    fn nearly_all_keys_move_when_a_node_is_added() {
        for nodes in [2, 5, 20] {
            let moved = |key: &u32| owner(mixed(*key), nodes) != owner(mixed(*key), nodes + 1);
            let share = (0..100_000).filter(moved).count() as f64 / 100_000.0;
            let expected = f64::from(nodes) / f64::from(nodes + 1);
            assert!((share - expected).abs() < 0.01, "{nodes}: {share}");
        }
    }
}
