//! Where something stands: in the file, in a `--set`, or nowhere because it is a default.

/// A stretch of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which source: 0 is the file, n the n-th `--set`.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Column of the first byte in characters, from 1.
    pub column: u32,
}

impl Place {
    /// The start of the file.
    pub const START: Place = Place { source: 0, start: 0, end: 0, line: 1, column: 1 };
}
