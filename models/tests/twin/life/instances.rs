//! Instances: threads, the accept queue, the processor.

use super::*;

impl Routing {
    pub(super) fn new(plan: &Plan, to: usize, caller: usize) -> Routing {
        let settings = &plan.deployables[to];
        let outstanding = vec![0; settings.slots() as usize];
        Routing { next: caller % settings.instances as usize, outstanding }
    }
}

impl Instance {
    pub(super) fn new(plan: &Plan, deployable: usize, number: usize, born: Time, process: u32) -> Instance {
        let settings = &plan.deployables[deployable];
        let held = |layer: &Layer| Held { policy: Policy::new(layer, born), line: Vec::new() };
        Instance {
            deployable,
            number,
            process,
            slot: fleets::Slot::at_start(true),
            done: scaling::Done::default(),
            cold_until: Time::ZERO,
            up: true,
            born,
            silent: false,
            busy: 0,
            queue: Vec::new(),
            cpu: Processor::new(settings.cores, settings.speed, settings.sharing),
            stamp: 0,
            routing: (0..plan.deployables.len()).map(|to| Routing::new(plan, to, number)).collect(),
            guards: plan.guards.iter().map(|guard| guard.layers.iter().map(held).collect()).collect(),
            pools: plan.stores.iter().map(|_| Pool::plain()).collect(),
        }
    }
}

impl Twin {
    pub(super) fn reach(&mut self, attempt: &Rc<Attempt>) {
        if attempt.place.get() == Where::Gone {
            return;
        }
        let at = attempt.at;
        let settings = self.plan.deployables[self.instances[at].deployable].clone();
        self.count_attempt(at, false);
        self.instances[at].done.reached += 1;
        if attempt.cancelled.get() {
            return self.forget(attempt);
        }
        let instance = &mut self.instances[at];
        if !instance.up {
            let silent = instance.silent;
            self.count_attempt(at, true);
            return if silent {
                self.lose(attempt);
            } else {
                self.reply(attempt, Outcome::Failed(Cause::Refused));
            };
        }
        if !self.holds_state(at, attempt.request.number) {
            self.count_attempt(at, true);
            return self.reply(attempt, Outcome::Failed(Cause::Refused));
        }
        let up = self
            .instances
            .iter()
            .filter(|other| other.deployable == self.instances[at].deployable && other.up);
        if up.count() < settings.needs as usize {
            self.count_attempt(at, true);
            return self.reply(attempt, Outcome::Failed(Cause::Refused));
        }
        let instance = &mut self.instances[at];
        if settings.threads.admits(instance.busy) {
            instance.busy += 1;
            self.begin_attempt(attempt);
        } else if settings.queue.admits(instance.queue.len() as u32) {
            attempt.place.set(Where::Queued);
            let place = match settings.order {
                Order::Fifo => instance.queue.len(),
                Order::Lifo => 0,
                Order::Priority => {
                    let priority = |a: &Attempt| self.plan.journeys[a.request.journey].priority;
                    let mine = priority(attempt);
                    let after = instance.queue.iter().position(|other| priority(other) > mine);
                    after.unwrap_or(instance.queue.len())
                }
            };
            instance.queue.insert(place, attempt.clone());
            self.waits_in_line(attempt);
        } else {
            self.count_attempt(at, true);
            self.reply(attempt, Outcome::Failed(Cause::QueueFull));
        }
    }

    pub(super) fn withdraw(&mut self, attempt: &Rc<Attempt>) {
        self.instances[attempt.at].queue.retain(|other| !Rc::ptr_eq(other, attempt));
        self.forget(attempt);
    }

    pub(super) fn free_thread(&mut self, at: usize) {
        let instance = &mut self.instances[at];
        if instance.queue.is_empty() {
            instance.busy -= 1;
        } else {
            let next = instance.queue.remove(0);
            self.begin_attempt(&next);
        }
    }

    pub(super) fn begin_attempt(&mut self, attempt: &Rc<Attempt>) {
        attempt.place.set(Where::Running);
        let life = self.new_life(attempt.at);
        *attempt.life.borrow_mut() = Some(life.clone());
        let done = attempt.clone();
        let then: Then = Box::new(move |twin, outcome| twin.attempt_done(&done, &life, outcome));
        let life = attempt.life.borrow().clone().expect("just set");
        self.begin(&attempt.request, attempt.deadline, attempt.program, attempt.path, life, then);
    }

    /// The answer is serialised, the thread freed, the answer sent.
    pub(super) fn attempt_done(&mut self, attempt: &Rc<Attempt>, life: &Rc<Life>, outcome: Outcome) {
        let at = attempt.at;
        let serialise = self.plan.deployables[self.instances[at].deployable].serialise;
        let done = attempt.clone();
        let send = move |twin: &mut Twin| {
            twin.free_thread(at);
            twin.reply(&done, outcome);
        };
        if attempt.inline {
            self.forget(attempt);
            if let Some(then) = attempt.then.take() {
                then(self, outcome);
            }
        } else if attempt.from.is_some() && !serialise.is_zero() {
            let ticket = self.work(at, &attempt.request, serialise, send);
            stop_with(life, move |twin| twin.stop_work(at, ticket));
        } else {
            send(self);
        }
    }

    /// Gives a processor a job.
    pub(super) fn work(
        &mut self,
        at: usize,
        request: &Request,
        work: Span,
        done: impl FnOnce(&mut Twin) + 'static,
    ) -> Ticket {
        self.jobs.push(Some(Box::new(done)));
        let priority = self.plan.journeys[request.journey].priority;
        let ticket = self.instances[at].cpu.start_with(self.now, self.jobs.len() - 1, work, priority);
        self.watch(at);
        ticket
    }

    pub(super) fn stop_work(&mut self, at: usize, ticket: Ticket) {
        self.instances[at].cpu.cancel(self.now, ticket);
        self.watch(at);
    }

    pub(super) fn watch(&mut self, at: usize) {
        let instance = &mut self.instances[at];
        instance.stamp += 1;
        let stamp = instance.stamp;
        if let Some(due) = instance.cpu.next_completion() {
            self.at(due, Class::Completion, 1 + at as u64, move |twin| {
                if twin.instances[at].stamp != stamp {
                    return;
                }
                while let Some(job) = twin.instances[at].cpu.complete(twin.now) {
                    if let Some(done) = twin.jobs[job].take() {
                        done(twin);
                    }
                }
                twin.watch(at);
            });
        }
    }
}
