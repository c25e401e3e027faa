//! The detectors: tests in runnable form, the cheapest first.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use archsim_experiments::laws;
use archsim_experiments::monte_carlo::{Run, Runs};
use archsim_experiments::validate::judge::Verdict as Judged;
use archsim_experiments::validate::{self, Asked, shipped};
use archsim_models::plan::Plan;
use archsim_models::record::Leftover;
use archsim_models::scenario::case;
use archsim_models::world::simulate;

use rayon::prelude::*;

use crate::both::{self, life, plans};
use crate::common::gambler::Gambler;
use crate::drawn::Drawn;
use crate::report::Verdict;
use crate::rules::{self, Rule};
use crate::{circuit, hand, kernel, mechanisms, outcomes, policies, reading};

/// Says what is wrong, if anything is.
pub type Said = Result<(), String>;

/// A test that can be asked.
pub struct Detector {
    /// As in the table.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Asks it.
    pub run: fn() -> Said,
}

/// All of them, the cheapest first.
pub const DETECTORS: &[Detector] = &[
    Detector {
        name: "kernel",
        does: "means of a million draws against theory; stations and processors against tables",
        run: kernel::kernel,
    },
    Detector {
        name: "policies",
        does: "policies alone: what they are asked, what they answer",
        run: policies::policies,
    },
    Detector {
        name: "mechanisms",
        does: "autoscalers, rings, registries, pools and caches alone: what their originals do",
        run: mechanisms::mechanisms,
    },
    Detector {
        name: "by hand",
        does: "small worlds whose answers can be worked out on paper",
        run: hand::hand,
    },
    Detector { name: "conformance", does: "Hystrix's own time lines and outcomes", run: conformance },
    Detector { name: "laws", does: "conservation and capacity on 200 random plans", run: conservation },
    Detector {
        name: "no leak",
        does: "200 random plans, after whose drain nothing may be left",
        run: no_leak,
    },
    Detector {
        name: "properties",
        does: "four properties that compare plans, on 30 random plans each",
        run: properties,
    },
    Detector { name: "twin", does: "the reference twin on 400 random plans", run: twin },
    Detector { name: "known answers", does: "twelve of the quick validation cases", run: known_answers },
];

fn conformance() -> Said {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/data/conformance");
    for path in reading::files(&folder)? {
        let family = reading::family(&path)?;
        let run = if family.name.starts_with("circuit") { circuit::run } else { outcomes::run };
        for case in family.cases.iter().filter(|case| !case.ambiguous) {
            if let Verdict::Differs(what) | Verdict::Unreadable(what) = run(case) {
                return Err(format!("{} {}: {what}", family.name, case.id));
            }
        }
    }
    Ok(())
}

fn conservation() -> Said {
    (0..200).try_for_each(|seed| obeys(&plans::plan(seed), seed))
}

/// Whether a run obeys the laws of every run.
fn obeys(plan: &Plan, seed: u64) -> Said {
    let run = Run { replication: 0, record: simulate(plan, seed, 0), seconds: 0.0 };
    let laws = laws::check(&[plan], &Runs { arms: vec![vec![run]], complete: true }, "");
    laws.broken.first().map_or(Ok(()), |first| Err(format!("plan {seed}: {first}")))
}

fn no_leak() -> Said {
    (0..200).try_for_each(|seed| {
        let left = simulate(&Gambler::new(seed).plan(), seed, 0).leftover;
        if left == Leftover::default() { Ok(()) } else { Err(format!("plan {seed}: {left:?}")) }
    })
}

fn properties() -> Said {
    const RULES: [Rule; 4] = [
        rules::idle_policies_change_nothing,
        rules::doubled_times,
        rules::a_cut_that_costs_nothing,
        rules::same_work_in_every_arm,
    ];
    let whole = |seed| Drawn { seed, faults: 4, layers: 5, quarters: 4, patience: true };
    (0..30).try_for_each(|seed| RULES.iter().try_for_each(|rule| rule(&whole(seed))))
}

fn twin() -> Said {
    (0..400).into_par_iter().try_for_each(|seed| {
        let plan = plans::plan(seed);
        let same = both::engine(&plan, seed) == life::run(&plan, seed, 0);
        if same { Ok(()) } else { Err(format!("plan {seed}")) }
    })
}

/// Cases that are cheap, each for mechanisms that the others do not have.
const CASES: &[&str] = &[
    "backlog",
    "repairmen",
    "standby",
    "breaker",
    "retry",
    "retry-policies",
    "fork-join",
    "hystrix-pool",
    "mg1-sharing",
    "mm1",
    "mm3-10",
    "power-of-two",
];

fn known_answers() -> Said {
    let cases = CASES.iter().map(|name| {
        let shipped = shipped::named(name).ok_or_else(|| format!("no case {name}"))?;
        case::read(shipped.file, shipped.text.as_bytes()).case.ok_or_else(|| format!("{name} cannot be read"))
    });
    let cases = cases.collect::<Result<Vec<_>, String>>()?;
    let confidence = validate::confidence(&cases);
    let asked = Asked { seed: 1, quick: true, jobs: 1 };
    cases.par_iter().try_for_each(|case| {
        let tested = validate::test(case, &asked, confidence, &AtomicBool::new(false), || {});
        let tested = tested.map_err(|error| error.to_string())?.ok_or("interrupted")?;
        for (metric, answer) in case.metrics.iter().zip(&tested.answers) {
            if let Judged::Failed(why) = &answer.verdict {
                return Err(format!("{}: {}: {why}", case.name, metric.name));
            }
        }
        Ok(())
    })
}
