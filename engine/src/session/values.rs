//! Rows of a statement, by the names of their columns.

use super::Session;
use crate::Result;
use crate::row::Value;
use arrow::array::{Array, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(pub(crate) BTreeMap<String, Value>);

impl Values {
    /// A column's text, taken out; `None` when there is none.
    pub(crate) fn text(&mut self, column: &str) -> Option<String> {
        match self.0.remove(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A column's number.
    pub(crate) fn float(&self, column: &str) -> Option<f64> {
        match self.0.get(column) {
            Some(Value::Float(number)) => Some(*number),
            _ => None,
        }
    }

    /// A column's integer, or instant.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(number) | Value::Time(number)) => Some(*number),
            _ => None,
        }
    }

    /// A column's day.
    pub(crate) fn day(&self, column: &str) -> Option<NaiveDate> {
        match self.0.get(column) {
            Some(Value::Date(days)) => NaiveDate::from_epoch_days(*days),
            _ => None,
        }
    }

    /// A column's truth value.
    pub(crate) fn flag(&self, column: &str) -> Option<bool> {
        match self.0.get(column) {
            Some(Value::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A column's texts, taken out; none when there are none.
    pub(crate) fn texts(&mut self, column: &str) -> Vec<String> {
        match self.0.remove(column) {
            Some(Value::Texts(texts)) => texts,
            _ => Vec::new(),
        }
    }
}

/// All rows of a statement.
pub(crate) async fn rows(session: &Session, statement: &str) -> Result<Vec<Values>> {
    let mut rows = Vec::new();
    for batch in session.collect(statement).await? {
        let first = rows.len();
        rows.resize(first + batch.num_rows(), Values::default());
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            for (row, value) in rows.iter_mut().skip(first).zip(values(array)?) {
                row.0.insert(field.name().clone(), value);
            }
        }
    }
    Ok(rows)
}

/// Each row of a statement of two columns that are texts, where both are there.
pub(crate) async fn pairs(session: &Session, statement: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for batch in session.collect(statement).await? {
        let (left, right) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        let both = left.iter().zip(right).filter_map(|(left, right)| Some((left?.to_owned(), right?.to_owned())));
        found.extend(both);
    }
    Ok(found)
}

/// A column's values; those of a kind that no rule returns are NULL.
fn values(array: &dyn Array) -> Result<Vec<Value>> {
    fn all<T>(values: impl Iterator<Item = Option<T>>, of: impl Fn(T) -> Value) -> Vec<Value> {
        values.map(|value| value.map_or(Value::Null, &of)).collect()
    }
    Ok(match array.data_type() {
        kind if kind.is_integer() => all(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().iter(), Value::Int),
        kind if kind.is_floating() => {
            all(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().iter(), Value::Float)
        }
        DataType::Boolean => all(array.as_boolean().iter(), Value::Bool),
        DataType::Utf8 => all(array.as_string::<i32>().iter(), |text| Value::Text(text.to_owned())),
        DataType::Date32 => all(array.as_primitive::<Date32Type>().iter(), Value::Date),
        DataType::Timestamp(..) => {
            let array = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            all(array.as_primitive::<TimestampMicrosecondType>().iter(), Value::Time)
        }
        DataType::List(_) => all(array.as_list::<i32>().iter(), |ids| {
            let ids = ids.as_string_opt::<i32>().map(|ids| ids.iter().flatten().map(str::to_owned).collect());
            Value::Texts(ids.unwrap_or_default())
        }),
        _ => vec![Value::Null; array.len()],
    })
}
