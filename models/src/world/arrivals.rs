//! Users: they come, wait, lose patience, and get their answers.

use archsim_sim::{Class, Id, Key, Stream};

use super::entity::{Asker, Attempt, AttemptState, Caller, Request};
use super::event::Event;
use super::observe::{Note, Observer};
use super::{FIRST, World};
use crate::plan::{Arrivals, Job, Leaves, PatienceOver, Session};
use crate::policy::Outcome;
use crate::record::Cause;

const JOURNEY: u64 = Key::of_name("journey");
const PATIENCE: u64 = Key::of_name("patience");
pub(super) const THINK: u64 = Key::of_name("think");
pub(super) const USER: u64 = Key::of_name("user");
const SCHEDULED: u64 = Key::of_name("scheduled");

impl<O: Observer> World<'_, O> {
    pub(super) fn schedule_first_arrivals(&mut self) {
        for (index, scheduled) in self.plan.workload.scheduled.iter().enumerate() {
            // What was said beforehand comes before who happens to come at the same instant.
            let event = Event::Scheduled { index: index as u32 };
            self.agenda.schedule(scheduled.at, Class::Arrival, FIRST, event);
        }
        (0..self.plan.workload.jobs.len() as u32).for_each(|kind| self.schedule_next_job(kind));
        match self.plan.workload.arrivals {
            Arrivals::Open { .. } | Arrivals::Modulated { .. } => self.schedule_next_arrival(),
            Arrivals::Closed { users, .. } => {
                for user in 0..users {
                    self.schedule_ask(user);
                }
            }
        }
    }

    fn schedule_next_job(&mut self, kind: u32) {
        let job = &self.plan.workload.jobs[kind as usize];
        let jobs = &mut self.jobs[kind as usize];
        if let Some(at) = jobs.next(&job.arrivals)
            && at < self.plan.horizon
        {
            let rank = self.layout.rank_of(Job::request(kind as usize, jobs.number));
            self.agenda.schedule(at.max(self.agenda.now()), Class::Arrival, rank, Event::Job { kind });
        }
    }

    /// A job arrives. Its number and its draws are its own, so that all others keep theirs.
    pub(super) fn job_arrives(&mut self, kind: u32) {
        let job = &self.plan.workload.jobs[kind as usize];
        let jobs = &mut self.jobs[kind as usize];
        let number = jobs.number;
        jobs.number += 1;
        let path = self.dice.with(job.key).with(number);
        let request = self.begin(path, Asker::Once, job.journey.at(), Job::request(kind as usize, number));
        self.enter(request, path);
        self.schedule_next_job(kind);
    }

    fn schedule_next_arrival(&mut self) {
        if let Some(at) = self.arrivals.next(&self.plan.workload.arrivals)
            && at < self.plan.horizon
        {
            let rank = self.layout.rank_of(self.number_of_next());
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

    /// An open workload's arrival: one request or session, or several.
    pub(super) fn arrive(&mut self) {
        for _ in 0..self.arrivals.size(&self.plan.workload.batch) {
            if let Some(session) = &self.plan.workload.session {
                self.begin_session(session);
                continue;
            }
            let key = self.dice.with(self.arrivals.came);
            self.arrivals.came += 1;
            self.begin_numbered(key, Asker::Once, None);
        }
        self.schedule_next_arrival();
    }

    /// What comes at a given instant. Its draws have names of their own, so that all others keep theirs.
    pub(super) fn arrive_scheduled(&mut self, index: u32) {
        let scheduled = self.plan.workload.scheduled[index as usize];
        let key = self.dice.with(SCHEDULED).with(u64::from(index));
        for number in 0..scheduled.requests {
            self.begin_numbered(key.with(u64::from(number)), Asker::Once, scheduled.journey);
        }
    }

    /// A closed workload's arrival.
    pub(super) fn ask(&mut self, user: u32) {
        let key = self.user_key(user);
        self.arrivals.asked[user as usize] += 1;
        self.begin_numbered(key, Asker::Circle(user), None);
    }

    /// The number of the next request that is not a session's own.
    const fn number_of_next(&self) -> u64 {
        match self.plan.workload.session {
            Some(_) => Session::request(self.arrivals.number, 0),
            None => self.arrivals.number,
        }
    }

    fn begin_numbered(&mut self, path: Key, asker: Asker, journey: Option<usize>) {
        let number = self.number_of_next();
        self.arrivals.number += 1;
        self.begin_request(path, asker, journey, number);
    }

    #[inline(always)]
    pub(super) fn begin_request(&mut self, path: Key, asker: Asker, journey: Option<usize>, number: u64) {
        let journey = journey.unwrap_or_else(|| self.choose_journey(path));
        let request = self.begin(path, asker, journey, number);
        if self.plan.workload.over == PatienceOver::Stay {
            self.schedule_patience(Event::Patience(request), path, self.layout.rank_of(number));
        }
        self.enter(request, path);
    }

    #[inline(always)]
    fn begin(&mut self, path: Key, asker: Asker, journey: usize, number: u64) -> Id<Request> {
        let start = self.counts.start(self.now());
        let (home, zone) = self.comes_in(path, asker);
        self.counts.request_arrived(journey, home, start);
        self.requests.insert(Request {
            journey: journey as u16,
            number,
            asker,
            start,
            path,
            entry: None,
            known: 0,
            wrote: 0,
            asked: 1,
            in_orbit: false,
            home,
            zone,
        })
    }

    /// A request's attempt, its first or another, is sent.
    #[inline(always)]
    pub(super) fn enter(&mut self, id: Id<Request>, path: Key) {
        let request = &self.requests[id];
        let settings = &self.plan.journeys[request.journey as usize];
        let origin = request.origin(id, self.layout.rank_of(request.number));
        let attempt = self.send(Caller::User(id), None, settings.enters, origin, path, None);
        // The attempt may have been refused within this very instant where the network takes no time.
        if let Some(request) = self.requests.get_mut(id).filter(|request| !request.in_orbit) {
            request.entry = attempt;
        }
    }

    pub(super) fn choose_journey(&self, path: Key) -> usize {
        if self.plan.journeys.len() == 1 {
            return 0;
        }
        let coin = Stream::keyed(path.with(JOURNEY)).unit();
        let walk = self.plan.workload.session.as_ref().and_then(|it| it.walk.as_ref());
        match walk {
            Some(walk) => fallen(walk.first.iter().copied(), coin),
            None => fallen(self.plan.journeys.iter().map(|it| it.share), coin),
        }
    }

    /// `ends` comes when the patience that starts now has ended, if it ever does.
    #[inline(always)]
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
            if Job::of_request(self.layout.number_of(rank)).is_none() {
                self.schedule_patience(Event::LineTooLong(id), path, rank);
            }
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
        let Some(&Request { in_orbit, journey, home, start, number, asker, .. }) = self.requests.get(request)
        else {
            return;
        };
        self.requests.discard(request);
        self.in_orbit -= u32::from(in_orbit);
        let (now, of) = (self.now(), (usize::from(journey), home));
        let within = self.plan.journeys[of.0].within;
        self.counts.request_left(of, start, now, outcome);
        self.counts.request_settled(of, start, now, within, outcome);
        if O::LOOKS {
            self.observer.note(now, number, Note::Answered(outcome));
        }
        match asker {
            Asker::Once => {}
            Asker::Circle(user) => self.schedule_ask(user),
            Asker::Session(session) => self.session_goes_on(session, outcome),
        }
    }

    /// The run has ended before the request.
    pub(super) fn request_unfinished(&mut self, request: Id<Request>) {
        let Some(settled) = self.requests.remove(request) else { return };
        let within = self.plan.journeys[settled.journey as usize].within;
        let outcome = Outcome::Failed(Cause::Unfinished);
        self.counts.request_settled(
            (settled.journey as usize, settled.home),
            settled.start,
            self.agenda.now(),
            within,
            outcome,
        );
    }
}

/// Which of the shares a coin falls into; they add up to 1 but for rounding.
fn fallen(shares: impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + Clone, mut coin: f64) -> usize {
    for (index, share) in shares.clone().enumerate() {
        coin -= share;
        if coin < 0.0 {
            return index;
        }
    }
    shares.into_iter().rposition(|share| share > 0.0).unwrap_or(0)
}
