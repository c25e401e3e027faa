//! M/M/c/K: c servers, at most K customers, the rest is turned away.
//!
//! Source: Kleinrock, *Queueing Systems*, vol. 1 (1975), §3.8; a birth-death process with λ up to K and min(n, c)·μ.

/// The steady state of M/M/c/K.
#[derive(Clone, Debug, PartialEq)]
pub struct Finite {
    /// Probability of n = 0 … K customers.
    pub probabilities: Vec<f64>,
}

impl Finite {
    /// With `servers`, room for `room` customers in all, and `load` erlangs offered.
    pub fn new(servers: u32, room: u32, load: f64) -> Self {
        // Weights relative to the largest one so far: no power is ever computed.
        let mut weights = vec![1.0];
        let mut last = 1.0;
        for n in 1..=room {
            last *= load / f64::from(n.min(servers));
            weights.push(last);
            if last > 1e200 {
                for weight in &mut weights {
                    *weight /= last;
                }
                last = 1.0;
            }
        }
        let total: f64 = weights.iter().sum();
        Finite { probabilities: weights.into_iter().map(|weight| weight / total).collect() }
    }

    /// Probability that an arrival is turned away: arrivals of a Poisson process see time averages.
    pub fn refused(&self) -> f64 {
        self.probabilities.last().copied().unwrap_or(1.0)
    }

    /// Mean number present.
    pub fn present(&self) -> f64 {
        self.probabilities.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang;

    #[test]
    fn without_waiting_room_it_is_erlang_b() {
        for (servers, load) in [(1, 0.5), (5, 4.0), (50, 60.0), (2_000, 1_990.0)] {
            let found = Finite::new(servers, servers, load).refused();
            assert!((found - erlang::lost(servers, load)).abs() < 1e-12, "{servers} {load}");
        }
    }

    #[test]
    fn one_server_has_a_closed_form() {
        // Kleinrock, eq. 3.41: p_n = (1 − ρ) ρⁿ ÷ (1 − ρ^(K + 1)).
        let (rho, room) = (2.0_f64, 10);
        let found = Finite::new(1, room, rho);
        for (n, p) in found.probabilities.iter().enumerate() {
            let expected = (1.0 - rho) * rho.powi(n as i32) / (1.0 - rho.powi(room as i32 + 1));
            assert!((p - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn much_room_and_much_load_do_not_overflow() {
        let found = Finite::new(10, 5_000, 1_000.0);
        assert!((found.present() - 4_999.99).abs() < 0.01);
        assert!((found.refused() - 0.99).abs() < 1e-9);
    }
}
