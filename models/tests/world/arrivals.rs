//! When requests come: what is drawn has the law that was asked for, over many replications.

use crate::common::*;
use archsim_models::plan::{Arrivals, Phase, RateSegment, Scheduled};
use archsim_models::world::simulate;
use archsim_sim::{Count, Distribution, Span, Time};

const RUNS: u64 = 400;

/// Nobody waits for anything.
fn quiet(horizon: u64) -> Draft {
    let mut draft = Draft::open(1.0, 0, horizon);
    draft.deployable("server");
    let serve = draft.capability("serve", vec![wait(1)]);
    draft.journey("ask", serve, 1.0);
    draft
}

/// By replication: arrivals by second.
fn counts(draft: &Draft) -> Vec<Vec<f64>> {
    let record = |replication| simulate(&draft.plan, 1, replication).journeys[0].arrived.clone();
    (0..RUNS).map(|run| record(run).iter().map(|&it| it as f64).collect()).collect()
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    (mean, values.map(|it| (it - mean) * (it - mean)).sum::<f64>() / (count - 1.0))
}

#[test]
fn a_ramp_brings_poisson_counts_with_the_integrated_rate() {
    let mut draft = quiet(20);
    let segment = |from, until, rate_from, rate_until| RateSegment {
        from: secs(from),
        until: secs(until),
        rate_from,
        rate_until,
    };
    draft.plan.workload.arrivals =
        Arrivals::Open { rate: vec![segment(0, 10, 5.0, 65.0), segment(10, 20, 65.0, 0.0)], poisson: true };
    let counts = counts(&draft);
    for second in 0..20 {
        let t = second as f64 + 0.5;
        let expected = if second < 10 { 5.0 + 6.0 * t } else { 6.5 * (20.0 - t) };
        let (mean, variance) = moments(counts.iter().map(|it| it[second]));
        let runs = RUNS as f64;
        assert!(
            (mean - expected).abs() < 4.5 * libm::sqrt(expected / runs),
            "{second}: {mean} for {expected}"
        );
        // The fourth central moment of a Poisson count is m + 3m².
        let error = libm::sqrt((expected + 2.0 * expected * expected) / runs);
        assert!((variance - expected).abs() < 4.5 * error, "{second}: {variance} for {expected}");
    }
    // What comes in one second says nothing of the next.
    for second in 0..19 {
        let pairs = counts.iter().map(|it| (it[second], it[second + 1]));
        let (sum, _) = moments(pairs.clone().map(|(a, b)| a * b));
        let ((a, va), (b, vb)) = (moments(pairs.clone().map(|it| it.0)), moments(pairs.map(|it| it.1)));
        let correlation = (sum - a * b) / libm::sqrt(va * vb);
        assert!(correlation.abs() < 4.5 / libm::sqrt(RUNS as f64), "{second}: {correlation}");
    }
}

#[test]
fn modulated_counts_are_as_variable_as_theory_says() {
    // Heffes & Lucantoni (1986): the index of dispersion of an MMPP(2) over a stretch of time.
    let (rates, ends) = ([80.0, 20.0], [2.0, 1.0]);
    let mut draft = quiet(20);
    let state = |at: usize| Phase {
        value: rates[at],
        lasts: Distribution::exponential(Span::from_secs_f64(1.0 / ends[at])),
        then: vec![(1 - at as u16, 1.0)],
    };
    draft.plan.workload.arrivals = Arrivals::Modulated { states: vec![state(0), state(1)] };
    let (mean, peak) = draft.plan.workload.rate().expect("open arrivals");
    assert!((mean - 40.0).abs() < 1e-9 && (peak - 80.0).abs() < 1e-9);
    // Ten seconds are thirty relaxation times: the first state is forgotten.
    let (seconds, sum) = (10.0, ends[0] + ends[1]);
    let late = counts(&draft).into_iter().map(|it| it[10..20].iter().sum::<f64>());
    let late: Vec<f64> = late.collect();
    let (found, variance) = moments(late.iter().copied());
    let expected = 40.0 * seconds;
    let apart = rates[0] - rates[1];
    let excess =
        2.0 * apart * apart * ends[0] * ends[1] / (sum * sum * (rates[0] * ends[1] + rates[1] * ends[0]));
    let settled = 1.0 - (1.0 - libm::exp(-sum * seconds)) / (sum * seconds);
    let dispersion = 1.0 + excess * settled;
    let error = libm::sqrt(expected * dispersion / RUNS as f64);
    assert!((found - expected).abs() < 4.5 * error, "{found} for {expected}");
    let ratio = variance / expected / dispersion;
    assert!((ratio - 1.0).abs() < 4.5 * libm::sqrt(2.0 / RUNS as f64), "{ratio} of {dispersion}");
}

#[test]
fn batches_come_together_and_leave_the_instants_alone() {
    let instants = |batch: Count| {
        let mut draft = quiet(20);
        draft.plan.workload.batch = batch;
        let mut at: Vec<Time> = draft.notes().into_iter().map(|(now, ..)| now).collect();
        let requests = draft.record().requests;
        at.sort();
        at.dedup();
        (at.len(), requests)
    };
    let (alone, requests) = instants(Count::Constant(1));
    assert_eq!(alone as u64, requests);
    let (together, three) = instants(Count::Constant(3));
    assert!(together >= alone && three == 3 * requests, "{three} requests for {requests}");
}

#[test]
fn what_is_scheduled_comes_when_it_was_to_and_changes_nobody_elses_dice() {
    let answers = |scheduled: Vec<Scheduled>| {
        let mut draft = quiet(5);
        draft.plan.capabilities.clear();
        draft.plan.programs.clear();
        draft.plan.journeys.clear();
        let serve = draft.capability(
            "serve",
            vec![archsim_models::plan::Step::Latency { span: Distribution::exponential(millis(20)), key: 7 }],
        );
        draft.journey("ask", serve, 1.0);
        draft.plan.workload.scheduled = scheduled;
        draft.notes().into_iter().map(|(now, ..)| now).collect::<Vec<_>>()
    };
    let without = answers(Vec::new());
    let with = answers(vec![
        Scheduled { at: at(0), requests: 4, journey: Some(0) },
        Scheduled { at: at(2_000), requests: 3, journey: None },
    ]);
    assert_eq!(with.len(), without.len() + 7);
    assert!(without.iter().all(|it| with.contains(it)), "the others are answered when they were");
    let mut draft = quiet(5);
    draft.plan.workload.arrivals = Arrivals::Open { rate: Vec::new(), poisson: true };
    draft.plan.workload.scheduled = vec![Scheduled { at: at(2_000), requests: 3, journey: None }];
    assert_eq!(draft.record().journeys[0].arrived[..5], [0, 0, 3, 0, 0]);
}
