//! Levels that are watched more closely than by their means: their value at an instant, and the time that they spend
//! in a state.

use archsim_sim::Time;

use super::{DeployableId, StoreId, WindowId};

/// A question about a level. What comes of it is in the record, in the plan's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Of what.
    pub of: Watched,
    /// Which level of it.
    pub level: LevelName,
    /// What is asked.
    pub question: Question,
}

/// What has levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// All instances of a deployable together.
    Deployable(DeployableId),
    /// A store.
    Store(StoreId),
}

/// Something that goes up and down in whole steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LevelName {
    /// Attempts that wait for a thread; a store's operations that wait for a server.
    Queue,
    /// Threads, or a store's servers, that are busy.
    Busy,
    /// Both together: attempts that wait or have a thread.
    Present,
    /// Instances that are up; 1 while a store is not out.
    Up,
    /// Instances that are paid for: those that boot, serve or drain; always 1 of a store.
    Instances,
    /// Callers that wait for a connection of their pools to a store; none of a deployable.
    Waiting,
}

/// What is asked of a level.
///
/// A level at an instant is what it is when all that happens at that instant is over: what lasts for no time is not
/// seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How high it is then.
    At(Time),
    /// For how long of a window it is in the state, when it first is, and how often it comes to be.
    While {
        /// The state.
        state: State,
        /// The window.
        during: WindowId,
    },
}

/// A level from one height to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// At least.
    pub least: u32,
    /// At most; the greatest number means that there is no such bound.
    pub most: u32,
}

impl State {
    /// Whether a level of that height is in the state.
    pub const fn contains(self, height: u32) -> bool {
        self.least <= height && height <= self.most
    }
}

impl LevelName {
    /// All levels.
    pub const ALL: [LevelName; 6] = [
        LevelName::Queue,
        LevelName::Busy,
        LevelName::Present,
        LevelName::Up,
        LevelName::Instances,
        LevelName::Waiting,
    ];

    /// The name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            LevelName::Queue => "queue",
            LevelName::Busy => "busy",
            LevelName::Present => "present",
            LevelName::Up => "up",
            LevelName::Instances => "instances",
            LevelName::Waiting => "waiting",
        }
    }

    /// The level of that name.
    pub fn named(name: &str) -> Option<LevelName> {
        LevelName::ALL.into_iter().find(|level| level.name() == name)
    }
}
