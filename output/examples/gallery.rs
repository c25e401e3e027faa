//! Writes a report with made-up numbers, to look at every chart: `cargo run --example gallery -- DIR`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::path::PathBuf;

use archsim_output::{Style, terminal, write};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("gallery"), PathBuf::from);
    let report = fixture::report();
    write(&report, &folder)?;
    print!("{}", terminal(&report, Style { color: true, width: 120 }));
    Ok(())
}
