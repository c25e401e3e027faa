//! Hystrix commands: which events they report, what their callers get, and what the breaker counts of them.

use archsim_models::policy::{
    Breaker, BreakerSettings, Counts, Enter, Forced, Outcome, SemaphoreSettings, ThreadPoolSettings,
};
use archsim_models::record::Cause;
use archsim_sim::{Span, Time};

use crate::command::{Command, Isolation, Substitution};
use crate::observed::Observed;
use crate::reading::{Case, Fields, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "outcome" => Verdict::of(outcome(case)),
        "bulkhead" => Verdict::of(bulkhead(case)),
        "health" => Verdict::of(health(case)),
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

/// One command, or the same one several times in turn.
fn outcome(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    let known = [
        "execution",
        "calls",
        "latency_ms",
        "timeout_ms",
        "observe_after_ms",
        "fallback",
        "circuit",
        "trip_rule",
    ];
    given.only(&known)?;
    // Observed is the whole hour of the run, later than any `observe_after_ms`.
    let calls = match given.get("calls") {
        Some(calls) => calls.texts()?,
        None => vec![given.need("execution")?.text()?],
    };
    // Calls in turn are far enough apart for the breaker to look at its health in between.
    let in_turn = BreakerSettings::default().health_interval * 2;
    let arrivals = (0..calls.len() as u64).map(|call| in_turn * call).collect();
    let command = Command {
        breaker: breaker(&given)?,
        timeout: millis_or(&given, "timeout_ms", DEFAULT_TIMEOUT)?,
        isolation: Isolation::Pool(ThreadPoolSettings::default()),
        fallback: substitution(&given)?,
        latency: millis_or(&given, "latency_ms", Span::ZERO)?,
        fails: same_execution(&calls)?,
        queue_holds: 0,
        arrivals,
    };
    let (observed, own_answers) = command.run()?;
    check_outcome(&case.expect().fields()?, &command, &observed, own_answers)
}

fn check_outcome(
    expect: &Fields,
    command: &Command,
    observed: &[Observed],
    own_answers: u64,
) -> Result<(), Verdict> {
    let known = [
        "events",
        "events_each",
        "result",
        "duration_at_least_ms",
        "successful",
        "execution_time_ms",
        "open",
    ];
    expect.only(&known)?;
    let last = &observed[observed.len() - 1];
    for (name, value) in expect.all() {
        match name {
            "events" => Verdict::equal(&value.place, &value.texts()?, &last.events)?,
            "events_each" => {
                let expected: Vec<Vec<&str>> =
                    value.list()?.iter().map(Slot::texts).collect::<Result<_, _>>()?;
                let found: Vec<Vec<&str>> = observed.iter().map(|one| one.events.clone()).collect();
                Verdict::equal(&value.place, &expected, &found)?;
            }
            "result" => Verdict::equal(&value.place, &value.text()?, &last.result())?,
            "duration_at_least_ms" => {
                let began = command.arrival(observed.len() - 1);
                let lasted = last.settled.map(|(at, _)| at - began);
                if lasted < Some(value.millis()?) {
                    return Err(Verdict::Differs(format!("{}: it lasted {lasted:?}", value.place)));
                }
            }
            "successful" => Verdict::equal(&value.place, &value.truth()?, &(own_answers > 0))?,
            "execution_time_ms" => check_never_executed(&value, last)?,
            _ => Verdict::equal(&value.place, &value.truth()?, &is_reported_open(command))?,
        }
    }
    Ok(())
}

/// A time of −1 is how the original says that it has not executed the command; other times are not compared.
fn check_never_executed(value: &Slot, last: &Observed) -> Result<(), Verdict> {
    if !value.is(-1) {
        return Err(Verdict::Skipped(format!("{}: only −1 is known here", value.place)));
    }
    Verdict::equal("executed", &false, &last.attempted)
}

/// Whether the command's breaker would say that it is open.
fn is_reported_open(command: &Command) -> bool {
    command.breaker.is_some_and(|settings| !Breaker::new(settings, Time::ZERO).admits(Time::ZERO))
}

/// Requests that come while others are under way.
fn bulkhead(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    let known = [
        "isolation",
        "threads",
        "queue",
        "queue_rejection_threshold",
        "queue_already_holds",
        "permits",
        "work_ms",
        "timeout_ms",
        "execution",
        "fallback",
        "fallback_permits",
        "fallback_ms",
        "arrivals_ms",
    ];
    given.only(&known)?;
    let execution = given.get("execution").map_or(Ok("success"), |slot| slot.text())?;
    let fallback = substitution(&given)?;
    let latency = millis_or(&given, "work_ms", Span::ZERO)?;
    let arrivals = arrivals(&given.need("arrivals_ms")?, latency, fallback.as_ref())?;
    if fallback.as_ref().is_some_and(|f| !f.spans.is_empty() && f.spans.len() != arrivals.len()) {
        return Err(Verdict::Unreadable("given.fallback_ms: a time for each request is needed".into()));
    }
    let command = Command {
        breaker: Some(BreakerSettings::default()),
        timeout: millis_or(&given, "timeout_ms", DEFAULT_TIMEOUT)?,
        isolation: isolation(&given)?,
        latency,
        fails: same_execution(&[execution])?,
        queue_holds: given.get("queue_already_holds").map_or(Ok(0), |slot| slot.count())?,
        arrivals,
        fallback,
    };
    let (observed, _) = command.run()?;
    let expect = case.expect().fields()?;
    expect.only(&["requests"])?;
    let requests = expect.need("requests")?.list()?;
    Verdict::equal("requests", &requests.len(), &observed.len())?;
    requests.iter().zip(&observed).try_for_each(|(expected, found)| check_request(&expected.fields()?, found))
}

fn check_request(expect: &Fields, found: &Observed) -> Result<(), Verdict> {
    expect.only(&["rejected", "events", "result"])?;
    for (name, value) in expect.all() {
        match name {
            "rejected" => Verdict::equal(&value.place, &value.truth()?, &found.is_rejected())?,
            "events" => Verdict::equal(&value.place, &value.texts()?, &found.events)?,
            _ => Verdict::equal(&value.place, &value.text()?, &found.result())?,
        }
    }
    Ok(())
}

/// What the breaker makes of events that a command reported: it is told of each, and looked at after the tick.
fn health(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["window_ms", "bucket_ms", "events"])?;
    let tick = given.need("bucket_ms")?.width()?;
    let settings = BreakerSettings {
        volume: u32::MAX,
        rolling_window: given.need("window_ms")?.millis()?,
        health_interval: tick,
        ..BreakerSettings::default()
    };
    let mut breaker = Breaker::new(settings, Time::ZERO);
    for (event, times) in given.need("events")?.fields()?.all() {
        for _ in 0..times.count()? {
            tell(&mut breaker, event)?;
        }
    }
    let expect = case.expect().fields()?;
    expect.only(&["total", "errors"])?;
    let expected = Counts { total: expect.need("total")?.whole()?, errors: expect.need("errors")?.whole()? };
    Verdict::equal("health", &expected, &breaker.health(Time::ZERO + tick))
}

