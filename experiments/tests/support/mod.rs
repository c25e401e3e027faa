//! A folder for each test, a small scenario, and the program in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A scenario that runs in milliseconds: a page with an optional part that becomes slow, on one small pool.
pub const SMALL: &str = "\
archsim: 1
name: small
title: A small shop
system:
  capabilities:
    page: { work: 1ms, calls: [{ part: { optional: true } }] }
    other: { work: 1ms }
    part: { latency: { exponential: { mean: 5ms } } }
  journeys:
    look: { share: 60%, enters: page, objective: { within: 500ms, availability: 99% } }
    buy: { share: 40%, enters: other, objective: { within: 500ms, availability: 99% } }
workload: { arrivals: { poisson: 50/s }, patience: 2s }
run: { warmup: 1s, measure: 12s, drain: 5s }
faults:
  - { at: 2s, for: 8s, slow: { capability: part, latency: 20s } }
architectures:
  bare:
    deployables:
      app: { runs: [page, other], instances: 1, cores: 2, threads: 10, queue: 10 }
      parts: { runs: [part], instances: 1, cores: 2, threads: 500, queue: 500 }
  resilient:
    extends: bare
    calls: { 'page -> part': [{ fallback: omit }, { preset: hystrix-1.5 }] }
experiment:
  question: What fails?
  replications: { default: 4, quick: 3 }
  control: { without: faults }
  baseline: bare
  measures: [availability, degraded, blast-radius, p99, amplification, wasted-work, utilisation, queue, cost]
  charts: [blast-radius, graph, timeline, strip, paired]
  claims:
    - { that: bare loses buyers, measure: availability, journey: buy, arm: bare, during: fault, at-most: 80% }
    - { that: resilient keeps buyers, measure: availability, journey: buy, arm: resilient, during: fault, at-least: 80% }
";

/// A folder of its own, in which the program runs.
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// An empty folder for a test.
    pub fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Place { folder }
    }

    /// With the small scenario in it.
    pub fn with_small(test: &str) -> Self {
        let place = Place::new(test);
        place.write("small.yaml", SMALL);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// Runs `archsim` here with words separated by spaces.
    pub fn archsim(&self, words: &str) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_archsim"))
            .args(words.split_whitespace())
            .current_dir(&self.folder)
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        Ended::from(output)
    }

    /// All files below a folder, with their contents, in order.
    pub fn files(&self, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let root = self.path(name);
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        files.sort();
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.push((path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap()));
        }
    }
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Requires a code, and words on standard output and on standard error.
    #[track_caller]
    pub fn expect(&self, code: i32, out: &[&str], err: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for words in out {
            assert!(self.out.contains(words), "no `{words}` on standard output: {self:#?}");
        }
        for words in err {
            assert!(self.err.contains(words), "no `{words}` on standard error: {self:#?}");
        }
        self
    }
}
