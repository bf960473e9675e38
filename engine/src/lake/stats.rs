//! What the log keeps of each file's columns: counts of NULLs, least and greatest values.

use crate::Result;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{max, max_string, min, min_string};
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType,
};
use chrono::{DateTime, NaiveDate, TimeDelta};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Texts longer than this are left out of the statistics: a cut maximum would be no bound.
const LONGEST_TEXT: usize = 128;

/// The statistics of a file's rows, gathered piece by piece.
pub(crate) struct Gathered {
    schema: SchemaRef,
    rows: usize,
    nulls: Vec<usize>,
    bounds: Vec<Bounds>,
}

/// Between what the values of a column are.
#[derive(Clone)]
enum Bounds {
    /// It has none so far.
    Empty,
    /// The least and the greatest.
    Between(Bound, Bound),
    /// That cannot be told, which is always safe.
    Unknown,
}

#[derive(Clone, PartialEq, PartialOrd)]
enum Bound {
    Text(String),
    Int(i64),
    Float(f64),
    Time(i64),
    Day(i32),
}

impl Gathered {
    pub(crate) fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().len();
        Self { schema, rows: 0, nulls: vec![0; columns], bounds: vec![Bounds::Empty; columns] }
    }

    pub(crate) fn add(&mut self, piece: &RecordBatch) {
        self.rows += piece.num_rows();
        for (i, column) in piece.columns().iter().enumerate() {
            self.nulls[i] += column.null_count();
            let so_far = std::mem::replace(&mut self.bounds[i], Bounds::Unknown);
            self.bounds[i] = so_far.and(Bounds::of(column.as_ref()));
        }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// As the Delta log writes them.
    pub(crate) fn json(&self) -> Result<String> {
        let (mut least, mut most, mut nulls) = (Map::new(), Map::new(), Map::new());
        for ((field, count), bounds) in self.schema.fields().iter().zip(&self.nulls).zip(&self.bounds) {
            if matches!(field.data_type(), DataType::List(_)) {
                continue;
            }
            nulls.insert(field.name().clone(), json!(count));
            if let Bounds::Between(low, high) = bounds
                && let (Some(low), Some(high)) = (low.json(), high.json())
            {
                least.insert(field.name().clone(), low);
                most.insert(field.name().clone(), high);
            }
        }
        Ok(serde_json::to_string(
            &json!({"numRecords": self.rows, "minValues": least, "maxValues": most, "nullCount": nulls}),
        )?)
    }
}

impl Bounds {
    fn of(column: &dyn Array) -> Self {
        macro_rules! primitive {
            ($kind:ty, $bound:expr) => {{
                let values = column.as_primitive::<$kind>();
                min(values).zip(max(values)).map(|(low, high)| ($bound(low), $bound(high)))
            }};
        }
        let bounds = match column.data_type() {
            DataType::Utf8 => {
                let texts = column.as_string::<i32>();
                let text = |text: &str| Bound::Text(text.to_owned());
                min_string(texts).zip(max_string(texts)).map(|(low, high)| (text(low), text(high)))
            }
            DataType::Int64 => primitive!(Int64Type, Bound::Int),
            DataType::Float64 => primitive!(Float64Type, Bound::Float),
            DataType::Timestamp(..) => primitive!(TimestampMicrosecondType, Bound::Time),
            DataType::Date32 => primitive!(Date32Type, Bound::Day),
            _ => return Bounds::Unknown,
        };
        match bounds {
            None => Bounds::Empty,
            Some((low, high)) if low.is_told() && high.is_told() => Bounds::Between(low, high),
            Some(_) => Bounds::Unknown,
        }
    }

    /// The bounds of two pieces together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Bounds::Unknown, _) | (_, Bounds::Unknown) => Bounds::Unknown,
            (Bounds::Empty, only) | (only, Bounds::Empty) => only,
            (Bounds::Between(low, high), Bounds::Between(lower, higher)) => {
                Bounds::Between(if lower < low { lower } else { low }, if higher > high { higher } else { high })
            }
        }
    }
}

impl Bound {
    /// Whether the log can hold it as it is.
    fn is_told(&self) -> bool {
        match self {
            Bound::Text(text) => text.len() <= LONGEST_TEXT,
            Bound::Float(value) => value.is_finite(),
            _ => true,
        }
    }

