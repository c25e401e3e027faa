//! Numbers as people read them: with their unit, and no more digits than the interval supports.

use archsim_models::scenario::{Bound, Detail, Measure, Statistic, Unit};

use crate::interval::Estimate;

/// Whether a number stands for itself or for a difference between two arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// A value: `49.1 %`.
    Value,
    /// A difference: `+49.1 points`.
    Difference,
}

/// What a measure is called in text.
pub const fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Availability => "availability",
        Measure::Degraded => "degraded",
        Measure::Failed => "failed",
        Measure::Goodput => "goodput",
        Measure::MeanLatency => "mean latency",
        Measure::P50 => "p50",
        Measure::P90 => "p90",
        Measure::P99 => "p99",
        Measure::P999 => "p99.9",
        Measure::Amplification => "amplification",
        Measure::BlastRadius => "blast radius",
        Measure::WastedWork => "wasted work",
        Measure::Utilisation => "utilisation",
        Measure::CpuUtilisation => "CPU utilisation",
        Measure::LockQueue => "waiting for locks",
        Measure::MeanLockWait => "mean wait for a lock",
        Measure::Deadlocks => "deadlocks",
        Measure::Conflicts => "conflicts",
        Measure::Queue => "queue",
        Measure::Present => "present",
        Measure::Up => "up",
        Measure::Instances => "instances",
        Measure::Nodes => "nodes",
        Measure::Pending => "waiting for a node",
        Measure::Waited => "had to wait",
        Measure::MeanWait => "mean wait",
        Measure::Abandoned => "left the line",
        Measure::ArrivalRate => "arrival rate",
        Measure::Throughput => "throughput",
        Measure::HitRatio => "hit ratio",
        Measure::StoreLoad => "store load",
        Measure::StaleReads => "stale reads",
        Measure::LostWrites => "lost writes",
        Measure::Sessions => "sessions",
        Measure::SessionsEnded => "sessions ended",
        Measure::SessionsGivenUp => "sessions given up",
        Measure::SessionsInProgress => "sessions in progress",
        Measure::SessionLength => "session length",
        Measure::SessionRequests => "requests per session",
        Measure::Cost => "cost",
        Measure::Unavailability => "unavailability",
        Measure::BudgetSpent => "error budget spent",
        Measure::Slower => "share of slow answers",
        Measure::Requests => "requests",
        Measure::InState => "share of time",
        Measure::ReachedState => "share of runs",
        Measure::Spells => "spells",
        Measure::MeanSpell => "mean spell",
        Measure::TimeToState => "time",
        Measure::TimeToRecover => "time to recover",
    }
}

/// The unit as a table's head shows it; values of shares are from 0 to 1, shown as per cent.
pub const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "%",
        Unit::Seconds => "s",
        Unit::PerSecond => "1/s",
        Unit::Ratio => "×",
        Unit::Count => "",
        Unit::CoreHours => "core-h",
    }
}

/// An estimate with its interval: `49.1 % [47.9, 50.3]`. An interval without ends, or
/// narrower than the digits shown, is left out.
pub fn estimate(unit: Unit, sense: Sense, estimate: Estimate) -> String {
    interval(&Scale::of(unit, sense, estimate.value), estimate)
}

fn interval(scale: &Scale, estimate: Estimate) -> String {
    let width = (estimate.high - estimate.low) * scale.factor;
    let decimals = decimals(estimate.value * scale.factor, width);
    let value = scale.write(estimate.value, decimals);
    let ends = [estimate.low, estimate.high].map(|end| scale.number(end, decimals));
    if !width.is_finite() || ends[0] == ends[1] {
        return value;
    }
    format!("{value} [{}, {}]", ends[0], ends[1])
}

/// The unit of a table's column: one for all its cells.
pub const fn column_unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "ms",
        other => self::unit(other),
    }
}

/// What a value is multiplied by for a table's column.
pub const fn column_factor(unit: Unit) -> f64 {
    match unit {
        Unit::Seconds => 1000.0,
        _ => 1.0,
    }
}

/// An estimate as a table's cell shows it, without the unit that the column's head shows: `49.1 [47.9, 50.3]`.
pub fn cell(unit: Unit, estimate: Estimate) -> String {
    let scale = if unit == Unit::Share {
        Scale { before: "", after: "", ..Scale::of(unit, Sense::Value, estimate.value) }
    } else {
        Scale { factor: column_factor(unit), before: "", after: "", signed: false, ends: &[] }
    };
    interval(&scale, estimate)
}

