//! A processor: cores of some speed that serve jobs of known work, together or one after the other.
//!
//! With [`Sharing::Shared`] all jobs present run at once, each at rate `speed · min(1, cores / jobs)`
//! (egalitarian processor sharing, which is what an operating system's time slices amount to). With
//! [`Sharing::Fifo`] each core runs one job to its end. With [`Sharing::Priority`] the most urgent jobs have the
//! cores, first come first served among equals: a job that is more urgent than one on a core takes its place, and
//! the one put aside goes on later where it was (pre-emptive resume).
//!
//! # How it keeps exact time
//! All running jobs progress at one rate, so a single clock of *work done by a job that never leaves*
//! serves for all: a job that needs `w` ends when that clock has moved by `w` since it started. A change
//! of rate touches no job, and a heap of ending marks answers who is next: O(log n) a change.
//! The clock is an integer in units of 2⁻⁵² nanoseconds of work and is never rounded; only the rate
//! itself is, downwards, to a multiple of 2⁻⁵². Completion instants are therefore exact but for rounding
//! up to whole nanoseconds as long as `jobs / cores / speed` times the job's age stays below 10¹⁵ ns (a
//! thousand jobs a core for a quarter of an hour); there is no drift, however long the busy period. The clock
//! returns to zero when the processor is idle.
//!
//! # How it is used
//! [`next_completion`](Processor::next_completion) changes whenever jobs come or go. The caller schedules
//! an event for it and asks again when that comes: [`complete`](Processor::complete) gives a job if one is
//! done and nothing otherwise. Jobs must be completed when they are due, before time moves on.
//!
//! ```
//! use archsim_sim::{Limit, Processor, Sharing, Span, Time};
//! let at = |nanos| Time::from_nanos(nanos);
//! let mut cpu = Processor::new(Limit::AtMost(1), 1.0, Sharing::Shared);
//! cpu.start(at(0), "long", Span::from_nanos(100));
//! cpu.start(at(20), "short", Span::from_nanos(10));
//! assert_eq!(cpu.next_completion(), Some(at(40)), "half speed each");
//! assert_eq!(cpu.complete(at(40)), Some("short"));
//! assert_eq!(cpu.complete(at(40)), None);
//! assert_eq!(cpu.next_completion(), Some(at(110)));
//! ```

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::arena::{Arena, Id};
use crate::average::TimeWeighted;
use crate::limit::Limit;
use crate::mutant;
use crate::time::{Span, Time};

/// How jobs share the cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// All at once, each with an equal share, at most one core.
    Shared,
    /// One job a core to its end; the others wait, first come first served.
    Fifo,
    /// One job a core; the lowest priority number has it at once, among equals who came first.
    Priority,
}

/// The name of one job on one processor, to cancel it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// Work and rates have this many binary places.
const PLACES: u32 = 52;
const ONE: f64 = (1_u64 << PLACES) as f64;

/// Faster than this is taken as this; the rate must fit 64 bits.
const SPEED_MAX: f64 = 2048.0;

/// One job present.
#[derive(Clone, Copy, Debug)]
struct Running<J> {
    job: J,
    /// The clock's reading when the job is done; while it waits for a core, its work.
    mark: u128,
    waits: bool,
    priority: u32,
    /// Its place in the order in which cores were taken, when it last took one.
    begun: u64,
}

/// Cores and the jobs on them; see the module's documentation.
#[derive(Clone, Debug)]
pub struct Processor<J> {
    cores: Limit,
    speed: f64,
    sharing: Sharing,
    jobs: Arena<Running<J>>,
    /// The marks of running jobs, with their order of start for ties; entries of jobs cancelled or put aside
    /// stay until they surface or are the majority, but never on top.
    marks: BinaryHeap<Reverse<(u128, u64, u64)>>,
    /// Jobs waiting for a core, with their priorities, in the order in which they will get one; those cancelled
    /// stay until they surface.
    line: VecDeque<(u32, Id<Running<J>>)>,
    running: u32,
    /// How many ran when the rate was last set.
    timed: u32,
    started: u64,
    /// Work done, since the processor was last idle, by a job that never leaves.
    clock: u128,
    /// How much the clock moves in a nanosecond.
    rate: u64,
    last: Time,
    busy_cores: TimeWeighted,
}

