//! *The life of a call*, once more: slow, plain, and by other means than the engine.
//!
//! The engine is an event enum, arenas, and records that point at each other. Here whatever is to happen later is a
//! closure: on the agenda (a sorted map), on the ready list, or in the hands of whoever will have the answer. What
//! both share is what is tested elsewhere: processors, dice, and the policies' own answers.
//!
//! Read this file, then users, sessions, messages, instances, fleets, scaling, programs, onion, stores, transactions, zones, faults, hazards, counts.

mod caches;
mod counts;
mod databases;
mod discovery;
mod faults;
mod fleets;
mod hazards;
mod instances;
mod messages;
mod nodes;
mod onion;
mod pools;
mod programs;
mod regions;
mod scaling;
mod sessions;
mod stores;
mod supplies;
mod transactions;
mod users;
mod warmers;
mod zones;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use archsim_models::plan::*;
use archsim_models::policy::*;
use archsim_models::record::{ByCause, Cause, ClusterWindow, SiteWindow};
use archsim_sim::{
    Class, Count, Distribution, Key, Limit, Order, Processor, Sharing, Span, Stream, Ticket, Time,
};

type Go = Box<dyn FnOnce(&mut Twin)>;
type Then = Box<dyn FnOnce(&mut Twin, Outcome)>;
/// What a server does with a cache; true if it has no answer yet.
type Serve = Rc<dyn Fn(&mut Twin, &Rc<Operate>) -> bool>;
type Answers = Vec<(u64, Time, Outcome)>;

/// What became of a journey's requests that arrived in a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fate {
    pub arrived: u64,
    pub answered: u64,
    pub degraded: u64,
    pub late: u64,
    pub failed: ByCause,
}

/// What can be compared: lists go by the plan's indices, then by window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Request, when it was settled, and how, in the order in which it happened.
    pub answers: Answers,
    /// Request, when it was turned away, and why, if its user is to come back.
    pub turned_away: Vec<(u64, Time, Cause)>,
    pub journeys: Vec<Vec<Fate>>,
    pub homes: Vec<Vec<Fate>>,
    pub sites: Vec<Vec<SiteWindow>>,
    /// Attempts that reached an instance, and those turned away.
    pub deployables: Vec<Vec<(u64, u64)>>,
    /// Operations asked for, and failed.
    pub stores: Vec<Vec<(u64, u64)>>,
    /// Look-ups, and those that found something.
    pub caches: Vec<Vec<(u64, u64)>>,
    pub clusters: Vec<Vec<ClusterWindow>>,
    /// Sessions by window: begun, ended whole, given up; requests and nanoseconds of those that ended.
    pub sessions: Vec<[u64; 5]>,
}

/// One user's wish.
struct Request {
    number: u64,
    journey: usize,
    whose: sessions::Whose,
    start: Time,
    settled: Cell<bool>,
    /// Data sets of which it carries its item along.
    known: RefCell<BTreeSet<usize>>,
    /// Data sets that it has written to, of databases with replicas.
    wrote: RefCell<BTreeSet<usize>>,
    /// Names its draws.
    path: Key,
    /// Where its user lives, and where he comes in.
    home: Option<usize>,
    zone: Option<ZoneId>,
    /// How often it asks, this time included: each time it is one of its own to whatever works for it.
    asks: u64,
}

