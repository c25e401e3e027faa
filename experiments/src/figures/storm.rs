//! A storm of misses over time: what the caches still find, what the database is asked for against what it can do, whose
//! requests fail, and how long the slowest of the others wait.

use std::cmp::Reverse;

use archsim_models::plan::{CachePlace, Plan};
use archsim_models::record::{Record, SLOWEST_BUCKETS};
use archsim_models::scenario::{Arm, ArmKind, Subject};
use archsim_output::{Chart, Figure, Series, TimePanel, Timeline};

use super::series::{banded, by_run, quantile_of, ratio, sum};
use super::{Frame, plain, sentence};
use crate::measure::{journeys, store_capacity};
use crate::monte_carlo::Run;
use crate::results::look;
use crate::words;

/// A run in which more than this share fails in the median second at the end has not recovered.
const STILL_FAILING: f64 = 0.05;
/// The part of the time after the fault that counts as its end.
const END: f64 = 0.2;

pub fn figure(frame: &Frame<'_>) -> Option<Figure> {
    let results = frame.results;
    let asked = journeys(&Subject::All, &results.scenario.graph).unwrap_or_default();
    let arms = shown(frame, &asked);
    if arms.iter().all(|(arm, _)| arm.plan.caches.is_empty()) {
        return None;
    }
    let storms: Vec<Storm> = arms.iter().map(|(arm, runs)| Storm::of(frame, arm, runs, &asked)).collect();
    // The worst and the best of those shown, the worst being the one that recovers least often; all are among the key
    // numbers.
    let worst = storms.iter().max_by(|a, b| a.stuck.0.cmp(&b.stuck.0).then(a.peak.0.total_cmp(&b.peak.0)))?;
    let best = storms.iter().min_by(|a, b| a.peak.0.total_cmp(&b.peak.0))?;
    let others = if worst.title == best.title {
        String::new()
    } else {
        format!(", {:.1} × in {}", best.peak.0, words::quoted(&best.title))
    };
    let stuck = results.compared().filter_map(|(arm, runs)| still(frame, arm, runs, &asked));
    let title = sentence(&format!(
        "{}the database is asked for up to {:.1} × what it can do in {}{}{others}",
        frame.given(),
        worst.peak.0,
        words::quoted(&worst.title),
        worst.stuck_words(),
    ));
    let key_numbers = storms.iter().map(Storm::key_number).chain(stuck).map(|it| sentence(&it));
    Some(Figure {
        id: frame.id("storm"),
        alt: format!(
            "{title}. Panels over the same time: hit ratio, demand on the database, requests that fail, \
             the 99th percentile of latency"
        ),
        subtitle: frame.subtitle("Median of replications with 25–75 % and 5–95 % bands, or single runs"),
        footer: frame.footer(),
        key_numbers: key_numbers.collect(),
        title,
        chart: Chart::Timeline(Timeline {
            x: frame.buckets.middles(),
            fault: frame.fault_span(),
            fault_label: frame.fault_label(),
            panels: panels(frame, storms),
            beside: Vec::new(),
        }),
    })
}

/// The arms that stand for their kinds, the first of those that lead to the resilient one, and the one that most often
/// does not recover.
fn shown<'a>(frame: &Frame<'a>, asked: &[usize]) -> Vec<(&'a Arm, &'a [Run])> {
    let results = frame.results;
    let mut arms = results.representatives();
    let on_the_way = results.compared().find(|(arm, _)| arm.kind == ArmKind::Resilient);
    // Of arms alike the first.
    let all = results.compared().enumerate();
    let stuck = all.max_by_key(|(at, (_, runs))| (stuck(frame, runs, asked), Reverse(*at))).map(|it| it.1);
    let stuck = stuck.filter(|(_, runs)| self::stuck(frame, runs, asked) > 0);
    for more in on_the_way.into_iter().chain(stuck) {
        if arms.iter().all(|(arm, _)| arm.name != more.0.name) {
            arms.push(more);
        }
    }
    arms
}

