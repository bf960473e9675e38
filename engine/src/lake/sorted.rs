//! Rows in order, without a second copy of them: the batches stay as they came, beside the places of their rows.

use crate::Result;
use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, SortOptions, concat, interleave_record_batch, lexsort_to_indices};
use std::ops::Range;
use std::sync::Arc;

/// Ascending, NULLs first: the order that every data file is in, and that queries may rely on.
pub(crate) const ORDER: SortOptions = SortOptions { descending: false, nulls_first: true };

/// Rows of several batches in one order.
pub(crate) struct Sorted {
    batches: Vec<RecordBatch>,
    order: Vec<(usize, usize)>,
}

impl Sorted {
    /// Rows by the values of `columns`; rows alike in them keep their order.
    pub(crate) fn by(columns: &[&str], batches: Vec<RecordBatch>) -> Result<Self> {
        let places: Vec<(usize, usize)> =
            batches.iter().enumerate().flat_map(|(b, batch)| (0..batch.num_rows()).map(move |row| (b, row))).collect();
        if places.len() < 2 || columns.is_empty() {
            return Ok(Self { batches, order: places });
        }
        let mut keys = Vec::with_capacity(columns.len() + 1);
        for name in columns {
            let parts = batches
                .iter()
                .map(|batch| Ok(batch.column(batch.schema().index_of(name)?).as_ref()))
                .collect::<Result<Vec<_>>>()?;
            keys.push(SortColumn { values: concat(&parts)?, options: Some(ORDER) });
        }
        let came: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..places.len() as u32));
        keys.push(SortColumn { values: came, options: Some(ORDER) });
        let order = lexsort_to_indices(&keys, None)?.values().iter().map(|place| places[*place as usize]).collect();
        Ok(Self { batches, order })
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Some of the rows, in order. There must be rows at all.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<RecordBatch> {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok(interleave_record_batch(&batches, &self.order[rows])?)
    }
}
