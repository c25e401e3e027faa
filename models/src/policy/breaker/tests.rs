//! The breaker's table of behaviour: a script in, a circuit out.

use archsim_sim::Span;

use super::*;
use crate::policy::BreakerSettings;

/// Runs a script and says where the circuit stands after it.
///
/// A capital letter is a whole call that takes no time: `S`uccess, `D`egraded, `F`ailure, `T`imeout, `R`ejected
/// by a pool further in, `A`bandoned; one that is refused has no outcome. `?` is a call that stays under way; a
/// small letter is the outcome of such a call. `e` ends a call that was refused. `+5001ms` lets time pass.
struct Script {
    breaker: Breaker,
    now: Time,
    under_way: u32,
    /// `p`assed or `r`efused, for every call in turn.
    answers: String,
    /// Each change of the circuit that was seen, and when it was seen.
    changes: Vec<String>,
}

impl Script {
    fn new(settings: BreakerSettings) -> Self {
        let breaker = Breaker::new(settings, Time::ZERO);
        Script { breaker, now: Time::ZERO, under_way: 0, answers: String::new(), changes: Vec::new() }
    }

    fn run(mut self, script: &str) -> Self {
        for word in script.split_whitespace() {
            match word.strip_prefix('+') {
                Some(time) => self.now += span(time),
                None => word.chars().for_each(|letter| self.step(letter)),
            }
        }
        self
    }

    fn step(&mut self, letter: char) {
        match letter {
            '?' => self.under_way += u32::from(self.enter()),
            'e' => self.breaker.refused_ended(self.now),
            letter if letter.is_uppercase() => {
                if self.enter() {
                    self.leave(letter);
                }
            }
            letter => {
                self.under_way = self.under_way.checked_sub(1).expect("a call under way");
                self.leave(letter.to_ascii_uppercase());
            }
        }
    }

    fn enter(&mut self) -> bool {
        let admitted = self.breaker.admits(self.now);
        let passed = match self.breaker.enter(self.now) {
            Enter::Pass => true,
            Enter::Refuse(Cause::ShortCircuit) => false,
            other => panic!("{other:?}"),
        };
        assert_eq!(admitted, passed, "asking and trying agree");
        self.answers.push(if passed { 'p' } else { 'r' });
        self.note();
        passed
    }

    fn leave(&mut self, letter: char) {
        let outcome = match letter {
            'S' => Outcome::Success,
            'D' => Outcome::Degraded,
            'F' => Outcome::Failed(Cause::Error),
            'T' => Outcome::Failed(Cause::Timeout),
            'R' => Outcome::Failed(Cause::PoolRejected),
            'A' => Outcome::Abandoned,
            other => panic!("no outcome: {other}"),
        };
        assert_eq!(self.breaker.leave(self.now, outcome), Leave::Out(outcome));
        self.note();
    }

    fn note(&mut self) {
        let circuit = self.circuit();
        if self.changes.last() != Some(&circuit) {
            self.changes.push(circuit);
        }
    }

    fn circuit(&mut self) -> String {
        match self.breaker.circuit(self.now) {
            Circuit::Closed => "closed".into(),
            Circuit::Open { since } => format!("open since {since}"),
            Circuit::HalfOpen => "half-open".into(),
        }
    }
}

fn span(text: &str) -> Span {
    let digits = text.find(|c: char| c.is_alphabetic()).expect("a unit");
    let number: u64 = text[..digits].parse().expect("a number");
    match &text[digits..] {
        "s" => Span::from_secs(number),
        "ms" => Span::from_millis(number),
        "us" => Span::from_micros(number),
        "ns" => Span::from_nanos(number),
        unit => panic!("no unit: {unit}"),
    }
}

/// Hystrix's defaults, but four calls are enough.
fn four() -> BreakerSettings {
    BreakerSettings { volume: 4, ..BreakerSettings::default() }
}

fn check_with(settings: BreakerSettings, script: &str, expected: &str) -> Script {
    let mut script_run = Script::new(settings).run(script);
    let circuit = script_run.circuit();
    assert!(circuit.starts_with(expected), "{script}: {circuit}, not {expected}");
    script_run
}

fn check(script: &str, expected: &str) -> Script {
    check_with(four(), script, expected)
}

fn check_answers(script: &str, expected: &str) {
    assert_eq!(Script::new(four()).run(script).answers, expected, "{script}");
}

#[test]
fn it_opens_only_at_a_tick() {
    check("FFFF", "closed");
    check("FFFF +499ms", "closed");
    check("FFFF +500ms", "open since 500ms");
    check("FFFF +501ms", "open since 500ms");
    check("+100ms FFFF +5000s", "open since 500ms");
}

#[test]
fn it_opens_from_the_volume_on() {
    check("FFF +500ms", "closed");
    check("FFF +500ms F +499ms", "closed");
    check("FFF +500ms F +500ms", "open since 1s");
}

