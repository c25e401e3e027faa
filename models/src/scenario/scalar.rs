//! Single values: every number carries its unit, and no unit is ever guessed.

use archsim_sim::{Limit, Span};

/// A kind of single value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// Free text.
    Text,
    /// A name of something: letters, digits, `-` and `_`.
    Name,
    /// `true` or `false`.
    Flag,
    /// A span of time; zero only where it makes sense.
    Span {
        /// Whether zero is allowed.
        zero: bool,
    },
    /// A span of time or `unbounded`.
    SpanOrUnbounded,
    /// Something per time.
    Rate {
        /// Whether zero is allowed.
        zero: bool,
    },
    /// A share of a whole, from 0 % to 100 %.
    Share {
        /// Whether zero is allowed.
        zero: bool,
    },
    /// A number of bytes above zero.
    Bytes,
    /// A whole number of things.
    Count {
        /// At least.
        min: u32,
    },
    /// A whole number of things or `all`.
    CountOrAll,
    /// A whole number of things or `unbounded`.
    Limit {
        /// At least.
        min: u32,
    },
    /// How many times as much: `3`, `×3`.
    Factor {
        /// Whether it may be zero.
        zero: bool,
    },
    /// A pure number above zero, such as a coefficient of variation.
    Number,
    /// A bound of a claim, in the unit of what is measured.
    Bound,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// Why a value is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The code of the error.
    pub code: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

const SPAN_UNITS: &str = "ns, us, ms, s, min, h or d";
const RATE_UNITS: &str = "/s, /min or /h";
const BYTE_UNITS: &str = "B, KiB, MiB, GiB or TiB";

fn wrong<T>(code: &'static str, message: impl Into<String>, help: Option<String>) -> Result<T, Wrong> {
    Err(Wrong { code, message: message.into(), help })
}

impl Scalar {
    /// What may be written, in words.
    pub fn words(&self) -> String {
        match self {
            Scalar::Text => "text".to_owned(),
            Scalar::Name => "a name".to_owned(),
            Scalar::Flag => "true or false".to_owned(),
            Scalar::Span { zero: true } => format!("a span of time such as `0s` or `250ms` ({SPAN_UNITS})"),
            Scalar::Span { zero: false } => {
                format!("a span of time above zero such as `250ms` ({SPAN_UNITS})")
            }
            Scalar::SpanOrUnbounded => {
                format!("a span of time above zero such as `2s` ({SPAN_UNITS}), or `unbounded`")
            }
            Scalar::Rate { zero: true } => format!("a rate such as `2000/s` ({RATE_UNITS})"),
            Scalar::Rate { zero: false } => format!("a rate above zero such as `2000/s` ({RATE_UNITS})"),
            Scalar::Share { zero: true } => "a share from `0%` to `100%`".to_owned(),
            Scalar::Share { zero: false } => "a share above `0%`, up to `100%`".to_owned(),
            Scalar::Bytes => format!("a size above zero such as `2KiB` ({BYTE_UNITS})"),
            Scalar::Count { min } => format!("a whole number, {min} or more, such as `{}`", (*min).max(8)),
            Scalar::CountOrAll => "a whole number, 1 or more, or `all`".to_owned(),
            Scalar::Limit { min } => format!("a whole number, {min} or more, or `unbounded`"),
            Scalar::Factor { zero: true } => "a factor such as `×0.5` or `×0`".to_owned(),
            Scalar::Factor { .. } => "a factor above zero such as `3` or `×1.5`".to_owned(),
            Scalar::Number => "a number above zero such as `0.5`".to_owned(),
            Scalar::Bound => {
                "a bound in the unit of the measure, such as `99.9%`, `250ms` or `1.5`".to_owned()
            }
            Scalar::Words(words) => words.join(", "),
        }
    }

