//! Instances that come and go: which slots of a deployable hold one, and whom balancers may choose.
//!
//! ```text
//!             launched          booted           sent away           idle, or out of time
//!   absent ─────────► booting ─────────► serving ─────────► draining ─────────► absent
//!      │                 ▲  ▲               │
//!      └───► pending ────┘  └───────────────┘
//!        no room   room      dead, and replaced
//! ```
//! Only instances that need a [node](super) can be pending. A slot is paid for while it boots, serves or drains. Whether the process in it lives is another matter: an
//! instance that has crashed is still serving as far as anybody knows, unless something notices.
//!
//! Whom a caller knows, and since when, is the business of [`discovery`](super).

use archsim_sim::{Class, Id, Time, mutant};

use super::entity::{Attempt, AttemptState};
use super::event::Event;
use super::observe::Observer;
use super::scaling::Scaler;
use super::{FIRST, World};
use crate::plan::{Deployable, Plan, RegionId, Sizing, Zones};

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing.
    Absent,
    /// An instance that waits for room on a node.
    Pending,
    /// An instance that does not serve yet.
    Booting,
    /// A member.
    Serving,
    /// An instance that takes nothing new.
    Draining,
}

impl Stage {
    /// Whether it is meant to serve, now or later.
    pub(crate) const fn stays(self) -> bool {
        matches!(self, Stage::Pending | Stage::Booting | Stage::Serving)
    }

    /// Whether it is paid for.
    const fn is_paid(self) -> bool {
        matches!(self, Stage::Booting | Stage::Serving | Stage::Draining)
    }
}

/// A place for an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub stage: Stage,
    /// Since when.
    pub since: Time,
    /// When what it holds was launched.
    pub launched: Time,
    /// Counts its changes: an event of an earlier one is stale.
    turn: u32,
    /// Its boot is over, but a fault holds it down.
    held: bool,
}

impl Slot {
    /// Whether it still holds what it held when the run began.
    pub(crate) const fn is_first(&self) -> bool {
        self.turn == 0
    }
}

/// The slots of a deployable.
pub(crate) struct Fleet {
    pub slots: Vec<Slot>,
    /// Numbers of the slots that serve, in ascending order: what is true.
    members: Vec<u32>,
    /// By region: the same of those that are there; nothing without regions.
    by_region: Vec<Vec<u32>>,
    /// By slot, where there are regions: where it is.
    regions: Vec<u16>,
    /// How many there should be.
    pub desired: u32,
    /// Who decides it by what is measured.
    pub scaler: Option<Box<Scaler>>,
}

/// All fleets of a world.
pub(crate) struct Membership {
    pub fleets: Vec<Fleet>,
    /// Instances that drain, in the order in which they were sent away.
    draining: Vec<u32>,
}

impl Fleet {
    fn new(zones: &Zones, deployable: &Deployable) -> Self {
        let (instances, slots) = (deployable.instances, deployable.slots());
        let region = |number| deployable.zone_of(number).and_then(|zone| zones.region(zone));
        let regions: Vec<u16> = (0..slots).filter_map(|number| region(number).map(|it| it.0)).collect();
        let in_region = |region: usize| {
            let there = |number: &u32| regions.get(*number as usize).is_some_and(|&it| it as usize == region);
            (0..instances).filter(there).collect()
        };
        let slot = |number| Slot {
            stage: if number < instances { Stage::Serving } else { Stage::Absent },
            since: Time::ZERO,
            launched: Time::ZERO,
            turn: 0,
            held: false,
        };
        Fleet {
            slots: (0..slots).map(slot).collect(),
            members: (0..instances).collect(),
            by_region: (0..zones.regions.names.len()).map(in_region).collect(),
            regions,
            desired: instances,
            scaler: Scaler::of(deployable),
        }
    }

    /// Those that are there to stay, or to come.
    pub(crate) fn staying(&self) -> u32 {
        self.slots.iter().filter(|slot| slot.stage.stays()).count() as u32
    }

    /// The first slot that holds nothing.
    fn free(&self) -> Option<u32> {
        self.slots.iter().position(|slot| slot.stage == Stage::Absent).map(|number| number as u32)
    }

