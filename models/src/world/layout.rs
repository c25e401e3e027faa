//! What follows from a plan and is looked up per event: offsets, segments of onions, delays with their lanes.

use archsim_sim::{Agenda, Delay, Distribution, Key, Span, Time, mutant};

use super::event::Event;
use super::instance::{Instance, Position};
use crate::placement::ketama::Ring;
use crate::plan::{
    ByKey, CachePlace, DataId, Deployable, DeployableId, GuardId, Hashing, Plan, ProgramId, RegionId, Route,
    Sharding, Step, StoreId, ZoneId, Zones,
};
use crate::policy::Layer;

/// Derived once per run.
pub(crate) struct Layout {
    /// By deployable: the index of its first instance.
    pub first_instance: Vec<u32>,
    /// By guard.
    pub guards: Vec<GuardLayout>,
    /// By deployable: what its instances hold for what they call.
    pub links: Vec<Links>,
    /// By call site: the callee's place among the links of the caller's deployable.
    pub callees: Vec<u16>,
    /// How far it is from place to place.
    pub ways: Ways,
    /// By deployable, by region: whether any of its instances are to be there.
    placed: Vec<Vec<bool>>,
    /// By deployable: one way, from other deployables.
    pub hops: Vec<Hop>,
    /// By deployable: one way, from users.
    pub user_hops: Vec<Hop>,
    /// By store: the cluster of which it is a node.
    pub cluster_of: Vec<Option<u16>>,
    /// By data set: the link by which it is reached.
    pub link_of: Vec<Option<u16>>,
    /// By data set: whether optimistic transactions ask for versions of its items.
    pub versioned: Vec<bool>,
    /// By store: one way.
    pub store_hops: Vec<Hop>,
    /// By deployable: the ring that deals items to its instances, if one does.
    pub rings: Vec<Option<Ring>>,
    /// By cluster: what deals its keys.
    pub shardings: Vec<Sharding>,
    /// By store: the longest wait for a connection.
    pub pool_waits: Vec<Delay>,
    /// The patience of all users, where it is constant.
    pub patience: Option<Delay>,
    /// The rank of the processor of store 0: those of instances come before.
    first_store_rank: u64,
    /// The rank of request 0: faults and processors come before requests.
    first_request_rank: u64,
}

/// One way over the network: by how far it leads.
pub(crate) struct Hop {
    near: Delay,
    far: Delay,
    /// From region to region, and from where users live.
    farther: Vec<Delay>,
}

impl Hop {
    fn new(ways: &Ways, agenda: &mut Agenda<Event>, hop: Span) -> Self {
        let near = agenda.delay(hop);
        // Lanes are few: none is taken for what does not happen.
        let far = ways.cross.map_or(near, |cross| agenda.delay(hop + cross));
        let farther = ways.farther.iter().map(|more| agenda.delay(hop + *more)).collect();
        Hop { near, far, farther }
    }

    /// A way that leads so far.
    #[inline]
    pub(crate) fn along(&self, way: Way) -> Delay {
        match way {
            Way::Near => self.near,
            Way::Across => self.far,
            Way::Farther(at) => self.farther[at as usize],
        }
    }
}

/// How far a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Within a zone, or to what is in none.
    Near,
    /// From zone to zone.
    Across,
    /// From region to region, or from where a user lives: one of all the distances there are.
    Farther(u16),
}

/// How far it is from place to place.
pub(crate) struct Ways {
    zones: Zones,
    cross: Option<Span>,
    /// All distances between regions, and between homes and regions or their zones.
    farther: Vec<Span>,
    /// By region, by region.
    apart: Vec<Vec<Way>>,
    /// By home, by region: to the zone where the user comes in, and to another one of that region.
    away: Vec<Vec<[Way; 2]>>,
}

impl Ways {
    fn new(zones: &Zones) -> Self {
        let mut farther = Vec::new();
        let mut way = |span: Span| match span {
            Span::ZERO => Way::Near,
            span => Way::Farther(place(&mut farther, span)),
        };
        let regions = &zones.regions;
        let apart = regions.apart.iter().map(|to| to.iter().map(|&span| way(span)).collect()).collect();
        let ends = |span: Span| [span, span + zones.cross];
        let homes = regions.homes.iter();
        let away =
            homes.map(|home| home.away.iter().map(|&span| ends(span).map(&mut way)).collect()).collect();
        let cross = (!zones.is_empty()).then_some(zones.cross);
        Ways { zones: zones.clone(), cross, farther, apart, away }
    }

