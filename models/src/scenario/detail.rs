//! What a claim, or a metric of a known answer, asks beyond the name of a measure: at which instant, of which state
//! of a level, which statistic of a time, and as what a share is told.

use archsim_sim::Span;

use super::claim::{Known, Subject};
use super::common::{COUNT_ZERO, SHARE_ABOVE, SPAN, SPAN_ABOVE};
use super::measure::{Measure, Unit};
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Choice, Field, Items, Record, Shape, optional, variant, word};
use super::tree::Node;
use crate::plan::{DeployableId, LevelName, Plan, Question, State, StoreId, Watch, Watched, WindowId};

/// `at`.
pub const AT: Field = optional(
    "at",
    &SPAN,
    "over the whole window",
    "At the instant so long after the window's start, from run to run; the window is `run` unless said.",
);
/// `state`.
pub const STATE: Field =
    optional("state", &STATE_SHAPE, "the measure is of no state", "Of which state of a level.");
/// `statistic`.
pub const STATISTIC: Field = optional(
    "statistic",
    &Shape::Scalar(Scalar::Words(&["mean", "restricted-mean", "p50", "p90", "p99"])),
    "`mean`",
    "What is told of a time that differs from run to run; without a run in which it never came there is a mean, \
     a restricted mean counts those with the window's length.",
);
/// `as`.
pub const AS: Field = optional("as", &AS_SHAPE, "as it is", "As what a share is told.");
/// `than`.
pub const THAN: Field = optional(
    "than",
    &SPAN_ABOVE,
    "only `slower` needs it",
    "Longer than which time to the answer; to within the 0.8 % of a histogram's bucket.",
);
/// `objective`.
pub const OBJECTIVE: Field = optional(
    "objective",
    &SHARE_ABOVE,
    "the journeys' own",
    "From which availability on a bucket is a good one, for `time-to-recover`.",
);

static STATE_SHAPE: Shape = Shape::Choice(&Choice {
    noun: "a state of a level",
    plain: None,
    variants: &[
        variant(
            "queue",
            &HEIGHT,
            "attempts that wait for a thread; a store's operations that wait for a server",
        ),
        variant("busy", &HEIGHT, "threads, or a store's servers, that are busy"),
        variant("present", &HEIGHT, "both together"),
        variant("up", &HEIGHT, "instances that are up; of a store 1 while it is not out"),
        variant("instances", &HEIGHT, "instances that are paid for: those that boot, serve or drain"),
        variant("waiting", &HEIGHT, "callers that wait for a connection of their pools to a store"),
    ],
});
static HEIGHT: Shape = Shape::Record(
    &Record::new(
        "a height of a level",
        &[
            optional("exactly", &COUNT_ZERO, "one of the other keys", "So many."),
            optional("at-least", &COUNT_ZERO, "one of the other keys", "So many or more."),
            optional("at-most", &COUNT_ZERO, "one of the other keys", "So many or fewer."),
            optional("between", &COUNTS, "one of the other keys", "From so many to so many, both included."),
        ],
    )
    .or_short("exactly")
    .exactly_one(&[&["exactly", "at-least", "at-most", "between"]]),
);
static COUNTS: Shape = Shape::List(&Items { noun: "a height", of: &COUNT_ZERO, or_one: false, min: 2 });
static AS_SHAPE: Shape = Shape::Choice(&Choice {
    noun: "a way to tell a share",
    plain: None,
    variants: &[
        word("count", "how many requests, instead of which share of them"),
        variant("time-of", &SPAN_ABOVE, "the same share of so long: downtime in a month of `720h`"),
    ],
});

/// What is asked beyond the name of a measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Detail {
    /// At the instant so long after the window's start, instead of over the window.
    pub at: Option<Span>,
    /// Of which state.
    pub state: Option<(LevelName, State)>,
    /// What is told of a time.
    pub statistic: Statistic,
    /// As what a share is told.
    pub told: Told,
    /// Longer than so long.
    pub than: Option<Span>,
    /// The availability of a good bucket; the journeys' own objectives unless said.
    pub objective: Option<f64>,
}

/// What is told of a time that differs from run to run, and may never come in some.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Statistic {
    /// The mean; there is none if it did not come in every run.
    #[default]
    Mean,
    /// The mean of the time or the window's length, whichever is less.
    RestrictedMean,
    /// That share of all runs has it within this time.
    Quantile(f64),
}

/// As what a share is told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Told {
    /// As it is.
    #[default]
    AsIs,
    /// How many requests.
    Count,
    /// As a share of so long.
    TimeOf(Span),
}

