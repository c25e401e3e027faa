//! Orders of policies that make no sense.

use crate::scenario::architecture::Architecture;
use crate::scenario::report::Report;
use crate::scenario::system::System;

/// Checks every onion of an architecture.
pub fn policies(_architecture: &Architecture, _system: &System, _report: &mut Report) {}
