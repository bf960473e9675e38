//! Rows whose arrays `unnest` unfolds: beside each value of an array stand all others of its row, and those of one row are made at once, by no
//! pool. So each row is measured before.

use super::bounded::size;
use super::through::Through;
use crate::Error;
use arrow::array::{Array as _, ArrayData, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::unnest::{ListUnnest, UnnestExec};
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

/// The most bytes that one row may become.
const MOST_BYTES: usize = 256 << 20;

/// An operator that unfolds arrays, with its rows measured; any other as it is.
pub(super) fn measured(node: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(unnest) = (node.as_ref() as &dyn Any).downcast_ref::<UnnestExec>() else { return Ok(node) };
    let lists: Arc<[ListUnnest]> = unnest.list_column_indices().into();
    let input = Through::of(Arc::clone(unnest.input()), "Unfolding", None, move |_, _| {
        let lists = Arc::clone(&lists);
        Box::new(move |batch| check(batch, &lists))
    });
    node.replace_children(vec![input], ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// Refuses a row of which more would be made than may be.
fn check(batch: &RecordBatch, lists: &[ListUnnest]) -> Result<()> {
    let is_unfolded = |at: usize| lists.iter().any(|list| list.index_in_input_schema == at);
    let beside = batch.columns().iter().enumerate().filter(|(at, _)| !is_unfolded(*at));
    let beside: Vec<&ArrayRef> = beside.map(|(_, column)| column).collect();
    let of_all = beside.iter().fold(0_usize, |sum, column| sum.saturating_add(size(column)));
    for row in 0..batch.num_rows() {
        let unfolded = |list: &ListUnnest| values(batch.column(list.index_in_input_schema), row..row + 1, list.depth);
        let times = lists.iter().map(unfolded).max().unwrap_or_default();
        // Of most batches all rows together are small enough.
        if times.saturating_mul(of_all) <= MOST_BYTES {
            continue;
        }
        let of_row = beside.iter().fold(0_usize, |sum, column| sum.saturating_add(size(&column.slice(row, 1))));
        if times.saturating_mul(of_row) > MOST_BYTES {
            return Err(DataFusionError::External(Box::new(Error::Question(format!(
                "`unnest` repeats a row's other values for each value of its array, which of one row comes to more than {} MiB: leave out those that are long, and join them to what comes of it",
                MOST_BYTES >> 20
            )))));
        }
    }
    Ok(())
}

/// How many values some rows of an array come to, so deep.
fn values(array: &ArrayRef, rows: Range<usize>, depth: usize) -> usize {
    let (within, part) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            (list.values(), offsets[rows.start] as usize..offsets[rows.end] as usize)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            (list.values(), offsets[rows.start] as usize..offsets[rows.end] as usize)
        }
        DataType::FixedSizeList(_, length) => {
            let length = *length as usize;
            (array.as_fixed_size_list().values(), rows.start * length..rows.end * length)
        }
        // All that there are, since each row may be of any of them.
        DataType::ListView(_) | DataType::LargeListView(_) => {
            return array.to_data().child_data().first().map_or(0, ArrayData::len);
        }
        _ => return rows.len(),
    };
    if depth <= 1 { part.len() } else { values(within, part, depth - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{refusal, session};
    use arrow::array::{Int64Builder, ListBuilder, StringArray};

    #[test]
    fn values_are_counted_for_each_row_and_so_deep_as_they_are_unfolded() {
        let mut nested = ListBuilder::new(ListBuilder::new(Int64Builder::new()));
        nested.values().append_value([Some(1_i64), Some(2)]);
        nested.values().append_value([Some(3_i64)]);
        nested.append(true);
        nested.values().append_value([Some(4_i64), Some(5), None, Some(7)]);
        nested.append(true);
        nested.append(false);
        let nested = Arc::new(nested.finish()) as ArrayRef;
        let of = |array: &ArrayRef, row: usize| [1, 2].map(|depth| values(array, row..row + 1, depth));
        assert_eq!([of(&nested, 0), of(&nested, 1), of(&nested, 2)], [[2, 3], [1, 4], [0, 0]]);
        assert_eq!(of(&nested.slice(1, 1), 0), [1, 4]);
        // A text of eighty million letters is not too long for the row of three values, and is for the one of four.
        let long = "x".repeat(80_000_000);
        let lists = [ListUnnest { index_in_input_schema: 0, depth: 2 }];
        for (at, fits) in [(0, true), (1, false), (2, true)] {
            let texts = StringArray::from_iter_values((0..3).map(|row| if row == at { long.as_str() } else { "" }));
            let texts = Arc::new(texts) as ArrayRef;
            let batch =
                RecordBatch::try_from_iter_with_nullable([("v", Arc::clone(&nested), true), ("t", texts, true)]);
            assert_eq!(check(&batch.unwrap(), &lists).is_ok(), fits, "{at}");
        }
    }

    #[tokio::test]
    async fn what_unnest_makes_of_one_row_has_a_bound() {
        let session = session();
        // A text of a hundred thousand letters, twenty thousand times over.
        let gathered =
            "SELECT array_agg(value) AS v, string_agg(CAST(value AS TEXT), ',') AS t FROM generate_series(1, 20000)";
        let text = format!("SELECT sum(length(t)) FROM (SELECT unnest(v) AS x, t FROM ({gathered}) AS g) AS u");
        let why = refusal(&session, &text).await;
        assert!(why.contains("`unnest` repeats a row's other values") && why.contains("256 MiB"), "{why}");
        for text in [
            format!("SELECT count(x) FROM (SELECT unnest(v) AS x, length(t) AS n FROM ({gathered}) AS g) AS u"),
            "SELECT id, unnest([1, 2, 3]) AS n FROM changes".to_owned(),
        ] {
            session.collect(&text).await.unwrap();
        }
    }
}
