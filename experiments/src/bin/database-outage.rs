//! The shipped experiment `database-outage` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("database-outage")
}
