//! Where users come in: which region and zone, and when they are sent to another one than they would be.
//!
//! How many have moved is looked up when a user comes, by what has happened to his region so far: nothing is on the
//! agenda for it but the launch of the reserve. A user has a number of his own between 0 and 1, alike in every arm,
//! and has moved while it is below the share; so whoever has moved stays so until users move back.

use archsim_sim::{Class, Key, Stream, Time, mutant};

use super::arrivals::USER;
use super::entity::Asker;
use super::event::Event;
use super::observe::Observer;
use super::{FIRST, World};
use crate::plan::{Effect, FailOver, Plan, RegionId, ZoneId, falls};

const ZONE: u64 = Key::of_name("zone");
const HOME: u64 = Key::of_name("home");
const MOVES: u64 = Key::of_name("moves");
const REGION: u64 = Key::of_name("region");

/// Who is sent elsewhere.
pub(crate) struct Evacuations {
    /// By region.
    regions: Vec<Evacuation>,
    /// By zone: the drills that drain it.
    drained: Vec<u32>,
}

/// What has happened to a region's users so far.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Evacuation {
    /// When they begin to move, or began to; `NEVER` if there is no reason.
    begins: Time,
    /// When the reason was over; `NEVER` while there is one.
    over: Time,
    /// The share that had moved when the reason began, from the time before.
    kept: f64,
}

impl Evacuations {
    pub(crate) fn new(plan: &Plan) -> Self {
        Evacuations {
            regions: vec![Evacuation::NONE; plan.zones.regions.names.len()],
            drained: vec![0; plan.zones.names.len()],
        }
    }

    /// Whether a drill keeps everybody out of the zone.
    pub(super) fn is_drained(&self, zone: ZoneId) -> bool {
        self.drained.get(zone.at()).is_some_and(|drills| *drills > 0)
    }
}

impl Evacuation {
    /// Nobody has moved, and there is no reason to.
    const NONE: Evacuation = Evacuation { begins: Time::NEVER, over: Time::ZERO, kept: 0.0 };

    /// The share that has moved.
    fn moved(&self, now: Time, rule: &FailOver) -> f64 {
        let back = if self.over == Time::NEVER { Time::NEVER } else { self.over + rule.back_after };
        let until = now.min(back);
        let out = if self.begins <= until { rule.shift.share(until.since(self.begins)) } else { 0.0 };
        let out = out.max(self.kept);
        if now <= back { out } else { out * (1.0 - rule.back.share(now.since(back))) }
    }

    /// There is a reason from which users begin to move at `begins`, or there is none any more. Whether it is new.
    fn changes(&mut self, begins: Option<Time>, now: Time, rule: &FailOver) -> bool {
        let under_way = self.over == Time::NEVER;
        match begins {
            Some(begins) if under_way => self.begins = self.begins.min(begins),
            Some(begins) => {
                let kept = self.moved(now, rule);
                *self = Evacuation { begins, over: Time::NEVER, kept };
                return true;
            }
            None if under_way => {
                self.over = now;
                if self.begins > now {
                    // It was over before anybody had moved.
                    self.begins = Time::NEVER;
                }
            }
            None => {}
        }
        false
    }
}