/// One arm's lines.
struct Storm {
    title: String,
    hits: Option<Series>,
    demand: Series,
    failed: Series,
    /// The 99th percentile of latency, in milliseconds.
    slowest: Series,
    /// The highest demand from the fault on, and the largest share that fails, of the medians over runs.
    peak: (f64, f64),
    /// How many runs still fail at the end, of how many.
    stuck: (usize, usize),
}

impl Storm {
    fn of(frame: &Frame<'_>, arm: &Arm, runs: &[Run], asked: &[usize]) -> Storm {
        let plan = &arm.plan;
        let labelled = |line: Series| Series { label: arm.title.clone(), look: Some(look(arm)), ..line };
        let caches = users_caches(plan, asked);
        let hits = |record: &Record| {
            let series = |of: fn(&archsim_models::record::CacheRecord) -> &[u64]| {
                sum(frame.buckets, caches.iter().map(|&cache| of(&record.caches[cache])))
            };
            ratio(&series(|cache| &cache.hits), &series(|cache| &cache.look_ups))
        };
        let store = busiest(frame, plan, runs);
        let demand =
            |record: &Record| store.map_or_else(Vec::new, |store| demand(frame, plan, record, store));
        let (demand, failed) = (by_run(runs, demand), by_run(runs, |record| failing(frame, record, asked)));
        let (demand, failed) = (labelled(banded(&demand, 0.0)), labelled(banded(&failed, 0.0)));
        let slowest = by_run(runs, |record| slowest(frame, record));
        let slowest = labelled(spaced(frame, banded(&slowest, f64::NAN)));
        let peak = (peak(frame, &demand.median), peak(frame, &failed.median));
        Storm {
            title: arm.title.clone(),
            hits: (!caches.is_empty()).then(|| labelled(banded(&by_run(runs, hits), 0.0))),
            demand,
            failed,
            slowest,
            peak,
            stuck: (stuck(frame, runs, asked), runs.len()),
        }
    }

    /// `, where 17 of 30 runs still fail at the end`, if some do.
    fn stuck_words(&self) -> String {
        let (stuck, runs) = self.stuck;
        if stuck == 0 {
            String::new()
        } else {
            format!(", where {stuck} of {runs} runs still fail at the end")
        }
    }

    fn key_number(&self) -> String {
        let (demand, failed) = self.peak;
        format!(
            "demand up to {demand:.2} × capacity and {} failing in {}",
            words::share(failed),
            words::quoted(&self.title)
        )
    }
}

fn panels(frame: &Frame<'_>, storms: Vec<Storm>) -> Vec<TimePanel> {
    let (mut hits, mut demand, mut failed, mut slowest) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for storm in storms {
        hits.extend(storm.hits);
        demand.push(storm.demand);
        failed.push(storm.failed);
        slowest.push(storm.slowest);
    }
    let panel = |title: &str, unit: &str, objective, series| TimePanel {
        title: title.to_owned(),
        unit: unit.to_owned(),
        log: unit == "ms",
        objective,
        objective_label: if unit == "×" { "what it can do".to_owned() } else { String::new() },
        series,
    };
    let together = frame.buckets.seconds * SLOWEST_BUCKETS as f64;
    vec![
        panel("Look-ups that find their item", "%", None, hits),
        panel("Database: asked for ÷ what it can do", "×", Some(1.0), demand),
        panel("Requests that fail or come too late", "%", None, failed),
        panel(
            &format!("Slowest of 100 answers, p99 of each run by {} s", plain(together)),
            "ms",
            None,
            slowest,
        ),
    ]
}

/// Caches that users' requests ask.
fn users_caches(plan: &Plan, asked: &[usize]) -> Vec<usize> {
    let users = |cache: &archsim_models::plan::Cache| {
        cache.serves.as_ref().is_none_or(|of| of.iter().any(|journey| asked.contains(&journey.at())))
    };
    (0..plan.caches.len()).filter(|&at| users(&plan.caches[at])).collect()
}

