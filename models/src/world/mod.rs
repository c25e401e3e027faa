//! The world: one arm of a scenario, run once. A pure function of (plan, seed, replication).
//!
//! What a call lives through, in the order of its files:
//!
//! | file | what happens there |
//! |---|---|
//! | [`arrivals`](self) | users come, lose patience, get their answers |
//! | `session` | users think, ask for more, and leave |
//! | `evacuation` | users are sent to another region, and back |
//! | `retrial` | users who were turned away ask again |
//! | `timetable` | when an open workload's requests come |
//! | `scaling` | autoscalers: what they measure, when they know it, what they wish |
//! | `membership` | instances come and go: whom balancers may choose |
//! | `nodes` | machines behind instances: who has room, who waits, how many there are |
//! | `discovery` | who is known to whom, and since when |
//! | `balancer` | an instance is chosen for an attempt |
//! | `network` | an attempt is sent, reaches an instance, is answered, is cancelled |
//! | `instance` | accept queue, threads, processor |
//! | `crash` | what dies with a process, and its restart |
//! | `program` | the interpreter: work, latency, calls, parallel branches, stores |
//! | `onion` | calls walk in and out through their policies, and try again |
//! | `permit` | calls wait for a permit of a bulkhead |
//! | `substitute` | another answer in place of a failed one |
//! | `timeout` | whoever is outside goes on, what is inside lives on |
//! | `abandon` | nobody waits any more: work becomes wasted, or is cancelled |
//! | `pool` | connections that instances keep to stores |
//! | `cluster` | databases of several nodes: replicas, shards, fail-over |
//! | `quorum` | coordinators that wait for enough copies |
//! | `link` | sessions that wait for another database |
//! | `store` | operations on stores, their servers |
//! | `store_cpu` | the CPU that operations take |
//! | `store_outage` | stores that do not serve, and what becomes of what they had |
//! | `lock` | rows and tables that one has and others wait for; versions |
//! | `transaction` | operations that hold together |
//! | `cache` | look-ups, what is read after a miss, who waits for whom, fills |
//! | `faults`, `hazard` | what goes wrong, when the plan says or at random, and when it ends |
//! | `environment` | surroundings that change, and the processors' speed with them |
//! | `counts`, `level`, `flow`, `watch` | what is counted |
//! | `ready` | what can go on at once |
//! | `leftover` | what has not ended when the run does, and who holds it |
//!
//! One rule keeps recursion away: whatever makes a frame or a waiting call go on (or fail) puts it on the *ready*
//! list, and the list is worked off in order before the next event. Nothing of an event is left over for later.
//!
//! Ties: at one instant edges of windows come first, then beginnings and ends of faults in the plan's order (what
//! starts at `from` starts within, what starts at `until` does not), then those of hazards and the changes of
//! surroundings in the order in which they were drawn. Then events go by class (completions, then
//! timers and ticks, then arrivals), within a class processors by instance number, then the rest by request number.

mod abandon;
mod arrivals;
mod balancer;
mod cache;
mod cluster;
mod counts;
mod crash;
mod discovery;
mod entity;
mod environment;
mod evacuation;
mod event;
mod faults;
mod flow;
mod hazard;
mod instance;
mod layout;
mod leftover;
mod level;
mod link;
mod lock;
mod membership;
mod network;
mod nodes;
mod observe;
mod onion;
mod permit;
mod phase;
mod pool;
mod program;
mod quorum;
mod ready;
mod retrial;
mod scaling;
mod session;
mod store;
mod store_cpu;
mod store_outage;
mod substitute;
mod timeout;
mod timetable;
mod transaction;
mod watch;

pub use observe::{Note, Observer};

use archsim_sim::{Agenda, Arena, Class, Fingerprint, Id, Key, Span, Time, mutant};

use crate::plan::Plan;
use crate::record::{Record, Stopped};

use balancer::Routing;
use cache::Caches;
use cluster::ClusterState;
use counts::{Counts, Figures};
use discovery::Discoveries;
use entity::{Attempt, Frame, Passage, Request, StoreCall};
use environment::Weather;
use evacuation::Evacuations;
use event::Event;
use faults::{CapabilityEffects, NetworkFaults};
use hazard::{Hazards, Trouble};
use instance::Instance;
use layout::Layout;
use lock::{Locks, Versions};
use membership::Membership;
use nodes::Nodes;
use ready::{Ready, ReadyList};
use session::Session;
use store::StoreStation;
use timetable::Timetable;
use transaction::{Lists, Transaction};