impl Detail {
    /// What a measure is counted in when it is asked for like this.
    pub const fn unit(&self, measure: Measure) -> Unit {
        match self.told {
            Told::AsIs => measure.unit(),
            Told::Count => Unit::Count,
            Told::TimeOf(_) => Unit::Seconds,
        }
    }

    /// The question that this is to the levels of a plan, if it is one and the plan has the level.
    pub fn watch(&self, measure: Measure, subject: &Subject, window: &str, plan: &Plan) -> Option<Watch> {
        let level = self.state.map(|(level, _)| level).or_else(|| measure.level())?;
        let during = plan.windows.iter().position(|it| it.name == window)?;
        let question = match (self.at, self.state) {
            (Some(after), _) => Question::At(plan.windows[during].from + after),
            (None, Some((_, state))) => Question::While { state, during: WindowId(during as u16) },
            (None, None) => return None,
        };
        let of = match subject {
            Subject::Deployable(name) => {
                let at = plan.deployables.iter().position(|it| it.name == *name)?;
                Watched::Deployable(DeployableId(at as u16))
            }
            Subject::Store(name) => {
                let at = plan.stores.iter().position(|it| it.name == *name)?;
                Watched::Store(StoreId(at as u16))
            }
            _ => return None,
        };
        Some(Watch { of, level, question })
    }
}

/// Reads the details of one claim.
pub struct DetailReader<'a, 'report> {
    /// Where it reports.
    pub reader: &'a mut Reader<'report>,
    /// What it may refer to.
    pub known: &'a Known,
    /// The claim's path.
    pub path: &'a str,
    /// What is measured.
    pub measure: Measure,
}

impl DetailReader<'_, '_> {
    /// The details, if they fit the measure. `subject` is `None` where it is reported already.
    pub fn read(mut self, node: &Node, subject: Option<&Subject>, window: &str) -> Option<Detail> {
        let fits = self.fits(node);
        let at = node.get("at").map(Node::span);
        if let Some(at) = at {
            self.within(node.at("at"), at, window);
        }
        let state = node.get("state").map(|state| self.state(state, subject));
        if fits && (at.is_some() || state.is_some()) {
            self.of_one(node, subject);
        }
        let told = match node.at("as").choice() {
            Some(("time-of", span)) => Told::TimeOf(span.span()),
            _ if node.at("as").text() == Some("count") => Told::Count,
            _ => Told::AsIs,
        };
        let statistic = self.statistic(node);
        let than = node.get("than").map(Node::span);
        let objective = node.get("objective").map(Node::share);
        let state = state.map_or(Some(None), |state| state.map(Some))?;
        fits.then_some(Detail { at, state, statistic, told, than, objective })
    }

    /// Whether what is written fits the measure, and what the measure needs is written.
    fn fits(&mut self, node: &Node) -> bool {
        let measure = self.measure;
        let mut fits = true;
        for (key, takes, who) in [
            ("at", measure.at_instants(), "queue, present, up, in-state"),
            ("state", measure.of_state(), "in-state, reached-state, spells, mean-spell, time-to-state"),
            ("statistic", measure.of_passage(), "time-to-state, time-to-recover"),
            ("than", measure == Measure::Slower, "slower"),
            ("objective", measure == Measure::TimeToRecover, "time-to-recover"),
        ] {
            if let Some(entry) = node.entry(key).filter(|_| !takes) {
                self.misfit(&entry.node, key, who);
                fits = false;
            }
        }
        if let Some(told) = node.get("as") {
            let (takes, who) = match told.choice() {
                Some(_) => (measure.unit() == Unit::Share, "shares: availability, failed, in-state, …"),
                None => {
                    (measure.share_of_requests(), "availability, unavailability, degraded, failed, slower")
                }
            };
            if !takes {
                self.misfit(told, "as", who);
                fits = false;
            }
        }
        let needed = [
            ("state", measure.of_state(), "a state of a level", "state: { queue: { at-least: 1 } }"),
            ("than", measure == Measure::Slower, "a span of time", "than: 250ms"),
        ];
        for (key, needs, allowed, example) in needed {
            if needs && node.get(key).is_none() {
                let message = format!("`{}` needs `{key}`", measure.name());
                self.reader
                    .report
                    .error("E0606", node.place, self.path, message)
                    .found(format!("no `{key}`"))
                    .allowed(allowed)
                    .help(format!("write `{example}`"));
                fits = false;
            }
        }
        fits
    }