/// Something that goes on in a process, and ends with it or when it is cancelled.
struct Life {
    instance: usize,
    process: u32,
    over: Cell<bool>,
    /// How to give up what it waits for.
    stop: RefCell<Option<Go>>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Where {
    Sending,
    Outbound,
    Queued,
    Running,
    Inbound,
    Lost,
    Gone,
}

/// One message to one instance, and its answer.
struct Attempt {
    request: Rc<Request>,
    deadline: Time,
    program: usize,
    path: Key,
    /// The caller's instance and process; `None` is a user.
    from: Option<(usize, u32)>,
    at: usize,
    inline: bool,
    place: Cell<Where>,
    cancelled: Cell<bool>,
    outstanding: Cell<bool>,
    /// How to stop its sending.
    sending: RefCell<Option<Go>>,
    life: RefCell<Option<Rc<Life>>>,
    /// Whether anybody waits for the answer.
    awaited: Box<dyn Fn(&Twin) -> bool>,
    then: RefCell<Option<Then>>,
}

#[derive(Clone, Copy)]
enum Message {
    Request,
    Answer,
    Cancel,
}

/// What faults do to one execution of a capability.
#[derive(Clone, Copy)]
struct Effects {
    work: f64,
    latency: f64,
    fails: Option<Cause>,
}

/// One execution of a program, or of a branch of it.
struct Run {
    request: Rc<Request>,
    deadline: Time,
    program: usize,
    path: Key,
    /// Names the keys of items where a step draws its own.
    keys: Key,
    /// The transaction of whose steps it is one.
    tx: Option<Rc<transactions::Tx>>,
    /// Its own, between two tries.
    owns: RefCell<Option<Rc<transactions::Tx>>>,
    life: Rc<Life>,
    effects: Cell<Effects>,
    degraded: Cell<bool>,
    then: RefCell<Option<Then>>,
}

#[derive(Clone, Copy)]
struct Place {
    block: usize,
    step: usize,
    round: u32,
}

/// A call through policies.
struct Call {
    request: Rc<Request>,
    site: usize,
    guard: usize,
    life: Rc<Life>,
    start: Time,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Inside,
    Waiting,
    Pausing,
    Substituting,
    Over,
}

enum Inside {
    Nothing,
    Shell(Rc<Shell>),
    Attempt(Rc<Attempt>),
}

/// One way through one layer: made anew for each try of a retry further out.
struct Shell {
    call: Rc<Call>,
    layer: usize,
    /// Names draws; anew at each timeout and retry.
    path: Key,
    /// Tries before this one, by the retry that `path` began with.
    tries: Cell<u32>,
    deadline: Time,
    memory: Cell<Memory>,
    state: Cell<State>,
    /// Nobody waits for its outcome.
    dead: Cell<bool>,
    /// Its own timeout has told the outside.
    fired: Cell<bool>,
    /// Its time was over when it could not be left.
    late: Cell<bool>,
    inside: RefCell<Inside>,
    outside: Option<Rc<Shell>>,
    then: RefCell<Option<Then>>,
}

/// One operation on a store.
struct Operate {
    request: Rc<Request>,
    life: Rc<Life>,
    store: Cell<usize>,
    operation: Operation,
    /// Data set and number of what it is about.
    item: Option<(usize, u32)>,
    /// One way to the session of another database, or the coordinator, that asks for it.
    over: Option<Span>,
    /// CPU time at the store.
    work: Span,
    service: Span,
    path: Key,
    start: Time,
    /// Its place among all that was ever begun.
    order: u64,
    connected: Cell<bool>,
    /// Which connection of its pool it has.
    connection: Cell<u32>,
    /// How often it was begun: what an outage stopped is void.
    begun: Cell<u32>,
    part: transactions::Part,
    /// Waits for a lock.
    awaits: Cell<bool>,
    /// Is the end of a transaction.
    ends: Cell<bool>,
    /// What its server does with a cache.
    served: Option<Serve>,
    /// The node of a cache that asks, if no instance does.
    node: Option<usize>,
    then: RefCell<Option<Then>>,
}

struct Routing {
    next: usize,
    outstanding: Vec<u32>,
}

/// An instance's connections to a store.
struct Pool {
    in_use: u32,
    line: Vec<Rc<Operate>>,
    opened: Option<pools::Opened>,
}

/// A layer's state in an instance, and the calls that wait for a permit of it.
struct Held {
    policy: Policy,
    line: Vec<Rc<Shell>>,
}

struct Instance {
    deployable: usize,
    number: usize,
    process: u32,
    slot: fleets::Slot,
    /// In the current window.
    done: scaling::Done,
    /// Its processor is slower until then.
    cold_until: Time,
    up: bool,
    born: Time,
    silent: bool,
    busy: u32,
    queue: Vec<Rc<Attempt>>,
    cpu: Processor<usize>,
    stamp: u64,
    routing: Vec<Routing>,
    /// By guard of the plan, by layer.
    guards: Vec<Vec<Held>>,
    pools: Vec<Pool>,
}

struct Database {
    connections: u32,
    cpu: Processor<usize>,
    stamp: u64,
    computing: Vec<Rc<Operate>>,
    serving: Vec<Rc<Operate>>,
    line: Vec<Rc<Operate>>,
    swallowed: Vec<Rc<Operate>>,
    /// Look-ups that wait for what a node of a cache reads, and how it reads.
    supplied: Vec<Rc<Operate>>,
    supplier: supplies::Supplier,
    /// Committed, and waiting for a replica.
    committing: Vec<Rc<Operate>>,
    fenced: bool,
    /// Out, and whether silently.
    out: Option<bool>,
    out_since: Time,
    /// Writes that a quorum keeps for it, and whether the first is on its way.
    hints: VecDeque<databases::Hint>,
    handing_off: bool,
}

impl Database {
    fn new(cores: Limit) -> Database {
        Database {
            connections: 0,
            cpu: Processor::new(cores, 1.0, Sharing::Shared),
            stamp: 0,
            computing: Vec::new(),
            serving: Vec::new(),
            line: Vec::new(),
            swallowed: Vec::new(),
            supplied: Vec::new(),
            supplier: supplies::Supplier::default(),
            committing: Vec::new(),
            fenced: false,
            out: None,
            out_since: Time::ZERO,
            hints: VecDeque::new(),
            handing_off: false,
        }
    }
}

pub struct Twin {
    plan: Rc<Plan>,
    now: Time,
    agenda: BTreeMap<(Time, Class, u64, u64), Go>,
    scheduled: u64,
    ready: VecDeque<Go>,
    dice: Key,
    arrivals: Stream,
    batches: Stream,
    seed: u64,
    replication: u64,
    /// The rate over the whole run.
    stretches: Vec<RateSegment>,
    expected: f64,
    /// Requests that came at random.
    came: u64,
    requests: BTreeMap<u64, Rc<Request>>,
    /// Requests of users so far, and by kind those of jobs, with the integral of their rate.
    numbered: u64,
    jobs_came: Vec<(u64, f64, Stream)>,
    asked: Vec<u64>,
    instances: Vec<Instance>,
    /// By deployable, by region.
    entry: Vec<Vec<Routing>>,
    /// By region.
    episodes: Vec<Vec<regions::Episode>>,
    /// By deployable, how many there should be.
    desired: Vec<usize>,
    draining: Vec<usize>,
    scalers: Vec<Option<scaling::Scaler>>,
    /// By deployable, what its instances last said of their loads.
    reports: Vec<Vec<u32>>,
    stores: Vec<Database>,
    machines: nodes::Machines,
    caches: Vec<caches::Copies>,
    known: discovery::Known,
    /// By the key of a crash: whom it hit last.
    victims: BTreeMap<u64, Option<usize>>,
    looking: Vec<caches::Looking>,
    clusters: Vec<databases::Group>,
    transactions: Vec<Rc<transactions::Tx>>,
    locks: Vec<transactions::Lock>,
    /// How often each item was written.
    versions: BTreeMap<(usize, u32), u64>,
    flights: BTreeMap<caches::Shared, caches::Flight>,
    /// By node, cache and item: who waits for the same read of a node.
    supplies: BTreeMap<(usize, usize, u32), supplies::Waiting>,
    afflictions: Vec<hazards::Affliction>,
    /// By crew: the ends of all its repairs.
    repairs: Vec<Vec<Time>>,
    weathers: Vec<hazards::Weather>,
    attempts: Vec<Rc<Attempt>>,
    jobs: Vec<Option<Go>>,
    seen: Seen,
}

/// Runs a plan.
pub fn run(plan: &Plan, seed: u64, replication: u64) -> Seen {
    let windows = plan.windows.len();
    let mut twin = Twin {
        now: Time::ZERO,
        agenda: BTreeMap::new(),
        scheduled: 0,
        ready: VecDeque::new(),
        dice: Key::new(seed, replication),
        arrivals: Stream::named(seed, replication, "arrivals"),
        batches: Stream::named(seed, replication, "batches"),
        seed,
        replication,
        stretches: Vec::new(),
        expected: 0.0,
        came: 0,
        requests: BTreeMap::new(),
        numbered: 0,
        jobs_came: plan
            .workload
            .jobs
            .iter()
            .map(|job| (0, 0.0, Stream::named(seed, replication, &format!("jobs.{}.arrivals", job.name))))
            .collect(),
        asked: Vec::new(),
        instances: Vec::new(),
        entry: (0..plan.deployables.len())
            .map(|d| (0..plan.zones.regions.names.len().max(1)).map(|_| Routing::new(plan, d, 0)).collect())
            .collect(),
        episodes: vec![Vec::new(); plan.zones.regions.names.len()],
        desired: plan.deployables.iter().map(|d| d.instances as usize).collect(),
        draining: Vec::new(),
        scalers: plan.deployables.iter().map(scaling::Scaler::of).collect(),
        reports: plan.deployables.iter().map(|d| vec![0; d.slots() as usize]).collect(),
        stores: plan.stores.iter().map(|store| Database::new(store.cores)).collect(),
        clusters: plan.clusters.iter().map(databases::Group::new).collect(),
        transactions: Vec::new(),
        locks: Vec::new(),
        versions: BTreeMap::new(),
        caches: caches::copies(plan, Key::new(seed, replication)),
        machines: nodes::Machines::default(),
        victims: BTreeMap::new(),
        looking: Vec::new(),
        known: discovery::known(plan, Key::new(seed, replication)),
        supplies: BTreeMap::new(),
        flights: BTreeMap::new(),
        afflictions: Vec::new(),
        repairs: vec![Vec::new(); plan.crews.len()],
        weathers: Vec::new(),
        attempts: Vec::new(),
        jobs: Vec::new(),
        seen: Seen {
            answers: Vec::new(),
            turned_away: Vec::new(),
            journeys: vec![vec![Fate::default(); windows]; plan.journeys.len()],
            homes: vec![vec![Fate::default(); windows]; plan.zones.regions.homes.len()],
            sites: vec![vec![SiteWindow::default(); windows]; plan.sites.len()],
            deployables: vec![vec![(0, 0); windows]; plan.deployables.len()],
            stores: vec![vec![(0, 0); windows]; plan.stores.len()],
            caches: vec![vec![(0, 0); windows]; plan.caches.len()],
            clusters: vec![vec![ClusterWindow::default(); windows]; plan.clusters.len()],
            sessions: if plan.workload.session.is_some() { vec![[0; 5]; windows] } else { Vec::new() },
        },
        plan: Rc::new(plan.clone()),
    };
    for (deployable, settings) in plan.deployables.iter().enumerate() {
        for number in 0..settings.slots() as usize {
            let up = number < settings.instances as usize;
            let new = Instance::new(plan, deployable, number, Time::ZERO, 0);
            twin.instances.push(Instance { up, slot: fleets::Slot::at_start(up), ..new });
        }
    }
    twin.schedule_faults();
    twin.schedule_hazards();
    twin.schedule_environments();
    (0..plan.deployables.len()).for_each(|deployable| twin.next_report(deployable));
    twin.schedule_sizes();
    twin.first_machines();
    twin.schedule_discovery();
    twin.first_arrivals();
    (0..twin.instances.len()).for_each(|at| twin.start_pools(at));
    twin.run()
}

impl Twin {
    fn run(mut self) -> Seen {
        while let Some((key, go)) = self.agenda.pop_first() {
            if key.0 > self.plan.end {
                break;
            }
            self.measure(key.0.since(self.now));
            self.now = key.0;
            go(&mut self);
            self.work_off_ready();
            self.end_idle();
            self.work_off_ready();
        }
        self.now = self.plan.end;
        // As they came.
        let mut all: Vec<Rc<Request>> = self.requests.values().cloned().collect();
        all.sort_by_key(|request| request.start);
        for request in all {
            if !request.settled.get() {
                self.count_request(&request, Outcome::Failed(Cause::Unfinished));
            }
        }
        self.seen
    }