    /// The lists that a slot is in when it serves.
    fn lists(&mut self, number: u32) -> impl Iterator<Item = &mut Vec<u32>> {
        let region = self.regions.get(number as usize).map(|&region| region as usize);
        let here = region.and_then(|region| self.by_region.get_mut(region));
        std::iter::once(&mut self.members).chain(here)
    }

    fn join(&mut self, number: u32) {
        for list in self.lists(number) {
            if let Err(place) = list.binary_search(&number) {
                list.insert(place, number);
            }
        }
    }

    fn part(&mut self, number: u32) {
        for list in self.lists(number) {
            if let Ok(place) = list.binary_search(&number) {
                list.remove(place);
            }
        }
    }
}

impl Membership {
    pub(crate) fn new(plan: &Plan) -> Self {
        let fleets = plan.deployables.iter().map(|deployable| Fleet::new(&plan.zones, deployable));
        Membership { fleets: fleets.collect(), draining: Vec::new() }
    }

    /// Numbers of the instances of a deployable that serve, in ascending order.
    #[inline]
    pub(super) fn of(&self, deployable: usize) -> &[u32] {
        &self.fleets[deployable].members
    }

    /// The same of those of a region, if one is named.
    pub(super) fn of_region(&self, deployable: usize, region: Option<RegionId>) -> &[u32] {
        let fleet = &self.fleets[deployable];
        region.and_then(|region| fleet.by_region.get(region.at())).unwrap_or(&fleet.members)
    }

    pub(crate) fn any_drains(&self) -> bool {
        !self.draining.is_empty()
    }
}

