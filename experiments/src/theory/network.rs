//! Whether an arm is a network that queueing theory has solved exactly, and if not, why. Strict: what is not recognised
//! is not such a network, even where somebody could prove that it is.
//!
//! The network is Jackson's, and Baskett, Chandy, Muntz and Palacios' (*JACM* 22, 1975): requests come as a Poisson
//! process of one rate, or from a fixed number of users; stations are first come first served with one exponential law
//! for all who come, or processor sharing with any law, or delays. Kelly (*Reversibility and Stochastic Networks*, 1979,
//! §3.1) has the same for c servers. Three more shapes of one station that is visited once are known: M/G/1, M/M/c/K and
//! Erlang's loss system.
//!
//! What breaks it: a thread that is held while its attempt waits elsewhere (two resources at once), parallel branches,
//! whatever ends, repeats or refuses a call, and balancers that look at the queues. A limit counts as none if the
//! unlimited network, whose solution is exact, reaches it less than once in a billion times.

use archsim_models::plan::{
    Arrivals, Cache, Crowding, Deployable, Journey, Operation, Plan, Program, Route, Site, Step, Store,
    StoreId, Workload,
};
use archsim_models::policy::{Forced, Layer};
use archsim_sim::{Count, Distribution, Limit, Order, Sharing};

use super::demand::{Needs, Station, Visits, sites};

/// Who comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Population {
    /// A Poisson process of so many per second.
    Open {
        /// Requests per second.
        rate: f64,
    },
    /// Users who think, for so long on average.
    Closed {
        /// How many.
        users: u32,
        /// Mean, in seconds.
        think: f64,
    },
}

/// How a station serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discipline {
    /// At most `servers` at once; exponential first come first served, or processor sharing with any law: the numbers
    /// present are the same.
    Queue {
        /// How many are served at once.
        servers: u32,
    },
    /// One server, first come first served, any law; the only place where anybody waits, visited once.
    General,
    /// At most `room` present, the rest turned away; the only place where anybody waits, visited once.
    Finite {
        /// How many are served at once.
        servers: u32,
        /// How many may be there.
        room: u32,
    },
}

/// A place where requests may wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// The deployable or store.
    pub station: Station,
    /// Its name.
    pub name: String,
    /// Alike and independent copies: instances, chosen at random.
    pub copies: u32,
    /// How it serves.
    pub discipline: Discipline,
    /// Cores or servers of a copy; unlike servers, not limited by threads.
    pub cores: u32,
    /// Whether the number of attempts that a run counts at it is the number at this queue: nobody is there for anything
    /// else.
    pub counted: bool,
}

/// What a journey brings to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The journey's name.
    pub name: String,
    /// Of all requests.
    pub share: f64,
    /// By queue.
    pub visits: Vec<Visits>,
    /// Seconds in which nobody is in its way.
    pub delay: f64,
}

/// A limit, and in which number of requests in the network it cannot be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounded {
    /// So many fit.
    pub most: u32,
    /// What is full then.
    pub what: String,
}

/// A network with a known answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Who comes.
    pub population: Population,
    /// Where requests may wait.
    pub queues: Vec<Queue>,
    /// By journey.
    pub classes: Vec<Class>,
    /// Limits that must never matter.
    pub limits: Vec<Bounded>,
}

/// Less room than this is part of the model, more is a limit that must not matter.
const ROOM_MAX: u32 = 1_000;

/// Recognises an arm's network.
///
/// # Errors
/// All reasons why it is none.
pub fn recognise(plan: &Plan) -> Result<Network, Vec<String>> {
    every_field(plan);
    let needs = Needs::of(plan);
    let mut reading = Reading { needs: &needs, queues: Vec::new(), limits: Vec::new(), reasons: Vec::new() };
    let population = reading.population();
    reading.disturbances();
    for at in 0..plan.deployables.len() {
        if reading.is_used(Station::Cores(at)) || reading.is_entered(at) {
            reading.deployable(at);
        }
    }
    for at in 0..plan.stores.len() {
        if reading.is_used(Station::Store(at)) {
            reading.store(at);
        }
        if reading.is_used(Station::StoreCores(at)) {
            reading.store_cores(at);
        }
    }
    reading.limits.push(Bounded { most: plan.in_flight, what: "`run.in-flight`".to_owned() });
    let Reading { queues, limits, mut reasons, .. } = reading;
    let classes = (0..plan.journeys.len()).map(|at| class(&needs, at, &queues)).collect();
    let Some(population) = population.filter(|_| reasons.is_empty()) else {
        reasons.dedup();
        return Err(reasons);
    };
    Ok(Network { population, queues, classes, limits })
}

