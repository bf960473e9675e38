//! The rows of a table: few as cells, many as columns, which take a fraction of the memory.

use super::paper::{Cell, Clock};
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use chrono::DateTime;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// The rows of a table, with a cell for each of its columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Few, as they were made.
    Cells(Vec<Vec<Cell>>),
    /// Many: columns of numbers (`Float64`), days (`Date32`), times (`Timestamp`, in microseconds) and words (`Utf8`).
    Columns(Vec<RecordBatch>),
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Rows::Cells(rows) => rows.len(),
            Rows::Columns(batches) => batches.iter().map(RecordBatch::num_rows).sum(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each in turn: of many, the cells of one alone are there at a time.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Cow<'_, [Cell]>> + '_> {
        match self {
            Rows::Cells(rows) => Box::new(rows.iter().map(|row| Cow::Borrowed(row.as_slice()))),
            Rows::Columns(batches) => Box::new(batches.iter().flat_map(|batch| {
                let cells = move |row| batch.columns().iter().map(|column| cell(column, row)).collect::<Vec<_>>();
                (0..batch.num_rows()).map(move |row| Cow::<[Cell]>::Owned(cells(row)))
            })),
        }
    }
}

impl FromIterator<Vec<Cell>> for Rows {
    fn from_iter<I: IntoIterator<Item = Vec<Cell>>>(rows: I) -> Self {
        Rows::Cells(rows.into_iter().collect())
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

fn cell(column: &ArrayRef, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Nothing;
    }
    match column.data_type() {
        DataType::Float64 => Cell::Number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let day = DateTime::from_timestamp(days * 86_400, 0);
            day.map_or(Cell::Nothing, |day| Cell::Day(day.date_naive()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            let zone = zone.as_deref().and_then(|zone| zone.parse().ok());
            Clock::of(micros, zone).map_or(Cell::Nothing, Cell::Time)
        }
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row).to_owned()),
        _ => Cell::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};
    use chrono::NaiveDate;
    use std::sync::Arc;

    #[test]
    fn rows_are_the_same_whether_they_are_kept_as_cells_or_as_columns() {
        // On the night of 25 October 2026 in Berlin 02:30 is there twice.
        let at = [Some(1_792_891_800_000_000), Some(1_792_888_200_000_000), None];
        let columns: [(&str, ArrayRef); 4] = [
            ("x", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(-2.0)]))),
            ("day", Arc::new(Date32Array::from(vec![None, Some(20_545), Some(-1)]))),
            ("name", Arc::new(StringArray::from(vec![Some("a,b"), Some(""), None]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(at.to_vec()).with_timezone("Europe/Berlin"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let day = |year, month, day| Cell::Day(NaiveDate::from_ymd_opt(year, month, day).unwrap());
        let text = |text: &str| Cell::Text(text.to_owned());
        let berlin = |micros| Clock::of(micros, Some(chrono_tz::Europe::Berlin)).unwrap();
        let time = |at: Option<i64>| at.map_or(Cell::Nothing, |micros| Cell::Time(berlin(micros)));
        assert_eq!(berlin(at[0].unwrap()).at, berlin(at[1].unwrap()).at);
        assert_eq!(at.map(|at| at.map(|at| berlin(at).micros())), at);
        let cells: Rows = [
            vec![Cell::Number(0.5), Cell::Nothing, text("a,b"), time(at[0])],
            vec![Cell::Nothing, day(2026, 4, 2), text(""), time(at[1])],
            vec![Cell::Number(-2.0), day(1969, 12, 31), Cell::Nothing, time(at[2])],
        ]
        .into_iter()
        .collect();
        let columns = Rows::Columns(vec![batch.slice(0, 1), batch.slice(1, 0), batch.slice(1, 2)]);
        assert_eq!((columns.len(), cells.len()), (3, 3));
        assert_eq!(columns.iter().collect::<Vec<_>>(), cells.iter().collect::<Vec<_>>());
        let json = concat!(
            r#"[[0.5,null,"a,b","2026-10-25T02:30:00+01:00"],[null,"2026-04-02","","2026-10-25T02:30:00+02:00"],"#,
            r#"[-2.0,"1969-12-31",null,null]]"#
        );
        assert_eq!(serde_json::to_string(&columns).unwrap(), json);
        assert_eq!(serde_json::to_string(&cells).unwrap(), json);
        assert!(Rows::Columns(vec![batch.slice(0, 0)]).is_empty() && !columns.is_empty());
    }
}
