//! Machines behind instances: a pool of alike nodes that are bought when instances find no room, and given back when
//! they are not needed.

use archsim_sim::{Distribution, Span};

/// Alike nodes on which the instances of some deployables run.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePool {
    /// Its name.
    pub name: String,
    /// Cores of a node; an instance takes as many as it has.
    pub cores: u32,
    /// Never fewer nodes.
    pub min: u32,
    /// Never more.
    pub max: u32,
    /// From the order of a node until instances can boot on it.
    pub provision: Distribution,
    /// It looks for instances without room, and for nodes that nobody needs, at multiples of this.
    pub scan: Span,
    /// When nodes are given back.
    pub give_back: GiveBack,
    /// Names the draws of its provision times; the same in every arm.
    pub key: u64,
}

/// When nodes are given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GiveBack {
    /// A node must have been unneeded for so long.
    pub unneeded: Span,
    /// It is unneeded while instances take less than this share of its cores, and would fit on other nodes.
    pub threshold: f64,
    /// No node is given back until so long after the last order.
    pub after_order: Span,
}

impl NodePool {
    /// The room on each node that is needed at least for instances of these sizes, the first node with room for each
    /// in turn.
    pub fn packed(&self, sizes: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut rooms = Vec::new();
        for size in sizes {
            first_fit(&mut rooms, size, self.cores);
        }
        rooms
    }
}

/// Puts something into the first of the rooms in which it fits, or into a new one of `cores`; which one.
pub fn first_fit(rooms: &mut Vec<u32>, size: u32, cores: u32) -> usize {
    let place = rooms.iter().position(|&room| room >= size).unwrap_or_else(|| {
        rooms.push(cores);
        rooms.len() - 1
    });
    rooms[place] = rooms[place].saturating_sub(size);
    place
}
