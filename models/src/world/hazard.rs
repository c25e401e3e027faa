//! Hazards: what fails at random, is repaired, and fails again.
//!
//! Every part of a hazard draws from streams of its own, named by the hazard, the effect and the instance's number:
//! the same instance fails at the same times in every arm that has it, as long as repairs do not wait for a crew
//! that other things keep busy. How long a repair waits is known when the part fails: a crew takes what fails first
//! first, so that its next free member is the one that is free soonest.

use archsim_sim::{Class, Key, Span, Stream, Time, mutant};

use super::event::Event;
use super::membership::Stage;
use super::observe::Observer;
use super::{FIRST, World};
use crate::plan::{Clock, Effect, Fault, Hazard, Plan, Workdays};

const HAZARD: u64 = Key::of_name("hazard");
const FAILURES: u64 = Key::of_name("failures");
const REPAIRS: u64 = Key::of_name("repairs");
const STRIKES: u64 = Key::of_name("strikes");
const HITS: u64 = Key::of_name("hits");

/// Something that holds from time to time: a fault of the plan, or a part of a hazard.
#[derive(Clone, Copy)]
pub(crate) struct Trouble<'a> {
    pub effect: &'a Effect,
    /// The one instance that a part of a crash is about.
    pub instance: Option<u32>,
    /// The node that it has hit, with its turn.
    pub node: Option<(u32, u32)>,
    /// The last time that it began.
    pub from: Time,
    /// When it was over, or will be.
    pub until: Time,
}

/// What can fail by itself, and its dice.
struct Part {
    hazard: u32,
    boot: Span,
    failures: Stream,
    repairs: Stream,
    hits: Stream,
}

/// All hazards of a run.
pub(crate) struct Hazards {
    /// Their troubles follow those of the plan's faults, in the same order.
    parts: Vec<Part>,
    /// By hazard: the clock of a common cause, or of what goes as a whole.
    strikes: Vec<Stream>,
    /// By hazard: the repairs of what goes as a whole.
    repairs: Vec<Stream>,
    /// By hazard: the calendar of one that kills on workdays.
    calendars: Vec<Calendar>,
    /// By crew, by member: when it has done all that has failed so far.
    crews: Vec<Vec<Time>>,
}

/// How far the coins of a calendar have been thrown.
#[derive(Clone, Copy, Default)]
struct Calendar {
    /// The next day to look at.
    day: u64,
    /// Workdays so far, and at which of them the last kill was.
    workdays: u32,
    killed: Option<u32>,
}

/// Faults of the plan, then parts of hazards.
pub(crate) fn troubles<'a>(plan: &'a Plan, first_instance: &[u32]) -> Vec<Trouble<'a>> {
    let fault = |Fault { from, until, effect }: &'a Fault| Trouble {
        effect,
        instance: None,
        node: None,
        from: *from,
        until: *until,
    };
    let mut troubles: Vec<Trouble<'_>> = plan.faults.iter().map(fault).collect();
    let never =
        |effect, instance| Trouble { effect, instance, node: None, from: Time::NEVER, until: Time::NEVER };
    for hit in plan.hazards.iter().flat_map(|hazard| &hazard.effects) {
        match exposed(plan, &hit.effect) {
            Some((deployable, count)) => {
                let first = first_instance[deployable];
                troubles.extend((first..first + count).map(|at| never(&hit.effect, Some(at))));
            }
            None => troubles.push(never(&hit.effect, None)),
        }
    }
    troubles
}

/// The deployable of a crash, and how many of its instances are exposed to it.
fn exposed(plan: &Plan, effect: &Effect) -> Option<(usize, u32)> {
    match effect {
        Effect::Crash { deployable, instances, .. } => {
            Some((deployable.at(), (*instances).min(plan.deployables[deployable.at()].slots())))
        }
        _ => None,
    }
}

