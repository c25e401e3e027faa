//! Instances that come and go: each slot says what it holds, and whoever wants to know looks at all of them.

use super::*;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Stage {
    Absent,
    /// Waits for a node.
    Pending,
    Booting,
    Serving,
    Draining,
}

/// What there is to stay, or is to come.
pub(super) const STAYING: [Stage; 3] = [Stage::Pending, Stage::Booting, Stage::Serving];

/// What a slot holds, and since when.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub stage: Stage,
    pub since: Time,
    /// When what it holds was launched.
    pub launched: Time,
    /// How often it has changed: what was planned for what it held before is void.
    pub changes: u64,
    /// It has booted on a machine that is down.
    held: bool,
}

impl Slot {
    pub(super) fn at_start(present: bool) -> Slot {
        let stage = if present { Stage::Serving } else { Stage::Absent };
        Slot { stage, since: Time::ZERO, launched: Time::ZERO, changes: 0, held: false }
    }
}

impl Twin {
    pub(super) fn slots_of(&self, deployable: usize) -> Vec<usize> {
        (0..self.instances.len()).filter(|&at| self.instances[at].deployable == deployable).collect()
    }

    pub(super) fn in_stages(&self, deployable: usize, stages: &[Stage]) -> Vec<usize> {
        let mut slots = self.slots_of(deployable);
        slots.retain(|&at| stages.contains(&self.instances[at].slot.stage));
        slots
    }

    /// Numbers of the instances that may be chosen.
    pub(super) fn members(&self, deployable: usize) -> Vec<usize> {
        let serving = self.in_stages(deployable, &[Stage::Serving]);
        serving.into_iter().map(|at| self.instances[at].number).collect()
    }

    fn scaling(&self, at: usize) -> Scaling {
        self.plan.deployables[self.instances[at].deployable].scaling.clone().expect("it is scaled")
    }

    pub(super) fn schedule_sizes(&mut self) {
        let plan = self.plan.clone();
        for (deployable, settings) in plan.deployables.iter().enumerate() {
            let Some(scaling) = &settings.scaling else { continue };
            for at in self.in_stages(deployable, &[Stage::Absent]) {
                self.caches_of_process_gone(at);
            }
            let Sizing::Schedule(sizes) = &scaling.sizing else {
                self.next_window(deployable);
                self.next_look(deployable);
                continue;
            };
            for size in sizes.clone() {
                self.at(size.at, Class::Timer, 0, move |twin| twin.resize(deployable, size.instances));
            }
        }
    }

    /// An instance is launched for the users of another region, unless it is there.
    pub(super) fn launch_reserve(&mut self, at: usize) {
        if self.instances[at].slot.stage == Stage::Absent {
            self.desired[self.instances[at].deployable] += 1;
            self.wants_machine(at);
        }
    }

    pub(super) fn resize(&mut self, deployable: usize, desired: u32) {
        self.desired[deployable] = desired as usize;
        self.approach(deployable);
    }

    pub(super) fn approach(&mut self, deployable: usize) {
        let staying = STAYING;
        while self.in_stages(deployable, &staying).len() < self.desired[deployable] {
            match self.in_stages(deployable, &[Stage::Absent]).first() {
                Some(&at) => self.wants_machine(at),
                None => break,
            }
        }
        while self.in_stages(deployable, &staying).len() > self.desired[deployable] {
            let mut there = self.in_stages(deployable, &staying);
            // The last one goes: the youngest of those whose process is gone, of those that boot, of those without node.
            there.sort_by_key(|&at| (self.instances[at].slot.since, at));
            there.sort_by_key(|&at| !self.instances[at].up);
            there.sort_by_key(|&at| self.instances[at].slot.stage != Stage::Serving);
            there.sort_by_key(|&at| self.instances[at].slot.stage == Stage::Pending);
            let at = there.pop().expect("more than none");
            self.send_away(at);
        }
    }

    pub(super) fn becomes(&mut self, at: usize, stage: Stage) -> u64 {
        let slot = &mut self.instances[at].slot;
        let launched = if stage == Stage::Booting { self.now } else { slot.launched };
        *slot = Slot { stage, since: self.now, launched, changes: slot.changes + 1, held: false };
        let changes = slot.changes;
        if stage == Stage::Absent {
            self.leaves_machine(at);
        }
        changes
    }

    /// Unless the slot changes before.
    fn in_slot(&mut self, at: usize, when: Time, go: impl FnOnce(&mut Twin) + 'static) {
        let changes = self.instances[at].slot.changes;
        self.at(when, Class::Timer, 0, move |twin| {
            if twin.instances[at].slot.changes == changes {
                go(twin);
            }
        });
    }

    pub(super) fn boots(&mut self, at: usize) {
        self.becomes(at, Stage::Booting);
        let scaling = self.scaling(at);
        if scaling.boot.is_zero() {
            return self.serves(at);
        }
        self.in_slot(at, self.now + scaling.boot, move |twin| {
            if twin.held_down(at, scaling.replace.is_some()) {
                twin.instances[at].slot.held = true;
            } else {
                twin.serves(at);
            }
        });
    }

    fn serves(&mut self, at: usize) {
        self.becomes(at, Stage::Serving);
        self.new_process(at);
    }

    /// No fault holds it down any more.
    pub(super) fn released(&mut self, at: usize) {
        let slot = self.instances[at].slot;
        if slot.stage == Stage::Serving && !self.instances[at].up {
            if self.plan.deployables[self.instances[at].deployable].scaling.is_some() {
                self.becomes(at, Stage::Serving);
            }
            self.new_process(at);
        } else if slot.stage == Stage::Booting && slot.held {
            self.serves(at);
        }
    }

    pub(super) fn send_away(&mut self, at: usize) {
        if [Stage::Pending, Stage::Booting].contains(&self.instances[at].slot.stage) || !self.instances[at].up
        {
            self.becomes(at, Stage::Absent);
            return;
        }
        self.becomes(at, Stage::Draining);
        self.signs_off(at);
        self.draining.push(at);
        let grace = self.scaling(at).grace;
        self.in_slot(at, self.now + grace, move |twin| twin.crash(at, false));
    }

    /// Those that drain and have nothing to do end.
    pub(super) fn end_idle(&mut self) {
        for at in self.draining.clone() {
            let comes = |it: &Rc<Attempt>| {
                it.at == at
                    && !it.inline
                    && matches!(
                        it.place.get(),
                        Where::Sending | Where::Outbound | Where::Queued | Where::Running
                    )
            };
            if self.draining.contains(&at) && !self.attempts.iter().any(comes) {
                self.crash(at, false);
            }
        }
    }

    pub(super) fn process_gone(&mut self, at: usize) {
        let deployable = self.instances[at].deployable;
        if self.plan.deployables[deployable].scaling.is_none() {
            return;
        }
        match self.instances[at].slot.stage {
            Stage::Draining => {
                self.draining.retain(|&other| other != at);
                self.becomes(at, Stage::Absent);
                self.approach(deployable);
            }
            Stage::Serving => self.will_be_missed(at),
            Stage::Absent | Stage::Pending | Stage::Booting => {}
        }
    }

    pub(super) fn will_be_missed(&mut self, at: usize) {
        if let Some(after) = self.scaling(at).replace {
            self.in_slot(at, self.now + after, move |twin| twin.wants_machine(at));
        }
    }
}
