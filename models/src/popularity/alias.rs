//! Any probabilities: Walker's alias table (1977), built by Vose's method (1991). One draw, two look-ups.

use archsim_sim::Stream;

/// For each item a column: itself up to its height, another above.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    columns: Vec<Column>,
    probabilities: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    height: f64,
    other: u32,
}

impl Alias {
    pub fn new(weights: &[f64]) -> Self {
        assert!(
            weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0),
            "weights are not negative"
        );
        let total: f64 = weights.iter().sum();
        assert!(total > 0.0, "some item is asked for");
        let probabilities: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let n = probabilities.len() as f64;
        let mut columns: Vec<Column> = probabilities
            .iter()
            .enumerate()
            .map(|(item, p)| Column { height: p * n, other: item as u32 })
            .collect();
        let (mut low, mut high): (Vec<u32>, Vec<u32>) =
            (0..columns.len() as u32).partition(|&item| columns[item as usize].height < 1.0);
        while let (Some(&small), Some(&large)) = (low.last(), high.last()) {
            low.pop();
            columns[small as usize].other = large;
            columns[large as usize].height -= 1.0 - columns[small as usize].height;
            if columns[large as usize].height < 1.0 {
                high.pop();
                low.push(large);
            }
        }
        // What is left differs from 1 by rounding only.
        for item in low.into_iter().chain(high) {
            columns[item as usize].height = 1.0;
        }
        Alias { columns, probabilities }
    }

    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        // The whole part chooses the column, the rest is the height.
        let drawn = stream.unit() * self.columns.len() as f64;
        let item = (drawn as usize).min(self.columns.len() - 1);
        let Column { height, other } = self.columns[item];
        if drawn - (item as f64) < height { item as u32 } else { other }
    }

    pub fn probability(&self, item: u32) -> f64 {
        self.probabilities[item as usize]
    }
}
