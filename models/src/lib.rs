//! archsim models.

pub mod plan;
pub mod policy;
pub mod record;
pub mod scaling;
pub mod scenario;
pub mod world;
