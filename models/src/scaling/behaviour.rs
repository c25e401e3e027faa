//! How fast a wish may be followed: Kubernetes' scaling policies, stabilisation windows and scale events.
//!
//! What goes wrong without it: a metric that jitters makes instances come and go (flapping), and a wrong metric doubles
//! a fleet every period.
//!
//! Source: kubernetes/kubernetes `pkg/controller/podautoscaler/horizontal.go` and `pkg/apis/autoscaling/v2/defaults.go`.

use std::cmp::Ordering;

use archsim_sim::{Span, Time, mutant};

/// Rules for one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// A wish must last so long: the most cautious one of this window counts. Up 0 s, down 300 s.
    pub stabilisation: Span,
    /// Which of the policies counts.
    pub select: Select,
    /// How much may change within a period.
    pub policies: Vec<Policy>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The one that allows most.
    Max,
    /// The one that allows least.
    Min,
    /// None: nothing may change in this direction.
    Disabled,
}

/// How much may change within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How much.
    pub amount: Amount,
    /// Within which time.
    pub period: Span,
}

/// Pods, or a share of those that were there when the period began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Pods(u32),
    /// Per cent.
    Percent(u32),
}

impl Rules {
    /// Upwards: four pods or as many again in 15 s, whichever is more; at once.
    pub fn up() -> Self {
        let policy = |amount| Policy { amount, period: Span::from_secs(15) };
        Rules {
            stabilisation: Span::ZERO,
            select: Select::Max,
            policies: vec![policy(Amount::Pods(4)), policy(Amount::Percent(100))],
        }
    }

    /// Downwards: all of them in 15 s, once the wish has lasted for five minutes.
    pub fn down() -> Self {
        let policy = Policy { amount: Amount::Percent(100), period: Span::from_secs(15) };
        Rules { stabilisation: Span::from_secs(300), select: Select::Max, policies: vec![policy] }
    }

    fn longest_period(&self) -> Span {
        self.policies.iter().map(|policy| policy.period).max().unwrap_or(Span::ZERO)
    }
}

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Time,
    /// By how many.
    pub by: u32,
}

/// Changes in one direction, as many as the rules still ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// With these.
    pub fn from_past(past: Vec<Change>) -> Self {
        Changes(past)
    }

    /// In the order of their places.
    pub fn list(&self) -> &[Change] {
        &self.0
    }

    /// By how many within the last `period`; one that was exactly so long ago does not count.
    pub fn within(&self, now: Time, period: Span) -> u32 {
        self.0.iter().filter(|change| now.since(change.at) < period).map(|change| change.by).sum()
    }

    /// Notes a change; it takes the place of one that no policy asks about any more.
    pub fn note(&mut self, now: Time, by: u32, rules: &Rules) {
        let longest = rules.longest_period();
        let change = Change { at: now, by };
        match self.0.iter_mut().rev().find(|change| now.since(change.at) > longest) {
            Some(outdated) => *outdated = change,
            None => self.0.push(change),
        }
    }
}

/// What was wished for, and when: windows of stabilisation look back on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes(Vec<(Time, u32)>);

impl Wishes {
    /// With these.
    pub fn from_past(past: Vec<(Time, u32)>) -> Self {
        Wishes(past)
    }

    /// How many were noted, and what, in the order of their places.
    pub fn list(&self) -> &[(Time, u32)] {
        &self.0
    }

    /// The first look notes what is there.
    pub fn begin(&mut self, now: Time, current: u32) {
        self.0.push((now, current));
    }

    /// Without rules: the highest wish of `window`.
    pub fn highest(&mut self, now: Time, desired: u32, window: Span) -> u32 {
        let recent = self.0.iter().filter(|(at, _)| now.since(*at) <= window).map(|&(_, wish)| wish);
        let highest = recent.fold(desired, u32::max);
        self.note(now, desired, |at| now.since(at) > window);
        highest
    }

