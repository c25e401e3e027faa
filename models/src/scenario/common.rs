//! Shapes that many parts of a scenario share, and how to read them from a tree that conforms.

use archsim_sim::{Distribution, Limit, Span, Table};

use super::scalar::{self, Scalar};
use super::shape::{Choice, Items, Record, Shape, Variant, optional, required, variant, word};
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
/// A number of bytes.
pub static BYTES: Shape = Shape::Scalar(Scalar::Bytes);
/// A count from zero.
pub static COUNT_ZERO: Shape = Shape::Scalar(Scalar::Count { min: 0 });
/// A count from one.
pub static COUNT: Shape = Shape::Scalar(Scalar::Count { min: 1 });
/// A limit from zero.
pub static LIMIT_ZERO: Shape = Shape::Scalar(Scalar::Limit { min: 0 });
/// A limit from one.
pub static LIMIT: Shape = Shape::Scalar(Scalar::Limit { min: 1 });
/// A factor above zero.
pub static FACTOR: Shape = Shape::Scalar(Scalar::Factor { zero: false });
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
/// How a length of time above zero is distributed.
pub static DISTRIBUTION_ABOVE: Shape = Shape::Choice(&Choice {
    noun: "a distribution of time",
    plain: Some(&Scalar::Span { zero: false }),
    variants: &DISTRIBUTIONS,
});
/// A distribution of time, or `unbounded`.
pub static PATIENCE: Shape = {
    const D: [Variant; 10] = DISTRIBUTIONS;
    const UNBOUNDED: Variant = word("unbounded", "users wait for as long as it takes");
    Shape::Choice(&Choice {
        noun: "a patience",
        plain: Some(&Scalar::Span { zero: false }),
        variants: &[D[0], D[1], D[2], D[3], D[4], D[5], D[6], D[7], D[8], D[9], UNBOUNDED],
    })
};
const DISTRIBUTIONS: [Variant; 10] = [
    variant("exponential", &EXPONENTIAL, "memoryless: gaps between independent events"),
    variant("uniform", &UNIFORM, "every length between two equally likely"),
    variant("lognormal", &LOGNORMAL, "most are short, some are long: service times of real systems"),
    variant("erlang", &ERLANG, "the sum of several exponential stages: less variable"),
    variant("gamma", &GAMMA, "an exponential made more or less variable"),
    variant("pareto", &PARETO, "a heavy tail, cut off above"),
    variant("weibull", &WEIBULL, "lifetimes whose risk grows or falls with age"),
    variant("hyperexponential", &HYPEREXPONENTIAL, "one of several exponential lengths: more variable"),
    variant("hypoexponential", &HYPOEXPONENTIAL, "the sum of several exponential lengths: less variable"),
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
static WEIBULL: Shape = Shape::Record(&Record::new(
    "a Weibull distribution",
    &[
        required("mean", &SPAN_ABOVE, "The mean."),
        required(
            "shape",
            &NUMBER,
            "The shape, from 0.1: below 1 the tail is heavier than the exponential's, above 1 lighter.",
        ),
    ],
));
static HYPEREXPONENTIAL: Shape = Shape::Record(
    &Record::new(
        "a hyperexponential distribution",
        &[
            optional("mean", &SPAN_ABOVE, "`stages` says it", "The mean."),
            optional(
                "cv",
                &NUMBER,
                "`stages` says it",
                "The coefficient of variation, from 1: two stages that have half of the mean each.",
            ),
            optional(
                "stages",
                &STAGES,
                "`mean` and `cv` say it",
                "The exponential lengths, one of which it is.",
            ),
        ],
    )
    .exactly_one(&[&["mean", "stages"], &["cv", "stages"]]),
);
static STAGES: Shape =
    Shape::List(&Items { noun: "a stage", of: &Shape::Record(&STAGE), or_one: false, min: 1 });
static STAGE: Record = Record::new(
    "a stage",
    &[
        required("weight", &NUMBER, "How often it is this one, in proportion to the others."),
        required("mean", &SPAN_ABOVE, "The mean of this one."),
    ],
);
static HYPOEXPONENTIAL: Shape =
    Shape::List(&Items { noun: "a stage's mean", of: &SPAN_ABOVE, or_one: false, min: 1 });
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

    /// As a number of bytes.
    pub fn bytes(&self) -> u64 {
        self.text().and_then(|text| scalar::bytes(text).ok()).unwrap_or(1)
    }

    /// As a flag.
    pub fn flag(&self) -> bool {
        self.text() == Some("true")
    }

    /// As text; empty where there is none.
    pub fn string(&self) -> String {
        self.text().unwrap_or_default().to_owned()
    }

    /// As a distribution of time; what is wrong, where its parameters cannot be.
    pub fn distribution(&self) -> Result<Distribution, Impossible> {
        if let Some(text) = self.text() {
            return Ok(Distribution::constant(scalar::span(text).unwrap_or(Span::ZERO)));
        }
        let Some((kind, of)) = self.choice() else { return Ok(Distribution::constant(Span::ZERO)) };
        let mean = of.at("mean").span();
        Ok(match kind {
            "exponential" => Distribution::exponential(mean),
            "uniform" | "pareto" => return between(kind, of),
            "lognormal" => Distribution::lognormal(mean, of.at("cv").factor()),
            "erlang" => Distribution::erlang(of.at("stages").count(), mean),
            "gamma" => {
                let cv = of.at("cv").factor();
                Distribution::gamma(1.0 / (cv * cv), mean)
            }
            "weibull" => {
                let shape = of.at("shape").factor();
                from("a shape", shape, SHAPE_MIN)?;
                Distribution::weibull(shape, mean)
            }
            "hyperexponential" => return hyperexponential(of),
            "hypoexponential" => {
                let means: Vec<Span> = of.items().iter().map(Node::span).collect();
                Distribution::hypoexponential(&means)
            }
            "empirical" => {
                let values = of.items().iter();
                let pairs =
                    values.map(|item| (item.at("value").span(), item.at("weight").factor())).collect();
                let table = Table::new(pairs).map_err(|error| Impossible {
                    why: error.to_string(),
                    allowed: "values with weights above zero".to_owned(),
                })?;
                Distribution::empirical(table)
            }
            _ => Distribution::constant(Span::ZERO),
        })
    }
}