    /// From one place to the other.
    #[inline]
    pub(crate) fn between(&self, from: Option<ZoneId>, to: Option<ZoneId>) -> Way {
        match (from, to) {
            (Some(from), Some(to)) if from != to && !mutant!("zones-are-one") => self.across(from, to),
            _ => Way::Near,
        }
    }

    fn across(&self, from: ZoneId, to: ZoneId) -> Way {
        let (Some(one), Some(other)) = (self.zones.region(from), self.zones.region(to)) else {
            return Way::Across;
        };
        if one != other {
            let free = mutant!("regions-are-near");
            return if free { Way::Across } else { self.apart[one.at()][other.at()] };
        }
        let zones = self.zones.names.len();
        if from.at() < zones && to.at() < zones { Way::Across } else { Way::Near }
    }

    /// From where a user lives, who has come in at `from`.
    pub(crate) fn of_user(&self, home: u16, from: Option<ZoneId>, to: Option<ZoneId>) -> Way {
        let Some(region) = to.and_then(|to| self.zones.region(to)) else { return Way::Near };
        let within = from.and_then(|from| self.zones.region(from)) == Some(region);
        self.away[home as usize][region.at()][usize::from(within && from != to)]
    }
}

/// What a deployable calls. Each of its instances has a balancer or a pool for these and for nothing else, so that
/// the size of an instance does not grow with the system.
#[derive(Default)]
pub(crate) struct Links {
    /// Deployables, in the order of their first call site.
    pub callees: Vec<DeployableId>,
    /// Stores, in the order of their first use.
    pub stores: Vec<StoreId>,
    /// By store: its place in `stores`, if it is there.
    pub pools: Vec<u16>,
}

/// A guard's place and its segments.
pub(crate) struct GuardLayout {
    /// Its index among the guards of its deployable.
    pub local: usize,
    /// Layers from (included) to (excluded); each timeout and each retry starts a segment.
    pub segments: Vec<(u8, u8)>,
    /// By layer: the delay of a timeout.
    pub timeouts: Vec<Option<Delay>>,
    /// By layer: whether a thread pool lies further in, so that a timeout here can leave inline work.
    pub pool_inside: Vec<bool>,
}

impl Layout {
    pub(crate) fn new(plan: &Plan, agenda: &mut Agenda<Event>) -> Self {
        let mut next = 0;
        let first_instance = plan
            .deployables
            .iter()
            .map(|deployable| {
                let first = next;
                next += deployable.slots();
                first
            })
            .collect();
        let (links, callees) = links(plan);
        let ways = Ways::new(&plan.zones);
        // Lanes are few: the delays of every call come first.
        let hops = plan.deployables.iter().map(|d| Hop::new(&ways, agenda, d.hop)).collect();
        let guards = guards(plan, agenda);
        let store_hops = plan.stores.iter().map(|s| Hop::new(&ways, agenda, s.hop)).collect();
        let patience = match plan.workload.patience {
            Some(Distribution::Constant(span)) => Some(agenda.delay(span)),
            _ => None,
        };
        let user_hops = plan.deployables.iter().map(|d| Hop::new(&ways, agenda, d.user_hop)).collect();
        let pool_waits = plan.stores.iter().map(|s| agenda.delay(s.pool_wait)).collect();
        Layout {
            first_instance,
            guards,
            links,
            callees,
            hops,
            ways,
            user_hops,
            cluster_of: (0..plan.stores.len()).map(|store| cluster_of(plan, StoreId(store as u16))).collect(),
            link_of: (0..plan.data.len()).map(|data| link_of(plan, DataId(data as u16))).collect(),
            versioned: versioned(plan),
            store_hops,
            rings: plan.deployables.iter().map(ring).collect(),
            shardings: plan.clusters.iter().map(Sharding::of).collect(),
            placed: plan.deployables.iter().map(|deployable| placed(&plan.zones, deployable)).collect(),
            pool_waits,
            patience,
            first_store_rank: u64::from(next) + 1,
            first_request_rank: u64::from(next) + plan.stores.len() as u64 + 1,
        }
    }

