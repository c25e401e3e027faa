//! Nodes: a map of those that there are. Whoever wants to know how much room there is adds up what is on them.

use super::fleets::Stage;
use super::*;

/// A node that was ordered and has not been given back.
pub(super) struct Machine {
    /// Its place among all nodes of all times.
    id: u64,
    there: bool,
    leaving: bool,
    downs: u32,
    needless: Option<Time>,
}

impl Machine {
    fn open(&self) -> bool {
        self.there && !self.leaving && self.downs == 0
    }
}

/// What there is of all pools.
#[derive(Default)]
pub(super) struct Machines {
    /// By pool and place.
    all: BTreeMap<(usize, usize), Machine>,
    /// By instance: its place.
    of: BTreeMap<usize, usize>,
    waiting: Vec<(usize, usize)>,
    /// By pool: orders so far, and the last one.
    orders: BTreeMap<usize, (u64, Time)>,
    ids: u64,
    /// By the key of a fault: the machine that it has hit.
    hit: BTreeMap<u64, Option<(usize, u64)>>,
}

impl Twin {
    fn pool(&self, at: usize) -> Option<usize> {
        self.plan.deployables[self.instances[at].deployable].nodes.map(NodePoolId::at)
    }

    fn takes(&self, at: usize) -> u32 {
        match self.plan.deployables[self.instances[at].deployable].cores {
            Limit::AtMost(cores) => cores,
            Limit::Unbounded => 0,
        }
    }

    fn new_machine(&mut self, pool: usize, there: bool) -> usize {
        let place =
            (0..usize::MAX).find(|&place| !self.machines.all.contains_key(&(pool, place))).expect("a place");
        self.machines.ids += 1;
        let id = self.machines.ids;
        let machine = Machine { id, there, leaving: false, downs: 0, needless: None };
        self.machines.all.insert((pool, place), machine);
        place
    }

    pub(super) fn first_machines(&mut self) {
        for (pool, settings) in self.plan.clone().node_pools.iter().enumerate() {
            for _ in 0..settings.min {
                self.new_machine(pool, true);
            }
            for at in 0..self.instances.len() {
                if self.instances[at].up && self.pool(at) == Some(pool) {
                    let place = self.place_for(pool, self.takes(at), &[]);
                    let place = place.unwrap_or_else(|| self.new_machine(pool, true));
                    self.machines.of.insert(at, place);
                }
            }
            self.next_scan(pool);
        }
    }

    fn on(&self, pool: usize, place: usize) -> Vec<usize> {
        let of = self.machines.of.iter().filter(|it| *it.1 == place && self.pool(*it.0) == Some(pool));
        of.map(|(at, _)| *at).collect()
    }

    fn taken(&self, pool: usize, place: usize) -> u32 {
        self.on(pool, place).into_iter().map(|at| self.takes(at)).sum()
    }

    /// The first open machine with room beside what is on it, and beside what is thought to be there too.
    fn place_for(&self, pool: usize, takes: u32, besides: &[(usize, u32)]) -> Option<usize> {
        let cores = self.plan.node_pools[pool].cores;
        let open = self.machines.all.iter().filter(|(key, machine)| key.0 == pool && machine.open());
        let mut places = open.map(|(key, _)| key.1);
        places.find(|&place| {
            let more = besides.iter().filter(|it| it.0 == place).map(|it| it.1).sum::<u32>();
            let load = self.taken(pool, place) + more;
            load < cores && load + takes <= cores
        })
    }

    pub(super) fn wants_machine(&mut self, at: usize) {
        let Some(pool) = self.pool(at) else { return self.boots(at) };
        self.becomes(at, Stage::Pending);
        self.lets_go(at);
        self.machines.waiting.push((pool, at));
        self.fill(pool);
    }

    fn fill(&mut self, pool: usize) {
        loop {
            let mut waiting = self.machines.waiting.iter().filter(|it| it.0 == pool);
            let fits = |&(_, at): &(usize, usize)| Some((at, self.place_for(pool, self.takes(at), &[])?));
            let Some((at, place)) = waiting.find_map(fits) else { return };
            self.machines.waiting.retain(|it| it.1 != at);
            self.machines.of.insert(at, place);
            self.boots(at);
        }
    }

    fn lets_go(&mut self, at: usize) {
        if let (Some(pool), Some(place)) = (self.pool(at), self.machines.of.remove(&at))
            && self.on(pool, place).is_empty()
            && self.machines.all[&(pool, place)].leaving
        {
            self.machines.all.remove(&(pool, place));
        }
    }

    pub(super) fn leaves_machine(&mut self, at: usize) {
        let Some(pool) = self.pool(at) else { return };
        self.machines.waiting.retain(|it| it.1 != at);
        if self.machines.of.contains_key(&at) {
            self.lets_go(at);
            self.fill(pool);
        }
    }

    fn next_scan(&mut self, pool: usize) {
        let every = self.plan.node_pools[pool].scan;
        self.at(self.now + every, Class::Arrival, 0, move |twin| {
            twin.buys(pool);
            twin.watches(pool);
            twin.gives_back(pool);
            twin.next_scan(pool);
        });
    }

