//! Every code.

/// All codes and titles.
pub fn codes() -> &'static [(&'static str, &'static str)] {
    &[]
}

/// The page of a code.
pub fn explain(_code: &str) -> Option<&'static str> {
    None
}
