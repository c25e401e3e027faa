//! Autoscalers: what instances did is added up as time goes by, and told once a window.

use super::fleets::{STAYING, Stage};
use super::*;
use archsim_models::scaling::hpa::{self, Hpa};
use archsim_models::scaling::replicas::{Phase as PodPhase, Pod, Sample, Target};
use archsim_models::scaling::steps::StepScaling;
use archsim_models::scaling::tracking::TargetTracking;

/// What an instance did in the window so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Done {
    cores: u128,
    threads: u128,
    queue: u128,
    pub reached: u128,
}

/// What is known of a window.
struct Told {
    from: Time,
    at: Time,
    by_instance: BTreeMap<usize, Done>,
}

pub(super) struct Scaler {
    began: Time,
    told: Vec<Told>,
    mind: Mind,
    changed: Option<Time>,
}

enum Mind {
    Hpa(Hpa),
    Tracking(TargetTracking),
    Steps(StepScaling),
}

impl Done {
    fn milli(&self, metric: Metric, window: Span) -> u64 {
        let total = match metric {
            Metric::Cpu => self.cores,
            Metric::Threads => self.threads,
            Metric::InFlight => self.threads + self.queue,
            Metric::Queue => self.queue,
            Metric::Requests => self.reached * 1_000_000_000,
        };
        (total * 1_000 / u128::from(window.as_nanos())) as u64
    }
}

impl Scaler {
    pub(super) fn of(settings: &Deployable) -> Option<Scaler> {
        let Sizing::Autoscaler(autoscaler) = &settings.scaling.as_ref()?.sizing else { return None };
        let mind = match &autoscaler.rule {
            Rule::Hpa { settings, .. } => Mind::Hpa(Hpa::new(settings.clone())),
            Rule::Tracking { settings, .. } => Mind::Tracking(TargetTracking::new(*settings)),
            Rule::Steps { policy, .. } => Mind::Steps(policy.clone()),
        };
        Some(Scaler { began: Time::ZERO, told: Vec::new(), mind, changed: None })
    }
}

impl Twin {
    /// Time goes by.
    pub(super) fn measure(&mut self, span: Span) {
        let nanos = u128::from(span.as_nanos());
        for instance in &mut self.instances {
            let active = instance.cpu.active() as u32;
            let cores = match self.plan.deployables[instance.deployable].cores {
                Limit::AtMost(cores) => active.min(cores),
                Limit::Unbounded => active,
            };
            instance.done.cores += nanos * u128::from(cores);
            instance.done.threads += nanos * u128::from(instance.busy);
            instance.done.queue += nanos * instance.queue.len() as u128;
        }
    }

    fn autoscaler(&self, deployable: usize) -> Autoscaler {
        match self.plan.deployables[deployable].scaling.as_ref().map(|it| it.sizing.clone()) {
            Some(Sizing::Autoscaler(autoscaler)) => autoscaler,
            _ => unreachable!("it has an autoscaler"),
        }
    }

    pub(super) fn next_window(&mut self, deployable: usize) {
        let window = self.autoscaler(deployable).window;
        self.at(self.now + window, Class::Completion, 0, move |twin| {
            let began = twin.scalers[deployable].as_ref().expect("it measures").began;
            let mut by_instance = BTreeMap::new();
            for at in twin.slots_of(deployable) {
                let done = std::mem::take(&mut twin.instances[at].done);
                let instance = &twin.instances[at];
                if instance.up && instance.slot.stage == Stage::Serving && instance.slot.since <= began {
                    by_instance.insert(at, done);
                }
            }
            let now = twin.now;
            let scaler = twin.scalers[deployable].as_mut().expect("it measures");
            scaler.told.push(Told { from: began, at: now, by_instance });
            scaler.began = now;
            twin.next_window(deployable);
        });
    }

    pub(super) fn next_look(&mut self, deployable: usize) {
        let every = self.autoscaler(deployable).every;
        self.at(self.now + every, Class::Timer, 0, move |twin| {
            if let Some(wish) = twin.wish(deployable) {
                twin.resize(deployable, wish);
            }
            twin.next_look(deployable);
        });
    }

