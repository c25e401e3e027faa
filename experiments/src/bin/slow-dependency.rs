//! The shipped experiment `slow-dependency` as a program of its own.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::shipped("slow-dependency")
}
