//! The page of all known answers, as Markdown: `docs/validation.md`, with its pictures in `docs/validation/`.

use std::fmt::Write;

use archsim_models::scenario::case::{Case, FAMILIES, Metric};
use archsim_output::Figure;

use super::judge::{Answer, Verdict};
use super::text::Cells;
use super::{Asked, Tally, Tested};

/// An example for who wants to write a case.
pub const EXAMPLE: &str = "\
case: my-queue                               # its name
title: M/M/1 at half load                    # the system in words
family: queues                               # what kind of answer it is
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

/// The name of the page's file.
pub const FILE: &str = "validation.md";
/// The folder of its pictures, beside it.
pub const PICTURES: &str = "validation";

/// The page. `date` is when the run was made, as its maker says: nothing here reads a clock.
pub fn page(tested: &[Tested<'_>], asked: &Asked, date: &str, figures: &[Figure]) -> String {
    let mut text = head(tested, asked, date);
    for figure in figures {
        let _ = write!(
            text,
            "\n![{}. {}]({PICTURES}/{}.svg)\n*{}.* [The points]({PICTURES}/{2}.csv).\n",
            figure.title, figure.alt, figure.id, figure.subtitle
        );
    }
    let families: Vec<&str> =
        FAMILIES.into_iter().filter(|family| tested.iter().any(|it| it.case.family == *family)).collect();
    for family in &families {
        let of_family = tested.iter().filter(|it| it.case.family == *family);
        let _ = write!(
            text,
            "\n## {}\n| case | metric | expected | simulated | tolerance | verdict |\n|---|---|---|---|---|---|\n",
            capital(family)
        );
        for (case, metric, answer) in of_family.clone().flat_map(metrics) {
            text.push_str(&row(case, metric, answer));
        }
        text.push('\n');
        text.extend(of_family.map(|tested| about(tested.case)));
    }
    let _ = write!(text, "\n{OWN}```yaml\n{EXAMPLE}```\n");
    text
}

fn head(tested: &[Tested<'_>], asked: &Asked, date: &str) -> String {
    let Tally { passed, failed, unsupported } = Tally::of(tested);
    let quick = if asked.quick { " --quick" } else { "" };
    let (seed, version) = (asked.seed, env!("CARGO_PKG_VERSION"));
    format!(
        "# Validation: known answers\n\
        Systems whose figures somebody has computed otherwise, run by archsim as ordinary scenarios. Written by\n\
        `archsim validate{quick} --seed {seed} --page {date}`, version {version}, {date}:\n\
        **{passed} passed, {failed} failed, {unsupported} unsupported.**\n\n\
        A figure passes within its tolerance; an exact one must also lie inside the simulator's own interval, which is\n\
        printed in brackets and holds for all exact figures together at 99.9 %. What is unsupported waits for a\n\
        mechanism or a measure that it names; it is not run and never passes. The cases are the files of\n\
        `experiments/validation/`: `archsim validate NAME` runs one of them. What else the simulator is checked by:\n\
        [a second engine](validation/twin.md) and the other pages of [this folder](validation).\n"
    )
}

fn metrics<'a>(tested: &'a Tested<'a>) -> impl Iterator<Item = (&'a Case, &'a Metric, &'a Answer)> {
    tested.case.metrics.iter().zip(&tested.answers).map(|(metric, answer)| (tested.case, metric, answer))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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

fn row(case: &Case, metric: &Metric, answer: &Answer) -> String {
    let Cells { simulated, tolerance } = Cells::of(metric, answer);
    let verdict = match &answer.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed(why) => format!("**failed**: {}", cell(why)),
        Verdict::Unsupported(waits_for) => format!("unsupported: waits for {}", cell(waits_for)),
    };
    format!("{} {simulated} | {tolerance} | {verdict} |\n", start(case, metric))
}

/// A table's cell keeps to one line and has no bars.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
