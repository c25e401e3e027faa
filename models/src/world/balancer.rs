//! Balancers: which instance an attempt goes to, and what the caller knows when it chooses.
//!
//! A caller's own attempts are known to it at once. The load that instances report holds for everybody who calls
//! them, and may be old: between two reports all callers see the same instances as the least loaded, and rush to
//! them together (Mitzenmacher 2000, *How useful is old information?*).

use archsim_sim::{Class, Key, Stream, Time, mutant};

use super::event::Event;
use super::instance::Instance;
use super::observe::Observer;
use super::{FIRST, World};
use crate::placement::{mixed, modulo};
use crate::plan::{
    ByKey, CHOICES_MAX, DataId, Deployable, DeployableId, Hashing, Loads, RegionId, Route, SiteId, ZoneId,
};

const ROUTE: u64 = Key::of_name("route");

/// What a caller's balancer knows of a deployable's instances by itself.
pub(crate) struct Routing {
    next: u32,
    pub outstanding: Vec<u32>,
}

/// The loads that a choice goes by.
enum Seen<'a> {
    /// Numbers written down: the caller's own, or the last report.
    Written(&'a [u32]),
    /// The instances as they are.
    Live(&'a [Instance]),
}

impl Seen<'_> {
    fn of(&self, instance: u32) -> u32 {
        match self {
            Seen::Written(loads) => loads[instance as usize],
            Seen::Live(instances) => instances[instance as usize].load(),
        }
    }

    /// The first of the least loaded members, looking round from the one at `from`.
    fn least(&self, members: &[u32], from: usize) -> u32 {
        let from = if mutant!("ties-favour-the-first") { 0 } else { from };
        let (before, after) = members.split_at(from);
        let round = after.iter().chain(before).copied();
        round.min_by_key(|&instance| self.of(instance)).unwrap_or(0)
    }

    /// The least loaded of some different ones at random, among equals the first drawn.
    fn best_of(&self, members: &[u32], choices: u32, coins: &mut Stream) -> u32 {
        let count = members.len() as u32;
        // In ascending order, so that a number drawn among those left can skip them.
        let mut drawn = [0; CHOICES_MAX as usize];
        let mut best = (0, u32::MAX);
        for nth in 0..choices.min(count).min(CHOICES_MAX) {
            let mut chosen = coins.below(count - nth);
            let mut place = 0;
            while place < nth as usize && drawn[place] <= chosen {
                chosen += 1;
                place += 1;
            }
            drawn.copy_within(place..nth as usize, place + 1);
            drawn[place] = chosen;
            let chosen = members[chosen as usize];
            let load = self.of(chosen);
            if nth == 0 || (load < best.1) != mutant!("power-of-two-takes-the-worse") {
                best = (chosen, load);
            }
        }
        best.0
    }
}

impl Routing {
    /// `caller` shifts the first choice, so that many callers do not all begin with the same instance.
    pub(crate) fn new(to: &Deployable, caller: u32) -> Self {
        let outstanding = vec![0; to.slots() as usize];
        Routing { next: caller % to.instances.max(1), outstanding }
    }

    /// Attempts under way to any of the instances.
    pub(crate) fn total(&self) -> u64 {
        self.outstanding.iter().copied().map(u64::from).sum()
    }
}

