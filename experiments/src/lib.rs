//! archsim's experiments: many replications and honest intervals.

pub mod interval;
pub mod paired;
pub mod quantile;