    fn wish(&mut self, deployable: usize) -> Option<u32> {
        let autoscaler = self.autoscaler(deployable);
        let desired = self.desired[deployable] as u32;
        let mut scaler = self.scalers[deployable].take().expect("it measures");
        let told = scaler.told.iter().rev().find(|it| it.at + autoscaler.delay <= self.now);
        let wish = match (&mut scaler.mind, &autoscaler.rule) {
            (Mind::Hpa(hpa), Rule::Hpa { goals, .. }) => {
                let pods: Vec<Vec<Pod>> =
                    goals.iter().map(|goal| self.pods(deployable, goal.metric, told)).collect();
                let target = |goal: &Goal| match goal.metric {
                    Metric::Cpu | Metric::Threads => Target::Utilisation {
                        percent: (goal.target * 100.0).round() as u32,
                        cpu: goal.metric == Metric::Cpu,
                    },
                    _ => Target::PodsAverage { milli: (goal.target * 1_000.0).round() as u64 },
                };
                let metrics: Vec<_> =
                    goals.iter().zip(&pods).map(|(goal, pods)| hpa::Metric::Of(target(goal), pods)).collect();
                Some(hpa.look(self.now, desired, &metrics).replicas)
            }
            (Mind::Tracking(tracking), Rule::Tracking { metric, warm_up, .. }) => {
                let warming = self.warming(deployable, *warm_up);
                let mean = told.and_then(|told| self.mean(deployable, *metric, *warm_up, told));
                Some(tracking.look(mean, desired, warming))
            }
            (Mind::Steps(policy), Rule::Steps { metric, warm_up, cooldown, .. }) => {
                let warming = self.warming(deployable, *warm_up);
                let mean = told.and_then(|told| self.mean(deployable, *metric, *warm_up, told));
                let wish = mean.map(|mean| policy.look(mean, desired, warming));
                let cools = scaler.changed.is_some_and(|changed| self.now < changed + *cooldown);
                let wish = wish.filter(|&wish| wish != desired && !cools);
                scaler.changed = wish.map(|_| self.now).or(scaler.changed);
                wish
            }
            _ => unreachable!("a mind is made for its rule"),
        };
        self.scalers[deployable] = Some(scaler);
        wish
    }

    fn whole(&self, deployable: usize, metric: Metric) -> Option<u32> {
        let settings = &self.plan.deployables[deployable];
        match (metric, settings.cores, settings.threads) {
            (Metric::Cpu, Limit::AtMost(most), _) | (Metric::Threads, _, Limit::AtMost(most)) => Some(most),
            _ => None,
        }
    }

    fn pods(&self, deployable: usize, metric: Metric, told: Option<&Told>) -> Vec<Pod> {
        let staying = self.in_stages(deployable, &STAYING);
        let pods = staying.into_iter().map(|at| {
            let (slot, up) = (self.instances[at].slot, self.instances[at].up);
            let boots = slot.stage == Stage::Booting;
            let sample = told.filter(|told| slot.since <= told.from).and_then(|told| {
                let window = told.at.since(told.from);
                let milli = match told.by_instance.get(&at) {
                    Some(done) => done.milli(metric, window),
                    None if boots && metric == Metric::Cpu => 0,
                    None => return None,
                };
                Some(Sample { at: told.at, window, milli })
            });
            Pod {
                phase: if slot.stage == Stage::Pending { PodPhase::Pending } else { PodPhase::Running },
                started: Some(slot.launched),
                ready: Some((up && !boots, slot.since)),
                sample,
                request: self.whole(deployable, metric).map(|whole| u64::from(whole) * 1_000),
            }
        });
        pods.collect()
    }

    fn warm(&self, deployable: usize, warm_up: Span) -> Vec<usize> {
        let mut warm = self.in_stages(deployable, &[Stage::Serving]);
        warm.retain(|&at| {
            let slot = self.instances[at].slot;
            slot.changes == 0 || slot.since + warm_up <= self.now
        });
        warm
    }

    fn warming(&self, deployable: usize, warm_up: Span) -> u32 {
        let staying = self.in_stages(deployable, &STAYING).len();
        (staying - self.warm(deployable, warm_up).len()) as u32
    }

    fn mean(&self, deployable: usize, metric: Metric, warm_up: Span, told: &Told) -> Option<f64> {
        let mut warm = self.warm(deployable, warm_up);
        warm.retain(|&at| self.instances[at].slot.since <= told.from);
        let done: Vec<u64> = warm
            .iter()
            .filter_map(|at| told.by_instance.get(at))
            .map(|done| done.milli(metric, told.at.since(told.from)))
            .collect();
        let whole = f64::from(self.whole(deployable, metric).unwrap_or(1)) * 1_000.0;
        (!done.is_empty()).then(|| done.iter().sum::<u64>() as f64 / done.len() as f64 / whole)
    }
}
