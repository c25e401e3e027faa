//! The properties.

use std::sync::atomic::AtomicBool;

use archsim_experiments::laws;
use archsim_experiments::monte_carlo::{self, Campaign, Keep, Run, Runs};
use archsim_models::plan::{DeployableId, Plan};
use archsim_models::record::Leftover;
use archsim_models::world::{Note, simulate, simulate_observed};
use archsim_sim::Stream;

use crate::common::gambler::Gambler;
use crate::drawn::Drawn;
use crate::worlds::{self, difference, seen};

/// Holds for a scenario, or says what is wrong.
pub type Rule = fn(&Drawn) -> Result<(), String>;

fn dice(drawn: &Drawn) -> Stream {
    Stream::named(drawn.seed, 0, "property")
}

fn holds(it: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if it { Ok(()) } else { Err(why()) }
}

/// Conservation and capacity.
pub fn laws_hold(drawn: &Drawn) -> Result<(), String> {
    let plan = drawn.plan();
    let run = Run { replication: 0, record: simulate(&plan, drawn.seed, 0), seconds: 0.0 };
    let laws = laws::check(&[&plan], &Runs { arms: vec![vec![run]], complete: true }, "");
    laws.broken.first().map_or(Ok(()), |first| Err(first.clone()))
}

/// Where every wait has a limit, nothing is left after a long drain.
pub fn nothing_leaks(drawn: &Drawn) -> Result<(), String> {
    let left = simulate(&Gambler::new(drawn.seed).plan(), drawn.seed, 0).leftover;
    holds(left == Leftover::default(), || format!("{left:?}"))
}

/// Replications are the same on one thread, on three, and one by one from the last to the first.
pub fn threads_do_not_matter(drawn: &Drawn) -> Result<(), String> {
    const REPLICATIONS: u32 = 4;
    let plan = drawn.plan();
    let keep = Keep { latencies: plan.windows.iter().map(|it| it.name.clone()).collect(), series: true };
    let on = |jobs| {
        let keep = keep.clone();
        let campaign =
            Campaign { plans: vec![&plan], seed: drawn.seed, replications: REPLICATIONS, jobs, keep };
        let runs =
            monte_carlo::run(&campaign, &AtomicBool::new(false), || {}).expect("threads can be started");
        runs.arms[0].iter().map(|run| run.record.clone()).collect::<Vec<_>>()
    };
    let (one, three) = (on(1), on(3));
    let backwards = (1..=REPLICATIONS).rev().map(|it| simulate(&plan, drawn.seed, u64::from(it)));
    let mut alone: Vec<_> = backwards.collect();
    alone.reverse();
    holds(one == three && one == alone, || "replications differ".to_owned())
}

/// A policy that can never act changes nothing but the number of events.
pub fn idle_policies_change_nothing(drawn: &Drawn) -> Result<(), String> {
    let plan = drawn.plan();
    let more = worlds::with_idle_policies(&plan, &mut dice(drawn));
    let ((one, without), (other, with)) = (seen(&plan, drawn.seed), seen(&more, drawn.seed));
    holds(one == other, || difference(&one, &other))?;
    holds(without == with, || format!("the same answers, but {}", worlds::apart(&without, &with)))
}

/// Names and the order of deployables change nothing else: names none at all, the order none where no two things
/// happen at one instant (where they do, the order of instances decides).
pub fn names_and_order_do_not_matter(drawn: &Drawn) -> Result<(), String> {
    let plan = worlds::plain(drawn.plan());
    let count = plan.deployables.len() as u16;
    let same: Vec<u16> = (0..count).collect();
    let renamed = worlds::relabelled(&plan, &same);
    let (one, other) = (simulate(&plan, drawn.seed, 0), simulate(&renamed, drawn.seed, 0));
    holds(one == other, || "other names, another record".to_owned())?;
    let mut places = same;
    let mut coins = dice(drawn);
    for last in (1..places.len()).rev() {
        places.swap(last, coins.below(last as u32 + 1) as usize);
    }
    let plan = worlds::untied(plan);
    let moved = worlds::relabelled(&plan, &places);
    let ((one, mut before), (other, after)) = (seen(&plan, drawn.seed), seen(&moved, drawn.seed));
    holds(one == other, || difference(&one, &other))?;
    let deployables = std::mem::take(&mut before.deployables);
    before.deployables.clone_from(&after.deployables);
    for (found, place) in deployables.into_iter().zip(places) {
        before.deployables[place as usize] = found;
    }
    holds(before == after, || format!("the same answers, but {}", worlds::apart(&before, &after)))
}

/// If everything takes twice as long and comes half as often, everything happens at twice its time.
pub fn doubled_times(drawn: &Drawn) -> Result<(), String> {
    let plan = worlds::exact(worlds::plain(drawn.plan()));
    let slow = worlds::doubled(&plan, &mut dice(drawn));
    let ((mut one, fast), (other, slow)) = (seen(&plan, drawn.seed), seen(&slow, drawn.seed));
    for (_, at, _) in &mut one {
        *at = archsim_sim::Time::from_nanos(2 * at.as_nanos());
    }
    holds(one == other, || difference(&one, &other))?;
    holds(fast.sites == slow.sites, || "other counts of calls".to_owned())
}

/// With room for everything and a network that costs nothing, it makes no difference where a system is cut.
pub fn a_cut_that_costs_nothing(drawn: &Drawn) -> Result<(), String> {
    let plan = worlds::roomy(worlds::untied(worlds::plain(drawn.plan())));
    let whole = worlds::recut(&plan, &vec![0; plan.programs.len()]);
    let mut coins = dice(drawn);
    let most = plan.deployables.len().min(2) as u32;
    let homes: Vec<u16> = plan.programs.iter().map(|_| coins.below(most) as u16).collect();
    let cut = worlds::recut(&plan, &homes);
    let ((mut one, mut whole), (mut other, mut cut)) = (seen(&whole, drawn.seed), seen(&cut, drawn.seed));
    // What happens at one instant may happen in another order.
    one.sort_unstable_by_key(|&(request, ..)| request);
    other.sort_unstable_by_key(|&(request, ..)| request);
    holds(one == other, || difference(&one, &other))?;
    (whole.deployables, cut.deployables) = (Vec::new(), Vec::new());
    holds(whole == cut, || "the same answers, but other counts".to_owned())
}

/// A request makes the same calls, and needs the same work, on whatever hardware.
pub fn same_work_in_every_arm(drawn: &Drawn) -> Result<(), String> {
    let plan = worlds::peaceful(worlds::fixed(drawn.plan()));
    let other = worlds::rebuilt(&plan, &mut dice(drawn));
    let done = |plan: &Plan| {
        let mut calls = Vec::new();
        let record = simulate_observed(plan, drawn.seed, 0, &mut |_, request, note| {
            if let Note::Called(site) = note {
                calls.push((request, site));
            }
        });
        calls.sort_unstable();
        let work: Vec<u64> = (0..plan.deployables.len())
            .filter(|&it| plan.programs.iter().any(|program| program.deployable == DeployableId(it as u16)))
            .map(|it| record.deployables[it].cpu_nanos)
            .collect();
        (calls, work, record.leftover)
    };
    let ((calls, work, left), (others, elsewhere, remains)) = (done(&plan), done(&other));
    holds(left == Leftover::default() && remains == left, || format!("left: {left:?}, {remains:?}"))?;
    holds(calls == others, || "other calls".to_owned())?;
    holds(work == elsewhere, || format!("{work:?} of work, and {elsewhere:?}"))
}
