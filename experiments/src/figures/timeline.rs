//! Over time: what users get, what is offered and answered, what is sent to the capability that is faulty, and who
//! waits for a thread.

use archsim_models::record::{JourneyRecord, Record};
use archsim_models::scenario::{Arm, Measure, Subject};
use archsim_output::{Chart, Figure, Series, TimePanel, Timeline};

use super::series::{banded, by_run, ratio, sum};
use super::{Frame, plain, sentence};
use crate::headline;
use crate::measure::{Quantity, journeys};
use crate::monte_carlo::Run;
use crate::results::look;
use crate::words;

/// Fewer attempts for each call than this are no storm.
const AMPLIFIED: f64 = 1.02;
/// Attempts that differ by no more than this from those without the fault are as many.
const SAME: f64 = 0.1;
/// Below this share of answers in time a second is a bad one.
const GOOD: f64 = 0.95;
/// More panels than this are too many for a slide; what is left over stands in the data beside the picture.
const PANELS_MAX: usize = 4;

pub fn figure(frame: &Frame<'_>) -> Figure {
    let results = frame.results;
    let of = results.headline_subject();
    let which = journeys(&of, &results.scenario.graph).unwrap_or_default();
    let arms = results.representatives();
    let courses: Vec<Course> = arms.iter().map(|(arm, runs)| Course::of(frame, arm, runs, &which)).collect();
    let whose = if of == Subject::Unrelated { "success of journeys that never use it" } else { "success" };
    let title = sentence(&format!("{}{whose} {}", frame.given(), finding(&courses)));
    let x = frame.buckets.middles();
    let (panels, beside) = panels(frame, &arms, &of, &which);
    let shown: Vec<&str> = panels.iter().map(|panel| panel.title.as_str()).collect();
    Figure {
        id: frame.id("timeline"),
        alt: format!("{title}. Panels over the same time: {}", shown.join(", ")),
        title,
        subtitle: frame.subtitle("Median of replications with 25–75 % and 5–95 % bands"),
        footer: frame.footer(),
        key_numbers: courses.iter().map(|course| sentence(&format!("{whose} {}", course.words()))).collect(),
        chart: Chart::Timeline(Timeline {
            x,
            fault: frame.fault_span(),
            fault_label: frame.fault_label(),
            panels,
            beside,
        }),
    }
}

/// How one arm fares: the median over runs, second by second.
struct Course {
    arm: String,
    /// The worst bucket.
    lowest: f64,
    /// For how many seconds fewer than [`GOOD`] are answered in time.
    bad_secs: f64,
    /// What is not answered in time, in seconds of all requests.
    lost_secs: f64,
}

impl Course {
    fn of(frame: &Frame<'_>, arm: &Arm, runs: &[Run], which: &[usize]) -> Course {
        let lines = by_run(runs, |record| success(frame, record, which));
        let median = banded(&lines, 1.0).median;
        let secs =
            |of: &dyn Fn(f64) -> f64| median.iter().map(|&it| of(it)).sum::<f64>() * frame.buckets.seconds;
        Course {
            arm: words::quoted(&arm.title),
            lowest: median.iter().copied().fold(1.0, f64::min),
            bad_secs: secs(&|share| f64::from(u8::from(share < GOOD))),
            lost_secs: secs(&|share| 1.0 - share),
        }
    }

    /// `is below 95 % for 36 s in “Tight” (4 % at worst)`.
    fn words(&self) -> String {
        let (arm, lowest) = (&self.arm, words::share(self.lowest));
        if self.bad_secs > 0.0 {
            format!(
                "is below {} for {} s in {arm} ({lowest} at worst)",
                words::share(GOOD),
                plain(self.bad_secs)
            )
        } else {
            format!("stays at {lowest} in {arm}")
        }
    }
}

/// The arm that loses most, and the one that loses least beside it – with those that fare as well.
fn finding(courses: &[Course]) -> String {
    let by_loss = |a: &&Course, b: &&Course| a.lost_secs.total_cmp(&b.lost_secs);
    let (Some(worst), Some(best)) = (courses.iter().max_by(by_loss), courses.iter().min_by(by_loss)) else {
        return String::new();
    };
    let well: Vec<&str> =
        courses.iter().filter(|course| course.bad_secs == 0.0).map(|course| course.arm.as_str()).collect();
    if worst.bad_secs == 0.0 {
        return format!("stays at {} or more in {}", words::share(worst.lowest), words::list(&well));
    }
    let rest = match (well.is_empty(), worst.arm == best.arm) {
        (false, _) => format!(", and never in {}", words::list(&well)),
        (true, true) => String::new(),
        (true, false) => {
            let (arm, lowest) = (&best.arm, words::share(best.lowest));
            format!(", and for {} s in {arm} ({lowest})", plain(best.bad_secs))
        }
    };
    format!("{}{rest}", worst.words())
}

