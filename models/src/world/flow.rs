//! The account of a station while the run goes on: plain sums, and a look at them whenever a window opens or closes.
//!
//! What a window saw is the difference of two looks, so no event has to know which windows are open. For the time
//! spent, a step of d at the instant t adds d · (now − t) to the integral, whatever comes after it: the sum of all d
//! and the sum of all d · t are enough. Integers of 128 bits hold them exactly.

use archsim_sim::Time;

use crate::plan::Window;
use crate::record::{Flow, Presence};

/// Those at one place, as the station tells it and as the visits do.
#[derive(Clone, Copy, Default)]
struct Place {
    level: i64,
    /// The sum of all steps of the level, each times its instant.
    moment: i128,
    inside: i64,
    /// The sum of the instants at which those inside came.
    since: i128,
    ended: u64,
    /// The time of those that have ended.
    spent: i128,
}

/// How a visit leaves the place where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// With its service done.
    Completed,
    /// Without an end.
    Failed,
}

/// The account of one station or journey.
pub(crate) struct Account {
    /// Totals from the start of the run; its presences are filled in when somebody looks.
    totals: Flow,
    line: Place,
    service: Place,
    /// By window: what had been when it opened.
    opened: Vec<Flow>,
    /// By window, once closed.
    pub flows: Vec<Flow>,
}

impl Place {
    #[inline]
    fn step(&mut self, now: Time, by: i64) {
        self.level += by;
        self.moment += i128::from(by) * i128::from(now.as_nanos());
    }

    #[inline]
    fn enter(&mut self, now: Time) {
        self.inside += 1;
        self.since += i128::from(now.as_nanos());
    }

    #[inline]
    fn leave(&mut self, now: Time, since: Time) {
        self.inside -= 1;
        self.since -= i128::from(since.as_nanos());
        self.ended += 1;
        self.spent += i128::from(now.as_nanos()) - i128::from(since.as_nanos());
    }

    /// What has been up to now; `before` is of no meaning yet.
    fn so_far(&self, now: Time) -> Presence {
        let now = i128::from(now.as_nanos());
        Presence {
            before: 0,
            after: self.level.max(0) as u64,
            level_nanos: i128::from(self.level) * now - self.moment,
            visit_nanos: self.spent + i128::from(self.inside) * now - self.since,
            ended: self.ended,
            ended_nanos: self.spent,
        }
    }
}

impl Account {
    pub(crate) fn new(windows: usize) -> Self {
        Account {
            totals: Flow::default(),
            line: Place::default(),
            service: Place::default(),
            opened: vec![Flow::default(); windows],
            flows: vec![Flow::default(); windows],
        }
    }

    /// The station itself says that more or fewer are there than before.
    #[inline]
    pub(crate) fn levels(&mut self, now: Time, line: (u32, u32), service: (u32, u32)) {
        let step = |(from, to): (u32, u32)| i64::from(to) - i64::from(from);
        if line.0 != line.1 {
            self.line.step(now, step(line));
        }
        if service.0 != service.1 {
            self.service.step(now, step(service));
        }
    }

    #[inline]
    pub(crate) fn refused(&mut self) {
        self.totals.arrived += 1;
        self.totals.refused += 1;
    }

    #[inline]
    pub(crate) fn waits(&mut self, now: Time) {
        self.totals.arrived += 1;
        self.totals.waited += 1;
        self.line.enter(now);
    }

    #[inline]
    pub(crate) fn starts_at_once(&mut self, now: Time) {
        self.totals.arrived += 1;
        self.totals.started += 1;
        self.service.enter(now);
    }

    /// What has waited `since` then is served.
    #[inline]
    pub(crate) fn starts(&mut self, now: Time, since: Time) {
        self.line.leave(now, since);
        self.totals.started += 1;
        self.service.enter(now);
    }

    /// What has waited `since` then gives up its place.
    pub(crate) fn withdraws(&mut self, now: Time, since: Time) {
        self.line.leave(now, since);
        self.totals.withdrawn += 1;
    }

    /// What has waited `since` then is gone with the line.
    pub(crate) fn drops_from_line(&mut self, now: Time, since: Time) {
        self.line.leave(now, since);
        self.totals.failed += 1;
    }