#[test]
fn it_opens_from_the_percentage_on() {
    check("FSFS +500ms", "open");
    check("FSSFS +500ms", "closed");
    check_with(BreakerSettings { error_percent: 40, ..four() }, "FSSFS +500ms", "open");
    check_with(BreakerSettings { error_percent: 41, ..four() }, "FSSFS +500ms", "closed");
}

#[test]
fn every_failure_from_inside_is_an_error_and_a_degraded_answer_is_none() {
    check("FTRF +500ms", "open");
    check("DDFS +500ms", "closed");
    check("DSFF +500ms", "open");
}

#[test]
fn a_bad_request_counts_for_nothing_and_proves_nothing() {
    let bad_request = Outcome::Failed(Cause::BadRequest);
    let mut breaker = Breaker::new(BreakerSettings::default(), Time::ZERO);
    for _ in 0..20 {
        breaker.leave(Time::ZERO, bad_request);
    }
    assert_eq!(breaker.health(Time::ZERO + Span::from_millis(500)), Counts { total: 0, errors: 0 });
    let settings = BreakerSettings { volume: 1, ..BreakerSettings::default() };
    let mut half_open = Breaker::new(settings, Time::ZERO);
    half_open.leave(Time::ZERO, Outcome::Failed(Cause::Error));
    let trial = Time::ZERO + Span::from_millis(5_501);
    assert_eq!(half_open.enter(trial), Enter::Pass);
    half_open.leave(trial, bad_request);
    assert_eq!(half_open.circuit(trial), Circuit::Open { since: trial });
}

#[test]
fn what_was_abandoned_or_refused_counts_for_nothing() {
    check("AAAA +500ms", "closed");
    check("AAAAFFF +500ms", "closed");
    let mut refused = check("FFFF +500ms FFFF +500ms", "open");
    assert_eq!(refused.breaker.health(refused.now), Counts { total: 4, errors: 4 });
}

#[test]
fn errors_are_forgotten_after_the_window() {
    check("FFF +9999ms F +1ms", "open since 10s");
    check("FFF +10s F +500ms", "closed");
}

#[test]
fn a_tick_that_nobody_saw_counts_from_its_own_time() {
    // The bucket of the first four closes at 0.5 s, and half an hour later one more call comes: it is a trial.
    let late = check("FFFF +1800s ?", "half-open");
    assert_eq!(late.answers, "ppppp");
    check("FFFF +1800s F", "open since 1800s");
    check("FFFF +5500ms", "open since 500ms");
    check_answers("FFFF +5500ms ?", "ppppr");
}

#[test]
fn an_outcome_counts_when_it_comes_not_when_its_call_came() {
    let one = BreakerSettings { volume: 1, ..four() };
    check_with(one, "? +600ms f", "closed");
    check_with(one, "? +600ms f +400ms", "open since 1s");
    check_with(one, "? +500ms f", "closed");
}

#[test]
fn the_trial_comes_strictly_after_the_sleep_window() {
    check_answers("FFFF +500ms ? +5000ms ? +1ns ?", "pppprrp");
    check("FFFF +500ms +5001ms S", "closed");
    check("FFFF +500ms +5001ms D", "closed");
    check("FFFF +500ms +5001ms F", "open since 5.501s");
    check("FFFF +500ms +5001ms T", "open since 5.501s");
    check("FFFF +500ms +5001ms R", "open since 5.501s");
    check("FFFF +500ms +5001ms A", "open since 5.501s");
}

#[test]
fn one_trial_at_a_time() {
    check_answers("FFFF +500ms +5001ms ??? +60s ?", "ppppprrr");
    check("FFFF +500ms +5001ms ? +60s", "half-open");
    check("FFFF +500ms +5001ms ? +60s s", "closed");
    check("FFFF +500ms +5001ms ? +60s f", "open since 65.501s");
}

#[test]
fn stragglers_decide_as_well() {
    check("? FFFF +500ms +5001ms ? s", "closed");
    check("? FFFF +500ms +5001ms ? f", "open since 5.501s");
    check("? FFFF +500ms s", "open since 500ms");
    check("? FFFF +500ms f", "open since 500ms");
    check("? FFFF +500ms a", "open since 500ms");
}

#[test]
fn closing_empties_the_window_and_keeps_the_grid() {
    check("FFFF +500ms +5001ms S FFF +600ms", "closed");
    let mut closed = check("FFFF +500ms +5001ms S FFFF +498ms", "closed");
    assert_eq!(closed.breaker.health(closed.now), Counts::default());
    check("FFFF +500ms +5001ms S FFFF +499ms", "open since 6s");
}

