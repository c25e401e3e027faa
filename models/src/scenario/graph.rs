//! The graph of calls between capabilities: cycles, layers, and what a journey can reach.

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

use super::system::System;

/// The system as a graph, for charts and claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemGraph {
    /// The capabilities, in the scenario's order.
    pub capabilities: Vec<CapabilityNode>,
    /// Who calls whom, each pair once.
    pub edges: Vec<(usize, usize)>,
    /// The journeys, in the scenario's order.
    pub journeys: Vec<String>,
    /// Where users live, in the scenario's order.
    pub homes: Vec<String>,
    /// Capabilities that a fault names, by themselves or through their deployable or the store of their data.
    pub faulty: Vec<usize>,
    /// By journey: it reaches no faulty capability.
    pub unrelated: Vec<bool>,
    /// By journey: users ask for it; else it is for jobs alone, and counts where it is named only.
    pub asked: Vec<bool>,
}

/// A capability in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilityNode {
    /// Its name.
    pub name: String,
    /// Whether it is called, and every call of it is optional.
    pub optional: bool,
    /// How many calls away from a journey it is at most: 0 is where users enter.
    pub layer: usize,
}

/// The calls as a graph of `petgraph`.
pub struct CallGraph {
    graph: DiGraph<(), ()>,
}

impl CallGraph {
    /// The calls of a system.
    pub fn new(system: &System) -> Self {
        let mut graph = DiGraph::new();
        let nodes: Vec<NodeIndex> = system.capabilities.iter().map(|_| graph.add_node(())).collect();
        for (caller, capability) in system.capabilities.iter().enumerate() {
            for call in capability.calls() {
                graph.update_edge(nodes[caller], nodes[call.callee], ());
            }
        }
        CallGraph { graph }
    }

    /// Capabilities that call each other in a ring, in the order of calling, for each ring.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles: Vec<Vec<usize>> = tarjan_scc(&self.graph)
            .into_iter()
            .filter(|ring| ring.len() > 1 || self.graph.contains_edge(ring[0], ring[0]))
            .map(|ring| self.round(&ring))
            .collect();
        cycles.sort();
        cycles
    }

    /// One way round within a strongly connected set, from its first capability: the shortest.
    fn round(&self, ring: &[NodeIndex]) -> Vec<usize> {
        let Some(&start) = ring.iter().min() else { return Vec::new() };
        let mut from = vec![None; self.graph.node_count()];
        let mut next = std::collections::VecDeque::from([start]);
        while let Some(node) = next.pop_front() {
            let mut callees: Vec<NodeIndex> =
                self.graph.neighbors(node).filter(|it| ring.contains(it)).collect();
            callees.sort();
            for callee in callees {
                if callee == start {
                    let mut path = vec![node.index()];
                    let mut at = node;
                    while let Some(before) = from[at.index()] {
                        at = before;
                        path.push(at.index());
                    }
                    path.reverse();
                    return path;
                }
                if from[callee.index()].is_none() {
                    from[callee.index()] = Some(node);
                    next.push_back(callee);
                }
            }
        }
        Vec::new()
    }

    /// Capabilities so that callers come before those they call; nothing if there is a cycle.
    pub fn order(&self) -> Option<Vec<usize>> {
        let order = toposort(&self.graph, None).ok()?;
        Some(order.into_iter().map(NodeIndex::index).collect())
    }

    /// What can be reached from a capability, itself included, in the scenario's order.
    pub fn reach(&self, from: usize) -> Vec<usize> {
        let mut search = Dfs::new(&self.graph, NodeIndex::new(from));
        let mut reached = Vec::new();
        while let Some(node) = search.next(&self.graph) {
            reached.push(node.index());
        }
        reached.sort_unstable();
        reached
    }

    /// The longest way from an entry to each capability, in calls.
    fn layers(&self) -> Vec<usize> {
        let mut layers = vec![0; self.graph.node_count()];
        for caller in self.order().unwrap_or_default() {
            for callee in self.graph.neighbors(NodeIndex::new(caller)) {
                layers[callee.index()] = layers[callee.index()].max(layers[caller] + 1);
            }
        }
        layers
    }
}

impl SystemGraph {
    /// The graph of a system in which faults name the capabilities `faulty`.
    pub fn new(system: &System, calls: &CallGraph, mut faulty: Vec<usize>) -> Self {
        faulty.sort_unstable();
        faulty.dedup();
        let layers = calls.layers();
        let calls_of = |callee: usize| {
            let all = system.capabilities.iter().flat_map(|capability| capability.calls());
            all.filter(move |call| call.callee == callee)
        };
        let capabilities = system.capabilities.iter().enumerate().map(|(at, capability)| CapabilityNode {
            name: capability.name.clone(),
            optional: calls_of(at).next().is_some()
                && calls_of(at).all(|call| call.optional)
                && !system.journeys.iter().any(|journey| journey.enters == at),
            layer: layers[at],
        });
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (caller, capability) in system.capabilities.iter().enumerate() {
            for call in capability.calls() {
                if !edges.contains(&(caller, call.callee)) {
                    edges.push((caller, call.callee));
                }
            }
        }
        let unrelated = system
            .journeys
            .iter()
            .map(|journey| !calls.reach(journey.enters).iter().any(|reached| faulty.contains(reached)))
            .collect();
        SystemGraph {
            capabilities: capabilities.collect(),
            edges,
            journeys: system.journeys.iter().map(|journey| journey.name.clone()).collect(),
            homes: system.homes.iter().map(|(home, _)| home.name.clone()).collect(),
            faulty,
            unrelated,
            asked: system.journeys.iter().map(|journey| journey.share > 0.0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::place::Place;
    use crate::scenario::system::{Call, Capability, Step};

    /// Capabilities `0 … n`, each with the calls that the list has for it.
    fn system(calls: &[&[usize]]) -> System {
        let call = |&callee: &usize| {
            let path = String::new();
            let place = Place::START;
            Step::Call(Call { callee, optional: false, probability: 1.0, repeat: 1, again: 0.0, place, path })
        };
        let capability = |(at, calls): (usize, &&[usize])| Capability {
            name: at.to_string(),
            place: Place::START,
            steps: calls.iter().map(call).collect(),
        };
        let capabilities = calls.iter().enumerate().map(capability).collect();
        System {
            name: String::new(),
            data: Vec::new(),
            sets: Vec::new(),
            capabilities,
            journeys: Vec::new(),
            homes: Vec::new(),
        }
    }

    #[test]
    fn a_ring_is_found_and_told_in_the_order_of_calling() {
        let cycles = |calls: &[&[usize]]| CallGraph::new(&system(calls)).cycles();
        assert!(cycles(&[&[1, 2], &[2], &[]]).is_empty());
        assert_eq!(cycles(&[&[0]]), [[0]]);
        assert_eq!(cycles(&[&[2], &[0], &[1]]), [[0, 2, 1]]);
        assert_eq!(cycles(&[&[1], &[0], &[3], &[2]]), [[0, 1], [2, 3]]);
    }

    #[test]
    fn a_layer_is_the_longest_way_and_reach_includes_the_start() {
        let system = system(&[&[1, 2], &[2], &[], &[2]]);
        let calls = CallGraph::new(&system);
        let graph = SystemGraph::new(&system, &calls, vec![2, 2]);
        assert_eq!(graph.capabilities.iter().map(|it| it.layer).collect::<Vec<_>>(), [0, 1, 2, 0]);
        assert_eq!(calls.reach(1), [1, 2]);
        assert_eq!((graph.edges, graph.faulty), (vec![(0, 1), (0, 2), (1, 2), (3, 2)], vec![2]));
    }
}
