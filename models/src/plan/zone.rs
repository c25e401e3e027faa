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

/// The zones of an architecture, and what lies between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Zones {
    /// Their names; none if the architecture knows no zones.
    pub names: Vec<String>,
    /// By zone: the share of the users who come in there; the shares add up to 1.
    pub users: Vec<f64>,
    /// What a message from zone to zone takes in addition, one way.
    pub cross: Span,
}

impl Zones {
    /// Everything is in one place.
    pub const NONE: Zones = Zones { names: Vec::new(), users: Vec::new(), cross: Span::ZERO };

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The zone into whose part of the unit interval a user's coin falls.
    pub fn of_user(&self, mut coin: f64) -> ZoneId {
        for (zone, share) in self.users.iter().enumerate() {
            coin -= share;
            if coin < 0.0 {
                return ZoneId(zone as u16);
            }
        }
        // Shares add up to 1 but for rounding.
        ZoneId(self.users.len().saturating_sub(1) as u16)
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
        let zones = Zones { names: vec!["a".into(), "b".into()], users: vec![0.25, 0.75], cross: Span::ZERO };
        assert_eq!([0.0, 0.24, 0.26, 0.999_999].map(|coin| zones.of_user(coin).at()), [0, 0, 1, 1]);
    }
}
