//! Small worlds whose answers can be worked out on paper.

use archsim_models::plan::{
    CachePlace, ClusterKind, DeployableId, Effect, Leaves, Operation, Reads, Replication, Step, StoreId,
};
use archsim_models::policy::Outcome::{self, Degraded, Success};
use archsim_models::record::{Cause, Leftover};
use archsim_sim::{Limit, Span};

use crate::common::{
    Draft, busy, error, failed, fallback, millis, read, retry, secs, semaphore, timeout, wait,
};
use crate::detectors::Said;
use crate::kernel::same;
use crate::{caches, databases};

type Answers = Vec<(u64, Outcome)>;

pub fn hand() -> Said {
    threads()?;
    networks()?;
    substitutes()?;
    branches()?;
    waste()?;
    permits()?;
    connections()?;
    crashes()?;
    levels()?;
    late_fills()?;
    pinned_readers()?;
    same("what a copy that was out gets", &databases::missed(Some(60_000)), &(5, 5, 20))
}

fn answers(what: &str, draft: &Draft, wanted: &[(u64, Outcome)]) -> Said {
    same::<Answers>(what, &draft.answers(), &wanted.to_vec())
}

/// A caller in front of `steps`, behind `layers`.
fn pair(gap: u64, count: u64, steps: Vec<Step>, layers: Vec<archsim_models::policy::Layer>) -> Draft {
    let mut draft = Draft::every(gap, count);
    draft.deployable("callee");
    let answer = draft.capability("callee", steps);
    draft.deployable("caller");
    let call = draft.remote(answer, layers);
    let caller = draft.capability("caller", vec![call]);
    draft.journey("ask", caller, 1.0);
    draft
}

/// A thread is held through a call; the queue is as long as it says.
fn threads() -> Said {
    let mut draft = pair(10, 4, vec![wait(100)], Vec::new());
    draft.plan.deployables[1].threads = Limit::AtMost(1);
    draft.plan.deployables[1].queue = Limit::AtMost(2);
    let full = (0, failed(Cause::QueueFull));
    answers("one thread, two places", &draft, &[(100, Success), (190, Success), (280, Success), full])
}

/// Network time counts there and back.
fn networks() -> Said {
    let mut draft = pair(100, 1, vec![busy(10)], Vec::new());
    draft.plan.deployables[0].hop = millis(5);
    draft.plan.deployables[1].user_hop = millis(3);
    answers("hops of 5 and 3 ms", &draft, &[(26, Success)])
}

/// A fallback's answer is degraded, and so is what was made of it.
fn substitutes() -> Said {
    let mut draft = pair(100, 1, vec![wait(10)], vec![fallback()]);
    draft.fault(0, 1_000, error(archsim_models::plan::ProgramId(0), 1.0, false));
    answers("a fallback", &draft, &[(10, Degraded)])
}

/// A join waits for the last branch.
fn branches() -> Said {
    let mut draft = Draft::every(100, 1);
    draft.deployable("all");
    let blocks = (1..=3).map(archsim_models::plan::BlockId).collect();
    let forks = draft.capability("forks", vec![Step::Parallel { branches: blocks, fail_fast: true }]);
    for ms in [20, 50, 10] {
        draft.plan.programs[forks.at()].blocks.push(vec![wait(ms)]);
    }
    draft.journey("ask", forks, 1.0);
    answers("three branches", &draft, &[(50, Success)])
}

/// Work that goes on for nobody is wasted, and a user who has left has failed.
fn waste() -> Said {
    let draft = pair(100, 1, vec![busy(40)], vec![timeout(20)]);
    let spent = |draft: &Draft| {
        let callee = &draft.record().deployables[0];
        (callee.cpu_nanos, callee.wasted_nanos)
    };
    same("work after a timeout", &spent(&draft), &(40_000_000, 40_000_000))?;
    let mut draft = pair(100, 1, vec![busy(40)], Vec::new());
    same("work that is awaited", &spent(&draft), &(40_000_000, 0))?;
    draft.patience(20, Leaves::Unnoticed);
    let tally = draft.record().journeys[0].windows[0].clone();
    same("patience", &(tally.arrived, tally.failed[Cause::Patience as usize]), &(1, 1))
}