/// Names every field that could matter: a new one does not compile before somebody has thought about it here. What a
/// field does to the network is looked at where it is used; those that only name or count things do nothing.
#[rustfmt::skip]
fn every_field(plan: &Plan) {
    let Plan {
        arm: _, capabilities: _, journeys, programs: _, sites, guards: _, deployables, stores, workload, faults: _,
        windows: _, bucket: _, slowest: _, warmup: _, horizon: _, end: _, in_flight: _, watches: _, hazards: _, crews: _,
        environments: _, data: _, caches, costs: _, zones: _, fail_over: _, eureka: _, clusters: _, links: _, node_pools: _,
    } = plan;
    for Cache { name: _, data: _, settings: _, expected: _, place: _, coalesce: _, late_fills: _, once: _, warm: _, stale: _, early: _, jitter: _, negative: _, serves: _, near: _, throttle: _, leases: _, load: _, key: _ } in caches {}
    let Workload { arrivals: _, batch: _, scheduled: _, patience: _, leaves: _, over: _, retrial: _, jobs: _, session: _ } = workload;
    for Journey { name: _, share: _, enters: _, within: _, objective: _, priority: _, reaches: _ } in journeys {}
    for Site { name: _, caller: _, callee: _, in_process: _, probability: _, repeat: _, again: _, optional: _, guard: _, key: _ } in sites {}
    for Deployable {
        name: _, instances: _, cores: _, speed: _, sharing: _, threads: _, mode: _, queue: _, order: _, crowding: _, route: _,
        hop: _, user_hop: _, serialise: _, needs: _, zones: _, finding: _, state: _, scaling: _, warm_up: _, nodes: _,
        reserve: _,
    } in deployables {}
    for Store {
        name: _, servers: _, cores: _, read: _, write: _, queue: _, order: _, crowding: _, connections: _, hop: _, pool: _, pool_wait: _,
        opening: _, zone: _, locks: _,
    } in stores {}
}

fn class(needs: &Needs<'_>, journey: usize, queues: &[Queue]) -> Class {
    let work = needs.journey(journey);
    let visits: Vec<Visits> = queues.iter().map(|queue| work.visits[needs.index(queue.station)]).collect();
    let there: f64 = visits.iter().map(|visits| visits.seconds).sum();
    let all: f64 = work.visits.iter().map(|visits| visits.seconds).sum();
    let settings = &needs.plan.journeys[journey];
    Class { name: settings.name.clone(), share: settings.share, visits, delay: (all - there).max(0.0) }
}

struct Reading<'a> {
    needs: &'a Needs<'a>,
    queues: Vec<Queue>,
    limits: Vec<Bounded>,
    reasons: Vec<String>,
}