impl Hazards {
    pub(crate) fn new(plan: &Plan, dice: Key) -> Self {
        let mut parts = Vec::new();
        for (index, hazard) in plan.hazards.iter().enumerate() {
            let key = dice.with(HAZARD).with(hazard.key);
            for hit in &hazard.effects {
                let key = key.with(hit.key);
                let count = exposed(plan, &hit.effect).map_or(1, |(_, count)| count);
                parts.extend((0..count).map(|number| Part::new(index as u32, hit.boot, key, number)));
            }
        }
        let streams = |purpose: u64| -> Vec<Stream> {
            let of = |hazard: &Hazard| Stream::keyed(dice.with(HAZARD).with(hazard.key).with(purpose));
            plan.hazards.iter().map(of).collect()
        };
        let more = usize::from(mutant!("crew-one-larger"));
        let members = plan.crews.iter().map(|crew| crew.size.max(1) as usize + more);
        Hazards {
            parts,
            strikes: streams(STRIKES),
            repairs: streams(REPAIRS),
            calendars: vec![Calendar::default(); plan.hazards.len()],
            crews: members.map(|count| vec![Time::ZERO; count]).collect(),
        }
    }
}

impl Part {
    fn new(hazard: u32, boot: Span, key: Key, number: u32) -> Self {
        let stream = |purpose| Stream::keyed(key.with(purpose).with(u64::from(number)));
        Part { hazard, boot, failures: stream(FAILURES), repairs: stream(REPAIRS), hits: stream(HITS) }
    }
}

