//! W1 and W2: Poisson arrivals, exponential work, one queue, some servers.

use archsim_sim::{
    Admission, Agenda, Class, Distribution, Histogram, Limit, Order, Span, Station, Stream, Time,
};

use crate::Answer;

/// One unit of the model's time.
const UNIT: Span = Span::from_millis(1);

/// W1: one server, ρ = 0.8.
pub fn one_server(customers: u64) -> Answer {
    run(1, 0.8, customers, "E[T] = 5, p99 = 23.026")
}

/// W2: sixteen servers, ρ = 0.9.
pub fn sixteen_servers(customers: u64) -> Answer {
    run(16, 14.4, customers, "E[T] = 1.3696, p99 = 5.270")
}

#[derive(Clone, Copy)]
enum Event {
    Arrives,
    Leaves { arrived: Time },
}

fn run(servers: u32, per_unit: f64, customers: u64, known: &str) -> Answer {
    let mut agenda = Agenda::new();
    let mut station = Station::new(Limit::AtMost(servers), Limit::Unbounded, Order::Fifo);
    let mut stays = Histogram::new();
    let mut arrivals = Stream::named(1, 0, "arrivals");
    let mut works = Stream::named(1, 0, "works");
    let between = Distribution::exponential(UNIT.scaled(1.0 / per_unit));
    let work = Distribution::exponential(UNIT);
    let mut to_come = customers;

    // Ranks are zero: at one instant who leaves goes before who arrives, and that is all that matters here.
    agenda.schedule(Time::ZERO + between.sample(&mut arrivals), Class::Arrival, 0, Event::Arrives);
    while let Some(event) = agenda.pop() {
        let now = agenda.now();
        let starts = match event {
            Event::Arrives => {
                to_come -= 1;
                if to_come > 0 {
                    agenda.schedule(now + between.sample(&mut arrivals), Class::Arrival, 0, Event::Arrives);
                }
                (station.arrive(now, now, 0) == Admission::Starts).then_some(now)
            }
            Event::Leaves { arrived } => {
                stays.record_span(now - arrived);
                station.finish(now)
            }
        };
        if let Some(arrived) = starts {
            agenda.schedule(now + work.sample(&mut works), Class::Completion, 0, Event::Leaves { arrived });
        }
    }
    let unit = UNIT.as_nanos() as f64;
    let (mean, p99) = (stays.mean() / unit, stays.quantile(0.99) as f64 / unit);
    let text = format!("E[T] {mean:.4}, p99 {p99:.3} (known: {known})");
    Answer { customers, events: agenda.popped(), text }
}
