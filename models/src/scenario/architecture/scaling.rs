//! How the number of instances changes, as written: `scaling` and `warm-up` of a deployable.

use archsim_sim::{Limit, Span};

use crate::plan::{Autoscaler, Goal, Metric, Resize, Rule, Scaling, Sizing, WarmUp};
use crate::scaling::behaviour::{Amount, Bounds, Policy, Rules, Select};
use crate::scaling::replicas::Calculator;
use crate::scaling::steps::{Adjustment, Step, StepScaling};
use crate::scaling::{hpa, tracking};
use crate::scenario::common::{COUNT, FACTOR, NUMBER, RATE_ABOVE, SHARE, SHARE_ABOVE, SPAN, SPAN_ABOVE};
use crate::scenario::place::Place;
use crate::scenario::read::Reader;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Choice, Field, Items, Record, Shape, default, optional, required, variant};
use crate::scenario::tree::Node;
use crate::scenario::workload::Run;

/// `warm-up` of a deployable.
pub static WARM_UP: Shape = Shape::Record(&Record::new(
    "a warm-up",
    &[
        required("for", &SPAN_ABOVE, "How long a process is slower after its start."),
        default(
            "speed",
            &FACTOR,
            "0.5",
            "assumed: code is not compiled yet, caches are empty",
            "How fast its cores are meanwhile, compared with later.",
        ),
    ],
));
/// `scaling` of a deployable.
pub static SCALING: Shape = Shape::Record(
    &Record::new(
        "a scaling",
        &[
            optional("hpa", &HPA, "another key says how", "Kubernetes' HorizontalPodAutoscaler, with its scaling rules."),
            optional("target-tracking", &TRACKING, "another key says how", "AWS target tracking: an alarm that adds, and one that removes."),
            optional("steps", &STEPS, "another key says how", "AWS step scaling: how far from a threshold says by how much."),
            optional("schedule", &SCHEDULE, "another key says how", "Numbers of instances from given instants on."),
            default("drain", &SPAN, "30s", "Kubernetes terminationGracePeriodSeconds", "How long an instance that is to go may still work on what it has."),
            optional("replace", &SPAN, "it is back when its fault is over, and stays a member meanwhile", "After how long a dead instance is noticed: nobody calls it any more, and another boots in its place."),
        ],
    )
    .of_kinds(&["hpa", "target-tracking", "steps", "schedule"]),
);
const MIN: Field = default("min", &COUNT, "1", "Kubernetes minReplicas", "Never fewer.");
const MAX: Field = required("max", &COUNT, "Never more.");
const WINDOW: Field = default(
    "window",
    &SPAN_ABOVE,
    "15s",
    "metrics-server --metric-resolution",
    "Instances are measured over windows of this length, one after the other.",
);
const DELAY: Field = default(
    "metric-delay",
    &SPAN,
    "15s",
    "assumed: one more window of metrics-server",
    "From the end of a window until the autoscaler knows of it.",
);
const PERIOD: Field = default(
    "period",
    &SPAN_ABOVE,
    "60s",
    "detailed monitoring of CloudWatch",
    "A point is the mean over so long; it looks at each once.",
);
const POINT_DELAY: Field =
    default("metric-delay", &SPAN, "0s", "assumed", "From the end of a period until it looks at its point.");
const POLICY_WARM_UP: Field = default(
    "warm-up",
    &SPAN,
    "5min",
    "the default cooldown, which holds where no warm-up is set",
    "How long a new instance is left out of the metric and counts as under way.",
);
static HPA: Shape = Shape::Record(&Record::new(
    "an autoscaler",
    &[
        required(
            "target",
            &TARGETS,
            "What it aims at, on average over the instances; of several the one that asks for most counts.",
        ),
        MIN,
        MAX,
        default(
            "every",
            &SPAN_ABOVE,
            "15s",
            "--horizontal-pod-autoscaler-sync-period",
            "How often it looks.",
        ),
        WINDOW,
        DELAY,
        default(
            "tolerance",
            &SHARE,
            "10%",
            "--horizontal-pod-autoscaler-tolerance",
            "So near to its target nothing changes.",
        ),
        default(
            "initialisation",
            &SPAN,
            "5min",
            "--horizontal-pod-autoscaler-cpu-initialization-period",
            "CPU of an instance so young counts only once it serves.",
        ),
        default(
            "readiness-delay",
            &SPAN,
            "30s",
            "--horizontal-pod-autoscaler-initial-readiness-delay",
            "An instance that stopped serving within this of its start never was ready.",
        ),
        default("up", &UP, "{}", "see its keys", "How fast it may grow."),
        default("down", &DOWN, "{}", "see its keys", "How fast it may shrink."),
    ],
));
static UP: Shape = Shape::Record(&Record::new(
    "rules upwards",
    &[
        default("stabilisation", &SPAN, "0s", "autoscaling/v2 defaults", "A wish must have lasted so long."),
        SELECT,
        default(
            "policies",
            &POLICIES,
            "[{ pods: 4, every: 15s }, { percent: 100, every: 15s }]",
            "autoscaling/v2 defaults",
            "How much it may grow within which time.",
        ),
    ],
));
static DOWN: Shape = Shape::Record(&Record::new(
    "rules downwards",
    &[
        default(
            "stabilisation",
            &SPAN,
            "5min",
            "--horizontal-pod-autoscaler-downscale-stabilization",
            "A wish must have lasted so long.",
        ),
        SELECT,
        default(
            "policies",
            &POLICIES,
            "[{ percent: 100, every: 15s }]",
            "autoscaling/v2 defaults",
            "How much it may shrink within which time.",
        ),
    ],
));
const SELECT: Field = default(
    "select",
    &Shape::Scalar(Scalar::Words(&["max", "min", "disabled"])),
    "max",
    "autoscaling/v2 defaults",
    "Which of the policies counts: the one that allows most, the one that allows least; or nothing may change.",
);
static POLICIES: Shape =
    Shape::List(&Items { noun: "a policy", of: &Shape::Record(&POLICY), or_one: true, min: 1 });
