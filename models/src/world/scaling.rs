//! Autoscalers: what is measured of instances, when it is known, and what comes of it.
//!
//! ```text
//!   levels of an instance ── meter ── sample, one a window ── known later ── a look ── so many there should be
//! ```
//! What decides is pure ([`crate::scaling`]); here it is fed. A sample says something of an instance only if it served
//! throughout the window. Whoever boots uses no CPU and answers no other question.

use std::collections::VecDeque;

use archsim_sim::{Class, Limit, Span, Time};

use super::event::Event;
use super::membership::{Slot, Stage};
use super::observe::Observer;
use super::{FIRST, World};
use crate::plan::{Autoscaler, Deployable, Goal, Metric, Rule, Sizing};
use crate::scaling::hpa::{self, Hpa};
use crate::scaling::replicas::{Phase, Pod, Sample, Target};
use crate::scaling::steps::StepScaling;
use crate::scaling::tracking::TargetTracking;

/// What an instance has done so far: integrals of its levels in nanoseconds, and attempts that reached it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    cores: u64,
    threads: u64,
    queue: u64,
    reached: u64,
    /// Up to when.
    until: Time,
}

impl Meter {
    /// The levels have been so high until now.
    pub(crate) fn advance(&mut self, now: Time, cores: u32, threads: u32, queue: u32) {
        let nanos = now.since(self.until).as_nanos();
        self.cores += nanos * u64::from(cores);
        self.threads += nanos * u64::from(threads);
        self.queue += nanos * u64::from(queue);
        self.until = now;
    }

    pub(crate) fn reached(&mut self) {
        self.reached += 1;
    }

    fn since(&self, before: &Meter) -> Meter {
        Meter {
            cores: self.cores - before.cores,
            threads: self.threads - before.threads,
            queue: self.queue - before.queue,
            reached: self.reached - before.reached,
            until: self.until,
        }
    }

    /// In thousandths, of a window of that length.
    fn milli(&self, metric: Metric, window: Span) -> u64 {
        let nanos = u128::from(window.as_nanos().max(1));
        let total = match metric {
            Metric::Cpu => u128::from(self.cores),
            Metric::Threads => u128::from(self.threads),
            Metric::InFlight => u128::from(self.threads) + u128::from(self.queue),
            Metric::Queue => u128::from(self.queue),
            Metric::Requests => u128::from(self.reached) * 1_000_000_000,
        };
        u64::try_from(total * 1_000 / nanos).unwrap_or(u64::MAX)
    }
}

/// What was measured over one window, by slot; nothing where nobody served throughout it.
struct Measured {
    from: Time,
    at: Time,
    slots: Vec<Option<Meter>>,
}

/// The autoscaler of a deployable.
pub(crate) struct Scaler {
    pub meters: Vec<Meter>,
    before: Vec<Meter>,
    began: Time,
    measured: VecDeque<Measured>,
    mind: Mind,
}

/// What it remembers.
enum Mind {
    Hpa(Box<Hpa>),
    Tracking(TargetTracking),
    Steps { policy: StepScaling, changed: Option<Time> },
}

impl Scaler {
    /// `None` if nobody measures.
    pub(crate) fn of(deployable: &Deployable) -> Option<Box<Self>> {
        let Sizing::Autoscaler(autoscaler) = &deployable.scaling.as_ref()?.sizing else { return None };
        let mind = match &autoscaler.rule {
            Rule::Hpa { settings, .. } => Mind::Hpa(Box::new(Hpa::new(settings.clone()))),
            Rule::Tracking { settings, .. } => Mind::Tracking(TargetTracking::new(*settings)),
            Rule::Steps { policy, .. } => Mind::Steps { policy: policy.clone(), changed: None },
        };
        let meters = vec![Meter::default(); deployable.slots() as usize];
        let before = meters.clone();
        Some(Box::new(Scaler { meters, before, began: Time::ZERO, measured: VecDeque::new(), mind }))
    }

    /// The newest window that is known by now; older ones are forgotten.
    fn known(&mut self, now: Time, delay: Span) -> Option<&Measured> {
        while self.measured.get(1).is_some_and(|next| next.at + delay <= now) {
            self.measured.pop_front();
        }
        self.measured.front().filter(|it| it.at + delay <= now)
    }
}

