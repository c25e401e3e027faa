//! How the number of instances changes.

use archsim_models::plan::*;

use super::*;

impl Dice {
    pub(super) fn scaling(&mut self, instances: u32) -> Option<Scaling> {
        let most = instances + self.below(4) as u32;
        let sizing = if self.chance(0.4) { self.schedule(most) } else { self.autoscaler(most) };
        let scaling = Scaling {
            most,
            boot: ms(self.one_of(&[0, 5, 50, 200])),
            grace: ms(self.one_of(&[0, 10, 100, 1_000])),
            replace: self.one_of(&[None, Some(ms(0)), Some(ms(10))]),
            sizing,
        };
        self.chance(0.8).then_some(scaling)
    }

    pub(super) fn schedule(&mut self, most: u32) -> Sizing {
        let mut sizes = Vec::new();
        for _ in 0..self.below(6) {
            let instances = 1 + self.below(u64::from(most)) as u32;
            sizes.push(Resize { at: at(10 * self.below(150)), instances });
        }
        sizes.sort_by_key(|it| it.at);
        Sizing::Schedule(sizes)
    }

    pub(super) fn warm_up(&mut self) -> Option<WarmUp> {
        let (lasts, speed) = (self.one_of(&[0, 10, 100]), self.one_of(&[0.5, 0.2]));
        self.chance(0.4).then_some(WarmUp { lasts: ms(lasts), speed })
    }

    pub(super) fn autoscaler(&mut self, max: u32) -> Sizing {
        let bounds = Bounds { min: 1, max };
        let metrics = [Metric::Cpu, Metric::Threads, Metric::InFlight, Metric::Requests, Metric::Queue];
        let metric = self.one_of(&metrics);
        let target = match metric {
            Metric::Cpu | Metric::Threads => self.one_of(&[0.3, 0.6]),
            Metric::InFlight | Metric::Queue => self.one_of(&[0.5, 2.0]),
            Metric::Requests => self.one_of(&[20.0, 60.0]),
        };
        let warm_up = ms(self.one_of(&[0, 20, 200]));
        let rule = match self.below(3) {
            0 => {
                let mut goals = vec![Goal { metric, target }];
                if self.chance(0.3) {
                    goals.push(Goal { metric: Metric::Requests, target: 40.0 });
                }
                let short = |rules: Rules| Rules { stabilisation: ms(100), ..rules };
                let rules = self.chance(0.5).then(|| [Rules::up(), short(Rules::down())]);
                let calculator = Calculator {
                    tolerance: self.one_of(&[0.0, 0.1]),
                    initialisation: ms(self.one_of(&[0, 50, 300])),
                    readiness_delay: ms(30),
                };
                let settings = hpa::Settings { bounds, calculator, rules, down_stabilisation: ms(100) };
                Rule::Hpa { goals, settings }
            }
            1 => {
                let points = self.one_of(&[1, 3]);
                let settings = tracking::Settings {
                    points_out: points,
                    points_in: 2 * points,
                    ..tracking::Settings::new(bounds, target)
                };
                Rule::Tracking { metric, settings, warm_up }
            }
            _ => {
                let step = |from, until, by| steps::Step { from, until, by };
                let steps = vec![
                    step(0.0, target, Adjustment::Change(1)),
                    step(target, f64::INFINITY, Adjustment::Percent(100.0)),
                    step(f64::NEG_INFINITY, -target / 2.0, Adjustment::Change(-1)),
                ];
                let points = self.one_of(&[1, 2]);
                let policy = StepScaling::new(bounds, target, points, steps);
                Rule::Steps { metric, policy, warm_up, cooldown: ms(self.one_of(&[0, 100])) }
            }
        };
        let window = self.one_of(&[10, 20, 50]);
        let every = window * self.one_of(&[1, 1, 2]);
        Sizing::Autoscaler(Autoscaler {
            every: ms(every),
            window: ms(window),
            delay: ms(self.one_of(&[0, 0, 15])),
            rule,
        })
    }
}
