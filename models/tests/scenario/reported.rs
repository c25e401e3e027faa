//! What every scenario has to be where it is good, and what a report has to say of a mistake, whichever it is.

use archsim_models::plan::Plan;
use archsim_models::scenario::{self, Diagnostic, Reading, Scenario};

/// The report has `code` for the field `path`, says what was found and what is allowed, and the code has a page.
pub fn reported(reading: &Reading, code: &str, path: &str) -> Diagnostic {
    let found = reading.diagnostics.iter().find(|it| it.code == code);
    let Some(found) = found else { panic!("{code} is not among {:#?}", reading.diagnostics) };
    assert_eq!(found.path, path, "{code}");
    assert!(found.found.is_some() && found.allowed.is_some(), "{found:#?}");
    assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
    found.clone()
}

/// What is reported of `text` with one place of it spoiled.
pub fn spoiled(text: &str, old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    assert!(text.contains(old), "{code}: `{old}` is not in the scenario");
    of(&text.replacen(old, new, 1), code, path)
}

/// What is reported of `text`.
pub fn of(text: &str, code: &str, path: &str) -> Diagnostic {
    reported(&scenario::read("shop.yaml", text.as_bytes(), &[]), code, path)
}

/// A scenario that is read without an error.
pub fn good(text: &str) -> Scenario {
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// The plan of its first arm.
pub fn first_plan(text: &str) -> Plan {
    good(text).arms.into_iter().next().expect("an arm").plan
}

/// A scenario of which nothing is said at all.
pub fn is_faultless(text: &str) {
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
}

/// The resolved form reads again, and has the same first plan.
pub fn reads_again(scenario: &Scenario) {
    let again = scenario::read("shop.yaml", scenario.resolved().as_bytes(), &[]);
    assert_eq!(again.scenario.expect("it reads again").arms[0].plan, scenario.arms[0].plan);
}
