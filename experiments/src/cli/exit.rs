//! How a command ends.

use std::process::{ExitCode, Termination};

/// How a command ends, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and every claim holds.
    Done,
    /// Internal or I/O error.
    Error,
    /// Wrong usage or invalid scenario.
    Usage,
    /// A claim fails.
    ClaimFails,
    /// A claim is undecided, or a run stopped at its limit.
    Undecided,
    /// Interrupted; what was complete is kept.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Usage => 2,
            Exit::ClaimFails => 3,
            Exit::Undecided => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
