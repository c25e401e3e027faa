//! Fail-over of users from region to region, as written.

use archsim_sim::Span;

use super::super::common::{FACTOR, SHARE, SHARE_ABOVE, SPAN, SPAN_ABOVE};
use super::super::place::Place;
use super::super::read::Reader;
use super::super::scalar::Scalar;
use super::super::shape::{
    Choice, Field, Items, Names, Record, Shape, default, optional, required, variant, word,
};
use super::super::system::Named;
use super::super::tree::Node;
use crate::plan::{FailOver, Shift, Zones};

/// `fail-over` of an architecture.
pub static FAIL_OVER: Shape = Shape::Record(&Record::new(
    "fail-over of users",
    &[
        default("detect", &SPAN, "1min", "assumed", "From a region's outage until somebody knows."),
        default(
            "decide",
            &SPAN,
            "5min",
            "Netflix, Project Nimble (2018): 5 minutes to decide whether to push the button",
            "From then until it is decided to send its users elsewhere; a drill is decided beforehand.",
        ),
        optional(
            "scale",
            &FACTOR,
            "the other regions stay as they are",
            "How many times as many instances the other regions are to have, launched when it is decided; of deployables without `scaling`.",
        ),
        default(
            "ready",
            &SPAN,
            "0s",
            "they do not wait unless said",
            "From the decision until users begin to move: what is launched has to boot.",
        ),
        SHIFT_FIELD,
        optional(
            "to",
            &TO,
            "all other regions alike",
            "How the users are shared out, by region; those that are out or evacuated get none.",
        ),
        default("back", &BACK, "{}", "see its keys", "How they come back after an outage or a drill."),
    ],
));
const SHIFT_FIELD: Field = default(
    "shift",
    &SHIFT,
    "{ linear: 60s }",
    "assumed: DNS answers that live for 60 s, asked for at any time",
    "How fast users move, once they do.",
);
static BACK: Shape = Shape::Record(&Record::new(
    "the way back",
    &[
        default("after", &SPAN, "0s", "at once unless said", "From the end of the outage or the drill."),
        SHIFT_FIELD,
    ],
));
static TO: Shape =
    Shape::Map(&Names { noun: "region", of: &SHARE, general: None, edges: false, may_be_empty: false });
static SHIFT: Shape = Shape::Choice(&Choice {
    noun: "a way to move users",
    plain: None,
    variants: &[
        word("at-once", "all at the same instant: a balancer before all regions"),
        variant("linear", &SPAN_ABOVE, "evenly within so long: answers of the DNS that live for so long"),
        variant(
            "exponential",
            &SPAN_ABOVE,
            "with this mean: caches that keep answers for all sorts of times",
        ),
        variant("steps", &STEPS, "in steps: proxies that are told to pass on a share"),
    ],
});
static STEPS: Shape =
    Shape::List(&Items { noun: "a step", of: &Shape::Record(&STEP), or_one: false, min: 1 });
static STEP: Record = Record::new(
    "a step",
    &[
        default("after", &SPAN, "0s", "at once unless said", "From the first moment."),
        required("share", &SHARE_ABOVE, "Which share of the users has moved from then on."),
    ],
);
/// `instances: { per-region: … }`.
pub static PER_REGION: Shape = Shape::Map(&Names {
    noun: "region",
    of: &Shape::Scalar(Scalar::Count { min: 1 }),
    general: None,
    edges: false,
    may_be_empty: false,
});

/// Fail-over, read.
#[derive(Clone, Debug, PartialEq)]
pub struct FailOverSpec {
    /// As plans have it.
    pub rule: FailOver,
    /// How many times as many instances the other regions are to have.
    pub scale: Option<f64>,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
}

/// Reads the fail-over of an architecture.
pub fn read(reader: &mut Reader<'_>, zones: &Zones, node: &Node, path: &str) -> Option<FailOverSpec> {
    let node = node.get("fail-over")?;
    let path = format!("{path}.fail-over");
    let regions: Vec<Named> = zones.regions.names.iter().map(|name| Named::new(name)).collect();
    if regions.len() < 2 {
        reader
            .report
            .error("E0580", node.place, &path, "there is no other region to send users to")
            .found(match regions.len() {
                0 => "no `regions`".to_owned(),
                _ => format!("one region, `{}`", regions[0].name),
            })
            .allowed("two `regions` or more");
        return None;
    }
    let mut to = vec![if node.get("to").is_some() { 0.0 } else { 1.0 }; regions.len()];
    for entry in node.at("to").entries() {
        if let Some(at) = reader.find_key("region", &regions, entry, &format!("{path}.to")) {
            to[at] = entry.node.share();
        }
    }
    if to.iter().all(|share| *share <= 0.0) {
        reader
            .report
            .error("E0580", node.at("to").place, &format!("{path}.to"), "no region takes the users")
            .found(node.at("to").words())
            .allowed("a share above `0%` for some region");
    }
    let back = node.at("back");
    let rule = FailOver {
        detect: node.at("detect").span(),
        decide: node.at("decide").span(),
        ready: node.at("ready").span(),
        shift: shift(reader, node.at("shift"), &format!("{path}.shift")),
        to,
        back_after: back.at("after").span(),
        back: shift(reader, back.at("shift"), &format!("{path}.back.shift")),
    };
    Some(FailOverSpec { rule, scale: node.get("scale").map(Node::factor), place: node.place, path })
}

fn shift(reader: &mut Reader<'_>, node: &Node, path: &str) -> Shift {
    match node.choice() {
        Some(("linear", all)) => Shift::Linear(all.span()),
        Some(("exponential", mean)) => Shift::Exponential(mean.span()),
        Some(("steps", list)) => {
            let step = |item: &Node| (item.at("after").span(), item.at("share").share());
            let steps: Vec<(Span, f64)> = list.items().iter().map(step).collect();
            let falls = steps.windows(2).position(|two| two[1].0 <= two[0].0 || two[1].1 < two[0].1);
            if let Some(at) = falls {
                reader
                    .report
                    .error("E0580", list.items()[at + 1].place, path, "steps that do not go on")
                    .found(format!(
                        "{}% after {}, then {}% after {}",
                        steps[at].1 * 100.0,
                        steps[at].0,
                        steps[at + 1].1 * 100.0,
                        steps[at + 1].0
                    ))
                    .allowed("each step later than the one before, and with no smaller share");
            }
            Shift::Steps(steps)
        }
        _ => Shift::AtOnce,
    }
}
