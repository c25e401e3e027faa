//! Calls through policies: outcomes travel outwards to whoever still waits, permits come back when the work ends.

use super::*;

impl Shell {
    pub(super) fn new(
        call: Rc<Call>,
        layer: usize,
        (path, tries): (Key, u32),
        deadline: Time,
        outside: Option<Rc<Shell>>,
        then: Option<Then>,
    ) -> Rc<Shell> {
        Rc::new(Shell {
            call,
            layer,
            path,
            tries: Cell::new(tries),
            deadline,
            memory: Cell::default(),
            state: Cell::new(State::Inside),
            dead: Cell::new(false),
            fired: Cell::new(false),
            late: Cell::new(false),
            inside: RefCell::new(Inside::Nothing),
            outside,
            then: RefCell::new(then),
        })
    }

    /// A first attempt mixes nothing into the path, another one its number.
    pub(super) fn inner_path(&self) -> Key {
        match self.tries.get() {
            0 => self.path,
            tries => self.path.with(Key::of_name("retry")).with(u64::from(tries)),
        }
    }
}

impl Twin {
    pub(super) fn held(&mut self, shell: &Shell) -> &mut Held {
        &mut self.instances[shell.call.life.instance].guards[shell.call.guard][shell.layer]
    }

    pub(super) fn layer(&self, shell: &Shell) -> Layer {
        self.plan.guards[shell.call.guard].layers[shell.layer].clone()
    }

    /// A process that is gone takes all its shells along.
    pub(super) fn stands(&self, shell: &Shell) -> bool {
        let life = &shell.call.life;
        shell.state.get() != State::Over && self.instances[life.instance].process == life.process
    }

    pub(super) fn enter(&mut self, shell: &Rc<Shell>) {
        let (now, rank) = (self.now, self.rank(shell.call.request.number));
        let mut memory = shell.memory.get();
        let answer = self.held(shell).policy.enter(now, &mut memory);
        shell.memory.set(memory);
        let timed = shell.clone();
        match answer {
            Enter::Pass => self.inwards(shell),
            Enter::PassWithin(span) => {
                self.at(now + span, Class::Timer, rank, move |twin| twin.time_is_up(&timed));
                self.inwards(shell);
            }
            Enter::Wait { at_most } => {
                shell.state.set(State::Waiting);
                self.held(shell).line.push(shell.clone());
                self.at(now + at_most, Class::Timer, rank, move |twin| twin.wait_is_over(&timed));
            }
            Enter::Refuse(cause) => self.go_out(shell, Outcome::Failed(cause)),
        }
    }

    pub(super) fn inwards(&mut self, shell: &Rc<Shell>) {
        shell.state.set(State::Inside);
        let layers = &self.plan.guards[shell.call.guard].layers;
        let deadline = match &layers[shell.layer] {
            // It was entered just now: nothing waits at a timeout.
            Layer::Timeout(timeout) if timeout.deadline => shell.deadline.min(self.now + timeout.after),
            _ => shell.deadline,
        };
        let inner = shell.layer + 1;
        if inner == layers.len() {
            let (site, path) = (shell.call.site, shell.inner_path());
            let back = shell.clone();
            let then: Then = Box::new(move |twin, outcome| twin.came_back(&back, outcome));
            return self.attempt(shell, site, path, deadline, then);
        }
        let dice = match &layers[inner] {
            Layer::Timeout(_) | Layer::Retry(_) => (shell.inner_path(), 0),
            _ => (shell.path, shell.tries.get()),
        };
        let inner = Shell::new(shell.call.clone(), inner, dice, deadline, Some(shell.clone()), None);
        *shell.inside.borrow_mut() = Inside::Shell(inner.clone());
        self.enter(&inner);
    }

