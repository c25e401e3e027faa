//! `architectures`: how the same capabilities are cut into what runs, and where data lives.

pub mod fail_over;
pub mod finding;
mod locks;
pub mod machines;
pub(super) mod nodes;
mod pool;
pub mod region;
mod route;
mod scaling;
mod shape;
pub mod zone;

pub use fail_over::FailOverSpec;
pub use locks::Transactions;
pub use nodes::{Link, Nodes};
pub use pool::Opening;
pub use scaling::ScalingSpec;
pub use shape::{ARCHITECTURE, ARCHITECTURES, DEPLOYABLE, POOL, STORE};

use archsim_sim::{Distribution, Limit, Order, Sharing, Span};

use super::caches::Cache;
use super::data::reaching;
use super::place::Place;
use super::policies::{self, Policy};
use super::read::Reader;
use super::system::{Named, System};
use super::tree::Node;
use crate::discovery::eureka::EurekaSettings;
use crate::plan::{CacheCluster, Crowding, Finding, Locks, Mode, Operation, Route, WarmUp, ZoneId, Zones};

/// An architecture, read: names resolved, every value there.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Its name.
    pub name: String,
    /// What charts call it.
    pub title: String,
    /// As what it is drawn, if it says so.
    pub kind: Option<String>,
    /// Where it is described.
    pub place: Place,
    /// Places that fail on their own.
    pub zones: Zones,
    /// How users are sent to other regions.
    pub fail_over: Option<FailOverSpec>,
    /// The registry of those that are found by leases.
    pub eureka: EurekaSettings,
    /// One way between deployables.
    pub hop: Span,
    /// One way from users.
    pub user_hop: Span,
    /// One way to stores.
    pub store_hop: Span,
    /// CPU of a remote call, on each side.
    pub serialise: Span,
    /// Machines on which some of it runs.
    pub nodes: Vec<machines::NodePool>,
    /// What runs.
    pub deployables: Vec<Deployable>,
    /// Where data lives.
    pub stores: Vec<Store>,
    /// Caches before stores.
    pub caches: Vec<Cache>,
    /// By data set: the share of its reads that is expected to reach the store.
    pub reaching: Vec<f64>,
    /// Policies of calls that have none of their own.
    pub default_policies: Vec<Policy>,
    /// Policies by edge.
    pub edges: Vec<Edge>,
    /// Which deployable a caller uses; no caller means the users.
    pub routes: Vec<RouteRule>,
}

/// Policies written for one edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Who calls.
    pub caller: usize,
    /// Who is called.
    pub callee: usize,
    /// The policies.
    pub policies: Vec<Policy>,
    /// Where the edge is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
}

/// A rule which deployable a caller uses.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteRule {
    /// Who calls; nobody of the system means the users.
    pub caller: Option<usize>,
    /// Who is called.
    pub callee: usize,
    /// Where.
    pub deployable: usize,
    /// Where the rule is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
}

/// What is deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployable {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Capabilities that it runs.
    pub runs: Vec<usize>,
    /// How many instances.
    pub instances: Instances,
    /// How many must be up.
    pub needs: u32,
    /// Cores of an instance.
    pub cores: Limit,
    /// Work per second that a core does.
    pub speed: f64,
    /// How jobs share the cores.
    pub sharing: Sharing,
    /// Threads of an instance.
    pub threads: Limit,
    /// Whether an attempt holds its thread while it waits.
    pub mode: Mode,
    /// Attempts that may wait.
    pub queue: Limit,
    /// In which order.
    pub order: Order,
    /// How they slow each other down.
    pub crowding: Crowding,
    /// How an instance is chosen.
    pub route: Route,
    /// The zones of its instances, one after the other and round again.
    pub zones: Vec<ZoneId>,
    /// How callers learn who is there, and whom they prefer.
    pub finding: Finding,
    /// What its instances hold by themselves.
    pub state: Option<finding::State>,
    /// Time to be back after a crash, and until a new one serves.
    pub boot: Span,
    /// Slower at first.
    pub warm_up: Option<WarmUp>,
    /// How the number of instances changes.
    pub scaling: Option<ScalingSpec>,
    /// The pool of nodes on which its instances run.
    pub nodes: Option<usize>,
}

