//! How callers choose an instance, as written.

use crate::plan::{ByKey, CHOICES_MAX, DataId, Hashing, Loads, Route};
use crate::scenario::read::Reader;
use crate::scenario::system::{Named, System};
use crate::scenario::tree::Node;

/// Reads `route`.
pub fn read(reader: &mut Reader<'_>, system: &System, node: &Node, path: &str) -> Route {
    let Some((kind, of)) = node.choice() else { return Route::RoundRobin };
    match kind {
        "random" => Route::Random,
        "by-key" => by_key(reader, system, of, &format!("{path}.{kind}")),
        "least-outstanding" => Route::LeastOutstanding(loads(reader, of, &format!("{path}.{kind}"))),
        "power-of-two" => Route::PowerOf(2, loads(reader, of, &format!("{path}.{kind}"))),
        "power-of" => {
            let path = format!("{path}.{kind}");
            Route::PowerOf(choices(reader, of.at("choices"), &path), loads(reader, of, &path))
        }
        _ => Route::RoundRobin,
    }
}

fn by_key(reader: &mut Reader<'_>, system: &System, node: &Node, path: &str) -> Route {
    let data: Vec<Named> = system.data.iter().map(|data| Named::new(&data.name)).collect();
    let found = reader.find("data set", &data, node.at("data"), &format!("{path}.data"));
    let hashing = if node.at("hashing").text() == Some("modulo") { Hashing::Modulo } else { Hashing::Ketama };
    let rehash = node.at("on-loss").text() == Some("rehash");
    Route::ByKey(ByKey { data: DataId(found.unwrap_or(0) as u16), hashing, rehash })
}

fn choices(reader: &mut Reader<'_>, node: &Node, path: &str) -> u32 {
    let choices = node.count();
    if choices > CHOICES_MAX {
        reader
            .report
            .error("E0534", node.place, &format!("{path}.choices"), "a balancer does not look at so many")
            .found(node.words())
            .allowed(format!("2 to {CHOICES_MAX}"))
            .help("`least-outstanding` looks at all of them");
    }
    choices.clamp(2, CHOICES_MAX)
}

fn loads(reader: &mut Reader<'_>, node: &Node, path: &str) -> Loads {
    let refresh = node.at("refresh").span();
    if node.at("sees").text() == Some("instance") {
        return Loads::Instances { refresh };
    }
    if !refresh.is_zero() {
        reader
            .report
            .error(
                "E0533",
                node.at("refresh").place,
                &format!("{path}.refresh"),
                "a caller knows its own calls at once",
            )
            .found(node.at("refresh").words())
            .allowed("`refresh` with `sees: instance`")
            .help("add `sees: instance`: then the instances report their loads, every so often");
    }
    Loads::Own
}
