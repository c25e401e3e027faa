//! How densely values lie, as a smooth curve.

/// The density of `values` at `steps` places from the smallest to the largest value, scaled to a peak of 1.
///
/// A Gaussian kernel with 0.6 of Silverman's bandwidth, narrow enough that two heaps stay two; the curve
/// ends at the data's own ends. Empty if the values do not differ.
pub fn density(values: &[f64], steps: usize) -> Vec<(f64, f64)> {
    let count = values.len() as f64;
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    if values.len() < 3 || steps < 2 || high - low <= 1e-12 * high.abs().max(1e-12) {
        return Vec::new();
    }
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    let width = (0.6 * 1.06 * variance.sqrt() * libm::pow(count, -0.2)).max((high - low) / 200.0);
    let heights: Vec<(f64, f64)> = (0..steps)
        .map(|step| {
            let place = low + (high - low) * step as f64 / (steps - 1) as f64;
            let kernel = |value: &f64| {
                let distance = (place - value) / width;
                libm::exp(-0.5 * distance * distance)
            };
            (place, values.iter().map(kernel).sum::<f64>())
        })
        .collect();
    let peak = heights.iter().fold(0.0, |peak: f64, (_, height)| peak.max(*height));
    heights.into_iter().map(|(place, height)| (place, height / peak)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_heaps_stay_two() {
        let values: Vec<f64> =
            (0..20).map(|i| f64::from(i % 10) * 0.1 + if i < 10 { 0.0 } else { 9.0 }).collect();
        let curve = density(&values, 101);
        let middle = curve[50].1;
        assert!(middle < 0.05, "{middle}");
        assert!(curve.iter().any(|(place, height)| *place < 2.0 && *height > 0.8));
        assert!(curve.iter().any(|(place, height)| *place > 8.0 && *height > 0.8));
    }

    #[test]
    fn equal_values_have_no_curve() {
        assert!(density(&[0.5; 20], 50).is_empty());
    }
}
