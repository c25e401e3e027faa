//! `archsim schema`

use archsim_models::scenario;

use super::exit::Exit;
use super::print::Printer;

/// Prints the JSON Schema of the scenario language.
pub fn schema(printer: Printer) -> Exit {
    printer.results(&format!("{}\n", scenario::schema().trim_end()), Exit::Done)
}