/// Two branches want the one permit when the user leaves and all is cancelled: the first gives it to the second,
/// which is cancelled in the same instant. Then it must be there again for the next request.
fn permits() -> Said {
    let mut draft = Draft::every(200, 3);
    draft.deployable("callee");
    let answer = draft.capability("callee", vec![wait(60)]);
    draft.deployable("caller");
    let call = draft.remote(answer, vec![semaphore(1, 10_000)]);
    let blocks = vec![archsim_models::plan::BlockId(1), archsim_models::plan::BlockId(2)];
    let caller = draft.capability("caller", vec![Step::Parallel { branches: blocks, fail_fast: false }]);
    draft.plan.programs[caller.at()].blocks.extend([vec![call.clone()], vec![call]]);
    draft.journey("ask", caller, 1.0);
    draft.patience(40, Leaves::Cancels);
    same("permits after cancellations", &draft.record().leftover, &Leftover::default())?;
    waits()
}

/// Each call waits twice for the one permit, 55 ms at most each time: the first at 40 and the second at 20 and at 70.
/// What is left of its first timer must not end the second wait at 75.
fn waits() -> Said {
    let mut draft = pair(10, 2, vec![wait(30)], vec![retry(2, 0), semaphore(1, 55)]);
    draft.fault(0, 1_000, error(archsim_models::plan::ProgramId(0), 1.0, false));
    let fails = failed(Cause::Error);
    answers("two waits each", &draft, &[(90, fails), (110, fails)])
}

/// A connection is held until the answer is back, whatever the answer.
fn connections() -> Said {
    let mut draft = Draft::every(1, 3);
    draft.store("store", 10).hop = millis(2);
    draft.plan.stores[0].pool = 1;
    draft.deployable("all");
    let asks = draft.capability("asks", vec![read(0)]);
    draft.journey("ask", asks, 1.0);
    answers("one connection", &draft, &[(14, Success), (27, Success), (40, Success)])?;
    draft.fault(0, 1_000, Effect::StoreOutage { store: StoreId(0), silent: false });
    let out = failed(Cause::StoreOut);
    answers("one connection, failing", &draft, &[(4, out), (7, out), (10, out)])?;
    outages()
}

/// What was served when a silent outage began is served from its beginning when that ends.
fn outages() -> Said {
    let mut draft = Draft::every(10, 1);
    draft.store("store", 10);
    draft.deployable("all");
    let asks = draft.capability("asks", vec![read(0)]);
    draft.journey("ask", asks, 1.0);
    draft.fault(12, 14, Effect::StoreOutage { store: StoreId(0), silent: true });
    answers("an outage of 2 ms", &draft, &[(14, Success)])
}

/// What worked and what waited is reset at once.
fn crashes() -> Said {
    let mut draft = pair(10, 2, vec![wait(100)], Vec::new());
    draft.plan.deployables[0].threads = Limit::AtMost(1);
    draft.fault(50, 60, Effect::Crash { deployable: DeployableId(0), instances: 1, silent: false });
    let reset = failed(Cause::Reset);
    answers("a crash", &draft, &[(40, reset), (30, reset)])
}

/// Half a core is busy in the measured time, twice as much before.
fn levels() -> Said {
    let mut draft = Draft::every(10, 200);
    draft.deployable("all");
    let works = draft.capability("works", vec![busy(4)]);
    draft.journey("ask", works, 1.0);
    let program = archsim_models::plan::CapabilityId(works.0);
    draft.fault(0, 1_000, Effect::Busy { capability: program, factor: 2.0 });
    draft.plan.windows[0].from = secs(1);
    draft.plan.windows[0].until = secs(1) + Span::from_millis(900);
    let busy = draft.record().deployables[0].windows[0].busy_cores;
    let about = (busy * 100.0).round();
    same("per cent of a core busy", &about, &40.0)
}

/// The database is slower than users are patient. If late answers fill nothing, the cache stays cold.
fn late_fills() -> Said {
    let mut draft = caches::reading(60, 6, 1, CachePlace::Process);
    draft.plan.caches[0].late_fills = false;
    draft.patience(50, Leaves::Unnoticed);
    answers("late answers that fill nothing", &draft, &[(50, failed(Cause::Patience)); 6])
}

/// A request writes an item and reads it at once, 50 ms before any replica has it: from where it was written.
fn pinned_readers() -> Said {
    let mut draft = databases::draft(20, 1, &[Operation::Write, Operation::Read]);
    let replication = Replication { pinned: true, ..databases::replication(50, Reads::Replicas) };
    databases::cluster(&mut draft, 3, ClusterKind::Replicated(replication));
    let counted = databases::counted(&draft);
    same("reads of one's own writes, and stale ones", &(counted.reads, counted.stale), &(20, 0))
}
