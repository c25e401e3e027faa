//! What one scenario's runs left, with what was asked of them.

use archsim_models::scenario::{Arm, ArmKind, Measure, Scenario, Subject};
use archsim_output::{Family, Look};

use crate::measure::{Measured, Quantity, measure};
use crate::monte_carlo::{Keep, Run, Runs};

/// One scenario and all its runs.
#[derive(Clone, Debug)]
pub struct Results {
    /// The name of the part: unique among the files of an experiment, fit for file names.
    pub name: String,
    /// What ran.
    pub scenario: Scenario,
    /// What that left.
    pub runs: Runs,
    /// That `check` has something to say about the scenario, if it has.
    pub warning: Option<String>,
}

/// How an experiment was run: the same for all its scenario files.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The experiment's name.
    pub name: String,
    /// The command that makes the same result again.
    pub command: String,
    /// Chooses the dice.
    pub seed: u64,
    /// Whether it was a short run for a first look.
    pub quick: bool,
    /// Parts that an interruption left without a single complete replication.
    pub left_out: Vec<String>,
}

impl Asked {
    /// Why the result is partial, if it is.
    pub fn partial<'a>(&self, parts: impl Iterator<Item = &'a Results>) -> Option<String> {
        let reason = |part: &Results| Some(format!("{}: {}", part.name, part.partial()?));
        let mut reasons: Vec<String> = parts.filter_map(reason).collect();
        reasons.extend(self.left_out.iter().map(|part| format!("{part}: interrupted, left out")));
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// A run that reached the limit of attempts under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedRun {
    /// The arm's name.
    pub arm: String,
    /// Which replication.
    pub replication: u32,
    /// When, in simulated nanoseconds from the start of the run.
    pub at_nanos: u64,
    /// The limit.
    pub in_flight: u32,
}

/// With this availability nothing has happened to anybody.
const HARMLESS: f64 = 0.999;

impl Results {
    /// The window that tables and headlines are about: the fault's if there is one, else the whole measured time.
    pub fn window(&self) -> &str {
        main_window(&self.scenario)
    }

    /// Whether there is a fault to speak of.
    pub fn has_fault(&self) -> bool {
        self.window() == "fault"
    }

    /// Whether some journeys use what is faulty and others do not: then both are shown apart.
    pub fn splits_journeys(&self) -> bool {
        let unrelated = &self.scenario.graph.unrelated;
        !self.scenario.graph.faulty.is_empty() && unrelated.contains(&true) && unrelated.contains(&false)
    }

    /// The arms that are compared, with their runs; controls come apart.
    pub fn compared(&self) -> impl Iterator<Item = (&Arm, &[Run])> {
        self.arms().filter(|(arm, _)| arm.control_of.is_none())
    }

    /// All arms, with their runs.
    pub fn arms(&self) -> impl Iterator<Item = (&Arm, &[Run])> {
        self.scenario.arms.iter().zip(self.runs.arms.iter().map(Vec::as_slice))
    }

    /// The arm of each kind that stands for it at full strength, for charts that show a few; if there are fewer
    /// than two, the first four arms.
    pub fn representatives(&self) -> Vec<(&Arm, &[Run])> {
        let pure: Vec<_> = self.compared().filter(|(arm, _)| arm.tint == 0).take(4).collect();
        if pure.len() > 1 { pure } else { self.compared().take(4).collect() }
    }

    /// The arm that differences are taken against.
    pub fn baseline(&self) -> Option<(&Arm, &[Run])> {
        self.arms().find(|(arm, _)| arm.name == self.scenario.experiment.baseline)
    }

    /// Measures a quantity of one arm at the experiment's confidence.
    pub fn measure(&self, quantity: &Quantity, arm: &Arm, runs: &[Run]) -> Measured {
        measure(quantity, arm, &self.scenario.graph, runs, self.scenario.experiment.confidence)
    }

    /// What headline, strip and paired charts are about: the first measure, of whom the story is about.
    pub fn headline_quantity(&self) -> Quantity {
        let first = self.scenario.experiment.measures.first().copied().unwrap_or(Measure::Availability);
        let subject = if by_journey(first) { self.headline_subject() } else { Subject::All };
        Quantity::new(first, subject, self.window())
    }

    /// Whom the story is about: the journeys that have no reason to fail, if there are such and they fail somewhere.
    pub fn headline_subject(&self) -> Subject {
        let apart = self.splits_journeys() && self.harms_unrelated();
        if apart { Subject::Unrelated } else { Subject::All }
    }

    /// Whether some arm of those that charts show fails in what has nothing to do with what is faulty.
    fn harms_unrelated(&self) -> bool {
        let quantity = Quantity::new(Measure::Availability, Subject::Unrelated, self.window());
        let found = |(arm, runs)| self.measure(&quantity, arm, runs).estimate;
        self.representatives().into_iter().filter_map(found).any(|found| found.value < HARMLESS)
    }

    /// Runs that reached the limit of attempts under way.
    pub fn stopped(&self) -> Vec<StoppedRun> {
        let of_arm = |(arm, runs): (&Arm, &[Run])| -> Vec<StoppedRun> {
            let stopped = |run: &Run| {
                let stopped = run.record.stopped?;
                let (at_nanos, in_flight) = (stopped.at_nanos, stopped.in_flight);
                Some(StoppedRun { arm: arm.name.clone(), replication: run.replication, at_nanos, in_flight })
            };
            runs.iter().filter_map(stopped).collect()
        };
        self.arms().flat_map(of_arm).collect()
    }

    /// Why the result is partial, if it is.
    pub fn partial(&self) -> Option<String> {
        if !self.runs.complete {
            let done = self.runs.replications();
            return Some(format!(
                "interrupted after {done} complete replication{}",
                if done == 1 { "" } else { "s" }
            ));
        }
        match self.stopped().len() {
            0 => None,
            1 => Some("one run stopped at its limit of attempts under way".to_owned()),
            runs => Some(format!("{runs} runs stopped at their limit of attempts under way")),
        }
    }
}

/// The window that tables and headlines are about.
pub fn main_window(scenario: &Scenario) -> &str {
    let mut windows = scenario.arms.iter().flat_map(|arm| &arm.plan.windows);
    if windows.any(|window| window.name == "fault") { "fault" } else { "run" }
}

/// What of each record is needed later: latencies only for windows that a table or a claim looks at.
pub fn keep(scenario: &Scenario) -> Keep {
    let mut latencies: Vec<String> = vec![main_window(scenario).to_owned(), "run".to_owned()];
    latencies.extend(scenario.experiment.claims.iter().map(|claim| claim.during.clone()));
    Keep { latencies, series: true }
}

/// Whether a measure is one of journeys, so that related and unrelated ones can be told apart.
pub const fn by_journey(measure: Measure) -> bool {
    matches!(measure, Measure::Availability | Measure::Failed)
}

/// How charts draw an arm.
pub const fn look(arm: &Arm) -> Look {
    let family = match arm.kind {
        ArmKind::Monolith => Family::Monolith,
        ArmKind::Microservices => Family::Microservices,
        ArmKind::Resilient => Family::Resilient,
    };
    match arm.apart {
        Some(which) => Look { family: Family::Apart, tint: which },
        None => Look { family, tint: arm.tint },
    }
}
