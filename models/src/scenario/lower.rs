//! From an architecture to a plan: names become indices, calls become sites, policies become guards.

use archsim_sim::{Distribution, Key, Span, Time};

use super::architecture::Architecture;
use super::claim::Claim;
use super::data::DataSet;
use super::faults::{self, FaultSpec};
use super::graph::CallGraph;
use super::policies::Policy;
use super::system::{Call, Step, System};
use super::workload::Run;
use crate::plan::{
    self, BlockId, CapabilityId, CostId, DeployableId, FallbackCall, Guard, GuardId, Plan, Program,
    ProgramId, Site, SiteId, StoreId, Window, Workload,
};
use crate::policy::Layer;

/// What a plan is made of.
pub struct Parts<'a> {
    /// The system.
    pub system: &'a System,
    /// Its calls.
    pub calls: &'a CallGraph,
    /// How it is built.
    pub architecture: &'a Architecture,
    /// For how long it runs.
    pub run: &'a Run,
    /// Who comes.
    pub workload: &'a Workload,
    /// What goes wrong.
    pub faults: &'a [FaultSpec],
    /// Who repairs.
    pub crews: &'a [plan::Crew],
    /// What the windows are made from: a control has those of the arm it controls.
    pub window_faults: &'a [FaultSpec],
}

/// The plan of an arm. The architecture has been checked: every callee is found.
pub fn plan(arm: &str, parts: &Parts<'_>) -> Plan {
    let mut lowering = Lowering::new(parts);
    lowering.programs();
    let Lowering { programs, sites, guards, costs, .. } = lowering;
    let Parts { system, architecture, run, .. } = parts;
    let hazards = faults::hazards(parts.faults, architecture, run);
    Plan {
        arm: arm.to_owned(),
        zones: architecture.zones.clone(),
        fail_over: architecture.fail_over.as_ref().map(|it| it.rule.clone()),
        eureka: architecture.eureka,
        capabilities: system.capabilities.iter().map(|capability| capability.name.clone()).collect(),
        journeys: journeys(parts, &programs),
        programs,
        sites,
        guards,
        deployables: architecture
            .deployables
            .iter()
            .map(|it| deployable(system, architecture, it, run))
            .collect(),
        node_pools: architecture.nodes.iter().map(super::architecture::machines::NodePool::lower).collect(),
        stores: stores(architecture),
        data: system.sets.iter().map(DataSet::lower).collect(),
        costs,
        caches: caches(architecture),
        clusters: architecture.clusters(),
        links: architecture.links(),
        workload: parts.workload.clone(),
        faults: faults::faults(parts.faults, architecture, run),
        crews: faults::crews(parts.crews, &hazards),
        hazards,
        environments: faults::environments(parts.faults, architecture),
        windows: windows(run, parts.window_faults),
        watches: Vec::new(),
        bucket: run.bucket,
        slowest: false,
        warmup: run.warmup,
        horizon: run.horizon,
        end: run.end,
        in_flight: run.in_flight,
    }
}

struct Lowering<'a> {
    parts: &'a Parts<'a>,
    /// Capability and deployable of each program.
    places: Vec<(usize, usize)>,
    programs: Vec<Program>,
    sites: Vec<Site>,
    costs: Vec<Distribution>,
    in_transaction: bool,
    guards: Vec<Guard>,
    /// The programs that each guard's fallbacks call, to tell guards apart.
    fallbacks: Vec<Vec<Option<ProgramId>>>,
}

impl<'a> Lowering<'a> {
    fn new(parts: &'a Parts<'a>) -> Self {
        let runs =
            |capability| parts.architecture.runners(capability).into_iter().map(move |at| (capability, at));
        Lowering {
            parts,
            places: (0..parts.system.capabilities.len()).flat_map(runs).collect(),
            programs: Vec::new(),
            sites: Vec::new(),
            costs: Vec::new(),
            in_transaction: false,
            guards: Vec::new(),
            fallbacks: Vec::new(),
        }
    }

    fn programs(&mut self) {
        for at in 0..self.places.len() {
            let (capability, deployable) = self.places[at];
            let described = &self.parts.system.capabilities[capability];
            let name = format!("system.capabilities.{}.steps", described.name);
            let mut blocks = vec![Vec::new()];
            blocks[0] = self.block(ProgramId(at as u16), &described.steps, &name, &mut blocks);
            self.programs.push(Program {
                capability: CapabilityId(capability as u16),
                deployable: DeployableId(deployable as u16),
                blocks,
            });
        }
    }

