//! Writes a report with made-up numbers, to look at every chart: `cargo run --example gallery -- DIR`;
//! with `--stressed` behind it, the same with names and numbers that are hard to place.

#[path = "../tests/fixture/mod.rs"]
mod fixture;
#[path = "../tests/stressed/mod.rs"]
mod stressed;

use std::path::PathBuf;

use archsim_output::{Style, terminal, write};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("gallery"), PathBuf::from);
    let mut report = fixture::report();
    if std::env::args().any(|argument| argument == "--stressed") {
        for part in &mut report.parts {
            part.figures = part.figures.drain(..).map(stressed::stressed).collect();
        }
    }
    write(&report, &folder)?;
    print!("{}", terminal(&report, Style { color: true, width: 120 }));
    Ok(())
}
