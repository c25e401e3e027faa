//! archsim's experiments: many replications, honest intervals, and claims that check themselves.

pub mod claims;
pub mod figures;
pub mod findings;
pub mod folder;
pub mod headline;
pub mod interval;
pub mod laws;
pub mod measure;
pub mod monte_carlo;
pub mod paired;
pub mod quantile;
pub mod report;
pub mod results;
pub mod rows;
pub mod shipped;
pub mod store;
pub mod summary;
pub mod table;
pub mod words;
