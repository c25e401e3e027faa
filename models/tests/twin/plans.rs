//! Random plans, small and full of ties. A plan is a function of its seed; `seed % 9` is its stage, and each stage
//! may use all that the stages before it use.

mod nodes;
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

    fn frame(&mut self) -> Plan {
        let length = 1_000 + 500 * self.below(4);
        let requests = 50 + self.below(150);
        let rate = requests as f64 * 1_000.0 / length as f64;
        let change = self.one_of(&[1.0, 1.0, 3.0]);
        let half = length / 2;
        let segment = |from, until, rate| RateSegment { from, until, rate_from: rate, rate_until: rate };
        let arrivals = if self.stage >= STORES && self.chance(0.4) {
            let think = self.one_of(&[5, 10, 50]);
            Arrivals::Closed { users: 1 + self.below(12) as u32, think: self.distribution(think) }
        } else if self.chance(0.3) {
            self.modulated(rate)
        } else {
            Arrivals::Open {
                rate: vec![segment(at(0), at(half), rate), segment(at(half), at(length), rate * change)],
                poisson: self.chance(0.7),
            }
        };
        let patience = self.one_of(&[0, 0, 20, 60, 200]);
        let leaves = self.one_of(&[Leaves::Unnoticed, Leaves::Queue, Leaves::Cancels]);
        let batch = match arrivals {
            Arrivals::Closed { .. } => Count::Constant(1),
            _ => self.one_of(&[
                Count::Constant(1),
                Count::Constant(1),
                Count::Constant(3),
                Count::geometric(2.0),
                Count::one_of(&[(3.0, 1), (1.0, 5)]),
            ]),
        };
        let scheduled = if self.chance(0.3) { self.scheduled(length) } else { Vec::new() };
        let over = self.one_of(&[PatienceOver::Stay, PatienceOver::Stay, PatienceOver::Wait]);
        let retrial = self.chance(0.3).then(|| self.retrial());
        let window = |name: &str, from, until| Window { name: name.into(), from: at(from), until: at(until) };
        let workload = Workload {
            patience: (patience > 0).then(|| self.distribution(patience)),
            batch,
            scheduled,
            over,
            leaves,
            retrial,
            ..Workload::of(arrivals.clone())
        };
        Plan {
            workload,
            windows: vec![window("run", 200, length), window("fault", 400, 700)],
            bucket: ms(500),
            end: at(length + 1_000),
            ..Plan::empty("random", arrivals, at(200), at(length))
        }
    }

    /// Some of those who are turned away come back.
    fn retrial(&mut self) -> Retrial {
        let mean = self.one_of(&[5, 20, 100]);
        let attempts = self.one_of(&[Limit::Unbounded, Limit::AtMost(2), Limit::AtMost(4)]);
        Retrial { after: self.distribution(mean), attempts, share: self.one_of(&[1.0, 0.7]) }
    }

    /// Two or three states, one after the other or by chance.
    fn modulated(&mut self, rate: f64) -> Arrivals {
        let count = 2 + self.below(2) as usize;
        let by_chance = self.chance(0.5);
        let states = (0..count).map(|index| {
            let factor = self.one_of(&[0.0, 0.5, 2.0]);
            let stay = self.one_of(&[20, 100, 300]);
            let after = (((index + 1) % count) as u16, ((index + 2) % count) as u16);
            Phase {
                value: if index == 0 { rate } else { rate * factor },
                lasts: self.distribution(stay),
                then: if by_chance { vec![(after.0, 0.7), (after.1, 0.3)] } else { vec![(after.0, 1.0)] },
            }
        });
        Arrivals::Modulated { states: states.collect() }
    }

    /// A backlog, or some at an instant at which others may come too.
    fn scheduled(&mut self, length: u64) -> Vec<Scheduled> {
        let mut all = Vec::new();
        for _ in 0..=self.below(2) {
            let sometime = self.below(length);
            let when = self.one_of(&[0, 200, sometime]);
            let requests = 1 + self.below(20) as u32;
            all.push(Scheduled { at: at(when), requests, journey: self.one_of(&[None, Some(0)]) });
        }
        all.sort_by_key(|it| it.at);
        all
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

    fn scaling(&mut self, instances: u32) -> Option<Scaling> {
        let most = instances + self.below(4) as u32;
        let sizing = if self.chance(0.4) { self.schedule(most) } else { self.autoscaler(most) };
        let scaling = Scaling {
            most,
            boot: ms(self.one_of(&[0, 5, 50, 200])),
            grace: ms(self.one_of(&[0, 10, 100, 1_000])),
            replace: self.one_of(&[None, Some(ms(0)), Some(ms(10))]),
            sizing,
        };
        self.chance(0.8).then_some(scaling)
    }

    fn schedule(&mut self, most: u32) -> Sizing {
        let mut sizes = Vec::new();
        for _ in 0..self.below(6) {
            let instances = 1 + self.below(u64::from(most)) as u32;
            sizes.push(Resize { at: at(10 * self.below(150)), instances });
        }
        sizes.sort_by_key(|it| it.at);
        Sizing::Schedule(sizes)
    }

    fn warm_up(&mut self) -> Option<WarmUp> {
        let (lasts, speed) = (self.one_of(&[0, 10, 100]), self.one_of(&[0.5, 0.2]));
        self.chance(0.4).then_some(WarmUp { lasts: ms(lasts), speed })
    }

    fn autoscaler(&mut self, max: u32) -> Sizing {
        let bounds = Bounds { min: 1, max };
        let metrics = [Metric::Cpu, Metric::Threads, Metric::InFlight, Metric::Requests, Metric::Queue];
        let metric = self.one_of(&metrics);
        let target = match metric {
            Metric::Cpu | Metric::Threads => self.one_of(&[0.3, 0.6]),
            Metric::InFlight | Metric::Queue => self.one_of(&[0.5, 2.0]),
            Metric::Requests => self.one_of(&[20.0, 60.0]),
        };
        let warm_up = ms(self.one_of(&[0, 20, 200]));
        let rule = match self.below(3) {
            0 => {
                let mut goals = vec![Goal { metric, target }];
                if self.chance(0.3) {
                    goals.push(Goal { metric: Metric::Requests, target: 40.0 });
                }
                let short = |rules: Rules| Rules { stabilisation: ms(100), ..rules };
                let rules = self.chance(0.5).then(|| [Rules::up(), short(Rules::down())]);
                let calculator = Calculator {
                    tolerance: self.one_of(&[0.0, 0.1]),
                    initialisation: ms(self.one_of(&[0, 50, 300])),
                    readiness_delay: ms(30),
                };
                let settings = hpa::Settings { bounds, calculator, rules, down_stabilisation: ms(100) };
                Rule::Hpa { goals, settings }
            }
            1 => {
                let points = self.one_of(&[1, 3]);
                let settings = tracking::Settings {
                    points_out: points,
                    points_in: 2 * points,
                    ..tracking::Settings::new(bounds, target)
                };
                Rule::Tracking { metric, settings, warm_up }
            }
            _ => {
                let step = |from, until, by| steps::Step { from, until, by };
                let steps = vec![
                    step(0.0, target, Adjustment::Change(1)),
                    step(target, f64::INFINITY, Adjustment::Percent(100.0)),
                    step(f64::NEG_INFINITY, -target / 2.0, Adjustment::Change(-1)),
                ];
                let points = self.one_of(&[1, 2]);
                let policy = StepScaling::new(bounds, target, points, steps);
                Rule::Steps { metric, policy, warm_up, cooldown: ms(self.one_of(&[0, 100])) }
            }
        };
        let window = self.one_of(&[10, 20, 50]);
        let every = window * self.one_of(&[1, 1, 2]);
        Sizing::Autoscaler(Autoscaler {
            every: ms(every),
            window: ms(window),
            delay: ms(self.one_of(&[0, 0, 15])),
            rule,
        })
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
                stale: ms(if ttl.is_some_and(|it| !it.sliding) { self.one_of(&[0, 0, 5, 40]) } else { 0 }),
                early: self.one_of(&[0.0, 0.0, 1.0, 4.0]),
                jitter: self.one_of(&[0.0, 0.5]),
                negative: self.one_of(&[None, Some(ms(20))]),
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

    /// Stores have cores, and operations cost CPU.
    fn store_cores(&mut self, plan: &mut Plan) {
        for store in &mut plan.stores {
            store.cores = self.one_of(&[Limit::AtMost(1), Limit::AtMost(2), Limit::Unbounded]);
        }
        plan.costs = (0..2).map(|_| self.distribution(4)).collect();
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
                    _ => ClusterKind::Sharded,
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

    fn guard(&mut self, plan: &mut Plan, program: &Program, callee: CapabilityId, index: u64) -> GuardId {
        // Calls of one deployable may share an onion, and meet in its lines.
        let shared =
            plan.guards.iter().position(|it| it.deployable == program.deployable && it.callee == callee);
        if let Some(shared) = shared.filter(|_| self.chance(0.4)) {
            return GuardId(shared as u16);
        }
        let mut guard =
            Guard { deployable: program.deployable, callee, layers: Vec::new(), fallbacks: Vec::new() };
        for _ in 0..=self.below(4) {
            let layer = self.layer();
            let call = match &layer {
                Layer::Fallback(FallbackSettings { answer: FallbackAnswer::Capability, .. }) => {
                    let other = self.below(index) as u16;
                    Some(FallbackCall { site: self.site(plan, program, index, other, 1.0, 1, None) })
                }
                _ => None,
            };
            guard.layers.push(layer);
            guard.fallbacks.push(call);
        }
        plan.guards.push(guard);
        GuardId(plan.guards.len() as u16 - 1)
    }

    fn layer(&mut self) -> Layer {
        let key = self.key();
        match self.below(9) {
            0 | 1 => Layer::Timeout(TimeoutSettings {
                after: ms(self.one_of(&[2, 5, 10, 30, 100])),
                cancel: self.chance(0.4),
                deadline: self.chance(0.4),
            }),
            2 | 3 => Layer::Retry(RetrySettings {
                attempts: 2 + self.below(2) as u32,
                backoff: self.backoff(),
                on: vec![
                    Cause::Timeout,
                    Cause::Error,
                    Cause::QueueFull,
                    Cause::Refused,
                    Cause::Reset,
                    Cause::PoolRejected,
                ],
                budget: self.budget(),
                key,
            }),
            4 => Layer::ThreadPool(ThreadPoolSettings {
                size: 1 + self.below(4) as u32,
                queue: self.below(4) as u32,
                rejection_threshold: 1 + self.below(4) as u32,
            }),
            5 => Layer::Semaphore(SemaphoreSettings {
                permits: 1 + self.below(4) as u32,
                wait: ms(self.one_of(&[0, 3, 10, 50])),
            }),
            6 => Layer::Breaker(BreakerSettings {
                volume: 2 + self.below(6) as u32,
                error_percent: self.one_of(&[20, 50]),
                sleep_window: ms(self.one_of(&[50, 200])),
                rolling_window: ms(500),
                health_interval: ms(self.one_of(&[50, 100])),
                ..BreakerSettings::default()
            }),
            7 => Layer::RateLimit(RateLimitSettings {
                rate: self.one_of(&[20.0, 100.0]),
                burst: 1 + self.below(5) as u32,
            }),
            _ => Layer::Fallback(FallbackSettings {
                answer: self.one_of(&[
                    FallbackAnswer::Omit,
                    FallbackAnswer::Static,
                    FallbackAnswer::Stale,
                    FallbackAnswer::Capability,
                ]),
                permits: 1 + self.below(6) as u32,
                fails: self.one_of(&[0.0, 0.3]),
                latency: self.chance(0.5).then(|| self.distribution(3)),
                key,
            }),
        }
    }

    fn budget(&mut self) -> Option<BudgetSettings> {
        let window = ms(self.one_of(&[100, 1_000]));
        let (share, tokens) = (self.one_of(&[0.1, 0.5]), self.one_of(&[1.0, 3.0]));
        self.one_of(&[
            None,
            None,
            Some(BudgetSettings::Finagle { ttl: Span::from_secs(1), reserve: tokens, share }),
            Some(BudgetSettings::Grpc { tokens: 2.0 * tokens, ratio: share }),
            Some(BudgetSettings::Bucket { deposit: share, capacity: tokens }),
            Some(BudgetSettings::Breaker { failures: share, window }),
        ])
    }

    fn backoff(&mut self) -> Backoff {
        let (base, cap) = (ms(2), ms(8));
        self.one_of(&[
            Backoff::None,
            Backoff::Fixed(ms(3)),
            Backoff::Exponential { base, cap },
            Backoff::EqualJitter { base, cap },
            Backoff::FullJitter { base, cap },
            Backoff::DecorrelatedJitter { base, cap },
        ])
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

    fn hazards(&mut self, plan: &mut Plan) {
        for index in 0..self.below(3) {
            plan.crews.push(Crew { name: format!("crew {index}"), size: 1 + self.below(2) as u32 });
        }
        for _ in 0..=self.below(3) {
            let common = self.chance(0.3);
            let mut effects = Vec::new();
            for _ in 0..if common { 1 + self.below(3) } else { 1 } {
                let boot = ms(self.one_of(&[0, 0, 5]));
                effects.push(HazardEffect { effect: self.effect(plan), boot, key: self.key() });
            }
            let share = self.one_of(&[0.5, 1.0]);
            let (every, repair) = (self.one_of(&[20, 100, 300]), self.one_of(&[1, 10, 50]));
            let hazard = Hazard {
                effects,
                clock: if common { Clock::Common { share } } else { Clock::Each },
                every: self.distribution(every),
                repair: self.distribution(repair),
                from: at(self.one_of(&[0, 0, 300])),
                crew: (!plan.crews.is_empty() && self.chance(0.6))
                    .then(|| self.below(plan.crews.len() as u64) as u16),
                key: self.key(),
            };
            plan.hazards.push(hazard);
        }
    }

    fn environments(&mut self, plan: &mut Plan) {
        for _ in 0..self.below(3) {
            let count = 2 + self.below(2);
            let deployable = DeployableId(self.below(plan.deployables.len() as u64) as u16);
            let mut states = Vec::new();
            for index in 0..count {
                let speed = self.one_of(&[0.0, 0.5, 1.0, 2.0]);
                let mean = self.one_of(&[5, 30, 100]);
                let next = (index + 1) % count;
                let then = if self.chance(0.5) {
                    vec![(next as u16, 1.0)]
                } else {
                    vec![(self.below(count) as u16, 0.3), (next as u16, 0.7)]
                };
                states.push(Phase { value: speed, lasts: self.distribution(mean), then });
            }
            // Somewhere there is progress.
            states[0].value = 1.0;
            let (shared, key) = (self.chance(0.5), self.key());
            plan.environments.push(Environment { deployable, shared, states, key });
        }
    }

    fn fault(&mut self, plan: &Plan) -> Fault {
        let from = self.below(800);
        // Some are over before what they hit.
        let length = 1 + if self.chance(0.2) { self.below(5) } else { self.below(400) };
        Fault { from: at(from), until: at(from + length), effect: self.effect(plan) }
    }

    fn effect(&mut self, plan: &Plan) -> Effect {
        let key = self.key();
        let capability = CapabilityId(self.below(plan.capabilities.len() as u64) as u16);
        let deployable = DeployableId(self.below(plan.deployables.len() as u64) as u16);
        let other = self.below(plan.deployables.len() as u64 + 1) as u16;
        let other = (usize::from(other) < plan.deployables.len()).then_some(DeployableId(other));
        let factor = self.one_of(&[0.5, 2.0, 5.0]);
        match self.below(if plan.stores.is_empty() { 7 } else { 9 }) {
            0 => {
                Effect::Slow { capability, add: self.chance(0.6).then(|| self.distribution(5)), factor, key }
            }
            1 => Effect::Busy { capability, factor },
            2 => Effect::Error {
                capability,
                probability: self.one_of(&[0.3, 1.0]),
                at_once: self.chance(0.5),
                cause: self.one_of(&[Cause::Error, Cause::Error, Cause::BadRequest]),
                key,
            },
            3 => Effect::Hang { capability },
            4 => Effect::NetworkDelay { from: other, to: deployable, add: self.distribution(4), key },
            5 => Effect::NetworkLoss {
                from: other,
                to: deployable,
                probability: self.one_of(&[0.1, 1.0]),
                key,
            },
            6 => {
                let instances = 1 + self.below(2) as u32;
                Effect::Crash { deployable, instances, silent: self.chance(0.4) }
            }
            kind => {
                let store = StoreId(self.below(plan.stores.len() as u64) as u16);
                if kind == 7 {
                    Effect::StoreOutage { store, silent: self.chance(0.5) }
                } else {
                    Effect::StoreSlow { store, factor }
                }
            }
        }
    }
}
