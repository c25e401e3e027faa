//! Users of some open workloads ask more than once, and some jobs come back. Their dice are their own, so that all other plans are as they were.

use archsim_models::plan::*;
use archsim_sim::{Count, Distribution, Stream};

use super::ms;

/// What comes is a session.
pub fn add(plan: &mut Plan, seed: u64) {
    let mut dice = Stream::named(seed, 0, "sessions");
    if matches!(plan.workload.arrivals, Arrivals::Closed { .. }) || !dice.chance(0.3) {
        return;
    }
    let mut one_of = |choices: u32| dice.below(choices) as usize;
    let requests =
        [Count::Constant(1), Count::Constant(3), Count::geometric(4.0), Count::one_of(&[(1.0, 1), (1.0, 6)])];
    let requests = requests[one_of(4)].clone();
    let think = ms([0, 1, 10, 40][one_of(4)]);
    let think = [Distribution::constant(think), Distribution::exponential(think)][one_of(2)].clone();
    let leaves = [0.0, 0.5, 1.0][one_of(3)];
    let user = [None, Some(DataId(0)), Some(DataId(1))][one_of(3)].filter(|data| data.at() < plan.data.len());
    let walk = (one_of(2) == 0).then(|| walk(plan, &mut dice));
    let requests = (walk.is_none() || dice.chance(0.6)).then_some(requests);
    let shares: Vec<f64> = plan.journeys.iter().map(|journey| journey.share).collect();
    let visits = Session::visits(&shares, requests.as_ref(), walk.as_ref());
    let session = Session { user, requests, think, leaves, walk, visits };
    for (journey, share) in plan.journeys.iter_mut().zip(session.shares()) {
        journey.share = share;
    }
    plan.workload.session = Some(session);
}

/// From each journey to some others, and out.
fn walk(plan: &Plan, dice: &mut Stream) -> Walk {
    let journeys = plan.journeys.len() as u32;
    let way =
        |dice: &mut Stream| (JourneyId(dice.below(journeys) as u16), [0.2, 0.3, 0.4][dice.below(3) as usize]);
    let ways = (0..journeys).map(|_| (0..dice.below(3)).map(|_| way(dice)).collect());
    Walk { next: ways.collect(), first: plan.journeys.iter().map(|journey| journey.share).collect() }
}

/// A job runs once more, after a pause.
pub fn repeat(plan: &mut Plan, seed: u64) {
    let mut dice = Stream::named(seed, 0, "repeated jobs");
    for job in &mut plan.workload.jobs {
        if let Arrivals::Open { rate, .. } = &mut job.arrivals
            && dice.chance(0.4)
        {
            let pause = [ms(1), ms(50), ms(200)][dice.below(3) as usize];
            let from = rate[0].until + pause;
            rate.push(RateSegment { from, until: from + ms(150), ..rate[0] });
        }
    }
}
