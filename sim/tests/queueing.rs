//! The kernel's parts together meet queueing theory: the canonical workloads W1 and W2 at modest length.
//!
//! Seeds are fixed, so the tests cannot fail by chance; the intervals are wide enough that a correct
//! kernel would have failed one in a thousand times when the seeds were chosen.

use archsim_sim::{Admission, Agenda, Class, Distribution, Limit, Order, Span, Station, Stream, Time};

const UNIT: Span = Span::from_millis(1);
const SEEDS: u64 = 24;
/// Student's t for 23 degrees of freedom at one in a thousand, two-sided.
const T: f64 = 3.77;
const CUSTOMERS: u32 = 60_000;
/// Runs start empty; the first customers are not counted.
const WARMUP: u32 = 2_000;

#[derive(Clone, Copy)]
enum Event {
    Arrives,
    Leaves(u32),
}

/// What one run of an M/M/c queue with mean work one finds.
#[derive(Clone, Copy)]
struct Found {
    mean_stay: f64,
    /// The share of customers who stay longer than the known 99th percentile.
    beyond_p99: f64,
    mean_busy: f64,
    /// How far the run is from Little's law: zero, but for who is counted at the ends.
    little: f64,
}

fn run(servers: u32, per_unit: f64, p99: f64, seed: u64) -> Found {
    let mut agenda = Agenda::new();
    let mut station = Station::new(Limit::AtMost(servers), Limit::Unbounded, Order::Fifo);
    let mut arrivals = Stream::named(seed, 0, "arrivals");
    let mut works = Stream::named(seed, 0, "works");
    let between = Distribution::exponential(UNIT.scaled(1.0 / per_unit));
    let work = Distribution::exponential(UNIT);
    let mut arrived: Vec<Time> = Vec::new();
    let (mut sum, mut all, mut beyond) = (0.0, 0.0, 0.0);
    agenda.schedule(Time::ZERO + between.sample(&mut arrivals), Class::Arrival, 0, Event::Arrives);
    while let Some(event) = agenda.pop() {
        let now = agenda.now();
        let starts = match event {
            Event::Arrives => {
                let number = arrived.len() as u32;
                arrived.push(now);
                if number + 1 < CUSTOMERS {
                    let next = now + between.sample(&mut arrivals);
                    agenda.schedule(next, Class::Arrival, u64::from(number + 1), Event::Arrives);
                }
                (station.arrive(now, number, 0) == Admission::Starts).then_some(number)
            }
            Event::Leaves(number) => {
                let stay = (now - arrived[number as usize]).as_nanos() as f64 / UNIT.as_nanos() as f64;
                all += stay;
                if number >= WARMUP {
                    sum += stay;
                    beyond += f64::from(u8::from(stay > p99));
                }
                station.finish(now)
            }
        };
        if let Some(number) = starts {
            agenda.schedule(
                now + work.sample(&mut works),
                Class::Completion,
                number.into(),
                Event::Leaves(number),
            );
        }
    }
    let (now, counted) = (agenda.now(), f64::from(CUSTOMERS - WARMUP));
    let present = station.busy_average().integral(now) + station.waiting_average().integral(now);
    Found {
        mean_stay: sum / counted,
        beyond_p99: beyond / counted,
        mean_busy: station.busy_average().mean(now),
        little: present / UNIT.as_nanos() as f64 / all - 1.0,
    }
}

/// Whether the seeds' mean of a figure agrees with theory.
fn check(name: &str, found: &[Found], theory: f64, figure: impl Fn(&Found) -> f64) {
    let values: Vec<f64> = found.iter().map(figure).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    let half_width = T * libm::sqrt(variance / count);
    assert!((mean - theory).abs() < half_width, "{name}: {mean} ± {half_width}, in theory {theory}");
    // An interval so wide that nothing could fail would prove nothing.
    assert!(half_width < 0.3 * theory, "{name}: ± {half_width} is too wide for {theory}");
}

fn meets_theory(servers: u32, per_unit: f64, mean_stay: f64, p99: f64) {
    let found: Vec<Found> = (0..SEEDS).map(|seed| run(servers, per_unit, p99, seed)).collect();
    check("mean stay", &found, mean_stay, |found| found.mean_stay);
    check("share beyond p99", &found, 0.01, |found| found.beyond_p99);
    // The last customers leave after arrivals have stopped, which costs less than the interval.
    check("busy servers", &found, per_unit, |found| found.mean_busy);
    assert!(found.iter().all(|found| found.little.abs() < 1e-9), "Little's law holds for every history");
}

#[test]
fn one_server_meets_theory() {
    meets_theory(1, 0.8, 5.0, 23.026);
}

#[test]
fn sixteen_servers_meet_theory() {
    meets_theory(16, 14.4, 1.3696, 5.270);
}