impl Reading<'_> {
    fn no(&mut self, reason: impl Into<String>) {
        self.reasons.push(reason.into());
    }

    fn population(&mut self) -> Option<Population> {
        match &self.needs.plan.workload.arrivals {
            Arrivals::Modulated { .. } => self.no("the rate of arrivals goes from state to state"),
            Arrivals::Open { poisson: false, .. } => self.no("arrivals are even, not Poisson"),
            Arrivals::Open { rate, .. } => {
                let first = rate.first().map_or(0.0, |it| it.rate_from);
                let same = |rate: f64| rate.to_bits() == first.to_bits();
                if first > 0.0 && rate.iter().all(|it| same(it.rate_from) && same(it.rate_until)) {
                    return Some(Population::Open { rate: first });
                }
                self.no("the rate of arrivals changes over time");
            }
            Arrivals::Closed { users, think } => {
                return Some(Population::Closed { users: *users, think: think.mean() / 1e9 });
            }
        }
        None
    }

    /// What ends, repeats or refuses calls.
    fn disturbances(&mut self) {
        let plan = self.needs.plan;
        if !(plan.faults.is_empty() && plan.hazards.is_empty() && plan.environments.is_empty()) {
            self.no("something goes wrong: the arm has faults");
        }
        if plan.workload.batch != Count::Constant(1) {
            self.no("requests come in batches");
        }
        if !plan.workload.scheduled.is_empty() {
            self.no("some requests come at given instants");
        }
        if !plan.workload.jobs.is_empty() {
            self.no("jobs run beside users' requests");
        }
        if plan.workload.session.is_some() {
            self.no("users of sessions ask again when they have an answer");
        }
        if plan.workload.retrial.is_some() {
            self.no("users who were turned away ask again");
        }
        if plan.workload.patience.is_some() {
            self.no("users lose patience");
        }
        if !plan.zones.is_empty() {
            self.no("how far messages go depends on their zones");
        }
        for cache in &plan.caches {
            self.no(format!("what `{}` holds decides how much is read", cache.name));
        }
        for guard in &plan.guards {
            let callee = &plan.capabilities[guard.callee.at()];
            for policy in guard.layers.iter().filter_map(interferes) {
                self.no(format!("a {policy} around calls of `{callee}` may act"));
            }
        }
        self.ways_of_service();
        let used = plan.programs.iter().zip(&self.needs.runs).filter(|(_, runs)| **runs > 0.0);
        let parallel = used.filter(|(program, _)| {
            program.blocks.iter().flatten().any(|step| matches!(step, Step::Parallel { .. }))
        });
        let names: Vec<String> =
            parallel.map(|(program, _)| plan.capabilities[program.capability.at()].clone()).collect();
        for name in names {
            self.no(format!("`{name}` has parallel branches"));
        }
        let holds = |program: &&Program| {
            program.blocks.iter().flatten().any(|step| matches!(step, Step::Transaction(_)))
        };
        for program in plan.programs.iter().filter(holds) {
            self.no(format!("`{}` has a transaction", plan.capabilities[program.capability.at()]));
        }
    }

    /// What the laws of queues do not know of: priorities, and services that depend on who else is there.
    fn ways_of_service(&mut self) {
        let plan = self.needs.plan;
        for deployable in &plan.deployables {
            if deployable.sharing == Sharing::Priority {
                self.no(format!("the cores of `{}` go to the most urgent", deployable.name));
            }
            if deployable.crowding != Crowding::NONE {
                self.no(format!("the attempts of `{}` slow each other down", deployable.name));
            }
        }
        for (at, store) in plan.stores.iter().enumerate() {
            if store.order != Order::Fifo {
                self.no(format!("`{}` does not serve in the order of arrival", store.name));
            }
            if store.crowding != Crowding::NONE {
                self.no(format!("the operations of `{}` slow each other down", store.name));
            }
            if self.needs.plan.clusters.iter().any(|cluster| cluster.nodes[0] == StoreId(at as u16)) {
                self.no(format!("`{}` has several nodes", store.name));
            }
            if self.needs.plan.links.iter().any(|link| link.from == StoreId(at as u16)) {
                self.no(format!("sessions of `{}` wait for other databases", store.name));
            }
            if store.locks.is_some() {
                self.no(format!("operations on `{}` wait for each other's locks", store.name));
            }
            if store.opening.is_some() {
                self.no(format!("pools open their connections to `{}` one by one", store.name));
            }
        }
    }

    fn is_used(&self, station: Station) -> bool {
        let at = self.needs.index(station);
        (0..self.needs.plan.journeys.len()).any(|journey| self.needs.journey(journey).visits[at].times > 0.0)
    }

    /// Programs that attempts from outside begin with, at a deployable.
    fn entries(&self, deployable: usize) -> Vec<usize> {
        let plan = self.needs.plan;
        let mut entries: Vec<usize> = plan.journeys.iter().map(|journey| journey.enters.at()).collect();
        for program in (0..plan.programs.len()).filter(|&program| self.needs.runs[program] > 0.0) {
            entries.extend(sites(plan, program).filter(|site| !site.in_process).map(|site| site.callee.at()));
        }
        entries.retain(|&program| plan.programs[program].deployable.at() == deployable);
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    fn is_entered(&self, deployable: usize) -> bool {
        !self.entries(deployable).is_empty()
    }

    /// Laws of all services that a deployable's cores give.
    fn work_laws(&self, deployable: usize) -> Vec<Distribution> {
        let plan = self.needs.plan;
        let mut laws = Vec::new();
        for (program, settings) in
            plan.programs.iter().enumerate().filter(|(at, _)| self.needs.runs[*at] > 0.0)
        {
            let here = settings.deployable.at() == deployable;
            for step in settings.blocks.iter().flatten() {
                match step {
                    Step::Work { span, .. } if here => laws.push(span.clone()),
                    _ => {}
                }
            }
            for site in sites(plan, program).filter(|site| !site.in_process) {
                let to = plan.programs[site.callee.at()].deployable.at();
                if here || to == deployable {
                    laws.push(Distribution::constant(plan.deployables[to].serialise));
                }
            }
        }
        laws.retain(|law| !law.is_zero());
        laws
    }

    fn deployable(&mut self, at: usize) {
        let settings = &self.needs.plan.deployables[at];
        let (alone, laws) = (self.works_only(at), self.work_laws(at));
        let mut servers = settings.cores;
        let mut fifo = settings.sharing == Sharing::Fifo;
        let mut room = Limit::Unbounded;
        if let Limit::AtMost(threads) = settings.threads {
            // Where a thread is held for the work alone and nobody can tell its order from that of one queue, thread and
            // core are one server.
            let each_has_a_core = !matches!(settings.cores, Limit::AtMost(cores) if cores < threads);
            if alone && (each_has_a_core || fifo || exponential_alike(&laws)) {
                servers = least(servers, threads);
                fifo = true;
                if settings.order != Order::Fifo {
                    self.no(format!("`{}` does not serve in the order of arrival", settings.name));
                }
                if let Limit::AtMost(queue) = settings.queue {
                    room = Limit::AtMost(threads.saturating_add(queue));
                }
            } else {
                let what = format!("the threads of `{}`, held while attempts wait,", settings.name);
                self.limits.push(Bounded { most: threads, what });
            }
        }
        let Limit::AtMost(servers) = servers else { return };
        if laws.is_empty() {
            return;
        }
        if settings.instances > 1 && settings.route != Route::Random {
            self.no(format!("the instances of `{}` are not chosen at random", settings.name));
        }
        let queue = Queue {
            station: Station::Cores(at),
            name: settings.name.clone(),
            copies: settings.instances,
            discipline: Discipline::Queue { servers },
            cores: cores(settings),
            counted: alone,
        };
        self.queue(queue, fifo, &laws, room);
    }

    /// Whether every attempt at a deployable is one step of work and nothing else.
    fn works_only(&self, deployable: usize) -> bool {
        let plan = self.needs.plan;
        let remote = |entry: usize| {
            let mut all = (0..plan.programs.len()).flat_map(|at| sites(plan, at));
            all.any(|site| !site.in_process && site.callee.at() == entry)
        };
        let answers = !plan.deployables[deployable].serialise.is_zero();
        let entries = self.entries(deployable);
        entries.iter().all(|&entry| self.works(entry) == Some(1) && !(answers && remote(entry)))
    }

    /// How many steps of work a program is with its in-process callees; `None` if it is anything else, or not always the
    /// same.
    fn works(&self, program: usize) -> Option<u32> {
        let plan = self.needs.plan;
        plan.programs[program].blocks[0].iter().try_fold(0, |sum, step| match step {
            Step::Work { span, .. } => Some(sum + u32::from(!span.is_zero())),
            Step::Latency { span, .. } if span.is_zero() => Some(sum),
            Step::Call(site) => {
                let site = &plan.sites[site.at()];
                let certain = site.in_process && site.probability >= 1.0 && site.again <= 0.0;
                certain.then(|| self.works(site.callee.at()))?.map(|works| sum + site.repeat * works)
            }
            _ => None,
        })
    }

    /// Sessions share the cores: processor sharing, with any law.
    fn store_cores(&mut self, at: usize) {
        let settings = &self.needs.plan.stores[at];
        let Limit::AtMost(cores) = settings.cores else { return };
        let queue = Queue {
            station: Station::StoreCores(at),
            name: settings.name.clone(),
            copies: 1,
            discipline: Discipline::Queue { servers: cores },
            cores,
            counted: true,
        };
        self.queue(queue, false, &[], Limit::Unbounded);
    }

    fn store(&mut self, at: usize) {
        let plan = self.needs.plan;
        let settings = &plan.stores[at];
        let name = &settings.name;
        let mut laws = Vec::new();
        for program in plan.programs.iter().zip(&self.needs.runs).filter(|it| *it.1 > 0.0).map(|it| it.0) {
            for step in program.blocks.iter().flatten() {
                // What lies behind a cache has been refused already.
                if let Step::Store { store, operation, .. } = step
                    && store.at() == at
                {
                    let read = *operation == Operation::Read;
                    laws.push(if read { settings.read.clone() } else { settings.write.clone() });
                }
            }
        }
        let pool = format!("the {} connections of a pool to `{name}`", settings.pool);
        self.limits.push(Bounded { most: settings.pool, what: pool });
        if let Limit::AtMost(connections) = settings.connections {
            self.limits.push(Bounded {
                most: connections,
                what: format!("the {connections} connections of `{name}`"),
            });
        }
        let room = match settings.queue {
            Limit::AtMost(queue) => Limit::AtMost(queue.saturating_add(settings.servers)),
            Limit::Unbounded => Limit::Unbounded,
        };
        let queue = Queue {
            station: Station::Store(at),
            name: name.clone(),
            copies: 1,
            discipline: Discipline::Queue { servers: settings.servers },
            cores: settings.servers,
            counted: true,
        };
        self.queue(queue, true, &laws, room);
    }

    fn queue(&mut self, mut queue: Queue, fifo: bool, laws: &[Distribution], room: Limit) {
        let Discipline::Queue { servers } = queue.discipline else { return };
        let (only, alike) = (self.only_queue(&queue), exponential_alike(laws));
        let finite = match room {
            Limit::AtMost(room) if only && fifo && queue.copies == 1 && room < ROOM_MAX => Some(room),
            Limit::AtMost(room) => {
                self.limits.push(Bounded { most: room, what: format!("the queue of `{}`", queue.name) });
                None
            }
            Limit::Unbounded => None,
        };
        match finite {
            // Where nobody waits, only the mean of the law counts.
            Some(room) if alike || room == servers => queue.discipline = Discipline::Finite { servers, room },
            None if alike || !fifo => {}
            None if only && servers == 1 => queue.discipline = Discipline::General,
            _ => self.no(format!(
                "`{}` serves first come first served, but not by one exponential law",
                queue.name
            )),
        }
        self.queues.push(queue);
    }

    /// Whether arrivals are a Poisson process whatever the station does: they are open, nothing else is waited for, and
    /// every request comes once.
    fn only_queue(&self, queue: &Queue) -> bool {
        let plan = self.needs.plan;
        let here = self.needs.index(queue.station);
        let mut journeys = (0..plan.journeys.len()).map(|journey| self.needs.journey(journey));
        let waits_elsewhere = |at: usize| match plan.deployables.get(at) {
            Some(deployable) => deployable.cores != Limit::Unbounded,
            // Cores without a limit are a delay.
            None => at
                .checked_sub(self.needs.index(Station::StoreCores(0)))
                .and_then(|store| plan.stores.get(store))
                .map_or(at < self.needs.index(Station::Delay), |store| store.cores != Limit::Unbounded),
        };
        matches!(plan.workload.arrivals, Arrivals::Open { .. })
            && journeys.all(|work| {
                let once = work.visits[here].most <= 1.0 && (work.visits[here].times - 1.0).abs() < 1e-12;
                let visits = work.visits.iter().enumerate();
                once && visits
                    .filter(|(at, _)| *at != here)
                    .all(|(at, it)| it.times <= 0.0 || !waits_elsewhere(at))
            })
    }
}

