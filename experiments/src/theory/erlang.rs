//! Erlang's two formulas for c servers and Poisson arrivals: what is lost (B), what has to wait (C).
//!
//! Source: A. K. Erlang (1917); the recursion is in Kleinrock, *Queueing Systems*, vol. 1 (1975), §3.5 and §3.6. It
//! divides and adds positive numbers only, so that it is stable for any number of servers.

/// Probability that an arrival finds all of `servers` busy and is lost, where `load` erlangs are offered and nobody
/// waits. Holds for any law of the service: only its mean counts.
///
/// ```
/// use archsim_experiments::theory::erlang::lost;
/// assert!((lost(10, 7.0) - 0.0787).abs() < 5e-5); // Any table of Erlang B
/// ```
pub fn lost(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |before, k| load * before / (f64::from(k) + load * before))
}

/// Probability that an arrival has to wait in M/M/c, where `load` erlangs are offered; 1 from `load` = `servers` on.
pub fn waits(servers: u32, load: f64) -> f64 {
    let rho = load / f64::from(servers);
    if rho >= 1.0 {
        return 1.0;
    }
    let lost = lost(servers, load);
    lost / (1.0 - rho * (1.0 - lost))
}

/// Mean number in M/M/c, those being served included; `None` where there is no steady state.
pub fn present(servers: u32, load: f64) -> Option<f64> {
    let rho = load / f64::from(servers);
    (rho < 1.0).then(|| load + waits(servers, load) * rho / (1.0 - rho))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, relative: f64) {
        assert!((found / expected - 1.0).abs() < relative, "{found} for {expected}");
    }

    #[test]
    fn small_cases_are_fractions_that_can_be_worked_out_by_hand() {
        // B(1, 1) = 1/2, B(2, 1) = 1/5, B(3, 2) = (8/6) ÷ (1 + 2 + 2 + 8/6) = 4/19.
        near(lost(1, 1.0), 0.5, 1e-14);
        near(lost(2, 1.0), 0.2, 1e-14);
        near(lost(3, 2.0), 4.0 / 19.0, 1e-14);
        // C(1, ρ) = ρ; C(2, 1) = 1/3.
        near(waits(1, 0.8), 0.8, 1e-14);
        near(waits(2, 1.0), 1.0 / 3.0, 1e-14);
        near(present(1, 0.8).unwrap(), 4.0, 1e-14);
        assert_eq!(present(2, 2.0), None);
    }

    #[test]
    fn many_servers_follow_halfin_and_whitt() {
        // Halfin & Whitt (1981): with c = a + β√a, C → 1 ÷ (1 + β Φ(β) ÷ φ(β)); for β = 1 that is 0.2234. The error is
        // of the order of 1/√c.
        for servers in [10_000_u32, 1_000_000] {
            let c = f64::from(servers);
            let root = f64::midpoint(-1.0, (1.0 + 4.0 * c).sqrt());
            near(waits(servers, root * root), 0.223_36, 2.0 / c.sqrt());
        }
    }
}
