//! Rows that are packed into Arrow as they come.

use super::{Row, Value};
use crate::entities::{Column, Entity, Kind};
use crate::{Error, Result};
use arrow::array::{
    Array as _, ArrayBuilder as _, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field};
use std::sync::Arc;

/// How long a text is taken to be, in bytes, while it is not known.
const TEXT: usize = 16;

/// Where a row of core came from: what its layer adds to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) connection: &'a str,
    /// When its payload was read, in microseconds since 1970.
    pub(crate) at: i64,
    /// Its payload's place in raw.
    pub(crate) raw: &'a str,
}

/// The columns of one entity, growing row by row.
pub(crate) struct Columns {
    entity: &'static Entity,
    columns: Vec<Growing>,
    rows: usize,
}

enum Growing {
    Text(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl Columns {
    /// None yet, with room for so many.
    pub(crate) fn new(entity: &'static Entity, rows: usize) -> Self {
        Self { entity, columns: entity.columns().map(|column| Growing::new(column.kind, rows)).collect(), rows: 0 }
    }

    /// None yet, with room for these: long texts are then not moved whenever there is no room for the next.
    pub(crate) fn for_rows(entity: &'static Entity, rows: &[Row]) -> Self {
        let length =
            |place: usize| rows.iter().filter_map(|row| row.values.get(place)).map(Value::length).sum::<usize>();
        let column = |(place, column): (usize, &Column)| match column.kind {
            Kind::Text => Growing::Text(StringBuilder::with_capacity(rows.len(), length(place))),
            kind => Growing::new(kind, rows.len()),
        };
        Self { entity, columns: entity.columns().enumerate().map(column).collect(), rows: 0 }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &Row) -> Result<()> {
        self.fits(row)?;
        self.rows += 1;
        self.columns.iter_mut().zip(&row.values).for_each(|(column, value)| column.push(value));
        Ok(())
    }

    /// Adds a row of core that came from there.
    pub(crate) fn push_from(&mut self, row: &Row, origin: Origin<'_>) -> Result<()> {
        self.fits(row)?;
        let own = &row.values[..self.entity.own_columns().len()];
        self.columns.iter_mut().zip(own).for_each(|(column, value)| column.push(value));
        self.end(origin, Some(origin.at), None);
        Ok(())
    }

    /// Adds a row of core that says only that the thing is gone: it has no `observed_at`, so that any payload of the thing is
    /// newer.
    pub(crate) fn push_gone(&mut self, id: &str, origin: Origin<'_>) {
        let own = self.entity.own_columns();
        for (column, declared) in self.columns.iter_mut().zip(own) {
            if declared.name == "id" { column.text(Some(id)) } else { column.push(&Value::Null) }
        }
        self.end(origin, None, Some(origin.at));
    }

    fn end(&mut self, origin: Origin<'_>, observed: Option<i64>, deleted: Option<i64>) {
        let own = self.entity.own_columns().len();
        for (column, added) in self.columns[own..].iter_mut().zip(self.entity.columns().skip(own)) {
            match added.name {
                "connection" => column.text(Some(origin.connection)),
                "raw" => column.text(Some(origin.raw)),
                "observed_at" => column.push(&observed.map_or(Value::Null, Value::Time)),
                _ => column.push(&deleted.map_or(Value::Null, Value::Time)),
            }
        }
        self.rows += 1;
    }

    fn fits(&self, row: &Row) -> Result<()> {
        if std::ptr::eq(row.entity, self.entity) {
            return Ok(());
        }
        let reason = format!("was given a row of {}", row.entity.path());
        Err(Error::Table { table: self.entity.path(), reason })
    }

    /// The rows so far as a batch in the entity's schema; then there are none, and room for as many.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        let columns = self.columns.iter_mut().map(|column| column.finish(rows)).collect();
        Ok(RecordBatch::try_new(self.entity.schema(), columns)?)
    }
}

impl Growing {
    fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text => Growing::Text(StringBuilder::with_capacity(rows, rows * TEXT)),
            Kind::TextList => Growing::Texts(lists(rows, StringBuilder::new())),
            Kind::Bool => Growing::Bool(BooleanBuilder::with_capacity(rows)),
            Kind::Int => Growing::Int(Int64Builder::with_capacity(rows)),
            Kind::Float => Growing::Float(Float64Builder::with_capacity(rows)),
            Kind::Time => Growing::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Kind::Date => Growing::Date(Date32Builder::with_capacity(rows)),
        }
    }

    fn text(&mut self, text: Option<&str>) {
        if let Growing::Text(column) = self {
            column.append_option(text);
        }
    }

    /// Adds a value, which is NULL where it is of another kind.
    fn push(&mut self, value: &Value) {
        macro_rules! pushed {
            ($column:expr, $kind:ident) => {
                $column.append_option(if let Value::$kind(value) = value { Some(*value) } else { None })
            };
        }
        match self {
            Growing::Text(column) => {
                column.append_option(if let Value::Text(text) = value { Some(text) } else { None })
            }
            Growing::Texts(column) => {
                let texts = if let Value::Texts(texts) = value { Some(texts) } else { None };
                texts.into_iter().flatten().for_each(|text| column.values().append_value(text));
                column.append(texts.is_some());
            }
            Growing::Bool(column) => pushed!(column, Bool),
            Growing::Int(column) => pushed!(column, Int),
            Growing::Float(column) => pushed!(column, Float),
            Growing::Time(column) => pushed!(column, Time),
            Growing::Date(column) => pushed!(column, Date),
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        let mut column: ArrayRef = match self {
            Growing::Text(column) => {
                let next = like(column);
                Arc::new(std::mem::replace(column, next).finish())
            }
            Growing::Texts(column) => {
                let next = lists(rows, like(column.values()));
                Arc::new(std::mem::replace(column, next).finish())
            }
            Growing::Bool(column) => Arc::new(column.finish()),
            Growing::Int(column) => Arc::new(column.finish()),
            Growing::Float(column) => Arc::new(column.finish()),
            Growing::Time(column) => Arc::new(column.finish()),
            Growing::Date(column) => Arc::new(column.finish()),
        };
        // Builders grow by doubling, and batches may be kept for long.
        column.shrink_to_fit();
        column
    }
}

/// Texts to come, with as much room as these took.
fn like(texts: &StringBuilder) -> StringBuilder {
    StringBuilder::with_capacity(texts.len(), texts.values_slice().len())
}

fn lists(rows: usize, texts: StringBuilder) -> ListBuilder<StringBuilder> {
    let element = Field::new("element", DataType::Utf8, true);
    ListBuilder::with_capacity(texts, rows).with_field(element)
}
