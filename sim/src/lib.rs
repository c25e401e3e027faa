//! The archsim kernel.

pub mod limit;
pub mod time;

pub use limit::Limit;
pub use time::{Span, Time};
