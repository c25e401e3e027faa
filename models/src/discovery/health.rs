//! Health checks: a load balancer asks every so often, and believes what several answers in a row say.
//!
//! ```
//! use archsim_models::discovery::health::{Health, HealthSettings};
//! use archsim_sim::Span;
//!
//! let settings = HealthSettings { every: Span::from_secs(10), failures: 2, successes: 3 };
//! let mut health = Health::new(true);
//! assert_eq!(health.probed(&settings, false), None, "once is nothing");
//! assert_eq!(health.probed(&settings, false), Some(false), "twice is out");
//! assert_eq!([true, true, true].map(|alive| health.probed(&settings, alive)), [None, None, Some(true)]);
//! ```

use archsim_sim::Span;

/// How a load balancer checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    /// Time between probes of an instance; the first comes so long after the start of the run.
    pub every: Span,
    /// So many probes in a row that fail take an instance out.
    pub failures: u32,
    /// So many in a row that succeed bring one in.
    pub successes: u32,
}

/// What a load balancer believes of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    healthy: bool,
    /// Probes in a row that said otherwise.
    against: u32,
}

impl Health {
    /// An instance that is believed to be healthy, or not.
    pub fn new(healthy: bool) -> Self {
        Health { healthy, against: 0 }
    }

    /// A probe has been answered, or not. What is believed from now on, if that has changed.
    pub fn probed(&mut self, settings: &HealthSettings, alive: bool) -> Option<bool> {
        if alive == self.healthy {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let needed = if alive { settings.successes } else { settings.failures };
        if self.against < needed {
            return None;
        }
        *self = Health::new(alive);
        Some(alive)
    }

    /// Whether it gets calls.
    pub fn is_healthy(&self) -> bool {
        self.healthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_answer_to_the_contrary_starts_the_count_anew() {
        let settings = HealthSettings { every: Span::from_secs(1), failures: 3, successes: 1 };
        let mut health = Health::new(true);
        let answers = [false, false, true, false, false, false].map(|alive| health.probed(&settings, alive));
        assert_eq!(answers, [None, None, None, None, None, Some(false)]);
        assert!(!health.is_healthy());
        assert_eq!(health.probed(&settings, true), Some(true));
    }
}
