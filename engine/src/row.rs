//! Rows on their way into a table, before they are Arrow.

mod columns;

pub(crate) use columns::{Columns, Origin};

use crate::entities::{Entity, Kind};
use crate::map::Reject;
use crate::{Error, Result};
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use chrono::NaiveDate;

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

    /// How many bytes a text has; none where it is no text.
    fn length(&self) -> usize {
        if let Value::Text(text) = self { text.len() } else { 0 }
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
#[derive(Clone, Debug)]
pub struct Row {
    entity: &'static Entity,
    values: Vec<Value>,
    misfit: Option<&'static str>,
    /// The place after the column that was set last, since most are set in their order.
    next: usize,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        (self.entity, &self.values, self.misfit) == (other.entity, &other.values, other.misfit)
    }
}

impl Row {
    /// An empty row.
    pub fn new(entity: &'static Entity) -> Self {
        Self { entity, values: vec![Value::Null; entity.columns().count()], misfit: None, next: 0 }
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
        let place = self.entity.place(column, self.next);
        match place.and_then(|place| Some((place, self.entity.columns().nth(place)?))) {
            Some((place, found)) if value.fits(found.kind) => {
                self.values[place] = value;
                self.next = place + 1;
            }
            _ => self.misfit = Some(column),
        }
    }

    /// The entity that it is a row of.
    pub fn entity(&self) -> &'static Entity {
        self.entity
    }

    /// The value of a column; NULL for one that the entity lacks.
    pub fn get(&self, column: &str) -> &Value {
        self.entity.place(column, 0).map_or(&Value::Null, |place| &self.values[place])
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
    let mut columns = Columns::for_rows(entity, rows);
    rows.iter().try_for_each(|row| columns.push(row))?;
    columns.finish()
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
