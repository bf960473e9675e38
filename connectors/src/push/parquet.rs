//! Apache Parquet.

use super::row::{DELETED, known};
use super::source::{Candidate, Input};
use crate::{Error, Result};
use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use pulse_engine::entities::{Entity, Kind};
use pulse_engine::map::Reject;
use serde_json::{Map, Value as Json};
use std::io::Read;

pub(super) struct Parquet {
    name: String,
    columns: Vec<(String, Kind)>,
    batches: ParquetRecordBatchReader,
    batch: Option<(Vec<Cells>, usize, usize)>,
    rows: i64,
}

/// A column of a batch in the type that [`value`] reads.
struct Cells {
    array: ArrayRef,
    /// Which of its rows hold nothing in the file; all others hold a value, which may be lost on the way.
    empty: Option<NullBuffer>,
}

impl Parquet {
    pub(super) fn new(entity: &'static Entity, input: Input) -> Result<Self> {
        let name = input.name();
        let pushed = |reason: String| Error::Pushed { source_name: name.clone(), reason };
        let broken =
            |e: ::parquet::errors::ParquetError| pushed(format!("it is not a Parquet file that can be read: {e}"));
        let (schema, batches) = match input {
            Input::File(path) => {
                let file = std::fs::File::open(&path).map_err(|e| Error::Unreadable { path, reason: e.to_string() })?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
                (builder.schema().clone(), builder.with_batch_size(4096).build().map_err(broken)?)
            }
            Input::Stream { mut reader, .. } => {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map_err(|e| super::ndjson::unreadable(&name, &e))?;
                let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).map_err(broken)?;
                (builder.schema().clone(), builder.with_batch_size(4096).build().map_err(broken)?)
            }
        };
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let kind = match entity.own_columns().iter().find(|c| c.name == field.name()) {
                Some(column) => column.kind,
                None if field.name() == DELETED => Kind::Bool,
                None => {
                    let known = known(entity);
                    return Err(pushed(format!(
                        "{} has no column `{}`; there are: {known}",
                        entity.name,
                        field.name()
                    )));
                }
            };
            if !fits(kind, field.data_type()) {
                let reason = if matches!(field.data_type(), DataType::Timestamp(_, None)) {
                    "has times without a time zone: write them as UTC".to_owned()
                } else {
                    format!("is {}, where {} is expected", field.data_type(), kind.label())
                };
                return Err(pushed(format!("its column `{}` {reason}", field.name())));
            }
            if columns.iter().any(|(other, _)| other == field.name()) {
                return Err(pushed(format!("it has two columns named `{}`", field.name())));
            }
            columns.push((field.name().clone(), kind));
        }
        Ok(Self { name, columns, batches, batch: None, rows: 0 })
    }

    /// The columns of a batch in the types that [`value`] reads.
    fn arrays(&self, batch: &RecordBatch) -> Result<Vec<Cells>> {
        let each = self.columns.iter().zip(batch.columns());
        each.map(|((_, kind), array)| {
            let plain = match text_type(array.data_type()) {
                true => DataType::Utf8,
                false => kind.data_type(),
            };
            let empty = array.logical_nulls();
            Ok(Cells { array: cast(array, &plain).map_err(|e| self.broken(&e))?, empty })
        })
        .collect()
    }

    fn broken(&self, e: &dyn std::fmt::Display) -> Error {
        Error::Pushed {
            source_name: self.name.clone(),
            reason: format!("it cannot be read after row {}: {e}", self.rows),
        }
    }
}

impl Iterator for Parquet {
    type Item = Result<Candidate>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((arrays, at, rows)) = &mut self.batch
                && at < rows
            {
                let row = *at;
                *at += 1;
                self.rows += 1;
                let cells = self.columns.iter().zip(arrays.iter());
                let object: Result<Map<String, Json>, Reject> =
                    cells.map(|((name, kind), cells)| Ok((name.clone(), cells.value(name, *kind, row)?))).collect();
                // What stands in the row is told by its reject; it is no text to keep.
                let row = object.map_err(|reject| (reject, String::new()));
                return Some(Ok(Candidate { line: self.rows, row }));
            }
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(e) => return Some(Err(self.broken(&e))),
            };
            match self.arrays(&batch) {
                Ok(arrays) => self.batch = Some((arrays, 0, batch.num_rows())),
                Err(e) => return Some(Err(e)),
            }
        }
    }
}

impl Cells {
    /// One value; a reject when the file holds one that the column's kind cannot.
    fn value(&self, name: &str, kind: Kind, row: usize) -> Result<Json, Reject> {
        if self.empty.as_ref().is_some_and(|empty| empty.is_null(row)) {
            return Ok(Json::Null);
        }
        match value(kind, &self.array, row) {
            Json::Null => Err(Reject::field(name, format!("`{name}` holds a value that is not {}", bounds(kind)))),
            json => Ok(json),
        }
    }
}

/// What a value of that kind must be, when its column is of a type that holds more.
fn bounds(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "a time that microseconds since 1970 can tell",
        Kind::Float => "a finite number",
        Kind::Int => "a whole number of 64 bits",
        Kind::Date => "a day that a calendar has",
        Kind::Text | Kind::TextList | Kind::Bool => "of the column's kind",
    }
}

fn text_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => text_type(value),
        _ => false,
    }
}

/// Whether a column of that type can hold the kind without guessing. Times and days may also be text, as in NDJSON.
fn fits(kind: Kind, data_type: &DataType) -> bool {
    if *data_type == DataType::Null {
        return true;
    }
    match kind {
        Kind::Text => text_type(data_type),
        Kind::TextList => match data_type {
            DataType::List(item) | DataType::LargeList(item) => text_type(item.data_type()),
            _ => false,
        },
        Kind::Bool => *data_type == DataType::Boolean,
        Kind::Int => {
            data_type.is_integer() || matches!(data_type, DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0))
        }
        Kind::Float => data_type.is_integer() || data_type.is_floating() || data_type.is_decimal(),
        Kind::Time => text_type(data_type) || matches!(data_type, DataType::Timestamp(_, Some(_))),
        Kind::Date => text_type(data_type) || matches!(data_type, DataType::Date32 | DataType::Date64),
    }
}

/// One value as the JSON that the check takes.
fn value(kind: Kind, array: &ArrayRef, row: usize) -> Json {
    if array.is_null(row) {
        return Json::Null;
    }
    match (kind, array.data_type()) {
        (_, DataType::Utf8) => Json::from(array.as_string::<i32>().value(row)),
        (Kind::TextList, _) => {
            let items = array.as_list::<i32>().value(row);
            Json::Array(items.as_string::<i32>().iter().map(Json::from).collect())
        }
        (Kind::Bool, _) => Json::from(array.as_boolean().value(row)),
        (Kind::Int, _) => Json::from(array.as_primitive::<Int64Type>().value(row)),
        (Kind::Float, _) => Json::from(array.as_primitive::<Float64Type>().value(row)),
        (Kind::Time, DataType::Timestamp(TimeUnit::Microsecond, _)) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let time = DateTime::from_timestamp_micros(micros);
            time.map_or_else(|| Json::from(micros), |t| t.to_rfc3339_opts(SecondsFormat::Micros, true).into())
        }
        (Kind::Date, _) => {
            let days = array.as_primitive::<Date32Type>().value(row);
            NaiveDate::from_epoch_days(days).map_or_else(|| Json::from(days), |d| d.to_string().into())
        }
        _ => Json::Null,
    }
}
