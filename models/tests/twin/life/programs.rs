//! Programs: steps one after the other, branches at the same time, calls.

use super::*;

impl Twin {
    pub(super) fn begin(
        &mut self,
        request: &Rc<Request>,
        deadline: Time,
        program: usize,
        path: Key,
        life: Rc<Life>,
        then: Then,
    ) {
        let effects = Effects { work: 1.0, latency: 1.0, fails: None };
        let run = Rc::new(Run {
            request: request.clone(),
            deadline,
            program,
            path,
            keys: path,
            tx: None,
            owns: RefCell::new(None),
            life,
            effects: Cell::new(effects),
            degraded: Cell::new(false),
            then: RefCell::new(Some(then)),
        });
        if self.now > deadline {
            return self.fail(&run, Cause::Deadline);
        }
        match self.afflict(&run) {
            Err(cause) => self.fail(&run, cause),
            Ok(wait) if wait.is_zero() => self.go_on(&run, Place { block: 0, step: 0, round: 0 }),
            Ok(wait) => self.after_a_wait(&run, wait, Place { block: 0, step: 0, round: 0 }),
        }
    }

    pub(super) fn after_a_wait(&mut self, run: &Rc<Run>, wait: Span, place: Place) {
        let rank = self.rank(run.request.number);
        let run = run.clone();
        self.at(self.now + wait, Class::Completion, rank, move |twin| twin.go_on(&run, place));
    }

    pub(super) fn go_on(&mut self, run: &Rc<Run>, place: Place) {
        let run = run.clone();
        self.soon(move |twin| twin.steps(&run, place));
    }

    pub(super) fn fail(&mut self, run: &Rc<Run>, cause: Cause) {
        let run = run.clone();
        self.soon(move |twin| {
            if twin.lives(&run.life) {
                twin.end(&run, Outcome::Failed(cause));
            }
        });
    }

    pub(super) fn end(&mut self, run: &Run, outcome: Outcome) {
        run.life.stop.take();
        if let Some(then) = run.then.take() {
            then(self, outcome);
        }
    }

    pub(super) fn steps(&mut self, run: &Rc<Run>, mut place: Place) {
        let plan = self.plan.clone();
        while self.lives(&run.life) {
            if self.now > run.deadline {
                return self.end(run, Outcome::Failed(Cause::Deadline));
            }
            let Some(step) = plan.programs[run.program].blocks[place.block].get(place.step) else {
                let answer = if run.degraded.get() { Outcome::Degraded } else { Outcome::Success };
                return self.end(run, run.effects.get().fails.map_or(answer, Outcome::Failed));
            };
            let next = Place { step: place.step + 1, round: 0, ..place };
            let again = Place { round: place.round + 1, ..place };
            match step {
                Step::Work { span, key } => {
                    let work = span.sample(&mut Stream::keyed(run.path.with(*key)));
                    let work = times(work, run.effects.get().work);
                    let work = self.among_others(run, work, false);
                    if !work.is_zero() {
                        let (at, goes) = (run.life.instance, run.clone());
                        let ticket = self.work(at, &run.request, work, move |twin| twin.go_on(&goes, next));
                        return stop_with(&run.life, move |twin| twin.stop_work(at, ticket));
                    }
                }
                Step::Latency { span, key } => {
                    let wait = span.sample(&mut Stream::keyed(run.path.with(*key)));
                    let wait = times(wait, run.effects.get().latency);
                    let wait = self.among_others(run, wait, true);
                    if !wait.is_zero() {
                        return self.after_a_wait(run, wait, next);
                    }
                }
                Step::Call(site) => {
                    let settings = &plan.sites[site.at()];
                    let path = run.path.with(settings.key);
                    let made = place.round > 0
                        || settings.probability >= 1.0
                        || Stream::keyed(path).chance(settings.probability);
                    if made && once_more(path, place.round, settings.repeat, settings.again) {
                        let path = path.with(u64::from(place.round));
                        return self.call(run, site.at(), path, again);
                    }
                }
                Step::Parallel { branches, fail_fast } => {
                    if !branches.is_empty() {
                        let branches = branches.iter().copied().enumerate().collect();
                        return self.fork(run, place, branches, *fail_fast);
                    }
                }
                Step::OneOf { branches, key } => {
                    let mut coin = Stream::keyed(run.path.with(*key)).unit();
                    let mut chosen = 0;
                    while coin >= branches[chosen].0 && chosen + 1 < branches.len() {
                        coin -= branches[chosen].0;
                        chosen += 1;
                    }
                    return self.fork(run, place, vec![(chosen, branches[chosen].1)], false);
                }
                Step::Transaction(step) => return self.transaction(run, *step, place),
                Step::Cached(access) => {
                    let coin = run.path.with(access.key);
                    if once_more(coin, place.round, access.repeat, access.again) {
                        if self.access(run, *access, again) {
                            place = again;
                            continue;
                        }
                        return;
                    }
                }
                Step::Store { store, operation, repeat, again: further, item, cost, key } => {
                    if once_more(run.path.with(*key), place.round, *repeat, *further) {
                        let path = run.path.with(*key).with(u64::from(again.round));
                        let item = item.map(|item| {
                            (item.data.at(), self.drawn(run, item, (*key, *repeat, again.round)))
                        });
                        return self.operate(run, (store.at(), *operation, item, path, *cost), again);
                    }
                }
            }
            place = next;
        }
    }

