//! The canonical workloads as plans.

use archsim_models::plan::{
    Arrivals, BlockId, CapabilityId, Deployable, DeployableId, Guard, GuardId, Journey, Operation, Plan,
    Program, ProgramId, RateSegment, Site, SiteId, Step, Store, StoreId,
};
use archsim_models::policy::{
    Backoff, BreakerSettings, FallbackAnswer, FallbackSettings, Layer, RetrySettings, ThreadPoolSettings,
    TimeoutSettings,
};
use archsim_models::record::Cause;
use archsim_sim::{Distribution, Limit, Sharing, Span, Time};

const fn millis(ms: u64) -> Span {
    Span::from_millis(ms)
}

/// A plan of so many Poisson arrivals, with nothing in it.
fn empty(requests: u64, per_second: f64) -> Plan {
    let until = Time::ZERO + Span::from_secs_f64(requests as f64 / per_second);
    let segment = RateSegment { from: Time::ZERO, until, rate_from: per_second, rate_until: per_second };
    let arrivals = Arrivals::Open { rate: vec![segment], poisson: true };
    let bucket = Span::from_secs_f64(requests as f64 / per_second / 100.0);
    Plan { bucket, ..Plan::empty("benchmark", arrivals, Time::ZERO, until) }
}

fn deployable(name: &str) -> Deployable {
    Deployable { sharing: Sharing::Fifo, ..Deployable::plain(name) }
}

fn program(plan: &mut Plan, name: &str, steps: Vec<Step>) -> ProgramId {
    let id = plan.programs.len() as u16;
    plan.capabilities.push(name.into());
    let deployable = DeployableId(plan.deployables.len() as u16 - 1);
    plan.programs.push(Program { capability: CapabilityId(id), deployable, blocks: vec![steps] });
    ProgramId(id)
}

fn journey(plan: &mut Plan, enters: ProgramId, share: f64) {
    let name = format!("journey {}", enters.0);
    let (within, reaches) = (Span::from_secs(1), Vec::new());
    plan.journeys.push(Journey { name, share, enters, within, objective: 0.999, priority: 0, reaches });
}

/// A remote call from the program that comes next.
fn call(plan: &mut Plan, callee: ProgramId, layers: Vec<Layer>) -> Step {
    let site = SiteId(plan.sites.len() as u16);
    let guard = GuardId(plan.guards.len() as u16);
    plan.guards.push(Guard {
        deployable: DeployableId(plan.deployables.len() as u16 - 1),
        callee: plan.programs[callee.at()].capability,
        fallbacks: vec![None; layers.len()],
        layers,
    });
    plan.sites.push(Site {
        name: String::new(),
        caller: ProgramId(plan.programs.len() as u16),
        callee,
        in_process: false,
        probability: 1.0,
        repeat: 1,
        again: 0.0,
        optional: true,
        guard: Some(guard),
        key: 1_000 + u64::from(site.0),
    });
    Step::Call(site)
}

const fn work(mean: Span) -> Step {
    Step::Work { span: Distribution::exponential(mean), key: 1 }
}

const fn wait(mean: Span) -> Step {
    Step::Latency { span: Distribution::exponential(mean), key: 2 }
}

/// W1: M/M/1 at ρ = 0.8; the unit is a millisecond.
pub fn one_server(requests: u64) -> Plan {
    station(requests, 800.0, 1)
}

/// W2: M/M/16 at ρ = 0.9.
pub fn sixteen_servers(requests: u64) -> Plan {
    station(requests, 14_400.0, 16)
}

fn station(requests: u64, per_second: f64, cores: u32) -> Plan {
    let mut plan = empty(requests, per_second);
    plan.deployables.push(Deployable { cores: Limit::AtMost(cores), ..deployable("server") });
    let serve = program(&mut plan, "serve", vec![work(millis(1))]);
    journey(&mut plan, serve, 1.0);
    plan
}

/// W3: three tiers, held through nested calls, timeouts that cancel, one retry after U(2.5, 7.5) ms.
///
/// It differs from the kernel's form in one thing: there the customer itself calls, here a front tier without
/// work or limits does, because policies stand around calls of programs.
pub fn chain(requests: u64) -> Plan {
    let mut plan = empty(requests, 3_200.0);
    let mut next = None;
    for (name, threads, mean, timeout) in [("db", 16, 4, 15), ("service", 32, 4, 40), ("gateway", 64, 7, 80)]
    {
        plan.deployables.push(Deployable { threads: Limit::AtMost(threads), ..deployable(name) });
        let mut steps = vec![wait(millis(mean))];
        steps.extend(next.map(|(callee, timeout)| call(&mut plan, callee, once_again(timeout))));
        next = Some((program(&mut plan, name, steps), timeout));
    }
    plan.deployables.push(deployable("front"));
    let (gateway, timeout) = next.expect("three tiers");
    let step = call(&mut plan, gateway, once_again(timeout));
    let front = program(&mut plan, "front", vec![step]);
    journey(&mut plan, front, 1.0);
    plan
}

