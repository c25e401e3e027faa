//! Single steps of the kernel: what a draw, a keyed stream, a recorded value and a shared processor cost.

use std::hint::black_box;

use archsim_sim::{
    Agenda, Class, Distribution, Histogram, Key, Limit, Processor, Sharing, Span, Stream, Time,
};

use crate::Answer;

/// Exponential draws from one stream.
pub fn draws(steps: u64) -> Answer {
    let exponential = Distribution::exponential(Span::from_millis(1));
    let mut stream = Stream::named(1, 0, "draws");
    let sum: u64 = (0..steps).map(|_| exponential.sample(&mut stream).as_nanos()).sum();
    answer(steps, format!("mean {:.4} ms", sum as f64 / steps as f64 / 1e6))
}

/// One number from a stream of its own for each of many keys.
pub fn keyed(steps: u64) -> Answer {
    let key = Key::new(1, 0).with(Key::of_name("keyed"));
    let sum: f64 = (0..steps).map(|number| Stream::keyed(key.with(number)).unit()).sum();
    answer(steps, format!("mean {:.4}", sum / steps as f64))
}

/// Values recorded in a histogram.
pub fn records(steps: u64) -> Answer {
    let mut histogram = Histogram::new();
    // A cheap sequence that jumps about, so that the recording is what is measured.
    (0..steps).for_each(|step| histogram.record(black_box(step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 36)));
    answer(steps, format!("median {:.1} ms", histogram.quantile(0.5) as f64 / 1e6))
}

/// An M/M/1 queue with processor sharing at ρ = 0.9, so with ten jobs present on average.
pub fn sharing(customers: u64) -> Answer {
    let work = Distribution::exponential(Span::from_millis(1));
    let between = work.scaled(1.0 / 0.9);
    let mut stream = Stream::named(1, 0, "sharing");
    let mut agenda = Agenda::new();
    let mut processor = Processor::new(Limit::AtMost(1), 1.0, Sharing::Shared);
    let mut stays = Histogram::new();
    let mut number = 0;
    // When the next completion is scheduled for, lest one be scheduled for every event.
    let mut expected = None;
    agenda.schedule(Time::ZERO, Class::Arrival, 0, true);
    while let Some(arrives) = agenda.pop() {
        let now = agenda.now();
        while let Some(since) = processor.complete(now) {
            stays.record_span(now - since);
        }
        if arrives && number < customers {
            processor.start(now, now, work.sample(&mut stream));
            number += 1;
            agenda.schedule(now + between.sample(&mut stream), Class::Arrival, number, true);
        }
        if let Some(due) = processor.next_completion().filter(|&due| Some(due) != expected) {
            agenda.schedule(due, Class::Completion, 0, false);
            expected = Some(due);
        }
    }
    let text = format!("E[T] {:.3} (known: 10)", stays.mean() / 1e6);
    Answer { customers, events: agenda.popped(), text }
}

fn answer(steps: u64, text: String) -> Answer {
    Answer { customers: steps, events: steps, text }
}
