//! How callers learn who is there, and what instances hold by themselves, as written.

use archsim_sim::{Distribution, Span};

use super::super::common::{COUNT, DISTRIBUTION, NAME, SHARE, SPAN, SPAN_ABOVE};
use super::super::place::Place;
use super::super::read::Reader;
use super::super::scalar::Scalar;
use super::super::shape::{Choice, Record, Shape, bare, default, required, variant, word};
use super::super::system::{Named, System};
use super::super::tree::Node;
use crate::discovery::eureka::EurekaSettings;
use crate::discovery::health::HealthSettings;
use crate::plan::{DataId, Discovery, Finding, LocalState};

/// `discovery` of a deployable.
pub static DISCOVERY: Shape = Shape::Choice(&Choice {
    noun: "a way to learn who is there",
    plain: None,
    variants: &[
        word("none", "members are known at once, and nobody notices that one is dead"),
        word("instant", "everybody knows at once who lives"),
        word("eureka", "by leases in the architecture's registry, which each caller copies now and then"),
        bare("health-check", &HEALTH, "by probes of one load balancer before all callers"),
    ],
});
static HEALTH: Shape = Shape::Record(&Record::new(
    "a health check",
    &[
        default("every", &SPAN_ABOVE, "30s", "AWS Elastic Load Balancing", "Time between probes."),
        default(
            "failures",
            &COUNT,
            "2",
            "AWS Elastic Load Balancing, unhealthy threshold",
            "Probes in a row without an answer that take an instance out.",
        ),
        default(
            "successes",
            &COUNT,
            "5",
            "AWS Application Load Balancer, healthy threshold",
            "Probes in a row with an answer that bring one in.",
        ),
    ],
));
/// `eureka` of an architecture.
pub static EUREKA: Shape = Shape::Record(&Record::new(
    "the registry",
    &[
        default("heartbeat", &SPAN_ABOVE, "30s", "Eureka", "Time between heartbeats of an instance."),
        default(
            "lease",
            &SPAN_ABOVE,
            "90s",
            "Eureka",
            "What a lease says; after a heartbeat it lives twice as long, as the original's does.",
        ),
        default(
            "eviction",
            &SPAN_ABOVE,
            "60s",
            "Eureka",
            "Time between runs that take out whose lease is over.",
        ),
        default(
            "self-preservation",
            &SHARE,
            "85%",
            "Eureka",
            "With no more than this share of the heartbeats that are expected, nobody is taken out; `0%` for never.",
        ),
        default(
            "cache",
            &SPAN,
            "30s",
            "Eureka",
            "Time between copies of the registry into what clients get.",
        ),
        default("fetch", &SPAN, "30s", "Eureka", "Time between fetches of a client."),
        default("list", &SPAN, "30s", "Ribbon", "Time between copies of a client into its balancer's list."),
    ],
));
/// `prefer` of a deployable.
pub static PREFER: Shape = Shape::Scalar(Scalar::Words(&["any", "own-zone", "anywhere"]));
/// `state` of a deployable.
pub static STATE: Shape = Shape::Record(&Record::new(
    "state of its own",
    &[
        required("holds", &NAME, "The data set of which each instance holds its part."),
        default("read", &DISTRIBUTION, "100us", "assumed: memory or a local disk's cache", "Time of a read."),
        default("write", &DISTRIBUTION, "100us", "assumed: as a read", "Time of a write."),
        required(
            "rebuild",
            &REBUILD,
            "How a new process gets its part again: nothing of it is served before.",
        ),
    ],
));
static REBUILD: Shape = Shape::Choice(&Choice {
    noun: "a way to rebuild state",
    plain: Some(&Scalar::Span { zero: true }),
    variants: &[variant(
        "rate",
        &RATE,
        "so many items per second, each of them served as soon as it is there",
    )],
});
static RATE: Shape = Shape::Scalar(Scalar::Rate { zero: false });

/// State of a deployable, read.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Which data set.
    pub data: usize,
    /// Time of a read.
    pub read: Distribution,
    /// Time of a write.
    pub write: Distribution,
    /// The time that it takes to rebuild all, or items per second.
    pub rebuild: Rebuild,
    /// Where it is written.
    pub place: Place,
}

/// How state is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rebuild {
    /// All at once, after that.
    After(Span),
    /// So many items per second.
    Rate(f64),
}

impl State {
    /// As plans have it, where so many instances share so many items.
    pub fn lower(&self, instances: u32, items: u32) -> LocalState {
        let (rebuild, gradual) = match self.rebuild {
            Rebuild::After(span) => (span, false),
            Rebuild::Rate(rate) => {
                let held = f64::from(items) / f64::from(instances.max(1));
                (Span::from_secs_f64(held / rate), true)
            }
        };
        LocalState { data: DataId(self.data as u16), rebuild, gradual }
    }
}

/// Reads `state`.
pub fn state(reader: &mut Reader<'_>, system: &System, node: &Node, path: &str) -> Option<State> {
    let state = node.get("state")?;
    let path = format!("{path}.state");
    let data: Vec<Named> = system.data.iter().map(|data| Named::new(&data.name)).collect();
    let read = reader.distribution(state.at("read"), &format!("{path}.read"));
    let write = reader.distribution(state.at("write"), &format!("{path}.write"));
    let rebuild = state.at("rebuild");
    let rebuild = match rebuild.get("rate") {
        Some(rate) => Rebuild::Rate(rate.rate()),
        None => Rebuild::After(rebuild.span()),
    };
    let data = reader.find("data set", &data, state.at("holds"), &format!("{path}.holds"))?;
    Some(State { data, read, write, rebuild, place: state.place })
}

/// Reads how callers find the instances of a deployable.
pub fn read(node: &Node) -> Finding {
    let discovery = match node.at("discovery").choice() {
        Some(("instant", _)) => Discovery::AtOnce,
        Some(("eureka", _)) => Discovery::Eureka,
        Some(("health-check", check)) => Discovery::Health(HealthSettings {
            every: check.at("every").span(),
            failures: check.at("failures").count(),
            successes: check.at("successes").count(),
        }),
        _ => Discovery::None,
    };
    let prefer = node.at("prefer").text();
    Finding { discovery, own_zone: prefer == Some("own-zone"), anywhere: prefer == Some("anywhere") }
}

/// Reads the registry of an architecture.
pub fn registry(reader: &mut Reader<'_>, node: &Node, path: &str) -> EurekaSettings {
    let settings = EurekaSettings {
        heartbeat: node.at("heartbeat").span(),
        lease: node.at("lease").span(),
        eviction: node.at("eviction").span(),
        threshold: node.at("self-preservation").share(),
        cache: node.at("cache").span(),
        fetch: node.at("fetch").span(),
        list: node.at("list").span(),
    };
    if settings.lease < settings.heartbeat || settings.eviction < settings.heartbeat {
        let lease = settings.lease < settings.heartbeat;
        let key = if lease { "lease" } else { "eviction" };
        reader
            .report
            .error(
                "E0575",
                node.at(key).place,
                &format!("{path}.{key}"),
                if lease {
                    "a lease is over before its heartbeat"
                } else {
                    "runs without a heartbeat between them"
                },
            )
            .found(node.at(key).words())
            .allowed(format!("at least {}, the `heartbeat`", settings.heartbeat))
            .help("Eureka's lease is three heartbeats, and it runs every second one");
    }
    settings
}