fn once_again(timeout: u64) -> Vec<Layer> {
    // The first decorrelated pause is U(base, 3 · base).
    let backoff =
        Backoff::DecorrelatedJitter { base: Span::from_micros(2_500), cap: Span::from_micros(7_500) };
    let on = vec![Cause::Timeout, Cause::Error];
    vec![
        Layer::Retry(RetrySettings { attempts: 2, backoff, on, budget: None, key: 3 }),
        Layer::Timeout(TimeoutSettings { after: millis(timeout), cancel: true, deadline: false }),
    ]
}

/// S: pages of 14 capabilities in deployables of their own at 2,000 requests/s in all: a gateway, a service of
/// users, four services that the gateway calls at the same time, two further ones behind each of these. Every call
/// has a fallback, a breaker, a retry, a timeout and a thread pool; services share their cores; five have a database
/// each. `pages` such systems stand side by side.
pub fn microservices(requests: u64, pages: u16) -> Plan {
    let mut plan = empty(requests, 2_000.0);
    for _ in 0..pages {
        page(&mut plan, 1.0 / f64::from(pages));
    }
    plan
}

fn page(plan: &mut Plan, share: f64) {
    let mut middle = Vec::new();
    for name in ["catalogue", "reviews", "recommendations", "history"] {
        let leaves = ["data", "rights"].map(|kind| {
            let reads = (kind == "data").then(|| store(plan));
            service(plan, &format!("{name} {kind}"), Span::from_micros(400), reads, &[])
        });
        middle.push(service(plan, name, Span::from_micros(800), None, &leaves));
    }
    let reads = store(plan);
    let users = service(plan, "users", Span::from_micros(500), Some(reads), &[]);
    plan.deployables.push(tier("gateway", 4));
    let first = call(plan, users, onion());
    let branches: Vec<Vec<Step>> = middle.iter().map(|&callee| vec![call(plan, callee, onion())]).collect();
    let blocks = (1..=branches.len()).map(|block| BlockId(block as u16)).collect();
    let join = Step::Parallel { branches: blocks, fail_fast: true };
    let gateway = program(plan, "gateway", vec![work(Span::from_micros(300)), first, join]);
    plan.programs[gateway.at()].blocks.extend(branches);
    journey(plan, gateway, share);
}

fn tier(name: &str, cores: u32) -> Deployable {
    Deployable {
        instances: 3,
        cores: Limit::AtMost(cores),
        sharing: Sharing::Shared,
        threads: Limit::AtMost(200),
        queue: Limit::AtMost(400),
        hop: Span::from_micros(300),
        user_hop: millis(5),
        serialise: Span::from_micros(30),
        ..deployable(name)
    }
}

fn service(
    plan: &mut Plan,
    name: &str,
    mean: Span,
    reads: Option<StoreId>,
    callees: &[ProgramId],
) -> ProgramId {
    plan.deployables.push(tier(name, 4));
    let mut steps = vec![work(mean)];
    steps.extend(reads.map(|store| Step::Store {
        store,
        operation: Operation::Read,
        repeat: 1,
        again: 0.0,
        item: None,
        cost: None,
        key: 4,
    }));
    steps.extend(callees.iter().map(|&callee| call(plan, callee, onion())));
    program(plan, name, steps)
}

fn store(plan: &mut Plan) -> StoreId {
    let name = format!("database {}", plan.stores.len());
    let [read, write] = [2, 4].map(|mean| Distribution::exponential(millis(mean)));
    plan.stores.push(Store {
        servers: 16,
        queue: Limit::AtMost(1_000),
        connections: Limit::AtMost(200),
        hop: Span::from_micros(200),
        pool: 50,
        pool_wait: millis(500),
        ..Store::plain(&name, read, write)
    });
    StoreId(plan.stores.len() as u16 - 1)
}

fn onion() -> Vec<Layer> {
    let backoff = Backoff::FullJitter { base: millis(20), cap: millis(100) };
    let on = vec![Cause::Timeout, Cause::Error, Cause::Refused, Cause::Reset];
    let answer = FallbackAnswer::Static;
    vec![
        Layer::Fallback(FallbackSettings { answer, permits: 10, fails: 0.0, latency: None, key: 5 }),
        Layer::Breaker(BreakerSettings::default()),
        Layer::Retry(RetrySettings { attempts: 2, backoff, on, budget: None, key: 6 }),
        Layer::Timeout(TimeoutSettings { after: millis(250), cancel: false, deadline: false }),
        Layer::ThreadPool(ThreadPoolSettings { size: 40, ..ThreadPoolSettings::default() }),
    ]
}
