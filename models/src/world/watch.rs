//! Levels that are watched: their height at an instant, the exact time that they spend in a state, and when they
//! first are in it.
//!
//! A watcher is told of every change of its level, and looks at a height only when time has passed with it. So what
//! lasts for no time is not seen, whatever the order of what happens at one instant; and no event has to be put on
//! the agenda for it: whether a level is watched changes nothing else.

use archsim_sim::Time;

use crate::plan::{LevelName, Plan, Question, State, Watched};
use crate::record::WatchRecord;

/// All watchers of a deployable or a store.
pub(crate) struct Watchers(Vec<Watcher>);

/// Looks at one level with one question.
struct Watcher {
    /// Its place in the plan's list.
    index: usize,
    level: LevelName,
    height: u32,
    /// Since when it is that high.
    since: Time,
    question: Asked,
}

enum Asked {
    At { instant: Time, height: Option<u32> },
    While(Stay),
}

/// How a level spends a window with regard to a state.
struct Stay {
    state: State,
    from: Time,
    until: Time,
    /// Whether it was in the state when last seen, in the window or before; nothing was seen at first.
    was: Option<bool>,
    inside: u64,
    seen: u64,
    reached: Option<u64>,
    entered: u64,
}

impl Watchers {
    /// `None` if nothing of it is watched: then nothing is to be told.
    pub(crate) fn of(plan: &Plan, of: Watched) -> Option<Box<Self>> {
        let watched = plan.watches.iter().enumerate().filter(|(_, watch)| watch.of == of);
        let watchers: Vec<Watcher> =
            watched.map(|(index, watch)| Watcher::new(plan, index, watch.level, watch.question)).collect();
        let up = match of {
            Watched::Deployable(deployable) => plan.deployables[deployable.at()].instances,
            Watched::Store(_) => 1,
        };
        let counts = |level| matches!(level, LevelName::Up | LevelName::Instances);
        let start = |it: Watcher| Watcher { height: if counts(it.level) { up } else { 0 }, ..it };
        let watchers: Vec<Watcher> = watchers.into_iter().map(start).collect();
        (!watchers.is_empty()).then(|| Box::new(Watchers(watchers)))
    }

    /// The heights of the levels from now on.
    pub(crate) fn see(&mut self, now: Time, queue: u32, busy: u32, up: u32, instances: u32) {
        for watcher in &mut self.0 {
            watcher.change(
                now,
                match watcher.level {
                    LevelName::Queue => queue,
                    LevelName::Busy => busy,
                    LevelName::Present => queue + busy,
                    LevelName::Up => up,
                    LevelName::Instances => instances,
                    LevelName::Waiting => continue,
                },
            );
        }
    }

    /// How many wait for a connection from now on.
    pub(crate) fn see_waiting(&mut self, now: Time, waiting: u32) {
        for watcher in self.0.iter_mut().filter(|it| it.level == LevelName::Waiting) {
            watcher.change(now, waiting);
        }
    }

    /// The run has ended: what was seen, by place in the plan's list.
    pub(crate) fn finish(self, end: Time, records: &mut [WatchRecord]) {
        for mut watcher in self.0 {
            watcher.hold(end);
            records[watcher.index] = watcher.question.into_record(watcher.height, watcher.since, end);
        }
    }
}

impl Watcher {
    fn new(plan: &Plan, index: usize, level: LevelName, question: Question) -> Self {
        let question = match question {
            Question::At(instant) => Asked::At { instant, height: None },
            Question::While { state, during } => {
                let window = &plan.windows[during.at()];
                Asked::While(Stay::new(state, window.from, window.until))
            }
        };
        Watcher { index, level, height: 0, since: Time::ZERO, question }
    }

    fn change(&mut self, now: Time, height: u32) {
        if height == self.height {
            return;
        }
        self.hold(now);
        (self.height, self.since) = (height, now);
    }

    /// The level has been as high as it is until now.
    fn hold(&mut self, now: Time) {
        match &mut self.question {
            Asked::At { instant, height } => {
                if self.since <= *instant && *instant < now {
                    *height = Some(self.height);
                }
            }
            Asked::While(stay) => stay.hold(self.since, now, self.height),
        }
    }
}

