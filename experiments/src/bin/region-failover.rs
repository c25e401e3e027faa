//! The shipped experiment `region-failover` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("region-failover")
}
