//! W3 and W3x: three stations in a chain with nested holding, timeouts, cancellation and one retry.
//!
//! A customer's call goes to the first station, whose servers, when their own work is done, call the
//! second, and so on; each server is held until its answer. Every call has a timeout from its sending,
//! upon which all that was done for it stops at once, and one retry after a pause.

use archsim_sim::{
    Admission, Agenda, Arena, Class, Delay, Distribution, Histogram, Id, Limit, Order, Span, Station, Stream,
    Time,
};

use crate::Answer;

/// W3: 3.2 customers a millisecond.
pub fn loaded(customers: u64) -> Answer {
    run(3.2, customers, "mean 15.75 ± 0.02, p99 46.2, 4.05 events")
}

/// W3x: 4.2 a millisecond, more than the last station can serve.
pub fn overloaded(customers: u64) -> Answer {
    run(4.2, customers, "overload, no known answer")
}

const SERVERS: [u32; 3] = [64, 32, 16];
static WORK: [Distribution; 3] = [
    Distribution::exponential(Span::from_millis(7)),
    Distribution::exponential(Span::from_millis(4)),
    Distribution::exponential(Span::from_millis(4)),
];
const PATIENCE: [Span; 3] = [Span::from_millis(80), Span::from_millis(40), Span::from_millis(15)];
static PAUSE: Distribution = Distribution::uniform(Span::from_micros(2_500), Span::from_micros(7_500));

/// Whatever waits for an answer: the customer at level zero, an attempt at station `level - 1` above.
struct Frame {
    level: u8,
    /// How many calls it has made.
    tries: u8,
    /// Whether it is in its station's line, rather than with a server.
    waits: bool,
    number: u64,
    /// Who called; a customer is called by nobody.
    caller: Id<Frame>,
    /// Whom it calls now; stale when nobody.
    callee: Id<Frame>,
    since: Time,
}

#[derive(Clone, Copy)]
enum Event {
    Arrives,
    WorkDone(Id<Frame>),
    /// The patience with this attempt is over.
    Timeout(Id<Frame>),
    /// This frame's pause before its retry is over.
    PauseOver(Id<Frame>),
}

struct Chain {
    agenda: Agenda<Event>,
    frames: Arena<Frame>,
    stations: [Station<Id<Frame>>; 3],
    patience: [Delay; 3],
    works: Stream,
    pauses: Stream,
    stays: Histogram,
    failed: u64,
    events: u64,
}

const NOBODY: Id<Frame> = Id::from_bits(u64::MAX);

fn run(per_milli: f64, customers: u64, known: &str) -> Answer {
    let mut agenda = Agenda::new();
    let mut arrivals = Stream::named(1, 0, "arrivals");
    let between = Distribution::exponential(Span::from_millis(1).scaled(1.0 / per_milli));
    agenda.schedule(Time::ZERO, Class::Arrival, 0, Event::Arrives);
    let mut chain = Chain {
        patience: PATIENCE.map(|span| agenda.delay(span)),
        agenda,
        frames: Arena::new(),
        stations: SERVERS.map(|servers| Station::new(Limit::AtMost(servers), Limit::Unbounded, Order::Fifo)),
        works: Stream::named(1, 0, "works"),
        pauses: Stream::named(1, 0, "pauses"),
        stays: Histogram::new(),
        failed: 0,
        events: 0,
    };
    let mut number = 0;
    while let Some(event) = chain.agenda.pop() {
        if let Event::Arrives = event {
            chain.arrives(number);
            number += 1;
            if number < customers {
                let next = chain.agenda.now() + between.sample(&mut arrivals);
                chain.agenda.schedule(next, Class::Arrival, number << 8, Event::Arrives);
            }
        } else {
            chain.happens(event);
        }
    }
    let (mean, p99) = (chain.stays.mean() / 1e6, chain.stays.quantile(0.99) as f64 / 1e6);
    let text = format!("mean {mean:.3}, p99 {p99:.2}, failed {} (known: {known})", chain.failed);
    Answer { customers, events: chain.events, text }
}