    /// Whether `text` is such a value.
    pub fn check(&self, text: &str) -> Result<(), Wrong> {
        match self {
            Scalar::Text | Scalar::Bound => Ok(()),
            Scalar::Name => name(text),
            Scalar::Flag => flag(text).map(drop),
            Scalar::Span { zero } => above_zero(span(text)?.is_zero(), *zero, "a span of time"),
            Scalar::Rate { zero } => above_zero(rate(text)? <= 0.0, *zero, "a rate"),
            Scalar::Share { zero } => above_zero(share(text)? <= 0.0, *zero, "a share"),
            Scalar::Bytes => above_zero(bytes(text)? == 0, false, "a size"),
            Scalar::CountOrAll if text == "all" => Ok(()),
            Scalar::CountOrAll => at_least(count(text)?, 1),
            Scalar::SpanOrUnbounded | Scalar::Limit { .. } if text == "unbounded" => Ok(()),
            Scalar::SpanOrUnbounded => above_zero(span(text)?.is_zero(), false, "a span of time"),
            Scalar::Count { min } | Scalar::Limit { min } => at_least(count(text)?, *min),
            Scalar::Factor { zero } => above_zero(factor(text)? <= 0.0, *zero, "a factor"),
            Scalar::Number => above_zero(number(text)? <= 0.0, false, "this number"),
            Scalar::Words(words) if words.contains(&text) => Ok(()),
            Scalar::Words(words) => wrong(
                "E0206",
                format!("`{text}` is none of the words that may stand here"),
                nearest_help(text, *words),
            ),
        }
    }
}

fn above_zero(is_zero: bool, zero: bool, what: &str) -> Result<(), Wrong> {
    if is_zero && !zero {
        return wrong("E0305", format!("{what} of zero makes no sense here"), None);
    }
    Ok(())
}

fn at_least(count: u32, min: u32) -> Result<(), Wrong> {
    if count < min {
        return wrong("E0305", format!("{count} is too few here"), None);
    }
    Ok(())
}

/// `did you mean …?`, where one of the words is close.
pub fn nearest_help<'a>(text: &str, words: impl IntoIterator<Item = &'a &'a str>) -> Option<String> {
    nearest(text, words.into_iter().copied()).map(|word| format!("did you mean `{word}`?"))
}

/// The closest of several words, if it is close at all.
pub fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for word in words {
        let likeness = strsim::jaro_winkler(&lower, &word.to_lowercase());
        if likeness > 0.8 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, word));
        }
    }
    best.map(|(_, word)| word)
}

/// A name is what can be said in a path, an edge and a file name.
fn name(text: &str) -> Result<(), Wrong> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '·');
    if text.is_empty() || !text.chars().all(good) {
        return wrong(
            "E0207",
            format!("`{text}` cannot be a name"),
            Some("names are made of letters, digits, `-` and `_`".to_owned()),
        );
    }
    Ok(())
}

/// `true` or `false`; YAML's older words for them are refused.
pub fn flag(text: &str) -> Result<bool, Wrong> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        "yes" | "on" | "Yes" | "On" | "True" | "TRUE" => {
            wrong("E0306", "this is not `true` or `false`", Some("write `true`".to_owned()))
        }
        "no" | "off" | "No" | "Off" | "False" | "FALSE" => {
            wrong("E0306", "this is not `true` or `false`", Some("write `false`".to_owned()))
        }
        _ => wrong("E0306", "this is not `true` or `false`", None),
    }
}

/// A number and what follows it.
fn split(text: &str) -> Option<(&str, &str)> {
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            !(c.is_ascii_digit() || matches!(c, '.' | '_') || (at == 0 && matches!(c, '-' | '+')))
        })
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = text.split_at(end);
    digits.bytes().any(|byte| byte.is_ascii_digit()).then_some((digits, unit.trim()))
}

fn plain_number(text: &str) -> Result<f64, Wrong> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && number.abs() < 1e15 => Ok(number),
        Ok(_) => wrong("E0307", format!("`{text}` is too large"), None),
        Err(_) => wrong("E0304", format!("`{text}` is not a number"), None),
    }
}

fn not_negative(text: &str, what: &str) -> Result<(), Wrong> {
    if text.starts_with('-') {
        return wrong("E0303", format!("{what} cannot be negative"), None);
    }
    Ok(())
}

/// A span of time, with its unit.
pub fn span(text: &str) -> Result<Span, Wrong> {
    use humantime::DurationError as Error;
    not_negative(text, "a span of time")?;
    let help = |example: &str| Some(format!("units of time are {SPAN_UNITS}: `{example}`"));
    let Some((digits, unit)) = split(text) else {
        return wrong("E0304", format!("`{text}` is not a span of time"), help("250ms"));
    };
    if unit.is_empty() {
        return wrong("E0301", format!("`{text}` has no unit"), help(&format!("{digits}ms")));
    }
    match humantime::parse_duration(&text.replace('_', "")) {
        Ok(duration) => match u64::try_from(duration.as_nanos()) {
            Ok(nanos) if nanos < u64::MAX / 4 => Ok(Span::from_nanos(nanos)),
            _ => wrong("E0307", format!("`{text}` is too long"), None),
        },
        Err(Error::UnknownUnit { unit, .. }) => {
            wrong("E0302", format!("`{unit}` is not a unit of time"), help(&format!("{digits}ms")))
        }
        Err(Error::NumberOverflow) => {
            wrong("E0307", format!("`{text}` is too long, or finer than a nanosecond"), None)
        }
        Err(_) => wrong("E0302", format!("`{text}` is not a span of time"), help("250ms")),
    }
}