    /// The steps of one block; branches become blocks of their own. `name` names the draws of each step by its
    /// position in the system, which is the same in every arm.
    fn block(
        &mut self,
        program: ProgramId,
        steps: &'a [Step],
        name: &str,
        blocks: &mut Vec<Vec<plan::Step>>,
    ) -> Vec<plan::Step> {
        let mut block = Vec::with_capacity(steps.len());
        for (index, step) in steps.iter().enumerate() {
            let name = format!("{name}.{}", index + 1);
            let key = Key::of_name(&name);
            if let Some(waits) = self.local(program, step, &name) {
                block.extend(waits);
                continue;
            }
            block.push(match step {
                Step::Work(span) => plan::Step::Work { span: span.clone(), key },
                Step::Latency(span) => plan::Step::Latency { span: span.clone(), key },
                Step::Access { data, operation, repeat, again, own_key, cost } => {
                    let cost = cost.as_ref().map(|cost| self.cost(cost));
                    let (operation, repeat) = (*operation, *repeat);
                    let architecture = self.parts.architecture;
                    let store = StoreId(architecture.asked(*data).unwrap_or(0) as u16);
                    let wanted = || plan::Wanted { data: plan::DataId(*data as u16), own_key: *own_key };
                    let item = architecture.by_item(*data).then(wanted);
                    // A transaction reads what is there, not what a cache remembers.
                    let reads_through = self.in_transaction && operation == plan::Operation::Read;
                    match self.parts.architecture.cache(*data).filter(|_| !reads_through) {
                        None => {
                            plan::Step::Store { store, operation, repeat, again: *again, item, cost, key }
                        }
                        Some(cache) => plan::Step::Cached(plan::Access {
                            data: plan::DataId(*data as u16),
                            cache: plan::CacheId(cache as u16),
                            store,
                            operation,
                            repeat,
                            again: *again,
                            own_key: *own_key,
                            cost,
                            key,
                        }),
                    }
                }
                Step::Transaction(transaction) => {
                    self.in_transaction = true;
                    let ids = self.branches(program, std::iter::once(&transaction.steps), &name, blocks);
                    self.in_transaction = false;
                    let first = transaction.accesses().first().map(|it| it.0);
                    let store = first.and_then(|data| self.parts.architecture.holder(data)).unwrap_or(0);
                    let held = self.parts.architecture.stores[store].transactions;
                    plan::Step::Transaction(plan::TransactionStep {
                        store: StoreId(store as u16),
                        block: ids[0],
                        optimistic: held.optimistic,
                        tries: held.tries,
                        backoff: held.backoff,
                        key,
                    })
                }
                Step::Call(call) => plan::Step::Call(self.site(program, call, key)),
                Step::Parallel { branches, fail_fast } => plan::Step::Parallel {
                    branches: self.branches(program, branches.iter(), &name, blocks),
                    fail_fast: *fail_fast,
                },
                Step::OneOf(branches) => {
                    let ids = self.branches(program, branches.iter().map(|(_, steps)| steps), &name, blocks);
                    let shares = branches.iter().map(|(share, _)| *share);
                    plan::Step::OneOf { branches: shares.zip(ids).collect(), key }
                }
            });
        }
        block
    }

    /// The place of a law among the costs of operations.
    fn cost(&mut self, law: &Distribution) -> CostId {
        let at = self.costs.iter().position(|it| it == law).unwrap_or_else(|| {
            self.costs.push(law.clone());
            self.costs.len() - 1
        });
        CostId(at as u16)
    }

    /// An access to what the deployable's instances hold by themselves: a wait for each operation.
    fn local(&self, program: ProgramId, step: &Step, name: &str) -> Option<Vec<plan::Step>> {
        let Step::Access { data, operation, repeat, .. } = step else { return None };
        let deployable = &self.parts.architecture.deployables[self.places[program.at()].1];
        let state = deployable.state.as_ref().filter(|state| state.data == *data)?;
        let span = match operation {
            plan::Operation::Read => &state.read,
            plan::Operation::Write => &state.write,
        };
        let wait = |time: u32| plan::Step::Latency {
            span: span.clone(),
            key: Key::new(Key::of_name(name), u64::from(time)).bits(),
        };
        Some((0..*repeat).map(wait).collect())
    }

    /// A block for each branch.
    fn branches(
        &mut self,
        program: ProgramId,
        branches: impl Iterator<Item = &'a Vec<Step>>,
        name: &str,
        blocks: &mut Vec<Vec<plan::Step>>,
    ) -> Vec<BlockId> {
        let mut ids = Vec::new();
        for (branch, steps) in branches.enumerate() {
            let id = blocks.len();
            blocks.push(Vec::new());
            blocks[id] = self.block(program, steps, &format!("{name}.{}", branch + 1), blocks);
            ids.push(BlockId(id as u16));
        }
        ids
    }