impl<J: Copy> Processor<J> {
    /// An idle processor. `speed` is nanoseconds of work done by a core in a nanosecond: from zero (it
    /// stands still) to 2048.
    pub fn new(cores: Limit, speed: f64, sharing: Sharing) -> Self {
        Processor {
            cores,
            speed,
            sharing,
            jobs: Arena::new(),
            marks: BinaryHeap::new(),
            line: VecDeque::new(),
            running: 0,
            timed: 0,
            started: 0,
            clock: 0,
            rate: 0,
            last: Time::ZERO,
            busy_cores: TimeWeighted::new(Time::ZERO, 0.0),
        }
    }

    /// A job comes that needs `work` on a core of speed one.
    pub fn start(&mut self, now: Time, job: J, work: Span) -> Ticket {
        self.start_with(now, job, work, 0)
    }

    /// A job of some priority comes, which counts only in [`Sharing::Priority`]; the lowest number goes first.
    pub fn start_with(&mut self, now: Time, job: J, work: Span, priority: u32) -> Ticket {
        self.advance(now);
        let mark = u128::from(work.as_nanos()) << PLACES;
        let id = self.jobs.insert(Running { job, mark, waits: true, priority, begun: 0 });
        if self.sharing == Sharing::Shared || self.cores.admits(self.running) {
            self.run(id);
        } else if self.sharing == Sharing::Fifo {
            if mutant!("core-takes-last") {
                self.line.push_front((0, id));
            } else {
                self.line.push_back((0, id));
            }
        } else {
            self.run_or_wait(id, priority);
        }
        self.retime(now);
        Ticket(id.to_bits())
    }

    /// Takes a job away before its end; returns the work it still needed, rounded up, or `None` if it
    /// is not there any more.
    pub fn cancel(&mut self, now: Time, ticket: Ticket) -> Option<Span> {
        self.advance(now);
        let gone = self.jobs.remove(Id::from_bits(ticket.0))?;
        let left = if gone.waits { gone.mark } else { gone.mark.saturating_sub(self.clock) };
        if !gone.waits {
            self.running -= 1;
            self.run_next();
            self.sweep();
        }
        self.retime(now);
        Some(Span::from_nanos(left.div_ceil(1 << PLACES) as u64))
    }