fn tell(breaker: &mut Breaker, event: &str) -> Result<(), Verdict> {
    let outcome = match event {
        "success" => Outcome::Success,
        "failure" => Outcome::Failed(Cause::Error),
        "timeout" => Outcome::Failed(Cause::Timeout),
        "bad_request" => Outcome::Failed(Cause::BadRequest),
        "semaphore_rejected" => Outcome::Failed(Cause::SemaphoreRejected),
        "thread_pool_rejected" => Outcome::Failed(Cause::PoolRejected),
        "cancelled" => Outcome::Abandoned,
        // A fallback is a matter of layers further out, and an answer from the request cache is no call at all.
        "fallback_success"
        | "fallback_failure"
        | "fallback_missing"
        | "fallback_rejection"
        | "response_from_cache" => return Ok(()),
        other => return Err(Verdict::Skipped(format!("event `{other}` is not known here"))),
    };
    Verdict::equal("enter", &Enter::Pass, &breaker.enter(Time::ZERO))?;
    breaker.leave(Time::ZERO, outcome);
    Ok(())
}

/// Hystrix's `execution.isolation.thread.timeoutInMilliseconds`.
const DEFAULT_TIMEOUT: Span = Span::from_secs(1);
/// Hystrix's `fallback.isolation.semaphore.maxConcurrentRequests`.
const DEFAULT_FALLBACK_PERMITS: u32 = 10;