    /// The program that a program finds when it calls a capability.
    fn program(&self, caller: ProgramId, callee: usize) -> ProgramId {
        let (capability, deployable) = self.places[caller.at()];
        let found = self.parts.architecture.finds(Some(capability), Some(deployable), callee).unwrap_or(0);
        let at = self.places.iter().position(|&place| place == (callee, found)).unwrap_or(0);
        ProgramId(at as u16)
    }

    fn site(&mut self, caller: ProgramId, call: &Call, key: u64) -> SiteId {
        let callee = self.program(caller, call.callee);
        let (capability, deployable) = self.places[caller.at()];
        let in_process = self.places[callee.at()].1 == deployable;
        let (policies, _) = self.parts.architecture.policies(capability, call.callee, in_process);
        let guard = self.guard(caller, call, policies, key);
        let (id, name) = (SiteId(self.sites.len() as u16), self.edge(capability, call.callee));
        self.sites.push(Site {
            name,
            caller,
            callee,
            in_process,
            probability: call.probability,
            repeat: call.repeat,
            again: call.again,
            optional: call.optional,
            guard,
            key,
        });
        id
    }

    fn edge(&self, caller: usize, callee: usize) -> String {
        let name = |at: usize| &self.parts.system.capabilities[at].name;
        format!("{} -> {}", name(caller), name(callee))
    }

    /// The onion around a call. Calls of one capability from one deployable share it if it is the same.
    fn guard(&mut self, caller: ProgramId, call: &Call, policies: &[Policy], key: u64) -> Option<GuardId> {
        let kept: Vec<&Policy> = applied(policies, call).collect();
        if kept.is_empty() {
            return None;
        }
        let callee_name = &self.parts.system.capabilities[call.callee].name;
        let layers: Vec<Layer> = kept.iter().map(|policy| policy.around(callee_name)).collect();
        let targets: Vec<Option<ProgramId>> = kept
            .iter()
            .map(|policy| policy.fallback.map(|capability| self.program(caller, capability)))
            .collect();
        let deployable = DeployableId(self.places[caller.at()].1 as u16);
        let callee = CapabilityId(call.callee as u16);
        let same = |at: &usize| {
            let guard: &Guard = &self.guards[*at];
            guard.deployable == deployable
                && guard.callee == callee
                && guard.layers == layers
                && self.fallbacks[*at] == targets
        };
        if let Some(at) = (0..self.guards.len()).find(same) {
            return Some(GuardId(at as u16));
        }
        let fallbacks = targets
            .iter()
            .map(|target| target.map(|program| FallbackCall { site: self.substitute(caller, program, key) }))
            .collect();
        self.guards.push(Guard { deployable, callee, layers, fallbacks });
        self.fallbacks.push(targets);
        Some(GuardId((self.guards.len() - 1) as u16))
    }

    /// The call that a fallback makes: bare.
    fn substitute(&mut self, caller: ProgramId, callee: ProgramId, key: u64) -> SiteId {
        let (from, deployable) = self.places[caller.at()];
        let (to, there) = self.places[callee.at()];
        self.sites.push(Site {
            name: self.edge(from, to),
            caller,
            callee,
            in_process: there == deployable,
            probability: 1.0,
            repeat: 1,
            again: 0.0,
            optional: false,
            guard: None,
            key: key ^ Key::of_name("fallback"),
        });
        SiteId((self.sites.len() - 1) as u16)
    }
}

/// The policies that take effect on a call: a fallback needs the call's permission.
pub fn applied<'p>(policies: &'p [Policy], call: &Call) -> impl Iterator<Item = &'p Policy> {
    let optional = call.optional;
    policies.iter().filter(move |policy| optional || policy.kind != "fallback")
}

fn journeys(parts: &Parts<'_>, programs: &[Program]) -> Vec<plan::Journey> {
    let enters = |capability: usize| {
        let deployable = parts.architecture.finds(None, None, capability).unwrap_or(0);
        let same = |program: &Program| {
            program.capability.at() == capability && program.deployable.at() == deployable
        };
        ProgramId(programs.iter().position(same).unwrap_or(0) as u16)
    };
    let ids = |reached: Vec<usize>| reached.into_iter().map(|at| CapabilityId(at as u16)).collect();
    let shares = parts.system.asked_by(parts.workload);
    let journeys = parts.system.journeys.iter().zip(shares).map(|(journey, share)| plan::Journey {
        name: journey.name.clone(),
        share,
        enters: enters(journey.enters),
        within: journey.within,
        objective: journey.objective,
        priority: journey.priority,
        reaches: ids(parts.calls.reach(journey.enters)),
    });
    journeys.collect()
}

