//! What one request asks of each station when nothing goes wrong and nobody has to wait, from the plan alone.
//!
//! Every program is looked at once, callees before callers, so that many paths to one capability cost nothing.

use archsim_models::hit_ratio::missed;
use archsim_models::plan::{
    Access, CachePlace, Cluster, ClusterKind, CostId, DataId, Operation, Plan, Program, ProgramId, Quorum,
    Reads, Sharding, Site, Step, StoreId, Wanted, times_in_all,
};
use archsim_sim::Distribution;

/// Where a request is served or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// The cores of a deployable's instances, by index.
    Cores(usize),
    /// The servers of a store, by index.
    Store(usize),
    /// The cores of a store, by index.
    StoreCores(usize),
    /// Time in which nobody is in anybody's way: latencies and the network.
    Delay,
}

/// How often a station is visited, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Visits {
    /// Visits on average.
    pub times: f64,
    /// Visits where every call is made, and of branches of which one is taken all.
    pub most: f64,
    /// Σ of mean services, in seconds.
    pub seconds: f64,
    /// Σ of second moments of the services, in seconds squared.
    pub squares: f64,
}

impl Visits {
    fn one(law: &Distribution, speed: f64) -> Self {
        let mean = law.mean() / 1e9 / speed;
        let squares = law.variance() / 1e18 / (speed * speed) + mean * mean;
        Visits { times: 1.0, most: 1.0, seconds: mean, squares }
    }

    fn add(&mut self, other: Visits, probability: f64, repeat: f64) {
        self.times += probability * repeat * other.times;
        self.most += repeat * other.most;
        self.seconds += probability * repeat * other.seconds;
        self.squares += probability * repeat * other.squares;
    }
}

/// What a program asks of all stations, its callees included; by [`Needs::index`].
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// By station.
    pub visits: Vec<Visits>,
    /// How long it takes with nobody in the way, in seconds; see [`Needs`].
    pub seconds: f64,
    /// Whether that is only a lower bound of the mean: random branches run in parallel.
    pub at_least: bool,
    /// Whether it is not always the same.
    pub varies: bool,
}

/// What all programs of a plan need.
///
/// The time of parallel branches is the longest of their means. That is exact where the branches are constant, and else
/// a lower bound: the mean of a maximum is at least the maximum of the means (Jensen).
#[derive(Clone, Debug)]
pub struct Needs<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// By program.
    pub programs: Vec<Work>,
    /// By program: how often it runs per request, over all journeys.
    pub runs: Vec<f64>,
}

impl<'a> Needs<'a> {
    /// Works through a plan.
    pub fn of(plan: &'a Plan) -> Self {
        let order = callees_first(plan);
        let nothing = Work {
            visits: vec![Visits::default(); plan.deployables.len() + 2 * plan.stores.len() + 1],
            seconds: 0.0,
            at_least: false,
            varies: false,
        };
        let mut needs = Needs {
            plan,
            programs: vec![nothing; plan.programs.len()],
            runs: vec![0.0; plan.programs.len()],
        };
        for &program in &order {
            needs.programs[program] = needs.block(&plan.programs[program], 0);
        }
        for journey in &plan.journeys {
            needs.runs[journey.enters.at()] += journey.share;
        }
        for &program in order.iter().rev() {
            let times = needs.runs[program];
            for (calls, site) in calls(plan, program) {
                needs.runs[site.callee.at()] += times * calls;
            }
        }
        needs
    }

    /// The place of a station in [`Work::visits`].
    pub fn index(&self, station: Station) -> usize {
        let (deployables, stores) = (self.plan.deployables.len(), self.plan.stores.len());
        match station {
            Station::Cores(deployable) => deployable,
            Station::Store(store) => deployables + store,
            Station::StoreCores(store) => deployables + stores + store,
            Station::Delay => deployables + 2 * stores,
        }
    }

    /// What a user's request for a journey needs, the network included.
    pub fn journey(&self, journey: usize) -> Work {
        let enters = self.plan.journeys[journey].enters;
        let deployable = self.plan.programs[enters.at()].deployable;
        let hop = Distribution::constant(self.plan.deployables[deployable.at()].user_hop);
        let mut work = self.programs[enters.at()].clone();
        self.visit(&mut work, Station::Delay, &hop, 2.0);
        work
    }

