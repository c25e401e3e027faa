//! Requests of one instant walked through the policies without a world: no world leads to a queue that is filled
//! while threads are free, as a test of the original does by hand.

use archsim_models::plan::SiteId;
use archsim_models::policy::{Enter, Leave, Memory, Outcome, Policy, ThreadPool};
use archsim_models::record::Cause;
use archsim_models::world::Note;
use archsim_sim::Time;

use crate::command::{BEGIN, Command, Isolation};
use crate::observed::Observed;
use crate::report::Verdict;

/// What is seen of each request, if all come at once and none has to wait.
pub fn run(command: &Command) -> Result<Vec<Observed>, Verdict> {
    let Isolation::Pool(pool) = command.isolation else {
        return Err(Verdict::Skipped("only a thread pool has a queue".into()));
    };
    if command.fallback.is_some()
        || command.latency >= command.timeout
        || command.arrivals.iter().any(|at| !at.is_zero())
    {
        return Err(Verdict::Skipped(
            "more than a filled queue needs the world, which cannot fill it".into(),
        ));
    }
    let mut policies: Vec<Policy> =
        command.layers().iter().map(|layer| Policy::new(layer, Time::ZERO)).collect();
    let innermost = policies.len() - 1;
    policies[innermost] = Policy::ThreadPool(ThreadPool::with_waiting(pool, command.queue_holds));
    (0..command.arrivals.len()).map(|request| walk(command, &mut policies, SiteId(request as u16))).collect()
}

fn walk(command: &Command, policies: &mut [Policy], site: SiteId) -> Result<Observed, Verdict> {
    let mut observed = Observed::default();
    let mut note = |note| observed.note(BEGIN, note, false);
    let own = if command.fails { Outcome::Failed(Cause::Error) } else { Outcome::Success };
    let mut came_to = (policies.len(), own);
    for (layer, policy) in policies.iter_mut().enumerate() {
        match policy.enter(BEGIN, &mut Memory::default()) {
            Enter::Pass | Enter::PassWithin(_) => {}
            Enter::Refuse(cause) => {
                note(Note::Refused(site, layer as u8, cause));
                came_to = (layer, Outcome::Failed(cause));
                break;
            }
            Enter::Wait { .. } => {
                return Err(Verdict::Skipped("a call that waits needs the world".into()));
            }
        }
    }
    let (depth, outcome) = came_to;
    if depth == policies.len() {
        note(Note::Returned(site, outcome));
    }
    for policy in policies[..depth].iter_mut().rev() {
        let no_draw = |_| unreachable!("nothing here is left to chance");
        let left = policy.leave(BEGIN, outcome, &mut Memory::default(), no_draw);
        Verdict::equal("what a layer lets out", &Leave::Out(outcome), &left)?;
    }
    note(Note::Settled(site, outcome));
    Ok(observed)
}
