//! The kernel's parts against theory and tables: what the twin shares with the engine it cannot find fault with.

use archsim_sim::{
    Admission, Arena, Distribution, Limit, Order, Processor, Sharing, Span, Station, Stream, Time,
};

use crate::detectors::Said;

/// Equal, or what is not.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Said {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?} instead of {wanted:?}")) }
}

pub fn kernel() -> Said {
    draws()?;
    arenas()?;
    stations()?;
    processors()?;
    urgent_jobs()
}

/// Within five standard errors of what they should be on average.
fn draws() -> Said {
    const DRAWS: u32 = 1_000_000;
    let mut dice = Stream::named(1, 0, "means");
    let near = |what: &str, sum: f64, mean: f64, deviation: f64| {
        let found = sum / f64::from(DRAWS);
        let fits = (found - mean).abs() < 5.0 * deviation / f64::from(DRAWS).sqrt();
        if fits { Ok(()) } else { Err(format!("{what}: {found} on average instead of {mean}")) }
    };
    let exponential = Distribution::exponential(Span::from_secs(1));
    let sum = (0..DRAWS).map(|_| exponential.sample(&mut dice).as_secs_f64()).sum();
    near("exponential", sum, 1.0, 1.0)?;
    let heads = (0..DRAWS).filter(|_| dice.chance(0.5)).count() as f64;
    near("coin", heads, 0.5, 0.5)?;
    let sum = (0..DRAWS).map(|_| f64::from(dice.below(7))).sum();
    near("seven sides", sum, 3.0, 2.0)
}

fn arenas() -> Said {
    let mut arena = Arena::new();
    let first = arena.insert('a');
    arena.remove(first);
    let second = arena.insert('b');
    same("what took a place", &(arena.get(first), arena.get(second)), &(None, Some(&'b')))
}

fn stations() -> Said {
    let served = |order| {
        let mut station = Station::new(Limit::AtMost(1), Limit::Unbounded, order);
        for job in [10, 23, 31, 43, 51, 60] {
            station.arrive(Time::ZERO, job, job % 10);
        }
        std::iter::from_fn(|| station.finish(Time::ZERO)).collect::<Vec<_>>()
    };
    same("first come", &served(Order::Fifo), &vec![23, 31, 43, 51, 60])?;
    same("last come", &served(Order::Lifo), &vec![60, 51, 43, 31, 23])?;
    same("by priority", &served(Order::Priority), &vec![60, 31, 51, 23, 43])?;
    let mut station = Station::new(Limit::AtMost(2), Limit::AtMost(1), Order::Fifo);
    let found: Vec<_> = (0..5).map(|job| station.arrive(Time::ZERO, job, 0)).collect();
    let (starts, refused) = (Admission::Starts, Admission::Refused);
    same("two servers, one place", &found, &vec![starts, starts, Admission::Waits, refused, refused])
}

fn processors() -> Said {
    /// Cores, speed, how they share; jobs by start and work; their ends.
    type Row = (u32, f64, Sharing, &'static [(u64, u64)], &'static [u64]);
    let table: [Row; 5] = [
        (1, 1.0, Sharing::Shared, &[(0, 30), (0, 60)], &[60, 90]),
        (2, 1.0, Sharing::Shared, &[(0, 60), (0, 60), (0, 60), (0, 60)], &[120, 120, 120, 120]),
        (1, 1.0, Sharing::Fifo, &[(0, 30), (1, 20), (2, 10)], &[30, 50, 60]),
        (1, 2.0, Sharing::Shared, &[(0, 100)], &[50]),
        (1, 0.5, Sharing::Fifo, &[(0, 100)], &[200]),
    ];
    table.iter().try_for_each(|&(cores, speed, sharing, jobs, ends)| {
        let mut processor = Processor::new(Limit::AtMost(cores), speed, sharing);
        let mut found = vec![0; jobs.len()];
        for (job, &(start, work)) in jobs.iter().enumerate() {
            processor.start(Time::from_nanos(start), job, Span::from_nanos(work));
        }
        while let Some(due) = processor.next_completion() {
            while let Some(job) = processor.complete(due) {
                found[job] = due.as_nanos();
            }
        }
        same(&format!("{cores} cores, {sharing:?}"), &found, &ends.to_vec())
    })
}

/// The second job waits behind its equal; the third sends that one aside, and it goes on where it was and first.
fn urgent_jobs() -> Said {
    let mut processor = Processor::new(Limit::AtMost(1), 1.0, Sharing::Priority);
    for (job, (start, work, priority)) in [(0, 30, 5), (5, 10, 5), (10, 20, 1)].into_iter().enumerate() {
        processor.start_with(Time::from_nanos(start), job, Span::from_nanos(work), priority);
    }
    let mut ends = Vec::new();
    while let Some(due) = processor.next_completion() {
        ends.extend(processor.complete(due).map(|job| (job, due.as_nanos())));
    }
    same("one core, by priority", &ends, &vec![(2, 30), (0, 50), (1, 60)])
}
