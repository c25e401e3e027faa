//! The archsim kernel: what every discrete-event simulation needs, and nothing of what it is about.
//!
//! A simulation is a loop: take the next event off the [`Agenda`], change the state, schedule what
//! follows. The kernel has the parts of that loop that are the same everywhere and hard to get right or
//! fast; the loop itself, and everything that has a name in the world, is yours.
//!
//! # A queue with one server in thirty lines
//! Customers arrive at random, 0.8 a millisecond, and need one millisecond of work on average. Theory
//! says that they stay five milliseconds.
//!
//! ```
//! use archsim_sim::{
//!     Admission, Agenda, Class, Distribution, Histogram, Limit, Order, Span, Station, Stream, Time,
//! };
//!
//! #[derive(Clone, Copy)]
//! enum Event {
//!     Arrives,
//!     Leaves { since: Time },
//! }
//!
//! let mut agenda = Agenda::new();
//! let mut desk = Station::new(Limit::AtMost(1), Limit::Unbounded, Order::Fifo);
//! let mut stays = Histogram::new();
//! // Two streams: a change to the work would leave the arrivals as they are.
//! let mut arrivals = Stream::named(1, 0, "arrivals");
//! let mut works = Stream::named(1, 0, "works");
//! let between = Distribution::exponential(Span::from_micros(1_250));
//! let work = Distribution::exponential(Span::from_millis(1));
//!
//! agenda.schedule(Time::ZERO, Class::Arrival, 0, Event::Arrives);
//! while let Some(event) = agenda.pop() {
//!     let now = agenda.now();
//!     let starts = match event {
//!         Event::Arrives => {
//!             if now < Time::ZERO + Span::from_secs(100) {
//!                 let next = now + between.sample(&mut arrivals);
//!                 agenda.schedule(next, Class::Arrival, 0, Event::Arrives);
//!             }
//!             (desk.arrive(now, now, 0) == Admission::Starts).then_some(now)
//!         }
//!         Event::Leaves { since } => {
//!             stays.record_span(now - since);
//!             desk.finish(now)
//!         }
//!     };
//!     if let Some(since) = starts {
//!         let done = now + work.sample(&mut works);
//!         agenda.schedule(done, Class::Completion, 0, Event::Leaves { since });
//!     }
//! }
//! assert!((stays.mean() / 5e6 - 1.0).abs() < 0.15);
//! assert!((desk.busy_average().mean(agenda.now()) - 0.8).abs() < 0.02);
//! ```
//!
//! # The parts
//! | for | there is |
//! |---|---|
//! | instants and lengths of time, in whole nanoseconds | [`Time`], [`Span`] |
//! | what happens next, in a promised order | [`Agenda`], [`Class`], [`Delay`] |
//! | records that come and go, with ids that know when they are stale | [`Arena`], [`Id`] |
//! | randomness by name | [`Stream`], [`Key`], [`Distribution`], [`Count`], [`Table`] |
//! | servers with a waiting line; cores that are shared | [`Station`], [`Processor`], [`Limit`] |
//! | what was observed | [`Histogram`], [`TimeWeighted`], [`TimeBuckets`], [`LevelBuckets`] |
//! | whether two runs were the same | [`Fingerprint`] |
//!
//! # Promises
//! - **A run is a function of what it is given.** Nothing here reads a clock, a file, entropy or the
//!   platform's mathematics, or starts a thread; the same inputs give the same bytes everywhere,
//!   WebAssembly included.
//! - **Events have a total order** that another implementation can follow: see [`agenda`].
//! - **To cancel is to forget.** Nothing is ever taken off the agenda; an event about a record that is
//!   gone finds a stale [`Id`] and does nothing.
//! - **Once warm, nothing allocates.** Places are reused; memory is bounded by the most that was ever
//!   pending at once, not by the length of the run.
//! - **Stations schedule nothing.** They say who starts and who waits; one place in the model schedules.
//!
//! To observe a run, call the collectors where things happen. A model that wants to be watched from
//! outside takes an observer as a type parameter, which costs nothing when it does nothing; the kernel
//! needs none.

pub mod agenda;
pub mod arena;
pub mod average;
pub mod buckets;
pub mod count;
pub mod distribution;
mod exponential;
pub mod fingerprint;
mod gamma;
mod heap;
pub mod histogram;
mod lane;
mod lanes;
pub mod limit;
pub mod mutant;
mod normal;
mod pareto;
pub mod processor;
mod queue;
pub mod random;
mod stages;
pub mod station;
pub mod table;
pub mod time;
mod weibull;

pub use agenda::{Agenda, Class, Delay};
pub use arena::{Arena, Id};
pub use average::TimeWeighted;
pub use buckets::{LevelBuckets, TimeBuckets};
pub use count::Count;
pub use distribution::Distribution;
pub use fingerprint::Fingerprint;
pub use histogram::Histogram;
pub use limit::Limit;
pub use processor::{Processor, Sharing, Ticket};
pub use random::{Key, Stream};
pub use station::{Admission, Order, Station};
pub use table::{Table, TableError};
pub use time::{Span, Time};
