//! Messages: an attempt is routed, sent, delivered, answered, given up.

use super::*;

impl Twin {
    #[expect(clippy::too_many_arguments, reason = "a message has all of these")]
    pub(super) fn send(
        &mut self,
        request: &Rc<Request>,
        deadline: Time,
        program: usize,
        path: Key,
        from: Option<usize>,
        awaited: Box<dyn Fn(&Twin) -> bool>,
        then: Then,
    ) -> Rc<Attempt> {
        let plan = self.plan.clone();
        let to = plan.programs[program].deployable.at();
        let attempt = Rc::new(Attempt {
            request: request.clone(),
            deadline,
            program,
            path,
            from: from.map(|from| (from, self.instances[from].process)),
            at: self.route(to, from, (path, request)),
            inline: false,
            place: Cell::new(Where::Sending),
            cancelled: Cell::new(false),
            outstanding: Cell::new(true),
            sending: RefCell::new(None),
            life: RefCell::new(None),
            awaited,
            then: RefCell::new(Some(then)),
        });
        self.attempts.push(attempt.clone());
        let serialise = plan.deployables[to].serialise;
        match from {
            Some(from) if !serialise.is_zero() => {
                let launched = attempt.clone();
                let ticket = self.work(from, request, serialise, move |twin| twin.launch(&launched));
                *attempt.sending.borrow_mut() = Some(Box::new(move |twin| twin.stop_work(from, ticket)));
            }
            _ => self.launch(&attempt),
        }
        attempt
    }

    pub(super) fn first_instance(&self, deployable: usize) -> usize {
        self.instances.iter().position(|instance| instance.deployable == deployable).expect("an instance")
    }

    pub(super) fn balancer(&mut self, from: Option<usize>, to: usize, zone: Option<ZoneId>) -> &mut Routing {
        let region = zone.and_then(|zone| self.region_of(zone)).unwrap_or(0);
        if let Some(from) = from {
            return &mut self.instances[from].routing[to];
        }
        let regions = self.entry[to].len();
        &mut self.entry[to][region.min(regions - 1)]
    }

    pub(super) fn route(
        &mut self,
        to: usize,
        from: Option<usize>,
        (path, request): (Key, &Request),
    ) -> usize {
        let route = self.plan.deployables[to].route;
        let first = self.first_instance(to);
        let mut coins = Stream::keyed(path.with(Key::of_name("route")));
        let zone = from.map_or(request.zone, |from| self.zone_of(from));
        let members = self.acquainted(to, from, zone);
        let (slots, count) = (self.slots_of(to).len(), members.len());
        let next = self.balancer(from, to, zone).next;
        let turn = members.iter().position(|&member| member >= next).unwrap_or(0);
        let chosen = match route {
            Route::ByKey(rule) => self.owner(to, rule, &members, request.number),
            _ if members.is_empty() => 0,
            _ if count == 1 => members[0],
            Route::RoundRobin => members[turn],
            Route::Random => members[coins.below(count as u32) as usize],
            Route::LeastOutstanding(loads) => {
                let mut chosen = members[turn];
                for step in 1..count {
                    let other = members[(turn + step) % count];
                    if self.seen(loads, (from, zone), to, other) < self.seen(loads, (from, zone), to, chosen)
                    {
                        chosen = other;
                    }
                }
                chosen
            }
            Route::PowerOf(choices, loads) => {
                let mut left = members;
                let mut chosen = left.remove(coins.below(count as u32) as usize);
                for _ in 1..(choices as usize).min(count) {
                    let other = left.remove(coins.below(left.len() as u32) as usize);
                    if self.seen(loads, (from, zone), to, other) < self.seen(loads, (from, zone), to, chosen)
                    {
                        chosen = other;
                    }
                }
                chosen
            }
        };
        let balancer = self.balancer(from, to, zone);
        if matches!(route, Route::RoundRobin | Route::LeastOutstanding(_)) {
            balancer.next = (chosen + 1) % slots;
        }
        balancer.outstanding[chosen] += 1;
        first + chosen
    }

    /// How loaded an instance seems to a caller.
    fn seen(
        &mut self,
        loads: Loads,
        (from, zone): (Option<usize>, Option<ZoneId>),
        to: usize,
        number: usize,
    ) -> u32 {
        match loads {
            Loads::Own => self.balancer(from, to, zone).outstanding[number],
            Loads::Instances { refresh: Span::ZERO } => self.load(self.first_instance(to) + number),
            Loads::Instances { .. } => self.reports[to][number],
        }
    }

    fn load(&self, at: usize) -> u32 {
        self.instances[at].busy + self.instances[at].queue.len() as u32
    }