    /// How long a remote attempt keeps a thread of its instance with nobody in the way, in seconds.
    pub fn holds(&self, program: usize, remote: bool) -> f64 {
        let deployable = &self.plan.deployables[self.plan.programs[program].deployable.at()];
        let answers = if remote { deployable.serialise.as_secs_f64() / deployable.speed } else { 0.0 };
        self.programs[program].seconds + answers
    }

    fn visit(&self, work: &mut Work, station: Station, law: &Distribution, times: f64) {
        if law.is_zero() {
            return;
        }
        let speed = match station {
            Station::Cores(deployable) => self.plan.deployables[deployable].speed,
            _ => 1.0,
        };
        let visit = Visits::one(law, speed);
        work.visits[self.index(station)].add(visit, 1.0, times);
        work.seconds += times * visit.seconds;
        work.varies |= law.variance() > 0.0;
    }

    fn block(&self, program: &Program, block: usize) -> Work {
        let within = program.deployable.at();
        let mut work = Work {
            visits: vec![Visits::default(); self.index(Station::Delay) + 1],
            seconds: 0.0,
            at_least: false,
            varies: false,
        };
        for step in &program.blocks[block] {
            match step {
                Step::Work { span, .. } => self.visit(&mut work, Station::Cores(within), span, 1.0),
                Step::Latency { span, .. } => self.visit(&mut work, Station::Delay, span, 1.0),
                Step::Store { store, operation, repeat, again, item, cost, .. } => {
                    let times = times_in_all(*repeat, *again);
                    work.varies |= *again > 0.0;
                    let hop = Distribution::constant(self.plan.stores[store.at()].hop);
                    self.operate(&mut work, *store, (*operation, *cost), *item, times);
                    self.visit(&mut work, Station::Delay, &hop, 2.0 * times);
                }
                Step::Cached(access) => self.cached(&mut work, access),
                Step::Transaction(step) => {
                    work.perhaps(&self.block(program, step.block.at()), 1.0, 1.0);
                    if !step.optimistic {
                        let hop = Distribution::constant(self.plan.stores[step.store.at()].hop);
                        self.visit(&mut work, Station::Delay, &hop, 2.0);
                    }
                }
                Step::Call(site) => self.call(&mut work, &self.plan.sites[site.at()]),
                Step::Parallel { branches, .. } => {
                    let branches: Vec<Work> =
                        branches.iter().map(|branch| self.block(program, branch.at())).collect();
                    work.join(&branches);
                }
                Step::OneOf { branches, .. } => {
                    for (share, branch) in branches {
                        work.perhaps(&self.block(program, branch.at()), *share, 1.0);
                    }
                    work.varies = true;
                }
            }
        }
        work
    }

    fn quorum(&self, store: StoreId) -> Option<Quorum> {
        let mut clusters = self.plan.clusters.iter().filter(|cluster| cluster.nodes.contains(&store));
        clusters.find_map(|cluster| match cluster.kind {
            ClusterKind::Quorum(quorum) => Some(quorum),
            _ => None,
        })
    }

    /// Operations at the nodes of a database, and at another database that is asked over a link.
    fn operate(
        &self,
        work: &mut Work,
        store: StoreId,
        (operation, cost): (Operation, Option<CostId>),
        item: Option<Wanted>,
        times: f64,
    ) {
        let nothing = Distribution::constant(archsim_sim::Span::ZERO);
        let cpu = cost.map_or(&nothing, |cost| &self.plan.costs[cost.at()]);
        let mut visits = |store: StoreId, times: f64| {
            let quorum = self.quorum(store);
            if let Some(quorum) = quorum {
                // Copies are asked at once: they add up as work, and not as time, which depends on their law.
                work.at_least = true;
                self.visit(work, Station::Delay, &Distribution::constant(quorum.hop), 2.0 * times);
            }
            let seconds = work.seconds;
            for (node, share) in nodes(self.plan, store, operation, item) {
                let settings = &self.plan.stores[node];
                let law = if operation == Operation::Read { &settings.read } else { &settings.write };
                self.visit(work, Station::StoreCores(node), cpu, times * share);
                self.visit(work, Station::Store(node), law, times * share);
                work.varies |= share < 1.0;
            }
            if quorum.is_some() {
                work.seconds = seconds;
            }
        };
        visits(store, times);
        let link = item.and_then(|item| self.plan.links.iter().find(|link| link.data.contains(&item.data)));
        if let Some(link) = link {
            let rows = times * f64::from(link.rows);
            visits(link.to, rows);
            self.visit(work, Station::Delay, &Distribution::constant(link.hop), 2.0 * rows);
        }
    }

