//! H, the hold model: n events pend; the first is popped and one pushed an exponential time later.

use archsim_sim::{Agenda, Class, Distribution, Span, Stream, Time};

use crate::Answer;

/// `steps` holds on an agenda of `pending` events. One draw a step is part of the figure.
pub fn run(pending: u64, steps: u64) -> Answer {
    let ahead = Distribution::exponential(Span::from_secs(1));
    let mut stream = Stream::named(1, 0, "hold");
    let mut agenda = Agenda::new();
    for number in 0..pending {
        agenda.schedule(Time::ZERO + ahead.sample(&mut stream), Class::Timer, number, number);
    }
    for _ in 0..steps {
        let number = agenda.pop().expect("it is never empty");
        agenda.schedule(agenda.now() + ahead.sample(&mut stream), Class::Timer, number, number);
    }
    // Each event comes once a second on average, so the clock tells how many steps it has been.
    let expected = steps as f64 / pending as f64;
    let text = format!("the clock is at {:.3} of {expected:.3} s", agenda.now().as_secs_f64());
    Answer { customers: steps, events: agenda.popped(), text }
}