fn millis_or(given: &Fields, name: &str, default: Span) -> Result<Span, Verdict> {
    given.get(name).map_or(Ok(default), |slot| slot.millis())
}

/// Whether the callee fails, the same for all calls.
fn same_execution(calls: &[&str]) -> Result<bool, Verdict> {
    match calls {
        ["success", rest @ ..] if rest.iter().all(|call| *call == "success") => Ok(false),
        ["failure", rest @ ..] if rest.iter().all(|call| *call == "failure") => Ok(true),
        _ => Err(Verdict::Skipped(format!("executions {calls:?} are not known here"))),
    }
}

fn breaker(given: &Fields) -> Result<Option<BreakerSettings>, Verdict> {
    let forced = |forced| Some(BreakerSettings { forced: Some(forced), ..BreakerSettings::default() });
    if let Some(rule) = given.get("trip_rule") {
        return breaker_of_rule(&rule).map(Some);
    }
    let Some(circuit) = given.get("circuit") else { return Ok(Some(BreakerSettings::default())) };
    match circuit.text()? {
        // The original's test opens the circuit by force as well.
        "open" | "forced_open" => Ok(forced(Forced::Open)),
        "forced_closed" => Ok(forced(Forced::Closed)),
        "disabled" => Ok(None),
        other => Err(Verdict::Skipped(format!("circuit `{other}` is not known here"))),
    }
}

/// A test's own breaker, told in words.
fn breaker_of_rule(rule: &Slot) -> Result<BreakerSettings, Verdict> {
    let errors = rule.text()?.strip_suffix(" errors in a row trip it for good (test breaker)");
    match errors.and_then(|errors| errors.parse().ok()) {
        Some(volume) => {
            let sleep_window = Span::FOREVER;
            Ok(BreakerSettings { volume, error_percent: 100, sleep_window, ..BreakerSettings::default() })
        }
        None => Err(Verdict::Skipped(format!("{} is not known here", rule.place))),
    }
}

fn isolation(given: &Fields) -> Result<Isolation, Verdict> {
    let count = |name, default| given.get(name).map_or(Ok(default), |slot| slot.count());
    match given.need("isolation")?.text()? {
        "thread_pool" => {
            let default = ThreadPoolSettings::default();
            Ok(Isolation::Pool(ThreadPoolSettings {
                size: count("threads", default.size)?,
                queue: count("queue", default.queue)?,
                rejection_threshold: count("queue_rejection_threshold", default.rejection_threshold)?,
            }))
        }
        "semaphore" => Ok(Isolation::Permits(count("permits", SemaphoreSettings::default().permits)?)),
        other => Err(Verdict::Skipped(format!("isolation `{other}` is not known here"))),
    }
}

fn substitution(given: &Fields) -> Result<Option<Substitution>, Verdict> {
    let spans = match given.get("fallback_ms") {
        Some(spans) => spans.list()?.iter().map(Slot::millis).collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let fails = match given.get("fallback").map(|slot| slot.text()).transpose()? {
        None if spans.is_empty() => return Ok(None),
        Some("none") => return Ok(None),
        None | Some("success") => false,
        // Only the third request of that case needs its fallback.
        Some("failure" | "failure (third)") => true,
        Some(other) => return Err(Verdict::Skipped(format!("fallback `{other}` is not known here"))),
    };
    let permits = given.get("fallback_permits").map_or(Ok(DEFAULT_FALLBACK_PERMITS), |slot| slot.count())?;
    Ok(Some(Substitution { permits, fails, spans }))
}

/// Arrivals, from the first moment on. A request with a text in place of a time is over before the next one's
/// time begins to count.
fn arrivals(slot: &Slot, latency: Span, fallback: Option<&Substitution>) -> Result<Vec<Span>, Verdict> {
    let mut begin = Span::ZERO;
    let mut arrivals = Vec::new();
    for (request, arrival) in slot.list()?.iter().enumerate() {
        if arrival.is_text() {
            arrivals.push(begin);
            let substitute = fallback.and_then(|fallback| fallback.spans.get(request)).copied();
            begin = begin + latency + substitute.unwrap_or(Span::ZERO) + Span::from_millis(1);
        } else {
            arrivals.push(begin + arrival.millis()?);
        }
    }
    Ok(arrivals)
}