    /// What is expected to miss a cache is read; a write is a write. The cache's servers are asked each time.
    fn cached(&self, work: &mut Work, access: &Access) {
        let cache = &self.plan.caches[access.cache.at()];
        let set = |id: &DataId| (&self.plan.data[id.at()].popularity, self.plan.data[id.at()].bytes);
        let held: Vec<_> = cache.data.iter().map(set).collect();
        let which = cache.data.iter().position(|&data| data == access.data).unwrap_or(0);
        let times = times_in_all(access.repeat, access.again);
        let reads = access.operation == Operation::Read;
        let share = if reads { missed(cache.settings, &held, which) } else { 1.0 };
        let operations = |store: usize| {
            let settings = &self.plan.stores[store];
            let law = if reads { &settings.read } else { &settings.write };
            (law, Distribution::constant(settings.hop))
        };
        let (_, hop) = operations(access.store.at());
        let item = Wanted { data: access.data, own_key: access.own_key };
        self.operate(work, access.store, (access.operation, access.cost), Some(item), times * share);
        self.visit(work, Station::Delay, &hop, 2.0 * times * share);
        if let CachePlace::Servers { store, cluster, .. } = cache.place {
            // Whoever misses asks other copies too; all copies are filled and emptied.
            let copies = f64::from(cluster.copies);
            let others = f64::from(cluster.others.unwrap_or(u16::MAX)).min(copies - 1.0);
            let (law, hop) = operations(store.at());
            let asked = if reads { times * (1.0 + share * others) } else { times * copies };
            for node in store.0..store.0 + cluster.shared() {
                let each = asked / f64::from(cluster.shared());
                self.visit(work, Station::Store(usize::from(node)), law, each);
            }
            // A write is not waited for there.
            self.visit(work, Station::Delay, &hop, if reads { 2.0 * asked } else { 0.0 });
        }
        work.varies = true;
    }

    fn call(&self, work: &mut Work, site: &Site) {
        let mut callee = self.programs[site.callee.at()].clone();
        if !site.in_process {
            let from = self.plan.programs[site.caller.at()].deployable.at();
            let to = self.plan.programs[site.callee.at()].deployable.at();
            let settings = &self.plan.deployables[to];
            let serialise = Distribution::constant(settings.serialise);
            self.visit(&mut callee, Station::Cores(from), &serialise, 1.0);
            self.visit(&mut callee, Station::Cores(to), &serialise, 1.0);
            self.visit(&mut callee, Station::Delay, &Distribution::constant(settings.hop), 2.0);
        }
        work.perhaps(&callee, site.probability, times_in_all(site.repeat, site.again));
        work.varies |= site.probability < 1.0 || site.again > 0.0;
    }
}

impl Work {
    /// This, and so many times something else, with that probability.
    fn perhaps(&mut self, other: &Work, probability: f64, times: f64) {
        for (sum, &visits) in self.visits.iter_mut().zip(&other.visits) {
            sum.add(visits, probability, times);
        }
        self.seconds += probability * times * other.seconds;
        self.at_least |= other.at_least;
        self.varies |= other.varies;
    }

    fn join(&mut self, branches: &[Work]) {
        for branch in branches {
            for (sum, &visits) in self.visits.iter_mut().zip(&branch.visits) {
                sum.add(visits, 1.0, 1.0);
            }
        }
        self.seconds += branches.iter().map(|branch| branch.seconds).fold(0.0, f64::max);
        self.varies |= branches.iter().any(|branch| branch.varies);
        self.at_least |=
            branches.iter().any(|branch| branch.at_least || (branches.len() > 1 && branch.varies));
    }
}