static POLICY: Record = Record::new(
    "a policy",
    &[
        optional("pods", &COUNT, "`percent` says how much", "So many instances."),
        optional("percent", &COUNT, "`pods` says how much", "So many per cent of those that there were."),
        required("every", &SPAN_ABOVE, "Within so long."),
    ],
)
.of_kinds(&["pods", "percent"]);
static TRACKING: Shape = Shape::Record(&Record::new(
    "a target-tracking policy",
    &[
        required("target", &TARGET, "What it aims at, on average over the warm instances."),
        MIN,
        MAX,
        PERIOD,
        POINT_DELAY,
        default(
            "points-out",
            &COUNT,
            "3",
            "the alarm that the service makes",
            "Points in a row above the target before it adds.",
        ),
        default(
            "points-in",
            &COUNT,
            "15",
            "the alarm that the service makes",
            "Points in a row below it before it removes.",
        ),
        default(
            "low",
            &SHARE_ABOVE,
            "90%",
            "the alarm that the service makes",
            "Below this share of the target a point is low.",
        ),
        POLICY_WARM_UP,
    ],
));
static STEPS: Shape = Shape::Record(&Record::new(
    "step scaling",
    &[
        required("threshold", &TARGET, "The alarm's threshold, for the mean over the warm instances."),
        MIN,
        MAX,
        PERIOD,
        POINT_DELAY,
        default(
            "points",
            &COUNT,
            "1",
            "datapoints to alarm",
            "Points in a row beyond the threshold before it acts.",
        ),
        default(
            "cooldown",
            &SPAN,
            "0s",
            "step policies have none",
            "After a change nothing is done for so long.",
        ),
        POLICY_WARM_UP,
        default("above", &ABOVE, "[]", "nothing unless said", "What is done above the threshold."),
        default("below", &BELOW, "[]", "nothing unless said", "What is done below it."),
    ],
));
const BY: Field = default(
    "by",
    &Shape::Scalar(Scalar::Factor { zero: true }),
    "0",
    "from the threshold on",
    "From so far beyond the threshold on, as a part of it, up to the next step: of 60%, `0.5` is 30 points.",
);
static ABOVE: Shape = Shape::List(&Items { noun: "a step", of: &Shape::Record(&ADDS), or_one: true, min: 0 });
static ADDS: Record = Record::new(
    "a step upwards",
    &[
        BY,
        optional("add", &COUNT, "`percent` says how many", "So many more."),
        optional("percent", &NUMBER, "`add` says how many", "So many per cent more."),
    ],
)
.exactly_one(&[&["add", "percent"]]);
static BELOW: Shape =
    Shape::List(&Items { noun: "a step", of: &Shape::Record(&REMOVES), or_one: true, min: 0 });
static REMOVES: Record = Record::new(
    "a step downwards",
    &[
        BY,
        optional("remove", &COUNT, "`percent` says how many", "So many fewer."),
        optional("percent", &NUMBER, "`remove` says how many", "So many per cent fewer."),
    ],
)
.exactly_one(&[&["remove", "percent"]]);
static SCHEDULE: Shape =
    Shape::List(&Items { noun: "a size", of: &Shape::Record(&SIZE), or_one: true, min: 1 });
