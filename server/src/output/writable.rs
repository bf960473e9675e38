//! What a format has no place for, told as such: types that it does not have, and times that no calendar has a text for.

use super::Format;
use crate::{Error, Result};
use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, IntervalUnit, Schema, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampSecondType,
};
use chrono::DateTime;

const DAY: i64 = 86_400;

/// Whether the format has a place for each of these columns.
///
/// # Errors
/// [`Error::Usage`], which says of which it has none.
pub(super) fn types(format: Format, schema: &Schema) -> Result<()> {
    let lacking = schema.fields().iter().find_map(|field| Some((field, lacks(format, field.data_type())?)));
    match lacking {
        None => Ok(()),
        Some((field, why)) => Err(Error::Usage(format!("the column `{}` {why}", field.name()))),
    }
}

/// Why the format has no place for values of a type.
fn lacks(format: Format, kind: &DataType) -> Option<&'static str> {
    let is_json = matches!(format, Format::Json | Format::Ndjson | Format::JsonColumns);
    match kind {
        DataType::Map(entries, _) if is_json && !has_text_keys(entries.data_type()) => Some(
            "has maps whose keys are no texts, and an object of JSON has no others: take them apart by map_keys and map_values, or ask for another format",
        ),
        DataType::Interval(IntervalUnit::MonthDayNano) if format == Format::Parquet => Some(
            "has intervals of months, days and parts of a second, which Parquet has no type for: CAST them to TEXT, take extract(epoch FROM …), or ask for another format",
        ),
        DataType::Union(..) if is_json || format == Format::Parquet => {
            Some("has values of several types, which this format has no type for: CAST them to one, or ask for Arrow")
        }
        DataType::Struct(fields) => fields.iter().find_map(|field| lacks(format, field.data_type())),
        DataType::List(of)
        | DataType::LargeList(of)
        | DataType::FixedSizeList(of, _)
        | DataType::ListView(of)
        | DataType::LargeListView(of)
        | DataType::RunEndEncoded(_, of)
        | DataType::Map(of, _) => lacks(format, of.data_type()),
        DataType::Dictionary(_, of) => lacks(format, of),
        _ => None,
    }
}

fn has_text_keys(entries: &DataType) -> bool {
    let DataType::Struct(fields) = entries else { return false };
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    fields.first().is_some_and(|key| is_text(key.data_type()))
}

/// Whether text can tell each day and time of these rows.
///
/// # Errors
/// [`Error::Usage`], which says in which column one is that it cannot.
pub(super) fn times(batch: &RecordBatch) -> Result<()> {
    let schema = batch.schema();
    let untold = schema.fields().iter().zip(batch.columns()).find(|(_, column)| !are_told(column.as_ref()));
    match untold {
        None => Ok(()),
        Some((field, _)) => Err(Error::Usage(format!(
            "the column `{}` has a time beyond the year 262,142, which no text tells: see whether it was made of the right unit, as by to_timestamp_millis or to_timestamp_micros, or ask for Arrow or Parquet",
            field.name()
        ))),
    }
}

