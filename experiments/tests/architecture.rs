//! The invariants of ARCHITECTURE.md that can be read off the source text.

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file below `folder`, with its text, in a stable order.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources below {folder}");
    found.sort();
    found
}

/// The lines of code (comments cut off) that contain one of the words.
fn code_lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    let mut hits = Vec::new();
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                hits.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    hits
}

fn dependencies(package: &str) -> String {
    let manifest = fs::read_to_string(workspace().join(package).join("Cargo.toml")).expect("a manifest");
    let (_, rest) = manifest.split_once("[dependencies]").unwrap_or_default();
    rest.split("\n[").next().unwrap_or_default().to_owned()
}

#[test]
fn the_kernel_knows_no_word_of_the_domain() {
    // Comments count too: who explains the kernel by the domain has put something in the wrong room.
    let words = [
        "retry",
        "retries",
        "breaker",
        "deployable",
        "capability",
        "microservice",
        "monolith",
        "hystrix",
        "bulkhead",
        "gateway",
        "database",
    ];
    for (path, text) in sources("sim/src") {
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            for word in words {
                let found = lower.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
                assert!(!found, "{}:{}: `{word}` is no word of the kernel's", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn sim_and_models_do_no_io_start_no_threads_and_read_no_clock() {
    let words = [
        "std::fs",
        "std::io",
        "std::net",
        "std::thread",
        "std::process",
        "std::env",
        "Instant",
        "SystemTime",
    ];
    for folder in ["sim/src", "models/src"] {
        assert_eq!(code_lines_with(folder, &words), [""; 0]);
        assert_eq!(code_lines_with(folder, &["println!(", "eprintln!(", "print!("]), [""; 0]);
    }
}

#[test]
fn a_policy_never_schedules_an_event_and_never_sees_another_policy() {
    for policy in ["breaker", "fallback", "rate_limit", "retry", "semaphore", "thread_pool", "timeout"] {
        let path = workspace().join("models/src/policy").join(format!("{policy}.rs"));
        let text = fs::read_to_string(&path).expect("each policy has its file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for engine in ["Agenda", "crate::world", "Event::"] {
            assert!(!code.contains(engine), "{policy} mentions {engine}");
        }
        for other in ["breaker", "fallback", "rate_limit", "retry", "semaphore", "thread_pool", "timeout"] {
            let import = format!("use super::{other}");
            assert!(policy == other || !code.contains(&import), "{policy} sees {other}");
        }
    }
}

#[test]
fn dependences_point_one_way() {
    let (sim, models, output) = (dependencies("sim"), dependencies("models"), dependencies("output"));
    assert!(!sim.contains("archsim-"), "sim depends on nothing of ours");
    assert!(!models.contains("archsim-output") && !models.contains("archsim-experiments"));
    assert!(!output.contains("archsim-"), "output imports no simulation");
}

#[test]
fn the_engine_never_iterates_over_a_hash_map() {
    for folder in ["sim/src", "models/src/world", "models/src/policy"] {
        assert_eq!(code_lines_with(folder, &["HashMap", "HashSet"]), [""; 0]);
    }
}
