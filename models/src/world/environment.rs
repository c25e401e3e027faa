//! Surroundings that change at random, and the processors' speed with them.

use archsim_sim::{Class, Key, Stream, Time};

use super::event::Event;
use super::observe::Observer;
use super::phase::Wanderer;
use super::{FIRST, World};
use crate::plan::Plan;

const ENVIRONMENT: u64 = Key::of_name("environment");
const SOJOURNS: u64 = Key::of_name("sojourns");
const JUMPS: u64 = Key::of_name("jumps");

/// The surroundings of one instance, or of all instances of a deployable.
pub(crate) struct Weather {
    environment: usize,
    /// The instances from (included) to (excluded).
    over: (u32, u32),
    state: Wanderer,
}

/// All surroundings, in their first states.
pub(crate) fn weathers(plan: &Plan, first_instance: &[u32], dice: Key) -> Vec<Weather> {
    let mut weathers = Vec::new();
    for (index, environment) in plan.environments.iter().enumerate() {
        let key = dice.with(ENVIRONMENT).with(environment.key);
        let first = first_instance[environment.deployable.at()];
        let count = plan.deployables[environment.deployable.at()].slots();
        let mut add = |number: u32, over| {
            let stream = |purpose| Stream::keyed(key.with(purpose).with(u64::from(number)));
            let state = Wanderer::new(stream(SOJOURNS), stream(JUMPS));
            weathers.push(Weather { environment: index, over, state });
        };
        if environment.shared {
            add(0, (first, first + count));
        } else {
            (0..count).for_each(|number| add(number, (first + number, first + number + 1)));
        }
    }
    weathers
}

impl<O: Observer> World<'_, O> {
    /// Every environment starts in its first state.
    pub(super) fn schedule_environments(&mut self) {
        for weather in 0..self.weathers.len() as u32 {
            self.weather_holds(weather);
        }
    }

    /// A state is over: another one follows, possibly the same.
    pub(super) fn weather_turns(&mut self, index: u32) {
        let weather = &mut self.weathers[index as usize];
        weather.state.turn(&self.plan.environments[weather.environment].states);
        self.weather_holds(index);
    }

    /// The state that is there now acts, and lasts for its time.
    fn weather_holds(&mut self, index: u32) {
        let now = self.now();
        let weather = &mut self.weathers[index as usize];
        let turns = now + weather.state.lasts(&self.plan.environments[weather.environment].states);
        let (from, to) = weather.over;
        for instance in from..to {
            self.set_speed(instance);
        }
        self.agenda.schedule(turns, Class::Completion, FIRST, Event::Turns { weather: index });
    }

    /// The processor's own speed in all surroundings of its instance.
    pub(super) fn set_speed(&mut self, index: u32) {
        let over = self.weathers.iter().filter(|weather| (weather.over.0..weather.over.1).contains(&index));
        let factors = over.map(|it| it.state.value(&self.plan.environments[it.environment].states));
        let instance = &self.instances[index as usize];
        let settings = &self.plan.deployables[instance.deployable];
        let now: Time = self.now();
        let warmth = settings.warm_up.filter(|_| now < instance.cold_until).map_or(1.0, |it| it.speed);
        let speed = settings.speed * factors.product::<f64>() * warmth;
        self.instances[index as usize].cpu.set_speed(now, speed);
        self.watch_cpu(index);
    }
}
