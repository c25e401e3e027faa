//! Small plans built by hand, and what became of them, for tests of the world.
#![allow(dead_code, reason = "every test file uses its own part of this")]

pub mod gambler;

use archsim_models::plan::*;
use archsim_models::policy::*;
use archsim_models::record::{Cause, Leftover, Record};
use archsim_models::world::{Note, simulate, simulate_observed};
use archsim_sim::{Distribution, Limit, Sharing, Span, Time};

/// A second after the start, and so on.
pub fn secs(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// A millisecond after the start, and so on.
pub fn at(ms: u64) -> Time {
    Time::ZERO + millis(ms)
}

/// So many milliseconds.
pub const fn millis(ms: u64) -> Span {
    Span::from_millis(ms)
}

/// A plan to which a test adds what it is about.
pub struct Draft {
    pub plan: Plan,
}

impl Draft {
    /// `rate` Poisson arrivals per second from zero to `horizon`, measured from `warmup`, and a minute to drain.
    pub fn open(rate: f64, warmup: u64, horizon: u64) -> Self {
        let until = secs(horizon);
        let segment = RateSegment { from: Time::ZERO, until, rate_from: rate, rate_until: rate };
        let arrivals = Arrivals::Open { rate: vec![segment], poisson: true };
        Draft { plan: Plan::empty("test", arrivals, secs(warmup), until) }
    }

    /// One request every `gap` milliseconds, the first after one gap, `count` in all.
    pub fn every(gap: u64, count: u64) -> Self {
        let mut draft = Draft::open(1_000.0 / gap as f64, 0, 1);
        if let Arrivals::Open { rate, poisson } = &mut draft.plan.workload.arrivals {
            rate[0].until = at(gap * (count + 2));
            *poisson = false;
        }
        // Rounding may put an arrival a nanosecond off; half a gap is far from both neighbours.
        draft.plan.horizon = at(gap * count) + Span::from_nanos(gap * 500_000);
        draft.plan.end = draft.plan.horizon + Span::from_secs(60);
        draft.plan.windows[0].until = draft.plan.horizon;
        draft
    }

    /// One request, one second after the start.
    pub fn once() -> Self {
        Draft::every(1_000, 1)
    }

    /// One instance with one core (first come first served), unlimited threads and no network.
    pub fn deployable(&mut self, name: &str) -> &mut Deployable {
        let (cores, sharing) = (Limit::AtMost(1), Sharing::Fifo);
        self.plan.deployables.push(Deployable { cores, sharing, ..Deployable::plain(name) });
        self.plan.deployables.last_mut().expect("just pushed")
    }

    /// Two servers, no network, no limits.
    pub fn store(&mut self, name: &str, ms: u64) -> &mut Store {
        let [read, write] = [ms, 2 * ms].map(|ms| Distribution::constant(millis(ms)));
        self.plan.stores.push(Store { servers: 2, ..Store::plain(name, read, write) });
        self.plan.stores.last_mut().expect("just pushed")
    }

    /// A capability that the last deployable runs, with its one block of steps.
    pub fn capability(&mut self, name: &str, steps: Vec<Step>) -> ProgramId {
        let id = self.plan.programs.len() as u16;
        self.plan.capabilities.push(name.into());
        self.plan.programs.push(Program {
            capability: CapabilityId(id),
            deployable: DeployableId(self.plan.deployables.len() as u16 - 1),
            blocks: vec![steps],
        });
        ProgramId(id)
    }

    /// A call step from the program that comes next to `callee`.
    pub fn call(&mut self, callee: ProgramId, in_process: bool, layers: Vec<Layer>) -> Step {
        let calling = ProgramId(self.plan.programs.len() as u16);
        let guard = (!layers.is_empty()).then(|| {
            self.plan.guards.push(Guard {
                deployable: DeployableId(self.plan.deployables.len() as u16 - 1),
                callee: self.plan.programs[callee.at()].capability,
                fallbacks: vec![None; layers.len()],
                layers,
            });
            GuardId(self.plan.guards.len() as u16 - 1)
        });
        let id = SiteId(self.plan.sites.len() as u16);
        self.plan.sites.push(Site {
            name: format!("{} -> {}", calling.0, callee.0),
            caller: calling,
            callee,
            in_process,
            probability: 1.0,
            repeat: 1,
            again: 0.0,
            optional: true,
            guard,
            key: 77 + u64::from(id.0),
        });
        Step::Call(id)
    }

    /// A remote call step.
    pub fn remote(&mut self, callee: ProgramId, layers: Vec<Layer>) -> Step {
        self.call(callee, false, layers)
    }

    /// A journey that enters here.
    pub fn journey(&mut self, name: &str, enters: ProgramId, share: f64) -> &mut Journey {
        self.plan.journeys.push(Journey {
            name: name.into(),
            share,
            enters,
            within: Span::FOREVER,
            objective: 0.999,
            priority: 0,
            reaches: Vec::new(),
        });
        self.plan.journeys.last_mut().expect("just pushed")
    }

    /// A fault from `from` until `until`, in milliseconds.
    pub fn fault(&mut self, from: u64, until: u64, effect: Effect) {
        self.plan.faults.push(Fault { from: at(from), until: at(until), effect });
    }

    /// Patience of every user, in milliseconds.
    pub fn patience(&mut self, ms: u64, leaves: Leaves) {
        self.plan.workload.patience = Some(Distribution::constant(millis(ms)));
        self.plan.workload.leaves = leaves;
    }

    /// The counts of one run.
    pub fn record(&self) -> Record {
        simulate(&self.plan, 1, 0)
    }

    /// Everything that was noted: when, for which request, what.
    pub fn notes(&self) -> Vec<(Time, u64, Note)> {
        let mut notes = Vec::new();
        simulate_observed(&self.plan, 1, 0, &mut |now, request, note| notes.push((now, request, note)));
        notes
    }

    /// What the users got, and how many milliseconds after they asked, by request. Requests come evenly.
    pub fn answers(&self) -> Vec<(u64, Outcome)> {
        let Arrivals::Open { rate, poisson: false } = &self.plan.workload.arrivals else {
            panic!("a draft of even arrivals")
        };
        let gap = Span::from_secs_f64(1.0 / rate[0].rate_from);
        let mut answers: Vec<_> = self
            .notes()
            .into_iter()
            .filter_map(|(now, request, note)| match note {
                Note::Answered(outcome) => {
                    let asked = Time::ZERO + gap * (request + 1);
                    let nanos = now.since(asked).as_nanos();
                    Some((request, (nanos + 500) / 1_000_000, outcome))
                }
                _ => None,
            })
            .collect();
        answers.sort_by_key(|&(request, ..)| request);
        answers.into_iter().map(|(_, ms, outcome)| (ms, outcome)).collect()
    }

    /// What became of a single request, and after how many milliseconds; nothing may be left over.
    pub fn answer(&self) -> (u64, Outcome) {
        assert_eq!(self.record().leftover, Leftover::default());
        let answers = self.answers();
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers[0]
    }
}

/// A failure.
pub const fn failed(cause: Cause) -> Outcome {
    Outcome::Failed(cause)
}

/// CPU time, exponential.
pub fn work(mean: Span) -> Step {
    Step::Work { span: Distribution::exponential(mean), key: 1 }
}

/// CPU time, always the same.
pub fn busy(ms: u64) -> Step {
    Step::Work { span: Distribution::constant(millis(ms)), key: 1 }
}

/// Waiting without CPU.
pub fn latency(span: Distribution) -> Step {
    Step::Latency { span, key: 2 }
}

/// Waiting without CPU, always the same.
pub fn wait(ms: u64) -> Step {
    latency(Distribution::constant(millis(ms)))
}

/// One read of a store.
pub const fn read(store: u16) -> Step {
    Step::Store {
        store: StoreId(store),
        operation: Operation::Read,
        repeat: 1,
        again: 0.0,
        item: None,
        cost: None,
        key: 3,
    }
}

/// A timeout that nobody is told of.
pub const fn timeout(ms: u64) -> Layer {
    Layer::Timeout(TimeoutSettings { after: millis(ms), cancel: false, deadline: false })
}

/// A timeout that tells the callee.
pub const fn cancelling(ms: u64) -> Layer {
    Layer::Timeout(TimeoutSettings { after: millis(ms), cancel: true, deadline: false })
}

/// A timeout that the callee knows beforehand.
pub const fn deadline(ms: u64) -> Layer {
    Layer::Timeout(TimeoutSettings { after: millis(ms), cancel: false, deadline: true })
}

/// So many attempts in all, on the default causes, with a fixed pause.
pub fn retry(attempts: u32, pause_ms: u64) -> Layer {
    Layer::Retry(RetrySettings {
        attempts,
        backoff: if pause_ms == 0 { Backoff::None } else { Backoff::Fixed(millis(pause_ms)) },
        on: vec![Cause::Timeout, Cause::Error, Cause::QueueFull, Cause::Refused, Cause::Reset],
        budget: None,
        key: 5,
    })
}

/// A pool of threads without a queue.
pub fn pool(size: u32) -> Layer {
    Layer::ThreadPool(ThreadPoolSettings { size, ..ThreadPoolSettings::default() })
}

/// Permits, and how long a call waits for one.
pub const fn semaphore(permits: u32, wait_ms: u64) -> Layer {
    Layer::Semaphore(SemaphoreSettings { permits, wait: millis(wait_ms) })
}

/// Hystrix's breaker.
pub fn breaker() -> Layer {
    Layer::Breaker(BreakerSettings::default())
}

/// A fixed answer, at once.
pub const fn fallback() -> Layer {
    Layer::Fallback(FallbackSettings {
        answer: FallbackAnswer::Static,
        permits: 10,
        fails: 0.0,
        latency: None,
        key: 6,
    })
}

/// Every call of the capability fails, normally after its time.
pub const fn error(program: ProgramId, probability: f64, at_once: bool) -> Effect {
    Effect::Error { capability: CapabilityId(program.0), probability, at_once, cause: Cause::Error, key: 8 }
}

/// Mean and standard error over replications.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
