//! The shipped experiment `zone-outage` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("zone-outage")
}