impl Stay {
    fn new(state: State, from: Time, until: Time) -> Self {
        Stay { state, from, until, was: None, inside: 0, seen: 0, reached: None, entered: 0 }
    }

    /// The level has been so high from one instant to another.
    fn hold(&mut self, since: Time, now: Time, height: u32) {
        if since >= now {
            return;
        }
        let is = self.state.contains(height);
        let enters = is && self.was == Some(false);
        self.entered += u64::from(enters && self.from <= since && since < self.until);
        self.was = Some(is);
        let (begins, ends) = (since.max(self.from), now.min(self.until));
        if begins >= ends {
            return;
        }
        let span = ends.since(begins).as_nanos();
        self.seen += span;
        if is {
            self.inside += span;
            self.reached.get_or_insert(begins.since(self.from).as_nanos());
        }
    }
}

impl Asked {
    fn into_record(self, last: u32, since: Time, end: Time) -> WatchRecord {
        match self {
            // The last instant of a run is over with it.
            Asked::At { instant, height } => {
                WatchRecord::At(height.or_else(|| (since <= instant && instant == end).then_some(last)))
            }
            Asked::While(Stay { inside, seen, reached, entered, .. }) => {
                WatchRecord::While { inside, seen, reached, entered }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    fn watcher(question: Asked) -> Watcher {
        Watcher { index: 0, level: LevelName::Queue, height: 0, since: Time::ZERO, question }
    }

    /// Two from 10 to 20, three from 20, for an instant zero at 30, one from 40; the run ends at 60.
    fn seen(question: Asked) -> WatchRecord {
        let mut watchers = Watchers(vec![watcher(question)]);
        for (now, queue) in [(10, 2), (20, 3), (30, 0), (30, 3), (40, 1)] {
            watchers.see(at(now), queue, 0, 1, 1);
        }
        let mut records = [WatchRecord::At(None)];
        watchers.finish(at(60), &mut records);
        records[0]
    }

    fn state(least: u32, most: u32, (from, until): (u64, u64)) -> WatchRecord {
        seen(Asked::While(Stay::new(State { least, most }, at(from), at(until))))
    }

    fn found(inside: u64, seen: u64, reached: Option<u64>, entered: u64) -> WatchRecord {
        WatchRecord::While { inside, seen, reached, entered }
    }

    #[test]
    fn an_instant_shows_what_is_left_when_it_is_over() {
        let height = |instant| seen(Asked::At { instant: at(instant), height: None });
        assert_eq!(height(0), WatchRecord::At(Some(0)));
        assert_eq!(height(20), WatchRecord::At(Some(3)));
        assert_eq!(height(30), WatchRecord::At(Some(3)));
        assert_eq!(height(59), WatchRecord::At(Some(1)));
        assert_eq!(height(60), WatchRecord::At(Some(1)));
        assert_eq!(height(61), WatchRecord::At(None));
    }

    #[test]
    fn time_in_a_state_is_exact_and_cut_to_the_window() {
        assert_eq!(state(2, u32::MAX, (0, 60)), found(30, 60, Some(10), 1));
        assert_eq!(state(3, 3, (15, 35)), found(15, 20, Some(5), 1));
        assert_eq!(state(4, 9, (0, 60)), found(0, 60, None, 0));
        // Beyond the end nothing is seen.
        assert_eq!(state(1, 1, (50, 90)), found(10, 10, Some(0), 0));
        assert_eq!(state(0, 0, (60, 90)), found(0, 0, None, 0));
    }

    #[test]
    fn only_what_begins_in_the_window_is_entered_in_it() {
        // From 10 to 20, and again from 40: the first has begun before the window.
        assert_eq!(state(1, 2, (12, 45)), found(13, 33, Some(0), 1));
        assert_eq!(state(1, 2, (10, 40)), found(10, 30, Some(0), 1));
        // A run begins in its first state; that is no entrance.
        assert_eq!(state(0, 0, (0, 60)), found(10, 60, Some(0), 0));
    }

    #[test]
    fn what_lasts_for_no_time_is_not_seen() {
        assert_eq!(state(0, 0, (20, 60)), found(0, 40, None, 0));
        assert_eq!(state(3, 3, (0, 60)), found(20, 60, Some(20), 1));
    }
}
