//! Random plans, small and full of ties. A plan is a function of its seed; `seed % 9` is its stage, and each stage
//! may use all that the stages before it use.

mod arrivals;
mod caches;
mod caching;
mod fleets;
mod nodes;
mod onions;
mod sessions;
mod stores;
mod troubles;
mod zones;

use archsim_models::discovery::eureka::EurekaSettings;
use archsim_models::plan::*;
use archsim_models::policy::*;
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