/// The database, of those that are no nodes of a cache, that is asked for most of what it can do from the fault on.
fn busiest(frame: &Frame<'_>, plan: &Plan, runs: &[Run]) -> Option<usize> {
    let is_node = |store: usize| {
        plan.caches.iter().any(|cache| match cache.place {
            CachePlace::Servers { store: first, cluster, .. } => {
                (first.at()..first.at() + usize::from(cluster.size())).contains(&store)
            }
            CachePlace::Process => false,
        })
    };
    let load = |store: &usize| -> f64 {
        let lines = by_run(runs, |record| demand(frame, plan, record, *store));
        peak(frame, &banded(&lines, 0.0).median)
    };
    let stores: Vec<usize> = (0..plan.stores.len()).filter(|&store| !is_node(store)).collect();
    stores.into_iter().map(|store| (load(&store), store)).max_by(|a, b| a.0.total_cmp(&b.0)).map(|it| it.1)
}

fn demand(frame: &Frame<'_>, plan: &Plan, record: &Record, store: usize) -> Vec<Option<f64>> {
    let can = store_capacity(&plan.stores[store]) * frame.buckets.seconds;
    let asked = frame.buckets.of(&record.stores[store].operations);
    asked.iter().map(|&asked| Some(asked as f64 / can)).collect()
}

fn failing(frame: &Frame<'_>, record: &Record, asked: &[usize]) -> Vec<Option<f64>> {
    let of = |series: fn(&archsim_models::record::JourneyRecord) -> &[u64]| {
        sum(frame.buckets, asked.iter().map(|&journey| series(&record.journeys[journey])))
    };
    let good = ratio(&of(|journey| &journey.answered), &of(|journey| &journey.arrived));
    good.into_iter().map(|share| share.map(|share| 1.0 - share)).collect()
}

/// The latency that one answer of a hundred exceeds, in milliseconds, of several buckets together; nothing where nothing
/// was answered.
fn slowest(frame: &Frame<'_>, record: &Record) -> Vec<Option<f64>> {
    let nanos = frame.buckets.coarse(SLOWEST_BUCKETS).1.filter_map(|at| record.slowest.get(at));
    nanos.map(|&nanos| (nanos > 0).then(|| nanos as f64 / 1e6)).collect()
}

/// Points of several buckets together, each in the middle of its buckets.
fn spaced(frame: &Frame<'_>, line: Series) -> Series {
    let spread = |values: Vec<f64>| {
        let mut spread = vec![f64::NAN; if values.is_empty() { 0 } else { frame.buckets.count() }];
        for (place, value) in frame.buckets.coarse(SLOWEST_BUCKETS).0.zip(values) {
            spread[place] = value;
        }
        spread
    };
    Series {
        median: spread(line.median),
        p05: spread(line.p05),
        p25: spread(line.p25),
        p75: spread(line.p75),
        p95: spread(line.p95),
        runs: line.runs.into_iter().map(spread).collect(),
        ..Series::default()
    }
}

/// The largest value from the fault's start on.
fn peak(frame: &Frame<'_>, line: &[f64]) -> f64 {
    let from = frame.fault_span().map_or(0.0, |span| span.0);
    let middles = frame.buckets.middles();
    middles.iter().zip(line).filter(|(at, _)| **at >= from).map(|(_, value)| *value).fold(0.0, f64::max)
}

/// `17 of 30 runs of “X” still fail at the end`, if some do.
fn still(frame: &Frame<'_>, arm: &Arm, runs: &[Run], asked: &[usize]) -> Option<String> {
    let stuck = stuck(frame, runs, asked);
    (stuck > 0).then(|| {
        format!("{stuck} of {} runs of {} still fail at the end", runs.len(), words::quoted(&arm.title))
    })
}

/// How many runs still fail when the measured time ends.
fn stuck(frame: &Frame<'_>, runs: &[Run], asked: &[usize]) -> usize {
    let middles = frame.buckets.middles();
    let last = middles.last().copied().unwrap_or(0.0);
    let until = frame.fault_span().map_or(0.0, |span| span.1);
    let from = last - (last - until) * END;
    let fails = |run: &&Run| {
        let line = failing(frame, &run.record, asked);
        let late = middles.iter().zip(&line).filter(|(at, _)| **at >= from);
        quantile_of(late.filter_map(|(_, value)| *value).collect(), 0.5).is_some_and(|it| it > STILL_FAILING)
    };
    runs.iter().filter(fails).count()
}
