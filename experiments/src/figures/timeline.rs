//! Over time: what users get, what is offered and answered, what is sent to the capability that is faulty, and who
//! waits for a thread.

use archsim_models::record::{JourneyRecord, Record};
use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Chart, Figure, Series, TimePanel, Timeline};

use super::series::{banded, by_run, quantile_of, ratio, sum};
use super::{Frame, sentence};
use crate::headline;
use crate::measure::{Quantity, journeys};
use crate::monte_carlo::Run;
use crate::results::look;
use crate::words;

/// Fewer attempts for each call than this are no storm.
const AMPLIFIED: f64 = 1.02;
/// Attempts that differ by no more than this from those without the fault are as many.
const SAME: f64 = 0.1;

pub fn figure(frame: &Frame<'_>) -> Figure {
    let results = frame.results;
    let of = results.headline_subject();
    let which = journeys(&of, &results.scenario.graph).unwrap_or_default();
    let arms = results.representatives();
    let levels: Vec<String> =
        arms.iter().map(|(arm, runs)| level(&arm.title, lowest(frame, runs, &which))).collect();
    let whose = if of == Subject::Unrelated { "success of journeys that never use it" } else { "success" };
    let title = sentence(&format!("{}{whose} {}", frame.given(), words::list(&levels)));
    let x = frame.buckets.middles();
    let panels = panels(frame, &arms, &of, &which);
    let shown: Vec<&str> = panels.iter().map(|panel| panel.title.as_str()).collect();
    Figure {
        id: frame.id("timeline"),
        alt: format!("{title}. Panels over the same time: {}", shown.join(", ")),
        title,
        subtitle: frame.subtitle("Median of replications with 25–75 % and 5–95 % bands"),
        footer: frame.footer(),
        key_numbers: levels.into_iter().map(|level| sentence(&format!("{whose} {level}"))).collect(),
        chart: Chart::Timeline(Timeline {
            x,
            fault: frame.fault_span(),
            fault_label: frame.fault_label(),
            panels,
        }),
    }
}

/// `drops to 5 % in “Monolith”`; what hardly moves stays.
fn level(arm: &str, lowest: f64) -> String {
    let moves = if lowest < 0.99 { "drops to" } else { "stays at" };
    format!("{moves} {} in {}", words::share(lowest), words::quoted(arm))
}

fn panels(frame: &Frame<'_>, arms: &[(&Arm, &[Run])], of: &Subject, which: &[usize]) -> Vec<TimePanel> {
    let each = |line: &dyn Fn(&Record) -> Vec<Option<f64>>, empty: f64| -> Vec<Series> {
        let one = |(arm, runs): &(&Arm, &[Run])| Series {
            label: arm.title.clone(),
            look: Some(look(arm)),
            ..banded(&by_run(runs, line), empty)
        };
        arms.iter().map(one).collect()
    };
    let title = if *of == Subject::Unrelated { "Availability, unrelated journeys" } else { "Availability" };
    let mut answers = each(&|record| per_second(frame, record, |journey| &journey.goodput), 0.0);
    answers.extend(offered(frame, arms));
    let objective = |journey: &usize| frame.results.scenario.arms[0].plan.journeys[*journey].objective;
    let availability = |title: String, of: &dyn Fn(&Record) -> Vec<Option<f64>>| TimePanel {
        objective: which.iter().map(objective).reduce(f64::min),
        ..panel(title, "%", each(of, 1.0))
    };
    let by_region = |(names, homes): (Vec<&str>, Vec<usize>)| {
        let title = format!("Availability, users of {}", words::list(&names));
        availability(title, &|record| by_homes(frame, record, &homes))
    };
    let by_region: Vec<TimePanel> = regions(arms).into_iter().map(by_region).collect();
    let mut panels = vec![
        availability(title.to_owned(), &|record| success(frame, record, which)),
        panel("Answers in time".to_owned(), "1/s", answers),
    ];
    // Whose region it is says more than all users together.
    panels.splice(1..1, by_region);
    let waiting = each(&|record| waiting(frame, record), 0.0);
    let lines = panel("Attempts waiting for a thread".to_owned(), "", waiting);
    let some_wait = lines.series.iter().flat_map(|series| &series.p95).any(|&waiting| waiting >= 1.0);
    panels.into_iter().chain(attempts(frame, arms)).chain(some_wait.then_some(lines)).collect()
}

