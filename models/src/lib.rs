//! archsim models.

pub mod cache;
pub mod contents;
pub mod discovery;
pub mod evcache;
pub mod hit_ratio;
pub mod placement;
pub mod plan;
pub mod policy;
pub mod pool;
pub mod popularity;
pub mod record;
pub mod scaling;
pub mod scenario;
pub mod world;
