//! Kubernetes' `HorizontalPodAutoscaler`: one look every sync period (15 s).
//!
//! Outside its bounds it goes to the bound at once; else it takes the largest wish of all metrics, steadies it, and
//! follows as fast as its rules allow. A metric that fails can stop it from shrinking, never from growing.
//!
//! | knob | default | source |
//! |---|---|---|
//! | tolerance | 10 % | `--horizontal-pod-autoscaler-tolerance` |
//! | down-stabilisation | 300 s | `--horizontal-pod-autoscaler-downscale-stabilization` |
//! | rules upwards | 4 pods or 100 % in 15 s | `autoscaling/v2` defaults |
//! | rules downwards | 100 % in 15 s | `autoscaling/v2` defaults |
//!
//! Pitfalls: utilisation that cannot exceed 100 % hides how much is missing, so that growth from overload goes in steps of
//! 1 ÷ target at most; a readiness that comes late is growth that comes late.
//!
//! Source: kubernetes/kubernetes `pkg/controller/podautoscaler/horizontal.go`.

use archsim_sim::{Span, Time};

use super::behaviour::{Bounds, Changes, Held, Rules, Wishes, clamp, hold};
use super::replicas::{Calculator, NoWish, Pod, Target, Wish};

/// What an autoscaler is told once.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Between how many and how many.
    pub bounds: Bounds,
    /// How wishes are computed.
    pub calculator: Calculator,
    /// Rules upwards and downwards; without them the older way holds: twice as many at most, and
    /// [`down_stabilisation`](Self::down_stabilisation).
    pub rules: Option<[Rules; 2]>,
    /// How long a lower wish must last where there are no rules; 300 s.
    pub down_stabilisation: Span,
}

/// An autoscaler and what it remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Hpa {
    settings: Settings,
    /// Whether it has looked before: its first look notes what is there.
    begun: bool,
    wishes: Wishes,
    ups: Changes,
    downs: Changes,
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many there should be.
    pub replicas: u32,
    /// Whether an earlier wish held this one back.
    pub steadied: bool,
    /// What else did.
    pub held: Held,
}

impl Hpa {
    /// One that has not looked yet.
    pub fn new(settings: Settings) -> Self {
        Hpa {
            settings,
            begun: false,
            wishes: Wishes::default(),
            ups: Changes::default(),
            downs: Changes::default(),
        }
    }

    /// One that remembers these wishes.
    pub fn with_past(settings: Settings, wishes: Wishes) -> Self {
        Hpa { begun: true, wishes, ..Hpa::new(settings) }
    }

