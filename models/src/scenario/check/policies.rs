//! Onions that make no sense: policies that can never act, or that make things worse.

use archsim_sim::Span;

use crate::policy::{Backoff, Layer};
use crate::scenario::architecture::{Architecture, Edge};
use crate::scenario::policies::Policy;
use crate::scenario::report::Report;
use crate::scenario::system::System;

/// Retries that multiply load by more than this are reported.
const FACTOR_MAX: f64 = 5.0;

/// Checks every onion of an architecture.
pub fn policies(architecture: &Architecture, system: &System, report: &mut Report) {
    onion(&architecture.default_policies, report);
    for edge in &architecture.edges {
        onion(&edge.policies, report);
        written(architecture, system, edge, report);
    }
    idle_default(architecture, system, report);
    multiplied(architecture, system, report);
}

/// One onion by itself.
fn onion(policies: &[Policy], report: &mut Report) {
    for (at, policy) in policies.iter().enumerate() {
        let outside = &policies[..at];
        match &policy.layer {
            Layer::Fallback(_) if at > 0 => not_outermost(policy, outside, report),
            Layer::Breaker(_) if policy.nth > 0 => {
                report
                    .warning("W0802", policy.place, &policy.path, "two breakers around one call")
                    .found("a breaker inside a breaker")
                    .allowed("one breaker in a list")
                    .help("the inner one opens first, and the outer one counts its rejections; keep one");
            }
            Layer::Timeout(inner) => never_in_time(policy, inner.after, outside, report),
            Layer::Retry(_) => cut_short(policy, outside, &policies[at + 1..], report),
            Layer::ThreadPool(_) if !policies.iter().any(|other| other.kind == "timeout") => {
                report
                    .warning("W0806", policy.place, &policy.path, "a thread pool without any timeout")
                    .found("`thread-pool` alone")
                    .allowed("`thread-pool` with a `timeout` outside it, and one inside it")
                    .help(
                        "where the callee hangs, its threads never come back; add `{ timeout: … }` after it",
                    );
            }
            _ => {}
        }
    }
}

fn not_outermost(policy: &Policy, outside: &[Policy], report: &mut Report) {
    let names: Vec<&str> = outside.iter().map(|policy| policy.kind).collect();
    report
        .warning("W0801", policy.place, &policy.path, "the fallback is not the outermost policy")
        .found(format!("{} outside it", names.join(", ")))
        .allowed("`fallback` first in the list")
        .help("policies outside it see a good answer and never act, and what they refuse is not replaced");
}

/// A timeout inside a shorter one never fires, unless a pool's thread waits for it after the caller has gone.
fn never_in_time(policy: &Policy, inner: Span, outside: &[Policy], report: &mut Report) {
    for outer in outside.iter().rev() {
        match &outer.layer {
            Layer::ThreadPool(_) | Layer::Semaphore(_) | Layer::Retry(_) => return,
            Layer::Timeout(settings) if settings.after <= inner => {
                report
                    .warning(
                        "W0803",
                        policy.place,
                        &policy.path,
                        "this timeout can never fire: a shorter one stands outside it",
                    )
                    .found(format!("{inner} inside {}", settings.after))
                    .allowed("a shorter time than that of the timeout outside")
                    .help("remove it, or swap the two");
                return;
            }
            _ => {}
        }
    }
}

/// Attempts that take longer than the timeout outside lets them.
fn cut_short(policy: &Policy, outside: &[Policy], inside: &[Policy], report: &mut Report) {
    let Layer::Retry(retry) = &policy.layer else { return };
    let within = |policy: &Policy| match &policy.layer {
        Layer::Timeout(settings) => Some(settings.after),
        _ => None,
    };
    let (Some(outer), Some(inner)) =
        (outside.iter().filter_map(within).min(), inside.iter().filter_map(within).min())
    else {
        return;
    };
    let pauses =
        (1..retry.attempts.min(64)).fold(Span::ZERO, |sum, nth| sum + least_pause(&retry.backoff, nth));
    let needed = inner * u64::from(retry.attempts) + pauses;
    if needed > outer {
        report
            .warning(
                "W0804",
                policy.place,
                &policy.path,
                "the timeout outside ends the call before all attempts are made",
            )
            .found(format!(
                "{} attempts of {inner} need {needed}, and the timeout outside is {outer}",
                retry.attempts
            ))
            .allowed("attempts × the timeout inside, with pauses, below the timeout outside")
            .help("make the outer timeout longer, the inner one shorter, or make fewer attempts");
    }
}

/// The shortest pause before retry `nth`.
fn least_pause(backoff: &Backoff, nth: u32) -> Span {
    let grown = |base: Span, cap: Span| (base * (1_u64 << nth.saturating_sub(1).min(40))).min(cap);
    match *backoff {
        Backoff::None | Backoff::FullJitter { .. } => Span::ZERO,
        Backoff::Fixed(span) => span,
        Backoff::Exponential { base, cap } => grown(base, cap),
        Backoff::EqualJitter { base, cap } => grown(base, cap).scaled(0.5),
        Backoff::DecorrelatedJitter { base, .. } => base,
    }
}

