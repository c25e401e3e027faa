//! The page of all known answers, as Markdown: `docs/validation/known-answers.md`.

use std::fmt::Write;

use archsim_models::scenario::case::{Case, Metric};

use super::judge::{Answer, Verdict};
use super::text::Cells;
use super::{Asked, Tally, Tested};

/// An example for who wants to write a case.
pub const EXAMPLE: &str = "\
case: my-queue                               # its name
title: M/M/1 at half load                    # the system in words
source: Kleinrock, vol. 1                    # who has computed the figures
quick: { replications: 20, measure: 60s }    # what differs in a quick look; `full` likewise
scenario:                                    # an ordinary scenario
  archsim: 1
  system:
    capabilities: { serve: { work: { exponential: 10ms } } }
    journeys: { ask: { share: 100%, enters: serve } }
  workload: { arrivals: { poisson: 50/s } }
  run: { warmup: 10s, measure: 1000s }
  architectures:
    queue: { deployables: { server: { runs: all, cores: 1, threads: 1, queue: unbounded } } }
metrics:                                     # measure, of what, in which window: as in a claim
  response: { measure: mean-latency, expected: 20ms, tolerance: 2%, exact: true }
  waiting:  { measure: queue, deployable: server, expected: 0.5, within: 0.02, exact: true }
  present:  { expected: 1, waits-for: a measure of the number in the system }
";

/// The page. `date` is when the run was made, as its maker says: nothing here reads a clock.
pub fn page(tested: &[Tested<'_>], asked: &Asked, date: &str) -> String {
    let Tally { passed, failed, unsupported } = Tally::of(tested);
    let quick = if asked.quick { " --quick" } else { "" };
    let (seed, version) = (asked.seed, env!("CARGO_PKG_VERSION"));
    let mut text = format!(
        "# Known answers\n\
        Systems whose figures somebody has computed otherwise, run by archsim as ordinary scenarios. Written by\n\
        `archsim validate{quick} --seed {seed} --page {date}`, version {version}:\n\
        **{passed} passed, {failed} failed, {unsupported} unsupported.**\n\n\
        A figure passes within its tolerance; an exact one must also lie inside the simulator's own interval, which is\n\
        printed in brackets and holds for all exact figures together at 99.9 %. What waits for something is not run and\n\
        never passes. The cases are the files of `experiments/validation/`: `archsim validate NAME` runs one of them.\n\n\
        ## Run\n\
        | case | metric | expected | simulated | tolerance | verdict |\n|---|---|---|---|---|---|\n"
    );
    let all = || {
        tested.iter().flat_map(|t| {
            t.case.metrics.iter().zip(&t.answers).map(move |(metric, answer)| (t.case, metric, answer))
        })
    };
    for (case, metric, answer) in all() {
        text.push_str(&run_row(case, metric, answer).unwrap_or_default());
    }
    text.push_str("\n## Waiting for a mechanism or a measure\n| case | metric | expected | waits for |\n|---|---|---|---|\n");
    for (case, metric, answer) in all() {
        if let Verdict::Unsupported(waits_for) = &answer.verdict {
            let _ = writeln!(text, "{} {} |", start(case, metric), cell(waits_for));
        }
    }
    text.push_str("\n## Cases\n");
    text.extend(tested.iter().map(|tested| about(tested.case)));
    let _ = write!(text, "\n{OWN}```yaml\n{EXAMPLE}```\n");
    text
}

const OWN: &str = "\
## A case of your own
`archsim validate FILE` runs it, `archsim validate FOLDER` all cases of a folder; `archsim validate --schema` prints the
JSON Schema. A metric says what a claim of a scenario says: `measure`; `journey`, `capability`, `deployable` or `store`;
`arm` where there are several; `during` (without it `run`). `tolerance` is a share of what is expected, `within` a distance
in the measure's unit. Without `exact: true` only the tolerance counts: for limits, approximations and published runs.

";

/// A case's line: its title, source and note.
pub fn about(case: &Case) -> String {
    let note = if case.note.is_empty() { String::new() } else { format!(" {}", cell(&case.note)) };
    let ends = if case.title.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("- **{}**: {}{ends} *{}.*{note}\n", case.name, cell(&case.title), cell(&case.source))
}

/// The first cells of a metric's row: what does not depend on any run.
pub fn start(case: &Case, metric: &Metric) -> String {
    let is = if metric.is.is_empty() { String::new() } else { format!(": {}", cell(&metric.is)) };
    format!("| {} | {}{is} | {} |", case.name, metric.name, cell(&metric.expected))
}

fn run_row(case: &Case, metric: &Metric, answer: &Answer) -> Option<String> {
    let verdict = match &answer.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed(why) => format!("**failed**: {}", cell(why)),
        Verdict::Unsupported(_) => return None,
    };
    let Cells { simulated, tolerance } = Cells::of(metric, answer);
    Some(format!("{} {simulated} | {tolerance} | {verdict} |\n", start(case, metric)))
}

/// A table's cell keeps to one line and has no bars.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
