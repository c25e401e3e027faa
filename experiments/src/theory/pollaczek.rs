//! M/G/1, first come first served: the formula of Pollaczek and Khinchine.
//!
//! Source: F. Pollaczek (1930), A. Khinchine (1932); Kleinrock, *Queueing Systems*, vol. 1 (1975), §5.6.

/// Mean time in the queue: λ·E\[S²\] ÷ (2·(1 − ρ)), with `rate` arrivals per second whose service has the mean `mean`
/// (seconds) and the second moment `square` (seconds squared). `None` where there is no steady state.
pub fn wait(rate: f64, mean: f64, square: f64) -> Option<f64> {
    let rho = rate * mean;
    (rho < 1.0).then(|| rate * square / (2.0 * (1.0 - rho)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_service_gives_m_m_1_and_constant_service_half_its_wait() {
        let (rate, mean) = (80.0, 0.01);
        let exponential = wait(rate, mean, 2.0 * mean * mean).unwrap();
        assert!((exponential - 0.8 * 0.01 / 0.2).abs() < 1e-15);
        let constant = wait(rate, mean, mean * mean).unwrap();
        assert!((constant - exponential / 2.0).abs() < 1e-15);
        assert_eq!(wait(100.0, 0.01, 0.0002), None);
    }
}