    fn among_others(&self, run: &Run, span: Span, is_wait: bool) -> Span {
        let instance = &self.instances[run.life.instance];
        crowded(self.plan.deployables[instance.deployable].crowding, span, instance.busy, is_wait)
    }

    /// Branches with their numbers.
    pub(super) fn fork(
        &mut self,
        run: &Rc<Run>,
        place: Place,
        branches: Vec<(usize, BlockId)>,
        fail_fast: bool,
    ) {
        let left = Rc::new(Cell::new(branches.len()));
        let failed = Rc::new(Cell::new(None));
        let mut lives = Vec::new();
        for (index, block) in branches {
            let (parent, left, failed) = (run.clone(), left.clone(), failed.clone());
            let join: Then = Box::new(move |twin, outcome| {
                left.set(left.get() - 1);
                if !twin.lives(&parent.life) || parent.then.borrow().is_none() {
                    return;
                }
                match outcome {
                    Outcome::Degraded => parent.degraded.set(true),
                    Outcome::Failed(cause) => failed.set(failed.get().or(Some(cause))),
                    Outcome::Success | Outcome::Abandoned => {}
                }
                match failed.get() {
                    Some(cause) if left.get() == 0 => twin.fail(&parent, cause),
                    Some(cause) if fail_fast => twin.end(&parent, Outcome::Failed(cause)),
                    None if left.get() == 0 => {
                        twin.go_on(&parent, Place { step: place.step + 1, round: 0, ..place });
                    }
                    _ => {}
                }
            });
            let branch = Rc::new(Run {
                request: run.request.clone(),
                deadline: run.deadline,
                program: run.program,
                path: run.path.with((place.step as u64) << 16 | index as u64),
                keys: run.keys.with((place.step as u64) << 16 | index as u64),
                tx: run.tx.clone(),
                owns: RefCell::new(None),
                life: self.new_life(run.life.instance),
                effects: Cell::new(Effects { fails: None, ..run.effects.get() }),
                degraded: Cell::new(false),
                then: RefCell::new(Some(join)),
            });
            lives.push(branch.life.clone());
            self.go_on(&branch, Place { block: block.at(), step: 0, round: 0 });
        }
        stop_with(&run.life, move |twin| lives.iter().for_each(|life| twin.cancel_life(life)));
    }

    pub(super) fn call(&mut self, run: &Rc<Run>, site: usize, path: Key, place: Place) {
        let plan = self.plan.clone();
        let (settings, start) = (&plan.sites[site], self.now);
        self.count_site(site, start, |window| window.calls += 1);
        let waiting = run.clone();
        let then: Then = Box::new(move |twin, outcome| {
            if !twin.lives(&waiting.life) {
                return;
            }
            waiting.life.stop.take();
            twin.count_settled(site, start, outcome);
            match outcome {
                Outcome::Failed(cause) => return twin.fail(&waiting, cause),
                Outcome::Degraded => waiting.degraded.set(true),
                Outcome::Success | Outcome::Abandoned => {}
            }
            twin.go_on(&waiting, place);
        });
        if let Some(guard) = settings.guard {
            let (request, life) = (run.request.clone(), run.life.clone());
            let call = Rc::new(Call { request, site, guard: guard.at(), life, start });
            let shell = Shell::new(call, 0, (path, 0), run.deadline, None, Some(then));
            let stopped = shell.clone();
            stop_with(&run.life, move |twin| twin.cancel_shell(&stopped));
            return self.enter(&shell);
        }
        self.count_site(site, start, |window| window.attempts += 1);
        let callee = settings.callee.at();
        if settings.in_process {
            self.begin(&run.request, run.deadline, callee, path, run.life.clone(), then);
        } else {
            let life = run.life.clone();
            let awaited = Box::new(move |twin: &Twin| twin.lives(&life));
            let from = Some(run.life.instance);
            let attempt = self.send(&run.request, run.deadline, callee, path, from, awaited, then);
            stop_with(&run.life, move |twin| twin.give_up(&attempt));
        }
    }
}

/// Something is done `repeat` times, and then for as long as the coin says so.
fn once_more(path: Key, round: u32, repeat: u32, again: f64) -> bool {
    let mut coin = Stream::keyed(path.with(Key::of_name("again")).with(u64::from(round)));
    round < repeat || coin.chance(again)
}