    /// With rules: no more than was wished throughout the window upwards, no less than throughout the one downwards.
    pub fn steady(&mut self, now: Time, current: u32, desired: u32, up: Span, down: Span) -> u32 {
        let within = |window: Span| {
            self.0.iter().filter(move |(at, _)| now.since(*at) < window).map(|&(_, wish)| wish)
        };
        let lowest = within(up).fold(desired, u32::min);
        let highest =
            if mutant!("hpa-shrinks-at-once") { desired } else { within(down).fold(desired, u32::max) };
        self.note(now, desired, |at| now.since(at) > up && now.since(at) > down);
        current.max(lowest).min(highest)
    }

    /// A new wish takes the place of the last one that is too old to count.
    fn note(&mut self, now: Time, desired: u32, is_old: impl Fn(Time) -> bool) {
        match self.0.iter_mut().rev().find(|(at, _)| is_old(*at)) {
            Some(old) => *old = (now, desired),
            None => self.0.push((now, desired)),
        }
    }
}

/// What held a wish back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Not,
    /// The smallest number allowed.
    Min,
    /// The largest number allowed.
    Max,
    /// The rules upwards.
    Up,
    /// The rules downwards.
    Down,
}

/// The bounds of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

/// The most that `rules` allow now.
pub fn limit_up(now: Time, current: u32, rules: &Rules, ups: &Changes, downs: &Changes) -> u32 {
    let allowed = |policy: &Policy| {
        let start = start_of_period(now, current, policy.period, ups, downs);
        match policy.amount {
            Amount::Pods(pods) => start.saturating_add(pods),
            Amount::Percent(percent) => {
                (f64::from(start) * (1.0 + f64::from(percent) / 100.0)).ceil().min(f64::from(u32::MAX)) as u32
            }
        }
    };
    let each = rules.policies.iter().map(allowed);
    match rules.select {
        Select::Max => each.max().unwrap_or(current),
        Select::Min => each.min().unwrap_or(current),
        Select::Disabled => current,
    }
}

/// The least that `rules` allow now.
pub fn limit_down(now: Time, current: u32, rules: &Rules, ups: &Changes, downs: &Changes) -> u32 {
    let allowed = |policy: &Policy| {
        let start = start_of_period(now, current, policy.period, ups, downs);
        match policy.amount {
            Amount::Pods(pods) => start.saturating_sub(pods),
            // What stays is rounded down.
            Amount::Percent(percent) => {
                (f64::from(start) * (1.0 - f64::from(percent) / 100.0)).max(0.0) as u32
            }
        }
    };
    let each = rules.policies.iter().map(allowed);
    match rules.select {
        Select::Max => each.min().unwrap_or(current),
        Select::Min => each.max().unwrap_or(current),
        Select::Disabled => current,
    }
}

fn start_of_period(now: Time, current: u32, period: Span, ups: &Changes, downs: &Changes) -> u32 {
    (current + downs.within(now, period)).saturating_sub(ups.within(now, period))
}

/// Holds a wish within `bounds` and within what the rules of its direction allow.
pub fn hold(
    now: Time,
    current: u32,
    desired: u32,
    bounds: Bounds,
    [up, down]: [&Rules; 2],
    [ups, downs]: [&Changes; 2],
) -> (u32, Held) {
    match desired.cmp(&current) {
        Ordering::Greater => {
            let limit = limit_up(now, current, up, ups, downs).max(current);
            let (most, why) = if bounds.max > limit { (limit, Held::Up) } else { (bounds.max, Held::Max) };
            if desired > most { (most, why) } else { (desired, Held::Not) }
        }
        Ordering::Less => {
            let limit = limit_down(now, current, down, ups, downs).min(current);
            let (least, why) = if bounds.min < limit { (limit, Held::Down) } else { (bounds.min, Held::Min) };
            if desired < least { (least, why) } else { (desired, Held::Not) }
        }
        Ordering::Equal => (desired, Held::Not),
    }
}

/// Without rules: at most twice as many as there are, or four.
pub fn clamp(current: u32, desired: u32, bounds: Bounds) -> (u32, Held) {
    let limit = current.saturating_mul(2).max(4);
    let (most, why) = if bounds.max > limit { (limit, Held::Up) } else { (bounds.max, Held::Max) };
    match desired {
        _ if desired < bounds.min => (bounds.min, Held::Min),
        _ if desired > most => (most, why),
        _ => (desired, Held::Not),
    }
}