/// An estimate without its interval, for titles; the interval still says how many digits: `49.1 %`.
pub fn short(unit: Unit, sense: Sense, estimate: Estimate) -> String {
    let scale = Scale::of(unit, sense, estimate.value);
    let width = (estimate.high - estimate.low) * scale.factor;
    scale.write(estimate.value, decimals(estimate.value * scale.factor, width))
}

/// A number that is exactly known: `99.9 %`, `250 ms`.
pub fn exact(unit: Unit, sense: Sense, value: f64) -> String {
    let scale = Scale::of(unit, sense, value);
    let shown = value * scale.factor;
    // The fewest decimals that lose nothing a person would write down.
    let decimals = (0..4).find(|&d| (shown - round(shown, d)).abs() < 1e-6).unwrap_or(4);
    scale.write(value, decimals)
}

/// A share with as many digits as a headline needs: `5 %`, `99.9 %`.
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let off = percent.min(100.0 - percent);
    match off {
        _ if off <= 0.0 || off >= 1.0 => format!("{percent:.0} %"),
        _ if off >= 0.1 => format!("{percent:.1} %"),
        _ if off >= 0.01 => format!("{percent:.2} %"),
        _ if percent < 50.0 => "below 0.01 %".to_owned(),
        _ => "above 99.99 %".to_owned(),
    }
}

/// A bound: `≥ 99 %`, `≤ +5 points`, `1 to 2 s`.
pub fn bound(unit: Unit, sense: Sense, bound: Bound) -> String {
    let number = |value| exact(unit, sense, value);
    match bound {
        Bound::AtLeast(low) => format!("≥ {}", number(low)),
        Bound::AtMost(high) => format!("≤ {}", number(high)),
        Bound::Between(low, high) => format!("{} to {}", number(low), number(high)),
    }
}

/// What is asked beyond a measure's name, after it: ` with a queue of at least 3, 30 s after the window's start`.
pub fn asked(detail: &Detail) -> String {
    let state = detail.state.map_or_else(String::new, |(level, state)| {
        let height = match (state.least, state.most) {
            (least, most) if least == most => format!("{least}"),
            (least, u32::MAX) => format!("{least} or more"),
            (0, most) => format!("{most} or fewer"),
            (least, most) => format!("{least} to {most}"),
        };
        format!(" with {} {height}", level.name())
    });
    let than = detail.than.map_or_else(String::new, |than| format!(" over {than}"));
    let statistic = match detail.statistic {
        Statistic::Mean => String::new(),
        Statistic::RestrictedMean => ", restricted mean".to_owned(),
        Statistic::Quantile(q) => format!(", p{:.0}", q * 100.0),
    };
    let at = detail.at.map_or_else(String::new, |at| format!(", {at} after the window's start"));
    format!("{state}{than}{statistic}{at}")
}

/// A title within a sentence.
pub fn quoted(title: &str) -> String {
    format!("“{title}”")
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}

/// The first letter upper-case: how sentences start.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How a unit is written for people.
struct Scale {
    factor: f64,
    before: &'static str,
    after: &'static str,
    signed: bool,
    /// Values that cannot be exceeded.
    ends: &'static [f64],
}

/// No share is below or above.
const SHARE_ENDS: &[f64] = &[0.0, 1.0];

impl Scale {
    fn of(unit: Unit, sense: Sense, value: f64) -> Self {
        let (factor, before, after) = match (unit, sense) {
            (Unit::Share, Sense::Value) => (100.0, "", " %"),
            (Unit::Share, Sense::Difference) => (100.0, "", " points"),
            (Unit::Seconds, _) if value.abs() < 1.0 => (1000.0, "", " ms"),
            (Unit::Seconds, _) => (1.0, "", " s"),
            (Unit::PerSecond, _) => (1.0, "", "/s"),
            (Unit::Ratio, Sense::Value) => (1.0, "×", ""),
            (Unit::Ratio, Sense::Difference) | (Unit::Count, _) => (1.0, "", ""),
            (Unit::CoreHours, _) => (1.0, "", " core-h"),
        };
        let signed = sense == Sense::Difference;
        let ends = if unit == Unit::Share && !signed { SHARE_ENDS } else { &[] };
        Scale { factor, before, after, signed, ends }
    }

