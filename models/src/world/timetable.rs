//! When an open workload's requests come, and how many at once.

use archsim_sim::{Count, Distribution, Span, Stream, Time};

use super::phase::Wanderer;
use crate::plan::{Arrivals, Phase, Plan, RateSegment};

/// Where the next arrival comes from, and how many came so far.
///
/// Gaps, states, and sizes of batches have streams of their own: what is not used draws nothing, and the states are
/// the same ones whatever the rates.
pub(crate) struct Timetable {
    gaps: Stream,
    state: Wanderer,
    batches: Stream,
    /// Expected arrivals up to the last one: the next comes where the integral of the rate has grown by one gap.
    reached: f64,
    /// The segment in which `reached` lies, its place, and the integral up to its start and up to its end.
    segment: Option<RateSegment>,
    place: usize,
    before_segment: f64,
    after_segment: f64,
    horizon: Time,
    /// Requests so far, of whatever kind, or sessions; the number of the next one.
    pub(super) number: u64,
    /// Requests or sessions so far that came at an arrival of an open workload.
    pub(super) came: u64,
    /// By user of a closed workload: requests so far.
    pub(super) asked: Vec<u64>,
}

impl Timetable {
    pub(crate) fn new(plan: &Plan, seed: u64, replication: u64) -> Self {
        Timetable::of(&plan.workload.arrivals, plan.horizon, &|name| Stream::named(seed, replication, name))
    }

    /// Each kind of jobs has its own, with streams of its own.
    pub(crate) fn of_jobs(plan: &Plan, seed: u64, replication: u64) -> Vec<Self> {
        let each = plan.workload.jobs.iter().map(|job| {
            let stream = |name: &str| Stream::named(seed, replication, &format!("jobs.{}.{name}", job.name));
            Timetable::of(&job.arrivals, plan.horizon, &stream)
        });
        each.collect()
    }

    fn of(arrivals: &Arrivals, horizon: Time, stream: &dyn Fn(&str) -> Stream) -> Self {
        let mut state = Wanderer::new(stream("modulation"), stream("modulation jumps"));
        let (users, segment) = match arrivals {
            Arrivals::Closed { users, .. } => (*users as usize, None),
            Arrivals::Open { rate, .. } => (0, rate.first().copied()),
            Arrivals::Modulated { states } => (0, Some(stay(&mut state, states, Time::ZERO))),
        };
        Timetable {
            gaps: stream("arrivals"),
            state,
            batches: stream("batches"),
            reached: 0.0,
            segment,
            place: 0,
            before_segment: 0.0,
            after_segment: segment.map_or(0.0, |it| it.expected()),
            horizon,
            number: 0,
            came: 0,
            asked: vec![0; users],
        }
    }

    /// How many requests come at once.
    pub(super) fn size(&mut self, batch: &Count) -> u32 {
        batch.sample(&mut self.batches)
    }

    /// The next arrival, by inversion of the integrated rate: exact for rates that change linearly.
    #[inline]
    pub(super) fn next(&mut self, arrivals: &Arrivals) -> Option<Time> {
        self.reached += match arrivals {
            Arrivals::Open { poisson: false, .. } => 1.0,
            _ => self.poisson_gap(),
        };
        while let Some(segment) = &self.segment {
            if self.reached < self.after_segment {
                return Some(invert(segment, self.reached - self.before_segment));
            }
            let until = segment.until;
            self.segment = self.following(arrivals, until);
            self.before_segment = self.after_segment;
            self.after_segment += self.segment.map_or(0.0, |it| it.expected());
        }
        None
    }

    /// The segment that begins at `from`, if there is one before the horizon.
    #[inline(never)]
    fn following(&mut self, arrivals: &Arrivals, from: Time) -> Option<RateSegment> {
        match arrivals {
            Arrivals::Open { rate, .. } => {
                self.place += 1;
                rate.get(self.place).copied()
            }
            Arrivals::Modulated { states } if from < self.horizon => {
                self.state.turn(states);
                Some(stay(&mut self.state, states, from))
            }
            Arrivals::Modulated { .. } | Arrivals::Closed { .. } => None,
        }
    }

    /// Exponential with mean 1, to twelve digits.
    fn poisson_gap(&mut self) -> f64 {
        const MEAN: Span = Span::from_nanos(1 << 40);
        let gap = Distribution::exponential(MEAN).sample(&mut self.gaps);
        gap.as_nanos() as f64 / MEAN.as_nanos() as f64
    }
}

/// The stay in a state that begins at `from`.
fn stay(state: &mut Wanderer, states: &[Phase], from: Time) -> RateSegment {
    let (until, rate) = (from + state.lasts(states), state.value(states));
    RateSegment { from, until, rate_from: rate, rate_until: rate }
}

/// The instant in the segment up to which `mass` arrivals are expected.
fn invert(segment: &RateSegment, mass: f64) -> Time {
    if segment.rate_from.to_bits() == segment.rate_until.to_bits() {
        return segment.from + Span::from_secs_f64(mass / segment.rate_from);
    }
    let seconds = (segment.until - segment.from).as_secs_f64();
    let slope = (segment.rate_until - segment.rate_from) / seconds;
    let first = segment.rate_from;
    // first·t + slope·t²/2 = mass, in the form that does not cancel for a small slope.
    let elapsed = 2.0 * mass / (first + (first * first + 2.0 * slope * mass).max(0.0).sqrt());
    segment.from + Span::from_secs_f64(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: u64, until: u64, rate_from: f64, rate_until: f64) -> RateSegment {
        RateSegment {
            from: Time::ZERO + Span::from_secs(from),
            until: Time::ZERO + Span::from_secs(until),
            rate_from,
            rate_until,
        }
    }

    #[test]
    fn a_ramp_inverts_exactly() {
        // 0 to 10/s over 10 s: t²/2 arrivals up to t.
        let ramp = segment(0, 10, 0.0, 10.0);
        assert_eq!(invert(&ramp, 8.0), Time::ZERO + Span::from_secs(4));
        let fall = segment(10, 20, 10.0, 0.0);
        assert_eq!(invert(&fall, fall.expected()), Time::ZERO + Span::from_secs(20));
        let level = segment(3, 5, 100.0, 100.0);
        assert_eq!(invert(&level, 50.0), Time::ZERO + Span::from_millis(3_500));
    }
}