/// Runs one arm once.
///
/// `replication` chooses the dice together with `seed`: arms that are run with the same two meet the same users,
/// the same work and the same coins.
pub fn simulate(plan: &Plan, seed: u64, replication: u64) -> Record {
    simulate_observed(plan, seed, replication, &mut ())
}

/// Like [`simulate`], and tells `observer` what happens. The record is the same, to the bit.
pub fn simulate_observed<O: Observer>(plan: &Plan, seed: u64, replication: u64, observer: &mut O) -> Record {
    World::new(plan, seed, replication, observer).run()
}

/// Rank of what comes before every request at the same instant.
const FIRST: u64 = 0;

/// A run under way.
struct World<'a, O: Observer> {
    plan: &'a Plan,
    layout: Layout,
    observer: &'a mut O,
    agenda: Agenda<Event>,
    /// All draws inside requests come from here.
    dice: Key,
    arrivals: Timetable,
    /// By kind of job.
    jobs: Vec<Timetable>,
    requests: Arena<Request>,
    /// Users who have come and not left.
    sessions: Arena<Session>,
    attempts: Arena<Attempt>,
    frames: Arena<Frame>,
    passages: Arena<Passage>,
    store_calls: Arena<StoreCall>,
    transactions: Arena<Transaction>,
    locks: Locks,
    versions: Versions,
    /// Lists of transactions that are over, for those that come.
    spare: Vec<Lists>,
    /// All instances of all deployables; a deployable's lie together.
    instances: Vec<Instance>,
    membership: Membership,
    nodes: Nodes,
    discoveries: Discoveries,
    evacuations: Evacuations,
    /// The users' balancers, by deployable, then by region.
    entry_routing: Vec<Routing>,
    /// By deployable: the loads that its instances last reported.
    reports: Vec<Vec<u32>>,
    stores: Vec<StoreStation>,
    caches: Caches,
    clusters: Vec<ClusterState>,
    effects: Vec<CapabilityEffects>,
    network: NetworkFaults,
    /// All that can go wrong: faults of the plan, then parts of hazards.
    troubles: Vec<Trouble<'a>>,
    hazards: Hazards,
    weathers: Vec<Weather>,
    /// By deployable: instances that are up.
    up: Vec<u32>,
    ready: ReadyList,
    /// Attempts and operations on stores that were ever begun.
    begun: u64,
    /// Instances whose levels may have changed in this event.
    touched: Vec<u32>,
    counts: Counts,
    fingerprint: Fingerprint,
    events: u64,
    backwards: u64,
    in_flight_max: u32,
    /// Requests whose users wait to ask again.
    in_orbit: u32,
    /// Requests of sessions after the first of each.
    asked_on: u64,
    stopped: Option<Stopped>,
}

