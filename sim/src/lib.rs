//! The archsim kernel: what every discrete-event simulation needs and nothing of what it is about.

pub mod agenda;
pub mod arena;
pub mod average;
pub mod buckets;
pub mod distribution;
mod exponential;
pub mod fingerprint;
mod heap;
pub mod histogram;
mod lane;
pub mod limit;
pub mod processor;
pub mod random;
pub mod station;
pub mod table;
pub mod time;

pub use agenda::{Agenda, Class, Delay};
pub use arena::{Arena, Id};
pub use average::TimeWeighted;
pub use buckets::{LevelBuckets, TimeBuckets};
pub use distribution::Distribution;
pub use fingerprint::Fingerprint;
pub use histogram::Histogram;
pub use limit::Limit;
pub use processor::{Processor, Sharing, Ticket};
pub use random::{Key, Stream};
pub use station::{Admission, Order, Station};
pub use table::{Table, TableError};
pub use time::{Span, Time};
