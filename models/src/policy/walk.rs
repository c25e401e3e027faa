//! A small walker for tests: calls of one instance through an onion, with time, but without a world.
//!
//! It knows what the time lines of the Hystrix tests need (timeouts, bulkheads with a line, ready-made
//! substitutes) and nothing of networks, retries or instances. Events of the same instant come in the order
//! completion, timer, arrival.

use std::collections::{BTreeSet, VecDeque};

use archsim_sim::{Span, Stream, Time};

use super::*;

/// What can happen, in the order in which it does at the same instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    WorkDone(usize),
    TimeIsUp(usize, usize),
    Arrive(usize),
}

/// One call, and how far it has come.
struct Call {
    /// How long the callee takes, and what it answers.
    work: (Span, Outcome),
    /// Layers that it has entered and that were not asked to let it leave yet.
    depth: usize,
    /// What the caller got, and when.
    answer: Option<(Time, Outcome)>,
}

/// An onion and the calls in it.
pub(super) struct Walk {
    pub layers: Vec<Policy>,
    lines: Vec<VecDeque<usize>>,
    calls: Vec<Call>,
    agenda: BTreeSet<(Time, Event)>,
    now: Time,
}

impl Walk {
    pub(super) fn new(layers: &[Layer]) -> Self {
        Walk {
            layers: layers.iter().map(|layer| Policy::new(layer, Time::ZERO)).collect(),
            lines: vec![VecDeque::new(); layers.len()],
            calls: Vec::new(),
            agenda: BTreeSet::new(),
            now: Time::ZERO,
        }
    }

    /// A call at `at` whose work takes `span` and ends with `outcome`.
    pub(super) fn call(&mut self, at: Time, span: Span, outcome: Outcome) {
        self.agenda.insert((at, Event::Arrive(self.calls.len())));
        self.calls.push(Call { work: (span, outcome), depth: 0, answer: None });
    }

    /// Runs until `until`, events at that instant included.
    pub(super) fn run(&mut self, until: Time) {
        while let Some((at, event)) = self.agenda.first().copied().filter(|(at, _)| *at <= until) {
            self.agenda.remove(&(at, event));
            self.now = at;
            match event {
                Event::Arrive(call) => self.enter(call, 0),
                Event::TimeIsUp(call, layer) => self.time_is_up(call, layer),
                Event::WorkDone(call) => self.work_done(call),
            }
        }
        self.now = until;
    }

    /// How many calls got this answer until now.
    pub(super) fn count(&self, wanted: Outcome) -> usize {
        self.answers().filter(|(_, outcome)| *outcome == wanted).count()
    }

    /// Answers in the order of their calls.
    pub(super) fn answers(&self) -> impl Iterator<Item = (Time, Outcome)> {
        self.calls.iter().filter_map(|call| call.answer)
    }

    fn enter(&mut self, call: usize, from: usize) {
        for layer in from..self.layers.len() {
            match self.layers[layer].enter(self.now, &mut Memory::default()) {
                Enter::Pass => {}
                Enter::PassWithin(span) => {
                    self.agenda.insert((self.now + span, Event::TimeIsUp(call, layer)));
                }
                Enter::Wait { .. } => {
                    self.calls[call].depth = layer;
                    return self.lines[layer].push_back(call);
                }
                Enter::Refuse(cause) => {
                    self.leave(call, layer, Outcome::Failed(cause));
                    return self.ended(layer);
                }
            }
        }
        self.calls[call].depth = self.layers.len();
        let done = self.now + self.calls[call].work.0;
        self.agenda.insert((done, Event::WorkDone(call)));
    }

    /// Lets an outcome pass out through the layers below `from`.
    fn leave(&mut self, call: usize, from: usize, mut outcome: Outcome) {
        self.calls[call].depth = 0;
        for layer in (0..from).rev() {
            let draw = |key: u64| Stream::named(key, call as u64, "walk");
            outcome = match self.layers[layer].leave(self.now, outcome, &mut Memory::default(), draw) {
                Leave::Out(outcome) => outcome,
                Leave::Instead(Substitute::Ready { after: Span::ZERO, fails }) => {
                    self.layers[layer].substituted(self.now);
                    if fails { Outcome::Failed(Cause::FallbackFailed) } else { Outcome::Degraded }
                }
                other => panic!("{other:?} is beyond this walker"),
            };
        }
        self.calls[call].answer = Some((self.now, outcome));
    }

    /// Tells the layers below `from`, innermost first, that the work of a call has really ended.
    fn ended(&mut self, from: usize) {
        for layer in (0..from).rev() {
            if self.layers[layer].ended(self.now) == Ended::StartNext {
                let next = self.lines[layer].pop_front().expect("a call in line");
                if self.calls[next].answer.is_some() {
                    // It was abandoned while it waited: it only passes its place on.
                    self.ended(layer + 1);
                } else {
                    self.enter(next, layer + 1);
                }
            }
        }
    }

    fn time_is_up(&mut self, call: usize, layer: usize) {
        if self.calls[call].answer.is_some() {
            return;
        }
        for inner in (layer + 1..self.calls[call].depth).rev() {
            let none = |_| unreachable!("an abandoned call draws nothing");
            self.layers[inner].leave(self.now, Outcome::Abandoned, &mut Memory::default(), none);
        }
        self.leave(call, layer, Outcome::Failed(Cause::Timeout));
    }

