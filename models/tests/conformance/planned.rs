//! A command as a plan: one caller, one callee, and a branch of the caller for each request.
//!
//! ```text
//!   user ──> caller ── parallel ─┬─ latency (its arrival) ── call ──> onion ──> callee: latency, fault `error`
//!            one request         ├─ latency (its arrival) ── call ──>   "   ──>    "
//!                                '─ …                               one guard, one instance
//! ```
//!
//! Caller and callee are two deployables without limits of their own and without network time, so that all that
//! can refuse or delay a call is its onion: fallback, breaker, timeout, bulkhead, in Hystrix's order. Fallbacks that
//! take time are a capability of the caller, slowed to each request's time.

use archsim_models::plan::{
    Arrivals, BlockId, CapabilityId, Deployable, DeployableId, Effect, FallbackCall, Fault, Guard, GuardId,
    Journey, Plan, Program, ProgramId, Site, SiteId, Step, Window,
};
use archsim_models::policy::{FallbackAnswer, Layer};
use archsim_models::record::Cause;
use archsim_sim::{Distribution, Span, Time};

use crate::command::{BEGIN, Command};
use crate::report::Verdict;

/// The run is over long after everything else.
const END: Time = Time::from_nanos(3_600_000_000_000);

const CALLER: DeployableId = DeployableId(0);
const CALLEE: DeployableId = DeployableId(1);

/// The plan; some commands have none.
pub fn plan(command: &Command) -> Result<Plan, Verdict> {
    let window = Window { name: "run".into(), from: Time::ZERO, until: END };
    let arrivals = Arrivals::Closed { users: 1, think: Distribution::constant(BEGIN - Time::ZERO) };
    Ok(Plan {
        capabilities: vec!["caller".into(), "callee".into(), "substitute".into()],
        journeys: vec![Journey {
            name: "ask".into(),
            share: 1.0,
            enters: ProgramId(0),
            within: Span::FOREVER,
            objective: 1.0,
            priority: 0,
            reaches: (0..3).map(CapabilityId).collect(),
        }],
        programs: programs(command),
        sites: sites(command),
        guards: vec![guard(command)],
        deployables: vec![Deployable::plain("caller"), Deployable::plain("callee")],
        faults: faults(command)?,
        end: END,
        windows: vec![window],
        in_flight: 1_000,
        ..Plan::empty("conformance", arrivals, Time::ZERO, BEGIN + Span::from_nanos(1))
    })
}

/// The caller, with a branch for each request; the callee; the substitute.
fn programs(command: &Command) -> Vec<Program> {
    let requests = 0..command.arrivals.len() as u16;
    let branches = requests.clone().map(|request| BlockId(request + 1)).collect();
    let branch = |request: u16| {
        let arrival = command.arrivals[usize::from(request)];
        vec![latency(arrival, u64::from(request)), Step::Call(SiteId(request))]
    };
    let blocks = std::iter::once(vec![Step::Parallel { branches, fail_fast: false }]);
    let program =
        |capability, deployable, blocks| Program { capability: CapabilityId(capability), deployable, blocks };
    vec![
        program(0, CALLER, blocks.chain(requests.map(branch)).collect()),
        program(1, CALLEE, vec![vec![latency(command.latency, 0)]]),
        program(2, CALLER, vec![Vec::new()]),
    ]
}

/// A site for each request, then that of the substitute.
fn sites(command: &Command) -> Vec<Site> {
    let requests = command.arrivals.len();
    let site = |index: usize| Site {
        name: format!("request {index}"),
        caller: ProgramId(0),
        callee: ProgramId(if index < requests { 1 } else { 2 }),
        in_process: index == requests,
        probability: 1.0,
        repeat: 1,
        again: 0.0,
        optional: true,
        guard: (index < requests).then_some(GuardId(0)),
        key: index as u64,
    };
    (0..=requests).map(site).collect()
}

fn guard(command: &Command) -> Guard {
    let substitute = SiteId(command.arrivals.len() as u16);
    let layers = command.layers();
    let fallbacks = layers.iter().map(|layer| match layer {
        Layer::Fallback(settings) if settings.answer == FallbackAnswer::Capability => {
            Some(FallbackCall { site: substitute })
        }
        _ => None,
    });
    Guard { deployable: CALLER, callee: CapabilityId(1), fallbacks: fallbacks.collect(), layers }
}

/// The failures of callee and fallback, and the times that fallbacks take: a fault for each request, from just
/// before it arrives until just before the next one does.
fn faults(command: &Command) -> Result<Vec<Fault>, Verdict> {
    let error = |capability: u16| {
        let capability = CapabilityId(capability);
        let effect =
            Effect::Error { capability, probability: 1.0, at_once: false, cause: Cause::Error, key: 1 };
        Fault { from: Time::ZERO, until: END, effect }
    };
    let mut faults = Vec::new();
    faults.extend(command.fails.then(|| error(1)));
    let Some(fallback) = &command.fallback else { return Ok(faults) };
    faults.extend(fallback.fails.then(|| error(2)));
    let mut until = END;
    for (request, span) in fallback.spans.iter().enumerate().rev() {
        let from = Time::ZERO + (command.arrival(request) - Time::ZERO).saturating_sub(Span::from_nanos(1));
        if from >= until {
            return Err(Verdict::Skipped(
                "fallbacks of requests at the same time take the same time here".into(),
            ));
        }
        let add = Some(Distribution::constant(*span));
        let effect = Effect::Slow { capability: CapabilityId(2), add, factor: 1.0, key: 2 };
        faults.push(Fault { from, until, effect });
        until = from;
    }
    Ok(faults)
}

fn latency(span: Span, key: u64) -> Step {
    Step::Latency { span: Distribution::constant(span), key }
}
