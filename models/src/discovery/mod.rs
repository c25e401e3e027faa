//! Who knows of an instance, and since when: registries with leases, and health checks.
//!
//! An instance that has died is called until somebody notices, and a new one is not called until it is known. How long
//! that takes is the business of discovery:
//!
//! | rule | a dead instance is called for | a new one is unknown for |
//! |---|---|---|
//! | none | as long as it is dead | no time |
//! | instant | no time: what a simulation can do and no system can | no time |
//! | [`health`] checks by a load balancer | `failures` probes | `successes` probes |
//! | [`eureka`] | two leases, the next eviction, three caches: up to 330 s | a heartbeat and three caches |

pub mod eureka;
pub mod health;