    fn work_done(&mut self, call: usize) {
        if self.calls[call].answer.is_none() {
            self.leave(call, self.layers.len(), self.calls[call].work.1);
        }
        self.ended(self.layers.len());
    }
}

mod tests {
    use super::*;

    fn millis(millis: u64) -> Span {
        Span::from_millis(millis)
    }

    fn at(ms: u64) -> Time {
        Time::ZERO + millis(ms)
    }

    fn pool(size: u32, queue: u32) -> Layer {
        Layer::ThreadPool(ThreadPoolSettings { size, queue, ..ThreadPoolSettings::default() })
    }

    fn timeout(ms: u64) -> Layer {
        Layer::Timeout(TimeoutSettings { after: millis(ms), cancel: false, deadline: false })
    }

    fn breaker() -> Layer {
        Layer::Breaker(BreakerSettings::default())
    }

    fn fallback() -> Layer {
        let answer = FallbackAnswer::Static;
        Layer::Fallback(FallbackSettings { answer, permits: 10, fails: 0.0, latency: None, key: 1 })
    }

    impl Walk {
        fn breaker(&mut self, layer: usize) -> (Circuit, Counts) {
            match &mut self.layers[layer] {
                Policy::Breaker(breaker) => (breaker.circuit(self.now), breaker.health(self.now)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn t_hys_8() {
        let mut walk = Walk::new(&[breaker(), timeout(1_000), pool(10, 0)]);
        for _ in 0..15 {
            walk.call(at(100), millis(200), Outcome::Success);
        }
        walk.run(at(500));
        assert_eq!(walk.count(Outcome::Success), 10);
        assert_eq!(walk.count(Outcome::Failed(Cause::PoolRejected)), 5);
        assert_eq!(walk.breaker(0), (Circuit::Closed, Counts { total: 15, errors: 5 }));
    }

    #[test]
    fn t_hys_9() {
        let mut walk = Walk::new(&[breaker(), timeout(1_000), pool(10, 0)]);
        for call in 1..=50 * 4 {
            walk.call(at(20 * call), Span::from_secs(30), Outcome::Success);
        }
        walk.run(at(490));
        assert_eq!(walk.count(Outcome::Failed(Cause::PoolRejected)), 14, "calls 11 to 24");
        walk.run(at(1_000));
        // At the first tick 14 errors have ended, at the second 10 + 25 - 1: all that has ended is an error.
        assert_eq!(walk.breaker(0), (Circuit::Open { since: at(1_000) }, Counts { total: 39, errors: 39 }));
        walk.run(at(4_000));
        assert_eq!(walk.count(Outcome::Failed(Cause::Timeout)), 10);
        let timeouts = walk.answers().filter(|(_, outcome)| *outcome == Outcome::Failed(Cause::Timeout));
        assert!(timeouts.map(|(time, _)| time).eq((1..=10).map(|call| at(1_000 + 20 * call))));
        assert_eq!(walk.count(Outcome::Success), 0);
    }

    #[test]
    fn t_hys_9_with_a_fallback_the_caller_never_sees_an_error() {
        let mut walk = Walk::new(&[fallback(), breaker(), timeout(1_000), pool(10, 0)]);
        for call in 1..=200 {
            walk.call(at(20 * call), Span::from_secs(30), Outcome::Success);
        }
        walk.run(at(5_020));
        assert_eq!(walk.count(Outcome::Degraded), 200);
        assert!(matches!(walk.breaker(1), (Circuit::Open { .. }, _)));
    }

    #[test]
    fn t_hys_11() {
        // 30 calls/s of 200 ms keep six threads busy.
        let mut walk = Walk::new(&[pool(10, 0)]);
        let third_of_100_ms = Span::from_nanos(33_333_333);
        for call in 1..=300 {
            walk.call(Time::ZERO + third_of_100_ms * call, millis(199), Outcome::Success);
        }
        walk.run(at(5_000));
        assert!(matches!(&walk.layers[0], Policy::ThreadPool(pool) if pool.running() == 6));
        walk.run(at(60_000));
        assert_eq!(walk.count(Outcome::Success), 300);
    }

    #[test]
    fn a_call_that_timed_out_in_line_keeps_its_place_until_its_turn() {
        let mut walk = Walk::new(&[timeout(100), pool(1, 1)]);
        walk.call(at(0), millis(500), Outcome::Success);
        walk.call(at(10), millis(500), Outcome::Success);
        walk.call(at(200), millis(10), Outcome::Success);
        walk.call(at(500), millis(10), Outcome::Success);
        walk.run(at(1_000));
        let rejected = Outcome::Failed(Cause::PoolRejected);
        let timed_out = Outcome::Failed(Cause::Timeout);
        let expected =
            [(at(100), timed_out), (at(110), timed_out), (at(200), rejected), (at(510), Outcome::Success)];
        assert!(walk.answers().eq(expected), "{:?}", walk.answers().collect::<Vec<_>>());
    }
}