impl<O: Observer> World<'_, O> {
    fn slot(&mut self, index: u32) -> (&mut Fleet, u32) {
        let instance = &self.instances[index as usize];
        (&mut self.membership.fleets[instance.deployable], instance.number)
    }

    /// Whether an instance is there at all.
    pub(super) fn stage(&self, index: u32) -> Stage {
        let instance = &self.instances[index as usize];
        self.membership.fleets[instance.deployable].slots[instance.number as usize].stage
    }

    /// A slot changes; what was to happen to what it held before does not. Its turn.
    pub(super) fn turn(&mut self, index: u32, stage: Stage) -> u32 {
        let now = self.now();
        let (fleet, number) = self.slot(index);
        let slot = &mut fleet.slots[number as usize];
        let old = slot.stage;
        let launched = if stage == Stage::Booting { now } else { slot.launched };
        *slot = Slot { stage, since: now, launched, turn: slot.turn + 1, held: false };
        let turn = slot.turn;
        if stage == Stage::Serving || stage == Stage::Draining && mutant!("draining-still-chosen") {
            fleet.join(number);
        } else {
            fleet.part(number);
        }
        let counts = &mut self.counts.deployables[self.instances[index as usize].deployable];
        counts.instances.change(now, u32::from(old.is_paid()), u32::from(stage.is_paid()));
        counts.changed(now);
        self.pending(index, old, stage);
        if stage == Stage::Draining {
            self.signs_off(index);
        }
        self.review(self.instances[index as usize].deployable);
        if stage == Stage::Absent {
            self.leaves_room(index);
        }
        turn
    }

    /// Counts who waits for a node.
    fn pending(&mut self, index: u32, old: Stage, new: Stage) {
        let now = self.now();
        if let Some(pool) = self.plan.deployables[self.instances[index as usize].deployable].nodes {
            let waits = |stage| u32::from(stage == Stage::Pending);
            self.counts.pools[pool.at()].pending.change(now, waits(old), waits(new));
        }
    }

    fn is_turn(&mut self, index: u32, turn: u32) -> bool {
        let (fleet, number) = self.slot(index);
        fleet.slots[number as usize].turn == turn
    }

    /// Slots that hold nothing at the start, and what the plan says of their number.
    pub(super) fn schedule_sizes(&mut self) {
        for (index, deployable) in self.plan.deployables.iter().enumerate() {
            let Some(scaling) = &deployable.scaling else { continue };
            let first = self.layout.first_instance[index];
            for absent in first + deployable.instances..first + deployable.slots() {
                self.caches.process_gone(absent);
            }
            match &scaling.sizing {
                Sizing::Schedule(sizes) => {
                    for (entry, size) in sizes.iter().enumerate() {
                        let event = Event::Resize { deployable: index as u32, entry: entry as u32 };
                        self.agenda.schedule(size.at, Class::Timer, FIRST, event);
                    }
                }
                Sizing::Autoscaler(_) => self.schedule_autoscaler(index),
            }
        }
    }

    /// The plan says how many there are to be.
    pub(super) fn resize_as_planned(&mut self, deployable: u32, entry: u32) {
        let scaling = self.plan.deployables[deployable as usize].scaling.as_ref();
        if let Some(Sizing::Schedule(sizes)) = scaling.map(|scaling| &scaling.sizing) {
            self.resize(deployable as usize, sizes[entry as usize].instances);
        }
    }

    /// So many there are to be.
    pub(super) fn resize(&mut self, deployable: usize, desired: u32) {
        self.membership.fleets[deployable].desired = desired;
        self.approach(deployable);
    }

    /// The reserve of a deployable is launched in the regions that are to take others' users, unless it is there.
    pub(super) fn launch_reserve(&mut self, deployable: usize, takes: impl Fn(RegionId) -> bool) {
        let (first, settings) = (self.layout.first_instance[deployable], &self.plan.deployables[deployable]);
        for number in settings.instances..settings.slots() {
            let region = settings.zone_of(number).and_then(|zone| self.plan.zones.region(zone));
            if region.is_some_and(&takes) && self.stage(first + number) == Stage::Absent {
                self.membership.fleets[deployable].desired += 1;
                self.wants_room(first + number);
            }
        }
    }

    /// Launches or sends away as many as are missing or too many. While all slots are taken by those that drain,
    /// launches wait for them.
    pub(super) fn approach(&mut self, deployable: usize) {
        let fleet = &self.membership.fleets[deployable];
        let (desired, staying) = (fleet.desired, fleet.staying());
        for _ in staying..desired {
            let Some(number) = self.membership.fleets[deployable].free() else { return };
            self.wants_room(self.layout.first_instance[deployable] + number);
        }
        for _ in desired..staying {
            if let Some(index) = self.least_worth(deployable) {
                self.send_away(index);
            }
        }
    }

    /// Who goes first: those without a node, then those that do not serve, then those whose process is gone, then the
    /// youngest.
    fn least_worth(&self, deployable: usize) -> Option<u32> {
        let first = self.layout.first_instance[deployable];
        let slots = self.membership.fleets[deployable].slots.iter().zip(first..);
        let staying = slots.filter(|(slot, _)| slot.stage.stays());
        let worth = |slot: &Slot, index: u32| {
            let up = self.instances[index as usize].up;
            (
                slot.stage != Stage::Pending,
                slot.stage == Stage::Serving,
                up,
                std::cmp::Reverse((slot.since, index)),
            )
        };
        staying.min_by_key(|(slot, index)| worth(slot, *index)).map(|(_, index)| index)
    }

    /// Whatever it needs is there.
    pub(super) fn boot_instance(&mut self, index: u32) {
        let turn = self.turn(index, Stage::Booting);
        let deployable = self.instances[index as usize].deployable;
        let Some(scaling) = &self.plan.deployables[deployable].scaling else { return };
        if scaling.boot.is_zero() || mutant!("boot-takes-no-time") {
            self.begin_to_serve(index);
        } else {
            let booted = Event::Booted { instance: index, turn };
            self.agenda.schedule(self.now() + scaling.boot, Class::Timer, FIRST, booted);
        }
    }

    /// A boot is over; a fault that holds its machine down may not be. A replacement is on another machine of its zone.
    pub(super) fn booted(&mut self, index: u32, turn: u32) {
        if !self.is_turn(index, turn) {
            return;
        }
        let deployable = self.instances[index as usize].deployable;
        let scaling = self.plan.deployables[deployable].scaling.as_ref();
        let replaces = scaling.is_some_and(|it| it.replace.is_some());
        let down = if replaces {
            self.is_zone_down(index) || self.is_node_down(index)
        } else {
            self.is_crashed(index)
        };
        if down {
            let (fleet, number) = self.slot(index);
            fleet.slots[number as usize].held = true;
        } else {
            self.begin_to_serve(index);
        }
    }

    fn begin_to_serve(&mut self, index: u32) {
        self.turn(index, Stage::Serving);
        self.restart(index);
    }

    /// Nothing holds the slot's machine down any more.
    pub(super) fn released(&mut self, index: u32) {
        let (fleet, number) = self.slot(index);
        let slot = fleet.slots[number as usize];
        match slot.stage {
            Stage::Serving if !self.instances[index as usize].up => {
                if self.plan.deployables[self.instances[index as usize].deployable].scaling.is_some() {
                    // What was to replace it is not needed.
                    self.turn(index, Stage::Serving);
                }
                self.restart(index);
            }
            Stage::Booting if slot.held => self.begin_to_serve(index),
            _ => {}
        }
    }

    /// Takes nothing new from now on.
    pub(super) fn send_away(&mut self, index: u32) {
        if matches!(self.stage(index), Stage::Pending | Stage::Booting) || !self.instances[index as usize].up
        {
            self.turn(index, Stage::Absent);
            return;
        }
        let turn = self.turn(index, Stage::Draining);
        let deployable = self.instances[index as usize].deployable;
        let grace = self.plan.deployables[deployable].scaling.as_ref().map(|it| it.grace);
        self.membership.draining.push(index);
        let over = Event::DrainOver { instance: index, turn };
        self.agenda.schedule(self.now() + grace.unwrap_or_default(), Class::Timer, FIRST, over);
    }

    pub(super) fn drain_over(&mut self, index: u32, turn: u32) {
        if self.is_turn(index, turn) && !mutant!("drain-without-end") {
            self.end_process(index);
        }
    }

    /// Ends the processes that drain and have nothing to do: nobody has a thread or waits for one, and no message is
    /// on its way.
    pub(super) fn end_idle(&mut self) {
        let concerned = |a: &Attempt, index| {
            let comes = matches!(a.state, AttemptState::Sending | AttemptState::Outbound);
            a.instance == index && !a.inline && comes
        };
        let mut place = 0;
        while let Some(&index) = self.membership.draining.get(place) {
            let busy = self.instances[index as usize].load() > 0
                || self.attempts.iter().any(|(_, attempt): (Id<Attempt>, _)| concerned(attempt, index));
            if busy {
                place += 1;
            } else {
                self.end_process(index);
            }
        }
    }

    fn end_process(&mut self, index: u32) {
        self.crash(index, false);
    }

    /// A process is gone. Who drained was to end anyway; who served is replaced when it is noticed.
    pub(super) fn process_gone(&mut self, index: u32) {
        let deployable = self.instances[index as usize].deployable;
        if self.plan.deployables[deployable].scaling.is_none() {
            return;
        }
        match self.stage(index) {
            Stage::Draining => {
                self.membership.draining.retain(|&other| other != index);
                self.turn(index, Stage::Absent);
                self.approach(deployable);
            }
            Stage::Serving => self.will_be_missed(index),
            Stage::Absent | Stage::Pending | Stage::Booting => {}
        }
    }

    /// Its machine or process is gone: it is noticed after a while, if anything notices.
    pub(super) fn will_be_missed(&mut self, index: u32) {
        let deployable = self.instances[index as usize].deployable;
        let scaling = self.plan.deployables[deployable].scaling.as_ref();
        if let Some(after) = scaling.and_then(|scaling| scaling.replace) {
            let (fleet, number) = self.slot(index);
            let turn = fleet.slots[number as usize].turn;
            let missed = Event::Missed { instance: index, turn };
            self.agenda.schedule(self.now() + after, Class::Timer, FIRST, missed);
        }
    }

    /// It is noticed that the process is gone.
    pub(super) fn missed(&mut self, index: u32, turn: u32) {
        if self.is_turn(index, turn) && !self.instances[index as usize].up {
            self.wants_room(index);
        }
    }
}
