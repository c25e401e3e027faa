//! What can be known without running: offered loads, latencies in an empty system, and the
//! models that queueing theory has solved. Pure functions.
//!
//! | module | the one thing it knows |
//! |---|---|
//! | [`demand`] | what a request asks of each station |
//! | [`load`] | offered loads, Little's law, latencies with nobody in the way |
//! | [`erlang`], [`finite`], [`pollaczek`], [`closed`] | one model each |

pub mod closed;
pub mod demand;
pub mod erlang;
pub mod finite;
pub mod load;
pub mod pollaczek;
