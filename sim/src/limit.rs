//! A limit on how many there may be at once. Everything has one; "none" must be said.
//!
//! ```
//! use archsim_sim::Limit;
//! assert!(Limit::AtMost(2).admits(1) && !Limit::AtMost(2).admits(2));
//! assert_eq!(Limit::Unbounded.to_string(), "unbounded");
//! ```

use std::fmt;

/// At most so many at once, or explicitly any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// At most this many.
    AtMost(u32),
    /// Any number: written `unbounded` or `unlimited` where people read it.
    Unbounded,
}

impl Limit {
    /// Whether one more may be added to `count`.
    #[inline]
    pub const fn admits(self, count: u32) -> bool {
        match self {
            Limit::AtMost(most) => count < most,
            Limit::Unbounded => true,
        }
    }

    /// The limit as one number, for a quick comparison: the greatest there is stands for any number.
    pub(crate) const fn most(self) -> u32 {
        match self {
            Limit::AtMost(most) => most,
            Limit::Unbounded => u32::MAX,
        }
    }

    /// The limit whose [`most`](Self::most) is `most`.
    pub(crate) const fn from_most(most: u32) -> Self {
        if most == u32::MAX { Limit::Unbounded } else { Limit::AtMost(most) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::AtMost(most) => most.fmt(f),
            Limit::Unbounded => f.write_str("unbounded"),
        }
    }
}
