//! Zones: where things are, how far messages go, and what holds them up.

use super::sessions::Whose;
use super::*;

/// Where both ends of a message are.
pub(super) type Zoned = (Option<ZoneId>, Option<ZoneId>);

/// Whether a message goes between a zone and another one, or any other.
pub(super) fn between(ends: Zoned, zone: ZoneId, other: Option<ZoneId>) -> bool {
    let (Some(from), Some(to)) = ends else { return false };
    match other {
        Some(other) => (from, to) == (zone, other) || (to, from) == (zone, other),
        None => (from == zone) != (to == zone),
    }
}

/// Into whose share a coin falls; who has none is none of them.
pub(super) fn pick(shares: &[f64], coin: f64) -> Option<usize> {
    let all: f64 = shares.iter().filter(|share| **share > 0.0).sum();
    let mut left = coin * all;
    let mut last = None;
    for (at, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        left -= share;
        last = Some(at);
        if left < 0.0 {
            break;
        }
    }
    last
}

impl Twin {
    /// Where a user lives, and where he comes in.
    pub(super) fn comes_in(&self, path: Key, whose: &Whose) -> (Option<usize>, Option<ZoneId>) {
        let zones = &self.plan.zones;
        let path = match whose {
            Whose::User(user) => self.dice.with(Key::of_name("user")).with(u64::from(*user)),
            Whose::Guest(guest, _) => guest.own_path(),
            Whose::Once => path,
        };
        let coin = |purpose: &str| Stream::keyed(path.with(Key::of_name(purpose))).unit();
        let home = (!zones.regions.names.is_empty()).then(|| {
            let shares: Vec<f64> = zones.regions.homes.iter().map(|home| home.share).collect();
            pick(&shares, coin("home")).expect("a home")
        });
        let region = home.map(|home| self.sent_to(zones.regions.homes[home].region.at(), coin));
        let here = |zone: usize| region.is_none_or(|region| zones.regions.of[zone].at() == region);
        let shares = |open: &dyn Fn(usize) -> bool| -> Vec<f64> {
            (0..zones.names.len())
                .map(|zone| if here(zone) && open(zone) { zones.users[zone] } else { 0.0 })
                .collect()
        };
        let open = shares(&|zone| !self.is_drained(zone));
        let chosen = if (0..zones.names.len()).any(|zone| here(zone) && !self.is_drained(zone)) {
            pick(&open, coin("zone"))
        } else {
            pick(&shares(&|_| true), coin("zone"))
        };
        (home, chosen.map(|zone| ZoneId(zone as u16)))
    }

    pub(super) fn zone_of(&self, at: usize) -> Option<ZoneId> {
        let instance = &self.instances[at];
        let zones = &self.plan.deployables[instance.deployable].zones;
        zones.iter().cycle().nth(instance.number).copied()
    }

    pub(super) fn zone_of_caller(&self, attempt: &Attempt) -> Option<ZoneId> {
        attempt.from.map_or(attempt.request.zone, |(from, _)| self.zone_of(from))
    }

    /// The region of a zone, or of what is somewhere in one.
    pub(super) fn region_of(&self, place: ZoneId) -> Option<usize> {
        let zones = &self.plan.zones;
        let behind = place.at().checked_sub(zones.names.len());
        match behind {
            Some(region) => Some(region),
            None => zones.regions.of.get(place.at()).map(|region| region.at()),
        }
    }

    /// What a way takes in addition because it leads from place to place.
    pub(super) fn across(&self, ends: Zoned) -> Span {
        let (zones, count) = (&self.plan.zones, self.plan.zones.names.len());
        let (Some(from), Some(to)) = ends else { return Span::ZERO };
        match (self.region_of(from), self.region_of(to)) {
            _ if from == to => Span::ZERO,
            (Some(one), Some(other)) if one != other => zones.regions.apart[one][other],
            _ if from.at() < count && to.at() < count => zones.cross,
            _ => Span::ZERO,
        }
    }

    /// The same from where a user lives who has come in somewhere.
    pub(super) fn way_from_home(&self, home: usize, (from, to): Zoned) -> Span {
        let Some(region) = to.and_then(|to| self.region_of(to)) else { return Span::ZERO };
        let away = self.plan.zones.regions.homes[home].away[region];
        let same = from.and_then(|from| self.region_of(from)) == Some(region);
        if same && from != to { away + self.plan.zones.cross } else { away }
    }

    /// A place that is a zone.
    pub(super) fn only_zones(&self, (from, to): Zoned) -> Zoned {
        let zone = |place: Option<ZoneId>| place.filter(|it| it.at() < self.plan.zones.names.len());
        (zone(from), zone(to))
    }

    /// Extra time until something that is sent again and again has got through to a store, or back.
    pub(super) fn gets_through(&self, ends: Zoned, path: Key) -> Span {
        let mut at = self.now;
        for (until, effect, _) in self.holding() {
            match effect {
                Effect::ZoneDelay { zone, other, add, key } if between(ends, zone, other) => {
                    at += add.sample(&mut Stream::keyed(path.with(key)));
                }
                Effect::ZoneLoss { zone, other, probability: 1.0, .. } if between(ends, zone, other) => {
                    at = at.max(until);
                }
                Effect::ZoneLoss { zone, other, probability, key } if between(ends, zone, other) => {
                    let mut coins = Stream::keyed(path.with(key));
                    while at < until && coins.chance(probability) {
                        at += Span::from_millis(200);
                    }
                }
                _ => {}
            }
        }
        at.since(self.now)
    }
}
