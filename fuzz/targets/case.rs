//! Any bytes as a validation case: they are read, or what is wrong with them is said with its place and its page.

#![no_main]

use archsim_models::scenario::{Severity, case, explain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = case::read("any.yaml", bytes);
    let source = String::from_utf8_lossy(bytes);
    let errors = reading.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    assert_eq!(reading.case.is_none(), errors > 0);
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.render(&source, false).is_empty());
        assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
        assert!(explain(diagnostic.code).is_some(), "{} has no page", diagnostic.code);
    }
});