impl<O: Observer> World<'_, O> {
    /// The first failure of every part, the first strike of every common cause.
    pub(super) fn schedule_hazards(&mut self) {
        let plan = self.plan;
        for part in 0..self.hazards.parts.len() as u32 {
            let hazard = &plan.hazards[self.hazards.parts[part as usize].hazard as usize];
            if hazard.clock == Clock::Each {
                self.schedule_failure(part, hazard.from);
            }
        }
        for (index, hazard) in plan.hazards.iter().enumerate() {
            match hazard.clock {
                Clock::Each => {}
                Clock::Workdays(days) => self.schedule_kill(index as u32, days),
                Clock::Common { .. } | Clock::Whole => {
                    self.schedule_strike(index as u32, hazard.from);
                }
            }
        }
    }

    /// The part works from `since` on, for a while.
    fn schedule_failure(&mut self, index: u32, since: Time) {
        let part = &mut self.hazards.parts[index as usize];
        let lasts = self.plan.hazards[part.hazard as usize].every.sample(&mut part.failures);
        // Never at the same instant, so that time goes on whatever the distribution is.
        let fails = since + lasts.max(Span::from_nanos(1));
        self.agenda.schedule(fails, Class::Completion, FIRST, Event::Fails { part: index });
    }

    fn schedule_strike(&mut self, index: u32, since: Time) {
        let strikes = &mut self.hazards.strikes[index as usize];
        let gap = self.plan.hazards[index as usize].every.sample(strikes);
        let at = since + gap.max(Span::from_nanos(1));
        self.agenda.schedule(at, Class::Completion, FIRST, Event::Strikes { hazard: index });
    }

    /// One coin a workday, until it falls; then any minute of its hours, unless the last kill was too few workdays ago.
    fn schedule_kill(&mut self, index: u32, days: Workdays) {
        let (from, end) = (self.plan.hazards[index as usize].from, self.plan.end);
        let calendar = &mut self.hazards.calendars[index as usize];
        let coins = &mut self.hazards.strikes[index as usize];
        loop {
            let day = calendar.day;
            let begins = from + days.day * day;
            if begins > end {
                return;
            }
            calendar.day += 1;
            if !days.is_workday(day) {
                continue;
            }
            calendar.workdays += 1;
            if !coins.chance(1.0 / f64::from(days.mean)) {
                continue;
            }
            let at = begins + days.minute(coins.below(days.minutes()));
            let rested = |killed: u32| calendar.workdays - killed >= days.min;
            if calendar.killed.is_none_or(rested) || mutant!("kills-without-rest") {
                calendar.killed = Some(calendar.workdays);
                self.agenda.schedule(at, Class::Completion, FIRST, Event::Strikes { hazard: index });
                return;
            }
        }
    }

    /// The one part of a hazard with a calendar, unless it is still down.
    fn kill(&mut self, hazard: u32) {
        let part = self.hazards.parts.iter().position(|part| part.hazard == hazard);
        if let Some(part) = part.map(|part| part as u32)
            && !self.part_trouble(part).holds(self.now())
        {
            self.part_fails(part);
        }
    }

    /// A common cause hits its parts, each with its probability; what is down of it already stays so.
    pub(super) fn strikes(&mut self, index: u32) {
        let now = self.now();
        if self.plan.hazards[index as usize].clock == Clock::Whole {
            self.goes_as_a_whole(index);
            return;
        }
        if let Clock::Workdays(days) = self.plan.hazards[index as usize].clock {
            self.kill(index);
            return self.schedule_kill(index, days);
        }
        if let Clock::Common { share } = self.plan.hazards[index as usize].clock {
            for part in 0..self.hazards.parts.len() as u32 {
                let struck = &mut self.hazards.parts[part as usize];
                // The coin is thrown whatever the part's state, so that repairs move no other throw.
                if struck.hazard == index && struck.hits.chance(share) && !self.part_trouble(part).holds(now)
                {
                    self.part_fails(part);
                }
            }
        }
        self.schedule_strike(index, now);
    }

    /// All parts fail with one repair; what has to boot is back later. The clock starts anew when the repair is done.
    fn goes_as_a_whole(&mut self, index: u32) {
        let (now, hazard) = (self.now(), &self.plan.hazards[index as usize]);
        let repair = hazard.repair.sample(&mut self.hazards.repairs[index as usize]);
        let back = self.repaired(hazard, now, repair);
        for part in 0..self.hazards.parts.len() as u32 {
            let Part { hazard, boot, .. } = self.hazards.parts[part as usize];
            if hazard == index {
                self.part_is_out(part, back + boot);
            }
        }
        self.schedule_strike(index, back);
    }

    fn part_trouble(&self, part: u32) -> &Trouble<'_> {
        &self.troubles[self.plan.faults.len() + part as usize]
    }

    pub(super) fn part_fails(&mut self, index: u32) {
        let now = self.now();
        if let Some(instance) = self.part_trouble(index).instance
            && matches!(self.stage(instance), Stage::Absent | Stage::Pending)
        {
            // Nothing is there to fail: its clock begins anew.
            if self.plan.hazards[self.hazards.parts[index as usize].hazard as usize].clock == Clock::Each {
                self.schedule_failure(index, now);
            }
            return;
        }
        let longer = self.boot_of_victim(self.part_trouble(index).effect);
        let part = &mut self.hazards.parts[index as usize];
        let hazard = &self.plan.hazards[part.hazard as usize];
        let repair = hazard.repair.sample(&mut part.repairs);
        let boot = part.boot + longer;
        let until = self.repaired(hazard, now, repair) + boot;
        self.part_is_out(index, until);
    }

    /// When a repair that is asked for now is done.
    fn repaired(&mut self, hazard: &Hazard, now: Time, repair: Span) -> Time {
        match hazard.crew {
            Some(crew) => repaired(&mut self.hazards.crews[usize::from(crew)], now, repair),
            None => now + repair,
        }
    }

    fn part_is_out(&mut self, index: u32, until: Time) {
        let now = self.now();
        let trouble = self.plan.faults.len() as u32 + index;
        let state = &mut self.troubles[trouble as usize];
        (state.from, state.until) = (now, until);
        self.agenda.schedule(until, Class::Completion, FIRST, Event::Mended { part: index });
        self.trouble_begins(trouble);
    }

    pub(super) fn part_mended(&mut self, index: u32) {
        if self.part_trouble(index).until != self.now() {
            // It went again while it booted.
            return;
        }
        self.trouble_ends(self.plan.faults.len() as u32 + index);
        let hazard = self.hazards.parts[index as usize].hazard;
        if self.plan.hazards[hazard as usize].clock == Clock::Each {
            self.schedule_failure(index, self.now());
        }
    }
}

/// When a repair of that length is done by the member who is free first.
fn repaired(members: &mut [Time], now: Time, repair: Span) -> Time {
    let Some(first) = members.iter_mut().min() else { return now + repair };
    *first = (*first).max(now) + repair;
    *first
}

impl Trouble<'_> {
    /// From its first instant on, not at its last one.
    pub(crate) fn holds(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}
