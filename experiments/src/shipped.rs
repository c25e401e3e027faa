//! The experiments that come with archsim. They use nothing that a user's own file cannot.

/// An experiment that comes with archsim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// Its scenario files: the same question asked of several systems.
    pub parts: &'static [ShippedPart],
}

/// A scenario file of a shipped experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippedPart {
    /// Its name among the parts.
    pub name: &'static str,
    /// The file's name, for messages.
    pub file: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! part {
    ($name:literal, $file:expr) => {
        ShippedPart { name: $name, file: $file, text: include_str!(concat!("../scenarios/", $file)) }
    };
}

/// The files of both systems, `NAME-streaming.yaml` and `NAME-shop.yaml`.
macro_rules! both_systems {
    ($name:literal, $summary:literal) => {
        Shipped {
            name: $name,
            summary: $summary,
            parts: &[
                part!("streaming", concat!($name, "-streaming.yaml")),
                part!("shop", concat!($name, "-shop.yaml")),
            ],
        }
    };
}

/// Files that shipped scenarios name.
const DATA: &[(&str, &[u8])] = &[("world-cup-98.csv", include_bytes!("../scenarios/world-cup-98.csv"))];

/// What is in a file that a shipped scenario names.
pub fn data(name: &str) -> Option<&'static [u8]> {
    DATA.iter().find(|(file, _)| *file == name).map(|(_, bytes)| *bytes)
}

/// All of them, in the order of the story they tell.
pub const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "slow-dependency",
        summary: "the smallest cascading failure: one pool of threads, one slow dependency, three timeouts",
        parts: &[
            part!("exponential", "slow-dependency.yaml"),
            part!("constant", "slow-dependency-constant.yaml"),
        ],
    },
    both_systems!(
        "cascading-failure",
        "one optional service becomes slow; what else goes down, and which policy stops it"
    ),
    both_systems!(
        "autoscaling",
        "a holiday peak arrives; who holds, and what does it cost to have or to get what it needs"
    ),
    both_systems!(
        "database-outage",
        "one database fails: which journeys stop, on one Oracle with links, and on a database for each service"
    ),
    Shipped {
        name: "hot-row",
        summary: "everybody writes the same row: who waits for its lock, with which connection, and what 5 ms change",
        parts: &[part!("streaming", "hot-row-streaming.yaml")],
    },
    both_systems!(
        "node-loss",
        "one node of a service is lost: if it is stateless, holds its shard, or caches"
    ),
    both_systems!(
        "zone-outage",
        "one of three zones goes: headroom, balancers that know zones, and who notices"
    ),
    both_systems!(
        "region-failover",
        "a region goes: its users stay lost, or are sent to another one, slowly, fast, or beforehand in a drill"
    ),
    both_systems!(
        "cache-miss-storm",
        "the cache before a database is lost under load; does the database survive, and what helps"
    ),
];

/// The experiment of that name.
pub fn named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The name nearest to a mistyped one, if any is near.
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(name, SHIPPED.iter().map(|shipped| shipped.name))
}

/// The one of `names` nearest to a mistyped one, if any is near.
pub fn nearest_of<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let near = |known: &'n str| (strsim::jaro_winkler(name, known), known);
    let best = names.map(near).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.75).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use archsim_models::scenario::{Unreadable, read_with};

    use super::*;

    #[test]
    fn every_shipped_scenario_is_valid() {
        for part in SHIPPED.iter().flat_map(|shipped| shipped.parts) {
            let files = |name: &str| data(name).map(<[u8]>::to_vec).ok_or(Unreadable::Missing);
            let reading = read_with(part.file, part.text.as_bytes(), &[], &files);
            let texts: Vec<String> = reading.diagnostics.iter().map(|d| d.render(part.text, false)).collect();
            assert!(reading.scenario.is_some(), "{}", texts.join("\n"));
        }
    }

    #[test]
    fn a_mistyped_name_finds_the_right_one() {
        assert_eq!(nearest("cascading-falure"), Some("cascading-failure"));
        assert_eq!(nearest("slow-dependancy"), Some("slow-dependency"));
        assert_eq!(nearest("xyz"), None);
    }
}