    fn misfit(&mut self, node: &Node, key: &str, who: &str) {
        let what = match key {
            "at" => "is not measured at an instant",
            "state" => "is not measured of a state",
            "statistic" => "is no time that differs from run to run",
            "as" => "cannot be told so",
            "than" => "is compared with no time",
            _ => "has no objective of its own",
        };
        let message = format!("`{}` {what}", self.measure.name());
        let path = format!("{}.{key}", self.path);
        self.reader
            .report
            .error("E0606", node.place, &path, message)
            .found(format!("`{key}`"))
            .allowed(format!("`{key}` of {who}"));
    }

    /// An instant outside of its window is never seen.
    fn within(&mut self, node: &Node, at: Span, window: &str) {
        let all = self.known.windows.iter().position(|it| it.name == window);
        let Some(length) = all.and_then(|index| self.known.lengths.get(index).copied()) else { return };
        if at < length {
            return;
        }
        let path = format!("{}.at", self.path);
        self.reader
            .report
            .error("E0607", node.place, &path, format!("this instant is not in the window `{window}`"))
            .found(node.words())
            .allowed(format!("below {length}, counted from the window's start"))
            .help("make the window, or `run.measure`, longer, or name another window with `during`");
    }

    /// A level is one of a deployable or a store.
    fn of_one(&mut self, node: &Node, subject: Option<&Subject>) {
        if matches!(subject, None | Some(Subject::Deployable(_) | Subject::Store(_))) {
            return;
        }
        let names = |all: &[super::system::Named]| -> Vec<String> {
            let mut names: Vec<String> = all.iter().map(|it| it.name.clone()).collect();
            names.dedup();
            names
        };
        let (mut all, stores) = (names(&self.known.deployables), names(&self.known.stores));
        all.extend(stores);
        all.truncate(12);
        self.reader
            .report
            .error("E0608", node.place, self.path, "of which deployable or store is this level?")
            .found("neither `deployable` nor `store`")
            .allowed(all.join(", "))
            .help("write `deployable: …` or `store: …`");
    }

    fn state(&mut self, node: &Node, subject: Option<&Subject>) -> Option<(LevelName, State)> {
        let (name, height) = node.choice()?;
        let level = LevelName::named(name)?;
        let count = |key: &str| height.get(key).map(Node::count);
        let state = match (count("exactly"), count("at-least"), count("at-most")) {
            (Some(most), _, _) => State { least: most, most },
            (_, Some(least), _) => State { least, most: u32::MAX },
            (_, _, Some(most)) => State { least: 0, most },
            _ => {
                let [least, most, rest @ ..] = height.at("between").items() else { return None };
                if !rest.is_empty() {
                    self.bad_range(height);
                    return None;
                }
                State { least: least.count(), most: most.count() }
            }
        };
        if state.least > state.most {
            self.bad_range(height);
            return None;
        }
        self.can_be(node, level, state, subject?);
        Some((level, state))
    }

    fn bad_range(&mut self, node: &Node) {
        let path = format!("{}.state", self.path);
        self.reader
            .report
            .error("E0602", node.place, &path, "`between` takes a lower and an upper height, in this order")
            .found(node.at("between").items().iter().map(Node::words).collect::<Vec<_>>().join(", "))
            .allowed("`[LOW, HIGH]`");
    }

    /// A state in which a level always is, or never can be, says nothing.
    fn can_be(&mut self, node: &Node, level: LevelName, state: State, subject: &Subject) {
        let most = self.known.rooms.most(subject, level);
        let (always, never) = (state.least == 0 && most <= state.most, state.least > most);
        if !always && !never {
            return;
        }
        let path = format!("{}.state", self.path);
        let message = if always {
            format!("`{}` is always in this state", level.name())
        } else {
            format!("`{}` can never be in this state", level.name())
        };
        let mut draft = self.reader.report.error("E0609", node.place, &path, message);
        draft.found(node.words()).allowed(match most {
            u32::MAX => "one that leaves something out".to_owned(),
            most => format!("from 0 to {most}, as many as there is room for, but not all of it"),
        });
    }

    fn statistic(&mut self, node: &Node) -> Statistic {
        let statistic = match node.at("statistic").text() {
            Some("restricted-mean") => Statistic::RestrictedMean,
            Some("p50") => Statistic::Quantile(0.5),
            Some("p90") => Statistic::Quantile(0.9),
            Some("p99") => Statistic::Quantile(0.99),
            _ => Statistic::Mean,
        };
        if let (Statistic::Quantile(_), Some(versus)) = (statistic, node.get("versus")) {
            let path = format!("{}.versus", self.path);
            self.reader
                .report
                .error(
                    "E0606",
                    versus.place,
                    &path,
                    "differences between runs have a mean, but no quantile of theirs is bounded",
                )
                .found(versus.words())
                .allowed("`statistic: mean` or `restricted-mean` beside `versus`");
        }
        statistic
    }
}
