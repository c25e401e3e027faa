//! The program `archsim`.

fn main() -> archsim_experiments::cli::Exit {
    archsim_experiments::cli::archsim()
}
