//! `archsim new NAME`

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::print::Printer;

/// What a new scenario says, with `NAME` where the name goes.
const STARTER: &str = include_str!("starter.yaml");

#[derive(Debug, Args)]
pub struct NewCommand {
    /// The scenario's name; NAME.yaml is written
    name: String,
}

/// Writes a commented scenario to start from. A file that is there already stays as it is.
pub fn new(command: &NewCommand, printer: Printer) -> Exit {
    let path = file_of(&command.name);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !is_fit(&name) {
        printer.error(&format!(
            "`{name}` is no name for a scenario\n  = help: use lower-case letters, digits and hyphens, such as `my-shop`"
        ));
        return Exit::Usage;
    }
    let text = STARTER.replace("NAME", &name);
    let shown = path.display();
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    match written.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            let next =
                format!("wrote {shown}\nnext: archsim check {shown}\n      archsim run {shown} --quick\n");
            printer.results(&next, Exit::Done)
        }
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
            printer.error(&format!(
                "`{shown}` exists already, and is not overwritten\n  = help: choose another name"
            ));
            Exit::Usage
        }
        Err(why) => {
            printer.error(&format!("cannot write `{shown}`: {why}"));
            Exit::Error
        }
    }
}

/// `shop` and `shop.yaml` are the same; folders before the name stay.
fn file_of(name: &str) -> PathBuf {
    let path = Path::new(name);
    if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
        path.to_owned()
    } else {
        PathBuf::from(format!("{name}.yaml"))
    }
}

fn is_fit(name: &str) -> bool {
    let fit = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.chars().all(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_is_valid_and_warned_about_only_as_it_says() {
        let text = STARTER.replace("NAME", "my-shop");
        let reading = archsim_models::scenario::read("my-shop.yaml", text.as_bytes(), &[]);
        let texts: Vec<String> = reading.diagnostics.iter().map(|d| d.render(&text, false)).collect();
        assert!(reading.diagnostics.iter().all(|d| d.code == "W0714"), "{}", texts.join("\n"));
        assert_eq!(reading.scenario.unwrap().name, "my-shop");
    }
}