/// A number of bytes, with its unit.
pub fn bytes(text: &str) -> Result<u64, Wrong> {
    not_negative(text, "a size")?;
    let help = |example: &str| Some(format!("units of size are {BYTE_UNITS}: `{example}`"));
    let Some((digits, unit)) = split(text) else {
        return wrong("E0304", format!("`{text}` is not a size"), help("2KiB"));
    };
    let number = plain_number(digits)?;
    let unit = match unit {
        "B" => 1_u64,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "" => return wrong("E0301", format!("`{text}` has no unit"), help(&format!("{digits}KiB"))),
        _ => return wrong("E0302", format!("`{unit}` is not a unit of size"), help(&format!("{digits}KiB"))),
    };
    let size = number * unit as f64;
    if size >= 1e15 {
        return wrong("E0307", format!("`{text}` is too large"), None);
    }
    Ok(size as u64)
}

/// A rate, per second.
pub fn rate(text: &str) -> Result<f64, Wrong> {
    not_negative(text, "a rate")?;
    let help = |digits: &str| Some(format!("units of a rate are {RATE_UNITS}: `{digits}/s`"));
    let Some((digits, unit)) = split(text) else {
        return wrong("E0304", format!("`{text}` is not a rate"), help("2000"));
    };
    let number = plain_number(digits)?;
    match unit {
        "/s" => Ok(number),
        "/min" => Ok(number / 60.0),
        "/h" => Ok(number / 3600.0),
        "" => wrong("E0301", format!("`{text}` has no unit"), help(digits)),
        _ => wrong("E0302", format!("`{unit}` is not a unit of a rate"), help(digits)),
    }
}

/// A share: 0 … 1.
pub fn share(text: &str) -> Result<f64, Wrong> {
    not_negative(text, "a share")?;
    let value = signed_share(text)?;
    if value > 1.0 {
        return wrong("E0308", format!("`{text}` is more than the whole"), None);
    }
    Ok(value)
}

fn signed_share(text: &str) -> Result<f64, Wrong> {
    let Some((digits, unit)) = split(text) else {
        return wrong(
            "E0304",
            format!("`{text}` is not a share"),
            Some("shares are written `70%`".to_owned()),
        );
    };
    let number = plain_number(digits)?;
    match unit {
        "%" => Ok(number / 100.0),
        "" => wrong(
            "E0301",
            format!("`{text}` has no unit"),
            Some(match number {
                n if n > 0.0 && n <= 1.0 => format!("shares have a percent sign: `{}%`", n * 100.0),
                _ => format!("shares have a percent sign: `{digits}%`"),
            }),
        ),
        _ => wrong(
            "E0302",
            format!("`{unit}` is not a unit of a share"),
            Some(format!("shares have a percent sign: `{digits}%`")),
        ),
    }
}

/// A whole number of things.
pub fn count(text: &str) -> Result<u32, Wrong> {
    not_negative(text, "a number of things")?;
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let (code, help) = match split(text) {
            Some((number, unit)) if !unit.is_empty() => ("E0302", format!("counts have no unit: `{number}`")),
            _ => ("E0304", "write digits, `_` between them if there are many: `200_000`".to_owned()),
        };
        return wrong(code, format!("`{text}` is not a whole number"), Some(help));
    }
    match digits.parse::<u32>() {
        Ok(count) if count <= 1_000_000_000 => Ok(count),
        _ => {
            wrong("E0307", format!("`{text}` is too large"), Some("counts end at `1_000_000_000`".to_owned()))
        }
    }
}

/// A limit.
pub fn limit(text: &str) -> Result<Limit, Wrong> {
    if text == "unbounded" { Ok(Limit::Unbounded) } else { count(text).map(Limit::AtMost) }
}

/// How many times as much.
pub fn factor(text: &str) -> Result<f64, Wrong> {
    not_negative(text, "a factor")?;
    let digits = text.strip_prefix('×').or_else(|| text.strip_prefix('x')).unwrap_or(text);
    number(digits)
}

