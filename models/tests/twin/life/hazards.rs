//! What fails and is repaired at random, and surroundings that change: each a little process that plans its next step.

use super::*;

/// A fault that a hazard has caused, in the order in which they began.
pub(super) struct Affliction {
    pub from: Time,
    pub until: Time,
    pub effect: Effect,
    /// The instance, if it is the crash of one.
    pub only: Option<usize>,
    pub part: Rc<Part>,
}

/// What can fail by itself.
pub(super) struct Part {
    hazard: usize,
    effect: Effect,
    boot: Span,
    only: Option<usize>,
    failures: RefCell<Stream>,
    repairs: RefCell<Stream>,
    hits: RefCell<Stream>,
}

/// The state that surroundings are in.
pub(super) struct Weather {
    environment: usize,
    over: Vec<usize>,
    state: usize,
    sojourns: Stream,
    jumps: Stream,
}

impl Twin {
    fn hazard_key(&self, hazard: usize) -> Key {
        self.dice.with(Key::of_name("hazard")).with(self.plan.hazards[hazard].key)
    }

    pub(super) fn schedule_hazards(&mut self) {
        let plan = self.plan.clone();
        let parts: Vec<Vec<Rc<Part>>> = (0..plan.hazards.len()).map(|hazard| self.parts(hazard)).collect();
        for (hazard, parts) in plan.hazards.iter().zip(&parts) {
            if hazard.clock == Clock::Each {
                for part in parts {
                    self.works(part.clone(), hazard.from);
                }
            }
        }
        for (index, (hazard, parts)) in plan.hazards.iter().zip(parts).enumerate() {
            let dice = |purpose| Stream::keyed(self.hazard_key(index).with(Key::of_name(purpose)));
            match hazard.clock {
                Clock::Each => {}
                Clock::Common { share } => {
                    self.calm(index, Rc::new(parts), dice("strikes"), share, hazard.from);
                }
                Clock::Whole => {
                    self.holds_together(index, parts, (dice("strikes"), dice("repairs")), hazard.from);
                }
                Clock::Workdays(days) => {
                    self.until_a_kill(parts[0].clone(), days, dice("strikes"), 0, None);
                }
            }
        }
    }

    fn parts(&self, hazard: usize) -> Vec<Rc<Part>> {
        let mut parts = Vec::new();
        for hit in &self.plan.hazards[hazard].effects {
            let key = self.hazard_key(hazard).with(hit.key);
            let mut part = |number: usize, only| {
                let dice = |purpose| {
                    RefCell::new(Stream::keyed(key.with(Key::of_name(purpose)).with(number as u64)))
                };
                parts.push(Rc::new(Part {
                    hazard,
                    effect: hit.effect.clone(),
                    boot: hit.boot,
                    only,
                    failures: dice("failures"),
                    repairs: dice("repairs"),
                    hits: dice("hits"),
                }));
            };
            match hit.effect {
                Effect::Crash { deployable, instances, .. } => {
                    let all = self.plan.deployables[deployable.at()].slots().min(instances) as usize;
                    let first = self.first_instance(deployable.at());
                    (0..all).for_each(|number| part(number, Some(first + number)));
                }
                _ => part(0, None),
            }
        }
        parts
    }

    /// Until it fails.
    fn works(&mut self, part: Rc<Part>, since: Time) {
        let plan = self.plan.clone();
        let lasts = plan.hazards[part.hazard].every.sample(&mut part.failures.borrow_mut());
        self.at(since + lasts.max(Span::from_nanos(1)), Class::Completion, 0, move |twin| twin.fails(&part));
    }

    /// Until a common cause strikes.
    fn calm(&mut self, hazard: usize, parts: Rc<Vec<Rc<Part>>>, mut clock: Stream, share: f64, since: Time) {
        let gap = self.plan.hazards[hazard].every.sample(&mut clock).max(Span::from_nanos(1));
        self.at(since + gap, Class::Completion, 0, move |twin| {
            for part in parts.iter() {
                let hit = part.hits.borrow_mut().chance(share);
                let down = |it: &Affliction| Rc::ptr_eq(&it.part, part) && twin.now < it.until;
                if hit && !twin.afflictions.iter().any(down) {
                    twin.fails(part);
                }
            }
            let now = twin.now;
            twin.calm(hazard, parts, clock, share, now);
        });
    }

    /// Until all goes together, with one repair.
    fn holds_together(
        &mut self,
        hazard: usize,
        parts: Vec<Rc<Part>>,
        (mut clock, mut repairs): (Stream, Stream),
        since: Time,
    ) {
        let lasts = self.plan.hazards[hazard].every.sample(&mut clock).max(Span::from_nanos(1));
        self.at(since + lasts, Class::Completion, 0, move |twin| {
            let repair = twin.plan.hazards[hazard].repair.sample(&mut repairs);
            let back = twin.repaired(hazard, repair);
            for part in &parts {
                twin.is_out(part, back + part.boot);
            }
            twin.holds_together(hazard, parts, (clock, repairs), back);
        });
    }

