//! Transactions and locks: what a database can hold together.

use crate::plan::Operation;
use crate::scenario::architecture::{Architecture, Nodes};
use crate::scenario::report::Report;
use crate::scenario::system::{Capability, Step, System, Transaction, each_step};

/// What transactions are made of, whatever the architecture.
pub fn in_system(system: &System, report: &mut Report) {
    for transaction in system.transactions() {
        each_step(&transaction.steps, &mut |step| {
            let found = match step {
                Step::Parallel { .. } => "branches at the same time, on one connection",
                Step::Transaction(_) => "a transaction in a transaction",
                _ => return,
            };
            report
                .error(
                    "E0591",
                    transaction.place,
                    &transaction.path,
                    "a transaction is one thing after another",
                )
                .found(found)
                .allowed("work, latency, reads, writes, calls, and choices among them")
                .help("what is called has transactions of its own");
        });
        if transaction.accesses().is_empty() {
            report
                .error(
                    "E0594",
                    transaction.place,
                    &transaction.path,
                    "a transaction without a read or a write",
                )
                .found("steps that ask no data set")
                .allowed("at least one read or write among its own steps")
                .help("what is called has transactions of its own");
        }
    }
}

/// Whether the databases of an architecture can do what the system's transactions and their own locks ask for.
pub fn in_architecture(architecture: &Architecture, system: &System, report: &mut Report) {
    for store in &architecture.stores {
        if store.locks.is_some() && matches!(store.nodes, Nodes::Quorum(..)) {
            report
                .error("E0593", store.place, &store.path, format!("`{}` has no locks", store.name))
                .found("`locks` of a quorum, each of whose copies writes for itself")
                .allowed("locks of a store with one node, replicas, or shards")
                .help("an optimistic transaction compares versions in a store that has them");
        }
    }
    for (at, capability) in system.capabilities.iter().enumerate() {
        for transaction in capability.transactions() {
            spans(architecture, system, (at, capability), transaction, report);
        }
    }
}

/// All that a transaction asks lies in one database, which is asked itself and can hold it together.
fn spans(
    architecture: &Architecture,
    system: &System,
    (at, capability): (usize, &Capability),
    transaction: &Transaction,
    report: &mut Report,
) {
    let mut places: Vec<String> = Vec::new();
    let mut hindered = None;
    for (data, _) in transaction.accesses() {
        let Some(holder) = architecture.holder(data) else { continue };
        let store = &architecture.stores[holder];
        if !places.contains(&store.name) {
            places.push(store.name.clone());
        }
        let local =
            architecture.runners(at).into_iter().any(|deployable| architecture.is_local(deployable, data));
        let name = &system.data[data].name;
        hindered = hindered.or(match &store.nodes {
            Nodes::Quorum(..) => {
                Some(format!("`{name}` lies in a quorum, each of whose copies writes for itself"))
            }
            Nodes::Shards(..) if !store.transactions.optimistic => {
                Some(format!("`{name}` is dealt to shards"))
            }
            _ if architecture.link(data).is_some() => Some(format!("`{name}` is reached over a link")),
            _ if local => Some(format!("instances hold `{name}` by themselves")),
            _ => None,
        });
    }
    let writes = transaction.accesses().iter().filter(|(_, it)| *it == Operation::Write).count();
    let optimistic = |name: &String| {
        architecture.stores.iter().find(|store| store.name == *name && store.transactions.optimistic)
    };
    if let Some(store) = places.iter().find_map(optimistic).filter(|_| writes > 1) {
        report
            .error(
                "E0592",
                transaction.place,
                &transaction.path,
                format!(
                    "in `{}` this transaction is optimistic, and such a one writes once",
                    architecture.name
                ),
            )
            .found(format!("{writes} writes, and `locking: optimistic` of `{}`", store.name))
            .allowed("one write, of what was read before: it is the commit")
            .help("`locking: pessimistic` holds several writes together");
    }
    if places.len() > 1 {
        report
            .error(
                "E0588",
                transaction.place,
                &transaction.path,
                format!(
                    "in `{}` this transaction of `{}` spans several databases",
                    architecture.name, capability.name
                ),
            )
            .found(places.join(", "))
            .allowed("one database for all that a transaction reads and writes")
            .help("commit in each of them by itself, as sagas do, or keep these data sets together");
    } else if let Some(found) = hindered {
        report
            .error(
                "E0589",
                transaction.place,
                &transaction.path,
                format!(
                    "in `{}` nothing holds this transaction of `{}` together",
                    architecture.name, capability.name
                ),
            )
            .found(found)
            .allowed("a store with one node or replicas, asked itself; shards for an optimistic transaction");
    }
}
