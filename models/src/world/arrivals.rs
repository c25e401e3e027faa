//! Users: they come, wait, lose patience, and get their answers.

use archsim_sim::{Class, Distribution, Id, Key, Span, Stream, Time};

use super::World;
use super::entity::{Attempt, AttemptState, Caller, Origin, Request};
use super::event::Event;
use super::observe::{Note, Observer};
use crate::plan::{Arrivals, Leaves, PatienceOver, Plan, RateSegment};
use crate::policy::Outcome;
use crate::record::Cause;

const JOURNEY: u64 = Key::of_name("journey");
const PATIENCE: u64 = Key::of_name("patience");
const THINK: u64 = Key::of_name("think");
const USER: u64 = Key::of_name("user");

/// Where an open workload's next arrival comes from, and how many came so far.
pub(crate) struct ArrivalStream {
    stream: Stream,
    /// Expected arrivals up to the last one: the next comes where the integral of the rate has grown by one gap.
    reached: f64,
    /// The segment in which `reached` lies, and the integral up to its start and up to its end.
    segment: usize,
    before_segment: f64,
    after_segment: f64,
    /// Requests so far; the number of the next one.
    number: u64,
    /// By user of a closed workload: requests so far.
    asked: Vec<u64>,
}

impl ArrivalStream {
    pub(crate) fn new(plan: &Plan, seed: u64, replication: u64) -> Self {
        let (users, first_mass) = match &plan.workload.arrivals {
            Arrivals::Closed { users, .. } => (*users as usize, 0.0),
            Arrivals::Open { rate, .. } => (0, rate.first().map_or(0.0, segment_mass)),
        };
        ArrivalStream {
            stream: Stream::named(seed, replication, "arrivals"),
            reached: 0.0,
            segment: 0,
            before_segment: 0.0,
            after_segment: first_mass,
            number: 0,
            asked: vec![0; users],
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.number
    }

    /// The next arrival, by inversion of the integrated rate: exact for rates that change linearly.
    fn next(&mut self, rate: &[RateSegment], poisson: bool) -> Option<Time> {
        self.reached += if poisson { self.poisson_gap() } else { 1.0 };
        while let Some(segment) = rate.get(self.segment) {
            if self.reached < self.after_segment {
                return Some(invert(segment, self.reached - self.before_segment));
            }
            self.segment += 1;
            self.before_segment = self.after_segment;
            self.after_segment += rate.get(self.segment).map_or(0.0, segment_mass);
        }
        None
    }

    /// Exponential with mean 1, to twelve digits.
    fn poisson_gap(&mut self) -> f64 {
        const MEAN: Span = Span::from_nanos(1 << 40);
        let gap = Distribution::exponential(MEAN).sample(&mut self.stream);
        gap.as_nanos() as f64 / MEAN.as_nanos() as f64
    }
}

/// Expected arrivals in a segment.
fn segment_mass(segment: &RateSegment) -> f64 {
    let seconds = (segment.until - segment.from).as_secs_f64();
    seconds * (segment.rate_from + segment.rate_until) / 2.0
}

/// The instant in the segment up to which `mass` arrivals are expected.
fn invert(segment: &RateSegment, mass: f64) -> Time {
    if segment.rate_from.to_bits() == segment.rate_until.to_bits() {
        return segment.from + Span::from_secs_f64(mass / segment.rate_from);
    }
    let seconds = (segment.until - segment.from).as_secs_f64();
    let slope = (segment.rate_until - segment.rate_from) / seconds;
    let first = segment.rate_from;
    // first·t + slope·t²/2 = mass, in the form that does not cancel for a small slope.
    let elapsed = 2.0 * mass / (first + (first * first + 2.0 * slope * mass).max(0.0).sqrt());
    segment.from + Span::from_secs_f64(elapsed)
}

impl<O: Observer> World<'_, O> {
    pub(super) fn schedule_first_arrivals(&mut self) {
        match &self.plan.workload.arrivals {
            Arrivals::Open { .. } => self.schedule_next_arrival(),
            Arrivals::Closed { users, .. } => {
                for user in 0..*users {
                    self.schedule_ask(user);
                }
            }
        }
    }

    fn schedule_next_arrival(&mut self) {
        let Arrivals::Open { rate, poisson } = &self.plan.workload.arrivals else { return };
        if let Some(at) = self.arrivals.next(rate, *poisson)
            && at < self.plan.horizon
        {
            let rank = self.layout.rank_of(self.arrivals.number);
            self.agenda.schedule(at.max(self.agenda.now()), Class::Arrival, rank, Event::Arrive);
        }
    }

    /// A user thinks, then asks.
    fn schedule_ask(&mut self, user: u32) {
        let Arrivals::Closed { think, .. } = &self.plan.workload.arrivals else { return };
        let key = self.user_key(user).with(THINK);
        let at = self.now() + think.sample(&mut Stream::keyed(key));
        if at < self.plan.horizon {
            let rank = self.layout.rank_of(u64::from(user));
            self.agenda.schedule(at, Class::Arrival, rank, Event::Ask { user });
        }
    }

    /// Names the draws of a user's next request, alike in every arm however long answers take.
    fn user_key(&self, user: u32) -> Key {
        self.dice.with(USER).with(u64::from(user)).with(self.arrivals.asked[user as usize])
    }

    /// An open workload's arrival.
    pub(super) fn arrive(&mut self) {
        let key = self.dice.with(self.arrivals.number);
        self.begin_request(key, None);
        self.schedule_next_arrival();
    }

    /// A closed workload's arrival.
    pub(super) fn ask(&mut self, user: u32) {
        let key = self.user_key(user);
        self.arrivals.asked[user as usize] += 1;
        self.begin_request(key, Some(user));
    }