#[test]
fn a_forced_circuit_does_not_decide() {
    let open = BreakerSettings { forced: Some(Forced::Open), ..four() };
    assert_eq!(check_with(open, "SSS +1000s S", "closed").answers, "rrrr");
    let closed = BreakerSettings { forced: Some(Forced::Closed), ..four() };
    let mut forced = check_with(closed, "FFFF +500ms FFFF +600s S", "open since 500ms");
    assert_eq!(forced.answers, "ppppppppp");
    assert_eq!(forced.breaker.health(forced.now), Counts::default());
}

#[test]
fn with_bug_1853_the_end_of_a_refused_call_spoils_the_trial() {
    let bug = BreakerSettings { bug_1853: true, ..four() };
    let trial_and_refusal = "FFFF +500ms +5001ms ?? +10ms e";
    check(trial_and_refusal, "half-open");
    check_with(bug, trial_and_refusal, "open since 5.511s");
    let success = format!("{trial_and_refusal} s");
    check(&success, "closed");
    check_with(bug, &success, "open since 5.511s");
    check_with(bug, "FFFF +500ms ? e", "open since 500ms");
}

#[test]
fn volume_and_percentage_of_zero_open_at_the_first_tick() {
    let never_content = BreakerSettings { volume: 0, error_percent: 0, ..BreakerSettings::default() };
    check_with(never_content, "+499ms", "closed");
    check_with(never_content, "+3600s", "open since 500ms");
}

#[test]
fn the_grid_begins_with_the_instance() {
    let mut breaker = Breaker::new(four(), Time::ZERO + span("123ms"));
    for _ in 0..4 {
        breaker.leave(Time::ZERO + span("200ms"), Outcome::Failed(Cause::Error));
    }
    assert_eq!(breaker.circuit(Time::ZERO + span("622ms")), Circuit::Closed);
    let opened = Time::ZERO + span("623ms");
    assert_eq!(breaker.circuit(opened), Circuit::Open { since: opened });
}

/// Hystrix's defaults from here on.
fn defaults(script: &str, expected: &str) -> Script {
    check_with(BreakerSettings::default(), script, expected)
}

/// Calls at `every`, 2·`every`, …: `outcomes` gives a letter and how many of it, in turn.
fn calls(every: &str, outcomes: &[(&str, usize)]) -> String {
    outcomes.iter().map(|(letter, times)| format!("+{every} {letter} ").repeat(*times)).collect()
}

#[test]
fn t_hys_1() {
    let twenty = format!("+12500us F {}", calls("25ms", &[("F", 19)]));
    let mut open = defaults(&format!("{twenty} +12500us"), "open since 500ms");
    assert_eq!(open.breaker.health(open.now), Counts { total: 20, errors: 20 });
}

#[test]
fn t_hys_2() {
    let mut closed = defaults(&calls("25ms", &[("F", 20)]), "closed");
    assert_eq!(closed.breaker.health(closed.now), Counts { total: 19, errors: 19 });
    let mut open = defaults(&calls("25ms", &[("F", 40)]), "open since 1s");
    assert_eq!(open.breaker.health(open.now), Counts { total: 39, errors: 39 });
}

#[test]
fn t_hys_3() {
    let open = defaults(&calls("500ms", &[("F", 60)]), "open since 27s");
    let expected = [
        "closed",
        "open since 10.5s",
        "half-open",
        "open since 16s",
        "half-open",
        "open since 21.5s",
        "half-open",
        "open since 27s",
    ];
    assert_eq!(open.changes, expected);
}

#[test]
fn t_hys_4() {
    let hour = calls("526315789ns", &[("F", 6_840)]);
    assert_eq!(defaults(&hour, "closed").changes, ["closed"]);
}

/// 100 calls/s, all well before 10 s, and none of them from 10 s on.
const HEALTHY_FOR_10_S: (&str, usize) = ("S", 999);

#[test]
fn t_hys_5() {
    let until_15_s = calls("10ms", &[HEALTHY_FOR_10_S, ("F", 501)]);
    let mut open = defaults(&until_15_s, "open since 15s");
    assert_eq!(open.breaker.health(open.now), Counts { total: 1_000, errors: 500 });
    assert_eq!(open.changes, ["closed", "open since 15s"]);
    defaults(&calls("10ms", &[HEALTHY_FOR_10_S, ("F", 500)]), "closed");
}

#[test]
fn t_hys_6() {
    let healed_at_25_s = calls("10ms", &[HEALTHY_FOR_10_S, ("F", 1_500), ("S", 3)]);
    let mut closed = defaults(&healed_at_25_s, "closed");
    let expected = ["closed", "open since 15s", "half-open", "open since 20.01s", "half-open", "closed"];
    assert_eq!(closed.changes, expected);
    assert_eq!(closed.now, Time::ZERO + span("25020ms"));
    assert_eq!(closed.breaker.health(closed.now), Counts::default());
}
