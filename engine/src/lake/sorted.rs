//! Rows in order, without a second copy of them: the batches stay as they came, beside the places of their rows.

use crate::Result;
use arrow::array::{Array as _, RecordBatch};
use arrow::compute::{SortOptions, concat, interleave_record_batch};
use arrow::row::{RowConverter, SortField};
use std::ops::Range;

/// Ascending, NULLs first: the order that every data file is in, and that queries may rely on.
pub(crate) const ORDER: SortOptions = SortOptions { descending: false, nulls_first: true };

/// Rows of several batches in one order.
pub(crate) struct Sorted {
    batches: Vec<RecordBatch>,
    order: Vec<(usize, usize)>,
    /// Whether they came in that order, in one batch.
    as_is: bool,
}

impl Sorted {
    /// Rows by the values of `columns`; rows alike in them keep their order.
    pub(crate) fn by(columns: &[&str], batches: Vec<RecordBatch>) -> Result<Self> {
        let places: Vec<(usize, usize)> =
            batches.iter().enumerate().flat_map(|(b, batch)| (0..batch.num_rows()).map(move |row| (b, row))).collect();
        if places.len() < 2 || columns.is_empty() {
            return Ok(Self { as_is: batches.len() == 1, batches, order: places });
        }
        let mut keys = Vec::with_capacity(columns.len());
        for name in columns {
            let parts = batches
                .iter()
                .map(|batch| Ok(batch.column(batch.schema().index_of(name)?).as_ref()))
                .collect::<Result<Vec<_>>>()?;
            keys.push(concat(&parts)?);
        }
        // Bytes for each row, which compare as its keys do: one comparison in the place of one a key.
        let fields = keys.iter().map(|key| SortField::new_with_options(key.data_type().clone(), ORDER)).collect();
        let rows = RowConverter::new(fields)?.convert_columns(&keys)?;
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|one, other| rows.row(*one).cmp(&rows.row(*other)));
        let as_is = batches.len() == 1 && order.is_sorted();
        let order = order.into_iter().map(|place| places[place]).collect();
        Ok(Self { batches, order, as_is })
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Some of the rows, in order. There must be rows at all.
    pub(crate) fn slice(&self, rows: Range<usize>) -> Result<RecordBatch> {
        if let [batch] = self.batches.as_slice()
            && self.as_is
        {
            return Ok(batch.slice(rows.start, rows.len()));
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok(interleave_record_batch(&batches, &self.order[rows])?)
    }
}
