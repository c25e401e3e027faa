//! Quantiles of the distributions behind the intervals, guarded where the library's own go wrong.
//!
//! The cumulative functions come from `statrs`. Two of its inverses do not: `StudentsT::inverse_cdf` drifts
//! beyond 10⁴ degrees of freedom and hardly ends beyond 10⁸, and `Beta::inverse_cdf` does not end for shapes
//! like (1, 3·10⁸). Here the first is replaced by its expansion, the second by bisection, which always ends.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::beta_reg;

/// From here on Student's t is taken from its expansion around the normal distribution.
const T_EXPANSION_FROM: f64 = 1e4;

/// The quantile of the standard normal distribution at `probability`, which lies in (0, 1).
pub fn normal(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// The quantile of Student's t distribution with `freedom` degrees of freedom (at least 1).
pub fn student_t(freedom: f64, probability: f64) -> f64 {
    if freedom < T_EXPANSION_FROM
        && let Ok(distribution) = StudentsT::new(0.0, 1.0, freedom)
    {
        return distribution.inverse_cdf(probability);
    }
    let z = normal(probability);
    z + (z * z * z + z) / (4.0 * freedom)
}

/// The quantile of the beta distribution with shapes `a` and `b`, both above zero.
pub fn beta(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Every step halves the gap; it ends at thirteen digits, or at zero.
    while high - low > 1e-13 * high {
        let middle = low + (high - low) / 2.0;
        if high < f64::MIN_POSITIVE {
            return 0.0;
        }
        if beta_reg(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

/// The probability of at most `hits` hits in `trials` trials, each with this `probability` in (0, 1).
pub fn binomial_at_most(hits: u64, trials: u64, probability: f64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    beta_reg((trials - hits) as f64, hits as f64 + 1.0, 1.0 - probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-7, "{found} is not {expected}");
    }

    #[test]
    fn students_t_agrees_with_tables_at_any_degrees_of_freedom() {
        close(student_t(1.0, 0.975), 12.706_204_736);
        close(student_t(7.0, 0.975), 2.364_624_252);
        close(student_t(29.0, 0.975), 2.045_229_642);
        // Computed with scipy.stats.t.ppf.
        close(student_t(1e6, 0.975), 1.959_966_357);
        close(student_t(1e12, 0.975), 1.959_963_985);
    }

    #[test]
    fn binomial_probabilities_add_up() {
        close(binomial_at_most(0, 3, 0.5), 0.125);
        close(binomial_at_most(1, 3, 0.5), 0.5);
        close(binomial_at_most(5, 20, 0.5), 0.020_694_732);
        close(binomial_at_most(3, 3, 0.5), 1.0);
    }

    #[test]
    fn both_sides_of_the_expansion_meet() {
        close(student_t(T_EXPANSION_FROM - 1.0, 0.975), student_t(T_EXPANSION_FROM, 0.975));
    }

    #[test]
    fn beta_quantiles_invert_their_distribution_and_always_end() {
        for (a, b) in [(0.5, 3.0), (150.0, 31.0), (1e5, 1e5), (599_990.0, 11.0)] {
            for probability in [0.005, 0.025, 0.5, 0.975] {
                close(beta_reg(a, b, beta(a, b, probability)), probability);
            }
        }
        // Beta(1, n) has a closed form. The library's inverse hangs here.
        let n = 3e8;
        assert!((beta(1.0, n, 0.975) * n + libm::log(0.025)).abs() < 1e-5);
    }
}
