//! Reading values out of a resolved tree: names become indices, and those that name nothing are reported.

use archsim_sim::Distribution;

use super::common::Impossible;
use super::place::Place;
use super::report::Report;
use super::scalar::nearest;
use super::system::Named;
use super::tree::{Entry, Node};

/// Reads values and reports what is wrong with them.
pub struct Reader<'report> {
    /// Where it reports.
    pub report: &'report mut Report,
}

impl Reader<'_> {
    /// The index of the thing that `node` names.
    pub fn find(&mut self, noun: &str, all: &[Named], node: &Node, path: &str) -> Option<usize> {
        self.find_name(noun, all, node.text()?, node.place, path)
    }

    /// The index of the thing that a key names.
    pub fn find_key(&mut self, noun: &str, all: &[Named], entry: &Entry, path: &str) -> Option<usize> {
        self.find_name(noun, all, &entry.key, entry.place, path)
    }

    /// The index of the thing of that name.
    pub fn find_name(
        &mut self,
        noun: &str,
        all: &[Named],
        name: &str,
        place: Place,
        path: &str,
    ) -> Option<usize> {
        let found = all.iter().position(|named| named.name == name);
        if found.is_none() {
            self.unknown(noun, all.iter().map(|named| named.name.as_str()), name, place, path);
        }
        found
    }

    /// Reports a name that names nothing, with the nearest one that does.
    pub fn unknown<'a>(
        &mut self,
        noun: &str,
        all: impl Iterator<Item = &'a str> + Clone,
        name: &str,
        place: Place,
        path: &str,
    ) {
        let names: Vec<&str> = all.clone().collect();
        let mut draft = self.report.error("E0401", place, path, format!("there is no {noun} `{name}`"));
        draft.found(format!("`{name}`")).allowed(match names.len() {
            0 => format!("nothing: there is no {noun} at all"),
            1..=12 => names.join(", "),
            more => format!("{}, … ({more} in all)", names[..12].join(", ")),
        });
        if let Some(near) = nearest(name, all) {
            draft.help(format!("did you mean `{near}`?"));
        }
    }

    /// A distribution of time, if one is written.
    pub fn perhaps_distribution(&mut self, node: Option<&Node>, path: &str) -> Option<Distribution> {
        node.map(|node| self.distribution(node, path))
    }

    /// A distribution of time.
    pub fn distribution(&mut self, node: &Node, path: &str) -> Distribution {
        node.distribution().unwrap_or_else(|Impossible { why, allowed }| {
            self.report
                .error("E0309", node.place, path, format!("this distribution cannot be: {why}"))
                .found(node.words())
                .allowed(allowed);
            Distribution::constant(archsim_sim::Span::ZERO)
        })
    }
}
