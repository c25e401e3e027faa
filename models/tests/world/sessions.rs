//! Sessions of users: what they ask for, when they leave, and that they stick to whoever has their state.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::*;
use archsim_models::plan::*;
use archsim_models::policy::Outcome;
use archsim_models::popularity::Popularity;
use archsim_models::record::Cause;
use archsim_models::world::Note;
use archsim_sim::{Count, Distribution, Span, Time};

const REFUSED: Outcome = Outcome::Failed(Cause::Refused);

/// So many requests with 100 ms to think between them.
fn session(requests: u32) -> Session {
    Session {
        user: None,
        requests: Some(Count::Constant(requests)),
        think: Distribution::constant(millis(100)),
        leaves: 0.0,
        walk: None,
        visits: vec![f64::from(requests)],
    }
}

/// A session a second of three requests that take 30 ms each.
fn readers(count: u64) -> Draft {
    let mut draft = Draft::every(1_000, count);
    draft.deployable("server");
    let serve = draft.capability("serve", vec![wait(30)]);
    draft.journey("ask", serve, 1.0);
    draft.plan.workload.session = Some(session(3));
    draft
}

/// When which request was over, and how, by session.
fn sessions(draft: &Draft) -> BTreeMap<u64, Vec<(Time, Outcome)>> {
    let mut all: BTreeMap<u64, Vec<(Time, Outcome)>> = BTreeMap::new();
    for (now, request, note) in draft.notes() {
        if let Note::Answered(outcome) = note {
            all.entry(Session::of_request(request)).or_default().push((now, outcome));
        }
    }
    all
}

#[test]
fn users_think_and_ask_again_until_they_have_all_they_wanted() {
    let draft = readers(4);
    let record = draft.record();
    let found = record.sessions.expect("sessions");
    // The fourth comes half a second before nobody asks any more.
    assert_eq!((found.whole.arrived, found.whole.completed, found.whole.failed), (4, 4, 0));
    assert_eq!(
        (record.requests, record.journeys[0].windows[0].arrived, found.windows[0].requests),
        (12, 12, 12)
    );
    assert_eq!(found.whole.service.ended_nanos, 4 * 290_000_000, "three answers and two thoughts");
    let answers = sessions(&draft);
    let millis: Vec<u64> =
        answers[&0].iter().map(|(now, _)| (now.as_nanos() + 500_000) / 1_000_000).collect();
    assert_eq!(millis, [1_030, 1_160, 1_290]);
}

#[test]
fn who_would_ask_after_the_end_has_not_left() {
    let mut draft = readers(2);
    draft.plan.workload.session.as_mut().expect("sessions").think = Distribution::constant(millis(450));
    let record = draft.record();
    let found = record.sessions.expect("sessions");
    // The second comes at 2,000, and again at 2,480; then it is 2,500, and it is the end.
    assert_eq!((found.whole.arrived, found.whole.completed, found.whole.after()), (2, 1, 1));
    assert_eq!((record.requests, record.leftover.sessions, record.leftover.requests), (5, 1, 0));
}

#[test]
fn some_leave_after_a_failure_and_all_would_have_asked_the_same() {
    let fails = |leaves: f64| {
        let mut draft = readers(400);
        draft.plan.workload.session.as_mut().expect("sessions").leaves = leaves;
        draft.fault(0, 500_000, error(ProgramId(0), 1.0, true));
        draft
    };
    let found = |leaves: f64| {
        let record = fails(leaves).record();
        let found = record.sessions.expect("sessions").whole;
        (found.completed, found.failed, record.requests)
    };
    assert_eq!(found(0.0), (400, 0, 1_200));
    // The first failure is one too many; after the last request there is nothing to give up.
    assert_eq!(found(1.0), (0, 400, 400));
    let (whole, given_up, requests) = found(0.5);
    // A quarter stay through two failures; 400 + 200 + 100 requests.
    assert!((60..=140).contains(&whole) && whole + given_up == 400, "{whole}");
    assert!((620..=780).contains(&requests), "{requests}");
}

/// Everybody comes within ten seconds and has time to ask for all; an answer takes so long.
fn walkers(takes: u64) -> Draft {
    let mut draft = Draft::open(20.0, 0, 10);
    draft.plan.horizon = secs(1_000);
    draft.plan.end = secs(2_000);
    draft.plan.windows[0].until = secs(1_000);
    draft.deployable("server");
    for (name, share) in [("home", 0.7), ("search", 0.3), ("watch", 0.0)] {
        let serve = draft.capability(name, vec![wait(takes)]);
        draft.journey(name, serve, share);
    }
    let next = vec![
        vec![(JourneyId(1), 0.5), (JourneyId(2), 0.3)],
        vec![(JourneyId(2), 0.8)],
        vec![(JourneyId(0), 0.3), (JourneyId(2), 0.4)],
    ];
    let (first, requests) = (vec![0.7, 0.3, 0.0], Some(Count::geometric(30.0)));
    draft.plan.workload.session = Some(Session { requests, walk: Some(Walk { first, next }), ..session(1) });
    draft
}

#[test]
fn a_session_asks_for_the_same_however_long_answers_take() {
    let seen = |takes: u64| {
        let draft = walkers(takes);
        let requests: BTreeSet<u64> = draft.notes().into_iter().map(|(_, request, _)| request).collect();
        let record = draft.record();
        let arrived: Vec<u64> = record.journeys.iter().map(|it| it.whole.arrived).collect();
        (requests, arrived, record.sessions.expect("sessions").whole.completed)
    };
    let (quick, slow) = (seen(1), seen(700));
    assert_eq!(quick, slow);
    assert!(quick.1.iter().all(|&arrived| arrived > 50), "{:?}", quick.1);
    assert_ne!(walkers(1).record().fingerprint, walkers(700).record().fingerprint);
}

