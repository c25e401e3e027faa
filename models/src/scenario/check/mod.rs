//! Does it make sense? What the tables cannot say, because it is about several parts at once.

mod architecture;
mod caches;
mod calm;
mod faults;
mod finding;
mod load;
mod machines;
mod policies;
mod regions;
mod scaling;
mod system;
mod transactions;

pub use architecture::{architecture, equal_cost};
pub use faults::{faults, idle_crews, no_control};
pub use load::load;
pub use regions::{homes, regions};
pub use system::{shares, system};
