//! Values that percentiles are taken of, gathered outside of a statement.

use super::value::{Fraction, Numbers, float_key};
use datafusion::common::Result;

/// Floats in any order, as keys that sort as they do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(Vec<u64>);

impl Values {
    /// Adds one.
    ///
    /// # Errors
    /// When it is not finite: it has no place among the others.
    pub(crate) fn push(&mut self, value: f64) -> Result<()> {
        self.0.push(float_key(value)?);
        Ok(())
    }

    /// Adds those of another.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// A percentile of them; `None` of nothing.
    pub(crate) fn percentile(&mut self, fraction: Fraction) -> Option<f64> {
        fraction.select(Numbers::Float, &mut self.0)
    }
}
