//! # Retry budget: no more retries than the calls can bear
//!
//! **What goes wrong without it.** While a dependency fails, every call is tried again: three attempts make three
//! times the load, just when there is least room for it. A limit per call cannot see that; a budget is shared by
//! all calls of one instance to one callee, and says no once too many of them retry.
//!
//! ```text
//!   call ──deposit──▶ [ tokens ] ──withdraw──▶ retry
//!                        │ none left: the failure goes out at once
//! ```
//!
//! | kind | what is paid in | what a retry costs | source |
//! |---|---|---|---|
//! | `finagle` | a share of a token per call, and a reserve per second; forgotten after `ttl` | one | twitter/finagle `RetryBudget.scala` (4feb34c): 20 %, 10/s, 10 s |
//! | `grpc` | `ratio` per success, up to `tokens` | nothing: a failure costs one, and more than half must be left | grpc/proposal A6 |
//! | `bucket` | `deposit` per call, up to `capacity` | one | M. Brooker (2022), *Fixing Retries with Token Buckets and Circuit Breakers* |
//! | `breaker` | nothing | nothing: only while at most `failures` of the attempts of `window` have failed | M. Brooker (2022) |
//!
//! **Pitfalls**
//! * State is per calling instance: of a hundred instances each has its own reserve.
//! * Finagle's reserve of 10/s is far from nothing where an instance makes few calls.
//! * gRPC stops at five failures from full (of ten tokens), and for good where more than ratio ÷ (1 + ratio) fail.
//! * Outside of the retry that it belongs to, a budget knows nothing of retries elsewhere.
//!
//! ```
//! use archsim_models::policy::{Budget, BudgetSettings};
//! use archsim_sim::Time;
//! let now = Time::ZERO;
//! let mut budget = Budget::new(&BudgetSettings::Bucket { deposit: 0.5, capacity: 1.0 }, now);
//! assert!(budget.allows_retry(now), "it is full at first");
//! assert!(!budget.allows_retry(now));
//! budget.called(now);
//! budget.called(now);
//! assert!(budget.allows_retry(now));
//! ```

use archsim_sim::{Span, Time};

use super::BudgetSettings;
use super::adder::WindowedAdder;

/// Tokens are counted in thousandths, as Finagle and gRPC do.
const THOUSAND: f64 = 1_000.0;

/// A budget of one calling instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Budget {
    /// A leaky bucket with a reserve.
    Finagle {
        /// What calls have paid in and retries taken out, within the time to live.
        balance: WindowedAdder,
        /// What a call pays in.
        deposit: i64,
        /// What a retry takes out.
        cost: i64,
        /// What may be owed.
        reserve: i64,
    },
    /// Tokens that failures cost.
    Grpc {
        /// In thousandths.
        tokens: i64,
        /// In thousandths.
        most: i64,
        /// What a success brings, in thousandths.
        ratio: i64,
    },
    /// Tokens that retries cost.
    Bucket {
        /// In thousandths.
        tokens: i64,
        /// In thousandths.
        most: i64,
        /// What a call brings, in thousandths.
        deposit: i64,
    },
    /// No retries while too many attempts fail.
    Breaker {
        /// Attempts of the window.
        attempts: WindowedAdder,
        /// Those of them that failed.
        failures: WindowedAdder,
        /// The share of failures up to which retries are made.
        share: f64,
    },
}

impl Budget {
    /// A budget by these settings, for an instance that starts now.
    pub fn new(settings: &BudgetSettings, born: Time) -> Self {
        match *settings {
            BudgetSettings::Finagle { ttl, reserve, share } => {
                let free = share <= 0.0;
                let deposit = if free { 0 } else { THOUSAND as i64 };
                let cost = if free { 1 } else { ((THOUSAND / share) as i64).max(1) };
                let seconds = ttl.as_nanos() / Span::from_secs(1).as_nanos();
                let reserve = (reserve * seconds as f64) as i64 * cost;
                Budget::Finagle { balance: WindowedAdder::new(ttl, born), deposit, cost, reserve }
            }
            BudgetSettings::Grpc { tokens, ratio } => {
                let most = (tokens * THOUSAND) as i64;
                Budget::Grpc { tokens: most, most, ratio: (ratio * THOUSAND) as i64 }
            }
            BudgetSettings::Bucket { deposit, capacity } => {
                let most = (capacity * THOUSAND) as i64;
                Budget::Bucket { tokens: most, most, deposit: (deposit * THOUSAND) as i64 }
            }
            BudgetSettings::Breaker { failures, window } => Budget::Breaker {
                attempts: WindowedAdder::new(window, born),
                failures: WindowedAdder::new(window, born),
                share: failures,
            },
        }
    }

    /// A call is made for the first time.
    pub fn called(&mut self, now: Time) {
        match self {
            Budget::Finagle { balance, deposit, .. } => balance.add(now, *deposit),
            Budget::Bucket { tokens, most, deposit } => *tokens = (*tokens + *deposit).min(*most),
            Budget::Grpc { .. } | Budget::Breaker { .. } => {}
        }
    }

    /// An attempt was answered.
    pub fn succeeded(&mut self, now: Time) {
        match self {
            Budget::Grpc { tokens, most, ratio } => *tokens = (*tokens + *ratio).min(*most),
            Budget::Breaker { attempts, .. } => attempts.add(now, 1),
            Budget::Finagle { .. } | Budget::Bucket { .. } => {}
        }
    }

