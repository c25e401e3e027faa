//! Traces of requests, key by key, on the simulator's own caches.

use archsim_models::cache::{Cache, CacheSettings, Evict, LookUp, Room, optimum};
use archsim_sim::{Key, Time};

use crate::reading::{Case, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "trace" | "textbook" => Verdict::of(trace(case)),
        "trace_informative" => {
            Verdict::Skipped("depends on the defaults of the library it was recorded with".into())
        }
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

fn trace(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["policy", "capacity", "trace"])?;
    let capacity = given.need("capacity")?.count()?;
    let keys = given.need("trace")?.list()?.iter().map(Slot::count).collect::<Result<Vec<_>, _>>()?;
    let hits = match given.need("policy")?.text()? {
        "opt" => optimum::hits(&keys, capacity as usize),
        policy => replay(&keys, capacity, evict(policy)?),
    };
    let expect = case.expect().fields()?;
    expect.only(&["hits", "misses"])?;
    let found: String = hits.iter().map(|&hit| if hit { '1' } else { '0' }).collect();
    Verdict::equal("hits", &expect.need("hits")?.text()?, &found.as_str())?;
    let misses = hits.iter().filter(|&&hit| !hit).count() as u64;
    Verdict::equal("misses", &expect.need("misses")?.whole()?, &misses)
}

fn evict(policy: &str) -> Result<Evict, Verdict> {
    match policy {
        "lru" => Ok(Evict::Lru),
        "fifo" => Ok(Evict::Fifo),
        "clock" => Ok(Evict::Clock),
        "sieve" => Ok(Evict::Sieve),
        "lfu" => Ok(Evict::Lfu),
        other => Err(Verdict::Skipped(format!("policy `{other}` is not known here"))),
    }
}

/// Asks for each key, and fills after a miss.
fn replay(keys: &[u32], capacity: u32, evict: Evict) -> Vec<bool> {
    let settings = CacheSettings { room: Room::Items(capacity), evict, ttl: None };
    let items = keys.iter().max().map_or(1, |most| most + 1);
    let mut cache = Cache::new(settings, items, Key::new(1, 0));
    let ask = |&key: &u32| {
        let hit = cache.look_up(Time::ZERO, key) == LookUp::Hit;
        if !hit {
            cache.fill(Time::ZERO, key, 1);
        }
        hit
    };
    keys.iter().map(ask).collect()
}