    /// Days go by; on some a coin falls.
    fn until_a_kill(
        &mut self,
        part: Rc<Part>,
        days: Workdays,
        mut coins: Stream,
        since: u64,
        last: Option<u64>,
    ) {
        let from = self.plan.hazards[part.hazard].from;
        let worked = |until: u64| (0..=until).filter(|&day| days.is_workday(day)).count() as u64;
        for day in since.. {
            if from + days.day * day > self.plan.end {
                return;
            }
            if !days.is_workday(day) || !coins.chance(1.0 / f64::from(days.mean)) {
                continue;
            }
            let at = from + days.day * day + days.minute(coins.below(days.minutes()));
            if last.is_some_and(|last| worked(day) - worked(last) < u64::from(days.min)) {
                continue;
            }
            return self.at(at, Class::Completion, 0, move |twin| {
                if !twin.afflictions.iter().any(|it| Rc::ptr_eq(&it.part, &part) && twin.now < it.until) {
                    twin.fails(&part);
                }
                twin.until_a_kill(part, days, coins, day + 1, Some(day));
            });
        }
    }

    fn fails(&mut self, part: &Rc<Part>) {
        let plan = self.plan.clone();
        let hazard = &plan.hazards[part.hazard];
        if part.only.is_some_and(|at| {
            [fleets::Stage::Absent, fleets::Stage::Pending].contains(&self.instances[at].slot.stage)
        }) {
            if hazard.clock == Clock::Each {
                self.works(part.clone(), self.now);
            }
            return;
        }
        let repair = hazard.repair.sample(&mut part.repairs.borrow_mut());
        let mut until = self.repaired(part.hazard, repair) + part.boot;
        if let Effect::CrashOne { group, key, .. } = &part.effect
            && let Some(victim) = self.victim(group, *key)
        {
            let of = self.instances[victim].deployable;
            until += group.deployables.iter().find(|it| it.0.at() == of).expect("one of them").1;
        }
        self.is_out(part, until);
    }

    /// When a repair is done that is asked for now.
    fn repaired(&mut self, hazard: usize, repair: Span) -> Time {
        let plan = self.plan.clone();
        let mut begins = self.now;
        if let Some(crew) = plan.hazards[hazard].crew {
            // Those before it in the line, each begun when one of the crew was free.
            let size = plan.crews[usize::from(crew)].size as usize;
            let ends = &mut self.repairs[usize::from(crew)];
            ends.sort_unstable();
            if ends.len() >= size {
                begins = begins.max(ends[ends.len() - size]);
            }
            ends.push(begins + repair);
        }
        begins + repair
    }

    fn is_out(&mut self, part: &Rc<Part>, until: Time) {
        let mended = part.clone();
        self.at(until, Class::Completion, 0, move |twin| {
            twin.afflicted(&mended, false);
            if twin.plan.hazards[mended.hazard].clock == Clock::Each {
                let now = twin.now;
                twin.works(mended, now);
            }
        });
        let (effect, only) = (part.effect.clone(), part.only);
        self.afflictions.push(Affliction { from: self.now, until, effect, only, part: part.clone() });
        self.afflicted(part, true);
    }

    fn afflicted(&mut self, part: &Part, begins: bool) {
        match part.only {
            Some(only) => self.crash_changed(only, &part.effect, begins),
            None => self.effect_changed(&part.effect, begins),
        }
    }

    pub(super) fn schedule_environments(&mut self) {
        let plan = self.plan.clone();
        for (environment, settings) in plan.environments.iter().enumerate() {
            let count = plan.deployables[settings.deployable.at()].slots() as usize;
            let first = self.first_instance(settings.deployable.at());
            let key = self.dice.with(Key::of_name("environment")).with(settings.key);
            for number in 0..if settings.shared { 1 } else { count } {
                let all = if settings.shared { count } else { 1 };
                let dice = |purpose| Stream::keyed(key.with(Key::of_name(purpose)).with(number as u64));
                self.weathers.push(Weather {
                    environment,
                    over: (first + number..first + number + all).collect(),
                    state: 0,
                    sojourns: dice("sojourns"),
                    jumps: dice("jumps"),
                });
            }
        }
        (0..self.weathers.len()).for_each(|weather| self.weather(weather));
    }

    /// A state of the surroundings acts until it is over.
    fn weather(&mut self, index: usize) {
        let plan = self.plan.clone();
        self.weathers[index].over.clone().into_iter().for_each(|at| self.adapt_speed(at));
        let weather = &mut self.weathers[index];
        let states = &plan.environments[weather.environment].states;
        let lasts = states[weather.state].lasts.sample(&mut weather.sojourns).max(Span::from_nanos(1));
        self.at(self.now + lasts, Class::Completion, 0, move |twin| {
            let weather = &mut twin.weathers[index];
            let state = &twin.plan.environments[weather.environment].states[weather.state];
            weather.state = follower(state, weather.jumps.unit());
            twin.weather(index);
        });
    }

    pub(super) fn adapt_speed(&mut self, at: usize) {
        let over = self.weathers.iter().filter(|weather| weather.over.contains(&at));
        let factors = over.map(|it| self.plan.environments[it.environment].states[it.state].value);
        let settings = &self.plan.deployables[self.instances[at].deployable];
        let cold = settings.warm_up.filter(|_| self.now < self.instances[at].cold_until);
        let speed = settings.speed * factors.product::<f64>() * cold.map_or(1.0, |it| it.speed);
        self.instances[at].cpu.set_speed(self.now, speed);
        self.watch(at);
    }
}

/// The state that a throw chooses.
pub(super) fn follower(state: &Phase, throw: f64) -> usize {
    let mut left = throw;
    let next = state.then.iter().find(|(_, probability)| {
        left -= probability;
        left < 0.0
    });
    usize::from(next.or(state.then.last()).expect("a state follows").0)
}
