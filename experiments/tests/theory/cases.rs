//! The exact figures of known answers come out of the plan of their scenario: recognised, solved, and equal.

use archsim_experiments::theory::demand::Station;
use archsim_experiments::theory::{Exact, Network, exact};
use archsim_experiments::validate::shipped;
use archsim_models::scenario::case::{self, Figure};
use archsim_models::scenario::{Measure, Subject};

/// What theory says of a figure; `None` where it says nothing of that measure.
fn figure(figure: &Figure, network: &Network, found: &Exact, objective: bool) -> Option<f64> {
    let queue = |name: &str, wanted: fn(&Station) -> bool| {
        let at = network.queues.iter().position(|it| it.name == name && wanted(&it.station))?;
        Some(&found.queues[at])
    };
    let at = |subject: &Subject| match subject {
        Subject::Deployable(name) => queue(name, |it| matches!(it, Station::Cores(_))),
        Subject::Store(name) => queue(name, |it| matches!(it, Station::Store(_))),
        _ => None,
    };
    match (figure.measure, &figure.subject) {
        (Measure::MeanLatency, Subject::Journeys(journeys)) => Some(found.responses[journeys[0]]),
        (Measure::MeanLatency, Subject::All) => {
            let all = network.classes.iter().zip(&found.responses);
            Some(all.map(|(class, response)| class.share * response).sum())
        }
        (Measure::Utilisation, subject) => at(subject)?.utilisation,
        (Measure::Queue, subject) => at(subject).map(|state| state.waiting),
        (Measure::Goodput, Subject::All) if !objective => Some(found.throughput),
        (Measure::Failed, Subject::All) => Some(found.refused),
        (Measure::Availability, Subject::All) if !objective => Some(1.0 - found.refused),
        _ => None,
    }
}

/// Checks the exact figures of a case; how many there were.
fn check(name: &str) -> usize {
    let text = shipped::named(name).unwrap_or_else(|| panic!("no case {name}")).text;
    let reading = case::read(name, text.as_bytes());
    let case = reading.case.unwrap_or_else(|| panic!("{name}: {:#?}", reading.diagnostics));
    let trial = &case.trials.as_ref().unwrap().full;
    let mut compared = 0;
    for metric in &case.metrics {
        let Ok(wanted) = &metric.figure else { continue };
        let arm = trial.scenario.arms.iter().find(|arm| arm.name == wanted.arm).unwrap();
        let (network, found) = exact(&arm.plan).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let objective = arm.plan.journeys.iter().any(|journey| journey.within.as_secs_f64() < 1e-3);
        let Some(said) = figure(wanted, &network, &found, objective).filter(|_| wanted.exact) else {
            continue;
        };
        let off = (said / wanted.expected - 1.0).abs();
        // Written with six digits or more; the scenario of `jackson` cuts its feedback off at one request in 100,000.
        let tolerance = if name == "jackson" { 2e-5 } else { 5e-6 };
        assert!(off < tolerance, "{name}, {}: {said} for {}", metric.name, wanted.expected);
        compared += 1;
    }
    compared
}

#[test]
fn known_answers_come_out_of_their_plans() {
    let names = [
        "mm1",
        "mm2",
        "mm5",
        "mm10",
        "mm20",
        "md1",
        "mg1",
        "mg1-sharing",
        "mm3-10",
        "tandem",
        "jackson",
        "closed-network",
        "finite-source",
        "erlang-b-constant",
        "erlang-b-exponential",
        "erlang-b-lognormal",
    ];
    let compared: Vec<(&str, usize)> = names.iter().map(|&name| (name, check(name))).collect();
    assert!(compared.iter().all(|(_, figures)| *figures > 0), "{compared:?}");
    assert!(compared.iter().map(|(_, figures)| figures).sum::<usize>() >= 30, "{compared:?}");
}
