//! Zones: where things are, how far messages go, and what holds them up.

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

impl Twin {
    pub(super) fn zone_of_user(&self, path: Key, user: Option<u32>) -> Option<ZoneId> {
        let zones = &self.plan.zones;
        let path = match user {
            Some(user) => self.dice.with(Key::of_name("user")).with(u64::from(user)),
            None => path,
        };
        let coin = Stream::keyed(path.with(Key::of_name("zone"))).unit();
        let below = |zone: usize| zones.users[..=zone].iter().sum::<f64>();
        let last = zones.names.len().checked_sub(1)?;
        Some(ZoneId((0..last).find(|&zone| coin < below(zone)).unwrap_or(last) as u16))
    }

    pub(super) fn zone_of(&self, at: usize) -> Option<ZoneId> {
        let instance = &self.instances[at];
        let zones = &self.plan.deployables[instance.deployable].zones;
        zones.iter().cycle().nth(instance.number).copied()
    }

    pub(super) fn zone_of_caller(&self, attempt: &Attempt) -> Option<ZoneId> {
        attempt.from.map_or(attempt.request.zone, |(from, _)| self.zone_of(from))
    }

    /// What a way takes in addition because it leads from zone to zone.
    pub(super) fn across(&self, ends: Zoned) -> Span {
        match ends {
            (Some(from), Some(to)) if from != to => self.plan.zones.cross,
            _ => Span::ZERO,
        }
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
