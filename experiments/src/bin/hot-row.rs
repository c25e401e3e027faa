//! The shipped experiment `hot-row` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("hot-row")
}