    /// When the next job will be done if nothing changes: never before the last change. `None` if there
    /// is none, or the processor stands still.
    #[inline]
    pub fn next_completion(&self) -> Option<Time> {
        let &Reverse((mark, _, _)) = self.marks.peek()?;
        let left = mark.saturating_sub(self.clock);
        if left == 0 {
            return Some(self.last);
        }
        if self.rate == 0 {
            return None;
        }
        // Most processors have speed one and a core for each job; a shift is much cheaper than a division.
        let nanos = if self.rate == 1 << PLACES {
            left.div_ceil(1 << PLACES)
        } else {
            left.div_ceil(u128::from(self.rate))
        };
        Some(self.last + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// Takes out one job that is done by `now`: the earliest, among equals the one started first.
    pub fn complete(&mut self, now: Time) -> Option<J> {
        self.advance(now);
        let &Reverse((mark, _, bits)) = self.marks.peek()?;
        if mark > self.clock {
            return None;
        }
        self.marks.pop();
        let done = self.jobs.remove(Id::from_bits(bits));
        self.running -= 1;
        self.run_next();
        self.sweep();
        self.retime(now);
        done.map(|running| running.job)
    }

    /// How many jobs are present, running or waiting for a core.
    pub fn active(&self) -> usize {
        self.jobs.len()
    }

    /// The cores' speed.
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// How many cores there are.
    pub const fn cores(&self) -> Limit {
        self.cores
    }

    /// Changes the cores' speed from `now` on; zero stands still.
    pub fn set_speed(&mut self, now: Time, speed: f64) {
        self.advance(now);
        self.speed = speed;
        self.set_rate(now);
    }

    /// The number of busy cores over time.
    pub const fn busy_cores_average(&self) -> &TimeWeighted {
        &self.busy_cores
    }

    /// Forgets the busy cores observed before `now`; the jobs stay.
    pub const fn reset_averages(&mut self, now: Time) {
        self.busy_cores.reset(now);
    }

    /// Drops all jobs and returns them in the order of their places, which is deterministic.
    pub fn clear(&mut self, now: Time) -> Vec<J> {
        self.advance(now);
        let dropped = self.jobs.iter().map(|(id, running)| (id, running.job)).collect::<Vec<_>>();
        for &(id, _) in &dropped {
            self.jobs.remove(id);
        }
        self.marks.clear();
        self.line.clear();
        self.running = 0;
        self.retime(now);
        dropped.into_iter().map(|(_, job)| job).collect()
    }

    /// Moves the clock to `now`.
    #[inline]
    fn advance(&mut self, now: Time) {
        debug_assert!(now >= self.last, "{now} is before the last change at {}", self.last);
        debug_assert!(
            self.next_completion().is_none_or(|due| due >= now),
            "a job was due before {now} and has not been completed"
        );
        if now > self.last {
            self.clock += u128::from(now.since(self.last).as_nanos()) * u128::from(self.rate);
            self.last = now;
        }
    }

    /// Gives a job a core, or its share.
    fn run(&mut self, id: Id<Running<J>>) {
        let running = &mut self.jobs[id];
        running.mark += self.clock;
        running.waits = false;
        running.begun = self.started;
        self.marks.push(Reverse((running.mark, self.started, id.to_bits())));
        self.started += 1;
        self.running += 1;
    }

    /// All cores are busy: the least urgent job on them makes room, or the new one waits.
    #[inline(never)]
    fn run_or_wait(&mut self, id: Id<Running<J>>, priority: u32) {
        match self.least_urgent() {
            Some((least, aside)) if least > priority => {
                self.put_aside(aside, least);
                self.run(id);
            }
            _ => {
                let place = self.line.partition_point(|&(other, _)| other <= priority);
                self.line.insert(place, (priority, id));
            }
        }
    }

    /// The job on a core that has to go first, with its priority: the least urgent, among equals the last that came.
    /// One that is done and about to leave does not count.
    fn least_urgent(&self) -> Option<(u32, Id<Running<J>>)> {
        let marks = self.marks.iter().filter(|Reverse((mark, begun, bits))| {
            *mark > self.clock && is_on_core(&self.jobs, *begun, *bits)
        });
        let jobs = marks.map(|&Reverse((_, begun, bits))| {
            let id = Id::from_bits(bits);
            (self.jobs[id].priority, begun, id)
        });
        jobs.max_by_key(|&(priority, begun, _)| (priority, begun)).map(|(priority, _, id)| (priority, id))
    }

    /// Takes a job off its core; it goes on before all others of its priority.
    fn put_aside(&mut self, id: Id<Running<J>>, priority: u32) {
        let running = &mut self.jobs[id];
        running.mark -= if mutant!("put-aside-works-again") { 0 } else { self.clock };
        running.waits = true;
        let behind = |other: u32| other < priority || mutant!("put-aside-goes-last") && other == priority;
        let place = self.line.partition_point(|&(other, _)| behind(other));
        self.line.insert(place, (priority, id));
        self.running -= 1;
        self.sweep();
    }

    /// A core may be free: the first of the line that was not cancelled takes it.
    fn run_next(&mut self) {
        while let Some((_, id)) = self.line.pop_front() {
            if self.jobs.contains(id) {
                return self.run(id);
            }
        }
    }

    /// Forgets the marks of jobs cancelled or put aside: those on top at once, the others when they are the majority.
    fn sweep(&mut self) {
        if self.marks.len() == self.running as usize {
            return;
        }
        if self.marks.len() > 32 && self.marks.len() > 2 * self.running as usize {
            let jobs = &self.jobs;
            self.marks.retain(|&Reverse((_, begun, bits))| is_on_core(jobs, begun, bits));
        }
        while let Some(&Reverse((_, begun, bits))) = self.marks.peek() {
            if is_on_core(&self.jobs, begun, bits) {
                break;
            }
            self.marks.pop();
        }
    }

    /// Sets the rate for the number of jobs running, if that is another than before.
    #[inline]
    fn retime(&mut self, now: Time) {
        if self.running != self.timed || self.running == 0 {
            self.set_rate(now);
        }
    }

    /// Sets the rate for the number of jobs running and the speed.
    #[inline]
    fn set_rate(&mut self, now: Time) {
        self.timed = self.running;
        let jobs = f64::from(self.running);
        let cores = match self.cores {
            Limit::AtMost(cores) => f64::from(cores),
            Limit::Unbounded => jobs,
        };
        self.busy_cores.set(now, jobs.min(cores));
        if self.running == 0 {
            self.clock = 0;
        }
        let sharers = if mutant!("one-sharer-more") { jobs + 1.0 } else { jobs };
        let share = if jobs > cores { cores / sharers } else { 1.0 };
        // `as` rounds down, saturates, and sends NaN to zero.
        let speed = if mutant!("speed-ignored") { 1.0 } else { self.speed };
        self.rate = ((speed * share).min(SPEED_MAX) * ONE) as u64;
    }
}

/// Whether a mark is that of a job on a core: it is still there, and has not been put aside since.
fn is_on_core<J>(jobs: &Arena<Running<J>>, begun: u64, bits: u64) -> bool {
    jobs.get(Id::from_bits(bits)).is_some_and(|running| running.begun == begun && !running.waits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Agenda, Class, Distribution, Stream};

    /// The same processor with the work left of every job written down: O(n) a change.
    struct Reference {
        cores: f64,
        speed: f64,
        sharing: Sharing,
        /// Number and nanoseconds of work left, by priority, then by order of start.
        left: Vec<(u32, f64)>,
        last: Time,
    }

    impl Reference {
        fn rate(&self) -> f64 {
            let jobs = self.left.len() as f64;
            let shared = self.sharing == Sharing::Shared && jobs > self.cores;
            self.speed * if shared { self.cores / jobs } else { 1.0 }
        }

        fn advance(&mut self, now: Time) {
            let progress = self.rate() * (now - self.last).as_nanos() as f64;
            let running = if self.sharing == Sharing::Shared { usize::MAX } else { self.cores as usize };
            self.left.iter_mut().take(running).for_each(|(_, left)| *left -= progress);
            self.last = now;
        }

        fn add(&mut self, number: u32, work: Span) {
            let priority = |number: u32| if self.sharing == Sharing::Priority { number % 3 } else { 0 };
            let place = self.left.partition_point(|&(other, _)| priority(other) <= priority(number));
            self.left.insert(place, (number, work.as_nanos() as f64));
        }

        fn remove(&mut self, number: u32) -> f64 {
            let place = self.left.iter().position(|&(other, _)| other == number).expect("it is present");
            self.left.remove(place).1
        }
    }

    fn agrees_with_reference(seed: u64, cores: Limit, sharing: Sharing) {
        let mut stream = Stream::named(seed, 0, "script");
        let count = if let Limit::AtMost(cores) = cores { f64::from(cores) } else { f64::INFINITY };
        let mut processor = Processor::new(cores, 1.0, sharing);
        let mut reference =
            Reference { cores: count, speed: 1.0, sharing, left: Vec::new(), last: Time::ZERO };
        let mut tickets: Vec<(u32, Ticket)> = Vec::new();
        let mut now = Time::ZERO;
        for number in 0..3_000 {
            let until = now + Distribution::exponential(Span::from_nanos(1_000)).sample(&mut stream);
            while let Some(due) = processor.next_completion().filter(|&due| due <= until) {
                assert!(due >= now);
                now = due;
                reference.advance(now);
                let rate = reference.rate();
                let done = processor.complete(now).expect("it is due");
                // Done by now, and not yet done a nanosecond ago.
                let late = -reference.remove(done) / rate;
                assert!((-1e-3..1.0 + 1e-3).contains(&late), "seed {seed}: {done} is {late} ns late");
                tickets.retain(|&(other, _)| other != done);
            }
            now = until;
            reference.advance(now);
            match stream.below(20) {
                0..=2 if !tickets.is_empty() => {
                    let place = stream.below(tickets.len() as u32) as usize;
                    let (gone, ticket) = tickets.swap_remove(place);
                    let left = processor.cancel(now, ticket).expect("it is present").as_nanos() as f64;
                    assert!((left - reference.remove(gone)).abs() < 1.001, "seed {seed}");
                    assert_eq!(processor.cancel(now, ticket), None);
                }
                3 => {
                    reference.speed = [0.5, 1.0, 1.7][stream.below(3) as usize];
                    processor.set_speed(now, reference.speed);
                }
                _ => {
                    let work = Span::from_nanos(u64::from(stream.below(2_000)) * u64::from(stream.below(4)));
                    tickets.push((number, processor.start_with(now, number, work, number % 3)));
                    reference.add(number, work);
                }
            }
            assert_eq!(processor.active(), reference.left.len());
        }
    }

    #[test]
    fn every_completion_and_cancellation_agrees_with_the_plain_reference() {
        for seed in 0..40 {
            for sharing in [Sharing::Shared, Sharing::Fifo, Sharing::Priority] {
                for cores in [1, 2, 5] {
                    agrees_with_reference(seed, Limit::AtMost(cores), sharing);
                }
            }
            agrees_with_reference(seed, Limit::Unbounded, Sharing::Shared);
        }
    }

    /// The mean stay in an M/G/1 queue with processor sharing, and its standard error over seeds.
    fn mean_stay(work: &Distribution, load: f64) -> (f64, f64) {
        const SEEDS: u64 = 24;
        const CUSTOMERS: u64 = 6_000;
        let means: Vec<f64> = (0..SEEDS)
            .map(|seed| {
                let mut stream = Stream::named(seed, 0, "sharing");
                let between = Distribution::exponential(Span::from_nanos_f64(work.mean() / load));
                let mut agenda = Agenda::new();
                let mut cpu = Processor::new(Limit::AtMost(1), 1.0, Sharing::Shared);
                let (mut arrived, mut done, mut sum) = (0_u64, 0_u64, 0.0);
                let mut expected = None;
                agenda.schedule(Time::ZERO, Class::Arrival, 0, true);
                while let Some(arrival) = agenda.pop() {
                    let now = agenda.now();
                    while let Some((number, since)) = cpu.complete(now) {
                        done += 1;
                        // Runs start empty: the first eighth is not counted.
                        sum += if number < CUSTOMERS / 8 { 0.0 } else { (now - since).as_nanos() as f64 };
                    }
                    if arrival && arrived < CUSTOMERS {
                        cpu.start(now, (arrived, now), work.sample(&mut stream));
                        arrived += 1;
                        agenda.schedule(now + between.sample(&mut stream), Class::Arrival, arrived, true);
                    }
                    if let Some(due) = cpu.next_completion().filter(|&due| Some(due) != expected) {
                        agenda.schedule(due, Class::Completion, 0, false);
                        expected = Some(due);
                    }
                }
                assert_eq!(done, CUSTOMERS);
                sum / (CUSTOMERS - CUSTOMERS / 8) as f64
            })
            .collect();
        let mean = means.iter().sum::<f64>() / SEEDS as f64;
        let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (SEEDS - 1) as f64;
        (mean, libm::sqrt(variance / SEEDS as f64))
    }

    #[test]
    fn the_mean_stay_depends_on_the_mean_work_only() {
        let mean = Span::from_micros(10);
        for work in [
            Distribution::constant(mean),
            Distribution::exponential(mean),
            Distribution::gamma(0.5, mean),
            Distribution::lognormal(mean, 2.0),
        ] {
            let (stay, error) = mean_stay(&work, 0.7);
            let theory = 10_000.0 / (1.0 - 0.7);
            // Student's t for 23 degrees of freedom at one in a thousand is 3.77.
            assert!((stay - theory).abs() < 3.77 * error, "{work:?}: {stay} ± {error} for {theory}");
        }
    }

    #[test]
    fn no_work_is_done_at_once_and_equals_leave_in_order_of_start() {
        let now = Time::from_nanos(5);
        let mut cpu = Processor::new(Limit::AtMost(1), 0.0, Sharing::Shared);
        cpu.start(now, 'a', Span::from_nanos(1));
        cpu.start(now, 'b', Span::ZERO);
        cpu.start(now, 'c', Span::ZERO);
        cpu.start(now, 'd', Span::from_nanos(1));
        assert_eq!(cpu.next_completion(), Some(now));
        assert_eq!((cpu.complete(now), cpu.complete(now), cpu.complete(now)), (Some('b'), Some('c'), None));
        assert_eq!(cpu.next_completion(), None, "it stands still");
        cpu.set_speed(now, 1.0);
        let end = Time::from_nanos(7);
        assert_eq!(cpu.next_completion(), Some(end));
        assert_eq!((cpu.complete(end), cpu.complete(end), cpu.complete(end)), (Some('a'), Some('d'), None));
        assert!((cpu.busy_cores_average().integral(end) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_more_urgent_job_takes_the_core_and_what_was_done_is_kept() {
        let at = Time::from_nanos;
        let mut cpu = Processor::new(Limit::AtMost(1), 1.0, Sharing::Priority);
        cpu.start_with(at(0), "patient", Span::from_nanos(100), 2);
        cpu.start_with(at(10), "urgent", Span::from_nanos(20), 0);
        cpu.start_with(at(15), "also patient", Span::from_nanos(5), 2);
        cpu.start_with(at(15), "between", Span::from_nanos(5), 1);
        assert_eq!(cpu.next_completion(), Some(at(30)));
        assert_eq!((cpu.complete(at(30)), cpu.complete(at(30))), (Some("urgent"), None));
        assert_eq!(cpu.complete(at(35)), Some("between"));
        assert_eq!(cpu.next_completion(), Some(at(125)), "90 of 100 were left");
        assert_eq!(cpu.complete(at(125)), Some("patient"));
        assert_eq!(cpu.complete(at(130)), Some("also patient"));
    }

    #[test]
    fn who_is_done_is_not_put_aside() {
        let at = Time::from_nanos;
        let mut cpu = Processor::new(Limit::AtMost(1), 1.0, Sharing::Priority);
        cpu.start_with(at(0), "done", Span::from_nanos(10), 1);
        cpu.start_with(at(10), "urgent", Span::from_nanos(10), 0);
        assert_eq!(cpu.complete(at(10)), Some("done"));
        assert_eq!(cpu.next_completion(), Some(at(20)));
    }

    #[test]
    fn clearing_drops_every_job() {
        for sharing in [Sharing::Shared, Sharing::Fifo, Sharing::Priority] {
            let mut cpu = Processor::new(Limit::AtMost(1), 1.0, sharing);
            let tickets: Vec<Ticket> =
                (0..3).map(|job| cpu.start(Time::ZERO, job, Span::from_nanos(9))).collect();
            assert_eq!(cpu.clear(Time::from_nanos(4)), [0, 1, 2]);
            assert_eq!((cpu.active(), cpu.next_completion()), (0, None));
            assert!(tickets.iter().all(|&ticket| cpu.cancel(Time::from_nanos(4), ticket).is_none()));
        }
    }
}