impl<O: Observer> World<'_, O> {
    /// Where a user lives and comes in: always the same, but for fail-over, in a closed circle and within a session.
    pub(super) fn comes_in(&self, path: Key, asker: Asker) -> (Option<u16>, Option<ZoneId>) {
        let zones = &self.plan.zones;
        if zones.is_empty() {
            return (None, None);
        }
        let key = match asker {
            Asker::Once => path,
            Asker::Circle(user) => self.dice.with(USER).with(u64::from(user)),
            Asker::Session(session) => self.sessions[session].path,
        };
        let coin = |purpose: u64| Stream::keyed(key.with(purpose)).unit();
        let (home, region) = if zones.regions.is_empty() {
            (None, None)
        } else {
            let home = zones.regions.home_of(coin(HOME));
            (Some(home as u16), Some(self.sent_to(zones.regions.homes[home].region, coin)))
        };
        let open = zones.of_user(region, coin(ZONE), |zone| self.evacuations.is_drained(zone));
        (home, open.or_else(|| zones.of_user(region, coin(ZONE), |_| false)))
    }

    /// The region of a user who would be sent to that one, were it not for fail-over.
    fn sent_to(&self, usual: RegionId, coin: impl Fn(u64) -> f64) -> RegionId {
        let Some(rule) = &self.plan.fail_over else { return usual };
        let moved = |region: RegionId| self.evacuations.regions[region.at()].moved(self.now(), rule);
        let share = moved(usual);
        if share <= 0.0 || coin(MOVES) >= share || mutant!("users-stay-in-a-dead-region") {
            return usual;
        }
        let others = (0..rule.to.len() as u16).map(RegionId);
        let takes =
            others.filter(|&region| region != usual && rule.to[region.at()] > 0.0 && moved(region) <= 0.0);
        let all: f64 = takes.clone().map(|region| rule.to[region.at()]).sum();
        falls(takes.map(|region| (region, rule.to[region.at()])), coin(REGION) * all).unwrap_or(usual)
    }

    /// A region is out, or is evacuated, or is not any more.
    pub(super) fn region_changes(&mut self, region: RegionId) {
        let Some(rule) = &self.plan.fail_over else { return };
        let decided = self.active().filter_map(|trouble| match trouble.effect {
            Effect::RegionOutage { region: out } if *out == region => {
                Some(trouble.from + rule.detect + rule.decide)
            }
            Effect::Evacuate { region: out } if *out == region => Some(trouble.from),
            _ => None,
        });
        let (decided, now) = (decided.min(), self.now());
        let begins = decided.map(|at| at + rule.ready);
        let new = self.evacuations.regions[region.at()].changes(begins, now, rule);
        if let Some(at) = decided
            && (new || at == now)
        {
            let saves = Event::Saves { region: u32::from(region.0) };
            self.agenda.schedule(at.max(now), Class::Timer, FIRST, saves);
        }
    }

    /// It is decided: whoever takes the region's users launches what it has in reserve.
    pub(super) fn saves(&mut self, region: u32) {
        let Some(rule) = &self.plan.fail_over else { return };
        if self.evacuations.regions[region as usize].over != Time::NEVER {
            return;
        }
        for deployable in 0..self.plan.deployables.len() {
            if self.plan.deployables[deployable].reserve {
                self.launch_reserve(deployable, |it| u32::from(it.0) != region && rule.to[it.at()] > 0.0);
            }
        }
    }

    /// A drill keeps everybody out of a zone, or does no more.
    pub(super) fn zone_drains(&mut self, zone: ZoneId) {
        let drills = self.active().filter(|trouble| *trouble.effect == Effect::Drain { zone }).count();
        self.evacuations.drained[zone.at()] = drills as u32;
        (0..self.plan.deployables.len()).for_each(|deployable| self.review(deployable));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Shift;
    use archsim_sim::Span;

    fn rule() -> FailOver {
        let secs = Span::from_secs;
        FailOver {
            detect: secs(1),
            decide: secs(1),
            ready: secs(0),
            shift: Shift::Linear(secs(10)),
            to: vec![1.0, 1.0],
            back_after: secs(5),
            back: Shift::Linear(secs(20)),
        }
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn percent(it: &Evacuation, secs: u64, rule: &FailOver) -> u64 {
        libm::round(100.0 * it.moved(at(secs), rule)) as u64
    }

    #[test]
    fn users_move_and_move_back() {
        let (rule, mut it) = (rule(), Evacuation::NONE);
        assert!(it.changes(Some(at(12)), at(10), &rule));
        assert_eq!([11, 12, 17, 22, 40].map(|secs| percent(&it, secs, &rule)), [0, 0, 50, 100, 100]);
        assert!(!it.changes(None, at(40), &rule));
        assert_eq!([44, 45, 55, 65].map(|secs| percent(&it, secs, &rule)), [100, 100, 50, 0]);
        // Another one while half of them are still away: those stay.
        assert!(it.changes(Some(at(57)), at(55), &rule));
        assert_eq!([56, 60, 62, 67].map(|secs| percent(&it, secs, &rule)), [50, 50, 50, 100]);
    }

    #[test]
    fn what_is_over_before_it_is_decided_moves_nobody() {
        let (rule, mut it) = (rule(), Evacuation::NONE);
        it.changes(Some(at(12)), at(10), &rule);
        it.changes(None, at(11), &rule);
        assert_eq!([11, 12, 30].map(|secs| percent(&it, secs, &rule)), [0; 3]);
        // Over while users still move: as many as have moved until they turn.
        it.changes(Some(at(42)), at(40), &rule);
        it.changes(None, at(44), &rule);
        assert_eq!([44, 49, 59].map(|secs| percent(&it, secs, &rule)), [20, 70, 35]);
    }
}