/// Why a distribution cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// What is wrong with its parameters.
    pub why: String,
    /// What they may be.
    pub allowed: String,
}

/// Below this shape, moments of a Weibull distribution are beyond what a number can hold.
const SHAPE_MIN: f64 = 0.1;

/// Whether a parameter is as great as it must be.
fn from(what: &str, value: f64, least: f64) -> Result<(), Impossible> {
    if value >= least {
        return Ok(());
    }
    Err(Impossible { why: format!("{what} of {value} is too small"), allowed: format!("{least} or more") })
}

/// Between two lengths.
fn between(kind: &str, of: &Node) -> Result<Distribution, Impossible> {
    let (low, high) = (of.at("from").span(), of.at("to").span());
    if high < low || (kind == "pareto" && high == low) {
        let why = format!("`to` ({high}) is not above `from` ({low})");
        return Err(Impossible { why, allowed: "`from` below `to`".to_owned() });
    }
    Ok(match kind {
        "uniform" => Distribution::uniform(low, high),
        _ => Distribution::bounded_pareto(of.at("shape").factor(), low, high),
    })
}

fn hyperexponential(of: &Node) -> Result<Distribution, Impossible> {
    if let Some(stages) = of.get("stages") {
        let stages = stages.items().iter().map(|item| (item.at("weight").factor(), item.at("mean").span()));
        return Ok(Distribution::hyperexponential(&stages.collect::<Vec<_>>()));
    }
    let cv = of.at("cv").factor();
    from("a `cv`", cv, 1.0)?;
    Ok(Distribution::hyperexponential_balanced(of.at("mean").span(), cv))
}
