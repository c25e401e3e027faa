//! Users who are sent to another region: all reasons that there ever were, looked through whenever somebody comes.

use super::zones::pick;
use super::*;

/// A time in which there is a reason to send a region's users elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Episode {
    since: Time,
    /// When users begin to move.
    begins: Time,
    over: Option<Time>,
}

impl Twin {
    fn moved_by(&self, episodes: &[Episode], now: Time) -> f64 {
        let Some((last, before)) = episodes.split_last() else { return 0.0 };
        let rule = self.plan.fail_over.as_ref().expect("there are episodes by it");
        let kept = self.moved_by(before, last.since);
        let turns = last.over.map(|over| over + rule.back_after);
        let until = turns.map_or(now, |turns| turns.min(now));
        let begun = last.begins <= until && last.over.is_none_or(|over| last.begins <= over);
        let out = if begun { rule.shift.share(until.since(last.begins)).max(kept) } else { kept };
        match turns {
            Some(turns) if turns < now => out * (1.0 - rule.back.share(now.since(turns))),
            _ => out,
        }
    }

    fn moved(&self, region: usize) -> f64 {
        self.moved_by(&self.episodes[region], self.now)
    }

    pub(super) fn sent_to(&self, usual: usize, coin: impl Fn(&str) -> f64) -> usize {
        let Some(rule) = &self.plan.fail_over else { return usual };
        if coin("moves") >= self.moved(usual) {
            return usual;
        }
        let takes = |region: usize| region != usual && self.moved(region) <= 0.0;
        let shares: Vec<f64> =
            rule.to.iter().enumerate().map(|(at, &share)| if takes(at) { share } else { 0.0 }).collect();
        pick(&shares, coin("region")).unwrap_or(usual)
    }

    /// A reason begins or ends.
    pub(super) fn region_changed(&mut self, region: RegionId) {
        let Some(rule) = self.plan.fail_over.clone() else { return };
        let mut decided: Option<Time> = None;
        for (from, effect) in self.holding_since() {
            let at = match effect {
                Effect::RegionOutage { region: out } if out == region => from + rule.detect + rule.decide,
                Effect::Evacuate { region: out } if out == region => from,
                _ => continue,
            };
            decided = Some(decided.map_or(at, |other| other.min(at)));
        }
        let now = self.now;
        let last = self.episodes[region.at()].last_mut().filter(|it| it.over.is_none());
        match (decided, last) {
            (None, Some(last)) => last.over = Some(now),
            (None, None) => {}
            (Some(at), Some(last)) => {
                last.begins = last.begins.min(at + rule.ready);
                if at == now {
                    self.at(now, Class::Timer, 0, move |twin| twin.others_grow(region.at()));
                }
            }
            (Some(at), None) => {
                let episode = Episode { since: now, begins: at + rule.ready, over: None };
                self.episodes[region.at()].push(episode);
                self.at(at, Class::Timer, 0, move |twin| twin.others_grow(region.at()));
            }
        }
    }

    fn others_grow(&mut self, region: usize) {
        let plan = self.plan.clone();
        let rule = plan.fail_over.as_ref().expect("it was decided by it");
        if self.episodes[region].last().is_some_and(|it| it.over.is_some()) {
            return;
        }
        for (deployable, settings) in plan.deployables.iter().enumerate().filter(|(_, it)| it.reserve) {
            for at in self.slots_of(deployable) {
                let zone =
                    self.zone_of(at).filter(|_| self.instances[at].number >= settings.instances as usize);
                let there = zone.and_then(|zone| self.region_of(zone));
                if there.is_some_and(|there| there != region && rule.to[there] > 0.0) {
                    self.launch_reserve(at);
                }
            }
        }
    }

    pub(super) fn is_drained(&self, zone: usize) -> bool {
        self.holding().iter().any(|(_, effect, _)| *effect == Effect::Drain { zone: ZoneId(zone as u16) })
    }

    /// The region whose instances of a deployable a caller there chooses from, if it does not from all.
    pub(super) fn own_region(&self, to: usize, zone: Option<ZoneId>) -> Option<usize> {
        let (region, settings) = (self.region_of(zone?)?, &self.plan.deployables[to]);
        let first = self.first_instance(to);
        let there = |at: usize| self.zone_of(at).and_then(|zone| self.region_of(zone)) == Some(region);
        let placed = (first..first + settings.instances as usize).any(there);
        (placed && !settings.finding.anywhere).then_some(region)
    }
}
