//! Sessions: all that a user is going to ask for is drawn when he comes; then he works his list off.

use super::*;

/// A user with a list.
pub(super) struct Guest {
    number: u64,
    path: Key,
    came: Time,
    /// Journeys, in their order.
    wishes: Vec<usize>,
}

/// Who asks.
#[derive(Clone)]
pub(super) enum Whose {
    Once,
    User(u32),
    /// A guest, and which of his wishes it is.
    Guest(Rc<Guest>, usize),
}

impl Guest {
    pub(super) fn own_path(&self) -> Key {
        self.path
    }

    fn path(&self, place: usize, purpose: &str) -> Key {
        self.path.with(place as u64).with(Key::of_name(purpose))
    }
}

impl Twin {
    /// The number of the next who comes: each may ask 4096 times.
    pub(super) fn next_number(&self) -> u64 {
        if self.plan.workload.session.is_some() { self.numbered * 4096 } else { self.numbered }
    }

    pub(super) fn guest_comes(&mut self) {
        let plan = self.plan.clone();
        let session = plan.workload.session.as_ref().expect("guests come to stay");
        let path = self.dice.with(Key::of_name("session")).with(self.came);
        let mut guest = Guest { number: self.numbered, path, came: self.now, wishes: Vec::new() };
        self.came += 1;
        self.numbered += 1;
        let many = |count: &Count| count.sample(&mut Stream::keyed(path.with(Key::of_name("requests"))));
        let most = session.requests.as_ref().map_or(4096, many).min(4096) as usize;
        guest.wishes.push(self.choose_journey(path.with(0)));
        while guest.wishes.len() < most {
            let place = guest.wishes.len();
            let next = match &session.walk {
                None => Some(self.choose_journey(path.with(place as u64))),
                Some(walk) => {
                    let coin = Stream::keyed(guest.path(place, "next")).unit();
                    let ways = &walk.next[guest.wishes[place - 1]];
                    let below = |way: usize| ways[..=way].iter().map(|it| it.1).sum::<f64>();
                    (0..ways.len()).find(|&way| coin < below(way)).map(|way| ways[way].0.at())
                }
            };
            let Some(next) = next else { break };
            guest.wishes.push(next);
        }
        for window in self.windows(self.now) {
            self.seen.sessions[window][0] += 1;
        }
        self.guest_asks(&Rc::new(guest), 0);
    }

    fn guest_asks(&mut self, guest: &Rc<Guest>, place: usize) {
        let path = guest.path.with(place as u64);
        let number = guest.number * 4096 + place as u64;
        self.begin_request(path, &Whose::Guest(guest.clone(), place), Some(guest.wishes[place]), number);
    }

    /// What a guest does after one of his wishes.
    pub(super) fn guest_has_heard(&mut self, guest: &Rc<Guest>, place: usize, outcome: Outcome) {
        let plan = self.plan.clone();
        let session = plan.workload.session.as_ref().expect("guests came to stay");
        let next = place + 1;
        let annoyed = || Stream::keyed(guest.path(place, "leaves")).unit() < session.leaves;
        if next == guest.wishes.len() {
            self.guest_leaves(guest, next, 1);
        } else if matches!(outcome, Outcome::Failed(_)) && annoyed() {
            self.guest_leaves(guest, next, 2);
        } else {
            let at = self.now + session.think.sample(&mut Stream::keyed(guest.path(next, "think")));
            if at < plan.horizon {
                let (rank, guest) = (self.rank(guest.number * 4096 + next as u64), guest.clone());
                self.at(at, Class::Arrival, rank, move |twin| twin.guest_asks(&guest, next));
            }
        }
    }

    /// `how` is 1 if he has got through his list, 2 if not.
    fn guest_leaves(&mut self, guest: &Guest, asked: usize, how: usize) {
        for window in self.windows(self.now) {
            let seen = &mut self.seen.sessions[window];
            seen[how] += 1;
            seen[3] += asked as u64;
            seen[4] += self.now.since(guest.came).as_nanos();
        }
    }

    /// Whose item of a data set a request is about.
    pub(super) fn whose_item(&self, data: DataId, request: u64, round: u32) -> Key {
        let all = self.dice.with(Key::of_name("keys")).with(self.plan.data[data.at()].key);
        let guests = self.plan.workload.session.as_ref().is_some_and(|it| it.user == Some(data));
        let own = guests && round == 1 && Job::of_request(request).is_none();
        let all = if own { all.with(Key::of_name("users")).with(request / 4096) } else { all.with(request) };
        all.with(u64::from(round))
    }
}