    fn json(&self) -> Option<Value> {
        Some(match self {
            Bound::Text(text) => json!(text),
            Bound::Int(value) => json!(value),
            Bound::Float(value) => json!(value),
            Bound::Time(micros) => json!(instant(*micros)?),
            Bound::Day(days) => json!(day(*days)?),
        })
    }
}

fn instant(micros: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(micros)?.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

fn day(days: i32) -> Option<String> {
    Some((NaiveDate::default() + TimeDelta::try_days(days.into())?).to_string())
}

/// What the log says of a file. Values stay as they are written: serde_json reads a float by a way that may end at the one next to it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told<'a> {
    num_records: Option<u64>,
    #[serde(borrow)]
    null_count: BTreeMap<String, &'a RawValue>,
    #[serde(borrow)]
    min_values: BTreeMap<String, &'a RawValue>,
    #[serde(borrow)]
    max_values: BTreeMap<String, &'a RawValue>,
}

/// The same statistics as the query engine reads them, for those columns of `schema` that are wanted, by their places. What cannot be read is
/// absent, which is always safe: it prunes nothing.
pub(crate) fn parse(stats: Option<&str>, schema: &Schema, wanted: impl Fn(usize) -> bool) -> Statistics {
    let told: Told = stats.and_then(|s| serde_json::from_str(s).ok()).unwrap_or_default();
    let count = |count: u64| Precision::Exact(count as usize);
    let bound = |side: &BTreeMap<String, &RawValue>, field: &Field| {
        let value = side.get(field.name()).and_then(|told| value(told, field.data_type()));
        value.map_or(Precision::Absent, Precision::Exact)
    };
    let column = |(place, field): (usize, &Arc<Field>)| {
        if !wanted(place) {
            return ColumnStatistics::new_unknown();
        }
        ColumnStatistics {
            null_count: told.null_count.get(field.name()).and_then(|told| read(told)).map_or(Precision::Absent, count),
            min_value: bound(&told.min_values, field),
            max_value: bound(&told.max_values, field),
            ..ColumnStatistics::new_unknown()
        }
    };
    let columns = schema.fields().iter().enumerate().map(column).collect();
    let rows = told.num_records.map_or(Precision::Absent, count);
    Statistics { num_rows: rows, total_byte_size: Precision::Absent, column_statistics: columns }
}

/// The same statistics, said of a file of which not all rows count: no value need be as great as its bounds.
///
/// # Errors
/// When they are no JSON.
pub(crate) fn loosened(stats: &str) -> Result<String> {
    // Bounds stay as they are written: a number that is read and written again may be another by its last bit.
    let mut told: BTreeMap<String, Box<RawValue>> = serde_json::from_str(stats)?;
    told.insert("tightBounds".to_owned(), RawValue::from_string("false".to_owned())?);
    Ok(serde_json::to_string(&told)?)
}

/// What is known of some of the rows of which all have these statistics.
pub(crate) fn of_some(all: Statistics, rows: Option<usize>) -> Statistics {
    let mut some = all.to_inexact();
    some.num_rows = rows.map_or(Precision::Absent, Precision::Exact);
    for column in &mut some.column_statistics {
        // Of none that are NULL, none is.
        if column.null_count == Precision::Inexact(0) {
            column.null_count = Precision::Exact(0);
        }
    }
    some
}

/// What the log says of a file and is not so of its rows. What it does not say is nothing wrong, nor what cannot be told of them.
pub(crate) fn misstated(logged: Option<&str>, found: &Gathered) -> Result<Vec<String>> {
    let all = |stats: Option<&str>| parse(stats, &found.schema, |_| true);
    let (said, are) = (all(logged), all(Some(&found.json()?)));
    let mut wrong = Vec::new();
    if let Some(rows) = said.num_rows.get_value().filter(|rows| **rows != found.rows) {
        wrong.push(format!("holds {} rows, the log says {rows}", found.rows));
    }
    let columns = said.column_statistics.iter().zip(&are.column_statistics);
    for (field, (said, are)) in found.schema.fields().iter().zip(columns) {
        let name = field.name();
        if let (Some(said), Some(are)) = (said.null_count.get_value(), are.null_count.get_value())
            && said != are
        {
            wrong.push(format!("`{name}` is NULL in {are} rows, the log says {said}"));
        }
        let sides = [("least", &said.min_value, &are.min_value), ("greatest", &said.max_value, &are.max_value)];
        for (side, said, are) in sides {
            if let (Some(said), Some(are)) = (said.get_value(), are.get_value())
                && !is_alike(said, are)
            {
                wrong.push(format!("the {side} `{name}` is {are}, the log says {said}"));
            }
        }
    }
    Ok(wrong)
}