    fn buys(&mut self, pool: usize) {
        let settings = self.plan.node_pools[pool].clone();
        let coming = self.machines.all.iter().filter(|(key, it)| key.0 == pool && !it.there).count();
        let mut loads = vec![0; coming];
        for at in self.machines.waiting.iter().filter(|it| it.0 == pool).map(|it| it.1) {
            let takes = self.takes(at);
            match loads.iter_mut().find(|load| **load + takes <= settings.cores) {
                Some(load) => *load += takes,
                None => loads.push(takes),
            }
        }
        for _ in coming..loads.len() {
            if self.machines.all.keys().filter(|key| key.0 == pool).count() >= settings.max as usize {
                return;
            }
            let place = self.new_machine(pool, false);
            let id = self.machines.all[&(pool, place)].id;
            let before = self.machines.orders.get(&pool).map_or(0, |it| it.0);
            self.machines.orders.insert(pool, (before + 1, self.now));
            let key = self.dice.with(Key::of_name("nodes")).with(settings.key).with(before);
            let takes = settings.provision.sample(&mut Stream::keyed(key));
            self.at(self.now + takes, Class::Timer, 0, move |twin| {
                if let Some(machine) = twin.machines.all.get_mut(&(pool, place))
                    && machine.id == id
                {
                    machine.there = true;
                    twin.fill(pool);
                }
            });
        }
    }

    fn watches(&mut self, pool: usize) {
        let settings = self.plan.node_pools[pool].clone();
        let places: Vec<usize> =
            self.machines.all.keys().filter(|key| key.0 == pool).map(|key| key.1).collect();
        // What is thought to have moved: it fills where it goes, and closes where it was.
        let mut moved: Vec<(usize, u32)> = Vec::new();
        for place in places {
            let there: u32 = moved.iter().filter(|it| it.0 == place).map(|it| it.1).sum();
            let load = f64::from(self.taken(pool, place) + there);
            let little = load < f64::from(settings.cores) * settings.give_back.threshold;
            let mut tried = moved.clone();
            tried.push((place, settings.cores));
            let fits = self.on(pool, place).into_iter().all(|at| {
                let to = self.place_for(pool, self.takes(at), &tried);
                tried.extend(to.map(|to| (to, self.takes(at))));
                to.is_some()
            });
            let needless = self.machines.all[&(pool, place)].open() && little && fits;
            if needless {
                moved = tried;
            }
            let now = self.now;
            let machine = self.machines.all.get_mut(&(pool, place)).expect("it is there");
            machine.needless = needless.then(|| machine.needless.unwrap_or(now));
        }
    }

    fn gives_back(&mut self, pool: usize) {
        let settings = self.plan.node_pools[pool].clone();
        let rule = settings.give_back;
        if self.machines.orders.get(&pool).is_some_and(|it| self.now < it.1 + rule.after_order) {
            return;
        }
        let mine = || self.machines.all.iter().filter(|(key, _)| key.0 == pool);
        let spare = mine().count().saturating_sub(settings.min as usize);
        let one_leaves = mine().any(|it| it.1.leaving);
        let long = |it: &&(usize, usize)| {
            self.machines.all[it].needless.is_some_and(|since| since + rule.unneeded <= self.now)
        };
        let long: Vec<usize> = mine().map(|it| it.0).filter(long).map(|key| key.1).collect();
        let empty: Vec<usize> =
            long.iter().copied().filter(|&place| self.on(pool, place).is_empty()).collect();
        for &place in empty.iter().take(spare.min(10)) {
            self.machines.all.remove(&(pool, place));
        }
        if empty.is_empty() && !one_leaves && spare > 0 && !long.is_empty() {
            self.clears(pool, long[0]);
        }
    }

    fn clears(&mut self, pool: usize, place: usize) {
        let machine = self.machines.all.get_mut(&(pool, place)).expect("it is there");
        (machine.leaving, machine.needless) = (true, None);
        let all = self.on(pool, place);
        for &at in &all {
            if self.instances[at].slot.stage != Stage::Draining {
                self.send_away(at);
            }
        }
        let mut deployables: Vec<usize> = all.iter().map(|&at| self.instances[at].deployable).collect();
        deployables.dedup();
        for deployable in deployables {
            self.approach(deployable);
        }
    }

    pub(super) fn machine_down(&self, at: usize) -> bool {
        let place = self.pool(at).zip(self.machines.of.get(&at).copied());
        place.is_some_and(|key| self.machines.all[&key].downs > 0)
    }

    /// A fault on a machine begins or ends.
    pub(super) fn machine_changed(&mut self, pool: usize, silent: bool, key: u64, begins: bool) {
        if begins {
            let there = self.machines.all.iter().filter(|(at, it)| at.0 == pool && it.there && it.downs == 0);
            let there: Vec<(usize, u64)> = there.map(|(at, it)| (at.1, it.id)).collect();
            let dice = self.dice.with(Key::of_name("victim")).with(key).with(self.now.as_nanos());
            let hit =
                (!there.is_empty()).then(|| there[Stream::keyed(dice).below(there.len() as u32) as usize]);
            self.machines.hit.insert(key, hit);
            if let Some((place, _)) = hit {
                self.machine_crashes(pool, place, silent);
            }
        } else if let Some(Some((place, id))) = self.machines.hit.remove(&key) {
            self.machine_returns(pool, place, id);
        }
    }

    fn machine_crashes(&mut self, pool: usize, place: usize, silent: bool) {
        self.machines.all.get_mut(&(pool, place)).expect("it is there").downs += 1;
        for at in self.on(pool, place) {
            if self.instances[at].slot.stage == Stage::Booting {
                self.will_be_missed(at);
            } else if self.instances[at].up {
                self.crash(at, silent);
            }
        }
    }

    fn machine_returns(&mut self, pool: usize, place: usize, id: u64) {
        let Some(machine) = self.machines.all.get_mut(&(pool, place)).filter(|it| it.id == id) else {
            return;
        };
        machine.downs -= 1;
        if machine.downs > 0 {
            return;
        }
        for at in self.on(pool, place) {
            let waits = [Stage::Serving, Stage::Booting].contains(&self.instances[at].slot.stage);
            if waits && !self.instances[at].up && !self.held_down(at, false) {
                self.boots(at);
            }
        }
        self.fill(pool);
    }
}