impl<'a, O: Observer> World<'a, O> {
    fn new(plan: &'a Plan, seed: u64, replication: u64, observer: &'a mut O) -> Self {
        let mut agenda = Agenda::new();
        let layout = Layout::new(plan, &mut agenda);
        let instances = layout.instances(plan, Key::new(seed, replication));
        let mut world = World {
            dice: Key::new(seed, replication),
            arrivals: Timetable::new(plan, seed, replication),
            jobs: Timetable::of_jobs(plan, seed, replication),
            requests: Arena::new(),
            sessions: Arena::new(),
            attempts: Arena::new(),
            frames: Arena::new(),
            passages: Arena::new(),
            store_calls: Arena::new(),
            transactions: Arena::new(),
            locks: Locks::default(),
            versions: Versions::default(),
            spare: Vec::new(),
            entry_routing: plan
                .deployables
                .iter()
                .flat_map(|it| (0..plan.zones.regions.names.len().max(1)).map(|_| Routing::new(it, 0)))
                .collect(),
            evacuations: Evacuations::new(plan),
            reports: plan.deployables.iter().map(|d| vec![0; d.slots() as usize]).collect(),
            membership: Membership::new(plan),
            nodes: Nodes::new(plan, &layout.first_instance),
            discoveries: Discoveries::new(plan, Key::new(seed, replication)),
            stores: (0..plan.stores.len()).map(|store| StoreStation::new(plan, store)).collect(),
            caches: Caches::new(plan, &instances, Key::new(seed, replication)),
            clusters: plan.clusters.iter().map(|it| ClusterState::new(it.nodes.len())).collect(),
            effects: vec![CapabilityEffects::default(); plan.capabilities.len()],
            network: NetworkFaults::default(),
            troubles: hazard::troubles(plan, &layout.first_instance),
            hazards: Hazards::new(plan, Key::new(seed, replication)),
            weathers: environment::weathers(plan, &layout.first_instance, Key::new(seed, replication)),
            up: plan.deployables.iter().map(|deployable| deployable.instances).collect(),
            ready: ReadyList::default(),
            begun: 0,
            touched: Vec::new(),
            counts: Counts::new(plan),
            fingerprint: Fingerprint::new(),
            events: 0,
            backwards: 0,
            in_flight_max: 0,
            in_orbit: 0,
            asked_on: 0,
            stopped: None,
            plan,
            layout,
            observer,
            agenda,
            instances,
        };
        world.schedule_timeline();
        world.schedule_reports();
        world.schedule_sizes();
        world.schedule_scans();
        world.schedule_discovery();
        world.schedule_first_arrivals();
        (0..world.instances.len() as u32).for_each(|instance| world.start_pools(instance));
        world
    }

    /// Puts the edges of windows and faults on the agenda.
    fn schedule_timeline(&mut self) {
        for edge in self.counts.edges() {
            self.agenda.schedule(edge, Class::Completion, FIRST, Event::Boundary);
        }
        for (index, fault) in self.plan.faults.iter().enumerate() {
            let fault_index = index as u32;
            let (begins, ends) =
                (Event::FaultBegins { fault: fault_index }, Event::FaultEnds { fault: fault_index });
            self.agenda.schedule(fault.from, Class::Completion, FIRST, begins);
            let late = if mutant!("fault-ends-late") { self.plan.bucket } else { Span::ZERO };
            self.agenda.schedule(fault.until + late, Class::Completion, FIRST, ends);
        }
        self.schedule_hazards();
        self.schedule_environments();
    }

