//! How high levels can be at most: as many as there are threads, servers and places to wait.

use archsim_sim::Limit;

use super::architecture::{Architecture, Deployable, Instances, Store};
use super::claim::Subject;
use crate::plan::LevelName;

/// How high levels can be at most, in any architecture.
#[derive(Clone, Debug, Default)]
pub struct Rooms(Vec<Room>);

/// How high the levels of one deployable or store can be at most; the greatest number means that there is no bound.
#[derive(Clone, Debug)]
struct Room {
    of: Subject,
    queue: u32,
    busy: u32,
    up: u32,
}

impl Rooms {
    /// The rooms of all deployables and stores.
    pub fn of(architectures: &[Architecture]) -> Self {
        let deployables = architectures.iter().flat_map(|it| &it.deployables).map(Room::of_deployable);
        let stores = architectures.iter().flat_map(|it| &it.stores).map(Room::of_store);
        Rooms(deployables.chain(stores).collect())
    }

    /// The greatest height of a level; without a bound the greatest number.
    pub fn most(&self, subject: &Subject, level: LevelName) -> u32 {
        let rooms = self.0.iter().filter(|room| room.of == *subject);
        let most = |room: &Room| match level {
            LevelName::Queue => room.queue,
            LevelName::Busy => room.busy,
            LevelName::Present => room.queue.saturating_add(room.busy),
            LevelName::Up | LevelName::Instances => room.up,
            LevelName::Waiting => u32::MAX,
        };
        rooms.map(most).max().unwrap_or(u32::MAX)
    }
}

impl Room {
    fn of_deployable(it: &Deployable) -> Self {
        let all = |limit: Limit| match (&it.instances, limit) {
            (Instances::Count(_), Limit::AtMost(each)) => it.most().saturating_mul(each),
            _ => u32::MAX,
        };
        Room {
            of: Subject::Deployable(it.name.clone()),
            queue: all(it.queue),
            busy: all(it.threads),
            up: all(Limit::AtMost(1)),
        }
    }

    fn of_store(it: &Store) -> Self {
        let queue = match it.queue {
            Limit::AtMost(most) => most,
            Limit::Unbounded => u32::MAX,
        };
        Room { of: Subject::Store(it.name.clone()), queue, busy: it.servers, up: 1 }
    }
}