impl<O: Observer> World<'_, O> {
    fn autoscaler(&self, deployable: usize) -> Option<&Autoscaler> {
        match &self.plan.deployables[deployable].scaling.as_ref()?.sizing {
            Sizing::Autoscaler(autoscaler) => Some(autoscaler),
            Sizing::Schedule(_) => None,
        }
    }

    /// The next window, and the next look.
    pub(super) fn schedule_autoscaler(&mut self, deployable: usize) {
        self.schedule_sample(deployable);
        self.schedule_look(deployable);
    }

    fn schedule_sample(&mut self, deployable: usize) {
        let Some(window) = self.autoscaler(deployable).map(|it| it.window) else { return };
        // Before anything else at its instant, so that a look at the end of a window can know of it.
        let event = Event::Samples { deployable: deployable as u32 };
        self.agenda.schedule(self.now() + window, Class::Completion, FIRST, event);
    }

    fn schedule_look(&mut self, deployable: usize) {
        let Some(every) = self.autoscaler(deployable).map(|it| it.every) else { return };
        let event = Event::Looks { deployable: deployable as u32 };
        self.agenda.schedule(self.now() + every, Class::Timer, FIRST, event);
    }

    /// A window ends.
    pub(super) fn sample(&mut self, deployable: usize) {
        let (now, first) = (self.now(), self.layout.first_instance[deployable]);
        let fleet = &mut self.membership.fleets[deployable];
        let Some(scaler) = &mut fleet.scaler else { return };
        let mut slots = Vec::with_capacity(fleet.slots.len());
        for (number, slot) in fleet.slots.iter().enumerate() {
            let instance = &self.instances[first as usize + number];
            let (cores, threads, queue) = instance.levels_seen();
            scaler.meters[number].advance(now, cores, threads, queue);
            let meter = scaler.meters[number];
            let used = meter.since(&std::mem::replace(&mut scaler.before[number], meter));
            let throughout = slot.since <= scaler.began && instance.up && slot.stage == Stage::Serving;
            slots.push(throughout.then_some(used));
        }
        let from = std::mem::replace(&mut scaler.began, now);
        scaler.measured.push_back(Measured { from, at: now, slots });
        self.schedule_sample(deployable);
    }

    /// The autoscaler looks at what it knows.
    pub(super) fn look(&mut self, deployable: usize) {
        let wish = match &self.plan.deployables[deployable].scaling {
            Some(scaling) => match &scaling.sizing {
                Sizing::Autoscaler(autoscaler) => self.wish(deployable, autoscaler),
                Sizing::Schedule(_) => None,
            },
            None => None,
        };
        if let Some(wish) = wish {
            self.resize(deployable, wish);
        }
        self.schedule_look(deployable);
    }

    /// How many there should be; `None` leaves it as it is.
    fn wish(&mut self, deployable: usize, autoscaler: &Autoscaler) -> Option<u32> {
        let now = self.now();
        let first = self.layout.first_instance[deployable] as usize;
        let settings = &self.plan.deployables[deployable];
        let fleet = &mut self.membership.fleets[deployable];
        let scaler = fleet.scaler.as_mut()?;
        scaler.known(now, autoscaler.delay);
        let measured = scaler.measured.front().filter(|it| it.at + autoscaler.delay <= now);
        let up = |number: usize| self.instances[first + number].up;
        let desired = match (&mut scaler.mind, &autoscaler.rule) {
            (Mind::Hpa(hpa), Rule::Hpa { goals, .. }) => {
                let pods: Vec<Vec<Pod>> =
                    goals.iter().map(|goal| pods(settings, goal, &fleet.slots, &up, measured)).collect();
                let metrics: Vec<hpa::Metric<'_>> =
                    goals.iter().zip(&pods).map(|(goal, pods)| hpa::Metric::Of(target(goal), pods)).collect();
                hpa.look(now, fleet.desired, &metrics).replicas
            }
            (Mind::Tracking(tracking), Rule::Tracking { metric, warm_up, .. }) => {
                let (point, warming) = point(settings, *metric, *warm_up, now, &fleet.slots, measured);
                tracking.look(point, fleet.desired, warming)
            }
            (Mind::Steps { policy, changed }, Rule::Steps { metric, warm_up, cooldown, .. }) => {
                let (point, warming) = point(settings, *metric, *warm_up, now, &fleet.slots, measured);
                let wish = policy.look(point?, fleet.desired, warming);
                if changed.is_some_and(|changed| now < changed + *cooldown) || wish == fleet.desired {
                    return None;
                }
                *changed = Some(now);
                wish
            }
            _ => return None,
        };
        Some(desired)
    }
}