#[test]
fn walkers_visit_journeys_as_often_as_the_traffic_equations_say() {
    let settings = walkers(1).plan.workload.session.expect("sessions");
    let walk = settings.walk.expect("a walk");
    let expected = Session::visits(&walk.first, settings.requests.as_ref(), Some(&walk));
    let mut visits: Vec<Vec<f64>> = vec![Vec::new(); 3];
    for replication in 0..30 {
        let record = archsim_models::world::simulate(&walkers(1).plan, 5, replication);
        let sessions = record.sessions.expect("sessions").whole.arrived as f64;
        for (found, journey) in visits.iter_mut().zip(&record.journeys) {
            found.push(journey.whole.arrived as f64 / sessions);
        }
    }
    for (found, expected) in visits.iter().zip(expected) {
        let (mean, error) = mean_and_error(found);
        assert!((mean - expected).abs() < 4.0 * error, "{mean} ± {error}, not {expected}");
    }
}

/// Four instances, each with the sessions of its part of a thousand users.
fn sticky(user: Option<DataId>) -> Draft {
    let mut draft = Draft::every(20, 400);
    let popularity = Popularity::uniform(1_000);
    draft.plan.data.push(DataSet { name: "users".into(), popularity, bytes: 1, absent: 0.0, key: 9 });
    let server = draft.deployable("server");
    server.instances = 4;
    server.route = Route::ByKey(ByKey { data: DataId(0), hashing: Hashing::Ketama, rehash: false });
    let serve = draft.capability("serve", vec![wait(1)]);
    draft.journey("ask", serve, 1.0);
    draft.plan.workload.session = Some(Session { user, ..session(5) });
    draft
}

/// Sessions of which all, some, and no requests were refused.
fn refusals(draft: &Draft) -> [usize; 3] {
    let mut all = [0; 3];
    for answers in sessions(draft).values() {
        let refused = answers.iter().filter(|(_, outcome)| *outcome == REFUSED).count();
        all[if refused == answers.len() { 0 } else { 1 + usize::from(refused == 0) }] += 1;
    }
    all
}

#[test]
fn a_session_sticks_to_the_instance_that_owns_its_user() {
    let refusals = |user| {
        let mut draft = sticky(user);
        let dead = Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false };
        draft.fault(0, 90_000, dead);
        refusals(&draft)
    };
    let [lost, torn, whole] = refusals(Some(DataId(0)));
    // A quarter of the users belong to the one that is gone.
    assert!((60..=140).contains(&lost) && torn == 0 && lost + whole == 400, "{lost}, {torn}, {whole}");
    let [lost, torn, whole] = refusals(None);
    assert!(torn > 250 && lost < 10 && whole > 50, "users of nothing are torn: {lost}, {torn}, {whole}");
}

#[test]
fn state_of_sessions_is_lost_with_their_instance_and_rebuilt() {
    let mut draft = sticky(Some(DataId(0)));
    let refused = |draft: &Draft| {
        let sessions = sessions(draft);
        let refused = sessions.values().flatten().filter(|(_, outcome)| *outcome == REFUSED);
        refused.map(|(now, _)| now.as_nanos() / 1_000_000).collect::<Vec<u64>>()
    };
    assert_eq!(refused(&draft).len(), 0);
    draft.fault(2_005, 3_005, Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false });
    let down = refused(&draft);
    assert!(down.iter().all(|at| (2_005..3_005).contains(at)) && down.len() > 20, "{down:?}");
    let rebuild = Span::from_secs(2);
    draft.plan.deployables[0].state = Some(LocalState { data: DataId(0), rebuild, gradual: true });
    let missed = refused(&draft);
    assert!(missed.iter().all(|at| (2_005..5_005).contains(at)) && missed.len() > down.len() + 20);
    // Item by item: the longer it goes on the fewer are without theirs.
    let within = |from: u64| missed.iter().filter(|&&at| (from..from + 1_000).contains(&at)).count();
    assert!(within(3_005) > within(4_005), "{} and {}", within(3_005), within(4_005));
}

#[test]
fn a_job_beside_sessions_changes_nothing_of_theirs() {
    let answers = |jobs: bool| {
        let mut draft = walkers(1);
        if jobs {
            let enters = draft.plan.journeys[0].enters;
            draft.journey("sweep", enters, 0.0);
            let walk = draft.plan.workload.session.as_mut().and_then(|it| it.walk.as_mut()).expect("a walk");
            walk.first.push(0.0);
            walk.next.push(Vec::new());
            let until = draft.plan.horizon;
            let segment = RateSegment { from: Time::ZERO, until, rate_from: 3.0, rate_until: 3.0 };
            draft.plan.workload.jobs.push(Job {
                name: "sweep".into(),
                journey: JourneyId(3),
                arrivals: Arrivals::Open { rate: vec![segment], poisson: true },
                keys: JobKeys::Scan,
                key: 4_711,
            });
        }
        let notes = draft.notes().into_iter();
        notes.filter(|(_, request, _)| Job::of_request(*request).is_none()).collect::<Vec<_>>()
    };
    assert_eq!(answers(false), answers(true));
}