impl<O: Observer> World<'_, O> {
    /// Chooses an instance by what the caller's balancer knows.
    pub(super) fn route(
        &mut self,
        deployable: DeployableId,
        site: Option<SiteId>,
        from: Option<u32>,
        (path, rank, zone): (Key, u64, Option<ZoneId>),
    ) -> u32 {
        let settings = &self.plan.deployables[deployable.at()];
        let (first, slots) = (self.layout.first_instance[deployable.at()], settings.slots());
        let next = self.routing(deployable.at(), site, from, zone).next;
        let coins = || Stream::keyed(path.with(ROUTE));
        let members = self.members(deployable.at(), from, zone);
        // Where the turn is: at the first member from `next` on, or at the first one of all.
        let turn = || members.partition_point(|&member| member < next) % members.len();
        let chosen = match settings.route {
            Route::ByKey(rule) => self.owner(deployable, rule, members, rank),
            // Nobody is known: whoever is asked refuses, if it is not one that is about to go.
            _ if members.is_empty() => 0,
            _ if members.len() == 1 => members[0],
            Route::RoundRobin => members[turn()],
            Route::Random => members[coins().below(members.len() as u32) as usize],
            Route::LeastOutstanding(loads) => {
                self.seen(loads, deployable, (site, from, zone)).least(members, turn())
            }
            Route::PowerOf(choices, loads) => {
                self.seen(loads, deployable, (site, from, zone)).best_of(members, choices, &mut coins())
            }
        };
        let routing = self.routing_mut(deployable.at(), site, from, zone);
        if matches!(settings.route, Route::RoundRobin | Route::LeastOutstanding(_)) {
            // Ties do not favour low numbers.
            routing.next = (chosen + 1 + u32::from(mutant!("round-robin-skips"))) % slots;
        }
        routing.outstanding[chosen as usize] += 1;
        first + chosen
    }

    /// Who owns a request's item.
    fn owner(&self, deployable: DeployableId, rule: ByKey, members: &[u32], rank: u64) -> u32 {
        let hash = mixed(self.item_asked(rule.data, rank));
        let all = self.plan.deployables[deployable.at()].instances;
        match (rule.hashing, &self.layout.rings[deployable.at()]) {
            (Hashing::Ketama, Some(ring)) if rule.rehash || mutant!("keys-move-on") => {
                ring.owner_among(hash, |number| members.binary_search(&number).is_ok()).unwrap_or(0)
            }
            (Hashing::Ketama, Some(ring)) => ring.owner(hash),
            _ if rule.rehash && !members.is_empty() => {
                members[modulo::owner(hash, members.len() as u32) as usize]
            }
            _ => modulo::owner(hash, all.max(1)),
        }
    }

    /// The item of a data set that a request asks for first.
    fn item_asked(&self, data: DataId, rank: u64) -> u32 {
        let mut draws = Stream::keyed(self.request_key(data, rank, 1));
        self.asked_item(&self.plan.data[data.at()], rank, (1, 1), &mut draws)
    }

    /// Whether an instance has what it needs for a request; what it held by itself may not be rebuilt yet.
    pub(super) fn has_state(&self, instance: usize, rank: u64) -> bool {
        let Instance { deployable, born, .. } = self.instances[instance];
        let Some(state) =
            self.plan.deployables[deployable].state.filter(|_| !mutant!("rebuild-takes-no-time"))
        else {
            return true;
        };
        // In another order than that of their owners.
        let place = mixed(!mixed(self.item_asked(state.data, rank)));
        self.now() >= state.ready(born, f64::from(place) / f64::from(u32::MAX))
    }

    /// The loads that a caller's balancer goes by now.
    fn seen(
        &self,
        loads: Loads,
        deployable: DeployableId,
        (site, from, zone): (Option<SiteId>, Option<u32>, Option<ZoneId>),
    ) -> Seen<'_> {
        match loads {
            Loads::Own => Seen::Written(&self.routing(deployable.at(), site, from, zone).outstanding),
            Loads::Instances { refresh } if refresh.is_zero() || mutant!("reports-never-old") => {
                Seen::Live(self.instances_of(deployable.at()))
            }
            Loads::Instances { .. } => Seen::Written(&self.reports[deployable.at()]),
        }
    }

    /// What the caller's balancer knows of a deployable by itself.
    fn routing(
        &self,
        deployable: usize,
        site: Option<SiteId>,
        from: Option<u32>,
        zone: Option<ZoneId>,
    ) -> &Routing {
        match (from, site) {
            (Some(caller), Some(site)) => {
                &self.instances[caller as usize].routing[self.layout.callees[site.at()] as usize]
            }
            _ => &self.entry_routing[self.entry(deployable, zone)],
        }
    }

    /// The same, to be changed.
    pub(super) fn routing_mut(
        &mut self,
        deployable: usize,
        site: Option<SiteId>,
        from: Option<u32>,
        zone: Option<ZoneId>,
    ) -> &mut Routing {
        if let (Some(caller), Some(site)) = (from, site) {
            return &mut self.instances[caller as usize].routing[self.layout.callees[site.at()] as usize];
        }
        let entry = self.entry(deployable, zone);
        &mut self.entry_routing[entry]
    }

    /// The balancer of the users who come in at a zone: each region has one of its own.
    fn entry(&self, deployable: usize, zone: Option<ZoneId>) -> usize {
        let zones = &self.plan.zones;
        let region = zone.and_then(|zone| zones.region(zone)).map_or(0, RegionId::at);
        deployable * zones.regions.names.len().max(1) + region
    }

    fn instances_of(&self, deployable: usize) -> &[Instance] {
        let first = self.layout.first_instance[deployable] as usize;
        &self.instances[first..first + self.plan.deployables[deployable].slots() as usize]
    }

    /// Puts the first report of every deployable that makes reports on the agenda.
    pub(super) fn schedule_reports(&mut self) {
        for deployable in 0..self.plan.deployables.len() {
            self.schedule_report(deployable as u32, Time::ZERO);
        }
    }

    fn schedule_report(&mut self, deployable: u32, after: Time) {
        if let Some(refresh) = self.plan.deployables[deployable as usize].route.refresh() {
            self.agenda.schedule(after + refresh, Class::Timer, FIRST, Event::Report { deployable });
        }
    }

    /// The instances of a deployable report their loads to everybody.
    pub(super) fn report_loads(&mut self, deployable: u32) {
        let mut report = std::mem::take(&mut self.reports[deployable as usize]);
        report.clear();
        report.extend(self.instances_of(deployable as usize).iter().map(Instance::load));
        self.reports[deployable as usize] = report;
        self.schedule_report(deployable, self.now());
    }
}
