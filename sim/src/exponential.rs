//! The standard exponential draw, by inversion, with a logarithm of its own.
//!
//! A good part of what a simple queue costs is the logarithm in `-ln(1 - u)`. The one here knows that its
//! argument is one of the 2⁵³ numbers a stream can give, so it needs no special cases: a table for the
//! leading bits, exponent and all, and a short series for the rest; the few arguments too small for the
//! table are brought into it. It is within 10⁻¹¹ of the true value, and within 10⁻⁹ of itself for the
//! shortest draws too: less than a nanosecond for means up to a minute. A draw takes 47
//! instructions, where `libm::log` makes it 126. Like that, it uses only additions, multiplications and bit
//! operations, so its results do not depend on the platform.

use crate::mutant;
use crate::random::Stream;

/// Two to this power cells an octave.
const BITS: u32 = 7;
const CELLS: usize = 1 << BITS;
/// The table has the octaves just below 2⁵³; all but one in sixty-four arguments lie there.
const OCTAVES: u32 = 6;
const ENTRIES: usize = OCTAVES as usize * CELLS + 1;

const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: u64 = 1023;
/// The leading bits of the table's least argument as a floating-point number.
const FIRST: u64 = (EXPONENT_BIAS + (53 - OCTAVES) as u64) << BITS;

/// For each cell the inverse of a number x near it, and `-ln(x / 2⁵³)`.
static TABLE: [(f64, f64); ENTRIES] = table();

const fn table() -> [(f64, f64); ENTRIES] {
    // Around 2⁵³, where the logarithm is nearly zero, nothing may be rounded away: the last cell below
    // it, and the one that holds nothing else, count from it exactly.
    let mut entries = [(UNIT, 0.0); ENTRIES];
    let mut entry = 0;
    while entry < ENTRIES - 2 {
        let middle = 1.0 + ((entry % CELLS) as f64 + 0.5) / CELLS as f64;
        let halvings = OCTAVES as usize - entry / CELLS;
        let inverse = 1.0 / middle;
        let scale = (1_u64 << halvings) as f64 * UNIT;
        entries[entry] = (inverse * scale, halvings as f64 * std::f64::consts::LN_2 + logarithm(inverse));
        entry += 1;
    }
    entries
}

/// 2⁻⁵³.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

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
    let scale = if mutant!("exponential-high") { 1.02 } else { 1.0 };
    scale * negative_logarithm((1 << 53) - (stream.next_u64() >> 11))
}

/// `-ln(x / 2⁵³)` for `x` from 1 to 2⁵³.
#[inline]
fn negative_logarithm(x: u64) -> f64 {
    // Signed, because processors convert signed numbers in one step.
    let float = x as i64 as f64;
    let entry = (float.to_bits() >> (MANTISSA_BITS - BITS)).wrapping_sub(FIRST);
    let Some(&(inverse, logarithm)) = TABLE.get(entry as usize) else {
        return negative_logarithm_below(x);
    };
    let r = float * inverse - 1.0;
    let square = r * r;
    let series = (0.5 - r * (1.0 / 3.0)) + square * 0.25;
    (logarithm - r) + square * series
}

/// For numbers below the table: as many octaves up as the table has.
#[cold]
#[inline(never)]
fn negative_logarithm_below(x: u64) -> f64 {
    f64::from(OCTAVES) * std::f64::consts::LN_2 + negative_logarithm(x << OCTAVES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: u64 = 1 << 53;

    fn check(x: u64) {
        let exact = -libm::log1p(-((END - x) as f64) / END as f64);
        let found = negative_logarithm(x);
        assert!(found >= 0.0, "{x}: {found}");
        // Near zero the error is a share of the value.
        assert!((found - exact).abs() <= f64::min(1e-11, 1e-9 * exact), "{x}: {found} for {exact}");
    }

    #[test]
    fn the_logarithm_agrees_with_the_library() {
        (1..=20_000).for_each(check);
        (1..=20_000).for_each(|n| check(END - n));
        (0..53).for_each(|power| check((1 << power) + 1));
        (0..53).for_each(|power| check(END - (1 << power)));
        let mut stream = Stream::named(1, 0, "logarithm");
        (0..200_000).for_each(|n| check(1 + (stream.next_u64() >> (11 + n % 40))));
        assert!(negative_logarithm(END).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_greater_number_never_gives_a_shorter_draw() {
        let mut stream = Stream::named(2, 0, "monotone");
        for _ in 0..200_000 {
            let x = 1 + (stream.next_u64() >> (11 + stream.below(50)));
            let less = x.saturating_sub(1 << stream.below(20)).max(1);
            assert!(negative_logarithm(less) >= negative_logarithm(x) - 1e-11, "{x}");
        }
    }
}
