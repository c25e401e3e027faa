//! What may stand in a scenario, and what is said where it may not.

mod caches;
mod calm;
mod databases;
mod docs;
mod errors;
mod failures;
mod finding;
mod good;
mod hostile;
mod jobs;
mod kills;
mod leases;
mod nodes;
mod regions;
mod reported;
mod routing;
mod scaling;
mod sessions;
mod states;
mod traces;
mod transactions;
mod zones;
