//! The shipped experiment `node-loss` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("node-loss")
}
