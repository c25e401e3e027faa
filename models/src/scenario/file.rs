//! The whole file: which parts there are.

use super::architecture::ARCHITECTURES;
use super::common::{NAME, TEXT};
use super::experiment::EXPERIMENT;
use super::faults::{CREWS, FAULTS};
use super::place::Place;
use super::report::Report;
use super::scalar::{Scalar, nearest};
use super::shape::{Record, Shape, default, optional, required};
use super::system::SYSTEM;
use super::tree::{Node, Value};
use super::workload::{RUN, WORKLOAD};

/// The version of the language that this crate reads.
pub const VERSION: &str = "1";

/// A scenario.
pub static FILE: Shape = Shape::Record(&Record::new(
    "a scenario",
    &[
        required(
            "archsim",
            &Shape::Scalar(Scalar::Words(&[VERSION])),
            "The language's version, `1`; the first line.",
        ),
        optional("name", &NAME, "the file's name", "The experiment's name, as a stable id."),
        optional("title", &TEXT, "the name", "What charts and reports call it."),
        required("system", &SYSTEM, "What the system does."),
        required("workload", &WORKLOAD, "Who comes, and when."),
        default("run", &RUN, "{}", "see its keys", "For how long it is watched."),
        required("architectures", &ARCHITECTURES, "How the system is built: each one a way."),
        default("faults", &FAULTS, "[]", "nothing goes wrong unless said", "What goes wrong, and when."),
        default(
            "crews",
            &CREWS,
            "{}",
            "repairs do not wait for each other unless said",
            "Who repairs what fails at random.",
        ),
        default("experiment", &EXPERIMENT, "{}", "see its keys", "What is asked."),
    ],
));

/// Whether the file is a scenario of a version that can be read. A file of another kind gets one error, not fifty.
pub fn version(root: &Node, report: &mut Report) -> bool {
    let Value::Map(entries) = &root.value else {
        report
            .error("E0113", root.place, "", "this is not a scenario")
            .found(root.words())
            .allowed("a map that starts with `archsim: 1`")
            .help("`archsim new` writes a scenario to start from");
        return false;
    };
    match root.entry("archsim") {
        Some(entry) if entry.node.text() == Some(VERSION) => true,
        Some(entry) => {
            report
                .error("E0111", entry.node.place, "archsim", "this version of the language cannot be read")
                .found(entry.node.words())
                .allowed(format!("`{VERSION}`"))
                .help("a newer version needs a newer archsim");
            false
        }
        None => {
            let place = entries.first().map_or(Place::START, |entry| entry.place);
            let close = entries.iter().find(|entry| nearest(&entry.key, ["archsim"]).is_some());
            let mut draft =
                report.error("E0112", place, "archsim", "the file does not say that it is a scenario");
            draft
                .found(match close {
                    Some(entry) => format!("`{}`", entry.key),
                    None => {
                        format!("`{}` first", entries.first().map_or("nothing", |entry| entry.key.as_str()))
                    }
                })
                .allowed(format!("`archsim: {VERSION}`, the language's version"))
                .help(format!("write `archsim: {VERSION}` in the first line"));
            // The rest can be checked all the same.
            true
        }
    }
}