/// How many instances there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Instances {
    /// So many.
    Count(u32),
    /// As many as make the architecture cost what that one costs.
    EqualCost {
        /// The other architecture.
        name: String,
        /// Where it is written.
        place: Place,
    },
}

impl Instances {
    /// The number, 1 where it is still to be computed.
    pub fn count(&self) -> u32 {
        match self {
            Instances::Count(count) => *count,
            Instances::EqualCost { .. } => 1,
        }
    }
}

/// Where data lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Data sets that it holds.
    pub holds: Vec<usize>,
    /// Operations at once.
    pub servers: u32,
    /// Cores that operations share.
    pub cores: Limit,
    /// Time of a read.
    pub read: Distribution,
    /// Time of a write.
    pub write: Distribution,
    /// Operations that may wait.
    pub queue: Limit,
    /// In which order.
    pub order: Order,
    /// How they slow each other down.
    pub crowding: Crowding,
    /// Connections in all.
    pub connections: Limit,
    /// Connections of each calling instance.
    pub pool: u32,
    /// How long a caller waits for one.
    pub pool_wait: Span,
    /// What writes of the same wait for, if they do.
    pub locks: Option<Locks>,
    /// How it holds transactions together.
    pub transactions: Transactions,
    /// How pools open connections, if they do.
    pub opening: Option<Opening>,
    /// Where its nodes are, one after the other and round again: zones, or somewhere in regions.
    pub places: Vec<ZoneId>,
    /// Its nodes.
    pub nodes: Nodes,
    /// Links to other stores.
    pub links: Vec<Link>,
}

impl Architecture {
    /// Reads a resolved architecture.
    pub fn read(reader: &mut Reader<'_>, system: &System, name: &str, place: Place, node: &Node) -> Self {
        let path = format!("architectures.{name}");
        let capabilities: Vec<Named> = system
            .capabilities
            .iter()
            .map(|capability| Named { name: capability.name.clone(), place: capability.place })
            .collect();
        let network = node.at("network");
        let zones = region::zones(reader, system, node, &path);
        let nodes = machines::read(reader, node.at("nodes"), &format!("{path}.nodes"));
        let deployables: Vec<Deployable> = node
            .at("deployables")
            .entries()
            .iter()
            .map(|entry| {
                let path = format!("{path}.deployables.{}", entry.key);
                Deployable::read(
                    reader,
                    system,
                    (&capabilities, &zones, &nodes),
                    &entry.key,
                    entry.place,
                    &entry.node,
                    path,
                )
            })
            .collect();
        let pools = node.at("pools");
        let stores = node
            .at("stores")
            .entries()
            .iter()
            .map(|entry| {
                let path = format!("{path}.stores.{}", entry.key);
                let pool = (pools.at(&entry.key), format!("architectures.{name}.pools.{}", entry.key));
                Store::read(reader, (system, &zones), &entry.key, entry.place, &entry.node, pool, path)
            })
            .collect();
        let caches = node.at("caches").entries().iter();
        let caches = caches
            .map(|entry| {
                let path = format!("{path}.caches.{}", entry.key);
                Cache::read(reader, (system, &zones), &entry.key, entry.place, &entry.node, path)
            })
            .collect();
        let mut architecture = Architecture {
            name: name.to_owned(),
            title: node.at("title").string(),
            kind: node.get("kind").map(Node::string),
            place,
            fail_over: fail_over::read(reader, &zones, node, &path),
            zones,
            eureka: finding::registry(reader, node.at("eureka"), &format!("{path}.eureka")),
            hop: network.at("hop").span(),
            user_hop: network.at("user").span(),
            store_hop: network.at("store").span(),
            serialise: network.at("serialise").span(),
            nodes,
            deployables,
            stores,
            caches,
            reaching: Vec::new(),
            default_policies: Vec::new(),
            edges: Vec::new(),
            routes: Vec::new(),
        };
        architecture.reaching =
            (0..system.sets.len()).map(|at| reaching(&architecture, system, at)).collect();
        architecture.read_calls(reader, &capabilities, node.at("calls"), &format!("{path}.calls"));
        architecture.read_routes(reader, &capabilities, node.at("routes"), &format!("{path}.routes"));
        architecture
    }

