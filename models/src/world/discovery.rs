//! Who is known to whom: what callers believe of the instances that are there, which may be old.
//!
//! The truth changes in [`membership`](super) and with crashes and restarts; here it becomes known. A registry's
//! history is kept as long as somebody's copy can be that old, and what a caller knows is looked up by the ticks of
//! its own clocks, so that clients cost no events.

use std::collections::VecDeque;

use archsim_sim::{Class, Key, Span, Stream, Time};

use super::event::Event;
use super::observe::Observer;
use super::{FIRST, World};
use crate::discovery::eureka::{EurekaSettings, Phases, Registry};
use crate::discovery::health::Health;
use crate::plan::{Discovery, Effect, Plan, ZoneId};

const DISCOVERY: u64 = Key::of_name("discovery");
const HEARTBEAT: u64 = Key::of_name("heartbeat");
const FETCH: u64 = Key::of_name("fetch");
const LIST: u64 = Key::of_name("list");
const EVICT: u64 = Key::of_name("evict");
const USERS: u64 = Key::of_name("users");

/// What is known from an instant on.
struct Known {
    since: Time,
    /// Numbers of instances, in ascending order.
    all: Vec<u32>,
    by_zone: Vec<Vec<u32>>,
    by_region: Vec<Vec<u32>>,
}

/// What is and was known of a deployable's instances; the last is the newest.
struct View {
    known: VecDeque<Known>,
    health: Vec<Health>,
}

/// All that is known in a world.
pub(super) struct Discoveries {
    /// By deployable; nothing where everybody knows all members wherever they are.
    views: Vec<Option<View>>,
    registry: Registry,
    /// By instance: its place in the registry.
    clients: Vec<Option<usize>>,
    /// By instance, then by deployable for its users.
    phases: Vec<Phases>,
    evictions: Stream,
}

impl Known {
    fn new(plan: &Plan, deployable: usize, since: Time, all: Vec<u32>) -> Self {
        let mut by_zone = vec![Vec::new(); plan.zones.names.len()];
        let mut by_region = vec![Vec::new(); plan.zones.regions.names.len()];
        for &number in &all {
            if let Some(zone) = plan.deployables[deployable].zone_of(number) {
                by_zone[zone.at()].push(number);
                if let Some(region) = plan.zones.region(zone) {
                    by_region[region.at()].push(number);
                }
            }
        }
        Known { since, all, by_zone, by_region }
    }
}

impl Discoveries {
    pub(super) fn new(plan: &Plan, dice: Key) -> Self {
        let dice = dice.with(DISCOVERY);
        let drains = plan.effects().any(|effect| matches!(effect, Effect::Drain { .. }));
        let view = |(at, it): (usize, &crate::plan::Deployable)| {
            let finding = it.finding;
            (drains || finding.own_zone || finding.discovery != Discovery::None).then(|| View {
                known: VecDeque::from([Known::new(plan, at, Time::ZERO, (0..it.instances).collect())]),
                health: (0..it.slots()).map(|number| Health::new(number < it.instances)).collect(),
            })
        };
        let (mut clients, mut beats, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for deployable in &plan.deployables {
            for number in 0..deployable.slots() {
                let registers = deployable.finding.discovery == Discovery::Eureka;
                clients.push(registers.then_some(beats.len()));
                if registers {
                    if number >= deployable.instances {
                        absent.push(beats.len());
                    }
                    beats.push(phase(dice.with(HEARTBEAT).with(clients.len() as u64), plan.eureka.heartbeat));
                }
            }
        }
        let mut registry = Registry::new(plan.eureka, &beats);
        for client in absent {
            registry.leaves(client, Time::ZERO);
        }
        let instances = (0..clients.len() as u64).map(|at| dice.with(at));
        let users = (0..plan.deployables.len() as u64).map(|at| dice.with(USERS).with(at));
        Discoveries {
            views: plan.deployables.iter().enumerate().map(view).collect(),
            registry,
            phases: instances.chain(users).map(|key| phases(key, &plan.eureka)).collect(),
            clients,
            evictions: Stream::keyed(dice.with(EVICT)),
        }
    }
}

/// A first tick somewhere within a clock's period.
fn phase(key: Key, every: Span) -> Span {
    every.scaled(Stream::keyed(key).unit())
}

fn phases(key: Key, settings: &EurekaSettings) -> Phases {
    Phases { fetch: phase(key.with(FETCH), settings.fetch), list: phase(key.with(LIST), settings.list) }
}

impl<O: Observer> World<'_, O> {
    /// The instances of a deployable, by number in ascending order, that a caller may choose from. A caller who knows
    /// of nobody tries all that should be there.
    pub(super) fn members(&self, deployable: usize, from: Option<u32>, zone: Option<ZoneId>) -> &[u32] {
        let region = self.layout.own_region(self.plan, deployable, zone);
        let all = self.membership.of_region(deployable, region);
        let Some(view) = &self.discoveries.views[deployable] else { return all };
        let finding = self.plan.deployables[deployable].finding;
        let cut = match finding.discovery {
            Discovery::Eureka => self.known_as_of(view, deployable, from),
            _ => Time::NEVER,
        };
        let Some(known) = view.known.iter().rev().find(|known| known.since <= cut).or(view.known.front())
        else {
            return all;
        };
        let near = zone.filter(|_| finding.own_zone).and_then(|zone| known.by_zone.get(zone.at()));
        let here = region.map_or(&known.all, |region| &known.by_region[region.at()]);
        let known = near.filter(|near| !near.is_empty()).unwrap_or(here);
        if known.is_empty() { all } else { known }
    }

