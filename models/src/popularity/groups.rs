//! Items of nearly equal popularity taken together.

/// Items that are asked for equally often, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// How many.
    pub items: f64,
    /// The probability of each.
    pub probability: f64,
}

impl Group {
    /// So many items that share so much of the requests alike.
    pub(super) fn alike(items: u32, share: f64) -> Group {
        Group { items: f64::from(items), probability: share / f64::from(items) }
    }
}
