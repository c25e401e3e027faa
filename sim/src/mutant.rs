//! Faults on purpose: negative controls for whatever claims to find faults.
//!
//! A test that has never failed has shown nothing. With the feature `mutants` single lines of the kernel, and of what
//! is built on it, can be made wrong by name, one at a time, for the whole process: then something must notice.
//! Without the feature [`selected`] is the constant `false`, and nothing of it reaches a binary, not even the names.
//!
//! ```
//! # fn waits(_: u32) {}
//! let (waiting, bound) = (0, 10);
//! // One place more than there should be.
//! if waiting < bound || archsim_sim::mutant!("example") && waiting == bound {
//!     waits(waiting);
//! }
//! ```

/// Whether the mutant of this name is the one selected.
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        $crate::mutant::selected(const { $crate::Key::of_name($name) })
    };
}

#[cfg(feature = "mutants")]
mod switch {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// The hash of a name; no name has the hash 0 but by a chance of 2⁻⁶⁴.
    static SELECTED: AtomicU64 = AtomicU64::new(0);

    /// Makes the mutant of this name the one selected, in the whole process; `None` is the kernel as it should be.
    /// Runs that are under way go on with it from here, so change it between runs only.
    pub fn select(name: Option<&str>) {
        SELECTED.store(name.map_or(0, crate::Key::of_name), Ordering::Relaxed);
    }

    /// Whether this is the hash of the mutant that is selected.
    #[inline]
    pub fn selected(name: u64) -> bool {
        SELECTED.load(Ordering::Relaxed) == name
    }
}

#[cfg(feature = "mutants")]
pub use switch::{select, selected};

/// Whether this is the hash of the mutant that is selected: never, without the feature `mutants`.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn selected(_name: u64) -> bool {
    false
}
