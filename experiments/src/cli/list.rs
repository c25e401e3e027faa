//! `archsim list`

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::print::Printer;
use crate::shipped::{SHIPPED, Shipped};

#[derive(Debug, Args)]
pub struct ListCommand {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print names only, one a line, for scripts
    #[arg(long, conflicts_with = "json")]
    names: bool,
}

/// Lists the shipped experiments.
pub fn list(command: &ListCommand, printer: Printer) -> Exit {
    if command.json {
        let one = |shipped: &Shipped| {
            let parts: Vec<&str> = shipped.parts.iter().map(|part| part.name).collect();
            json!({ "name": shipped.name, "summary": shipped.summary, "parts": parts })
        };
        let all: Vec<_> = SHIPPED.iter().map(one).collect();
        return printer.results(&format!("{}\n", json!({ "experiments": all })), Exit::Done);
    }
    if command.names {
        let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
        return printer.results(&(names.join("\n") + "\n"), Exit::Done);
    }
    let width = SHIPPED.iter().map(|shipped| shipped.name.len()).max().unwrap_or(0);
    let line = |shipped: &Shipped| format!("{:width$}  {}\n", shipped.name, shipped.summary);
    let lines: String = SHIPPED.iter().map(line).collect();
    let hint = "\nRun one:    archsim run NAME          (--quick for a first look)\nYour own:   archsim new my-scenario   then   archsim run my-scenario.yaml\n";
    printer.results(&format!("{lines}{hint}"), Exit::Done)
}