/// Whether two bounds are the same; of zero there are two that are.
fn is_alike(one: &ScalarValue, other: &ScalarValue) -> bool {
    match (one, other) {
        (ScalarValue::Float64(Some(one)), ScalarValue::Float64(Some(other))) => one == other,
        _ => one == other,
    }
}

fn read<'a, T: Deserialize<'a>>(told: &'a RawValue) -> Option<T> {
    serde_json::from_str(told.get()).ok()
}

fn value(told: &RawValue, kind: &DataType) -> Option<ScalarValue> {
    match kind {
        DataType::Utf8 => Some(ScalarValue::Utf8(Some(read(told)?))),
        DataType::Utf8View => Some(ScalarValue::Utf8View(Some(read(told)?))),
        DataType::Int64 => Some(ScalarValue::Int64(Some(read(told)?))),
        DataType::Float64 => Some(ScalarValue::Float64(Some(told.get().parse().ok()?))),
        DataType::Timestamp(_, zone) => {
            let micros = DateTime::parse_from_rfc3339(&read::<String>(told)?).ok()?.timestamp_micros();
            Some(ScalarValue::TimestampMicrosecond(Some(micros), zone.clone()))
        }
        DataType::Date32 => {
            let day = read::<String>(told)?.parse::<NaiveDate>().ok()?;
            let days = day.signed_duration_since(NaiveDate::default()).num_days();
            Some(ScalarValue::Date32(Some(i32::try_from(days).ok()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities;
    use crate::row::{self, Row, Value as Cell};

    fn told(pieces: &[&[Row]]) -> Value {
        let mut gathered = Gathered::new(entities::fact("changes").unwrap().schema());
        for rows in pieces {
            gathered.add(&row::batch(rows[0].entity(), rows).unwrap());
        }
        serde_json::from_str(&gathered.json().unwrap()).unwrap()
    }

    fn change(id: &str, lead: f64, at: i64) -> Row {
        let row = Row::new(entities::fact("changes").unwrap()).set("id", id);
        row.set("lead_seconds", lead).set("deployed_at", Cell::Time(at))
    }

    #[test]
    fn bounds_are_said_to_be_loose_digit_by_digit() {
        let told = r#"{"maxValues":{"x":0.30000000000000004},"numRecords":3}"#;
        let loose = r#"{"maxValues":{"x":0.30000000000000004},"numRecords":3,"tightBounds":false}"#;
        assert_eq!(loosened(told).unwrap(), loose);
        assert_eq!(loosened(loose).unwrap(), loose);
        // Of digits that another reader might take for the next number, too.
        let other = r#"{"minValues":{"x":8.41e-321,"y":2.2250738585072011e-308}}"#;
        assert!(loosened(other).unwrap().contains(r#"{"x":8.41e-321,"y":2.2250738585072011e-308}"#));
        assert!(loosened("none").is_err());
    }

    #[test]
    fn a_bound_is_the_number_that_was_written() {
        let schema = entities::fact("changes").unwrap().schema();
        let place = schema.index_of("lead_seconds").unwrap();
        let hard = [f64::from_bits(1702), f64::MIN_POSITIVE.next_down(), f64::MAX, 0.1 + 0.2, 1e5 / 3.0];
        for number in hard {
            let mut gathered = Gathered::new(schema.clone());
            let row = [change("a", number, 1)];
            gathered.add(&row::batch(row[0].entity(), &row).unwrap());
            let told = parse(Some(&gathered.json().unwrap()), &schema, |_| true);
            let bound = ScalarValue::Float64(Some(number));
            assert_eq!(told.column_statistics[place].min_value, Precision::Exact(bound.clone()), "{number}");
            assert_eq!(told.column_statistics[place].max_value, Precision::Exact(bound), "{number}");
        }
        let odd = parse(
            Some(r#"{"numRecords":2,"minValues":{"lead_seconds":"x","id":{"a":1}},"nullCount":{"id":-1}}"#),
            &schema,
            |_| true,
        );
        assert_eq!(odd.num_rows, Precision::Exact(2));
        assert!(
            odd.column_statistics
                .iter()
                .all(|told| told.min_value == Precision::Absent && told.null_count == Precision::Absent)
        );
    }

    #[test]
    fn of_columns_that_nobody_asks_for_nothing_is_told() {
        let schema = entities::fact("changes").unwrap().schema();
        let mut gathered = Gathered::new(schema.clone());
        let row = [change("a", 1.5, 1)];
        gathered.add(&row::batch(row[0].entity(), &row).unwrap());
        let (said, lead) = (gathered.json().unwrap(), schema.index_of("lead_seconds").unwrap());
        let (all, one) = (parse(Some(&said), &schema, |_| true), parse(Some(&said), &schema, |place| place == lead));
        assert_eq!((one.num_rows, one.column_statistics.len()), (all.num_rows, all.column_statistics.len()));
        for (place, told) in one.column_statistics.iter().enumerate() {
            let expected =
                if place == lead { all.column_statistics[lead].clone() } else { ColumnStatistics::new_unknown() };
            assert_eq!(*told, expected, "{place}");
        }
    }

    #[test]
    fn pieces_come_to_the_same_as_the_whole() {
        let rows = [change("b", 2.0, 5), change("a", 7.5, -1), change("c", 0.5, 3)];
        let whole = told(&[&rows]);
        assert_eq!(told(&[&rows[..1], &rows[1..]]), whole);
        assert_eq!((&whole["minValues"]["id"], &whole["maxValues"]["id"]), (&json!("a"), &json!("c")));
        assert_eq!(whole["maxValues"]["lead_seconds"], 7.5);
        assert_eq!(whole["minValues"]["deployed_at"], "1969-12-31T23:59:59.999999Z");
        assert_eq!((&whole["numRecords"], &whole["nullCount"]["title"]), (&json!(3), &json!(3)));
        assert_eq!(whole["minValues"].get("title"), None, "a column of NULLs has no bounds");
    }

    #[test]
    fn what_the_log_says_is_held_against_the_rows() {
        let rows = [change("b", 2.0, 5), change("a", 7.5, -1), change("c", -0.0, 3)];
        let mut found = Gathered::new(entities::fact("changes").unwrap().schema());
        found.add(&row::batch(rows[0].entity(), &rows).unwrap());
        let own: Value = serde_json::from_str(&found.json().unwrap()).unwrap();
        let wrong = |logged: &Value| misstated(Some(&logged.to_string()), &found).unwrap();
        assert_eq!(wrong(&own), [""; 0]);
        assert_eq!(misstated(None, &found).unwrap(), [""; 0], "a log that says nothing says nothing wrong");
        let with = |side: &str, name: &str, value: Value| {
            let mut logged = own.clone();
            logged[side][name] = value;
            wrong(&logged)
        };
        assert_eq!(with("minValues", "lead_seconds", json!(0.0)), [""; 0], "the two zeros are one");
        assert_eq!(with("minValues", "id", json!("aa")), ["the least `id` is a, the log says aa"]);
        assert_eq!(with("maxValues", "id", json!("d")), ["the greatest `id` is c, the log says d"]);
        assert_eq!(with("nullCount", "title", json!(2)), ["`title` is NULL in 3 rows, the log says 2"]);
        let at = with("maxValues", "deployed_at", json!("1970-01-01T00:00:00.000004Z"));
        assert!(at.len() == 1 && at[0].starts_with("the greatest `deployed_at` is "), "{at:?}");
        let mut fewer = own.clone();
        fewer["numRecords"] = json!(2);
        assert_eq!(wrong(&fewer), ["holds 3 rows, the log says 2"]);
    }

    #[test]
    fn a_value_that_the_log_cannot_hold_leaves_its_column_without_bounds() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        let pieces = [[change("a", 1.0, 1)], [change(&long, f64::NAN, 2)], [change("b", 2.0, 3)]];
        let stats = told(&[&pieces[0], &pieces[1], &pieces[2]]);
        assert_eq!((stats["minValues"].get("id"), stats["maxValues"].get("lead_seconds")), (None, None));
        assert_eq!(stats["maxValues"]["deployed_at"], "1970-01-01T00:00:00.000003Z");
    }
}