    /// Every instance, new; a slot that holds none yet has one without a process.
    pub(crate) fn instances(&self, plan: &Plan, dice: Key) -> Vec<Instance> {
        let deployables = plan.deployables.iter().zip(&self.links).enumerate();
        let instances = deployables.flat_map(|(deployable, (settings, links))| {
            let first = self.first_instance[deployable];
            (0..settings.slots()).map(move |number| {
                let place = Position { deployable, number, index: first + number, incarnation: 0 };
                let new = Instance::new(plan, links, place, Time::ZERO, dice);
                if number < settings.instances { new } else { new.absent() }
            })
        });
        instances.collect()
    }

    /// Requests go by number among themselves.
    pub(crate) fn rank_of(&self, request: u64) -> u64 {
        self.first_request_rank + request
    }

    /// The number of the request that goes by this rank.
    pub(crate) fn number_of(&self, rank: u64) -> u64 {
        rank - self.first_request_rank
    }

    /// Processors of stores go by number among themselves, between those of instances and requests.
    pub(crate) fn store_rank(&self, store: usize) -> u64 {
        self.first_store_rank + store as u64
    }

    /// Processors go by instance number among themselves, before requests.
    pub(crate) fn processor_rank(instance: u32) -> u64 {
        u64::from(instance) + 1
    }

    /// The region among whose instances of a deployable a caller in a zone chooses, if it does not among all.
    pub(crate) fn own_region(
        &self,
        plan: &Plan,
        deployable: usize,
        zone: Option<ZoneId>,
    ) -> Option<RegionId> {
        if plan.zones.regions.is_empty() || plan.deployables[deployable].finding.anywhere {
            return None;
        }
        plan.zones.region(zone?).filter(|region| self.placed[deployable][region.at()])
    }

    pub(crate) fn guard(&self, guard: GuardId) -> &GuardLayout {
        &self.guards[guard.at()]
    }
}

fn placed(zones: &Zones, deployable: &Deployable) -> Vec<bool> {
    let mut placed = vec![false; zones.regions.names.len()];
    for zone in (0..deployable.instances).filter_map(|number| deployable.zone_of(number)) {
        if let Some(region) = zones.region(zone) {
            placed[region.at()] = true;
        }
    }
    placed
}

