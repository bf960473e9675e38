//! Which percentiles are wanted of the same values, and the figures as they are given.

use super::value::{Fraction, Numbers};
use arrow::array::{ArrayRef, Float64Array, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use std::sync::Arc;

/// One figure for each group, or a struct of several.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    One(Fraction),
    Several(Vec<Fraction>),
}

impl Wanted {
    /// The figures of groups whose keys lie one after the other, each from one bound to the next.
    pub(super) fn figures(&self, numbers: Numbers, keys: &mut [u64], bounds: &[usize]) -> ArrayRef {
        match self {
            Wanted::One(fraction) => Arc::new(column(*fraction, numbers, keys, bounds)),
            Wanted::Several(fractions) => {
                let columns = fractions.iter().map(|fraction| column(*fraction, numbers, keys, bounds));
                let columns = columns.map(|column| Arc::new(column) as ArrayRef).collect();
                Arc::new(StructArray::new(fields(fractions.len()), columns, None))
            }
        }
    }
}

fn column(fraction: Fraction, numbers: Numbers, keys: &mut [u64], bounds: &[usize]) -> Float64Array {
    bounds.windows(2).map(|bounds| fraction.select(numbers, &mut keys[bounds[0]..bounds[1]])).collect()
}

/// What several percentiles are given as.
pub(super) fn type_of_several(count: usize) -> DataType {
    DataType::Struct(fields(count))
}

fn fields(count: usize) -> Fields {
    (0..count).map(|place| Field::new(field(place), DataType::Float64, true)).collect()
}

/// The name of the figure at a place.
pub(super) fn field(place: usize) -> String {
    format!("p{place}")
}
