//! Small plans built by hand, for tests of the world.

use archsim_models::plan::*;
use archsim_models::policy::Layer;
use archsim_sim::{Distribution, Limit, Order, Sharing, Span, Time};

/// A second after the start, and so on.
pub fn secs(secs: u64) -> Time {
    Time::ZERO + Span::from_secs(secs)
}

/// A plan to which a test adds what it is about. Journeys share the arrivals evenly unless the test says otherwise.
pub struct Draft {
    pub plan: Plan,
}

impl Draft {
    /// `rate` Poisson arrivals per second from zero to `horizon`, measured from `warmup`.
    pub fn open(rate: f64, warmup: u64, horizon: u64) -> Self {
        let until = secs(horizon);
        let segment = RateSegment { from: Time::ZERO, until, rate_from: rate, rate_until: rate };
        Draft {
            plan: Plan {
                arm: "test".into(),
                capabilities: Vec::new(),
                journeys: Vec::new(),
                programs: Vec::new(),
                sites: Vec::new(),
                guards: Vec::new(),
                deployables: Vec::new(),
                stores: Vec::new(),
                workload: Workload {
                    arrivals: Arrivals::Open { rate: vec![segment], poisson: true },
                    patience: None,
                    leaves: Leaves::Unnoticed,
                },
                faults: Vec::new(),
                windows: vec![Window { name: "run".into(), from: secs(warmup), until }],
                bucket: Span::from_secs(1),
                warmup: secs(warmup),
                horizon: until,
                end: secs(horizon + 60),
                in_flight: 1_000_000,
            },
        }
    }

    /// One instance with one core, unlimited threads and no network.
    pub fn deployable(&mut self, name: &str) -> &mut Deployable {
        self.plan.deployables.push(Deployable {
            name: name.into(),
            instances: 1,
            cores: Limit::AtMost(1),
            speed: 1.0,
            sharing: Sharing::Fifo,
            threads: Limit::Unbounded,
            mode: Mode::Blocking,
            queue: Limit::Unbounded,
            order: Order::Fifo,
            route: Route::RoundRobin,
            hop: Span::ZERO,
            user_hop: Span::ZERO,
            serialise: Span::ZERO,
        });
        self.plan.deployables.last_mut().expect("just pushed")
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
        let caller = ProgramId(self.plan.programs.len() as u16);
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
            name: format!("{} -> {}", caller.0, callee.0),
            caller,
            callee,
            in_process,
            probability: 1.0,
            repeat: 1,
            optional: true,
            guard,
            key: 77 + u64::from(id.0),
        });
        Step::Call(id)
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
}

/// CPU time, exponential.
pub fn work(mean: Span) -> Step {
    Step::Work { span: Distribution::exponential(mean), key: 1 }
}

/// Waiting without CPU.
pub fn latency(span: Distribution) -> Step {
    Step::Latency { span, key: 2 }
}
