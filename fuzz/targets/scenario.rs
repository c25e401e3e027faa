//! Any bytes as a scenario: they are read, or what is wrong with them is said with its place and its page. What was
//! read and printed in full can be read again, and then says the same.

#![no_main]

use archsim_models::scenario::{self, Severity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = scenario::read("any.yaml", bytes, &[]);
    let source = String::from_utf8_lossy(bytes);
    let errors = reading.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    assert_eq!(reading.scenario.is_none(), errors > 0);
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.render(&source, false).is_empty());
        assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
        assert!(scenario::explain(diagnostic.code).is_some(), "{} has no page", diagnostic.code);
    }
    if let Some(scenario) = reading.scenario {
        let again = scenario::read("resolved.yaml", scenario.resolved().as_bytes(), &[]);
        let Some(again) = again.scenario else {
            panic!("what was resolved cannot be read:\n{}\n{:#?}", scenario.resolved(), again.diagnostics)
        };
        assert_eq!(scenario.resolved(), again.resolved());
        for (one, other) in scenario.arms.iter().zip(&again.arms) {
            assert_eq!(one.plan, other.plan);
        }
    }
});
