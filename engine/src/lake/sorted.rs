//! Rows in order, without a second copy of them: the batches stay as they came, beside the places of their rows.

use crate::Result;
use arrow::array::{Array as _, RecordBatch, UInt64Array};
use arrow::compute::{SortOptions, concat, interleave_record_batch, take_record_batch};
use arrow::row::{RowConverter, Rows, SortField};
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
        let shared = shared(&rows);
        let mut order: Vec<(u128, usize)> = rows.iter().map(|row| head(row.data(), shared)).zip(0..).collect();
        order.sort_by(|(first, one), (second, other)| {
            first.cmp(second).then_with(|| rows.row(*one).cmp(&rows.row(*other)))
        });
        let as_is = batches.len() == 1 && order.is_sorted_by_key(|(_, place)| *place);
        let order = order.into_iter().map(|(_, place)| places[place]).collect();
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
        self.picked(&self.order[rows])
    }

    /// Some of the rows, from all over, and no more than so many. There must be rows at all.
    pub(crate) fn sample(&self, rows: Range<usize>, most: usize) -> Result<RecordBatch> {
        let step = rows.len().div_ceil(most).max(1);
        self.picked(&self.order[rows].iter().copied().step_by(step).collect::<Vec<_>>())
    }

    fn picked(&self, places: &[(usize, usize)]) -> Result<RecordBatch> {
        // Out of one batch, which it mostly is, rows are taken sooner than out of several.
        if let [batch] = self.batches.as_slice() {
            let rows = UInt64Array::from_iter_values(places.iter().map(|(_, row)| *row as u64));
            return Ok(take_record_batch(batch, &rows)?);
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok(interleave_record_batch(&batches, places)?)
    }
}

/// With how many bytes all keys begin alike: ids of one source do for long.
fn shared(keys: &Rows) -> usize {
    let mut keys = keys.iter().map(|key| key.data());
    let Some(first) = keys.next() else { return 0 };
    keys.fold(first.len(), |shared, key| {
        first.iter().zip(key).take(shared).take_while(|(one, other)| one == other).count()
    })
}

/// The bytes of a key that follow on those: they mostly tell two keys apart, and stand beside the place that they are sorted with.
fn head(key: &[u8], shared: usize) -> u128 {
    let mut head = [0; size_of::<u128>()];
    // One that ends sooner comes before those that go on.
    head.iter_mut().zip(key.iter().skip(shared)).for_each(|(to, byte)| *to = *byte);
    u128::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, AsArray as _, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;
    use std::sync::Arc;

    fn batch(rows: &[(Option<&str>, i64)]) -> RecordBatch {
        let texts: StringArray = rows.iter().map(|(text, _)| *text).collect();
        let numbers: Int64Array = rows.iter().map(|(_, number)| Some(*number)).collect();
        RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef), ("number", Arc::new(numbers))]).unwrap()
    }

    /// The numbers of all rows, by the text of each and the order in which they came.
    fn sorted(batches: &[&[(Option<&str>, i64)]]) -> Vec<i64> {
        let sorted = Sorted::by(&["text"], batches.iter().map(|rows| batch(rows)).collect()).unwrap();
        let rows = sorted.slice(0..sorted.len()).unwrap();
        rows.column(1).as_primitive::<Int64Type>().values().to_vec()
    }

    #[test]
    fn rows_stand_by_their_keys_however_late_these_differ() {
        let long = "github:acme:".repeat(9);
        let [a, b, c] = ["1", "2", "10"].map(|end| format!("{long}{end}"));
        let (a, b, c) = (Some(a.as_str()), Some(b.as_str()), Some(c.as_str()));
        assert_eq!(sorted(&[&[(b, 1), (a, 2)], &[(c, 3)]]), [2, 3, 1], "1, 10, 2");
        assert_eq!(sorted(&[&[(b, 1), (None, 2), (a, 3)], &[(Some(""), 4)]]), [2, 4, 3, 1], "NULL, nothing, 1, 2");
        assert_eq!(sorted(&[&[(Some("b"), 1), (Some("a"), 2), (Some("\u{0}"), 3), (Some(""), 4)]]), [4, 3, 2, 1]);
        assert_eq!(sorted(&[&[(Some(long.as_str()), 1), (a, 2)], &[(Some("github"), 3)]]), [3, 1, 2]);
        // The same bytes where heads are taken, and others behind: 20 letters after what all share.
        let far = |end: &str| format!("x{}{end}", "y".repeat(20));
        let (m, n) = (far("m"), far("n"));
        assert_eq!(sorted(&[&[(Some(n.as_str()), 1), (Some("xa"), 2), (Some(m.as_str()), 3)]]), [2, 3, 1]);
    }

    #[test]
    fn rows_alike_keep_the_order_in_which_they_came() {
        assert_eq!(sorted(&[&[(Some("b"), 1), (Some("a"), 2)], &[(Some("b"), 3), (Some("a"), 4)]]), [2, 4, 1, 3]);
        assert_eq!(sorted(&[&[(Some("a"), 1), (Some("a"), 2), (Some("a"), 3)]]), [1, 2, 3]);
        assert_eq!(sorted(&[&[(Some("a"), 1)]]), [1]);
    }
}