    /// Loads are reported every so often, and known to all from then on.
    pub(super) fn next_report(&mut self, deployable: usize) {
        let settings = &self.plan.deployables[deployable];
        let (Route::LeastOutstanding(loads) | Route::PowerOf(_, loads)) = settings.route else { return };
        let Loads::Instances { refresh } = loads else { return };
        let (first, count) = (self.first_instance(deployable), settings.slots() as usize);
        if !refresh.is_zero() {
            self.at(self.now + refresh, Class::Timer, 0, move |twin| {
                twin.reports[deployable] = (first..first + count).map(|at| twin.load(at)).collect();
                twin.next_report(deployable);
            });
        }
    }

    /// The attempt is over for its caller's balancer, and for everybody.
    pub(super) fn forget(&mut self, attempt: &Attempt) {
        attempt.place.set(Where::Gone);
        if !attempt.outstanding.replace(false) {
            return;
        }
        if attempt.from.is_some_and(|(from, process)| self.instances[from].process != process) {
            return;
        }
        let (to, number) = (self.instances[attempt.at].deployable, self.instances[attempt.at].number);
        self.balancer(attempt.from.map(|from| from.0), to, attempt.request.zone).outstanding[number] -= 1;
    }

    pub(super) fn forget_if_lost(&mut self, attempt: &Attempt) {
        if attempt.place.get() == Where::Lost && !(attempt.awaited)(self) {
            self.forget(attempt);
        }
    }

    pub(super) fn launch(&mut self, attempt: &Rc<Attempt>) {
        attempt.sending.take();
        attempt.place.set(Where::Outbound);
        self.travel(attempt, Message::Request);
    }

    pub(super) fn reply(&mut self, attempt: &Rc<Attempt>, outcome: Outcome) {
        attempt.place.set(Where::Inbound);
        let then = attempt.then.take();
        *attempt.then.borrow_mut() =
            then.map(|then| -> Then { Box::new(move |twin, _| then(twin, outcome)) });
        self.travel(attempt, Message::Answer);
    }

    /// A network that takes no time delivers within the event.
    pub(super) fn travel(&mut self, attempt: &Rc<Attempt>, message: Message) {
        let to = self.instances[attempt.at].deployable;
        let settings = &self.plan.deployables[to];
        let hop = if attempt.from.is_some() { settings.hop } else { settings.user_hop };
        let zones = (self.zone_of_caller(attempt), self.zone_of(attempt.at));
        let hop = hop
            + match attempt.request.home.filter(|_| attempt.from.is_none()) {
                Some(home) => self.way_from_home(home, zones),
                None => self.across(zones),
            };
        let (class, purpose) = match message {
            Message::Request => (Class::Arrival, "send"),
            Message::Answer => (Class::Completion, "reply"),
            Message::Cancel => (Class::Timer, "cancel"),
        };
        let from = attempt.from.map(|(from, _)| self.instances[from].deployable);
        let Some(extra) = self.on_the_network((from, to), zones, attempt.path.with(Key::of_name(purpose)))
        else {
            if !matches!(message, Message::Cancel) {
                self.lose(attempt);
            }
            return;
        };
        let attempt = attempt.clone();
        let rank = self.rank(attempt.request.number);
        let arrive = move |twin: &mut Twin| match message {
            Message::Request => twin.reach(&attempt),
            Message::Answer => twin.answered(&attempt),
            Message::Cancel => twin.cancelled(&attempt),
        };
        if (hop + extra).is_zero() {
            arrive(self);
        } else {
            self.at(self.now + hop + extra, class, rank, arrive);
        }
    }

    pub(super) fn lose(&mut self, attempt: &Attempt) {
        attempt.place.set(Where::Lost);
        self.forget_if_lost(attempt);
    }

    pub(super) fn answered(&mut self, attempt: &Attempt) {
        if attempt.place.get() == Where::Gone {
            return;
        }
        self.forget(attempt);
        if let Some(then) = attempt.then.take() {
            then(self, Outcome::Success);
        }
    }

    /// Nobody waits any more, and the instance is told.
    pub(super) fn give_up(&mut self, attempt: &Rc<Attempt>) {
        match attempt.place.get() {
            Where::Sending => {
                if let Some(stop) = attempt.sending.take() {
                    stop(self);
                }
                self.forget(attempt);
            }
            Where::Lost => self.forget(attempt),
            Where::Running if attempt.inline => self.cancelled(attempt),
            Where::Outbound | Where::Queued | Where::Running => self.travel(attempt, Message::Cancel),
            Where::Inbound | Where::Gone => {}
        }
    }

    pub(super) fn cancelled(&mut self, attempt: &Rc<Attempt>) {
        match attempt.place.get() {
            Where::Outbound => attempt.cancelled.set(true),
            Where::Queued => self.withdraw(attempt),
            Where::Running => {
                let life = attempt.life.borrow().clone();
                if let Some(life) = life {
                    self.cancel_life(&life);
                }
                self.forget(attempt);
                if !attempt.inline {
                    self.free_thread(attempt.at);
                }
            }
            Where::Sending | Where::Inbound | Where::Lost | Where::Gone => {}
        }
    }
}