    pub(super) fn attempt(&mut self, shell: &Rc<Shell>, site: usize, path: Key, deadline: Time, then: Then) {
        let plan = self.plan.clone();
        let call = &shell.call;
        self.count_site(site, call.start, |window| window.attempts += 1);
        let (program, from) = (plan.sites[site].callee.at(), call.life.instance);
        let back = shell.clone();
        let then: Then = Box::new(move |twin, outcome| {
            if twin.stands(&back) {
                *back.inside.borrow_mut() = Inside::Nothing;
                then(twin, outcome);
            }
        });
        let waiting = shell.clone();
        let awaited = Box::new(move |twin: &Twin| twin.stands(&waiting));
        if plan.sites[site].in_process {
            let attempt = Rc::new(Attempt {
                request: call.request.clone(),
                deadline,
                program,
                path,
                from: None,
                at: from,
                inline: true,
                place: Cell::new(Where::Running),
                cancelled: Cell::new(false),
                outstanding: Cell::new(false),
                sending: RefCell::new(None),
                life: RefCell::new(None),
                awaited,
                then: RefCell::new(Some(then)),
            });
            *shell.inside.borrow_mut() = Inside::Attempt(attempt.clone());
            return self.begin_attempt(&attempt);
        }
        let attempt = self.send(&call.request, deadline, program, path, Some(from), awaited, then);
        if attempt.place.get() != Where::Gone {
            *shell.inside.borrow_mut() = Inside::Attempt(attempt);
        }
    }

    /// What was inside the layer has ended.
    pub(super) fn came_back(&mut self, shell: &Rc<Shell>, outcome: Outcome) {
        if !self.stands(shell) {
            return;
        }
        *shell.inside.borrow_mut() = Inside::Nothing;
        self.ended(shell);
        if shell.dead.get() {
            return self.go_out(shell, outcome);
        }
        let outcome = if shell.late.get() { Outcome::Failed(Cause::Timeout) } else { outcome };
        match self.leave(shell, outcome) {
            Leave::Out(outcome) => self.go_out(shell, outcome),
            Leave::Again { after } => {
                shell.state.set(State::Pausing);
                let rank = self.rank(shell.call.request.number);
                let again = shell.clone();
                let go = move |twin: &mut Twin| {
                    if twin.stands(&again) && again.state.get() == State::Pausing {
                        again.tries.set(again.tries.get() + 1);
                        twin.inwards(&again);
                    }
                };
                if after.is_zero() {
                    self.soon(go);
                } else {
                    self.at(self.now + after, Class::Timer, rank, go);
                }
            }
            Leave::Instead(substitute) => self.substitute(shell, substitute),
        }
    }

    pub(super) fn leave(&mut self, shell: &Shell, outcome: Outcome) -> Leave {
        let (now, path, tries) = (self.now, shell.path, u64::from(shell.tries.get()));
        let mut memory = shell.memory.get();
        let draw = |key: u64| Stream::keyed(path.with(key).with(tries));
        let leave = self.held(shell).policy.leave(now, outcome, &mut memory, draw);
        shell.memory.set(memory);
        leave
    }

    /// A permit may come back: the next in line has it.
    pub(super) fn ended(&mut self, shell: &Shell) {
        let now = self.now;
        let held = self.held(shell);
        if held.policy.ended(now) == Ended::StartNext {
            let next = held.line.remove(0);
            self.soon(move |twin| {
                if twin.stands(&next) && next.dead.get() {
                    twin.came_back(&next, Outcome::Abandoned);
                } else if twin.stands(&next) {
                    twin.inwards(&next);
                }
            });
        }
    }

    /// The layer is done with: whoever is outside goes on.
    pub(super) fn go_out(&mut self, shell: &Rc<Shell>, outcome: Outcome) {
        shell.state.set(State::Over);
        if !shell.fired.get() {
            self.tell_outside(shell, outcome);
        }
    }

    pub(super) fn tell_outside(&mut self, shell: &Shell, outcome: Outcome) {
        if let Some(outside) = &shell.outside {
            self.came_back(outside, outcome);
        } else if let Some(then) = shell.then.take() {
            then(self, outcome);
        }
    }

    pub(super) fn leave_line(&mut self, shell: &Rc<Shell>) -> Option<Cause> {
        let now = self.now;
        let held = self.held(shell);
        let place = held.line.iter().position(|other| Rc::ptr_eq(other, shell))?;
        held.line.remove(place);
        Some(held.policy.gave_up(now))
    }

    pub(super) fn wait_is_over(&mut self, shell: &Rc<Shell>) {
        if self.stands(shell)
            && shell.state.get() == State::Waiting
            && let Some(cause) = self.leave_line(shell)
        {
            self.go_out(shell, Outcome::Failed(cause));
        }
    }