fn are_told(column: &dyn Array) -> bool {
    match column.data_type() {
        DataType::Date32 => are_within::<Date32Type>(column, |days| days.saturating_mul(DAY)),
        DataType::Date64 => are_within::<Date64Type>(column, |at| at.div_euclid(1_000)),
        DataType::Timestamp(TimeUnit::Second, _) => are_within::<TimestampSecondType>(column, |at| at),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            are_within::<TimestampMillisecondType>(column, |at| at.div_euclid(1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            are_within::<TimestampMicrosecondType>(column, |at| at.div_euclid(1_000_000))
        }
        DataType::List(_) => are_told(column.as_list::<i32>().values().as_ref()),
        DataType::LargeList(_) => are_told(column.as_list::<i64>().values().as_ref()),
        DataType::FixedSizeList(..) => are_told(column.as_fixed_size_list().values().as_ref()),
        DataType::Struct(_) => column.as_struct().columns().iter().all(|column| are_told(column.as_ref())),
        DataType::Map(..) => column.as_map().entries().columns().iter().all(|column| are_told(column.as_ref())),
        _ => true,
    }
}

/// Whether all values, as seconds since 1970, have a day, also in a zone that is ahead of UTC or behind it.
fn are_within<T>(column: &dyn Array, seconds: impl Fn(i64) -> i64) -> bool
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64>,
{
    let values = column.as_primitive::<T>();
    let ends = [min(values), max(values)].into_iter().flatten().map(|value| seconds(value.into()));
    let mut about = ends.flat_map(|at| [at.saturating_sub(DAY), at.saturating_add(DAY)]);
    about.all(|at| DateTime::from_timestamp(at, 0).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, Date32Array, Int64Array, Int64Builder, ListArray, MapBuilder, StringBuilder, StructArray,
        TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::Field;
    use std::sync::Arc;

    fn schema(kind: DataType) -> Schema {
        Schema::new(vec![Field::new("c", kind, true)])
    }

    fn map(keys: DataType) -> DataType {
        let fields = vec![Field::new("keys", keys, false), Field::new("values", DataType::Int64, true)];
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields.into()), false)), false)
    }

    #[test]
    fn a_type_that_a_format_does_not_have_is_told_with_its_column_and_a_way_out() {
        let all = [Format::Json, Format::Ndjson, Format::JsonColumns, Format::Csv, Format::Parquet, Format::Arrow];
        let lacking = |kind: DataType| -> Vec<Format> {
            all.into_iter().filter(|format| types(*format, &schema(kind.clone())).is_err()).collect()
        };
        let json = [Format::Json, Format::Ndjson, Format::JsonColumns];
        let interval = DataType::Interval(IntervalUnit::MonthDayNano);
        let list = |of: DataType| DataType::List(Arc::new(Field::new_list_field(of, true)));
        assert!(lacking(DataType::Int64).is_empty());
        assert!(lacking(map(DataType::Utf8)).is_empty());
        assert_eq!(lacking(map(DataType::Int64)), json);
        assert_eq!(lacking(list(map(DataType::Int64))), json);
        assert_eq!(lacking(interval.clone()), [Format::Parquet]);
        assert_eq!(lacking(list(interval.clone())), [Format::Parquet]);
        assert!(lacking(DataType::Interval(IntervalUnit::DayTime)).is_empty());
        let told = types(Format::Parquet, &schema(interval)).unwrap_err().to_string();
        assert!(told.contains("the column `c`") && told.contains("CAST them to TEXT"), "{told}");
    }

    fn is_told(column: impl Array + 'static) -> bool {
        let batch = RecordBatch::try_from_iter([("c", Arc::new(column) as ArrayRef)]).unwrap();
        match times(&batch) {
            Ok(()) => true,
            Err(error) => {
                let told = error.to_string();
                assert!(told.contains("the column `c`") && told.contains("to_timestamp_millis"), "{told}");
                false
            }
        }
    }

    #[test]
    fn a_time_that_no_text_tells_is_found_wherever_it_stands() {
        // The last day but one: a zone that is ahead of UTC has the last then.
        let (first, last) = (0, 8_210_266_704_000);
        assert_eq!(DateTime::from_timestamp(last, 0).unwrap().to_string(), "+262142-12-30 00:00:00 UTC");
        assert!(is_told(TimestampSecondArray::from(vec![Some(first), None, Some(last)])));
        assert!(is_told(TimestampSecondArray::from(vec![Some(last)]).with_timezone("Asia/Tokyo")));
        assert!(!is_told(TimestampSecondArray::from(vec![Some(first), Some(last + 2 * DAY)])));
        assert!(!is_told(TimestampSecondArray::from(vec![i64::MIN])));
        assert!(!is_told(TimestampMicrosecondArray::from(vec![i64::MAX, 0])));
        assert!(is_told(TimestampMicrosecondArray::from(vec![None, Some(1_700_000_000_000_000)])));
        assert!(is_told(TimestampNanosecondArray::from(vec![i64::MIN, i64::MAX])), "they reach from 1677 to 2262");
        assert!(!is_told(Date32Array::from(vec![i32::MAX])) && is_told(Date32Array::from(vec![-719_528])));
        let far = || Arc::new(TimestampSecondArray::from(vec![0, i64::MAX])) as ArrayRef;
        let item = Arc::new(Field::new_list_field(far().data_type().clone(), true));
        assert!(!is_told(ListArray::new(item, OffsetBuffer::from_lengths([2]), far(), None)));
        let field = Arc::new(Field::new("t", far().data_type().clone(), true));
        assert!(!is_told(StructArray::from(vec![(field, far())])));
        let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
        map.keys().append_value("k");
        map.values().append_value(i64::MAX);
        map.append(true).unwrap();
        assert!(is_told(map.finish()) && is_told(Int64Array::from(vec![i64::MAX])), "numbers are no times");
    }
}
