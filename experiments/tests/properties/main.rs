//! What must hold on every scenario, held against random ones.
//!
//! ```text
//! cargo test --release -p archsim-experiments --features mutants --test properties      # 2,400 scenarios
//! ARCHSIM_PROPERTY_CASES=3000 cargo test …                                              # as many of each property
//! ARCHSIM_PROPERTY_SEED=7 cargo test …                                                  # other ones
//! ARCHSIM_PROPERTY=doubled_times ARCHSIM_PROPERTY_CASE=943,4,5,4,1 cargo test …         # one, as a failure names it
//! ```
//!
//! No mutant is selected: the feature is asked for so that both tests share one build, and stay out of the short one.
//!
//! Scenarios are drawn from a fixed seed, so that every run of CI sees the same; a failing one is shrunk before it is
//! named. Nothing is written beside the sources: a case that has found something is added to [`REMEMBERED`].

mod drawn;
mod rules;
mod worlds;

#[path = "../../../models/tests/twin/both.rs"]
#[allow(dead_code, reason = "shared with the twin's own test, which uses the rest")]
mod both;
#[path = "../../../models/tests/world/common/mod.rs"]
mod common;

use drawn::Drawn;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rules::Rule;

/// Scenarios that have found something once: property and case. They are run first.
const REMEMBERED: &[(&str, &str)] = &[
    // A substitute's dice depended on how many layers stood around its fallback.
    ("idle_policies_change_nothing", "1394943733,0,3,1,0"),
];

/// How many scenarios of each property.
const CASES: u32 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The case to replay, if this property is the one asked for; `None` if another is.
fn replayed(name: &str) -> Option<Vec<Drawn>> {
    match (std::env::var("ARCHSIM_PROPERTY"), std::env::var("ARCHSIM_PROPERTY_CASE")) {
        (Ok(asked), Ok(_)) if asked != name => None,
        (Ok(_), Ok(code)) => Some(vec![Drawn::parse(&code).expect("five numbers, as a failure names them")]),
        _ => {
            let ours = REMEMBERED.iter().filter(|(property, _)| *property == name);
            Some(ours.map(|(_, code)| Drawn::parse(code).expect("five numbers")).collect())
        }
    }
}

/// Holds a rule against scenarios; the first that breaks it is shrunk and named.
fn hold(name: &str, rule: Rule) {
    let Some(first) = replayed(name) else { return };
    for drawn in first {
        rule(&drawn).unwrap_or_else(|why| panic!("{}", told(name, &drawn, &why)));
    }
    if std::env::var("ARCHSIM_PROPERTY_CASE").is_ok() {
        return;
    }
    let cases = number("ARCHSIM_PROPERTY_CASES").map_or(CASES, |cases| cases as u32);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("ARCHSIM_PROPERTY_SEED").unwrap_or(1).to_le_bytes());
    seed[8..16].copy_from_slice(&archsim_sim::Key::of_name(name).to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let held = runner.run(&drawn::drawn(), |drawn| rule(&drawn).map_err(TestCaseError::fail));
    match held {
        Ok(()) => {}
        Err(TestError::Fail(why, drawn)) => panic!("{}", told(name, &drawn, why.message())),
        Err(TestError::Abort(why)) => panic!("{name}: {}", why.message()),
    }
}

fn told(name: &str, drawn: &Drawn, why: &str) -> String {
    let code = drawn.code();
    let test = "cargo test --release -p archsim-experiments --features mutants --test properties";
    format!("{name}: {why}\n  ARCHSIM_PROPERTY={name} ARCHSIM_PROPERTY_CASE={code} {test}")
}

macro_rules! properties {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            hold(stringify!($name), rules::$name);
        }
    )* };
}

properties! {
    laws_hold
    nothing_leaks
    threads_do_not_matter
    idle_policies_change_nothing
    names_and_order_do_not_matter
    doubled_times
    a_cut_that_costs_nothing
    same_work_in_every_arm
}