/// What is written for one edge takes effect on it.
fn written(architecture: &Architecture, system: &System, edge: &Edge, report: &mut Report) {
    let calls: Vec<_> = system.capabilities[edge.caller]
        .calls()
        .into_iter()
        .filter(|call| call.callee == edge.callee)
        .collect();
    if calls.is_empty() {
        let (from, to) = (&system.capabilities[edge.caller].name, &system.capabilities[edge.callee].name);
        report
            .warning(
                "W0805",
                edge.place,
                &edge.path,
                format!("`{from}` never calls `{to}`: these policies do nothing"),
            )
            .found(format!("`{from} -> {to}`"))
            .allowed("edges that the system has")
            .help("is it the other way round, or called by another capability?");
        return;
    }
    if !calls.iter().any(|call| call.optional) {
        for policy in edge.policies.iter().filter(|policy| policy.kind == "fallback") {
            report
                .warning(
                    "W0807",
                    policy.place,
                    &policy.path,
                    "this fallback is not used: the call is not optional",
                )
                .found("a fallback on a required call")
                .allowed("a fallback on a call with `optional: true`")
                .help("add `optional: true` to the call in `system`, if the answer can be done without");
        }
    }
    let inside =
        |within: usize| architecture.finds(Some(edge.caller), Some(within), edge.callee) == Some(within);
    let in_process = architecture.runners(edge.caller).into_iter().any(inside);
    let bulkhead = edge.policies.iter().any(|policy| policy.kind == "thread-pool");
    if let (true, false, Some(timeout)) =
        (in_process, bulkhead, edge.policies.iter().find(|policy| policy.kind == "timeout"))
    {
        report
            .warning(
                "W0808",
                timeout.place,
                &timeout.path,
                "a timeout cannot interrupt a call within a process",
            )
            .found("`timeout` without `thread-pool` on an in-process call")
            .allowed("`thread-pool` inside the timeout, which gives the call a thread of its own")
            .help("add `{ thread-pool: 10 }` after it, or remove it");
    }
}

/// `default` is for remote calls; where none has to do with it, it does nothing.
fn idle_default(architecture: &Architecture, system: &System, report: &mut Report) {
    let Some(first) = architecture.default_policies.first() else { return };
    let used = (0..system.capabilities.len()).any(|caller| {
        architecture.runners(caller).into_iter().any(|within| {
            system.capabilities[caller].calls().into_iter().any(|call| {
                let there = architecture.finds(Some(caller), Some(within), call.callee);
                let own = architecture.edges.iter().any(|it| it.caller == caller && it.callee == call.callee);
                there.is_some_and(|there| there != within) && !own
            })
        })
    });
    if !used {
        report
            .warning("W0809", first.place, &first.path, "the default policies do nothing here")
            .found("`default`, and no remote call without policies of its own")
            .allowed("`default` where deployables call each other")
            .help("policies of a call within a process must be written for its edge");
    }
}

/// Retries of retries: the attempts along a path multiply.
fn multiplied(architecture: &Architecture, system: &System, report: &mut Report) {
    let graph = crate::scenario::graph::CallGraph::new(system);
    let Some(order) = graph.order() else { return };
    let mut worst: Vec<(f64, Vec<usize>, Option<&Policy>)> =
        (0..system.capabilities.len()).map(|at| (1.0, vec![at], None)).collect();
    for caller in order {
        for call in system.capabilities[caller].calls() {
            let attempts = architecture.runners(caller).into_iter().filter_map(|within| {
                let there = architecture.finds(Some(caller), Some(within), call.callee)?;
                let (policies, _) = architecture.policies(caller, call.callee, there == within);
                policies.iter().find_map(|policy| match &policy.layer {
                    Layer::Retry(retry) => Some((f64::from(retry.attempts), policy)),
                    _ => None,
                })
            });
            let (attempts, policy) = match attempts.max_by(|a, b| a.0.total_cmp(&b.0)) {
                Some((attempts, policy)) => (attempts, Some(policy)),
                None => (1.0, None),
            };
            let factor = worst[caller].0 * attempts;
            if factor > worst[call.callee].0 {
                let mut path = worst[caller].1.clone();
                path.push(call.callee);
                worst[call.callee] = (factor, path, policy.or(worst[caller].2));
            }
        }
    }
    let highest = worst.into_iter().reduce(|most, other| if other.0 > most.0 { other } else { most });
    if let Some((factor, path, Some(policy))) = highest.filter(|(factor, ..)| *factor > FACTOR_MAX) {
        let names: Vec<&str> = path.iter().map(|&at| system.capabilities[at].name.as_str()).collect();
        report
            .warning("W0810", policy.place, &policy.path, format!("retries can multiply load by {factor}"))
            .found(names.join(" -> "))
            .allowed(format!("a product of attempts along a path of at most {FACTOR_MAX}"))
            .help("retry in one place, next to what fails");
    }
}
