//! Faults: what holds now is looked up in the plan each time it matters.

use super::zones::{Zoned, between};
use super::*;

impl Twin {
    /// Beginnings and ends come before everything else at their instant, in the plan's order.
    pub(super) fn schedule_faults(&mut self) {
        for (index, fault) in self.plan.clone().faults.iter().enumerate() {
            self.at(fault.from, Class::Completion, 0, move |twin| twin.faults_changed(index));
            self.at(fault.until, Class::Completion, 0, move |twin| twin.faults_changed(index));
        }
    }

    /// Faults that hold now, with their ends and the one instance they hit, in the order in which they began.
    pub(super) fn holding(&self) -> Vec<(Time, Effect, Option<usize>)> {
        let now = |fault: &&Fault| fault.from <= self.now && self.now < fault.until;
        let faults = self.plan.faults.iter().filter(now);
        let mut all: Vec<_> =
            faults.map(|fault| (fault.from, (fault.until, fault.effect.clone(), None))).collect();
        let afflictions = self.afflictions.iter().filter(|it| self.now < it.until);
        all.extend(afflictions.map(|it| (it.from, (it.until, it.effect.clone(), it.only))));
        all.sort_by_key(|(from, _)| *from);
        all.into_iter().map(|(_, fault)| fault).collect()
    }

    /// The same with their beginnings.
    pub(super) fn holding_since(&self) -> Vec<(Time, Effect)> {
        let now = |fault: &&Fault| fault.from <= self.now && self.now < fault.until;
        let faults = self.plan.faults.iter().filter(now).map(|fault| (fault.from, fault.effect.clone()));
        let afflictions = self.afflictions.iter().filter(|it| self.now < it.until);
        faults.chain(afflictions.map(|it| (it.from, it.effect.clone()))).collect()
    }

    pub(super) fn faults_changed(&mut self, changed: usize) {
        let plan = self.plan.clone();
        let fault = &plan.faults[changed];
        if let Effect::CacheLoss { cache, from, until } = fault.effect {
            // What is lost does not come back at the end.
            if self.now == fault.from {
                self.flush(cache.at(), from, until);
            }
        }
        self.effect_changed(&fault.effect, self.now == fault.from);
    }

    /// Whether a fault holds the instance's machine down, or, on another machine, all of its zone.
    pub(super) fn held_down(&self, at: usize, other_machine: bool) -> bool {
        let (one, number) = (self.instances[at].deployable, self.instances[at].number);
        self.machine_down(at)
            || self.holding().into_iter().any(|(_, effect, only)| match effect {
                Effect::Crash { .. } if other_machine => false,
                Effect::Crash { deployable, instances, .. } => {
                    let first = deployable.at() == one && number < instances as usize;
                    only.map_or(first, |only| only == at)
                }
                Effect::CrashOne { key, .. } => !other_machine && self.victims.get(&key) == Some(&Some(at)),
                Effect::ZoneCrash { deployable, zone, .. } => {
                    deployable.at() == one && self.zone_of(at) == Some(zone)
                }
                _ => false,
            })
    }

    /// Somebody who lives.
    pub(super) fn victim(&self, group: &Group, key: u64) -> Option<usize> {
        let mut living = Vec::new();
        for (deployable, _) in &group.deployables {
            living.extend(self.slots_of(deployable.at()));
        }
        living.retain(|&at| self.instances[at].up);
        if let Some(region) = group.region {
            let regions = &self.plan.zones.regions;
            living.retain(|&at| self.zone_of(at).is_some_and(|zone| regions.of[zone.at()] == region));
        }
        let key = self.dice.with(Key::of_name("victim")).with(key).with(self.now.as_nanos());
        (!living.is_empty()).then(|| living[Stream::keyed(key).below(living.len() as u32) as usize])
    }

