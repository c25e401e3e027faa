//! Shapes that many parts of a scenario share, and how to read them from a tree that conforms.

use archsim_sim::{Distribution, Limit, Span, Table};

use super::scalar::{self, Scalar};
use super::shape::{Choice, Items, Record, Shape, Variant, required, variant, word};
use super::tree::Node;

/// Free text.
pub static TEXT: Shape = Shape::Scalar(Scalar::Text);
/// A name.
pub static NAME: Shape = Shape::Scalar(Scalar::Name);
/// A flag.
pub static FLAG: Shape = Shape::Scalar(Scalar::Flag);
/// A span that may be zero.
pub static SPAN: Shape = Shape::Scalar(Scalar::Span { zero: true });
/// A span above zero.
pub static SPAN_ABOVE: Shape = Shape::Scalar(Scalar::Span { zero: false });
/// A span or `unbounded`.
pub static SPAN_UNBOUNDED: Shape = Shape::Scalar(Scalar::SpanOrUnbounded);
/// A share that may be zero.
pub static SHARE: Shape = Shape::Scalar(Scalar::Share { zero: true });
/// A share above zero.
pub static SHARE_ABOVE: Shape = Shape::Scalar(Scalar::Share { zero: false });
/// A rate that may be zero.
pub static RATE: Shape = Shape::Scalar(Scalar::Rate { zero: true });
/// A rate above zero.
pub static RATE_ABOVE: Shape = Shape::Scalar(Scalar::Rate { zero: false });
/// A count from zero.
pub static COUNT_ZERO: Shape = Shape::Scalar(Scalar::Count { min: 0 });
/// A count from one.
pub static COUNT: Shape = Shape::Scalar(Scalar::Count { min: 1 });
/// A limit from zero.
pub static LIMIT_ZERO: Shape = Shape::Scalar(Scalar::Limit { min: 0 });
/// A limit from one.
pub static LIMIT: Shape = Shape::Scalar(Scalar::Limit { min: 1 });
/// A factor above zero.
pub static FACTOR: Shape = Shape::Scalar(Scalar::Factor);
/// A number above zero.
pub static NUMBER: Shape = Shape::Scalar(Scalar::Number);
/// A list of texts.
pub static TEXTS: Shape = Shape::List(&Items { noun: "text", of: &TEXT, or_one: true, min: 0 });
/// A list of names.
pub static NAMES: Shape = Shape::List(&Items { noun: "a name", of: &NAME, or_one: true, min: 1 });

/// How a length of time is distributed.
pub static DISTRIBUTION: Shape = Shape::Choice(&Choice {
    noun: "a distribution of time",
    plain: Some(&Scalar::Span { zero: true }),
    variants: &DISTRIBUTIONS,
});
/// A distribution of time, or `unbounded`.
pub static PATIENCE: Shape = {
    const D: [Variant; 7] = DISTRIBUTIONS;
    const UNBOUNDED: Variant = word("unbounded", "users wait for as long as it takes");
    Shape::Choice(&Choice {
        noun: "a patience",
        plain: Some(&Scalar::Span { zero: false }),
        variants: &[D[0], D[1], D[2], D[3], D[4], D[5], D[6], UNBOUNDED],
    })
};
const DISTRIBUTIONS: [Variant; 7] = [
    variant("exponential", &EXPONENTIAL, "memoryless: gaps between independent events"),
    variant("uniform", &UNIFORM, "every length between two equally likely"),
    variant("lognormal", &LOGNORMAL, "most are short, some are long: service times of real systems"),
    variant("erlang", &ERLANG, "the sum of several exponential stages: less variable"),
    variant("gamma", &GAMMA, "an exponential made more or less variable"),
    variant("pareto", &PARETO, "a heavy tail, cut off above"),
    variant("empirical", &EMPIRICAL, "measured values with their weights"),
];
static EXPONENTIAL: Shape = Shape::Record(
    &Record::new("an exponential distribution", &[required("mean", &SPAN_ABOVE, "The mean.")])
        .or_short("mean"),
);
static UNIFORM: Shape = Shape::Record(&Record::new(
    "a uniform distribution",
    &[required("from", &SPAN, "The least length."), required("to", &SPAN_ABOVE, "The greatest length.")],
));
static LOGNORMAL: Shape = Shape::Record(&Record::new(
    "a lognormal distribution",
    &[
        required("mean", &SPAN_ABOVE, "The mean."),
        required("cv", &NUMBER, "The coefficient of variation: standard deviation ÷ mean."),
    ],
));
static ERLANG: Shape = Shape::Record(&Record::new(
    "an Erlang distribution",
    &[required("mean", &SPAN_ABOVE, "The mean of the sum."), required("stages", &COUNT, "How many stages.")],
));
static GAMMA: Shape = Shape::Record(&Record::new(
    "a gamma distribution",
    &[
        required("mean", &SPAN_ABOVE, "The mean."),
        required("cv", &NUMBER, "The coefficient of variation; the shape is 1 ÷ cv²."),
    ],
));
static PARETO: Shape = Shape::Record(&Record::new(
    "a bounded Pareto distribution",
    &[
        required("shape", &NUMBER, "The tail's exponent; the smaller, the heavier."),
        required("from", &SPAN_ABOVE, "The least length."),
        required("to", &SPAN_ABOVE, "The greatest length."),
    ],
));
static EMPIRICAL: Shape =
    Shape::List(&Items { noun: "a measured value", of: &Shape::Record(&MEASURED), or_one: false, min: 1 });
