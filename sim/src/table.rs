//! A table of measured lengths of time with their weights, drawn from as often as they weigh.
//!
//! ```
//! use archsim_sim::{Span, Stream, Table};
//! let measured = Table::new(vec![(Span::from_millis(2), 9.0), (Span::from_millis(50), 1.0)])?;
//! assert!((measured.mean() - 6.8e6).abs() < 1e-6);
//! let draw = measured.sample(&mut Stream::named(1, 0, "measured"));
//! assert!(draw == Span::from_millis(2) || draw == Span::from_millis(50));
//! # Ok::<(), archsim_sim::TableError>(())
//! ```

use std::error::Error;
use std::fmt;

use crate::random::Stream;
use crate::time::Span;

/// Values with weights, in ascending order of value.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    values: Vec<Span>,
    /// The weight of each value and of all before it.
    cumulative: Vec<f64>,
}

/// Why a table cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// There are no values, or none weighs anything.
    Empty,
    /// The weight at this place of the list is negative, infinite or not a number.
    BadWeight(usize),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableError::Empty => f.write_str("no value has a weight above zero: give at least one"),
            TableError::BadWeight(place) => {
                write!(f, "the weight at place {place} (from zero) must be a finite number, zero or above")
            }
        }
    }
}

impl Error for TableError {}

impl Table {
    /// A table of values and weights in any order; weights need not add up to one.
    pub fn new(mut values: Vec<(Span, f64)>) -> Result<Self, TableError> {
        if let Some(place) = values.iter().position(|&(_, weight)| !(weight.is_finite() && weight >= 0.0)) {
            return Err(TableError::BadWeight(place));
        }
        values.retain(|&(_, weight)| weight > 0.0);
        values.sort_by_key(|&(value, _)| value);
        let mut total = 0.0;
        let cumulative: Vec<f64> = values
            .iter()
            .map(|&(_, weight)| {
                total += weight;
                total
            })
            .collect();
        if cumulative.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(Table { values: values.into_iter().map(|(value, _)| value).collect(), cumulative })
    }

    /// Draws a value by inversion: a greater random number never gives a lesser value.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        let drawn = stream.unit() * self.total();
        let place = self.cumulative.partition_point(|&weight| weight <= drawn);
        self.values[place.min(self.values.len() - 1)]
    }

    /// The mean, in nanoseconds.
    pub fn mean(&self) -> f64 {
        self.weighted_mean(|nanos| nanos)
    }

    /// The variance, in nanoseconds squared.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.weighted_mean(|nanos| (nanos - mean) * (nanos - mean))
    }

    /// The table with every value multiplied by `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Table {
        let values = self.values.iter().map(|value| value.scaled(factor)).collect();
        Table { values, cumulative: self.cumulative.clone() }
    }

    fn total(&self) -> f64 {
        self.cumulative[self.cumulative.len() - 1]
    }

    fn weighted_mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for (value, &cumulative) in self.values.iter().zip(&self.cumulative) {
            sum += of(value.as_nanos() as f64) * (cumulative - before);
            before = cumulative;
        }
        sum / self.total()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_drawn_as_often_as_they_weigh() {
        let span = Span::from_nanos;
        let table = Table::new(vec![(span(7), 3.0), (span(5), 0.0), (span(2), 1.0)]).expect("a good table");
        let mut stream = Stream::named(5, 0, "table");
        let sevens = (0..40_000).filter(|_| table.sample(&mut stream) == span(7)).count();
        assert!(sevens.abs_diff(30_000) < 5 * 87, "{sevens}");
        assert!((table.mean() - 5.75).abs() < 1e-12);
        assert!((table.variance() - 4.6875).abs() < 1e-12);
    }

    #[test]
    fn bad_tables_say_what_is_wrong() {
        let span = Span::from_nanos;
        assert_eq!(Table::new(vec![]), Err(TableError::Empty));
        assert_eq!(Table::new(vec![(span(1), 0.0)]), Err(TableError::Empty));
        assert_eq!(Table::new(vec![(span(1), 1.0), (span(2), f64::NAN)]), Err(TableError::BadWeight(1)));
        assert!(TableError::BadWeight(1).to_string().contains("place 1"));
    }
}