    fn read_calls(&mut self, reader: &mut Reader<'_>, capabilities: &[Named], node: &Node, path: &str) {
        for entry in node.entries() {
            let path = format!("{path}.{}", entry.key);
            if entry.key == "default" {
                self.default_policies = policies::read(reader, capabilities, &entry.node, &path);
                continue;
            }
            let Some((from, to)) = entry.key.split_once(" -> ") else { continue };
            let caller = reader.find_name("capability", capabilities, from, entry.place, &path);
            let callee = reader.find_name("capability", capabilities, to, entry.place, &path);
            let policies = policies::read(reader, capabilities, &entry.node, &path);
            if let (Some(caller), Some(callee)) = (caller, callee) {
                self.edges.push(Edge { caller, callee, policies, place: entry.place, path });
            }
        }
    }

    fn read_routes(&mut self, reader: &mut Reader<'_>, capabilities: &[Named], node: &Node, path: &str) {
        let deployables: Vec<Named> = self
            .deployables
            .iter()
            .map(|deployable| Named { name: deployable.name.clone(), place: deployable.place })
            .collect();
        for entry in node.entries() {
            let path = format!("{path}.{}", entry.key);
            let Some((from, to)) = entry.key.split_once(" -> ") else { continue };
            let caller = match from {
                "users" => Some(None),
                _ => reader.find_name("capability", capabilities, from, entry.place, &path).map(Some),
            };
            let callee = reader.find_name("capability", capabilities, to, entry.place, &path);
            let deployable = reader.find("deployable", &deployables, &entry.node, &path);
            if let (Some(caller), Some(callee), Some(deployable)) = (caller, callee, deployable) {
                self.routes.push(RouteRule { caller, callee, deployable, place: entry.node.place, path });
            }
        }
    }

    /// The deployables that run a capability.
    pub fn runners(&self, capability: usize) -> Vec<usize> {
        (0..self.deployables.len()).filter(|&at| self.deployables[at].runs.contains(&capability)).collect()
    }

    /// The store that holds a data set.
    pub fn holder(&self, data: usize) -> Option<usize> {
        self.stores.iter().position(|store| store.holds.contains(&data))
    }

    /// Whether the instances of a deployable hold a data set by themselves.
    pub fn is_local(&self, deployable: usize, data: usize) -> bool {
        self.deployables[deployable].state.as_ref().is_some_and(|state| state.data == data)
    }

    /// The cache in which a data set is looked up first.
    pub fn cache(&self, data: usize) -> Option<usize> {
        self.caches.iter().position(|cache| cache.holds.contains(&data))
    }

    /// The place of a cache's first node among the stores of the plan, if it has any: after the databases.
    pub fn cache_store(&self, cache: usize) -> Option<usize> {
        self.caches[cache].remote.as_ref()?;
        Some(self.stores.len() + self.caches[..cache].iter().map(Cache::nodes).sum::<usize>())
    }

    /// The place of a store among the stores of the plan; the servers of a cache go by its name.
    pub fn store_named(&self, name: &str) -> Option<usize> {
        let database = self.stores.iter().position(|it| it.name == name);
        database.or_else(|| self.cache_store(self.caches.iter().position(|it| it.name == name)?))
    }

