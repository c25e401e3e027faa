//! Sessions of users: how they are written, and what is said about mistakes.

use crate::reported::{self, first_plan, good, reads_again};
use archsim_models::plan::{DataId, JourneyId};
use archsim_models::scenario::Diagnostic;
use archsim_sim::{Count, Distribution, Span};

const STREAM: &str = "\
archsim: 1
system:
  data: { subscribers: { items: 1000 } }
  capabilities:
    page: { work: 1ms, reads: subscribers }
    play: { work: 2ms }
  journeys:
    home: { share: 75%, enters: page }
    search: { share: 25%, enters: page }
    watch: { share: 0%, enters: play }
workload:
  arrivals: { poisson: 10/s }
  session:
    of: subscribers
    requests: { geometric: 20 }
    think: { exponential: 2s }
    leaves-after-failure: 30%
    walk:
      home: { search: 40%, watch: 40% }
      search: { watch: 60%, search: 20% }
      watch: { watch: 50%, home: 20% }
run: { warmup: 60s, measure: 60s }
architectures:
  web:
    deployables: { app: { runs: all, cores: 4 } }
    stores: { db: { holds: all } }
experiment: {}
";
const SESSION: &str = "workload.session";

fn spoiled(old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    reported::spoiled(STREAM, old, new, code, path)
}

/// The scenario without a walk.
fn unguided() -> String {
    let (from, to) = (STREAM.find("    walk:").expect("a walk"), STREAM.find("run:").expect("a run"));
    let watch = "    watch: { share: 0%, enters: play }\n";
    (STREAM[..from].to_owned() + &STREAM[to..])
        .replace(watch, "")
        .replace("enters: page }\nw", "enters: play }\nw")
}

#[test]
fn the_stream_itself_is_good_and_reads_again() {
    reported::is_faultless(STREAM);
    reads_again(&good(STREAM));
    reported::is_faultless(&unguided());
    reads_again(&good(&unguided()));
}

#[test]
fn a_session_is_what_is_written() {
    let session = first_plan(STREAM).workload.session.expect("a session");
    assert_eq!((session.user, session.requests.clone()), (Some(DataId(0)), Some(Count::geometric(20.0))));
    assert_eq!(session.think, Distribution::exponential(Span::from_secs(2)));
    let walk = session.walk.as_ref().expect("a walk");
    assert_eq!(walk.first, [0.75, 0.25, 0.0]);
    assert_eq!(walk.next[0], [(JourneyId(1), 0.4), (JourneyId(2), 0.4)]);
    assert!((session.leaves - 0.3).abs() < 1e-12);
}

#[test]
fn shares_of_journeys_are_those_of_their_visits() {
    let plan = first_plan(STREAM);
    // Each goes on with 95 %: V = (0.75, 0.25, 0) + 0.95 V P, by hand.
    let session = plan.workload.session.expect("a session");
    let visits = &session.visits;
    let balance = [
        0.75 + 0.95 * 0.2 * visits[2],
        0.25 + 0.95 * (0.4 * visits[0] + 0.2 * visits[1]),
        0.95 * (0.4 * visits[0] + 0.6 * visits[1] + 0.5 * visits[2]),
    ];
    for (at, visits_by_hand) in balance.into_iter().enumerate() {
        assert!((visits[at] - visits_by_hand).abs() < 1e-9, "{visits:?}, {balance:?}");
        assert!((plan.journeys[at].share - visits[at] / session.mean()).abs() < 1e-12);
    }
}

#[test]
fn an_arm_may_have_other_sessions() {
    let text = STREAM.replace(
        "experiment: {}",
        "experiment: { arms: { few: { architecture: web }, many: { architecture: web, workload: { session: { requests: 3 } } } } }",
    );
    let scenario = good(&text);
    let requests = |at: usize| scenario.arms[at].plan.workload.session.clone().expect("a session").requests;
    assert_eq!((requests(0), requests(1)), (Some(Count::geometric(20.0)), Some(Count::Constant(3))));
}