    /// An instance crashes if it is up and a fault begins, or is back if none is left.
    pub(super) fn crash_changed(&mut self, at: usize, effect: &Effect, begins: bool) {
        let (Effect::Crash { silent, .. }
        | Effect::CrashOne { silent, .. }
        | Effect::ZoneCrash { silent, .. }) = *effect
        else {
            return;
        };
        if !begins && !self.held_down(at, false) {
            self.released(at);
        } else if begins && self.instances[at].up {
            self.crash(at, silent);
        }
    }

    /// A process that knows nothing.
    pub(super) fn new_process(&mut self, at: usize) {
        let plan = self.plan.clone();
        let Instance { deployable, number, process, stamp, slot, done, .. } = self.instances[at];
        let fresh = Instance::new(&plan, deployable, number, self.now, process);
        self.instances[at] = Instance { slot, done, stamp, ..fresh };
        if let Some(warm_up) = plan.deployables[deployable].warm_up {
            self.instances[at].cold_until = self.now + warm_up.lasts;
            self.at(self.now + warm_up.lasts, Class::Timer, 0, move |twin| {
                if twin.instances[at].process == process {
                    twin.adapt_speed(at);
                }
            });
        }
        self.adapt_speed(at);
        self.start_pools(at);
        self.has_come(at);
    }

    pub(super) fn effect_changed(&mut self, effect: &Effect, begins: bool) {
        match effect {
            Effect::Crash { deployable, instances, .. } => {
                let hit = self.slots_of(deployable.at()).into_iter().take(*instances as usize);
                hit.for_each(|at| self.crash_changed(at, effect, begins));
            }
            Effect::CrashOne { group, key, .. } => {
                if begins {
                    let victim = self.victim(group, *key);
                    self.victims.insert(*key, victim);
                }
                if let Some(at) = self.victims[key] {
                    self.crash_changed(at, effect, begins);
                }
            }
            Effect::ZoneCrash { deployable, zone, .. } => {
                let mut hit = self.slots_of(deployable.at());
                hit.retain(|&at| self.zone_of(at) == Some(*zone));
                for at in hit {
                    self.crash_changed(at, effect, begins);
                }
            }
            Effect::NodeCrash { pool, silent, key } => self.machine_changed(pool.at(), *silent, *key, begins),
            Effect::RegionOutage { region } | Effect::Evacuate { region } => self.region_changed(*region),
            Effect::Drain { .. } => self.write_history(),
            Effect::StoreOutage { store, .. } => {
                let outages = self.holding().into_iter().filter_map(|(_, effect, _)| match effect {
                    Effect::StoreOutage { store: out, silent } if out == *store => Some(silent),
                    _ => None,
                });
                let out = outages.reduce(|one, other| one || other);
                self.outage(store.at(), out);
            }
            _ => {}
        }
    }

    /// What a store served or kept meets its new state: those first that it served, by request, then as begun.
    pub(super) fn outage(&mut self, store: usize, out: Option<bool>) {
        let database = &mut self.stores[store];
        if database.out == out {
            return;
        }
        let changes = database.out.is_none() != out.is_none();
        database.fenced &= out.is_some();
        if changes && out.is_some() {
            database.out_since = self.now;
        }
        database.out = out;
        let mut locking = Vec::new();
        if out == Some(false) {
            self.break_connections(store);
            locking = self.clear_locks(store);
        }
        self.supplies_cut_off(store);
        let database = &mut self.stores[store];
        let mut met = std::mem::take(&mut database.serving);
        met.append(&mut database.committing);
        met.append(&mut database.computing);
        met.append(&mut locking);
        database.cpu.clear(self.now);
        database.stamp += 1;
        met.append(&mut database.supplied);
        met.sort_by_key(|operate| (self.rank_of(operate), operate.order));
        let database = &mut self.stores[store];
        met.append(&mut database.line);
        met.append(&mut database.swallowed);
        for operate in met {
            operate.begun.set(operate.begun.get() + 1);
            self.at_the_store(&operate);
        }
        if changes {
            self.node_changes(store, out.is_none());
            if out.is_none() {
                self.copies_may_be_filled();
            }
            self.hand_off_next(store);
        }
    }