    /// The nodes of the cache of that name, if it has any.
    pub fn cluster(&self, name: &str) -> Option<CacheCluster> {
        self.caches.iter().find(|it| it.name == name)?.remote.as_ref().map(|remote| remote.cluster)
    }

    /// The data sets that a store, or a cache with servers, holds.
    pub fn holds(&self, name: &str) -> Option<&[usize]> {
        let database = self.stores.iter().find(|it| it.name == name).map(|it| it.holds.as_slice());
        let remote = |it: &&Cache| it.name == name && it.remote.is_some();
        database.or_else(|| self.caches.iter().find(remote).map(|it| it.holds.as_slice()))
    }

    /// How many of the operations on a data set are expected to reach its store, of each one.
    pub fn expected(&self, data: usize, operation: Operation) -> f64 {
        if operation == Operation::Read { self.reaching.get(data).copied().unwrap_or(1.0) } else { 1.0 }
    }

    /// The deployable in which `caller` (running in `within`) finds `callee`. A rule comes first, then the
    /// caller's own deployable, then the only one there is.
    pub fn finds(&self, caller: Option<usize>, within: Option<usize>, callee: usize) -> Option<usize> {
        let rule = self.routes.iter().find(|rule| rule.caller == caller && rule.callee == callee);
        let runners = self.runners(callee);
        match (rule, within) {
            (Some(rule), _) => Some(rule.deployable),
            (None, Some(within)) if runners.contains(&within) => Some(within),
            _ if runners.len() == 1 => Some(runners[0]),
            _ => None,
        }
    }

    /// The policies around a call, and whether they were written for this very edge.
    pub fn policies(&self, caller: usize, callee: usize, in_process: bool) -> (&[Policy], bool) {
        match self.edges.iter().find(|edge| edge.caller == caller && edge.callee == callee) {
            Some(edge) => (&edge.policies, true),
            None if in_process => (&[], false),
            None => (&self.default_policies, false),
        }
    }

    /// Instance-cores, cores of nodes and servers of stores: what is paid for. Unbounded cores cost nothing, and
    /// instances on nodes what these cost.
    pub fn cores(&self) -> f64 {
        let own = self.deployables.iter().filter(|it| it.nodes.is_none());
        let deployables: f64 = own.map(|it| f64::from(it.instances.count()) * bounded(it.cores)).sum();
        let nodes: f64 = (0..self.nodes.len())
            .map(|at| f64::from(self.nodes_at_start(at)) * f64::from(self.nodes[at].cores))
            .sum();
        let caches = self.caches.iter().filter_map(|cache| cache.remote.as_ref());
        let caches: f64 = caches.map(|it| f64::from(it.servers) * f64::from(it.cluster.size())).sum();
        let servers = |store: &Store| {
            (f64::from(store.servers) + bounded(store.cores)) * f64::from(store.nodes.count())
        };
        deployables + nodes + caches + self.stores.iter().map(servers).sum::<f64>()
    }
}

/// The cores of a limit; none of an unbounded one.
pub fn bounded(limit: Limit) -> f64 {
    match limit {
        Limit::AtMost(most) => f64::from(most),
        Limit::Unbounded => 0.0,
    }
}

/// The things that a list of names refers to; `all` alone is all of them.
pub(super) fn listed(
    reader: &mut Reader<'_>,
    noun: &str,
    all: &[Named],
    node: &Node,
    path: &str,
) -> Vec<usize> {
    if let [only] = node.items()
        && only.text() == Some("all")
    {
        return (0..all.len()).collect();
    }
    let mut found = Vec::new();
    for item in node.items() {
        if let Some(index) = reader.find(noun, all, item, path)
            && !found.contains(&index)
        {
            found.push(index);
        }
    }
    found
}

fn order(node: &Node) -> Order {
    match node.text() {
        Some("lifo") => Order::Lifo,
        Some("priority") => Order::Priority,
        _ => Order::Fifo,
    }
}

