//! The mutants: their names stand in the sources, what they do wrong stands here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A line of the engine that is wrong on purpose.
pub struct Mutant {
    /// As in `mutant!("…")`.
    pub name: &'static str,
    /// What it does wrong.
    pub wrong: &'static str,
}

const fn mutant(name: &'static str, wrong: &'static str) -> Mutant {
    Mutant { name, wrong }
}

/// All of them, the kernel's first.
pub const MUTANTS: &[Mutant] = &[
    mutant("exponential-high", "exponential draws are 2 % too long"),
    mutant("coin-biased", "coins fall on their side 2 % too often"),
    mutant("last-come-first-served", "a line goes backwards"),
    mutant("equals-overtake", "who has the same priority goes before those who wait"),
    mutant("one-server-more", "a station has c + 1 servers"),
    mutant("line-one-longer", "one more may wait than the bound says"),
    mutant("timers-outlive", "a timer outlives what it was for, and hits what took its place"),
    mutant("one-sharer-more", "n jobs share a processor as if they were n + 1"),
    mutant("core-takes-last", "a processor's line goes backwards"),
    mutant("speed-ignored", "every core has speed 1"),
    mutant("put-aside-works-again", "a job that makes room for a more urgent one does work again afterwards"),
    mutant("put-aside-goes-last", "a job that makes room for a more urgent one goes behind its equals"),
    mutant("breaker-counts-short-circuits", "calls that a breaker refuses count as errors"),
    mutant("breaker-volume-one-more", "a breaker waits for one call more than its volume"),
    mutant("breaker-window-twice", "a breaker's window is twice as long"),
    mutant("breaker-many-trials", "a half-open circuit lets more than one trial through"),
    mutant("back-off-never-grows", "exponential back-off stays at its first pause"),
    mutant("back-off-forgotten", "a fixed back-off is no pause at all"),
    mutant("retry-once-more", "a retry sends one attempt too many"),
    mutant("budget-never-spent", "a retry budget always has one retry more"),
    mutant("one-permit-more", "a semaphore has one permit too many"),
    mutant("pool-line-one-longer", "one more waits for a pool's thread than the queue holds"),
    mutant("bucket-twice-as-deep", "a rate limit saves up twice its burst"),
    mutant("fallback-hides-bad-requests", "a fallback replaces the answer to a request that was wrong"),
    mutant("repeats-once-more", "a call that may be made again is made once too often"),
    mutant("retries-share-dice", "a second attempt meets the dice of the first"),
    mutant("old-wait-still-counts", "the timer of an earlier wait for a permit ends a later one"),
    mutant(
        "permit-back-at-timeout",
        "a permit comes back when its caller stops waiting, not when the work ends",
    ),
    mutant("permit-lost-on-the-way", "a permit is lost if its waiter is cancelled when it has just got it"),
    mutant("thread-free-while-calling", "a thread is given back while it waits for a remote call"),
    mutant("join-at-the-first", "parallel branches join as soon as the first is done"),
    mutant("degraded-mark-lost", "a degraded answer looks like any other to the request"),
    mutant("fallback-passes-for-success", "what a fallback answers counts as success"),
    mutant("connection-lost-on-failure", "a connection is not given back after a failed operation"),
    mutant("connection-back-too-early", "a connection is given back before the answer is there"),
    mutant("store-takes-all-connections", "a store refuses no connection"),
    mutant(
        "outage-spares-the-served",
        "an operation that an outage stopped is done at its old time all the same",
    ),
    mutant("crash-forgets-the-queue", "callers of what waited in a crashed process hear nothing"),
    mutant("lease-granted-twice", "a token for a key is handed out to everybody who misses it"),
    mutant("late-fill-stored", "what is brought with a token that was withdrawn is stored"),
    mutant(
        "supply-only-for-who-waits",
        "a cache that reads through keeps only what somebody still waits for",
    ),
    mutant("fault-ends-late", "faults end one bucket late"),
    mutant("network-never-heals", "a fault of the network never ends"),
    mutant("quorum-ignored", "a deployable answers though fewer of its instances are up than it needs"),
    mutant("nodes-at-once", "a node is there as soon as it is ordered"),
    mutant(
        "kills-without-rest",
        "who was killed a day ago may be killed again, however long it should be spared",
    ),
    mutant("crew-one-larger", "a crew repairs one more at a time than it has members"),
    mutant("patience-not-counted", "a request whose user has left is in no count"),
    mutant("counted-when-answered", "a request counts in the window of its answer, not of its arrival"),
    mutant("answers-travel-free", "network time is counted once, not twice"),
    mutant("deadline-ignored", "nobody looks at the deadline that came with the call"),
    mutant("cancel-stops-at-the-first", "a cancellation does not reach nested calls"),
    mutant("ties-favour-the-first", "among equally loaded instances the first is always chosen"),
    mutant("round-robin-skips", "round robin goes on by two"),
    mutant("power-of-two-takes-the-worse", "of two instances the more loaded is chosen"),
    mutant(
        "users-stay-in-a-dead-region",
        "fail-over is decided, and users go on coming to the region that is out",
    ),
    mutant("regions-are-near", "a message from region to region takes no longer than one from zone to zone"),
    mutant("zone-outage-misses-one", "an outage of a zone spares the first instance that is there"),
    mutant("reports-never-old", "a balancer that goes by reports always knows the loads of now"),
    mutant(
        "store-cpu-not-shared",
        "operations on a store's processor have a core each, however many there are",
    ),
    mutant("locks-free-before-commit", "an operation of a transaction frees its locks when it is done"),
    mutant("versions-not-compared", "an optimistic write does not look whether somebody else has written"),
    mutant("hint-lost", "nothing is kept for a copy of a quorum that is out"),
    mutant("waste-not-counted", "CPU spent for nobody counts as useful"),
    mutant("levels-count-the-warm-up", "a window's levels include all that was before it"),
    mutant("draining-still-chosen", "balancers go on choosing an instance that drains"),
    mutant("drain-without-end", "an instance drains for as long as it has anything to do"),
    mutant("boot-takes-no-time", "a new instance serves as soon as it is launched"),
    mutant("hpa-tolerates-nothing", "Kubernetes' autoscaler follows the smallest deviation from its target"),
    mutant("hpa-shrinks-at-once", "Kubernetes' autoscaler does not wait for its window before it shrinks"),
    mutant("eureka-preserves-nobody", "a registry evicts though too few heartbeats come"),
    mutant("zones-are-one", "a message from zone to zone takes no longer than one within"),
    mutant(
        "keys-move-on",
        "a request whose owner is gone goes to the next on the ring, though it should wait for it",
    ),
    mutant("rebuild-takes-no-time", "a new process has at once what it held by itself"),
    mutant("ring-goes-backwards", "a key belongs to the point before its hash"),
    mutant(
        "ring-always-rehashes",
        "keys of a cache's lost node move to the next, though they should be misses",
    ),
    mutant("own-copy-only", "a miss in the copy of the own zone asks no other copy"),
    mutant("late-fill-kept", "what nobody waits for any more fills the cache, though it should not"),
    mutant("lru-ignores-use", "a cache drops what it has had longest, not what was not used for longest"),
    mutant(
        "expected-twice",
        "an item that is not among those used last may still be expected for having been",
    ),
    mutant("loss-leaves-expectations", "a lost cache that does not remember its items is full at once"),
    mutant("promoted-at-once", "a replica takes over as soon as the primary is out"),
    mutant("commits-overtake", "a replica gets a commit before an earlier one"),
    mutant("replicas-never-stale", "no read of a replica counts as stale"),
    mutant("writers-not-pinned", "who has written may be sent to a replica that has not got it"),
    mutant("shard-by-remainder", "a key's shard is its number modulo theirs, not that of its hash"),
    mutant("quorum-of-one", "a coordinator answers with the first copy"),
    mutant("connection-wait-without-end", "who waits for a connection waits for ever"),
    mutant("pool-serves-the-last", "a connection goes to who came last, not to who has waited longest"),
    mutant("pool-without-maximum", "a pool opens one connection after the other while somebody waits"),
    mutant("sessions-do-not-think", "users of sessions ask again at once"),
    mutant("session-draws-its-user-anew", "each request of a session is about another user"),
    mutant("walk-begins-anew", "what is asked for next does not depend on what was asked for last"),
    mutant("who-gives-up-has-got-all", "a user who leaves after a failure counts as one who has got all"),
    mutant("kills-across-regions", "who is killed from a group of one region may be in another one"),
    mutant("hot-keys-not-throttled", "an instance asks for a hot key as often as it likes"),
];

/// Names that stand in the sources and not here, or here and not there, or twice.
pub fn disagreements() -> Vec<String> {
    let listed: BTreeSet<String> = MUTANTS.iter().map(|mutant| mutant.name.to_owned()).collect();
    let written = written();
    let mut wrong: Vec<String> = listed
        .symmetric_difference(&written)
        .map(|name| format!("{name}: in the list or the sources only"))
        .collect();
    if listed.len() != MUTANTS.len() {
        wrong.push("a mutant is listed twice".to_owned());
    }
    wrong
}

/// Names in the sources; the example of the macro's documentation is none.
fn written() -> BTreeSet<String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = BTreeSet::new();
    let mut folders = vec![workspace.join("sim/src"), workspace.join("models/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path: PathBuf = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).expect("a source is text");
                let found = text.split("mutant!(\"").skip(1).filter_map(|rest| rest.split('"').next());
                names.extend(found.map(str::to_owned));
            }
        }
    }
    names.remove("example");
    names
}
