//! The cases that come with archsim.

/// The file of a case that comes with archsim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The case's name.
    pub name: &'static str,
    /// The file's name, for messages.
    pub file: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! cases {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            file: concat!($name, ".yaml"),
            text: include_str!(concat!("../../validation/", $name, ".yaml")),
        }),*]
    };
}

/// All of them: queues first, then what calls, users, policies and faults make of them, and at last what waits for a
/// mechanism.
pub const SHIPPED: &[Shipped] = cases![
    "mm1",
    "mm2",
    "mm5",
    "mm10",
    "mm20",
    "mm3-10",
    "mg1",
    "md1",
    "mg1-sharing",
    "mh1",
    "mweibull1",
    "mhypo1",
    "mek1",
    "batches-geometric",
    "batches-constant",
    "mmpp",
    "on-off",
    "rate-over-time",
    "start-backlog",
    "retrial-one",
    "retrial-two",
    "tandem",
    "store-cpu",
    "jackson",
    "fork-join",
    "closed-network",
    "finite-source",
    "sessions",
    "sessions-walk",
    "sessions-given-up",
    "erlang-b-exponential",
    "erlang-b-constant",
    "erlang-b-lognormal",
    "hystrix-pool",
    "erlang-a",
    "mmc-patience",
    "routing",
    "shorter-queue",
    "power-of-two",
    "power-of-three",
    "old-information",
    "slow-replica",
    "thread-held",
    "pool-cap",
    "pool-size",
    "hot-row",
    "pool-stall",
    "database-link",
    "priority",
    "priority-constant",
    "transient",
    "first-passage",
    "breakdowns",
    "two-speeds",
    "busy-period",
    "drain",
    "burst",
    "serial-dependencies",
    "serial-fallbacks",
    "standby",
    "fail-over",
    "replication",
    "shards",
    "zone-headroom",
    "two-of-three",
    "two-of-three-one-crew",
    "repairmen",
    "any-repair-law",
    "machine-interference",
    "common-cause",
    "zones-k-of-n",
    "region-fail-over",
    "tail-at-scale-10",
    "tail-at-scale-100",
    "tail-at-scale-2000",
    "quorum",
    "speculative-read",
    "hinted-handoff",
    "fan-out",
    "retry",
    "retry-half",
    "retry-layers",
    "retry-layers-27",
    "retry-layers-partly",
    "retry-policies",
    "backlog",
    "breaker",
    "lru",
    "lru-large",
    "lru-expected",
    "lru-huge",
    "expiry",
    "expiry-coalesced",
    "ttl-jitter",
    "ring",
    "expiry-leased",
    "written-key",
    "written-key-leased",
    "cold-cache",
    "cache-warms-up",
    "cache-warms-up-expected",
    "boot-delay",
    "drain-idle",
    "cache-warmer",
    "autoscaler",
    "nodes",
    "chaos-monkey",
    "chaos-monkey-group",
    "autoscaler-spike",
    "hedging",
    "finagle-budget",
    "token-bucket",
    "crowding",
    "scalability",
    "canary",
    "backoff-jitter",
];

/// The case of that name.
pub fn named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The name nearest to a mistyped one, if any is near.
pub fn nearest(name: &str) -> Option<&'static str> {
    crate::shipped::nearest_of(name, SHIPPED.iter().map(|shipped| shipped.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::{Severity, case};
    use std::path::Path;

    #[test]
    fn every_case_is_valid_and_called_as_its_file_is() {
        for shipped in SHIPPED {
            let reading = case::read(shipped.file, shipped.text.as_bytes());
            let errors = reading.diagnostics.iter().filter(|d| d.severity == Severity::Error);
            let said: String = errors.map(|d| d.render(shipped.text, false)).collect();
            let case = reading.case.unwrap_or_else(|| panic!("{said}"));
            assert_eq!(case.name, shipped.name);
        }
    }

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validation");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        for name in names.map(|name| name.to_string_lossy().into_owned()) {
            assert!(SHIPPED.iter().any(|shipped| shipped.file == name), "{name} is not shipped");
        }
    }

    #[test]
    fn a_mistyped_name_finds_the_right_one() {
        assert_eq!(nearest("mg1-shring"), Some("mg1-sharing"));
        assert_eq!(nearest("xyzzy"), None);
    }
}
