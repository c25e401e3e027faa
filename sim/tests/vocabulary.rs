//! The kernel knows nothing of the systems that are simulated with it, not even their words.

use std::fs;
use std::path::Path;

/// Words that belong to the crates above this one.
const FORBIDDEN: &[&str] = &[
    "service",
    "microservice",
    "cache",
    "retry",
    "retries",
    "request",
    "breaker",
    "bulkhead",
    "deployable",
    "capability",
    "gateway",
    "database",
    "endpoint",
    "autoscaler",
    "canary",
    "fallback",
    "netflix",
    "hystrix",
];

#[test]
fn no_word_of_a_domain_is_in_the_kernel() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for entry in fs::read_dir(sources).expect("the sources are there") {
        let path = entry.expect("an entry can be read").path();
        let text = fs::read_to_string(&path).expect("a source is text").to_lowercase();
        let words = text.split(|letter: char| !letter.is_alphabetic());
        let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        let forbidden =
            words.filter(|word| FORBIDDEN.contains(&singular(word).as_str()) || FORBIDDEN.contains(word));
        found.extend(forbidden.map(|word| format!("`{word}` in {}", path.display())));
    }
    assert!(found.is_empty(), "{}", found.join(", "));
}
