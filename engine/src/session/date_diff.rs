//! `date_diff(unit, a, b)`: how often a unit of time begins between two times, as DuckDB and others count.

use arrow::array::{AsArray as _, Int64Array};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, Datelike as _};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// How many midnights, beginnings of a month and so on lie after the first time, up to the second; negative when that is the earlier. A
/// week is seven midnights. All in UTC.
pub(super) fn function() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(DateDiff { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateDiff {
    signature: Signature,
}

const TAKES: &str =
    "date_diff takes a unit such as 'day', and two dates or times: date_diff('day', began_at, ended_at)";

/// How a time is taken: in microseconds, of UTC where it has a zone.
fn taken(kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::Timestamp(_, Some(_)) => Some(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        DataType::Timestamp(_, None)
        | DataType::Date32
        | DataType::Date64
        | DataType::Utf8
        | DataType::Utf8View
        | DataType::LargeUtf8
        | DataType::Null => Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        _ => None,
    }
}

impl ScalarUDFImpl for DateDiff {
    fn name(&self) -> &str {
        "date_diff"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            // What a parameter is of which nothing is known yet is NULL.
            [DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null, from, until] => {
                match (taken(from), taken(until)) {
                    (Some(from), Some(until)) => Ok(vec![DataType::Utf8, from, until]),
                    _ => plan_err!("{TAKES}"),
                }
            }
            _ => plan_err!("{TAKES}"),
        }
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [unit, from, until] = args.args.as_slice() else { return plan_err!("{TAKES}") };
        let ColumnarValue::Scalar(ScalarValue::Utf8(Some(unit))) = unit else {
            return plan_err!("date_diff takes its unit as a constant that is not NULL");
        };
        let Some(count) = counter(unit) else {
            return plan_err!(
                "`{unit}` is no unit: use 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second' or 'millisecond'"
            );
        };
        let is_scalar = [from, until].into_iter().all(|time| matches!(time, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let (from, until) = (from.to_array(rows)?, until.to_array(rows)?);
        let (from, until) =
            (from.as_primitive::<TimestampMicrosecondType>(), until.as_primitive::<TimestampMicrosecondType>());
        let between: Int64Array =
            from.iter().zip(until.iter()).map(|(from, until)| count.between(from?, until?)).collect();
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&between, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(between))
        })
    }
}

/// How a unit is counted.
#[derive(Clone, Copy)]
enum Count {
    /// Its beginnings lie so many microseconds apart.
    Every(i64),
    /// So many days.
    Days(i64),
    /// So many months.
    Months(i64),
}

fn counter(unit: &str) -> Option<Count> {
    Some(match unit.to_lowercase().trim_end_matches('s') {
        "year" => Count::Months(12),
        "quarter" => Count::Months(3),
        "month" => Count::Months(1),
        "week" => Count::Days(7),
        "day" => Count::Days(1),
        "hour" => Count::Every(3600 * SECOND),
        "minute" => Count::Every(60 * SECOND),
        "second" => Count::Every(SECOND),
        "millisecond" => Count::Every(1_000),
        _ => return None,
    })
}

impl Count {
    /// `None` beyond the calendar.
    fn between(self, from: i64, until: i64) -> Option<i64> {
        Some(match self {
            Count::Every(apart) => until.div_euclid(apart) - from.div_euclid(apart),
            Count::Days(days) => (until.div_euclid(DAY) - from.div_euclid(DAY)) / days,
            Count::Months(months) => month(until)?.div_euclid(months) - month(from)?.div_euclid(months),
        })
    }
}

/// How many months have begun since the year 0.
fn month(at: i64) -> Option<i64> {
    let at = DateTime::from_timestamp_micros(at)?;
    Some(i64::from(at.year()) * 12 + i64::from(at.month0()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[test]
    fn what_begins_between_two_times_is_counted_by_every_unit() {
        for (unit, from, until, expected) in [
            ("day", "2026-01-01T23:00:00Z", "2026-01-02T01:00:00Z", 1),
            ("day", "2026-01-02T01:00:00Z", "2026-01-02T23:00:00Z", 0),
            ("days", "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", -28),
            ("day", "1969-12-31T12:00:00Z", "1970-01-01T12:00:00Z", 1),
            ("week", "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z", 0),
            ("week", "2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z", 1),
            ("week", "2026-12-07T00:00:00Z", "2026-12-01T00:00:00Z", 0),
            ("month", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", 1),
            ("month", "2025-12-01T00:00:00Z", "2026-02-28T00:00:00Z", 2),
            ("quarter", "2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z", 1),
            ("quarter", "2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z", 0),
            ("year", "2026-01-01T00:00:00Z", "2025-12-31T00:00:00Z", -1),
            ("HOUR", "2026-01-01T00:59:00Z", "2026-01-01T01:00:00Z", 1),
            ("minute", "2026-01-01T00:00:59Z", "2026-01-01T00:02:00Z", 2),
            ("second", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", 60),
            ("millisecond", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", 1_000),
        ] {
            let between = counter(unit).unwrap().between(at(from), at(until));
            assert_eq!(between, Some(expected), "{unit} from {from} until {until}");
        }
        assert!(counter("fortnight").is_none());
        assert_eq!(counter("month").unwrap().between(0, i64::MAX), None, "there is no such year");
    }
}
