//! Policies alone, as tables: what they are asked, what they answer. Engine and twin ask the same policies, so that
//! no comparison of the two can find fault with them.

use archsim_models::policy::*;
use archsim_models::record::Cause;
use archsim_sim::{Span, Stream, Time};

use crate::detectors::Said;
use crate::kernel::same;

pub fn policies() -> Said {
    breakers()?;
    retries()?;
    bulkheads()?;
    rate_limits()?;
    fallbacks()
}

const fn ms(ms: u64) -> Span {
    Span::from_millis(ms)
}

/// What a breaker answers: to `F` and `S`, calls that fail or succeed at once, and to `?`, calls that do not come
/// back; `p` passes, `x` does not. Numbers are milliseconds that pass. Its health at the end follows.
fn breaker(script: &str) -> String {
    let settings = BreakerSettings {
        volume: 4,
        error_percent: 50,
        sleep_window: ms(500),
        rolling_window: ms(1_000),
        health_interval: ms(100),
        ..BreakerSettings::default()
    };
    let (mut breaker, mut now, mut said) = (Breaker::new(settings, Time::ZERO), Time::ZERO, String::new());
    for token in script.split(' ') {
        if let Ok(pause) = token.parse() {
            now += ms(pause);
            continue;
        }
        for call in token.chars() {
            let passes = breaker.enter(now) == Enter::Pass;
            said.push(if passes { 'p' } else { 'x' });
            match call {
                'F' if passes => drop(breaker.leave(now, Outcome::Failed(Cause::Error))),
                'S' if passes => drop(breaker.leave(now, Outcome::Success)),
                _ => {}
            }
        }
    }
    let health = breaker.health(now + ms(100));
    format!("{said} {}/{}", health.errors, health.total)
}

fn breakers() -> Said {
    let table = [
        ("FFF 100 S", "pppp 3/4"),
        ("FFFF 100 F", "ppppx 4/4"),
        ("SSFF 100 F", "ppppx 2/4"),
        ("SSSFF 100 F", "pppppp 3/6"),
        // What is older than the window does not count.
        ("FF 1200 FF 100 F", "ppppp 3/3"),
        // One trial, and only after the sleep.
        ("FFFF 100 F 500 ? 1 ??", "ppppxxpx 4/4"),
        ("FFFF 100 F 501 S 1 FFF 100 F", "ppppxppppp 4/4"),
        // Calls that were refused are not counted.
        ("FFFF 100 FFFFFFFF", "ppppxxxxxxxx 4/4"),
    ];
    table.iter().try_for_each(|(script, said)| same(script, &breaker(script), &(*said).to_owned()))
}

/// The pauses before each further attempt, in milliseconds, until it gives up.
fn pauses(attempts: u32, backoff: Backoff, budget: Option<BudgetSettings>) -> Vec<u64> {
    let settings = RetrySettings { attempts, backoff, on: vec![Cause::Error], budget, key: 1 };
    let (mut retry, mut memory) = (Retry::new(&settings, Time::ZERO), Memory::default());
    let draw = |key: u64| Stream::named(key, 0, "pauses");
    let next = || match retry.leave(Time::ZERO, Outcome::Failed(Cause::Error), &mut memory, draw) {
        Leave::Again { after } => Some(after.as_nanos() / 1_000_000),
        _ => None,
    };
    std::iter::from_fn(next).take(20).collect()
}

fn retries() -> Said {
    let exponential = Backoff::Exponential { base: ms(10), cap: ms(60) };
    same("exponential", &pauses(6, exponential, None), &vec![10, 20, 40, 60, 60])?;
    same("fixed", &pauses(3, Backoff::Fixed(ms(7)), None), &vec![7, 7])?;
    same("none", &pauses(2, Backoff::None, None), &vec![0])?;
    let two = BudgetSettings::Bucket { deposit: 0.1, capacity: 2.0 };
    same("a budget for two", &pauses(6, Backoff::None, Some(two)), &vec![0, 0])
}

fn bulkheads() -> Said {
    let mut semaphore = Semaphore::new(SemaphoreSettings { permits: 2, wait: Span::ZERO });
    let found: Vec<_> = (0..3).map(|_| semaphore.enter()).collect();
    same("two permits", &found, &vec![Enter::Pass, Enter::Pass, Enter::Refuse(Cause::SemaphoreRejected)])?;
    let mut pool = ThreadPool::new(ThreadPoolSettings { size: 1, queue: 1, rejection_threshold: 9 });
    let found: Vec<_> = (0..3).map(|_| pool.enter()).collect();
    let waits = Enter::Wait { at_most: Span::FOREVER };
    same("a thread and a place", &found, &vec![Enter::Pass, waits, Enter::Refuse(Cause::PoolRejected)])?;
    same(
        "the next starts",
        &(pool.ended(), pool.ended(), pool.running()),
        &(Ended::StartNext, Ended::Done, 0),
    )
}

fn rate_limits() -> Said {
    let mut limit = RateLimit::new(RateLimitSettings { rate: 1.0, burst: 2 }, Time::ZERO);
    let passes = |seconds: &u64| limit.enter(Time::ZERO + Span::from_secs(*seconds)) == Enter::Pass;
    let found: Vec<_> = [0, 0, 0, 1, 1, 9, 9, 9].iter().map(passes).collect();
    same("one a second, two at once", &found, &vec![true, true, false, true, false, true, true, false])
}

fn fallbacks() -> Said {
    let answer = FallbackAnswer::Static;
    let settings = FallbackSettings { answer, permits: 1, fails: 0.0, latency: None, key: 1 };
    let mut fallback = Fallback::new(settings);
    let mut leave = |cause| fallback.leave(Outcome::Failed(cause), |_| unreachable!("nothing is drawn"));
    let bad = Cause::BadRequest;
    same("a wrong request", &leave(bad), &Leave::Out(Outcome::Failed(bad)))?;
    let ready = Leave::Instead(Substitute::Ready { after: Span::ZERO, fails: false });
    same("an error", &leave(Cause::Error), &ready)?;
    same("no permit", &leave(Cause::Error), &Leave::Out(Outcome::Failed(Cause::FallbackRejected)))
}