/// The kind of a policy that may change what happens although nothing fails.
const fn interferes(layer: &Layer) -> Option<&'static str> {
    match layer {
        // Where nothing fails, these have nothing to do.
        Layer::Fallback(_) | Layer::Retry(_) => None,
        Layer::Breaker(settings) => match settings.forced {
            Some(Forced::Open) => Some("breaker"),
            _ => None,
        },
        Layer::Timeout(_) => Some("timeout"),
        Layer::ThreadPool(_) => Some("thread-pool"),
        Layer::Semaphore(_) => Some("semaphore"),
        Layer::RateLimit(_) => Some("rate-limit"),
    }
}

/// Whether all laws are one exponential law.
fn exponential_alike(laws: &[Distribution]) -> bool {
    let mean = |law: &Distribution| match law {
        Distribution::Exponential { mean_nanos } => Some(*mean_nanos),
        _ => None,
    };
    let Some(first) = laws.first().and_then(mean) else { return false };
    laws.iter().all(|law| mean(law).is_some_and(|it| (it / first - 1.0).abs() < 1e-12))
}

fn least(limit: Limit, other: u32) -> Limit {
    match limit {
        Limit::AtMost(most) => Limit::AtMost(most.min(other)),
        Limit::Unbounded => Limit::AtMost(other),
    }
}

fn cores(settings: &Deployable) -> u32 {
    match settings.cores {
        Limit::AtMost(cores) => cores,
        Limit::Unbounded => 0,
    }
}
