//! The shipped experiment `cache-miss-storm` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("cache-miss-storm")
}
