//! Pools that open their connections, as written.

use archsim_sim::{Distribution, Key, Span};

use super::Store;
use crate::plan;
use crate::pool::{PoolSettings, WAIT_MIN};
use crate::scenario::common::{COUNT_ZERO, DISTRIBUTION, SPAN_UNBOUNDED};
use crate::scenario::read::Reader;
use crate::scenario::shape::{Record, Shape, default, optional};
use crate::scenario::tree::Node;

/// What `hikari` says of a pool.
pub static HIKARI: Shape = Shape::Record(&Record::new(
    "a pool by HikariCP's rules",
    &[
        default(
            "connect",
            &DISTRIBUTION,
            "20ms",
            "assumed: TCP, a process of its own at the server, and the log-in",
            "Time to open a connection; one after the other.",
        ),
        optional(
            "minimum-idle",
            &COUNT_ZERO,
            "as many as `connections`, as HikariCP has it",
            "Idle connections that are kept ready.",
        ),
        default(
            "idle-timeout",
            &SPAN_UNBOUNDED,
            "10min",
            "HikariCP idleTimeout",
            "Idle ones above that minimum are closed after this time.",
        ),
        default(
            "max-lifetime",
            &SPAN_UNBOUNDED,
            "30min",
            "HikariCP maxLifetime",
            "Older ones are closed as soon as they are not in use; each less a random part of up to 2.5 %.",
        ),
    ],
));

/// How a pool opens connections, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Time to open one.
    pub connect: Distribution,
    /// Idle ones that are kept ready; all of them unless said.
    pub minimum_idle: Option<u32>,
    /// When idle ones above that are closed.
    pub idle_timeout: Option<Span>,
    /// When any is closed.
    pub max_lifetime: Option<Span>,
}

impl Opening {
    /// Reads a resolved pool; nothing if its connections need not be opened.
    pub fn read(reader: &mut Reader<'_>, pool: &Node, path: &str) -> Option<Opening> {
        let node = pool.get("hikari")?;
        let path = format!("{path}.hikari");
        let (wait, connections) = (pool.at("wait"), pool.at("connections").count());
        if wait.span() < WAIT_MIN {
            reader
                .report
                .error("E0581", wait.place, &format!("{path}.wait"), "HikariCP refuses to wait so briefly")
                .found(wait.words())
                .allowed("from 250ms")
                .help("a longer `wait`, or no `hikari`: a plain pool waits as long as you say");
        }
        let minimum = node.get("minimum-idle");
        if let Some(minimum) = minimum.filter(|minimum| minimum.count() > connections) {
            reader
                .report
                .error(
                    "E0582",
                    minimum.place,
                    &format!("{path}.minimum-idle"),
                    "more idle connections than the pool may have",
                )
                .found(minimum.words())
                .allowed(format!("up to {connections}, its `connections`"))
                .help("leave it out: a pool then keeps all its connections, as HikariCP advises");
        }
        let span = |key: &str| Some(node.at(key).span_or_forever()).filter(|&span| span < Span::FOREVER);
        Some(Opening {
            connect: reader.distribution(node.at("connect"), &format!("{path}.connect")),
            minimum_idle: minimum.map(Node::count),
            idle_timeout: span("idle-timeout"),
            max_lifetime: span("max-lifetime"),
        })
    }

    /// As plans have it.
    pub fn lower(&self, store: &Store) -> plan::Opening {
        plan::Opening {
            settings: PoolSettings {
                maximum: store.pool,
                minimum_idle: self.minimum_idle.unwrap_or(store.pool).min(store.pool),
                wait: store.pool_wait,
                idle_timeout: self.idle_timeout,
                max_lifetime: self.max_lifetime,
                ..PoolSettings::default()
            },
            connect: self.connect.clone(),
            key: Key::of_name(&format!("pools.{}", store.name)),
        }
    }
}
