//! Random plans in which everything comes back: whatever waits has a time limit, and the drain is long.
//!
//! Faults of all kinds, every layer in any order, stores, cancellations and deadlines, with and without network time.

use archsim_models::plan::*;
use archsim_models::policy::*;
use archsim_models::record::Cause;
use archsim_sim::{Distribution, Limit, Order, Sharing, Span, Stream};

use super::{Draft, at, millis};

/// A plan drawn from a seed.
pub struct Gambler {
    stream: Stream,
    draft: Draft,
    keys: u64,
}

impl Gambler {
    /// With dice of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Gambler { stream: Stream::named(seed, 0, "plan"), draft: Draft::open(60.0, 0, 4), keys: 1_000 }
    }

    fn below(&mut self, n: u32) -> u32 {
        self.stream.below(n)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }

    /// Many times alike, so that events fall on the same instant.
    fn span(&mut self) -> Span {
        millis([0, 1, 5, 5, 10, 40][self.below(6) as usize])
    }

    fn distribution(&mut self) -> Distribution {
        let mean = self.span();
        if self.coin() { Distribution::constant(mean) } else { Distribution::exponential(mean) }
    }

    fn limit(&mut self, most: u32) -> Limit {
        if self.coin() { Limit::Unbounded } else { Limit::AtMost(1 + self.below(most)) }
    }

    fn layer(&mut self) -> Layer {
        let key = self.key();
        match self.below(8) {
            0 | 1 => Layer::Timeout(TimeoutSettings {
                after: millis(10) + self.span(),
                cancel: self.coin(),
                deadline: self.coin(),
            }),
            2 => Layer::Retry(RetrySettings {
                attempts: 2 + self.below(2),
                backoff: [
                    Backoff::None,
                    Backoff::Fixed(millis(10)),
                    Backoff::FullJitter { base: millis(10), cap: millis(20) },
                ][self.below(3) as usize],
                on: Cause::ALL.to_vec(),
                budget: None,
                key,
            }),
            3 => Layer::ThreadPool(ThreadPoolSettings {
                size: 1 + self.below(3),
                queue: self.below(3),
                rejection_threshold: 2,
            }),
            4 => Layer::Semaphore(SemaphoreSettings { permits: 1 + self.below(3), wait: self.span() }),
            5 => Layer::Breaker(BreakerSettings {
                volume: 5,
                sleep_window: millis(200),
                bug_1853: self.coin(),
                ..BreakerSettings::default()
            }),
            6 => Layer::RateLimit(RateLimitSettings { rate: 20.0, burst: 5 }),
            _ => Layer::Fallback(FallbackSettings {
                answer: if self.coin() { FallbackAnswer::Static } else { FallbackAnswer::Capability },
                permits: 2,
                fails: 0.2,
                latency: if self.coin() { None } else { Some(self.distribution()) },
                key,
            }),
        }
    }

    /// Remote calls have a socket timeout: without, a lost message holds what it holds for ever.
    fn layers(&mut self, in_process: bool) -> Vec<Layer> {
        let mut layers: Vec<Layer> = (0..self.below(5)).map(|_| self.layer()).collect();
        if !in_process {
            layers.push(Layer::Timeout(TimeoutSettings {
                after: millis(60),
                cancel: self.coin(),
                deadline: self.coin(),
            }));
        }
        layers
    }

    fn call(&mut self, callee: ProgramId) -> Step {
        let here = self.draft.plan.deployables.len() - 1;
        let in_process = self.draft.plan.programs[callee.at()].deployable.at() == here;
        let layers = self.layers(in_process);
        let substitutes: Vec<_> = layers
            .iter()
            .map(|layer| matches!(layer, Layer::Fallback(f) if f.answer == FallbackAnswer::Capability))
            .collect();
        let step = self.draft.call(callee, in_process, layers);
        let Step::Call(site) = step else { unreachable!() };
        self.draft.plan.sites[site.at()].probability = if self.coin() { 1.0 } else { 0.7 };
        self.draft.plan.sites[site.at()].repeat = 1 + self.below(2);
        for (layer, _) in substitutes.into_iter().enumerate().filter(|(_, is)| *is) {
            let guard = self.draft.plan.sites[site.at()].guard.expect("it has layers");
            // Only in-process substitutes can do without a socket timeout.
            if in_process {
                let Step::Call(substitute) = self.draft.call(callee, true, Vec::new()) else {
                    unreachable!()
                };
                self.draft.plan.guards[guard.at()].fallbacks[layer] = Some(FallbackCall { site: substitute });
            }
        }
        step
    }

    fn step(&mut self, callees: u16) -> Step {
        let key = self.key();
        match self.below(6) {
            0 | 1 => Step::Work { span: self.distribution(), key },
            2 => Step::Latency { span: self.distribution(), key },
            3 => Step::Store {
                store: StoreId(self.below(2) as u16),
                operation: Operation::Read,
                repeat: 1 + self.below(2),
                again: 0.0,
                item: None,
                cost: None,
                key,
            },
            _ if callees == 0 => Step::Work { span: self.distribution(), key },
            _ => {
                let callee = ProgramId(self.below(u32::from(callees)) as u16);
                self.call(callee)
            }
        }
    }

    fn steps(&mut self, callees: u16) -> Vec<Step> {
        (0..=self.below(2)).map(|_| self.step(callees)).collect()
    }

    fn program(&mut self, number: u16) {
        let mut main = self.steps(number);
        let mut branches = Vec::new();
        if self.coin() {
            branches = (0..2 + self.below(2)).map(|_| self.steps(number)).collect();
            let blocks = (1..=branches.len()).map(|block| BlockId(block as u16)).collect();
            main.push(Step::Parallel { branches: blocks, fail_fast: self.coin() });
            main.push(self.step(number));
        }
        let id = self.draft.capability("some", main);
        self.draft.plan.programs[id.at()].blocks.extend(branches);
    }

    fn deployable(&mut self) {
        let (instances, threads, queue) = (1 + self.below(3), self.limit(5), self.limit(10));
        let (cores, hop) = (self.limit(2), self.span());
        let (user_hop, serialise) = (self.span(), self.span());
        let sharing = if self.coin() { Sharing::Fifo } else { Sharing::Shared };
        let order = [Order::Fifo, Order::Lifo, Order::Priority][self.below(3) as usize];
        let route = [Route::RoundRobin, Route::Random, Route::LEAST_OUTSTANDING, Route::POWER_OF_TWO];
        let route = route[self.below(4) as usize];
        let mode = if self.coin() { Mode::Blocking } else { Mode::Asynchronous };
        let fresh = self.draft.deployable("some");
        *fresh = Deployable {
            instances,
            threads,
            queue,
            cores,
            hop,
            user_hop,
            sharing,
            order,
            route,
            mode,
            ..fresh.clone()
        };
        fresh.serialise = if serialise > millis(1) { Span::ZERO } else { serialise };
    }

    fn fault(&mut self) {
        let plan = &self.draft.plan;
        let (capabilities, deployables) = (plan.capabilities.len() as u32, plan.deployables.len() as u32);
        let capability = CapabilityId(self.below(capabilities) as u16);
        let deployable = DeployableId(self.below(deployables) as u16);
        let other = DeployableId(self.below(deployables) as u16);
        let from = if self.coin() { None } else { Some(other) };
        let (store, key, silent) = (StoreId(self.below(2) as u16), self.key(), self.coin());
        let effect = match self.below(9) {
            0 => Effect::Slow { capability, add: Some(self.distribution()), factor: 3.0, key },
            1 => Effect::Busy { capability, factor: 3.0 },
            2 => Effect::Error { capability, probability: 0.5, at_once: silent, cause: Cause::Error, key },
            3 => Effect::Hang { capability },
            4 => Effect::Crash { deployable, instances: 1 + self.below(2), silent },
            5 => Effect::NetworkDelay { from, to: deployable, add: self.distribution(), key },
            6 => Effect::NetworkLoss { from, to: deployable, probability: 0.3, key },
            7 => Effect::StoreOutage { store, silent },
            _ => Effect::StoreSlow { store, factor: 4.0 },
        };
        // Whole tenths of seconds: faults overlap, meet, and begin while things happen at the same instant.
        let from = u64::from(self.below(30)) * 100;
        let until = from + u64::from(1 + self.below(8)) * 100;
        self.draft.fault(from, until, effect);
    }

    /// The plan.
    pub fn plan(mut self) -> Plan {
        for _ in 0..2 {
            let (pool, hop, wait) = (1 + self.below(3), self.span(), self.span());
            let (queue, connections) = (self.limit(3), self.limit(4));
            let store = self.draft.store("some", 5);
            *store = Store { pool, hop, queue, connections, pool_wait: wait, ..store.clone() };
        }
        let programs = 2 + self.below(5) as u16;
        for number in 0..programs {
            if number == 0 || self.coin() {
                self.deployable();
            }
            self.program(number);
        }
        self.draft.journey("all", ProgramId(programs - 1), 1.0);
        for _ in 0..self.below(5) {
            self.fault();
        }
        // A lost message from a user is given up with the user's patience.
        let leaves = [Leaves::Unnoticed, Leaves::Queue, Leaves::Cancels][self.below(3) as usize];
        self.draft.patience(150, leaves);
        if self.below(4) == 0 {
            let think = Distribution::exponential(millis(100));
            self.draft.plan.workload.arrivals = Arrivals::Closed { users: 10, think };
        }
        self.draft.plan.end = at(600_000);
        self.draft.plan
    }
}
