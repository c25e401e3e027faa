//! A Hystrix command, the requests that run it, and its onion in Hystrix's order.

use archsim_models::plan::SiteId;
use archsim_models::policy::{
    BreakerSettings, FallbackAnswer, FallbackSettings, Layer, SemaphoreSettings, ThreadPoolSettings,
    TimeoutSettings,
};
use archsim_models::world::{Note, simulate_observed};
use archsim_sim::{Span, Time};

use crate::observed::Observed;
use crate::report::Verdict;

/// A command, and the requests that run it.
#[derive(Clone, Debug)]
pub struct Command {
    /// `None` is a disabled breaker.
    pub breaker: Option<BreakerSettings>,
    /// The command's own timeout.
    pub timeout: Span,
    /// How it is isolated from its caller.
    pub isolation: Isolation,
    /// `None` is a command without a fallback.
    pub fallback: Option<Substitution>,
    /// How long the callee takes.
    pub latency: Span,
    /// Whether it then fails.
    pub fails: bool,
    /// Calls in the pool's queue before any thread has been started.
    pub queue_holds: u32,
    /// When requests arrive, from the first moment on.
    pub arrivals: Vec<Span>,
}

/// Hystrix's two ways to isolate a command.
#[derive(Clone, Copy, Debug)]
pub enum Isolation {
    /// Threads of its own.
    Pool(ThreadPoolSettings),
    /// A count of calls.
    Permits(u32),
}

/// A command's fallback.
#[derive(Clone, Debug)]
pub struct Substitution {
    /// At once.
    pub permits: u32,
    /// Whether it fails.
    pub fails: bool,
    /// How long it takes, by request; empty if it takes no time.
    pub spans: Vec<Span>,
}

/// Requests arrive from this time on.
pub const BEGIN: Time = Time::from_nanos(1_000_000_000);

impl Command {
    /// Runs it in the world: what was seen of each request, and how many got the callee's own answer.
    pub fn run(&self) -> Result<(Vec<Observed>, u64), Verdict> {
        if self.queue_holds > 0 {
            return crate::alone::run(self).map(|observed| (observed, 0));
        }
        let plan = crate::planned::plan(self)?;
        let mut observed = vec![Observed::default(); self.arrivals.len()];
        let mut look = |now: Time, _: u64, note: Note| {
            if let Some(request) = site_of(note).and_then(|site| observed.get_mut(site.at())) {
                request.note(now, note, self.fallback.is_some());
            }
        };
        let record = simulate_observed(&plan, 1, 0, &mut look);
        let own_answers = record.sites[..self.arrivals.len()]
            .iter()
            .map(|site| site.windows[0].answered - site.windows[0].degraded);
        Ok((observed, own_answers.sum()))
    }

    /// When a request arrives.
    pub fn arrival(&self, request: usize) -> Time {
        BEGIN + self.arrivals[request]
    }

    /// Outermost first.
    pub fn layers(&self) -> Vec<Layer> {
        let fallback = self.fallback.as_ref().map(|fallback| {
            let answer =
                if fallback.spans.is_empty() { FallbackAnswer::Static } else { FallbackAnswer::Capability };
            let fails = f64::from(u8::from(fallback.fails));
            Layer::Fallback(FallbackSettings {
                answer,
                permits: fallback.permits,
                fails,
                latency: None,
                key: 1,
            })
        });
        let timeout = TimeoutSettings { after: self.timeout, cancel: false, deadline: false };
        let bulkhead = match self.isolation {
            Isolation::Pool(settings) => Layer::ThreadPool(settings),
            Isolation::Permits(permits) => Layer::Semaphore(SemaphoreSettings { permits, wait: Span::ZERO }),
        };
        let breaker = self.breaker.map(Layer::Breaker);
        fallback.into_iter().chain(breaker).chain([Layer::Timeout(timeout), bulkhead]).collect()
    }
}

fn site_of(note: Note) -> Option<SiteId> {
    match note {
        Note::Called(site)
        | Note::Refused(site, ..)
        | Note::Attempted(site)
        | Note::Returned(site, _)
        | Note::TimedOut(site, _)
        | Note::Substituted(site, ..)
        | Note::Settled(site, _) => Some(site),
        Note::TurnedAway(_) | Note::Answered(_) => None,
    }
}