    /// An attempt has failed in a way that may be tried again.
    pub fn failed(&mut self, now: Time) {
        match self {
            Budget::Grpc { tokens, .. } => *tokens = (*tokens - THOUSAND as i64).max(0),
            Budget::Breaker { attempts, failures, .. } => {
                attempts.add(now, 1);
                failures.add(now, 1);
            }
            Budget::Finagle { .. } | Budget::Bucket { .. } => {}
        }
    }

    /// Whether one more retry may be made; its price is paid at once.
    pub fn allows_retry(&mut self, now: Time) -> bool {
        match self {
            Budget::Finagle { balance, cost, reserve, .. } => {
                let enough = balance.sum(now) + *reserve >= *cost;
                if enough {
                    balance.add(now, -*cost);
                }
                enough
            }
            Budget::Grpc { tokens, most, .. } => *tokens > *most / 2,
            Budget::Bucket { tokens, .. } => {
                let enough = *tokens >= THOUSAND as i64;
                if enough {
                    *tokens -= THOUSAND as i64;
                }
                enough
            }
            Budget::Breaker { attempts, failures, share } => {
                failures.sum(now) as f64 <= *share * attempts.sum(now) as f64
            }
        }
    }

    /// Retries that could be made at once; `None` where that is no number.
    pub fn balance(&mut self, now: Time) -> Option<f64> {
        match self {
            Budget::Finagle { balance, cost, reserve, .. } => {
                Some(((balance.sum(now) + *reserve) / *cost) as f64)
            }
            Budget::Grpc { tokens, .. } | Budget::Bucket { tokens, .. } => Some(*tokens as f64 / THOUSAND),
            Budget::Breaker { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finagle(ttl: u64, reserve: f64, share: f64) -> Budget {
        Budget::new(&BudgetSettings::Finagle { ttl: Span::from_secs(ttl), reserve, share }, Time::ZERO)
    }

    /// Ten thousand calls at one instant, each with one retry if it may: twitter/finagle, `RetryBudgetTest`.
    fn retries(ttl: u64, reserve: f64, share: f64) -> usize {
        let mut budget = finagle(ttl, reserve, share);
        let call = |_| {
            budget.called(Time::ZERO);
            budget.allows_retry(Time::ZERO)
        };
        (0..10_000).map(call).filter(|&allowed| allowed).count()
    }

    #[test]
    fn finagle_counts_as_the_original_does() {
        assert_eq!(retries(60, 0.0, 0.5), 5_000);
        assert_eq!(retries(60, 0.0, 0.75), 7_501);
        assert_eq!(retries(60, 0.0, 0.01), 100);
        assert_eq!(retries(1, 10.0, 0.0), 10);
        assert_eq!(retries(2, 5.0, 0.5), 5_010);
        let mut generous = finagle(60, 0.0, 2.0);
        (0..10_000).for_each(|_| generous.called(Time::ZERO));
        assert_eq!(generous.balance(Time::ZERO), Some(20_000.0));
    }

    #[test]
    fn finagle_forgets_after_the_time_to_live() {
        let mut budget = finagle(10, 1.0, 0.2);
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        assert_eq!((0..20).filter(|_| budget.allows_retry(at(0))).count(), 10, "the reserve");
        assert!(!budget.allows_retry(at(9)));
        assert_eq!((0..20).filter(|_| budget.allows_retry(at(20))).count(), 10, "debts are forgotten too");
    }

    /// T-GRPC-1: four failures may be tried again, the fifth leaves half; a success brings it back.
    #[test]
    fn grpc_needs_more_than_half() {
        let mut budget = Budget::new(&BudgetSettings::Grpc { tokens: 10.0, ratio: 0.1 }, Time::ZERO);
        let failure = |budget: &mut Budget| {
            budget.failed(Time::ZERO);
            budget.allows_retry(Time::ZERO)
        };
        let first: Vec<bool> = (0..5).map(|_| failure(&mut budget)).collect();
        assert_eq!(first, [true, true, true, true, false]);
        budget.succeeded(Time::ZERO);
        assert!(budget.allows_retry(Time::ZERO));
        (0..50).for_each(|_| budget.failed(Time::ZERO));
        assert_eq!(budget.balance(Time::ZERO), Some(0.0));
        (0..1_000).for_each(|_| budget.succeeded(Time::ZERO));
        assert_eq!(budget.balance(Time::ZERO), Some(10.0));
    }

    #[test]
    fn a_breaker_of_retries_looks_at_the_share_that_failed() {
        let settings = BudgetSettings::Breaker { failures: 0.1, window: Span::from_secs(10) };
        let mut budget = Budget::new(&settings, Time::ZERO);
        (0..18).for_each(|_| budget.succeeded(Time::ZERO));
        (0..2).for_each(|_| budget.failed(Time::ZERO));
        assert!(budget.allows_retry(Time::ZERO), "10 % of 20");
        budget.failed(Time::ZERO);
        assert!(!budget.allows_retry(Time::ZERO));
        assert!(budget.allows_retry(Time::ZERO + Span::from_secs(60)), "nothing has failed lately");
    }
}
