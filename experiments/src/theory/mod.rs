//! What can be known without running: offered loads, latencies in an empty system, and, where an arm happens to be one
//! of the networks that queueing theory has solved, the exact answer. Pure functions of a plan.
//!
//! | module | the one thing it knows |
//! |---|---|
//! | [`demand`] | what a request asks of each station |
//! | [`load`] | offered loads, Little's law, latencies with nobody in the way |
//! | [`network`] | whether an arm is a network with a known answer, and if not, why |
//! | [`solve`](mod@solve) | the answer |
//! | [`erlang`], [`finite`], [`pollaczek`], [`closed`] | one model each |

pub mod closed;
pub mod demand;
pub mod erlang;
pub mod finite;
pub mod load;
pub mod network;
pub mod pollaczek;
pub mod solve;

pub use network::{Network, recognise};
pub use solve::{Exact, solve};

/// An arm's network and its steady state.
///
/// # Errors
/// All reasons why nobody has solved it.
pub fn exact(plan: &archsim_models::plan::Plan) -> Result<(Network, Exact), Vec<String>> {
    let network = recognise(plan)?;
    let exact = solve(&network)?;
    Ok((network, exact))
}
