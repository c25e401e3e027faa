//! Zones: places with power, cooling and network of their own, which fail on their own.

use archsim_sim::Span;

/// A zone of this architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneId(pub u16);

impl ZoneId {
    /// As an index into the plan's list.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// A region of this architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionId(pub u16);

impl RegionId {
    /// As an index into the plan's list.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// The zones of an architecture, and what lies between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Zones {
    /// Their names; none if the architecture knows no zones.
    pub names: Vec<String>,
    /// By zone: the share of the users who come in there, of all, or of those of its region; such shares add up to 1.
    pub users: Vec<f64>,
    /// What a message from zone to zone (of one region) takes in addition, one way.
    pub cross: Span,
    /// The regions that the zones are in, if there are any.
    pub regions: Regions,
}

/// Places that contain zones, far from each other, and where users live.
///
/// What is in a region but in none of its zones goes by the numbers behind those of the zones, see
/// [`Zones::somewhere`]: it is as near to all zones of its region, and lost with none of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regions {
    /// Their names.
    pub names: Vec<String>,
    /// By zone: where it is.
    pub of: Vec<RegionId>,
    /// By region, by region: what a message from one to the other takes in addition, one way.
    pub apart: Vec<Vec<Span>>,
    /// Where users live.
    pub homes: Vec<Home>,
}

/// Where users live.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    /// Its name, the same in every arm.
    pub name: String,
    /// Of all users; the shares add up to 1.
    pub share: f64,
    /// The region to which they are sent while all is well.
    pub region: RegionId,
    /// By region: what a message from there takes in addition, one way.
    pub away: Vec<Span>,
}

impl Regions {
    /// There are none.
    pub const NONE: Regions =
        Regions { names: Vec::new(), of: Vec::new(), apart: Vec::new(), homes: Vec::new() };

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The home into whose part of the unit interval a user's coin falls.
    pub fn home_of(&self, coin: f64) -> usize {
        falls(self.homes.iter().map(|home| home.share).enumerate(), coin).unwrap_or(0)
    }
}

/// The place into whose part of the unit interval a coin falls; rounding is the last one's.
pub(crate) fn falls<T>(parts: impl Iterator<Item = (T, f64)>, mut coin: f64) -> Option<T> {
    let mut last = None;
    for (place, share) in parts {
        coin -= share;
        last = Some(place);
        if coin < 0.0 {
            break;
        }
    }
    last
}

impl Zones {
    /// Everything is in one place.
    pub const NONE: Zones =
        Zones { names: Vec::new(), users: Vec::new(), cross: Span::ZERO, regions: Regions::NONE };

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The zone into whose part of the unit interval a user's coin falls, of all or of a region's; of those that are
    /// left out none.
    pub fn of_user(
        &self,
        region: Option<RegionId>,
        coin: f64,
        left_out: impl Fn(ZoneId) -> bool,
    ) -> Option<ZoneId> {
        let here = |zone: ZoneId| region.is_none_or(|region| self.regions.of[zone.at()] == region);
        let zones = (0..self.names.len() as u16).map(ZoneId);
        let open = || {
            zones
                .clone()
                .filter(|zone| here(*zone) && !left_out(*zone))
                .map(|zone| (zone, self.users[zone.at()]))
        };
        let all: f64 = open().map(|(_, share)| share).sum();
        falls(open(), coin * all)
    }

    /// What is in a region and in none of its zones.
    pub fn somewhere(&self, region: RegionId) -> ZoneId {
        ZoneId(self.names.len() as u16 + region.0)
    }

    /// The zone, unless it is no more than somewhere in a region.
    pub fn zone(&self, place: Option<ZoneId>) -> Option<ZoneId> {
        place.filter(|place| place.at() < self.names.len())
    }

    /// The region of a zone, or of what is somewhere in one.
    pub fn region(&self, place: ZoneId) -> Option<RegionId> {
        match self.regions.of.get(place.at()) {
            Some(region) => Some(*region),
            None if self.regions.is_empty() => None,
            None => Some(RegionId(place.0 - self.names.len() as u16)),
        }
    }

    /// Whether a message from one place to the other goes from zone to zone.
    pub fn crosses(from: Option<ZoneId>, to: Option<ZoneId>) -> bool {
        matches!((from, to), (Some(from), Some(to)) if from != to)
    }

    /// Whether a fault between a zone and another one, or all others, is about these two places.
    pub fn joins(zone: ZoneId, other: Option<ZoneId>, from: Option<ZoneId>, to: Option<ZoneId>) -> bool {
        let (Some(from), Some(to)) = (from, to) else { return false };
        let beyond = |far: ZoneId| other.map_or(far != zone, |other| far == other);
        (from == zone && beyond(to)) || (to == zone && beyond(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_between_zones_acts_both_ways_and_not_within() {
        let [a, b, c] = [0, 1, 2].map(|zone| Some(ZoneId(zone)));
        let ab = |from, to| Zones::joins(ZoneId(0), b, from, to);
        assert!(ab(a, b) && ab(b, a));
        assert!(!ab(a, c) && !ab(b, c) && !ab(a, a) && !ab(a, None));
        let alone = |from, to| Zones::joins(ZoneId(0), None, from, to);
        assert!(alone(a, c) && alone(b, a) && !alone(b, c) && !alone(a, a));
    }

    #[test]
    fn users_come_in_by_their_shares() {
        let names = vec!["a".into(), "b".into()];
        let zones = Zones { names, users: vec![0.25, 0.75], ..Zones::NONE };
        let came =
            |coin, left_out| zones.of_user(None, coin, |zone| Some(zone.at()) == left_out).map(ZoneId::at);
        assert_eq!([0.0, 0.24, 0.26, 0.999_999].map(|coin| came(coin, None)), [0, 0, 1, 1].map(Some));
        assert_eq!([0.0, 0.999_999].map(|coin| came(coin, Some(0))), [Some(1), Some(1)], "a is left out");
    }

    #[test]
    fn what_is_in_no_zone_of_a_region_is_in_the_region() {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let of = vec![RegionId(0), RegionId(0), RegionId(1)];
        let regions = Regions { names: vec!["east".into(), "west".into()], of, ..Regions::NONE };
        let zones = Zones { names, users: vec![0.5, 0.5, 1.0], cross: Span::ZERO, regions };
        let west = zones.somewhere(RegionId(1));
        assert_eq!((zones.region(west), zones.zone(Some(west))), (Some(RegionId(1)), None));
        assert_eq!(zones.region(ZoneId(1)), Some(RegionId(0)));
        let came = |region, coin| zones.of_user(Some(RegionId(region)), coin, |_| false).map(ZoneId::at);
        assert_eq!([came(0, 0.4), came(0, 0.6), came(1, 0.2)], [Some(0), Some(1), Some(2)]);
    }
}
