//! What becomes of requests in small worlds whose every instant is known. One file, one subject; one binary, because
//! compiling the world is what takes long.

mod arrivals;
mod cache_copies;
mod cache_freshness;
mod cache_latch;
mod cache_leases;
mod cache_near;
mod cache_read_through;
mod cache_warmer;
mod caches;
mod common;
mod databases;
mod dice;
mod drains;
mod fallbacks;
mod faults;
mod finding;
mod fleets;
mod hazards;
mod hystrix;
mod jobs;
mod nodes;
mod parallel;
mod queues;
mod regions;
mod retrials;
mod retries;
mod sessions;
mod stores;
mod threads;
mod timeouts;
mod transactions;
mod users;
mod workdays;
mod zones;
