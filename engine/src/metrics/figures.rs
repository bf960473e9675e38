//! Figures as `sql/ask.sql` returns them.

use super::Figure;
use crate::{Error, Result};
use arrow::array::{Array as _, AsArray as _, Float64Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use std::collections::HashMap;

/// The figures of each key by the start of their period; the whole span has none.
pub(super) type Measured = HashMap<Option<String>, HashMap<Option<i64>, Figure>>;

/// The rows of `sql/ask.sql`. A row whose period is NULL without being a total holds what no time is known of: it is in the
/// total, and in no period.
pub(super) fn measured(batches: &[RecordBatch]) -> Result<Measured> {
    let mut all = Measured::new();
    for batch in batches {
        read(batch, &mut all)?;
    }
    Ok(all)
}

fn read(batch: &RecordBatch, all: &mut Measured) -> Result<()> {
    let column = |name: &str| {
        batch.column_by_name(name).ok_or_else(|| Error::Question(format!("the figures came without `{name}`")))
    };
    let ints = |name: &str| -> Result<Int64Array> {
        Ok(cast(column(name)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
    };
    let floats = |name: &str| -> Result<Float64Array> {
        Ok(cast(column(name)?, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
    };
    let keys = cast(column("key")?, &DataType::Utf8)?;
    let keys = keys.as_string::<i32>();
    let starts = cast(column("period")?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let starts = starts.as_primitive::<TimestampMicrosecondType>();
    let (totals, n, open, excluded) = (ints("is_total")?, ints("n")?, ints("open")?, ints("excluded")?);
    let (median, p90) = (floats("median")?, floats("p90")?);
    let (numerator, denominator) = (floats("numerator")?, floats("denominator")?);
    let maybe = |array: &Float64Array, i: usize| array.is_valid(i).then(|| array.value(i));
    for i in 0..batch.num_rows() {
        let is_total = totals.value(i) == 1;
        if !is_total && starts.is_null(i) {
            continue;
        }
        let figure = Figure {
            value: None,
            n: n.value(i),
            numerator: maybe(&numerator, i),
            denominator: maybe(&denominator, i),
            median: maybe(&median, i),
            p90: maybe(&p90, i),
            open: open.value(i),
            excluded: excluded.value(i),
            standings: Vec::new(),
        };
        let key = keys.is_valid(i).then(|| keys.value(i).to_owned());
        all.entry(key).or_default().insert((!is_total).then(|| starts.value(i)), figure);
    }
    Ok(())
}
