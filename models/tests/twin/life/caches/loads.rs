//! Reads after misses: leases, reads that are shared, and reads ahead of the end of an item's time.

use super::*;

impl Twin {
    /// Nothing was found: a token, if it is time for one.
    pub(super) fn lease(&mut self, cache: usize, of: (usize, u32)) -> Found {
        let (now, copies) = (self.now, &mut self.caches[cache]);
        let Some(leases) = self.plan.caches[cache].leases else { return Found::Nothing };
        let last = copies.tokens.get(&of);
        if last.is_some_and(|&(_, at, state)| state != Lease::Filled && now - at < leases.every) {
            let old = copies.old.get(&of).is_some_and(|&until| now < until);
            return if old { Found::Old } else { Found::Busy };
        }
        copies.handed_out += 1;
        copies.tokens.insert(of, (copies.handed_out, now, Lease::Out));
        Found::Leased(copies.handed_out)
    }

    /// Whether what is brought with a token is stored.
    pub(super) fn lease_is_good(&mut self, cache: usize, of: (usize, u32), token: Option<u64>) -> bool {
        let copies = &mut self.caches[cache];
        if self.plan.caches[cache].leases.is_none() {
            return true;
        }
        let Some((last, _, state)) = copies.tokens.get_mut(&of) else { return false };
        if Some(*last) != token || *state != Lease::Out {
            return false;
        }
        *state = Lease::Filled;
        copies.old.remove(&of);
        true
    }

    /// A key was taken out, and was there or not.
    pub(super) fn lease_ends(&mut self, cache: usize, of: (usize, u32), held: bool) {
        let (now, copies) = (self.now, &mut self.caches[cache]);
        let Some(leases) = self.plan.caches[cache].leases else { return };
        if let Some((.., state)) = copies.tokens.get_mut(&of) {
            *state = Lease::Withdrawn;
        }
        if held && !leases.old.is_zero() {
            copies.old.insert(of, now + leases.old);
        }
    }

    pub(super) fn shared(&self, wish: Wish, instance: usize) -> Option<Shared> {
        let cache = wish.access.cache.at();
        match self.plan.caches[cache].coalesce {
            _ if self.plan.caches[cache].leases.is_some() => None,
            _ if self.plan.caches[cache].load != Load::Aside => None,
            Coalesce::None => None,
            Coalesce::Instance => Some((cache, instance, wish.number)),
            Coalesce::Cache => Some((cache, EVERYBODY, wish.number)),
        }
    }

    /// Somebody's read is waited for, or the store is read.
    pub(super) fn fetch(&mut self, run: &Rc<Run>, wish: Wish, token: Option<u64>) {
        let shared = self.shared(wish, run.life.instance);
        if let Some(flight) = shared.and_then(|shared| self.flights.get_mut(&shared)) {
            // Its place in the order of all that was begun.
            self.scheduled += 1;
            flight.followers.push((run.clone(), wish));
            run.life.stop.take();
            return;
        }
        let path = run.path.with(wish.access.key).with(u64::from(wish.place.round));
        let (reads, start) = (run.clone(), self.now);
        let process = run.life.process;
        let then: Then = Box::new(move |twin, outcome| {
            let flight = shared.and_then(|shared| twin.flights.remove(&shared));
            let followers = flight.map(|flight| flight.followers).unwrap_or_default();
            if outcome == Outcome::Success {
                twin.caches[wish.access.cache.at()].last_load = twin.now - start;
                twin.keep_near_if_there(&reads, wish, process);
                if twin.lives(&reads.life) {
                    twin.remember(&reads, wish);
                }
                let waits = |run: &Run| twin.lives(&run.life) && !run.request.settled.get();
                let awaited = waits(&reads) || followers.iter().any(|(run, _)| waits(run));
                if awaited || twin.plan.caches[wish.access.cache.at()].late_fills {
                    twin.bring(&reads, wish, (path, process), Brings::Item(token));
                }
            }
            twin.followers_have_it(followers, outcome);
            if twin.lives(&reads.life) {
                twin.has_it(&reads, wish, outcome);
            }
        });
        let gone: Go = Box::new(move |twin| twin.load_given_up(shared));
        let operate = self.operation(
            (&run.request, &run.life, None),
            (wish.access.store.at(), Operation::Read, Some(self.at_its_store(wish)), path, wish.access.cost),
            None,
            then,
            Some(gone),
        );
        if let Some(shared) = shared
            && operate.then.borrow().is_some()
        {
            self.flights.insert(shared, Flight { leader: operate, followers: Vec::new() });
        }
    }

    pub(super) fn followers_have_it(&mut self, followers: Vec<(Rc<Run>, Wish)>, outcome: Outcome) {
        for (follower, wish) in followers {
            if self.lives(&follower.life) {
                if outcome == Outcome::Success {
                    self.remember(&follower, wish);
                }
                self.has_it(&follower, wish, outcome);
            }
        }
    }

    /// What was stale is read anew by one, and nobody waits for it unless it is missed meanwhile.
    pub(super) fn refresh(&mut self, run: &Rc<Run>, wish: Wish) {
        let at = run.life.instance;
        let alone = (wish.access.cache.at(), REFRESHES + at, wish.number);
        let shared = self.shared(wish, at).unwrap_or(alone);
        if self.flights.contains_key(&shared) {
            return;
        }
        let path = run.path.with(wish.access.key).with(u64::from(wish.place.round));
        let path = path.with(Key::of_name("refresh"));
        let (life, reads, process, start) = (self.new_life(at), run.clone(), run.life.process, self.now);
        let then: Then = Box::new(move |twin, outcome| {
            let flight = twin.flights.remove(&shared);
            if outcome == Outcome::Success {
                twin.caches[wish.access.cache.at()].last_load = twin.now - start;
                twin.keep_near_if_there(&reads, wish, process);
                twin.bring(&reads, wish, (path, process), Brings::Item(None));
            }
            twin.followers_have_it(flight.map(|flight| flight.followers).unwrap_or_default(), outcome);
        });
        let operation =
            (wish.access.store.at(), Operation::Read, Some(self.at_its_store(wish)), path, wish.access.cost);
        let operate = self.operation((&run.request, &life, None), operation, None, then, None);
        if operate.then.borrow().is_some() {
            self.flights.insert(shared, Flight { leader: operate, followers: Vec::new() });
        }
    }

    pub(super) fn has_it(&mut self, run: &Rc<Run>, wish: Wish, outcome: Outcome) {
        match outcome {
            Outcome::Failed(cause) => self.fail(run, cause),
            _ => self.go_on(run, wish.place),
        }
    }

    pub(super) fn load_given_up(&mut self, shared: Option<Shared>) {
        let Some(flight) = shared.and_then(|shared| self.flights.remove(&shared)) else { return };
        for (follower, wish) in flight.followers {
            if self.lives(&follower.life) {
                self.fetch(&follower, wish, None);
            }
        }
    }
}
