//! Onions of policies around calls.

use archsim_models::plan::*;

use super::*;

impl Dice {
    pub(super) fn guard(
        &mut self,
        plan: &mut Plan,
        program: &Program,
        callee: CapabilityId,
        index: u64,
    ) -> GuardId {
        // Calls of one deployable may share an onion, and meet in its lines.
        let shared =
            plan.guards.iter().position(|it| it.deployable == program.deployable && it.callee == callee);
        if let Some(shared) = shared.filter(|_| self.chance(0.4)) {
            return GuardId(shared as u16);
        }
        let mut guard =
            Guard { deployable: program.deployable, callee, layers: Vec::new(), fallbacks: Vec::new() };
        for _ in 0..=self.below(4) {
            let layer = self.layer();
            let call = match &layer {
                Layer::Fallback(FallbackSettings { answer: FallbackAnswer::Capability, .. }) => {
                    let other = self.below(index) as u16;
                    Some(FallbackCall { site: self.site(plan, program, index, other, 1.0, 1, None) })
                }
                _ => None,
            };
            guard.layers.push(layer);
            guard.fallbacks.push(call);
        }
        plan.guards.push(guard);
        GuardId(plan.guards.len() as u16 - 1)
    }

    pub(super) fn layer(&mut self) -> Layer {
        let key = self.key();
        match self.below(9) {
            0 | 1 => Layer::Timeout(TimeoutSettings {
                after: ms(self.one_of(&[2, 5, 10, 30, 100])),
                cancel: self.chance(0.4),
                deadline: self.chance(0.4),
            }),
            2 | 3 => Layer::Retry(RetrySettings {
                attempts: 2 + self.below(2) as u32,
                backoff: self.backoff(),
                on: vec![
                    Cause::Timeout,
                    Cause::Error,
                    Cause::QueueFull,
                    Cause::Refused,
                    Cause::Reset,
                    Cause::PoolRejected,
                ],
                budget: self.budget(),
                key,
            }),
            4 => Layer::ThreadPool(ThreadPoolSettings {
                size: 1 + self.below(4) as u32,
                queue: self.below(4) as u32,
                rejection_threshold: 1 + self.below(4) as u32,
            }),
            5 => Layer::Semaphore(SemaphoreSettings {
                permits: 1 + self.below(4) as u32,
                wait: ms(self.one_of(&[0, 3, 10, 50])),
            }),
            6 => Layer::Breaker(BreakerSettings {
                volume: 2 + self.below(6) as u32,
                error_percent: self.one_of(&[20, 50]),
                sleep_window: ms(self.one_of(&[50, 200])),
                rolling_window: ms(500),
                health_interval: ms(self.one_of(&[50, 100])),
                ..BreakerSettings::default()
            }),
            7 => Layer::RateLimit(RateLimitSettings {
                rate: self.one_of(&[20.0, 100.0]),
                burst: 1 + self.below(5) as u32,
            }),
            _ => Layer::Fallback(FallbackSettings {
                answer: self.one_of(&[
                    FallbackAnswer::Omit,
                    FallbackAnswer::Static,
                    FallbackAnswer::Stale,
                    FallbackAnswer::Capability,
                ]),
                permits: 1 + self.below(6) as u32,
                fails: self.one_of(&[0.0, 0.3]),
                latency: self.chance(0.5).then(|| self.distribution(3)),
                key,
            }),
        }
    }

    pub(super) fn budget(&mut self) -> Option<BudgetSettings> {
        let window = ms(self.one_of(&[100, 1_000]));
        let (share, tokens) = (self.one_of(&[0.1, 0.5]), self.one_of(&[1.0, 3.0]));
        self.one_of(&[
            None,
            None,
            Some(BudgetSettings::Finagle { ttl: Span::from_secs(1), reserve: tokens, share }),
            Some(BudgetSettings::Grpc { tokens: 2.0 * tokens, ratio: share }),
            Some(BudgetSettings::Bucket { deposit: share, capacity: tokens }),
            Some(BudgetSettings::Breaker { failures: share, window }),
        ])
    }

    pub(super) fn backoff(&mut self) -> Backoff {
        let (base, cap) = (ms(2), ms(8));
        self.one_of(&[
            Backoff::None,
            Backoff::Fixed(ms(3)),
            Backoff::Exponential { base, cap },
            Backoff::EqualJitter { base, cap },
            Backoff::FullJitter { base, cap },
            Backoff::DecorrelatedJitter { base, cap },
        ])
    }
}