    /// Looks at the metrics: how many there should be of what is `current` now.
    pub fn look(&mut self, now: Time, current: u32, metrics: &[Metric<'_>]) -> Decision {
        let Bounds { min, max } = self.settings.bounds;
        if !std::mem::replace(&mut self.begun, true) {
            // Nothing shrinks before a whole window has passed.
            self.wishes.begin(now, current);
        }
        let stays = Decision { replicas: current, steadied: false, held: Held::Not };
        let decision = match current {
            0 if min != 0 => return stays,
            _ if current > max => Decision { replicas: max, ..stays },
            _ if current < min => Decision { replicas: min, ..stays },
            _ => match self.largest_wish(now, current, metrics) {
                Some(wish) => self.follow(now, current, wish),
                None => stays,
            },
        };
        self.note(now, current, decision.replicas);
        decision
    }

    /// `None` if nothing may be done: every metric fails, or one does and the others would shrink.
    fn largest_wish(&self, now: Time, current: u32, metrics: &[Metric<'_>]) -> Option<u32> {
        let wish = |metric: &Metric<'_>| metric.wish(&self.settings.calculator, now, current);
        let wishes = || metrics.iter().map(wish);
        let largest = wishes().flatten().map(|wish| wish.replicas).max()?;
        let fails = wishes().any(|wish| wish.is_err());
        (!fails || largest >= current).then_some(largest)
    }

    fn follow(&mut self, now: Time, current: u32, wish: u32) -> Decision {
        let bounds = self.settings.bounds;
        let (steady, (replicas, held)) = match &self.settings.rules {
            None => {
                let steady = self.wishes.highest(now, wish, self.settings.down_stabilisation);
                (steady, clamp(current, steady, bounds))
            }
            Some([up, down]) => {
                let windows = [up, down].map(|rules| rules.stabilisation);
                let steady = self.wishes.steady(now, current, wish, windows[0], windows[1]);
                (steady, hold(now, current, steady, bounds, [up, down], [&self.ups, &self.downs]))
            }
        };
        Decision { replicas, steadied: steady != wish, held }
    }

    /// Changes are remembered only where rules ask about them.
    fn note(&mut self, now: Time, current: u32, replicas: u32) {
        let Some([up, down]) = &self.settings.rules else { return };
        if replicas > current {
            self.ups.note(now, replicas - current, up);
        } else if replicas < current {
            self.downs.note(now, current - replicas, down);
        }
    }
}

/// One of an autoscaler's metrics as it is now.
#[derive(Clone, Copy, Debug)]
pub enum Metric<'a> {
    /// What it aims at, and the pods it is measured of.
    Of(Target, &'a [Pod]),
    /// It cannot be had.
    Fails,
}

impl Metric<'_> {
    fn wish(&self, calculator: &Calculator, now: Time, current: u32) -> Result<Wish, NoWish> {
        match self {
            Metric::Of(target, pods) => calculator.wish(now, current, *target, pods),
            Metric::Fails => Err(NoWish::NoMetrics),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::replicas::{Phase, Sample};

    fn hpa(rules: Option<[Rules; 2]>) -> Hpa {
        Hpa::new(Settings {
            bounds: Bounds { min: 1, max: 100 },
            calculator: Calculator::default(),
            rules,
            down_stabilisation: Span::from_secs(300),
        })
    }

    /// Sizes at looks 15 s apart, where `demand` (in whole pods) is spread over whoever is there.
    fn run(hpa: &mut Hpa, mut size: u32, demand: impl Fn(u64) -> u64, looks: u64) -> Vec<u32> {
        let mut sizes = vec![size];
        for look in 0..looks {
            let now = Time::ZERO + Span::from_secs(1_000 + 15 * look);
            let milli = demand(15 * look) * 1000 / u64::from(size);
            let sample = Some(Sample { at: now, window: Span::from_secs(15), milli });
            let pod = Pod {
                phase: Phase::Running,
                started: Some(Time::ZERO),
                ready: Some((true, Time::ZERO)),
                sample,
                request: Some(1000),
            };
            let pods = vec![pod; size as usize];
            let target = Target::Utilisation { percent: 100, cpu: false };
            size = hpa.look(now, size, &[Metric::Of(target, &pods)]).replicas;
            sizes.push(size);
        }
        sizes
    }

    #[test]
    fn unbounded_demand_grows_as_fast_as_the_rules_allow() {
        let rules = Some([Rules::up(), Rules::down()]);
        assert_eq!(run(&mut hpa(rules), 1, |_| 100_000, 6), [1, 5, 10, 20, 40, 80, 100]);
        assert_eq!(run(&mut hpa(None), 1, |_| 100_000, 6), [1, 4, 8, 16, 32, 64, 100]);
    }

    #[test]
    fn a_fall_is_followed_only_when_the_last_high_wish_is_older_than_the_window() {
        let rules = Some([Rules::up(), Rules::down()]);
        // High until 100 s: the last high wish is at 90 s, and counts until just before 390 s.
        let sizes = run(&mut hpa(rules), 10, |at| if at < 100 { 10 } else { 4 }, 30);
        assert_eq!(sizes.iter().position(|&size| size < 10), Some(27), "{sizes:?}");
        assert_eq!(sizes[27], 4);
    }

    #[test]
    fn several_policies_downwards_take_the_one_that_allows_most() {
        let mut down = Rules::down();
        down.stabilisation = Span::ZERO;
        let policy = |amount| super::super::behaviour::Policy { amount, period: Span::from_secs(60) };
        down.policies = vec![
            policy(super::super::behaviour::Amount::Pods(4)),
            policy(super::super::behaviour::Amount::Percent(10)),
        ];
        let mut hpa = hpa(Some([Rules::up(), down]));
        let sizes = run(&mut hpa, 80, |_| 10, 5);
        assert_eq!(sizes, [80, 72, 72, 72, 72, 64], "8 of 80, then 72 × 0.9 = 64.8 rounded down");
    }
}
