//! Users: they come, choose, wait, lose patience.

use super::hazards::follower;
use super::sessions::Whose;
use super::*;

/// The attempt that carries a request into the system, if there is one.
type Entry = Rc<RefCell<Option<Rc<Attempt>>>>;

impl Twin {
    pub(super) fn first_arrivals(&mut self) {
        for (index, scheduled) in self.plan.clone().workload.scheduled.iter().copied().enumerate() {
            self.at(scheduled.at, Class::Arrival, 0, move |twin| {
                let path = twin.dice.with(Key::of_name("scheduled")).with(index as u64);
                for number in 0..u64::from(scheduled.requests) {
                    twin.begin_numbered(path.with(number), &Whose::Once, scheduled.journey);
                }
            });
        }
        (0..self.jobs_came.len()).for_each(|kind| self.next_job(kind));
        match &self.plan.clone().workload.arrivals {
            Arrivals::Open { rate, .. } => {
                self.stretches.clone_from(rate);
                self.next_arrival();
            }
            Arrivals::Modulated { states } => {
                self.stretches = self.modulate(states);
                self.next_arrival();
            }
            Arrivals::Closed { users, .. } => {
                self.asked = vec![0; *users as usize];
                (0..*users).for_each(|user| self.think(user));
            }
        }
    }

    /// All states up to the horizon, beforehand.
    fn modulate(&self, states: &[Phase]) -> Vec<RateSegment> {
        let stream = |name| Stream::named(self.seed, self.replication, name);
        let (mut sojourns, mut jumps) = (stream("modulation"), stream("modulation jumps"));
        let mut stretches = Vec::new();
        let (mut from, mut state) = (Time::ZERO, 0);
        loop {
            let until = from + states[state].lasts.sample(&mut sojourns).max(Span::from_nanos(1));
            let rate = states[state].value;
            stretches.push(RateSegment { from, until, rate_from: rate, rate_until: rate });
            if until >= self.plan.horizon {
                return stretches;
            }
            from = until;
            state = follower(&states[state], jumps.unit());
        }
    }

    /// Where the integral of the rate has grown by one gap; rates are level here.
    pub(super) fn next_arrival(&mut self) {
        let plan = self.plan.clone();
        let mean = Span::from_nanos(1 << 40);
        self.expected += if let Arrivals::Open { poisson: false, .. } = plan.workload.arrivals {
            1.0
        } else {
            let gap = Distribution::exponential(mean).sample(&mut self.arrivals);
            gap.as_nanos() as f64 / mean.as_nanos() as f64
        };
        let mut before = 0.0;
        for segment in self.stretches.clone() {
            let mass = (segment.until - segment.from).as_secs_f64() * segment.rate_from;
            if self.expected < before + mass {
                let at = segment.from + Span::from_secs_f64((self.expected - before) / segment.rate_from);
                if at < plan.horizon {
                    let rank = self.rank(self.next_number());
                    self.at(at, Class::Arrival, rank, Twin::arrive);
                }
                return;
            }
            before += mass;
        }
    }

    fn arrive(&mut self) {
        let plan = self.plan.clone();
        for _ in 0..plan.workload.batch.sample(&mut self.batches) {
            if plan.workload.session.is_some() {
                self.guest_comes();
                continue;
            }
            let path = self.dice.with(self.came);
            self.came += 1;
            self.begin_numbered(path, &Whose::Once, None);
        }
        self.next_arrival();
    }

    pub(super) fn user_path(&self, user: u32) -> Key {
        self.dice.with(Key::of_name("user")).with(u64::from(user)).with(self.asked[user as usize])
    }

    pub(super) fn think(&mut self, user: u32) {
        let plan = self.plan.clone();
        let Arrivals::Closed { think, .. } = &plan.workload.arrivals else { return };
        let path = self.user_path(user).with(Key::of_name("think"));
        let at = self.now + think.sample(&mut Stream::keyed(path));
        if at < plan.horizon {
            let rank = self.rank(u64::from(user));
            self.at(at, Class::Arrival, rank, move |twin| {
                let path = twin.user_path(user);
                twin.asked[user as usize] += 1;
                twin.begin_numbered(path, &Whose::User(user), None);
            });
        }
    }