static MEASURED: Record = Record::new(
    "a measured value",
    &[
        required("value", &SPAN, "The length."),
        required("weight", &NUMBER, "How often it was seen, in proportion to the others."),
    ],
);

impl Node {
    /// As a span; zero where an error has been reported.
    pub fn span(&self) -> Span {
        self.text().and_then(|text| scalar::span(text).ok()).unwrap_or(Span::ZERO)
    }

    /// As a span, or forever.
    pub fn span_or_forever(&self) -> Span {
        if self.text() == Some("unbounded") { Span::FOREVER } else { self.span() }
    }

    /// As a share from 0 to 1.
    pub fn share(&self) -> f64 {
        self.text().and_then(|text| scalar::share(text).ok()).unwrap_or(1.0)
    }

    /// As a rate per second.
    pub fn rate(&self) -> f64 {
        self.text().and_then(|text| scalar::rate(text).ok()).unwrap_or(1.0)
    }

    /// As a count.
    pub fn count(&self) -> u32 {
        self.text().and_then(|text| scalar::count(text).ok()).unwrap_or(1)
    }

    /// As a limit.
    pub fn limit(&self) -> Limit {
        self.text().and_then(|text| scalar::limit(text).ok()).unwrap_or(Limit::AtMost(1))
    }

    /// As a factor or pure number.
    pub fn factor(&self) -> f64 {
        self.text().and_then(|text| scalar::factor(text).ok()).unwrap_or(1.0)
    }

    /// As a flag.
    pub fn flag(&self) -> bool {
        self.text() == Some("true")
    }

    /// As text; empty where there is none.
    pub fn string(&self) -> String {
        self.text().unwrap_or_default().to_owned()
    }

    /// As a distribution of time; why not, where its parameters do not fit together.
    pub fn distribution(&self) -> Result<Distribution, String> {
        if let Some(text) = self.text() {
            return Ok(Distribution::constant(scalar::span(text).unwrap_or(Span::ZERO)));
        }
        let Some((kind, of)) = self.choice() else { return Ok(Distribution::constant(Span::ZERO)) };
        let mean = of.at("mean").span();
        let (low, high) = (of.at("from").span(), of.at("to").span());
        if matches!(kind, "uniform" | "pareto") && (high < low || (kind == "pareto" && high == low)) {
            return Err(format!("`to` ({high}) is not above `from` ({low})"));
        }
        Ok(match kind {
            "exponential" => Distribution::exponential(mean),
            "uniform" => Distribution::uniform(low, high),
            "lognormal" => Distribution::lognormal(mean, of.at("cv").factor()),
            "erlang" => Distribution::erlang(of.at("stages").count(), mean),
            "gamma" => {
                let cv = of.at("cv").factor();
                Distribution::gamma(1.0 / (cv * cv), mean)
            }
            "pareto" => Distribution::bounded_pareto(of.at("shape").factor(), low, high),
            "empirical" => {
                let values = of.items().iter();
                let pairs =
                    values.map(|item| (item.at("value").span(), item.at("weight").factor())).collect();
                Distribution::empirical(Table::new(pairs).map_err(|error| error.to_string())?)
            }
            _ => Distribution::constant(Span::ZERO),
        })
    }
}