static SIZE: Record = Record::new(
    "a size",
    &[
        required("at", &SPAN, "When, from the measured start; new ones boot from then on."),
        required("instances", &COUNT, "How many."),
    ],
);
static TARGETS: Shape = Shape::List(&Items { noun: "a target", of: &TARGET, or_one: true, min: 1 });
static TARGET: Shape = Shape::Choice(&Choice {
    noun: "a target",
    plain: Some(&Scalar::Share { zero: false }),
    variants: &[
        variant("cpu", &SHARE_ABOVE, "share of the cores that are busy; what a share alone means"),
        variant("threads", &SHARE_ABOVE, "share of the threads that are busy"),
        variant("in-flight", &NUMBER, "attempts that an instance works on or has in its queue"),
        variant("requests", &RATE_ABOVE, "attempts that reach an instance, whatever becomes of them"),
        variant("queue", &NUMBER, "attempts in an instance's queue"),
    ],
});

/// `scaling`, read.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingSpec {
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// Fewest and most.
    pub bounds: Bounds,
    /// Time to go.
    grace: Span,
    /// Time until a dead one is noticed.
    replace: Option<Span>,
    /// Sizes by instant from the measured start, if they are planned.
    pub schedule: Vec<(Span, u32)>,
    /// What decides, if they are not.
    pub autoscaler: Option<Autoscaler>,
}

/// Reads `warm-up` of a deployable.
pub fn warm_up(node: &Node) -> Option<WarmUp> {
    let node = node.get("warm-up")?;
    Some(WarmUp { lasts: node.at("for").span(), speed: node.at("speed").factor() })
}

impl ScalingSpec {
    /// Reads `scaling` of a deployable, if it has one.
    pub fn read(reader: &mut Reader<'_>, deployable: &Node, path: &str) -> Option<Self> {
        let node = deployable.get("scaling")?;
        let path = format!("{path}.scaling");
        let kind = |name: &str| node.get(name).filter(|it| !it.is_broken());
        let bounds = |it: &Node| Bounds { min: it.at("min").count(), max: it.at("max").count() };
        let schedule = kind("schedule").map(|it| schedule(reader, it, &path)).unwrap_or_default();
        let (bounds, autoscaler) = if let Some(it) = kind("hpa") {
            (bounds(it), Some(horizontal(it, bounds(it))))
        } else if let Some(it) = kind("target-tracking") {
            (bounds(it), Some(target_tracking(it, bounds(it))))
        } else if let Some(it) = kind("steps") {
            (bounds(it), Some(step_scaling(reader, it, bounds(it), &path)))
        } else {
            let sizes = || schedule.iter().map(|it| it.1);
            (Bounds { min: sizes().min().unwrap_or(1), max: sizes().max().unwrap_or(1) }, None)
        };
        Some(ScalingSpec {
            place: node.place,
            path,
            bounds,
            grace: node.at("drain").span(),
            replace: node.get("replace").map(Node::span),
            schedule,
            autoscaler,
        })
    }

    /// As the plan has it.
    pub fn lower(&self, boot: Span, run: &Run) -> Scaling {
        let resize = |&(at, instances): &(Span, u32)| Resize { at: run.at(at), instances };
        let sizing = match &self.autoscaler {
            Some(autoscaler) => Sizing::Autoscaler(autoscaler.clone()),
            None => Sizing::Schedule(self.schedule.iter().map(resize).collect()),
        };
        Scaling { most: self.bounds.max, boot, grace: self.grace, replace: self.replace, sizing }
    }

    /// What it goes by.
    pub fn metrics(&self) -> Vec<Goal> {
        match self.autoscaler.as_ref().map(|it| &it.rule) {
            None => Vec::new(),
            Some(Rule::Hpa { goals, .. }) => goals.clone(),
            Some(Rule::Tracking { metric, settings, .. }) => {
                vec![Goal { metric: *metric, target: settings.target }]
            }
            Some(Rule::Steps { metric, policy, .. }) => {
                vec![Goal { metric: *metric, target: policy.threshold }]
            }
        }
    }

    /// Of a metric that is a share of something, the limit that makes it one.
    pub fn whole(metric: Metric, cores: Limit, threads: Limit) -> Option<(&'static str, Limit)> {
        match metric {
            Metric::Cpu => Some(("cores", cores)),
            Metric::Threads => Some(("threads", threads)),
            Metric::InFlight | Metric::Requests | Metric::Queue => None,
        }
    }
}

fn goal(node: &Node) -> Goal {
    let goal = |metric, target| Goal { metric, target };
    match node.choice() {
        Some(("cpu", it)) => goal(Metric::Cpu, it.share()),
        Some(("threads", it)) => goal(Metric::Threads, it.share()),
        Some(("in-flight", it)) => goal(Metric::InFlight, it.factor()),
        Some(("requests", it)) => goal(Metric::Requests, it.rate()),
        Some(("queue", it)) => goal(Metric::Queue, it.factor()),
        _ => goal(Metric::Cpu, node.share()),
    }
}