/// What a metric is compared with, in the terms of Kubernetes.
fn target(goal: &Goal) -> Target {
    match goal.metric {
        Metric::Cpu => Target::Utilisation { percent: (goal.target * 100.0).round() as u32, cpu: true },
        Metric::Threads => Target::Utilisation { percent: (goal.target * 100.0).round() as u32, cpu: false },
        Metric::InFlight | Metric::Requests | Metric::Queue => {
            Target::PodsAverage { milli: (goal.target * 1_000.0).round() as u64 }
        }
    }
}

/// Of what a share is measured: cores, or threads.
fn whole(settings: &Deployable, metric: Metric) -> Option<u32> {
    let limit = match metric {
        Metric::Cpu => settings.cores,
        Metric::Threads => settings.threads,
        Metric::InFlight | Metric::Requests | Metric::Queue => return None,
    };
    match limit {
        Limit::AtMost(most) => Some(most),
        Limit::Unbounded => None,
    }
}

/// The instances as pods, as far as they are not about to go.
fn pods(
    settings: &Deployable,
    goal: &Goal,
    slots: &[Slot],
    up: &impl Fn(usize) -> bool,
    measured: Option<&Measured>,
) -> Vec<Pod> {
    let pods = slots.iter().enumerate().filter(|(_, slot)| slot.stage.stays()).map(|(number, slot)| {
        let sample = measured.and_then(|measured| {
            let window = measured.at.since(measured.from);
            let used = match measured.slots[number] {
                // What was measured was another one, if this one came since.
                Some(meter) if slot.since <= measured.from => meter.milli(goal.metric, window),
                None if goal.metric == Metric::Cpu
                    && slot.stage == Stage::Booting
                    && slot.since <= measured.from =>
                {
                    0
                }
                _ => return None,
            };
            Some(Sample { at: measured.at, window, milli: used })
        });
        Pod {
            phase: if slot.stage == Stage::Pending { Phase::Pending } else { Phase::Running },
            started: Some(slot.launched),
            ready: Some((slot.stage == Stage::Serving && up(number), slot.since)),
            sample,
            request: whole(settings, goal.metric).map(|whole| u64::from(whole) * 1_000),
        }
    });
    pods.collect()
}

/// The mean over the warm instances, and how many are not warm yet.
fn point(
    settings: &Deployable,
    metric: Metric,
    warm_up: Span,
    now: Time,
    slots: &[Slot],
    measured: Option<&Measured>,
) -> (Option<f64>, u32) {
    let is_warm =
        |slot: &Slot| slot.stage == Stage::Serving && (slot.is_first() || slot.since + warm_up <= now);
    let warming = slots.iter().filter(|slot| match slot.stage {
        Stage::Pending | Stage::Booting => true,
        Stage::Serving => !is_warm(slot),
        Stage::Absent | Stage::Draining => false,
    });
    let warming = warming.count() as u32;
    let Some(measured) = measured else { return (None, warming) };
    let window = measured.at.since(measured.from);
    let (mut sum, mut count) = (0_u64, 0_u64);
    for (slot, meter) in slots.iter().zip(&measured.slots) {
        if let Some(meter) = meter.filter(|_| is_warm(slot) && slot.since <= measured.from) {
            sum += meter.milli(metric, window);
            count += 1;
        }
    }
    let whole = f64::from(whole(settings, metric).unwrap_or(1)) * 1_000.0;
    ((count > 0).then(|| sum as f64 / count as f64 / whole), warming)
}
