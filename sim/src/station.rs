//! A station: some servers and, before them, a waiting line with a bound.
//!
//! The station knows who is waiting and how many servers are busy; how long a job takes and when it ends
//! is the caller's business. It schedules nothing.
//!
//! ```text
//!  arrive ─▶ [ waiting line, bounded ] ─▶ servers ─▶ finish
//!     │ no room            │ withdraw
//!     ▼ Refused            ▼
//! ```
//!
//! ```
//! use archsim_sim::{Admission, Limit, Order, Station, Time};
//! let mut desk = Station::new(Limit::AtMost(1), Limit::AtMost(1), Order::Fifo);
//! let now = Time::ZERO;
//! assert_eq!(desk.arrive(now, 'a', 0), Admission::Starts);
//! assert_eq!(desk.arrive(now, 'b', 0), Admission::Waits);
//! assert_eq!(desk.arrive(now, 'c', 0), Admission::Refused);
//! assert_eq!(desk.finish(now), Some('b'), "a is done, b starts");
//! assert_eq!(desk.finish(now), None);
//! ```

use std::collections::VecDeque;

use crate::average::TimeWeighted;
use crate::limit::Limit;
use crate::mutant;
use crate::time::Time;

/// Who in the waiting line is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Who came first.
    Fifo,
    /// Who came last.
    Lifo,
    /// The lowest priority number; among equals who came first.
    Priority,
}

/// What becomes of a job on arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Admission {
    /// A server was free and is now busy with it.
    Starts,
    /// It is in the waiting line.
    Waits,
    /// The servers are busy and the line is full; the station has forgotten it.
    Refused,
}

/// Servers and their waiting line; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Station<J> {
    servers: u32,
    bound: u32,
    order: Order,
    busy: u32,
    /// In the order in which they will be served, with priorities (zero unless the order is by priority).
    line: VecDeque<(u32, J)>,
    busy_average: TimeWeighted,
    waiting_average: TimeWeighted,
}

impl<J: Copy + PartialEq> Station<J> {
    /// An idle station, watched from time zero. At most `bound` jobs wait at once.
    pub fn new(servers: Limit, bound: Limit, order: Order) -> Self {
        Station {
            servers: servers.most(),
            bound: bound.most(),
            order,
            busy: 0,
            line: VecDeque::new(),
            busy_average: TimeWeighted::new(Time::ZERO, 0.0),
            waiting_average: TimeWeighted::new(Time::ZERO, 0.0),
        }
    }

    /// A job comes. `priority` counts only in [`Order::Priority`]; the lowest number goes first.
    #[inline]
    pub fn arrive(&mut self, now: Time, job: J, priority: u32) -> Admission {
        if self.busy < self.servers || mutant!("one-server-more") && self.busy == self.servers {
            self.busy += 1;
            self.busy_average.add(now, 1.0);
            return Admission::Starts;
        }
        if self.waiting() >= self.bound && !(mutant!("line-one-longer") && self.waiting() == self.bound) {
            return Admission::Refused;
        }
        match self.order {
            Order::Fifo if !mutant!("last-come-first-served") => self.line.push_back((0, job)),
            _ => self.push_out_of_turn(job, priority),
        }
        self.waiting_average.add(now, 1.0);
        Admission::Waits
    }

    #[inline(never)]
    fn push_out_of_turn(&mut self, job: J, priority: u32) {
        if self.order == Order::Priority {
            let place = self.line.partition_point(|&(other, _)| {
                if mutant!("equals-overtake") { other < priority } else { other <= priority }
            });
            self.line.insert(place, (priority, job));
        } else {
            self.line.push_front((0, job));
        }
    }

    /// A server is done with its job. It takes the next job of the line, which is returned, or is free.
    #[inline]
    pub fn finish(&mut self, now: Time) -> Option<J> {
        if let Some((_, job)) = self.line.pop_front() {
            self.waiting_average.add(now, -1.0);
            return Some(job);
        }
        debug_assert!(self.busy > 0, "a server finishes, but none is busy");
        if self.busy > 0 {
            self.busy -= 1;
            self.busy_average.add(now, -1.0);
        }
        None
    }