fn ring(deployable: &Deployable) -> Option<Ring> {
    let Route::ByKey(ByKey { hashing: Hashing::Ketama, rehash, .. }) = deployable.route else { return None };
    let nodes = if rehash { deployable.slots() } else { deployable.instances };
    let names: Vec<String> = (0..nodes).map(|number| format!("{}-{number}", deployable.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| Ring::new(&names))
}

/// Who calls whom over the network, and who uses which store.
fn links(plan: &Plan) -> (Vec<Links>, Vec<u16>) {
    let mut links: Vec<Links> = plan.deployables.iter().map(|_| Links::default()).collect();
    let deployable = |program: ProgramId| plan.programs[program.at()].deployable;
    let callees = plan.sites.iter().map(|site| {
        let callees = &mut links[deployable(site.caller).at()].callees;
        place(callees, deployable(site.callee))
    });
    let callees = callees.collect();
    for program in &plan.programs {
        let links = &mut links[program.deployable.at()];
        links.pools.resize(plan.stores.len(), u16::MAX);
        for step in program.blocks.iter().flatten() {
            for store in stores_of(plan, step) {
                for store in nodes_of(plan, store) {
                    links.pools[store.at()] = place(&mut links.stores, store);
                }
            }
        }
    }
    (links, callees)
}

/// The stores that a step may ask: a store, and all nodes of a cache before it.
fn stores_of(plan: &Plan, step: &Step) -> Vec<StoreId> {
    match step {
        Step::Store { store, .. } => vec![*store],
        Step::Transaction(step) => vec![step.store],
        Step::Cached(access) => {
            let mut stores = vec![access.store];
            for cache in plan.caches.iter().filter(|cache| cache.data.contains(&access.data)) {
                if let CachePlace::Servers { store, cluster, .. } = cache.place {
                    stores.extend((store.0..store.0 + cluster.size()).map(StoreId));
                }
            }
            stores
        }
        _ => Vec::new(),
    }
}

fn cluster_of(plan: &Plan, store: StoreId) -> Option<u16> {
    plan.clusters.iter().position(|cluster| cluster.nodes.contains(&store)).map(|at| at as u16)
}

/// The data sets that steps of optimistic transactions ask for.
fn versioned(plan: &Plan) -> Vec<bool> {
    let mut versioned = vec![false; plan.data.len()];
    for program in &plan.programs {
        let steps = program.blocks.iter().flatten();
        let optimistic = steps.filter_map(|step| match step {
            Step::Transaction(step) if step.optimistic => Some(step.block),
            _ => None,
        });
        let mut blocks: Vec<_> = optimistic.collect();
        while let Some(block) = blocks.pop() {
            for step in &program.blocks[block.at()] {
                match step {
                    Step::Store { item: Some(item), .. } => versioned[item.data.at()] = true,
                    Step::Cached(access) => versioned[access.data.at()] = true,
                    Step::OneOf { branches, .. } => blocks.extend(branches.iter().map(|(_, block)| *block)),
                    _ => {}
                }
            }
        }
    }
    versioned
}

fn link_of(plan: &Plan, data: DataId) -> Option<u16> {
    plan.links.iter().position(|link| link.data.contains(&data)).map(|at| at as u16)
}

/// The store itself, or all nodes of the cluster that it stands for.
fn nodes_of(plan: &Plan, store: StoreId) -> Vec<StoreId> {
    cluster_of(plan, store).map_or_else(|| vec![store], |at| plan.clusters[at as usize].nodes.clone())
}

/// Where `item` stands in the list, at its end if it is new.
fn place<T: PartialEq>(list: &mut Vec<T>, item: T) -> u16 {
    let place = list.iter().position(|other| *other == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    });
    place as u16
}

fn guards(plan: &Plan, agenda: &mut Agenda<Event>) -> Vec<GuardLayout> {
    let mut next_local = vec![0; plan.deployables.len()];
    plan.guards
        .iter()
        .map(|guard| {
            let local = next_local[guard.deployable.at()];
            next_local[guard.deployable.at()] += 1;
            let pool = |layer: &Layer| matches!(layer, Layer::ThreadPool(_));
            GuardLayout {
                local,
                segments: segments(&guard.layers),
                timeouts: guard
                    .layers
                    .iter()
                    .map(|layer| match layer {
                        Layer::Timeout(timeout) => Some(agenda.delay(timeout.after)),
                        _ => None,
                    })
                    .collect(),
                pool_inside: (0..guard.layers.len()).map(|at| guard.layers[at..].iter().any(pool)).collect(),
            }
        })
        .collect()
}

/// At least one, even if there is no layer.
fn segments(layers: &[Layer]) -> Vec<(u8, u8)> {
    let mut segments: Vec<(u8, u8)> = Vec::new();
    if layers.is_empty() {
        segments.push((0, 0));
    }
    for (index, layer) in layers.iter().enumerate() {
        let index = index as u8;
        match segments.last_mut() {
            Some(last) if !matches!(layer, Layer::Timeout(_) | Layer::Retry(_)) => last.1 = index + 1,
            _ => segments.push((index, index + 1)),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{BreakerSettings, RetrySettings, ThreadPoolSettings, TimeoutSettings};

    #[test]
    fn timeouts_and_retries_start_segments() {
        let timeout =
            || Layer::Timeout(TimeoutSettings { after: Span::from_secs(1), cancel: false, deadline: false });
        let retry = Layer::Retry(RetrySettings {
            attempts: 2,
            backoff: crate::policy::Backoff::None,
            on: Vec::new(),
            budget: None,
            key: 0,
        });
        let breaker = Layer::Breaker(BreakerSettings::default());
        let pool = Layer::ThreadPool(ThreadPoolSettings::default());
        let onion = [breaker.clone(), retry, breaker, timeout(), pool, timeout()];
        assert_eq!(segments(&onion), [(0, 1), (1, 3), (3, 5), (5, 6)]);
        assert_eq!(segments(&[]), [(0, 0)]);
    }
}