/// The panels that are drawn, and those that are left over.
fn panels(
    frame: &Frame<'_>,
    arms: &[(&Arm, &[Run])],
    of: &Subject,
    which: &[usize],
) -> (Vec<TimePanel>, Vec<TimePanel>) {
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
    let waiting = each(&|record| waiting(frame, record), 0.0);
    let lines = panel("Attempts waiting for a thread".to_owned(), "", waiting);
    let some_wait = lines.series.iter().flat_map(|series| &series.p95).any(|&waiting| waiting >= 1.0);
    // From top to bottom, each with how soon it has to give way: whose region it is says more than all users together,
    // a storm more than a line, and how many wait more than how many are answered.
    let mut all = vec![(0, availability(title.to_owned(), &|record| success(frame, record, which)))];
    all.extend(by_region.into_iter().map(|panel| (1, panel)));
    all.push((4, panel("Answers in time".to_owned(), "1/s", answers)));
    all.extend(attempts(frame, arms).map(|(panel, is_storm)| (if is_storm { 2 } else { 5 }, panel)));
    all.extend(some_wait.then_some((3, lines)));
    chosen(all)
}

/// The panels that matter most, in the order given, and the rest.
fn chosen(panels: Vec<(u8, TimePanel)>) -> (Vec<TimePanel>, Vec<TimePanel>) {
    let mut order: Vec<usize> = (0..panels.len()).collect();
    order.sort_by_key(|&at| panels[at].0);
    let drawn = &order[..order.len().min(PANELS_MAX)];
    let (mut shown, mut beside) = (Vec::new(), Vec::new());
    for (at, (_, panel)) in panels.into_iter().enumerate() {
        if drawn.contains(&at) { shown.push(panel) } else { beside.push(panel) }
    }
    (shown, beside)
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
/// in every arm as without the fault there is nothing to be seen. Also says whether some arm sends more.
fn attempts(frame: &Frame<'_>, arms: &[(&Arm, &[Run])]) -> Option<(TimePanel, bool)> {
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
    let mut is_storm = false;
    let series = arms.iter().chain(&amplified).map(|(arm, runs)| {
        let lines = by_run(runs, |record| sent(frame, record, faulty));
        let line = banded(&lines, 0.0);
        let factor = demand.as_ref().and_then(|demand| factor(frame, &line.median, demand));
        differs |= factor.is_some_and(|factor| (factor - 1.0).abs() > SAME);
        is_storm |= factor.is_some_and(|factor| factor > 1.0 + SAME);
        let note = factor.map_or_else(String::new, |factor| format!("×{factor:.2}"));
        Series { label: arm.title.clone(), note, look: Some(look(arm)), ..line }
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
    Some((panel(format!("Attempts sent{named}{factors}"), "1/s", series), is_storm))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn course(arm: &str, lowest: f64, bad_secs: f64, lost_secs: f64) -> Course {
        Course { arm: words::quoted(arm), lowest, bad_secs, lost_secs }
    }

    #[test]
    fn a_title_says_once_which_arm_loses_most_and_which_least() {
        let tight = course("Tight", 0.04, 38.0, 25.0);
        let roomy = course("Roomy", 0.65, 3.0, 1.0);
        let gone = course("Gone", 0.0, 20.0, 20.0);
        assert_eq!(
            finding(&[tight, roomy, gone]),
            "is below 95 % for 38 s in “Tight” (4 % at worst), and for 3 s in “Roomy” (65 %)"
        );
    }

    #[test]
    fn all_that_lose_nothing_are_named_and_none_twice() {
        let fine = || course("A", 1.0, 0.0, 0.0);
        let other = || course("B", 0.97, 0.0, 0.4);
        let bad = || course("C", 0.2, 9.5, 4.0);
        assert_eq!(
            finding(&[fine(), bad(), other()]),
            "is below 95 % for 9.5 s in “C” (20 % at worst), and never in “A” and “B”"
        );
        assert_eq!(finding(&[fine(), other()]), "stays at 97 % or more in “A” and “B”");
        assert_eq!(finding(&[bad()]), "is below 95 % for 9.5 s in “C” (20 % at worst)");
        assert_eq!(finding(&[]), "");
    }

    #[test]
    fn what_matters_least_gives_way_and_the_order_stays() {
        let named = |rank: u8, title: &str| (rank, panel(title.to_owned(), "", Vec::new()));
        let all =
            vec![named(0, "a"), named(1, "b"), named(1, "c"), named(4, "d"), named(5, "e"), named(3, "f")];
        let (shown, beside) = chosen(all);
        let titles =
            |panels: Vec<TimePanel>| -> Vec<String> { panels.into_iter().map(|it| it.title).collect() };
        assert_eq!(
            (titles(shown), titles(beside)),
            (
                vec!["a", "b", "c", "f"].into_iter().map(String::from).collect(),
                vec!["d".to_owned(), "e".to_owned()]
            )
        );
    }
}