    fn begin_request(&mut self, path: Key, user: Option<u32>) {
        let number = self.arrivals.number;
        self.arrivals.number += 1;
        let journey = self.choose_journey(path);
        let start = self.counts.start(self.now());
        self.counts.request_arrived(journey, start);
        let request =
            self.requests.insert(Request { journey: journey as u16, number, user, start, entry: None });
        let settings = &self.plan.journeys[journey];
        let rank = self.layout.rank_of(number);
        let origin =
            Origin { request, rank, priority: settings.priority, deadline: Time::NEVER, wasted: false };
        if self.plan.workload.over == PatienceOver::Stay {
            self.schedule_patience(Event::Patience(request), path, rank);
        }
        let attempt = self.send(Caller::User(request), None, settings.enters, origin, path, None);
        // The attempt may have been refused within this very instant where the network takes no time.
        if let Some(request) = self.requests.get_mut(request) {
            request.entry = attempt;
        }
    }

    fn choose_journey(&self, path: Key) -> usize {
        let journeys = &self.plan.journeys;
        if journeys.len() == 1 {
            return 0;
        }
        let mut coin = Stream::keyed(path.with(JOURNEY)).unit();
        for (index, journey) in journeys.iter().enumerate() {
            coin -= journey.share;
            if coin < 0.0 {
                return index;
            }
        }
        // Shares add up to 1 but for rounding.
        journeys.len() - 1
    }

    /// `ends` comes when the patience that starts now has ended, if it ever does.
    fn schedule_patience(&mut self, ends: Event, path: Key, rank: u64) {
        if let Some(patience) = self.layout.patience {
            self.agenda.after(patience, Class::Timer, rank, ends);
        } else if let Some(patience) = &self.plan.workload.patience {
            let at = self.now() + patience.sample(&mut Stream::keyed(path.with(PATIENCE)));
            self.agenda.schedule(at, Class::Timer, rank, ends);
        }
    }

    /// An attempt has to wait in an accept queue: where patience is over the wait, a user's starts now.
    pub(super) fn schedule_patience_in_line(&mut self, id: Id<Attempt>) {
        if self.plan.workload.over == PatienceOver::Stay {
            return;
        }
        let attempt = &self.attempts[id];
        if let Caller::User(_) = attempt.caller {
            let (path, rank) = (attempt.path, attempt.origin.rank);
            self.schedule_patience(Event::LineTooLong(id), path, rank);
        }
    }

    /// The user has had enough, unless the wait is over.
    pub(super) fn lose_patience_in_line(&mut self, id: Id<Attempt>) {
        let Some(attempt) = self.attempts.get(id).filter(|a| a.state == AttemptState::Queued) else { return };
        if let Caller::User(request) = attempt.caller {
            self.leave(request, Some(id));
        }
    }

    /// The user has had enough, unless there was an answer.
    pub(super) fn lose_patience(&mut self, request: Id<Request>) {
        if let Some(entry) = self.requests.get(request).map(|r| r.entry) {
            self.leave(request, entry);
        }
    }

    /// The request has failed; whether anybody downstream notices is the workload's to say.
    fn leave(&mut self, request: Id<Request>, entry: Option<Id<Attempt>>) {
        self.settle_request(request, Outcome::Failed(Cause::Patience));
        let Some(entry) = entry else { return };
        match self.plan.workload.leaves {
            Leaves::Unnoticed => self.abandon_attempt(entry),
            Leaves::Queue => {
                let waits = self.attempts.get(entry).is_some_and(|a| a.state == AttemptState::Queued);
                if waits {
                    self.withdraw(entry);
                } else {
                    self.abandon_attempt(entry);
                }
            }
            Leaves::Cancels => self.give_up_attempt(entry),
        }
    }

    /// The user has an answer, a failure, or has left.
    pub(super) fn settle_request(&mut self, request: Id<Request>, outcome: Outcome) {
        let Some(settled) = self.requests.remove(request) else { return };
        let now = self.now();
        let within = self.plan.journeys[settled.journey as usize].within;
        self.counts.request_left(settled.journey as usize, settled.start, now, outcome);
        self.counts.request_settled(settled.journey as usize, settled.start, now, within, outcome);
        if O::LOOKS {
            self.observer.note(now, settled.number, Note::Answered(outcome));
        }
        if let Some(user) = settled.user {
            self.schedule_ask(user);
        }
    }

    /// The run has ended before the request.
    pub(super) fn request_unfinished(&mut self, request: Id<Request>) {
        let Some(settled) = self.requests.remove(request) else { return };
        let within = self.plan.journeys[settled.journey as usize].within;
        let outcome = Outcome::Failed(Cause::Unfinished);
        self.counts.request_settled(
            settled.journey as usize,
            settled.start,
            self.agenda.now(),
            within,
            outcome,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: u64, until: u64, rate_from: f64, rate_until: f64) -> RateSegment {
        RateSegment {
            from: Time::ZERO + Span::from_secs(from),
            until: Time::ZERO + Span::from_secs(until),
            rate_from,
            rate_until,
        }
    }

    #[test]
    fn a_ramp_inverts_exactly() {
        // 0 to 10/s over 10 s: t²/2 arrivals up to t.
        let ramp = segment(0, 10, 0.0, 10.0);
        assert_eq!(invert(&ramp, 8.0), Time::ZERO + Span::from_secs(4));
        let fall = segment(10, 20, 10.0, 0.0);
        assert_eq!(invert(&fall, segment_mass(&fall)), Time::ZERO + Span::from_secs(20));
        let level = segment(3, 5, 100.0, 100.0);
        assert_eq!(invert(&level, 50.0), Time::ZERO + Span::from_millis(3_500));
    }
}
