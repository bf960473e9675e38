//! Batches that wait for a reader: while it has enough to read, small ones become one.
//!
//! Some plans give their rows a few at a time, such as the pairs of many rows with three. Whoever writes them out pays for each batch,
//! so such an answer would take ten times as long. Nothing is held back for it: a reader that waits gets what there is.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Schema};
use datafusion::error::Result;
use std::collections::VecDeque;

/// So many rows and bytes are put into one batch, at most, and so many batches wait.
const ROWS: usize = 8_192;
const BYTES: usize = 1 << 20;
const BATCHES: usize = 1_024;

/// The batches of one answer that wait, in their order.
pub(super) struct Together {
    waiting: VecDeque<(RecordBatch, usize)>,
    rows: usize,
    bytes: usize,
    /// Whether its batches can be put together without their parts being copied or sent more than once.
    joins: bool,
}

impl Together {
    /// None yet, of these columns.
    pub(super) fn new(schema: &Schema) -> Self {
        // Keys of a dictionary may have no room for the values of several, and views keep the whole of what each looks at.
        let apart = |kind: &DataType| {
            matches!(
                kind,
                DataType::Dictionary(..)
                    | DataType::Utf8View
                    | DataType::BinaryView
                    | DataType::ListView(_)
                    | DataType::LargeListView(_)
                    | DataType::RunEndEncoded(..)
            )
        };
        let joins = !schema.flattened_fields().into_iter().any(|field| apart(field.data_type()));
        Self { waiting: VecDeque::new(), rows: 0, bytes: 0, joins }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether one more may wait.
    pub(super) fn has_room(&self) -> bool {
        let few = self.joins && self.rows < ROWS && self.bytes < BYTES && self.waiting.len() < BATCHES;
        few || self.waiting.is_empty()
    }

    /// One more waits, of so many bytes.
    pub(super) fn push(&mut self, batch: RecordBatch, bytes: usize) {
        self.rows = self.rows.saturating_add(batch.num_rows());
        self.bytes = self.bytes.saturating_add(bytes);
        self.waiting.push_back((batch, bytes));
    }

    /// What a reader gets next: as many of the first ones as make a batch together. A large one stays as it is.
    ///
    /// # Errors
    /// When they are not of one schema.
    pub(super) fn pop(&mut self) -> Result<Option<RecordBatch>> {
        let (mut count, mut rows, mut bytes) = (0, 0_usize, 0_usize);
        for (batch, size) in &self.waiting {
            let (with_rows, with_bytes) = (rows.saturating_add(batch.num_rows()), bytes.saturating_add(*size));
            if count > 0 && (with_rows > ROWS || with_bytes > BYTES) {
                break;
            }
            (count, rows, bytes) = (count + 1, with_rows, with_bytes);
        }
        self.rows = self.rows.saturating_sub(rows);
        self.bytes = self.bytes.saturating_sub(bytes);
        let taken: Vec<RecordBatch> = self.waiting.drain(..count).map(|(batch, _)| batch).collect();
        match taken.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            [first, ..] => Ok(Some(concat_batches(&first.schema(), &taken)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array as _, ArrayRef, AsArray as _, DictionaryArray, Int64Array};
    use arrow::datatypes::{Int8Type, Int64Type};
    use std::ops::Range;
    use std::sync::Arc;

    fn batch(values: Range<i64>) -> RecordBatch {
        RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(values)) as ArrayRef)]).unwrap()
    }

    fn of(sizes: &[i64]) -> Together {
        let mut together = Together::new(&batch(0..0).schema());
        let mut next = 0;
        for size in sizes {
            assert!(together.has_room());
            together.push(batch(next..next + size), usize::try_from(*size).unwrap() * 8);
            next += size;
        }
        together
    }

    fn popped(mut together: Together) -> Vec<usize> {
        let (mut sizes, mut next) = (Vec::new(), 0);
        while let Some(batch) = together.pop().unwrap() {
            for value in batch.column(0).as_primitive::<Int64Type>().values() {
                assert_eq!(*value, next, "in their order, and each once");
                next += 1;
            }
            sizes.push(batch.num_rows());
        }
        assert!(together.is_empty() && together.rows == 0 && together.bytes == 0);
        sizes
    }

    #[test]
    fn small_batches_become_one_in_their_order_and_large_ones_stay() {
        assert_eq!(popped(of(&[])), [0; 0]);
        assert_eq!(popped(of(&[3, 3, 3])), [9]);
        assert_eq!(popped(of(&[3, 0, 8_192])), [3, 8_192]);
        assert_eq!(popped(of(&[8_000, 100])), [8_100]);
        assert_eq!(popped(of(&[8_000, 193])), [8_000, 193], "8,193 are more than one has");
        assert_eq!(popped(of(&[0, 0])), [0]);
        let large = of(&[9_000]);
        assert!(!large.has_room());
        assert_eq!(popped(large), [9_000]);
    }

    #[test]
    fn no_more_wait_than_may() {
        let mut together = of(&[0; BATCHES]);
        assert!(!together.has_room(), "of batches without rows, too");
        assert_eq!(together.pop().unwrap().unwrap().num_rows(), 0);
        let mut together = of(&[1]);
        together.push(batch(1..2), BYTES);
        assert!(!together.has_room());
        assert_eq!(popped(together), [1, 1], "long rows are not put together");
    }

    #[test]
    fn dictionaries_are_not_put_together() {
        let column = |text: &str| -> ArrayRef { Arc::new([text].into_iter().collect::<DictionaryArray<Int8Type>>()) };
        let batch = |text| RecordBatch::try_from_iter([("d", column(text))]).unwrap();
        let mut together = Together::new(&batch("a").schema());
        assert!(together.has_room());
        together.push(batch("a"), 1);
        assert!(!together.has_room());
        assert_eq!(together.pop().unwrap().unwrap().column(0).len(), 1);
        assert!(together.is_empty() && together.has_room());
    }
}