    /// What has been served `since` then leaves.
    #[inline]
    pub(crate) fn leaves(&mut self, now: Time, since: Time, how: Left) {
        self.service.leave(now, since);
        match how {
            Left::Completed => self.totals.completed += 1,
            Left::Failed => self.totals.failed += 1,
        }
    }

    pub(crate) fn boundary(&mut self, now: Time, windows: &[Window]) {
        let so_far = self.so_far(now);
        for (index, window) in windows.iter().enumerate() {
            if window.from == now {
                self.opened[index] = so_far;
            }
            if window.until == now {
                self.flows[index] = between(&self.opened[index], &so_far);
            }
        }
    }

    /// The run has ended: windows still open close here.
    pub(crate) fn finish(&mut self, now: Time, windows: &[Window]) {
        let so_far = self.so_far(now);
        for (index, window) in windows.iter().enumerate() {
            if window.from < now && now < window.until {
                self.flows[index] = between(&self.opened[index], &so_far);
            }
        }
    }

    /// All that has been, from the start of the run.
    pub(crate) fn so_far(&self, now: Time) -> Flow {
        Flow { line: self.line.so_far(now), service: self.service.so_far(now), ..self.totals }
    }
}

/// What came to pass between two looks.
fn between(from: &Flow, until: &Flow) -> Flow {
    let presence = |from: &Presence, until: &Presence| Presence {
        before: from.after,
        after: until.after,
        level_nanos: until.level_nanos - from.level_nanos,
        visit_nanos: until.visit_nanos - from.visit_nanos,
        ended: until.ended - from.ended,
        ended_nanos: until.ended_nanos - from.ended_nanos,
    };
    Flow {
        arrived: until.arrived - from.arrived,
        refused: until.refused - from.refused,
        waited: until.waited - from.waited,
        started: until.started - from.started,
        completed: until.completed - from.completed,
        withdrawn: until.withdrawn - from.withdrawn,
        failed: until.failed - from.failed,
        line: presence(&from.line, &until.line),
        service: presence(&from.service, &until.service),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_cuts_visits_and_both_sides_of_littles_law_agree() {
        let at = Time::from_nanos;
        let window = Window { name: "run".to_owned(), from: at(10), until: at(30) };
        let windows = [window];
        let mut account = Account::new(1);
        // One is served from 5 to 20, another waits from 12 and is served from 20 to 45, a third gives up at 25.
        account.starts_at_once(at(5));
        account.levels(at(5), (0, 0), (0, 1));
        account.boundary(at(10), &windows);
        account.waits(at(12));
        account.levels(at(12), (0, 1), (1, 1));
        account.waits(at(14));
        account.levels(at(14), (1, 2), (1, 1));
        account.leaves(at(20), at(5), Left::Completed);
        account.starts(at(20), at(12));
        account.levels(at(20), (2, 1), (1, 1));
        account.withdraws(at(25), at(14));
        account.levels(at(25), (1, 0), (1, 1));
        account.boundary(at(30), &windows);
        let flow = account.flows[0];
        assert_eq!(
            (flow.before(), flow.arrived, flow.completed, flow.withdrawn, flow.after()),
            (1, 2, 1, 1, 1)
        );
        assert_eq!((flow.line.level_nanos, flow.line.visit_nanos), (8 + 11, 8 + 11));
        assert_eq!((flow.service.level_nanos, flow.service.visit_nanos), (20, 20));
        assert_eq!((flow.service.ended, flow.service.ended_nanos), (1, 15), "the whole of what ended");
        let all = account.so_far(at(45));
        assert_eq!((all.service.level_nanos, all.service.visit_nanos), (40, 40));
    }

    #[test]
    fn a_visit_that_is_never_told_to_leave_shows() {
        let at = Time::from_nanos;
        let mut account = Account::new(0);
        account.starts_at_once(at(0));
        account.levels(at(0), (0, 0), (0, 1));
        account.levels(at(7), (0, 0), (1, 0));
        let flow = account.so_far(at(10));
        assert_ne!(flow.service.level_nanos, flow.service.visit_nanos);
    }
}
