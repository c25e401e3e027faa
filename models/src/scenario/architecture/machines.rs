//! `nodes`: pools of machines on which instances run, as written.

use archsim_sim::{Distribution, Key, Span};

use super::{Architecture, Deployable};
use crate::plan::{self, GiveBack};
use crate::scenario::common::{COUNT, DISTRIBUTION, SHARE, SPAN, SPAN_ABOVE};
use crate::scenario::place::Place;
use crate::scenario::read::Reader;
use crate::scenario::shape::{Names, Record, Shape, default, required};
use crate::scenario::system::Named;
use crate::scenario::tree::Node;

/// `nodes` of an architecture.
pub static NODES: Shape =
    Shape::Map(&Names { noun: "pool of nodes", of: &POOL, general: None, edges: false, may_be_empty: true });
static POOL: Shape = Shape::Record(&Record::new(
    "a pool of nodes",
    &[
        required("cores", &COUNT, "Cores of a node; an instance takes as many as it has."),
        default("min", &COUNT, "1", "assumed", "Never fewer nodes."),
        required("max", &COUNT, "Never more."),
        default(
            "provision",
            &DISTRIBUTION,
            "3min",
            "Kubernetes cluster autoscaler, FAQ: typically 3 to 4 min on Google's machines",
            "From the order of a node until instances can boot on it.",
        ),
        default(
            "scan",
            &SPAN_ABOVE,
            "10s",
            "Kubernetes cluster autoscaler, --scan-interval",
            "How often it is seen that instances wait for a node, and that nodes are not needed.",
        ),
        default("scale-down", &SCALE_DOWN, "{}", "see its keys", "When nodes are given back."),
    ],
));
static SCALE_DOWN: Shape = Shape::Record(&Record::new(
    "how nodes are given back",
    &[
        default(
            "unneeded",
            &SPAN,
            "10min",
            "Kubernetes cluster autoscaler, --scale-down-unneeded-time",
            "How long a node must have been unneeded.",
        ),
        default(
            "threshold",
            &SHARE,
            "50%",
            "Kubernetes cluster autoscaler, --scale-down-utilization-threshold",
            "A node is unneeded while instances take less of its cores, and would fit on others.",
        ),
        default(
            "after-order",
            &SPAN,
            "10min",
            "Kubernetes cluster autoscaler, --scale-down-delay-after-add",
            "No node is given back until so long after the last order.",
        ),
    ],
));

/// A pool of nodes, read.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePool {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Cores of a node.
    pub cores: u32,
    /// Fewest nodes.
    pub min: u32,
    /// Most nodes.
    pub max: u32,
    provision: Distribution,
    scan: Span,
    give_back: GiveBack,
}

/// Reads the resolved `nodes` of an architecture.
pub fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<NodePool> {
    let pools = node.entries().iter().map(|entry| {
        let (path, node) = (format!("{path}.{}", entry.key), &entry.node);
        let down = node.at("scale-down");
        NodePool {
            name: entry.key.clone(),
            place: entry.place,
            cores: node.at("cores").count(),
            min: node.at("min").count(),
            max: node.at("max").count(),
            provision: reader.distribution(node.at("provision"), &format!("{path}.provision")),
            scan: node.at("scan").span(),
            give_back: GiveBack {
                unneeded: down.at("unneeded").span(),
                threshold: down.at("threshold").share(),
                after_order: down.at("after-order").span(),
            },
            path,
        }
    });
    pools.collect()
}

/// The pool that a deployable names.
pub fn of(reader: &mut Reader<'_>, pools: &[NodePool], node: &Node, path: &str) -> Option<usize> {
    let names: Vec<Named> =
        pools.iter().map(|pool| Named { name: pool.name.clone(), place: pool.place }).collect();
    reader.find("pool of nodes", &names, node.get("nodes")?, &format!("{path}.nodes"))
}

impl NodePool {
    /// As the plan has it.
    pub fn lower(&self) -> plan::NodePool {
        plan::NodePool {
            name: self.name.clone(),
            cores: self.cores,
            min: self.min,
            max: self.max,
            provision: self.provision.clone(),
            scan: self.scan,
            give_back: self.give_back,
            key: Key::of_name(&format!("nodes.{}", self.name)),
        }
    }
}

impl Architecture {
    /// The deployables on a pool of nodes.
    pub fn on_nodes(&self, pool: usize) -> impl Iterator<Item = &Deployable> {
        self.deployables.iter().filter(move |it| it.nodes == Some(pool))
    }

    /// How many nodes of a pool so many instances of each deployable need.
    pub fn nodes_for(&self, pool: usize, instances: impl Fn(&Deployable) -> u32) -> u32 {
        let all = self.on_nodes(pool).flat_map(|it| {
            let size = super::bounded(it.cores) as u32;
            std::iter::repeat_n(size, instances(it) as usize)
        });
        self.nodes[pool].lower().packed(all).len() as u32
    }

    /// How many nodes a pool has when the run starts.
    pub fn nodes_at_start(&self, pool: usize) -> u32 {
        self.nodes_for(pool, |it| it.instances.count()).max(self.nodes[pool].min)
    }
}
