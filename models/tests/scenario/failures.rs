//! Random failures, crews, common causes, quorums and environments: what is written, and what is likely to be written
//! wrongly.

use crate::reported::reported;
use archsim_models::plan::{Clock, Effect};
use archsim_models::scenario::{self, Reading};
use archsim_sim::{Span, Time};

const HEAD: &str = "\
archsim: 1
system:
  data: { items: {} }
  capabilities: { answer: { work: 1ms, reads: items } }
  journeys: { ask: { share: 100%, enters: answer } }
workload: { arrivals: { poisson: 5/s } }
run: { warmup: 5s, measure: 60s }
architectures:
  one:
    deployables: { web: { runs: all, instances: 3, needs: 2, boot: 2s } }
    stores: { oracle: { holds: all } }
experiment: { control: { without: faults } }
";

fn read(rest: &str) -> Reading {
    scenario::read("failures.yaml", format!("{HEAD}{rest}").as_bytes(), &[])
}

/// The report has `code` for the field `path`, and says what was found and what is allowed.
fn wrong(rest: &str, code: &str, path: &str) {
    let reading = read(rest);
    reported(&reading, code, path);
    assert_eq!(reading.scenario.is_some(), code.starts_with('W'));
}

#[test]
fn random_crashes_expose_every_instance_and_the_crew_does_not_wait_for_the_boot() {
    let reading = read(
        "crews: { operators: 1 }\nfaults:\n  - { every: { exponential: 10min }, for: { erlang: { mean: 30s, stages: 2 } }, crash: web, crew: operators }\n  - { every: 1h, for: 1min, from: 10s, together: { share: 50%, of: [{ crash: { deployable: web, instances: 2 } }, { outage: oracle }] } }\n  - { at: 5s, for: 1s, crash: web }\n",
    );
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    let scenario = reading.scenario.expect("a scenario");
    let plan = &scenario.arms[0].plan;
    let [each, common] = &plan.hazards[..] else { panic!("{:#?}", plan.hazards) };
    let exposed = |effect: &Effect| match effect {
        Effect::Crash { instances, .. } => *instances,
        _ => 0,
    };
    assert_eq!((each.clock, each.crew, each.from), (Clock::Each, Some(0), Time::ZERO));
    assert_eq!((exposed(&each.effects[0].effect), each.effects[0].boot), (3, Span::from_secs(2)));
    assert_eq!((common.clock, common.from), (Clock::Common { share: 0.5 }, Time::ZERO + Span::from_secs(15)));
    assert_eq!((common.effects.len(), exposed(&common.effects[0].effect)), (2, 2));
    assert_ne!(common.effects[0].key, common.effects[1].key);
    // What happens once is about one instance, and makes the windows.
    assert_eq!(exposed(&plan.faults[0].effect), 1);
    assert_eq!((plan.deployables[0].needs, plan.crews[0].size), (2, 1));
    assert!(plan.windows.iter().any(|window| window.name == "fault"));
    let control = &scenario.arms[1].plan;
    assert!(control.faults.is_empty() && control.hazards.is_empty() && control.crews.is_empty());
}

#[test]
fn an_environment_goes_round_unless_it_says_otherwise() {
    let reading = read(
        "faults: [{ environment: { deployable: web, states: { fast: { speed: ×1, lasts: { exponential: 9s } }, slow: { speed: ×0.5, lasts: 2s, then: { fast: 70%, off: 30% } }, off: { speed: ×0, lasts: 1s } } } }]\n",
    );
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    let scenario = reading.scenario.expect("a scenario");
    let states = &scenario.arms[0].plan.environments[0].states;
    let then: Vec<_> = states.iter().map(|state| state.then.clone()).collect();
    assert_eq!(then, [vec![(1, 1.0)], vec![(0, 0.7), (2, 0.3)], vec![(0, 1.0)]]);
    assert!(states.iter().map(|state| state.value).eq([1.0, 0.5, 0.0]));
    assert!(scenario.arms[1].plan.environments.is_empty());
    // Random failures alone make no window `fault`.
    assert!(scenario.arms[0].plan.windows.iter().all(|window| window.name == "run"));
}

