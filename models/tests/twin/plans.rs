//! Random plans, small and full of ties. A plan is a function of its seed; `seed % 9` is its stage, and each stage
//! may use all that the stages before it use.

mod arrivals;
mod caching;
mod fleets;
mod nodes;
mod onions;
mod sessions;
mod troubles;
mod zones;

use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::discovery::eureka::EurekaSettings;
use archsim_models::plan::*;
use archsim_models::policy::*;
use archsim_models::pool::PoolSettings;
use archsim_models::popularity::Popularity;
use archsim_models::record::Cause;
use archsim_models::scaling::behaviour::{Bounds, Rules};
use archsim_models::scaling::replicas::Calculator;
use archsim_models::scaling::steps::{Adjustment, StepScaling};
use archsim_models::scaling::{hpa, steps, tracking};
use archsim_sim::{Count, Distribution, Limit, Order, Sharing, Span, Stream, Time};

/// One deployable: work, latency, threads, queues, patience.
const ALONE: u64 = 0;
/// Calls, branches, networks, routing.
const CALLS: u64 = 1;
/// Policies.
const ONIONS: u64 = 2;
/// Faults.
const FAULTS: u64 = 3;
/// Stores, closed users, asynchronous mode, priorities.
const STORES: u64 = 4;
/// Hazards, crews, environments, quorums.
const HAZARDS: u64 = 5;
/// Data sets and caches.
const CACHES: u64 = 6;
/// Pools that open their connections.
const POOLS: u64 = 7;
/// Instances that come and go.
const FLEETS: u64 = 8;
/// CPU of stores, locks, transactions.
const DATABASES: u64 = 9;
pub const STAGES: u64 = 10;

struct Dice {
    stream: Stream,
    stage: u64,
    /// All times of the plan are whole milliseconds.
    ties: bool,
    keys: u64,
    /// Stores that programs name.
    asked: Vec<StoreId>,
}

/// The plan of a seed.
pub fn plan(seed: u64) -> Plan {
    let mut stream = Stream::named(seed, 0, "plan");
    let ties = stream.chance(0.6);
    let mut dice = Dice { stream, stage: seed % STAGES, ties, keys: 0, asked: Vec::new() };
    let mut plan = dice.frame();
    dice.deployables(&mut plan);
    if dice.stage >= CACHES {
        dice.caches(&mut plan);
    }
    dice.asked = (0..plan.stores.len() as u16).map(StoreId).collect();
    if dice.stage >= POOLS {
        dice.databases(&mut plan);
    }
    if dice.stage >= DATABASES {
        dice.store_cores(&mut plan);
    }
    dice.capabilities(&mut plan);
    dice.journeys(&mut plan);
    if dice.stage >= FAULTS {
        for _ in 0..=dice.below(3) {
            let fault = dice.fault(&plan);
            plan.faults.push(fault);
        }
    }
    if dice.stage >= HAZARDS {
        dice.hazards(&mut plan);
        dice.environments(&mut plan);
    }
    if dice.stage >= CACHES {
        dice.jobs(&mut plan);
        dice.apart(&mut plan);
        dice.losses(&mut plan);
    }
    if dice.stage >= CALLS {
        zones::add(&mut plan, seed);
        zones::find(&mut plan, seed);
        zones::kill(&mut plan, seed);
        zones::lose(&mut plan, seed);
        zones::regions(&mut plan, seed);
    }
    nodes::add(&mut plan, seed);
    nodes::monkey(&mut plan, seed);
    caching::add(&mut plan, seed);
    sessions::add(&mut plan, seed);
    sessions::repeat(&mut plan, seed);
    plan
}

fn ms(ms: u64) -> Span {
    Span::from_millis(ms)
}

fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        u64::from(self.stream.below(n as u32))
    }

    fn chance(&mut self, p: f64) -> bool {
        self.stream.chance(p)
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        let chosen = self.below(choices.len() as u64) as usize;
        choices[chosen].clone()
    }

    fn key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }

    /// A span with this mean.
    fn distribution(&mut self, mean: u64) -> Distribution {
        match self.below(if self.ties { 1 } else { 4 }) {
            0 => Distribution::constant(ms(mean)),
            1 => Distribution::uniform(ms(0), ms(2 * mean)),
            _ => Distribution::exponential(ms(mean)),
        }
    }

    fn limit(&mut self, most: u64) -> Limit {
        if self.chance(0.3) { Limit::Unbounded } else { Limit::AtMost(1 + self.below(most) as u32) }
    }

    fn deployables(&mut self, plan: &mut Plan) {
        let count = if self.stage == ALONE { 1 } else { 2 + self.below(3) };
        for index in 0..count {
            let instances = 1 + self.below(3) as u32;
            let asynchronous = self.stage >= STORES && self.chance(0.3);
            let last = if self.stage >= STORES { 3 } else { 2 };
            let orders = [Order::Fifo, Order::Lifo, Order::Priority];
            let order = self.below(last) as usize;
            let hop = self.one_of(&[0, 0, 1, 2]);
            let networked = self.stage >= CALLS;
            plan.deployables.push(Deployable {
                instances,
                needs: if self.stage >= HAZARDS && self.chance(0.4) {
                    1 + self.below(u64::from(instances)) as u32
                } else {
                    1
                },
                cores: self.limit(3),
                speed: self.one_of(&[1.0, 1.0, 2.0, 0.7]),
                sharing: self.one_of(&[Sharing::Fifo, Sharing::Shared, Sharing::Priority]),
                threads: self.limit(6),
                mode: if asynchronous { Mode::Asynchronous } else { Mode::Blocking },
                queue: self.limit(10),
                order: orders[order],
                crowding: self.crowding(),
                route: self.route(),
                hop: ms(if networked { hop } else { 0 }),
                user_hop: ms(if networked { self.below(3) } else { 0 }),
                warm_up: if self.stage >= FLEETS { self.warm_up() } else { None },
                scaling: if self.stage >= FLEETS { self.scaling(instances) } else { None },
                nodes: None,
                serialise: ms(if networked { self.one_of(&[0, 0, 1]) } else { 0 }),
                ..Deployable::plain(&format!("deployable {index}"))
            });
        }
        if self.stage >= STORES {
            for index in 0..=self.below(2) {
                plan.stores.push(self.store(index));
            }
        }
    }

    fn crowding(&mut self) -> Crowding {
        let adds = ms(self.one_of(&[0, 1]));
        let crowded =
            Crowding { adds, contention: self.one_of(&[0.0, 0.25]), coherency: self.one_of(&[0.0, 0.01]) };
        self.one_of(&[Crowding::NONE, Crowding::NONE, crowded])
    }

    fn route(&mut self) -> Route {
        let refresh = ms(self.one_of(&[0, 1, 20]));
        let loads = self.one_of(&[Loads::Own, Loads::Own, Loads::Instances { refresh }]);
        match self.below(4) {
            0 => Route::RoundRobin,
            1 => Route::Random,
            2 => Route::LeastOutstanding(loads),
            _ => Route::PowerOf(2 + self.below(2) as u32, loads),
        }
    }

    /// One or two data sets of very few items, each before a cache of its own or both before one.
    fn caches(&mut self, plan: &mut Plan) {
        let sets = 1 + self.below(2);
        for index in 0..sets {
            let items = 1 + self.below(5) as u32;
            let exponent = self.one_of(&[0.0, 1.0]);
            let (bytes, key) = (1 + self.below(3) as u32, self.key());
            let popularity = Popularity::zipf(items, exponent);
            let absent = self.one_of(&[0.0, 0.0, 0.4]);
            plan.data.push(DataSet { name: format!("data {index}"), popularity, bytes, absent, key });
        }
        let together = self.chance(0.5);
        for index in 0..if together { 1 } else { sets as u16 } {
            let place = if self.chance(0.5) {
                CachePlace::Process
            } else {
                let cluster = self.cache_cluster();
                let store = StoreId(plan.stores.len() as u16);
                for node in 0..cluster.size() {
                    let servers = self.store(index.into());
                    plan.stores.push(Store { name: format!("cache {index}#{node}"), ..servers });
                }
                let timeout = self.one_of(&[Span::FOREVER, ms(2), ms(10)]);
                CachePlace::Servers { store, timeout, cluster }
            };
            let room = match self.below(3) {
                0 => Room::Unbounded,
                1 => Room::Items(1 + self.below(4) as u32),
                _ => Room::Bytes(1 + self.below(6)),
            };
            let orders = [
                Evict::Lru,
                Evict::Fifo,
                Evict::Clock,
                Evict::Sieve,
                Evict::Lfu,
                Evict::Segmented,
                Evict::Random,
            ];
            let evict = self.one_of(&orders);
            let ttl = self
                .chance(0.6)
                .then(|| TimeToLive { span: ms(self.one_of(&[10, 50, 300])), sliding: self.chance(0.3) });
            plan.caches.push(Cache {
                name: format!("cache {index}"),
                data: if together { (0..sets as u16).map(DataId).collect() } else { vec![DataId(index)] },
                settings: CacheSettings { room, evict, ttl },
                place,
                coalesce: self.one_of(&[Coalesce::None, Coalesce::Instance, Coalesce::Cache]),
                late_fills: true,
                once: self.chance(0.3),
                warm: false,
                expected: None,
                stale: ms(if ttl.is_some_and(|it| !it.sliding) { self.one_of(&[0, 0, 5, 40]) } else { 0 }),
                early: self.one_of(&[0.0, 0.0, 1.0, 4.0]),
                jitter: self.one_of(&[0.0, 0.5]),
                negative: self.one_of(&[None, Some(ms(20))]),
                near: None,
                throttle: Limit::Unbounded,
                leases: None,
                load: Load::Aside,
                serves: None,
                key: self.key(),
            });
        }
    }

    /// Requests that nobody waits for; perhaps of a journey of their own.
    fn jobs(&mut self, plan: &mut Plan) {
        for kind in 0..self.below(3) {
            let mut journey = self.below(plan.journeys.len() as u64) as usize;
            if self.chance(0.4) {
                let enters = ProgramId(self.below(plan.programs.len() as u64) as u16);
                let own = Journey { share: 0.0, enters, priority: 2, ..plan.journeys[0].clone() };
                plan.journeys.push(own);
                journey = plan.journeys.len() - 1;
            }
            let (from, rate) = (at(100 * self.below(5)), self.one_of(&[20.0, 100.0]));
            let until = from + ms(500);
            let segment = RateSegment { from, until, rate_from: rate, rate_until: rate };
            plan.workload.jobs.push(Job {
                name: format!("job {kind}"),
                journey: JourneyId(journey as u16),
                arrivals: Arrivals::Open { rate: vec![segment], poisson: self.chance(0.5) },
                keys: self.one_of(&[JobKeys::Popular, JobKeys::Uniform, JobKeys::Scan]),
                key: self.key(),
            });
        }
    }

    fn cache_cluster(&mut self) -> CacheCluster {
        if self.chance(0.4) {
            return CacheCluster::ONE;
        }
        CacheCluster {
            nodes: self.one_of(&[1, 2, 3]),
            copies: self.one_of(&[1, 2, 3]),
            others: self.one_of(&[None, Some(0), Some(1)]),
            hashing: self.one_of(&[Hashing::Ketama, Hashing::Modulo]),
            on_loss: self.one_of(&[OnLoss::Miss, OnLoss::Rehash]),
            ..CacheCluster::ONE
        }
    }

    /// One cache more holds the same data, for one of the journeys; or there is one for that journey alone.
    fn apart(&mut self, plan: &mut Plan) {
        let some = self.one_of(&[0, 0, 1, 2]);
        if some == 0 {
            return;
        }
        let mut first = plan.caches[0].clone();
        plan.caches[0].serves = if some == 1 { None } else { Some(vec![JourneyId(0)]) };
        first.serves = Some(vec![JourneyId(plan.journeys.len() as u16 - 1)]);
        (first.name, first.key) = ("apart".into(), self.key());
        if let CachePlace::Servers { store, cluster, .. } = &mut first.place {
            let nodes = plan.stores[store.at()..store.at() + usize::from(cluster.size())].to_vec();
            *store = StoreId(plan.stores.len() as u16);
            plan.stores.extend(nodes);
        }
        if some == 1 || plan.journeys.len() > 1 {
            plan.caches.push(first);
        }
    }

    fn access(&mut self, plan: &Plan, key: u64) -> Step {
        let data = self.below(plan.data.len() as u64) as u16;
        let cache = plan.caches.iter().position(|cache| cache.data.contains(&DataId(data)));
        Step::Cached(Access {
            data: DataId(data),
            cache: CacheId(cache.expect("a cache for each data set") as u16),
            store: StoreId(0),
            operation: self.one_of(&[Operation::Read, Operation::Read, Operation::Read, Operation::Write]),
            repeat: 1 + self.below(2) as u32,
            again: self.one_of(&[0.0, 0.0, 0.3]),
            own_key: self.chance(0.3),
            cost: self.cost(plan),
            key,
        })
    }

    /// Caches are lost. Late answers may be dropped where the twin knows what late is: it does not follow work that
    /// became wasted while its request goes on.
    fn losses(&mut self, plan: &mut Plan) {
        for cache in 0..plan.caches.len() as u16 {
            if self.chance(0.4) {
                let from = at(300 + 100 * self.below(5));
                let first = self.one_of(&[0, 0, 1]);
                let until = self.one_of(&[u16::MAX, 1, 2]);
                let effect = Effect::CacheLoss { cache: CacheId(cache), from: first, until };
                plan.faults.push(Fault { from, until: from + ms(50), effect });
            }
        }
        let crash = |fault: &Fault| matches!(fault.effect, Effect::Crash { .. });
        let fails_fast = |step: &Step| matches!(step, Step::Parallel { fail_fast: true, .. });
        let steps = plan.programs.iter().flat_map(|program| program.blocks.iter().flatten());
        let wastes = !plan.guards.is_empty()
            || !plan.hazards.is_empty()
            || plan.faults.iter().any(crash)
            || steps.into_iter().any(fails_fast);
        if !wastes && self.chance(0.7) {
            plan.caches.iter_mut().for_each(|cache| cache.late_fills = false);
        }
    }

    fn store(&mut self, index: u64) -> Store {
        let (read, write) = (1 + self.below(6), 1 + self.below(10));
        let store = Store {
            name: format!("store {index}"),
            servers: 1 + self.below(3) as u32,
            cores: Limit::Unbounded,
            read: self.distribution(read),
            write: self.distribution(write),
            queue: self.limit(5),
            order: self.one_of(&[Order::Fifo, Order::Priority]),
            crowding: self.crowding(),
            connections: self.limit(8),
            hop: ms(self.one_of(&[0, 0, 1])),
            pool: 1 + self.below(4) as u32,
            pool_wait: ms(self.one_of(&[0, 5, 20, 1_000])),
            opening: None,
            locks: None,
            zone: None,
        };
        let opening = (self.stage >= POOLS && self.chance(0.6)).then(|| self.opening(&store));
        Store { opening, ..store }
    }

    /// A store that programs name.
    fn asked_store(&mut self) -> StoreId {
        let chosen = self.below(self.asked.len() as u64);
        self.asked[chosen as usize]
    }

    /// What an operation costs of a store's CPU: the first of a plan says how many there are.
    fn cost(&mut self, plan: &Plan) -> Option<CostId> {
        if plan.costs.is_empty() || self.chance(0.4) {
            return None;
        }
        Some(CostId(self.below(plan.costs.len() as u64) as u16))
    }

    /// Stores have cores and locks, and operations cost CPU.
    fn store_cores(&mut self, plan: &mut Plan) {
        for store in &mut plan.stores {
            store.locks = self.locks();
            store.cores = self.one_of(&[Limit::AtMost(1), Limit::AtMost(2), Limit::Unbounded]);
        }
        plan.costs = (0..2).map(|_| self.distribution(4)).collect();
    }

    fn locks(&mut self) -> Option<Locks> {
        self.chance(0.7).then(|| Locks {
            of: self.one_of(&[LockOf::Row, LockOf::Row, LockOf::Table]),
            reads: self.one_of(&[LockReads::Never, LockReads::InTransactions]),
            wait: ms(self.one_of(&[0, 3, 20, 5_000])),
        })
    }

    /// A transaction on one of the stores that can hold it together, of operations, work, a call, and a choice.
    fn transaction(
        &mut self,
        plan: &mut Plan,
        program: &Program,
        index: u64,
        blocks: &mut Vec<Vec<Step>>,
    ) -> Option<Step> {
        let quorum = |store: &StoreId| {
            let mut clusters = plan.clusters.iter().filter(|cluster| cluster.nodes.contains(store));
            clusters.any(|cluster| matches!(cluster.kind, ClusterKind::Quorum(_)))
        };
        let stores: Vec<StoreId> = self.asked.iter().copied().filter(|store| !quorum(store)).collect();
        if stores.is_empty() {
            return None;
        }
        let store = self.one_of(&stores);
        let mut block = Vec::new();
        for _ in 0..=self.below(3) {
            let step = self.step_within(plan, store);
            block.push(step);
        }
        // What is read is written.
        if let (true, Some(item)) = (self.chance(0.7), self.wanted(plan)) {
            let item = Some(Wanted { own_key: false, ..item });
            let (read, wait, write) = (self.key(), self.key(), self.key());
            let of = |operation, key| Step::Store {
                store,
                operation,
                repeat: 1,
                again: 0.0,
                item,
                cost: None,
                key,
            };
            let pause = Step::Latency { span: self.distribution(4), key: wait };
            block.extend([of(Operation::Read, read), pause, of(Operation::Write, write)]);
        }
        if self.chance(0.3) {
            blocks.push(vec![self.step_within(plan, store)]);
            let branches = vec![(0.5, BlockId(blocks.len() as u16 - 1)), (0.5, BlockId(blocks.len() as u16))];
            blocks.push(Vec::new());
            block.push(Step::OneOf { branches, key: self.key() });
        }
        if index > 0 && self.chance(0.3) {
            block.push(self.call(plan, program, index));
        }
        blocks.push(block);
        Some(Step::Transaction(TransactionStep {
            store,
            block: BlockId(blocks.len() as u16 - 1),
            optimistic: self.chance(0.4),
            tries: 1 + self.below(4) as u32,
            backoff: self.backoff(),
            key: self.key(),
        }))
    }

    fn step_within(&mut self, plan: &Plan, store: StoreId) -> Step {
        let key = self.key();
        match self.below(5) {
            0 => Step::Work { span: self.distribution(2), key },
            1 => Step::Latency { span: self.distribution(3), key },
            _ => Step::Store {
                store,
                operation: self.one_of(&[Operation::Read, Operation::Write]),
                repeat: 1 + self.below(2) as u32,
                again: 0.0,
                item: self.wanted(plan),
                cost: self.cost(plan),
                key,
            },
        }
    }

    /// An item, if there are data sets.
    fn wanted(&mut self, plan: &Plan) -> Option<Wanted> {
        if self.stage < POOLS || self.chance(0.2) {
            return None;
        }
        let data = DataId(self.below(plan.data.len() as u64) as u16);
        Some(Wanted { data, own_key: self.chance(0.4) })
    }

    /// Some stores become clusters, and some data sets are reached over a link.
    fn databases(&mut self, plan: &mut Plan) {
        let servers = plan.caches.iter().flat_map(|cache| match cache.place {
            CachePlace::Servers { store, cluster, .. } => store.0..store.0 + cluster.size(),
            CachePlace::Process => 0..0,
        });
        let servers: Vec<StoreId> = servers.map(StoreId).collect();
        let databases: Vec<StoreId> = self.asked.iter().copied().filter(|it| !servers.contains(it)).collect();
        for &first in &databases {
            if self.chance(0.6) {
                let mut nodes = vec![first];
                for _ in 0..=self.below(2) {
                    nodes.push(StoreId(plan.stores.len() as u16));
                    plan.stores.push(plan.stores[first.at()].clone());
                }
                let kind = match self.below(10) {
                    0..5 => self.replication(),
                    5..8 => self.quorum(nodes.len() as u64),
                    _ if plan.stores.len().is_multiple_of(2) => ClusterKind::Sharded(Hashing::Ketama),
                    _ => ClusterKind::Sharded(Hashing::Modulo),
                };
                for &store in nodes.iter().take(2) {
                    if self.chance(0.7) {
                        let (from, length) = (self.below(900), 1 + self.below(400));
                        let effect = Effect::StoreOutage { store, silent: self.chance(0.5) };
                        plan.faults.push(Fault { from: at(from), until: at(from + length), effect });
                    }
                }
                let key = self.key();
                plan.clusters.push(Cluster { name: "cluster".into(), nodes, kind, key });
            }
        }
        if self.chance(0.5) {
            let to = StoreId(plan.stores.len() as u16);
            let store = self.store(u64::from(to.0));
            plan.stores.push(store);
            let (rows, hop) = (1 + self.below(3) as u32, ms(self.one_of(&[0, 1])));
            plan.links.push(Link { from: databases[0], to, data: vec![DataId(0)], rows, hop });
        }
    }

    fn quorum(&mut self, nodes: u64) -> ClusterKind {
        let copies = 1 + self.below(nodes);
        ClusterKind::Quorum(Quorum {
            copies: copies as u32,
            read: 1 + self.below(copies) as u32,
            write: 1 + self.below(copies) as u32,
            hop: ms(self.one_of(&[0, 1])),
            speculative: (self.stage >= DATABASES && self.chance(0.6)).then(|| ms(1 + self.below(6))),
            hints: (self.stage >= DATABASES && self.chance(0.7)).then(|| ms(self.one_of(&[0, 100, 5_000]))),
        })
    }

    fn replication(&mut self) -> ClusterKind {
        let (lag, fail_over) = (self.one_of(&[0, 40, 200]), self.one_of(&[0, 10, 100]));
        ClusterKind::Replicated(Replication {
            lag: self.distribution(lag),
            reads: self.one_of(&[Reads::Primary, Reads::Replicas, Reads::Replicas, Reads::Any]),
            pinned: self.chance(0.5),
            synchronous: self.chance(0.5),
            fail_over: self.distribution(fail_over),
            writes_own_region: false,
        })
    }

    /// A pool that opens its connections, and closes them soon.
    fn opening(&mut self, store: &Store) -> Opening {
        let span = |dice: &mut Dice, choices: &[u64]| Some(dice.one_of(choices)).filter(|&it| it > 0).map(ms);
        let connect = self.one_of(&[0, 2, 10, 40]);
        Opening {
            settings: PoolSettings {
                maximum: store.pool,
                minimum_idle: self.one_of(&[0, 1, store.pool]).min(store.pool),
                wait: store.pool_wait,
                idle_timeout: span(self, &[0, 20, 100]),
                max_lifetime: span(self, &[0, 100, 400, 30_000]),
                keepalive: None,
                server_idle_timeout: span(self, &[0, 600]),
                housekeeping: ms(self.one_of(&[50, 30_000])),
            },
            connect: self.distribution(connect),
            key: self.key(),
        }
    }

    /// The last capability comes first: each calls only those that are there.
    fn capabilities(&mut self, plan: &mut Plan) {
        let count = if self.stage == ALONE { 1 } else { 2 + self.below(4) };
        for index in 0..count {
            // All deployables have something to do.
            let deployable = (index + self.below(2)) % plan.deployables.len() as u64;
            plan.capabilities.push(format!("capability {index}"));
            let program = Program {
                capability: CapabilityId(index as u16),
                deployable: DeployableId(deployable as u16),
                blocks: vec![Vec::new()],
            };
            let mut blocks = program.blocks.clone();
            for _ in 0..=self.below(3) {
                let step = self.step(plan, &program, index, &mut blocks);
                blocks[0].push(step);
            }
            plan.programs.push(Program { blocks, ..program });
        }
    }

    fn step(&mut self, plan: &mut Plan, program: &Program, index: u64, blocks: &mut Vec<Vec<Step>>) -> Step {
        let key = self.key();
        let mean = self.below(9);
        let kinds = if self.stage >= STORES { 9 } else { 7 };
        match self.below(kinds) {
            2 | 3 if index > 0 => self.call(plan, program, index),
            4 if index > 0 => {
                let branches = 2 + self.below(2);
                let mut forked = Vec::new();
                for _ in 0..branches {
                    let mut block = vec![if self.chance(0.8) {
                        self.call(plan, program, index)
                    } else {
                        let key = self.key();
                        Step::Work { span: self.distribution(3), key }
                    }];
                    if self.chance(0.3) {
                        let key = self.key();
                        block.push(Step::Latency { span: self.distribution(2), key });
                    }
                    blocks.push(block);
                    forked.push(BlockId(blocks.len() as u16 - 1));
                }
                Step::Parallel { branches: forked, fail_fast: self.chance(0.5) }
            }
            6 if index > 0 => self.choice(plan, program, index, blocks),
            7 | 8 if self.stage >= DATABASES && self.chance(0.6) => {
                self.transaction(plan, program, index, blocks).unwrap_or_else(|| self.access(plan, key))
            }
            7 | 8 if self.stage >= CACHES && self.chance(0.8) => self.access(plan, key),
            7 | 8 => Step::Store {
                store: self.asked_store(),
                operation: self.one_of(&[Operation::Read, Operation::Write]),
                repeat: 1 + self.below(2) as u32,
                again: self.one_of(&[0.0, 0.0, 0.4]),
                item: self.wanted(plan),
                cost: self.cost(plan),
                key,
            },
            0 | 2 => Step::Work { span: self.distribution(mean), key },
            _ => Step::Latency { span: self.distribution(mean), key },
        }
    }

    /// One of two or three branches, the last of which may do nothing.
    fn choice(
        &mut self,
        plan: &mut Plan,
        program: &Program,
        index: u64,
        blocks: &mut Vec<Vec<Step>>,
    ) -> Step {
        let shares: &[f64] = if self.chance(0.5) { &[0.7, 0.3] } else { &[0.2, 0.5, 0.3] };
        let mut branches = Vec::new();
        for &share in shares {
            let key = self.key();
            let block = match self.below(4) {
                0 => Vec::new(),
                1 => vec![Step::Work { span: self.distribution(3), key }],
                _ => {
                    let latency = Step::Latency { span: self.distribution(2), key };
                    vec![latency, self.call(plan, program, index)]
                }
            };
            blocks.push(block);
            branches.push((share, BlockId(blocks.len() as u16 - 1)));
        }
        Step::OneOf { branches, key: self.key() }
    }

    fn call(&mut self, plan: &mut Plan, program: &Program, index: u64) -> Step {
        let callee = self.below(index) as u16;
        let onion = (self.stage >= ONIONS && self.chance(0.8))
            .then(|| self.guard(plan, program, CapabilityId(callee), index));
        let probability = self.one_of(&[1.0, 1.0, 0.6]);
        let repeat = self.one_of(&[1, 1, 1, 2]);
        let site = self.site(plan, program, index, callee, probability, repeat, onion);
        plan.sites[site.at()].again = self.one_of(&[0.0, 0.0, 0.4]);
        Step::Call(site)
    }

    #[expect(clippy::too_many_arguments, reason = "a site has all of these")]
    fn site(
        &mut self,
        plan: &mut Plan,
        program: &Program,
        index: u64,
        callee: u16,
        probability: f64,
        repeat: u32,
        guard: Option<GuardId>,
    ) -> SiteId {
        plan.sites.push(Site {
            name: format!("{index} -> {callee}"),
            caller: ProgramId(index as u16),
            callee: ProgramId(callee),
            in_process: plan.programs[callee as usize].deployable == program.deployable,
            probability,
            repeat,
            again: 0.0,
            optional: true,
            guard,
            key: self.key(),
        });
        SiteId(plan.sites.len() as u16 - 1)
    }

    fn journeys(&mut self, plan: &mut Plan) {
        let last = plan.programs.len() as u64 - 1;
        let two = self.chance(0.5);
        for index in 0..if two { 2 } else { 1 } {
            plan.journeys.push(Journey {
                name: format!("journey {index}"),
                share: if two { 0.5 } else { 1.0 },
                enters: ProgramId(if index == 0 { last } else { self.below(last + 1) } as u16),
                within: ms(self.one_of(&[20, 100, 10_000])),
                objective: 0.99,
                priority: self.below(2) as u32,
                reaches: Vec::new(),
            });
        }
    }
}