/// A pure number.
pub fn number(text: &str) -> Result<f64, Wrong> {
    not_negative(text, "this number")?;
    match split(text) {
        Some((digits, "")) => plain_number(digits),
        Some((digits, unit)) => wrong(
            "E0302",
            format!("`{unit}` is not allowed after a pure number"),
            Some(format!("write `{digits}`")),
        ),
        None => wrong("E0304", format!("`{text}` is not a number"), None),
    }
}

/// What a bound is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundUnit {
    /// `99.9%`
    Share,
    /// `250ms`
    Span,
    /// `2000/s`
    Rate,
    /// `1.5`, `×1.5`
    Number,
    /// `12core-hours`
    CoreHours,
}

impl BoundUnit {
    /// What may be written, in words.
    pub fn words(self) -> String {
        match self {
            BoundUnit::Share => "a share such as `99.9%`".to_owned(),
            BoundUnit::Span => format!("a span of time such as `250ms` ({SPAN_UNITS})"),
            BoundUnit::Rate => format!("a rate such as `2000/s` ({RATE_UNITS})"),
            BoundUnit::Number => "a number such as `1.5`".to_owned(),
            BoundUnit::CoreHours => "core-hours such as `12core-hours`".to_owned(),
        }
    }

    /// The bound in base units: shares from 0 to 1, seconds, per second. Differences may be negative.
    pub fn parse(self, text: &str, signed: bool) -> Result<f64, Wrong> {
        let (sign, rest) = match text.strip_prefix('-').or_else(|| text.strip_prefix('−')) {
            Some(rest) if signed => (-1.0, rest.trim_start()),
            _ => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        let value = match self {
            BoundUnit::Share => share(rest)?,
            BoundUnit::Span => span(rest)?.as_secs_f64(),
            BoundUnit::Rate => rate(rest)?,
            BoundUnit::Number => factor(rest)?,
            BoundUnit::CoreHours => match split(rest) {
                Some((digits, "core-hours" | "core-hour")) => plain_number(digits)?,
                Some((digits, _)) => {
                    return wrong(
                        "E0301",
                        format!("`{text}` is not in core-hours"),
                        Some(format!("write `{digits}core-hours`")),
                    );
                }
                None => return wrong("E0304", format!("`{text}` is not a number of core-hours"), None),
            },
        };
        Ok(sign * value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, Wrong>) -> &'static str {
        result.err().map_or("fine", |wrong| wrong.code)
    }

    #[test]
    fn spans_are_exact_and_carry_their_unit() {
        let nanos = |text| span(text).map(Span::as_nanos);
        assert_eq!(nanos("250ms"), Ok(250_000_000));
        assert_eq!(nanos("0.5ms"), Ok(500_000));
        assert_eq!(nanos("1m30s"), Ok(90_000_000_000));
        assert_eq!(nanos("2min"), Ok(120_000_000_000));
        assert_eq!(nanos("3 us"), Ok(3_000));
        let wrong = ["250", "5%", "-1s", "soon", "0.1ns", "9000000000000d", ""];
        let codes: Vec<_> = wrong.iter().map(|text| code(span(text))).collect();
        assert_eq!(codes, ["E0301", "E0302", "E0303", "E0304", "E0307", "E0307", "E0304"]);
    }

    #[test]
    fn rates_shares_and_counts() {
        assert_eq!(rate("120/min"), Ok(2.0));
        assert_eq!(rate("2_000/s"), Ok(2000.0));
        assert_eq!(share("70%"), Ok(0.7));
        assert_eq!(count("200_000"), Ok(200_000));
        assert_eq!(factor("×1.5"), Ok(1.5));
        assert_eq!(limit("unbounded"), Ok(Limit::Unbounded));
        let codes =
            [code(rate("5")), code(rate("5ms")), code(share("0.5")), code(share("101%")), code(count("1.5"))];
        assert_eq!(codes, ["E0301", "E0302", "E0301", "E0308", "E0304"]);
    }

    #[test]
    fn bounds_have_the_unit_of_what_they_bound_and_differences_may_be_negative() {
        assert_eq!(BoundUnit::Span.parse("-20ms", true), Ok(-0.02));
        assert_eq!(code(BoundUnit::Span.parse("-20ms", false)), "E0303");
        assert_eq!(BoundUnit::CoreHours.parse("12 core-hours", false), Ok(12.0));
        assert_eq!(code(BoundUnit::CoreHours.parse("12", false)), "E0301");
    }

    #[test]
    fn only_what_is_close_is_suggested() {
        assert_eq!(nearest("replica", ["instances", "replicas"]), Some("replicas"));
        assert_eq!(nearest("xyz", ["instances", "replicas"]), None);
    }
}