impl Chain {
    fn arrives(&mut self, number: u64) {
        self.events += 1;
        let since = self.agenda.now();
        let level = 0;
        let customer = Frame { level, tries: 0, waits: false, number, caller: NOBODY, callee: NOBODY, since };
        let customer = self.frames.insert(customer);
        self.call(customer);
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrives => {}
            Event::WorkDone(id) => {
                if let Some(frame) = self.frames.get(id) {
                    self.events += 1;
                    if frame.level < 3 { self.call(id) } else { self.answer(id) }
                }
            }
            Event::Timeout(id) => {
                if let Some(frame) = self.frames.get(id) {
                    self.events += 1;
                    let caller = frame.caller;
                    self.abandon(id);
                    self.failed_to(caller);
                }
            }
            Event::PauseOver(id) => {
                if self.frames.contains(id) {
                    self.events += 1;
                    self.call(id);
                }
            }
        }
    }

    /// `caller` sends an attempt to the next station.
    fn call(&mut self, caller: Id<Frame>) {
        let now = self.agenda.now();
        let Frame { level, number, .. } = self.frames[caller];
        let station = usize::from(level);
        let level = level + 1;
        let attempt = Frame { level, tries: 0, waits: false, number, caller, callee: NOBODY, since: now };
        let id = self.frames.insert(attempt);
        let frame = &mut self.frames[caller];
        frame.callee = id;
        frame.tries += 1;
        let rank = number << 8 | u64::from(level);
        self.agenda.after(self.patience[station], Class::Timer, rank, Event::Timeout(id));
        if self.stations[station].arrive(now, id, 0) == Admission::Starts {
            self.work(station, id, rank);
        } else {
            self.frames[id].waits = true;
        }
    }

    fn work(&mut self, station: usize, id: Id<Frame>, rank: u64) {
        let work = WORK[station].sample(&mut self.works);
        self.agenda.schedule(self.agenda.now() + work, Class::Completion, rank, Event::WorkDone(id));
    }

    /// The server of a frame that is gone takes the next of the line.
    fn free(&mut self, level: u8) {
        let station = usize::from(level - 1);
        if let Some(next) = self.stations[station].finish(self.agenda.now()) {
            let frame = &mut self.frames[next];
            frame.waits = false;
            let rank = frame.number << 8 | u64::from(level);
            self.work(station, next, rank);
        }
    }

    /// The attempt is answered, and so is everybody who waited for it.
    fn answer(&mut self, mut id: Id<Frame>) {
        while let Some(frame) = self.frames.remove(id) {
            if frame.level == 0 {
                self.stays.record_span(self.agenda.now() - frame.since);
                return;
            }
            self.free(frame.level);
            id = frame.caller;
        }
    }

    /// All that is done for the attempt stops at once.
    fn abandon(&mut self, mut id: Id<Frame>) {
        while let Some(frame) = self.frames.remove(id) {
            if frame.waits {
                self.stations[usize::from(frame.level) - 1].withdraw(self.agenda.now(), id);
            } else {
                self.free(frame.level);
            }
            id = frame.callee;
        }
    }

    /// A call of `id` has failed: it pauses for its retry, or fails in its turn.
    fn failed_to(&mut self, mut id: Id<Frame>) {
        while self.frames[id].tries == 2 {
            let Some(frame) = self.frames.remove(id) else { return };
            if frame.level == 0 {
                self.failed += 1;
                self.stays.record_span(self.agenda.now() - frame.since);
                return;
            }
            self.free(frame.level);
            id = frame.caller;
        }
        let rank = self.frames[id].number << 8 | u64::from(self.frames[id].level);
        let over = self.agenda.now() + PAUSE.sample(&mut self.pauses);
        self.agenda.schedule(over, Class::Timer, rank, Event::PauseOver(id));
    }
}
