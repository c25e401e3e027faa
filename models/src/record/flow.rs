//! The account of a station (a deployable's threads, a store's servers) or of a journey over a stretch of time.
//!
//! ```text
//!            ┌─ refused                    ┌─ withdrawn
//!  arrived ──┼─ waited ───▶ the line ──────┴─▶ started ──▶ in service ──┬─ completed
//!            └─ started at once ───────────────────────────▲            └─ failed
//! ```
//!
//! Everything is a whole number, times are nanoseconds: what must be equal can be held to be *equal*. How many are
//! there is told twice: by the station itself, as a level over time, and by the visits, each of which remembers when
//! it came. Little's law says that both come to the same.

/// What happened at a station, or to the requests of a journey, in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Came: attempts and operations that reached the station, requests that users began.
    pub arrived: u64,
    /// Of those, turned away at once: line full, process gone, store out.
    pub refused: u64,
    /// Of those, had to wait for a thread or a server.
    pub waited: u64,
    /// Got a thread or a server. A journey's requests have no line: they start as they arrive.
    pub started: u64,
    /// Ended their service; an attempt whose answer says that it failed is one of them. A journey: were answered.
    pub completed: u64,
    /// Left the line before their service: cancelled, or out of patience.
    pub withdrawn: u64,
    /// Left without an end: cancelled in service, or gone with the process, or put out by the store's outage (what an
    /// outage puts out arrives anew when it ends). A journey: failed.
    pub failed: u64,
    /// Those waiting.
    pub line: Presence,
    /// Those in service; a journey: requests in flight.
    pub service: Presence,
}

/// The account of a station within another one: the processor of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Station {
    /// By window.
    pub flows: Vec<Flow>,
    /// From the start of the run to its end.
    pub whole: Flow,
}

/// How many were at a place in a stretch of time, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// How many were there when it began, as the station tells.
    pub before: u64,
    /// How many were there when it ended, as the station tells.
    pub after: u64,
    /// The number there, integrated over the time: as the station tells, in nanoseconds.
    pub level_nanos: i128,
    /// The time that each visit spent there within the stretch, added up: as the visits tell, in nanoseconds.
    pub visit_nanos: i128,
    /// Visits that ended.
    pub ended: u64,
    /// The time that those took from their beginning, in nanoseconds.
    pub ended_nanos: i128,
}

impl Flow {
    /// How many were there when it began, waiting or in service.
    pub const fn before(&self) -> u64 {
        self.line.before + self.service.before
    }

    /// How many were there when it ended.
    pub const fn after(&self) -> u64 {
        self.line.after + self.service.after
    }

    /// The number there, waiting or in service, integrated over the time.
    pub const fn level_nanos(&self) -> i128 {
        self.line.level_nanos + self.service.level_nanos
    }
}

impl std::iter::Sum for Flow {
    fn sum<I: Iterator<Item = Flow>>(flows: I) -> Flow {
        flows.fold(Flow::default(), |sum, flow| Flow {
            arrived: sum.arrived + flow.arrived,
            refused: sum.refused + flow.refused,
            waited: sum.waited + flow.waited,
            started: sum.started + flow.started,
            completed: sum.completed + flow.completed,
            withdrawn: sum.withdrawn + flow.withdrawn,
            failed: sum.failed + flow.failed,
            line: sum.line.plus(&flow.line),
            service: sum.service.plus(&flow.service),
        })
    }
}

impl Presence {
    const fn plus(&self, other: &Presence) -> Presence {
        Presence {
            before: self.before + other.before,
            after: self.after + other.after,
            level_nanos: self.level_nanos + other.level_nanos,
            visit_nanos: self.visit_nanos + other.visit_nanos,
            ended: self.ended + other.ended,
            ended_nanos: self.ended_nanos + other.ended_nanos,
        }
    }
}
