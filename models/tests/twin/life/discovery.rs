//! Who is known to whom: every caller's copies are looked for in the registry's history, tick by tick.

use super::*;
use archsim_models::discovery::eureka::Registry;
use archsim_models::discovery::health::Health;
use archsim_models::placement::{ketama, mixed};

pub(super) struct Known {
    registry: Registry,
    /// By instance: its place in the registry.
    clients: Vec<Option<usize>>,
    /// By deployable: which numbers the registry listed from when on.
    history: Vec<Vec<(Time, Vec<usize>)>>,
    /// By deployable, by slot.
    health: Vec<Vec<Health>>,
}

fn dice(twin: &Twin) -> Key {
    twin.dice.with(Key::of_name("discovery"))
}

/// Where in its period a clock ticks first.
fn first_tick(key: Key, every: Span) -> Time {
    Time::ZERO + every.scaled(Stream::keyed(key).unit())
}

/// The last tick until then, or the start of all.
fn ticked(first: Time, every: Span, until: Time) -> Time {
    if every.is_zero() {
        return until;
    }
    let (mut last, mut next) = (Time::ZERO, first);
    while next <= until {
        (last, next) = (next, next + every);
    }
    last
}

pub(super) fn known(plan: &Plan, dice: Key) -> Known {
    let dice = dice.with(Key::of_name("discovery"));
    let (mut clients, mut beats, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    let mut health = Vec::new();
    for deployable in &plan.deployables {
        let slots = 0..deployable.slots();
        health.push(slots.clone().map(|number| Health::new(number < deployable.instances)).collect());
        for number in slots {
            if deployable.finding.discovery != Discovery::Eureka {
                clients.push(None);
                continue;
            }
            clients.push(Some(beats.len()));
            if number >= deployable.instances {
                absent.push(beats.len());
            }
            let key = dice.with(Key::of_name("heartbeat")).with(clients.len() as u64);
            beats.push(first_tick(key, plan.eureka.heartbeat).since(Time::ZERO));
        }
    }
    let mut registry = Registry::new(plan.eureka, &beats);
    for client in absent {
        registry.leaves(client, Time::ZERO);
    }
    let at_start = |it: &Deployable| vec![(Time::ZERO, (0..it.instances as usize).collect())];
    Known { registry, clients, health, history: plan.deployables.iter().map(at_start).collect() }
}

impl Twin {
    pub(super) fn schedule_discovery(&mut self) {
        if self.known.clients.iter().any(Option::is_some) {
            let coins = Stream::keyed(dice(self).with(Key::of_name("evict")));
            self.next_eviction(coins);
        }
        (0..self.plan.deployables.len()).for_each(|deployable| self.next_probe(deployable));
    }

    fn next_eviction(&mut self, mut coins: Stream) {
        self.at(self.now + self.plan.eureka.eviction, Class::Timer, 0, move |twin| {
            twin.known.registry.evict(twin.now, &mut coins);
            twin.write_history();
            twin.next_eviction(coins);
        });
    }

    fn next_probe(&mut self, deployable: usize) {
        let Discovery::Health(settings) = self.plan.deployables[deployable].finding.discovery else { return };
        self.at(self.now + settings.every, Class::Timer, 0, move |twin| {
            for at in twin.slots_of(deployable) {
                let Instance { number, up, .. } = twin.instances[at];
                twin.known.health[deployable][number].probed(&settings, up);
            }
            twin.next_probe(deployable);
        });
    }

    pub(super) fn write_history(&mut self) {
        for deployable in 0..self.plan.deployables.len() {
            let mut listed = self.slots_of(deployable);
            listed
                .retain(|&at| self.known.clients[at].is_some_and(|client| self.known.registry.knows(client)));
            let open =
                self.undrained(deployable, listed.iter().map(|&at| self.instances[at].number).collect());
            let numbers: Vec<usize> = open;
            self.known.history[deployable].push((self.now, numbers));
        }
    }

    pub(super) fn has_died(&mut self, at: usize) {
        if let Some(client) = self.known.clients[at] {
            self.known.registry.died(client, self.now);
        }
    }

    pub(super) fn signs_off(&mut self, at: usize) {
        if let Some(client) = self.known.clients[at] {
            self.known.registry.leaves(client, self.now);
            self.write_history();
        }
    }

    pub(super) fn has_come(&mut self, at: usize) {
        let Some(client) = self.known.clients[at] else { return };
        let (first, process) = (self.known.registry.lives(client, self.now), self.instances[at].process);
        self.at(first, Class::Timer, 0, move |twin| {
            let instance = &twin.instances[at];
            if instance.up && instance.process == process {
                twin.known.registry.beats(client, twin.now);
                twin.write_history();
            }
        });
    }

    /// Numbers of the instances that a caller chooses from.
    pub(super) fn acquainted(&self, to: usize, from: Option<usize>, zone: Option<ZoneId>) -> Vec<usize> {
        let (members, first) = (self.members(to), self.first_instance(to));
        let finding = self.plan.deployables[to].finding;
        let known: Vec<usize> = match finding.discovery {
            Discovery::None => members.clone(),
            Discovery::AtOnce => {
                members.iter().copied().filter(|number| self.instances[first + number].up).collect()
            }
            Discovery::Health(_) => {
                let healthy = |number: &usize| self.known.health[to][*number].is_healthy();
                members.iter().copied().filter(healthy).collect()
            }
            Discovery::Eureka => self.listed(to, from),
        };
        let known = match finding.discovery {
            Discovery::Eureka => known,
            _ => self.undrained(to, known),
        };
        let near = |number: &usize| zone.is_some() && self.zone_of(first + number) == zone;
        let nearby: Vec<usize> = known.iter().copied().filter(near).collect();
        if finding.own_zone && !nearby.is_empty() {
            return nearby;
        }
        let own = self.own_region(to, zone);
        let here = |number: &usize| {
            own.is_none_or(|own| self.zone_of(first + number).and_then(|it| self.region_of(it)) == Some(own))
        };
        let known: Vec<usize> = known.into_iter().filter(here).collect();
        if known.is_empty() { members.into_iter().filter(here).collect() } else { known }
    }

    /// Without those in zones that are drained, if any others are left.
    fn undrained(&self, deployable: usize, numbers: Vec<usize>) -> Vec<usize> {
        let first = self.first_instance(deployable);
        let open =
            |number: &usize| self.zone_of(first + number).is_none_or(|zone| !self.is_drained(zone.at()));
        if numbers.iter().any(open) { numbers.into_iter().filter(open).collect() } else { numbers }
    }

    fn listed(&self, to: usize, from: Option<usize>) -> Vec<usize> {
        let settings = &self.plan.eureka;
        let (key, born) = match from {
            Some(from) => (dice(self).with(from as u64), self.instances[from].born),
            None => (dice(self).with(Key::of_name("users")).with(to as u64), Time::ZERO),
        };
        let first = |purpose: &str, every| first_tick(key.with(Key::of_name(purpose)), every);
        let listed = ticked(first("list", settings.list), settings.list, self.now).max(born);
        let fetched = ticked(first("fetch", settings.fetch), settings.fetch, listed).max(born);
        let cached = ticked(Time::ZERO, settings.cache, fetched);
        let history = self.known.history[to].iter().rev();
        history
            .clone()
            .find(|(since, _)| *since <= cached)
            .map(|(_, listed)| listed.clone())
            .expect("the start")
    }

    /// The first item of a data set that a request asks for.
    fn item_of(&self, data: DataId, request: u64) -> u32 {
        let set = &self.plan.data[data.at()];
        let key = self.whose_item(data, request, 1);
        self.item_asked(set, request, (1, 1), &mut Stream::keyed(key))
    }

    pub(super) fn owner(&self, to: usize, rule: ByKey, known: &[usize], request: u64) -> usize {
        let hash = mixed(self.item_of(rule.data, request));
        let settings = &self.plan.deployables[to];
        let name = |number: u32| format!("{}-{number}", settings.name);
        let ring = |count: u32| {
            let names: Vec<String> = (0..count).map(name).collect();
            ketama::Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        match (rule.hashing, rule.rehash) {
            (Hashing::Modulo, false) => hash as usize % settings.instances as usize,
            (Hashing::Modulo, true) if known.is_empty() => hash as usize % settings.instances as usize,
            (Hashing::Modulo, true) => known[hash as usize % known.len()],
            (Hashing::Ketama, false) => ring(settings.instances).owner(hash) as usize,
            (Hashing::Ketama, true) => {
                let lives = |number: u32| known.contains(&(number as usize));
                ring(settings.slots()).owner_among(hash, lives).unwrap_or(0) as usize
            }
        }
    }

    /// Whether what a request needs has been rebuilt.
    pub(super) fn holds_state(&self, at: usize, request: u64) -> bool {
        let Instance { deployable, born, .. } = self.instances[at];
        let Some(LocalState { data, rebuild, gradual }) = self.plan.deployables[deployable].state else {
            return true;
        };
        let place = f64::from(mixed(!mixed(self.item_of(data, request)))) / f64::from(u32::MAX);
        let takes = if gradual { rebuild.scaled(place) } else { rebuild };
        born == Time::ZERO || self.now >= born + takes
    }
}