    pub(super) fn crash(&mut self, at: usize, silent: bool) {
        let instance = &mut self.instances[at];
        let process = instance.process;
        instance.up = false;
        instance.silent = silent;
        instance.process += 1;
        instance.stamp += 1;
        instance.busy = 0;
        instance.queue.clear();
        instance.cpu.clear(self.now);
        self.caches_of_process_gone(at);
        self.drop_transactions_of(at);
        // By request, then as they were sent.
        let mut hit: Vec<_> =
            self.attempts.iter().filter(|attempt| attempt.place.get() != Where::Gone).cloned().collect();
        hit.sort_by_key(|attempt| attempt.request.number);
        for attempt in hit {
            let ours = attempt.from == Some((at, process));
            match attempt.place.get() {
                _ if attempt.inline && attempt.at == at => self.forget(&attempt),
                Where::Sending | Where::Lost if ours => self.forget(&attempt),
                Where::Queued | Where::Running if attempt.at == at && !attempt.inline => {
                    if silent {
                        self.lose(&attempt);
                    } else {
                        self.reply(&attempt, Outcome::Failed(Cause::Reset));
                    }
                }
                _ => {}
            }
        }
        self.has_died(at);
        self.process_gone(at);
    }

    pub(super) fn slowness(&self, store: usize) -> f64 {
        let factors = self.holding().into_iter().filter_map(|(_, effect, _)| match effect {
            Effect::StoreSlow { store: slow, factor } if slow.at() == store => Some(factor),
            _ => None,
        });
        factors.product()
    }

    /// What faults do to an execution that starts now: it fails at once, or first waits.
    pub(super) fn afflict(&self, run: &Run) -> Result<Span, Cause> {
        let mine = self.plan.programs[run.program].capability;
        let mut effects = run.effects.get();
        let (mut wait, mut hang, mut at_once) = (Span::ZERO, Time::ZERO, None);
        for (until, effect, _) in self.holding() {
            match effect {
                Effect::Slow { capability, add, factor, key } if capability == mine => {
                    effects.latency *= factor;
                    if let Some(add) = add {
                        wait += add.sample(&mut Stream::keyed(run.path.with(key)));
                    }
                }
                Effect::Busy { capability, factor } if capability == mine => effects.work *= factor,
                Effect::Error { capability, probability, at_once: now, cause, key }
                    if capability == mine && Stream::keyed(run.path.with(key)).chance(probability) =>
                {
                    effects.fails = effects.fails.or(Some(cause));
                    if now {
                        at_once = at_once.or(Some(cause));
                    }
                }
                Effect::Hang { capability } if capability == mine => hang = hang.max(until),
                _ => {}
            }
        }
        run.effects.set(effects);
        at_once.map_or(Ok(wait + hang.since(self.now)), Err)
    }

    /// Extra time of a message between two deployables, in either direction; `None` if it is lost.
    pub(super) fn on_the_network(
        &self,
        (from, to): (Option<usize>, usize),
        zones: Zoned,
        path: Key,
    ) -> Option<Span> {
        let joins = |one: Option<DeployableId>, other: DeployableId| {
            let one = one.map(DeployableId::at);
            (one, Some(other.at())) == (from, Some(to)) || (Some(other.at()), one) == (from, Some(to))
        };
        let mut extra = Span::ZERO;
        for (_, effect, _) in self.holding() {
            match effect {
                Effect::NetworkDelay { from, to, add, key } if joins(from, to) => {
                    extra += add.sample(&mut Stream::keyed(path.with(key)));
                }
                Effect::NetworkLoss { from, to, probability, key }
                    if joins(from, to) && Stream::keyed(path.with(key)).chance(probability) =>
                {
                    return None;
                }
                Effect::ZoneDelay { zone, other, add, key } if between(zones, zone, other) => {
                    extra += add.sample(&mut Stream::keyed(path.with(key)));
                }
                Effect::ZoneLoss { zone, other, probability, key }
                    if between(zones, zone, other) && Stream::keyed(path.with(key)).chance(probability) =>
                {
                    return None;
                }
                _ => {}
            }
        }
        Some(extra)
    }
}
