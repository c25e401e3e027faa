//! Data sets: how they are written, and what they mean.

use super::architecture::Architecture;
use super::common::{BYTES, COUNT, DISTRIBUTION, NUMBER, SHARE, SHARE_ABOVE};
use super::place::Place;
use super::read::Reader;
use super::shape::{Choice, Items, Record, Shape, default, optional, required, variant, word};
use super::system::System;
use super::tree::Node;
use crate::hit_ratio::missed;
use crate::plan;
use crate::popularity::Popularity;
use archsim_sim::{Distribution, Key};

/// A data set.
pub static DATA_SET: Shape = Shape::Record(&Record::new(
    "a data set",
    &[
        default("items", &COUNT, "1_000_000", "assumed", "How many items it has, each with a key."),
        default("size", &BYTES, "1KiB", "assumed; EVCache's page of figures is for 1 KB", "Size of an item."),
        default(
            "popularity",
            &POPULARITY,
            "{ zipf: 0.9 }",
            "assumed; web traces have 0.6 to 0.9 (Breslau et al. 1999)",
            "How often each item is asked for.",
        ),
        default(
            "absent",
            &SHARE,
            "0%",
            "whoever asks knows that there is one",
            "Which share of the keys has no item: the store says so, and caches keep that only if they are `negative`.",
        ),
        optional(
            "cost",
            &COST,
            "operations cost no CPU of their store",
            "What an operation costs of its store's CPU, before it needs a server.",
        ),
    ],
));
static COST: Shape = Shape::Record(&Record::new(
    "the cost of operations",
    &[
        optional("read", &DISTRIBUTION, "no CPU time", "CPU time of a read on one core of the store."),
        optional("write", &DISTRIBUTION, "no CPU time", "CPU time of a write on one core of the store."),
    ],
));
static POPULARITY: Shape = Shape::Choice(&Choice {
    noun: "a popularity",
    plain: None,
    variants: &[
        word("uniform", "every item alike"),
        variant("zipf", &NUMBER, "the n-th most popular in proportion to n to the power of minus this"),
        variant("hot", &HOT, "some items share a part of the requests, the others the rest"),
        variant(
            "empirical",
            &WEIGHTS,
            "as measured: how often each item was asked for, in proportion to the others",
        ),
    ],
});
static WEIGHTS: Shape =
    Shape::List(&Items { noun: "how often an item was asked for", of: &NUMBER, or_one: false, min: 1 });
static HOT: Shape = Shape::Record(&Record::new(
    "hot items",
    &[
        required("items", &SHARE_ABOVE, "Which share of the items is hot."),
        required("requests", &SHARE_ABOVE, "Which share of the requests they get."),
    ],
));

/// A data set, read.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// How many items, and how often each is asked for.
    pub popularity: Popularity,
    /// Bytes of an item.
    pub bytes: u32,
    /// The share of keys that have no item.
    pub absent: f64,
    /// CPU time of a read and of a write.
    pub cost: (Option<Distribution>, Option<Distribution>),
}

impl DataSet {
    /// Reads a resolved data set.
    pub fn read(reader: &mut Reader<'_>, name: &str, place: Place, node: &Node) -> DataSet {
        let path = format!("system.data.{name}");
        let size = node.at("size");
        let bytes = u32::try_from(size.bytes()).unwrap_or_else(|_| {
            reader
                .report
                .error("E0307", size.place, &format!("{path}.size"), "an item is too large")
                .found(size.words())
                .allowed("less than `4GiB`");
            1
        });
        let popularity = popularity(reader, node, &format!("{path}.popularity"));
        let absent = node.at("absent").share().min(1.0);
        let cost = match node.get("cost") {
            Some(cost) => (
                reader.perhaps_distribution(cost.get("read"), &format!("{path}.cost.read")),
                reader.perhaps_distribution(cost.get("write"), &format!("{path}.cost.write")),
            ),
            None => (None, None),
        };
        DataSet { name: name.to_owned(), place, popularity, bytes, absent, cost }
    }

    /// What an operation costs of its store's CPU.
    pub const fn cost(&self, operation: plan::Operation) -> Option<&Distribution> {
        match operation {
            plan::Operation::Read => self.cost.0.as_ref(),
            plan::Operation::Write => self.cost.1.as_ref(),
        }
    }

    /// As plans have it.
    pub fn lower(&self) -> plan::DataSet {
        plan::DataSet {
            name: self.name.clone(),
            popularity: self.popularity.clone(),
            bytes: self.bytes,
            absent: self.absent,
            key: Key::of_name(&format!("system.data.{}", self.name)),
        }
    }
}

fn popularity(reader: &mut Reader<'_>, node: &Node, path: &str) -> Popularity {
    let items = node.at("items").count().max(1);
    match node.at("popularity").choice() {
        Some(("zipf", exponent)) => Popularity::zipf(items, exponent.factor()),
        Some(("hot", hot)) => {
            let share = hot.at("items");
            let count = (share.share() * f64::from(items)).round() as u32;
            if count == 0 || count >= items {
                reader
                    .report
                    .error(
                        "E0311",
                        share.place,
                        &format!("{path}.hot.items"),
                        "all items are alike with this",
                    )
                    .found(format!("{count} hot items of {items}"))
                    .allowed("at least one hot item, and one that is not")
                    .help("use `uniform`, or a share that leaves some of each");
                return Popularity::uniform(items);
            }
            Popularity::hot_set(items, count, hot.at("requests").share())
        }
        Some(("empirical", weights)) => empirical(reader, node, weights, path),
        _ => Popularity::uniform(items),
    }
}

/// As measured, the most popular first, whatever their order in the file.
fn empirical(reader: &mut Reader<'_>, set: &Node, weights: &Node, path: &str) -> Popularity {
    let mut measured: Vec<f64> = weights.items().iter().map(Node::factor).collect();
    let items = set.at("items").count().max(1);
    if measured.len() != items as usize {
        reader
            .report
            .error("E0598", weights.place, &format!("{path}.empirical"), "not a weight for each item")
            .found(format!("{} weights of {items} items", measured.len()))
            .allowed("as many weights as `items` says")
            .help(format!("say `items: {}`", measured.len()));
        return Popularity::uniform(items);
    }
    measured.sort_by(|a, b| b.total_cmp(a));
    Popularity::empirical(&measured)
}

/// The share of a data set's reads that is expected to reach its store.
pub fn reaching(architecture: &Architecture, system: &System, data: usize) -> f64 {
    let Some(cache) = architecture.cache(data) else { return 1.0 };
    let cache = &architecture.caches[cache];
    let set = |&at: &usize| (&system.sets[at].popularity, system.sets[at].bytes);
    let held: Vec<_> = cache.holds.iter().map(set).collect();
    let which = cache.holds.iter().position(|&at| at == data).unwrap_or(0);
    missed(cache.settings, &held, which)
}
