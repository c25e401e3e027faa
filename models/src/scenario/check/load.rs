//! Whether an arm can carry its load.

use crate::scenario::report::Report;
use crate::scenario::{ArmSpec, Understanding};

/// Checks the load of an arm.
pub fn load(_spec: &ArmSpec, _all: &Understanding, _report: &mut Report) {}