#[test]
fn sessions_of_an_arm_alone_have_to_be_whole() {
    let (from, to) = (STREAM.find("  session:").expect("sessions"), STREAM.find("run:").expect("a run"));
    let once = STREAM[..from].to_owned() + &STREAM[to..];
    let arms = |session: &str| {
        let arm = format!("web: {{ architecture: web, workload: {{ session: {session} }} }}");
        once.replace("experiment: {}", &format!("experiment: {{ arms: {{ {arm} }} }}"))
    };
    good(&arms("{ requests: 3, think: 1s }"));
    let reading = archsim_models::scenario::read("shop.yaml", arms("{ requests: 3 }").as_bytes(), &[]);
    reported::reported(&reading, "E0203", "experiment.arms.web.workload.session");
}

#[test]
fn sessions_have_to_end() {
    let (watch, endless) = ("      watch: { watch: 50%, home: 20% }", "      watch: { watch: 100% }");
    let often = spoiled("{ geometric: 20 }", "10_000", "E0611", &format!("{SESSION}.requests"));
    assert_eq!(often.found.as_deref(), Some("10000 requests"));
    let unguided = unguided();
    let found = reported::spoiled(
        &unguided,
        "{ geometric: 20 }",
        "{ geometric: 300 }",
        "E0611",
        &format!("{SESSION}.requests.geometric"),
    );
    assert_eq!(found.found.as_deref(), Some("300 requests on average"));
    let found = reported::spoiled(&unguided, "    requests: { geometric: 20 }\n", "", "E0611", SESSION);
    assert_eq!(found.found.as_deref(), Some("neither `requests` nor a `walk`"));
    let walk = STREAM.replace("    requests: { geometric: 20 }\n", "");
    reported::is_faultless(&walk);
    let found = reported::spoiled(&walk, watch, endless, "E0611", &format!("{SESSION}.walk"));
    assert_eq!(found.found.as_deref(), Some("a walk that hardly anybody leaves"));
    // With so many requests at most it ends all the same.
    good(&STREAM.replace(watch, endless));
}

#[test]
fn nobody_goes_on_to_more_than_the_whole() {
    let path = "workload.session.walk.home";
    let found = spoiled("search: 40%, watch: 40%", "search: 70%, watch: 50%", "E0612", path);
    assert_eq!(found.found.as_deref(), Some("120%"));
}

#[test]
fn sessions_are_of_users_who_come_and_go() {
    let closed = "{ closed: { users: 10, think: 1s } }";
    let found = spoiled("{ poisson: 10/s }", closed, "E0613", SESSION);
    assert_eq!(found.found.as_deref(), Some("users of a closed workload, who never leave"));
    spoiled("{ poisson: 10/s }", "none\n  backlog: 5", "E0613", SESSION);
    let found = spoiled("10/s", "100_000/s", "E0614", SESSION);
    assert_eq!(found.found.as_deref(), Some("12000000 sessions"));
    spoiled("{ geometric: 20 }", "{ geometric: 0.5 }", "E0309", "workload.session.requests.geometric");
}

#[test]
fn what_does_not_matter_or_comes_too_early_is_said() {
    let lost = STREAM.replace(", watch: 40%", "").replace("watch: 60%, ", "");
    let reading = archsim_models::scenario::read("shop.yaml", lost.as_bytes(), &[]);
    reported::reported(&reading, "W0761", "workload.session.walk.watch");
    let found = spoiled("warmup: 60s", "warmup: 5s", "W0762", SESSION);
    assert!(found.found.is_some_and(|found| found.contains("a warm-up of 5s")));
    // Nobody asks for it if no walk leads to it.
    let alone = unguided().replace("workload:", "    watch: { share: 0%, enters: play }\nworkload:");
    let reading = archsim_models::scenario::read("shop.yaml", alone.as_bytes(), &[]);
    reported::reported(&reading, "W0732", "system.journeys.watch");
}

#[test]
fn names_have_to_be_there() {
    spoiled("of: subscribers", "of: subscriber", "E0401", "workload.session.of");
    spoiled(
        "home: { search: 40%, watch",
        "home: { search: 40%, wach",
        "E0401",
        "workload.session.walk.home.wach",
    );
    spoiled("      watch: { watch: 50%", "      play: { watch: 50%", "E0401", "workload.session.walk.play");
    spoiled("think:", "thinks:", "E0201", "workload.session.thinks");
}
