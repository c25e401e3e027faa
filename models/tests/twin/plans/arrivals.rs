//! Who comes, and when: users, batches, what is scheduled, and how patient they are.

use archsim_models::plan::*;

use super::*;

impl Dice {
    pub(super) fn frame(&mut self) -> Plan {
        let length = 1_000 + 500 * self.below(4);
        let requests = 50 + self.below(150);
        let rate = requests as f64 * 1_000.0 / length as f64;
        let change = self.one_of(&[1.0, 1.0, 3.0]);
        let half = length / 2;
        let segment = |from, until, rate| RateSegment { from, until, rate_from: rate, rate_until: rate };
        let arrivals = if self.stage >= STORES && self.chance(0.4) {
            let think = self.one_of(&[5, 10, 50]);
            Arrivals::Closed { users: 1 + self.below(12) as u32, think: self.distribution(think) }
        } else if self.chance(0.3) {
            self.modulated(rate)
        } else {
            Arrivals::Open {
                rate: vec![segment(at(0), at(half), rate), segment(at(half), at(length), rate * change)],
                poisson: self.chance(0.7),
            }
        };
        let patience = self.one_of(&[0, 0, 20, 60, 200]);
        let leaves = self.one_of(&[Leaves::Unnoticed, Leaves::Queue, Leaves::Cancels]);
        let batch = match arrivals {
            Arrivals::Closed { .. } => Count::Constant(1),
            _ => self.one_of(&[
                Count::Constant(1),
                Count::Constant(1),
                Count::Constant(3),
                Count::geometric(2.0),
                Count::one_of(&[(3.0, 1), (1.0, 5)]),
            ]),
        };
        let scheduled = if self.chance(0.3) { self.scheduled(length) } else { Vec::new() };
        let over = self.one_of(&[PatienceOver::Stay, PatienceOver::Stay, PatienceOver::Wait]);
        let retrial = self.chance(0.3).then(|| self.retrial());
        let window = |name: &str, from, until| Window { name: name.into(), from: at(from), until: at(until) };
        let workload = Workload {
            patience: (patience > 0).then(|| self.distribution(patience)),
            batch,
            scheduled,
            over,
            leaves,
            retrial,
            ..Workload::of(arrivals.clone())
        };
        Plan {
            workload,
            windows: vec![window("run", 200, length), window("fault", 400, 700)],
            bucket: ms(500),
            end: at(length + 1_000),
            ..Plan::empty("random", arrivals, at(200), at(length))
        }
    }

    /// Some of those who are turned away come back.
    pub(super) fn retrial(&mut self) -> Retrial {
        let mean = self.one_of(&[5, 20, 100]);
        let attempts = self.one_of(&[Limit::Unbounded, Limit::AtMost(2), Limit::AtMost(4)]);
        Retrial { after: self.distribution(mean), attempts, share: self.one_of(&[1.0, 0.7]) }
    }

    /// Two or three states, one after the other or by chance.
    pub(super) fn modulated(&mut self, rate: f64) -> Arrivals {
        let count = 2 + self.below(2) as usize;
        let by_chance = self.chance(0.5);
        let states = (0..count).map(|index| {
            let factor = self.one_of(&[0.0, 0.5, 2.0]);
            let stay = self.one_of(&[20, 100, 300]);
            let after = (((index + 1) % count) as u16, ((index + 2) % count) as u16);
            Phase {
                value: if index == 0 { rate } else { rate * factor },
                lasts: self.distribution(stay),
                then: if by_chance { vec![(after.0, 0.7), (after.1, 0.3)] } else { vec![(after.0, 1.0)] },
            }
        });
        Arrivals::Modulated { states: states.collect() }
    }

    /// A backlog, or some at an instant at which others may come too.
    pub(super) fn scheduled(&mut self, length: u64) -> Vec<Scheduled> {
        let mut all = Vec::new();
        for _ in 0..=self.below(2) {
            let sometime = self.below(length);
            let when = self.one_of(&[0, 200, sometime]);
            let requests = 1 + self.below(20) as u32;
            all.push(Scheduled { at: at(when), requests, journey: self.one_of(&[None, Some(0)]) });
        }
        all.sort_by_key(|it| it.at);
        all
    }
}