    fn run(mut self) -> Record {
        let mut before = self.now();
        while let Some(event) = self.agenda.pop_by(self.plan.end) {
            self.events += 1;
            self.backwards += u64::from(self.now() < before);
            before = self.now();
            self.fingerprint.push(self.agenda.now().as_nanos());
            self.fingerprint.push(event.bits());
            self.handle(event);
            self.work_off_ready();
            if self.membership.any_drains() {
                self.end_idle();
                self.work_off_ready();
            }
            self.settle_levels();
            if self.under_way() > self.in_flight_max && self.exceeds_in_flight() {
                break;
            }
        }
        self.finish()
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrive => self.arrive(),
            Event::Scheduled { index } => self.arrive_scheduled(index),
            Event::Job { kind } => self.job_arrives(kind),
            Event::Ask { user } => self.ask(user),
            Event::Next(session) => self.session_asks(session),
            Event::Retrial(request) => self.ask_again(request),
            Event::Patience(request) => self.lose_patience(request),
            Event::LineTooLong(attempt) => self.lose_patience_in_line(attempt),
            Event::Reach(attempt) => self.reach(attempt),
            Event::Answer(attempt) => self.answered(attempt),
            Event::Cancel(attempt) => self.cancel_attempt(attempt),
            Event::Cpu { instance, stamp } => self.cpu_due(instance, stamp),
            Event::Waited(frame) => self.ready.push_back(Ready::Frame(frame)),
            Event::Timeout(passage) => self.timed_out(passage),
            Event::Backoff(passage) => self.backed_off(passage),
            Event::PermitWait(passage) => self.permit_wait_over(passage),
            Event::Substitute(passage) => self.substitute_ready(passage),
            Event::ConnectionWait(call) => self.connection_wait_over(call),
            Event::StoreReach(call) => self.store_reached(call),
            Event::StoreCpu { store, stamp } => self.store_cpu_due(store as usize, stamp),
            Event::Speculate(call) => self.speculate(call),
            Event::LockWait(call) => self.lock_wait_over(call),
            Event::StoreDone(call) => self.store_done(call),
            Event::StoreAnswer(call) => self.store_answered(call),
            Event::FailOver { cluster, turn } => self.fail_over(cluster, turn),
            Event::PoolOpened(of) => self.pool_opened(of),
            Event::PoolRested(of) => self.pool_rested(of),
            Event::Housekeeper(of) => self.housekeep(of),
            Event::FaultBegins { fault } => self.trouble_begins(fault),
            Event::FaultEnds { fault } => self.trouble_ends(fault),
            Event::Fails { part } => self.part_fails(part),
            Event::Mended { part } => self.part_mended(part),
            Event::Strikes { hazard } => self.strikes(hazard),
            Event::Turns { weather } => self.weather_turns(weather),
            Event::LookUpLate(call) => self.look_up_late(call),
            Event::AskAgain(call) => self.look_up_again(call),
            Event::LatchOver(latch) => self.latch_over(latch),
            Event::WarmsCopy { of, turn } => self.warms_copy(of, turn),
            Event::Boundary => self.counts.boundary(self.agenda.now()),
            Event::Report { deployable } => self.report_loads(deployable),
            Event::Evicts => self.evict(),
            Event::Probes { deployable } => self.probe(deployable),
            Event::Heartbeat { instance, incarnation } => self.first_heartbeat(instance, incarnation),
            Event::Resize { deployable, entry } => self.resize_as_planned(deployable, entry),
            Event::Booted { instance, turn } => self.booted(instance, turn),
            Event::Missed { instance, turn } => self.missed(instance, turn),
            Event::DrainOver { instance, turn } => self.drain_over(instance, turn),
            Event::Samples { deployable } => self.sample(deployable as usize),
            Event::Looks { deployable } => self.look(deployable as usize),
            Event::Scans { pool } => self.scan(pool as usize),
            Event::NodeReady { node, pool, turn } => self.node_ready(pool as usize, node, turn),
            Event::Saves { region } => self.saves(region),
            Event::Warm { instance, incarnation } => self.warm(instance, incarnation),
        }
    }

    fn work_off_ready(&mut self) {
        while let Some(ready) = self.ready.pop_front() {
            match ready {
                Ready::Frame(frame) => self.advance(frame),
                Ready::Passage(passage) => self.go_on(passage),
                Ready::Connection(call) => self.connect(call, 0),
                Ready::Lock(call) => self.store_reached(call),
            }
        }
    }

    /// Attempts, and those that are to be made again by their users.
    fn under_way(&self) -> u32 {
        self.attempts.len() as u32 + self.in_orbit
    }

    /// Keeps the largest number of attempts under way; true if it is over the limit, which ends the run.
    fn exceeds_in_flight(&mut self) -> bool {
        self.in_flight_max = self.under_way();
        if self.in_flight_max <= self.plan.in_flight {
            return false;
        }
        self.stopped = Some(Stopped { at_nanos: self.now().as_nanos(), in_flight: self.plan.in_flight });
        true
    }

    /// What is still under way has failed; the counts become the record.
    fn finish(mut self) -> Record {
        let end = if self.stopped.is_some() { self.now() } else { self.plan.end };
        let leftover = self.leftover();
        self.count_messages_under_way();
        let unfinished: Vec<Id<Request>> = self.requests.iter().map(|(id, _)| id).collect();
        for request in unfinished {
            self.request_unfinished(request);
        }
        self.counts.finish(end);
        let figures = Figures {
            fingerprint: self.fingerprint.value(),
            events: self.events,
            backwards: self.backwards,
            quiet: self.agenda.peek().is_none(),
            requests: self.arrivals.number
                + self.asked_on
                + self.jobs.iter().map(|kind| kind.number).sum::<u64>(),
            in_flight_max: self.in_flight_max,
            stopped: self.stopped,
            leftover,
        };
        self.counts.into_record(end, figures)
    }

    /// The place of what begins now among all that was ever begun: it orders what one event hits at once.
    const fn next_order(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    fn now(&self) -> Time {
        self.agenda.now()
    }
}
