//! The standard exponential draw, by inversion, with a logarithm of its own.
//!
//! Half of what a simple queue costs is the logarithm in `-ln(1 - u)`. The one here knows that its
//! argument is one of the 2⁵³ numbers a stream can give, so it needs no special cases: a table for the
//! leading seven bits, a short series for the rest. It is within 2⁻⁵¹ of the true value, exact to a few
//! last digits for the shortest draws too, and twice as fast as `libm::log`. Like that, it uses only additions,
//! multiplications and bit operations, so its results do not depend on the platform.

use crate::random::Stream;

const BITS: u32 = 7;
const CELLS: usize = 1 << BITS;
const MANTISSA_BITS: u32 = 52;

/// For each cell of [1, 2) the inverse of a number near it, and that number's logarithm.
static TABLE: [(f64, f64); CELLS] = table();

const fn table() -> [(f64, f64); CELLS] {
    let mut cells = [(1.0, 0.0); CELLS];
    let mut cell = 1;
    while cell < CELLS - 1 {
        let middle = 1.0 + (cell as f64 + 0.5) / CELLS as f64;
        let inverse = 1.0 / middle;
        cells[cell] = (inverse, -logarithm(inverse));
        cell += 1;
    }
    // Around one, where the logarithm is nearly zero, nothing may be rounded away: the first cell counts
    // from one and the last from two.
    cells[CELLS - 1] = (0.5, std::f64::consts::LN_2);
    cells
}

/// The logarithm of a number between a half and two, by the series of the inverse hyperbolic tangent.
const fn logarithm(x: f64) -> f64 {
    let z = (x - 1.0) / (x + 1.0);
    let mut sum = 0.0;
    // The least terms first, so that rounding errors are those of the greatest alone.
    let mut power: i32 = 41;
    while power > 0 {
        sum = sum * z * z + 1.0 / power as f64;
        power -= 2;
    }
    2.0 * z * sum
}

/// A draw from the exponential distribution of mean one: from zero to 36.8, and never negative.
#[inline]
pub(crate) fn standard_exponential(stream: &mut Stream) -> f64 {
    negative_logarithm(stream.next_u64() >> 11)
}

/// `-ln(1 - bits / 2⁵³)` for `bits` below 2⁵³.
#[inline]
fn negative_logarithm(bits: u64) -> f64 {
    let float = ((1_i64 << 53) - bits as i64) as f64;
    let halvings = (1023 + 53) - (float.to_bits() >> MANTISSA_BITS) as i64;
    let mantissa = float.to_bits() & ((1 << MANTISSA_BITS) - 1);
    let (inverse, logarithm) = TABLE[(mantissa >> (MANTISSA_BITS - BITS)) as usize];
    let r = f64::from_bits(mantissa | 1.0_f64.to_bits()) * inverse - 1.0;
    let square = r * r;
    let tail = (r * (1.0 / 5.0) - 1.0 / 4.0) - square * (1.0 / 6.0);
    let series = r + square * ((r * (1.0 / 3.0) - 0.5) + square * tail);
    (halvings as f64 * std::f64::consts::LN_2 - logarithm) - series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bits: u64) {
        let exact = -libm::log1p(-(bits as f64) / 9_007_199_254_740_992.0);
        let found = negative_logarithm(bits);
        assert!(found >= 0.0, "{bits}: {found}");
        assert!(
            (found - exact).abs() <= exact * 4e-16 + if exact < 0.003 { 0.0 } else { 4.5e-16 },
            "{bits}: {found} for {exact}"
        );
    }

    #[test]
    fn the_logarithm_agrees_with_the_library() {
        const END: u64 = 1 << 53;
        (0..20_000).for_each(check);
        (1..=20_000).for_each(|n| check(END - n));
        (0..53).for_each(|power| check((1 << power) - 1));
        (0..53).for_each(|power| check(END - (1 << power)));
        let mut stream = Stream::named(1, 0, "logarithm");
        (0..200_000).for_each(|n| check(stream.next_u64() >> (11 + n % 40)));
        assert!(negative_logarithm(0).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_greater_number_never_gives_a_shorter_draw() {
        let mut stream = Stream::named(2, 0, "monotone");
        for _ in 0..200_000 {
            let bits = (stream.next_u64() >> 11).min((1 << 53) - 2);
            let step = 1 << stream.below(20);
            let next = (bits + step).min((1 << 53) - 1);
            assert!(negative_logarithm(bits) <= negative_logarithm(next) + 1e-15, "{bits}");
        }
    }
}