    /// A timeout: the outside goes on, the inside lives on, unless it is told.
    pub(super) fn time_is_up(&mut self, shell: &Rc<Shell>) {
        if !self.stands(shell) {
            return;
        }
        let plan = self.plan.clone();
        let guard = &plan.guards[shell.call.guard];
        let pool_inside = guard.layers[shell.layer..].iter().any(|l| matches!(l, Layer::ThreadPool(_)));
        let own_thread = plan.sites[shell.call.site].in_process
            && plan.deployables[guard.deployable.at()].mode == Mode::Blocking
            && !pool_inside;
        if own_thread {
            return shell.late.set(!shell.dead.get());
        }
        let outcome = if shell.dead.get() { Outcome::Abandoned } else { Outcome::Failed(Cause::Timeout) };
        if matches!(self.layer(shell), Layer::Timeout(timeout) if timeout.cancel) {
            self.cancel_shell(shell);
        } else if shell.layer + 1 == guard.layers.len() {
            // Nothing but the socket inside: it is closed.
            shell.state.set(State::Over);
            if let Inside::Attempt(attempt) = &*shell.inside.borrow() {
                self.forget_if_lost(attempt);
            }
        } else {
            if let Some(inner) = shell.inner() {
                self.abandon(&inner);
            }
            shell.dead.set(true);
            shell.fired.set(true);
            let mut innermost = shell.clone();
            while let Some(inner) = innermost.inner() {
                innermost = inner;
            }
            if innermost.state.get() == State::Pausing {
                self.came_back(&innermost, Outcome::Abandoned);
            }
        }
        self.tell_outside(shell, outcome);
    }

    /// Nobody waits for these layers any more: each is told once, innermost first.
    pub(super) fn abandon(&mut self, shell: &Rc<Shell>) {
        if let Some(inner) = shell.inner() {
            self.abandon(&inner);
        }
        let passed = matches!(shell.state.get(), State::Inside | State::Pausing);
        if !shell.dead.replace(true) && passed {
            self.leave(shell, Outcome::Abandoned);
        }
    }

    /// Permits, places in lines, and what is under way inside are given up, innermost first.
    pub(super) fn cancel_shell(&mut self, shell: &Rc<Shell>) {
        if !self.stands(shell) {
            return;
        }
        match shell.inside.replace(Inside::Nothing) {
            Inside::Nothing => {}
            Inside::Shell(inner) => self.cancel_shell(&inner),
            Inside::Attempt(attempt) => self.give_up(&attempt),
        }
        let now = self.now;
        let state = shell.state.replace(State::Over);
        if state == State::Substituting {
            self.held(shell).policy.substituted(now);
        } else if state != State::Waiting || self.leave_line(shell).is_none() {
            self.ended(shell);
            if !shell.dead.get() {
                self.leave(shell, Outcome::Abandoned);
            }
        }
    }

    pub(super) fn substitute(&mut self, shell: &Rc<Shell>, substitute: Substitute) {
        shell.state.set(State::Substituting);
        let back = shell.clone();
        match substitute {
            Substitute::Ready { after, fails } if after.is_zero() => self.substituted(shell, !fails),
            Substitute::Ready { after, fails } => {
                let rank = self.rank(shell.call.request.number);
                self.at(self.now + after, Class::Completion, rank, move |twin| {
                    if twin.stands(&back) {
                        twin.substituted(&back, !fails);
                    }
                });
            }
            Substitute::Capability => {
                let Some(call) = self.plan.guards[shell.call.guard].fallbacks[shell.layer] else {
                    return self.substituted(shell, false);
                };
                let (site, start) = (call.site.at(), shell.call.start);
                let Layer::Fallback(FallbackSettings { key, .. }) = self.layer(shell) else { unreachable!() };
                let path = shell.inner_path().with(Key::of_name("fallback")).with(key);
                self.count_site(site, start, |window| window.calls += 1);
                let then: Then = Box::new(move |twin, outcome| {
                    twin.count_settled(site, start, outcome);
                    let answered = matches!(outcome, Outcome::Success | Outcome::Degraded);
                    twin.substituted(&back, answered);
                });
                self.attempt(shell, site, path, shell.deadline, then);
            }
        }
    }

    pub(super) fn substituted(&mut self, shell: &Rc<Shell>, answered: bool) {
        let now = self.now;
        self.held(shell).policy.substituted(now);
        let failed = Outcome::Failed(Cause::FallbackFailed);
        self.go_out(shell, if answered { Outcome::Degraded } else { failed });
    }
}

impl Shell {
    pub(super) fn inner(&self) -> Option<Rc<Shell>> {
        match &*self.inside.borrow() {
            Inside::Shell(inner) if inner.state.get() != State::Over => Some(inner.clone()),
            _ => None,
        }
    }
}