/// The homes of users, by the region to which the arm with the most regions sends them; nothing without regions.
fn regions<'a>(arms: &[(&'a Arm, &[Run])]) -> Vec<(Vec<&'a str>, Vec<usize>)> {
    let most = arms.iter().map(|(arm, _)| &arm.plan.zones.regions).max_by_key(|regions| regions.names.len());
    let Some(regions) = most else { return Vec::new() };
    let of = |region: usize| {
        let homes = regions.homes.iter().enumerate().filter(move |(_, home)| home.region.at() == region);
        homes.map(|(at, home)| (home.name.as_str(), at)).unzip()
    };
    (0..regions.names.len())
        .map(of)
        .filter(|(names, _): &(Vec<&str>, Vec<usize>)| !names.is_empty())
        .collect()
}

fn by_homes(frame: &Frame<'_>, record: &Record, homes: &[usize]) -> Vec<Option<f64>> {
    let series = |of: fn(&JourneyRecord) -> &[u64]| {
        sum(frame.buckets, homes.iter().filter_map(|&home| record.homes.get(home)).map(of))
    };
    ratio(&series(|home| &home.answered), &series(|home| &home.arrived))
}

/// What was asked for, in the first arm: the same in all.
fn offered(frame: &Frame<'_>, arms: &[(&Arm, &[Run])]) -> Option<Series> {
    let (_, runs) = arms.first()?;
    let lines = by_run(runs, |record| per_second(frame, record, |journey| &journey.arrived));
    let median = banded(&lines, 0.0).median;
    Some(Series { label: "offered".to_owned(), median, ..Series::default() })
}

/// Attempts sent to what is faulty (to all, if nothing is), beside those that the same users cause where nothing is
/// wrong. The factor at a line's end is the one by the other, while the fault lasts. Where there are as many of them
/// in every arm as without the fault there is nothing to be seen.
fn attempts(frame: &Frame<'_>, arms: &[(&Arm, &[Run])]) -> Option<TimePanel> {
    let results = frame.results;
    let faulty = &results.scenario.graph.faulty;
    let named = if faulty.is_empty() { String::new() } else { format!(" to {}", headline::faulty(results)) };
    let control = results.baseline().and_then(|(baseline, _)| {
        results.arms().find(|(arm, _)| arm.control_of.as_ref() == Some(&baseline.name))
    });
    let demand =
        control.map(|(_, runs)| banded(&by_run(runs, |record| sent(frame, record, faulty)), 0.0).median);
    let amplified = most_amplified(frame, arms);
    let mut differs = demand.is_none();
    let series = arms.iter().chain(&amplified).map(|(arm, runs)| {
        let lines = by_run(runs, |record| sent(frame, record, faulty));
        let line = banded(&lines, 0.0);
        let factor = demand.as_ref().and_then(|demand| factor(frame, &line.median, demand));
        differs |= factor.is_some_and(|factor| (factor - 1.0).abs() > SAME);
        let factor = factor.map_or_else(String::new, |factor| format!(" ×{factor:.2}"));
        Series { label: format!("{}{factor}", arm.title), look: Some(look(arm)), ..line }
    });
    let mut series: Vec<Series> = series.collect();
    let asked = |median: &Vec<f64>| Series {
        label: "without the fault".to_owned(),
        median: median.clone(),
        ..Series::default()
    };
    series.extend(demand.as_ref().map(asked));
    if !differs {
        return None;
    }
    let factors = if demand.is_some() { " (×: during the fault, against no fault)" } else { "" };
    Some(panel(format!("Attempts sent{named}{factors}"), "1/s", series))
}