/// How those who are under way at once slow each other down.
fn crowding(node: &Node) -> Crowding {
    node.get("crowding").map_or(Crowding::NONE, |node| Crowding {
        adds: node.at("adds").span(),
        contention: node.at("contention").share(),
        coherency: node.at("coherency").share(),
    })
}

impl Deployable {
    /// Instances that there can be at once.
    pub fn most(&self) -> u32 {
        let instances = self.instances.count();
        self.scaling.as_ref().map_or(instances, |scaling| scaling.bounds.max.max(instances))
    }

    fn read(
        reader: &mut Reader<'_>,
        system: &System,
        (capabilities, zones, nodes): (&[Named], &Zones, &[machines::NodePool]),
        name: &str,
        place: Place,
        node: &Node,
        path: String,
    ) -> Self {
        let mut dealt = Vec::new();
        let instances = match node.at("instances").choice() {
            Some(("equal-cost", other)) if other.text().is_some() => {
                Instances::EqualCost { name: other.string(), place: other.place }
            }
            Some(("per-region", counts)) => {
                let counts = region::counted(reader, zones, counts, &path);
                let placed = zone::placement(reader, zones, node, &path);
                dealt = region::dealt(zones, &placed, &counts);
                Instances::Count(counts.iter().map(|(_, count)| count).sum::<u32>().max(1))
            }
            _ => Instances::Count(node.at("instances").count()),
        };
        let route = route::read(reader, system, node.at("route"), &format!("{path}.route"));
        let scaling = ScalingSpec::read(reader, node, &path);
        Deployable {
            name: name.to_owned(),
            place,
            runs: listed(reader, "capability", capabilities, node.at("runs"), &format!("{path}.runs")),
            zones: if dealt.is_empty() { zone::placement(reader, zones, node, &path) } else { dealt },
            nodes: machines::of(reader, nodes, node, &path),
            finding: finding::read(node),
            state: finding::state(reader, system, node, &path),
            path,
            instances,
            needs: node.at("needs").count(),
            cores: node.at("cores").limit(),
            speed: node.at("speed").factor(),
            sharing: match node.at("cpu").text() {
                Some("fifo") => Sharing::Fifo,
                Some("priority") => Sharing::Priority,
                _ => Sharing::Shared,
            },
            threads: node.at("threads").limit(),
            mode: if node.at("mode").text() == Some("asynchronous") {
                Mode::Asynchronous
            } else {
                Mode::Blocking
            },
            queue: node.at("queue").limit(),
            order: order(node.at("order")),
            crowding: crowding(node),
            route,
            boot: node.at("boot").span(),
            warm_up: scaling::warm_up(node),
            scaling,
        }
    }
}

impl Store {
    /// Where its node of that number is.
    pub fn place_of(&self, node: u32) -> Option<ZoneId> {
        let places = self.places.len().max(1);
        self.places.get(node as usize % places).copied()
    }

    fn read(
        reader: &mut Reader<'_>,
        (system, zones): (&System, &Zones),
        name: &str,
        place: Place,
        node: &Node,
        (pool, pool_path): (&Node, String),
        path: String,
    ) -> Self {
        Store {
            name: name.to_owned(),
            place,
            holds: listed(reader, "data set", &system.data, node.at("holds"), &format!("{path}.holds")),
            servers: node.at("servers").count(),
            cores: node.at("cores").limit(),
            read: reader.distribution(node.at("read"), &format!("{path}.read")),
            write: reader.distribution(node.at("write"), &format!("{path}.write")),
            places: zone::of_nodes(reader, zones, node, &path),
            nodes: Nodes::read(reader, node, &path),
            locks: locks::read(node),
            transactions: Transactions::read(node),
            links: Link::read(node, &path),
            path,
            queue: node.at("queue").limit(),
            order: order(node.at("order")),
            crowding: crowding(node),
            connections: node.at("connections").limit(),
            pool: pool.at("connections").count(),
            pool_wait: pool.at("wait").span(),
            opening: Opening::read(reader, pool, &pool_path),
        }
    }
}