#[test]
fn a_fault_happens_once_or_again_and_again() {
    wrong("faults: [{ at: 5s, every: 1h, for: 5s, crash: web }]", "E0521", "faults.crash.every");
    wrong("faults: [{ for: 5s, crash: web }]", "E0521", "faults.crash");
    wrong("faults: [{ at: 5s, for: 5s, together: { of: [{ crash: web }] } }]", "E0521", "faults.together.at");
    wrong("faults: [{ every: 1h, crash: web }]", "E0522", "faults.crash.every");
    wrong("faults: [{ at: 5s, crash: web }]", "E0522", "faults.crash.at");
    wrong("faults: [{ at: 5s, for: { exponential: 5s }, crash: web }]", "E0523", "faults.crash.for");
    wrong("faults: [{ at: 5s, for: 5s, from: 1s, crash: web }]", "E0523", "faults.crash.from");
    wrong("faults: [{ every: 1h, for: 5s, from: 60s, crash: web }]", "E0501", "faults.crash.from");
    wrong("faults: [{ every: 0s, for: 5s, crash: web }]", "E0305", "faults.crash.every");
    let zero = "{ empirical: [{ value: 0s, weight: 1 }] }";
    wrong(
        &format!("faults: [{{ every: {zero}, for: 5s, crash: web }}]"),
        "E0526",
        "faults.crash.every.empirical",
    );
}

#[test]
fn crews_and_what_they_repair() {
    wrong("crews: { ops: 0 }\nfaults: [{ every: 1h, for: 5s, crew: ops, crash: web }]", "E0305", "crews.ops");
    wrong(
        "crews: { ops: 1 }\nfaults: [{ every: 1h, for: 5s, crew: op, crash: web }]",
        "E0401",
        "faults.crash.crew",
    );
    wrong("crews: { ops: 1 }\nfaults: [{ every: 1h, for: 5s, crash: web }]", "W0721", "crews.ops");
    wrong(
        "crews: { ops: 1 }\nfaults: [{ at: 5s, for: 5s, crew: ops, crash: web }]",
        "E0523",
        "faults.crash.crew",
    );
}

#[test]
fn what_a_common_cause_hits_is_there() {
    let of = |what: &str| {
        format!("faults: [{{ every: 1h, for: 5s, together: {{ of: [{{ crash: web }}, {what}] }} }}]")
    };
    wrong(&of("{ outage: oracel }"), "E0413", "faults.together.of.outage");
    wrong(&of("{ crash: wed }"), "E0413", "faults.together.of.crash#2");
    wrong(&of("{ crash: { deployable: web, instances: 9 } }"), "W0706", "faults.together.of.crash#2");
    wrong("faults: [{ every: 1h, for: 5s, together: { of: [] } }]", "E0211", "faults.together.of");
}

#[test]
fn an_environment_makes_sense() {
    let states =
        |states: &str| format!("faults: [{{ environment: {{ deployable: web, states: {{ {states} }} }} }}]");
    let fast = "fast: { speed: ×1, lasts: 9s }";
    wrong(&states(fast), "E0525", "faults.environment.states");
    let slow =
        |then: &str| states(&format!("{fast}, slow: {{ speed: ×0.5, lasts: 1s, then: {{ {then} }} }}"));
    wrong(&slow("fast: 70%"), "E0525", "faults.environment.states.slow.then");
    wrong(&slow("fsat: 100%"), "E0401", "faults.environment.states.slow.then.fsat");
    let timed = slow("fast: 100%").replace("[{ ", "[{ at: 5s, ");
    wrong(&timed, "E0523", "faults.environment.at");
    wrong(
        &slow("fast: 100%").replace("lasts: 9s", "lasts: 0s"),
        "E0305",
        "faults.environment.states.fast.lasts",
    );
    wrong(&slow("fast: 100%").replace("web", "wed"), "E0413", "faults.environment.deployable");
}

#[test]
fn a_quorum_is_no_larger_than_the_whole() {
    let text = HEAD.replace("needs: 2", "needs: 4");
    let reading = scenario::read("failures.yaml", text.as_bytes(), &[]);
    let found = reading.diagnostics.iter().find(|it| it.code == "E0524").expect("E0524");
    assert_eq!(found.path, "architectures.one.deployables.web");
}

#[test]
fn the_resolved_form_of_crashes_reads_to_the_same() {
    for who in ["web", "{ deployable: web, instances: 2 }", "{ deployable: web, random: true }"] {
        let first = read(&format!("faults: [{{ at: 5s, for: 5s, crash: {who} }}]")).scenario.expect(who);
        let again = scenario::read("failures.yaml", first.resolved().as_bytes(), &[]).scenario.expect(who);
        assert_eq!(first.arms[0].plan, again.arms[0].plan, "{who}");
    }
}