    fn number(&self, value: f64, decimals: usize) -> String {
        // Adding zero turns −0 into 0.
        let shown = round(value * self.factor, decimals) + 0.0;
        if self.ends.contains(&value) {
            // Exactly none or all: decimals would look like rounding.
            return format!("{shown:.0}");
        }
        let number = if self.signed { format!("{shown:+.decimals$}") } else { format!("{shown:.decimals$}") };
        // A minus is as wide as a plus; a hyphen is not.
        number.replace('-', "−")
    }

    fn write(&self, value: f64, decimals: usize) -> String {
        format!("{}{}{}", self.before, self.number(value, decimals), self.after)
    }
}

/// More decimals than this nobody reads.
const DECIMALS_MAX: usize = 2;

/// So many decimals that the interval's width has at least one and a half digits; three digits without one.
fn decimals(value: f64, width: f64) -> usize {
    let known = width.is_finite() && width > 0.0;
    let (size, digits) = if known { (width, 5.0) } else { (value.abs(), 100.0) };
    if size == 0.0 {
        return 0;
    }
    (0..DECIMALS_MAX).find(|&d| size * libm::pow(10.0, d as f64) >= digits).unwrap_or(DECIMALS_MAX)
}

fn round(value: f64, decimals: usize) -> f64 {
    let factor = libm::pow(10.0, decimals as f64);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(unit: Unit, sense: Sense, (low, value, high): (f64, f64, f64), text: &str) {
        assert_eq!(estimate(unit, sense, Estimate { value, low, high }), text);
    }

    #[test]
    fn an_interval_decides_how_many_digits_are_shown() {
        use Sense::{Difference, Value};
        shows(Unit::Share, Value, (0.479, 0.491, 0.503), "49.1 % [47.9, 50.3]");
        shows(Unit::Share, Value, (0.9979, 1.0, 1.0), "100 % [99.79, 100]");
        shows(Unit::Seconds, Value, (0.398, 0.412, 0.427), "412 ms [398, 427]");
        shows(Unit::Seconds, Value, (1.2, 1.25, 1.3), "1.25 s [1.20, 1.30]");
        shows(Unit::Share, Difference, (-0.01, 0.0, 0.01), "+0.0 points [−1.0, +1.0]");
        shows(Unit::Ratio, Value, (2.05, 2.1, 2.15), "×2.10 [2.05, 2.15]");
        shows(Unit::CoreHours, Value, (1.6, 1.6, 1.6), "1.60 core-h");
        shows(Unit::Seconds, Value, (f64::NEG_INFINITY, 0.5, f64::INFINITY), "500 ms");
    }

    #[test]
    fn bounds_are_written_as_people_write_them() {
        assert_eq!(bound(Unit::Share, Sense::Value, Bound::AtLeast(0.999)), "≥ 99.9 %");
        assert_eq!(bound(Unit::Seconds, Sense::Value, Bound::AtMost(0.25)), "≤ 250 ms");
        assert_eq!(bound(Unit::Share, Sense::Difference, Bound::AtLeast(0.1)), "≥ +10 points");
        assert_eq!(bound(Unit::Count, Sense::Value, Bound::Between(1.0, 2.5)), "1 to 2.5");
    }

    #[test]
    fn a_claim_says_what_it_asks() {
        use archsim_models::plan::{LevelName, State};
        let of = |least, most| {
            asked(&Detail { state: Some((LevelName::Queue, State { least, most })), ..Detail::default() })
        };
        let shown = [of(0, 0), of(3, u32::MAX), of(0, 4), of(2, 4)];
        let says = [" with queue 0", " with queue 3 or more", " with queue 4 or fewer", " with queue 2 to 4"];
        assert_eq!(shown, says);
        let statistic = Statistic::Quantile(0.9);
        assert_eq!(asked(&Detail { statistic, ..Detail::default() }), ", p90");
        assert_eq!(asked(&Detail::default()), "");
    }

    #[test]
    fn a_headline_never_rounds_a_loss_away() {
        let shown = [0.0, 0.049, 0.5, 0.9996, 1.0].map(share);
        assert_eq!(shown, ["0 %", "5 %", "50 %", "99.96 %", "100 %"]);
        assert_eq!([1e-6, 1.0 - 1e-6].map(share), ["below 0.01 %", "above 99.99 %"]);
    }
}
