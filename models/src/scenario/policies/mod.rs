//! `architectures.NAME.calls`: what protects a call, outermost policy first.

mod shape;

use shape::LAYER;
pub use shape::{BACKOFF, CALLS, PRESET};

use archsim_sim::{Key, Span};

use super::conform::label;
use super::place::Place;
use super::read::Reader;
use super::shape::{Shape, Variant};
use super::system::Named;
use super::tree::Node;
use crate::policy::{
    Backoff, BreakerSettings, BudgetSettings, FallbackAnswer, FallbackSettings, Forced, Layer,
    RateLimitSettings, RetrySettings, SemaphoreSettings, ThreadPoolSettings, TimeoutSettings,
};
use crate::record::Cause;

/// The policies in place of a preset, from its filled-in record.
pub fn preset_layers(preset: &Node) -> Vec<Node> {
    let Some((_, settings)) = preset.choice() else { return Vec::new() };
    let keys = [
        ("breaker", "breaker"),
        ("timeout", "timeout"),
        ("thread-pool", "thread-pool"),
        ("socket", "timeout"),
    ];
    let layers = keys.iter().filter_map(|&(key, layer)| {
        let node = settings.get(key)?;
        let place = if node.place == Place::START { preset.place } else { node.place };
        Some(Node::single(layer, place, super::merge::marked(node.clone(), "preset hystrix-1.5")))
    });
    layers.collect()
}

/// A policy of an edge, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The layer. Its key is completed when it is put around a callee.
    pub layer: Layer,
    /// The capability of a fallback that calls one.
    pub fallback: Option<usize>,
    /// Where it is written.
    pub place: Place,
    /// The field's path.
    pub path: String,
    /// The policy's name.
    pub kind: &'static str,
    /// How many of its kind stand outside it.
    pub nth: usize,
}

impl Policy {
    /// The layer as it stands around calls of `callee`: the draws have the same names in every arm.
    pub fn around(&self, callee: &str) -> Layer {
        let name = Key::of_name(&format!("-> {callee}/{}#{}", self.kind, self.nth + 1));
        let mut layer = self.layer.clone();
        match &mut layer {
            Layer::Fallback(settings) => settings.key = name,
            Layer::Retry(settings) => settings.key = name,
            _ => {}
        }
        layer
    }
}

/// Reads a resolved list of policies.
pub fn read(reader: &mut Reader<'_>, capabilities: &[Named], node: &Node, path: &str) -> Vec<Policy> {
    let mut labels = Vec::new();
    let mut policies: Vec<Policy> = Vec::new();
    for (index, item) in node.items().iter().enumerate() {
        let label = label(item, &LAYER, index, &mut labels);
        let path = format!("{path}.{label}");
        let Some((kind, settings)) = item.choice() else { continue };
        let Shape::Choice(choice) = &LAYER else { continue };
        let Some(Variant { name: kind, .. }) = choice.variant(kind) else { continue };
        let mut fallback = None;
        let layer = match *kind {
            "fallback" => {
                if let Some(name) = settings.get("capability") {
                    fallback = reader.find("capability", capabilities, name, &format!("{path}.capability"));
                    if fallback.is_none() {
                        continue;
                    }
                }
                Layer::Fallback(fallback_settings(reader, settings, &path))
            }
            "retry" => Layer::Retry(retry_settings(settings)),
            "breaker" => Layer::Breaker(breaker_settings(reader, settings, &path)),
            "timeout" => Layer::Timeout(TimeoutSettings {
                after: settings.at("after").span(),
                cancel: settings.at("cancel").text() == Some("propagates"),
                deadline: settings.at("deadline").text() == Some("propagates"),
            }),
            "thread-pool" => Layer::ThreadPool(ThreadPoolSettings {
                size: settings.at("size").count(),
                queue: settings.at("queue").count(),
                rejection_threshold: settings.at("rejection-threshold").count(),
            }),
            "semaphore" => Layer::Semaphore(SemaphoreSettings {
                permits: settings.at("permits").count(),
                wait: settings.at("wait").span(),
            }),
            "rate-limit" => Layer::RateLimit(RateLimitSettings {
                rate: settings.at("rate").rate(),
                burst: settings.at("burst").count(),
            }),
            _ => continue,
        };
        let nth = policies.iter().filter(|policy| policy.kind == *kind).count();
        policies.push(Policy { layer, fallback, place: item.place, path, kind, nth });
    }
    policies
}