/// A panel with no objective, and an axis as usual.
fn panel(title: String, unit: &str, series: Vec<Series>) -> TimePanel {
    TimePanel { title, unit: unit.to_owned(), series, ..TimePanel::default() }
}

/// The arm that sends most for each call, if it does not stand among `arms` already.
fn most_amplified<'a>(frame: &Frame<'a>, arms: &[(&Arm, &[Run])]) -> Option<(&'a Arm, &'a [Run])> {
    let results = frame.results;
    let amplification = |arm: &Arm, runs: &[Run]| {
        let quantity = Quantity::new(Measure::Amplification, Subject::All, results.window());
        results.measure(&quantity, arm, runs).estimate.map_or(1.0, |found| found.value)
    };
    let most =
        results.compared().max_by(|a, b| amplification(a.0, a.1).total_cmp(&amplification(b.0, b.1)))?;
    let is_new = arms.iter().all(|(arm, _)| arm.name != most.0.name);
    (is_new && amplification(most.0, most.1) > AMPLIFIED).then_some(most)
}

/// Attempts per second of some capabilities, or of all.
fn sent(frame: &Frame<'_>, record: &Record, of: &[usize]) -> Vec<Option<f64>> {
    let chosen = record.capabilities.iter().enumerate().filter(|(at, _)| of.is_empty() || of.contains(at));
    let counts = sum(frame.buckets, chosen.map(|(_, capability)| capability.attempts.as_slice()));
    counts.into_iter().map(|count| Some(count as f64 / frame.buckets.seconds)).collect()
}

/// One line ÷ another while the fault lasts; nothing where the other is zero.
fn factor(frame: &Frame<'_>, line: &[f64], by: &[f64]) -> Option<f64> {
    let (from, until) = frame.fault_span()?;
    let middles = frame.buckets.middles();
    let total = |line: &[f64]| -> f64 {
        let during = middles.iter().zip(line).filter(|(at, _)| (from..until).contains(*at));
        during.map(|(_, value)| value).sum()
    };
    (total(by) > 0.0).then(|| total(line) / total(by))
}

fn success(frame: &Frame<'_>, record: &Record, which: &[usize]) -> Vec<Option<f64>> {
    let series = |of: fn(&JourneyRecord) -> &[u64]| {
        sum(frame.buckets, which.iter().map(|&journey| of(&record.journeys[journey])))
    };
    ratio(&series(|journey| &journey.answered), &series(|journey| &journey.arrived))
}

fn per_second(frame: &Frame<'_>, record: &Record, of: fn(&JourneyRecord) -> &[u64]) -> Vec<Option<f64>> {
    let asked = record.journeys.iter().zip(&frame.results.scenario.graph.asked);
    let counts = sum(frame.buckets, asked.filter(|(_, asked)| **asked).map(|(journey, _)| of(journey)));
    counts.into_iter().map(|count| Some(count as f64 / frame.buckets.seconds)).collect()
}

fn waiting(frame: &Frame<'_>, record: &Record) -> Vec<Option<f64>> {
    let mut total = vec![0.0; frame.buckets.count()];
    for deployable in &record.deployables {
        total
            .iter_mut()
            .zip(frame.buckets.of(&deployable.queued))
            .for_each(|(total, queued)| *total += queued);
    }
    total.into_iter().map(Some).collect()
}

/// The lowest second while the fault lasts, of the median over runs.
fn lowest(frame: &Frame<'_>, runs: &[Run], which: &[usize]) -> f64 {
    let lines = by_run(runs, |record| success(frame, record, which));
    let (from, until) = frame.fault_span().unwrap_or((0.0, f64::INFINITY));
    let middles = frame.buckets.middles();
    let in_bucket = |bucket: usize| {
        quantile_of(lines.iter().filter_map(|line| line[bucket]).collect(), 0.5).unwrap_or(1.0)
    };
    let during = (0..middles.len()).filter(|&bucket| (from..until).contains(&middles[bucket]));
    during.map(in_bucket).fold(1.0, f64::min)
}