fn horizontal(node: &Node, bounds: Bounds) -> Autoscaler {
    let rules = |node: &Node| Rules {
        stabilisation: node.at("stabilisation").span(),
        select: match node.at("select").text() {
            Some("min") => Select::Min,
            Some("disabled") => Select::Disabled,
            _ => Select::Max,
        },
        policies: node.at("policies").items().iter().map(policy).collect(),
    };
    let settings = hpa::Settings {
        bounds,
        calculator: Calculator {
            tolerance: node.at("tolerance").share(),
            initialisation: node.at("initialisation").span(),
            readiness_delay: node.at("readiness-delay").span(),
        },
        rules: Some([rules(node.at("up")), rules(node.at("down"))]),
        down_stabilisation: node.at("down").at("stabilisation").span(),
    };
    Autoscaler {
        every: node.at("every").span(),
        window: node.at("window").span(),
        delay: node.at("metric-delay").span(),
        rule: Rule::Hpa { goals: node.at("target").items().iter().map(goal).collect(), settings },
    }
}

fn policy(node: &Node) -> Policy {
    let amount = match node.get("pods") {
        Some(pods) => Amount::Pods(pods.count()),
        None => Amount::Percent(node.at("percent").count()),
    };
    Policy { amount, period: node.at("every").span() }
}

fn target_tracking(node: &Node, bounds: Bounds) -> Autoscaler {
    let Goal { metric, target } = goal(node.at("target"));
    let settings = tracking::Settings {
        bounds,
        target,
        points_out: node.at("points-out").count(),
        points_in: node.at("points-in").count(),
        low: node.at("low").share(),
    };
    let rule = Rule::Tracking { metric, settings, warm_up: node.at("warm-up").span() };
    point_by_point(node, rule)
}

/// It looks at each point once, as soon as it is known.
fn point_by_point(node: &Node, rule: Rule) -> Autoscaler {
    let period = node.at("period").span();
    Autoscaler { every: period, window: period, delay: node.at("metric-delay").span(), rule }
}

fn step_scaling(reader: &mut Reader<'_>, node: &Node, bounds: Bounds, path: &str) -> Autoscaler {
    let Goal { metric, target } = goal(node.at("threshold"));
    let amount = |it: &Node, key: &str, sign: i32| match it.get(key) {
        Some(count) => Adjustment::Change(sign * i32::try_from(count.count()).unwrap_or(i32::MAX)),
        None => Adjustment::Percent(f64::from(sign) * it.at("percent").factor()),
    };
    let mut steps = Vec::new();
    for (key, change, sign) in [("above", "add", 1), ("below", "remove", -1)] {
        let items = node.at(key).items();
        for (index, item) in items.iter().enumerate() {
            let by = item.at("by").factor() * target;
            let until = items.get(index + 1).map_or(f64::INFINITY, |next| next.at("by").factor() * target);
            if until <= by {
                reader
                    .report
                    .error(
                        "E0553",
                        items[index + 1].place,
                        &format!("{path}.steps.{key}"),
                        "the steps do not go outwards",
                    )
                    .found(format!("{} after {}", items[index + 1].at("by").words(), item.at("by").words()))
                    .allowed("each step farther from the threshold than the one before");
            }
            let by_how_much = amount(item, change, sign);
            // Just below the threshold is below it: such a step ends there, and does not begin at it.
            let (from, until) = if sign > 0 { (by, until) } else { (-until, -by) };
            steps.push(Step { from, until, by: by_how_much });
        }
    }
    if steps.is_empty() {
        reader
            .report
            .error("E0553", node.place, &format!("{path}.steps"), "these steps change nothing")
            .found("neither `above` nor `below`")
            .allowed("at least one step")
            .help("write `above: { add: 1 }`");
    }
    let policy = StepScaling::new(bounds, target, node.at("points").count(), steps);
    let (warm_up, cooldown) = (node.at("warm-up").span(), node.at("cooldown").span());
    point_by_point(node, Rule::Steps { metric, policy, warm_up, cooldown })
}

fn schedule(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<(Span, u32)> {
    let sizes: Vec<(Span, u32)> =
        node.items().iter().map(|item| (item.at("at").span(), item.at("instances").count())).collect();
    for (pair, item) in sizes.windows(2).zip(node.items().iter().skip(1)) {
        if pair[1].0 <= pair[0].0 {
            reader
                .report
                .error(
                    "E0554",
                    item.place,
                    &format!("{path}.schedule"),
                    "the sizes are not in the order of time",
                )
                .found(format!("{} after {}", pair[1].0, pair[0].0))
                .allowed("each later than the one before");
        }
    }
    sizes
}