    /// Takes a waiting job out of the line; false if it is not there. The cost grows with the number
    /// waiting before it.
    pub fn withdraw(&mut self, now: Time, job: J) -> bool {
        let Some(place) = self.line.iter().position(|&(_, other)| other == job) else {
            return false;
        };
        self.line.remove(place);
        self.waiting_average.add(now, -1.0);
        true
    }

    /// Drops everything: all servers are free, and those who waited are returned in their order.
    pub fn clear(&mut self, now: Time) -> Vec<J> {
        let waited = self.line.drain(..).map(|(_, job)| job).collect();
        self.busy = 0;
        self.busy_average.set(now, 0.0);
        self.waiting_average.set(now, 0.0);
        waited
    }

    /// How many servers are busy.
    pub const fn busy(&self) -> u32 {
        self.busy
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> u32 {
        self.line.len() as u32
    }

    /// How many servers there are.
    pub const fn servers(&self) -> Limit {
        Limit::from_most(self.servers)
    }

    /// The number of busy servers over time.
    pub const fn busy_average(&self) -> &TimeWeighted {
        &self.busy_average
    }

    /// The number of waiting jobs over time.
    pub const fn waiting_average(&self) -> &TimeWeighted {
        &self.waiting_average
    }

    /// Forgets what was observed before `now`, as at the end of a warm-up; the jobs stay.
    pub fn reset_averages(&mut self, now: Time) {
        self.busy_average.reset(now);
        self.waiting_average.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One server; `jobs` come one after the other, each with its last digit as priority; then they leave.
    fn served(order: Order, jobs: &[u32]) -> Vec<u32> {
        let mut station = Station::new(Limit::AtMost(1), Limit::Unbounded, order);
        for &job in jobs {
            station.arrive(Time::ZERO, job, job % 10);
        }
        std::iter::from_fn(|| station.finish(Time::ZERO)).collect()
    }

    #[test]
    fn jobs_are_served_in_the_order_asked_for() {
        let jobs = [10, 23, 31, 43, 51, 60];
        assert_eq!(served(Order::Fifo, &jobs), [23, 31, 43, 51, 60]);
        assert_eq!(served(Order::Lifo, &jobs), [60, 51, 43, 31, 23]);
        assert_eq!(served(Order::Priority, &jobs), [60, 31, 51, 23, 43]);
    }

    #[test]
    fn servers_and_line_have_their_bounds() {
        let mut station = Station::new(Limit::AtMost(2), Limit::AtMost(1), Order::Fifo);
        let admissions: Vec<Admission> = (0..4).map(|job| station.arrive(Time::ZERO, job, 0)).collect();
        assert_eq!(admissions, [Admission::Starts, Admission::Starts, Admission::Waits, Admission::Refused]);
        assert_eq!((station.busy(), station.waiting(), station.servers()), (2, 1, Limit::AtMost(2)));
        assert!(!station.withdraw(Time::ZERO, 0), "a job with a server does not wait");
        assert!(station.withdraw(Time::ZERO, 2));
        assert!(!station.withdraw(Time::ZERO, 2));
        assert_eq!(station.finish(Time::ZERO), None);
        assert_eq!(station.busy(), 1);
    }

    #[test]
    fn clearing_returns_who_waited_and_frees_the_servers() {
        let mut station = Station::new(Limit::AtMost(1), Limit::Unbounded, Order::Fifo);
        (0..3).for_each(|job| {
            station.arrive(Time::ZERO, job, 0);
        });
        assert_eq!(station.clear(Time::from_nanos(10)), [1, 2]);
        assert_eq!((station.busy(), station.waiting()), (0, 0));
        let end = Time::from_nanos(20);
        assert!((station.busy_average().mean(end) - 0.5).abs() < 1e-12);
        assert!((station.waiting_average().mean(end) - 1.0).abs() < 1e-12);
        station.reset_averages(end);
        assert!(station.waiting_average().mean(Time::from_nanos(30)).abs() < 1e-12);
    }
}