    /// The instant of which a client's list is the registry's copy.
    fn known_as_of(&self, view: &View, deployable: usize, from: Option<u32>) -> Time {
        let (now, settings) = (self.now(), &self.plan.eureka);
        if view.known.back().is_some_and(|newest| newest.since + settings.delay() <= now) {
            return now;
        }
        let (client, born) = match from {
            Some(caller) => (caller as usize, self.instances[caller as usize].born),
            None => (self.instances.len() + deployable, Time::ZERO),
        };
        settings.known(now, born, self.discoveries.phases[client])
    }

    /// The clocks of registry and load balancers.
    pub(super) fn schedule_discovery(&mut self) {
        if self.discoveries.clients.iter().any(Option::is_some) {
            self.schedule_eviction();
        }
        for deployable in 0..self.plan.deployables.len() as u32 {
            self.schedule_probe(deployable);
        }
    }

    fn schedule_eviction(&mut self) {
        let at = self.now() + self.plan.eureka.eviction;
        self.agenda.schedule(at, Class::Timer, FIRST, Event::Evicts);
    }

    /// The registry takes out whose lease is over.
    pub(super) fn evict(&mut self) {
        let now = self.now();
        let Discoveries { registry, evictions, .. } = &mut self.discoveries;
        let gone = registry.evict(now, evictions);
        if !gone.is_empty() {
            (0..self.plan.deployables.len()).for_each(|deployable| self.review(deployable));
        }
        self.schedule_eviction();
    }

    fn schedule_probe(&mut self, deployable: u32) {
        if let Discovery::Health(settings) = self.plan.deployables[deployable as usize].finding.discovery {
            let at = self.now() + settings.every;
            self.agenda.schedule(at, Class::Timer, FIRST, Event::Probes { deployable });
        }
    }

    /// The load balancer asks all instances of a deployable.
    pub(super) fn probe(&mut self, deployable: u32) {
        let at = deployable as usize;
        let first = self.layout.first_instance[at] as usize;
        if let (Discovery::Health(settings), Some(view)) =
            (self.plan.deployables[at].finding.discovery, &mut self.discoveries.views[at])
        {
            for (health, instance) in view.health.iter_mut().zip(&self.instances[first..]) {
                health.probed(&settings, instance.up);
            }
        }
        self.review(at);
        self.schedule_probe(deployable);
    }

    /// The first heartbeat of a process.
    pub(super) fn first_heartbeat(&mut self, index: u32, incarnation: u32) {
        let instance = &self.instances[index as usize];
        let (now, deployable) = (self.now(), instance.deployable);
        if !instance.up || instance.incarnation != incarnation {
            return;
        }
        if let Some(client) = self.discoveries.clients[index as usize]
            && self.discoveries.registry.beats(client, now)
        {
            self.review(deployable);
        }
    }

    /// A process is gone, in order or not.
    pub(super) fn lost_sight_of(&mut self, index: u32) {
        let (now, deployable) = (self.now(), self.instances[index as usize].deployable);
        if let Some(client) = self.discoveries.clients[index as usize] {
            self.discoveries.registry.died(client, now);
        }
        self.review(deployable);
    }

    /// A process is there.
    pub(super) fn came_up(&mut self, index: u32) {
        let now = self.now();
        let Some(instance) = self.instances.get(index as usize) else { return };
        let (deployable, incarnation) = (instance.deployable, instance.incarnation);
        if let Some(client) = self.discoveries.clients[index as usize] {
            let first = self.discoveries.registry.lives(client, now);
            let event = Event::Heartbeat { instance: index, incarnation };
            self.agenda.schedule(first, Class::Timer, FIRST, event);
        }
        self.review(deployable);
    }

    /// An instance says that it goes.
    pub(super) fn signs_off(&mut self, index: u32) {
        let now = self.now();
        if let Some(client) = self.discoveries.clients[index as usize] {
            self.discoveries.registry.leaves(client, now);
        }
    }

    /// What is known of a deployable may have changed.
    pub(super) fn review(&mut self, deployable: usize) {
        if self.discoveries.views[deployable].is_none() {
            return;
        }
        let (now, first) = (self.now(), self.layout.first_instance[deployable]);
        let members = self.membership.of(deployable);
        let Discoveries { views, registry, clients, .. } = &mut self.discoveries;
        let Some(view) = &mut views[deployable] else { return };
        let settings = &self.plan.deployables[deployable];
        let mut all: Vec<u32> = match settings.finding.discovery {
            Discovery::None => members.to_vec(),
            Discovery::AtOnce => {
                let up = |number: &u32| self.instances[(first + number) as usize].up;
                members.iter().copied().filter(up).collect()
            }
            Discovery::Health(_) => {
                let healthy = |number: &u32| view.health[*number as usize].is_healthy();
                members.iter().copied().filter(healthy).collect()
            }
            Discovery::Eureka => {
                let listed =
                    |number: &u32| clients[(first + number) as usize].is_some_and(|it| registry.knows(it));
                (0..settings.slots()).filter(listed).collect()
            }
        };
        let open =
            |number: &u32| settings.zone_of(*number).is_none_or(|zone| !self.evacuations.is_drained(zone));
        if all.iter().any(open) {
            all.retain(open);
        }
        if view.known.back().is_some_and(|newest| newest.all == all) {
            return;
        }
        if view.known.back().is_some_and(|newest| newest.since == now) {
            view.known.pop_back();
        }
        view.known.push_back(Known::new(self.plan, deployable, now, all));
        // Nobody's copy is older than what the second oldest replaced, once that is old enough.
        let old = |known: &Known| known.since + self.plan.eureka.delay() <= now;
        while view.known.len() > 1 && old(&view.known[1]) {
            view.known.pop_front();
        }
    }
}