fn deployable(
    system: &System,
    architecture: &Architecture,
    it: &super::architecture::Deployable,
    run: &Run,
) -> plan::Deployable {
    let reserve = reserve(architecture, it);
    let mut zones = it.zones.clone();
    if let Some(reserve) = &reserve {
        let there = it.instances.count() as usize;
        zones = it.zones.iter().copied().cycle().take(there).chain(reserve.iter().copied()).collect();
    }
    let of_reserve = reserve.as_ref().map(|zones| plan::Scaling {
        most: it.instances.count() + zones.len() as u32,
        boot: it.boot,
        grace: Span::ZERO,
        replace: None,
        sizing: plan::Sizing::Schedule(Vec::new()),
    });
    plan::Deployable {
        name: it.name.clone(),
        instances: it.instances.count(),
        needs: it.needs,
        cores: it.cores,
        speed: it.speed,
        sharing: it.sharing,
        threads: it.threads,
        mode: it.mode,
        queue: it.queue,
        order: it.order,
        crowding: it.crowding,
        route: it.route,
        finding: it.finding,
        state: it
            .state
            .as_ref()
            .map(|state| state.lower(it.instances.count(), system.sets[state.data].popularity.items())),
        zones,
        reserve: reserve.is_some(),
        hop: architecture.hop,
        user_hop: architecture.user_hop,
        serialise: architecture.serialise,
        warm_up: it.warm_up,
        scaling: it.scaling.as_ref().map(|scaling| scaling.lower(it.boot, run)).or(of_reserve),
        nodes: it.nodes.map(|pool| plan::NodePoolId(pool as u16)),
    }
}

/// Where the instances are that are launched for users of other regions, if any are.
fn reserve(architecture: &Architecture, it: &super::architecture::Deployable) -> Option<Vec<plan::ZoneId>> {
    let scale = architecture.fail_over.as_ref()?.scale?;
    Some(it.reserve(&architecture.zones, scale)).filter(|zones| !zones.is_empty())
}

/// Databases (of several nodes the first), then the nodes of caches, then the other nodes of databases.
fn stores(architecture: &Architecture) -> Vec<plan::Store> {
    let databases = architecture.stores.iter().map(|it| store(architecture, it, 0));
    let caches = architecture.caches.iter().flat_map(|cache| cache.stores(architecture));
    let more = architecture.more_nodes().into_iter();
    let more = more
        .map(|(at, node, name)| plan::Store { name, ..store(architecture, &architecture.stores[at], node) });
    databases.chain(caches).chain(more).collect()
}

fn caches(architecture: &Architecture) -> Vec<plan::Cache> {
    let store = |at: usize| architecture.cache_store(at).map(|store| StoreId(store as u16));
    architecture.caches.iter().enumerate().map(|(at, cache)| cache.lower(store(at))).collect()
}

fn store(architecture: &Architecture, it: &super::architecture::Store, node: u32) -> plan::Store {
    plan::Store {
        name: it.name.clone(),
        servers: it.servers,
        cores: it.cores,
        locks: it.locks,
        read: it.read.clone(),
        write: it.write.clone(),
        queue: it.queue,
        order: it.order,
        crowding: it.crowding,
        connections: it.connections,
        hop: architecture.store_hop,
        pool: it.pool,
        pool_wait: it.pool_wait,
        opening: it.opening.as_ref().map(|opening| opening.lower(it)),
        zone: it.place_of(node),
    }
}

/// Has a plan's levels watched as claims ask for it.
pub fn watch(plan: &mut Plan, claims: &[Claim]) {
    for claim in claims {
        let watch = claim.detail.watch(claim.measure, &claim.subject, &claim.during, plan);
        if let Some(watch) = watch.filter(|watch| !plan.watches.contains(watch)) {
            plan.watches.push(watch);
        }
    }
}

/// `run`, then `before`, `fault` and `after` where there are faults that happen once, then the scenario's own.
pub fn windows(run: &Run, faults: &[FaultSpec]) -> Vec<Window> {
    let mut windows = vec![Window { name: "run".to_owned(), from: run.warmup, until: run.horizon }];
    let once = || faults.iter().filter_map(FaultSpec::once);
    let from = once().map(|(at, _)| run.at(at)).min();
    let until = once().map(|(at, lasts)| run.at(at) + lasts).max();
    if let (Some(from), Some(until)) = (from, until) {
        let until = until.min(run.horizon);
        let parts: [(&str, Time, Time); 3] =
            [("before", run.warmup, from), ("fault", from, until), ("after", until, run.horizon)];
        for (name, from, until) in parts {
            if until.since(from) > Span::ZERO {
                windows.push(Window { name: name.to_owned(), from, until });
            }
        }
    }
    windows.extend(run.windows.iter().cloned());
    windows
}
