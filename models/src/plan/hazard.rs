//! What fails and is repaired at random, who repairs it, and surroundings that change by themselves.

use archsim_sim::{Distribution, Span, Time};

use super::{DeployableId, Effect, Phase};

/// Something that goes wrong again and again.
///
/// What it acts on are its *parts*: every exposed instance of a crash, and what every other effect is about. While a
/// fault of a part holds, its effect does; another one of the same part comes after that only. Hazards know nothing
/// of each other: an instance is up while no fault at all holds it down.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazard {
    /// What goes wrong. A crash exposes its first instances, each as a part of its own.
    pub effects: Vec<HazardEffect>,
    /// What makes it go wrong.
    pub clock: Clock,
    /// Time to the first failure, from `from`, and to every later one.
    pub every: Distribution,
    /// Time of a repair.
    pub repair: Distribution,
    /// No failure before that.
    pub from: Time,
    /// Who repairs, as an index into the plan's crews; nobody in particular if repairs need not wait for each other.
    pub crew: Option<u16>,
    /// Names its draws; the same in every arm.
    pub key: u64,
}

/// One effect of a hazard.
#[derive(Clone, Debug, PartialEq)]
pub struct HazardEffect {
    /// What.
    pub effect: Effect,
    /// From the end of a repair until the fault is over: the boot after a crash. The crew does not wait for it.
    pub boot: Span,
    /// Names its draws within the hazard; the same in every arm.
    pub key: u64,
}

/// What makes a hazard's parts fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// Each has its own clock, which runs while the part does not fail: from the end of a fault to the next failure.
    Each,
    /// Chaos Monkey's calendar, of a hazard with one part: its coin falls once a workday.
    Workdays(Workdays),
    /// A cause outside that hits them together, whatever their state: its clock runs from strike to strike.
    Common {
        /// The probability that a strike hits a part, each by itself.
        share: f64,
    },
    /// All of them go and are repaired together, as what is in a zone: one clock, which runs from the end of a repair to
    /// the next failure, and one repair.
    Whole,
}

/// On which days, at which hours and how often something is killed; days count from the hazard's `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workdays {
    /// On a workday the coin falls with one in so many.
    pub mean: u32,
    /// Workdays from one kill to the next at least.
    pub min: u32,
    /// How long a day lasts.
    pub day: Span,
    /// From the beginning of a day until kills begin.
    pub opens: Span,
    /// From the beginning of a day until they end.
    pub closes: Span,
    /// The first day, counted from Monday.
    pub first: u32,
}

impl Workdays {
    /// Whether a day, counted from the first one, is from Monday to Friday.
    pub const fn is_workday(&self, day: u64) -> bool {
        (day + self.first as u64) % 7 < 5
    }

    /// How many minutes of a day of 1,440 there are for kills.
    pub fn minutes(&self) -> u32 {
        let open = self.closes.as_secs_f64() - self.opens.as_secs_f64();
        ((open / self.day.as_secs_f64() * 1_440.0).round() as u32).max(1)
    }

    /// How long after the beginning of a day a minute of those is.
    pub fn minute(&self, number: u32) -> Span {
        self.opens + self.day.scaled(f64::from(number) / 1_440.0)
    }
}

/// Those who repair, in the order in which things fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// Repairs at once.
    pub size: u32,
}

/// Surroundings of a deployable's processors that change by themselves: its states follow each other at random.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// Whose processors.
    pub deployable: DeployableId,
    /// All instances have the same surroundings, instead of each its own.
    pub shared: bool,
    /// Its states, by the factor of the speed; at 0 the processors stand still. It starts in the first.
    pub states: Vec<Phase>,
    /// Names its draws; the same in every arm.
    pub key: u64,
}
