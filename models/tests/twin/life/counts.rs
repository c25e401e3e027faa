//! Counts, by the window in which things started.

use super::*;

impl Twin {
    pub(super) fn windows(&self, start: Time) -> Vec<usize> {
        (0..self.plan.windows.len()).filter(|&w| self.plan.windows[w].contains(start)).collect()
    }

    pub(super) fn count_request(&mut self, request: &Request, outcome: Outcome) {
        let in_time = self.now - request.start <= self.plan.journeys[request.journey].within;
        for window in self.windows(request.start) {
            let count = |fate: &mut Fate| match outcome {
                Outcome::Failed(cause) => fate.failed[cause as usize] += 1,
                _ if !in_time => fate.late += 1,
                _ => {
                    fate.answered += 1;
                    fate.degraded += u64::from(outcome == Outcome::Degraded);
                }
            };
            count(&mut self.seen.journeys[request.journey][window]);
            if let Some(home) = request.home {
                count(&mut self.seen.homes[home][window]);
            }
        }
    }

    pub(super) fn count_site(&mut self, site: usize, start: Time, count: impl Fn(&mut SiteWindow)) {
        for window in self.windows(start) {
            count(&mut self.seen.sites[site][window]);
        }
    }

    pub(super) fn count_settled(&mut self, site: usize, start: Time, outcome: Outcome) {
        self.count_site(site, start, |window| {
            if let Outcome::Failed(cause) = outcome {
                window.failed[cause as usize] += 1;
            } else {
                window.answered += 1;
                window.degraded += u64::from(outcome == Outcome::Degraded);
            }
        });
    }

    pub(super) fn count_attempt(&mut self, at: usize, rejected: bool) {
        for window in self.windows(self.now) {
            let counts = &mut self.seen.deployables[self.instances[at].deployable][window];
            if rejected {
                counts.1 += 1;
            } else {
                counts.0 += 1;
            }
        }
    }

    pub(super) fn count_cache(&mut self, cache: usize, start: Time, hit: bool) {
        for window in self.windows(start) {
            let counts = &mut self.seen.caches[cache][window];
            counts.0 += 1;
            counts.1 += u64::from(hit);
        }
    }

    pub(super) fn count_store(&mut self, store: usize, start: Time, failed: bool) {
        for window in self.windows(start) {
            let counts = &mut self.seen.stores[store][window];
            if failed {
                counts.1 += 1;
            } else {
                counts.0 += 1;
            }
        }
    }
}
