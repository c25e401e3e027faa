//! The page on policies says what the code does: its table of defaults, and its list of layers.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;

use archsim_models::policy::{BreakerSettings, SemaphoreSettings, ThreadPoolSettings};

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/policies.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_default_on_the_page_is_the_code_s() {
    let breaker = BreakerSettings::default();
    let pool = ThreadPoolSettings::default();
    let semaphore = SemaphoreSettings::default();
    let defaults: [(&str, &str, &dyn Display); 10] = [
        ("breaker", "volume", &breaker.volume),
        ("breaker", "error_percent", &breaker.error_percent),
        ("breaker", "sleep_window", &breaker.sleep_window),
        ("breaker", "rolling_window", &breaker.rolling_window),
        ("breaker", "health_interval", &breaker.health_interval),
        ("thread pool", "size", &pool.size),
        ("thread pool", "queue", &pool.queue),
        ("thread pool", "rejection_threshold", &pool.rejection_threshold),
        ("semaphore", "permits", &semaphore.permits),
        ("semaphore", "wait", &semaphore.wait),
    ];
    let page = page();
    let table = page.split("## ").find(|part| part.starts_with("Defaults")).expect("a section of defaults");
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("| `")).collect();
    assert_eq!(rows.len(), defaults.len(), "a row for each default");
    for (row, (layer, knob, default)) in rows.iter().zip(defaults) {
        let start = format!("| {layer} | `{knob}` | {default} | ");
        assert!(row.starts_with(&start), "the page says {row}, the code {start}");
    }
}

#[test]
fn every_page_that_is_named_is_there() {
    let policies = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/policy");
    let page = page();
    let named: Vec<&str> =
        page.split("../models/src/policy/").skip(1).filter_map(|s| s.split(')').next()).collect();
    assert_eq!(named.len(), 7, "a page for each layer");
    for name in named {
        let text = fs::read_to_string(policies.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for part in ["//! # ", "**What goes wrong without it.**", "```text", "| knob |", "**Pitfalls**"] {
            assert!(text.contains(part), "{name} has no {part}");
        }
    }
}