    fn begin_numbered(&mut self, path: Key, whose: &Whose, journey: Option<usize>) {
        let number = self.next_number();
        self.numbered += 1;
        self.begin_request(path, whose, journey, number);
    }

    pub(super) fn begin_request(&mut self, path: Key, whose: &Whose, journey: Option<usize>, number: u64) {
        let plan = self.plan.clone();
        let journey = journey.unwrap_or_else(|| self.choose_journey(path));
        let (request, entry) = self.new_request(path, whose, journey, number);
        if let Some(patience) = &plan.workload.patience
            && plan.workload.over == PatienceOver::Stay
        {
            let patience = patience.sample(&mut Stream::keyed(path.with(Key::of_name("patience"))));
            let entry = entry.clone();
            self.at(self.now + patience, Class::Timer, self.rank(number), move |twin| {
                let request = twin.requests[&number].clone();
                twin.lose_patience(&request, entry.take());
            });
        }
        self.come_in(&request, path, &entry);
    }

    /// The next job of a kind, where the integral of its rate has grown by one gap.
    fn next_job(&mut self, kind: usize) {
        let plan = self.plan.clone();
        let job = &plan.workload.jobs[kind];
        let Arrivals::Open { rate, poisson } = &job.arrivals else { panic!("jobs come from outside") };
        let (number, expected, stream) = &mut self.jobs_came[kind];
        let mean = Span::from_nanos(1 << 40);
        let gap = |stream: &mut Stream| Distribution::exponential(mean).sample(stream).as_nanos() as f64;
        *expected += if *poisson { gap(stream) / mean.as_nanos() as f64 } else { 1.0 };
        let (number, expected, mut before) = (*number, *expected, 0.0);
        for segment in rate {
            let mass = (segment.until - segment.from).as_secs_f64() * segment.rate_from;
            if expected < before + mass {
                let at = segment.from + Span::from_secs_f64((expected - before) / segment.rate_from);
                let request = Job::request(kind, number);
                let path = self.dice.with(job.key).with(number);
                if at < plan.horizon {
                    self.at(at, Class::Arrival, self.rank(request), move |twin| {
                        twin.jobs_came[kind].0 += 1;
                        let journey = twin.plan.workload.jobs[kind].journey.at();
                        let (request, entry) = twin.new_request(path, &Whose::Once, journey, request);
                        twin.come_in(&request, path, &entry);
                        twin.next_job(kind);
                    });
                }
                return;
            }
            before += mass;
        }
    }

    fn new_request(&mut self, path: Key, whose: &Whose, journey: usize, number: u64) -> (Rc<Request>, Entry) {
        let (home, zone) = self.comes_in(path, whose);
        let request = Rc::new(Request {
            number,
            journey,
            whose: whose.clone(),
            start: self.now,
            settled: Cell::new(false),
            known: RefCell::default(),
            wrote: RefCell::default(),
            home,
            zone,
            path,
            asks: 1,
        });
        self.requests.insert(number, request.clone());
        for window in self.windows(self.now) {
            self.seen.journeys[journey][window].arrived += 1;
            if let Some(home) = home {
                self.seen.homes[home][window].arrived += 1;
            }
        }
        (request, Entry::default())
    }

    fn come_in(&mut self, request: &Rc<Request>, path: Key, entry: &Entry) {
        let enters = self.plan.journeys[request.journey].enters.at();
        let (waiting, wanted, there) = (request.clone(), request.clone(), entry.clone());
        let attempt = self.send(
            request,
            Time::NEVER,
            enters,
            path,
            None,
            Box::new(move |_| !waiting.settled.get()),
            Box::new(move |twin, outcome| twin.hear(&wanted, there, outcome)),
        );
        *entry.borrow_mut() = Some(attempt);
    }

