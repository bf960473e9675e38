//! Rows on their way into a table, before they are Arrow.

use crate::entities::{Entity, Kind};
use crate::map::Reject;
use crate::{Error, Result};
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Date32Type, Field, Float64Type, Int64Type, TimestampMicrosecondType};
use chrono::NaiveDate;
use std::sync::Arc;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Null,
    /// UTF-8 text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A UTC instant, in microseconds since 1970.
    Time(i64),
    /// A calendar day, in days since 1970.
    Date(i32),
}

impl Value {
    fn fits(&self, kind: Kind) -> bool {
        matches!(
            (self, kind),
            (Value::Null, _)
                | (Value::Text(_), Kind::Text)
                | (Value::Texts(_), Kind::TextList)
                | (Value::Bool(_), Kind::Bool)
                | (Value::Int(_), Kind::Int)
                | (Value::Float(_), Kind::Float)
                | (Value::Time(_), Kind::Time)
                | (Value::Date(_), Kind::Date)
        )
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Value::Text(v)
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Value::Text(v.to_owned())
    }
}
impl From<Vec<String>> for Value {
    fn from(v: Vec<String>) -> Self {
        Value::Texts(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Value::Bool(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}
impl From<NaiveDate> for Value {
    fn from(v: NaiveDate) -> Self {
        Value::Date(v.to_epoch_days())
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Value::Float(v)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// One row of one entity; a column that is never set is NULL.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    entity: &'static Entity,
    values: Vec<Value>,
    misfit: Option<&'static str>,
}

impl Row {
    /// An empty row.
    pub fn new(entity: &'static Entity) -> Self {
        Self { entity, values: vec![Value::Null; entity.columns().count()], misfit: None }
    }

    /// Sets a column. A column that the entity lacks, or a value of another kind than the column's, is remembered and
    /// reported by [`Row::check`].
    #[must_use]
    pub fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.put(column, value.into());
        self
    }

    /// As [`Row::set`], in place.
    pub fn put(&mut self, column: &'static str, value: Value) {
        match self.entity.columns().enumerate().find(|(_, c)| c.name == column) {
            Some((i, c)) if value.fits(c.kind) => self.values[i] = value,
            _ => self.misfit = Some(column),
        }
    }

    /// The entity that it is a row of.
    pub fn entity(&self) -> &'static Entity {
        self.entity
    }

    /// The value of a column; NULL for one that the entity lacks.
    pub fn get(&self, column: &str) -> &Value {
        self.entity.columns().position(|c| c.name == column).map_or(&Value::Null, |i| &self.values[i])
    }

    /// The text of a column, when it holds one.
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.get(column) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The day of a column, when it holds one.
    pub fn date(&self, column: &str) -> Option<NaiveDate> {
        match self.get(column) {
            Value::Date(days) => NaiveDate::from_epoch_days(*days),
            _ => None,
        }
    }

    /// The integer of a column, when it holds one.
    pub fn int(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether every set value fits and every column that the source must fill is there.
    ///
    /// # Errors
    /// A [`Reject`] that names the column.
    pub fn check(&self) -> Result<(), Reject> {
        if let Some(column) = self.misfit {
            return Err(Reject::field(column, format!("`{column}` does not fit {}", self.entity.path())));
        }
        for (column, value) in self.entity.own_columns().iter().zip(&self.values) {
            let texts = match value {
                Value::Text(text) => std::slice::from_ref(text),
                Value::Texts(texts) => texts.as_slice(),
                _ => &[],
            };
            if let Some((text, misfit)) = texts.iter().find_map(|text| Some((text, column.form.misfit(text)?))) {
                let reason = format!("`{}` is `{}`, and {misfit}", column.name, text.escape_default());
                return Err(Reject::field(column.name, reason));
            }
            if column.required && *value == Value::Null {
                return Err(Reject::field(column.name, format!("`{}` is required and missing", column.name)));
            }
        }
        Ok(())
    }
}

/// Rows of one entity as an Arrow batch in the entity's schema.
///
/// # Errors
/// [`Error::Table`] when a row is of another entity, [`Error::Arrow`] when Arrow refuses the columns.
pub fn batch(entity: &'static Entity, rows: &[Row]) -> Result<RecordBatch> {
    if let Some(row) = rows.iter().find(|r| !std::ptr::eq(r.entity, entity)) {
        return Err(Error::Table { table: entity.path(), reason: format!("was given a row of {}", row.entity.path()) });
    }
    let columns = entity
        .columns()
        .enumerate()
        .map(|(i, column)| {
            let mut column = array(column.kind, rows.iter().map(|r| &r.values[i]), rows.len());
            // Builders grow by doubling, and batches may be kept for long.
            column.shrink_to_fit();
            column
        })
        .collect::<Vec<_>>();
    Ok(RecordBatch::try_new(entity.schema(), columns)?)
}

/// The rows of a batch in the entity's schema: what [`batch`] is given.
///
/// # Errors
/// [`Error::Table`] when a column is missing or of another kind.
pub fn rows(entity: &'static Entity, batch: &RecordBatch) -> Result<Vec<Row>> {
    let mut rows = vec![Row::new(entity); batch.num_rows()];
    for (place, column) in entity.columns().enumerate() {
        let array = batch.column_by_name(column.name).filter(|array| *array.data_type() == column.kind.data_type());
        let misfit = || Error::Table {
            table: entity.path(),
            reason: format!("column `{}` is missing or not of its declared kind", column.name),
        };
        let array = array.ok_or_else(misfit)?;
        for (at, row) in rows.iter_mut().enumerate() {
            if let Some(value) = row.values.get_mut(place) {
                *value = value_at(array, column.kind, at);
            }
        }
    }
    Ok(rows)
}

fn value_at(array: &ArrayRef, kind: Kind, at: usize) -> Value {
    if array.is_null(at) {
        return Value::Null;
    }
    match kind {
        Kind::Text => Value::Text(array.as_string::<i32>().value(at).to_owned()),
        Kind::TextList => {
            let texts = array.as_list::<i32>().value(at);
            Value::Texts(texts.as_string::<i32>().iter().flatten().map(str::to_owned).collect())
        }
        Kind::Bool => Value::Bool(array.as_boolean().value(at)),
        Kind::Int => Value::Int(array.as_primitive::<Int64Type>().value(at)),
        Kind::Float => Value::Float(array.as_primitive::<Float64Type>().value(at)),
        Kind::Time => Value::Time(array.as_primitive::<TimestampMicrosecondType>().value(at)),
        Kind::Date => Value::Date(array.as_primitive::<Date32Type>().value(at)),
    }
}

fn array<'a>(kind: Kind, values: impl Iterator<Item = &'a Value>, len: usize) -> ArrayRef {
    macro_rules! build {
        ($builder:expr, $variant:ident, $as:expr) => {{
            let mut builder = $builder;
            for value in values {
                match value {
                    Value::$variant(v) => builder.append_value($as(v)),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }};
    }
    fn copied<T: Copy>(v: &T) -> T {
        *v
    }
    match kind {
        Kind::Text => build!(StringBuilder::with_capacity(len, len * 16), Text, String::as_str),
        Kind::Bool => build!(BooleanBuilder::with_capacity(len), Bool, copied),
        Kind::Int => build!(Int64Builder::with_capacity(len), Int, copied),
        Kind::Float => build!(Float64Builder::with_capacity(len), Float, copied),
        Kind::Time => {
            build!(TimestampMicrosecondBuilder::with_capacity(len).with_timezone("UTC"), Time, copied)
        }
        Kind::Date => build!(Date32Builder::with_capacity(len), Date, copied),
        Kind::TextList => {
            let element = Field::new("element", arrow::datatypes::DataType::Utf8, true);
            let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element);
            for value in values {
                match value {
                    Value::Texts(texts) => {
                        for text in texts {
                            builder.values().append_value(text);
                        }
                        builder.append(true);
                    }
                    _ => builder.append(false),
                }
            }
            Arc::new(builder.finish())
        }
    }
}