/// The nodes to which operations on a store go, with the share of each.
fn nodes(plan: &Plan, store: StoreId, operation: Operation, item: Option<Wanted>) -> Vec<(usize, f64)> {
    let Some(cluster) = plan.clusters.iter().find(|cluster| cluster.nodes.contains(&store)) else {
        return vec![(store.at(), 1.0)];
    };
    let count = cluster.nodes.len();
    let shares = match (&cluster.kind, item) {
        (ClusterKind::Sharded(_), Some(item)) => shards(plan, item, cluster),
        // Asked at once: as visits they add up, as time they do not.
        (ClusterKind::Quorum(quorum), _) => {
            let asked = if operation == Operation::Read { quorum.read } else { quorum.copies };
            vec![f64::from(asked) / count as f64; count]
        }
        (ClusterKind::Replicated(replication), _) if operation == Operation::Read => {
            match replication.reads {
                Reads::Any => vec![1.0 / count as f64; count],
                Reads::Replicas => {
                    (0..count).map(|node| if node == 0 { 0.0 } else { 1.0 / (count - 1) as f64 }).collect()
                }
                Reads::Primary => first(count),
                Reads::OwnRegion => by_region(plan, &cluster.nodes),
            }
        }
        (ClusterKind::Replicated(replication), _) if replication.writes_own_region => {
            by_region(plan, &cluster.nodes)
        }
        _ => first(count),
    };
    let nodes = cluster.nodes.iter().map(|node| node.at()).zip(shares);
    nodes.filter(|(_, share)| *share > 0.0).collect()
}

/// Each region's users have their own region's nodes, those of a region without any the first.
fn by_region(plan: &Plan, nodes: &[StoreId]) -> Vec<f64> {
    let region = |node: &StoreId| plan.stores[node.at()].zone.and_then(|zone| plan.zones.region(zone));
    let mut shares = vec![0.0; nodes.len()];
    for home in &plan.zones.regions.homes {
        let here: Vec<usize> =
            (0..nodes.len()).filter(|&at| region(&nodes[at]) == Some(home.region)).collect();
        for &at in if here.is_empty() { &[0][..] } else { &here } {
            shares[at] += home.share / here.len().max(1) as f64;
        }
    }
    if plan.zones.regions.is_empty() { first(nodes.len()) } else { shares }
}

fn first(count: usize) -> Vec<f64> {
    (0..count).map(|node| if node == 0 { 1.0 } else { 0.0 }).collect()
}

/// The share of each shard: the most popular items by where they lie, the rest evenly.
fn shards(plan: &Plan, item: Wanted, cluster: &Cluster) -> Vec<f64> {
    const LOOKED_AT: u32 = 10_000;
    let popularity = &plan.data[item.data.at()].popularity;
    let (count, sharding) = (cluster.nodes.len(), Sharding::of(cluster));
    let mut shares = vec![0.0; count];
    for number in 0..popularity.items().min(LOOKED_AT) {
        shares[sharding.shard(item.data, number)] += popularity.probability(number);
    }
    let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0) / count as f64;
    shares.into_iter().map(|share| share + rest).collect()
}

/// The call sites of a program, those of its branches included.
pub fn sites(plan: &Plan, program: usize) -> impl Iterator<Item = &Site> {
    let steps = plan.programs[program].blocks.iter().flatten();
    steps.filter_map(|step| if let Step::Call(site) = step { Some(&plan.sites[site.at()]) } else { None })
}

/// The call sites of a program, those of its branches included, each with its calls per run of the program on average.
pub fn calls(plan: &Plan, program: usize) -> Vec<(f64, &Site)> {
    let mut calls = Vec::new();
    let mut blocks = vec![(1.0, 0)];
    while let Some((likely, block)) = blocks.pop() {
        for step in &plan.programs[program].blocks[block] {
            match step {
                Step::Call(site) => {
                    let site = &plan.sites[site.at()];
                    calls.push((likely * site.calls(), site));
                }
                Step::Parallel { branches, .. } => {
                    blocks.extend(branches.iter().map(|branch| (likely, branch.at())));
                }
                Step::Transaction(step) => blocks.push((likely, step.block.at())),
                Step::OneOf { branches, .. } => {
                    blocks.extend(branches.iter().map(|(share, branch)| (likely * share, branch.at())));
                }
                Step::Work { .. } | Step::Latency { .. } | Step::Store { .. } | Step::Cached(_) => {}
            }
        }
    }
    calls
}

/// Programs that somebody runs, each after all that it calls.
fn callees_first(plan: &Plan) -> Vec<usize> {
    let mut seen = vec![false; plan.programs.len()];
    let mut order = Vec::new();
    for program in 0..plan.programs.len() {
        // What is to be looked into, and whether its callees have been.
        let mut stack = vec![(program, false)];
        while let Some((at, done)) = stack.pop() {
            if done {
                order.push(at);
            } else if !std::mem::replace(&mut seen[at], true) {
                stack.push((at, true));
                let callees = sites(plan, at).map(|site: &Site| ProgramId::at(site.callee));
                stack.extend(callees.filter(|&callee| !seen[callee]).map(|callee| (callee, false)));
            }
        }
    }
    order
}
