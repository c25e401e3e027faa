//! The page of all known answers, as Markdown: `docs/validation/known-answers.md`.

use std::fmt::Write;

use archsim_models::scenario::case::{Case, Metric};

use super::judge::{Answer, Verdict};
use super::text::Cells;
use super::{Asked, Tally, Tested};

/// The page. `date` is when the run was made, as its maker says: nothing here reads a clock.
pub fn page(tested: &[Tested<'_>], asked: &Asked, date: &str) -> String {
    let Tally { passed, failed, unsupported } = Tally::of(tested);
    let quick = if asked.quick { " --quick" } else { "" };
    let (seed, version) = (asked.seed, env!("CARGO_PKG_VERSION"));
    let mut text = format!(
        "# Known answers\n\
        Systems whose figures somebody has computed otherwise, run by archsim as ordinary scenarios. Written by\n\
        `archsim validate{quick} --seed {seed} --page {date}` (version {version}): {passed} passed, {failed} failed,\n\
        {unsupported} unsupported.\n\n\
        A figure passes within its tolerance; an exact one must also lie inside the simulator's own interval, which is\n\
        printed in brackets and holds for all exact figures together at 99.9 %. The cases are the files of\n\
        `experiments/validation/`; `archsim validate NAME` runs one, `archsim validate FILE` one of your own.\n\n\
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
    for Tested { case, .. } in tested {
        let note = if case.note.is_empty() { String::new() } else { format!(" {}", cell(&case.note)) };
        let _ = writeln!(text, "- **{}**: {}. *{}*{note}", case.name, cell(&case.title), cell(&case.source));
    }
    text
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