fn fallback_settings(reader: &mut Reader<'_>, node: &Node, path: &str) -> FallbackSettings {
    FallbackSettings {
        answer: match node.at("answer").text() {
            Some("omit") => FallbackAnswer::Omit,
            Some("stale") => FallbackAnswer::Stale,
            Some(_) => FallbackAnswer::Static,
            None => FallbackAnswer::Capability,
        },
        permits: node.at("permits").count(),
        fails: node.at("fails").share(),
        latency: node.get("latency").map(|node| reader.distribution(node, &format!("{path}.latency"))),
        key: 0,
    }
}

fn retry_settings(node: &Node) -> RetrySettings {
    let named = |name: &str| Cause::ALL.into_iter().find(|cause| cause.name() == name);
    RetrySettings {
        attempts: node.at("attempts").count(),
        backoff: backoff(node.at("backoff")),
        budget: node.get("budget").and_then(budget_settings),
        on: node.at("on").items().iter().filter_map(|item| named(item.text()?)).collect(),
        key: 0,
    }
}

/// How long to pause before another attempt.
pub fn backoff(node: &Node) -> Backoff {
    match node.choice() {
        Some(("fixed", span)) => Backoff::Fixed(span.span()),
        Some((kind, growing)) => {
            let (base, cap): (Span, Span) = (growing.at("base").span(), growing.at("cap").span());
            match kind {
                "exponential" => Backoff::Exponential { base, cap },
                "equal-jitter" => Backoff::EqualJitter { base, cap },
                "full-jitter" => Backoff::FullJitter { base, cap },
                "decorrelated-jitter" => Backoff::DecorrelatedJitter { base, cap },
                _ => Backoff::None,
            }
        }
        None => Backoff::None,
    }
}

fn budget_settings(node: &Node) -> Option<BudgetSettings> {
    let (kind, of) = node.choice()?;
    match kind {
        "finagle" => Some(BudgetSettings::Finagle {
            ttl: of.at("ttl").span(),
            reserve: of.at("reserve").rate(),
            share: of.at("share").share(),
        }),
        "grpc" => {
            Some(BudgetSettings::Grpc { tokens: of.at("tokens").factor(), ratio: of.at("ratio").factor() })
        }
        "bucket" => Some(BudgetSettings::Bucket {
            deposit: of.at("deposit").factor(),
            capacity: of.at("capacity").factor(),
        }),
        "breaker" => Some(BudgetSettings::Breaker {
            failures: of.at("failures").share(),
            window: of.at("window").span(),
        }),
        _ => None,
    }
}

fn breaker_settings(reader: &mut Reader<'_>, node: &Node, path: &str) -> BreakerSettings {
    let percent = node.at("errors").share() * 100.0;
    if (percent - percent.round()).abs() > 1e-9 {
        reader
            .report
            .error(
                "E0310",
                node.at("errors").place,
                &format!("{path}.errors"),
                "the breaker counts whole percents",
            )
            .found(node.at("errors").words())
            .allowed("`1%` to `100%` without decimals");
    }
    BreakerSettings {
        volume: node.at("volume").count(),
        error_percent: percent.round() as u32,
        sleep_window: node.at("sleep-window").span(),
        rolling_window: node.at("rolling-window").span(),
        health_interval: node.at("health-interval").span(),
        forced: match node.at("forced").text() {
            Some("open") => Some(Forced::Open),
            Some("closed") => Some(Forced::Closed),
            _ => None,
        },
        bug_1853: node.at("bug-1853").flag(),
    }
}
