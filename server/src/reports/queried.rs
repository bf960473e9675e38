//! The rows of a saved query as a table of a report.

use super::paper::{Cell, Column, Table};
use crate::Result;
use crate::control::{Refusal, SavedQuery};
use crate::queries::{self, Declared};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::DateTime;
use futures::TryStreamExt as _;
use pulse_engine::Error as Failed;
use pulse_engine::session::{Session, Statement, error};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most rows that a table takes.
const MOST_ROWS: usize = 10_000;

/// The saved queries that a report shows, by their ids.
pub type Saved = BTreeMap<String, SavedQuery>;

/// Runs a saved query over what the report's reader sees; its rows.
///
/// # Errors
/// [`Refusal::Invalid`] when it is none of those that are known, or has too many rows; what the engine says of its statement.
pub(super) async fn table(
    session: &Session,
    saved: &Saved,
    (title, id, parameters): (&str, &str, &Value),
) -> Result<Table> {
    let unknown =
        || Refusal::invalid("sections", format!("show the saved query `{}`, which is not there", id.escape_default()));
    let saved = saved.get(id).ok_or_else(unknown)?;
    let given = (!parameters.is_null()).then_some(parameters);
    let parameters = match saved.parameters.as_slice() {
        [] => queries::parameters(given)?,
        declared => Declared::values(declared, given)?,
    };
    let statement = Statement::new(saved.sql.clone()).with(parameters);
    let mut rows = session.plan(&statement, session.deadline()).await?.run().await?;
    let schema = rows.schema();
    let fields = schema.fields();
    let columns = fields.iter().map(|field| match field.data_type() {
        kind if kind.is_numeric() => Column::number(field.name(), ""),
        DataType::Date32 => Column::day(field.name()),
        _ => Column::text(field.name(), 5),
    });
    let mut table = Table {
        title: title.to_owned(),
        columns: columns.collect(),
        rows: Vec::new(),
        none: "The query has no rows.".to_owned(),
    };
    while let Some(batch) = rows.try_next().await.map_err(error)? {
        if table.rows.len() + batch.num_rows() > MOST_ROWS {
            let why =
                format!("show `{}`, which has more than {MOST_ROWS} rows: let it say how many with LIMIT", saved.title);
            return Err(Refusal::invalid("sections", why).into());
        }
        table.rows.extend(cells(&batch)?);
    }
    Ok(table)
}

/// The rows of a batch.
fn cells(batch: &RecordBatch) -> Result<Vec<Vec<Cell>>> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        let failed = |e: arrow::error::ArrowError| crate::Error::from(Failed::from(e));
        if column.data_type().is_numeric() {
            let numbers = cast(column, &DataType::Float64).map_err(failed)?;
            let numbers = numbers.as_primitive::<Float64Type>().clone();
            for (row, number) in rows.iter_mut().zip(&numbers) {
                // What is no number is nothing, in a file that has no word for it.
                row.push(Cell::number(number.filter(|number| number.is_finite())));
            }
        } else if *column.data_type() == DataType::Date32 {
            for (row, day) in rows.iter_mut().zip(column.as_primitive::<Date32Type>()) {
                let day = day.and_then(|days| DateTime::from_timestamp(i64::from(days) * 86_400, 0));
                row.push(day.map_or(Cell::Nothing, |day| Cell::Day(day.date_naive())));
            }
        } else {
            let shown = ArrayFormatter::try_new(column, &FormatOptions::default()).map_err(failed)?;
            for (at, row) in rows.iter_mut().enumerate() {
                row.push(Cell::text(column.is_valid(at).then(|| shown.value(at).to_string())));
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
    use chrono::NaiveDate;
    use std::sync::Arc;

    #[test]
    fn cells_have_the_types_that_a_report_knows() {
        let columns: [(&str, ArrayRef); 5] = [
            ("n", Arc::new(Int64Array::from(vec![Some(3), None]))),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, 0.5]))),
            ("day", Arc::new(Date32Array::from(vec![Some(20_545), None]))),
            ("name", Arc::new(StringArray::from(vec![Some("a,b"), None]))),
            ("ok", Arc::new(BooleanArray::from(vec![true, false]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let text = |text: &str| Cell::Text(text.to_owned());
        let day = Cell::Day(NaiveDate::from_ymd_opt(2026, 4, 2).unwrap());
        let expected = vec![
            vec![Cell::Number(3.0), Cell::Nothing, day, text("a,b"), text("true")],
            vec![Cell::Nothing, Cell::Number(0.5), Cell::Nothing, Cell::Nothing, text("false")],
        ];
        assert_eq!(cells(&batch).unwrap(), expected);
    }
}
