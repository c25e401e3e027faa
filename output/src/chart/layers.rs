//! Where the nodes of a layered graph go, so that few edges cross.

use crate::figure::Graph;

/// Sweeps of the barycentre rule; more change nothing on graphs of this size.
const SWEEPS: usize = 8;

/// The nodes of each layer in drawing order.
///
/// Sugiyama's second step: nodes are sorted by the mean place of their neighbours in the layer before, then
/// of those in the layer behind, to and fro. Ties keep the order of the input, so the layout is fixed.
pub fn order(graph: &Graph) -> Vec<Vec<usize>> {
    let depth = graph.nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (index, node) in graph.nodes.iter().enumerate() {
        layers[node.layer].push(index);
    }
    let mut best = (crossings(graph, &layers), layers.clone());
    for sweep in 0..SWEEPS {
        let place = |layers: &[Vec<usize>]| places(graph.nodes.len(), layers);
        let steps: Vec<usize> =
            if sweep % 2 == 0 { (1..depth).collect() } else { (0..depth).rev().skip(1).collect() };
        for layer in steps {
            let known = place(&layers);
            let mut keyed: Vec<(f64, usize)> = layers[layer]
                .iter()
                .map(|node| (barycentre(graph, *node, sweep % 2 == 0, &known).unwrap_or(known[*node]), *node))
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            layers[layer] = keyed.into_iter().map(|(_, node)| node).collect();
        }
        let found = crossings(graph, &layers);
        if found < best.0 {
            best = (found, layers.clone());
        }
    }
    best.1
}

/// The place of each node in its layer, 0–1.
fn places(nodes: usize, layers: &[Vec<usize>]) -> Vec<f64> {
    let mut places = vec![0.5; nodes];
    for layer in layers {
        for (index, node) in layer.iter().enumerate() {
            places[*node] = (index as f64 + 0.5) / layer.len() as f64;
        }
    }
    places
}

/// The mean place of a node's callers (or callees), if it has any.
fn barycentre(graph: &Graph, node: usize, callers: bool, places: &[f64]) -> Option<f64> {
    let near: Vec<f64> = graph
        .edges
        .iter()
        .filter_map(|(from, to)| match callers {
            true if *to == node => places.get(*from),
            false if *from == node => places.get(*to),
            _ => None,
        })
        .copied()
        .collect();
    if near.is_empty() { None } else { Some(near.iter().sum::<f64>() / near.len() as f64) }
}

/// How many pairs of edges between the same two layers cross.
fn crossings(graph: &Graph, layers: &[Vec<usize>]) -> usize {
    let places = places(graph.nodes.len(), layers);
    let layer = |node: usize| graph.nodes[node].layer;
    let edges: Vec<(usize, usize)> =
        graph.edges.iter().copied().filter(|(from, to)| from.max(to) < &graph.nodes.len()).collect();
    let cross = |(a, b): (usize, usize), (c, d): (usize, usize)| {
        layer(a) == layer(c)
            && layer(b) == layer(d)
            && (places[a] - places[c]) * (places[b] - places[d]) < 0.0
    };
    edges
        .iter()
        .enumerate()
        .map(|(index, one)| edges[..index].iter().filter(|two| cross(*one, **two)).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::GraphNode;

    fn graph(layers: &[usize], edges: &[(usize, usize)]) -> Graph {
        let node =
            |layer: &usize| GraphNode { name: String::new(), layer: *layer, optional: false, faulty: false };
        Graph { nodes: layers.iter().map(node).collect(), edges: edges.to_vec(), panels: Vec::new() }
    }

    #[test]
    fn crossed_edges_are_uncrossed() {
        let tangled = graph(&[0, 0, 1, 1], &[(0, 3), (1, 2)]);
        let layers = order(&tangled);
        assert_eq!(crossings(&tangled, &layers), 0);
    }

    #[test]
    fn every_node_is_placed_once() {
        let tree = graph(&[0, 1, 1, 1, 2, 2], &[(0, 1), (0, 2), (0, 3), (3, 4), (1, 5)]);
        let mut placed: Vec<usize> = order(&tree).into_iter().flatten().collect();
        placed.sort_unstable();
        assert_eq!(placed, [0, 1, 2, 3, 4, 5]);
    }
}
