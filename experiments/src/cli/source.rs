//! Where scenarios come from: shipped experiments by name, files by path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use archsim_models::scenario::{Diagnostic, Reading, Unreadable, read_with};

use super::print::Printer;
use crate::shipped;

/// A scenario file, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called among the parts of an experiment; fit for file names.
    pub part: String,
    /// Its name in messages.
    pub file: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Where the files are that it names; those of shipped scenarios come with archsim.
    pub folder: Option<PathBuf>,
}

/// What the command line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The shipped experiment, if it is one.
    pub shipped: Option<&'static str>,
    /// Its files, or those that were named.
    pub sources: Vec<Source>,
}

/// Finds what the command line names; says on standard error what cannot be found.
pub fn inputs(names: &[String], printer: Printer) -> Option<Inputs> {
    if let [name] = names
        && let Some(found) = shipped::named(name)
    {
        let source = |part: &shipped::ShippedPart| Source {
            part: part.name.to_owned(),
            file: part.file.to_owned(),
            bytes: part.text.as_bytes().to_vec(),
            folder: None,
        };
        let sources = found.parts.iter().map(source).collect();
        return Some(Inputs { shipped: Some(found.name), sources });
    }
    let mut sources: Vec<Source> = Vec::new();
    let mut all = true;
    for name in names {
        match open(name) {
            Ok(bytes) => {
                let part = free_name(&stem(name), &sources);
                let folder = Path::new(name).parent().map(Path::to_path_buf);
                sources.push(Source { part, file: name.clone(), bytes, folder });
            }
            Err(message) => {
                printer.error(&message);
                all = false;
            }
        }
    }
    all.then_some(Inputs { shipped: None, sources })
}

/// Reads a scenario. What holds for several arms alike is said once.
pub fn understand(source: &Source, sets: &[(String, String)]) -> Reading {
    let beside = |name: &str| match &source.folder {
        Some(folder) => fs::read(folder.join(name)).map_err(|why| unreadable(&why)),
        None => shipped::data(name).map(<[u8]>::to_vec).ok_or(Unreadable::Missing),
    };
    let mut reading = read_with(&source.file, &source.bytes, sets, &beside);
    let mut said: Vec<Diagnostic> = Vec::new();
    for diagnostic in reading.diagnostics {
        let same = |other: &Diagnostic| {
            let place = |it: &Diagnostic| (it.code, it.line, it.column);
            place(other) == place(&diagnostic) && other.message == diagnostic.message
        };
        if !said.iter().any(same) {
            said.push(diagnostic);
        }
    }
    reading.diagnostics = said;
    reading
}

/// Prints what is to be said about a scenario, with the lines that it is about.
pub fn say<'a>(source: &Source, diagnostics: impl Iterator<Item = &'a Diagnostic>, printer: Printer) {
    let text = String::from_utf8_lossy(&source.bytes);
    for diagnostic in diagnostics {
        Printer::note(diagnostic.render(&text, printer.color_of_diagnostics()).trim_end());
    }
}

/// The file, or why it cannot be had: a word that looks like no file may be a mistyped experiment.
fn open(name: &str) -> Result<Vec<u8>, String> {
    let path = Path::new(name);
    let why = match fs::read(path) {
        Ok(bytes) => return Ok(bytes),
        Err(why) => why,
    };
    let looks_like_a_file = path.extension().is_some() || path.components().count() > 1;
    if why.kind() == io::ErrorKind::NotFound && !looks_like_a_file {
        return Err(unknown(name));
    }
    let diagnostic = Diagnostic::for_file(name, &unreadable(&why));
    let help = diagnostic.help.map_or_else(String::new, |help| format!("\n  = help: {help}"));
    Err(format!("{} [{}]{help}", diagnostic.message, diagnostic.code))
}

fn unreadable(why: &io::Error) -> Unreadable {
    match why.kind() {
        io::ErrorKind::NotFound => Unreadable::Missing,
        io::ErrorKind::IsADirectory => Unreadable::Directory,
        _ => Unreadable::Refused(why.to_string()),
    }
}

fn unknown(name: &str) -> String {
    let nearest =
        shipped::nearest(name).map_or_else(String::new, |near| format!("\n  = help: did you mean `{near}`?"));
    let names: Vec<&str> = shipped::SHIPPED.iter().map(|shipped| shipped.name).collect();
    format!(
        "there is no experiment and no file called `{name}`{nearest}\n  = note: shipped experiments: {}",
        names.join(", ")
    )
}

/// The file's name without its folder and extension, in letters that are fit for file names.
fn stem(name: &str) -> String {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let fit = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let name: String = stem.chars().map(fit).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

/// The name, or the name with the first number that makes it unique.
fn free_name(name: &str, taken: &[Source]) -> String {
    let is_taken = |name: &str| taken.iter().any(|source| source.part == name);
    if !is_taken(name) {
        return name.to_owned();
    }
    let mut number = 2_u32;
    while is_taken(&format!("{name}-{number}")) {
        number += 1;
    }
    format!("{name}-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_names_that_are_unique_and_fit_for_files() {
        assert_eq!(stem("deep/My Shop (2).yaml"), "my-shop--2");
        assert_eq!(stem("…"), "scenario");
        let taken =
            |part: &str| Source { part: part.into(), file: String::new(), bytes: Vec::new(), folder: None };
        assert_eq!(free_name("shop", &[taken("shop"), taken("shop-2")]), "shop-3");
    }
}
