//! Retry budgets: Finagle's and gRPC's, step by step on the simulator's own.

use archsim_models::policy::{Budget, BudgetSettings, WindowedAdder};
use archsim_sim::{Span, Time};

use crate::reading::{Case, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "finagle_budget" => Verdict::of(finagle(case)),
        "windowed_adder" => Verdict::of(adder(case)),
        "grpc_throttle" => Verdict::of(grpc(case)),
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

/// Calls of one instant, each with one retry if it may have one.
fn finagle(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["ttl_s", "min_retries_per_s", "percent_can_retry", "requests", "time", "per_request"])?;
    let now = Time::ZERO;
    let settings = BudgetSettings::Finagle {
        ttl: Span::from_secs(given.need("ttl_s")?.whole()?),
        reserve: given.need("min_retries_per_s")?.number()?,
        share: given.need("percent_can_retry")?.number()?,
    };
    let mut budget = Budget::new(&settings, now);
    let expect = case.expect().fields()?;
    let balance = |budget: &mut Budget| budget.balance(now).unwrap_or(f64::NAN);
    equal(&expect.need("initial_balance")?, balance(&mut budget))?;
    let retry = given.need("per_request")?.text()? != "deposit only";
    let mut retries = 0;
    for _ in 0..given.need("requests")?.whole()? {
        budget.called(now);
        retries += u64::from(retry && budget.allows_retry(now));
    }
    if let Some(exact) = expect.get("retries_exact") {
        Verdict::equal("retries", &exact.whole()?, &retries)?;
    }
    match expect.get("balance") {
        Some(left) => equal(&left, balance(&mut budget)),
        None => Ok(()),
    }
}

fn equal(expected: &Slot, found: f64) -> Result<(), Verdict> {
    Verdict::equal(&expected.place, &expected.number()?, &found)
}

/// Sums over a sliding window.
fn adder(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["range_ms", "slices", "ops"])?;
    let mut now = Time::ZERO;
    let slices = given.need("slices")?.count()? as usize;
    let mut adder = WindowedAdder::with_slices(given.need("range_ms")?.width()?, slices, now);
    let results = case.expect().fields()?.need("results")?.list()?;
    for (step, expected) in given.need("ops")?.list()?.iter().zip(results) {
        let row = step.list()?;
        match (row[0].text()?, &row[1..]) {
            ("add", [amount]) => adder.add(now, amount.number()? as i64),
            ("advance", [span]) => now += span.millis()?,
            ("sum", []) => equal(&expected, adder.sum(now) as f64)?,
            (other, _) => {
                return Err(Verdict::Skipped(format!("{}: `{other}` is not known here", step.place)));
            }
        }
    }
    Ok(())
}

/// Successes and failures; after each failure, whether it may be tried again.
fn grpc(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["max_tokens", "token_ratio", "ops"])?;
    let number = |name: &str| given.need(name)?.number();
    let settings = BudgetSettings::Grpc { tokens: number("max_tokens")?, ratio: number("token_ratio")? };
    let (mut budget, now) = (Budget::new(&settings, Time::ZERO), Time::ZERO);
    let expect = case.expect().fields()?;
    let lists = (expect.need("retry_allowed")?.list()?, expect.need("tokens")?.list()?);
    for ((step, allowed), tokens) in given.need("ops")?.list()?.iter().zip(lists.0).zip(lists.1) {
        if step.text()? == "failure" {
            budget.failed(now);
            Verdict::equal(&allowed.place, &allowed.truth()?, &budget.allows_retry(now))?;
        } else {
            budget.succeeded(now);
        }
        equal(&tokens, budget.balance(now).unwrap_or(f64::NAN))?;
    }
    Ok(())
}
