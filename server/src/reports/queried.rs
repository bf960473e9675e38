//! The rows of a saved query as a table of a report.

use super::cells::Rows;
use super::paper::{Column, Table};
use crate::Result;
use crate::control::{Refusal, SavedQuery};
use crate::queries::{self, Declared};
use crate::texts::Language;
use arrow::array::{Array as _, ArrayRef, AsArray as _, Float64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono_tz::Tz;
use futures::TryStreamExt as _;
use pulse_engine::Error as Failed;
use pulse_engine::session::{Parameters, Session, Statement, error};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most rows that a table takes.
const MOST_ROWS: usize = 10_000;

/// The saved queries that a report shows, by their ids.
pub type Saved = BTreeMap<String, SavedQuery>;

/// What a saved query runs with in a report: the values that are given, as `POST /api/v1/sql` takes them, and the defaults of the others.
///
/// # Errors
/// [`Error::Usage`](crate::Error::Usage) when one is missing, was not declared, or is not of its type.
pub fn run_with(saved: &SavedQuery, given: &Value) -> Result<Parameters> {
    let given = (!given.is_null()).then_some(given);
    match saved.parameters.as_slice() {
        [] => queries::parameters(given),
        declared => Declared::values(declared, given),
    }
}

/// Runs a saved query over what the report's reader sees; its rows, in one order.
///
/// # Errors
/// [`Refusal::Invalid`] when it is none of those that are known, or has too many rows; what the engine says of its statement.
pub(super) async fn table(
    session: &Session,
    saved: &Saved,
    (title, id, parameters): (&str, &str, &Value),
    (language, zone): (Language, Tz),
) -> Result<Table> {
    let unknown =
        || Refusal::invalid("sections", format!("show the saved query `{}`, which is not there", id.escape_default()));
    let saved = saved.get(id).ok_or_else(unknown)?;
    // The same rows are the same report.
    let statement = Statement::new(saved.sql.clone()).with(run_with(saved, parameters)?).in_one_order();
    let mut rows = session.plan(&statement, session.deadline()).await?.run();
    let schema = rows.schema();
    let fields = schema.fields();
    let columns: Vec<Column> = fields
        .iter()
        .map(|field| match field.data_type() {
            kind if kind.is_numeric() => Column::number(field.name(), ""),
            DataType::Date32 => Column::day(field.name()),
            DataType::Timestamp(_, of) => Column::time(field.name(), of.as_ref().map(|_| zone)),
            _ => Column::text(field.name(), 5),
        })
        .collect();
    let kept = Arc::new(Schema::new(columns.iter().map(|column| column.field(&column.title)).collect::<Vec<_>>()));
    let (mut batches, mut count) = (Vec::new(), 0);
    while let Some(batch) = rows.try_next().await.map_err(error)? {
        count += batch.num_rows();
        if count > MOST_ROWS {
            let why =
                format!("show `{}`, which has more than {MOST_ROWS} rows: let it say how many with LIMIT", saved.title);
            return Err(Refusal::invalid("sections", why).into());
        }
        batches.push(in_kinds(&batch, &kept).map_err(Failed::from)?);
    }
    let none = language.say("The query has no rows.").to_owned();
    Ok(Table { title: title.to_owned(), columns, rows: Rows::Columns(batches), none })
}

/// A batch with columns of the kinds that a report knows.
fn in_kinds(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |(column, field): (&ArrayRef, &Arc<Field>)| -> Result<ArrayRef, ArrowError> {
        let values: ArrayRef = match field.data_type() {
            DataType::Float64 => {
                let numbers = cast(column, &DataType::Float64)?;
                // What is no number is nothing, in a file that has no word for it.
                let known = |number: Option<f64>| number.filter(|number| !number.is_nan());
                Arc::new(numbers.as_primitive::<Float64Type>().iter().map(known).collect::<Float64Array>())
            }
            DataType::Date32 => column.clone(),
            // An instant stays the same, whichever clocks it is read on.
            time @ DataType::Timestamp(..) => cast(column, time)?,
            _ => {
                let shown = ArrayFormatter::try_new(column, &FormatOptions::default())?;
                let text = |row| column.is_valid(row).then(|| shown.value(row).to_string());
                Arc::new((0..column.len()).map(text).collect::<StringArray>())
            }
        };
        Ok(values)
    };
    let columns = batch.columns().iter().zip(schema.fields()).map(column).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}

#[cfg(test)]
mod tests {
    use super::super::paper::{Cell, Clock};
    use super::*;
    use arrow::array::{BooleanArray, Date32Array, Int64Array, TimestampMicrosecondArray, TimestampNanosecondArray};
    use chrono::NaiveDate;
    use chrono_tz::Europe::Berlin;

    /// How 1970 began, on no clocks that are known, and on those of Berlin.
    const SHOWN: &str = r#"["1970-01-01T00:00:00","1970-01-01T01:00:00+01:00"]"#;

    #[test]
    fn cells_have_the_types_that_a_report_knows() {
        let columns: [(&str, ArrayRef); 7] = [
            ("n", Arc::new(Int64Array::from(vec![Some(3), None]))),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY]))),
            ("day", Arc::new(Date32Array::from(vec![Some(20_545), None]))),
            ("name", Arc::new(StringArray::from(vec![Some("a,b"), None]))),
            ("ok", Arc::new(BooleanArray::from(vec![true, false]))),
            ("clock", Arc::new(TimestampMicrosecondArray::from(vec![None, Some(0)]))),
            ("at", Arc::new(TimestampNanosecondArray::from(vec![Some(0), None]).with_timezone("+00:00"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let (number, text) = (Column::number("x", ""), Column::text("x", 5));
        let [clock, at] = [None, Some(Berlin)].map(|zone| Column::time("x", zone));
        let kinds = [number.clone(), number, Column::day("x"), text.clone(), text, clock, at];
        let schema = Arc::new(Schema::new(kinds.map(|kind| kind.field("x")).to_vec()));
        let text = |text: &str| Cell::Text(text.to_owned());
        let day = Cell::Day(NaiveDate::from_ymd_opt(2026, 4, 2).unwrap());
        let time = |zone| Cell::Time(Clock::of(0, zone).unwrap());
        assert_eq!(serde_json::to_string(&[time(None), time(Some(Berlin))]).unwrap(), SHOWN);
        let expected: Rows = [
            vec![Cell::Number(3.0), Cell::Nothing, day, text("a,b"), text("true"), Cell::Nothing, time(Some(Berlin))],
            vec![
                Cell::Nothing,
                Cell::Number(f64::INFINITY),
                Cell::Nothing,
                Cell::Nothing,
                text("false"),
                time(None),
                Cell::Nothing,
            ],
        ]
        .into_iter()
        .collect();
        let found = Rows::Columns(vec![in_kinds(&batch, &schema).unwrap()]);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    }
}