    /// Whoever is turned away may come back later.
    fn hear(&mut self, request: &Rc<Request>, entry: Entry, outcome: Outcome) {
        let plan = self.plan.clone();
        let Outcome::Failed(cause) = outcome else { return self.settle(request, outcome) };
        let turned_away = [
            Cause::QueueFull,
            Cause::Refused,
            Cause::ShortCircuit,
            Cause::PoolRejected,
            Cause::SemaphoreRejected,
            Cause::RateLimited,
        ]
        .contains(&cause);
        let asked = request.asks;
        let path = request.path.with(Key::of_name("retrial")).with(asked);
        let again = plan.workload.retrial.as_ref().filter(|retrial| {
            let coin = Stream::keyed(path.with(Key::of_name("returns"))).unit();
            let over = matches!(retrial.attempts, Limit::AtMost(most) if asked >= u64::from(most));
            turned_away
                && Job::of_request(request.number).is_none()
                && !request.settled.get()
                && !over
                && coin < retrial.share
        });
        let Some(retrial) = again else { return self.settle(request, outcome) };
        self.seen.turned_away.push((request.number, self.now, cause));
        let at = self.now + retrial.after.sample(&mut Stream::keyed(path.with(Key::of_name("orbit"))));
        // Whatever is left of the last time works for nobody.
        request.settled.set(true);
        let Request { number, journey, start, home, zone, path: first, .. } = **request;
        let (settled, known) = (Cell::new(false), RefCell::default());
        let request = Rc::new(Request {
            number,
            journey,
            whose: request.whose.clone(),
            start,
            settled,
            known,
            wrote: RefCell::default(),
            home,
            zone,
            path: first,
            asks: asked + 1,
        });
        self.requests.insert(request.number, request.clone());
        self.at(at, Class::Arrival, self.rank(request.number), move |twin| {
            if !request.settled.get() {
                twin.come_in(&request, path, &entry);
            }
        });
    }

    pub(super) fn choose_journey(&self, path: Key) -> usize {
        let mut coin = Stream::keyed(path.with(Key::of_name("journey"))).unit();
        let mut shares: Vec<f64> = self.plan.journeys.iter().map(|journey| journey.share).collect();
        // Where users walk, shares are those of all requests.
        if let Some(walk) = self.plan.workload.session.as_ref().and_then(|it| it.walk.as_ref()) {
            shares.clone_from(&walk.first);
        }
        let chosen = shares.iter().position(|share| {
            coin -= share;
            coin < 0.0
        });
        chosen.unwrap_or_else(|| shares.iter().rposition(|share| *share > 0.0).expect("somebody asks"))
    }

    /// Where patience is over the wait in the accept queue alone, a user's starts when that wait does.
    pub(super) fn waits_in_line(&mut self, attempt: &Rc<Attempt>) {
        let plan = self.plan.clone();
        let Some(patience) = &plan.workload.patience else { return };
        if Job::of_request(attempt.request.number).is_some() {
            return;
        }
        if plan.workload.over == PatienceOver::Stay || attempt.from.is_some() {
            return;
        }
        let path = attempt.path.with(Key::of_name("patience"));
        let patience = patience.sample(&mut Stream::keyed(path));
        let attempt = attempt.clone();
        let rank = self.rank(attempt.request.number);
        self.at(self.now + patience, Class::Timer, rank, move |twin| {
            if attempt.place.get() == Where::Queued {
                twin.lose_patience(&attempt.request, Some(attempt.clone()));
            }
        });
    }

    pub(super) fn lose_patience(&mut self, request: &Rc<Request>, entry: Option<Rc<Attempt>>) {
        if request.settled.get() {
            return;
        }
        self.settle(request, Outcome::Failed(Cause::Patience));
        let Some(entry) = entry else { return };
        match self.plan.workload.leaves {
            Leaves::Queue if entry.place.get() == Where::Queued => self.withdraw(&entry),
            Leaves::Queue | Leaves::Unnoticed => self.forget_if_lost(&entry),
            Leaves::Cancels => self.give_up(&entry),
        }
    }

    pub(super) fn settle(&mut self, request: &Rc<Request>, outcome: Outcome) {
        if request.settled.replace(true) {
            return;
        }
        self.seen.answers.push((request.number, self.now, outcome));
        self.count_request(request, outcome);
        match &request.whose {
            Whose::Once => {}
            Whose::User(user) => self.think(*user),
            Whose::Guest(guest, place) => self.guest_has_heard(guest, *place, outcome),
        }
    }
}