    fn work_off_ready(&mut self) {
        while let Some(go) = self.ready.pop_front() {
            go(self);
        }
    }

    fn at(&mut self, at: Time, class: Class, rank: u64, go: impl FnOnce(&mut Twin) + 'static) {
        self.scheduled += 1;
        self.agenda.insert((at, class, rank, self.scheduled), Box::new(go));
    }

    fn soon(&mut self, go: impl FnOnce(&mut Twin) + 'static) {
        self.ready.push_back(Box::new(go));
    }

    /// Processors of instances come first, by number, then those of stores, then requests, by number.
    fn rank(&self, request: u64) -> u64 {
        1 + (self.instances.len() + self.stores.len()) as u64 + request
    }

    fn lives(&self, life: &Life) -> bool {
        !life.over.get() && self.instances[life.instance].process == life.process
    }

    fn new_life(&self, instance: usize) -> Rc<Life> {
        let process = self.instances[instance].process;
        Rc::new(Life { instance, process, over: Cell::new(false), stop: RefCell::new(None) })
    }

    fn cancel_life(&mut self, life: &Life) {
        if !life.over.replace(true)
            && let Some(stop) = life.stop.take()
        {
            stop(self);
        }
    }
}

fn stop_with(life: &Life, stop: impl FnOnce(&mut Twin) + 'static) {
    *life.stop.borrow_mut() = Some(Box::new(stop));
}

/// What is done among others takes longer, and a wait longer still.
fn crowded(crowding: Crowding, span: Span, under_way: u32, is_wait: bool) -> Span {
    // A branch that nobody waits for may have outlived the thread that it began on.
    let (all, others) = (f64::from(under_way), (f64::from(under_way) - 1.0).max(0.0));
    let span = times(span, 1.0 + (crowding.contention + crowding.coherency * all) * others);
    if is_wait { span + crowding.adds.scaled(others) } else { span }
}

/// Nothing of a span is lost where no fault changes it.
fn times(span: Span, factor: f64) -> Span {
    if factor.to_bits() == 1.0_f64.to_bits() { span } else { span.scaled(factor) }
}
